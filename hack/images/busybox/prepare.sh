#!/usr/bin/env bash
# prepare.sh DIRECTORY: writes DIRECTORY/root.tar with Debian's static busybox and a link for each of its tools.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../../lib.sh"
# shellcheck source=hack/images/debian.sh
source "$here/../debian.sh"

work=${1:?usage: prepare.sh DIRECTORY}
root=$work/root
mkdir -m 0755 "$root"
unpack_packages "$root" busybox-static
"$root/bin/busybox" --list | while read -r tool; do
  [[ $tool == busybox ]] || ln -s busybox "$root/bin/$tool"
done
mkdir -p "$root"/{etc,proc,sys,dev}
mkdir -m 1777 "$root/tmp"
printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnobody:x:65534:\n' >"$root/etc/group"
find "$root/usr" -type f ! -name copyright -delete
find "$root/usr" -type d -empty -delete
tar -C "$root" --numeric-owner --sort=name --mtime=@0 -cf "$work/root.tar" .
rm -rf "$root"
