# SPDX-License-Identifier: Apache-2.0
"""Transitions: how columns are stored changes while clients read and write; nothing is lost, nothing is ever answered wrongly."""
import os
import random
import threading
import time

import pymysql
import pytest
import wire

ROWS = 2000


@pytest.fixture
def admin(spec):
    """The admin port: rows of a statement."""
    client = wire.Client(":".join([os.environ["ALLIUM_HOST"], os.environ["ALLIUM_ADMIN_PORT"]] + spec.split(":")[2:]))
    yield lambda sql: [tuple(None if c is None else c.decode() for c in row) for row in getattr(client.one(sql), "rows", [])]
    client.close()


def state_of(admin, number):
    return next(r for r in admin("SHOW TRANSITIONS") if r[0] == number)


def wait_for(admin, number, *states, timeout=60):
    end = time.time() + timeout
    while time.time() < end:
        row = state_of(admin, number)
        if row[3] in states:
            return row
        assert row[3] != "failed", row
        time.sleep(0.1)
    raise AssertionError(f"still {state_of(admin, number)}")


def begin(admin, sql, timeout=60):
    """ADJUST COLUMN, as soon as no other transition of the table is under way (queries begin some, too)."""
    end = time.time() + timeout
    while True:
        try:
            ((number,),) = admin(sql)
            return number
        except wire.ServerError as e:
            if "under way" not in str(e) or time.time() > end:
                raise
        time.sleep(0.2)


def onions(admin, name, table, column):
    return {r[3]: r[4] for r in admin("SHOW ONIONS") if r[:3] == (name, table, column) and r[7] is None}


class Worker(threading.Thread):
    """Changes rows of its own and remembers what they must be; reads them back by every key. A deadlock with the batch that a transition
    fills just then undoes the statement; the turn is repeated, as a client must. More than a few are an error."""

    def __init__(self, connection, number):
        super().__init__()
        self.cursor, self.number = connection.cursor(), number
        self.rows, self.error, self.statements, self.deadlocks = {}, None, 0, 0
        self.stop = threading.Event()

    def run(self):
        rng = random.Random(self.number)
        try:
            while not self.stop.is_set():
                try:
                    self.turn(rng)
                    self.statements += 2
                except pymysql.err.OperationalError as e:
                    self.deadlocks += 1
                    if e.args[0] != 1213 or self.deadlocks > 5:
                        raise
        except Exception as e:  # pylint: disable=broad-except
            self.error = e

    def turn(self, rng):
        i = self.number * 1000000 + rng.randrange(200)
        tag, n = f"{self.number}-{i}-{rng.randrange(1000)}", rng.randrange(-500, 500)
        if i not in self.rows:
            self.cursor.execute("INSERT INTO t (id, parent, tag, n, note) VALUES (%s, %s, %s, %s, %s)", (i, i % 7, tag, n, tag * 3))
            self.rows[i] = (i, i % 7, tag, n, tag * 3)
        elif rng.randrange(5) == 0:
            self.cursor.execute("DELETE FROM t WHERE id = %s", (i,))
            del self.rows[i]
        else:
            self.cursor.execute("UPDATE t SET tag = %s, n = n + 1, parent = %s WHERE id = %s", (tag, n % 7, i))
            _, _, _, old, note = self.rows[i]
            self.rows[i] = (i, n % 7, tag, old + 1, note)
        if self.rows:
            want = self.rows[rng.choice(list(self.rows))]
            column, value = rng.choice([("id", want[0]), ("tag", want[2]), ("n", want[3])])
            self.cursor.execute(f"SELECT id, parent, tag, n, note FROM t WHERE {column} = %s", (value,))
            got = self.cursor.fetchall()
            assert want in got, (column, value, want, got)


