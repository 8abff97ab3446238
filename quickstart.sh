#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Allium on this machine in one command: installs what is missing, builds, starts a private database server with the UDF
# library and the proxy in front of it, and says how to connect. Ctrl-C takes everything down again.
#
#   ./quickstart.sh [options]               run until Ctrl-C
#   ./quickstart.sh [options] --exec 'CMD'  run CMD (bash -c) against it, take down, return CMD's exit status
#
#   --backend mariadb|mysql   the database server (default mariadb; mysql is fetched once, about 500 MB)
#   --dir D                   keep data and keys in D; the next start with the same D continues with them
#   --build B                 build directory (default build; configured when it does not exist)
#   --no-build                take B as it is
#   --backend-args 'ARGS'     more arguments for the database server
#   --proxy-args 'ARGS'       more arguments for alliumd, such as --log.level=debug
#
# CMD finds ALLIUM_HOST ALLIUM_PORT ALLIUM_USER ALLIUM_PASSWORD ALLIUM_ADMIN_PORT ALLIUM_HTTP_PORT ALLIUM_BIN (directory of
# alliumd and alliumctl) ALLIUM_CONFIG ALLIUM_LOG ALLIUM_PID and BACKEND_SOCKET BACKEND_PORT BACKEND_DATADIR BACKEND_LOG (its
# root has no password on that socket). Ports are 6033, 6032 and 6070 where free, else others; everything listens on
# loopback. No server that was running before is touched. All messages of this script go to stderr.
set -eu
here=$(dirname "$(readlink -f "$0")")
backend=mariadb dir='' build=$here/build no_build=0 command='' has_command=0 backend_args='' proxy_args=''

say() { echo "quickstart: $*" >&2; }
die() { say "$*"; exit 1; }
usage() { sed -n '3,18s/^# \{0,1\}//p' "$0" >&2; exit "$1"; }

while [ $# -gt 0 ]; do
    case $1 in
    --exec) [ $# -ge 2 ] || usage 2; has_command=1 command=$2; shift ;;
    --backend) [ $# -ge 2 ] || usage 2; backend=$2; shift ;;
    --dir) [ $# -ge 2 ] || usage 2; dir=$2; shift ;;
    --build) [ $# -ge 2 ] || usage 2; build=$(readlink -m "$2"); shift ;;
    --backend-args) [ $# -ge 2 ] || usage 2; backend_args=$2; shift ;;
    --proxy-args) [ $# -ge 2 ] || usage 2; proxy_args=$2; shift ;;
    --no-build) no_build=1 ;;
    -h | --help) usage 0 ;;
    *) say "unknown argument: $1"; usage 2 ;;
    esac
    shift
done
case $backend in
mariadb) server=$here/tests/support/mariadb.sh ;;
mysql) server=$here/tests/support/mysql97.sh ;;
*) usage 2 ;;
esac

# shellcheck source=tests/support/packages.sh
. "$here/tests/support/packages.sh"
# shellcheck source=tests/support/ports.sh
. "$here/tests/support/ports.sh"

build_all() {
    [ -f "$build/build.ninja" ] || meson setup "$build" "$here"
    ninja -C "$build" proxy/alliumd proxy/alliumctl udf/allium_udf.so
}

# One directory with both programs, wherever the build puts them.
link_programs() {
    local name path
    mkdir -p "$build/bin"
    for name in alliumd alliumctl; do
        path=$(find "$build/proxy" -type f -name $name -perm -u+x 2>/dev/null | head -1)
        [ -n "$path" ] || die "$name is not in $build; is the build complete?"
        ln -sf "$path" "$build/bin/$name"
    done
}

# shellcheck disable=SC2317 # called by write_once
random_word() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

# write_once FILE COMMAND…: the output of COMMAND in FILE, readable by its owner only, unless FILE is there from the last run.
write_once() {
    local file=$1
    shift
    [ -s "$file" ] || (umask 077 && "$@" >"$file")
}

