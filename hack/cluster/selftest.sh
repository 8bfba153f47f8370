#!/usr/bin/env bash
# Proves the promises of cluster.sh on this machine with two throw-away clusters.
set -euo pipefail
CLUSTER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$CLUSTER_DIR/../lib.sh"

readonly FIRST=self-a SECOND=self-b
PASSED=0 FAILED=0

usage() {
  cat <<'USAGE'
Usage: hack/cluster/selftest.sh

Starts two clusters (self-a, self-b) side by side and checks: pods, DNS, volumes, Services from the host, the way from a
pod to the host, metrics, kill -9, and that `down` leaves the host as it was. Needs root and about two minutes.
USAGE
}

cluster() { "$CLUSTER_DIR/cluster.sh" "$1" --name "$2" "${@:3}"; }

kube_of() { "$TOOLS/kubectl" --kubeconfig="$REPO_ROOT/.cluster/$1/kubeconfig" "${@:2}"; }

# check SENTENCE COMMAND… counts a test.
check() {
  local sentence=$1 output
  shift
  if output=$("$@" 2>&1); then
    PASSED=$((PASSED + 1)) && say "ok      $sentence"
  else
    FAILED=$((FAILED + 1)) && say "FAILED  $sentence" && say "$output"
  fi
}

# host_state prints what `down` promises to restore. Other clusters of the machine may come and go meanwhile.
host_state() {
  ip -o link | grep -o 'tp-self-[ab]' || true
  ip route | grep 'tp-self-[ab]' || true
  iptables-save | sed '/^#/d; s/\[[0-9:]*\]//'
  awk '{ print $2, $3 }' /proc/mounts | grep -E "$REPO_ROOT|/run/netns|/var/lib/(kubelet|containerd|cni)" || true
  find /sys/fs/cgroup -maxdepth 2 -name 'todoplatform-self-*'
  sysctl -n net.ipv4.ip_forward kernel.panic kernel.panic_on_oops vm.overcommit_memory vm.panic_on_oom
  pgrep -af "$REPO_ROOT/.cluster/self-" || true
  compgen -G '/sys/class/net/tp-*' >/dev/null ||
    ls -d /run/todoplatform /run/containerd /run/netns /var/lib/{kubelet,cni,containerd} /var/log/{pods,containers} 2>/dev/null || true
}

host_is_as_before() { diff "$BEFORE" <(host_state); }

# pid_namespace CLUSTER names the namespace that holds all its processes.
pid_namespace() {
  local pid
  read -r pid _ <"$REPO_ROOT/.cluster/$1/pid/node"
  readlink "/proc/$pid/ns/pid"
}

no_process_is_left() { ! find /proc/[0-9]*/ns/pid -maxdepth 0 -printf '%l\n' 2>/dev/null | grep -qxF "$1"; }

busybox_reference() { "$REPO_ROOT/hack/images/build.sh" --list | awk '$1 == "busybox" { print $2 }'; }

# apply_probe CLUSTER runs a web server with a volume behind a Service, and a shell.
apply_probe() {
  kube_of "$1" apply -f - <<MANIFEST
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 16Mi } } }
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  terminationGracePeriodSeconds: 0
  securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: RuntimeDefault } }
  containers:
    - name: web
      image: $(busybox_reference)
      imagePullPolicy: IfNotPresent
      command: [sh, -c, "echo hello from $1 >/data/index.html && exec httpd -f -p 8080 -h /data"]
      readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
      volumeMounts: [{ name: data, mountPath: /data }]
  volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
MANIFEST
  kube_of "$1" wait --for=condition=Ready pod/web --timeout=60s
}

in_pod() { kube_of "$1" exec web -- "${@:2}"; }

service_answers_the_host() {
  local address
  address=$(kube_of "$1" get service web -o 'jsonpath={.spec.clusterIP}')
  curl --silent --fail --max-time 5 "http://$address/" | grep -q "hello from $1"
}

pod_answers_the_host() {
  local address
  address=$(kube_of "$1" get pod web -o 'jsonpath={.status.podIP}')
  curl --silent --fail --max-time 5 "http://$address:8080/" | grep -q "hello from $1"
}

