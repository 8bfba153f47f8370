#!/usr/bin/env bash
# one.sh NAME ARCHIVE [BASE-ARCHIVE]: builds one image into ARCHIVE, which appears whole or not at all. For build.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../lib.sh"
# shellcheck source=hack/images/catalog.sh
source "$here/catalog.sh"
# shellcheck source=hack/images/apt.sh
source "$here/apt.sh"

name=${1:?usage: one.sh NAME ARCHIVE [BASE-ARCHIVE]} archive=${2:?no archive} base=${3-}

# Everything that the build makes, its image store too, is in one folder that goes when it ends.
work=$(mktemp -d "$(dirname "$archive")/.build.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT

# vfs needs no mounts, and a store that lives for one build gains nothing from shared layers.
image_store() { buildah --root "$work/root" --runroot "$work/run" --storage-driver vfs "$@"; }

# fill_context CONTEXT: our files, the binary, the mirror for apt, and what prepare.sh makes.
fill_context() {
  local context=$1 folder binary
  folder=$(folder_of "$name")
  binary=$(binary_of "$name")
  mkdir "$context"
  if [[ $folder == "$here"/* ]]; then
    cp -r "$folder/." "$context/"
  else
    cp "$folder/Containerfile" "$context/"
  fi
  if [[ -n $binary ]]; then install -m 0755 "$binary" "$context/$name"; fi
  if [[ $(base_of "$name") == base ]]; then write_build_apt "$context/apt" /opt/build-apt; fi
  if [[ -x $context/prepare.sh ]]; then "$folder/prepare.sh" "$context"; fi
}

build() {
  local context=$1 reference
  local -a arguments=(--isolation chroot --pull-never --timestamp 0 --format oci)
  reference=$(reference_of "$name")
  if [[ -n $base ]]; then
    image_store pull -q "oci-archive:$base" >/dev/null
    arguments+=(--build-arg "BASE=$(reference_of "$(base_of "$name")")")
  fi
  if grep -q '^ARG VERSION' "$context/Containerfile"; then arguments+=(--build-arg "VERSION=${reference##*:}"); fi
  image_store build "${arguments[@]}" -t "$reference" -f "$context/Containerfile" "$context"
  image_store push -q "$reference" "oci-archive:$work/image.tar:$reference"
}

fill_context "$work/context"
build "$work/context"
mv "$work/image.tar" "$archive"
