# SPDX-License-Identifier: Apache-2.0
"""The UDF library in private servers of both kinds, against vectors that its code did not make."""
import glob
import os
import random
import shutil
import socket
import subprocess
import tempfile

import pytest
import wire

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("ALLIUM_BUILD", os.path.join(TOP, "build"))
VECTORS = os.path.join(TOP, "tests", "vectors")
MYSQL_ROOT = os.environ.get("MYSQL97_ROOT", os.path.join(tempfile.gettempdir(), "mysql97"))
rng = random.Random(20)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module", params=["mariadb", "mysql97"])
def server(request):
    """A root connection to a fresh server with the functions installed."""
    if request.param == "mysql97" and not os.path.exists(os.path.join(MYSQL_ROOT, ".ready")):
        pytest.skip("MySQL 9.7 is not unpacked here: tests/support/mysql97.sh prepare")
    script = os.path.join(TOP, "tests", "support", request.param + ".sh")
    where = tempfile.mkdtemp(prefix="allium-udf.")
    os.chmod(where, 0o711)
    os.mkdir(os.path.join(where, "plugin"))
    shutil.copy(os.path.join(BUILD, "udf", "allium_udf.so"), os.path.join(where, "plugin"))
    os.chmod(os.path.join(where, "plugin", "allium_udf.so"), 0o755)
    more = ["--disable-log-bin", "--performance-schema=OFF"] if request.param == "mysql97" else []
    subprocess.run([script, "start", where, str(free_port()), *more], check=True)
    try:
        root = wire.Client(f"{where}/sock:root:")
        root.one("CREATE DATABASE u")
        root.one("USE u")
        run_file(root, os.path.join(BUILD, "udf", "install.sql"))
        run_file(root, os.path.join(BUILD, "udf", "install.sql"))  # again, without harm
        yield root
        run_file(root, os.path.join(TOP, "udf", "uninstall.sql"))
        assert root.one("SELECT COUNT(*) FROM mysql.func").rows == [(b"0",)]
        root.close()
    finally:
        subprocess.run([script, "stop", where], check=False)
        shutil.rmtree(where, ignore_errors=True)


def run_file(root, path):
    with open(path, encoding="utf-8") as f:
        text = "\n".join(line for line in f.read().split("\n") if not line.startswith("--"))
    for statement in text.split(";"):
        if statement.strip():
            root.one(statement)


def vectors(scheme):
    """The records of one scheme's file."""
    with open(os.path.join(VECTORS, f"scheme_{scheme}.txt"), encoding="ascii") as f:
        for record in f.read().split("\n\n"):
            fields = dict(line.split(" =", 1) for line in record.split("\n") if " =" in line and not line.startswith("#"))
            if "ct" in fields:
                yield {k.strip(): v.strip() for k, v in fields.items()}


class Paillier:
    """The owner's side by definition: one of the keys of hom.txt, one randomiser."""

    def __init__(self):
        with open(os.path.join(VECTORS, "hom.txt"), encoding="ascii") as f:
            words = [line.split() for line in f]
        blob = next(bytes.fromhex(w[2]) for w in words if w[:2] == ["key", "own2048"])
        self.p, self.q = (int.from_bytes(blob[8 + 128 * i:136 + 128 * i], "big") for i in range(2))
        self.n = self.p * self.q
        self.rho = int.from_bytes(next(bytes.fromhex(w[2]) for w in words if w[:2] == ["enc", "own2048"]), "little")
        self.lam = (self.p - 1) * (self.q - 1)

    def public(self):
        return "X'" + self.n.to_bytes(256, "little").hex() + "'"

    def encrypt(self, m, header=0x41):
        n2 = self.n ** 2
        self.rho = self.rho * self.rho % n2
        return bytes([header, 0]) + ((1 + m * self.n) * self.rho % n2).to_bytes(512, "little")

    def decrypt(self, cell):
        assert len(cell) == 514 and cell[1] == 0
        c = int.from_bytes(cell[2:], "little")
        m = (pow(c, self.lam, self.n ** 2) - 1) // self.n * pow(self.lam, -1, self.n) % self.n
        return m - self.n if m > self.n // 2 else m


@pytest.fixture(scope="module")
def paillier():
    return Paillier()


@pytest.fixture(scope="module")
def table(server, paillier):
    """g: group, v: plain value, a: its cell, NULL now and then; group 9 holds one malformed cell."""
    server.one("CREATE TABLE t (id INT PRIMARY KEY, g INT, v BIGINT, a VARBINARY(514))")
    rows = []
    for i in range(60):
        v = None if i % 7 == 3 else rng.randrange(-10 ** 12, 10 ** 12)
        cell = "NULL" if v is None else "X'" + paillier.encrypt(v).hex() + "'"
        rows.append(f"({i}, {i % 4}, {'NULL' if v is None else v}, {cell})")
    rows += ["(100, 8, NULL, NULL)", "(101, 9, 5, X'" + paillier.encrypt(5).hex() + "')", "(102, 9, 6, 'x')"]
    server.one("INSERT INTO t VALUES " + ",".join(rows))


