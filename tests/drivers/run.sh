#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unmodified drivers against the proxy (inside quickstart.sh --exec): each runs the same small session in its own idiom: typed
# reads, prepared statements, transactions, generated ids, error numbers, 4-byte text, binary data, dates. One line per driver;
# ends with "N passed, N failed". A driver that is not installed is named and left out.
set -u
cd "$(dirname "$(readlink -f "$0")")" || exit 2
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mariadb --no-defaults -h "$ALLIUM_HOST" -P "$ALLIUM_PORT" -u "$ALLIUM_USER" -p"$ALLIUM_PASSWORD" \
    -e 'CREATE DATABASE IF NOT EXISTS drivers' || exit 1

drive() { # NAME COMMAND…
    local name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok   $name"
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        tail -8 "$work/out" | sed 's/^/     /'
    fi
}

absent() { echo "not installed: $1"; }

drive "mariadb client" ./client.sh
# shellcheck disable=SC2046 # a list of words
if gcc -O1 -Wall -o "$work/c" c_api.c $(pkg-config --cflags --libs libmariadb) 2>"$work/out"; then
    drive "C (libmariadb)" "$work/c"
else
    absent "libmariadb-dev"
fi
if /usr/bin/python3 -c 'import pymysql' 2>/dev/null; then drive "PyMySQL" /usr/bin/python3 dbapi.py pymysql; else absent PyMySQL; fi
if /usr/bin/python3 -c 'import MySQLdb' 2>/dev/null; then drive "mysqlclient" /usr/bin/python3 dbapi.py MySQLdb; else absent mysqlclient; fi
if php -m 2>/dev/null | grep -qi mysqli; then
    drive "PHP mysqli" php mysqli.php
    drive "PHP PDO, native prepares" php pdo.php 0
    drive "PHP PDO, emulated prepares" php pdo.php 1
else
    absent "PHP mysqli, PDO"
fi
if perl -MDBD::MariaDB -e 1 2>/dev/null; then
    drive "Perl DBD::MariaDB" perl dbi.pl 0
    drive "Perl DBD::MariaDB, server prepares" perl dbi.pl 1
else
    absent "DBD::MariaDB"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
