#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs each example of tests/sql_support.toml: its plan must be the one the table names, its answer the plain server's.

usage: support.py --plain SPEC --proxy SPEC [--flavour mariadb|mysql]
"""
import argparse
import os
import sys
import time
import tomllib

import run
import script
import wire

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sql_support.toml")


def examples(table, flavour):
    """(plan, statement) of this flavour; the setup's first."""
    for sql in table["setup"]:
        yield "runs", sql
    for part in table["part"]:
        for row in part.get("row", []):
            for plan, sql, *only in row.get("examples", []):
                if not only or only == [flavour]:
                    yield plan, sql


class Walker(run.Runner):
    def explain(self, sql):
        """The plan's name, or what went wrong."""
        answer = self.proxy.run(script.Step(0, "EXPLAIN ALLIUM " + sql, 1, {}), False)[0]
        if isinstance(answer, wire.Rows):
            return answer.rows[0][1].decode()
        return repr(answer)

    def walk(self, line, plan, sql):
        step = script.Step(line, sql, 1, {"ignore": "metadata"})
        if plan == "refused":  # what the plain server would do is of no interest here
            answer = self.proxy.run(step, False)
            return ("equal", None) if self.is_refused(answer) else ("different", f"not refused: {run.shorten(answer)}")
        found = plan if plan == "runs" else self.explain(sql)
        if found != plan:
            return "different", f"plan: {plan} / {found}"
        return self.judge(step, False)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--plain", required=True)
    p.add_argument("--proxy", required=True)
    p.add_argument("--flavour", choices=["mariadb", "mysql"], default="mariadb")
    p.add_argument("--show", type=int, default=40)
    p.add_argument("--timeout", type=int, default=30)
    o = p.parse_args()
    o.protocol, o.summary, o.json = "text", True, None
    with open(TABLE, "rb") as f:
        table = tomllib.load(f)
    walker, t0 = Walker(o), time.time()
    for side in (walker.plain, walker.proxy):
        side.start("df_support")
    for line, (plan, sql) in enumerate(examples(table, o.flavour), 1):
        walker.note("example", line, sql, *walker.walk(line, plan, sql))
    for side in (walker.plain, walker.proxy):
        side.finish(False)
    walker.report(1, time.time() - t0)
    sys.exit(0 if walker.tally["statements"] == walker.tally["equal"] > 0 else 1)


if __name__ == "__main__":
    main()
