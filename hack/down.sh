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
                     in namespace "todo", the operator, the resource definition, and the namespaces that up.sh
                     made. Nothing is removed while there are other platforms
  --help             this text
END
}

readonly KIND=todoplatforms.todoplatform.dev
NAME=todo CONTEXT='' CLUSTER_OPTIONS=()

parse() {
  while (($#)); do
    case $1 in
      --name) need_value "$@" && NAME=$2 && shift ;;
      --minikube) CLUSTER_OPTIONS+=(--minikube) ;;
      --context) need_value "$@" && CONTEXT=$2 && CLUSTER_OPTIONS+=(--context "$CONTEXT") && shift ;;
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
  guard_platforms
  if kind_exists; then
    kubectl delete todoplatform todo --namespace todo --ignore-not-found --timeout=120s
  fi
  delete_namespace todo
  helm uninstall todo-operator --namespace "$OPERATOR_NAMESPACE" --ignore-not-found
  helm uninstall todo-operator-crds --namespace "$OPERATOR_NAMESPACE" --ignore-not-found
  kubectl delete crd "$KIND" --ignore-not-found --timeout=60s
  delete_namespace "$OPERATOR_NAMESPACE"
}

kind_exists() { [[ -n $(kubectl get crd "$KIND" --ignore-not-found --output name) ]]; }

# guard_platforms ends the script while there are platforms that up.sh did not apply: they would go with their kind.
guard_platforms() {
  local platforms others
  kind_exists || return 0
  platforms=$(kubectl get "$KIND" --all-namespaces \
    --output jsonpath='{range .items[*]}{.metadata.namespace}/{.metadata.name}{"\n"}{end}') ||
    die "failed to list the platforms of context \"$CONTEXT\""
  others=$(grep -vxF todo/todo <<<"$platforms" | paste -sd ' ') || true
  [[ -z $others ]] ||
    die "nothing is removed: the operator and its resource definition serve other platforms too: $others"
}

# delete_namespace NAME deletes a namespace that up.sh made.
delete_namespace() {
  kubectl delete namespace --selector todoplatform.dev/created-by=up.sh --field-selector "metadata.name=$1" \
    --ignore-not-found --timeout=180s
  [[ -z $(kubectl get namespace "$1" --ignore-not-found --output name) ]] ||
    say "namespace \"$1\" stays: it was there before up.sh"
}

main() {
  parse "$@"
  [[ -z $CONTEXT ]] || uninstall
  "$REPO_ROOT/hack/cluster/cluster.sh" down "${CLUSTER_OPTIONS[@]}"
  if grep -qsF "/.cluster/$NAME/kubeconfig" "$REPO_ROOT/.cluster/env"; then rm -f "$REPO_ROOT/.cluster/env"; fi
}

main "$@"
