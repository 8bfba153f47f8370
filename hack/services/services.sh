#!/usr/bin/env bash
# Throw-away PostgreSQL 15 and Apache Kafka on the host, for tests. See --help.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../lib.sh"
# shellcheck source=hack/services/process.sh
source "$here/process.sh"
# shellcheck source=hack/services/postgres.sh
source "$here/postgres.sh"
# shellcheck source=hack/services/kafka.sh
source "$here/kafka.sh"

usage() {
  cat <<'END'
Usage: hack/services/services.sh COMMAND [OPTION…]

Runs a throw-away PostgreSQL 15 and a one-node Apache Kafka on this machine, for tests.

Commands
  up                start both unless they run; return when both answer; write DIR/env
  down              stop both and remove their data
  status            say which runs; status 1 unless both do
  start SERVICE     start postgres or kafka again with the data that it has
  stop SERVICE      stop it (SIGTERM) and keep its data
  kill SERVICE      kill it (SIGKILL) and keep its data

Options
  --dir DIR             state, logs and the env file; default .test/services
  --postgres-port PORT  default 15432
  --kafka-port PORT     default 19092; PORT+1 is the controller's, PORT+2 the listener for --advertise
  --advertise HOST      address by which others, such as pods, reach this machine; default 127.0.0.1

start, stop, kill, status and down use the options of the last up with the same DIR.

DIR/env holds, for `source` or as an env file (the password is made anew for each DIR, mode 0600):
  TEST_DATABASE_URL, TEST_KAFKA_BOOTSTRAP               for processes of this machine
  TEST_POD_DATABASE_URL, TEST_POD_KAFKA_BOOTSTRAP       the same by the address of --advertise
  TEST_SERVICES_DIR                                     DIR, for stop and start

Neither is durable (fsync is off), and both listen on all addresses: for a development machine only.
END
}

# Settings: the options of this call, else those of the last up, else the defaults.
postgres_port='' kafka_port='' advertise='' service='' dir=$REPO_ROOT/.test/services

parse() {
  while (($#)); do
    case $1 in
      --dir) need_value "$@" && dir=$2 && shift ;;
      --postgres-port) need_value "$@" && postgres_port=$2 && shift ;;
      --kafka-port) need_value "$@" && kafka_port=$2 && shift ;;
      --advertise) need_value "$@" && advertise=$2 && shift ;;
      postgres | kafka) service=$1 ;;
      *) die "unknown argument \"$1\"; see --help" ;;
    esac
    shift
  done
  dir=$(realpath -m "$dir")
}

load_settings() {
  local -a last=()
  if [[ -f $dir/settings ]]; then read -ra last <"$dir/settings"; fi
  postgres_port=${postgres_port:-${last[0]:-15432}}
  kafka_port=${kafka_port:-${last[1]:-19092}}
  advertise=${advertise:-${last[2]:-127.0.0.1}}
  settings="$postgres_port $kafka_port $advertise"
  previous="${last[*]}"
}

write_env() {
  local password
  password=$(<"$dir/password")
  (
    umask 077
    cat >"$dir/env.partial" <<END
TEST_DATABASE_URL=postgres://todo:$password@127.0.0.1:$postgres_port/todo
TEST_KAFKA_BOOTSTRAP=127.0.0.1:$kafka_port
TEST_POD_DATABASE_URL=postgres://todo:$password@$advertise:$postgres_port/todo
TEST_POD_KAFKA_BOOTSTRAP=$advertise:$((kafka_port + 2))
TEST_SERVICES_DIR=$dir
END
  )
  mv "$dir/env.partial" "$dir/env"
}

up() {
  mkdir -p "$dir"
  # Ports and addresses are read at start only.
  if [[ -n $previous && $previous != "$settings" ]]; then
    stop_process kafka TERM && stop_process postgres INT
  fi
  printf '%s\n' "$settings" >"$dir/settings"
  [[ -s $dir/password ]] || (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/password")
  postgres_prepare
  kafka_prepare
  launch_postgres
  launch_kafka
  await_postgres
  await_kafka
  write_env
  say "PostgreSQL on port $postgres_port, Kafka on port $kafka_port; settings in $dir/env"
}

down() {
  stop_process kafka KILL
  stop_process postgres QUIT
  [[ -d $dir ]] || return 0
  rm -rf "$(postgres_data)"
  # Only what up made: DIR may be a folder of the caller's.
  rm -rf "$dir"/{kafka,env,env.partial,settings,password,kafka.log,kafka.log.last,postgres.log,postgres.log.last,.lock}
  rmdir --ignore-fail-on-non-empty "$dir"
}

status() {
  local name code=0
  for name in postgres kafka; do
    if running "$name"; then
      printf '%-9s running, pid %s\n' "$name" "$(process_id "$name")"
    else
      printf '%-9s stopped\n' "$name" && code=1
    fi
  done
  return "$code"
}

one() {
  [[ -n $service ]] || die "$1 needs a service: postgres or kafka"
  [[ -f $dir/settings ]] || die "nothing was started with --dir $dir: run up first"
  case $1-$service in
    start-*) "launch_$service" && "await_$service" ;;
    stop-kafka) stop_process kafka TERM ;;
    stop-postgres) stop_process postgres INT ;;
    kill-*) stop_process "$service" KILL ;;
  esac
}

main() {
  local action=${1-}
  (($#)) && shift
  case $action in
    -h | --help | help) usage && return ;;
    up | down | status | start | stop | kill) parse "$@" ;;
    *) die "unknown command \"$action\"; see --help" ;;
  esac
  load_settings
  if [[ $action != status && ($action == up || -d $dir) ]]; then
    mkdir -p "$dir"
    exec 9>"$dir/.lock"
    flock -w 120 9 || die "another call works on $dir"
  fi
  case $action in
    up | down | status) "$action" ;;
    *) one "$action" ;;
  esac
}

main "$@"
