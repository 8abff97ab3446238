#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""MariaDB's own mysqltest files (package mariadb-test) through the proxy.

    run.py [options] [TEST…]        default: the tests of tests.txt

Each test runs unchanged: the mysqltest program replays main/TEST.test and compares with main/TEST.result. One line per
test says pass, skip (the test itself asks for something that is not there), or fail with the first line that differs; the
last line is "N passed, N failed". A test counts as failed for the exit status only when expected.txt does not list it as
failing: a failure that is listed is printed with its class (see README.md).

A stack (private server, proxy) serves many tests; between two tests every database is dropped. A test with server options
of its own, and the one after a test that left settings changed, gets a new stack. The server's options are those that mysql-test-run.pl starts it with,
as far as results depend on them.

    --jobs N          stacks at once (default 2)
    --plain           against the server itself: proves that runner and tests agree
    --build DIR       the build to test (default: build)
    --limit S         seconds that one test may take (default 100)
    --logs DIR        keep what mysqltest printed and recorded (default: build/mysqltest)
    --all             the exit status counts every failure; expected.txt is not read
    --keep-going      let a test go on after an unexpected error, to see all of them in DIR/TEST.log
"""
import argparse
import os
import pathlib
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import pymysql

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
SUITE = pathlib.Path("/usr/share/mysql/mysql-test")
MAIN = SUITE / "main"
SKIPPED = 62  # exit status of mysqltest for --skip
TIMED_OUT = "not done after"

# What mysql-test-run.pl starts a server with (include/default_mysqld.cnf) and results can show.
SERVER = ["--character-set-server=latin1", "--collation-server=latin1_swedish_ci", "--default-storage-engine=myisam",
          "--local-infile", "--key_buffer_size=1M", "--sort_buffer_size=256K", "--max_heap_table_size=1M",
          "--log-bin-trust-function-creators=1", "--use_stat_tables=preferably", "--histogram_type=json_hb",
          "--loose-innodb_buffer_pool_size=8M", "--loose-innodb_log_file_size=10M", "--innodb_flush_log_at_trx_commit=0"]
SYSTEM = {"information_schema", "mysql", "performance_schema", "sys", "allium"}


def needs_debug(path):
    """mysql-test-run.pl leaves such tests out on a server without debugging."""
    return "include/have_debug.inc" in path.read_text("latin-1")


def read_options(path, seen=None):
    """The server options that a test, or what it includes, brings along: FILE.opt, FILE-master.opt."""
    seen = set() if seen is None else seen
    words = []
    if path in seen or not path.exists():
        return words
    seen.add(path)
    for include in re.findall(r"^[ \t]*(?:--[ \t]*)?source[ \t]+([\w./-]+)", path.read_text("latin-1"), re.M):
        for root in (path.parent, SUITE):
            if (root / include).exists():
                words += read_options(root / include, seen)
                break
    for name in (f"{path.stem}.opt", f"{path.stem}-master.opt"):
        if (path.parent / name).exists():
            words += shlex.split((path.parent / name).read_text(), comments=True)
    # InnoDB and its information_schema tables are there anyway.
    return [w for w in dict.fromkeys(words) if not w.startswith("--innodb") or "=" in w]


class Stack:
    """A private server with the proxy in front, kept by quickstart.sh until close()."""

    def __init__(self, scratch, options, args):
        plain = args.plain
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        self.options, self.at_start = options, None
        ready = self.dir / "env"
        self.log = open(self.dir / "stack.log", "wb")
        keep = f"env -0 >{ready}.new && mv {ready}.new {ready} && cat >/dev/null"
        self.proc = subprocess.Popen(
            [str(TOP / "quickstart.sh"), "--no-build", "--build", str(args.build), "--backend-args", " ".join(SERVER + options),
             "--proxy-args", "--admin.users=root --proxy.max_connections=200", "--exec", keep],
            stdin=subprocess.PIPE, stdout=self.log, stderr=self.log, env=dict(os.environ, TZ="GMT-3"),
            start_new_session=True)
        while not ready.exists():
            if self.proc.poll() is not None:
                raise RuntimeError("the stack did not start:\n" + (self.dir / "stack.log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)
        self.env = dict(word.split("=", 1) for word in ready.read_text(errors="replace").split("\0") if "=" in word)
        if plain:
            self.port = int(self.env["BACKEND_PORT"])
            self.sql(["CREATE USER IF NOT EXISTS root@'127.0.0.1'", "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION"],
                     unix_socket=self.env["BACKEND_SOCKET"])
        else:
            self.port = int(self.env["ALLIUM_PORT"])
            self.add_root()

    def add_root(self):
        users = pathlib.Path(self.env["ALLIUM_CONFIG"]).parent / "users"
        empty = self.dir / "empty"
        empty.write_text("\n")
        subprocess.run([self.env["ALLIUM_BIN"] + "/alliumctl", "user", "add", "root", "--file", str(users), "--password-file",
                        str(empty)], check=True, capture_output=True)
        os.kill(int(self.env["ALLIUM_PID"]), signal.SIGHUP)
        for _ in range(100):
            try:
                return self.sql(["SELECT 1"])
            except pymysql.MySQLError:
                time.sleep(0.05)
        raise RuntimeError("root cannot log in to the proxy")

    def sql(self, statements, **target):
        target = target or {"host": "127.0.0.1", "port": self.port}
        with pymysql.connect(user="root", password="", autocommit=True, read_timeout=20, **target) as conn:
            with conn.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall()

    def reset(self):
        names = [row[0] for row in self.sql(["SHOW DATABASES"])]
        drops = [f"DROP DATABASE `{n}`" for n in names if n not in SYSTEM]
        self.sql(["SET foreign_key_checks = 0", *drops, "CREATE DATABASE test"])

    def globals(self):
        """What SET GLOBAL can change, less what changes by itself."""
        rows = self.sql(["SELECT variable_name, global_value FROM information_schema.system_variables "
                         "WHERE global_value IS NOT NULL AND read_only = 'NO'"])
        return {name: value for name, value in rows if not name.lower().startswith("gtid")}

    def usable(self, options):
        """Cleans up for another test; false when that takes a new stack."""
        if self.options != options:
            return False
        try:
            self.reset()
            return self.globals() == self.at_start
        except pymysql.MySQLError:
            return False

    def close(self):
        if self.proc.poll() is None:
            self.proc.stdin.close()
            try:
                self.proc.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.proc.pid, signal.SIGKILL)
        self.log.close()


class Result:
    def __init__(self, test, verdict, detail, seconds):
        self.test, self.verdict, self.detail, self.seconds = test, verdict, detail, seconds


def environment(stack, var):
    """What tests expect to find in the environment."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ALLIUM", "BACKEND", "MYSQL"))}
    client = f"--no-defaults --host=127.0.0.1 --port={stack.port} --protocol=tcp --user=root"
    env.update(LC_ALL="C", UMASK="0660", UMASK_DIR="0770", TZ="GMT-3", MYSQL_TEST_DIR=str(SUITE), MYSQL_TMP_DIR=str(var / "tmp"),
               MYSQLTEST_VARDIR=str(var), MYSQLTEST_REAL_VARDIR=str(var), MASTER_MYPORT=str(stack.port),
               DEFAULT_MASTER_PORT=str(stack.port), MASTER_MYSOCK=str(var / "no-socket"), MYSQL_SHAREDIR="/usr/share/mysql",
               MYSQL_CHARSETSDIR="/usr/share/mysql/charsets", MYSQL_BINDIR="/usr", BIG_TEST="", USE_RUNNING_SERVER="0",
               MTR_COMBINATION_NM="1", MTR_COMBINATIONS="nm", MTR_SUITE_DIR=str(MAIN), MYSQL=f"mariadb {client}",
               MYSQL_DUMP=f"mariadb-dump {client}", MYSQLADMIN=f"mariadb-admin {client}", MYSQL_CHECK=f"mariadb-check {client}",
               MYSQL_SHOW=f"mariadb-show {client}", MYSQL_IMPORT=f"mariadb-import {client}",
               MYSQLD_DATADIR=stack.env["BACKEND_DATADIR"])
    return env


