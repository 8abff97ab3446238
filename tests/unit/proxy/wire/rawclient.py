# SPDX-License-Identifier: Apache-2.0
"""A protocol client on a bare socket, for what drivers do not let a test do."""
import hashlib
import socket
import ssl
import struct
import zlib

LONG_PASSWORD, CONNECT_WITH_DB, COMPRESS, LOCAL_FILES, PROTOCOL_41, SSL = 1, 8, 0x20, 0x80, 0x200, 0x800
SECURE, MULTI_STATEMENTS, MULTI_RESULTS, PS_MULTI = 0x8000, 0x10000, 0x20000, 0x40000
PLUGIN_AUTH, ATTRS, LENENC_AUTH, TRACK = 0x80000, 0x100000, 0x200000, 0x800000
DEPRECATE_EOF, OPTIONAL_METADATA, QUERY_ATTRS = 0x1000000, 0x2000000, 0x8000000
BASE = LONG_PASSWORD | PROTOCOL_41 | SECURE | PLUGIN_AUTH | MULTI_RESULTS


def lenenc(n):
    if n < 251:
        return bytes([n])
    if n < 1 << 16:
        return b"\xfc" + struct.pack("<H", n)
    if n < 1 << 24:
        return b"\xfd" + struct.pack("<I", n)[:3]
    return b"\xfe" + struct.pack("<Q", n)


def text(s):
    return lenenc(len(s)) + s


def read_lenenc(data, at):
    first = data[at]
    if first < 251:
        return first, at + 1
    n = {251: 0, 252: 2, 253: 3, 254: 8}[first]
    return (None if first == 251 else int.from_bytes(data[at + 1:at + 1 + n], "little")), at + 1 + n


def read_text(data, at):
    n, at = read_lenenc(data, at)
    return (None, at) if n is None else (data[at:at + n], at + n)


def native(password, scramble):
    one = hashlib.sha1(password).digest()
    mask = hashlib.sha1(scramble + hashlib.sha1(one).digest()).digest()
    return bytes(a ^ b for a, b in zip(one, mask))


class Closed(Exception):
    pass


