#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A private MariaDB server beside whatever the machine runs: own data directory, loopback and unix socket only.
#   mariadb.sh start DIR PORT [mariadbd arguments]
#   mariadb.sh stop DIR
# DIR gets data/ plugin/ tmp/ sock pid log; root has no password and comes in over DIR/sock. Started by root, the server
# runs as DBUSER (default: mysql, else nobody), or as root where that user cannot reach DIR. The defaults are those of the
# distribution's own configuration files: utf8mb4, and the server's built-in sql_mode.
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/support/server.sh
. "$here/server.sh"

server_start() {
    local port=$1
    shift
    if [ ! -d "$dir/data/mysql" ]; then
        as_user mariadb-install-db --no-defaults --datadir="$dir/data" --tmpdir="$dir/tmp" --auth-root-authentication-method=normal \
            --skip-test-db --skip-name-resolve >"$dir/install.log" 2>&1 || { cat "$dir/install.log" >&2; exit 1; }
    fi
    as_daemon /usr/sbin/mariadbd --no-defaults --datadir="$dir/data" --tmpdir="$dir/tmp" --socket="$dir/sock" \
        --pid-file="$dir/pid" --port="$port" --bind-address=127.0.0.1 --plugin-dir="$dir/plugin" --skip-name-resolve \
        --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci "$@" \
        >>"$dir/log" 2>&1 </dev/null &
    wait_until_up $! mariadb-admin --no-defaults -u root --socket="$dir/sock" ping
}

main "$@"
