#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sysbench oltp_read_write through the proxy (inside quickstart.sh --exec), text protocol then prepared statements; any error
# or lost connection fails it. Afterwards looks at what the server holds: no table or column of sysbench's names, no row of
# its text.   usage: sysbench.sh THREADS SECONDS
set -euo pipefail
threads=${1:-8} seconds=${2:-60}
db=sbtest
opts=(--mysql-host="$ALLIUM_HOST" --mysql-port="$ALLIUM_PORT" --mysql-user="$ALLIUM_USER" --mysql-password="$ALLIUM_PASSWORD"
    --mysql-db="$db" --tables=4 --table-size=1000 --threads="$threads" --time="$seconds" --report-interval=0)
mariadb -h "$ALLIUM_HOST" -P "$ALLIUM_PORT" -u "$ALLIUM_USER" -p"$ALLIUM_PASSWORD" -e "DROP DATABASE IF EXISTS $db; CREATE DATABASE $db"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Deadlocks ("ignored errors") are part of oltp_read_write on a plain server too; sysbench repeats the transaction. Anything
# else ends it with FATAL.
run() { # sysbench arguments
    local status=0
    sysbench oltp_read_write "${opts[@]}" "$@" >"$log" 2>&1 || status=$?
    cat "$log"
    if [ $status != 0 ] || grep -qE 'FATAL|reconnects: +[1-9]' "$log"; then
        echo "sysbench $* failed"
        exit 1
    fi
}

run --db-ps-mode=disable prepare
run --db-ps-mode=disable run
run --db-ps-mode=auto run

# sysbench fills column c with groups of eleven digits joined by hyphens.
dump=$(mariadb-dump --no-defaults -u root --socket="$BACKEND_SOCKET" --all-databases --hex-blob 2>/dev/null | grep -v '^-- ')
for word in sbtest '[0-9]\{11\}-[0-9]\{11\}'; do
    if grep -q "$word" <<<"$dump"; then
        echo "the server holds something that looks like $word in clear"
        exit 1
    fi
done
echo "sysbench: $threads threads, $seconds s per mode, no error; nothing in clear on the server"
