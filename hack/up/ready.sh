# shellcheck shell=bash
# Watching a platform come up, and what to look at when it does not. Expects hack/lib.sh and KUBECONFIG.

# Conditions in the order in which a bring-up fulfils them.
readonly PHASES=(ConfigurationValid DependenciesReady DatabaseReady MigrationsApplied TopicsReady WorkloadsReady Ready)
readonly READY_WITHIN=300

# conditions NAMESPACE NAME prints a line "TYPE STATUS REASON MESSAGE" for each condition of the present generation.
conditions() {
  kubectl get todoplatform "$2" --namespace "$1" --output json 2>/dev/null | python3 -c '
import json, sys
platform = json.load(sys.stdin)
for c in platform.get("status", {}).get("conditions", []):
    if c.get("observedGeneration") == platform["metadata"]["generation"]:
        print(c["type"], c["status"], c["reason"], " ".join(c["message"].split()))'
}

# await_ready NAMESPACE NAME prints a line per condition as it becomes true; status 1 when Ready does not in time.
await_ready() {
  local start deadline now line next=0
  start=$(now_ms)
  deadline=$((start + READY_WITHIN * 1000))
  while ((next < ${#PHASES[@]})); do
    now=$(conditions "$1" "$2") || now=''
    while ((next < ${#PHASES[@]})) && grep -q "^${PHASES[next]} True" <<<"$now"; do
      clear_line
      report '✓' "  ${PHASES[next]}" "$start"
      ((++next))
    done
    line=$(grep '^Ready ' <<<"$now" || true)
    if [[ $line == 'Ready False'* ]] && grep -q '^Stalled True' <<<"$now"; then break; fi
    (($(now_ms) < deadline)) || break
    show_line "${PHASES[next]:-}: ${line#Ready * }"
    sleep 0.25
  done
  clear_line
  ((next == ${#PHASES[@]}))
}

show_line() { [[ ! -t 2 ]] || printf '\r\033[K…   %.100s' "$1" >&2; }
clear_line() { [[ ! -t 2 ]] || printf '\r\033[K' >&2; }

# explain NAMESPACE NAME shows conditions, events and pods, for a platform that does not become ready.
explain() {
  {
    printf '\nThe platform is not Ready. Its conditions:\n'
    conditions "$1" "$2" | sed 's/^/  /'
    printf '\nPods:\n'
    kubectl get pods --namespace "$1" --output wide
    kubectl get pods --namespace "$OPERATOR_NAMESPACE" --output wide
    printf '\nThe last events:\n'
    kubectl get events --namespace "$1" --sort-by=.lastTimestamp | tail -n 15
    printf '\nThe end of the operator'"'"'s log:\n'
    kubectl logs --namespace "$OPERATOR_NAMESPACE" deployment/todo-operator --tail=15
    printf '\nLook closer with:\n'
    printf '  export KUBECONFIG=%s PATH=%s:%s\n' "$KUBECONFIG" "$TOOLS_BIN" "\$PATH"
    printf '  kubectl describe todoplatform %s --namespace %s\n' "$2" "$1"
  } >&2 || true
}
