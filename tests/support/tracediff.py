#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Replays a captured statement log on two MySQL endpoints and compares every answer.

usage: tracediff.py TRACE.jsonl.gz --a SPEC --b SPEC [--db NAME] [--limit N] [--seconds N] [--show N] [--need SHARE]
                    [--all FILE] [--slow N]
--all writes every difference with its line of the trace; --slow prints the N statement shapes that cost most time on B.
Trace lines: [connection id, command, text]. Statements run in file order, one at a time, on A, then on B. Compared: error
number, column names and types, rows (in order under ORDER BY, where rows that tie may change places), affected rows, insert
ids. Statements whose answer depends on the clock, on chance or on the server are run but not compared.
"""
import argparse
import collections
import gzip
import json
import os
import re
import sys
import time

import pymysql

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402

SKIP = re.compile(
    r"\b(NOW|SYSDATE|CURDATE|CURTIME|RAND|UUID|CONNECTION_ID|UNIX_TIMESTAMP|GET_LOCK|RELEASE_LOCK|UTC_TIMESTAMP|CURRENT_TIMESTAMP|"
    r"FOUND_ROWS|SLEEP)\b|information_schema|^\s*(SHOW|EXPLAIN|ANALYZE|CHECK|OPTIMIZE|DO|CHANGE|KILL|FLUSH|GRANT|CREATE USER|"
    r"DROP USER|SET GLOBAL)\b|@@", re.I)
MAX_CONNECTIONS = 60


class Side:
    """One endpoint: its connections by the trace's connection id, and its time."""

    def __init__(self, spec, database):
        self.spec, self.database, self.clients, self.seconds = spec, database, {}, 0.0

    def fresh(self):
        c = wire.Client(self.spec, None)
        c.one(f"DROP DATABASE IF EXISTS {self.database}")
        c.one(f"CREATE DATABASE {self.database}")
        c.close()

    def run(self, cid, sql):
        if cid not in self.clients:
            if len(self.clients) >= MAX_CONNECTIONS:
                self.drop(next(iter(self.clients)))
            self.clients[cid] = wire.Client(self.spec, self.database, multi=True)
        t0 = time.perf_counter()
        try:
            return self.clients[cid].query(sql.encode("utf-8", "surrogateescape"))
        except (pymysql.err.Error, OSError, ValueError, IndexError) as e:  # protocol breakage counts as a difference
            self.clients.pop(cid).conn._force_close()
            return [wire.Error(f"client:{type(e).__name__}", "", str(e))]
        finally:
            self.seconds += time.perf_counter() - t0

    def drop(self, cid):
        c = self.clients.pop(cid, None)
        if c:
            c.close()


def differ(a, b, ordered):
    """None, "order only" or what differs."""
    if len(a) != len(b):
        return "result count"
    for x, y in zip(a, b):
        if isinstance(x, wire.Error) or isinstance(y, wire.Error):
            ex, ey = getattr(x, "errno", None), getattr(y, "errno", None)
            if ex != ey:
                return f"errno {ex} / {ey}"
            continue
        if type(x) is not type(y):
            return "result kind"
        if isinstance(x, wire.Ok):
            if x.affected != y.affected:
                return f"affected {x.affected} / {y.affected}"
            if x.insert_id != y.insert_id:
                return f"insert id {x.insert_id} / {y.insert_id}"
            continue
        if [c.name for c in x.columns] != [c.name for c in y.columns]:
            return "column names"
        if [c.type for c in x.columns] != [c.type for c in y.columns]:
            return "column types"
        if x.rows != y.rows:
            if collections.Counter(x.rows) != collections.Counter(y.rows):
                return "rows"
            if ordered:
                return "order only"
    return None


def statements(path):
    with gzip.open(path, "rt", errors="surrogateescape") as f:
        for line in f:
            yield json.loads(line)


def shape(sql):
    """The statement without its literals, names of tables kept."""
    text = re.sub(r"'(?:[^'\\\\]|\\\\.|'')*'", "?", sql)
    return re.sub(r"(\(|, ?)\?(, ?\?)+", r"\1?..", re.sub(r"\b\d+(\.\d+)?\b", "?", re.sub(r"\s+", " ", text)))


