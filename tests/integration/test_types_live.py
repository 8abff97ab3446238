# SPDX-License-Identifier: Apache-2.0
"""rewriter/types against live servers: printing, reading back, order, weights, literal fits.

TYPES_TOOL: the executable (default build/tests/unit/rewriter/types/types_tool).
TYPES_SOCKETS: sockets of running servers, separated by ":"; root without password (default: the
backend's, BACKEND_SOCKET). Without both the tests are skipped.
"""
import math
import os
import pathlib
import random
import struct

import pymysql
import pytest

from types_live import Server, Tool, from_hex, to_hex

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = os.environ.get("TYPES_TOOL", ROOT / "build/tests/unit/rewriter/types/types_tool")
SOCKETS = [s for s in os.environ.get(
    "TYPES_SOCKETS", os.environ.get("BACKEND_SOCKET", "")).split(":") if s]
pytestmark = pytest.mark.skipif(not SOCKETS, reason="TYPES_SOCKETS names no server")


@pytest.fixture(params=SOCKETS or ["none"], scope="module")
def server(request):
    srv = Server(unix_socket=request.param)
    yield srv
    srv.close()


@pytest.fixture
def tool(server):
    t = Tool(TOOL, server)
    yield t
    t.close()


# ------------------------------------------------------------------------------------- values ---

MARIA_ONLY = [
    ("inet4", None, ["'0.0.0.0'", "'9.1.2.3'", "'255.255.255.255'"]),
    ("inet6", None, ["'::'", "'::1'", "'::1.2.3.4'", "'::ffff:1.2.3.4'", "'1::'", "'1:0:0:2::3'",
                     "'1:0:2:3:4:5:6:7'", "'ffff::'", "'::1:0:0:0'", "'::2:1:0:0:0:0'"]),
    ("uuid", None, ["'6ccd780c-baba-1026-9564-5b8c656024db'",
                    "'00000000-0000-0000-0000-000000000000'",
                    "'ffffffff-ffff-ffff-ffff-ffffffffffff'"]),
    ("year(2)", None, ["1", "70", "2000", "1999"]),
]
MYSQL_ONLY = [("json", None, ["'{\"b\": [1, 2.5, null], \"a\": \"x\"}'", "'3'", "'\"s\"'"])]

