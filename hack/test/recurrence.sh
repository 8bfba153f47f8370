#!/usr/bin/env bash
# Compares the recurrence engine with python-dateutil and croniter. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/../lib.sh"
# shellcheck source=hack/python/venv.sh
. "$HERE/../python/venv.sh"

usage() {
  cat <<'END'
Usage: hack/test/recurrence.sh [OPTION…]

Makes random rules, zones and starts, asks python-dateutil (RRULEs, words) and croniter (cron expressions) for the first
occurrences, and compares them in instants with those of app/domain. Prints how many are equal and how many differ as
app/docs/recurrence.md says; the status is 1 when one differs otherwise. Both sides have the same time zone database.

Options
  --cases N   how many; default 20000 (about three minutes)
  --seed S    a whole number; the same cases for the same seed. Default: a new one each time, which is printed
  --help      this text
END
}

cases=20000 seed=$RANDOM

parse() {
  while (($#)); do
    case $1 in
      --cases) need_value "$@" && cases=$2 && shift ;;
      --seed) need_value "$@" && seed=$2 && shift ;;
      --help | -h) usage && exit ;;
      *) die "unknown argument \"$1\"; see --help" ;;
    esac
    shift
  done
  [[ $cases =~ ^[1-9][0-9]*$ ]] || die "--cases takes a whole number from 1, not \"$cases\""
  [[ $seed =~ ^[0-9]+$ ]] || die "--seed takes a whole number, not \"$seed\""
}

main() {
  local bin
  parse "$@"
  cd "$REPO_ROOT"
  bin=$(python_packages recurrence)
  mkdir -p .test
  RECURRENCE_CASES="$REPO_ROOT/.test/recurrence.jsonl"
  export RECURRENCE_CASES
  say "$cases cases with seed $seed"
  "$bin/python" hack/python/recurrence.py "$cases" "$seed" >"$RECURRENCE_CASES"
  cargo test --locked --quiet -p domain --test dateutil -- --ignored --nocapture
}

main "$@"
