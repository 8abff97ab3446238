# SPDX-License-Identifier: Apache-2.0
"""Data changes of many connections at once: no update is lost, deadlocks are the client's to repeat."""
import threading

import pymysql
import pytest

WORKERS, ROUNDS = 6, 12
AGAIN = (1213, 1205)  # deadlock, lock wait timeout: the transaction is gone, repeat it


def run_together(connect, name, work):
    """work(cursor, worker, round) in WORKERS threads, each round repeated until it is done; deadlocks seen."""
    failures, deadlocks = [], [0]

    def loop(worker):
        conn = connect(database=name, autocommit=True)
        cursor = conn.cursor()
        for i in range(ROUNDS):
            for _ in range(50):
                try:
                    work(cursor, worker, i)
                    break
                except pymysql.err.OperationalError as e:
                    if e.args[0] not in AGAIN:
                        failures.append(repr(e))
                        return
                    deadlocks[0] += 1
                    cursor.execute("DO 0")
                    if e.args[0] == 1213 and conn.server_status & 1:
                        failures.append("a transaction is open after a deadlock")
                    cursor.execute("ROLLBACK")
                except Exception as e:  # any other error is a failure, whatever its kind
                    failures.append(repr(e))
                    return
            else:
                failures.append(f"worker {worker} never got through round {i}")

    threads = [threading.Thread(target=loop, args=(i,)) for i in range(WORKERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    return deadlocks[0]


def rows(client, sql):
    return [tuple(int(c) for c in r) for r in client.one(sql).rows]


TOTAL = WORKERS * ROUNDS


@pytest.mark.parametrize("statement", [
    "UPDATE t SET n = n + 1 WHERE id = 1",
    "UPDATE t SET n = n + LENGTH('x') WHERE id = 1",
    "UPDATE t SET n = n + 1 WHERE name = 'one'",
    "UPDATE t SET n = n + 1 ORDER BY id LIMIT 1",
    "UPDATE t JOIN u ON u.id = t.id SET t.n = t.n + u.step, u.uses = u.uses + 1 WHERE t.id = 1",
    "INSERT INTO t (id, name, n) VALUES (1, 'x', 1) ON DUPLICATE KEY UPDATE n = n + VALUES(n)",
    "INSERT INTO t (id, name, n) SELECT s.id, s.name, s.n FROM t AS s WHERE s.id = 1 ON DUPLICATE KEY UPDATE t.n = t.n + 1",
])
def test_increments(db, connect, statement):
    name, client = db
    client.one("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(10), n INT, KEY (name))")
    client.one("CREATE TABLE u (id INT PRIMARY KEY, step INT, uses INT)")
    client.one("INSERT INTO t VALUES (1, 'one', 0), (2, 'two', 0)")
    client.one("INSERT INTO u VALUES (1, 1, 0)")
    run_together(connect, name, lambda c, w, i: c.execute(statement))
    assert rows(client, "SELECT n FROM t ORDER BY id") == [(TOTAL,), (0,)]
    if " JOIN " in statement:
        assert rows(client, "SELECT uses FROM u") == [(TOTAL,)]


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_transfers(db, connect, level):
    """Two updates and a check in a transaction; the sum stays."""
    name, client = db
    client.one("CREATE TABLE a (id INT PRIMARY KEY, balance DECIMAL(10,2))")
    client.one("INSERT INTO a VALUES (1, 100), (2, 100), (3, 100)")

    def move(c, worker, i):
        c.execute(f"SET SESSION TRANSACTION ISOLATION LEVEL {level}")
        c.execute("BEGIN")
        first, second = 1 + (worker + i) % 3, 1 + (worker + i + 1) % 3
        c.execute("SELECT balance FROM a WHERE id = %s FOR UPDATE", (first,))
        have = c.fetchone()[0]
        c.execute("UPDATE a SET balance = %s WHERE id = %s", (have - 1, first))
        c.execute("UPDATE a SET balance = balance * 1.0 + 1 WHERE id = %s", (second,))
        c.execute("COMMIT")

    run_together(connect, name, move)
    assert rows(client, "SELECT SUM(balance) = 300, MIN(balance) > 0 FROM a") == [(1, 1)]


def test_unique_rows(db, connect):
    """INSERT IGNORE, REPLACE and ON DUPLICATE KEY of the same keys: one row each."""
    name, client = db
    client.one("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, k VARCHAR(10) UNIQUE, n INT DEFAULT 0)")

    def add(c, worker, i):
        c.execute("INSERT IGNORE INTO t (k) VALUES (CONCAT('i', %s))", (i,))
        c.execute("REPLACE INTO t (k, n) VALUES (CONCAT('r', %s), %s)", (i, worker))
        c.execute("INSERT INTO t (k, n) VALUES (CONCAT('d', %s), 1) ON DUPLICATE KEY UPDATE n = n + 1", (i,))

    run_together(connect, name, add)
    assert rows(client, "SELECT COUNT(*), COUNT(DISTINCT k), COUNT(DISTINCT id) FROM t") == [(3 * ROUNDS,) * 3]
    sums = rows(client, "SELECT SUM(n) FROM t WHERE k LIKE 'd%'")
    assert sums[0][0] >= TOTAL  # a round that was repeated after a deadlock may count twice


def test_insert_select(db, connect):
    """Each takes a snapshot of the table as it is and adds to it: ids stay unique, nothing is torn."""
    name, client = db
    client.one("CREATE TABLE src (id INT PRIMARY KEY, v INT)")
    client.one("INSERT INTO src VALUES (1, 1), (2, 2), (3, 3)")
    client.one("CREATE TABLE dst (id INT AUTO_INCREMENT PRIMARY KEY, w INT, v INT)")
    run_together(connect, name, lambda c, w, i: c.execute(
        "INSERT INTO dst (w, v) SELECT %s, v * 2 FROM src", (w,)))
    assert rows(client, "SELECT COUNT(*), COUNT(DISTINCT id), SUM(v) FROM dst") == [(3 * TOTAL, 3 * TOTAL, 12 * TOTAL)]


def test_lock_waits(db, connect):
    """NOWAIT, SKIP LOCKED and the lock wait timeout see the rows that another transaction has locked."""
    name, client = db
    client.one("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10))")
    client.one("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    one, two = (connect(database=name).cursor() for _ in range(2))
    one.execute("BEGIN")
    one.execute("UPDATE t SET v = CONCAT(v, 'x') WHERE id = 2")
    two.execute("SET innodb_lock_wait_timeout = 1")
    two.execute("BEGIN")
    with pytest.raises(pymysql.err.OperationalError) as e:
        two.execute("SELECT * FROM t WHERE id = 2 FOR UPDATE NOWAIT")
    assert e.value.args[0] in (1205, 3572)
    two.execute("SELECT id FROM t ORDER BY id FOR UPDATE SKIP LOCKED")
    assert [r[0] for r in two.fetchall()] == [1, 3]
    with pytest.raises(pymysql.err.OperationalError) as e:
        two.execute("UPDATE t SET v = UPPER(v) WHERE id = 2")
    assert e.value.args[0] == 1205
    two.execute("UPDATE t SET v = UPPER(v) WHERE id = 3")
    two.execute("COMMIT")
    one.execute("ROLLBACK")
    assert client.one("SELECT v FROM t ORDER BY id").rows == [(b"a",), (b"b",), (b"C",)]