@pytest.fixture
def busy_table(db, connect):
    """A table with all sorts of keys, a parent table, rows, and three workers on it; ends with comparing all rows."""
    name, client = db
    client.one("CREATE TABLE p (id INT PRIMARY KEY)")
    client.one("INSERT INTO p VALUES (0),(1),(2),(3),(4),(5),(6)")
    client.one("CREATE TABLE t (id INT PRIMARY KEY, parent INT, tag VARCHAR(40), n INT COMMENT 'allium: onions=eager, low_entropy=1000', note TEXT,"
               " UNIQUE KEY (tag), KEY prefixed (tag(4)), KEY pair (parent, id), FOREIGN KEY (parent) REFERENCES p (id))")
    fixed = {i: (i, i % 7, f"tag{i}", i % 50, "x" * (i % 90)) for i in range(ROWS)}
    for start in range(0, ROWS, 1000):
        values = ",".join(f"({i},{i % 7},'tag{i}',{i % 50},'{'x' * (i % 90)}')" for i in range(start, start + 1000))
        client.one(f"INSERT INTO t VALUES {values}")
    workers = [Worker(connect(database=name), i + 1) for i in range(3)]
    for w in workers:
        w.start()
    yield name, client, workers
    for w in workers:
        w.stop.set()
        w.join()
    assert [w.error for w in workers] == [None] * 3
    want = dict(fixed)
    for w in workers:
        want.update(w.rows)
    cursor = connect(database=name).cursor()
    cursor.execute("SELECT id, parent, tag, n, note FROM t")
    assert {r[0]: r for r in cursor.fetchall()} == want
    for column in ("tag", "n"):  # by the tokens, too
        for row in random.Random(1).sample(list(want.values()), 5):
            cursor.execute(f"SELECT id FROM t WHERE {column} = %s", (row[2 if column == "tag" else 3],))
            assert (row[0],) in cursor.fetchall()
    with pytest.raises(pymysql.err.IntegrityError):
        cursor.execute("INSERT INTO t (id, tag) VALUES (-1, 'tag7')")
    with pytest.raises(pymysql.err.IntegrityError):
        cursor.execute("INSERT INTO t (id, parent) VALUES (-1, 99)")


KINDS = [
    ("n", "PEEL", {"value": "random", "eq": "bare", "ord": "bare"}),
    ("n", "REMOVE ORD", {"value": "random", "eq": "random"}),
    ("note", "ADD SEARCH", {"value": "random", "search": "bare"}),
    ("note", "ADD EQ", {"value": "random", "eq": "bare"}),
    ("note", "ROTATE", {"value": "random"}),
    ("tag", "ROTATE", {"value": "random", "eq": "bare", "prefix": "bare"}),
    ("parent", "ROTATE", {"value": "random", "eq": "bare"}),
    ("id", "ROTATE", {"value": "random", "eq": "bare", "ord": "bare"}),
]


@pytest.mark.parametrize("column,what,after", KINDS, ids=lambda v: v if isinstance(v, str) else "")
def test_kind(busy_table, admin, column, what, after):
    name, _, workers = busy_table
    before = sum(w.statements for w in workers)
    number = begin(admin, f"ADJUST COLUMN {name}.t.{column} {what} GRACE 1")
    row = wait_for(admin, number, "done")
    assert row[5] != "0" or what.startswith("REMOVE")
    assert onions(admin, name, "t", column) == after
    assert sum(w.statements for w in workers) > before


@pytest.mark.parametrize("column,what", [("n", "PEEL"), ("id", "ROTATE"), ("note", "ADD EQ"), ("n", "REMOVE EQ")])
@pytest.mark.parametrize("when", ["early", "late"])
def test_rollback(busy_table, admin, column, what, when):
    name, client, _ = busy_table
    before = onions(admin, name, "t", column)
    rate = "RATE 500" if when == "early" else ""
    if when == "late" and what.startswith("ADD"):
        pytest.skip("nothing to go back to: an onion that was added is removed by REMOVE")
    number = begin(admin, f"ADJUST COLUMN {name}.t.{column} {what} GRACE 100 {rate}")
    wait_for(admin, number, "filling" if when == "early" and not what.startswith("REMOVE") else "switched")
    admin(f"TRANSITION {number} ROLLBACK")
    wait_for(admin, number, "rolled back")
    assert onions(admin, name, "t", column) == before
    assert client.one(f"SELECT COUNT(*) FROM t WHERE id < {ROWS}").rows[0][0] == str(ROWS).encode()


def test_pause(busy_table, admin):
    name, _, _ = busy_table
    number = begin(admin, f"ADJUST COLUMN {name}.t.n PEEL RATE 1000 GRACE 0")
    wait_for(admin, number, "filling")
    admin(f"TRANSITION {number} PAUSE")
    wait_for(admin, number, "paused")
    time.sleep(1.5)
    done = state_of(admin, number)[5]
    time.sleep(1)
    assert state_of(admin, number)[5] == done
    admin(f"TRANSITION {number} RESUME")
    wait_for(admin, number, "done")


