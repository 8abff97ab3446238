# SPDX-License-Identifier: Apache-2.0
"""Random statements over a logical schema of all types, from one seed.

Only statements whose answer is certain are made: no sums of doubles (their order counts), no representative of
equal but different texts, LIMIT only under a total order, no comparison whose outcome depends on the index that a
server happens to use. What a server leaves open (which row an error names) is left out of the comparison.
"""
import random

INT = {"ti": ("TINYINT", -128, 127), "su": ("SMALLINT UNSIGNED", 0, 300), "n": ("INT", -50, 100), "m": ("INT NOT NULL", -50, 100),
       "bi": ("BIGINT", -9000, 9000), "bu": ("BIGINT UNSIGNED", 0, 9000), "bo": ("BOOL", 0, 1), "r": ("INT", 1, 20)}
COLUMNS = {  # name: (definition, family)
    "d": ("DECIMAL(10,2)", "dec"), "e": ("DECIMAL(30,10)", "dec"), "x": ("DOUBLE", "dbl"),
    "g": ("VARCHAR(20) COLLATE utf8mb4_general_ci", "ci"), "u": ("VARCHAR(30) COLLATE utf8mb4_unicode_ci", "uci"),
    "b": ("VARCHAR(20) COLLATE utf8mb4_bin", "bin"), "c": ("CHAR(8) COLLATE utf8mb4_bin", "bin"), "k": ("VARCHAR(12) COLLATE utf8mb4_bin", "bin"),
    "l": ("VARCHAR(20) CHARACTER SET latin1", "lat"), "t": ("TEXT", "ci"), "vb": ("VARBINARY(20)", "raw"),
    "dt": ("DATETIME", "dt"), "d6": ("DATETIME(6)", "dt"), "da": ("DATE", "date"), "tm": ("TIME", "time"), "y": ("YEAR", "year"),
    "ts": ("TIMESTAMP NULL", "dt"), "en": ("ENUM('low','mid','high')", "enum"), "se": ("SET('p','q','s')", "set"), "bt": ("BIT(8)", "bit")}
COLUMNS.update({name: (definition, "int") for name, (definition, _, _) in INT.items()})
TABLES = {"t1": ["ti", "n", "m", "bi", "d", "g", "b", "da"], "t2": ["n", "su", "bu", "e", "x", "b", "c", "dt", "r"],
          "t3": ["m", "n", "g", "t", "vb", "d6", "tm", "y", "l"], "t4": ["n", "d", "da", "b", "g", "u", "bo"],
          "t5": ["r", "k", "en", "se", "bt", "ts", "u", "n"], "hollow": ["n", "b", "d", "da"]}
KEYS = {"t1": ["KEY (n)", "KEY (g)", "KEY (da, n)", "KEY (b, d)"], "t2": ["KEY (dt)", "KEY (n, e)", "KEY (b)", "UNIQUE (id, c)", "KEY (r)"],
        "t3": ["KEY (g, m)", "KEY (d6)", "KEY (vb)", "KEY (l)"], "t4": [],
        "t5": ["UNIQUE (k)", "KEY (en)", "KEY (u)", "KEY (ts)", "FOREIGN KEY (r) REFERENCES t1 (id) ON DELETE SET NULL"], "hollow": ["KEY (n)"]}
VIEWS = {"v1": ("SELECT id, n, m, g, b, da FROM t1 WHERE m > 0", ["n", "m", "g", "b", "da"]),
         "v2": ("SELECT t2.id, t2.n, t2.e, t2.b, t1.d, t1.da FROM t2 JOIN t1 ON t1.id = t2.r", ["n", "e", "b", "d", "da"])}
WORDS = ["", "a", "A", "ab", "Ab", "abc", "b", "zoo", "Zoo", "é", "e", "E", "ß", "ss", "x y", "it's", "10", "%", "a_c", " a", "\\"]
WIDE = ["日本", "😀", "ÄÖ"]
TEXTS = ("ci", "uci", "bin", "lat")
EXACT = ("int", "dec", "bin", "raw", "dt", "date", "time", "year")  # equal values look alike
JOINABLE = ("int", "int", "int", "bin", "date", "dec", "ci")


