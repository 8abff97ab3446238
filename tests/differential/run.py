#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs .sql files on a plain server and through the proxy, statement by statement, and compares
everything a client can see: rows, column metadata, affected rows, insert ids, info, transaction
state, warnings, error number, SQLSTATE and message.

usage: run.py --plain SPEC --proxy SPEC [--flavour mariadb|mysql] [--protocol text|binary] FILE|DIR…
SPEC is host:port:user:password or /socket:user:password. Exit status 0: no difference.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import time

import pymysql

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import script  # noqa: E402
import wire  # noqa: E402

REFUSED = 1235
# NOT_NULL, key, default and AUTO_INCREMENT flags and GROUP, and BINARY of numbers: behind a temporary table MySQL reports them or not as the plan of the
# moment falls; two plain servers with the same data differ.
PLAN_FLAGS, PLAN_FLAGS_OF_NUMBERS = 0xd20f, 0xd28f
# MySQL describes a prepared statement's columns anew at each execution, without the names behind a derived table or SHOW; and
# warns at the preparation only. The proxy repeats the preparation's names and the execution's warnings.
PREPARED_ON_MYSQL = {"schema", "table", "org_table", "org_name", "decimals", "warnings"}
NUMBERS = {0, 1, 2, 3, 4, 5, 8, 9, 13, 246}
TEMPORARY = re.compile(r"\b(IN\s*\((?:SELECT|VALUES)|EXISTS|GROUP\s+BY|DISTINCT|UNION|INTERSECT|EXCEPT|OVER|WITH|(?:STRAIGHT_)?JOIN\b.*ORDER\s+BY|ORDER\s+BY\s+\w+\(|FROM\s+\w+[^(]*,.*ORDER\s+BY)", re.I | re.S)
# A server that sees beforehand that no row can match (WHERE a < NULL) leaves the info away.
NOTHING_MATCHED = "Rows matched: 0  Changed: 0  Warnings: 0"
STATUS_BITS = wire.IN_TRANS | wire.AUTOCOMMIT | wire.MORE_RESULTS
METADATA = ("table", "org_table", "name", "org_name", "charset", "length", "type", "flags",
            "decimals", "schema")


def shorten(value, limit=160):
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "…"


