# SPDX-License-Identifier: Apache-2.0
"""The session code behind a canned executor, driven by bare sockets and by real clients."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import pymysql
import pytest

sys.path.insert(0, os.path.dirname(__file__))
import rawclient as rc  # noqa: E402
from rawclient import BASE, Raw, cells, err_fields, ok_fields  # noqa: E402

SERVER = os.environ.get("WIRE_SERVER", "build/tests/unit/proxy/wire/wire_server")
CTL = os.environ.get("ALLIUMCTL", "build/proxy/alliumctl")
NATIVE_SECRET = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, where, *args):
        self.dir = str(where)
        self.port, self.admin, self.http = free_port(), free_port(), free_port()
        self.socket = f"{self.dir}/s"
        self.users = f"{self.dir}/users"
        with open(self.users, "w") as f:
            f.write(f"[users]\nnat = {NATIVE_SECRET}\nadmin = {NATIVE_SECRET}\nnone =\n")
        subprocess.run([CTL, "user", "add", "--file", self.users, "bob"], input=b"pw\n", check=True,
                       stdout=subprocess.DEVNULL)
        self.log = open(f"{self.dir}/log", "w+")
        self.args = [SERVER, f"--proxy.listen=127.0.0.1:{self.port}", f"--proxy.socket={self.socket}",
                     f"--admin.listen=127.0.0.1:{self.admin}", f"--admin.http=127.0.0.1:{self.http}",
                     f"--proxy.users_file={self.users}", "--proxy.login_delay=0", *args]
        self.proc = subprocess.Popen(self.args, stderr=self.log)
        self.wait_for("server.ready")

    def text(self):
        with open(f"{self.dir}/log") as f:
            return f.read()

    def wait_for(self, word, seconds=20):
        end = time.time() + seconds
        while word not in self.text():
            assert time.time() < end and self.proc.poll() is None, self.text()
            time.sleep(0.02)

    def raw(self, **kw):
        return Raw(("127.0.0.1", self.port), **kw)

    def client(self, caps=BASE, **kw):
        c = self.raw()
        reply = c.login(caps=caps, **kw)
        assert reply[0] == 0, reply
        return c

    def stop(self):
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
        assert self.proc.wait(20) == 0, self.text()
        self.log.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    s = Server(tmp_path_factory.mktemp("wire"))
    yield s
    s.stop()


@pytest.fixture
def fresh(tmp_path):
    made = []

    def make(*args):
        made.append(Server(tmp_path, *args))
        return made[-1]
    yield make
    for s in made:
        s.stop()


# ---- login ----

@pytest.mark.parametrize("user,password", [("nat", "secret"), ("bob", "pw"), ("none", "")])
@pytest.mark.parametrize("tls", [True, False])
def test_pymysql_login(fresh, user, password, tls):
    if not tls and user == "bob":
        pytest.importorskip("cryptography")
    s = fresh()
    for _ in range(2):  # the full path, then the fast one
        c = pymysql.connect(host="127.0.0.1", port=s.port, user=user, password=password, database="d1",
                            ssl={"verify_mode": False} if tls else None, ssl_disabled=not tls)
        with c.cursor() as cur:
            cur.execute("user")
            assert cur.fetchone() == (user,)
            cur.execute("db")
            assert cur.fetchone() == ("d1",)
        c.close()


def test_login_unix_socket(server):
    c = pymysql.connect(unix_socket=server.socket, user="bob", password="pw")
    with c.cursor() as cur:
        cur.execute("user")
        assert cur.fetchone() == ("bob",)
    c.close()


def dialogue(server, user, auth, plugin=b"caching_sha2_password"):
    """Every payload that the server sends to a client that knows no password."""
    c = server.raw()
    c.greeting()
    c.respond(user, auth, plugin=plugin)
    out = []
    try:
        while True:
            p = c.read()
            out.append(p)
            if p[0] == 0xff:
                break
            if p[0] == 0xfe:
                c.write(auth)
            elif p == b"\1\4":
                c.write(b"\2")
            elif p[:2] == b"\1-":
                c.write(b"x" * 256)
    except rc.Closed:
        pass
    c.close()
    return [p.replace(user, b"U") if p[0] == 0xff else p[:23] if p[0] == 0xfe else p for p in out]


@pytest.mark.parametrize("auth", [b"a" * 32, b"a" * 20, b"", b"\0", b"a" * 31])
@pytest.mark.parametrize("plugin", [b"caching_sha2_password", b"mysql_native_password", b"x", b""])
def test_unknown_user_looks_like_wrong_password(server, auth, plugin):
    """As that of one of the accounts, which are of two kinds; which one, chance decides, once for each name."""
    wrong = [dialogue(server, user, auth, plugin) for user in (b"bob", b"nat")]
    for name in (b"zed", b"zoe"):
        seen = dialogue(server, name, auth, plugin)
        assert seen in wrong
        assert dialogue(server, name, auth, plugin) == seen


def test_unknown_users_look_like_all_kinds_of_accounts(server):
    kinds = [dialogue(server, user, b"a" * 31, b"x") for user in (b"bob", b"nat")]
    assert kinds[0] != kinds[1]
    unknown = [dialogue(server, b"zed%d" % i, b"a" * 31, b"x") for i in range(40)]
    assert all(u in kinds for u in unknown) and all(k in unknown for k in kinds)


def test_guessing_gets_slower(fresh):
    s = fresh("--proxy.login_delay=1")

    def attempt(user):
        t0 = time.time()
        assert err_fields(s.raw().login(user=user, password=b"wrong"))[0] == 1045
        return time.time() - t0
    assert max(attempt(b"nat") for _ in range(10)) < 0.09
    assert 0.09 < attempt(b"nat") < 0.4 and 0.19 < attempt(b"zed") < 0.6
    assert s.client().query(b"user")[1] == [b"\3nat"]  # the right one is never delayed, and forgives
    assert attempt(b"nat") < 0.09


def test_denied_text(server):
    c = server.raw()
    assert err_fields(c.login(password=b"wrong")) == (
        1045, "28000", "Access denied for user 'nat'@'127.0.0.1' (using password: YES)")
    c = server.raw()
    assert err_fields(c.login(password=b"")) == (
        1045, "28000", "Access denied for user 'nat'@'127.0.0.1' (using password: NO)")


def test_unknown_database(server):
    c = server.raw()
    assert err_fields(c.login(caps=BASE | rc.CONNECT_WITH_DB, db=b"nope"))[:2] == (1049, "42000")
    with pytest.raises(rc.Closed):
        c.read()


def test_greeting(server):
    c = server.raw()
    c.greeting()
    assert c.version == b"5.5.5-10.11.14-MariaDB-fake"
    assert c.plugin == b"caching_sha2_password"
    assert 0 not in c.scramble and len(c.scramble) == 20


@pytest.mark.parametrize("payload", [
    b"", b"\0", b"x" * 31, b"x" * 33, b"\xff" * 32, b"\xff" * 200,
    struct.pack("<IIB23x", BASE, 1, 45) + b"user-without-end",
    struct.pack("<IIB23x", BASE, 1, 45) + b"u\0\xff",
    struct.pack("<IIB23x", BASE | rc.ATTRS, 1, 45) + b"u\0\0p\0\xfe" + b"\xff" * 8,
    struct.pack("<IIB23x", BASE | rc.ATTRS, 1, 45) + b"u\0\0p\0\x03\x05ab",
    struct.pack("<IIB23x", BASE & ~rc.PROTOCOL_41, 1, 45) + b"u\0\0",
    struct.pack("<IIB23x", BASE, 1, 45) + b"u" * 300 + b"\0\0",
])
def test_malformed_response(server, payload):
    c = server.raw()
    c.greeting()
    c.write(payload)
    try:
        assert err_fields(c.read())[0] == 1043
        c.read()
    except (rc.Closed, ConnectionError):
        pass
    assert server.client().query(b"user")[1] == [b"\3nat"]  # alive


def test_wrong_sequence(server):
    c = server.raw()
    c.greeting()
    c.seq = 7
    c.write(b"x" * 40)
    head = c._take(4)
    assert err_fields(c._take(int.from_bytes(head[:3], "little")))[0] == 1156


def test_tls_hello_in_one_segment_with_request(server):
    """A client may send its SSLRequest and TLS hello together."""
    import ssl
    c = server.raw()
    c.greeting()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    ctx = ssl.create_default_context()
    ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE
    tls = ctx.wrap_bio(incoming, outgoing)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    request = struct.pack("<IIB23x", BASE | rc.SSL, 1, 45)
    c.sock.sendall(len(request).to_bytes(3, "little") + b"\1" + request + outgoing.read())
    for _ in range(10):
        incoming.write(c.sock.recv(65536))
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            c.sock.sendall(outgoing.read())
    assert tls.version() in ("TLSv1.2", "TLSv1.3")


def test_tls_required(fresh):
    s = fresh("--proxy.tls=required")
    c = s.raw()
    assert err_fields(c.login())[0] == 3159
    c = s.raw()
    c.greeting()
    c.start_tls(BASE)
    c.respond(b"nat", rc.native(b"secret", c.scramble))
    assert c.finish_login()[0] == 0
    assert c.query(b"user")[1] == [b"\3nat"]


def test_byte_by_byte(server):
    c = server.raw()
    c.greeting()
    real, c._send = c._send, lambda data: None
    sent = []
    c._send = sent.append
    c.respond(b"nat", rc.native(b"secret", c.scramble), plugin=b"mysql_native_password")
    for byte in b"".join(sent):
        real(bytes([byte]))
    sent.clear()
    reply = c.read()
    assert reply[0] == 0xfe or reply[0] == 0
    if reply[0] == 0xfe:
        c.write(rc.native(b"secret", reply[1:].split(b"\0", 1)[1][:20]))
        for byte in b"".join(sent):
            real(bytes([byte]))
        sent.clear()
        assert c.read()[0] == 0
    c.command(3, b"rows 2")
    for byte in b"".join(sent):
        real(bytes([byte]))
        time.sleep(0.001)
    assert [cells(r) for r in c.result()[1]] == [[b"0", b"name-0"], [b"1", b"name-1"]]


def test_pipelined_commands(server):
    c = server.client()
    packet = (7).to_bytes(3, "little") + b"\0\3rows 1"
    c.sock.sendall(packet * 50)
    for _ in range(50):
        c.seq = 1
        assert len(c.result()[1]) == 1


# ---- results ----

@pytest.mark.parametrize("caps", [BASE, BASE | rc.DEPRECATE_EOF, BASE | rc.DEPRECATE_EOF | rc.TRACK,
                                  BASE | rc.COMPRESS, BASE | rc.OPTIONAL_METADATA | rc.DEPRECATE_EOF])
def test_result_sets(server, caps):
    c = server.client(caps)
    cols, rows, end = c.query(b"rows 1000")
    assert len(cols) == 2 and len(rows) == 1000
    assert cells(rows[6]) == [b"6", None] and cells(rows[999]) == [b"999", b"name-999"]
    assert end[0] == 0xfe
    affected, insert_id, status, warnings, rest = ok_fields(c.query(b"other"))
    assert (affected, insert_id, status, warnings) == (1, 7, 2, 2)
    assert rest == b"\x0fRows matched: 1"
    assert err_fields(c.query(b"fail")) == (1146, "42S02", "Table 'fake.fail' doesn't exist")
    assert c.query(b"rows 0")[1] == []


def test_column_definition(server):
    cols, _, _ = server.client().query(b"types")
    assert cols[3] == (b"\3def\4fake\1t\1t\x08longlong\x08longlong\x0c\x3f\0" + struct.pack("<I", 1024) +
                       b"\x08\0\0\0\0\0")


@pytest.mark.parametrize("size", [0, 1, 250, 251, 65535, 65536, 0xffffff - 5, 0xffffff - 4, 0xffffff - 3,
                                  0xffffff, 0x1000000, 2 * 0xffffff, 40_000_000])
@pytest.mark.parametrize("extra", [0, rc.COMPRESS])
def test_big_cell(server, size, extra):
    if extra and size > 0x1000000:
        pytest.skip("slow, and the sizes around 16 MB are covered")
    c = server.client(BASE | extra)
    _, rows, _ = c.query(b"big %d" % size)
    want = (b"abcdefghijklmnopqrstuvwxyz" * (size // 26 + 1))[:size]
    assert cells(rows[0]) == [want]
    assert c.query(b"user")[1] == [b"\3nat"]


@pytest.mark.parametrize("size", [0xffffff - 2, 0xffffff - 1, 0xffffff, 2 * 0xffffff - 1, 2 * 0xffffff,
                                  40_000_000])
def test_big_query(server, size):
    c = server.client()
    assert ok_fields(c.query(b"len " + b"x" * (size - 4)))[0] == size
    assert c.query(b"user")[1] == [b"\3nat"]


def test_packet_too_big(fresh):
    s = fresh("--proxy.max_packet=1M")
    c = s.client()
    try:
        c.command(3, b"x" * (1 << 20))
        assert err_fields(c.read())[0] == 1153
    except ConnectionError:
        pass


def test_multi_statements(server):
    c = server.client(BASE | rc.MULTI_STATEMENTS)
    c.command(3, b"rows 1;other;rows 2")
    _, rows, end = c.result()
    assert len(rows) == 1 and struct.unpack("<H", end[3:5])[0] & 8
    assert ok_fields(c.result())[2] & 8
    _, rows, end = c.result()
    assert len(rows) == 2 and not struct.unpack("<H", end[3:5])[0] & 8
    c.command(3, b"rows 1;fail;rows 2")
    c.result()
    assert err_fields(c.result())[0] == 1146
    c.command(0x1b, b"\1\0")  # multi-statements off
    assert c.read()[0] == 0xfe
    assert ok_fields(c.query(b"len 1;len 2"))[0] == 11
    c.command(0x1b, b"\2\0")
    assert err_fields(c.read())[0] == 1047


def test_session_tracking(server):
    c = server.client(BASE | rc.TRACK)
    c.command(2, b"shop")
    _, _, status, _, rest = ok_fields(c.read())
    assert status & 0x4000 and rest == b"\0\7\1\5\4shop"
    assert not ok_fields(c.query(b"other"))[2] & 0x4000


def test_connection_and_query_attributes(server):
    c = server.client(BASE | rc.ATTRS | rc.QUERY_ATTRS, attrs={b"program_name": b"t", b"k" * 300: b""})
    c.command(3, b"\0\1attrs")
    assert [cells(r) for r in c.result()[1]] == [[b"program_name", b"t"], [b"k" * 300, b""]]
    body = b"\2\1" + b"\2" + b"\1" + struct.pack("<H", 253) + b"\1a" + struct.pack("<H", 8) + b"\1b" + b"\3xyz"
    c.command(3, body + b"qattrs")
    assert [cells(r) for r in c.result()[1]] == [[b"a", b"xyz"], [b"b", None]]
    for bad in (b"", b"\1", b"\1\2", b"\xfe" + b"\xff" * 9, b"\1\1\0\1", b"\1\1\0\0\xfd\0\1axyz"):
        c = server.client(BASE | rc.QUERY_ATTRS)
        c.command(3, bad)
        assert err_fields(c.read())[0] == 1043


# ---- prepared statements ----

def prepare(c, sql):
    c.command(0x16, sql)
    p = c.read()
    if p[0] == 0xff:
        return p
    sid, n_cols, n_params = struct.unpack_from("<IHH", p, 1)
    for n in (n_params, n_cols):
        for _ in range(n):
            c.read()
        if n and not c.caps & rc.DEPRECATE_EOF:
            assert c.read()[0] == 0xfe
    return sid, n_params, n_cols


def execute(c, sid, nulls=b"", types=b"", values=b"", flags=0, head=b""):
    c.command(0x17, struct.pack("<IBI", sid, flags, 1) + head + nulls + (b"\1" + types if types else b"") + values)


def echoed(c):
    _, rows, _ = c.result()
    return rc.read_text(rows[0], 2)[0].decode()


@pytest.mark.parametrize("caps", [BASE, BASE | rc.DEPRECATE_EOF, BASE | rc.QUERY_ATTRS])
def test_parameters(server, caps):
    c = server.client(caps)
    head = b"\3" if caps & rc.QUERY_ATTRS else b""
    name = b"\0" if caps & rc.QUERY_ATTRS else b""
    sid, n_params, _ = prepare(c, b"? ? ?")
    assert n_params == 3
    types = b"".join(struct.pack("<H", t) + name for t in (0x8001, 254, 12))
    execute(c, sid, b"\0", types, b"\xff" + rc.text(b"hi") + b"\4\xe8\7\2\x1d", head=head)
    assert echoed(c) == "01u:ff fe:6869 0c:e807021d"
    c.command(0x17, struct.pack("<IBI", sid, 0, 1) + head + b"\2\0" + b"\5" + b"\0")  # types as before
    assert echoed(c) == "01u:05 fe:NULL 0c:"
    execute(c, 999)
    assert err_fields(c.read())[0] == 1243
    execute(c, sid, b"\0", types, b"\xff", head=head)
    assert err_fields(c.read())[0] == 1210
    assert c.query(b"user" if not head else b"\0\1user")[1] == [b"\3nat"]


def test_query_attributes_of_execute(server):
    c = server.client(BASE | rc.QUERY_ATTRS)
    sid, _, _ = prepare(c, b"qattrs")
    types = struct.pack("<H", 253) + b"\2at"
    execute(c, sid, b"\0", types, rc.text(b"v"), flags=8, head=b"\1")
    _, rows, _ = c.result()
    assert rows[0] == b"\0\0\2at\1v"


def test_long_data(server):
    c = server.client()
    sid, _, _ = prepare(c, b"? ?")
    for part in (b"ab", b"cd"):
        c.command(0x18, struct.pack("<IH", sid, 0) + part)
    execute(c, sid, b"\0", struct.pack("<HH", 252, 3), struct.pack("<i", 5))
    assert echoed(c) == "fc:61626364 03:05000000"
    execute(c, sid, b"\0", struct.pack("<HH", 252, 3), b"\1z" + struct.pack("<i", 5))  # only for one execution
    assert echoed(c) == "fc:7a 03:05000000"
    c.command(0x18, struct.pack("<IH", sid, 9) + b"x")
    execute(c, sid, b"\0", struct.pack("<HH", 252, 3), b"\1z" + struct.pack("<i", 5))
    assert err_fields(c.read())[0] == 1210
    c.command(0x18, struct.pack("<IH", sid, 0) + b"x")
    c.command(0x1a, struct.pack("<I", sid))
    assert c.read()[0] == 0
    execute(c, sid, b"\0", struct.pack("<HH", 252, 3), b"\1z" + struct.pack("<i", 5))
    assert echoed(c) == "fc:7a 03:05000000"


def test_binary_rows(server):
    c = server.client()
    sid, n_params, _ = prepare(c, b"types")
    execute(c, sid)
    _, rows, _ = c.result()
    assert rows == [b"\0\0\x20" + b"\xff" + struct.pack("<h", -300) + struct.pack("<i", 70000) +
                    struct.pack("<q", -5000000000) + struct.pack("<f", 1.5) + struct.pack("<d", -2.25) +
                    b"\4\xe8\7\2\x1d" + b"\x0b\xe8\7\2\x1d\x0c\x22\x38\7\0\0\0" + b"\x08\1\1\0\0\0\2\1\2" +
                    b"\x08123.4500" + b"\3\0\1\2"]


@pytest.mark.parametrize("caps", [BASE, BASE | rc.DEPRECATE_EOF])
def test_cursor(server, caps):
    c = server.client(caps)
    sid, _, _ = prepare(c, b"rows 10")
    at = 7 - 2 if caps & rc.DEPRECATE_EOF else 3
    execute(c, sid, flags=1)
    first = c.read()
    cols = [c.read() for _ in range(first[0])]
    end = c.read()
    assert len(cols) == 2 and end[0] == 0xfe

    def status(p):
        return struct.unpack_from("<H", p, 3)[0]
    assert status(end) & 0x40
    got = []
    for want, flag in ((4, 0x40), (4, 0x40), (2, 0x80)):
        c.command(0x1c, struct.pack("<II", sid, 4))
        p = c.read()
        n = 0
        while p[0] != 0xfe:
            got.append(p)
            n += 1
            p = c.read()
        assert n == want and status(p) & flag, (n, p)
    assert len(got) == 10 and got[3] == b"\0\0" + struct.pack("<Q", 3) + b"\6name-3"
    c.command(0x1c, struct.pack("<II", sid, 4))
    assert err_fields(c.read())[0] == 1421
    assert at


def test_prepare_error_and_close(server):
    c = server.client()
    assert err_fields(prepare(c, b"fail"))[0] == 1064
    sid, _, _ = prepare(c, b"rows 1")
    c.command(0x19, struct.pack("<I", sid))  # no answer
    execute(c, sid)
    assert err_fields(c.read())[0] == 1243


def test_mariadb_bulk(server):
    c = server.client(BASE & ~rc.LONG_PASSWORD, extended=4)
    assert c.extended == 4 and not c.offered & rc.LONG_PASSWORD
    sid, _, _ = prepare(c, b"ins ? ?")

    def bulk(rows, flags=128, stmt=sid):
        c.command(0xfa, struct.pack("<IH", stmt, flags) + (struct.pack("<HH", 3, 254) if flags & 128 else b"") + rows)
        return c.read()

    def history():
        return cells(c.query(b"history")[1][0])[0]
    good = b"\0" + struct.pack("<i", 7) + b"\0\2hi"
    affected, insert_id, status, _, _ = ok_fields(bulk(good * 3))
    assert (affected, insert_id, status & 1) == (3, 1, 0)
    assert history() == b"START TRANSACTION;COMMIT;"
    assert ok_fields(bulk(good, flags=0, stmt=0xffffffff))[0] == 1  # types and statement as before
    history()
    assert err_fields(bulk(good + b"\1\1"))[0] == 1048
    assert history() == b"START TRANSACTION;ROLLBACK;"
    assert c.query(b"tx on")[0] == 0
    assert err_fields(bulk(good + b"\1\1"))[0] == 1048
    assert history() == b"SAVEPOINT allium_bulk;ROLLBACK TO SAVEPOINT allium_bulk;"
    assert ok_fields(bulk(good * 2))[0] == 2
    assert history() == b"SAVEPOINT allium_bulk;RELEASE SAVEPOINT allium_bulk;"
    assert c.query(b"tx off")[0] == 0
    for bad, flags in ((b"", 128), (b"\0\1", 128), (b"\x09", 128), (good, 64)):
        assert err_fields(bulk(bad, flags))[0] == 1210
    assert err_fields(bulk(good + b"\2\1"))[0] == 1235
    assert err_fields(bulk(good, stmt=77))[0] == 1243
    sid2, _, _ = prepare(c, b"? ?")
    assert err_fields(bulk(good, stmt=sid2))[0] == 1295
    assert prepare(c, b"fail")[0] == 0xff
    assert err_fields(bulk(good, stmt=0xffffffff))[0] == 1243
    c = server.client()
    sid, _, _ = prepare(c, b"ins ? ?")
    assert err_fields(bulk(good))[0] == 1047  # not agreed on


# ---- other commands ----

def test_small_commands(server):
    c = server.client()
    c.command(0x0e)
    assert c.read()[0] == 0
    c.command(0x09)
    assert c.read().startswith(b"Uptime: ")
    c.command(0x0a)
    cols, rows, _ = c.result()
    assert len(cols) == 8 and cells(rows[-1])[0] == b"%d" % c.id and cells(rows[-1])[1] == b"nat"
    c.command(0x04, b"t\0%")
    assert c.read().startswith(b"\3def") and c.read().startswith(b"\3def") and c.read()[0] == 0xfe
    c.command(0x04, b"t\0na_e")
    assert b"name" in c.read() and c.read()[0] == 0xfe
    for code in (0, 5, 6, 7, 8, 0x0b, 0x0f, 0x10, 0x12, 0x13, 0x14, 0x15, 0x1d, 0x1e, 0x20, 0xff):
        c.command(code, b"x")
        assert err_fields(c.read()) == (1047, "08S01", "Unknown command")
    c.command(0x0d)
    assert err_fields(c.read())[0] == 1227
    c.seq = 0
    c.write(b"")
    assert err_fields(c.read())[0] == 1047
    c.command(1)
    with pytest.raises(rc.Closed):
        c.read()


def test_reset_connection(server):
    c = server.client()
    sid, _, _ = prepare(c, b"rows 1")
    c.command(0x1f)
    assert c.read()[0] == 0
    execute(c, sid)
    assert err_fields(c.read())[0] == 1243


def test_change_user(server):
    c = server.client()
    sid, _, _ = prepare(c, b"rows 1")
    c.command(0x11, b"admin\0\0newdb\0" + struct.pack("<H", 45) + b"mysql_native_password\0")
    assert c.finish_login()[0] == 0
    assert c.query(b"user")[1] == [b"\5admin"]
    assert c.query(b"db")[1] == [b"\5newdb"]
    execute(c, sid)
    assert err_fields(c.read())[0] == 1243
    c.command(0x11, b"admin\0\0\0" + struct.pack("<H", 45) + b"mysql_native_password\0")
    assert err_fields(c.finish_login(b"wrong"))[0] == 1045
    with pytest.raises(rc.Closed):
        c.read()


def test_local_infile(server, tmp_path):
    path = tmp_path / "data"
    data = os.urandom(200_000)
    path.write_bytes(data)
    c = pymysql.connect(host="127.0.0.1", port=server.port, user="nat", password="secret", local_infile=True)
    with c.cursor() as cur:
        assert cur.execute(f"infile {path}") == len(data)
        assert b"sum %d" % sum(data) in c._result.message
    c.close()
    c = server.client()  # did not announce LOCAL_FILES
    assert err_fields(c.query(b"infile x"))[0] == 1235


def test_kill(server):
    victim = server.client()
    other = server.client()
    answer = []

    def sleeper():
        try:
            answer.append(victim.query(b"sleep 20000"))
            answer.append(victim.query(b"user"))
        except (rc.Closed, ConnectionError):
            answer.append(None)
    t = threading.Thread(target=sleeper)
    t.start()
    time.sleep(0.5)
    other.command(0x0c, struct.pack("<I", victim.id))
    assert other.read()[0] == 0
    t.join(10)
    assert err_fields(answer[0])[0] == 1317 and answer[1] is None
    other.command(0x0c, struct.pack("<I", 999999))
    assert err_fields(other.read())[0] == 1094
    idle = server.client()
    other.command(0x0c, struct.pack("<I", idle.id))
    assert other.read()[0] == 0
    with pytest.raises(rc.Closed):
        idle.read()
    foreign = server.raw()
    assert foreign.login(user=b"none", password=b"")[0] == 0
    foreign.command(0x0c, struct.pack("<I", other.id))
    assert err_fields(foreign.read())[0] == 1095


def test_client_gone_cancels(server):
    c = server.client()
    c.command(3, b"sleep 30000")
    time.sleep(0.2)
    c.close()
    server.wait_for("query.client_gone", 10)


def test_timeouts(fresh):
    s = fresh("--proxy.query_timeout=1", "--proxy.idle_timeout=2", "--proxy.handshake_timeout=1")
    slow = s.client()
    mute = s.raw()
    mute.greeting()
    assert err_fields(slow.query(b"sleep 20000"))[0] == 3024
    assert slow.query(b"user")[1] == [b"\3nat"]
    with pytest.raises(rc.Closed):
        mute.read()
    with pytest.raises(rc.Closed):
        slow.read()
    assert "login.timeout" in s.text() and "session.idle" in s.text()


def test_max_connections(fresh):
    s = fresh("--proxy.max_connections=3")
    held = [s.client() for _ in range(3)]
    assert err_fields(s.raw().read()) == (1040, "08004", "Too many connections")
    held[0].close()
    end = time.time() + 5
    while True:
        c = s.raw()
        if c.read()[0] == 10:
            break
        assert time.time() < end
        time.sleep(0.05)


def test_few_workers_many_sessions(fresh):
    """More busy sessions than workers queue; a transaction's COMMIT never waits for a worker."""
    s = fresh("--proxy.workers=2", "--proxy.linger_us=0")
    owner = s.client()
    assert owner.query(b"tx on")[0] == 0
    others = [s.client() for _ in range(6)]
    for c in others:
        c.command(3, b"sleep 600")
    time.sleep(0.1)
    t0 = time.time()
    assert owner.query(b"tx off")[0] == 0
    assert time.time() - t0 < 0.4
    for c in others:
        assert c.result()[0] == 0


