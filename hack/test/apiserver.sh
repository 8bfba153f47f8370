#!/usr/bin/env bash
# etcd and kube-apiserver alone, without nodes or controllers. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/../lib.sh"

usage() {
  cat <<'END'
Usage: hack/test/apiserver.sh up|down [DIR]

Runs etcd and kube-apiserver alone, for tests that need a real API server but no nodes: nothing else writes there.
`up` writes DIR/kubeconfig (default DIR .test/apiserver) and returns when the API server is ready. Ports are free ones.
END
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# launch NAME COMMAND… starts a program in the background and records it by pid and start time.
launch() {
  local name=$1
  shift
  setsid "$@" >"$DIR/$name.log" 2>&1 </dev/null 9>&- &
  printf '%s %s\n' "$!" "$(started_at "$!")" >"$DIR/$name.pid"
}

# started_at PID prints the start time in clock ticks: with the pid it names one process for ever.
started_at() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# stop NAME ends a recorded program, if it is still the same.
stop() {
  local pid start
  [[ -e $DIR/$1.pid ]] || return 0
  read -r pid start <"$DIR/$1.pid"
  if [[ -n $start && $(started_at "$pid") == "$start" ]]; then
    kill -TERM "$pid"
    wait_until 10 ended "$pid" || kill -KILL "$pid"
  fi
  rm -f "$DIR/$1.pid"
}

ended() { [[ ! -e /proc/$1 ]] || [[ $(awk '/^State:/ { print $2 }' "/proc/$1/status") == Z ]]; }

write_credentials() {
  umask 077
  openssl genrsa -out "$DIR/service-account.key" 2048 2>/dev/null
  TOKEN=$(openssl rand -hex 32)
  printf '%s,admin,admin,system:masters\n' "$TOKEN" >"$DIR/tokens.csv"
}

write_kubeconfig() {
  cat >"$DIR/kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{ name: test, cluster: { server: "https://127.0.0.1:$1", insecure-skip-tls-verify: true } }]
users: [{ name: admin, user: { token: "$TOKEN" } }]
contexts: [{ name: test, context: { cluster: test, user: admin } }]
current-context: test
END
}

start_etcd() {
  launch etcd "$BIN/etcd" --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "http://127.0.0.1:$1" --advertise-client-urls "http://127.0.0.1:$1" \
    --listen-peer-urls "http://127.0.0.1:$2" --initial-advertise-peer-urls "http://127.0.0.1:$2" \
    --initial-cluster "default=http://127.0.0.1:$2"
}

start_apiserver() {
  launch kube-apiserver "$BIN/kube-apiserver" --etcd-servers "http://127.0.0.1:$1" --secure-port "$2" \
    --bind-address 127.0.0.1 --cert-dir "$DIR/certs" --token-auth-file "$DIR/tokens.csv" --authorization-mode RBAC \
    --service-cluster-ip-range 10.0.0.0/24 --service-account-issuer https://kubernetes.default.svc \
    --service-account-key-file "$DIR/service-account.key" --service-account-signing-key-file "$DIR/service-account.key" \
    --disable-admission-plugins ServiceAccount --allow-privileged
}

up() {
  local etcd_port peer_port port
  down
  mkdir -p "$DIR"
  "$HERE/../tools/build.sh" etcd kube-apiserver kubectl
  BIN="$("$HERE/../tools/build.sh" --print-dir)/bin"
  etcd_port=$(free_port) peer_port=$(free_port) port=$(free_port)
  write_credentials
  write_kubeconfig "$port"
  start_etcd "$etcd_port" "$peer_port"
  start_apiserver "$etcd_port" "$port"
  wait_until 60 "$BIN/kubectl" --kubeconfig "$DIR/kubeconfig" get --raw /readyz || {
    tail -n 20 "$DIR"/*.log >&2
    down
    die "the API server did not become ready within 60 s"
  }
  say "API server ready: export TEST_KUBECONFIG=$DIR/kubeconfig"
}

down() {
  stop kube-apiserver
  stop etcd
  rm -rf "$DIR"/{etcd,certs,tokens.csv,service-account.key,kubeconfig}
}

main() {
  DIR=$(realpath -m "${2:-$REPO_ROOT/.test/apiserver}")
  case ${1:-} in
    up | down) "$1" ;;
    --help | -h) usage ;;
    *) usage >&2 && exit 2 ;;
  esac
}

main "$@"