def first_difference(expected, got):
    """The first line that differs, as mysqltest would show it in its diff."""
    want, have = expected.read_text("latin-1").split("\n"), got.read_text("latin-1").split("\n")
    for number, line in enumerate(want, 1):
        mine = have[number - 1] if number <= len(have) else "(end)"
        if line != mine:
            return f"line {number}: expected '{line}', got '{mine}'"
    return "more lines than expected"


def run_test(stack, test, args):
    var = stack.dir / "var"
    for sub in ("log", "tmp", "std_data_ln"):
        (var / sub).mkdir(parents=True, exist_ok=True)
    if (MAIN / f"{test}.result").exists():  # a copy: what differs is written beside it
        shutil.copy(MAIN / f"{test}.result", var / "log")
    command = ["mysqltest", "--no-defaults", "--silent", f"--tmpdir={var}/tmp", "--character-sets-dir=/usr/share/mysql/charsets",
               f"--logdir={var}/log", "--host=127.0.0.1", f"--port={stack.port}", "--protocol=tcp", "--user=root", "--password=",
               "--skip-ssl", "--database=test", f"--timer-file={var}/log/timer", f"--suite-dir={MAIN}",
               f"--test-file={MAIN}/{test}.test", f"--result-file={var}/log/{test}.result", "--tail-lines=40"]
    if args.keep_going:
        command.append("--continue-on-error")
    started = time.monotonic()
    log = args.logs / f"{test}.log"
    with open(log, "wb") as out:
        proc = subprocess.Popen(command, cwd=SUITE, env=environment(stack, var), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                start_new_session=True)
        try:
            status = proc.wait(args.limit)
        except subprocess.TimeoutExpired:
            os.killpg(proc.pid, signal.SIGKILL)
            proc.wait()
            status = None
    seconds = time.monotonic() - started
    output = log.read_text("latin-1")
    for record in (var / "log").glob(f"{test}.*"):
        shutil.move(record, args.logs / record.name)
    if status == 0:
        return Result(test, "pass", "", seconds)
    if status == SKIPPED:
        return Result(test, "skip", re.sub(r"\s+", " ", output[-200:]), seconds)
    if status is None:
        return Result(test, "fail", f"{TIMED_OUT} {args.limit} s", seconds)
    return Result(test, "fail", explain(test, output, args.logs), seconds)


