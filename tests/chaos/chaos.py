#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the proxy at every step of transitions and sees that its successor finishes them and that nothing is lost.

Run inside quickstart.sh --exec; takes the place of its proxy. `--quick`: a few cases of each sort. Prints each case that fails and
ends with "N kills, N points not met; N passed, N failed".
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import time

import pymysql

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import wire  # noqa: E402

ENV = os.environ
ROWS = 1500
# Each leaves the table so that the next, and after the last the first, is possible.
CHANGES = ["n PEEL", "id ROTATE", "parent ROTATE", "note ADD EQ", "note ROTATE", "note REMOVE EQ", "n WRAP"]
POINTS = ["transition.declare", "transition.add", "transition.chunk", "transition.chunk:3", "transition.fill", "transition.index",
          "transition.verify", "transition.switch", "transition.grace", "transition.drop", "ddl.begin", "ddl.begin:2", "ddl.step",
          "ddl.step:2", "ddl.commit", "ddl.commit:2", "ddl.committed", "ddl.committed:2", "ddl.committed:3", "ddl.redo", "ddl.end",
          "ddl.end:3", "random"]


class Proxy:
    def __init__(self, fault=""):
        self.log = open(ENV["ALLIUM_LOG"], "ab")
        start = os.path.getsize(ENV["ALLIUM_LOG"])
        self.process = subprocess.Popen([os.path.join(ENV["ALLIUM_BIN"], "alliumd"), "--config", ENV["ALLIUM_CONFIG"],
                                         "--adapt.peel_after=0"],
                                        stdout=self.log, stderr=self.log, env={**ENV, "ALLIUM_FAULT": fault})
        end = time.time() + 60
        while time.time() < end and self.process.poll() is None:
            with open(ENV["ALLIUM_LOG"], "rb") as f:
                f.seek(start)
                if b"server.ready" in f.read():
                    return
            time.sleep(0.05)

    def client(self, port="ALLIUM_PORT"):
        return wire.Client(f"{ENV['ALLIUM_HOST']}:{ENV[port]}:{ENV['ALLIUM_USER']}:{ENV['ALLIUM_PASSWORD']}")

    def admin(self, sql):
        client = self.client("ALLIUM_ADMIN_PORT")
        try:
            return [tuple(None if c is None else c.decode() for c in row) for row in getattr(client.one(sql), "rows", [])]
        finally:
            client.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def contents(proxy):
    client = proxy.client()
    try:
        client.one("USE chaos")
        rows = client.one("SELECT * FROM t ORDER BY id").rows
        found = [client.one(f"SELECT id FROM t WHERE {where} ORDER BY id").rows
                 for where in ("n = 7", "tag = 'tag9'", "parent = 3 AND id < 100", "n BETWEEN 3 AND 5", "note = 'xxx'")]
        return rows, found
    finally:
        client.close()


def setup(proxy):
    client = proxy.client()
    client.query("DROP DATABASE IF EXISTS chaos")
    for sql in ("CREATE DATABASE chaos", "USE chaos", "CREATE TABLE p (id INT PRIMARY KEY)", "INSERT INTO p VALUES (0),(1),(2),(3),(4),(5),(6)",
                "CREATE TABLE t (id INT PRIMARY KEY, parent INT, tag VARCHAR(40), n INT COMMENT 'allium: onions=eager', note TEXT,"
                " UNIQUE KEY (tag), KEY prefixed (tag(4)), KEY pair (parent, id), FOREIGN KEY (parent) REFERENCES p (id))",
                "INSERT INTO t VALUES " + ",".join(f"({i},{i % 7},'tag{i}',{i % 50},'{'x' * (i % 90)}')" for i in range(ROWS))):
        client.one(sql)
    client.close()


def wait_until_over(proxy):
    end = time.time() + 60
    while time.time() < end:
        rows = proxy.admin("SHOW TRANSITIONS")
        if all(r[3] in ("done", "rolled back") for r in rows):
            return None
        if any(r[3] == "failed" for r in rows):
            return f"failed: {[r for r in rows if r[3] == 'failed']}"
        time.sleep(0.1)
    return f"not over: {rows[0]}"


def dies_at(fault, change, rng):
    """Begins a change in a proxy with a fault point; True when that killed it."""
    proxy = Proxy("" if fault == "random" else fault)
    column, what = change.split(" ", 1)
    began = None
    try:
        began = proxy.admin(f"ADJUST COLUMN chaos.t.{column} {what} GRACE 0")
    except (OSError, EOFError, pymysql.Error, wire.ServerError) as e:
        began = str(e)
    end = time.time() + (rng.random() * 1.5 if fault == "random" else 6)
    while time.time() < end and proxy.process.poll() is None:
        time.sleep(0.02)
    died = proxy.process.poll() is not None
    proxy.kill()
    return died or fault == "random", began


def check(want):
    proxy = Proxy()
    try:
        if contents(proxy) != want:
            return "contents differ after the restart"
        error = wait_until_over(proxy)
        if error:
            return error
        if contents(proxy) != want:
            return "contents differ after the transition"
        if any(r[7] for r in proxy.admin("SHOW ONIONS") if r[0] == "chaos"):
            return "columns were left behind"
        return None
    finally:
        proxy.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    os.kill(int(ENV["ALLIUM_PID"]), signal.SIGKILL)
    proxy = Proxy()
    setup(proxy)
    want = contents(proxy)
    proxy.kill()
    cases = [(p, c) for p in POINTS for c in CHANGES]
    if args.quick:
        cases = [(p, CHANGES[i % len(CHANGES)]) for i, p in enumerate(POINTS)][::3]
    kills = failed = missed = 0
    for point, change in cases:
        died, began = dies_at(point, change, rng)
        kills += died
        missed += not died
        error = check(want)
        if error:
            failed += 1
            print(f"{point}, {change}: {error} (began: {began})", flush=True)
    print(f"{kills} kills, {missed} points not met; {len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