def test_old_snapshot_is_told_to_retry(db, connect, admin):
    name, client = db
    client.one("CREATE TABLE other (id INT PRIMARY KEY)")
    client.one("CREATE TABLE t (id INT PRIMARY KEY, n INT)")
    client.one("INSERT INTO t VALUES (1, 5), (2, 6)")
    client.one("INSERT INTO other VALUES (1)")
    cursor = connect(database=name).cursor()
    cursor.execute("START TRANSACTION")
    cursor.execute("SELECT * FROM other")
    number = begin(admin, f"ADJUST COLUMN {name}.t.n ADD EQ GRACE 0")
    wait_for(admin, number, "done")
    with pytest.raises(pymysql.err.OperationalError) as e:
        cursor.execute("SELECT id FROM t WHERE n = 5")
    assert e.value.args[0] == 1412
    cursor.execute("ROLLBACK")
    cursor.execute("SELECT id FROM t WHERE n = 5")
    assert cursor.fetchall() == ((1,),)


def test_merge(db, connect, admin):
    name, client = db
    client.one("CREATE TABLE a (id INT PRIMARY KEY, x INT, KEY (x))")
    client.one("CREATE TABLE b (id INT PRIMARY KEY, y BIGINT, KEY (y))")
    client.one("INSERT INTO a VALUES (1, 10), (2, 20), (3, NULL)")
    client.one("INSERT INTO b VALUES (1, 20), (2, 30)")
    query = "SELECT a.id, b.id FROM a JOIN b ON a.x = b.y"
    assert client.one(query).rows == [(b"2", b"1")]
    number = begin(admin, f"ADJUST COLUMN {name}.a.x MERGE {name}.b.y GRACE 0")
    wait_for(admin, number, "done")
    groups = {(r[1], r[2]): r[5] for r in admin("SHOW ONIONS") if r[0] == name and r[3] == "eq"}
    assert groups["a", "x"] == groups["b", "y"] != groups["a", "id"]
    assert client.one(query).rows == [(b"2", b"1")]


def test_floor(db, admin):
    name, client = db
    client.one("CREATE TABLE t (id INT PRIMARY KEY, n INT COMMENT 'allium: floor=rnd', m INT COMMENT 'allium: floor=det, onions=eager')")
    for column, what in (("n", "ADD EQ"), ("m", "ADD ORD")):
        with pytest.raises(Exception, match="floor"):
            admin(f"ADJUST COLUMN {name}.t.{column} {what}")
    with pytest.raises(Exception, match="bare tokens"):
        admin(f"ADJUST COLUMN {name}.t.id SET floor=rnd")
    with pytest.raises(Exception, match="keys need"):
        admin(f"ADJUST COLUMN {name}.t.id REMOVE EQ")
    admin(f"ADJUST COLUMN {name}.t.n SET floor=det")
    number = begin(admin, f"ADJUST COLUMN {name}.t.n ADD EQ GRACE 0")
    wait_for(admin, number, "done")
    assert onions(admin, name, "t", "n") == {"value": "random", "eq": "bare"}


def wants(admin, column):
    return {r[1]: r[3] for r in admin("SHOW WANTS") if r[0] == column}


def test_queries_take_layers_off(db, admin):
    name, client = db
    eager = "allium: onions=eager"
    client.one(f"CREATE TABLE t (id INT PRIMARY KEY, n INT COMMENT '{eager}', few INT COMMENT '{eager}',"
               f" shut INT COMMENT '{eager}, strict=yes', det INT COMMENT '{eager}, floor=det')")
    client.one("INSERT INTO t VALUES " + ",".join(f"({i},{i},{i % 3},{i},{i})" for i in range(100)))
    for query in ("n = 5", "few = 2", "shut = 7", "det = 9", "n > 97"):
        assert client.one(f"SELECT COUNT(*) FROM t WHERE {query}").rows[0][0] in (b"1", b"2", b"33")
    end = time.time() + 20
    while time.time() < end and onions(admin, name, "t", "n")["eq"] != "bare":
        time.sleep(0.1)
    assert onions(admin, name, "t", "n")["eq"] == "bare"
    assert wants(admin, f"{name}.t.n")["eq"] == "transition begun"
    assert wants(admin, f"{name}.t.few")["eq"] == "too few distinct values"
    assert wants(admin, f"{name}.t.shut")["eq"] == "policy forbids it"
    assert onions(admin, name, "t", "few")["eq"] == onions(admin, name, "t", "shut")["eq"] == "random"
    plan = client.one("EXPLAIN ALLIUM SELECT id FROM t WHERE n = 5").rows
    assert (b"plan", b"rewrite") in plan
    assert client.one("SELECT id FROM t WHERE n = 5").rows == [(b"5",)]
