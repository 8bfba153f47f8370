# shellcheck shell=bash
# Tests against a real API server, a real PostgreSQL and a real Kafka. Expects hack/lib.sh and hack/test/steps.sh.

readonly APISERVER="$REPO_ROOT/hack/test/apiserver.sh" SERVICES="$REPO_ROOT/hack/services/services.sh"
readonly SERVICES_DIR="$REPO_ROOT/.test/services"

# examples_accepted sends the resource definition and every example to the API server, which checks each against schema
# and rules, and reads the documentation of every field.
examples_accepted() {
  local example
  export KUBECONFIG="$REPO_ROOT/.test/apiserver/kubeconfig"
  tools_on_path
  kubectl apply --server-side --force-conflicts --kustomize "$REPO_ROOT/crds"
  kubectl wait --for=condition=Established crd/todoplatforms.todoplatform.dev --timeout=30s
  # The rules of a new kind are served a moment after it is established.
  wait_until 15 kubectl get todoplatforms
  for example in "$REPO_ROOT"/examples/*.yaml; do
    kubectl apply --dry-run=server --validate=strict --filename "$example"
  done
  nulls_accepted
  kubectl get crd todoplatforms.todoplatform.dev --output json | undocumented
}

# nulls_accepted sends an explicit null for fields of every kind: it means that they are left out.
nulls_accepted() {
  kubectl create --dry-run=server --validate=strict --filename - <<'END'
apiVersion: todoplatform.dev/v1alpha1
kind: TodoPlatform
metadata: { name: todo }
spec:
  profile: null
  version: null
  image: { repository: null, pullPolicy: null, pullSecrets: null }
  database: { embedded: { storage: { size: null }, resources: { limits: { cpu: null } } }, external: null }
  messaging: { transport: null, broker: null, topics: { topicPrefix: null, replicationFactor: null } }
  api: { replicas: null, resources: null }
  consumers: { audit: { enabled: null } }
  auth: { local: { signingSecretRef: null } }
  deletionPolicy: { data: null, topics: null }
  paused: null
END
}

# undocumented reads a resource definition and fails when a field of the spec has no description.
undocumented() {
  python3 -c '
import json, sys
def walk(schema, path):
    for name, field in schema.get("properties", {}).items():
        if not field.get("description"): yield f"{path}.{name}"
        yield from walk(field, f"{path}.{name}")
    if isinstance(schema.get("items"), dict): yield from walk(schema["items"], path + "[]")
spec = json.load(sys.stdin)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
missing = list(walk(spec, "spec"))
sys.exit(f"without description: {missing}" if missing else 0)'
}

api_server_tests() {
  check "API server up" "$APISERVER" up
  ok || return 0
  TEST_KUBECONFIG="$REPO_ROOT/.test/apiserver/kubeconfig" \
    ignored_tests "controller on a real API server" cargo test --locked --workspace --no-fail-fast --test api -- --ignored
  check "examples accepted by the API server" examples_accepted
  check "API server down" "$APISERVER" down
}

# fuzzed sends requests that are made from the OpenAPI document. The long form is `--requests 10000`.
fuzzed() { "$REPO_ROOT/hack/test/schemathesis.sh" --requests 1000; }

services_up() {
  local port
  port=$(free_ports 4)
  "$SERVICES" up --dir "$SERVICES_DIR" --postgres-port "$port" --kafka-port "$((port + 1))"
}

service_tests() {
  check "PostgreSQL and Kafka up" services_up
  ok || return 0
  set -a
  # shellcheck source=/dev/null
  . "$SERVICES_DIR/env"
  set +a
  ignored_tests "app on real PostgreSQL and Kafka" cargo test --locked --workspace --no-fail-fast --test it -- --ignored
  ignored_tests "topics on a real Kafka" cargo test --locked --workspace --no-fail-fast --test broker -- --ignored
  check "requests made from the OpenAPI document" fuzzed
  better_auth
  check "PostgreSQL and Kafka down" "$SERVICES" down --dir "$SERVICES_DIR"
}

# better_auth uses tokens of a real issuer.
better_auth() {
  local major
  major=$(node --version 2>/dev/null | sed 's/^v//; s/[.].*//')
  if ((${major:-0} < 20)); then
    skip "tokens of a real Better Auth" "it needs Node 20 or newer"
  else
    check "tokens of a real Better Auth" "$REPO_ROOT/hack/test/better-auth.sh"
  fi
}

# backends_down stops whatever runs. For a trap.
backends_down() {
  "$APISERVER" down || true
  local dir
  # The test that kills servers has a set of its own beside the others.
  for dir in "$SERVICES_DIR" "$SERVICES_DIR-chaos"; do
    if [[ -d $dir ]]; then "$SERVICES" down --dir "$dir" || true; fi
  done
}
