# shellcheck shell=bash
# Where a cluster keeps its state, which addresses it uses, and which processes are its own.
# Reads NAME (the cluster's name); sets the variables below.

# use_cluster NAME sets the paths of one cluster.
use_cluster() {
  # 12 characters: the host's end of the link is called tp-NAME, and Linux allows 15.
  [[ $1 =~ ^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$ ]] ||
    die "cluster name \"$1\" is not 1 to 12 lower-case letters, digits or inner hyphens"
  NAME=$1
  STATE="$REPO_ROOT/.cluster/$NAME"
  LOG="$STATE/log"
  LINK="tp-$NAME"
  NODE_CGROUP="todoplatform-$NAME"
  ADMIN_KUBECONFIG="$STATE/kubeconfig"
  export NAME STATE LOG LINK NODE_CGROUP ADMIN_KUBECONFIG
}

# use_network NUMBER PORT sets the addresses: 10.(128+2N).0.0/16 holds pods and the link, the next /16 the Services.
use_network() {
  NETWORK=$1
  API_PORT=$2
  PREFIX="10.$((128 + 2 * $1))"
  POD_CIDR="$PREFIX.0.0/20"
  HOST_IP="$PREFIX.255.1"
  NODE_IP="$PREFIX.255.2"
  SERVICE_PREFIX="10.$((129 + 2 * $1)).0"
  SERVICE_CIDR="$SERVICE_PREFIX.0/16"
  export NETWORK API_PORT PREFIX POD_CIDR HOST_IP NODE_IP SERVICE_PREFIX SERVICE_CIDR
}

# remember FILE VALUE and recall FILE keep one value each in the state folder.
remember() { printf '%s\n' "$2" >"$STATE/$1"; }
recall() { [[ ! -e $STATE/$1 ]] || cat "$STATE/$1"; }

# recall_network sets the addresses that `up` chose; status 1 when there are none.
recall_network() {
  local network port
  read -r network port < <(recall network) || return 1
  use_network "$network" "$port"
}

# choose_network [NUMBER] [PORT] picks the wanted or the first free network; the API port defaults to 6443 + 10 × NUMBER.
choose_network() {
  local number wanted=${1:-} port=${2:-} numbers=({0..31})
  [[ -z $wanted ]] || numbers=("$wanted")
  ((${wanted:-0} < 32)) || die "--network is 0 to 31, not $wanted"
  for number in "${numbers[@]}"; do
    network_is_free "$number" || continue
    use_network "$number" "${port:-$((6443 + 10 * number))}"
    ! port_is_taken "$API_PORT" || die "port $API_PORT on 127.0.0.1 is taken: choose another with --ports"
    remember network "$NETWORK $API_PORT"
    return
  done
  die "the host already has routes into 10.$((128 + 2 * ${wanted:-0})).0.0/15: choose another network with --network"
}

network_is_free() { [[ -z $(ip -4 route show root "10.$((128 + 2 * $1)).0.0/15") ]]; }

port_is_taken() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# started_at PID prints the start time in clock ticks of a process that lives: with the pid it names one process for ever.
# One read of proc(5) stat gives state (field 3) and start (field 22), for a zombie may vanish between two reads.
started_at() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != [ZX] ]] || return 1
  printf '%s\n' "${fields[19]}"
}

# record_pid NAME PID keeps a process' identity.
record_pid() { remember "pid/$1" "$2 $(started_at "$2")"; }

# pid_of NAME prints the pid of a recorded process that is the same and still runs; else status 1.
pid_of() {
  local pid start
  read -r pid start < <(recall "pid/$1") || return 1
  [[ -n $start && $(started_at "$pid") == "$start" ]] || return 1
  printf '%s\n' "$pid"
}

running() { pid_of "$1" >/dev/null; }

# end_process NAME kills a recorded process, if it still is that one, and waits until it is gone.
end_process() {
  local pid
  pid=$(pid_of "$1") || return 0
  kill -KILL "$pid" 2>/dev/null || true
  wait_until 20 not_running "$1" || die "failed to end $1 (pid $pid)"
}

not_running() { ! running "$1"; }

# show_log NAME prints a component's last lines.
show_log() {
  say "last lines of $LOG/$1.log:"
  tail -n "${2:-15}" "$LOG/$1.log" >&2 2>/dev/null || true
}
