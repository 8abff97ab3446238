# SPDX-License-Identifier: Apache-2.0
"""mysqldump: what a dump through the proxy restores on a plain server, and the reverse, dumps the same again."""
import os
import re
import subprocess
import uuid

import pytest

E = os.environ
PROXY = ["-h", E.get("ALLIUM_HOST", ""), "-P", E.get("ALLIUM_PORT", ""), "-u", E.get("ALLIUM_USER", ""), f"-p{E.get('ALLIUM_PASSWORD', '')}"]
PLAIN = ["-S", E.get("BACKEND_SOCKET", ""), "-u", "root"]
SOURCE = r"""
SET NAMES utf8mb4;
CREATE DATABASE {db} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE {db};
CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL DEFAULT 'x''y',
    d DATETIME DEFAULT '2020-01-02 03:04:05', ts TIMESTAMP NULL, KEY (name)) AUTO_INCREMENT=100 COMMENT 'it''s';
CREATE TABLE child (id BIGINT UNSIGNED PRIMARY KEY, pid INT, amount DECIMAL(12,4), g DECIMAL(14,4) AS (amount*2) STORED,
    v VARCHAR(20) AS (CONCAT('a',pid)) VIRTUAL, b BLOB, bi BIT(9), e ENUM('a','b c','d''e'), s SET('x','y'), j JSON, f FLOAT,
    dd DOUBLE, t TIME(3), y YEAR, bin BINARY(4), CHECK (amount < 1000),
    CONSTRAINT fk1 FOREIGN KEY (pid) REFERENCES parent(id) ON DELETE CASCADE ON UPDATE CASCADE, UNIQUE KEY u (pid, amount));
INSERT INTO parent (name, ts) VALUES ('one', '2021-05-06 07:08:09'),('two\nline',NULL),('thr\\ee',NULL),('ünïcödé 😀',NULL);
INSERT INTO child (id,pid,amount,b,bi,e,s,j,f,dd,t,y,bin) VALUES
    (1,100,1.5,x'00ff275c0a1a0d22',b'101010101','b c','x,y','{{"a": [1,2]}}',1.5,1e300,'-12:34:56.789',1999,'ab'),
    (18446744073709551615,103,-999.9999,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE VIEW vv AS SELECT p.id, p.name, SUM(c.amount) AS s FROM parent p LEFT JOIN child c ON c.pid=p.id GROUP BY p.id, p.name;
CREATE VIEW a_view AS SELECT * FROM vv WHERE id > 100;
CREATE TABLE empty_t (a INT) ROW_FORMAT=DYNAMIC;
CREATE TABLE part (id INT NOT NULL, PRIMARY KEY (id)) PARTITION BY HASH(id) PARTITIONS 3;
INSERT INTO part VALUES (1),(2),(3),(40);
"""
OPTIONS = [
    [],
    ["--routines", "--triggers", "--events", "--hex-blob"],
    ["--single-transaction", "--hex-blob", "--skip-triggers"],
    ["--extended-insert=0", "--complete-insert", "--skip-tz-utc"],
    ["--replace", "--skip-opt", "--set-charset", "--quick", "--hex-blob"],
    ["--order-by-primary", "--insert-ignore", "--lock-all-tables=0", "--add-drop-database"],
]


def sql(side, text):
    subprocess.run(["mariadb", "--no-defaults", *side], input=text, check=True, timeout=120)


def dump(side, db, options):
    return subprocess.run(["mariadb-dump", "--no-defaults", *side, *options, db], capture_output=True, check=True, timeout=120).stdout


def plain_text(text):
    """Without what names the server, the time or the account."""
    text = re.sub(rb"(?m)^-- (Host|Server version|Dump completed|MariaDB dump|MySQL dump).*\n", b"", text)
    return re.sub(rb"DEFINER=\S+", b"DEFINER=x", text)


@pytest.fixture(scope="module")
def source():
    name = "dump_" + uuid.uuid4().hex[:8]
    for side in (PROXY, PLAIN):
        sql(side, SOURCE.format(db=name).encode())
    yield name
    for side in (PROXY, PLAIN):
        for db in (name, name + "_r"):
            sql(side, f"DROP DATABASE IF EXISTS {db}".encode())


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: " ".join(o) or "default")
def test_same_dump(source, options):
    assert plain_text(dump(PROXY, source, options)) == plain_text(dump(PLAIN, source, options))


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: " ".join(o) or "default")
@pytest.mark.parametrize("origin,target", [(PROXY, PLAIN), (PLAIN, PROXY)], ids=["from proxy", "to proxy"])
def test_restore(source, origin, target, options):
    copy = source + "_r"
    sql(target, f"DROP DATABASE IF EXISTS {copy}; CREATE DATABASE {copy} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci".encode())
    sql(target, f"USE {copy};\nSET foreign_key_checks=0;\n".encode() + dump(origin, source, options))
    check = ["--hex-blob", "--skip-opt", "--order-by-primary"]
    assert plain_text(dump(target, copy, check)) == plain_text(dump(PLAIN, source, check)).replace(source.encode(), copy.encode())
