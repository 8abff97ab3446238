#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random statements over a random schema, run on a plain server and through the proxy, and compared like the corpus.

usage: random_queries.py --plain SPEC --proxy SPEC [--seed N] [--selects N] [--dmls N] [--flavour F] [--protocol P]
The same seed gives the same statements (generator.py). Data changes run alone or in transactions that end either way;
whole tables are compared in between and at the end.
"""
import argparse
import re
import sys
import time

import generator
import run
import script

# Which row an error names, how often a conversion warns: as the plan of the moment falls.
SELECT_IGNORES = "warnings"
# Of which table a column is, how long it is and whether it may be NULL: as MariaDB's temporary tables have it.
DERIVED = re.compile(r"\(SELECT z\.|\bv[12]\b|\bWITH\b")
CHANGE_IGNORES = "warnings message info"
# A row may break a unique and a foreign key at once.
TWO_ERRORS = re.compile(r"error: \((1062|1452),.* / \((1062|1452),")


class Feeder:
    """Judges statements and keeps the state of the transaction."""

    def __init__(self, o):
        self.o, self.line, self.in_transaction = o, 0, False
        self.runner = run.Runner(o)

    def feed(self, sql, binds=None, ignore=""):
        self.line += 1
        words = {"ignore": ignore}
        if binds:
            words["bind"] = ["|".join(binds)]
        step = script.Step(self.line, sql, 1, words)
        kind, why = self.runner.judge(step, self.o.protocol == "binary")
        if why and TWO_ERRORS.match(why):
            kind = "equal"
        self.runner.note(f"seed {self.o.seed}", self.line, sql + (f"  -- bind {words['bind'][0]}" if binds else ""), kind, why)

    def tables(self):
        for table in generator.TABLES:
            self.feed(f"SELECT * FROM {table} ORDER BY id")

    def bracket(self, r):
        """Begins or ends a transaction now and then."""
        if not self.in_transaction and r.random() < 0.12:
            self.feed("BEGIN")
            self.in_transaction = True
        elif self.in_transaction and r.random() < 0.25:
            self.feed(r.choice(["COMMIT", "ROLLBACK"]))
            self.in_transaction = False


def options():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--plain", required=True)
    p.add_argument("--proxy", required=True)
    p.add_argument("--flavour", choices=["mariadb", "mysql"], default="mariadb")
    p.add_argument("--protocol", choices=["text", "binary"], default="text")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--selects", type=int, default=1000)
    p.add_argument("--dmls", type=int, default=200)
    p.add_argument("--show", type=int, default=20)
    p.add_argument("--timeout", type=int, default=30)
    o = p.parse_args()
    o.summary, o.json, o.keep = True, None, False
    return o


def main():
    o = options()
    feeder, gen, t0 = Feeder(o), generator.Generator(o.seed, o.flavour), time.time()
    for side in (feeder.runner.plain, feeder.runner.proxy):
        side.start("df_random")
    print(f"seed {o.seed}", flush=True)
    for sql in gen.setup():
        feeder.feed(sql)
    statements = ["select"] * o.selects + ["dml"] * o.dmls
    gen.r.shuffle(statements)
    for i, kind in enumerate(statements):
        if kind == "select":
            sql, binds = gen.select()
            ignore = SELECT_IGNORES + (" org_table org_name table schema" if DERIVED.search(sql) else "")
            # MySQL folds what it reads of an empty table: an expression's type is then another.
            ignore += " decimals length flags" + (" type" if o.flavour == "mysql" else "")
            feeder.feed(sql, binds, ignore)
            continue
        feeder.bracket(gen.r)
        feeder.feed(*gen.dml(), CHANGE_IGNORES)
        if i % 10 == 0:
            feeder.feed(f"SELECT * FROM {gen.pick(*generator.TABLES)} ORDER BY id")
    feeder.feed("COMMIT")
    feeder.tables()
    for side in (feeder.runner.plain, feeder.runner.proxy):
        side.finish(False)
    feeder.runner.report(1, time.time() - t0)
    tally = feeder.runner.tally
    sys.exit(0 if tally["statements"] == tally["equal"] else 1)


if __name__ == "__main__":
    main()
