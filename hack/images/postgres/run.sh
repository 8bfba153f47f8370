#!/bin/bash
# Initialises the data directory unless that was done, then becomes the server. Environment of the upstream image:
#   POSTGRES_PASSWORD   required at the first start
#   POSTGRES_USER       superuser; default postgres
#   POSTGRES_DB         database to create; default: the user's name
#   POSTGRES_INITDB_ARGS
#   PGDATA              default /var/lib/postgresql/data
# NAME_FILE instead of the first three reads the value from a file. Arguments are the server's, as in upstream.
# The root filesystem may be read-only: PGDATA, and /var/run/postgresql or /tmp, must be writable.
set -euo pipefail

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# value NAME DEFAULT prints a variable, or the content of the file that NAME_FILE names.
value() {
  local file=$1_FILE
  if [[ -n ${!1-} && -n ${!file-} ]]; then die "both $1 and $file are set"; fi
  if [[ -n ${!file-} ]]; then
    cat -- "${!file}" || die "failed to read $file \"${!file}\""
  else
    printf '%s' "${!1:-$2}"
  fi
}

# An initialisation that was killed leaves the folder .partial and no PG_VERSION: only then may we empty PGDATA.
clear_partial() {
  [[ ! -d $PGDATA/.partial ]] || find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
  [[ -z $(find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit) ]] ||
    die "PGDATA \"$PGDATA\" is not empty and holds no database"
}

initialise() {
  local user database password partial=$PGDATA/.partial
  local -a extra
  read -ra extra <<<"${POSTGRES_INITDB_ARGS-}"
  user=$(value POSTGRES_USER postgres)
  database=$(value POSTGRES_DB "$user")
  password=$(value POSTGRES_PASSWORD '')
  [[ -n $password ]] || die "POSTGRES_PASSWORD is empty: the superuser \"$user\" needs a password"
  clear_partial
  initdb -D "$partial" -U "$user" --pwfile=<(printf '%s\n' "$password") -E UTF8 --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 "${extra[@]}"
  printf 'host all all all scram-sha-256\n' >>"$partial/pg_hba.conf"
  if [[ $database != postgres ]]; then
    printf 'CREATE DATABASE "%s";\n' "${database//\"/\"\"}" | postgres --single -j -D "$partial" postgres >/dev/null
  fi
  publish "$partial"
}

# PGDATA may be a mount, which cannot be renamed: its entries move one by one, the one that says "complete" last.
publish() {
  find "$1" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t "$PGDATA" {} +
  sync
  mv "$1/PG_VERSION" "$PGDATA/"
  rmdir "$1"
  sync -f "$PGDATA"
}

main() {
  local socket_dir=/var/run/postgresql
  if [[ ${1-} == -* ]]; then set -- postgres "$@"; fi
  [[ ${1:-postgres} == postgres ]] || exec "$@"
  (($#)) && shift
  umask 077
  mkdir -p "$PGDATA" || die "failed to make PGDATA \"$PGDATA\""
  [[ -s $PGDATA/PG_VERSION ]] || initialise
  # Kubernetes' fsGroup opens the directory to the group, which the server refuses.
  chmod 0700 "$PGDATA" || die "PGDATA \"$PGDATA\" belongs to somebody else: use a folder below the mount"
  [[ -w $socket_dir ]] || socket_dir=/tmp
  exec env -u POSTGRES_PASSWORD postgres -D "$PGDATA" -c "listen_addresses=*" -c "unix_socket_directories=$socket_dir" \
    -c jit=off "$@"
}

main "$@"
