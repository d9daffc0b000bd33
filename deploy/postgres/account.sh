#!/usr/bin/env bash
# The server's account: owner of its database and nothing more. Runs once, on an empty volume.
set -euo pipefail

password=$(cat /run/secrets/db_password)
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
  -v account="$APP_USER" -v database="$POSTGRES_DB" -v password="$password" <<'SQL'
CREATE ROLE :"account" LOGIN PASSWORD :'password';
ALTER DATABASE :"database" OWNER TO :"account";
SQL
