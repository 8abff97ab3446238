#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random statements over a random schema, run on a plain server and through the proxy, and compared like the corpus.

usage: random_queries.py --plain SPEC --proxy SPEC [--seed N] [--selects N] [--dmls N] [--flavour F] [--protocol P]
Only statements whose answer is certain are made: no sums of doubles (their order counts), no representative of equal but
different texts, LIMIT only under a total order. The same seed gives the same statements.
"""
import argparse
import random
import sys

import run
import script

COLUMNS = {  # name: (definition, family)
    "ti": ("TINYINT", "int"), "su": ("SMALLINT UNSIGNED", "int"), "n": ("INT", "int"), "m": ("INT NOT NULL", "int"), "bi": ("BIGINT", "int"),
    "bu": ("BIGINT UNSIGNED", "int"), "d": ("DECIMAL(10,2)", "dec"), "e": ("DECIMAL(30,10)", "dec"), "x": ("DOUBLE", "dbl"),
    "g": ("VARCHAR(20) COLLATE utf8mb4_general_ci", "ci"), "b": ("VARCHAR(20) COLLATE utf8mb4_bin", "bin"), "c": ("CHAR(8) COLLATE utf8mb4_bin", "bin"),
    "t": ("TEXT", "ci"), "vb": ("VARBINARY(20)", "raw"), "dt": ("DATETIME", "dt"), "d6": ("DATETIME(6)", "dt"), "da": ("DATE", "date"),
    "tm": ("TIME", "time"), "y": ("YEAR", "year")}
TABLES = {"t1": ["ti", "n", "m", "bi", "d", "g", "b", "da"], "t2": ["n", "su", "bu", "e", "x", "b", "c", "dt"],
          "t3": ["m", "n", "g", "t", "vb", "d6", "tm", "y"], "t4": ["n", "d", "da", "b", "g"]}
KEYS = {"t1": ["KEY (n)", "KEY (g)", "KEY (da, n)", "KEY (b, d)"], "t2": ["KEY (dt)", "KEY (n, e)", "KEY (b)", "UNIQUE (id, c)"],
        "t3": ["KEY (g, m)", "KEY (d6)", "KEY (vb)"], "t4": []}
WORDS = ["", "a", "A", "ab", "Ab", "abc", "b", "zoo", "Zoo", "é", "e", "E", "ß", "ss", "日本", "😀", "x y", "it''s", "10", "%", "a_c", " a"]


class Generator:
    """Statements from one seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.next_id = {t: 1 for t in TABLES}

    def value(self, name):
        """A literal that fits the column mostly."""
        r, family = self.r, COLUMNS[name][1]
        if name != "m" and r.random() < 0.12:
            return "NULL"
        if family == "int":
            low = {"ti": -128, "su": 0, "bu": 0}.get(name, -50)
            return str(r.choice([low, 0, 1, 2, 3, 5, 7, 42, 100, r.randint(max(low, -100), 127)]))
        if family == "dec":
            return r.choice(["0", "1.10", "-1.10", "0.01", "100", "-99.99", f"{r.randint(-999, 999)}.{r.randint(0, 99):02}"])
        if family == "dbl":
            return r.choice(["0", "-0.0", "1.5", "-1.5", "1e10", "2.5e-3", f"{r.randint(-99, 99)}.25"])
        if family in ("ci", "bin", "raw"):
            return f"'{r.choice(WORDS)}'"
        day = f"{r.choice([1000, 1969, 1970, 1999, 2024, 2024, 2025])}-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
        clock = f"{r.randint(0, 23):02}:{r.choice([0, 30, 59]):02}:{r.choice([0, 1, 59]):02}"
        return {"date": f"'{day}'", "dt": f"'{day} {clock}'", "time": f"'{r.choice(['', '-', '1'])}{clock}'",
                "year": str(r.choice([1970, 1999, 2024]))}[family]

    def setup(self):
        for table, columns in TABLES.items():
            body = ", ".join(f"{c} {COLUMNS[c][0]}" for c in columns)
            yield f"CREATE TABLE {table} (id INT PRIMARY KEY, {body}{''.join(', ' + k for k in KEYS[table])})"
            for _ in range(3):
                yield self.insert(table, self.r.randint(8, 14))

    def insert(self, table, n):
        rows = []
        for _ in range(n):
            rows.append(f"({self.next_id[table]}, " + ", ".join(self.value(c) for c in TABLES[table]) + ")")
            self.next_id[table] += 1
        return f"INSERT INTO {table} VALUES " + ", ".join(rows)

    def column(self, scope, families=None):
        """alias.column of the scope, or None."""
        choices = [(a, c) for a, t in scope for c in ["id"] + TABLES[t]
                   if not families or (COLUMNS[c][1] if c != "id" else "int") in families]
        return self.r.choice(choices) if choices else (scope[0][0], "id")

    def literal_like(self, name):
        return str(self.r.randint(0, 40)) if name == "id" else self.value(name)

    def comparison(self, scope):
        r = self.r
        a, c = self.column(scope)
        ref, kind = f"{a}.{c}", r.random()
        if kind < 0.35:
            return f"{ref} {r.choice(['=', '<', '>', '<=', '>=', '<>', '<=>'])} {self.literal_like(c)}"
        if kind < 0.45:
            return f"{ref} {r.choice(['', 'NOT '])}IN ({', '.join(self.literal_like(c) for _ in range(r.randint(1, 4)))})"
        if kind < 0.55:
            return f"{ref} {r.choice(['', 'NOT '])}BETWEEN {self.literal_like(c)} AND {self.literal_like(c)}"
        if kind < 0.63:
            return f"{ref} IS {r.choice(['', 'NOT '])}NULL"
        if kind < 0.72:
            a, c = self.column(scope, ("ci", "bin"))
            pattern = r.choice(["a%", "%b%", "_b%", "%", "Z__", "%oo", "10", "é%"])
            return f"{a}.{c} LIKE '{pattern}'" if c != "id" else f"{a}.id < 10"
        if kind < 0.82:
            family = r.choice(["int", "dec", "ci", "bin", "dt", "date"])
            x, y = self.column(scope, (family,)), self.column(scope, (family,))
            return f"{x[0]}.{x[1]} {r.choice(['=', '<', '>'])} {y[0]}.{y[1]}"
        if kind < 0.9:
            a, c = self.column(scope, ("int",))
            return f"{a}.{c} {r.choice(['+', '-', '*', '%'])} {r.randint(1, 5)} {r.choice(['=', '<', '>'])} {r.randint(-5, 20)}"
        if kind < 0.95:
            t = r.choice(list(TABLES))
            return f"{scope[0][0]}.id {r.choice(['', 'NOT '])}IN (SELECT s.id FROM {t} s WHERE {self.comparison([('s', t)])})"
        t = r.choice(list(TABLES))
        return f"EXISTS (SELECT 1 FROM {t} s WHERE s.id = {scope[0][0]}.id AND {self.comparison([('s', t)])})"

    def condition(self, scope, depth=0):
        r = self.r.random()
        if depth < 2 and r < 0.3:
            return f"({self.condition(scope, depth + 1)} {self.r.choice(['AND', 'AND', 'OR', 'XOR'])} {self.condition(scope, depth + 1)})"
        if depth < 2 and r < 0.36:
            return f"NOT ({self.condition(scope, depth + 1)})"
        return self.comparison(scope)

    def tables(self):
        """FROM clause and its scope."""
        r, n = self.r, self.r.choice([1, 1, 1, 2, 2, 3])
        scope = [(f"q{i}", r.choice(list(TABLES))) for i in range(n)]
        text = f"{scope[0][1]} {scope[0][0]}"
        for i in range(1, n):
            family = r.choice(["int", "int", "bin", "date", "dec"])
            x, y = self.column(scope[:i], (family,)), self.column(scope[i:i + 1], (family,))
            text += f" {r.choice(['JOIN', 'JOIN', 'LEFT JOIN'])} {scope[i][1]} {scope[i][0]} ON {x[0]}.{x[1]} = {y[0]}.{y[1]}"
            if r.random() < 0.3:
                text += f" AND {self.comparison(scope[i:i + 1])}"
        return text, scope

    def expression(self, scope):
        r = self.r
        a, c = self.column(scope)
        kind = r.random()
        if kind < 0.7:
            return f"{a}.{c}"
        if kind < 0.78:
            a, c = self.column(scope, ("int",))
            return f"{a}.{c} * {r.randint(1, 3)} + {r.randint(0, 9)}"
        if kind < 0.86:
            a, c = self.column(scope, ("ci", "bin"))
            return r.choice([f"UPPER({a}.{c})", f"LENGTH({a}.{c})", f"CONCAT({a}.{c}, '-', {a}.id)", f"COALESCE({a}.{c}, 'none')"])
        if kind < 0.92:
            a, c = self.column(scope, ("dt", "date"))
            return r.choice([f"YEAR({a}.{c})", f"DATE({a}.{c})", f"{a}.{c} + INTERVAL 1 DAY"]) if c != "id" else f"{a}.id"
        return f"CASE WHEN {self.comparison(scope)} THEN 1 ELSE 0 END"

    def aggregate(self, scope):
        r = self.r
        kind = r.choice(["COUNT(*)", "COUNT", "DISTINCT", "SUM", "AVG", "MIN", "MAX"])
        if kind == "COUNT(*)":
            return kind
        if kind in ("COUNT", "DISTINCT"):
            a, c = self.column(scope)
            return f"COUNT({'DISTINCT ' if kind == 'DISTINCT' else ''}{a}.{c})"
        families = ("int", "dec") if kind in ("SUM", "AVG") else ("int", "dec", "bin", "dt", "date", "raw")
        a, c = self.column(scope, families)
        return f"{kind}({a}.{c})"

    def select(self):
        r = self.r
        text, scope = self.tables()
        where = f" WHERE {self.condition(scope)}" if r.random() < 0.8 else ""
        shape = r.random()
        if shape < 0.25:
            having = f" HAVING COUNT(*) {r.choice(['>', '<', '='])} {r.randint(0, 3)}" if r.random() < 0.2 else ""
            return f"SELECT {', '.join(self.aggregate(scope) for _ in range(r.randint(1, 3)))} FROM {text}{where}{having}"
        if shape < 0.45:
            keys = [f"{a}.{c}" for a, c in {self.column(scope, ("int", "dec", "bin", "date", "dt", "year")) for _ in range(r.randint(1, 2))}]
            having = f" HAVING COUNT(*) > {r.randint(0, 2)}" if r.random() < 0.3 else ""
            return (f"SELECT {', '.join(keys)}, {self.aggregate(scope)} FROM {text}{where} GROUP BY {', '.join(keys)}{having} "
                    f"ORDER BY {', '.join(k + r.choice(['', ' DESC']) for k in keys)}")
        distinct = r.random() < 0.12
        if distinct:
            a, c = self.column(scope, ("int", "dec", "bin", "date", "dt"))
            return f"SELECT DISTINCT {a}.{c} FROM {text}{where} ORDER BY {a}.{c}"
        what = "*" if r.random() < 0.15 else ", ".join(self.expression(scope) for _ in range(r.randint(1, 4)))
        order = ""
        if r.random() < 0.6:
            a, c = self.column(scope, ("int", "dec", "bin", "ci", "dt", "date", "raw", "time", "year"))
            order = f" ORDER BY {a}.{c}{r.choice(['', ' DESC'])}, " + ", ".join(f"{a}.id" for a, _ in scope)
            if r.random() < 0.4:
                order += f" LIMIT {r.randint(0, 12)}" + (f" OFFSET {r.randint(0, 5)}" if r.random() < 0.3 else "")
        return f"SELECT {what} FROM {text}{where}{order}"

    def dml(self):
        r = self.r
        table = r.choice(list(TABLES))
        scope = [(table, table)]
        kind = r.random()
        if kind < 0.3:
            return self.insert(table, r.randint(1, 3))
        if kind < 0.4:
            row = f"{r.randint(1, self.next_id[table])}, " + ", ".join(self.value(c) for c in TABLES[table])
            column = TABLES[table][0]
            return r.choice([f"REPLACE INTO {table} VALUES ({row})", f"INSERT IGNORE INTO {table} VALUES ({row})",
                             f"INSERT INTO {table} VALUES ({row}) ON DUPLICATE KEY UPDATE {column} = {self.value(column)}"])
        if kind < 0.85:
            columns = r.sample(TABLES[table], r.randint(1, 2))
            sets = []
            for c in columns:
                family = COLUMNS[c][1]
                if r.random() < 0.35 and family == "int":
                    sets.append(f"{c} = {c} + {r.randint(0, 3)}")
                elif r.random() < 0.3 and family in ("ci", "bin"):
                    sets.append(f"{c} = CONCAT('u', LEFT({c}, 3))")
                else:
                    sets.append(f"{c} = {self.value(c)}")
            tail = f" ORDER BY id LIMIT {r.randint(1, 5)}" if r.random() < 0.2 else ""
            return f"UPDATE {table} SET {', '.join(sets)} WHERE {self.condition(scope)}{tail}"
        return f"DELETE FROM {table} WHERE {self.condition(scope)} ORDER BY id LIMIT {r.randint(1, 3)}"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--plain", required=True)
    p.add_argument("--proxy", required=True)
    p.add_argument("--flavour", choices=["mariadb", "mysql"], default="mariadb")
    p.add_argument("--protocol", choices=["text", "binary"], default="text")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--selects", type=int, default=1000)
    p.add_argument("--dmls", type=int, default=200)
    p.add_argument("--show", type=int, default=20)
    p.add_argument("--timeout", type=int, default=30)
    o = p.parse_args()
    o.summary, o.json, o.keep = True, None, False
    runner, gen = run.Runner(o), Generator(o.seed)
    for side in (runner.plain, runner.proxy):
        side.start("df_random")

    def feed(sql, line):
        # How often a conversion warns depends on how many rows the plan of the moment visits.
        step = script.Step(line, sql, 1, {"ignore": "warnings"} if sql.startswith("SELECT") else {})
        kind, why = runner.judge(step, o.protocol == "binary")
        runner.note(f"seed {o.seed}", line, sql, kind, why)

    line = 0
    for sql in gen.setup():
        line += 1
        feed(sql, line)
    statements = ["select"] * o.selects + ["dml"] * o.dmls
    gen.r.shuffle(statements)
    for kind in statements:
        line += 1
        if kind == "dml":
            feed(gen.dml(), line)
            table = gen.r.choice(list(TABLES))
            if line % 10 == 0:
                feed(f"SELECT * FROM {table} ORDER BY id", line)
        else:
            feed(gen.select(), line)
    for side in (runner.plain, runner.proxy):
        side.finish(False)
    runner.report(1, 0.0)
    sys.exit(0 if runner.tally["statements"] == runner.tally["equal"] else 1)


if __name__ == "__main__":
    main()
