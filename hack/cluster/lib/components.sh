# shellcheck shell=bash
# The processes of a cluster: how each is started, how one knows that it is well, and what to say when it is not.

readonly COMPONENTS=(etcd kube-apiserver containerd kube-controller-manager kube-scheduler kubelet kube-proxy api-forward)

# kube COMMAND… runs kubectl as the cluster's administrator.
kube() { "$TOOLS/kubectl" --kubeconfig="$ADMIN_KUBECONFIG" "$@"; }

# launch NAME COMMAND… starts a program inside the node's namespaces and records its pid on the host.
launch() { launch_in "--mount --pid --net --ipc --uts" "$@"; }

# launch_in NAMESPACES NAME COMMAND…
launch_in() {
  local namespaces=$1 name=$2 node outer
  shift 2
  node=$(pid_of node)
  [[ ! -e $LOG/$name.log ]] || mv -f "$LOG/$name.log" "$LOG/$name.previous.log"
  # shellcheck disable=SC2086 # the namespaces are words
  setsid nsenter --target "$node" $namespaces -- "$@" >"$LOG/$name.log" 2>&1 </dev/null 9>&- &
  outer=$!
  disown
  # nsenter forks into the pid namespace; that child becomes the program.
  wait_until 5 pgrep -P "$outer" || { show_log "$name" && die "failed to start $name"; }
  record_pid "$name" "$(pgrep -P "$outer")"
}

# ensure NAME starts a component unless it runs.
ensure() { running "$1" || "start_$1"; }

# render NAME DESTINATION fills in a file of config/.
render() {
  local text name
  text=$(<"$CLUSTER_DIR/$1")
  for name in STATE NAME NODE_CGROUP POD_CIDR SERVICE_PREFIX "${!IMAGE_@}"; do text=${text//@$name@/${!name}}; done
  mkdir -p "$(dirname "$2")"
  printf '%s\n' "$text" >"$2"
}

# write_config writes the configuration once in the life of a node: kube-proxy exits when its file changes.
write_config() {
  [[ ! -e $STATE/conf/written ]] || return 0
  render config/containerd.toml "$STATE/conf/containerd.toml"
  render config/10-pods.conflist "$STATE/conf/cni/10-pods.conflist"
  render config/kubelet.yaml "$STATE/conf/kubelet.yaml"
  render config/kube-proxy.yaml "$STATE/conf/kube-proxy.yaml"
  render config/audit.yaml "$STATE/conf/audit.yaml"
  # Pods that inherit the node's DNS (CoreDNS) must not ask themselves.
  printf '# names outside the cluster are not resolved\n' >"$STATE/conf/resolv.conf"
  touch "$STATE/conf/written"
}

start_etcd() {
  # A throw-away cluster outlives no power cut, so nothing waits for the disk.
  launch etcd "$TOOLS/etcd" --data-dir "$STATE/etcd" --unsafe-no-fsync \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster default=http://127.0.0.1:2380
}

start_kube-apiserver() {
  local pki="$STATE/pki"
  launch kube-apiserver "$TOOLS/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
    --secure-port=6443 --advertise-address="$NODE_IP" --service-cluster-ip-range="$SERVICE_CIDR" \
    --authorization-mode=Node,RBAC --allow-privileged=true \
    --tls-cert-file="$pki/kube-apiserver.crt" --tls-private-key-file="$pki/kube-apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-client-certificate="$pki/kubelet-client.crt" --kubelet-client-key="$pki/kubelet-client.key" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
    --requestheader-username-headers=X-Remote-User --enable-aggregator-routing=true \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
    --audit-policy-file="$STATE/conf/audit.yaml" --audit-log-path="$LOG/audit.log" \
    --audit-log-maxsize=500 --audit-log-maxbackup=2
}

# The default of 20 requests per second makes a fresh cluster wait for 4 s while each controller gets its account.
start_kube-controller-manager() {
  local config="$STATE/conf/kube-controller-manager.kubeconfig" pki="$STATE/pki"
  launch kube-controller-manager "$TOOLS/kube-controller-manager" --kubeconfig="$config" \
    --authentication-kubeconfig="$config" --authorization-kubeconfig="$config" --leader-elect=false \
    --service-account-private-key-file="$pki/sa.key" --use-service-account-credentials=true --root-ca-file="$pki/ca.crt" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" \
    --kube-api-qps=200 --kube-api-burst=400 \
    --flex-volume-plugin-dir=/var/lib/kubelet/volume-plugins
}

start_kube-scheduler() {
  local config="$STATE/conf/kube-scheduler.kubeconfig"
  launch kube-scheduler "$TOOLS/kube-scheduler" --kubeconfig="$config" \
    --authentication-kubeconfig="$config" --authorization-kubeconfig="$config" --leader-elect=false
}

start_containerd() { launch containerd containerd --config "$STATE/conf/containerd.toml"; }

start_kubelet() {
  launch kubelet "$TOOLS/kubelet" --config="$STATE/conf/kubelet.yaml" --kubeconfig="$STATE/conf/kubelet.kubeconfig" \
    --hostname-override="$NAME" --node-ip="$NODE_IP"
}

start_kube-proxy() { launch kube-proxy "$TOOLS/kube-proxy" --config="$STATE/conf/kube-proxy.yaml"; }

# The forwarder keeps the host's network, and dies with the node all the same: it is in its pid namespace.
start_api-forward() {
  launch_in "--pid" api-forward socat "TCP4-LISTEN:$API_PORT,bind=127.0.0.1,reuseaddr,fork,nodelay" "TCP4:$NODE_IP:6443,nodelay"
}

# healthy NAME asks a component itself.
healthy() {
  case $1 in
    etcd) probe http://127.0.0.1:2379/health ;;
    kube-apiserver) probe https://127.0.0.1:6443/readyz ;;
    kube-controller-manager) probe https://127.0.0.1:10257/healthz ;;
    kube-scheduler) probe https://127.0.0.1:10259/healthz ;;
    kubelet) probe http://127.0.0.1:10248/healthz ;;
    kube-proxy) probe http://127.0.0.1:10256/healthz ;;
    containerd) images_of_node version >/dev/null 2>&1 ;;
    api-forward) curl --silent --insecure --fail --max-time 3 --output /dev/null "https://127.0.0.1:$API_PORT/livez" ;;
  esac
}

