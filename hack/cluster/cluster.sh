#!/usr/bin/env bash
# A real single-node Kubernetes on a plain Debian machine, without Docker and without an image registry.
set -Eeuo pipefail
trap 'say "error: \"$BASH_COMMAND\" failed (${BASH_SOURCE[0]##*/}:$LINENO)"' ERR
CLUSTER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$CLUSTER_DIR/../lib.sh"
for part in state node pki components images addons elsewhere; do
  # shellcheck source=/dev/null
  . "$CLUSTER_DIR/lib/$part.sh"
done

usage() {
  cat <<'USAGE'
Usage: hack/cluster/cluster.sh COMMAND [OPTION…]

Commands:
  up              build what is missing, start the cluster, wait until the node and DNS are ready; safe to repeat
  down            end every process of the cluster and remove all that it changed on the host
  status          show each component, its pid and its health; status 1 when one is not well
  load IMAGE…     bring images into the cluster: paths of OCI archives, or names that hack/images/build.sh knows
  exec COMMAND…   run a command inside the node's namespaces (for example: ctr -n k8s.io images ls)

Options:
  --name NAME       cluster name, default todo; clusters of different names stand side by side
  --ports PORT      port of the API server on 127.0.0.1, default 6443 + 10 × network
  --network N       0 to 31: pods in 10.(128+2N).0.0/16, Services in 10.(129+2N).0.0/16; default the first free one
  --purge           with down: remove the image store and the logs too
  --minikube        use a minikube profile NAME instead
  --context CONTEXT use an existing cluster of your kubeconfig instead
  --help            this text

State and logs are in .cluster/NAME, the administrator's kubeconfig is .cluster/NAME/kubeconfig.
USAGE
}

parse() {
  OPTIONS_NAME=todo OPTION_PORT='' OPTION_NETWORK='' DRIVER=host CONTEXT='' PURGE='' ARGUMENTS=()
  while (($#)); do
    case $1 in
      --name | --ports | --network | --context)
        (($# > 1)) || die "$1 needs a value"
        take_option "$1" "$2"
        shift
        ;;
      --minikube) DRIVER=minikube ;;
      --purge) PURGE=yes ;;
      --help | -h) usage && exit ;;
      --) shift && ARGUMENTS+=("$@") && break ;;
      -*) die "unknown option \"$1\"; see --help" ;;
      exec) ARGUMENTS+=("$@") && break ;;
      *) ARGUMENTS+=("$1") ;;
    esac
    shift
  done
}

take_option() {
  case $1 in
    --name) OPTIONS_NAME=$2 ;;
    --ports) OPTION_PORT=$2 ;;
    --network) OPTION_NETWORK=$2 ;;
    --context) DRIVER=context CONTEXT=$2 ;;
  esac
  case $1 in --ports | --network) [[ $2 =~ ^[0-9]+$ ]] || die "$1 needs a number, not \"$2\"" ;; esac
}

up() {
  local start
  start=$(now_ms)
  [[ $DRIVER != host ]] || guard_owner
  mkdir -p "$STATE"/{log,pid}
  remember driver "$DRIVER"
  case $DRIVER in
    minikube) build_tools kubectl helm && up_minikube ;;
    context) build_tools kubectl helm && copy_context "$CONTEXT" ;;
    host) up_host ;;
  esac
  # shellcheck disable=SC2153 # use_cluster sets NAME
  say "cluster \"$NAME\" is ready after $(seconds_since "$start") s: export KUBECONFIG=$ADMIN_KUBECONFIG"
}

build_tools() { "$REPO_ROOT/hack/tools/build.sh" "$@" || die "failed to build the tools"; }

up_host() {
  need_debian "${NODE_PACKAGES[@]}"
  build_tools
  if running node; then
    recall_network || die "the state in $STATE is incomplete: run down first"
    forget_dead
    [[ $(recall revision) == "" || $(recall revision) == "$(revision)" ]] ||
      say "note: this cluster was started with older tools or configuration; down and up renew it"
  fi
  if running node && [[ $(recall revision) == "$(revision)" ]] && all_is_well; then
    return
  fi
  phase "images of the cluster" find_images
  if ! running node; then
    clear_leftovers
    choose_network "$OPTION_NETWORK" "$OPTION_PORT"
  fi
  phase "node" start_node
  phase "certificates and configuration" write_files
  phase "API server" start_control_plane
  phase "node ready" start_kubernetes_node
  phase "DNS ready" start_addons
  remember revision "$(revision)"
}

# revision changes when the tools, the configuration or the addons do.
revision() { printf '%s %s\n' "$TOOLS" "$(key_of "$CLUSTER_DIR"/{addons,config,lib}/*)"; }