def explain(test, output, logs):
    died = re.search(r"^mysqltest: (?!Result)(.*)", output, re.M)
    if died:
        return re.sub(r"\s+", " ", output[died.start(1):])[:400]
    reject = logs / f"{test}.reject"
    if reject.exists():
        return first_difference(MAIN / f"{test}.result", reject)
    return re.sub(r"\s+", " ", output[-300:])


def worker(todo, done, scratch, args):
    stack = None
    while True:
        try:
            test = todo.get_nowait()
        except queue.Empty:
            break
        if needs_debug(MAIN / f"{test}.test"):
            done.put(Result(test, "skip", "needs a server built for debugging", 0))
            continue
        options = read_options(MAIN / f"{test}.test")
        try:
            if stack is not None and not stack.usable(options):
                stack.close()
                stack = None
            if stack is None:
                with args.starting:  # one after the other, so that no two pick the same port
                    stack = Stack(scratch, options, args)
                stack.reset()
                stack.at_start = stack.globals()
            result = run_test(stack, test, args)
        except Exception as problem:  # pylint: disable=broad-except
            result = Result(test, "fail", f"runner: {problem!r}"[:1500], 0)
        done.put(result)
        if result.verdict == "fail" and stack is not None:
            (args.logs / f"{test}.stack.log").write_bytes(proxy_log(stack))
        if result.detail.startswith(TIMED_OUT) and stack is not None:
            stack.close()
            stack = None
    if stack is not None:
        stack.close()
    done.put(None)


def proxy_log(stack):
    try:
        return pathlib.Path(stack.env["ALLIUM_LOG"]).read_bytes()[-20000:]
    except OSError:
        return b""


def read_expected():
    """expected.txt: test, class, reason."""
    listed = {}
    for line in (HERE / "expected.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            test, kind, reason = line.split(None, 2)
            listed[test] = (kind, reason)
    return listed


def report(result, listed):
    """Prints the line of one test; true when it counts as failed."""
    kind, reason = listed.get(result.test, ("", ""))
    known = result.verdict == "fail" and kind
    line = f"{result.verdict:4} {result.test:32} {result.seconds:6.1f} s"
    if known:
        line += f"  ({kind}: {reason})"
    elif result.verdict == "pass" and kind:
        line += "  listed as failing: take it off expected.txt"
    if result.detail:
        line += "  " + result.detail
    print(line, flush=True)
    return result.verdict == "fail" and not known


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--logs", type=pathlib.Path, default=TOP / "build" / "mysqltest")
    args = parser.parse_args()
    args.starting = threading.Lock()
    args.logs.mkdir(parents=True, exist_ok=True)
    listed = {} if args.all or args.plain else read_expected()
    tests = args.tests or (HERE / "tests.txt").read_text().split()
    todo, done = queue.Queue(), queue.Queue()
    for test in tests:
        todo.put(test)
    counts, unexpected = {"pass": 0, "skip": 0, "fail": 0}, []
    with tempfile.TemporaryDirectory(prefix="allium-mysqltest.") as scratch:
        os.chmod(scratch, 0o711)
        for _ in range(args.jobs):
            threading.Thread(target=worker, args=(todo, done, scratch, args)).start()
        running = args.jobs
        while running:
            result = done.get()
            if result is None:
                running -= 1
                continue
            counts[result.verdict] += 1
            if report(result, listed):
                unexpected.append(result.test)
    print(f"{len(tests)} tests: {counts['pass']} pass, {counts['skip']} skip themselves, {counts['fail']} fail")
    if unexpected:
        print("not expected to fail:", " ".join(sorted(unexpected)))
    print(f"{len(tests) - len(unexpected)} passed, {len(unexpected)} failed" if not args.all and not args.plain
          else f"{counts['pass'] + counts['skip']} passed, {counts['fail']} failed")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
