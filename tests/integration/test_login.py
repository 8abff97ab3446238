# SPDX-License-Identifier: Apache-2.0
"""Login, and what a client may learn before it has one."""
import os
import socket
import subprocess
import urllib.request

import pymysql
import pytest

import wire


def error_of(connect, **args):
    with pytest.raises(pymysql.err.MySQLError) as e:
        connect(**args)
    return e.value.args


def test_right_password(connect):
    with connect().cursor() as cur:
        cur.execute("SELECT 1 + 1")
        assert cur.fetchall() == ((2,),)


def test_wrong_password_and_unknown_user_look_alike(connect):
    wrong = error_of(connect, password="wrong")
    unknown = error_of(connect, user="nobody_here", password="wrong")
    empty = error_of(connect, password="")
    assert wrong[0] == unknown[0] == empty[0] == 1045
    assert wrong[1].replace("allium", "X") == unknown[1].replace("nobody_here", "X")


def test_unknown_database(connect):
    assert error_of(connect, database="no_such_database")[0] in (1044, 1049)


def test_backend_account_is_no_client_account(connect):
    assert error_of(connect, user="allium_proxy", password="")[0] == 1045
    assert error_of(connect, user="root", password="")[0] == 1045


def test_tls(connect):
    c = connect(ssl={"check_hostname": False, "verify_mode": "none", "ca": None})
    with c.cursor() as cur:
        cur.execute("SELECT 1")
        assert cur.fetchall() == ((1,),)


def test_garbage_handshakes_do_not_end_the_proxy(connect):
    address = (os.environ["ALLIUM_HOST"], int(os.environ["ALLIUM_PORT"]))
    for junk in (b"", b"\0", b"GET / HTTP/1.0\r\n\r\n", b"\xff" * 100, b"\x01\0\0\x01", b"\0\0\0\x01", os.urandom(500),
                 b"\x20\0\0\x01" + b"\xff" * 32, b"\xff\xff\xff\x01" + b"a" * 1000):
        with socket.create_connection(address, 5) as s:
            s.sendall(junk)
    with connect().cursor() as cur:
        cur.execute("SELECT 1")
        assert cur.fetchall() == ((1,),)


@pytest.mark.parametrize("command", [0x00, 0x05, 0x06, 0x0b, 0x0f, 0x10, 0x13, 0x1d, 0x20, 0x7f, 0xee])
def test_unknown_commands_are_1047(spec, command):
    client = wire.Client(spec)
    client.conn._execute_command(command, b"payload")
    result = client._result(client._text_row)
    assert isinstance(result, wire.Error)
    assert result.errno == 1047


def test_query_attributes_are_understood(connect):
    assert subprocess.run(
        ["mariadb", "--no-defaults", "-h", os.environ["ALLIUM_HOST"], "-P", os.environ["ALLIUM_PORT"], "-u", os.environ["ALLIUM_USER"],
         f"-p{os.environ['ALLIUM_PASSWORD']}", "-N", "-e", "SELECT 42"], capture_output=True, check=True).stdout == b"42\n"


def test_many_connections(spec):
    clients = [wire.Client(spec) for _ in range(200)]
    for i, c in enumerate(clients):
        assert c.one(f"SELECT {i}").rows == [(str(i).encode(),)]
    for c in clients:
        c.close()


def test_metrics_and_health():
    base = f"http://{os.environ['ALLIUM_HOST']}:{os.environ['ALLIUM_HTTP_PORT']}"
    assert urllib.request.urlopen(base + "/health/live", timeout=5).status == 200
    assert urllib.request.urlopen(base + "/health/ready", timeout=5).status == 200
    text = urllib.request.urlopen(base + "/metrics", timeout=5).read().decode()
    assert "allium_build_info" in text
