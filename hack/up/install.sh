# shellcheck shell=bash
# Bringing images, the operator and a platform into a running cluster. Expects hack/lib.sh and KUBECONFIG.

readonly OPERATOR_NAMESPACE=todo-system
readonly OUR_IMAGES=(postgres kafka todo todo-operator)

# tools_on_path puts kubectl and helm of the cache first.
tools_on_path() {
  TOOLS_BIN="$("$REPO_ROOT/hack/tools/build.sh" --print-dir)/bin"
  export TOOLS_BIN PATH="$TOOLS_BIN:$PATH"
}

# build_binaries builds the programs that go into images.
build_binaries() { cargo build --manifest-path "$REPO_ROOT/Cargo.toml" --release --locked -p todo -p todo-operator; }

# build_key prints what changes with the content of our two images: their places in the cache.
build_key() { "$REPO_ROOT/hack/images/build.sh" todo todo-operator | sha256sum | cut -c1-12; }

# namespace NAME makes a namespace that enforces the restricted Pod Security Standard, and marks it: down.sh deletes no
# other. One that is there already is somebody's, and stays as it is.
namespace() {
  local found
  found=$(kubectl get namespace "$1" --ignore-not-found --output name)
  [[ -z $found ]] || return 0
  kubectl create --filename - <<END
apiVersion: v1
kind: Namespace
metadata:
  name: $1
  labels:
    pod-security.kubernetes.io/enforce: restricted
    todoplatform.dev/created-by: up.sh
END
}

# install_operator installs the resource and the operator by their charts and waits until it is ready.
install_operator() {
  namespace "$OPERATOR_NAMESPACE"
  helm upgrade --install todo-operator-crds "$REPO_ROOT/charts/todo-operator-crds" --namespace "$OPERATOR_NAMESPACE"
  kubectl wait --for=condition=Established crd/todoplatforms.todoplatform.dev --timeout=30s
  helm upgrade --install todo-operator "$REPO_ROOT/charts/todo-operator" --namespace "$OPERATOR_NAMESPACE" \
    --set image.repository=todoplatform/todo-operator \
    --set images.app=todoplatform/todo \
    --set images.postgres=todoplatform/postgres:15 \
    --set images.kafka=todoplatform/kafka:4.3.1 \
    --wait --timeout 120s
}

# restart_rebuilt restarts what runs an older build: a rebuilt image has the same name, which no Deployment notices.
restart_rebuilt() {
  local key was
  key=$(build_key)
  was=$(kubectl get namespace "$OPERATOR_NAMESPACE" -o jsonpath='{.metadata.annotations.todoplatform\.dev/build}')
  if [[ -n $was && $was != "$key" ]]; then
    kubectl rollout restart deployment --namespace "$OPERATOR_NAMESPACE"
    kubectl rollout status deployment --namespace "$OPERATOR_NAMESPACE" --timeout=120s
    kubectl get deployment --all-namespaces --selector app.kubernetes.io/managed-by=todo-operator \
      -o jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name}{"\n"}{end}' |
      while read -r space name; do kubectl rollout restart deployment "$name" --namespace "$space"; done
  fi
  kubectl annotate --overwrite namespace "$OPERATOR_NAMESPACE" "todoplatform.dev/build=$key"
}

# apply_platform FILE NAMESPACE
apply_platform() {
  namespace "$2"
  kubectl apply --namespace "$2" --filename "$1"
}
