# SPDX-License-Identifier: Apache-2.0
"""A client that sees what a driver normally hides: every field of every packet.

PyMySQL does the login (all authentication methods) and the packet framing; commands, results and
metadata are read here, byte for byte, in the text and in the binary (prepared) protocol.
"""
import collections
import struct

import pymysql
from pymysql.constants import CLIENT

COM_INIT_DB, COM_QUERY, COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_CLOSE = 2, 3, 0x16, 0x17, 0x19
MORE_RESULTS, IN_TRANS, AUTOCOMMIT = 8, 1, 2

Column = collections.namedtuple(
    "Column", "schema table org_table name org_name charset length type flags decimals")
Error = collections.namedtuple("Error", "errno sqlstate message")
Ok = collections.namedtuple("Ok", "affected insert_id status warnings info")
Rows = collections.namedtuple("Rows", "columns rows status warnings")
Prepared = collections.namedtuple("Prepared", "id n_params columns warnings")

TYPE_NAMES = {0: "DECIMAL", 1: "TINY", 2: "SHORT", 3: "LONG", 4: "FLOAT", 5: "DOUBLE", 6: "NULL",
              7: "TIMESTAMP", 8: "LONGLONG", 9: "INT24", 10: "DATE", 11: "TIME", 12: "DATETIME",
              13: "YEAR", 15: "VARCHAR", 16: "BIT", 245: "JSON", 246: "NEWDECIMAL", 247: "ENUM",
              248: "SET", 249: "TINY_BLOB", 250: "MEDIUM_BLOB", 251: "LONG_BLOB", 252: "BLOB",
              253: "VAR_STRING", 254: "STRING", 255: "GEOMETRY"}
FIXED = {1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 8: 8, 4: 4, 5: 8, 6: 0}
TEMPORAL = {7, 10, 11, 12}


class ServerError(Exception):
    """The server answered ERR where the caller wanted a result."""

    def __init__(self, error):
        super().__init__(f"({error.errno}, {error.sqlstate}) {error.message}")
        self.error = error


