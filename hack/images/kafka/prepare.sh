#!/usr/bin/env bash
# prepare.sh DIRECTORY: puts the jars into DIRECTORY/libs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cp -r "$("$here/jars.sh")" "${1:?usage: prepare.sh DIRECTORY}/libs"
