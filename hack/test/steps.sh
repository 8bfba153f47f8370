# shellcheck shell=bash
# Steps of the test run, with a line each, and the counts of the whole. Expects hack/lib.sh and TEST_LOGS.

PASSED=0 FAILED=0 SKIPPED=0
# Tests that `cargo test` left out because they need something, and those that a later step has run.
IGNORED=0 IGNORED_RUN=0
declare -A BACKGROUND=()

log_of() { printf '%s/%s.log' "$TEST_LOGS" "$(tr -cs 'a-z0-9\n' '-' <<<"${1,,}" | sed 's/-*$//')"; }

# line MARK NAME START [NOTE] [END]
line() {
  local ms=$((${5:-$(now_ms)} - $3))
  say "$(printf '%s %-44s %5d.%d s  %s' "$1" "$2" $((ms / 1000)) $((ms % 1000 / 100)) "${4:-}")"
}

# Whether the last step passed: `ok || return 0`. Steps themselves always succeed, for bash ignores `set -e` in all that
# a condition calls.
OK=yes
ok() { [[ -n $OK ]]; }

# run NAME COMMAND… runs a command with its output in the step's log and keeps its status.
run() {
  local log
  log=$(log_of "$1")
  shift
  set +e
  (set -e; "$@") >"$log" 2>&1 </dev/null
  RUN_STATUS=$?
  set -e
  OK=yes
  ((RUN_STATUS == 0)) || OK=''
}

# check NAME COMMAND… is a step that counts as one test.
check() {
  local start
  start=$(now_ms)
  run "$@"
  if ((RUN_STATUS == 0)); then
    ((++PASSED))
    line '✓' "$1" "$start"
    return
  fi
  ((++FAILED))
  line '✗' "$1" "$start"
  show_tail "$1"
}

# tests NAME COMMAND… is a step whose command is `cargo test`: its tests count one by one.
tests() {
  local start counts passed failed ignored
  start=$(now_ms)
  run "$@"
  counts=$(sum_results "$(log_of "$1")")
  read -r passed failed ignored <<<"$counts"
  # What does not compile, or dies, fails without a count.
  if ((RUN_STATUS != 0 && failed == 0)); then failed=1; fi
  ((PASSED += passed, FAILED += failed)) || true
  if ((RUN_STATUS == 0)); then
    line '✓' "$1" "$start" "$passed passed"
  else
    line '✗' "$1" "$start" "$passed passed, $failed failed"
    show_tail "$1"
  fi
  TESTS_RUN=$((passed + failed)) TESTS_IGNORED=$ignored
}

# ignored_tests NAME COMMAND… is a step that runs tests which `cargo test` had left out.
ignored_tests() {
  tests "$@"
  ((IGNORED_RUN += TESTS_RUN)) || true
}

# sum_results LOG prints "PASSED FAILED IGNORED" over all `test result:` lines.
sum_results() {
  awk '/^test result:/ { for (i = 1; i < NF; i++) { if ($(i+1) ~ /^passed/) p += $i; if ($(i+1) ~ /^failed/) f += $i
    if ($(i+1) ~ /^ignored/) g += $i } } END { print p + 0, f + 0, g + 0 }' "$1"
}

# show_tail NAME shows why a step failed: what cargo and the tests call failures, then the end of the log.
show_tail() {
  local log
  log=$(log_of "$1")
  {
    grep -nE '^(error|test .* FAILED|---- .* stdout)' "$log" | head -n 20 || true
    printf '…\n'
    tail -n 40 "$log"
  } | sed 's/^/    /' >&2
  say "    whole output: $log"
}

# skip NAME WHY counts a step that cannot run here.
skip() {
  ((++SKIPPED))
  say "- $1 skipped: $2"
}

# begin NAME COMMAND… runs a command beside the steps that follow, in a process group of its own.
begin() {
  local log
  log=$(log_of "$1")
  set -m
  (
    shift
    trap 'now_ms >"$log.end"' EXIT
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null &
  BACKGROUND[$1]="$! $(now_ms)"
  set +m
}

# await NAME waits for it and counts it as a check.
await() {
  local pid start end='' status=0
  read -r pid start <<<"${BACKGROUND[$1]}"
  wait "$pid" || status=$?
  unset "BACKGROUND[$1]"
  end=$(cat "$(log_of "$1").end" 2>/dev/null) || true
  if ((status == 0)); then
    OK=yes
    ((++PASSED))
    line '✓' "$1" "$start" "beside the others" "$end"
    return
  fi
  OK=''
  ((++FAILED))
  line '✗' "$1" "$start" "beside the others" "$end"
  show_tail "$1"
}

# stop_background ends what was begun and not awaited. For a trap.
stop_background() {
  local entry
  for entry in "${BACKGROUND[@]}"; do kill -TERM -- "-${entry% *}" 2>/dev/null || true; done
}

# summary prints the one line of counts; status 1 when something failed.
summary() {
  if ((IGNORED > IGNORED_RUN)); then ((SKIPPED += IGNORED - IGNORED_RUN)); fi
  printf '%d passed, %d failed, %d skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
  ((FAILED == 0))
}