def has_top_level_order(sql):
    """ORDER BY outside parentheses, comments and quotes."""
    plain = re.sub(r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`|/\*.*?\*/""", " ", sql, flags=re.S)
    while True:
        inner = re.sub(r"\([^()]*\)", " ", plain)
        if inner == plain:
            break
        plain = inner
    return bool(re.search(r"\bORDER\s+BY\b", plain, re.I) or
                re.match(r"\s*(SHOW|DESC|DESCRIBE|EXPLAIN)\b", plain, re.I))


class Broken:
    """The wire broke, or no answer came in time."""

    def __init__(self, reason):
        self.reason = reason

    def __eq__(self, other):
        return isinstance(other, Broken)


class Endpoint:
    """One side: its connections by number, opened when first used."""

    def __init__(self, spec, timeout):
        self.spec, self.timeout, self.clients, self.database = spec, timeout, {}, None
        self.pending = {}

    def client(self, number):
        if number not in self.clients:
            self.clients[number] = wire.Client(self.spec, self.database, self.timeout)
        return self.clients[number]

    def close(self):
        for c in self.clients.values():
            c.close()
        self.clients = {}

    def start(self, database):
        """A fresh database for one file."""
        self.close()
        self.database = None
        c = self.client(0)
        c.one(f"DROP DATABASE IF EXISTS {database}")
        c.one(f"CREATE DATABASE {database}")
        self.database = database

    def finish(self, keep):
        if not keep and self.database:
            try:
                wire.Client(self.spec, None, self.timeout).one(f"DROP DATABASE {self.database}")
            except (pymysql.err.Error, OSError, wire.ServerError):
                pass
        self.close()

    def guarded(self, number, work):
        try:
            return work(self.client(number))
        except (pymysql.err.Error, OSError, ValueError, IndexError) as e:
            old = self.clients.pop(number, None)
            if old:
                old.conn._force_close()
            return [Broken(f"{type(e).__name__}: {e}")]

    def run(self, step, binary):
        """List of results; for prepared statements the prepare answer comes first."""
        def work(client):
            if step.infile is not None:
                client.infile = step.infile
            if step.action == "reap":
                return client.reap()
            if step.send:
                client.send(step.sql)
                return []
            if step.init_db:
                return [client.init_db(step.sql)]
            if (binary or step.binds is not None) and not step.text_only:
                return self.prepared(client, step)
            return client.query(step.sql)
        return self.guarded(step.connection, work)

    @staticmethod
    def prepared(client, step):
        stmt = client.prepare(step.sql)
        if isinstance(stmt, wire.Error):
            return client.query(step.sql) if stmt.errno == 1295 else [stmt]
        out = [wire.Rows(stmt.columns, [], 0, stmt.warnings)] if stmt.columns else []
        for bind in step.binds or [""]:
            params = [wire.param(*p.strip().split(" ", 1)) if " " in p.strip() else
                      wire.param(p.strip(), "") for p in bind.split("|")] if bind.strip() else []
            out += client.execute(stmt, params)
        client.close_stmt(stmt)
        return out

    def warnings(self, step):
        return self.guarded(step.connection, lambda c: c.query("SHOW WARNINGS"))


def compare_columns(a, b, ignore, sql):
    if [c.name for c in a] != [c.name for c in b]:
        return f"column names: {[c.name for c in a]} / {[c.name for c in b]}"
    if "metadata" in ignore:
        return None
    for x, y in zip(a, b):
        for field in METADATA:
            if field in ignore:
                continue
            p, q = getattr(x, field), getattr(y, field)
            if field == "org_table" and re.match(r"\s*(SHOW|DESC|EXPLAIN)", sql, re.I):
                continue  # the server's own view over its dictionary
            if field == "org_name" and TEMPORARY.search(sql) and {p, q} == {b"", x.name}:
                continue  # the same, for expressions
            if field == "flags" and TEMPORARY.search(sql):
                mask = PLAN_FLAGS_OF_NUMBERS if x.type in NUMBERS else PLAN_FLAGS
                p, q = p & ~mask, q & ~mask
            if p != q:
                if field == "type":
                    p, q = wire.TYPE_NAMES.get(p, p), wire.TYPE_NAMES.get(q, q)
                if field == "flags":
                    p, q = hex(p), hex(q)
                return f"column {x.name.decode('utf-8', 'replace')} {field}: {p} / {q}"
    return None


def cell_difference(x, y):
    if len(x) != len(y):
        return f"row width: {len(x)} / {len(y)}"
    return "; ".join(f"cell {i + 1}: {shorten(p)} / {shorten(q)}" for i, (p, q) in enumerate(zip(x, y)) if p != q)


def compare_rows(a, b, ordered):
    if a == b:
        return None
    if not ordered:
        left, right = collections.Counter(a), collections.Counter(b)
        if left == right:
            return None
        missing, extra = list((left - right).elements()), list((right - left).elements())
        if len(missing) == len(extra) == 1:
            return cell_difference(missing[0], extra[0])
        return (f"rows: {len(a)} / {len(b)}; only plain {shorten(missing[:3])}; "
                f"only proxy {shorten(extra[:3])}")
    if len(a) != len(b):
        return f"row count: {len(a)} / {len(b)}"
    i = next(i for i, (x, y) in enumerate(zip(a, b)) if x != y)
    word = "order" if collections.Counter(a) == collections.Counter(b) else "rows"
    if word == "rows":
        return f"rows from row {i + 1}: {cell_difference(a[i], b[i])}"
    return f"order from row {i + 1}: {shorten(a[i])} / {shorten(b[i])}"


def compare_one(a, b, step):
    """None when equal, else what differs (plain / proxy)."""
    if isinstance(a, Broken) or isinstance(b, Broken):
        if isinstance(a, Broken) and isinstance(b, Broken):
            return None
        side, x = ("plain", a) if isinstance(a, Broken) else ("proxy", b)
        return f"connection of {side} broke: {x.reason}"
    if type(a) is not type(b):
        return f"kind: {shorten(a)} / {shorten(b)}"
    if isinstance(a, wire.Error):
        if a.errno != b.errno or a.sqlstate != b.sqlstate:
            return f"error: {tuple(a)} / {tuple(b)}"
        if a.message != b.message and "message" not in step.ignore:
            return f"error message: {a.message!r} / {b.message!r}"
        return None
    if "status" not in step.ignore and (a.status ^ b.status) & STATUS_BITS:
        return f"status flags: {a.status & STATUS_BITS} / {b.status & STATUS_BITS}"
    if isinstance(a, wire.Ok):
        for field in ("affected", "insert_id", "info"):
            p, q = getattr(a, field), getattr(b, field)
            if p != q and field not in step.ignore and not (field == "info" and {p, q} == {"", NOTHING_MATCHED}):
                return f"{field}: {p!r} / {q!r}"
        return None
    ordered = not step.unordered and has_top_level_order(step.sql or "")
    rows = None if "rows" in step.ignore else compare_rows(a.rows, b.rows, ordered)
    return rows or compare_columns(a.columns, b.columns, step.ignore, step.sql or "")


def compare(a, b, step):
    if len(a) != len(b):
        return f"number of results: {len(a)} / {len(b)}: {shorten(a)} / {shorten(b)}"
    for x, y in zip(a, b):
        why = compare_one(x, y, step)
        if why:
            return why
    return None


def has_warnings(results):
    return any(getattr(r, "warnings", 0) or isinstance(r, wire.Error) for r in results)


class Runner:
    """Feeds both sides and keeps the tally."""

    def __init__(self, options):
        self.o = options
        self.plain = Endpoint(options.plain, options.timeout)
        self.proxy = Endpoint(options.proxy, options.timeout)
        self.tally, self.found = collections.Counter(), []

    def act(self, step):
        """Directives that are no statement."""
        if step.action == "restart" and self.o.restart_proxy:
            subprocess.run(self.o.restart_proxy, shell=True, check=True, stdout=sys.stderr)
        self.plain.close()
        self.proxy.close()

    def is_refused(self, b):
        return any(isinstance(r, wire.Error) and r.errno == REFUSED for r in b)

    def compare_warnings(self, step):
        """The lists that SHOW WARNINGS gives. How often a comparison in a SELECT warns of a value it converts (1292) depends on
        the rows that the plan of the moment visits: left out."""
        both = self.plain.warnings(step), self.proxy.warnings(step)
        if not all(isinstance(w[0], wire.Rows) for w in both):
            return compare(*both, step)
        fields = 2 if "message" in step.ignore else 3
        is_select = (step.sql or "").lstrip("( \n").upper().startswith(("SELECT", "WITH"))
        a, b = ([r[:fields] for r in w[0].rows if not (is_select and r[1] == b"1292")] for w in both)
        return None if a == b else f"warnings: {shorten(a)} / {shorten(b)}"

    def judge(self, step, binary):
        """(kind, why) of one statement."""
        if step.infile is not None:
            self.plain.guarded(0, lambda c: c.query("SET GLOBAL local_infile=1"))  # MySQL's default is off
        a = self.plain.run(step, binary)
        b = self.proxy.run(step, binary)
        if step.refused:
            if self.is_refused(b):
                return "equal", None
            return "different", f"should have been refused with {REFUSED}: {shorten(b)}"
        why = compare(a, b, step)
        if not why and "warnings" not in step.ignore and (has_warnings(a) or has_warnings(b)):
            why = self.compare_warnings(step)
        if not why:
            return "equal", None
        return ("refused" if self.is_refused(b) and not self.is_refused(a) else "different"), why

    def run_file(self, path):
        steps = script.parse(path, self.o.flavour)
        if (self.o.flavour, self.o.protocol) == ("mysql", "binary"):
            for step in steps:
                step.ignore = set(step.ignore) | PREPARED_ON_MYSQL
        if not steps:
            return
        name = "df_" + re.sub(r"\W", "_", os.path.basename(path).rsplit(".", 1)[0])
        for side, endpoint in (("plain", self.plain), ("proxy", self.proxy)):
            try:
                endpoint.start(name)
            except (pymysql.err.Error, OSError, wire.ServerError) as e:
                self.note(path, 0, None, "different", f"{side}: cannot start: {e}", len(steps))
                return
        for step in steps:
            if step.action in ("restart", "reconnect"):
                self.act(step)
                continue
            kind, why = self.judge(step, self.o.protocol == "binary")
            if step.send:
                continue
            if self.o.verbose:
                print(f"{os.path.basename(path)}:{step.line} {kind} {shorten(step.sql)}", flush=True)
            self.note(path, step.line, step.sql, kind, why)
            if self.o.stop and kind != "equal":
                break
        self.plain.finish(self.o.keep)
        self.proxy.finish(self.o.keep)

    def note(self, path, line, sql, kind, why, weight=1):
        self.tally[kind] += weight
        self.tally["statements"] += weight
        if kind != "equal":
            self.found.append({"file": os.path.basename(path), "line": line, "sql": sql,
                               "kind": kind, "why": why})

    def report(self, n_files, seconds):
        for f in self.found[:self.o.show]:
            sql = " ".join((f["sql"] or "(start)").split())
            print(f"{f['file']}:{f['line']} {f['kind']}\n    {sql[:300]}\n    {f['why']}")
        if len(self.found) > self.o.show:
            print(f"… and {len(self.found) - self.o.show} more (--show N)")
        t = self.tally
        print(f"differential {self.o.flavour} {self.o.protocol}: {t['statements']} statements, "
              f"{t['equal']} equal, {t['different']} different, {t['refused']} refused "
              f"({n_files} files, {seconds:.1f} s)")
        if self.o.summary:
            print(f"{t['equal']} passed, {t['statements'] - t['equal']} failed")
        if self.o.json:
            with open(self.o.json, "w", encoding="utf-8") as f:
                json.dump({"tally": t, "found": self.found}, f, indent=1)


def files_of(paths):
    for path in paths:
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith(".sql"):
                    yield os.path.join(path, name)
        else:
            yield path


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("paths", nargs="+")
    p.add_argument("--plain", required=True)
    p.add_argument("--proxy", required=True)
    p.add_argument("--flavour", choices=["mariadb", "mysql"], default="mariadb")
    p.add_argument("--protocol", choices=["text", "binary"], default="text")
    p.add_argument("--show", type=int, default=20, help="differences to print")
    p.add_argument("--timeout", type=int, default=30, help="seconds per statement")
    p.add_argument("--restart-proxy", help="shell command for `-- restart proxy`")
    p.add_argument("--keep", action="store_true", help="leave the databases")
    p.add_argument("--stop", action="store_true", help="stop a file at its first difference")
    p.add_argument("--summary", action="store_true", help="end with `N passed, N failed`")
    p.add_argument("--json", help="write all differences there")
    p.add_argument("-v", "--verbose", action="store_true")
    o = p.parse_args()
    runner, files, t0 = Runner(o), list(files_of(o.paths)), time.time()
    for path in files:
        runner.run_file(path)
    runner.report(len(files), time.time() - t0)
    sys.exit(0 if runner.tally["statements"] == runner.tally["equal"] > 0 else 1)


if __name__ == "__main__":
    main()
