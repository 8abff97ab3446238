/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/view.h"
#include "shop.h"

static struct shop shop;
static struct arena *arena;

static int
setup(void **state)
{
    shop_open(&shop);
    arena = arena_create(0);
    return 0;
}

static int
teardown(void **state)
{
    arena = arena_free(arena);
    shop_close(&shop);
    return 0;
}

static struct status
expand(const char *sql, struct slice *out, struct diag *d)
{
    return view_expand(arena, shop.catalog, &shop.ctx.session, &shop.options, slice_of_str(sql),
                       out, d);
}

static bool
has(struct slice text, struct slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (slice_starts_with(slice_from(text, i), part)) {
            return true;
        }
    }
    return false;
}

static void
test_no_view(void **state)
{
    struct diag d = DIAG_INIT;
    struct slice out = SLICE("x");
    assert_true(status_is_ok(expand("SELECT id FROM people", &out, &d)));
    assert_null(out.data);
    assert_true(status_is_ok(expand("WITH elders AS (SELECT 1) SELECT * FROM elders", &out, &d)));
    assert_null(out.data);
}

static void
test_written_out(void **state)
{
    struct diag d = DIAG_INIT;
    struct slice out;
    assert_true(status_is_ok(expand("SELECT name FROM elders WHERE id = 5", &out, &d)));
    assert_true(has(out, SLICE("`people`")));
    assert_false(has(out, SLICE("FROM elders")));
    assert_true(has(out, SLICE("AS `elders`")) || has(out, SLICE("AS elders")));
    struct plan *p = shop_plan(&shop, out, NULL, &d);
    assert_non_null(p);
    assert_int_equal(p->kind, PLAN_SPLIT);
    assert_int_equal(p->n_fetches, 1);
    plan_unref(p);
}

static void
test_nested_and_aliased(void **state)
{
    struct diag d = DIAG_INIT;
    struct slice out;
    assert_true(
        status_is_ok(expand("SELECT a.id FROM firsts a JOIN firsts b ON a.id = b.id", &out, &d)));
    struct plan *p = shop_plan(&shop, out, NULL, &d);
    assert_non_null(p);
    assert_int_equal(scope_count(p->scope, 1u << SCOPE_VIEW), 0);
    assert_int_equal(scope_count(p->scope, 1u << SCOPE_BASE), 2);
    plan_unref(p);
}

static void
test_changes_keep_the_view(void **state)
{
    static const char *const sql[] = {
        "UPDATE elders SET name = 'a'",
        "DELETE FROM elders WHERE id = 1",
        "INSERT INTO elders (id) VALUES (1)",
        "DELETE e FROM elders e JOIN people p ON p.id = e.id",
    };
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++) {
        struct diag d = DIAG_INIT;
        struct slice out;
        if (!status_is_ok(expand(sql[i], &out, &d)) || out.data) {
            fail_msg("%s", sql[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_view),
        cmocka_unit_test(test_written_out),
        cmocka_unit_test(test_nested_and_aliased),
        cmocka_unit_test(test_changes_keep_the_view),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
