#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sysbench oltp_read_write through the proxy (inside quickstart.sh --exec), text protocol then prepared statements; any error
# or lost connection fails it. Afterwards looks at what the server holds: no table or column of sysbench's names, no row of
# its text.   usage: sysbench.sh THREADS SECONDS
set -eu
threads=${1:-8} seconds=${2:-60}
db=sbtest
opts=(--mysql-host="$ALLIUM_HOST" --mysql-port="$ALLIUM_PORT" --mysql-user="$ALLIUM_USER" --mysql-password="$ALLIUM_PASSWORD"
    --mysql-db="$db" --tables=4 --table-size=1000 --threads="$threads" --time="$seconds" --report-interval=0)
mariadb -h "$ALLIUM_HOST" -P "$ALLIUM_PORT" -u "$ALLIUM_USER" -p"$ALLIUM_PASSWORD" -e "DROP DATABASE IF EXISTS $db; CREATE DATABASE $db"

run() { # MODE
    sysbench oltp_read_write "${opts[@]}" --db-ps-mode="$1" run | tee "/tmp/sysbench.$$"
    if grep -qE 'ignored errors: +[1-9]|FATAL|reconnects: +[1-9]' "/tmp/sysbench.$$"; then
        # Deadlocks and lock waits are part of oltp_read_write on a plain server too; anything else ends sysbench itself.
        grep -E 'ignored errors|reconnects' "/tmp/sysbench.$$"
        grep -qE 'FATAL|reconnects: +[1-9]' "/tmp/sysbench.$$" && { rm -f "/tmp/sysbench.$$"; exit 1; }
    fi
    rm -f "/tmp/sysbench.$$"
}

sysbench oltp_read_write "${opts[@]}" --db-ps-mode=disable prepare
run disable
run auto

# sysbench fills column c with groups of eleven digits joined by hyphens.
dump=$(mariadb-dump --no-defaults -u root --socket="$BACKEND_SOCKET" --all-databases --hex-blob 2>/dev/null | grep -v '^-- ')
for word in sbtest '[0-9]\{11\}-[0-9]\{11\}'; do
    if grep -q "$word" <<<"$dump"; then
        echo "the server holds something that looks like $word in clear"
        exit 1
    fi
done
echo "sysbench: $threads threads, $seconds s per mode, no error; nothing in clear on the server"