all_is_well() { status_table >/dev/null && dns_is_ready; }

# forget_dead drops the records of components that died, so that they are started again.
forget_dead() {
  local name
  for name in "${COMPONENTS[@]}"; do running "$name" || rm -f "$STATE/pid/$name"; done
}

# clear_leftovers removes what a crash, a kill or a reboot left of an earlier cluster.
clear_leftovers() {
  [[ ! -e $STATE/network ]] || say "clearing what an earlier cluster left"
  stop_node
  forget_state
  mkdir -p "$STATE"/{log,pid}
  rm -f "$LOG/audit.log"
  [[ ! -d $STATE/containerd/io.containerd.metadata.v1.bolt ]] || touch "$STATE/stale-containers"
}

write_files() {
  make_pki
  make_kubeconfigs
  write_config
}

start_control_plane() {
  local name
  for name in etcd containerd kube-apiserver api-forward; do ensure "$name"; done
  wait_ready containerd 20 healthy containerd
  clear_stale_containers
  load_images "${ARCHIVES[@]}"
  # The controller-manager exits when the API server has not yet made the RBAC rules of its start.
  wait_ready "the API server" 60 kube get --raw /readyz
}

# clear_stale_containers makes containerd forget an earlier node's containers, before the kubelet looks.
clear_stale_containers() {
  [[ -e $STATE/stale-containers ]] || return 0
  clear_containers
  end_process containerd
  rm -rf "$STATE"/containerd/io.containerd.grpc.v1.cri/{containers,sandboxes}
  ensure containerd
  wait_ready containerd 20 healthy containerd
  rm "$STATE/stale-containers"
}

start_kubernetes_node() {
  local name
  for name in kube-controller-manager kube-scheduler kubelet kube-proxy; do ensure "$name"; done
  wait_ready "the node" 60 node_is_ready
}

start_addons() {
  apply_addons
  wait_ready "DNS" 60 dns_is_ready
}

down() {
  [[ $(recall driver) =~ ^(minikube|context)$ ]] || guard_owner
  [[ -d $STATE ]] || { say "there is no cluster \"$NAME\"" && return; }
  case $(recall driver) in
    minikube) minikube delete --profile "$NAME" >&2 ;;
    context) say "the cluster of another context is left alone" ;;
    *) phase "stop" stop_node ;;
  esac
  forget_state
  rm -f "$STATE/driver"
  [[ -z $PURGE ]] || rm -rf "$STATE"
  say "cluster \"$NAME\" is down"
}

status() {
  [[ $(recall driver) == host ]] || { kube get nodes && return; }
  recall_network || { say "cluster \"$NAME\" is down" && return 1; }
  status_table || return 1
  printf '\nAPI https://127.0.0.1:%s  node %s  host as seen by pods %s  pods %s  Services %s\n' \
    "$API_PORT" "$NODE_IP" "$HOST_IP" "$POD_CIDR" "$SERVICE_CIDR"
  kube get nodes,pods --all-namespaces 2>/dev/null || true
}

load() {
  (($#)) || die "load needs at least one image"
  [[ -n $(recall driver) ]] || die "cluster \"$NAME\" is down; start it with \"cluster.sh up --name $NAME\""
  if [[ $(recall driver) != host ]]; then
    load_elsewhere "$@"
    return
  fi
  running node || die "cluster \"$NAME\" is down"
  load_images "$@"
}

# guard_root COMMAND ends the script when the command works on this machine's own cluster and the user is not root.
guard_root() {
  local driver
  driver=$(recall driver)
  [[ $1 != up && -n $driver ]] || driver=$DRIVER
  [[ $driver != host ]] || need_root "a cluster on this machine (unlike --minikube and --context)"
}

# locked COMMAND… lets one change of a cluster run at a time.
locked() {
  mkdir -p "$REPO_ROOT/.cluster"
  exec 9>"$REPO_ROOT/.cluster/.$NAME.lock"
  flock 9
  "$@"
}

main() {
  parse "$@"
  use_cluster "$OPTIONS_NAME"
  export TOOLS
  [[ ! ${ARGUMENTS[0]:-} =~ ^(up|down|status|load|exec)$ ]] || guard_root "${ARGUMENTS[0]}"
  TOOLS="$("$REPO_ROOT/hack/tools/build.sh" --print-dir)/bin"
  set -- "${ARGUMENTS[@]}"
  case ${1:-} in
    up | down) (($# == 1)) || die "$1 takes no argument" && locked "$1" ;;
    status) status || exit 1 ;;
    load) shift && locked load "$@" ;;
    exec) shift && in_node "$@" ;;
    '') usage >&2 && exit 2 ;;
    *) die "unknown command \"$1\"; see --help" ;;
  esac
}

main "$@"
