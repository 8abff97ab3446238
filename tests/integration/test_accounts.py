# SPDX-License-Identifier: Apache-2.0
"""Accounts and privileges: the same statements by the same accounts, through the proxy and on the plain server."""
import os
import subprocess
import uuid

import pymysql
import pytest

import wire

SETUP = """
CREATE DATABASE {db}
CREATE TABLE {db}.t (a INT PRIMARY KEY, b INT)
CREATE VIEW {db}.v AS SELECT a FROM {db}.t
INSERT INTO {db}.t VALUES (1,2),(3,4)
CREATE USER {u}_col@'%' IDENTIFIED BY 'pw', {u}_db@'%' IDENTIFIED BY 'pw', {u}_none@'%' IDENTIFIED BY 'pw', {u}_tab@'%' IDENTIFIED BY 'pw'
GRANT SELECT (a) ON {db}.t TO {u}_col@'%'
GRANT SELECT, INSERT, CREATE, CREATE TEMPORARY TABLES ON {db}.* TO {u}_db@'%'
GRANT SELECT, UPDATE, DELETE, ALTER, INDEX, DROP ON {db}.t TO {u}_tab@'%' WITH GRANT OPTION
GRANT SELECT ON {db}.v TO {u}_tab@'%'
""".strip().format

STATEMENTS = """
SELECT a FROM {db}.t ORDER BY a
SELECT b FROM {db}.t ORDER BY a
SELECT a+1 FROM {db}.t ORDER BY a
SELECT COUNT(*) FROM {db}.t
SELECT a FROM {db}.v ORDER BY a
SELECT a FROM {db}.t WHERE b = 2
SELECT a FROM {db}.nothing
INSERT INTO {db}.t VALUES (5,6)
INSERT INTO {db}.t (a) VALUES (7)
UPDATE {db}.t SET b = 9 WHERE a = 1
UPDATE {db}.t SET b = b + a
DELETE FROM {db}.t WHERE a = 3
REPLACE INTO {db}.t VALUES (1,1)
SET @x = (SELECT MAX(b) FROM {db}.t)
CREATE TABLE {db}.n (x INT)
CREATE TABLE {db}.s AS SELECT a FROM {db}.t
CREATE DATABASE {db}_2
DROP DATABASE {db}
ALTER TABLE {db}.t ADD c INT
CREATE INDEX i ON {db}.t (b)
RENAME TABLE {db}.t TO {db}.t2
TRUNCATE TABLE {db}.t
CREATE VIEW {db}.w AS SELECT 1
CREATE TEMPORARY TABLE {db}.tmp (x INT)
LOCK TABLES {db}.t READ
UNLOCK TABLES
USE {db}
SHOW TABLES
SHOW DATABASES LIKE '{db}%'
SHOW CREATE TABLE {db}.t
SHOW CREATE VIEW {db}.v
SHOW COLUMNS FROM {db}.t
SHOW GRANTS
SHOW GRANTS FOR CURRENT_USER()
SELECT CURRENT_USER()
SELECT a, CURRENT_USER() FROM {db}.t ORDER BY a
SELECT * FROM information_schema.schema_privileges
SELECT * FROM information_schema.table_privileges
SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = '{db}' ORDER BY 1, 2
SELECT COUNT(*) FROM mysql.user
EXPLAIN SELECT b FROM {db}.t
CHECK TABLE {db}.t
CREATE USER {u}_x
DROP USER {u}_none
GRANT SELECT ON {db}.t TO {u}_none
GRANT ALL ON *.* TO {u}_none
REVOKE SELECT ON {db}.t FROM {u}_tab
SET GLOBAL max_connections = 100
CALL {db}.p()
FLUSH TABLES
SET PASSWORD = PASSWORD('other')
DROP TABLE {db}.t
""".strip().format

CLEANUP = "DROP DATABASE IF EXISTS {db};DROP USER {u}_col@'%', {u}_db@'%', {u}_none@'%', {u}_tab@'%'".format


def ask(client, sql):
    return client.query(sql)[-1]


def last(result):
    return result[-1] if isinstance(result, list) else result


def outcome(client, sql):
    r = ask(client, sql)
    if isinstance(r, wire.Error):
        return r.errno, r.message.replace("localhost", "HOST").replace("127.0.0.1", "HOST")
    return sorted(r.rows) if getattr(r, "rows", None) and not sql.startswith("EXPLAIN") else None


@pytest.fixture(scope="module")
def world():
    e = os.environ
    sides = {"proxy": f"{e['ALLIUM_HOST']}:{e['ALLIUM_PORT']}:", "plain": f"{e['BACKEND_SOCKET']}:"}
    admins = {"proxy": f"{e['ALLIUM_USER']}:{e['ALLIUM_PASSWORD']}", "plain": "root:"}
    names = {"db": "acc_" + uuid.uuid4().hex[:8], "u": "u" + uuid.uuid4().hex[:6]}
    roots = {s: wire.Client(sides[s] + admins[s]) for s in sides}
    yield names, sides, roots
    for root in roots.values():
        for sql in CLEANUP(**names).split(";"):
            ask(root, sql)
        root.close()


@pytest.mark.parametrize("account", ["col", "db", "none", "tab"])
def test_same_outcome_as_on_the_plain_server(world, account):
    names, sides, roots = world
    got = {}
    for side, root in roots.items():
        for sql in CLEANUP(**names).split(";") + SETUP(**names).split("\n"):
            ask(root, sql)
        client = wire.Client(f"{sides[side]}{names['u']}_{account}:pw")
        got[side] = [(sql, outcome(client, sql)) for sql in STATEMENTS(**names).split("\n")]
        client.close()
    assert got["proxy"] == got["plain"]


