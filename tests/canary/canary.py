#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Plants unique values of every type through a server and searches everything the database server
keeps for them, in every encoding it could have used. Through the proxy none may be found.

usage: canary.py --target SPEC --backend-socket PATH --datadir DIR [--memory] [--expect none|all]
--expect none  (the proxy) fails when a planted value is found.
--expect all   (a plain server) fails when a kind of value is NOT found: the proof that the search works.
"""
import argparse
import base64
import glob
import os
import secrets
import struct
import sys
import time

import pymysql

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import wire  # noqa: E402

PAGE = 4096


def word(n=14):
    """Letters only, so that it stands anywhere in SQL; 14 of them are 65 bits."""
    return "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(n))


def text_forms(text):
    """The encodings in which a text can lie in a file."""
    raw = text.encode()
    forms = {"utf8": raw, "utf16le": text.encode("utf-16-le"), "utf16be": text.encode("utf-16-be"),
             "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode(),
             "base64": base64.b64encode(raw)[:-4], "reversed": text[::-1].encode()}
    if text.lower() != text.upper():
        forms["upper"], forms["lower"] = text.upper().encode(), text.lower().encode()
    if any(ord(c) > 127 for c in text):
        forms["latin1"] = text.encode("latin-1", "ignore")
    return forms


def int_forms(v):
    u = v & (1 << 64) - 1
    forms = {"be": struct.pack(">Q", u), "le": struct.pack("<Q", u),
             "be-biased": struct.pack(">Q", u ^ 1 << 63), "text": str(v).encode(),
             "hextext": f"{u:016x}".encode(), "HEXTEXT": f"{u:016X}".encode()}
    return forms


def decimal_forms(whole, fraction, negative):
    """DECIMAL(38,18) of 18 + 18 digits: the base-10^9 groups as servers pack them, and the text."""
    groups = b"".join(struct.pack(">I", int(d)) for d in (whole[:9], whole[9:], fraction[:9], fraction[9:]))
    if negative:
        groups = bytes(b ^ 0xff for b in groups)
    return {"packed": groups, "text": f"{whole}.{fraction}".encode(), "digits": (whole + fraction).encode(),
            "biased-be": int(whole + fraction).to_bytes(16, "big").lstrip(b"\0"),
            "biased-le": int(whole + fraction).to_bytes(16, "little").rstrip(b"\0")}


def double_forms(v):
    return {"be": struct.pack(">d", v), "le": struct.pack("<d", v), "text": repr(v).encode(),
            "be-flipped": bytes([struct.pack(">d", v)[0] ^ 0x80]) + struct.pack(">d", v)[1:]}


def datetime_forms(y, mo, d, h, mi, s, us):
    """5 bytes big-endian with the sign bit set, then 3 bytes of microseconds; and the wire's binary form."""
    ymd, hms = (y * 13 + mo) << 5 | d, h << 12 | mi << 6 | s
    packed = ((ymd << 17 | hms) + 0x8000000000).to_bytes(5, "big") + us.to_bytes(3, "big")
    return {"packed": packed, "packed64-le": ((ymd << 17 | hms) << 24 | us).to_bytes(8, "little"),
            "wire": struct.pack("<HBBBBBI", y, mo, d, h, mi, s, us),
            "text": f"{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}.{us:06}".encode(),
            "digits": f"{y:04}{mo:02}{d:02}{h:02}{mi:02}{s:02}.{us:06}".encode()}


class Canaries:
    """The planted values: name -> {encoding: bytes}."""

    def __init__(self):
        self.forms = {}

    def text(self, name, prefix="", suffix=""):
        value = prefix + word() + suffix
        self.forms[name] = text_forms(value)
        return value

    def int(self, name, negative=False):
        v = secrets.randbits(61) | 1 << 61
        v = -v if negative else v
        self.forms[name] = int_forms(v)
        return v

    def decimal(self, name, negative=False):
        whole, fraction = (str(secrets.randbelow(9 * 10 ** 17) + 10 ** 17) for _ in range(2))
        self.forms[name] = decimal_forms(whole, fraction, negative)
        return ("-" if negative else "") + whole + "." + fraction

    def double(self, name):
        v = secrets.randbits(53) * 1.25e-7
        self.forms[name] = double_forms(v)
        return v

    def datetime(self, name):
        p = (1000 + secrets.randbelow(8000), 1 + secrets.randbelow(12), 1 + secrets.randbelow(28),
             secrets.randbelow(24), secrets.randbelow(60), secrets.randbelow(60), secrets.randbelow(10 ** 6))
        self.forms[name] = datetime_forms(*p)
        return self.forms[name]["text"].decode()

    def blob(self, name):
        v = secrets.token_bytes(24)
        self.forms[name] = {"raw": v, "hex": v.hex().encode(), "HEX": v.hex().upper().encode(),
                            "base64": base64.b64encode(v)}
        return v


