# SPDX-License-Identifier: Apache-2.0
"""LOAD DATA LOCAL INFILE of a file that the proxy takes in several pieces: row numbers, counts and memory."""


def load(client, data, options=""):
    client.infile = data
    return client.one(f"LOAD DATA LOCAL INFILE 'x' INTO TABLE t {options}")


def test_pieces(db):
    _, client = db
    client.one("CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(40), c INT)")
    n = 30000
    data = "head\n" + "".join(f'{i},"line\n""{i}""",{"bad" if i % 9999 == 0 else i}\n' for i in range(1, n + 1))
    ok = load(client, data.encode(), "FIELDS TERMINATED BY ',' ENCLOSED BY '\"' IGNORE 1 LINES")
    assert (ok.affected, ok.info) == (n, f"Records: {n}  Deleted: 0  Skipped: 0  Warnings: 3")
    warnings = [r[2].decode() for r in client.query("SHOW WARNINGS")[0].rows]
    assert [w.rsplit(" ", 1)[1] for w in warnings] == ["9999", "19998", "29997"]
    assert client.one("SELECT COUNT(*), SUM(a), SUM(c) FROM t").rows == [
        (b"%d" % n, b"%d" % (n * (n + 1) // 2), b"%d" % (n * (n + 1) // 2 - 6 * 9999))]
    assert client.one("SELECT b FROM t WHERE a = 29998").rows == [(b'line\n"29998"',)]


def test_pieces_are_one_statement(db):
    """A later piece fails: nothing of the earlier ones stays."""
    _, client = db
    client.one("CREATE TABLE p (id INT PRIMARY KEY)")
    client.one("INSERT INTO p VALUES (1)")
    client.one("CREATE TABLE t (a INT PRIMARY KEY, f INT, FOREIGN KEY (f) REFERENCES p (id))")
    client.infile = "".join(f"{i}\t{1 if i < 29000 else 2}\n" for i in range(30000)).encode()
    assert client.query("LOAD DATA LOCAL INFILE 'x' REPLACE INTO TABLE t")[0].errno == 1452
    assert client.one("SELECT COUNT(*) FROM t").rows == [(b"0",)]