def refused(server, sql):
    answer = server.query(sql)[0]
    assert isinstance(answer, wire.Error), sql
    return answer.message


def test_version(server):
    assert b"formats=1" in server.one("SELECT allium_version()").rows[0][0]


def test_sum_by_group(server, table, paillier):
    sums = server.one(f"SELECT g, SUM(v), allium_sum(a, {paillier.public()}) FROM t WHERE g < 4 GROUP BY g ORDER BY g").rows
    assert len(sums) == 4
    for _, plain, cell in sums:
        assert paillier.decrypt(cell) == int(plain)


def test_sum_of_everything_in_one_group(server, table, paillier):
    plain, cell = server.one(f"SELECT SUM(v), allium_sum(a, {paillier.public()}) FROM t WHERE g < 4").rows[0]
    assert paillier.decrypt(cell) == int(plain)


def test_sum_with_having_subquery_and_join(server, table, paillier):
    sql = f"""SELECT x.g, x.s, y.p FROM (SELECT g, allium_sum(a, {paillier.public()}) s FROM t GROUP BY g HAVING s IS NOT NULL) x
              JOIN (SELECT g, SUM(v) p FROM t GROUP BY g) y ON x.g = y.g WHERE x.g < 4"""
    rows = server.one(sql).rows
    assert len(rows) == 4
    for _, cell, plain in rows:
        assert paillier.decrypt(cell) == int(plain)


def test_sum_of_nothing_is_null(server, table, paillier):
    assert server.one(f"SELECT allium_sum(a, {paillier.public()}) FROM t WHERE id < 0").rows == [(None,)]
    assert server.one(f"SELECT allium_sum(a, {paillier.public()}) FROM t WHERE g = 8").rows == [(None,)]
    assert server.one(f"SELECT g, allium_sum(a, {paillier.public()}) FROM t WHERE id < 0 GROUP BY g").rows == []


def test_malformed_cell_spoils_its_group_only(server, table, paillier):
    rows = dict(server.one(f"SELECT g, allium_sum(a, {paillier.public()}) FROM t WHERE g IN (0, 9, 1) GROUP BY g ORDER BY g").rows)
    assert rows[b"9"] is None and rows[b"0"] is not None and rows[b"1"] is not None


def test_mixed_epochs_do_not_add(server, paillier):
    a, b = paillier.encrypt(1, 0x41).hex(), paillier.encrypt(2, 0x42).hex()
    assert server.one(f"SELECT allium_add(X'{a}', X'{b}', {paillier.public()})").rows == [(None,)]
    assert server.one(f"SELECT allium_sum(c, {paillier.public()}) FROM (SELECT X'{a}' c UNION ALL SELECT X'{b}') q").rows == [(None,)]


def test_add_in_place(server, paillier):
    server.one("CREATE TABLE p (id INT PRIMARY KEY, a VARBINARY(514))")
    server.one(f"INSERT INTO p VALUES (1, X'{paillier.encrypt(-40).hex()}'), (2, NULL)")
    server.one(f"UPDATE p SET a = allium_add(a, X'{paillier.encrypt(82).hex()}', {paillier.public()})")
    rows = dict(server.one("SELECT id, a FROM p").rows)
    assert paillier.decrypt(rows[b"1"]) == 42 and rows[b"2"] is None


@pytest.mark.parametrize("scheme", ["rnd", "wrap"])
def test_strip_gives_what_the_vectors_say(server, scheme):
    seen = 0
    for v in vectors(scheme):
        key = v["key"][-64:]
        assert server.one(f"SELECT HEX(allium_strip(X'{v['ct']}', X'{key}'))").rows[0][0].decode().lower() == v["pt"]
        answer = server.one(f"SELECT HEX(allium_unmask(X'{v['ct']}', X'{key}'))").rows[0][0]
        assert (answer is not None and answer.decode().lower() == v["pt"]) if scheme == "wrap" else answer is None
        seen += 1
    assert seen > 3


def test_search_finds_the_words_of_the_vectors(server):
    found = [v for v in vectors("search") if v.get("trapdoors")]
    for v in found:
        for at in range(0, len(v["trapdoors"]), 64):
            trapdoor = v["trapdoors"][at:at + 64]
            assert server.one(f"SELECT allium_search(X'{v['ct']}', X'{trapdoor}')").rows == [(b"1",)]
        assert server.one(f"SELECT allium_search(X'{v['ct']}', REPEAT('k', 32))").rows == [(b"0",)]
    assert len(found) > 1