class Reader:
    """A cursor over one packet."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise ValueError("packet too short")
        self.at += n
        return self.data[self.at - n:self.at]

    def uint(self, n):
        return int.from_bytes(self.take(n), "little")

    def lenenc(self):
        first = self.uint(1)
        if first < 251:
            return first
        if first == 251:
            return None
        return self.uint({252: 2, 253: 3, 254: 8}[first])

    def text(self):
        n = self.lenenc()
        return None if n is None else bytes(self.take(n))

    def rest(self):
        return bytes(self.take(len(self.data) - self.at))


def parse_spec(spec):
    """`host:port:user:password` or `/path/to/socket:user:password`."""
    if spec.startswith("/"):
        path, user, password = (spec.split(":") + ["", ""])[:3]
        return {"unix_socket": path, "user": user, "password": password}
    host, port, user, password = (spec.split(":", 3) + ["", "", ""])[:4]
    return {"host": host, "port": int(port), "user": user, "password": password}


class Client:
    """One connection. Methods return Error, Ok or Rows; they raise only when the wire breaks."""

    def __init__(self, spec, database=None, timeout=60, multi=False):
        self.infile = b""  # contents of any file that the server asks for
        args = parse_spec(spec) if isinstance(spec, str) else dict(spec)
        self.conn = pymysql.connect(
            database=database, charset="utf8mb4", local_infile=True, autocommit=None, read_timeout=timeout,
            write_timeout=timeout, connect_timeout=timeout,
            client_flag=CLIENT.MULTI_STATEMENTS if multi else 0, **args)

    def close(self):
        """Says goodbye when the peer still listens."""
        try:
            self.conn.close()
        except (pymysql.err.Error, OSError):
            pass

    def _raw(self):
        """One packet without PyMySQL's own error check."""
        buf, more = b"", True
        while more:
            header = self.conn._read_bytes(4)
            length, seq = int.from_bytes(header[:3], "little"), header[3]
            if seq != self.conn._next_seq_id:
                raise pymysql.err.OperationalError(2027, f"sequence {seq}, not {self.conn._next_seq_id}")
            self.conn._next_seq_id = (seq + 1) % 256
            buf += self.conn._read_bytes(length)
            more = length == 0xffffff
        return buf

    def send(self, sql):
        """COM_QUERY without waiting; `reap` reads the answer."""
        self.conn._execute_command(COM_QUERY, sql if isinstance(sql, bytes) else sql.encode())

    def reap(self):
        """All results of the statement sent."""
        out = [self._result(self._text_row)]
        while not isinstance(out[-1], Error) and out[-1].status & MORE_RESULTS:
            out.append(self._result(self._text_row))
        return out

    def query(self, sql):
        """All results of a text-protocol statement."""
        self.send(sql)
        return self.reap()

    def one(self, sql):
        """The only result; raises ServerError on ERR."""
        result = self.query(sql)[0]
        if isinstance(result, Error):
            raise ServerError(result)
        return result

    def init_db(self, name):
        """COM_INIT_DB."""
        self.conn._execute_command(COM_INIT_DB, name.encode())
        return self._result(self._text_row)

    def prepare(self, sql):
        """COM_STMT_PREPARE: Prepared or Error."""
        self.conn._execute_command(COM_STMT_PREPARE, sql if isinstance(sql, bytes) else sql.encode())
        r = Reader(self._raw())
        if r.data[0] == 0xff:
            return self._error(r)
        r.uint(1)
        stmt, n_columns, n_params = r.uint(4), r.uint(2), r.uint(2)
        r.uint(1)
        warnings = r.uint(2)
        if n_params:
            for _ in range(n_params):
                self._raw()
            self._raw()
        columns = []
        if n_columns:
            columns = [self._column(Reader(self._raw())) for _ in range(n_columns)]
            self._raw()
        return Prepared(stmt, n_params, columns, warnings)

    def execute(self, stmt, params=()):
        """COM_STMT_EXECUTE with (type, bytes-or-None[, unsigned]) parameters."""
        body = struct.pack("<IBI", stmt.id, 0, 1)
        if params:
            bits = bytearray((len(params) + 7) // 8)
            types = values = b""
            for i, p in enumerate(params):
                types += bytes([p[0], 0x80 if len(p) > 2 and p[2] else 0])
                if p[1] is None:
                    bits[i // 8] |= 1 << i % 8
                else:
                    values += p[1]
            body += bytes(bits) + b"\1" + types + values
        self.conn._execute_command(COM_STMT_EXECUTE, body)
        out = [self._result(self._binary_row)]
        while not isinstance(out[-1], Error) and out[-1].status & MORE_RESULTS:
            out.append(self._result(self._binary_row))
        return out

    def close_stmt(self, stmt):
        """COM_STMT_CLOSE has no answer."""
        self.conn._execute_command(COM_STMT_CLOSE, struct.pack("<I", stmt.id))

    @staticmethod
    def _error(r):
        r.uint(1)
        errno, state = r.uint(2), ""
        if r.data[r.at:r.at + 1] == b"#":
            state = r.take(6)[1:].decode()
        return Error(errno, state, r.rest().decode("utf-8", "replace"))

    @staticmethod
    def _column(r):
        r.text()
        names = [r.text() for _ in range(5)]
        r.lenenc()
        return Column(*names, r.uint(2), r.uint(4), r.uint(1), r.uint(2), r.uint(1))

    def _result(self, row_reader):
        r = Reader(self._raw())
        first = r.data[0]
        if first == 0xff:
            return self._error(r)
        if first == 0:
            r.uint(1)
            affected, insert_id, status, warnings = r.lenenc(), r.lenenc(), r.uint(2), r.uint(2)
            return Ok(affected, insert_id, status, warnings, self._info(r))
        if first == 0xfb:
            self._send_file()
            return self._result(row_reader)
        columns = [self._column(Reader(self._raw())) for _ in range(r.lenenc())]
        self._raw()
        rows = []
        while True:
            data = self._raw()
            if data[0] == 0xff:
                return self._error(Reader(data))
            if data[0] == 0xfe and len(data) < 9:
                r = Reader(data)
                r.uint(1)
                warnings, status = r.uint(2), r.uint(2)
                return Rows(columns, rows, status, warnings)
            rows.append(row_reader(Reader(data), columns))

    def _send_file(self):
        """The answer to a LOCAL INFILE request: self.infile, in packets of 1000 bytes."""
        for at in range(0, len(self.infile), 1000):
            self.conn.write_packet(self.infile[at:at + 1000])
        self.conn.write_packet(b"")

    @staticmethod
    def _info(r):
        """lenenc when session tracking was agreed on, else the rest; servers send both forms."""
        rest = r.rest()
        if rest and rest[0] == len(rest) - 1:
            rest = rest[1:]
        return rest.decode("utf-8", "replace")

    @staticmethod
    def _text_row(r, columns):
        return tuple(r.text() for _ in columns)

    @staticmethod
    def _binary_row(r, columns):
        if r.uint(1) != 0:
            raise ValueError("binary row does not start with 0")
        bits = r.take((len(columns) + 9) // 8)
        row = []
        for i, c in enumerate(columns):
            if bits[(i + 2) // 8] >> (i + 2) % 8 & 1:
                row.append(None)
            elif c.type in FIXED:
                row.append(bytes(r.take(FIXED[c.type])))
            elif c.type in TEMPORAL:
                row.append(bytes(r.take(r.uint(1))))
            else:
                row.append(r.text())
        return tuple(row)


def param(kind, text):
    """A parameter for Client.execute from a kind name and its text."""
    if kind == "null":
        return (6, None)
    if kind == "int":
        return (8, struct.pack("<q", int(text)))
    if kind == "uint":
        return (8, struct.pack("<Q", int(text)), True)
    if kind == "double":
        return (5, struct.pack("<d", float(text)))
    data = bytes.fromhex(text) if kind == "blob" else text.encode()
    code = {"str": 253, "blob": 252, "decimal": 246}[kind]
    n = len(data)
    head = bytes([n]) if n < 251 else b"\xfc" + struct.pack("<H", n) if n < 65536 else (
        b"\xfd" + struct.pack("<I", n)[:3])
    return (code, head + data)
