# How backup and restore reach PostgreSQL: inside a compose stack, or at the address that the
# environment or .env names. Sourced after lib.sh.
# shellcheck shell=bash

# choose_stack sets STACK, unless it is given: the compose stack that runs, else bare.
choose_stack() {
  local stack
  if [ -z "${STACK:-}" ]; then
    for stack in prod dev; do
      if command -v docker >/dev/null &&
        docker compose -f "compose.$stack.yaml" ps --status running --services 2>/dev/null | grep -qx postgres; then
        STACK=$stack
        return
      fi
    done
    [ -n "$(setting DATABASE_URL)$(setting DATABASE_URL_FILE)$(setting DB_HOST)" ] || fail \
      'Neither compose stack runs, and neither the environment nor .env names a database.' \
      'Start a stack (make up, make up-dev), or set DATABASE_URL (or DB_HOST, DB_NAME, DB_USER, DB_PASSWORD).'
    STACK=bare
  fi
  case $STACK in prod | dev | bare) ;; *) fail "STACK=$STACK is not one of prod, dev and bare." ;; esac
}

# reach_database sets `database`, `owner`, and the words before each of PostgreSQL's programs.
reach_database() {
  choose_stack
  case $STACK in
    prod) database=$(setting DB_NAME jira_sync) owner=$(setting DB_USER jira_sync) ;;
    dev) database=jira_sync owner=postgres ;;
    bare) bare_address && return ;;
  esac
  before=(docker compose -f "compose.$STACK.yaml" exec -T -e PGUSER=postgres postgres)
  compose=(docker compose -f "compose.$STACK.yaml")
  "${before[@]}" pg_isready -q </dev/null || fail "The postgres container of compose.$STACK.yaml does not answer: start the stack first."
}

# bare_address takes the password out of the address, so that no `ps` shows it.
bare_address() {
  local program
  for program in psql pg_dump pg_restore; do
    command -v $program >/dev/null ||
      fail "$program is not here. Install PostgreSQL's client programs: sudo apt-get install postgresql-client"
  done
  before=(env)
  local url
  url=$(secret_setting DATABASE_URL)
  if [ -z "$url" ]; then
    PGHOST=$(setting DB_HOST localhost) PGPORT=$(setting DB_PORT 5432) PGUSER=$(setting DB_USER postgres)
    PGPASSWORD=$(secret_setting DB_PASSWORD) PGSSLMODE=$(setting DB_SSLMODE prefer)
    export PGHOST PGPORT PGUSER PGPASSWORD PGSSLMODE
    database=$(setting DB_NAME jira_sync) owner=$PGUSER
    return
  fi
  [[ $url =~ ^(postgres(ql)?://)(([^:@/]*)(:([^@/]*))?@)?([^/?]*)(/([^?]*))?(\?(.*))?$ ]] ||
    fail 'DATABASE_URL is not an address such as postgres://user:password@host:5432/jira_sync.'
  local scheme=${BASH_REMATCH[1]} user=${BASH_REMATCH[4]} password=${BASH_REMATCH[6]} host=${BASH_REMATCH[7]}
  local name=${BASH_REMATCH[9]} parameters=${BASH_REMATCH[11]}
  if [ -n "$password" ]; then
    PGPASSWORD=$(printf '%b' "${password//%/\\x}")
    export PGPASSWORD
  fi
  database=${name:-jira_sync}
  owner=$(printf '%b' "${user//%/\\x}")
  address_start=$scheme${user:+$user@}$host/ address_end=${parameters:+?$parameters}
}

# secret_setting prints a variable or the content of the file that NAME_FILE names.
secret_setting() {
  local file
  file=$(setting "$1_FILE")
  if [ -n "$file" ]; then
    [ -r "$file" ] || fail "$1_FILE=$file cannot be read."
    tr -d '\r\n' <"$file"
  else
    setting "$1"
  fi
}

# at prints what psql's -d takes for a database of that server.
at() { printf '%s%s%s' "${address_start:-}" "$1" "${address_end:-}"; }

# query runs one statement in a database and prints its rows.
query() { "${before[@]}" psql -XqAt -v ON_ERROR_STOP=1 -d "$(at "$1")" -c "$2" </dev/null; }

# The count and an order-free sum of hashes of each table; the same rows give the same line on any server.
checksum_sql() {
  cat <<'SQL'
SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';
SELECT format($f$SELECT %L, count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0) FROM %I.%I t$f$,
              n.nspname || '.' || c.relname, n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('jira_sync', 'public')
ORDER BY n.nspname, c.relname
\gexec
SQL
}

# The moment of the newest change in a mirror, in microseconds.
newest_sql="
SELECT (extract(epoch FROM greatest(
  (SELECT max(coalesce(finished_at, started_at)) FROM jira_sync.sync_history),
  (SELECT max(synced_at) FROM jira_sync.jira_issues_v2),
  (SELECT max(updated_at) FROM jira_sync.sync_config),
  'epoch'::timestamptz)) * 1000000)::bigint"

# When the data of a database last changed, in microseconds; 0 where there is no mirror.
newest_in() {
  if [ "$(query "$1" "SELECT to_regclass('jira_sync.sync_history') IS NOT NULL")" != t ]; then
    echo 0
    return
  fi
  query "$1" "$newest_sql"
}