class Generator:
    """Statements from one seed. Each is (sql, binds): binds is None for a statement without parameters."""

    def __init__(self, seed, flavour="mariadb"):
        self.r = random.Random(seed)
        self.flavour = flavour
        self.next_id = {t: 1 for t in TABLES}
        self.binds = None  # a list while a prepared statement is made
        self.next_key = 1

    # ---- values ----

    def pick(self, *choices):
        return self.r.choice(choices)

    def chance(self, p):
        return self.r.random() < p

    def literal(self, kind, text):
        """The literal in SQL, or a parameter with that value."""
        if self.binds is not None and self.chance(0.6) and "|" not in text and (kind != "str" or text == text.strip()):
            self.binds.append(f"{kind} {text}" if text or kind == "str" else "null")
            return "?"
        if kind == "null":
            return "NULL"
        if kind == "str":
            return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
        return text

    def text(self, family):
        words = WORDS + (WIDE if family != "lat" else [])
        return self.literal("str", self.r.choice(words))

    def day(self):
        return f"{self.pick(1000, 1969, 1970, 1999, 2024, 2024, 2025)}-{self.r.randint(1, 12):02}-{self.r.randint(1, 28):02}"

    def clock(self):
        return f"{self.r.randint(0, 23):02}:{self.pick(0, 30, 59):02}:{self.pick(0, 1, 59):02}"

    def value(self, name, null=0.12):
        """A value that fits the column."""
        r = self.r
        if name == "id":
            return self.literal("int", str(r.randint(0, 40)))
        if name not in ("m", "id") and self.chance(null):
            return self.literal("null", "")
        family = COLUMNS[name][1]
        if name in INT:
            low, high = INT[name][1:]
            return self.literal("int", str(r.choice([low, high, max(low, 0), min(high, 1), min(high, 2), r.randint(low, high)])))
        if name == "k":
            self.next_key += 1
            return self.literal("str", f"k{r.randint(max(1, self.next_key - 30), self.next_key)}")
        if family in TEXTS or family == "raw":
            return self.text("lat" if name == "l" else family)
        if name == "ts":
            return self.literal("str", f"{self.pick(1971, 1999, 2024)}-{r.randint(1, 12):02}-{r.randint(1, 28):02} {self.clock()}")
        make = {"dec": lambda: ("decimal", r.choice(["0", "1.10", "-1.10", "0.01", "100", "-99.99", f"{r.randint(-999, 999)}.{r.randint(0, 99):02}"])),
                "dbl": lambda: ("double", r.choice(["0", "1.5", "-1.5", "1e10", "2.5e-3", f"{r.randint(-99, 99)}.25"])),
                "date": lambda: ("str", self.day()), "dt": lambda: ("str", f"{self.day()} {self.clock()}"),
                "time": lambda: ("str", f"{self.pick('', '-', '1')}{self.clock()}"), "year": lambda: ("int", str(self.pick(1970, 1999, 2024))),
                "enum": lambda: ("str", self.pick("low", "mid", "high")), "set": lambda: ("str", self.pick("", "p", "p,q", "q,s", "p,q,s")),
                "bit": lambda: ("int", str(self.pick(0, 1, 5, 255)))}
        return self.literal(*make[family]())

    # ---- scopes: [(alias, columns)] ----

    def source(self, names=None):
        """A table, view or derived table: (text, columns)."""
        kind = self.r.random()
        if names is None and kind < 0.08:
            view = self.pick(*VIEWS)
            return view, VIEWS[view][1]
        table = self.pick(*(names or [t for t in TABLES if t != "hollow"] + (["hollow"] if self.chance(0.1) else [])))
        if names is None and kind < 0.16:
            keep = self.r.sample(TABLES[table], min(4, len(TABLES[table])))
            where = f" WHERE {self.comparison([('z', TABLES[table])])}" if self.chance(0.6) else ""
            return f"(SELECT z.id, {', '.join('z.' + c for c in keep)} FROM {table} z{where})", keep
        return table, TABLES[table]

    def column(self, scope, families=None):
        choices = [(a, c) for a, columns in scope for c in ["id"] + columns
                   if not families or (COLUMNS[c][1] if c != "id" else "int") in families]
        return self.r.choice(choices) if choices else (scope[0][0], "id")

    def pair(self, left, right, *families):
        """Two references of one family, of all families that both sides have: comparing others depends on indexes."""
        def has(scope, f):
            return f == "int" or any(COLUMNS[c][1] == f for _, columns in scope for c in columns)
        family = self.pick(*[f for f in families if has(left, f) and has(right, f)] or ["int"])
        return self.ref(left, (family,)), self.ref(right, (family,))

    def ref(self, scope, families=None):
        return "%s.%s" % self.column(scope, families)

    def from_clause(self, most=4):
        r = self.r
        n = min(most, r.choice([1, 1, 1, 1, 2, 2, 2, 3, 3, 4]))
        text, columns = self.source()
        scope = [("q0", columns)]
        text += " q0"
        for i in range(1, n):
            source, columns = self.source()
            scope.append((f"q{i}", columns))
            kind = r.random()
            if kind < 0.04 and i < 2:
                text += f" CROSS JOIN {source} q{i}"
                continue
            if kind < 0.1 or i > 1 and kind < 0.75:  # few equal values multiply soon
                text += f" {self.pick('JOIN', 'LEFT JOIN')} {source} q{i} ON q{i}.id = q{i - 1}.id"
                continue
            x, y = self.pair(scope[:i], scope[i:], *JOINABLE)
            text += f" {self.pick('JOIN', 'JOIN', 'INNER JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'STRAIGHT_JOIN')} {source} q{i} ON {x} {self.pick('=', '=', '=', '=', '<=>')} {y}"
            if self.chance(0.3):
                text += f" AND {self.comparison(scope[i:])}"
        return text, scope

    # ---- conditions ----

    def like(self, scope):
        ref = self.ref(scope, TEXTS)
        if ref.endswith(".id"):
            return f"{ref} < 10"
        pattern = self.literal("str", self.pick("a%", "%b%", "_b%", "%", "Z__", "%oo", "10", "é%", "ab", "%a%c%", ""))
        return f"{ref} {self.pick('', 'NOT ')}LIKE {pattern}"

    def subquery_condition(self, scope):
        r = self.r.random()
        t = self.pick(*TABLES)
        inner = [("s", TABLES[t])]
        outer, own = self.pair(scope, inner, "int", "int", "bin", "date")
        where = self.comparison(inner, depth=2)
        if r < 0.35:
            return f"{outer} {self.pick('', 'NOT ')}IN (SELECT {own} FROM {t} s WHERE {where})"
        if r < 0.6:
            return f"{self.pick('', 'NOT ')}EXISTS (SELECT 1 FROM {t} s WHERE {own} = {outer} AND {where})"
        if r < 0.75:
            return f"{outer} {self.pick('=', '>', '<')} (SELECT {self.pick('MAX', 'MIN')}({own}) FROM {t} s WHERE {where})"
        if r < 0.88:
            return f"{outer} {self.pick('>', '<', '=', '<>')} {self.pick('ALL', 'ANY')} (SELECT {own} FROM {t} s WHERE {where})"
        return f"(SELECT COUNT(*) FROM {t} s WHERE {own} = {outer} AND {where}) {self.pick('=', '>', '<')} {self.r.randint(0, 2)}"

    def comparison(self, scope, depth=0):
        a, c = self.column(scope)
        ref, kind = f"{a}.{c}", self.r.random()
        if kind < 0.33:
            return f"{ref} {self.pick('=', '=', '<', '>', '<=', '>=', '<>', '<=>')} {self.value(c)}"
        if kind < 0.43:
            return f"{ref} {self.pick('', '', 'NOT ')}IN ({', '.join(self.value(c, 0.03) for _ in range(self.r.randint(1, 4)))})"
        if kind < 0.53:
            return f"{ref} {self.pick('', '', 'NOT ')}BETWEEN {self.value(c)} AND {self.value(c)}"
        if kind < 0.6:
            return f"{ref} IS {self.pick('', 'NOT ')}NULL"
        if kind < 0.68:
            return self.like(scope)
        if kind < 0.77:
            x, y = self.pair(scope, scope, "int", "int", "dec", "ci", "bin", "dt", "date", "time", "raw")
            return f"{x} {self.pick('=', '<', '>', '<>', '<=>')} {y}"
        if kind < 0.83:
            return f"{self.ref(scope, ('int',))} {self.pick('+', '*', '%')} {self.r.randint(1, 5)} {self.pick('=', '<', '>')} {self.r.randint(-5, 20)}"
        if kind < 0.88:
            return f"{self.expression(scope, 'int')} {self.pick('=', '<', '>')} {self.literal('int', str(self.r.randint(-5, 20)))}"
        if kind < 0.91:
            x, y = self.column(scope, ("int",)), self.column(scope, ("int", "bin"))
            return f"({x[0]}.{x[1]}, {y[0]}.{y[1]}) {self.pick('=', '<>')} ({self.value(x[1], 0)}, {self.value(y[1], 0)})"
        if kind < 0.93:
            return f"{self.ref(scope, ('int',))} IS {self.pick('', 'NOT ')}{self.pick('TRUE', 'FALSE')}"
        return self.subquery_condition(scope) if depth < 2 else f"{ref} = {self.value(c)}"

    def condition(self, scope, depth=0):
        r = self.r.random()
        if depth < 3 and r < 0.32:
            return f"({self.condition(scope, depth + 1)} {self.pick('AND', 'AND', 'AND', 'OR', 'OR', 'XOR')} {self.condition(scope, depth + 1)})"
        if depth < 2 and r < 0.37:
            return f"NOT ({self.condition(scope, depth + 1)})"
        return self.comparison(scope, depth)

    # ---- expressions ----

    def expression(self, scope, family=None):
        family = family or self.pick("int", "int", "dec", "text", "date", "any", "any", "any")
        binds, self.binds = self.binds, None  # a parameter in the select list has a type of its own
        try:
            return getattr(self, "expression_" + family)(scope)
        finally:
            self.binds = binds

    def expression_any(self, scope):
        return self.ref(scope)

    def expression_int(self, scope):
        i, j, s = self.ref(scope, ("int",)), self.ref(scope, ("int",)), self.ref(scope, TEXTS)
        day = self.ref(scope, ("date", "dt"))
        t = self.pick(*TABLES)
        return self.pick(i, f"{i} + {self.r.randint(0, 9)}", f"{i} * {self.r.randint(1, 3)}", f"ABS({i})", f"IFNULL({i}, 0)", f"COALESCE({i}, {j}, -1)",
                         f"MOD({i}, 7)", f"CHAR_LENGTH({s})", f"LENGTH({s})", f"LOCATE('b', {s})", f"YEAR({day})", f"DAYOFYEAR({day})", f"DATEDIFF({day}, '2000-01-01')",
                         f"SIGN({i})", f"IF({self.comparison(scope, 2)}, {i}, 0)", f"CASE WHEN {self.comparison(scope, 2)} THEN 1 ELSE 0 END",
                         f"FIELD({i}, 1, 2, 3)", f"(SELECT COUNT(*) FROM {t} s WHERE s.id = {i})", f"(SELECT MAX(s.id) FROM {t} s WHERE s.n = {i})")

    def expression_dec(self, scope):
        d = self.ref(scope, ("dec",))
        return self.pick(d, f"{d} * 2", f"{d} + 0.5", f"ROUND({d}, 1)", f"FLOOR({d})", f"CEIL({d})", f"{d} / 3", f"-{d}", f"TRUNCATE({d}, 1)", f"IFNULL({d}, 0)",
                         f"GREATEST({d}, 1.5)", f"CAST({d} AS SIGNED)")

    def expression_text(self, scope):
        ref = self.ref(scope, TEXTS)
        if ref.endswith(".t"):  # which kind of TEXT a function of a TEXT is depends on temporary tables
            return ref
        return self.pick(ref, f"UPPER({ref})", f"LOWER({ref})", f"CONCAT({ref}, '-', {scope[0][0]}.id)", f"COALESCE({ref}, 'none')", f"LEFT({ref}, 2)", f"SUBSTRING({ref}, 2)",
                         f"REPLACE({ref}, 'a', 'x')", f"REVERSE({ref})", f"TRIM({ref})", f"LPAD({ref}, 5, '*')", f"HEX({ref})", f"MD5({ref})", f"{ref} LIKE 'a%'", f"IF({ref} = 'a', 'is', 'not')")

    def expression_date(self, scope):
        ref = self.ref(scope, ("dt", "date"))
        return self.pick(ref, f"YEAR({ref})", f"DATE({ref})", f"{ref} + INTERVAL 1 DAY", f"{ref} - INTERVAL 2 MONTH", f"DATE_FORMAT({ref}, '%Y/%m/%d')", f"MONTHNAME({ref})",
                         f"LAST_DAY({ref})", f"WEEKDAY({ref})", f"TIMESTAMPDIFF(DAY, {ref}, '2024-01-01')") if not ref.endswith(".id") else ref

    def aggregate(self, scope):
        kind = self.pick("COUNT(*)", "COUNT", "DISTINCT", "SUM", "AVG", "MIN", "MAX", "expr", "if")
        if kind == "COUNT(*)":
            return kind
        if kind in ("COUNT", "DISTINCT"):
            return f"COUNT({'DISTINCT ' if kind == 'DISTINCT' else ''}{self.ref(scope)})"
        if kind == "expr":
            return f"SUM({self.expression(scope, 'int')})"
        if kind == "if":
            return f"SUM(IF({self.comparison(scope, 2) if self.binds is None else self.ref(scope) + ' IS NULL'}, 1, 0))"
        families = ("int", "dec") if kind in ("SUM", "AVG") else EXACT
        return f"{kind}({self.ref(scope, families)})"

    # ---- SELECT ----

    def limit(self):
        if not self.chance(0.4):
            return ""
        count = self.literal("int", str(self.r.randint(0, 12)))
        return f" LIMIT {count}" + (f" OFFSET {self.literal('int', str(self.r.randint(0, 5)))}" if self.chance(0.3) else "")

    def total_order(self, scope):
        ref = self.ref(scope, EXACT + ("ci", "uci", "enum", "set", "bit"))
        return f" ORDER BY {ref}{self.pick('', ' DESC')}, " + ", ".join(f"{a}.id{self.pick('', '', ' DESC')}" for a, _ in scope)

    def select_rows(self, text, scope, where):
        what = "*" if self.chance(0.12) and text.count("(SELECT") == 0 else ", ".join(self.expression(scope) for _ in range(self.r.randint(1, 4)))
        order = self.total_order(scope) + self.limit() if self.chance(0.6) else ""
        return f"SELECT {what} FROM {text}{where}{order}"

    def select_aggregates(self, text, scope, where):
        what = ", ".join(self.aggregate(scope) for _ in range(self.r.randint(1, 3)))
        having = f" HAVING COUNT(*) {self.pick('>', '<', '=')} {self.r.randint(0, 3)}" if self.chance(0.2) else ""
        return f"SELECT {what} FROM {text}{where}{having}"

    def select_groups(self, text, scope, where):
        keys = sorted({self.ref(scope, EXACT) for _ in range(self.pick(1, 1, 2))})
        if self.chance(0.1):
            return f"SELECT {', '.join(keys)}, COUNT(*), SUM(q0.id) FROM {text}{where} GROUP BY {', '.join(keys)} WITH ROLLUP"
        having = ""
        if self.chance(0.35):
            having = f" HAVING {self.pick('COUNT(*)', 'MAX(q0.id)', f'COUNT({self.ref(scope)})')} {self.pick('>', '<', '>=')} {self.literal('int', str(self.r.randint(0, 5)))}"
        if self.chance(0.15):
            ci = self.ref(scope, ("ci", "uci", "lat"))
            return f"SELECT COUNT(*), MIN(q0.id) AS lowest FROM {text}{where} GROUP BY {ci}{having} ORDER BY lowest, 1"
        order = ", ".join(k + self.pick("", " DESC") for k in keys)
        return f"SELECT {', '.join(keys)}, {self.aggregate(scope)}, {self.aggregate(scope)} FROM {text}{where} GROUP BY {', '.join(keys)}{having} ORDER BY {order}{self.limit()}"

    def select_distinct(self, text, scope, where):
        keys = sorted({self.ref(scope, EXACT) for _ in range(self.pick(1, 1, 2))})
        return f"SELECT DISTINCT {', '.join(keys)} FROM {text}{where} ORDER BY {', '.join(keys)}{self.limit()}"

    def select_window(self, text, scope, where):
        ids = ", ".join(f"{a}.id" for a, _ in scope)
        part = f"PARTITION BY {self.ref(scope, EXACT)} " if self.chance(0.6) else ""
        order = f"ORDER BY {self.ref(scope, EXACT)}{self.pick('', ' DESC')}, {ids}"
        rows = self.pick("", "", " ROWS 1 PRECEDING", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING")
        number = self.ref(scope, ("int", "dec"))
        call = self.pick(f"ROW_NUMBER() OVER ({part}{order})", f"RANK() OVER ({part}ORDER BY {self.ref(scope, EXACT)})", f"DENSE_RANK() OVER (ORDER BY {self.ref(scope, EXACT)})",
                         f"SUM({number}) OVER ({part}{order}{rows})", f"COUNT(*) OVER ({part.strip()})", f"LAG({number}) OVER ({part}{order})", f"LEAD({number}, 2) OVER ({part}{order})",
                         f"FIRST_VALUE({number}) OVER ({part}{order}{rows})", f"MAX({number}) OVER ({part}{order}{rows})", f"NTILE(3) OVER ({order})")
        return f"SELECT {ids}, {call} AS w FROM {text}{where} ORDER BY {ids}{self.limit()}"

    def select_set(self, *_):
        n = self.pick(1, 2)
        families = [self.pick("int", "int", "dec", "bin", "date") for _ in range(n)]
        parts = []
        for _ in range(self.pick(2, 2, 3)):
            text, scope = self.from_clause(2)
            where = f" WHERE {self.condition(scope)}" if self.chance(0.7) else ""
            parts.append(f"SELECT {', '.join(self.ref(scope, (f,)) + (f' AS c{i}' if not parts else '') for i, f in enumerate(families))} FROM {text}{where}")
        sql = parts[0]
        for part in parts[1:]:
            sql += f" {self.pick('UNION', 'UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT')} {part}"
        return f"{sql} ORDER BY {', '.join(str(i + 1) for i in range(n))}{self.limit()}"

    def select_cte(self, *_):
        text, scope = self.from_clause(2)
        where = f" WHERE {self.condition(scope)}" if self.chance(0.7) else ""
        key = self.ref(scope, ("int",))
        head = f"WITH w AS (SELECT q0.id AS k, {key} AS v FROM {text}{where})"
        if self.chance(0.2):
            head = f"WITH RECURSIVE w AS (SELECT 1 AS k, 0 AS v UNION ALL SELECT k + 1, v + k FROM w WHERE k < {self.r.randint(2, 15)})"
        table = self.pick(*TABLES)
        own = [("p", TABLES[table])]
        body = self.pick("SELECT v, COUNT(*) FROM w GROUP BY v ORDER BY v", "SELECT COUNT(*), MAX(k), SUM(v) FROM w",
                         f"SELECT p.id, w.v, {self.expression(own)} FROM {table} p JOIN w ON w.k = p.id ORDER BY p.id, w.v LIMIT 20",
                         f"SELECT p.id FROM {table} p WHERE {self.ref(own, ('int',))} IN (SELECT v FROM w) ORDER BY p.id",
                         f"SELECT p.id, (SELECT COUNT(*) FROM w WHERE w.v = p.n) FROM {table} p ORDER BY p.id" if "n" in TABLES[table] else "SELECT MIN(v) FROM w")
        return f"{head} {body}"

    def prepared(self, make):
        """make() with parameters now and then."""
        self.binds = [] if self.chance(0.3) else None
        sql = make()
        binds, self.binds = self.binds, None
        return sql, binds

    def select(self):
        """On MySQL without parameters: what type it gives an expression (so, how wide a binary cell is) depends on the rows."""
        return self.prepared(self.any_select) if self.flavour == "mariadb" else (self.any_select(), None)

    def any_select(self):
        shape = self.r.random()
        if shape < 0.07:
            return self.select_set()
        if shape < 0.13:
            binds, self.binds = self.binds, None
            sql = self.select_cte()
            self.binds = binds
            return sql
        makers = [(0.3, self.select_aggregates), (0.48, self.select_groups), (0.56, self.select_distinct), (0.66, self.select_window), (2, self.select_rows)]
        make = next(m for bound, m in makers if shape < bound)
        text, scope = self.from_clause(2 if make == self.select_window else 4)
        where = ""
        if self.chance(0.85):
            # parameters are numbered as they stand in the text: the select list of these has none
            where = f" WHERE {self.condition(scope)}"
        return make(text, scope, where)

    # ---- changes ----

    def setup(self):
        for table, columns in TABLES.items():
            body = ", ".join(f"{c} {COLUMNS[c][0]}" for c in columns)
            yield f"CREATE TABLE {table} (id INT {'AUTO_INCREMENT ' if table in ('t4', 't5') else ''}PRIMARY KEY, {body}{''.join(', ' + k for k in KEYS[table])})"
            for _ in range(0 if table == "hollow" else 3):
                yield self.insert(table, self.r.randint(8, 14), "INSERT IGNORE")
        for view, (query, _) in VIEWS.items():
            yield f"CREATE VIEW {view} AS {query}"

    def row(self, table, new=True):
        key = self.next_id[table] if new else self.r.randint(1, self.next_id[table])
        self.next_id[table] += new
        return f"({key}, " + ", ".join(self.value(c) for c in TABLES[table]) + ")"

    def insert(self, table, n, verb="INSERT"):
        return f"{verb} INTO {table} VALUES " + ", ".join(self.row(table) for _ in range(n))

    def assignments(self, table, alias=""):
        sets = []
        for c in self.r.sample([c for c in TABLES[table] if c not in ("r", "k")], self.r.randint(1, 2)):
            family, ref = COLUMNS[c][1], f"{alias}{c}"
            if family == "int" and c != "bo" and self.chance(0.4):
                value = self.pick(f"{ref} + {self.r.randint(0, 3)}", f"{ref} + 1", f"IFNULL({ref}, 0)", f"{ref} * 1", f"LEAST({ref}, 50)")
            elif family in TEXTS and self.chance(0.4):
                value = self.pick(f"CONCAT('u', LEFT({ref}, 3))", f"UPPER({ref})", f"COALESCE({ref}, 'was null')", f"REPLACE({ref}, 'a', 'o')", f"LEFT({ref}, 5)")
            elif family == "dec" and self.chance(0.4):
                value = self.pick(f"{ref} + 1.5", f"ROUND({ref}, 1)", f"-{ref}")
            elif family in ("dt", "date") and c != "ts" and self.chance(0.3):
                value = f"{ref} + INTERVAL {self.r.randint(1, 40)} DAY"
            else:
                value = self.value(c)
            sets.append(f"{ref} = {value}")
        return ", ".join(sets)

    def update(self, table):
        scope = [(table, TABLES[table])]
        tail = f" ORDER BY id LIMIT {self.r.randint(1, 5)}" if self.chance(0.2) else ""
        sets = self.assignments(table)
        return f"UPDATE {table} SET {sets} WHERE {self.condition(scope)}{tail}"

    def update_joined(self, table):
        other = self.pick(*[t for t in TABLES if t != table])
        scope = [("a", TABLES[table]), ("b", TABLES[other])]
        sets = self.assignments(table, "a.")
        return f"UPDATE {table} a {self.pick('JOIN', 'LEFT JOIN')} {other} b ON b.id = a.id SET {sets} WHERE {self.condition(scope)}"

    def delete(self, table):
        return f"DELETE FROM {table} WHERE {self.condition([(table, TABLES[table])])} ORDER BY id LIMIT {self.r.randint(1, 3)}"

    def delete_joined(self, table):
        other = self.pick(*[t for t in TABLES if t != table])
        scope = [("a", TABLES[table]), ("b", TABLES[other])]
        return f"DELETE a FROM {table} a JOIN {other} b ON b.id = a.id WHERE a.id > {self.r.randint(20, 60)} AND {self.condition(scope)}"

    def upsert(self, table):
        column = self.pick(*[c for c in TABLES[table] if c not in ("r", "k")])
        row = self.row(table, False)
        value = self.pick(f"VALUES({column})", self.value(column))
        if COLUMNS[column][1] == "int" and column not in ("bo", "ti", "su"):
            value = self.pick(value, f"{column} + 1", f"VALUES({column}) + 1")
        more = f", {self.row(table, False)}" if self.binds is None and self.chance(0.3) else ""
        if self.flavour == "mysql" and table == "t1":  # REPLACE of a row that others refer to is refused there
            return f"INSERT IGNORE INTO {table} VALUES {row}{more}"
        return self.pick(f"REPLACE INTO {table} VALUES {row}", f"INSERT IGNORE INTO {table} VALUES {row}{more}", f"INSERT INTO {table} VALUES {row}",
                         f"INSERT INTO {table} VALUES {row}{more} ON DUPLICATE KEY UPDATE {column} = {value}")

    def insert_select(self, table):
        other = self.pick(*[t for t in TABLES if t != "hollow"])
        shared = [c for c in TABLES[table] if c in TABLES[other] and c not in ("r", "k")] or None
        if shared is None or "m" in TABLES[table] and "m" not in shared:
            return self.insert(table, 1)
        shift = self.next_id[table]
        self.next_id[table] += 200
        columns = ", ".join(shared)
        verb = self.pick("INSERT", "INSERT IGNORE", "INSERT" if self.flavour == "mysql" else "REPLACE")
        return (f"{verb} INTO {table} (id, {columns}) SELECT s.id + {shift}, {', '.join('s.' + c for c in shared)} FROM {other} s "
                f"WHERE {self.condition([('s', TABLES[other])])} ORDER BY s.id LIMIT {self.r.randint(1, 4)}")

    def dml(self):
        return self.prepared(self.any_dml)

    def any_dml(self):
        table = self.pick("t1", "t1", "t2", "t3", "t4", "t5", "hollow")
        kind = self.r.random()
        if self.chance(0.05):  # tables stay small
            return f"DELETE FROM {table} WHERE id BETWEEN 21 AND {max(21, self.next_id[table] - 60)}"
        if kind < 0.22:
            return self.insert(table, self.r.randint(1, 3))
        if kind < 0.36:
            binds, self.binds = self.binds, None  # its parts are not made in the order of the text
            sql = self.upsert(table)
            self.binds = binds
            return sql
        if kind < 0.42:
            return self.insert_select(table)
        if kind < 0.74:
            return self.update(table)
        if kind < 0.84:
            return self.update_joined(self.pick("t1", "t2", "t3", "t4", "t5"))
        if kind < 0.9:
            return self.delete_joined(table)
        return self.delete(table)
