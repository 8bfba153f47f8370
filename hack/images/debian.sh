# shellcheck shell=bash
# Root filesystems from .deb files, without installing: no maintainer script runs.

# unpack_packages ROOT PACKAGE… downloads by apt, so signatures are checked, and unpacks. The control data stays in
# var/lib/dpkg/status.d, where scanners of such images look for versions.
unpack_packages() {
  local root=$1 downloads deb
  shift
  command -v dpkg-deb >/dev/null || die "this image is made of Debian packages: build it on Debian 12"
  downloads=$(mktemp -d)
  # apt downloads as an own user, who must be able to write here.
  chmod 0777 "$downloads"
  (cd "$downloads" && { apt-get download -qq "$@" || { apt-get update -qq && apt-get download -qq "$@"; }; }) >&2 ||
    die "failed to download the packages: $*"
  for deb in "$downloads"/*.deb; do dpkg-deb -x "$deb" "$root"; done
  record_packages "$root" "$downloads"/*.deb
  rm -rf "$downloads"
}

record_packages() {
  local root=$1 deb
  shift
  mkdir -p "$root/var/lib/dpkg/status.d"
  for deb in "$@"; do
    dpkg-deb -f "$deb" >"$root/var/lib/dpkg/status.d/$(dpkg-deb -f "$deb" Package)"
  done
}
