#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Replays the captured application traffic on a plain server (PLAIN_SPEC, from tests/run.sh) and through the proxy.
# TRACE_SECONDS bounds each trace (default 100); TRACE_NEED is the share of equal answers asked for (default 0.999).
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2
passed=0 failed=0
for trace in tests/traces/*.jsonl.gz; do
    # shellcheck disable=SC2016 # quickstart's variables
    if ./quickstart.sh --no-build --exec "/usr/bin/python3 tests/support/tracediff.py $trace --a $PLAIN_SPEC \
        --b "'$ALLIUM_HOST:$ALLIUM_PORT:$ALLIUM_USER:$ALLIUM_PASSWORD'" --seconds ${TRACE_SECONDS:-100} --need ${TRACE_NEED:-0.999}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
