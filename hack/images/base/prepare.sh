#!/usr/bin/env bash
# prepare.sh DIRECTORY: writes DIRECTORY/root.tar, a minimal Debian bookworm, read from the mirror that this machine uses.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../../lib.sh"
# shellcheck source=hack/images/apt.sh
source "$here/../apt.sh"

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

# write_apt_config ROOT: nothing of this machine stays; a build on this image brings its own (write_build_apt).
write_apt_config() {
  local root=$1
  apt_sources "$debian" "$debian_security" >"$root/etc/apt/sources.list"
  cat >"$root/etc/apt/apt.conf.d/container" <<'END'
APT::Install-Recommends "false";
Acquire::Languages "none";
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
  local work=${1:?usage: prepare.sh DIRECTORY} root
  need_debian debootstrap debian-archive-keyring
  root=$work/root
  debootstrap --variant=minbase "$suite" "$root" "$(mirror_of "$suite" "$debian")" >&2
  write_dpkg_excludes "$root"
  write_apt_config "$root"
  # Debian's packages may not start services while an image is built.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 0755 "$root/usr/sbin/policy-rc.d"
  trim "$root"
  tar -C "$root" --numeric-owner --sort=name --mtime=@0 -cf "$work/root.tar" .
  rm -rf "$root"
}

main "$@"
