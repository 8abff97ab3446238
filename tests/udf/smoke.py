#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The UDF library in a real server: every function with every kind of argument, many rows, no crash, no growth."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import wire  # noqa: E402

ARGUMENTS = ("NULL", "''", "'x'", "REPEAT('x', 16)", "REPEAT('x', 31)", "REPEAT(x'00ff', 512)", "x''", "0", "-1", "1.5", "1e300",
             "18446744073709551615", "NOW()", "REPEAT('y', 100000)", "RANDOM_BYTES(33)", "RANDOM_BYTES(512)")
ROWS = 20000


def rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def main():
    root = wire.Client(f"{os.environ['BACKEND_SOCKET']}:root:")
    pid = open(os.path.join(os.environ["BACKEND_DATADIR"], "..", "pid"), encoding="ascii").read().strip()
    functions = [(r[0].decode(), r[1].decode()) for r in root.one("SELECT name, type FROM mysql.func WHERE dl LIKE 'allium%'").rows]
    if not functions:
        sys.exit("no function of the library is installed")
    root.query("CREATE DATABASE udf_smoke")
    root.query("CREATE TABLE udf_smoke.r (n INT PRIMARY KEY, b VARBINARY(64))")
    values = ",".join(f"({i}, RANDOM_BYTES(1 + {i} % 64))" for i in range(ROWS))
    root.one(f"INSERT INTO udf_smoke.r VALUES {values}")
    calls = answered = 0
    for name, _ in functions:
        lists = [""] + list(ARGUMENTS) + [f"{a}, {b}" for a in ARGUMENTS for b in ARGUMENTS[:6]] + \
                [f"{a}, {b}, {c}" for a in ARGUMENTS[:5] for b in ARGUMENTS[:4] for c in ARGUMENTS[:5]] + \
                [", ".join([a] * n) for a in ARGUMENTS for n in (4, 5, 6, 7)]
        for arguments in lists:
            result = root.query(f"SELECT {name}({arguments})")[0]
            calls += 1
            answered += isinstance(result, wire.Rows)
    before = rss_kb(pid)
    for name, _ in functions:
        for arguments in ("b", "b, b", "b, b, b", "n", "b, RANDOM_BYTES(32)", "NULL, b", "b, x'00', x'00'"):
            for query in (f"SELECT COUNT(*) FROM (SELECT {name}({arguments}) AS v FROM udf_smoke.r) q",
                          f"SELECT n % 7, LENGTH({name}({arguments})) FROM udf_smoke.r GROUP BY n % 7"):
                root.query(query)
                calls += 1
    grown = rss_kb(pid) - before
    root.one("SELECT 1")
    root.query("DROP DATABASE udf_smoke")
    print(f"udf: {len(functions)} functions, {calls} calls, {answered} with a value, server grew by {grown} kB")
    if grown > 65536:
        sys.exit("the server grew: a buffer is not freed")


if __name__ == "__main__":
    main()
