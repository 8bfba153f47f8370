#!/usr/bin/env bash
# A PgBouncer that keeps prepared statements in transaction mode. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/../lib.sh"
# shellcheck source=hack/images/apt.sh
. "$HERE/../images/apt.sh"

# Of Debian 13. Debian 12 has 1.18, which does not know of prepared statements: that came with 1.21.
readonly VERSION=1.24.1 SUITE=trixie
readonly SHA256=da72a3aba13072876d055a3e58dd4aba4a5de4ed6148e73033185245598fd3e0

usage() {
  cat <<'TEXT'
Usage: hack/services/pgbouncer.sh

Builds PgBouncer from Debian's source package, unless it is in the user's cache, and prints the path of the program.
TEXT
}

# fetch DIRECTORY downloads the source by apt, with package lists of its own.
fetch() {
  local apt=$1/apt
  mkdir -p "$apt/lists/partial"
  printf 'deb-src %s %s main\n' "$(mirror_of "$suite" "$debian")" "$SUITE" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<TEXT
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$apt/lists";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Check-Valid-Until "false";
APT::Sandbox::User "root";
TEXT
  (
    export APT_CONFIG=$apt/apt.conf
    cd "$1"
    apt-get update -qq
    apt-get source --download-only -qq pgbouncer
  )
  printf '%s  %s\n' "$SHA256" "$1/pgbouncer_$VERSION.orig.tar.gz" | sha256sum --check --quiet
}

# build TO makes the program without TLS, for loopback alone.
build() {
  local dir
  need_debian build-essential pkg-config libevent-dev
  dir=$(mktemp -d)
  fetch "$dir"
  tar -xf "$dir/pgbouncer_$VERSION.orig.tar.gz" -C "$dir"
  (cd "$dir/pgbouncer-$VERSION" && ./configure --without-openssl --without-cares && make -j2 pgbouncer)
  mkdir -p "$(dirname "$1")"
  mv "$dir/pgbouncer-$VERSION/pgbouncer" "$1"
  rm -rf "$dir"
}

main() {
  local program
  case ${1-} in
    '') ;;
    --help | -h) usage && return ;;
    *) die "unknown argument \"$1\"; see --help" ;;
  esac
  program="$(cache_dir pgbouncer)/$VERSION/pgbouncer"
  if [[ ! -x $program ]]; then
    say "building PgBouncer $VERSION"
    exec 9>"$(cache_dir pgbouncer)/.lock"
    flock 9
    [[ -x $program ]] || build "$program" >"$(cache_dir pgbouncer)/build.log" 2>&1 ||
      die "PgBouncer was not built; log: $(cache_dir pgbouncer)/build.log"
  fi
  printf '%s\n' "$program"
}

main "$@"
