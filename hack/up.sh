#!/usr/bin/env bash
# From a clone to a Ready platform on a real Kubernetes. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/lib.sh"
for part in packages steps install ready goodbye; do
  # shellcheck source=/dev/null
  . "$HERE/up/$part.sh"
done

usage() {
  cat <<'END'
Usage: hack/up.sh [OPTION…]

Builds the operator and the application, starts a single-node Kubernetes on this machine, installs the operator by its
Helm chart, applies examples/local.yaml in the namespace "todo" and waits until the platform is Ready. Safe to run again;
hack/down.sh undoes it. The first run compiles Kubernetes and takes 20 to 30 minutes on two cores; later ones half a minute.

  --name NAME        name of the cluster (or of the minikube profile), default todo
  --minikube         use minikube instead of the cluster of hack/cluster
  --context CONTEXT  use an existing cluster of your kubeconfig instead: as it is, for clusters of kind only. Others pull
                     images from a registry: push them to one and use the Helm commands of README.md
  --help             this text

It needs root: for the cluster on this machine (namespaces, mounts, cgroups), and with --minikube and --context as well,
because images are built in a chroot. Missing Debian packages are installed when the script runs as root; else it prints
the command. Logs are in .cluster/up-log, the environment for scripts in .cluster/env.
END
}

NAME=todo DRIVER=host CLUSTER_OPTIONS=()

parse() {
  while (($#)); do
    case $1 in
      --name) need_value "$@" && NAME=$2 && shift ;;
      --minikube) DRIVER=minikube CLUSTER_OPTIONS+=(--minikube) ;;
      --context) need_value "$@" && DRIVER=context CLUSTER_OPTIONS+=(--context "$2") && shift ;;
      --help | -h) usage && exit ;;
      *) die "unknown argument \"$1\"; see --help" ;;
    esac
    shift
  done
  CLUSTER_OPTIONS+=(--name "$NAME")
}

cluster() { "$REPO_ROOT/hack/cluster/cluster.sh" "$@" "${CLUSTER_OPTIONS[@]}"; }

check_machine() {
  if [[ $DRIVER == host ]]; then need_root "a cluster on this machine"; fi
  need_machine
}

# build compiles our programs beside the cluster's, because each leaves a core idle at its end.
build() {
  begin "cluster tools built" "$REPO_ROOT/hack/tools/build.sh"
  begin "programs built" build_binaries
  finish "programs built"
  finish "cluster tools built"
  step "images built" "$REPO_ROOT/hack/images/build.sh" "${OUR_IMAGES[@]}"
}

install() {
  step "images loaded" cluster load "${OUR_IMAGES[@]}"
  step "operator installed" install_operator
  step "older builds restarted" restart_rebuilt
  step "platform applied" apply_platform "$REPO_ROOT/examples/local.yaml" todo
}

await() {
  await_ready todo todo && return
  explain todo todo
  die "the platform did not become Ready within $READY_WITHIN s"
}

main() {
  local start url
  parse "$@"
  start=$(now_ms)
  STEP_LOGS="$REPO_ROOT/.cluster/up-log"
  mkdir -p "$STEP_LOGS"
  trap stop_steps EXIT
  trap 'exit 130' INT TERM
  check_machine
  tools_on_path
  build
  step "cluster up" cluster up
  export KUBECONFIG="$REPO_ROOT/.cluster/$NAME/kubeconfig"
  install
  await
  url=$(api_url todo)
  write_env "$url" "$REPO_ROOT/.cluster/env"
  say "Ready after $(seconds_since "$start") s. The API is at $url; try:"
  commands_to_try
}

main "$@"
