/* SPDX-License-Identifier: Apache-2.0 */
/* How text is understood: precedence, modes, quoting, literals, spans, statement ends. */
#include "sql_test.h"

static void
test_precedence(void **state)
{
    static const char *const rows[][2] = {
        {"SELECT 1 OR 2 AND 3", "SELECT (1 OR (2 AND 3))"},
        {"SELECT 1 || 2 XOR 3 && 4", "SELECT (1 OR (2 XOR (3 AND 4)))"},
        {"SELECT NOT 1 = 2", "SELECT (NOT ((1 = 2)))"},
        {"SELECT ! 1 = 2", "SELECT ((NOT (1)) = 2)"},
        {"SELECT 1 = 2 = 3", "SELECT ((1 = 2) = 3)"},
        {"SELECT 1 IS NULL = 2 IS TRUE", "SELECT (((1 IS NULL) = 2) IS TRUE)"},
        {"SELECT 1 | 2 & 3 << 4 + 5 * 6 ^ 7", "SELECT (1 | (2 & (3 << (4 + (5 * (6 ^ 7))))))"},
        {"SELECT - 1 ^ 2", "SELECT ((-1) ^ 2)"},
        {"SELECT 8 DIV 4 / 2 % 3 MOD 5", "SELECT ((((8 DIV 4) / 2) % 3) % 5)"},
        {"SELECT a BETWEEN 1 AND 2 AND 3", "SELECT ((`a` BETWEEN 1 AND 2) AND 3)"},
        {"SELECT a BETWEEN 1 AND b LIKE c", "SELECT (`a` BETWEEN 1 AND (`b` LIKE `c`))"},
        {"SELECT a LIKE b LIKE c", "SELECT ((`a` LIKE `b`) LIKE `c`)"},
        {"SELECT a LIKE b NOT LIKE c", "SELECT (`a` LIKE (`b` NOT LIKE `c`))"},
        {"SELECT a COLLATE x LIKE 'y' ESCAPE '!'",
         "SELECT ((`a` COLLATE `x`) LIKE 'y' ESCAPE '!')"},
        {"SELECT BINARY a = b", "SELECT ((BINARY `a`) = `b`)"},
        {"SELECT a + INTERVAL 1 DAY - INTERVAL b + 1 HOUR",
         "SELECT ((`a` + INTERVAL 1 DAY) - INTERVAL (`b` + 1) HOUR)"},
        {"SELECT @a := 1 OR 2", "SELECT (@`a` := (1 OR 2))"},
        {"SELECT a = ANY (SELECT 1)", "SELECT (`a` = ANY (SELECT 1))"},
        {"SELECT (1, 2) IN ((1, 2))", "SELECT ((1, 2) IN ((1, 2)))"},
        {"SELECT ((SELECT 1) + 1)", "SELECT ((SELECT 1) + 1)"},
        {"SELECT a IN ((SELECT 1))", "SELECT (`a` IN (SELECT 1))"},
        {"SELECT a->'$.x' = 1", "SELECT ((`a`->'$.x') = 1)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_print(rows[i][0], &maria, rows[i][1]);
    }
}

static void
test_modes(void **state)
{
    struct sql_options o = maria;
    o.mode = SQL_MODE_PIPES_AS_CONCAT;
    expect_print("SELECT 'a' || 'b' = c", &o, "SELECT (CONCAT('a', 'b') = `c`)");
    expect_print("SELECT 1 ^ 'a' || 'b'", &o, "SELECT (1 ^ CONCAT('a', 'b'))");
    o.mode = SQL_MODE_ANSI_QUOTES;
    expect_print("SELECT \"a\" FROM \"b\"\"c\"", &o, "SELECT `a` FROM `b\"c`");
    o.mode = SQL_MODE_HIGH_NOT_PRECEDENCE;
    expect_print("SELECT NOT 1 BETWEEN 2 AND 3", &o, "SELECT ((NOT (1)) BETWEEN 2 AND 3)");
    expect_print("SELECT a NOT IN (1) OR b IS NOT NULL", &o,
                 "SELECT ((`a` NOT IN (1)) OR (`b` IS NOT NULL))");
    o.mode = SQL_MODE_NO_BACKSLASH_ESCAPES;
    expect_print("SELECT 'a\\'", &o, "SELECT 'a\\'");
    o.mode = SQL_MODE_IGNORE_SPACE;
    expect_print("SELECT COUNT (*) FROM t", &o, "SELECT COUNT(*) FROM `t`");
    expect_error("SELECT COUNT (*) FROM t", &maria, STATUS_SYNTAX);
    expect_print("SELECT count FROM t", &maria, "SELECT `count` FROM `t`");
}

static void
test_comments(void **state)
{
    static const char *const rows[][2] = {
        {"SELECT 1 /*!40101 + 2 */ + 3", "SELECT ((1 + 2) + 3)"},
        {"SELECT 1 /*!999999 + 2 */ + 3", "SELECT (1 + 3)"},
        {"SELECT 1 /*M!100100 + 2 */ + 3", "SELECT ((1 + 2) + 3)"},
        {"SELECT 1 /*!50701 + 2 */ + 3", "SELECT (1 + 3)"},
        {"SELECT /*+ NO_ICP(t) */ 1 -- x\n+ 2 # y\n+ 3 /* z */", "SELECT ((1 + 2) + 3)"},
        {"SELECT 1--1", "SELECT (1 - (-1))"},
        {"SELECT /*!50000 1 /* in */ + */ 2", "SELECT (1 + 2)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_print(rows[i][0], &maria, rows[i][1]);
    }
    expect_print("SELECT 1 /*!50701 + 2 */ + 3", &mysql, "SELECT ((1 + 2) + 3)");
    expect_print("SELECT 1 /*M!100100 + 2 */ + 3", &mysql, "SELECT (1 + 3)");
    expect_error("SELECT 1 /* no end", &maria, STATUS_SYNTAX);
    expect_error("SELECT 1 /*! no end", &maria, STATUS_SYNTAX);
}

static void
test_names(void **state)
{
    expect_print("SELECT t.1a, t.5, `a``b`, date, t.select FROM `s`.t", &maria,
                 "SELECT `t`.`1a`, `t`.`5`, `a``b`, `date`, `t`.`select` FROM `s`.`t`");
    expect_print("SELECT t.*, s.t.*, COUNT(*) FROM t", &maria,
                 "SELECT `t`.*, `s`.`t`.*, COUNT(*) FROM `t`");
    expect_print("SELECT 1 AS 'x', 2 \"y\", 3 z", &maria, "SELECT 1 AS `x`, 2 AS `y`, 3 AS `z`");
    expect_print("SELECT @`a b`, @'c', @@global.x, @@session.y.z", &maria,
                 "SELECT @`a b`, @`c`, @@global.`x`, @@session.`y`.`z`");
}

static void
test_joins(void **state)
{
    static const char *const rows[][2] = {
        {"SELECT 1 FROM a JOIN b JOIN c ON x", "SELECT 1 FROM `a` JOIN `b` JOIN `c` ON `x`"},
        {"SELECT 1 FROM a JOIN b JOIN c ON x ON y",
         "SELECT 1 FROM `a` JOIN (`b` JOIN `c` ON `x`) ON `y`"},
        {"SELECT 1 FROM a, b LEFT JOIN (c, d) USING (e)",
         "SELECT 1 FROM `a`, `b` LEFT JOIN (`c` CROSS JOIN `d`) USING (`e`)"},
        {"SELECT 1 FROM ((SELECT 1) x NATURAL JOIN y)",
         "SELECT 1 FROM (SELECT 1) AS `x` NATURAL JOIN `y`"},
        {"SELECT 1 FROM ((SELECT 1) UNION (SELECT 2)) x",
         "SELECT 1 FROM ((SELECT 1) UNION (SELECT 2)) AS `x`"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_print(rows[i][0], &maria, rows[i][1]);
    }
}

static void
test_literals(void **state)
{
    struct arena *a = arena_create(0);
    struct diag d;
    struct sql_stmt *s = parse_with(a,
                                    "SELECT 'a\\n''' \"b\", x'4142', 0b101, 1.5, 1e3, _latin1'z', "
                                    "N'u', ?, CAST(1 AS CHAR(10)), DATE'2020-01-02', NULL",
                                    &maria, &d);
    assert_non_null(s);
    assert_int_equal(s->n_slots, 11);
    assert_int_equal(s->n_params, 1);
    static const enum sql_literal_kind kinds[] = {
        SQL_LITERAL_STRING,  SQL_LITERAL_HEX,     SQL_LITERAL_BIT,    SQL_LITERAL_DECIMAL,
        SQL_LITERAL_FLOAT,   SQL_LITERAL_STRING,  SQL_LITERAL_STRING, SQL_LITERAL_PARAM,
        SQL_LITERAL_INTEGER, SQL_LITERAL_INTEGER, SQL_LITERAL_STRING};
    for (uint32_t i = 0; i < s->n_slots; i++) {
        assert_int_equal(s->slots[i].token.kind, kinds[i]);
        assert_true(s->slots[i].node == NULL || s->slots[i].node->slot == (int32_t) i);
    }
    assert_true(slice_equal_str(s->slots[0].node->value, "a\n'b"));
    assert_true(slice_equal_str(s->slots[1].node->value, "AB"));
    assert_true(slice_equal(s->slots[2].node->value, slice_of("\x05", 1)));
    assert_true(slice_equal_str(s->slots[5].node->charset, "latin1"));
    assert_true(slice_equal_str(s->slots[6].node->charset, "utf8"));
    assert_null(s->slots[9].node); /* the length of CHAR(10) */
    assert_int_equal(s->slots[10].node->literal, SQL_LITERAL_DATE);
    arena_free(a);
}

static void
test_wide_charsets(void **state)
{
    struct sql_options o = maria;
    o.charset = SLICE("gbk");
    expect_print("SELECT '\xb0\\', 1", &o, "SELECT '\xb0\\', 1");
    expect_error("SELECT '\xb0\\', 1", &maria, STATUS_SYNTAX);
}

static enum sql_visit
check_ids(void *ctx, struct sql_node *n)
{
    uint8_t *seen = ctx;
    assert_true(n->id < 64);
    assert_int_equal(seen[n->id]++, 0);
    return SQL_CONTINUE;
}

static void
test_spans_and_ids(void **state)
{
    struct arena *a = arena_create(0);
    struct diag d;
    const char *text = "SELECT  a + 1 , (b)  AS c FROM t WHERE x = 1 AND y = 2;  SELECT 2";
    struct sql_stmt *s = parse_with(a, text, &maria, &d);
    assert_non_null(s);
    const struct sql_select *sel = sql_as_select(sql_as_query(s->root)->body);
    assert_int_equal(sel->items.first->span.begin, 8);
    assert_int_equal(sel->items.first->span.end, 13);
    assert_int_equal(s->span.end, 54);
    assert_int_equal(s->next, 57);
    assert_int_equal(sql_as_logic(sel->where)->args.count, 2);
    uint8_t seen[64] = {0};
    assert_true(sql_walk(s->root, check_ids, seen));
    s = parse_with(a, "SELECT 1; ", &maria, &d);
    assert_int_equal(s->next, 10);
    s = parse_with(a, " /* nothing */ ", &maria, &d);
    assert_int_equal(s->root->kind, SQL_EMPTY);
    arena_free(a);
}

static void
test_errors(void **state)
{
    struct arena *a = arena_create(0);
    struct diag d;
    assert_null(parse_with(a, "SELECT 1\nFROM WHERE", &maria, &d));
    assert_int_equal(d.mysql_errno, 1064);
    assert_string_equal(
        d.message,
        "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB "
        "server version for the right syntax to use near 'WHERE' at line 2");
    expect_error("SELECT 'open", &maria, STATUS_SYNTAX);
    expect_error("SELECT (1", &maria, STATUS_SYNTAX);
    expect_error("SELECT 1 INTO @a UNION SELECT 2", &maria, STATUS_SYNTAX);
    expect_error("SELECT 1 INTO @a FROM t INTO @b", &maria, STATUS_SYNTAX);
    expect_print("SELECT 1 INTO @a FROM (SELECT 2) x", &maria,
                 "SELECT 1 FROM (SELECT 2) AS `x` INTO @`a`");
    expect_error("SELECT 1)", &maria, STATUS_SYNTAX);
    arena_free(a);
}

static void
test_statement_kinds(void **state)
{
    static const struct {
        const char *text;
        enum sql_kind kind;
    } rows[] = {
        {"GRANT ALL ON *.* TO a@b", SQL_OPAQUE},
        {"CREATE DEFINER=`a`@`b` PROCEDURE p() BEGIN SELECT 1; SELECT 2; END", SQL_OPAQUE},
        {"CREATE USER x IDENTIFIED BY 'y'", SQL_OPAQUE},
        {"XA START 'a'", SQL_OPAQUE},
        {"BEGIN NOT ATOMIC SELECT 1; END", SQL_OPAQUE},
        {"BEGIN", SQL_BEGIN},
        {"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", SQL_BEGIN},
        {"ROLLBACK WORK TO SAVEPOINT a", SQL_SAVEPOINT},
        {"SET NAMES utf8mb4 COLLATE utf8mb4_bin", SQL_SET},
        {"SET STATEMENT max_statement_time=1 FOR SELECT 1", SQL_SET_STATEMENT},
        {"SHOW FULL COLUMNS FROM t FROM d LIKE 'a%'", SQL_SHOW},
        {"DESC t", SQL_DESCRIBE},
        {"EXPLAIN ALLIUM SELECT 1", SQL_EXPLAIN},
        {"EXPLAIN FORMAT=JSON DELETE FROM t", SQL_EXPLAIN},
        {"LOCK TABLES a READ, b AS c WRITE", SQL_LOCK_TABLES},
        {"LOAD DATA LOCAL INFILE 'f' INTO TABLE t FIELDS TERMINATED BY ',' IGNORE 1 LINES (a, @b)",
         SQL_LOAD_DATA},
        {"(SELECT 1) UNION (SELECT 2) ORDER BY 1", SQL_QUERY},
        {"WITH x AS (SELECT 1) UPDATE t, x SET a = 1", SQL_UPDATE},
        {"ANALYZE TABLE t PERSISTENT FOR ALL", SQL_MAINTENANCE},
        {"ANALYZE FORMAT=JSON SELECT 1", SQL_EXPLAIN},
        {"HANDLER t READ k FIRST", SQL_HANDLER},
        {"KILL QUERY 5", SQL_KILL},
    };
    struct arena *a = arena_create(0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct diag d;
        const struct sql_stmt *s = parse_with(a, rows[i].text, &maria, &d);
        if (s == NULL || s->root->kind != rows[i].kind) {
            fail_msg("%s: %s", rows[i].text, s ? sql_ast_kind_name(s->root->kind) : d.message);
        }
    }
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence),    cmocka_unit_test(test_modes),
        cmocka_unit_test(test_comments),      cmocka_unit_test(test_names),
        cmocka_unit_test(test_joins),         cmocka_unit_test(test_literals),
        cmocka_unit_test(test_wide_charsets), cmocka_unit_test(test_spans_and_ids),
        cmocka_unit_test(test_errors),        cmocka_unit_test(test_statement_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
