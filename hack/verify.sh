#!/usr/bin/env bash
# Fails when a generated file is not what its source makes today. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=hack/lib.sh
source hack/lib.sh

usage() {
  cat <<'END'
Usage: hack/verify.sh [PART…]

Runs hack/generate.sh (with PART, only that part) and fails, with the difference, when that changes a file. The file
is then up to date in the working tree: look at it and commit it.
END
}

# keep DIRECTORY copies the present state of everything that is generated.
keep() {
  local path
  while read -r path; do
    [[ -e $path ]] || continue
    mkdir -p "$1/$(dirname "$path")"
    cp -a "$path" "$1/$path"
  done < <(hack/generate.sh --list)
}

# differences BEFORE prints how the present state differs from a kept one.
differences() {
  local before=$1 path status=0
  while read -r path; do
    [[ -e $path || -e $before/$path ]] || continue
    [[ -e $before/$path ]] || { say "new: $path" && status=1 && continue; }
    diff -ruN "$before/$path" "$path" || status=1
  done < <(hack/generate.sh --list)
  return "$status"
}

main() {
  if [[ ${1:-} == --help || ${1:-} == -h ]]; then usage && return; fi
  before=$(mktemp -d)
  trap 'rm -rf "$before"' EXIT
  keep "$before"
  hack/generate.sh "$@"
  differences "$before" || die "generated files were out of date; they are written now: review and commit them"
  say "generated files are current"
}

main "$@"
