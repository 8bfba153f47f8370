# shellcheck shell=bash disable=SC2154
# Processes known by pid and start time, so that a number which the kernel has given to somebody else is never
# signalled. Expects: $dir.

process_file() { printf '%s/%s.pid' "$dir" "$1"; }

# start_time PID prints the kernel's start time of a process that is no zombie.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  local -a field
  read -ra field <<<"${stat##*) }"
  [[ ${field[0]} != Z ]] && printf '%s' "${field[19]}"
}

process_id() {
  local pid _
  read -r pid _ <"$(process_file "$1")" && printf '%s' "$pid"
}

# running NAME is true while the process that spawn recorded lives.
running() {
  local pid since
  [[ -s $(process_file "$1") ]] || return 1
  read -r pid since <"$(process_file "$1")"
  [[ $(start_time "$pid") == "$since" ]]
}

# spawn NAME COMMAND… starts a command detached from the caller, its output in DIR/NAME.log (one older log is kept).
spawn() {
  local name=$1 log=$dir/$1.log pid
  shift
  if [[ -f $log ]]; then mv "$log" "$log.last"; fi
  # Descriptor 9 is the lock, which a child must not hold. exec keeps the pid.
  (cd / && exec setsid "$@" 9>&- </dev/null >"$log" 2>&1) &
  pid=$!
  printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$(process_file "$name")"
}

# stop_process NAME SIGNAL ends when the process is gone; after 20 s it is killed.
stop_process() {
  local name=$1 signal=$2
  if running "$name"; then
    kill -s "$signal" "$(process_id "$name")" 2>/dev/null || true
    if ! wait_until 20 stopped "$name"; then
      kill -s KILL "$(process_id "$name")" 2>/dev/null || true
      wait_until 5 stopped "$name" || die "$name does not end, pid $(process_id "$name")"
    fi
  fi
  rm -f "$(process_file "$name")"
}

stopped() { ! running "$1"; }

ready_or_stopped() {
  local name=$1
  shift
  "$@" || stopped "$name"
}

# await_process NAME SECONDS COMMAND… waits until the command succeeds; the process dying ends the script.
await_process() {
  local name=$1 seconds=$2
  shift 2
  if wait_until "$seconds" ready_or_stopped "$name" "$@" && running "$name"; then return; fi
  tail -n 20 "$dir/$name.log" >&2
  die "$name did not become ready within $seconds s; log: $dir/$name.log"
}