def test_rights_change_under_an_open_session(world):
    names, sides, roots = world
    root = roots["proxy"]
    for sql in CLEANUP(**names).split(";") + SETUP(**names).split("\n"):
        ask(root, sql)
    client = wire.Client(f"{sides['proxy']}{names['u']}_none:pw")
    sql = f"SELECT a FROM {names['db']}.t ORDER BY a"
    for _ in range(3):
        assert ask(client, sql).errno == 1142
        root.one(f"GRANT SELECT ON {names['db']}.t TO {names['u']}_none@'%'")
        assert ask(client, sql).rows == [(b"1",), (b"3",)]
        assert ask(client, sql).rows == [(b"1",), (b"3",)]
        root.one(f"REVOKE SELECT ON {names['db']}.t FROM {names['u']}_none@'%'")
    assert ask(client, sql).errno == 1142
    client.close()


def test_prepared_statements_are_checked(world):
    names, sides, roots = world
    for sql in CLEANUP(**names).split(";") + SETUP(**names).split("\n"):
        ask(roots["proxy"], sql)
    client = wire.Client(f"{sides['proxy']}{names['u']}_col:pw")
    refused = client.prepare(f"SELECT b FROM {names['db']}.t")
    assert isinstance(refused, wire.Error) and refused.errno == 1143
    allowed = client.prepare(f"SELECT a FROM {names['db']}.t WHERE a = ?")
    for _ in range(2):
        assert isinstance(last(client.execute(allowed, [(253, b"\x011")])), wire.Rows)
    roots["proxy"].one(f"REVOKE SELECT (a) ON {names['db']}.t FROM {names['u']}_col@'%'")
    assert last(client.execute(allowed, [(253, b"\x011")])).errno == 1142
    client.close()


def test_password_change_lock_and_drop(world, connect):
    names, _, roots = world
    user = names["u"] + "_p"
    root = roots["proxy"]
    root.one(f"CREATE USER {user}@'%' IDENTIFIED BY 'one'")
    try:
        connect(user=user, password="one").close()
        root.one(f"SET PASSWORD FOR {user}@'%' = PASSWORD('two')")
        with pytest.raises(pymysql.err.OperationalError, match="1045"):
            connect(user=user, password="one")
        own = connect(user=user, password="two")
        own.cursor().execute("SET PASSWORD = PASSWORD('three')")
        connect(user=user, password="three").close()
        root.one(f"ALTER USER {user}@'%' ACCOUNT LOCK")
        with pytest.raises(pymysql.err.OperationalError, match="locked"):
            connect(user=user, password="three").close()
        root.one(f"ALTER USER {user}@'%' WITH MAX_USER_CONNECTIONS 1 ACCOUNT UNLOCK")
        with pytest.raises(pymysql.err.OperationalError, match="1226"):
            connect(user=user, password="three")
        own.close()
        connect(user=user, password="three").close()
    finally:
        root.one(f"DROP USER {user}@'%'")
    with pytest.raises(pymysql.err.OperationalError, match="1045"):
        connect(user=user, password="three")


def test_hosts_decide(world, connect):
    names, _, roots = world
    user = names["u"] + "_h"
    root = roots["proxy"]
    root.one(f"CREATE USER {user}@'10.%' IDENTIFIED BY 'far', {user}@'127.0.0.0/255.0.0.0' IDENTIFIED BY 'near'")
    try:
        with pytest.raises(pymysql.err.OperationalError, match="1045"):
            connect(user=user, password="far")
        with connect(user=user, password="near").cursor() as cur:
            cur.execute("SELECT CURRENT_USER()")
            assert cur.fetchone() == (f"{user}@127.0.0.0/255.0.0.0",)
    finally:
        root.one(f"DROP USER {user}@'10.%', {user}@'127.0.0.0/255.0.0.0'")


def test_the_mirrors_own_accounts_are_out_of_reach(world, connect):
    _, sides, roots = world
    for name in ("allium_client", "allium_admin", "allium_t1", "allium_g"):
        assert ask(roots["proxy"], f"DROP USER '{name}'@localhost").errno == 1235
        with pytest.raises(pymysql.err.OperationalError, match="1045"):
            connect(user=name, password="")


def test_alliumctl_manages_accounts(world, connect):
    names, _, _ = world
    e = os.environ
    tool = os.path.join(e.get("ALLIUM_BIN", os.path.join(os.path.dirname(__file__), "../../build/proxy")), "alliumctl")
    user = names["u"] + "_ctl"

    def ctl(what, *more):
        return subprocess.run([tool, "user", what, "--as", e["ALLIUM_USER"], "--host", e["ALLIUM_HOST"], "--port", e["ALLIUM_PORT"], user, *more],
                              capture_output=True, text=True, timeout=30, check=False,
                              env={**e, "ALLIUM_ADMIN_PASSWORD": e["ALLIUM_PASSWORD"], "ALLIUM_USER_PASSWORD": "from ctl"})
    assert ctl("add").returncode == 0
    assert ctl("grant", "SELECT ON shop.*").returncode == 0
    assert "SELECT ON `shop`" in ctl("list").stdout
    connect(user=user, password="from ctl").close()
    assert ctl("revoke", "SELECT ON shop.*").returncode == 0
    assert ctl("drop").returncode == 0
    assert ctl("drop").returncode != 0
