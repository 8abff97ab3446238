# SPDX-License-Identifier: Apache-2.0
"""What must never work, and how it says so."""
import os

import pytest

import wire

REACHES_FILES = [
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE t",
    "SELECT a FROM t INTO OUTFILE '/tmp/allium-out'",
    "SELECT a FROM t INTO DUMPFILE '/tmp/allium-out'",
]
REACHES_THE_SERVER = [
    "CREATE FUNCTION f RETURNS STRING SONAME 'allium_udf.so'",
    "INSTALL PLUGIN p SONAME 'x.so'",
    "INSTALL SONAME 'x'",
    "SHUTDOWN",
    "SET GLOBAL general_log = 1",
    "SET GLOBAL secure_file_priv = ''",
    "CHANGE MASTER TO MASTER_HOST = 'x'",
    "RESET MASTER",
    "DROP DATABASE allium",
    "DROP DATABASE mysql",
    "SELECT * FROM mysql.global_priv",
    "SELECT * FROM mysql.user",
    "UPDATE mysql.user SET user = 'x'",
    "USE allium",
    "SELECT * FROM allium.catalog",
    "CREATE TABLE mysql.x (a INT)",
    "CREATE USER allium_g7",
    "GRANT ALL ON *.* TO allium_client@localhost",
    "GRANT USAGE ON *.* TO 'allium_\\client'@localhost",
    "DROP USER allium_admin/**/@localhost",
    "ALTER USER allium_client @localhost IDENTIFIED BY ''",
    "SHOW GRANTS FOR allium_client@localhost",
    "SHOW CREATE USER allium_client @localhost",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x')",
    "CREATE TABLE f (a INT) ENGINE=FEDERATED CONNECTION='mysql://x/y/z'",
    "BINLOG 'AAAA'",
    "HANDLER t OPEN",
]


@pytest.mark.parametrize("sql", REACHES_FILES + REACHES_THE_SERVER)
def test_refused(db, sql):
    _, client = db
    client.one("CREATE TABLE t (a INT)")
    client.one("INSERT INTO t VALUES (1)")
    result = client.query(sql)[0]
    assert isinstance(result, wire.Error), f"{sql} gave {result}"
    assert result.errno != 2013
    assert client.one("SELECT a FROM t").rows == [(b"1",)]


def test_no_file_outside_the_data_directory(db):
    _, client = db
    client.query("CREATE TABLE planted_file (a INT) DATA DIRECTORY = '/tmp'")
    assert not [d for d in os.listdir("/tmp") if os.path.exists(f"/tmp/{d}/planted_file.ibd")]


def test_load_file_gives_nothing(db):
    _, client = db
    result = client.query("SELECT LOAD_FILE('/etc/passwd')")[0]
    assert isinstance(result, wire.Error) or result.rows == [(None,)]


def test_multi_statements_need_the_flag(db):
    _, client = db
    assert isinstance(client.query("SELECT 1; SELECT 2")[0], wire.Error)


def test_names_are_not_on_the_server(db, backend):
    name, client = db
    client.one("CREATE TABLE secret_table_name (secret_column_name INT, KEY secret_index_name (secret_column_name))")
    tables = backend.one("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES").rows
    assert not [t for t in tables if t[1] == b"secret_table_name"]
    columns = backend.one("SELECT COLUMN_NAME FROM information_schema.COLUMNS").rows
    assert (b"secret_column_name",) not in columns
    assert (b"secret_index_name",) not in backend.one("SELECT INDEX_NAME FROM information_schema.STATISTICS").rows


def test_changed_cell_is_an_error_not_an_answer(db, spec, backend):
    name, client = db
    before = set(backend.one("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES").rows)
    client.one("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40))")
    client.one("INSERT INTO t VALUES (1, 'authentic'), (2, 'other')")
    made = set(backend.one("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES").rows) - before
    assert len(made) == 1
    schema, table = (x.decode() for x in made.pop())
    columns = [r[0].decode() for r in backend.one(
        f"SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{schema}' AND TABLE_NAME = '{table}' "
        "AND COLUMN_NAME LIKE '%\\_v'").rows]
    assert columns
    for column in columns:  # one flipped bit in the last byte of each value cell
        backend.one(f"UPDATE `{schema}`.`{table}` SET `{column}` = CONCAT(LEFT(`{column}`, LENGTH(`{column}`) - 1), "
                    f"UNHEX(LPAD(HEX(ORD(RIGHT(`{column}`, 1)) ^ 1), 2, '0')))")
    for sql in ("SELECT v FROM t", "SELECT id FROM t", "SELECT UPPER(v) FROM t", "SELECT v FROM t WHERE id = 1",
                "UPDATE t SET v = CONCAT(v, 'x')"):
        mine = wire.Client(spec, name)  # such an error may end the session
        result = mine.query(sql)[0]
        assert isinstance(result, wire.Error), (sql, result)
        mine.conn._force_close()


def test_swapped_rows_are_an_error(db, backend):
    _, client = db
    before = set(backend.one("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES").rows)
    client.one("CREATE TABLE t (v VARCHAR(40))")
    client.one("INSERT INTO t VALUES ('mine'), ('hers')")
    schema, table = (x.decode() for x in (set(backend.one(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES").rows) - before).pop())
    column = backend.one(f"SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '{schema}' AND "
                         f"TABLE_NAME = '{table}' AND COLUMN_NAME LIKE '%\\_v'").rows[0][0].decode()
    backend.one(f"UPDATE `{schema}`.`{table}` a JOIN (SELECT MAX(rid) AS hi, MIN(rid) AS lo FROM `{schema}`.`{table}`) q "
                f"JOIN (SELECT rid, `{column}` AS v FROM `{schema}`.`{table}`) b "
                f"ON b.rid = IF(a.rid = q.hi, q.lo, q.hi) SET a.`{column}` = b.v")
    assert isinstance(client.query("SELECT v FROM t")[0], wire.Error)


def test_equal_values_look_different_in_the_value_cell(db, backend):
    _, client = db
    before = set(backend.one("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES").rows)
    client.one("CREATE TABLE t (v VARCHAR(40))")
    client.one("INSERT INTO t VALUES ('same'), ('same'), ('same')")
    schema, table = (x.decode() for x in (set(backend.one(
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES").rows) - before).pop())
    result = backend.one(f"SELECT * FROM `{schema}`.`{table}`")
    for i, column in enumerate(result.columns):
        if column.name.endswith(b"_v"):
            assert len({row[i] for row in result.rows}) == 3
