#!/usr/bin/env bash
# Writes everything in this repository that a program makes. See --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=hack/lib.sh
source hack/lib.sh

usage() {
  cat <<'END'
Usage: hack/generate.sh [PART…]

Writes what programs make of the source. Without PART, all of it.

Parts
  crds       crds/todoplatforms.yaml and the copy in charts/todo-operator-crds, from operator/api
  rbac       config/rbac/rbac.yaml and charts/todo-operator/files/rules.yaml, from operator/controller
  reference  operator/docs/reference.md, from operator/api
  versions   the version of Cargo.toml in charts/ and config/
  openapi    app/docs/openapi.json, from app
  golden     golden snapshots of operator/core

Options
  --list     print the files and folders that are written
  --help     print this
END
}

readonly parts=(crds rbac reference versions openapi golden)

readonly outputs=(
  crds/todoplatforms.yaml
  charts/todo-operator-crds
  charts/todo-operator
  config
  operator/docs/reference.md
  app/docs/openapi.json
  operator/core/tests/golden
)

# write FILE COMMAND… writes the output of a command to a file, unless the command fails.
write() {
  local file=$1 partial
  shift
  mkdir -p "$(dirname "$file")"
  partial=$(mktemp "$file.XXXXXX")
  if ! "$@" >"$partial"; then
    rm -f "$partial"
    die "failed to write $file: \"$*\" failed"
  fi
  chmod 644 "$partial"
  mv "$partial" "$file"
}

operator() { cargo run --quiet --package todo-operator -- "$@"; }

crds() {
  write crds/todoplatforms.yaml operator crds
  write charts/todo-operator-crds/files/todoplatforms.yaml cat crds/todoplatforms.yaml
}

rbac() {
  write config/rbac/rbac.yaml operator rbac
  write charts/todo-operator/files/rules.yaml operator rbac --output rules
}

reference() { write operator/docs/reference.md operator crds --output markdown; }

openapi() { write app/docs/openapi.json cargo run --quiet --package todo -- openapi; }

# version prints the version of the workspace, which is that of the product.
version() { sed -n '/^\[workspace\.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml; }

versions() {
  local version
  version=$(version)
  [[ -n $version ]] || die "failed to find the version in Cargo.toml"
  sed -i -E "s/^(version|appVersion): .*/\1: $version/" charts/*/Chart.yaml
  sed -i -E "s/^(    newTag): .*/\1: $version/" config/default/kustomization.yaml
}

# golden starts from an empty folder, so that the snapshot of a removed example goes too.
golden() {
  local folder=operator/core/tests/golden kept
  kept=$(mktemp -d)
  find "$folder" -name '*.snap' -exec cp -t "$kept" {} +
  find "$folder" -name '*.snap' -delete
  if ! INSTA_UPDATE=always cargo test --quiet --package todo-operator-core --test golden >/dev/null; then
    cp -t "$folder" "$kept"/*.snap
    rm -rf "$kept"
    die "failed to write the snapshots in $folder; they are as they were"
  fi
  rm -rf "$kept"
}

main() {
  local part
  for part in "$@"; do
    case $part in
      --help | -h) usage && return ;;
      --list) printf '%s\n' "${outputs[@]}" && return ;;
    esac
    [[ " ${parts[*]} " == *" $part "* ]] || die "unknown part \"$part\"; see --help"
  done
  for part in "${@:-${parts[@]}}"; do phase "$part" "$part"; done
}

main "$@"
