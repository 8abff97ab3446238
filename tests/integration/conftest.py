# SPDX-License-Identifier: Apache-2.0
"""Fixtures: connections to the proxy, to its backend, and the proxy's log. Run inside quickstart.sh --exec."""
import os
import re
import sys
import uuid

import pymysql
import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import wire  # noqa: E402


def pytest_configure(config):
    if "ALLIUM_PORT" not in os.environ:
        pytest.exit("run inside: ./quickstart.sh --exec 'pytest tests/integration'", 2)


@pytest.fixture
def spec():
    """The proxy, as wire.Client takes it."""
    e = os.environ
    return f"{e['ALLIUM_HOST']}:{e['ALLIUM_PORT']}:{e['ALLIUM_USER']}:{e['ALLIUM_PASSWORD']}"


@pytest.fixture
def connect(spec):
    """Opens drivers' connections; closes them at the end."""
    opened = []

    def make(**more):
        args = {**wire.parse_spec(spec), "charset": "utf8mb4", "autocommit": True, **more}
        opened.append(pymysql.connect(**args))
        return opened[-1]
    yield make
    for c in opened:
        if c.open:
            c.close()


@pytest.fixture
def db(spec):
    """A fresh database: (name, wire client in it)."""
    name = "it_" + uuid.uuid4().hex[:10]
    client = wire.Client(spec)
    client.one(f"CREATE DATABASE {name}")
    client.one(f"USE {name}")
    yield name, client
    last = wire.Client(spec)
    last.query(f"DROP DATABASE {name}")
    last.close()
    client.close()


@pytest.fixture
def backend():
    """The database server's root."""
    client = wire.Client(f"{os.environ['BACKEND_SOCKET']}:root:")
    yield client
    client.close()


@pytest.fixture
def log_contains():
    """log_contains(pattern): is there such a line since the test began?"""
    start = os.path.getsize(os.environ["ALLIUM_LOG"])

    def search(pattern):
        with open(os.environ["ALLIUM_LOG"], encoding="utf-8", errors="replace") as f:
            f.seek(start)
            return re.search(pattern, f.read())
    return search