class Replay:
    """The run over one trace."""

    def __init__(self, o):
        self.o, self.a, self.b = o, Side(o.a, o.db), Side(o.b, o.db)
        self.tally, self.why, self.example = collections.Counter(), collections.Counter(), {}
        self.times = collections.defaultdict(lambda: [0, 0.0, 0.0])
        self.all = open(o.all, "w", encoding="utf-8", errors="surrogateescape") if o.all else None

    def timed(self, cid, sql):
        a0, b0 = self.a.seconds, self.b.seconds
        answers = self.a.run(cid, sql), self.b.run(cid, sql)
        if self.o.slow:
            t = self.times[shape(sql)]
            t[0] += 1
            t[1] += self.a.seconds - a0
            t[2] += self.b.seconds - b0
        return answers

    def one(self, line, cid, sql):
        ra, rb = self.timed(cid, sql)
        self.tally["run"] += 1
        if SKIP.search(sql):
            self.tally["not compared"] += 1
            return
        w = differ(ra, rb, bool(re.search(r"\bORDER\s+BY\b", sql, re.I)))
        if w and self.all:
            print(json.dumps([line, w, sql, str(ra)[:3000], str(rb)[:3000]]), file=self.all, flush=True)
        if isinstance(ra[0], wire.Error):
            self.tally["errors on a"] += 1
        if w in (None, "order only"):
            self.tally["equal"] += 1
            self.tally["another order"] += w is not None
            return
        self.tally["different"] += 1
        key = (sql.split(None, 1)[0].upper(), w)
        self.why[key] += 1
        self.example.setdefault(key, (sql[:300], rb[0].message[:160] if isinstance(rb[0], wire.Error) else ""))

    def run(self):
        self.a.fresh()
        self.b.fresh()
        end = time.time() + self.o.seconds if self.o.seconds else None
        for line, (cid, command, sql) in enumerate(statements(self.o.trace), 1):
            if self.o.limit and self.tally["run"] >= self.o.limit or end and time.time() > end:
                break
            if command == "Quit":
                self.a.drop(cid)
                self.b.drop(cid)
            elif command in ("Query", "Execute") and sql.strip() and not re.match(
                    r"\s*(USE\b|CREATE DATABASE|DROP DATABASE)", sql, re.I):
                self.one(line, cid, sql)

    def report_slow(self):
        for what, (n, a, b) in sorted(self.times.items(), key=lambda x: x[1][1] - x[1][2])[:self.o.slow]:
            print(f"{n:7d} {1000 * a / n:8.2f} {1000 * b / n:8.2f} ms {b - a:8.2f} s {what[:200]}")

    def report(self):
        for (kind, w), n in self.why.most_common(self.o.show):
            sql, message = self.example[(kind, w)]
            print(f"{n:7d} {kind:10s} {w:28s} {sql!r}" + (f"\n{'':19}{message}" if message else ""))
        t = self.tally
        done = t["equal"] + t["different"]
        share = t["equal"] / done if done else 0.0
        print(f"{os.path.basename(self.o.trace)}: {t['equal']}/{done} equal = {share:.4f}, {t['not compared']} not compared, "
              f"{t['another order']} in another order, {t['errors on a']} errors on a, "
              f"time b/a = {self.b.seconds / self.a.seconds if self.a.seconds else 0:.2f}")
        return done > 0 and share >= self.o.need


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("trace")
    p.add_argument("--a", required=True)
    p.add_argument("--b", required=True)
    p.add_argument("--db", default="tracediff")
    p.add_argument("--limit", type=int, default=0)
    p.add_argument("--seconds", type=int, default=0)
    p.add_argument("--show", type=int, default=15)
    p.add_argument("--need", type=float, default=1.0)
    p.add_argument("--all")
    p.add_argument("--slow", type=int, default=0)
    replay = Replay(p.parse_args())
    try:
        replay.run()
    except KeyboardInterrupt:
        pass
    replay.report_slow()
    sys.exit(0 if replay.report() else 1)


if __name__ == "__main__":
    main()
