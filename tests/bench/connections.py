#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many idle clients beside some busy ones: connections.py PORT [IDLE [BUSY [SECONDS [PID]]]].

Logs in as nat/secret with mysql_native_password (see tests/unit/proxy/wire) or as ALLIUM_USER and ALLIUM_PASSWORD; runs
ALLIUM_SQL (default SELECT 1) on the busy connections. Prints memory per idle connection when PID is given.
"""
import os
import resource
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unit/proxy/wire"))
import rawclient as rc  # noqa: E402

port = int(sys.argv[1])
idle, busy, seconds, pid = (int(a) for a in (sys.argv[2:] + ["2000", "50", "5", "0"][len(sys.argv) - 2:]))
user = os.environ.get("ALLIUM_USER", "nat").encode()
password = os.environ.get("ALLIUM_PASSWORD", "secret").encode()
sql = os.environ.get("ALLIUM_SQL", "SELECT 1").encode()
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def rss():
    if not pid:
        return 0
    with open(f"/proc/{pid}/status") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


def connect():
    c = rc.Raw(("127.0.0.1", port))
    reply = c.login(user=user, password=password)
    assert reply[0] == 0, reply
    return c


before, t0 = rss(), time.time()
held = [connect() for _ in range(idle)]
print(f"{idle} logins in {time.time() - t0:.1f} s; RSS per idle connection {(rss() - before) / max(idle, 1):.1f} KiB")
errors, done = [], [0] * busy


def run(i):
    try:
        c, end = connect(), time.time() + seconds
        while time.time() < end:
            answer = c.query(sql)
            assert not isinstance(answer, bytes) or answer[0] != 0xff, answer
            done[i] += 1
    except Exception as e:
        errors.append(repr(e))


threads = [threading.Thread(target=run, args=(i,)) for i in range(busy)]
for t in threads:
    t.start()
for t in threads:
    t.join()
for c in held[::max(1, idle // 100)]:
    c.query(sql)
print(f"{busy} busy clients: {sum(done) / seconds:.0f} statements/s, {len(errors)} errors {errors[:3]}")
sys.exit(1 if errors else 0)