class Raw:
    def __init__(self, address, timeout=20):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.sock.connect(address)
        self.seq = 0
        self.caps = 0
        self.compressed = False
        self.compress_seq = 0
        self.plain = b""

    def close(self):
        self.sock.close()

    # bytes

    def _recv(self, n):
        out = bytearray()
        while len(out) < n:
            part = self.sock.recv(min(n - len(out), 1 << 20))
            if not part:
                raise Closed()
            out += part
        return bytes(out)

    def _take(self, n):
        if not self.compressed:
            return self._recv(n)
        while len(self.plain) < n:
            head = self._recv(7)
            size, plain = int.from_bytes(head[:3], "little"), int.from_bytes(head[4:7], "little")
            assert head[3] == self.compress_seq, "compressed sequence"
            self.compress_seq = (self.compress_seq + 1) % 256
            body = self._recv(size)
            self.plain += zlib.decompress(body) if plain else body
        out, self.plain = self.plain[:n], self.plain[n:]
        return out

    def _send(self, data):
        if not self.compressed:
            self.sock.sendall(data)
            return
        for i in range(0, len(data), 0xffffff):
            part = data[i:i + 0xffffff]
            packed = zlib.compress(part)
            head = len(packed).to_bytes(3, "little") + bytes([self.compress_seq])
            self.sock.sendall(head + len(part).to_bytes(3, "little") + packed)
            self.compress_seq = (self.compress_seq + 1) % 256

    # packets

    def read(self):
        out, size = b"", 0xffffff
        while size == 0xffffff:
            head = self._take(4)
            size = int.from_bytes(head[:3], "little")
            assert head[3] == self.seq, f"sequence {head[3]} instead of {self.seq}"
            self.seq = (self.seq + 1) % 256
            out += self._take(size)
        return out

    def write(self, payload):
        out, at = b"", 0
        while True:
            part = payload[at:at + 0xffffff]
            out += len(part).to_bytes(3, "little") + bytes([self.seq]) + part
            self.seq = (self.seq + 1) % 256
            at += 0xffffff
            if len(part) < 0xffffff:
                break
        self._send(out)

    def command(self, code, body=b""):
        self.seq = self.compress_seq = 0
        self.write(bytes([code]) + body)

    # login

    def greeting(self):
        g = self.read()
        assert g[0] == 10, g
        end = g.index(b"\0", 1)
        self.version = g[1:end]
        self.id = int.from_bytes(g[end + 1:end + 5], "little")
        at = end + 5
        self.scramble = g[at:at + 8] + g[at + 27:at + 39]
        self.extended = int.from_bytes(g[at + 23:at + 27], "little")
        self.offered = int.from_bytes(g[at + 9:at + 11] + g[at + 14:at + 16], "little")
        self.plugin = g[at + 40:].rstrip(b"\0")
        return g

    def start_tls(self, caps):
        self.write(struct.pack("<IIB23x", caps | SSL, 1 << 24, 45))
        ctx = ssl.create_default_context()
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        self.sock = ctx.wrap_socket(self.sock)

    def respond(self, user, auth=b"", caps=BASE, db=b"", plugin=b"mysql_native_password", attrs=None, extended=0):
        self.caps = caps
        body = struct.pack("<IIB19xI", caps, 1 << 24, 45, extended) + user + b"\0"
        body += text(auth) if caps & LENENC_AUTH else bytes([len(auth)]) + auth
        if caps & CONNECT_WITH_DB:
            body += db + b"\0"
        if caps & PLUGIN_AUTH:
            body += plugin + b"\0"
        if caps & ATTRS:
            block = b"".join(text(k) + text(v) for k, v in (attrs or {}).items())
            body += text(block)
        self.write(body)

    def login(self, user=b"nat", password=b"secret", caps=BASE, **more):
        """mysql_native_password, switching to it when asked."""
        self.greeting()
        self.respond(user, native(password, self.scramble) if password else b"", caps, **more)
        return self.finish_login(password)

    def finish_login(self, password=b"secret"):
        reply = self.read()
        if reply[0] == 0xfe:
            name, rest = reply[1:].split(b"\0", 1)
            known = name == b"mysql_native_password"  # else: an answer that is surely wrong
            self.write((native(password, rest[:20]) if known else b"x" * 20) if password else b"")
            reply = self.read()
        if reply[0] == 0 and self.caps & COMPRESS:
            self.compressed = True
        return reply

    # results

    def result(self, binary_types=None):
        """ERR/OK payloads as they are; a result set as (columns, raw rows, end payload)."""
        first = self.read()
        if first[0] in (0, 0xff) and not (self.caps & OPTIONAL_METADATA and first[0] == 0 and len(first) == 2):
            return first
        if first[0] == 0xfb:
            return first
        n, _ = read_lenenc(first, 1 if self.caps & OPTIONAL_METADATA else 0)
        cols = [self.read() for _ in range(n)]
        if not self.caps & DEPRECATE_EOF:
            assert self.read()[0] == 0xfe
        rows = []
        while True:
            p = self.read()
            if p[0] == 0xff:
                return p
            if p[0] == 0xfe and len(p) < 0xffffff and (self.caps & DEPRECATE_EOF or len(p) < 9):
                return cols, rows, p
            rows.append(p)

    def query(self, sql):
        self.command(3, sql)
        return self.result()


def cells(row):
    out, at = [], 0
    while at < len(row):
        cell, at = read_text(row, at)
        out.append(cell)
    return out


def ok_fields(p):
    """(affected, insert id, status, warnings, rest) of an OK payload."""
    affected, at = read_lenenc(p, 1)
    insert_id, at = read_lenenc(p, at)
    status, warnings = struct.unpack_from("<HH", p, at)
    return affected, insert_id, status, warnings, p[at + 4:]


def err_fields(p):
    assert p[0] == 0xff, p
    return int.from_bytes(p[1:3], "little"), p[4:9].decode(), p[9:].decode()