root_sql() { mariadb --no-defaults --batch --skip-column-names -u root --socket="$dir/backend/sock" "$@"; }

# The proxy's account gets what moving rows and defining tables takes, and nothing that reaches files or other sessions.
create_account() {
    local rights='SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, REFERENCES, LOCK TABLES, CREATE TEMPORARY TABLES'
    root_sql <<SQL
CREATE USER IF NOT EXISTS allium_proxy@localhost IDENTIFIED BY '$(cat "$dir/backend_password")';
ALTER USER allium_proxy@localhost IDENTIFIED BY '$(cat "$dir/backend_password")';
GRANT $rights ON *.* TO allium_proxy@localhost;
SQL
}

load_udfs() {
    # A library built with sanitizers cannot be loaded into a server: ALLIUM_UDF_BUILD names another build directory for it.
    local udf=${ALLIUM_UDF_BUILD:-$build}/udf
    local lib=$udf/allium_udf.so
    [ -f "$lib" ] || die "no $lib; is the build complete?"
    # A new file, never written in place: a server may have the old one mapped.
    cp "$lib" "$dir/backend/plugin/allium_udf.so.new"
    chmod 755 "$dir/backend/plugin/allium_udf.so.new"
    mv "$dir/backend/plugin/allium_udf.so.new" "$dir/backend/plugin/allium_udf.so"
    root_sql mysql <"$udf/install.sql"
}

start_backend() {
    BACKEND_PORT=$(port_pick 33061)
    mkdir -p "$dir/backend/plugin"
    # shellcheck disable=SC2086 # backend_args is a list of words
    "$server" start "$dir/backend" "$BACKEND_PORT" $backend_args || die "the database server did not start"
    load_udfs
    create_account
}

make_keys() {
    write_once "$dir/passphrase" random_word
    write_once "$dir/backend_password" random_word
    write_once "$dir/client_password" random_word
    [ -s "$dir/key" ] || "$ALLIUM_BIN/alliumctl" key init --file "$dir/key" --passphrase-file "$dir/passphrase" >&2
    [ -s "$dir/users" ] ||
        "$ALLIUM_BIN/alliumctl" user add allium --file "$dir/users" --password-file "$dir/client_password" >&2
}

write_config() {
    cat >"$dir/allium.conf" <<CONF
# Written by quickstart.sh at each start.
[proxy]
listen = $ALLIUM_HOST:$ALLIUM_PORT
users_file = $dir/users
[admin]
listen = $ALLIUM_HOST:$ALLIUM_ADMIN_PORT
http = $ALLIUM_HOST:$ALLIUM_HTTP_PORT
users = allium
[backend]
socket = $BACKEND_SOCKET
user = allium_proxy
password_file = $dir/backend_password
[keys]
file = $dir/key
passphrase_file = $dir/passphrase
[scratch]
server = $scratch_server
CONF
    chmod 600 "$dir/allium.conf"
}

client() {
    mariadb --no-defaults --protocol=tcp -h "$ALLIUM_HOST" -P "$ALLIUM_PORT" -u "$ALLIUM_USER" -p"$ALLIUM_PASSWORD" "$@"
}

start_proxy() {
    # shellcheck disable=SC2086 # proxy_args is a list of words
    setsid "$ALLIUM_BIN/alliumd" --config "$dir/allium.conf" $proxy_args >>"$ALLIUM_LOG" 2>&1 </dev/null &
    ALLIUM_PID=$!
    local i=0
    until client -e 'SELECT 1' >/dev/null 2>"$dir/client.err"; do
        i=$((i + 1))
        if [ $i -gt 600 ] || ! kill -0 $ALLIUM_PID 2>/dev/null; then
            say "the proxy did not start; the end of $ALLIUM_LOG:"
            tail -20 "$ALLIUM_LOG" >&2
            cat "$dir/client.err" >&2
            exit 1
        fi
        sleep 0.1
    done
    client -e 'CREATE DATABASE IF NOT EXISTS test' >&2
}

