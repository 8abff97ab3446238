#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# MySQL 9.7 in a private root beside the system: nothing installed on the host changes and no root is needed. The packages
# and all they depend on come from the distribution's development suite through the host's own apt sources, are unpacked,
# and run through their own dynamic loader.
#   mysql97.sh prepare                          download and unpack; nothing to do when that was done before
#   mysql97.sh start DIR PORT [mysqld arguments]
#   mysql97.sh stop DIR
# Environment: MYSQL97_ROOT (where it is unpacked; default ${TMPDIR:-/tmp}/mysql97), MYSQL97_URI (the archive; default: the
# first URI of the host's apt sources), MYSQL97_SUITE (default sid), DBUSER (the user that runs it when started by root).
set -eu
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/support/server.sh
. "$here/server.sh"
root=${MYSQL97_ROOT:-${TMPDIR:-/tmp}/mysql97}
suite=${MYSQL97_SUITE:-sid}
packages=(mysql-server-core mysql-client-core)

archive_uri() {
    if [ -n "${MYSQL97_URI:-}" ]; then
        echo "$MYSQL97_URI"
        return
    fi
    {
        sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources
        sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    } 2>/dev/null | grep -v security | head -1
}

fetch() {
    local a=$root/.apt uri trust
    uri=$(archive_uri)
    [ -n "$uri" ] || { echo "no archive found in the host's apt sources; set MYSQL97_URI" >&2; return 1; }
    trust="signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
    mkdir -p "$a/lists/partial" "$a/cache/archives/partial" "$a/state"
    : >"$a/status"
    echo "deb [$trust] $uri $suite main" >"$a/sources.list"
    local o=(-o Dir::Etc::sourcelist="$a/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=-
        -o Dir::State="$a/state" -o Dir::State::Lists="$a/lists" -o Dir::State::status="$a/status"
        -o Dir::Cache="$a/cache" -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none
        -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Debug::NoLocking=1)
    apt-get "${o[@]}" -qq update &&
        apt-get "${o[@]}" -qq -y -d install "${packages[@]}" # an empty status file: the whole closure, libc included
}

# An executable that runs $2 of the private root through the private loader.
wrapper() {
    local libs loader
    libs=$root/root/usr/lib/$(uname -m)-linux-gnu
    loader=$(find "$root/root/usr/lib64" "$root/root/usr/lib" -maxdepth 1 -name 'ld-linux-*' 2>/dev/null | head -1)
    cat >"$root/bin/$1" <<W
#!/bin/sh
export OPENSSL_MODULES=$libs/ossl-modules OPENSSL_CONF=$root/root/etc/ssl/openssl.cnf
exec $loader --library-path $libs:$libs/private --argv0 $2 $2 "\$@"
W
    chmod 755 "$root/bin/$1"
}

prepare() {
    [ -f "$root/.ready" ] && return 0
    echo "mysql97: fetching MySQL 9.7 into $root (once; about 500 MB)" >&2
    mkdir -p "$root/root/usr/lib" "$root/root/usr/lib64" "$root/root/usr/bin" "$root/root/usr/sbin" "$root/bin"
    fetch >"$root/fetch.log" 2>&1 || { cat "$root/fetch.log" >&2; return 1; }
    local d b p
    for d in lib lib64 bin sbin; do [ -e "$root/root/$d" ] || ln -s usr/$d "$root/root/$d"; done
    for d in "$root"/.apt/cache/archives/*.deb; do dpkg -x "$d" "$root/root"; done
    for b in mysqld mysql mysqladmin mysqldump; do
        for p in usr/sbin/$b usr/bin/$b; do
            if [ -x "$root/root/$p" ]; then wrapper "$b" "$root/root/$p"; fi
        done
    done
    rm -f "$root"/.apt/cache/archives/*.deb
    "$root/bin/mysqld" --no-defaults --version >>"$root/fetch.log"
    touch "$root/.ready"
}

server_start() {
    local port=$1 f r=$root/root/usr
    shift
    prepare
    for f in "$r"/lib/mysql/plugin/*.so; do ln -sf "$f" "$dir/plugin/"; done
    local base=(--no-defaults --basedir="$r" --lc-messages-dir="$r/share/mysql" --character-sets-dir="$r/share/mysql/charsets"
        --datadir="$dir/data" --tmpdir="$dir/tmp")
    if [ ! -d "$dir/data/mysql" ]; then
        as_user "$root/bin/mysqld" "${base[@]}" --initialize-insecure >"$dir/install.log" 2>&1 ||
            { cat "$dir/install.log" >&2; exit 1; }
    fi
    as_daemon "$root/bin/mysqld" "${base[@]}" --socket="$dir/sock" --pid-file="$dir/pid" --port="$port" \
        --bind-address=127.0.0.1 --mysqlx=OFF --skip-name-resolve --plugin-dir="$dir/plugin" \
        --secure-file-priv="$dir/tmp" "$@" >>"$dir/log" 2>&1 </dev/null &
    wait_until_up $! "$root/bin/mysqladmin" --no-defaults -u root --socket="$dir/sock" ping
}

case ${1:-} in
prepare) prepare ;;
*) main "$@" ;;
esac