VALUES = [
    ("tinyint", None, ["-128", "-1", "0", "127"]),
    ("smallint unsigned", None, ["0", "65535", "32768"]),
    ("mediumint", None, ["-8388608", "8388607", "-1"]),
    ("mediumint(8) unsigned zerofill", None, ["5", "16777215"]),
    ("int(7) unsigned zerofill", None, ["5", "4294967295"]),
    ("bigint", None, ["-9223372036854775808", "9223372036854775807", "0"]),
    ("bigint unsigned", None, ["18446744073709551615", "9223372036854775808", "7"]),
    ("year", None, ["0", "1901", "2155", "2000"]),
    ("bit(1)", None, ["0", "1"]),
    ("bit(13)", None, ["0", "8191", "256"]),
    ("bit(64)", None, ["18446744073709551615", "1"]),
    ("decimal(10,2)", None, ["0", "-0.01", "99999999.99", "-99999999.99", "1.5"]),
    ("decimal(3,3)", None, ["0", "-0.001", "0.999"]),
    ("decimal(10,2) unsigned zerofill", None, ["0", "12.5"]),
    ("decimal(38,10)", None, ["9999999999999999999999999999.9999999999", "-1.0000000001", "0"]),
    ("decimal(65,30)", None, ["99999999999999999999999999999999999." + "9" * 30,
                              "-99999999999999999999999999999999999." + "9" * 30,
                              "-0." + "0" * 29 + "1", "0"]),
    ("float", None, ["0", "1.5", "-3.4028234e38", "1e-45", "16777217", "0.1", "33554430"]),
    ("float(9,3)", None, ["0", "1.5", "-999999.9", "0.1", "123456.789"]),
    ("double", None, ["0", "1.5", "1e308", "5e-324", "0.1", "1e15", "123456789012345678"]),
    ("double(12,4) unsigned zerofill", None, ["0", "1.5", "99999999.9999"]),
    ("double zerofill", None, ["0", "1.5", "1e-7", "1e200"]),
    ("date", None, ["'0000-00-00'", "'2020-02-00'", "'2020-00-00'", "'2020-02-31'",
                    "'9999-12-31'", "'0001-01-01'", "'2020-02-29'"]),
    ("time", None, ["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'", "'99:59:59'"]),
    ("time(3)", None, ["'-838:59:59'", "'00:00:00.001'", "'-00:00:00.5'", "'24:00:00'"]),
    ("time(6)", None, ["'-00:00:00.000001'", "'00:00:00.000001'", "'120:00:00.5'"]),
    ("datetime", None, ["'0000-00-00'", "'2020-02-00 23:59:59'", "'9999-12-31 23:59:59'",
                        "'2020-02-31 00:00:00'", "'2020-03-01'"]),
    ("datetime(1)", None, ["'0000-00-00'", "'2020-02-29 23:59:59.9'", "'2020-02-29 23:59:59'"]),
    ("datetime(6)", None, ["'2020-02-29 23:59:59.000001'", "'2020-02-29 00:00:00'"]),
    ("timestamp null", None, ["'0000-00-00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'",
                              "'2020-02-29 12:00:00'"]),
    ("timestamp(6) null", None, ["'1970-01-01 00:00:01.000001'", "'2020-02-29 12:00:00.5'"]),
    ("varchar(20)", "utf8mb4_general_ci", ["''", "' a '", "'h\u00e9'", "'\U0001f600'", "'a\\0b'"]),
    ("char(20)", "utf8mb4_general_ci", ["''", "' a '", "'h\u00e9'"]),
    ("char(20)", "latin1_swedish_ci", ["''", "'h\u00e9'", "'\u20ac'"]),
    ("varchar(20)", "utf16_general_ci", ["''", "'h\u00e9 '", "'\U0001f600'"]),
    ("char(20)", "utf16_general_ci", ["''", "'h\u00e9 '"]),
    ("varchar(20)", "gbk_chinese_ci", ["''", "'\u4e2d\u6587'"]),
    ("text", "utf8mb4_bin", ["''", "'x'", "REPEAT('ab', 5000)"]),
    ("binary(5)", None, ["''", "'a'", "x'ff00ff00ff'"]),
    ("varbinary(5)", None, ["''", "'a '", "x'ff00'"]),
    ("blob", None, ["''", "x'00ff'"]),
    ("enum('z','a','m','')", "utf8mb4_general_ci", ["'z'", "'m'", "''"]),
    ("enum('\u00e9','b''c','d\\\\e')", "latin1_swedish_ci", ["1", "2", "3"]),
    ("set('z','a','m')", "utf8mb4_general_ci", ["''", "'z'", "'a,m'", "'z,a,m'"]),
    ("set('a','b')", "utf16_general_ci", ["'a,b'", "'b'", "''"]),
    ("geometry", None, ["ST_GeomFromText('POINT(1 2)')"]),
]
NOT_ORDERED = ("json", "geometry", "uuid", "double zerofill")


def value_rows(server):
    return VALUES + (MARIA_ONLY if server.flavour == "maria" else MYSQL_ONLY)


def make_table(server, column_type, collation, exprs):
    charset = f" COLLATE {collation}" if collation else ""
    for clause in ("unsigned zerofill", "zerofill", "unsigned", "null"):
        if charset and clause in column_type:
            raise AssertionError
    server.run("DROP TABLE IF EXISTS v, w")
    server.run(f"CREATE TABLE v (i INT PRIMARY KEY, c {column_type}{charset})")
    for i, expr in enumerate(exprs):
        server.run(f"INSERT INTO v VALUES ({i}, {expr})".encode())
    shown = server.rows("SELECT COLUMN_TYPE, COLLATION_NAME FROM information_schema.COLUMNS"
                        " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'v'"
                        " AND COLUMN_NAME = 'c'")[0]
    return shown[0].decode(), shown[1].decode() if shown[1] else None


def raw_column(server, sql):
    """Cells in the column's character set."""
    server.run("SET character_set_results = NULL")
    try:
        return [row[0] for row in server.rows(sql)]
    finally:
        server.run("SET character_set_results = utf8mb4")


