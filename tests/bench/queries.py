#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How much slower single statements are through the proxy than on a plain server, on a small order-entry schema.

usage: queries.py --plain SPEC --proxy SPEC [--scale N] [--only WORD] [--keep]
SPEC is host:port:user:password or /socket:user:password. Each statement runs on both servers until it has taken a moment; the
median times and their ratio are printed. Before that both answers are compared: a difference ends the run with an error.
"""
import argparse
import random
import statistics
import sys
import time

import pymysql

DB = "bench_queries"
SCHEMA = """
CREATE TABLE nation (n_id INT PRIMARY KEY, n_name VARCHAR(25) NOT NULL, n_region INT NOT NULL, KEY (n_name));
CREATE TABLE customer (c_id INT PRIMARY KEY, c_nation INT NOT NULL, c_name VARCHAR(40) NOT NULL, c_segment VARCHAR(12) NOT NULL, c_balance DECIMAL(12,2) NOT NULL, c_note VARCHAR(200), KEY (c_segment), KEY (c_name), FOREIGN KEY (c_nation) REFERENCES nation (n_id));
CREATE TABLE item (i_id INT PRIMARY KEY, i_name VARCHAR(40) NOT NULL, i_brand VARCHAR(12) NOT NULL, i_price DECIMAL(10,2) NOT NULL, i_size INT NOT NULL, KEY (i_brand));
CREATE TABLE stock (s_item INT NOT NULL, s_house INT NOT NULL, s_qty INT NOT NULL, s_sold INT NOT NULL DEFAULT 0, PRIMARY KEY (s_house, s_item), FOREIGN KEY (s_item) REFERENCES item (i_id));
CREATE TABLE orders (o_id INT PRIMARY KEY AUTO_INCREMENT, o_cust INT NOT NULL, o_date DATE NOT NULL, o_status CHAR(1) NOT NULL, o_total DECIMAL(12,2) NOT NULL, KEY (o_date), KEY (o_status), FOREIGN KEY (o_cust) REFERENCES customer (c_id));
CREATE TABLE line (l_order INT NOT NULL, l_no INT NOT NULL, l_item INT NOT NULL, l_qty INT NOT NULL, l_amount DECIMAL(12,2) NOT NULL, l_disc DECIMAL(4,2) NOT NULL, l_ship DATE NOT NULL, l_mode VARCHAR(10) NOT NULL, PRIMARY KEY (l_order, l_no), KEY (l_item), KEY (l_ship));
"""
# name: statement. {o}: an order, {c}: a customer, {i}: an item
QUERIES = {
    "c point": "SELECT c_name, c_balance FROM customer WHERE c_id = {c}",
    "c stock level": "SELECT COUNT(DISTINCT s_item) FROM line JOIN stock ON s_item = l_item WHERE l_order BETWEEN {o} AND {o} + 3 AND s_house = 1 AND s_qty < 40",
    "c last order": "SELECT o_id, o_date FROM orders WHERE o_cust = {c} ORDER BY o_id DESC LIMIT 1",
    "c lines": "SELECT l_item, l_qty, l_amount FROM line WHERE l_order = {o} ORDER BY l_no",
    "c sum": "SELECT SUM(l_amount) FROM line WHERE l_order = {o}",
    "c by name": "SELECT c_id, c_name FROM customer WHERE c_segment = 'BUILDING' ORDER BY c_name",
    "expression": "SELECT UPPER(c_name), c_id + 1 FROM customer WHERE c_id = {c}",
    "distinct": "SELECT DISTINCT l_mode FROM line WHERE l_order = {o} ORDER BY l_mode",
    "like": "SELECT c_id FROM customer WHERE c_name LIKE 'Customer#1%' AND c_segment = 'MACHINERY' ORDER BY c_id",
    "left join": "SELECT c_id, COUNT(o_id) FROM customer LEFT JOIN orders ON o_cust = c_id WHERE c_id < 20 GROUP BY c_id ORDER BY c_id",
    "other group": "SELECT l_no, o_total FROM line JOIN orders ON o_id = l_order WHERE o_cust = {c} ORDER BY l_order, l_no",
    "in subquery": "SELECT c_name FROM customer WHERE c_id IN (SELECT o_cust FROM orders WHERE o_date = '1996-03-03') ORDER BY c_id",
    "exists": "SELECT c_name FROM customer c WHERE c_segment = 'BUILDING' AND EXISTS (SELECT * FROM orders o WHERE o.o_cust = c.c_id AND o.o_status = 'F') ORDER BY c_id",
    "derived": "SELECT d.n, c_name FROM (SELECT o_cust, COUNT(*) n FROM orders GROUP BY o_cust) d JOIN customer ON c_id = d.o_cust WHERE d.o_cust = {c}",
    "h1": "SELECT l_mode, SUM(l_qty), SUM(l_amount), SUM(l_amount * (1 - l_disc)), AVG(l_qty), COUNT(*) FROM line WHERE l_ship <= '1998-09-02' GROUP BY l_mode ORDER BY l_mode",
    "h3": "SELECT l_order, SUM(l_amount * (1 - l_disc)) rev, o_date FROM customer, orders, line WHERE c_segment = 'BUILDING' AND c_id = o_cust AND l_order = o_id AND o_date < '1993-03-15' AND l_ship > '1993-03-15' GROUP BY l_order, o_date ORDER BY rev DESC, o_date, l_order LIMIT 10",
    "h4": "SELECT o_status, COUNT(*) FROM orders WHERE o_date >= '1993-07-01' AND o_date < '1993-08-01' AND EXISTS (SELECT * FROM line WHERE l_order = o_id AND l_disc < 0.05) GROUP BY o_status ORDER BY o_status",
    "h5": "SELECT n_name, SUM(l_amount * (1 - l_disc)) rev FROM customer, orders, line, nation WHERE c_id = o_cust AND l_order = o_id AND c_nation = n_id AND n_name = 'NATION3' AND o_date >= '1994-01-01' AND o_date < '1995-01-01' GROUP BY n_name ORDER BY rev DESC",
    "h6": "SELECT SUM(l_amount * l_disc) FROM line WHERE l_ship >= '1994-01-01' AND l_ship < '1994-03-01' AND l_disc BETWEEN 0.05 AND 0.07 AND l_qty < 24",
    "h12": "SELECT l_mode, SUM(CASE WHEN o_status = 'O' THEN 1 ELSE 0 END) FROM orders, line WHERE o_id = l_order AND l_mode IN ('MAIL', 'SHIP') AND l_ship >= '1994-01-01' AND l_ship < '1994-02-01' GROUP BY l_mode ORDER BY l_mode",
    "h14": "SELECT 100.00 * SUM(CASE WHEN i_name LIKE 'PROMO%' THEN l_amount ELSE 0 END) / SUM(l_amount) FROM line, item WHERE l_item = i_id AND l_ship >= '1995-09-01' AND l_ship < '1995-10-01'",
    "h17": "SELECT SUM(l_amount) / 7.0 FROM line, item WHERE i_id = l_item AND i_brand = 'Brand#3' AND l_qty < (SELECT 0.5 * AVG(l2.l_qty) FROM line l2 WHERE l2.l_item = i_id)",
    "h19": "SELECT SUM(l_amount) FROM line, item WHERE (i_id = l_item AND i_brand = 'Brand#1' AND l_qty < 5) OR (i_id = l_item AND i_brand = 'Brand#2' AND l_qty > 40)",
    "h22": "SELECT COUNT(*), SUM(c_balance) FROM customer WHERE c_segment = 'HOUSEHOLD' AND NOT EXISTS (SELECT 1 FROM orders WHERE o_cust = c_id)",
    "c update": "UPDATE stock SET s_qty = {i} WHERE s_item = {i} AND s_house = 1",
    "c increment": "UPDATE stock SET s_sold = s_sold + 1 WHERE s_item = {i} AND s_house = 1",
    "c arithmetic": "UPDATE customer SET c_balance = c_balance - 1.5 WHERE c_id = {c}",
    "c text update": "UPDATE customer SET c_note = LEFT(CONCAT('x', c_note), 100) WHERE c_id = {c}",
    "c insert": "INSERT INTO orders (o_cust, o_date, o_status, o_total) VALUES ({c}, '1999-01-01', 'N', 10.00)",
}


def connect(spec):
    """A connection to host:port:user:password or /socket:user:password."""
    parts = spec.split(":")
    if spec.startswith("/"):
        return pymysql.connect(unix_socket=parts[0], user=parts[1], password=parts[2], autocommit=True, charset="utf8mb4")
    return pymysql.connect(host=parts[0], port=int(parts[1]), user=parts[2], password=parts[3], autocommit=True, charset="utf8mb4")


def fill(cursor, scale):
    """The schema and its rows, the same on both sides."""
    r = random.Random(7)
    cursor.execute(f"DROP DATABASE IF EXISTS {DB}")
    cursor.execute(f"CREATE DATABASE {DB} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    cursor.execute(f"USE {DB}")
    for statement in SCHEMA.strip().split(";\n"):
        cursor.execute(statement.rstrip(";"))

    def load(table, rows):
        for at in range(0, len(rows), 500):
            cursor.execute(f"INSERT INTO {table} VALUES " + ",".join("(" + ",".join(str(v) if isinstance(v, (int, float)) else f"'{v}'" for v in row) + ")" for row in rows[at:at + 500]))

    def day():
        return f"{r.randint(1992, 1998)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"

    segments, modes = ["BUILDING", "MACHINERY", "HOUSEHOLD", "AUTOMOBILE", "FURNITURE"], ["MAIL", "SHIP", "AIR", "RAIL", "TRUCK", "FOB"]
    load("nation", [(i, f"NATION{i}", i % 5) for i in range(25)])
    load("customer", [(i, r.randrange(25), f"Customer#{i:05}", r.choice(segments), r.randrange(100000) / 100, "note " * r.randrange(10)) for i in range(1, 150 * scale)])
    load("item", [(i, ("PROMO " if i % 6 == 0 else "PLAIN ") + f"item {i}", f"Brand#{i % 25}", r.randrange(100, 9999) / 100, i % 50) for i in range(1, 200 * scale)])
    load("stock", [(i, 1, r.randrange(100), 0) for i in range(1, 200 * scale)])
    load("orders", [(i, r.randrange(1, 150 * scale), day(), r.choice("OFP"), r.randrange(1000000) / 100) for i in range(1, 1500 * scale)])
    load("line", [(o, n, r.randrange(1, 200 * scale), r.randint(1, 50), r.randrange(100000) / 100, r.randrange(11) / 100, day(), r.choice(modes)) for o in range(1, 1500 * scale) for n in range(r.randint(1, 7))])


def median_ms(cursor, template, scale, seconds):
    """The median time of the statement, with other keys each time."""
    r, times, end = random.Random(3), [], time.monotonic() + seconds
    while len(times) < 3 or time.monotonic() < end:
        sql = template.format(c=r.randrange(1, 150 * scale), o=r.randrange(1, 1400 * scale), i=r.randrange(1, 200 * scale))
        start = time.perf_counter()
        cursor.execute(sql)
        cursor.fetchall()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main():
    """Compares and times each statement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plain", required=True)
    parser.add_argument("--proxy", required=True)
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true", help="use the rows of an earlier run")
    args = parser.parse_args()
    cursors = [connect(args.plain).cursor(), connect(args.proxy).cursor()]
    for cursor in cursors:
        if args.keep:
            cursor.execute(f"USE {DB}")
        else:
            fill(cursor, args.scale)
    different = 0
    print(f"{'statement':16}{'plain ms':>10}{'proxy ms':>10}{'ratio':>8}")
    for name, template in QUERIES.items():
        if args.only not in name:
            continue
        if template.startswith("SELECT"):
            answers = []
            for cursor in cursors:
                cursor.execute(template.format(c=17, o=11, i=5))
                answers.append(cursor.fetchall())
            if answers[0] != answers[1]:
                different += 1
                print(f"{name}: the answers differ\n  {answers[0][:3]}\n  {answers[1][:3]}")
        plain, proxy = [median_ms(cursor, template, args.scale, args.seconds) for cursor in cursors]
        print(f"{name:16}{plain:10.3f}{proxy:10.3f}{proxy / plain:8.1f}")
    return different


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
