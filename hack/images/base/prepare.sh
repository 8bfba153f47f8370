#!/usr/bin/env bash
# prepare.sh DIRECTORY: writes DIRECTORY/root.tar, a minimal Debian bookworm, from the mirror that this machine uses.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../../lib.sh"

readonly suite=bookworm

# mirror_of SUITE DEFAULT prints the address from which apt reads the suite; on a machine without it, the default.
mirror_of() {
  local site=''
  if command -v apt-get >/dev/null; then
    site=$(apt-get indextargets --format "\$(CODENAME) \$(SITE)" 'Created-By: Packages' 2>/dev/null |
      awk -v suite="$1" '$1 == suite { print $2; exit }')
  fi
  printf '%s' "${site:-$2}"
}

# Files that no container reads; excluded here, they are not installed later either.
write_dpkg_excludes() {
  cat >"$1/etc/dpkg/dpkg.cfg.d/container" <<'END'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/lintian/*
END
}

write_apt_sources() {
  local root=$1 main=$2 security
  security=$(mirror_of "$suite-security" http://deb.debian.org/debian-security)
  cat >"$root/etc/apt/sources.list" <<END
deb $main $suite main
deb $main $suite-updates main
deb $security $suite-security main
END
  cat >"$root/etc/apt/apt.conf.d/container" <<'END'
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
END
}

# trim ROOT works relative to ROOT, so that no slip can reach the machine's own files.
trim() (
  cd "$1"
  find usr/share/doc -type f ! -name copyright -delete
  rm -rf usr/share/{man,info,locale,lintian}/* var/lib/apt/lists/* var/cache/apt/* var/log/* \
    dev/* etc/resolv.conf etc/hostname etc/machine-id
)

main() {
  local work=${1:?usage: prepare.sh DIRECTORY} root main_mirror
  need_debian debootstrap debian-archive-keyring
  root=$work/root
  main_mirror=$(mirror_of "$suite" http://deb.debian.org/debian)
  debootstrap --variant=minbase "$suite" "$root" "$main_mirror" >&2
  write_dpkg_excludes "$root"
  write_apt_sources "$root" "$main_mirror"
  # Debian's packages may not start services while an image is built.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 0755 "$root/usr/sbin/policy-rc.d"
  trim "$root"
  tar -C "$root" --numeric-owner --sort=name --mtime=@0 -cf "$work/root.tar" .
  rm -rf "$root"
}

main "$@"