# shellcheck disable=SC2317 # called by take_down
stop_proxy() {
    local i=0
    kill "$ALLIUM_PID" 2>/dev/null || return 0
    while kill -0 "$ALLIUM_PID" 2>/dev/null; do
        i=$((i + 1))
        [ "$i" -eq 350 ] && { say "alliumd does not end; killing it"; kill -9 "$ALLIUM_PID"; }
        sleep 0.1
    done
}

# shellcheck disable=SC2317 # called by the trap
take_down() {
    trap '' INT TERM
    [ -n "${ALLIUM_PID:-}" ] && stop_proxy
    [ -d "$dir/backend" ] && { "$server" stop "$dir/backend" || true; }
    ports_forget
    [ "$keep" = 1 ] || rm -rf "$dir"
}

say_how() {
    cat >&2 <<TEXT

  Allium is running in front of a private $backend server.

    mysql -h $ALLIUM_HOST -P $ALLIUM_PORT -u $ALLIUM_USER -p$ALLIUM_PASSWORD test
    what the server sees:  mysql -u root --socket=$BACKEND_SOCKET
    metrics and health:    http://$ALLIUM_HOST:$ALLIUM_HTTP_PORT/metrics
    the proxy's log:       $ALLIUM_LOG

  Ctrl-C ends it$([ "$keep" = 1 ] && echo "; the data stays in $dir" || echo ' and removes all data').

TEXT
}

packages_need build
if [ "$backend" = mysql ]; then
    "$server" prepare || die "MySQL 9.7 cannot be fetched; --backend mariadb works without it"
    scratch_server=${MYSQL97_ROOT:-${TMPDIR:-/tmp}/mysql97}/bin/mysqld
else
    scratch_server=$(PATH=/usr/sbin:$PATH command -v mariadbd)
fi
[ "$no_build" = 1 ] || build_all >&2 || die "the build failed"
link_programs

keep=1
if [ -z "$dir" ]; then
    dir=$(mktemp -d "${TMPDIR:-/tmp}/allium.XXXXXX") keep=0
    chmod 711 "$dir"
else
    mkdir -p "$dir"
    dir=$(readlink -f "$dir")
fi
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ -f "$dir/flavour" ] && [ "$(cat "$dir/flavour")" != "$backend" ]; then
    die "$dir holds data of $(cat "$dir/flavour"); start with --backend $(cat "$dir/flavour")"
fi
echo "$backend" >"$dir/flavour"

ALLIUM_HOST=127.0.0.1 ALLIUM_USER=allium
ALLIUM_BIN=$build/bin
ALLIUM_CONFIG=$dir/allium.conf ALLIUM_LOG=$dir/alliumd.log
BACKEND_SOCKET=$dir/backend/sock BACKEND_DATADIR=$dir/backend/data BACKEND_LOG=$dir/backend/log
make_keys
ALLIUM_PASSWORD=$(cat "$dir/client_password")
start_backend
ALLIUM_PORT=$(port_pick 6033) ALLIUM_ADMIN_PORT=$(port_pick 6032) ALLIUM_HTTP_PORT=$(port_pick 6070)
write_config
start_proxy
export ALLIUM_HOST ALLIUM_PORT ALLIUM_USER ALLIUM_PASSWORD ALLIUM_ADMIN_PORT ALLIUM_HTTP_PORT ALLIUM_BIN ALLIUM_CONFIG \
    ALLIUM_LOG ALLIUM_PID BACKEND_SOCKET BACKEND_PORT BACKEND_DATADIR BACKEND_LOG

if [ "$has_command" = 1 ]; then
    status=0
    bash -c "$command" || status=$?
    exit "$status"
fi
say_how
while kill -0 "$ALLIUM_PID" 2>/dev/null; do
    sleep 1 &
    wait $! || true
done
say "alliumd ended by itself; the end of $ALLIUM_LOG:"
tail -20 "$ALLIUM_LOG" >&2
exit 1
