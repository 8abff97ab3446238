# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# port_pick PREFERRED: prints that port when nobody listens on it on loopback, else a free one. A port is claimed by a file
# that holds the script's pid until the script is gone or says ports_forget, so scripts that start together do not meet.

ports_claims=${TMPDIR:-/tmp}/allium-ports

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

port_claim() {
    local file=$ports_claims/$1 owner
    [ -d "$ports_claims" ] || mkdir -m 1777 "$ports_claims" 2>/dev/null
    owner=$(cat "$file" 2>/dev/null) || owner=
    [ -z "$owner" ] || [ -d "/proc/$owner" ] || rm -f "$file"
    (set -C && echo $$ >"$file") 2>/dev/null
}

port_pick() {
    local port=$1
    while ! port_is_free "$port" || ! port_claim "$port"; do
        port=$((20000 + RANDOM % 10000))
    done
    echo "$port"
}

ports_forget() {
    local file
    for file in "$ports_claims"/*; do
        [ "$(cat "$file" 2>/dev/null)" != $$ ] || rm -f "$file"
    done
}
