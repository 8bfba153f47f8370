#!/usr/bin/env bash
# Puts the jars that pom.xml pins into the cache, once, and prints their directory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../../lib.sh"

usage() {
  cat <<'END'
Usage: hack/images/kafka/jars.sh

Fetches the jars of Apache Kafka and its command-line tools with Maven, unless the cache has them,
and prints the directory that holds them.
END
}

# fetch DIRECTORY: the directory appears whole or not at all.
fetch() {
  local target=$1 partial
  command -v mvn >/dev/null || need_debian maven openjdk-17-jdk-headless
  partial=$(mktemp -d "$target.XXXXXX")
  say "kafka jars: fetching"
  if ! mvn -B -q -C -f "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$partial" >"$partial.log" 2>&1; then
    tail -n 20 "$partial.log" >&2
    rm -rf "$partial"
    die "failed to fetch the jars of Kafka; log: $partial.log"
  fi
  chmod 0755 "$partial"
  mv "$partial" "$target"
  rm -f "$partial.log"
}

main() {
  case ${1-} in
    '') ;;
    -h | --help) usage && return ;;
    *) die "unknown argument \"$1\"; see --help" ;;
  esac
  local target
  target=$(cache_dir kafka)/$(key_of "$here/pom.xml")
  exec 9>"$(dirname "$target")/.lock"
  flock 9
  [[ -d $target ]] || fetch "$target"
  printf '%s\n' "$target"
}

main "$@"
