#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unmodified drivers (inside quickstart.sh --exec), each first against the plain database server, then against the proxy: typed
# reads, prepared statements, transactions, generated ids, error numbers, 4-byte text, binary data, big values, metadata. A driver
# passes when it passes through the proxy what it passes directly; the lines say how many checks that is. Ends with "N passed, N
# failed". A driver that is not installed is named and left out. usage: run.sh [NAME-PART]
set -u
cd "$(dirname "$(readlink -f "$0")")" || exit 2
only=${1:-}
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
proxy="$ALLIUM_HOST $ALLIUM_PORT $ALLIUM_USER $ALLIUM_PASSWORD"
port=$(mariadb --no-defaults -u root -S "$BACKEND_SOCKET" -Nse 'SELECT @@port') || exit 1
plain="127.0.0.1 $port driver_test driver_test"
mariadb --no-defaults -u root -S "$BACKEND_SOCKET" -e "CREATE OR REPLACE USER driver_test@'%' IDENTIFIED BY 'driver_test';
    GRANT ALL ON *.* TO driver_test@'%' WITH GRANT OPTION; CREATE DATABASE IF NOT EXISTS drivers" || exit 1
mariadb --no-defaults -h "$ALLIUM_HOST" -P "$ALLIUM_PORT" -u "$ALLIUM_USER" -p"$ALLIUM_PASSWORD" \
    -e 'CREATE DATABASE IF NOT EXISTS drivers' || exit 1

against() { # "HOST PORT USER PASSWORD" LOG COMMAND…
    local where log
    read -ra where <<<"$1"
    log=$2
    shift 2
    ALLIUM_HOST=${where[0]} ALLIUM_PORT=${where[1]} ALLIUM_USER=${where[2]} ALLIUM_PASSWORD=${where[3]} timeout 300 "$@" >"$log" 2>&1
}

# Checks that a log tells of; a script without any counts as one.
checks() { # LOG STATUS
    local n
    n=$(grep -acE '^(ok |[[:space:]]*--- PASS)' "$1")
    if [ "$n" -gt 0 ]; then echo "$n"; else echo $(($2 == 0)); fi
}

drive() { # NAME COMMAND…
    local name=$1 direct through status=0
    shift
    [[ $name == *"$only"* ]] || return
    against "$plain" "$work/direct" "$@" || status=$?
    direct=$(checks "$work/direct" "$status")
    status=0
    against "$proxy" "$work/out" "$@" || status=$?
    through=$(checks "$work/out" "$status")
    if [ "$through" -ge "$direct" ] && [ "$direct" -gt 0 ]; then
        passed=$((passed + 1))
        echo "ok   $name: $through checks, directly $direct"
    else
        failed=$((failed + 1))
        echo "FAIL $name: $through checks, directly $direct"
        grep -a '^not ok\|--- FAIL' "$work/out" | head -20 | sed 's/^/     /'
        tail -4 "$work/out" | cut -c1-300 | sed 's/^/     /'
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
odbc=$(dpkg -L odbc-mariadb 2>/dev/null | grep 'libmaodbc\.so$')
if [ -n "$odbc" ] && gcc -Wall -o "$work/odbc" odbc.c -lodbc 2>"$work/out"; then drive "ODBC" "$work/odbc" "$odbc"; else absent "odbc-mariadb, unixodbc-dev"; fi
jar=/usr/share/java/mariadb-java-client.jar
if [ -f $jar ] && mkdir -p "$work/java" && javac -encoding UTF-8 -d "$work/java" Jdbc.java 2>"$work/out"; then
    drive "Java Connector/J" java -Dfile.encoding=UTF-8 -cp "$work/java:$jar:/usr/share/java/slf4j-api.jar" Jdbc
else
    absent "libmariadb-java, default-jdk-headless"
fi
node_modules=${XDG_CACHE_HOME:-$HOME/.cache}/allium-tests
if command -v npm >/dev/null && { [ -d "$node_modules/node_modules/mysql2" ] ||
    { mkdir -p "$node_modules" && npm install --prefix "$node_modules" --silent --no-audit --no-fund mysql2@3 >"$work/out" 2>&1; }; }; then
    drive "Node mysql2" env NODE_PATH="$node_modules/node_modules" node node.js
else
    absent "node, npm, mysql2"
fi
# The driver's own tests; those that need stored routines fail through the proxy and are counted so.
go=/usr/share/gocode/src/github.com/go-sql-driver/mysql
if command -v go >/dev/null && [ -d $go ]; then
    mkdir -p "$work/go/src/github.com/go-sql-driver"
    cp -r $go "$work/go/src/github.com/go-sql-driver/"
    (cd "$work/go/src/github.com/go-sql-driver/mysql" && GOPATH="$work/go:/usr/share/gocode" GO111MODULE=off GOCACHE="$node_modules/go" go test -c -o "$work/gotest" .) ||
        exit 1
    drive "Go go-sql-driver, its own tests" ./go.sh "$work/gotest"
else
    absent "golang-go, golang-github-go-sql-driver-mysql-dev"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