def check_values(server, tool, column_type, collation, exprs):
    shown, coll = make_table(server, column_type, collation, exprs)
    slot = tool.type(shown, coll)
    read = tool.one(f"r {slot}")
    read_text = raw_column(server, f"SELECT {read} FROM v ORDER BY i")
    values = tool.many([f"R {slot} {to_hex(c)}" for c in read_text])
    assert not [v for v in values if v.startswith("!")], (column_type, values, read_text)

    texts = raw_column(server, "SELECT c FROM v ORDER BY i")
    assert [from_hex(t) for t in tool.many([f"t {slot} {v}" for v in values])] == texts
    server.run("SET character_set_results = NULL")
    cells = [r[0] for r in server.execute(server.prepare("SELECT c FROM v ORDER BY i"))]
    server.run("SET character_set_results = utf8mb4")
    assert [from_hex(t) for t in tool.many([f"b {slot} {v}" for v in values])] == cells
    assert tool.many([f"B {slot} {to_hex(c)}" for c in cells]) == values

    # what to_sql gives, stored into a fresh table, is the same value
    server.run("CREATE TABLE w LIKE v")
    for i, sql in enumerate(tool.many([f"s {slot} {v}" for v in values])):
        server.run(f"INSERT INTO w VALUES ({i}, {from_hex(sql).decode()})")
    again = raw_column(server, f"SELECT {read} FROM w ORDER BY i")
    assert again == read_text, column_type
    # and so is the binary cell, bound as a parameter
    server.run("TRUNCATE w")
    stmt = server.prepare("INSERT INTO w VALUES (?, ?)")
    wire, uns = [int(x) for x in tool.one(f"P {slot}").split()]
    for i, cell in enumerate(cells):
        server.execute(stmt, [(3, 0, struct.pack("<i", i)), (wire, uns, cell)])
    again = raw_column(server, f"SELECT {read} FROM w ORDER BY i")
    assert again == read_text, column_type
    return slot, values


def test_values(server, tool):
    for column_type, collation, exprs in value_rows(server):
        check_values(server, tool, column_type, collation, exprs)


def test_order_of_values(server, tool):
    for column_type, collation, exprs in value_rows(server):
        if column_type in NOT_ORDERED or collation and "(" in column_type and \
                column_type[:4] not in ("enum", "set(") or "text" in column_type or \
                column_type.endswith("blob") or "binary" in column_type:
            continue
        slot, values = check_values(server, tool, column_type, collation, exprs)
        for command in "oO":
            keys = tool.many([f"{command} {slot} {v}" for v in values])
            mine = sorted(range(len(keys)), key=lambda i: (keys[i], i))
            assert mine == [int(r[0]) for r in server.rows("SELECT i FROM v ORDER BY c, i")], \
                column_type


# -------------------------------------------------------------------------------------- reals ---

def random_double(rng):
    k = rng.random()
    if k < 0.3:
        return struct.unpack("<d", rng.randbytes(8))[0]
    if k < 0.5:
        return rng.choice([1, -1]) * 2.0 ** rng.randint(-1074, 1023)
    if k < 0.7:
        return rng.uniform(-1, 1) * 10 ** rng.randint(-18, 20)
    if k < 0.8:
        return round(rng.uniform(-1e6, 1e6), rng.randint(0, 8))
    if k < 0.9:
        return float(rng.randint(-10 ** rng.randint(1, 18), 10 ** rng.randint(1, 18)))
    return struct.unpack("<f", struct.pack("<I", rng.getrandbits(31)))[0]


def test_reals(server, tool):
    rng = random.Random(int(os.environ.get("TYPES_SEED", "1")))
    columns = {"d": "double", "f": "float", "d5": "double(40,5)", "f4": "float(30,4)"}
    server.run("DROP TABLE IF EXISTS r")
    server.run("CREATE TABLE r (i INT PRIMARY KEY, "
               + ", ".join(f"{n} {t}" for n, t in columns.items()) + ")")
    stmt = server.prepare("INSERT INTO r VALUES (?, ?, ?, ?, ?)")
    doubles = [0.0, -0.0, 5e-324]
    while len(doubles) < int(os.environ.get("TYPES_COUNT", "3000")):
        d = random_double(rng)
        doubles += [d] if math.isfinite(d) else []
    for i, d in enumerate(doubles):
        f = d if abs(d) < 3.4e38 else 1.5
        small = d if abs(d) < 1e24 else 3.25
        server.execute(stmt, [(3, 0, struct.pack("<i", i)), (5, 0, struct.pack("<d", d)),
                              (4, 0, struct.pack("<f", f)), (5, 0, struct.pack("<d", small)),
                              (5, 0, struct.pack("<d", small))])
    for name, column_type in columns.items():
        slot = tool.type(column_type)
        cells = [r[0] for r in server.execute(server.prepare(f"SELECT {name} FROM r ORDER BY i"))]
        values = tool.many([f"B {slot} {c.hex()}" for c in cells])
        texts = [r[0] for r in server.rows(f"SELECT {name} FROM r ORDER BY i")]
        assert [from_hex(t) for t in tool.many([f"t {slot} {v}" for v in values])] == texts
        read = tool.one(f"r {slot}").replace("c", name)
        texts = [r[0] for r in server.rows(f"SELECT {read} FROM r ORDER BY i")]
        assert tool.many([f"R {slot} {to_hex(t)}" for t in texts]) == values
        keys = tool.many([f"o {slot} {v}" for v in values])
        mine = sorted(range(len(keys)), key=lambda i: (keys[i], i))
        assert mine == [int(r[0]) for r in server.rows(f"SELECT i FROM r ORDER BY {name}, i")]