def plant(target, c, log):
    """Every way a client can hand a value to the server. Errors are part of it."""
    db, tab, col, idx = ("db" + word(), "tab" + word(), "col" + word(), "idx" + word())
    client = wire.Client(target)
    client.one(f"CREATE DATABASE {db}")
    client.one(f"USE {db}")
    for name, ident in (("database name", db), ("table name", tab), ("column name", col), ("index name", idx)):
        c.forms[name] = text_forms(ident)

    def run(sql, number=client):
        result = number.query(sql)[0]
        if isinstance(result, wire.Error):
            log(f"note: {result.errno} {result.message[:100]} for {sql[:60]!r}")

    run(f"CREATE TABLE {tab} (id INT PRIMARY KEY AUTO_INCREMENT, {col} VARCHAR(80), n BIGINT, d DECIMAL(38,18), x DOUBLE, "
        f"dt DATETIME(6), b VARBINARY(100), t TEXT, dflt VARCHAR(30) DEFAULT '{c.text('column default')}', KEY {idx} ({col}), "
        f"KEY (n), KEY (dt), KEY (d), UNIQUE (x)) COMMENT '{c.text('table comment')}'")
    run(f"INSERT INTO {tab} ({col}, n, d, x, dt, b, t) VALUES ('{c.text('insert text')}', {c.int('insert int')}, "
        f"{c.decimal('insert decimal')}, {c.double('insert double')!r}, '{c.datetime('insert datetime')}', "
        f"x'{c.blob('insert blob').hex()}', '{c.text('insert long text', 'x' * 200)}')")
    run(f"INSERT INTO {tab} ({col}, n, d, t) VALUES ('{c.text('insert unicode', 'é😀', 'ü')}', {c.int('negative int', True)}, "
        f"{c.decimal('negative decimal', True)}, '{c.text('big text')}{'y' * 20000}')")
    run(f"INSERT INTO {tab} SET {col} = CONCAT('{c.text('computed text')}', 'z'), n = {c.int('computed int')} + 0")
    run(f"INSERT INTO {tab} (id, {col}) VALUES (1, '{c.text('duplicate insert')}')")
    run(f"REPLACE INTO {tab} (id, {col}, n) VALUES (2, '{c.text('replace text')}', {c.int('replace int')})")
    run(f"INSERT INTO {tab} (id, {col}) VALUES (2, 'q') ON DUPLICATE KEY UPDATE {col} = '{c.text('on duplicate key')}'")
    run(f"UPDATE {tab} SET {col} = '{c.text('update text')}', n = {c.int('update int')} WHERE id = 1")
    run(f"UPDATE {tab} SET {col} = CONCAT({col}, '{c.text('update concat')}') WHERE n < {c.int('update where')}")
    run(f"UPDATE {tab} SET dt = '{c.datetime('update datetime')}', d = {c.decimal('update decimal')} WHERE {col} <> 'a'")
    run(f"SELECT * FROM {tab} WHERE {col} = '{c.text('where text')}' OR n = {c.int('where int')} OR d = {c.decimal('where decimal')}")
    run(f"SELECT * FROM {tab} WHERE n BETWEEN 5 AND {c.int('between')} OR dt > '{c.datetime('where datetime')}'")
    run(f"SELECT * FROM {tab} WHERE {col} IN ('{c.text('in list')}', 'b') AND x <> {c.double('where double')!r}")
    run(f"SELECT * FROM {tab} WHERE {col} LIKE '{c.text('like prefix')}%' OR t LIKE '%{c.text('like infix')}%'")
    run(f"SELECT * FROM {tab} WHERE UPPER({col}) = '{c.text('function argument')}' ORDER BY LENGTH({col})")
    run(f"SELECT '{c.text('select literal')}' AS {c.text('alias')}, COUNT(*) FROM {tab} HAVING COUNT(*) > {c.int('having')}")
    run(f"SELECT /* {c.text('comment')} */ 1 -- {c.text('line comment')}\n FROM {tab} # {c.text('hash comment')}\n LIMIT 1")
    run(f"SELECT * FROM {tab} JOIN (SELECT '{c.text('derived')}' AS v) q ON q.v = {tab}.{col}")
    run(f"DELETE FROM {tab} WHERE {col} = '{c.text('delete where')}' AND n > {c.int('delete int')}")
    run(f"SET @{c.text('variable name')} = '{c.text('variable value')}', @n = {c.int('variable int')}")
    run(f"INSERT INTO {tab} ({col}, n) VALUES (CONCAT(@n, 'x'), @n)")
    run(f"SELECT * FROM {tab} WHERE n = @n")
    run(f"PREPARE p FROM 'SELECT * FROM {tab} WHERE {col} = ? OR {col} = \\'{c.text('sql prepare literal')}\\''")
    run(f"SET @p = '{c.text('sql prepare parameter')}'")
    run("EXECUTE p USING @p")
    run("BEGIN")
    run(f"SAVEPOINT {c.text('savepoint name')}")
    run(f"INSERT INTO {tab} ({col}, n) VALUES ('{c.text('rolled back text')}', {c.int('rolled back int')})")
    run("ROLLBACK")
    run(f"SELECT GET_LOCK('{c.text('lock name')}', 0)")
    run(f"SELEC '{c.text('syntax error')}'")
    run(f"SELECT nope FROM {tab} WHERE {col} = '{c.text('unknown column')}'")
    run(f"SELECT * FROM {c.text('unknown table')}")
    run(f"SELECT NOSUCH('{c.text('unknown function')}')")
    run(f"ALTER TABLE {tab} ADD {c.text('added column')} VARCHAR(20) DEFAULT '{c.text('added default')}'")
    run(f"CREATE VIEW {c.text('view name')} AS SELECT {col} FROM {tab} WHERE {col} <> '{c.text('view literal')}'")
    run(f"CREATE TEMPORARY TABLE {c.text('temporary name')} AS SELECT '{c.text('temporary value')}' AS v, {c.int('temporary int')} AS n")
    run(f"CREATE TABLE {c.text('ctas name')} AS SELECT {col}, n FROM {tab}")
    run(f"SHOW TABLES LIKE '{c.text('show like')}'")
    run(f"SELECT * FROM information_schema.TABLES WHERE TABLE_NAME = '{c.text('information schema')}'")
    run(f"SELECT SLEEP(0), '{c.text('slow literal')}' FROM {tab} ORDER BY RAND()")
    run(f"KILL QUERY '{c.text('kill')}'")
    run(f"SELECT JSON_EXTRACT('{{\"a\": \"{c.text('json')}\"}}', '$.a')")
    run(f"INSERT INTO {tab} ({col}) SELECT CONCAT({col}, '{c.text('insert select')}') FROM {tab}")
    stmt = client.prepare(f"INSERT INTO {tab} ({col}, n, d, x, dt, b) VALUES (?, ?, ?, ?, ?, ?)")
    if not isinstance(stmt, wire.Error):
        result = client.execute(stmt, [wire.param("str", c.text("parameter text")), wire.param("int", c.int("parameter int")),
                                       wire.param("decimal", c.decimal("parameter decimal")), wire.param("double", c.double("parameter double")),
                                       wire.param("str", c.datetime("parameter datetime")), wire.param("blob", c.blob("parameter blob").hex())])
        log(f"note: prepared insert: {result[0]}"[:160] if isinstance(result[0], wire.Error) else "prepared insert done")
    stmt = client.prepare(f"SELECT * FROM {tab} WHERE {col} = ? AND n = ?")
    if not isinstance(stmt, wire.Error):
        client.execute(stmt, [wire.param("str", c.text("parameter where")), wire.param("int", c.int("parameter where int"))])
    run(f"SELECT * FROM {tab}")
    try:
        args = dict(wire.parse_spec(target), user=c.text("failed user")[:16], password=c.text("failed password"))
        pymysql.connect(**args).close()
    except pymysql.err.Error:
        pass
    del c.forms["failed user"]  # a user name of the proxy; a plain server logs it, which is no statement of ours
    del c.forms["failed password"]
    client.close()


