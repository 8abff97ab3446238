#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All tests, from a clean checkout: installs what they need, builds, runs every suite, ends with one line
# "N passed, N failed". Exit status 0 when nothing failed.
#
#   tests/run.sh                 everything
#   tests/run.sh --suite NAME    one suite (may be given more than once); --list names them
#
# ALLIUM_TEST_LOGS keeps the logs there (default: build/test-logs).
set -u
top=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$top" || exit 2
# shellcheck source=tests/support/packages.sh
. tests/support/packages.sh
# shellcheck source=tests/support/ports.sh
. tests/support/ports.sh

# In this order: the cheap ones first.
suites=(lint runner unit udf differential-mariadb canary-mariadb integration chaos-quick drivers sysbench sql-support random traces wordpress django
    mysqltest clang asan differential-mysql canary-mysql)
wanted=()
while [ $# -gt 0 ]; do
    case $1 in
    --suite) wanted+=("${2:?--suite needs a name}"); shift ;;
    --list) printf '%s\n' "${suites[@]}"; exit 0 ;;
    *) sed -n '3,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${suites[@]}")

py=/usr/bin/python3
build=$top/build
logs=${ALLIUM_TEST_LOGS:-$build/test-logs}
passed=0 failed=0 skipped=0
failures=()
mkdir -p "$logs"

# verdict SUITE PASSED FAILED SECONDS
verdict() {
    passed=$((passed + $2)) failed=$((failed + $3))
    printf '%-22s %5d passed %4d failed %5d s\n' "$1" "$2" "$3" "$4"
    [ "$3" -eq 0 ] || failures+=("$1")
}

# The last match of a number in a log: number LOG 'PATTERN WITH \([0-9]*\)'
number() { sed -n "s/$2/\\1/p" "$1" | tail -1; }

skip() {
    printf '%-22s skipped: %s\n' "$1" "$2"
    skipped=$((skipped + 1))
}

show() { sed 's/^/    /' "$1" | tail -"${2:-40}"; }

# One thing that either works or does not: once SUITE COMMAND…
once() {
    local suite=$1 t0=$SECONDS
    shift
    if "$@" >"$logs/$suite.log" 2>&1; then
        verdict "$suite" 1 0 $((SECONDS - t0))
    else
        verdict "$suite" 0 1 $((SECONDS - t0))
        show "$logs/$suite.log"
    fi
}

# A suite whose log says "N passed, N failed" in its last such line: counted SUITE COMMAND…
counted() {
    local suite=$1 t0=$SECONDS status=0 p f
    shift
    "$@" >"$logs/$suite.log" 2>&1 || status=$?
    p=$(number "$logs/$suite.log" '.*\b\([0-9][0-9]*\) passed.*')
    f=$(number "$logs/$suite.log" '.*\b\([0-9][0-9]*\) failed.*')
    p=${p:-0} f=${f:-0}
    [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
    verdict "$suite" "$p" "$f" $((SECONDS - t0))
    [ "$f" -eq 0 ] || show "$logs/$suite.log"
}

# meson_suite SUITE BUILDDIR [meson test arguments]
meson_suite() {
    local suite=$1 dir=$2 t0=$SECONDS ok fail
    shift 2
    meson test -C "$dir" --no-rebuild --print-errorlogs "$@" >"$logs/$suite.log" 2>&1
    ok=$(number "$logs/$suite.log" '^Ok: *\([0-9]*\).*')
    fail=$(($(number "$logs/$suite.log" '^Fail: *\([0-9]*\).*' || echo 1) + $(number "$logs/$suite.log" '^Timeout: *\([0-9]*\).*' || echo 0)))
    [ -n "$ok" ] || fail=1
    verdict "$suite" "${ok:-0}" "$fail" $((SECONDS - t0))
    [ "$fail" -eq 0 ] || show "$logs/$suite.log" 80
}

built=0
build_once() {
    [ $built = 0 ] || return 0
    build_in "$build" || return 1
    built=1
}

# build_in DIR [meson setup arguments]
build_in() {
    local dir=$1 log
    log=$logs/$(basename "$1").log
    shift
    if ! { [ -f "$dir/build.ninja" ] || meson setup "$dir" "$@"; } >"$log" 2>&1 || ! ninja -C "$dir" >>"$log" 2>&1; then
        show "$log"
        return 1
    fi
}

# with_plain FLAVOUR COMMAND…: a plain server of that flavour beside; PLAIN_SPEC names it.
with_plain() {
    local flavour=$1 dir status=0 port
    shift
    dir=$(mktemp -d "${TMPDIR:-/tmp}/allium-plain.XXXXXX")
    chmod 711 "$dir"
    port=$(port_pick 33081)
    if "tests/support/$(server_script "$flavour")" start "$dir" "$port" && plain_account "$dir"; then
        PLAIN_SPEC="$dir/sock:allium:allium" PLAIN_SOCKET=$dir/sock PLAIN_PORT=$port PLAIN_DATADIR=$dir/data "$@" || status=$?
    else
        status=1
    fi
    "tests/support/$(server_script "$flavour")" stop "$dir"
    rm -rf "$dir"
    return $status
}

server_script() { case $1 in mysql) echo mysql97.sh ;; *) echo mariadb.sh ;; esac; }

