#!/usr/bin/env bash
# prepare.sh DIRECTORY: writes DIRECTORY/pause, a static binary.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=hack/lib.sh
source "$here/../../lib.sh"

command -v cc >/dev/null || need_debian gcc libc6-dev
cc -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -Os -static -s -o "${1:?usage: prepare.sh DIRECTORY}/pause" "$here/pause.c"
