#!/usr/bin/env bash
# Builds container images without a container engine and without a registry. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../lib.sh"
# shellcheck source=hack/images/catalog.sh
source "$here/catalog.sh"

usage() {
  cat <<'END'
Usage: hack/images/build.sh [--force] NAME…
       hack/images/build.sh --list

Builds the named images, those they are based on first, unless the cache holds them, and prints
for each the path of its OCI archive (import it with `ctr -n k8s.io images import PATH`).

  --force   build again, for newer Debian packages: the cache's key covers our files, the pinned
            versions and the binaries, but not the packages of Debian
  --list    print the names with their references
  --help    this text

Environment
  TODO_BINARY, TODO_OPERATOR_BINARY  release builds; default ${CARGO_TARGET_DIR:-target}/release/NAME
  TODO_TAG                           tag of todo and todo-operator; default: the workspace's version
  XDG_CACHE_HOME                     the cache is its folder todoplatform/images; default ~/.cache

Needs root, for chroot, and on Debian installs buildah when it is missing.
END
}

# key_of_image NAME [BASE-KEY] prints the key that changes with anything that we decide about the image.
key_of_image() {
  local name=$1 folder binary
  folder=$(folder_of "$name")
  binary=$(binary_of "$name")
  {
    reference_of "$name"
    printf '%s\n' "${2-}"
    inputs_of "$name" "$folder" | xargs -d '\n' sha256sum | cut -d' ' -f1
    if [[ -n $binary ]]; then sha256sum <"$binary"; fi
  } | sha256sum | cut -c1-12
}

# inputs_of NAME FOLDER prints the files that describe the image.
inputs_of() {
  case $1 in
    todo | todo-operator) printf '%s\n' "$2/Containerfile" ;;
    base | postgres | kafka) find "$2" "$here/apt.sh" -type f | sort ;;
    runtime | busybox) find "$2" "$here/debian.sh" -type f | sort ;;
    *) find "$2" -type f | sort ;;
  esac
}

# ensure NAME prints the archive's path.
ensure() {
  local name=$1 base base_archive='' base_key='' archive
  local cache
  cache=$(cache_dir images)
  base=$(base_of "$name")
  if [[ -n $base ]]; then
    base_archive=$(ensure "$base")
    base_key=$(basename "$(dirname "$base_archive")")
  fi
  require_binary "$name"
  archive=$cache/$(key_of_image "$name" "$base_key")/$name.tar
  mkdir -p "$(dirname "$archive")"
  exec {lock}>"$archive.lock"
  flock "$lock"
  if [[ ! -s $archive || -n $force && $(stat -c %Y "$archive") -lt $started ]]; then
    attempt "$name" "$archive" "$base_archive"
  fi
  exec {lock}>&-
  printf '%s\n' "$archive"
}

# attempt NAME ARCHIVE BASE-ARCHIVE builds in a process of its own, which errors end whatever the caller tests, and in
# a mount namespace of its own, which takes every mount with it however it ends.
attempt() {
  local log=$2.log
  # Left by a build that was killed; the lock is ours.
  rm -rf --one-file-system "$(dirname "$2")"/.build.*
  if ! phase "image $1" unshare --mount "$here/one.sh" "$@" >"$log" 2>&1 {lock}>&-; then
    tail -n 25 "$log" >&2
    die "failed to build the image \"$1\"; log: $log"
  fi
  tail -n 1 "$log" >&2
  prune "$1"
}

# prune NAME keeps the newest five archives of an image: each new binary makes another one.
prune() {
  local old
  while read -r old; do
    rm -f "$old" "$old.log" "$old.lock"
    rmdir --ignore-fail-on-non-empty "$(dirname "$old")"
  done < <(find "$(cache_dir images)" -mindepth 2 -maxdepth 2 -name "$1.tar" -printf '%T@ %p\n' | sort -rn | tail -n +6 | cut -d' ' -f2-)
}

list() {
  local name
  for name in $(image_names); do printf '%-24s %s\n' "$name" "$(reference_of "$name")"; done
}

main() {
  local force='' started name
  started=$(date +%s)
  case ${1-} in
    -h | --help) usage && return ;;
    --list) list && return ;;
    --force) force=1 && shift ;;
  esac
  (($#)) || die "no image is named; see --help"
  for name in "$@"; do is_image "$name" || die "unknown image \"$name\"; known: $(image_names)"; done
  need_root "building images"
  need_debian buildah
  for name in "$@"; do ensure "$name"; done
}

main "$@"
