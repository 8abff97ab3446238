/* SPDX-License-Identifier: Apache-2.0 */
/* Names: which table a column belongs to, and when that is not certain. */
#include "shop.h"

static struct shop shop;

static int
setup(void **state)
{
    shop_open(&shop);
    return 0;
}

static int
teardown(void **state)
{
    shop_close(&shop);
    return 0;
}

struct search {
    const struct scope *scope;
    struct slice name; /* of the column looked for */
    struct scope_column found;
    int seen;
};

static enum sql_visit
find_column(void *ctx, struct sql_node *n)
{
    struct search *s = ctx;
    if (n->kind == SQL_COLUMN && slice_equal(sql_as_column(n)->name, s->name)) {
        s->found = scope_resolve(s->scope, n);
        s->seen++;
    }
    return SQL_CONTINUE;
}

/* The alias of the table that the last mention of the column belongs to; "-" when not attributed. */
static void
expect_owner(const char *sql, const char *column, const char *alias)
{
    struct diag d = DIAG_INIT;
    struct plan *p = shop_plan(&shop, slice_of_str(sql), NULL, &d);
    assert_non_null(p);
    struct search s = {.scope = p->scope, .name = slice_of_str(column)};
    sql_walk(p->stmt->root, find_column, &s);
    assert_true(s.seen > 0);
    const struct slice got = s.found.table ? s.found.table->alias : SLICE("-");
    if (!slice_equal(got, slice_of_str(alias))) {
        fail_msg("%s: %s belongs to %.*s", sql, column, SLICE_ARG(got));
    }
    plan_unref(p);
}

static void
test_owners(void **state)
{
    expect_owner("SELECT name FROM people", "name", "people");
    expect_owner("SELECT p.name FROM people p", "name", "p");
    expect_owner("SELECT people.name FROM people p", "name", "-");
    expect_owner("SELECT shop.people.name FROM people", "name", "people");
    expect_owner("SELECT other.people.name FROM people", "name", "-");
    expect_owner("SELECT id FROM people, orders", "id", "-");
    expect_owner("SELECT qty FROM people, orders", "qty", "orders");
    expect_owner("SELECT NAME FROM people", "NAME", "people");
    expect_owner("SELECT nosuch FROM people", "nosuch", "-");
    expect_owner("SELECT b.age FROM people a JOIN people b ON a.id = b.id", "age", "b");
    expect_owner("SELECT a FROM parents p ORDER BY a", "a", "p");
    expect_owner("UPDATE people SET age = 1 WHERE points = 2", "points", "people");
    expect_owner("DELETE FROM people WHERE points = 2", "points", "people");
}

static void
test_merged_columns(void **state)
{
    expect_owner("SELECT person FROM orders JOIN logs USING (person)", "person", "-");
    expect_owner("SELECT qty FROM orders NATURAL JOIN logs", "qty", "orders");
    expect_owner("SELECT qty FROM orders NATURAL JOIN (SELECT 1 AS qty) d", "qty", "-");
    expect_owner("SELECT orders.qty FROM orders NATURAL JOIN logs", "qty", "orders");
}

static void
test_blocks(void **state)
{
    expect_owner("SELECT 1 FROM people WHERE EXISTS (SELECT 1 FROM orders WHERE qty = age)", "age",
                 "people");
    expect_owner("SELECT 1 FROM people WHERE id IN (SELECT person FROM orders WHERE id = qty)",
                 "id", "orders");
    /* were d to have it as well, the statement would be ambiguous, which the mirror says */
    expect_owner("SELECT age FROM (SELECT 1 AS age) d, people", "age", "people");
    expect_owner("SELECT people.age FROM (SELECT 1 AS age) d, people", "age", "people");
    expect_owner("SELECT 1 FROM (SELECT qty FROM orders) d", "qty", "orders");
}

static void
expect_kinds(const char *sql, size_t base, size_t cte)
{
    struct diag d = DIAG_INIT;
    struct plan *p = shop_plan(&shop, slice_of_str(sql), NULL, &d);
    assert_non_null(p);
    if (scope_count(p->scope, 1u << SCOPE_BASE) != base ||
        scope_count(p->scope, 1u << SCOPE_CTE) != cte) {
        fail_msg("%s: %zu base tables, %zu CTEs", sql, scope_count(p->scope, 1u << SCOPE_BASE),
                 scope_count(p->scope, 1u << SCOPE_CTE));
    }
    plan_unref(p);
}

static void
test_ctes_shadow_tables(void **state)
{
    expect_kinds("WITH people AS (SELECT 1 AS a) SELECT a FROM people", 0, 1);
    expect_kinds("WITH people AS (SELECT id FROM people) SELECT id FROM people", 1, 1);
    expect_kinds(
        "WITH RECURSIVE people AS (SELECT 1 AS a UNION SELECT a + 1 FROM people WHERE a < 3) "
        "SELECT a FROM people",
        0, 2);
    expect_kinds("WITH people AS (SELECT 1 AS a) SELECT a FROM shop.people", 1, 0);
    expect_kinds("SELECT (WITH people AS (SELECT 1 AS a) SELECT a FROM people) FROM people", 1, 1);
    expect_kinds("WITH x AS (SELECT 1 AS a), y AS (SELECT a FROM x) SELECT a FROM y", 0, 2);
    expect_owner("WITH people AS (SELECT 1 AS age) SELECT age FROM people", "age", "-");
}

/* MariaDB folds the case of these names, MySQL does not: there the table's rows are meant. */
static void
test_cte_names_differ_by_case(void **state)
{
    static const char sql[] = "WITH People AS (SELECT 1 AS a) SELECT a FROM people";
    expect_kinds(sql, 0, 1);
    shop.ctx.session.cte_case = true;
    expect_kinds(sql, 1, 0);
    expect_kinds("WITH people AS (SELECT 1 AS a) SELECT a FROM people", 0, 1);
    shop.ctx.session.cte_case = false;
}

static bool
people_is_temporary(void *ctx, struct slice db, struct slice name)
{
    return slice_equal(db, SLICE("shop")) && slice_equal(name, SLICE("people"));
}

static void
test_temporary_tables_shadow_tables(void **state)
{
    shop.ctx.session.is_temp = people_is_temporary;
    expect_kinds("SELECT 1 FROM people", 0, 0);
    expect_kinds("SELECT 1 FROM people, orders", 1, 0);
    shop.ctx.session.is_temp = NULL;
}

static void
test_outer_joins(void **state)
{
    struct diag d = DIAG_INIT;
    struct plan *p =
        shop_plan(&shop,
                  SLICE("SELECT 1 FROM people a LEFT JOIN (orders b JOIN logs c ON b.id = c.id) "
                        "ON a.id = b.id RIGHT JOIN parents e ON e.id = a.id"),
                  NULL, &d);
    static const bool want[] = {true, true, true, false};
    assert_non_null(p);
    assert_int_equal(p->scope->n_tables, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(p->scope->tables[i].null_supplied, want[i]);
    }
    plan_unref(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_merged_columns),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_ctes_shadow_tables),
        cmocka_unit_test(test_cte_names_differ_by_case),
        cmocka_unit_test(test_temporary_tables_shadow_tables),
        cmocka_unit_test(test_outer_joins),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
