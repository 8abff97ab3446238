/* SPDX-License-Identifier: Apache-2.0 */
/* What may and what must not be decided by the server; marks of templates. */
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

/* The WHERE part of the server's statement for SELECT id FROM people WHERE cond; "" when nothing of it. */
static void
pushed(const char *cond, struct buf *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT, server = BUF_INIT;
    struct diag d = DIAG_INIT;
    buf_printf(&sql, "SELECT id FROM people WHERE %s", cond);
    struct plan *p = shop_plan(&shop, buf_slice(&sql), NULL, &d);
    assert_non_null(p);
    shop_server(p, &server);
    const struct slice s = buf_slice(&server);
    for (size_t i = 0; i + 7 <= s.len; i++) {
        if (slice_starts_with(slice_from(s, i), SLICE(" WHERE "))) {
            buf_append_slice(out, slice_from(s, i + 7));
            break;
        }
    }
    plan_unref(p);
}

struct expectation {
    const char *cond, *server;
};

static void
expect(const struct expectation *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf got = BUF_INIT;
        pushed(cases[i].cond, &got);
        if (!slice_equal(buf_slice(&got), slice_of_str(cases[i].server))) {
            fail_msg("%s\n  pushed %s\n  wanted %s", cases[i].cond, buf_cstr(&got),
                     cases[i].server);
        }
    }
}

static void
test_null_literals(void **state)
{
    static const struct expectation cases[] = {
        {"age = NULL", "t0.age_e = NULL"},
        {"age <=> NULL", "t0.age_e <=> NULL"},
        {"age NOT IN (1, NULL)", "t0.age_e NOT IN ({eq ?1},NULL)"},
        {"age IN (NULL, 2, 3)", "t0.age_e IN (NULL,{eq ?1},{eq ?2})"},
        {"NOT (age = NULL)", "(NOT t0.age_e = NULL)"},
        {"age BETWEEN NULL AND 5", ""},
    };
    expect(cases, sizeof cases / sizeof cases[0]);
}

static void
test_literals_that_do_not_fit(void **state)
{
    static const struct expectation cases[] = {
        {"age = 'x'", ""},
        {"age = 1.5", "t0.age_e = {eq ?1}"},
        {"age = 99999999999", "t0.age_e = {eq ?1}"},
        {"age < 1.5", "t0.age_o < {ord ?1}"},
        {"name = 5", ""},
        {"born = 'garbage'", ""},
        {"age = TRUE", ""},
        {"balance = 1.234", "t0.balance_e = {eq ?1}"},
        {"age = -3", "t0.age_e = {eq ?1}"},
        {"5 > age", "t0.age_o < {ord ?1}"},
        {"balance = 1.5", "t0.balance_e = {eq ?1}"},
    };
    expect(cases, sizeof cases / sizeof cases[0]);
}

/* MySQL picks one comparison for all literals beside the column. */
static void
test_mixed_kinds(void **state)
{
    static const struct expectation cases[] = {
        {"age IN (1, 'x')", ""},
        {"age IN (1, '2')", ""},
        {"age IN ('2', 1)", ""},
        {"age IN (NULL, 1, '2')", ""},
        {"age IN (1, 2e0)", ""},
        {"age BETWEEN 1 AND '5'", ""},
        {"age BETWEEN '1' AND 5", ""},
        {"age BETWEEN 1 AND 5e0", ""},
        {"born BETWEEN '2020-01-01' AND 20210101", ""},
        {"born BETWEEN '2020-01-01' AND DATE'2021-01-01'", ""},
        {"name IN ('a', 1)", ""},
        {"balance IN (1, 2.5)", "t0.balance_e IN ({eq ?1},{eq ?2})"},
        {"balance BETWEEN 1 AND 2.5", "t0.balance_o BETWEEN {ord ?1} AND {ord ?2}"},
        {"age BETWEEN -1 AND 5", "t0.age_o BETWEEN {ord ?1} AND {ord ?2}"},
    };
    expect(cases, sizeof cases / sizeof cases[0]);
}

static void
test_logic(void **state)
{
    static const struct expectation cases[] = {
        {"age = 1 OR name = 'a'", "(t0.age_e = {eq ?1} OR t0.name_e = {eq ?2})"},
        {"age = 1 OR LENGTH(name) = 2", ""},
        {"NOT (age = 1 AND LENGTH(name) = 2)", ""},
        {"age XOR 1", ""},
        {"age IS TRUE", ""},
        {"name < 'b'", ""},
        {"name BETWEEN 'a' AND 'b'", ""},
        {"name LIKE 'a'", ""},
        {"name = 'a' COLLATE utf8mb4_bin", ""},
        {"email = 'a'", ""},
        {"score = 1", ""},
        {"points > 1", ""},
        {"age + 1 = 2", ""},
        {"(age, id) = (1, 2)", ""},
        {"id IS NULL", ""}, /* AUTO_INCREMENT: may find the last id */
        {"points IS NULL", "t0.points_v IS NULL"},
        {"email IS NOT NULL", "t0.email_v IS NOT NULL"},
    };
    expect(cases, sizeof cases / sizeof cases[0]);
}

/* Conjuncts that cannot be pushed leave nothing behind, not even their literals' slots. */
static void
test_conjuncts_leave_no_trace(void **state)
{
    static const struct expectation cases[] = {
        {"LENGTH(name) = 2 AND age = 1", "t0.age_e = {eq ?2}"},
        {"age IN (1, 2, 'x') AND age = 7", "t0.age_e = {eq ?4}"},
        {"age = 7 AND age IN (1, 2, 'x')", "t0.age_e = {eq ?1}"},
    };
    expect(cases, sizeof cases / sizeof cases[0]);
}

static void
test_mark_and_rewind(void **state)
{
    struct arena *a = arena_create(0);
    struct template_builder b;
    struct template t;
    template_begin(&b);
    template_text(&b, "SELECT ");
    template_slot(&b, (struct slot){.kind = SLOT_COUNT, .literal = 0});
    const struct template_mark outer = template_mark(&b);
    template_text(&b, " WHERE ");
    template_slot(&b, (struct slot){.kind = SLOT_EQ, .literal = 1});
    const struct template_mark inner = template_mark(&b);
    for (unsigned i = 0; i < 40; i++) { /* past the first capacity */
        template_text(&b, ",");
        template_slot(&b, (struct slot){.kind = SLOT_EQ, .literal = i});
    }
    template_rewind(&b, inner);
    template_rewind(&b, outer);
    template_text(&b, " LIMIT ");
    template_slot(&b, (struct slot){.kind = SLOT_COUNT, .literal = 9});
    assert_true(status_is_ok(template_finish(&b, a, &t)));
    assert_true(slice_equal(t.text, SLICE("SELECT  LIMIT ")));
    assert_int_equal(t.n_slots, 2);
    assert_int_equal(t.slots[0].offset, 7);
    assert_int_equal(t.slots[1].offset, 14);
    assert_int_equal(t.slots[1].literal, 9);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_literals),
        cmocka_unit_test(test_literals_that_do_not_fit),
        cmocka_unit_test(test_mixed_kinds),
        cmocka_unit_test(test_logic),
        cmocka_unit_test(test_conjuncts_leave_no_trace),
        cmocka_unit_test(test_mark_and_rewind),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