def test_strip_updates_a_binary_column(server):
    """As a transition does: a column of wrapped tokens becomes a column of tokens, of fixed length and full of any byte."""
    v = [x for x in vectors("wrap") if len(x["pt"]) == 32]
    assert v
    server.one("CREATE TABLE s (id INT PRIMARY KEY, wrapped VARBINARY(25), e BINARY(16))")
    for i, x in enumerate(v):
        server.one(f"INSERT INTO s VALUES ({i}, X'{x['ct']}', NULL)")
        server.one(f"UPDATE s SET e = allium_unmask(wrapped, X'{x['key'][-64:]}') WHERE id = {i}")
        assert server.one(f"SELECT HEX(e) FROM s WHERE id = {i}").rows[0][0].decode().lower() == x["pt"]
    server.one("CREATE TABLE s2 AS SELECT allium_unmask(wrapped, X'" + "00" * 32 + "') AS e FROM s")
    kind = server.one("SELECT data_type FROM information_schema.columns WHERE table_schema = 'u' AND table_name = 's2'").rows[0][0]
    assert kind.decode().lower() in ("varbinary", "varchar", "blob", "tinyblob")


def test_strip_of_a_megabyte(server):
    answer = server.one("SELECT LENGTH(allium_strip(CONCAT(X'11', REPEAT('x', 1000016)), REPEAT('k', 32)))").rows
    assert answer == [(b"1000000",)]


def test_null_and_malformed_cells_give_null(server, paillier):
    for call in ("allium_strip(%s, REPEAT('k', 32))", "allium_unmask(%s, REPEAT('k', 32))",
                 f"allium_add(%s, X'{paillier.encrypt(1).hex()}', {paillier.public()})"):
        for cell in ("NULL", "''", "'x'", "X'1100'", "REPEAT('z', 514)", "X'4100'", "CONCAT(X'4100', REPEAT(X'ff', 512))",
                     "CONCAT(X'4100', REPEAT(X'00', 512))"):
            assert server.one("SELECT " + call % cell).rows == [(None,)], (call, cell)
    for cell, want in (("NULL", None), ("'x'", None), ("''", b"0"), ("REPEAT('z', 160)", b"0")):
        assert server.one(f"SELECT allium_search({cell}, REPEAT('k', 32))").rows == [(want,)], cell


def test_wrong_use_is_an_sql_error(server, table, paillier):
    for call in ("allium_strip()", "allium_strip('x')", "allium_strip('x', 'short')", "allium_strip('x', NULL)", "allium_strip(1, REPEAT('k', 32))",
                 "allium_strip('x', RAND())", "allium_strip('x', REPEAT('k', 32), 1)", "allium_unmask('x', 5)", "allium_add('x', 'y')",
                 "allium_add('x', 'y', REPEAT('z', 256))", "allium_search('x', '')", "allium_search(1.5, REPEAT('k', 32))",
                 "allium_sum('x', 'y')", "allium_sum('x', NULL)", "allium_version(1)"):
        refused(server, f"SELECT {call}")
    assert "constant" in refused(server, "SELECT allium_strip(a, a) FROM t")
    assert "constant" in refused(server, "SELECT allium_sum(a, a) FROM t")


def test_prepared_statement_takes_parameters(server, table, paillier):
    server.one(f"PREPARE st FROM 'SELECT allium_sum(a, {paillier.public().replace(chr(39), chr(39) * 2)}), SUM(v) FROM t WHERE g = ?'")
    server.one("SET @g = 2")
    for _ in range(3):
        cell, plain = server.one("EXECUTE st USING @g").rows[0]
        assert paillier.decrypt(cell) == int(plain)


def test_many_rows_do_not_grow_the_server(server):
    server.one("CREATE TABLE m (id INT PRIMARY KEY AUTO_INCREMENT, c VARBINARY(64))")
    server.one("INSERT INTO m (c) VALUES (CONCAT(X'11', REPEAT('a', 24)))")
    for _ in range(15):
        server.one("INSERT INTO m (c) SELECT c FROM m")
    [pid_file] = glob.glob(os.path.join(os.path.dirname(server.one("SELECT @@socket").rows[0][0].decode()), "pid"))
    with open(pid_file, encoding="ascii") as f:
        pid = f.read().strip()

    def rss():
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
    query = "SELECT SUM(LENGTH(allium_strip(c, REPEAT('k', 32)))) FROM m"
    want = server.one(query).rows
    before = rss()
    for _ in range(10):
        assert server.one(query).rows == want == [(str(8 * 32768).encode(),)]
    assert rss() - before < 8192
