#!/usr/bin/env bash
# Requests made from the OpenAPI document, valid and invalid ones, against a running API. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/../lib.sh"
# shellcheck source=hack/python/venv.sh
. "$HERE/../python/venv.sh"

readonly SERVICES="$HERE/../services/services.sh" PSQL=/usr/lib/postgresql/15/bin/psql

usage() {
  cat <<'TEXT'
Usage: hack/test/schemathesis.sh [--requests N] [--seed N]

Starts `todo api` on a new database and lets Schemathesis send at least N requests (default 1000) that it makes from the
document which the API serves: every route, valid and invalid data, all checks. Prints one line of counts; the status
is 0 when nothing failed.

  --requests N  how many requests at least; 10000 take about 5 minutes
  --seed N      repeats the first round of a run; each round prints its seed

Uses the PostgreSQL of TEST_DATABASE_URL; without it, starts and stops one of its own. Needs no broker. What
Schemathesis prints is in .test/schemathesis.
TEXT
}

REQUESTS=1000 SEED='' DIR="$REPO_ROOT/.test/schemathesis" API='' OWN_SERVICES='' DATABASE="schemathesis_$$"

parse() {
  while (($#)); do
    case $1 in
      --requests) need_value "$@" && REQUESTS=$2 && shift ;;
      --seed) need_value "$@" && SEED=$2 && shift ;;
      --help | -h) usage && exit ;;
      *) die "unknown argument \"$1\"; see --help" ;;
    esac
    shift
  done
  [[ $REQUESTS =~ ^[1-9][0-9]*$ ]] || die "--requests needs a number above 0, got \"$REQUESTS\""
}

clean_up() {
  local status=$?
  trap '' INT TERM
  if [[ -n $API ]] && kill -TERM "$API" 2>/dev/null; then wait "$API" || true; fi
  if [[ -n ${SERVER-} ]]; then "$PSQL" --quiet "$SERVER" --command "DROP DATABASE IF EXISTS $DATABASE WITH (FORCE)" || true; fi
  if [[ -n $OWN_SERVICES ]]; then "$SERVICES" down --dir "$DIR/services" || true; fi
  exit "$status"
}

start_database() {
  if [[ -z ${TEST_DATABASE_URL-} ]]; then
    OWN_SERVICES=yes
    "$SERVICES" up --dir "$DIR/services" --postgres-port "$(free_port)" --kafka-port "$(free_port)"
    # shellcheck source=/dev/null
    . "$DIR/services/env"
  fi
  SERVER=$TEST_DATABASE_URL
  "$PSQL" --quiet "$SERVER" --command "CREATE DATABASE $DATABASE"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_api sets API and BASE. Limits are off, and nothing listens where the broker should be.
start_api() {
  local todo=${CARGO_TARGET_DIR:-$REPO_ROOT/target}/debug/todo address
  cargo build --locked --quiet --package todo
  address=127.0.0.1:$(free_port)
  export DATABASE_URL=${SERVER%/*}/$DATABASE KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1 LISTEN=$address LOG_LEVEL=warn
  export RATE_LIMIT_PER_MINUTE=0 SIGN_IN_LIMIT_PER_MINUTE=0
  AUTH_SIGNING_SECRET=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  export AUTH_SIGNING_SECRET
  "$todo" migrate >"$DIR/migrate.log" 2>&1 || die "the migration failed; log: $DIR/migrate.log"
  "$todo" api >"$DIR/api.log" 2>&1 &
  API=$! BASE=http://$address
  wait_until 30 curl --silent --fail "$BASE/readyz" || die "the API did not become ready; log: $DIR/api.log"
}

# sign_up prints a token. No example may have the password: it would delete the account.
sign_up() {
  local password
  password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  curl --silent --show-error --fail --header 'content-type: application/json' \
    --data "{\"email\": \"fuzzer@example.com\", \"password\": \"$password\"}" "$BASE/v1/auth/sign-up" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
}

# round NUMBER runs Schemathesis once with its output in DIR/NUMBER.
round() {
  local dir=$DIR/$1 seed=()
  mkdir -p "$dir"
  { printf 'generation.max-examples = %d\n' "$EXAMPLES"; cat "$HERE/schemathesis.toml"; } >"$dir/schemathesis.toml"
  if [[ -n $SEED && $1 == 1 ]]; then seed=(--seed "$SEED"); fi
  (cd "$dir" && "$SCHEMATHESIS" --config-file schemathesis.toml --no-color run "$BASE/openapi.json" --checks all \
    --header "Authorization: Bearer $TOKEN" --continue-on-failure "${seed[@]}" \
    --report json --report-json-path report.json >output.log 2>&1) || true
  # A run that broke off has no report, or one that says so.
  [[ -s $dir/report.json ]] || { tail -n 40 "$dir/output.log" >&2 && die "Schemathesis broke off; see $dir/output.log"; }
}

# counts NUMBER prints "requests failures routes" of a round; an error counts as a failure.
counts() {
  python3 - "$DIR/$1/report.json" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1]))
cases, operations = report["test_cases"], report["operations"]
failures = cases["unique_failures"] + cases["errored"] + len(report["errors"])
failures += operations["selected"] - operations["tested"]
if not report["complete"] or (report["exit_code"] and not failures):
    failures += 1
print(cases["generated"], failures, operations["tested"])
PYTHON
}

# show LOG prints what Schemathesis says of errors and failures, without its long lines.
show() {
  sed -n '/= ERRORS =/,/= WARNINGS =/p; /= FAILURES =/,/= WARNINGS =/p' "$1" | cut -c1-300 | sed -n 1,200p >&2
  say "whole output: $1"
}

fuzz() {
  local sent=0 failed=0 routes=0 number=0 found
  while ((sent < REQUESTS)); do
    ((++number))
    round "$number"
    found=$(counts "$number")
    read -r requests failures routes <<<"$found"
    ((requests > 0)) || die "no request was sent; see $DIR/$number/output.log"
    ((sent += requests, failed += failures)) || true
    say "round $number: $requests requests, $failures failures; $(grep -m1 '^Seed:' "$DIR/$number/output.log")"
    if ((failures)); then show "$DIR/$number/output.log"; fi
  done
  [[ $(curl --silent --output /dev/null --write-out '%{http_code}' --header "Authorization: Bearer $TOKEN" \
    "$BASE/v1/auth/me") == 200 ]] || die "the account did not survive: later requests tested nothing"
  printf '%d requests, %d failures, %d operations\n' "$sent" "$failed" "$routes"
  ((failed == 0))
}

main() {
  parse "$@"
  cd "$REPO_ROOT"
  rm -rf "$DIR"/[0-9]*
  mkdir -p "$DIR"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  SCHEMATHESIS=$(python_packages schemathesis)/schemathesis
  start_database
  start_api
  TOKEN=$(sign_up)
  [[ -n $TOKEN ]] || die "sign-up failed; log: $DIR/api.log"
  # The fixed requests of a round are about 600; the rest grows with the examples of each operation.
  EXAMPLES=$((REQUESTS < 2000 ? 15 : 100))
  fuzz
}

main "$@"
