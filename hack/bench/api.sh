#!/usr/bin/env bash
# How fast the API is, against PostgreSQL itself and against a FastAPI service. See --help.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../services" && pwd)
BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")/api" && pwd)
# shellcheck source=hack/lib.sh
. "$BENCH/../../lib.sh"
# shellcheck source=hack/python/venv.sh
. "$REPO_ROOT/hack/python/venv.sh"
# shellcheck source=hack/services/process.sh
. "$here/process.sh"
# shellcheck source=hack/services/postgres.sh
. "$here/postgres.sh"
# shellcheck source=hack/services/kafka.sh
. "$here/kafka.sh"
# shellcheck source=hack/bench/api/servers.sh
. "$BENCH/servers.sh"
# shellcheck source=hack/bench/api/cells.sh
. "$BENCH/cells.sh"
# shellcheck source=hack/bench/api/events.sh
. "$BENCH/events.sh"

usage() {
  cat <<'END_USAGE'
Usage: hack/bench/api.sh [OPTION…]

Compares `todo api` (release build) with pgbench running the same SQL in the same PostgreSQL, and with a FastAPI service
of ours that does the same work (hack/bench/api/peer). Cells take turns, so that a slow minute hits all of them; medians
count, and only ratios of one run. Prints a table in Markdown; takes about 25 minutes.

Options
  --tasks N       tasks in the database, a multiple of 1000; default 1000000
  --rounds N      rounds; default 5
  --seconds N     length of a cell; default 5
  --quick         100000 tasks, 2 rounds of 2 s
  --port PORT     first of 7 ports: PostgreSQL, todo api, peer, Kafka (3), todo consume; default 25400
  --dir DIR       state and logs; default .test/bench
  --todo FILE     this executable; default: that of a release build
  --keep          keep the database for the next run with the same DIR and --tasks
  --write         put the table into app/docs/performance.md

Status 0 whatever the figures are; another when something does not work or an answer is wrong. Stop the load of other
programs first: everything shares this machine.
END_USAGE
}

tasks=1000000 rounds=5 seconds=5 port=25400 keep='' write='' todo='' dir=$REPO_ROOT/.test/bench

parse() {
  while (($#)); do
    case $1 in
      --tasks) need_value "$@" && tasks=$2 && shift ;;
      --rounds) need_value "$@" && rounds=$2 && shift ;;
      --seconds) need_value "$@" && seconds=$2 && shift ;;
      --port) need_value "$@" && port=$2 && shift ;;
      --dir) need_value "$@" && dir=$2 && shift ;;
      --todo) need_value "$@" && todo=$(realpath -m "$2") && shift ;;
      --quick) tasks=100000 rounds=2 seconds=2 ;;
      --keep) keep=1 ;;
      --write) write=1 ;;
      -h | --help) usage && exit ;;
      *) die "unknown argument \"$1\"; see --help" ;;
    esac
    shift
  done
  ((tasks >= 1000 && tasks % 1000 == 0)) || die "--tasks must be a multiple of 1000"
  dir=$(realpath -m "$dir")
  postgres_port=$port api_port=$((port + 1)) peer_port=$((port + 2))
}

cleanup() {
  local status=$?
  trap '' INT TERM
  stop_servers
  if [[ -z $keep ]]; then
    rm -rf "$(postgres_data)" "$dir/seeded" "$dir/password"
  fi
  exit "$status"
}

measure() {
  local round operation
  for ((round = 0; round <= rounds; round++)); do
    # Round 0 warms up and does not count.
    say "round $round of $rounds"
    for operation in get list search create complete; do
      throughput pgbench "$operation" "$round"
      throughput api "$operation" "$round"
      throughput peer "$operation" "$round"
    done
    depth "$round"
    searches "$round"
  done
  memory_of api load
  memory_of peer load
  events
}

main() {
  parse "$@"
  need_debian wrk curl
  mkdir -p "$dir"
  exec 9>"$dir/.lock"
  flock -n 9 || die "another call works on $dir"
  if [[ -z $todo ]]; then
    say "building todo"
    cargo build --quiet --release --locked --package todo --manifest-path "$REPO_ROOT/Cargo.toml"
    todo="${CARGO_TARGET_DIR:-$REPO_ROOT/target}/release/todo"
  fi
  python=$(python_packages bench)
  trap cleanup EXIT
  trap 'exit 130' INT TERM
  : >"$dir/results"
  phase "database" start_database
  phase "services" start_services
  memory_of api idle
  memory_of peer idle
  "$python/python" "$BENCH/same.py" "$api_port" "$peer_port" "$dir/token.1" "$tasks" >"$dir/deep"
  say "the answers of todo api and of the peer are equal"
  measure
  "$python/python" "$BENCH/report.py" "$dir/results" "$tasks" "$rounds" "$seconds" >"$dir/table.md"
  [[ -z $write ]] || "$python/python" "$BENCH/insert.py" "$REPO_ROOT/app/docs/performance.md" "$dir/table.md"
  cat "$dir/table.md"
}

main "$@"
