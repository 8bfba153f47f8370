# shellcheck shell=bash disable=SC2154
# PostgreSQL 15 from the Debian package. Expects: $dir, $postgres_port; postgres_options, if set, holds more options of the
# server, the last of which count.

postgres_bin=/usr/lib/postgresql/15/bin

# Outside of DIR: the server's user must be able to enter every folder above, and a checkout below /root forbids it.
postgres_data() { printf '/tmp/todoplatform-postgres-%s' "$(printf %s "$dir" | sha256sum | cut -c1-12)"; }

# as_postgres COMMAND… runs as the user that the package made, because PostgreSQL refuses root.
as_postgres() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
  else
    "$@"
  fi
}

# The package must not make and start a cluster of its own.
install_postgres() {
  local setting=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
  need_debian postgresql-common
  mkdir -p "$(dirname "$setting")"
  printf 'create_main_cluster = false\n' >"$setting"
  need_debian postgresql-15
  rm -f "$setting"
}

postgres_prepare() {
  [[ -x $postgres_bin/postgres ]] || install_postgres
  local data password_file
  data=$(postgres_data)
  [[ -s $data/ready ]] && return
  rm -rf "$data"
  as_postgres mkdir -m 0700 "$data"
  password_file=$data/password
  as_postgres tee "$password_file" <"$dir/password" >/dev/null
  as_postgres "$postgres_bin/initdb" -D "$data/pgdata" -U todo "--pwfile=$password_file" -A scram-sha-256 \
    -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/postgres.log" || die "failed to make a database; log: $dir/postgres.log"
  printf 'host all all all scram-sha-256\n' | as_postgres tee -a "$data/pgdata/pg_hba.conf" >/dev/null
  printf 'CREATE DATABASE todo;\n' |
    as_postgres "$postgres_bin/postgres" --single -D "$data/pgdata" -c fsync=off postgres >/dev/null 2>>"$dir/postgres.log"
  rm -f "$password_file"
  date | as_postgres tee "$data/ready" >/dev/null
}

# A killed server leaves its lock files, and where nobody reaps orphans, as in a container without an init, also a
# zombie of that pid, which PostgreSQL takes for a running server.
clear_stale_locks() {
  local data=$1 lock pid
  for lock in "$data/pgdata/postmaster.pid" "$data"/.s.PGSQL.*.lock; do
    [[ -s $lock ]] || continue
    read -r pid <"$lock"
    start_time "$pid" >/dev/null || rm -f "$lock"
  done
}

launch_postgres() {
  local data
  running postgres && return
  data=$(postgres_data)
  clear_stale_locks "$data"
  # shellcheck disable=SC2054
  local -a command=("$postgres_bin/postgres" -D "$data/pgdata" -p "$postgres_port"
    -c "listen_addresses=*" -c "unix_socket_directories=$data"
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off
    -c shared_buffers=64MB -c max_connections=300 ${postgres_options[@]+"${postgres_options[@]}"})
  if ((EUID == 0)); then
    command=(setpriv --reuid=postgres --regid=postgres --init-groups -- "${command[@]}")
  fi
  spawn postgres "${command[@]}"
}

# By our own socket: on the port another server might answer while ours fails to bind it.
await_postgres() {
  await_process postgres 30 "$postgres_bin/pg_isready" -q -h "$(postgres_data)" -p "$postgres_port" -d todo -U todo
}