# The plain server's account may do what a client of the proxy may do: everything but files and other people's sessions.
plain_account() {
    mariadb --no-defaults -u root --socket="$1/sock" <<'SQL'
CREATE USER allium@localhost IDENTIFIED BY 'allium';
CREATE USER allium@'127.0.0.1' IDENTIFIED BY 'allium';
GRANT ALL ON *.* TO allium@localhost;
GRANT ALL ON *.* TO allium@'127.0.0.1';
REVOKE FILE, SUPER, PROCESS, SHUTDOWN ON *.* FROM allium@localhost;
REVOKE FILE, SUPER, PROCESS, SHUTDOWN ON *.* FROM allium@'127.0.0.1';
SQL
}

# shellcheck disable=SC2016 # the variables are quickstart's
proxy_spec='$ALLIUM_HOST:$ALLIUM_PORT:$ALLIUM_USER:$ALLIUM_PASSWORD'

differential_on() { # FLAVOUR BUILD PROTOCOL
    ./quickstart.sh --backend "$1" --build "$2" --no-build --exec "$py tests/differential/run.py --flavour $1 --protocol $3 \
        --plain $PLAIN_SPEC --proxy $proxy_spec --show 30 --summary tests/differential/corpus"
}

differential() { # SUITE FLAVOUR BUILD
    counted "$1-text" with_plain "$2" differential_on "$2" "$3" text
    counted "$1-binary" with_plain "$2" differential_on "$2" "$3" binary
}

canary_on() { # FLAVOUR
    local args='--log-bin=binlog --general-log=1 --slow-query-log=1'
    ./quickstart.sh --backend "$1" --no-build --backend-args "$args" --exec "$py tests/canary/canary.py --target $proxy_spec \
        --backend-socket \$BACKEND_SOCKET --datadir \$BACKEND_DATADIR --also \$BACKEND_DATADIR/../tmp --memory"
}

canary_check() { # a plain server, where every value must be found
    $py tests/canary/canary.py --target "$PLAIN_SOCKET:root:" --backend-socket "$PLAIN_SOCKET" --datadir "$PLAIN_DATADIR" --expect all
}

have_mysql() {
    tests/support/mysql97.sh prepare >"$logs/mysql-fetch.log" 2>&1
}

