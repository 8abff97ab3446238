#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# with_server.sh mariadb|mysql97 PROGRAM [ARGS]: runs PROGRAM against a private empty server and stops it.
# The program gets TEST_FLAVOUR, TEST_SOCKET, TEST_PORT (root without password; TCP on loopback).
# Exit 77 (skipped) when that server is not there; MySQL is used when tests/support/mysql97.sh has unpacked it.
set -eu
flavour=$1
shift
support=$(dirname "$(readlink -f "$0")")/../../support
case $flavour in
mariadb) [ -x /usr/sbin/mariadbd ] || exit 77 ;;
mysql97) [ -x "${MYSQL97_ROOT:-${TMPDIR:-/tmp}/mysql97}/bin/mysqld" ] || exit 77 ;;
esac
base=/dev/shm
[ -w "$base" ] || base=${TMPDIR:-/tmp}
dir=$(mktemp -d "$base/allium-test.XXXXXX")
chmod 755 "$dir"
finish() {
    "$support/$flavour.sh" stop "$dir" || :
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
port=$((20000 + $$ % 20000))
"$support/$flavour.sh" start "$dir" "$port" --innodb-buffer-pool-size=24M --innodb-flush-log-at-trx-commit=0 \
    --max-allowed-packet=64M
TEST_FLAVOUR=$flavour TEST_SOCKET=$dir/sock TEST_PORT=$port "$@"
