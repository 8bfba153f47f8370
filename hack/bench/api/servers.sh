# shellcheck shell=bash disable=SC2154,SC2034
# PostgreSQL, todo api and the peer. Expects the variables of hack/bench/api.sh.

readonly SECRET=0123456789abcdef0123456789abcdef
# As a small production server: durable commits, and all that the benchmark reads fits into memory.
postgres_options=(-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c shared_buffers=1GB
  -c effective_cache_size=4GB -c max_wal_size=4GB -c listen_addresses=127.0.0.1)

sql() { PGPASSWORD=$(<"$dir/password") psql -XqAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$postgres_port" -U todo -d todo "$@"; }

database_url() { printf '%s://todo:%s@127.0.0.1:%s/todo' "$1" "$(<"$dir/password")" "$postgres_port"; }

# A database that --keep left is used again if it has what this run wants.
start_database() {
  local wanted
  wanted="$tasks $(key_of "$BENCH/seed.sql" "$REPO_ROOT"/app/service/migrations/*.up.sql)"
  if [[ $(cat "$dir/seeded" 2>/dev/null) != "$wanted" ]]; then
    stop_process postgres QUIT
    rm -rf "$(postgres_data)" "$dir/seeded"
    (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/password")
  fi
  postgres_prepare
  launch_postgres
  await_postgres
  [[ ! -e $dir/seeded ]] || return 0
  DATABASE_URL=$(database_url postgres) "$todo" migrate >&2
  say "making $tasks tasks"
  sql -v tasks="$tasks" -f "$BENCH/seed.sql"
  printf '%s\n' "$wanted" >"$dir/seeded"
}

start_services() {
  local user
  export AUTH_SIGNING_SECRET=$SECRET
  for user in 1 2; do "$python/python" "$BENCH/token.py" "$SECRET" "$user" >"$dir/token.$user"; done
  sql -c "SELECT id FROM tasks WHERE user_id = lpad('1', 32, '0')::uuid AND NOT completed ORDER BY id LIMIT 200000" \
    >"$dir/open"
  spawn peer env "PEER_DATABASE_URL=$(database_url postgresql+asyncpg)" "$python/uvicorn" app:app \
    --app-dir "$BENCH/peer" --host 127.0.0.1 --port "$peer_port" --workers 2 --loop uvloop --http httptools \
    --no-access-log --log-level warning
  start_api 127.0.0.1:1
  await_process peer 30 curl -sf "http://127.0.0.1:$peer_port/healthz"
}

# start_api BROKER: limits of requests would be what is measured. Where there is no broker, events wait in the outbox.
start_api() {
  spawn api env "DATABASE_URL=$(database_url postgres)" "KAFKA_BOOTSTRAP_SERVERS=$1" RATE_LIMIT_PER_MINUTE=0 \
    "LISTEN=127.0.0.1:$api_port" "$todo" api
  await_process api 30 curl -sf "http://127.0.0.1:$api_port/readyz"
}

stop_servers() {
  stop_process peer TERM
  stop_process audit TERM
  stop_process kafka TERM
  stop_process api TERM
  stop_process postgres QUIT
}

# members NAME prints the ids of a service's processes: spawn makes each the leader of a session.
members() { ps -o pid= -s "$(process_id "$1")"; }

# memory_of NAME WHEN records the resident memory of all processes of a service, in kB.
memory_of() {
  local total=0 pid kb
  for pid in $(members "$1"); do
    kb=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status" 2>/dev/null || true)
    total=$((total + ${kb:-0}))
  done
  record memory "$1" "$2" 0 "$total"
}

# record KIND WHO OPERATION ROUND VALUE… adds a line to the results.
record() { printf '%s\n' "$*" >>"$dir/results"; }
