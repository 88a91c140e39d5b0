#!/bin/bash
# PostgreSQL with the variables of the official image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also
# as …_FILE), POSTGRES_HOST_AUTH_METHOD. A folder that has data is used as it is: the server itself refuses one
# of another major version.
set -euo pipefail

# setting NAME DEFAULT: from NAME, else from the file that NAME_FILE names.
setting() {
  local file=${1}_FILE
  if [ -n "${!1:-}" ]; then
    printf '%s' "${!1}"
  elif [ -n "${!file:-}" ]; then
    cat "${!file}"
  else
    printf '%s' "$2"
  fi
}

case "$1" in
postgres) ;;
-*) set -- postgres "$@" ;;
*) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  chown -R postgres "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "${BASH_SOURCE[0]}" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=$(setting POSTGRES_USER postgres)
  password=$(setting POSTGRES_PASSWORD "")
  database=$(setting POSTGRES_DB "$user")
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  if [ -z "$password" ] && [ "$method" != trust ]; then
    echo "Error: the database is empty and POSTGRES_PASSWORD is not set" >&2
    exit 1
  fi
  initdb --username="$user" --pwfile=<(printf '%s\n' "$password") --encoding=UTF8 --locale=C.UTF-8
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  # On its socket only: nobody outside takes it for ready while the database is made.
  PGUSER=$user pg_ctl start --pgdata "$PGDATA" --wait --options "-c listen_addresses=''"
  if [ "$database" != postgres ]; then
    psql -v ON_ERROR_STOP=1 --username "$user" --no-password --dbname postgres --set db="$database" \
      <<<'CREATE DATABASE :"db";'
  fi
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
    *.sh) bash "$script" ;;
    *.sql) psql -v ON_ERROR_STOP=1 --username "$user" --no-password --dbname "$database" --file "$script" ;;
    esac
  done
  PGUSER=$user pg_ctl stop --pgdata "$PGDATA" --mode fast --wait
  echo "the database $database is made"
fi
exec "$@" -c listen_addresses='*'
