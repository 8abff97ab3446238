/* SPDX-License-Identifier: Apache-2.0 */
/* Trees made by hand, copies with replacement, template slots. */
#include <string.h>

#include "sql_test.h"

static void
expect(const struct sql_node *n, const char *expected)
{
    struct buf out = BUF_INIT;
    const struct sql_printer p = {0};
    sql_print(n, &p, &out);
    assert_string_equal(buf_cstr(&out), expected);
    buf_deinit(&out);
}

static void
test_build(void **state)
{
    struct arena *a = arena_create(0);
    struct sql_select *sel = sql_new(a, SELECT, select);
    sql_list_add(&sel->items,
                 sql_build_item(a, sql_build_column(a, SLICE("t"), SLICE("c`1")), SLICE("x")));
    sql_list_add(&sel->items,
                 sql_build_item(a,
                                sql_build_aggregate(a, SQL_AGG_COUNT, true,
                                                    sql_build_column(a, SLICE_NULL, SLICE("d"))),
                                SLICE_NULL));
    struct sql_node *left = sql_build_table(a, SLICE("s"), SLICE("t"), SLICE_NULL);
    struct sql_node *right =
        sql_build_join(a, SQL_JOIN_INNER, sql_build_table(a, SLICE_NULL, SLICE("u"), SLICE("v")),
                       sql_build_table(a, SLICE_NULL, SLICE("w"), SLICE_NULL), NULL);
    sql_list_add(&sel->from,
                 sql_build_join(a, SQL_JOIN_LEFT, left, right, sql_build_raw(a, SLICE("1"))));
    struct sql_node *eq = sql_build_binary(
        a, SQL_OP_EQ, sql_build_column(a, SLICE_NULL, SLICE("e")), sql_build_hex(a, SLICE("\x0a")));
    struct sql_node *sum = sql_build_binary(
        a, SQL_OP_MUL,
        sql_build_binary(a, SQL_OP_ADD, sql_build_integer(a, -1), sql_build_slot(a, 3, 0)),
        sql_build_string(a, SLICE("it's")));
    struct sql_node *both = sql_build_logic(
        a, SQL_OP_AND, eq,
        sql_build_logic(a, SQL_OP_OR, sum, sql_build_is_null(a, sql_build_null(a), true)));
    sel->where = sql_build_logic(a, SQL_OP_AND, both, NULL);
    struct sql_query *q = sql_build_query(a, &sel->node);
    sql_list_add(&q->order,
                 sql_build_order(a, sql_build_call(a, "ABS", sql_build_integer(a, 2), NULL), true));
    q->limit = sql_build_limit(a, sql_build_integer(a, 5), NULL);
    expect(&q->node,
           "SELECT `t`.`c``1` AS `x`, COUNT(DISTINCT `d`) FROM `s`.`t` LEFT JOIN (`u` AS `v` JOIN "
           "`w`) ON 1 WHERE "
           "`e` = x'0a' AND ((-1 + ?) * 'it''s' OR NULL IS NOT NULL) ORDER BY ABS(2) DESC LIMIT 5");
    arena_free(a);
}

static struct sql_node *
rename_column(void *ctx, struct arena *a, const struct sql_node *n)
{
    if (!sql_is_kind(n, SQL_COLUMN) || !slice_equal_str(sql_as_column(n)->name, "a")) {
        return NULL;
    }
    return sql_build_column(a, SLICE_NULL, SLICE("b"));
}

static void
test_clone(void **state)
{
    struct arena *a = arena_create(0);
    struct diag d;
    const struct sql_stmt *s =
        parse_with(a, "SELECT a, (SELECT a FROM t) FROM t WHERE a IN (1, a)", &maria, &d);
    assert_non_null(s);
    const struct sql_node *copy = sql_clone(a, s->root, NULL, NULL);
    assert_true(sql_equal(s->root, copy));
    copy = sql_clone(a, s->root, rename_column, NULL);
    assert_false(sql_equal(s->root, copy));
    expect(copy, "SELECT `b`, (SELECT `b` FROM `t`) FROM `t` WHERE `b` IN (1, `b`)");
    expect(s->root, "SELECT `a`, (SELECT `a` FROM `t`) FROM `t` WHERE `a` IN (1, `a`)");
    arena_free(a);
}

struct slots {
    size_t offsets[4];
    int32_t numbers[4];
    size_t n;
};

static bool
record(void *ctx, const struct sql_node *n, struct buf *out)
{
    struct slots *s = ctx;
    if (n->kind != SQL_LITERAL || sql_as_literal(n)->slot < 0) {
        return false;
    }
    s->offsets[s->n] = out->len;
    s->numbers[s->n++] = sql_as_literal(n)->slot;
    return true;
}

static void
test_template(void **state)
{
    struct arena *a = arena_create(0);
    struct diag d;
    struct buf out = BUF_INIT;
    struct slots slots = {.n = 0};
    const struct sql_stmt *s = parse_with(a, "SELECT 1 FROM t WHERE a = 'x' LIMIT 3", &maria, &d);
    assert_non_null(s);
    const struct sql_printer p = {.hook = record, .ctx = &slots};
    sql_print(s->root, &p, &out);
    assert_string_equal(buf_cstr(&out), "SELECT  FROM `t` WHERE `a` =  LIMIT ");
    assert_int_equal(slots.n, 3);
    assert_int_equal(slots.offsets[0], 7);
    assert_int_equal(slots.numbers[2], 2);
    assert_int_equal(slots.offsets[2], out.len);
    buf_deinit(&out);
    arena_free(a);
}

static enum sql_visit
count_until(void *ctx, struct sql_node *n)
{
    int *left = ctx;
    if (n->kind == SQL_SUBQUERY) {
        return SQL_PRUNE;
    }
    return (*left)-- == 0 ? SQL_ABORT : SQL_CONTINUE;
}

static void
test_walk(void **state)
{
    struct arena *a = arena_create(0);
    struct diag d;
    const struct sql_stmt *s = parse_with(a, "SELECT a, (SELECT b)", &maria, &d);
    assert_non_null(s);
    int left = 100;
    assert_true(sql_walk(s->root, count_until, &left));
    assert_int_equal(left, 95); /* QUERY SELECT ITEM COLUMN ITEM, not below SUBQUERY */
    left = 2;
    assert_false(sql_walk(s->root, count_until, &left));
    struct buf out = BUF_INIT;
    sql_dump(s->root, &out);
    assert_non_null(strstr(buf_cstr(&out), "COLUMN [7,8) name=\"a\""));
    buf_deinit(&out);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_clone),
        cmocka_unit_test(test_template),
        cmocka_unit_test(test_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
