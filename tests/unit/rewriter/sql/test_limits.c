/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile statements: depth, node count, memory; none may crash, each says which limit. */
#include "sql_test.h"

/* "SELECT " begin * n, middle, end * n */
static void
nest(struct buf *b, const char *begin, const char *middle, const char *end, int n)
{
    buf_append_str(b, "SELECT ");
    for (int i = 0; i < n; i++) {
        buf_append_str(b, begin);
    }
    buf_append_str(b, middle);
    for (int i = 0; i < n; i++) {
        buf_append_str(b, end);
    }
}

static enum status_code
outcome(const char *begin, const char *middle, const char *end, int n)
{
    struct buf b = BUF_INIT;
    struct arena *a = arena_create(0);
    struct diag d;
    nest(&b, begin, middle, end, n);
    const struct sql_stmt *s = parse_with(a, buf_cstr(&b), &maria, &d);
    arena_free(a);
    buf_deinit(&b);
    return s ? STATUS_OK : d.code;
}

static void
test_depth(void **state)
{
    assert_int_equal(outcome("(", "1", ")", 900), STATUS_OK);
    assert_int_equal(outcome("-(", "1", ")", 900), STATUS_OK);
    assert_int_equal(outcome("(", "1", ")", 200000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("-(", "1", ")", 5000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("NOT ", "1", "", 200000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("1 + ", "1", "", 100000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("f(", "1", ")", 100000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("(SELECT ", "1", ")", 3000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("CASE WHEN 1 THEN ", "1", " END", 3000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("1 UNION SELECT ", "1", "", 3000), STATUS_TOO_COMPLEX);
    assert_int_equal(outcome("1 OR ", "1", "", 100000), STATUS_OK); /* chains are flat */
    assert_int_equal(outcome("1, ", "1", "", 100000), STATUS_OK);
}

static void
test_nodes(void **state)
{
    struct sql_options o = maria;
    o.max_nodes = 50;
    expect_error(
        "SELECT 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30",
        &o, STATUS_TOO_COMPLEX);
}

/* Every size of arena: an error or a tree, never a crash. */
static void
test_memory(void **state)
{
    const char *text =
        "WITH c AS (SELECT 1) SELECT a, COUNT(*), CASE WHEN b THEN 'x\\'y' END FROM t JOIN (u, v) "
        "ON t.a = u.b "
        "WHERE a IN (1, 2) AND b BETWEEN 1 AND 2 GROUP BY a WITH ROLLUP ORDER BY 1 LIMIT 1";
    int failed = 0;
    for (size_t limit = 256; limit < 40000; limit += 64) {
        struct arena *a = arena_create(limit);
        struct sql_stmt *s = NULL;
        struct diag d = DIAG_INIT;
        failed += !status_is_ok(sql_parse(a, slice_of_str(text), &maria, &s, &d));
        arena_free(a);
    }
    assert_true(failed > 10);
}

/* Any bytes: no crash, and an error has a text. */
static void
test_truncation(void **state)
{
    const char *text = "INSERT INTO `t` (a, b) VALUES (1, 'x'), (@v := 2, _utf8mb4 x'41') /*!40000 "
                       "ON DUPLICATE KEY UPDATE a = VALUES(a) */";
    struct arena *a = arena_create(0);
    for (size_t n = 0; text[n]; n++) {
        struct sql_stmt *s = NULL;
        struct diag d = DIAG_INIT;
        const struct status st = sql_parse(a, slice_of(text, n), &maria, &s, &d);
        assert_true(status_is_ok(st) || d.message[0] != '\0');
        arena_reset(a);
    }
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
