# SPDX-License-Identifier: Apache-2.0
"""Schema changes while others write: no error, no lost row, nothing of the logical schema on the server."""
import threading


def test_alter_under_load(db, connect):
    name, client = db
    client.one("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL)")
    stop = threading.Event()
    counts, errors = [0, 0, 0], []

    def work(i):
        cursor = connect(database=name).cursor()
        while not stop.is_set():
            try:
                cursor.execute("INSERT INTO t (v) VALUES (%s)", (i,))
                counts[i] += 1
                cursor.execute("SELECT COUNT(*) FROM t WHERE v = %s", (i,))
                found = cursor.fetchone()[0]
                if found != counts[i]:
                    errors.append(f"{found} rows of {counts[i]}")
                    return
            except Exception as e:  # any error is a failure, whatever its kind
                errors.append(str(e))
                return

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(counts))]
    for t in threads:
        t.start()
    cursor = connect(database=name).cursor()
    for j in range(3):
        for action in (f"ADD x{j} INT", f"ADD y{j} INT NOT NULL DEFAULT 3", f"ADD KEY k{j} (y{j})", f"DROP COLUMN x{j}"):
            cursor.execute(f"ALTER TABLE t {action}")
    stop.set()
    for t in threads:
        t.join()
    assert not errors
    cursor.execute("SELECT COUNT(*), COUNT(DISTINCT id), MIN(y0), MAX(y2) FROM t")
    assert cursor.fetchone() == (sum(counts), sum(counts), 3, 3)


def test_names_do_not_reach_the_server(db, backend):
    name, client = db
    client.one("CREATE TABLE plainly_named (secret_column INT PRIMARY KEY COMMENT 'hush', KEY obvious_key (secret_column))")
    client.one("ALTER TABLE plainly_named ADD other_secret VARCHAR(10) DEFAULT 'hidden', RENAME TO renamed_plainly")
    rows = backend.query(
        "SELECT CONCAT_WS(' ', c.table_schema, c.table_name, c.column_name, c.column_comment, c.column_default)"
        " FROM information_schema.columns c WHERE c.table_schema LIKE 'd\\_%'")[0].rows
    text = b" ".join(r[0] for r in rows).decode()
    for word in (name, "plainly", "secret", "hush", "hidden", "obvious"):
        assert word not in text
