#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/messages.md from base/status.def and docs/sql-support.md from tests/sql_support.toml.

usage: docs.py [--check]: fail when a file is not what it should be."""
import os
import re
import sys
import tomllib

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def messages():
    with open(os.path.join(TOP, "base/status.def"), encoding="utf-8") as f:
        text = f.read()
    rows = re.findall(r'STATUS_DEF\((\w+), (\d+), (\w+), (\d+), "(\w+)",\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\)', text)
    out = ["# Messages", "", "Generated from `base/status.def` by `tests/docs.py`. `alliumctl messages N` prints one row.", "",
           "An error carries a MySQL number and SQLSTATE, so that drivers react as they do to MySQL. The class says what ends: CLIENT and",
           "POLICY the statement, UPSTREAM the statement or the session, CRYPTO, RESOURCE and BUG the session. Where the MySQL number is \"own\"",
           "the number and the text are those of the database server.", "",
           "| N | name | class | MySQL error | SQLSTATE | meaning | what to do |", "|---|---|---|---|---|---|---|"]
    for name, number, kind, errno, state, text, remedy in rows:
        if name != "OK":
            out.append(f"| {number} | {name} | {kind} | {errno if errno != '0' else 'own'} | {state} | {text} | {remedy} |")
    return "\n".join(out) + "\n"


def support():
    with open(os.path.join(TOP, "tests/sql_support.toml"), "rb") as f:
        table = tomllib.load(f)
    out = ["# Which statement gets which plan", "",
           "Generated from `tests/sql_support.toml` by `tests/docs.py`; `tests/differential/support.py` runs the examples that stand there.",
           "`EXPLAIN ALLIUM <statement>` says it for your tables, with the reason where a faster plan was not possible. What the plans do:",
           "[ARCHITECTURE.md](ARCHITECTURE.md). `tests/golden/plan` pins more of them."]
    for part in table["part"]:
        out += ["", "## " + part["title"]] if "title" in part else []
        out += ["", part["before"]] if "before" in part else []
        out += ["", "| " + " | ".join(part["head"]) + " |", "|---" * len(part["head"]) + "|"]
        out += ["| " + " | ".join(row["cells"]) + " |" for row in part["row"]]
        out += ["", part["after"]] if "after" in part else []
    return "\n".join(line.rstrip() for line in out) + "\n"


PAGES = {"docs/messages.md": messages, "docs/sql-support.md": support}


def main():
    for path, make in PAGES.items():
        full, want = os.path.join(TOP, path), make()
        if "--check" not in sys.argv[1:]:
            with open(full, "w", encoding="utf-8") as f:
                f.write(want)
            continue
        with open(full, encoding="utf-8") as f:
            if f.read() != want:
                sys.exit(f"{path} is not what its table says: run tests/docs.py")


if __name__ == "__main__":
    main()
