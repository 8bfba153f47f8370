# shellcheck shell=bash
# Stories on a real cluster called "test", beside which others may run. Expects hack/lib.sh, hack/up/install.sh and
# hack/test/steps.sh.

readonly E2E_CLUSTER=test
readonly E2E_STATE="$REPO_ROOT/.cluster/$E2E_CLUSTER"

e2e_cluster() { "$REPO_ROOT/hack/cluster/cluster.sh" "$@" --name "$E2E_CLUSTER"; }

# cluster_images builds what does not hold our programs.
cluster_images() {
  "$REPO_ROOT/hack/tools/build.sh"
  "$REPO_ROOT/hack/images/build.sh" pause busybox coredns metrics-server local-path-provisioner postgres kafka
}

# kubectl_story walks through what a user does with kubectl alone.
kubectl_story() {
  apply_platform "$REPO_ROOT/examples/ephemeral.yaml" kubectl-story
  kubectl wait --for=condition=Ready tp/todo --namespace kubectl-story --timeout=5m
  kubectl get tp --namespace kubectl-story
  kubectl get tp --namespace kubectl-story --output wide
  kubectl describe tp todo --namespace kubectl-story
  kubectl explain tp.spec --recursive
  kubectl delete tp todo --namespace kubectl-story --timeout=60s
  kubectl delete namespace kubectl-story --timeout=120s
}

# stories NAME FILTER… runs stories with what they print in the log.
stories() {
  local name=$1
  shift
  TEST_KUBECONFIG="$E2E_STATE/kubeconfig" TEST_AUDIT_LOG="$E2E_STATE/log/audit.log" \
    ignored_tests "$name" cargo test --locked --workspace --no-fail-fast --test e2e -- --ignored --nocapture "$@"
  grep -hoE '\[[a-z-]+ +[0-9.]+ s\] .*' "$(log_of "$name")" | sed 's/^/    /' >&2 || true
}

# memory prints what the operator uses, as metrics-server measures it.
memory() {
  local used=''
  wait_until 45 kubectl top pods --namespace "$OPERATOR_NAMESPACE" --no-headers || return 0
  used=$(kubectl top pods --namespace "$OPERATOR_NAMESPACE" --no-headers)
  say "    operator: $(awk '{ print $2 " CPU, " $3 " memory" }' <<<"$used")"
}

e2e_tests() {
  local failed_before=$FAILED
  check "release programs" build_binaries
  ok || return 0
  await "cluster tools and images"
  ok || return 0
  tools_on_path
  check "cluster down, if one was left" e2e_cluster down
  ok || return 0
  check "cluster up" e2e_cluster up
  ok || return 0
  export KUBECONFIG="$E2E_STATE/kubeconfig"
  check "images loaded" e2e_cluster load "${OUR_IMAGES[@]}"
  ok || return 0
  check "operator installed" install_operator
  ok || return 0
  check "kubectl tells the story" kubectl_story
  stories "stories" --test-threads 2 --skip alone::
  stories "stories that need the operator alone" --test-threads 1 alone::
  memory
  if ((FAILED > failed_before)); then
    kubectl logs --namespace "$OPERATOR_NAMESPACE" deployment/todo-operator --tail=2000 >"$(log_of operator)" 2>&1 || true
  fi
  check "cluster down" e2e_cluster down
}

# e2e_down stops the cluster if it runs. For a trap.
e2e_down() { [[ ! -e $E2E_STATE/network ]] || e2e_cluster down || true; }
