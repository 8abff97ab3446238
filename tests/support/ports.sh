# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# port_pick PREFERRED: prints that port when nobody listens on it on loopback, else a free one. Ports picked earlier by the
# same script are not given twice.

ports_given=$(mktemp -u "${TMPDIR:-/tmp}/allium-ports.XXXXXX")

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

port_pick() {
    local port=$1
    while ! port_is_free "$port" || grep -qsx "$port" "$ports_given"; do
        port=$((20000 + RANDOM % 10000))
    done
    echo "$port" | tee -a "$ports_given"
}

ports_forget() { rm -f "$ports_given"; }
