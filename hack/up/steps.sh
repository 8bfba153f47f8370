# shellcheck shell=bash
# Steps with one line each: a tick, a name, the seconds it took. Expects hack/lib.sh and the variable STEP_LOGS, the
# folder for their output.

declare -A STEP_PID=() STEP_START=()

# log_of NAME prints the path of a step's log.
log_of() { printf '%s/%s.log' "$STEP_LOGS" "$(tr -cs 'a-z0-9\n' '-' <<<"${1,,}" | sed 's/-*$//')"; }

# report MARK NAME START [END] prints a step's line.
report() {
  [[ ! -t 2 ]] || printf '\033[K' >&2
  say "$(printf '%s %-34s %6s s' "$1" "$2" "$(seconds_between "$3" "${4:-$(now_ms)}")")"
}

# seconds_between START END prints seconds with one digit after the point.
seconds_between() { printf '%d.%d' $((($2 - $1) / 1000)) $((($2 - $1) % 1000 / 100)); }

# step NAME COMMAND… runs a command with its output in a log. A failure shows the log's end and ends the script.
step() {
  local name=$1
  shift
  begin "$name" "$@"
  finish "$name"
}

# begin NAME COMMAND… starts a step beside the others, in a process group of its own.
begin() {
  local name=$1 log
  shift
  log=$(log_of "$name")
  STEP_START[$name]=$(now_ms)
  # Job control gives the step a process group; the subshell is no condition, so that `set -e` holds inside.
  set -m
  (
    trap 'now_ms >"$log.end"' EXIT
    "$@"
  ) >"$log" 2>&1 </dev/null &
  STEP_PID[$name]=$!
  set +m
}

# finish NAME waits for a step that was begun.
finish() {
  local name=$1 status=0 end=''
  progress "$name"
  wait "${STEP_PID[$name]}" || status=$?
  unset "STEP_PID[$name]"
  end=$(cat "$(log_of "$name").end" 2>/dev/null) || true
  if ((status == 0)); then
    report '✓' "$name" "${STEP_START[$name]}" "$end"
    return
  fi
  report '✗' "$name" "${STEP_START[$name]}"
  tail -n 30 "$(log_of "$name")" | sed 's/^/    /' >&2
  die "\"$name\" failed; its whole output is in $(log_of "$name")"
}

# progress NAME shows that a step is at work, with its seconds and the last line of its log: on a terminal every second in
# place, elsewhere a line per half minute.
progress() {
  local name=$1 every=30000 shown
  shown=${STEP_START[$name]}
  [[ ! -t 2 ]] || every=1000
  while kill -0 "${STEP_PID[$name]}" 2>/dev/null; do
    if (($(now_ms) - shown >= every)); then
      shown=$(now_ms)
      beat "$name"
    fi
    sleep 0.1
  done
}

beat() {
  local line last
  last=$(tail -n 1 "$(log_of "$1")" | tr -cd '[:print:]' | cut -c1-60)
  line=$(printf '… %-34s %6s s  %s' "$1" "$(seconds_between "${STEP_START[$1]}" "$(now_ms)")" "$last")
  if [[ -t 2 ]]; then printf '\r\033[K%s\r' "$line" >&2; else say "$line"; fi
}

# stop_steps ends steps that still run. For a trap.
stop_steps() {
  local pid
  for pid in "${STEP_PID[@]}"; do kill -TERM -- "-$pid" 2>/dev/null || true; done
  STEP_PID=()
}