# --------------------------------------------------------------------------------- collations ---

COLLATIONS = {
    "maria": ["latin1_swedish_ci", "latin1_german2_ci", "utf8mb4_general_ci",
              "utf8mb4_unicode_ci", "utf8mb4_unicode_nopad_ci", "utf8mb4_uca1400_ai_ci",
              "utf8mb3_general_ci", "utf8mb4_bin", "utf8mb4_czech_ci", "cp1251_general_ci"],
    "my": ["latin1_swedish_ci", "utf8mb4_general_ci", "utf8mb4_0900_ai_ci", "utf8mb4_unicode_ci",
           "utf8mb4_bin", "utf8mb4_0900_bin", "utf8mb4_hr_0900_ai_ci", "utf8mb4_0900_as_cs"],
}
ALPHABETS = ["abcdefgh ABCDEFGH", "ch dz lj CH Dz", "\u00e9\u00df\u00e4ae s", "\u00a0\u2003 \ta",
             "\u4e2d\u6587\u3042\u30a2", "\U0001f600\U00010300x", "\u0e40\u0e01\u0e02",
             "\u0418\u0306\u0439", "\x01\x02a ", "e\u0301\u0300\u00e9"]


def random_text(rng, charset):
    alphabet = rng.choice(ALPHABETS)
    text = "".join(rng.choice(alphabet) for _ in range(rng.randint(0, 5)))
    codec = {"latin1": "cp1252", "cp1251": "cp1251"}.get(charset, "utf-8")
    if charset == "utf8mb3":
        text = "".join(c for c in text if ord(c) < 0x10000)
    return text.encode(codec, "ignore")


def key_of(server, tool, collation, charset, raw):
    key = tool.one(f"k {collation} {to_hex(raw)}")
    if key != "ask":
        return key
    sql = f"SELECT WEIGHT_STRING(_{charset} x'{raw.hex()}' COLLATE {collation})"
    return tool.one(f"w {collation} {to_hex(server.rows(sql)[0][0])}")


def test_collations(server, tool):
    rng = random.Random(5)
    for collation in COLLATIONS[server.flavour]:
        charset = collation.split("_")[0]
        assert tool.build(collation) == "safe", collation
        server.run("DROP TABLE IF EXISTS s")
        server.run(f"CREATE TABLE s (i INT PRIMARY KEY, c VARCHAR(40) COLLATE {collation})")
        texts = sorted({random_text(rng, charset) for _ in range(400)})
        for i, raw in enumerate(texts):
            server.run(f"INSERT INTO s VALUES ({i}, _{charset} x'{raw.hex()}')")
        keys = [key_of(server, tool, collation, charset, raw) for raw in texts]
        pairs = server.rows("SELECT a.i, b.i FROM s a JOIN s b ON a.c = b.c WHERE a.i < b.i")
        equal = {(int(a), int(b)) for a, b in pairs}
        mine = {(a, b) for a in range(len(keys)) for b in range(a + 1, len(keys))
                if keys[a] == keys[b]}
        assert mine == equal, (collation, [(texts[a], texts[b]) for a, b in mine ^ equal][:10])
        slot = tool.type("varchar(40)", collation)
        orders = tool.many([f"o {slot} {to_hex(raw)}" for raw in texts])
        listed = [int(r[0]) for r in server.rows("SELECT i FROM s ORDER BY c, i")]
        ranked = [orders[i] for i in listed if orders[i] != "ask"]
        assert ranked == sorted(ranked), collation


# --------------------------------------------------------------------------------------- fits ---

