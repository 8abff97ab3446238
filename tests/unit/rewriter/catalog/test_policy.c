/* SPDX-License-Identifier: Apache-2.0 */
#include "../../base/cm.h"
#include "rewriter/catalog/policy.h"

static void
test_words(void **state)
{
    struct diag d = DIAG_INIT;
    struct policy p = policy_default;
    struct buf text = BUF_INIT;
    assert_true(status_is_ok(
        policy_parse(SLICE(" onions = eager ,floor=DET,, low_entropy=3, strict=yes"), &p, &d)));
    assert_int_equal(p.onions, POLICY_EAGER);
    assert_int_equal(p.floor, POLICY_FLOOR_DET);
    assert_int_equal(p.low_entropy, 3);
    assert_true(p.strict && !p.add);
    policy_print(&p, &text);
    struct policy again = {0};
    assert_true(status_is_ok(policy_parse(buf_slice(&text), &again, &d)));
    again.given = p.given;
    assert_memory_equal(&again, &p, sizeof p);
    buf_deinit(&text);
}

static void
test_bad_words(void **state)
{
    static const char *const bad[] = {"floor",          "floor=", "floor=none",  "colour=red",
                                      "low_entropy=-1", "=",      "onions=plain"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct diag d = DIAG_INIT;
        struct policy p = policy_default;
        assert_int_equal(policy_parse(slice_of_str(bad[i]), &p, &d).code, STATUS_POLICY);
    }
}

static void
test_comments(void **state)
{
    assert_true(slice_is_null(policy_of_comment(SLICE(""))));
    assert_true(slice_is_null(policy_of_comment(SLICE("the genus Allium: onions"))));
    assert_true(slice_equal(policy_of_comment(SLICE("allium: floor=rnd")), SLICE("floor=rnd")));
    assert_true(slice_equal(policy_of_comment(SLICE("x; Allium:floor=rnd")), SLICE("floor=rnd")));
}

static void
test_rules(void **state)
{
    struct diag d = DIAG_INIT;
    struct arena *a = arena_create(0);
    const struct policy_rule *rules = NULL;
    struct policy p;
    assert_true(
        status_is_ok(policy_rule_add(a, &rules, SLICE("shop.*.*"), SLICE("onions=eager"), &d)));
    assert_true(
        status_is_ok(policy_rule_add(a, &rules, SLICE("s*.p?ople.name"), SLICE("floor=rnd"), &d)));
    assert_int_equal(policy_rule_add(a, &rules, SLICE("shop.*"), SLICE("floor=rnd"), &d).code,
                     STATUS_POLICY);
    const struct slice shop = SLICE("shop"), people = SLICE("people"), name = SLICE("name");
    assert_true(status_is_ok(policy_resolve(rules, shop, people, name, SLICE(""), &p, &d)));
    assert_true(p.onions == POLICY_EAGER && p.floor == POLICY_FLOOR_RND);
    assert_true(status_is_ok(
        policy_resolve(rules, shop, people, name, SLICE("allium: onions=lazy"), &p, &d)));
    assert_true(p.onions == POLICY_LAZY && p.floor == POLICY_FLOOR_RND);
    assert_true(status_is_ok(policy_resolve(rules, people, people, name, SLICE(""), &p, &d)));
    assert_true(p.onions == POLICY_AUTO && p.floor == POLICY_FLOOR_OPE);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_bad_words),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
