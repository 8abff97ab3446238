#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""PEP 249 drivers. usage: dbapi.py MODULE"""
import datetime
import decimal
import importlib
import os
import sys

module = importlib.import_module(sys.argv[1])
db = module.connect(host=os.environ["ALLIUM_HOST"], port=int(os.environ["ALLIUM_PORT"]), user=os.environ["ALLIUM_USER"],
                    passwd=os.environ["ALLIUM_PASSWORD"], db="drivers", charset="utf8mb4")
table = "dbapi_" + sys.argv[1].lower()
cur = db.cursor()
cur.execute(f"DROP TABLE IF EXISTS {table}")
cur.execute(f"CREATE TABLE {table} (id INT AUTO_INCREMENT PRIMARY KEY, s VARCHAR(30), d DECIMAL(8,2), t DATETIME(6), b BLOB, x DOUBLE, UNIQUE (s))")
values = ("ünï😀", decimal.Decimal("-12.34"), datetime.datetime(1969, 12, 31, 23, 59, 59, 5), bytes(range(256)), 0.1)
cur.execute(f"INSERT INTO {table} (s, d, t, b, x) VALUES (%s, %s, %s, %s, %s)", values)
assert cur.lastrowid == 1 and cur.rowcount == 1
db.commit()
assert cur.executemany(f"INSERT INTO {table} (s, d) VALUES (%s, %s)", [(f"n{i}", i) for i in range(50)]) == 50
db.rollback()
cur.execute(f"SELECT COUNT(*) FROM {table}")
assert cur.fetchone() == (1,)
cur.execute(f"SELECT s, d, t, b, x FROM {table} WHERE s = %s AND d < %s AND t < %s", ("ÜNÏ😀", 0, datetime.datetime(1970, 1, 1)))
assert cur.fetchall() == (values,), cur.fetchall()
assert [c[0] for c in cur.description] == ["s", "d", "t", "b", "x"]
try:
    cur.execute(f"INSERT INTO {table} (s) VALUES (%s)", ("ünï😀",))
    sys.exit("duplicate accepted")
except module.IntegrityError as e:
    assert e.args[0] == 1062, e
try:
    cur.execute("SELEC 1")
    sys.exit("nonsense accepted")
except module.ProgrammingError as e:
    assert e.args[0] == 1064, e
db.close()
