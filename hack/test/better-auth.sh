#!/usr/bin/env bash
# The API with tokens of a real Better Auth. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/../lib.sh"

usage() {
  cat <<'END'
Usage: hack/test/better-auth.sh

Runs Better Auth with its JWT plugin (in Node, its data in memory) beside `todo api`, signs users up there and uses their
tokens at the API: with EdDSA, ES256 and RS256, over a rotation of keys, forged, and while Better Auth is away.

Needs Node 20 or later with npm. The packages of hack/test/better-auth/package-lock.json are kept in the user's cache.
Without TEST_DATABASE_URL a PostgreSQL of its own is started in .test/better-auth.
END
}

readonly SERVICES="$REPO_ROOT/hack/services/services.sh" STATE="$REPO_ROOT/.test/better-auth"
API_PID=''

# packages prints a folder with check.mjs and the pinned packages.
packages() {
  local source=$HERE/better-auth dir
  dir="$(cache_dir node)/better-auth-$(key_of "$source/package-lock.json")"
  if [[ ! -e $dir/done ]]; then
    say "installing Better Auth"
    mkdir -p "$dir"
    cp "$source"/package*.json "$dir/"
    npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund --silent >&2
    touch "$dir/done"
  fi
  cp "$source/check.mjs" "$dir/"
  printf '%s\n' "$dir"
}

# issuers PORT prints the setting of one issuer for each algorithm, from the port on.
issuers() {
  python3 - "$1" <<'END'
import json, sys
def issuer(port, algorithm):
    url = f"http://127.0.0.1:{port}"
    return {"issuer": url, "audience": url, "algorithms": [algorithm], "jwksUrl": f"{url}/api/auth/jwks"}
print(json.dumps([issuer(int(sys.argv[1]) + i, a) for i, a in enumerate(["EdDSA", "ES256", "RS256"])]))
END
}

cleanup() {
  [[ -z $API_PID ]] || kill "$API_PID" 2>/dev/null || true
  [[ ! -e $STATE/services/env ]] || "$SERVICES" down --dir "$STATE/services" >/dev/null
}

database() {
  [[ -z ${TEST_DATABASE_URL:-} ]] || return 0
  local port
  port=$(free_ports 5)
  "$SERVICES" up --dir "$STATE/services" --postgres-port "$port" --kafka-port "$((port + 1))" >&2
  # shellcheck source=/dev/null
  . "$STATE/services/env"
}

main() {
  case ${1:-} in
    '') ;;
    --help | -h) usage && return ;;
    *) die "unknown argument \"$1\"; see --help" ;;
  esac
  need_command node "install Node 20 or later"
  need_command npm "install Node 20 or later with npm"
  local dir port todo
  dir=$(packages)
  cargo build --quiet --locked --package todo
  todo="${CARGO_TARGET_DIR:-$REPO_ROOT/target}/debug/todo"
  trap cleanup EXIT
  database
  port=$(free_ports 4)
  # Brokers are not needed: events wait in the outbox.
  export DATABASE_URL=$TEST_DATABASE_URL KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1 LISTEN="127.0.0.1:$port"
  export AUTH_SIGNING_SECRET=0123456789abcdef0123456789abcdef LOG_FORMAT=text LOG_LEVEL=off,service=debug
  # All of it talks to this machine alone.
  export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
  AUTH_ISSUERS=$(issuers "$((port + 1))")
  export AUTH_ISSUERS
  "$todo" migrate >&2
  mkdir -p "$STATE"
  "$todo" api 2>"$STATE/api.log" &
  API_PID=$!
  wait_until 30 curl --silent --fail "http://127.0.0.1:$port/readyz" || die "todo api did not become ready"
  # Better Auth talks to nobody but this machine.
  if ! node "$dir/check.mjs" "http://127.0.0.1:$port" "$((port + 1))"; then
    tail -n 20 "$STATE/api.log" >&2
    die "the API and Better Auth do not agree; above, the end of the API's log"
  fi
}

main "$@"