def settle(root):
    """Makes the server write what it holds: dirty pages, logs."""
    for sql in ("SET GLOBAL innodb_max_dirty_pages_pct = 0", "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0", "FLUSH LOGS",
                "FLUSH TABLES"):
        root.query(sql)
    for _ in range(100):
        row = root.one("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'").rows
        if row and row[0][1] == b"0":
            break
        time.sleep(0.1)


def squeeze(data):
    """Drops pages of zeros: most of a fresh redo log and system tablespace."""
    zero = bytes(PAGE)
    return b"".join(data[i:i + PAGE] for i in range(0, len(data), PAGE) if data[i:i + PAGE] != zero)


def files(directory):
    for path in sorted(glob.glob(directory + "/**", recursive=True)):
        if os.path.isfile(path):
            yield path


def haystacks(o, root):
    """(name, bytes) of all there is to search."""
    names = []
    for directory in [o.datadir] + o.also:
        for path in files(directory):
            names.append(path)
            with open(path, "rb") as f:
                data = f.read()
            yield path, squeeze(data)
            if "redo" in path and len(data) % 512 == 0:  # MySQL's redo log: 12 header and 4 trailer bytes in each 512
                yield path + " (joined blocks)", b"".join(
                    data[i + 12:i + 508] for i in range(0, len(data), 512) if any(data[i + 12:i + 28]))
    yield "file names", "\n".join(names).encode()
    for table in ("events_statements_history_long", "events_statements_history", "events_statements_current",
                  "events_statements_summary_by_digest", "prepared_statements_instances", "session_connect_attrs", "threads"):
        result = root.query(f"SELECT * FROM performance_schema.{table}")[0]
        if isinstance(result, wire.Rows):
            yield f"performance_schema.{table}", b"\0".join(b"\1".join(v or b"" for v in r) for r in result.rows)
    result = root.one("SHOW FULL PROCESSLIST")
    yield "processlist", b"\0".join(b"\1".join(v or b"" for v in r) for r in result.rows)
    if o.memory:
        yield from memory(o)


