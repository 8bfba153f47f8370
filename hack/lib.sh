# shellcheck shell=bash
# Functions that every script under hack/ shares. Source it; it runs nothing.
# After `. hack/lib.sh` the variable REPO_ROOT holds the repository's root.

REPO_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export REPO_ROOT

# say WORD… prints a progress line on stderr, so that stdout stays for results.
say() { printf '%s\n' "$*" >&2; }

# die WORD… prints an error on stderr and ends the script with status 1.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# need_value OPTION [VALUE…] ends the script unless the option has a value that is not empty.
need_value() { [[ -n ${2:-} ]] || die "$1 needs a value; see --help"; }

# cache_dir [SUB] prints (and creates) a folder for built things that every clone of this user shares.
cache_dir() {
  local dir="${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/todoplatform${1:+/$1}"
  mkdir -p "$dir"
  printf '%s\n' "$dir"
}

# key_of FILE… prints 12 hex digits that change when the content of one of the files does.
key_of() { cat -- "$@" | sha256sum | cut -c1-12; }

# now_ms prints the time in milliseconds, for durations.
now_ms() { date +%s%3N; }

# seconds_since MS prints the seconds since a now_ms, with one digit after the point.
seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d\n' $((ms / 1000)) $((ms % 1000 / 100))
}

# phase NAME COMMAND… runs a command and prints the name with the seconds it took; its status is the command's.
# The command is not tested here, so that `set -e` still holds inside it unless the caller tests the phase.
phase() {
  local name=$1 start status failed=
  shift
  start=$(now_ms)
  "$@"
  status=$?
  ((status == 0)) || failed='  FAILED'
  say "$(printf '  %-32s %6s s%s' "$name" "$(seconds_since "$start")" "$failed")"
  return "$status"
}

# wait_until SECONDS COMMAND… polls a command every 0.1 s until it succeeds; status 1 when the time is over.
wait_until() {
  local deadline=$(($(now_ms) + $1 * 1000))
  shift
  until "$@" >/dev/null 2>&1; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.1
  done
}

# free_ports COUNT prints the first of so many free ports in a row, so that other runs on this machine are no matter.
free_ports() {
  python3 - "$1" <<'END'
import socket, sys
def free(port):
    with socket.socket() as s:
        try: s.bind(("0.0.0.0", port))
        except OSError: return False
        return True
print(next(p for p in range(21000, 32000, 10) if all(free(p + i) for i in range(int(sys.argv[1])))))
END
}

# need_root WHAT ends the script with an explanation when the user is not root.
need_root() {
  ((EUID == 0)) || die "$1 needs root: run it with sudo -E"
}

# need_debian PACKAGE… installs missing Debian packages when root; else it ends the script with the command to run.
need_debian() {
  local missing=() package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *"ok installed" ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "missing packages (names of Debian): ${missing[*]}"
  ((EUID == 0)) || die "missing packages; run: sudo apt-get install --no-install-recommends ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  install_debian "${missing[@]}" || die "failed to install: ${missing[*]}"
}

# install_debian PACKAGE… installs, and tries again with fresh package lists when that fails.
# Services do not start: a test machine wants the programs, not a running daemon. The policy goes whenever this ends; one
# that a killed run left is known by its second line.
install_debian() (
  policy=/usr/sbin/policy-rc.d mark='# todoplatform: no services while hack/ installs packages'
  ! grep -qsxF "$mark" "$policy" || rm -f "$policy"
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
    chmod +x "$policy"
  fi
  apt_install "$@" 2>/dev/null || { apt-get update -qq >&2 && apt_install "$@"; }
)

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2; }

# need_command NAME HINT ends the script when a program is not on PATH.
need_command() { command -v "$1" >/dev/null || die "$1 is not on PATH: $2"; }

# find_helm makes helm a command: that of PATH, else the one that was built last; status 1 when there is none.
find_helm() {
  local built
  ! command -v helm >/dev/null || return 0
  built=$(find "$(cache_dir tools)" -mindepth 3 -maxdepth 3 -name helm -printf '%T@ %h\n' | sort -n | tail -1)
  [[ -n $built ]] && PATH="${built#* }:$PATH"
}
