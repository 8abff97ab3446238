/* SPDX-License-Identifier: Apache-2.0 */
/* The digest: what is the same statement, and the same literals as the parser's. */
#include "base/mem.h"
#include "sql_test.h"

static const uint8_t key[16] = {1, 2, 3};

static bool
same(struct sql_digester *g, const char *x, const char *y, const struct sql_options *o, bool raw)
{
    struct sql_digest a, b;
    assert_true(status_is_ok(sql_digest_run(g, slice_of_str(x), o, &a, NULL)));
    assert_true(status_is_ok(sql_digest_run(g, slice_of_str(y), o, &b, NULL)));
    return raw ? mem_compare(a.raw_hash, b.raw_hash, 16) == 0
               : mem_compare(a.hash, b.hash, 16) == 0;
}

static void
test_pairs(void **state)
{
    static const struct {
        const char *x, *y;
        bool hash, raw;
    } rows[] = {
        {"SELECT 1", "SELECT 2", true, true},
        {"SELECT 1", "select  /* c */ 2", true, false},
        {"SELECT 1", "SELECT 'a'", false, true},
        {"SELECT 1", "SELECT 1.0", false, true},
        {"SELECT a", "SELECT b", false, false},
        {"SELECT a", "SELECT A", false, false},
        {"SELECT a", "SELECT `a`", false, false},
        {"SELECT date FROM t", "SELECT Date FROM t", false, false},
        {"SELECT 1 FROM t WHERE a IN (1,2)", "SELECT 1 FROM t WHERE a IN (1,2,3)", false, false},
        {"SELECT 'a' 'b'", "SELECT 'c'", true, true},
        {"SELECT _latin1'a'", "SELECT _utf8'a'", false, false},
        {"SELECT N'a'", "SELECT 'a'", false, true},
        {"SELECT MIN(a)", "SELECT MAX(a)", false, false},
        {"SELECT x + INTERVAL 1 DAY_HOUR", "SELECT x + INTERVAL 1 DAY_MINUTE", false, false},
        {"SELECT CURRENT_DATE", "SELECT CURRENT_TIME", false, false},
        {"SELECT NULL", "SELECT TRUE", false, false},
        {"SELECT 1;", "SELECT 1", true, true},
        {"SELECT /*!40000 a */", "SELECT a", true, false},
    };
    struct sql_digester *g = NULL;
    assert_true(status_is_ok(sql_digest_new(&g, key)));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (same(g, rows[i].x, rows[i].y, &maria, false) != rows[i].hash ||
            same(g, rows[i].x, rows[i].y, &maria, true) != rows[i].raw) {
            fail_msg("%s | %s", rows[i].x, rows[i].y);
        }
    }
    sql_digest_free(g);
}

static void
test_key_and_mode(void **state)
{
    static const uint8_t other[16] = {9};
    struct sql_digester *g = NULL, *h = NULL;
    struct sql_digest a, b;
    struct sql_options ansi = maria;
    ansi.mode = SQL_MODE_ANSI_QUOTES;
    assert_true(status_is_ok(sql_digest_new(&g, key)));
    assert_true(status_is_ok(sql_digest_new(&h, other)));
    assert_true(status_is_ok(sql_digest_run(g, SLICE("SELECT 1"), &maria, &a, NULL)));
    assert_true(status_is_ok(sql_digest_run(h, SLICE("SELECT 1"), &maria, &b, NULL)));
    assert_memory_not_equal(a.hash, b.hash, 16);
    assert_true(status_is_ok(sql_digest_run(g, SLICE("SELECT 1"), &ansi, &b, NULL)));
    assert_memory_not_equal(a.hash, b.hash, 16);
    sql_digest_free(g);
    sql_digest_free(h);
}

/* Both number literals alike, and decode to the same bytes. */
static void
test_literals_as_parser(void **state)
{
    static const char *const texts[] = {
        "INSERT INTO t (a, b) VALUES (1, 'x\\'y'), (-2.5, x'00ff') ON DUPLICATE KEY UPDATE a = "
        "VALUES(a) + 3",
        "SELECT 'a' /* c */ 'b', \"q\"\"q\", 'p\\%\\_\\Z\\0', b'1', 0xabc, ? FROM t WHERE d > "
        "DATE'2020-01-01' LIMIT 5, 6",
        "UPDATE t SET a = CAST(b AS DECIMAL(10,2)), c = N'n' WHERE d = _binary'z' AND e LIKE '%x' "
        "ESCAPE '|'",
    };
    struct sql_digester *g = NULL;
    assert_true(status_is_ok(sql_digest_new(&g, key)));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct arena *a = arena_create(0);
        struct diag d;
        struct sql_digest dig;
        const struct sql_stmt *s = parse_with(a, texts[i], &maria, &d);
        assert_non_null(s);
        assert_true(status_is_ok(sql_digest_run(g, slice_of_str(texts[i]), &maria, &dig, NULL)));
        assert_int_equal(dig.n_literals, s->n_slots);
        assert_int_equal(dig.n_params, s->n_params);
        for (uint32_t k = 0; k < s->n_slots; k++) {
            struct buf b = BUF_INIT;
            assert_int_equal(dig.literals[k].span.begin, s->slots[k].token.span.begin);
            sql_digest_decode(&dig.literals[k], &maria, &b);
            if (s->slots[k].node && dig.literals[k].kind != SQL_LITERAL_PARAM) {
                assert_true(slice_equal(buf_slice(&b), s->slots[k].node->value));
            }
            buf_deinit(&b);
        }
        arena_free(a);
    }
    sql_digest_free(g);
}

static void
test_statements(void **state)
{
    struct sql_digester *g = NULL;
    struct sql_digest d;
    struct diag failure = DIAG_INIT;
    assert_true(status_is_ok(sql_digest_new(&g, key)));
    assert_true(status_is_ok(sql_digest_run(g, SLICE(" SELECT 1 ; SELECT 2"), &maria, &d, NULL)));
    assert_int_equal(d.span.begin, 1);
    assert_int_equal(d.span.end, 9);
    assert_int_equal(d.next, 12);
    assert_int_equal(sql_digest_run(g, SLICE("SELECT 'x"), &maria, &d, &failure).code,
                     STATUS_SYNTAX);
    assert_int_equal(failure.mysql_errno, 1064);
    sql_digest_free(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_key_and_mode),
        cmocka_unit_test(test_literals_as_parser),
        cmocka_unit_test(test_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