def memory(o):
    """The server's anonymous memory, where the system lets us read it."""
    pid = open(os.path.join(o.datadir, "..", "pid"), encoding="ascii").read().strip()
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
            for line in maps:
                span, rights = line.split()[:2]
                lo, hi = (int(x, 16) for x in span.split("-"))
                if "rw" in rights and hi - lo < 1 << 31:
                    mem.seek(lo)
                    try:
                        yield f"memory {span}", squeeze(mem.read(hi - lo))
                    except OSError:
                        pass
    except PermissionError:
        print("canary: the server's memory is not readable here; not searched", file=sys.stderr)


def search(o, root, canaries):
    """{canary: {encoding: [places]}}, bytes searched, places searched."""
    hits, total, places = {}, 0, 0
    for place, data in haystacks(o, root):
        total, places = total + len(data), places + 1
        for name, forms in canaries.forms.items():
            for encoding, needle in forms.items():
                if len(needle) >= 8 and needle in data:
                    hits.setdefault(name, {}).setdefault(encoding, []).append(place)
    return hits, total, places


def judge_all(canaries, hits):
    """For a plain server: all values found, and each binary encoding that the server uses."""
    bad = [name for name in canaries.forms if name not in hits]
    for name, encoding in (("insert int", "be-biased"), ("insert decimal", "packed"), ("negative decimal", "packed"),
                           ("insert datetime", "packed"), ("insert double", "le"), ("insert text", "utf8"), ("insert blob", "raw")):
        if not any(p.endswith((".ibd", ".ibdata1")) or "redo" in p or "ib_log" in p for p in hits.get(name, {}).get(encoding, [])):
            bad.append(f"{name} as {encoding} in a data file")
    for name in bad:
        print(f"canary: NOT FOUND on a plain server: {name}")
    print(f"canary self-check: {len(canaries.forms)} values, {len(bad)} not detected")
    return not bad


def judge_none(canaries, hits, total, places):
    for name, forms in sorted(hits.items()):
        for encoding, where in forms.items():
            print(f"canary: FOUND {name} as {encoding} in {', '.join(where[:4])}")
    print(f"canary: {len(canaries.forms)} values in {sum(map(len, canaries.forms.values()))} encodings, "
          f"{total >> 20} MB in {places} places searched, {len(hits)} found")
    return not hits


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--target", required=True)
    p.add_argument("--backend-socket", required=True)
    p.add_argument("--datadir", required=True)
    p.add_argument("--also", action="append", default=[], help="more directories to search")
    p.add_argument("--memory", action="store_true", help="search the server's memory too")
    p.add_argument("--expect", choices=["none", "all"], default="none")
    p.add_argument("-v", "--verbose", action="store_true")
    o = p.parse_args()
    root = wire.Client(f"{o.backend_socket}:root:")
    for sql in ("SET GLOBAL general_log = 1", "SET GLOBAL slow_query_log = 1", "SET GLOBAL long_query_time = 0"):
        root.query(sql)
    root.query("UPDATE performance_schema.setup_consumers SET ENABLED = 'YES'")
    canaries = Canaries()
    plant(o.target, canaries, print if o.verbose else lambda text: None)
    settle(root)
    hits, total, places = search(o, root, canaries)
    good = judge_all(canaries, hits) if o.expect == "all" else judge_none(canaries, hits, total, places)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
