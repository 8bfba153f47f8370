# shellcheck shell=bash disable=SC2154
# One measurement each. Expects the variables of hack/bench/api.sh; results go through record.

# SHORT: seconds of a cell with one connection, of which only the latencies count.
readonly CONNECTIONS=16 SHORT=2 USER_1=00000000-0000-0000-0000-000000000001

# throughput WHO OPERATION ROUND: requests or transactions per second with 16 connections.
throughput() {
  case $1 in
    pgbench) with_pgbench "$2" "$3" ;;
    api) with_wrk api "$api_port" "$2" "$3" ;;
    peer) with_wrk peer "$peer_port" "$2" "$3" ;;
  esac
  case $2 in create | complete) undo ;; esac
}

with_pgbench() {
  local script=$dir/$1.sql rate
  sed -f "$BENCH/sql/columns.sed" "$BENCH/sql/$1.sql" >"$script"
  PGPASSWORD=$(<"$dir/password") pgbench -n -M prepared -c "$CONNECTIONS" -j 1 -T "$seconds" -f "$script" \
    -D "owned=$((tasks / 10))" -D n=0 -D "base=$(date +%s)" -h 127.0.0.1 -p "$postgres_port" -U todo todo \
    >"$dir/pgbench.log" 2>&1 || { tail -n 20 "$dir/pgbench.log" >&2 && die "pgbench failed: $1"; }
  rate=$(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' "$dir/pgbench.log")
  record rate pgbench "$1" "$2" "$rate"
}

target() {
  case $1 in
    search) printf '/v1/tasks?limit=10&search=budget+review' ;;
    *) printf '/v1/tasks?limit=20' ;;
  esac
}

with_wrk() {
  record rate "$1" "$3" "$4" "$(wrk_result "$2" "$CONNECTIONS" "$dir/token.1" "$3" "$(target "$3")")"
}

# wrk_result PORT CONNECTIONS TOKEN OPERATION TARGET prints requests per second, p50 and p95 in ms.
wrk_result() {
  local line
  OPERATION=$4 TOKEN=$(<"$3") TARGET=$5 OWNED=$((tasks / 10)) OPEN_IDS=$dir/open \
    wrk -t1 -c"$2" -d"${seconds}s" -s "$BENCH/load/wrk.lua" "http://127.0.0.1:$1" >"$dir/wrk.log" 2>&1 ||
    { tail -n 20 "$dir/wrk.log" >&2 && die "wrk failed: $4"; }
  line=$(sed -n 's/^RESULT //p' "$dir/wrk.log")
  [[ $line == *" 0 0" ]] || { cat "$dir/wrk.log" >&2 && die "not all answers to $4 were good: $line"; }
  printf '%s' "${line% 0 0}"
}

# undo brings the tasks back to what was seeded, so that each cell finds the same.
undo() {
  sql >/dev/null <<END
SET session_replication_role = replica;
DELETE FROM task_tags l USING tasks t WHERE t.id = l.task_id AND t.created_at > '2026-09-01Z' AND t.user_id = '$USER_1';
DELETE FROM reminders r USING tasks t WHERE t.id = r.task_id AND t.created_at > '2026-09-01Z' AND t.user_id = '$USER_1';
DELETE FROM tasks WHERE created_at > '2026-09-01Z' AND user_id = '$USER_1';
UPDATE tasks SET completed = false, completed_at = NULL, version = 1, updated_at = created_at
WHERE user_id = '$USER_1' AND updated_at > '2026-09-01Z';
TRUNCATE outbox;
VACUUM tasks, task_tags, reminders;
CHECKPOINT;
END
}

# depth ROUND: the first page of the large user's tasks against a far one.
depth() {
  local cursor seconds=$SHORT
  cursor=$(sed -n 2p "$dir/deep")
  record page api first "$1" "$(wrk_result "$api_port" 1 "$dir/token.1" list '/v1/tasks?limit=10')"
  record page api deep "$1" "$(wrk_result "$api_port" 1 "$dir/token.1" list "/v1/tasks?limit=10&cursor=$cursor")"
}

# searches ROUND: latency over one connection against what PostgreSQL itself needs.
searches() {
  local user words seconds=$SHORT
  for user in 2 1; do
    for words in quasar budget+review report; do
      record search http "$user-$words" "$1" \
        "$(wrk_result "$api_port" 1 "$dir/token.$user" list "/v1/tasks?limit=10&search=$words")"
      record search explain "$user-$words" "$1" "$(explained "$user" "$words")"
    done
  done
}

# explained USER WORDS prints 0, then p50 and p95 in ms of EXPLAIN (ANALYZE) of the store's statement.
explained() {
  local statement query="''${2/+/"'':* & ''"}'':*"
  statement=$(sed -f "$BENCH/sql/columns.sed" "$BENCH/sql/search.sql" | sed -e '/^--/d' -e '/^\\/d' -e 's/:rows/11/' \
    -e "s/'''budget'':\* & ''review'':\*'/'${query//&/\\&}'/" -e "s/$USER_1/${USER_1%1}$1/")
  for _ in {1..25}; do printf 'EXPLAIN (ANALYZE, TIMING OFF) %s\n' "$statement"; done | sql |
    sed -n 's/^Execution Time: \([0-9.]*\) ms/\1/p' | sort -n |
    awk '{ t[NR] = $1 } END { print 0, t[int(NR / 2) + 1], t[int(NR * 0.95)] }'
}