LITERALS = [
    ("int", "5"), ("int", "0"), ("int", "-1"), ("int", "127"), ("int", "128"), ("int", "300"),
    ("int", "18446744073709551615"), ("int", "2005"), ("decimal", "1.5"), ("decimal", "1.50"),
    ("decimal", "-1.505"), ("decimal", "5.0"), ("decimal", "127.5"), ("decimal", "0.1"),
    ("float", "1e1"), ("float", "1.5e0"), ("float", "1e30"), ("string", "5"), ("string", "005"),
    ("string", "+5"), ("string", "-1"), ("string", "1.5"), ("string", "1e1"), ("string", "a"),
    ("string", "b,a"), ("string", "a,b"), ("string", "A"), ("string", ""), ("string", "2005"),
    ("string", "2020-02-29"), ("string", "2020-02-29 00:00:00"),
    ("string", "2020-02-29 10:11:12"), ("string", "2020-02-29 10:11:12.5"),
    ("string", "2020-02-29T10:11:12"), ("string", "0000-00-00"), ("string", "2021-02-29"),
    ("string", "10:11:12"), ("string", "10:11:12.5"), ("string", "-10:11:12"),
    ("string", "128:00:00"), ("hex", "41"), ("hex", "05"), ("string", "h\u00e9"),
    ("date", "2020-02-29"), ("timestamp", "2020-02-29 10:11:12"), ("time", "10:11:12"),
]
COLUMNS = [
    ("tinyint", None), ("int", None), ("bigint unsigned", None), ("year", None), ("bit(8)", None),
    ("decimal(5,2)", None), ("decimal(20,1)", None), ("decimal(50,1)", None), ("float", None),
    ("double", None), ("date", None), ("datetime", None), ("datetime(1)", None),
    ("timestamp null", None), ("time", None), ("varchar(5)", "utf8mb4_general_ci"),
    ("char(5)", "latin1_swedish_ci"), ("varbinary(5)", None), ("binary(3)", None),
    ("enum('a','b')", "utf8mb4_general_ci"), ("set('a','b')", "utf8mb4_general_ci"),
]
# stored so that comparisons have something on both sides of every literal
NEIGHBOURS = {
    "tinyint": ["-128", "-2", "-1", "0", "1", "2", "5", "6", "10", "127"],
    "int": ["-2", "-1", "0", "1", "2", "5", "10", "127", "128", "300", "2005"],
    "bigint unsigned": ["0", "1", "2", "5", "10", "128", "18446744073709551615"],
    "year": ["0", "2004", "2005", "2006", "2010"],
    "bit(8)": ["0", "1", "2", "5", "65", "128"],
    "decimal(5,2)": ["-2", "-1.51", "-1.5", "0", "0.1", "1.5", "1.51", "5", "10", "127.5", "300"],
    "decimal(20,1)": ["-1.6", "-1.5", "0", "0.1", "1.5", "1.6", "5", "10", "127.5"],
    "decimal(50,1)": ["-1.6", "-1.5", "0", "0.1", "1.5", "1.6", "5", "10", "127.5"],
    "float": ["-1.505", "0", "0.1", "1.5", "5", "10", "1e30"],
    "double": ["-1.505", "0", "0.1", "1.5", "5", "10", "1e30"],
    "date": ["'0000-00-00'", "'2020-02-28'", "'2020-02-29'", "'2020-03-01'"],
    "time": ["'-10:11:12'", "'10:11:11'", "'10:11:12'", "'10:11:13'", "'128:00:00'"],
    "varchar(5)": ["''", "'a'", "'A'", "'5'", "'h\u00e9'", "'he'"],
    "char(5)": ["''", "'a'", "'A'", "'5'", "'h\u00e9'", "'he'"],
    "varbinary(5)": ["''", "'a'", "'A'", "x'05'", "'5'"],
    "binary(3)": ["''", "'a'", "'A'", "x'05'", "'5'"],
    "enum('a','b')": ["'a'", "'b'"],
    "set('a','b')": ["''", "'a'", "'b'", "'a,b'"],
}
TIMES = ["'0000-00-00'", "'2020-02-29'", "'2020-02-29 10:11:12'", "'2020-02-29 10:11:13'",
         "'2020-03-01'"]
for _name in ("datetime", "datetime(1)", "timestamp null"):
    NEIGHBOURS[_name] = TIMES


