# SPDX-License-Identifier: Apache-2.0
"""Behaviour that two servers side by side do not show."""
import os
import subprocess
import threading

import wire


def test_counter_loses_no_update(db, spec):
    """Increments are read-modify-write on the trusted side: still atomic."""
    name, client = db
    client.one("CREATE TABLE c (id INT PRIMARY KEY, n INT NOT NULL)")
    client.one("INSERT INTO c VALUES (1, 0)")
    done = []

    def work():
        mine = wire.Client(spec, name)
        for _ in range(50):
            while True:
                result = mine.query("UPDATE c SET n = n + 1 WHERE id = 1")[0]
                if isinstance(result, wire.Ok):
                    break
                assert result.errno in (1205, 1213), result
        done.append(1)
        mine.close()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(done) == 4
    assert client.one("SELECT n FROM c").rows == [(b"200",)]


def test_auto_increment_of_many_sessions_is_unique(db, spec):
    name, client = db
    client.one("CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, v INT)")

    def work():
        mine = wire.Client(spec, name)
        for i in range(40):
            mine.one(f"INSERT INTO a (v) VALUES ({i}), ({i})")
        mine.close()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert client.one("SELECT COUNT(*), COUNT(DISTINCT id) FROM a").rows == [(b"320", b"320")]


def test_large_result_and_large_value(db):
    _, client = db
    client.one("CREATE TABLE b (id INT PRIMARY KEY, t LONGTEXT)")
    big = "x" * 3_000_000
    client.one(f"INSERT INTO b VALUES (1, '{big}')")
    assert client.one("SELECT t FROM b").rows == [(big.encode(),)]
    client.one("CREATE TABLE m (id INT PRIMARY KEY, v INT)")
    for start in range(0, 20000, 2000):
        client.one("INSERT INTO m VALUES " + ",".join(f"({i},{i * 7 % 1000})" for i in range(start, start + 2000)))
    rows = client.one("SELECT id, v FROM m ORDER BY id").rows
    assert len(rows) == 20000 and rows[12345] == (b"12345", str(12345 * 7 % 1000).encode())
    assert client.one("SELECT COUNT(*), SUM(v) FROM m WHERE v < 10").rows == [(b"200", b"900")]


def test_state_does_not_leak_between_clients(spec):
    first = wire.Client(spec)
    for sql in ("SET @x = 5", "SET sql_mode = 'ANSI_QUOTES'", "SET time_zone = '+09:00'", "SET autocommit = 0", "CREATE DATABASE IF NOT EXISTS leak",
                "USE leak", "CREATE TEMPORARY TABLE leaked (a INT)", "SELECT GET_LOCK('leak', 0)"):
        first.one(sql)
    first.close()
    second = wire.Client(spec, "leak")
    assert second.one("SELECT @x, @@autocommit, @@time_zone, @@sql_mode LIKE '%ANSI_QUOTES%'").rows[0][:2] == (None, b"1")
    assert isinstance(second.query("SELECT * FROM leaked")[0], wire.Error)
    assert second.one("SELECT GET_LOCK('leak', 2)").rows == [(b"1",)]
    second.one("DROP DATABASE leak")
    second.close()


def test_explain_allium_prints_a_plan(db):
    _, client = db
    client.one("CREATE TABLE e (id INT PRIMARY KEY, v VARCHAR(20), KEY (v))")
    text = b"\n".join(b" ".join(c or b"" for c in r) for r in client.one("EXPLAIN ALLIUM SELECT id FROM e WHERE v = 'needle'").rows)
    assert text
    assert b"needle" not in text


def test_dump_and_restore(db):
    """mysqldump through the proxy restores through the proxy."""
    name, client = db
    client.one("CREATE TABLE d (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(50), b BLOB, t DATETIME(3))")
    client.one("INSERT INTO d (v, b, t) VALUES ('it''s', x'00ff0a27', '2024-01-02 03:04:05.678'), (NULL, NULL, NULL), ('ü😀', '', '1000-01-01')")
    login = ["--no-defaults", "-h", os.environ["ALLIUM_HOST"], "-P", os.environ["ALLIUM_PORT"], "-u", os.environ["ALLIUM_USER"],
             f"-p{os.environ['ALLIUM_PASSWORD']}"]
    dump = subprocess.run(["mariadb-dump", *login, "--skip-lock-tables", "--hex-blob", name], capture_output=True)
    assert dump.returncode == 0, dump.stderr
    before = client.one("SELECT * FROM d ORDER BY id").rows
    client.one("DROP TABLE d")
    load = subprocess.run(["mariadb", *login, name], input=dump.stdout, capture_output=True)
    assert load.returncode == 0, load.stderr
    assert client.one("SELECT * FROM d ORDER BY id").rows == before