dns_knows_a_service() { in_pod "$1" nslookup web.default.svc.cluster.local | grep -qF "$(kube_of "$1" get service web -o 'jsonpath={.spec.clusterIP}')"; }

# get_in_pod CLUSTER HOST PORT PATH asks by nc: the wget of Debian's static busybox crashes.
get_in_pod() { in_pod "$1" sh -c "printf 'GET $4 HTTP/1.0\r\n\r\n' | nc -w 5 $2 $3"; }

pod_reaches_the_service() { get_in_pod "$1" web.default.svc.cluster.local 80 / | grep -q "hello from $1"; }

pod_reaches_the_api_server() { in_pod "$1" nc -w 3 kubernetes.default.svc.cluster.local 443 </dev/null; }

pod_reaches_the_host() {
  local host server network status=0
  read -r network _ <"$REPO_ROOT/.cluster/$1/network"
  host="10.$((128 + 2 * network)).255.1"
  python3 -m http.server --bind "$host" --directory "$CLUSTER_DIR/config" 18080 >/dev/null 2>&1 &
  server=$!
  wait_until 10 curl --silent --fail "http://$host:18080/audit.yaml"
  get_in_pod "$1" "$host" 18080 /audit.yaml | grep -q Metadata || status=1
  kill "$server"
  return "$status"
}

metrics_arrive() { wait_until 90 kube_of "$1" top node; }

claim_is_bound() { [[ $(kube_of "$1" get pvc data -o 'jsonpath={.status.phase}') == Bound ]]; }

writes_are_audited() { grep -q '"verb":"create".*"name":"web"' "$REPO_ROOT/.cluster/$1/log/audit.log"; }

# kill_node ends a cluster as a crash does: its first process dies by SIGKILL.
kill_node() {
  local pid
  read -r pid _ <"$REPO_ROOT/.cluster/$1/pid/node"
  kill -KILL "$pid"
}

down_both() {
  cluster down "$FIRST" "$@"
  cluster down "$SECOND" "$@"
}

main() {
  [[ ${1:-} != --help ]] || { usage && return; }
  need_root "this test"
  TOOLS="$("$REPO_ROOT/hack/tools/build.sh" --print-dir)/bin"
  BEFORE=$(mktemp)
  trap 'down_both --purge >/dev/null 2>&1; rm -f "$BEFORE"' EXIT
  down_both --purge
  host_state >"$BEFORE"
  check "a cluster comes up" cluster up "$FIRST"
  check "up again changes nothing" cluster up "$FIRST"
  check "a second cluster stands beside it" cluster up "$SECOND"
  for name in "$FIRST" "$SECOND"; do
    check "$name: status is well" cluster status "$name"
    check "$name: a pod with a volume becomes ready" apply_probe "$name"
    check "$name: the claim is bound" claim_is_bound "$name"
    check "$name: DNS knows a Service" dns_knows_a_service "$name"
    check "$name: a pod reaches a Service" pod_reaches_the_service "$name"
    check "$name: a pod reaches the API server" pod_reaches_the_api_server "$name"
    check "$name: a pod reaches the host" pod_reaches_the_host "$name"
    check "$name: the host reaches a Service" service_answers_the_host "$name"
    check "$name: the host reaches a pod" pod_answers_the_host "$name"
    check "$name: writes are in the audit log" writes_are_audited "$name"
    check "$name: metrics arrive" metrics_arrive "$name"
  done
  kill_node "$FIRST"
  check "the other cluster does not notice a kill" service_answers_the_host "$SECOND"
  check "up after a kill clears what that left" cluster up "$FIRST"
  check "status is well after a kill" cluster status "$FIRST"
  check "the cluster after a kill is fresh" bash -c "! '$TOOLS/kubectl' --kubeconfig='$REPO_ROOT/.cluster/$FIRST/kubeconfig' get pod web"
  namespace=$(pid_namespace "$FIRST")
  check "down ends the first" cluster down "$FIRST"
  check "no process of the first is left" no_process_is_left "$namespace"
  check "the other cluster does not notice a down" service_answers_the_host "$SECOND"
  check "down ends the second" cluster down "$SECOND"
  check "down leaves the host as it was" host_is_as_before
  say "$PASSED passed, $FAILED failed"
  ((FAILED == 0))
}

main "$@"
