# SPDX-License-Identifier: Apache-2.0
"""Sessions: idle ones come back as they were, pooled connections carry nothing from one client to the next, limits and KILL."""
import socket
import threading
import time

import pymysql
import pytest

REST = 2.5  # seconds after which an idle session has given its scratch connection back
STATE = ("SELECT @@sql_mode, @@collation_connection, @@character_set_results, @a, @b, @@time_zone, @@tx_isolation, @@autocommit,"
         " DATABASE(), LAST_INSERT_ID(), CONNECTION_ID(), @@foreign_key_checks, @@max_join_size, @@innodb_lock_wait_timeout")


def row(cur, sql):
    cur.execute(sql)
    return cur.fetchone()


@pytest.mark.parametrize("sets", [
    ["SET NAMES latin1 COLLATE latin1_german1_ci", "SET sql_mode='ANSI_QUOTES'", "SET time_zone='+03:00'", "SET autocommit=0"],
    ["SET sql_mode=CONCAT(@@sql_mode, ',ANSI_QUOTES')", "SET @a=5, @b=CONCAT(@a, 'x')", "SET foreign_key_checks=0",
     "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"],
    ["SELECT @a:=17", "SET max_join_size=1234567"],
    ["SET autocommit=0", "SET autocommit=1"] * 40,
    ["SET @a=NOW(6)"],
    ["CREATE TEMPORARY TABLE keep_me (x INT)", "INSERT INTO keep_me VALUES (1)"],
    ["USE mysql"], [],
])
def test_idle_session_comes_back_as_it_was(connect, db, sets):
    name, client = db
    client.one("CREATE TABLE r (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10))")
    c = connect(database=name)
    cur = c.cursor()
    cur.execute("INSERT INTO r (v) VALUES ('x')")
    for sql in sets:
        cur.execute(sql)
    before = row(cur, STATE)
    if "SET autocommit=0" in sets:
        c.commit()
    time.sleep(REST)
    assert row(cur, STATE) == before
    if "keep_me" in str(sets):
        assert row(cur, "SELECT * FROM keep_me") == (1,)


def test_prepared_statements_and_warnings_survive_the_rest(db):
    name, client = db
    client.one("CREATE TABLE r (id INT PRIMARY KEY, v VARCHAR(3))")
    client.one("INSERT INTO r VALUES (1, 'a')")
    stmt = client.prepare("SELECT id, UPPER(v) FROM r")
    client.one("PREPARE named FROM 'SELECT v FROM r'")
    client.one("SELECT CAST('12x' AS SIGNED)")
    time.sleep(REST)
    assert len(client.one("SHOW WARNINGS").rows) == 1
    assert client.one("EXECUTE named").rows == [(b"a",)]
    assert client.execute(stmt)[-1].rows


def test_nothing_leaks_between_clients(connect, db):
    name, client = db
    client.one("CREATE TABLE l (a INT PRIMARY KEY) ENGINE=InnoDB")
    clean = row(connect(database=name).cursor(), "SELECT @@sql_mode, @@collation_connection, @a, @@time_zone, @@tx_isolation, @@autocommit")
    for _ in range(8):
        c = connect(database=name)
        cur = c.cursor()
        for sql in ("SET sql_mode='ANSI'", "SET @a=1", "SET time_zone='-05:00'", "SET autocommit=0", "SET NAMES latin1",
                    "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "CREATE TEMPORARY TABLE tmp_leak (x INT)", "SELECT GET_LOCK('leak', 0)",
                    "PREPARE leak FROM 'SELECT 1'", "LOCK TABLES l WRITE", "INSERT INTO l VALUES (1)"):
            cur.execute(sql)
        c.close()
    deadline = time.time() + 5
    while row(connect().cursor(), "SELECT IS_FREE_LOCK('leak')") != (1,) and time.time() < deadline:
        time.sleep(0.1)
    for _ in range(8):
        cur = connect(database=name).cursor()
        assert row(cur, "SELECT @@sql_mode, @@collation_connection, @a, @@time_zone, @@tx_isolation, @@autocommit") == clean
        assert row(cur, "SELECT LAST_INSERT_ID(), ROW_COUNT()")[0] == 0
        assert row(cur, "SELECT IS_FREE_LOCK('leak')") == (1,)
        with pytest.raises(pymysql.err.Error, match="1146"):
            cur.execute("SELECT * FROM tmp_leak")
        with pytest.raises(pymysql.err.Error, match="1243"):
            cur.execute("EXECUTE leak")
        cur.execute("SELECT * FROM l")  # no lock is left
    client.one("DROP TABLE l")


def run_and_catch(cur, sql, out):
    try:
        cur.execute(sql)
        out.append(cur.fetchall())
    except pymysql.err.Error as e:
        out.append(e.args[0])


@pytest.mark.parametrize("kind,errors", [("QUERY", {1317, 1}), ("CONNECTION", {2013, 1317, 0})])
def test_kill_ends_what_runs(connect, kind, errors):
    c = connect()
    cur, out = c.cursor(), []
    thread = threading.Thread(target=run_and_catch, args=(cur, "SELECT SLEEP(20)", out))
    started = time.time()
    thread.start()
    time.sleep(0.5)
    connect().cursor().execute(f"KILL {kind} {c.thread_id()}")
    thread.join(10)
    assert time.time() - started < 8
    assert out[0] in errors or out[0] == ((1,),)


def test_a_vanished_client_ends_its_statement(connect):
    c = connect()
    number = c.thread_id()
    threading.Thread(target=run_and_catch, args=(c.cursor(), "SELECT SLEEP(30)", []), daemon=True).start()
    time.sleep(0.5)
    c._sock.shutdown(socket.SHUT_RDWR)
    watcher = connect().cursor()
    deadline = time.time() + 8
    while time.time() < deadline:
        watcher.execute("SHOW PROCESSLIST")
        if number not in [r[0] for r in watcher.fetchall()]:
            return
        time.sleep(0.3)
    pytest.fail("the session is still there")
