# shellcheck shell=bash disable=SC2154
# The images: where each is described, what it is based on, its reference and its binary. Expects: $here.

readonly registry=docker.io/todoplatform

image_names() { printf '%s ' base runtime pause busybox postgres kafka coredns metrics-server local-path-provisioner todo todo-operator; }

is_image() { [[ " $(image_names)" == *" $1 "* ]]; }

folder_of() {
  case $1 in
    todo) printf '%s' "$REPO_ROOT/app" ;;
    todo-operator) printf '%s' "$REPO_ROOT/operator" ;;
    *) printf '%s' "$here/$1" ;;
  esac
}

base_of() {
  case $1 in
    postgres | kafka) printf base ;;
    todo | todo-operator) printf runtime ;;
  esac
}

reference_of() { printf '%s/%s:%s\n' "$registry" "$1" "$(tag_of "$1")"; }

tag_of() {
  case $1 in
    base | runtime) printf 12 ;;
    pause | busybox) printf 1 ;;
    postgres) printf 15 ;;
    kafka) sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$here/kafka/pom.xml" ;;
    coredns) module_version github.com/coredns/coredns ;;
    metrics-server) module_version sigs.k8s.io/metrics-server ;;
    local-path-provisioner) module_version github.com/rancher/local-path-provisioner ;;
    todo | todo-operator) printf '%s' "${TODO_TAG:-$(workspace_version)}" ;;
  esac
}

# module_version MODULE prints the version that hack/tools builds, without the v.
module_version() { awk -v module="$1" '$1 == module && $2 ~ /^v/ { print substr($2, 2); exit }' "$here/../tools/go.mod"; }

workspace_version() { sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$REPO_ROOT/Cargo.toml"; }

# binary_of NAME prints the path of the program that goes into the image, nothing for an image without one.
binary_of() {
  local target=${CARGO_TARGET_DIR:-$REPO_ROOT/target}
  case $1 in
    coredns | metrics-server | local-path-provisioner) printf '%s/bin/%s' "$("$here/../tools/build.sh" --print-dir)" "$1" ;;
    todo) printf '%s' "${TODO_BINARY:-$target/release/todo}" ;;
    todo-operator) printf '%s' "${TODO_OPERATOR_BINARY:-$target/release/todo-operator}" ;;
  esac
}

# require_binary NAME builds a tool that is missing; our own programs are the caller's to build.
require_binary() {
  local binary
  binary=$(binary_of "$1")
  [[ -n $binary && ! -x $binary ]] || return 0
  case $1 in
    todo | todo-operator) die "no program at \"$binary\": run cargo build --release --package $1, or set TODO_BINARY, TODO_OPERATOR_BINARY" ;;
    *) "$here/../tools/build.sh" "$1" >&2 ;;
  esac
}
