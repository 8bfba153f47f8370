#!/usr/bin/env bash
# Undoes hack/up.sh. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/lib.sh"
# shellcheck source=hack/up/install.sh
. "$HERE/up/install.sh"

usage() {
  cat <<'END'
Usage: hack/down.sh [OPTION…]

Stops the cluster that hack/up.sh started and removes all that it changed on this machine, the platform's data included.
Built programs and images stay in ~/.cache/todoplatform.

  --name NAME        name of the cluster (or of the minikube profile), default todo
  --minikube         the cluster is a minikube profile; it is deleted
  --context CONTEXT  the cluster is one of your kubeconfig; only what up.sh installed is removed from it: the platform
                     and the namespace "todo", the operator, the resource definition
  --help             this text
END
}

NAME=todo CONTEXT='' CLUSTER_OPTIONS=()

parse() {
  while (($#)); do
    case $1 in
      --name) NAME=${2:?--name needs a value} && shift ;;
      --minikube) CLUSTER_OPTIONS+=(--minikube) ;;
      --context) CONTEXT=${2:?--context needs a value} && CLUSTER_OPTIONS+=(--context "$CONTEXT") && shift ;;
      --help | -h) usage && exit ;;
      *) die "unknown argument \"$1\"; see --help" ;;
    esac
    shift
  done
  CLUSTER_OPTIONS+=(--name "$NAME")
}

# uninstall removes the platform while the operator still runs, then the operator, then the kind.
uninstall() {
  export KUBECONFIG="$REPO_ROOT/.cluster/$NAME/kubeconfig"
  [[ -e $KUBECONFIG ]] || die "nothing is known of context \"$CONTEXT\": there is no $KUBECONFIG"
  tools_on_path
  kubectl delete todoplatform todo --namespace todo --ignore-not-found --timeout=120s
  kubectl delete namespace todo --ignore-not-found
  helm uninstall todo-operator --namespace "$OPERATOR_NAMESPACE" --ignore-not-found
  helm uninstall todo-operator-crds --namespace "$OPERATOR_NAMESPACE" --ignore-not-found
  kubectl delete crd todoplatforms.todoplatform.dev --ignore-not-found
  kubectl delete namespace "$OPERATOR_NAMESPACE" --ignore-not-found
}

main() {
  parse "$@"
  [[ -z $CONTEXT ]] || uninstall
  "$REPO_ROOT/hack/cluster/cluster.sh" down "${CLUSTER_OPTIONS[@]}"
  if grep -qsF "/.cluster/$NAME/kubeconfig" "$REPO_ROOT/.cluster/env"; then rm -f "$REPO_ROOT/.cluster/env"; fi
}

main "$@"
