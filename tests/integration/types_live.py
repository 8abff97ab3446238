# SPDX-License-Identifier: Apache-2.0
"""Drives tests/unit/rewriter/types/types_tool and a live server; used by test_types_live.py."""
import struct
import subprocess
import threading

import pymysql
from pymysql.constants import FIELD_TYPE

FIXED = {FIELD_TYPE.TINY: 1, FIELD_TYPE.SHORT: 2, FIELD_TYPE.YEAR: 2, FIELD_TYPE.INT24: 4,
         FIELD_TYPE.LONG: 4, FIELD_TYPE.LONGLONG: 8, FIELD_TYPE.FLOAT: 4, FIELD_TYPE.DOUBLE: 8}


def to_hex(data):
    return data.hex() or "."


def from_hex(text):
    return b"" if text == "." else bytes.fromhex(text)


def lenenc(n):
    if n < 251:
        return bytes([n])
    if n < 1 << 16:
        return b"\xfc" + struct.pack("<H", n)
    return b"\xfd" + struct.pack("<I", n)[:3]


def binary_row(data, types):
    nulls = data[1:1 + (len(types) + 9) // 8]
    at = 1 + len(nulls)
    cells = []
    for i, wire in enumerate(types):
        if nulls[(i + 2) // 8] >> (i + 2) % 8 & 1:
            cells.append(None)
            continue
        n = FIXED.get(wire)
        if n is None:
            n = data[at]
            at += 1
            if n >= 252:
                width = {252: 2, 253: 3, 254: 8}[n]
                n = int.from_bytes(data[at:at + width], "little")
                at += width
        cells.append(data[at:at + n])
        at += n
    return cells


class Tool:
    def __init__(self, path, server):
        self.proc = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.server = server
        self.slots = 0
        for row in server.rows(server.collation_sql()):
            cid, name, charset, default, pad, maxlen = [c.decode() if c else "-" for c in row]
            self.one(f"I {cid} {name} {charset} {default} {pad.replace(' ', '_')} {maxlen}")
        self.one(f"E {server.flavour} 0 0")

    def close(self):
        self.proc.stdin.close()
        self.proc.wait()
        self.proc.stdout.close()

    def many(self, lines):
        """Sends all lines; one answer per line."""
        data = "".join(line + "\n" for line in lines).encode()

        def feed():
            self.proc.stdin.write(data)
            self.proc.stdin.flush()

        writer = threading.Thread(target=feed)
        writer.start()
        out = [self.proc.stdout.readline().decode().rstrip("\n") for _ in lines]
        writer.join()
        return out

    def one(self, line):
        return self.many([line])[0]

    def type(self, column_type, collation=None):
        self.slots = self.slots % 255 + 1
        answer = self.one(f"T {self.slots} {collation or '-'} {column_type.encode().hex()}")
        assert answer == "!OK", (column_type, collation, answer)
        return self.slots

    def build(self, collation):
        """Builds a weight table, answering the tool's questions from the server."""
        self.proc.stdin.write(f"K {collation} {self.server.flavour}\n".encode())
        while True:
            self.proc.stdin.flush()
            line = self.proc.stdout.readline().decode().rstrip("\n")
            if not line.startswith("Q "):
                return line
            for row in self.server.rows(line[2:]):
                cells = " ".join("-" if c is None else to_hex(c) for c in row)
                self.proc.stdin.write(f"R {cells}\n".encode())
            self.proc.stdin.write(b".\n")


class Server:
    """A connection whose cells are raw bytes."""

    def __init__(self, **where):
        self.con = pymysql.connect(user="root", charset="utf8mb4", autocommit=True,
                                   use_unicode=False, conv={}, **where)
        version = self.rows("SELECT VERSION()")[0][0].decode()
        self.flavour = "maria" if "MariaDB" in version else "my"
        self.run("SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'")
        self.run("DROP DATABASE IF EXISTS types_live")
        self.run("CREATE DATABASE types_live")
        self.run("USE types_live")

    def close(self):
        self.run("DROP DATABASE types_live")
        self.con.close()

    def run(self, sql):
        self.con.query(sql)

    def rows(self, sql):
        self.con.query(sql)
        result = self.con._result
        result.rows = result.rows or ()
        return result.rows

    def _definitions(self, n):
        types = []
        for _ in range(n):
            packet = self.con._read_packet(pymysql.protocol.FieldDescriptorPacket)
            types.append(packet.type_code)
        if n:
            self.con._read_packet()
        return types

    def prepare(self, sql):
        self.con._execute_command(0x16, sql)
        data = self.con._read_packet().get_all_data()
        stmt, columns, params = struct.unpack("<IHH", data[1:9])
        self._definitions(params)
        self._definitions(columns)
        return stmt

    def execute(self, stmt, params=()):
        """params: (wire type, unsigned, bytes on the wire). Rows of cells without length prefix."""
        body = struct.pack("<IBI", stmt, 0, 1)
        if params:
            body += bytes((len(params) + 7) // 8) + b"\1"
            body += b"".join(bytes([t, 0x80 if u else 0]) for t, u, _ in params)
            for wire, _, cell in params:
                body += (b"" if wire in FIXED else lenenc(len(cell))) + cell
        self.con._execute_command(0x17, body)
        first = self.con._read_packet()
        if first.is_ok_packet():
            return []
        types = self._definitions(first.read_length_encoded_integer())
        rows = []
        while True:
            data = self.con._read_packet().get_all_data()
            if data[0] == 0xfe and len(data) < 9:
                return rows
            rows.append(binary_row(data, types))

    def collation_sql(self):
        if self.flavour == "maria":
            return ("SELECT a.ID, a.FULL_COLLATION_NAME, a.CHARACTER_SET_NAME, a.IS_DEFAULT,"
                    " IF(a.FULL_COLLATION_NAME LIKE '%\\_nopad\\_%' OR"
                    " a.CHARACTER_SET_NAME = 'binary', 'NO PAD', 'PAD SPACE'), c.MAXLEN"
                    " FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY a"
                    " JOIN information_schema.CHARACTER_SETS c"
                    " ON c.CHARACTER_SET_NAME = a.CHARACTER_SET_NAME WHERE a.ID IS NOT NULL")
        return ("SELECT a.ID, a.COLLATION_NAME, a.CHARACTER_SET_NAME, a.IS_DEFAULT,"
                " a.PAD_ATTRIBUTE, c.MAXLEN FROM information_schema.COLLATIONS a"
                " JOIN information_schema.CHARACTER_SETS c"
                " ON c.CHARACTER_SET_NAME = a.CHARACTER_SET_NAME")
