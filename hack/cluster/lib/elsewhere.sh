# shellcheck shell=bash
# The two other ways in: a minikube profile, and a cluster that exists. Neither is tested by the project's own tests.

# up_minikube starts the profile NAME and copies its kubeconfig.
up_minikube() {
  need_command minikube "see https://minikube.sigs.k8s.io/docs/start/"
  minikube start --profile "$NAME" >&2 || die "failed to start minikube profile \"$NAME\""
  minikube addons enable metrics-server --profile "$NAME" >&2 || say "warning: minikube's metrics-server is not enabled"
  copy_context "$NAME"
}

# copy_context CONTEXT writes that context of the user's kubeconfig, with its certificates, to the state folder.
copy_context() {
  (umask 077 && "$TOOLS/kubectl" config view --raw --flatten --minify --context "$1" >"$ADMIN_KUBECONFIG") ||
    die "failed to read context \"$1\" from the kubeconfig"
  kube get --raw /readyz >/dev/null || die "the cluster of context \"$1\" does not answer"
}

# load_elsewhere IMAGE… brings images into a cluster that is not ours, where a known tool can.
load_elsewhere() {
  local context image
  case $(recall driver) in
    minikube) for image in "$@"; do minikube image load --profile "$NAME" "$(archive_of "$image")" >&2; done ;;
    *)
      context=$(kube config current-context)
      [[ $context == kind-* ]] ||
        die "images cannot be loaded into the cluster of context \"$context\": push them to a registry that it reaches and set spec.image"
      need_command kind "see https://kind.sigs.k8s.io"
      for image in "$@"; do kind load image-archive --name "${context#kind-}" "$(archive_of "$image")" >&2; done
      ;;
  esac
}

# archive_of IMAGE prints the path of an archive, building it when IMAGE is a name.
archive_of() { if [[ -f $1 ]]; then realpath "$1"; else "$REPO_ROOT/hack/images/build.sh" "$1"; fi; }