probe() { in_node curl --silent --insecure --fail --max-time 3 --output /dev/null "$1"; }

# wait_ready WHAT SECONDS COMMAND… waits until the command succeeds; it ends the script as soon as a started component dies.
wait_ready() {
  local what=$1 deadline=$(($(now_ms) + $2 * 1000))
  shift 2
  until "$@" >/dev/null 2>&1; do
    report_dead
    if (($(now_ms) >= deadline)); then
      say "$what is not ready:"
      "$@" >&2 || true
      status_table >&2
      die "$what did not become ready; logs are in $LOG"
    fi
    sleep 0.1
  done
}

# report_dead ends the script, with the last lines, when a component that was started no longer runs.
report_dead() {
  local name
  for name in node "${COMPONENTS[@]}"; do
    if [[ -e $STATE/pid/$name ]] && ! running "$name"; then
      show_log "$name"
      die "$name died (pid and start time: $(recall "pid/$name"))"
    fi
  done
}

# status_table prints a line per component; status 1 when one is not well.
status_table() {
  local name pid state status=0
  printf '%-26s %-8s %s\n' COMPONENT PID HEALTH
  for name in node "${COMPONENTS[@]}"; do
    if ! pid=$(pid_of "$name"); then
      pid=- state=stopped status=1
    elif [[ $name == node ]] || healthy "$name"; then
      state=healthy
    else
      state=unhealthy status=1
    fi
    printf '%-26s %-8s %s\n' "$name" "$pid" "$state"
  done
  return "$status"
}