def test_proxy_protocol(fresh):
    s = fresh("--proxy.proxy_networks=127.0.0.0/8,::1")
    v1 = b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 6033\r\n"
    v2 = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([203, 0, 113, 10, 127, 0, 0, 1]) + b"\1\2\3\4")
    local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"
    for header, host in ((v1, "203.0.113.9"), (v2, "203.0.113.10"), (local, "127.0.0.1"),
                         (b"PROXY UNKNOWN\r\n", "127.0.0.1")):
        c = s.raw()
        for i in range(0, len(header), 5):
            c.sock.sendall(header[i:i + 5])
            time.sleep(0.002)
        assert host in err_fields(c.login(password=b"wrong"))[2]
    for bad in (b"GET / HTTP/1.0\r\n\r\n", b"PROXY " + b"x" * 200, b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c",
                b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"):
        c = s.raw()
        c.sock.sendall(bad)
        with pytest.raises((rc.Closed, ConnectionError)):
            c.read()


# ---- the process ----

def test_drain(fresh):
    s = fresh()
    idle, busy, open_tx = s.client(), s.client(), s.client()
    assert open_tx.query(b"tx on")[0] == 0
    busy.command(3, b"sleep 700")
    time.sleep(0.1)
    s.proc.send_signal(signal.SIGTERM)
    with pytest.raises((rc.Closed, ConnectionError)):
        idle.read()
    with pytest.raises(OSError):
        s.raw()
    assert busy.read()[0] == 0  # finished
    assert open_tx.query(b"tx off")[0] == 0  # may end its transaction
    with pytest.raises((rc.Closed, ConnectionError)):
        open_tx.read()
    assert s.proc.wait(5) == 0


def test_reload(fresh):
    s = fresh()
    old = s.client()
    with open(s.users, "w") as f:
        f.write(f"[users]\nnewbie = {NATIVE_SECRET}\n")
    s.proc.send_signal(signal.SIGHUP)
    s.wait_for("settings and certificates read again")
    assert s.raw().login()[0] == 0xff
    assert s.raw().login(user=b"newbie")[0] == 0
    assert old.query(b"user")[1] == [b"\3nat"]
    with open(s.users, "w") as f:
        f.write("[users]\nbroken = nonsense\n")
    s.proc.send_signal(signal.SIGHUP)
    s.wait_for("not reloaded")
    assert s.raw().login(user=b"newbie")[0] == 0


def test_admin_port(server):
    c = pymysql.connect(host="127.0.0.1", port=server.admin, user="admin", password="secret")
    with c.cursor() as cur:
        for sql in ("SHOW SESSIONS", "show stats;", "SHOW CONFIG"):
            assert cur.execute(sql) > 0
        cur.execute("SHOW CONFIG")
        assert ("backend", "password") in [r[:2] for r in cur.fetchall()]
        with pytest.raises(pymysql.err.Error):
            cur.execute("SELECT 1")
    c.close()
    c = Raw(("127.0.0.1", server.admin))
    assert err_fields(c.login())[0] == 1045  # not an administrator


def http(port, path):
    with socket.create_connection(("127.0.0.1", port)) as c:
        c.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        out = b""
        while part := c.recv(65536):
            out += part
        return out.decode()


def test_http(server):
    assert "allium_logins_total" in http(server.http, "/metrics")
    assert "200 OK" in http(server.http, "/health/live")
    assert "ready" in http(server.http, "/health/ready")
    assert "404" in http(server.http, "/other")


def test_command_line(tmp_path):
    def run(*args, env=None):
        return subprocess.run([SERVER, *args], capture_output=True, text=True, env=env)
    assert run("--version").stdout.startswith("alliumd ")
    assert run("--check-config").returncode == 0
    conf = tmp_path / "c"
    conf.write_text("[proxy]\nworkers = 7\nmax_packet = 2M\n[log]\nlevel = warn\n")
    out = run("--config", str(conf), "--proxy.workers=9", "--print-config",
              env={"ALLIUM_LOG_LEVEL": "debug", "ALLIUM_BACKEND_PASSWORD": "hush"}).stdout
    assert "workers = 9" in out and "max_packet = 2097152" in out and "level = debug" in out
    assert "hush" not in out
    conf.write_text("[proxy]\nwrokers = 7\n")
    bad = run("--config", str(conf), "--check-config")
    assert bad.returncode == 1 and "wrokers" in bad.stderr
    assert "bad value" in run("--proxy.tls=maybe", "--check-config").stderr
    assert run("--config", "/nonexistent", "--check-config").returncode == 1
    assert run("nonsense").returncode == 1


# ---- real clients ----

@pytest.mark.skipif(not shutil.which("mysql"), reason="no mysql client")
@pytest.mark.parametrize("options", [[], ["--skip-ssl"], ["-C"], ["--quick"]])
def test_mysql_cli(server, options):
    out = subprocess.run(["mysql", "--no-defaults", "-h127.0.0.1", f"-P{server.port}", "-ubob", "-ppw", "-N", *options,
                          "-e", "rows 30000; user"], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    lines = out.stdout.splitlines()
    assert len(lines) == 30001 and lines[-1] == "bob" and lines[6] == "6\tNULL"


def test_many_idle_connections(fresh):
    s = fresh()

    def rss():
        with open(f"/proc/{s.proc.pid}/status") as f:
            return int(next(line for line in f if line.startswith("VmRSS")).split()[1])
    before = rss()
    held = [s.client() for _ in range(300)]
    per = (rss() - before) / len(held)
    print(f"RSS per idle connection: {per:.1f} KiB")
    assert per < 32
    for c in held[::50]:
        assert c.query(b"user")[1] == [b"\3nat"]
