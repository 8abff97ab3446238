#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/messages.md from base/status.def. usage: docs.py [--check]: fail when the file is not what it should be."""
import os
import re
import sys

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


def main():
    path = os.path.join(TOP, "docs/messages.md")
    want = messages()
    if "--check" not in sys.argv[1:]:
        with open(path, "w", encoding="utf-8") as f:
            f.write(want)
        return
    with open(path, encoding="utf-8") as f:
        if f.read() != want:
            sys.exit("docs/messages.md is not what base/status.def says: run tests/docs.py")


if __name__ == "__main__":
    main()