def random_literals():
    rng = random.Random(int(os.environ.get("TYPES_SEED", "1")))
    for _ in range(int(os.environ.get("TYPES_LITERALS", "25"))):
        whole = rng.choice([str(rng.randint(-300, 300)), str(rng.randint(-10 ** 20, 10 ** 20)), "0"])
        frac = str(rng.randint(0, 10 ** rng.randint(0, 6))) + rng.choice(["", "0", "00"])
        kind = rng.choice(["int", "decimal", "float", "string"])
        text = {"int": whole, "decimal": f"{whole}.{frac}",
                "float": f"{whole}.{frac}e{rng.randint(-5, 5)}",
                "string": rng.choice([whole, f"{whole}.{frac}", f"{whole}e2"])}[kind]
        yield kind, text


def literals(column_type):
    return LITERALS + (list(random_literals()) if column_type in NUMERIC else [])


NUMERIC = ("tinyint", "int", "bigint unsigned", "bit(8)", "decimal(5,2)", "decimal(20,1)",
           "decimal(50,1)", "float", "double", "varchar(5)")


def literal_sql(kind, text):
    quoted = "'" + text + "'"
    return {"string": quoted, "hex": "x" + quoted, "date": "DATE" + quoted,
            "time": "TIME" + quoted, "timestamp": "TIMESTAMP" + quoted}.get(kind, text)


def fit(tool, slot, use, kind, text):
    negative = kind in ("int", "decimal", "float") and text.startswith("-")
    raw = bytes.fromhex(text) if kind == "hex" else text[negative:].encode()
    return tool.one(f"L {slot} {use} {kind} utf8mb4_general_ci {int(negative)} "
                    f"{to_hex(raw)}").split()


def stored(server, sql):
    """The value read back, or None when there was an error or a warning."""
    server.run("TRUNCATE v")
    try:
        server.run(f"INSERT INTO v VALUES (0, {sql})".encode())
    except pymysql.MySQLError:
        return None
    return None if server.rows("SHOW WARNINGS") else raw_column(server, "SELECT c FROM v")[0]


def test_stored_literals(server, tool):
    server.run("SET sql_mode = 'STRICT_ALL_TABLES'")
    exact = 0
    for column_type, collation in COLUMNS:
        shown, coll = make_table(server, column_type, collation, [])
        slot = tool.type(shown, coll)
        for kind, text in literals(column_type):
            verdict, value = fit(tool, slot, "store", kind, text)
            if verdict == "exact":
                exact += 1
                got = stored(server, literal_sql(kind, text))
                assert got is not None, (column_type, kind, text)
                assert from_hex(tool.one(f"t {slot} {value}")) == got, (column_type, kind, text)
    server.run("SET sql_mode = 'ALLOW_INVALID_DATES'")
    assert exact > 150


def holds(op, key, literal, between):
    """column op literal, by keys; `between`: the literal lies just above its key."""
    if between:
        return key > literal if op in (">", ">=") else key <= literal
    return {"=": key == literal, "<": key < literal, "<=": key <= literal,
            ">": key > literal, ">=": key >= literal}[op]


def expected(verdict, op, keys, literal):
    if verdict in ("never", "below", "above"):
        always = verdict == "below" and op in (">", ">=") or verdict == "above" and op in ("<", "<=")
        return [i for i in range(len(keys)) if always]
    return [i for i, k in enumerate(keys) if holds(op, k, literal, verdict == "between")]


def test_compared_literals(server, tool):
    asked = {"eq": ["="], "order": ["<", "<=", ">", ">="]}
    server.run("SET sql_mode = 'ALLOW_INVALID_DATES'")
    for collation in ("utf8mb4_general_ci", "latin1_swedish_ci"):
        tool.build(collation)
    for column_type, collation in COLUMNS:
        shown, coll = make_table(server, column_type, collation, NEIGHBOURS[column_type])
        slot = tool.type(shown, coll)
        read = raw_column(server, f"SELECT {tool.one(f'r {slot}')} FROM v ORDER BY i")
        values = tool.many([f"R {slot} {to_hex(c)}" for c in read])
        for use, ops in asked.items():
            command = "d" if use == "eq" else "o"
            keys = tool.many([f"{command} {slot} {v}" for v in values])
            for kind, text in literals(column_type):
                verdict, value = fit(tool, slot, use, kind, text)
                if verdict in ("ask", "null"):
                    continue
                literal = tool.one(f"{command} {slot} {value}")
                for op in ops:
                    sql = f"SELECT i FROM v WHERE c {op} {literal_sql(kind, text)} ORDER BY i"
                    got = [int(r[0]) for r in server.rows(sql.encode())]
                    assert got == expected(verdict, op, keys, literal), \
                        (column_type, op, kind, text, verdict)
