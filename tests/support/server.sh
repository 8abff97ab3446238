# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What mariadb.sh and mysql97.sh share. They define server_start PORT [arguments] and call main "$@"; $dir is set there.

as_user() {
    if [ "$(id -u)" = 0 ] && [ "$dbuser" != root ]; then
        setpriv --reuid="$dbuser" --regid="$(id -g "$dbuser")" --init-groups -- "$@"
    elif [ "$(id -u)" = 0 ]; then
        "$@" --user=root
    else
        "$@"
    fi
}

# In a session of its own, so that Ctrl-C in a terminal reaches the caller alone, which then stops the server in order.
as_daemon() {
    if [ "$(id -u)" = 0 ] && [ "$dbuser" != root ]; then
        exec setsid setpriv --reuid="$dbuser" --regid="$(id -g "$dbuser")" --init-groups -- "$@"
    elif [ "$(id -u)" = 0 ]; then
        exec setsid "$@" --user=root
    else
        exec setsid "$@"
    fi
}

# The user that owns DIR: root runs no database server as root unless the directory forces it.
pick_user() {
    dbuser=${DBUSER:-$(id -u mysql >/dev/null 2>&1 && echo mysql || echo nobody)}
    [ "$(id -u)" = 0 ] || return 0
    chown -R "$dbuser" "$dir"
    runuser -u "$dbuser" -- test -w "$dir" || { dbuser=root; chown -R root "$dir"; }
}

# wait_until_up PID COMMAND: until COMMAND succeeds, at most 120 s, giving up when the process ends.
wait_until_up() {
    local child=$1 i=0
    shift
    until "$@" >/dev/null 2>&1; do
        i=$((i + 1))
        if [ $i -gt 2400 ] || ! kill -0 "$child" 2>/dev/null; then
            echo "the server did not start; the end of $dir/log:" >&2
            tail -20 "$dir/log" >&2
            exit 1
        fi
        sleep 0.05
    done
}

# SIGTERM is a clean shutdown on both servers; SIGKILL after 60 s.
server_stop() {
    local pid i=0
    pid=$(cat "$dir/pid" 2>/dev/null) || return 0
    kill "$pid" 2>/dev/null || return 0
    while kill -0 "$pid" 2>/dev/null; do
        i=$((i + 1))
        [ $i -gt 1200 ] && kill -9 "$pid"
        sleep 0.05
    done
    rm -f "$dir/pid"
}

main() {
    local cmd=${1:-}
    case $cmd in
    start)
        dir=$2
        local port=$3
        shift 3
        mkdir -p "$dir/plugin" "$dir/tmp"
        dir=$(readlink -f "$dir")
        pick_user
        server_start "$port" "$@"
        ;;
    stop)
        dir=$2
        server_stop
        ;;
    *)
        sed -n '3,9s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
}