suite_lint() { build_once; counted lint $py tests/lint/lint.py --build "$build"; }
suite_runner() { counted runner $py -m pytest -q tests/differential; }
suite_unit() { build_once && meson_suite unit "$build" --no-suite slow; }
suite_udf() { once udf ./quickstart.sh --no-build --exec "$py tests/udf/smoke.py"; }
suite_clang() { CC=clang once clang build_in "$top/build-clang"; }
suite_differential-mariadb() { differential differential-mariadb mariadb "$build"; }
suite_differential-mysql() {
    if have_mysql; then differential differential-mysql mysql "$build"; else skip differential-mysql "MySQL 9.7 cannot be fetched here ($logs/mysql-fetch.log)"; fi
}
suite_canary-mariadb() {
    once canary-self-check with_plain mariadb canary_check
    once canary-mariadb canary_on mariadb
}
suite_canary-mysql() {
    if have_mysql; then once canary-mysql canary_on mysql; else skip canary-mysql "MySQL 9.7 cannot be fetched here"; fi
}
suite_integration() { counted integration ./quickstart.sh --no-build --exec "$py -m pytest -q tests/integration"; }
suite_chaos-quick() { counted chaos-quick ./quickstart.sh --no-build --exec "$py tests/chaos/chaos.py --quick"; }
suite_chaos() { counted chaos ./quickstart.sh --no-build --exec "$py tests/chaos/chaos.py"; }
suite_drivers() { counted drivers ./quickstart.sh --no-build --exec "tests/drivers/run.sh"; }
suite_sysbench() { once sysbench ./quickstart.sh --no-build --exec "tests/bench/sysbench.sh 4 10"; }
support_on() { # FLAVOUR
    ./quickstart.sh --backend "$1" --no-build --exec "$py tests/differential/support.py --flavour $1 --plain $PLAIN_SPEC --proxy $proxy_spec"
}
suite_sql-support() {
    counted sql-support-mariadb with_plain mariadb support_on mariadb
    if have_mysql; then counted sql-support-mysql with_plain mysql support_on mysql; else skip sql-support-mysql "MySQL 9.7 cannot be fetched here"; fi
}
random_on() { # FLAVOUR SEED SELECTS DMLS
    ./quickstart.sh --backend "$1" --no-build --exec "$py tests/differential/random_queries.py --flavour $1 --plain $PLAIN_SPEC \
        --proxy $proxy_spec --seed $2 --selects $3 --dmls $4"
}
random() { # SUITE FLAVOUR SELECTS DMLS
    if [ "$2" = mariadb ] || have_mysql; then
        counted "$1" with_plain "$2" random_on "$2" "${RANDOM_SEED:-1}" "${RANDOM_SELECTS:-$3}" "${RANDOM_DMLS:-$4}"
    else
        skip "$1" "MySQL 9.7 cannot be fetched here"
    fi
}
suite_random() {
    random random-mariadb mariadb 10000 2000
    random random-mysql mysql 2000 400
}
suite_traces() { counted traces with_plain mariadb tests/traces/run.sh; }
wordpress_on() {
    ./quickstart.sh --no-build --exec "$py tests/apps/wordpress.py --plain 127.0.0.1:$PLAIN_PORT:allium:allium --proxy $proxy_spec"
}
suite_wordpress() { counted wordpress with_plain mariadb wordpress_on; }
suite_mysqltest() { counted mysqltest $py tests/mysqltest/run.py --build "$build" --logs "$logs/mysqltest"; }
django_on() {
    ./quickstart.sh --no-build --exec "$py tests/apps/django_tests.py --plain 127.0.0.1:$PLAIN_PORT:allium:allium --proxy $proxy_spec \
        ${DJANGO_MORE:+--more}"
}
suite_django() { counted django with_plain mariadb django_on; }
suite_asan() {
    if ! build_in "$top/build-asan" -Db_sanitize=address,undefined -Db_lundef=false -Db_pie=true --buildtype=debugoptimized; then
        verdict asan 0 1 0
        return
    fi
    export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:log_path=$logs/asan UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:log_path=$logs/ubsan
    export LSAN_OPTIONS=suppressions=$top/tests/support/lsan.supp
    export ALLIUM_UDF_BUILD=$build
    rm -f "$logs"/asan.* "$logs"/ubsan.*
    meson_suite asan-unit "$top/build-asan" --no-suite slow --no-suite ct
    differential asan-differential mariadb "$top/build-asan"
    if ls "$logs"/asan.* "$logs"/ubsan.* >/dev/null 2>&1; then
        verdict asan-reports 0 1 0
        cat "$logs"/asan.* "$logs"/ubsan.* 2>/dev/null | head -60
    else
        verdict asan-reports 1 0 0
    fi
    unset ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS ALLIUM_UDF_BUILD
}

packages_need build test >"$logs/packages.log" 2>&1 || { show "$logs/packages.log"; echo "0 passed, 1 failed"; exit 1; }
if ! build_once; then
    echo "0 passed, 1 failed"
    exit 1
fi
for suite in "${wanted[@]}"; do
    if ! declare -F "suite_$suite" >/dev/null; then
        echo "no suite $suite; there are: ${suites[*]}" >&2
        exit 2
    fi
    "suite_$suite"
done
ports_forget
[ "$skipped" = 0 ] || echo "$skipped suites skipped (see above)"
[ ${#failures[@]} -eq 0 ] || echo "failed: ${failures[*]}; logs in $logs"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
