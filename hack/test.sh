#!/usr/bin/env bash
# The one test command. See --help.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
. "$HERE/lib.sh"
for part in up/packages up/install test/steps test/static test/backends test/e2e; do
  # shellcheck source=/dev/null
  . "$HERE/$part.sh"
done

usage() {
  cat <<'END'
Usage: hack/test.sh [fast]

Runs every check and test: formatting, lints, dependencies, generated files, unit and golden tests, tests against a real
API server, a real PostgreSQL and a real Kafka, and stories on a real single-node Kubernetes. It builds and starts what
it needs, stops all of it at the end, and ends with one line of counts; the status is 0 when nothing failed.

  fast      leave the cluster out (ten minutes at most when things are built)
  --help    this text

The first run compiles Kubernetes and takes 25 to 50 minutes on two cores. Needs root, for the cluster and for PostgreSQL's
Debian package. Logs of the steps are in .test/log.
END
}

FAST=''

parse() {
  case ${1:-} in
    '') ;;
    fast) FAST=yes ;;
    --help | -h) usage && exit ;;
    *) die "unknown argument \"$1\"; see --help" ;;
  esac
}

# clean_up stops whatever this run started; it runs at every end, Ctrl-C included.
clean_up() {
  local status=$?
  trap '' INT TERM
  stop_background
  backends_down >>"$(log_of "clean up")" 2>&1
  e2e_down >>"$(log_of "clean up")" 2>&1
  exit "$status"
}

only_one() {
  exec 7>"$REPO_ROOT/.test/lock"
  flock --nonblock 7 || die "another test run works in this clone"
}

prepare() {
  need_root "the test run (a cluster, PostgreSQL's package)"
  need_machine
  need_debian shellcheck
  mkdir -p "$REPO_ROOT/.test/log"
  only_one
  TEST_LOGS="$REPO_ROOT/.test/log"
  rm -f "$TEST_LOGS"/*
  trap clean_up EXIT
  trap 'exit 130' INT TERM
}

# begin_builds compiles Kubernetes, the cluster's images and the cargo programs beside the steps that need none of them.
begin_builds() {
  begin "cargo deny and machete built" install_cargo_tools
  if [[ -n $FAST ]]; then
    begin "cluster tools and images" "$REPO_ROOT/hack/tools/build.sh" etcd kube-apiserver kubectl helm
  else
    begin "cluster tools and images" cluster_images
  fi
}

unit_tests() {
  tests "unit, golden and property tests" cargo test --locked --workspace --no-fail-fast
  # Each of these that no later step runs counts as skipped.
  IGNORED=$TESTS_IGNORED
  ignored_tests "recurrence beside python-dateutil" hack/test/recurrence.sh --cases 2000 --seed 1
}

main() {
  local start
  parse "$@"
  cd "$REPO_ROOT"
  start=$(now_ms)
  prepare
  begin_builds
  static_checks
  await "cargo deny and machete built"
  if ok; then dependency_checks; fi
  check "generated files are current" hack/verify.sh
  unit_tests
  service_tests
  api_server_tests
  if [[ -n $FAST ]]; then
    await "cluster tools and images"
    say "- stories on a real cluster skipped: fast"
  else
    e2e_tests
  fi
  say "$(seconds_since "$start") s; logs in .test/log"
  summary
}

main "$@"
