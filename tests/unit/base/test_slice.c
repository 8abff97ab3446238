/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"
#include "cm.h"

static void
test_null_is_not_empty(void **state)
{
    (void) state;
    assert_true(slice_is_null(SLICE_NULL));
    assert_false(slice_is_null(SLICE("")));
    assert_false(slice_equal(SLICE_NULL, SLICE("")));
    assert_true(slice_equal(SLICE_NULL, SLICE_NULL));
    assert_true(slice_is_null(slice_of_str(NULL)));
    assert_true(slice_equal(slice_of_str(""), SLICE("")));
}

static void
test_equality_is_bytewise(void **state)
{
    (void) state;
    assert_true(slice_equal(SLICE("a\0b"), slice_of("a\0b", 3)));
    assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    assert_false(slice_equal(SLICE("abc"), SLICE("ABC")));
    assert_true(slice_equal_ci(SLICE("aBc"), SLICE("AbC")));
    assert_false(slice_equal_ci(SLICE("\xc3\xa9"), SLICE("\xc3\x89"))); /* only ASCII folds */
    assert_false(slice_equal_ci(SLICE("@"), SLICE("`")));
    assert_false(slice_equal_ci(SLICE("["), SLICE("{")));
    assert_true(slice_equal_str(SLICE("abc"), "abc"));
    assert_false(slice_equal_str(SLICE("abc"), "abcd"));
    assert_true(slice_equal_str_ci(SLICE("SELECT"), "select"));
}

static void
test_compare_orders_as_memcmp_then_length(void **state)
{
    (void) state;
    assert_true(slice_compare(SLICE("a"), SLICE("b")) < 0);
    assert_true(slice_compare(SLICE("a"), SLICE("aa")) < 0);
    assert_true(slice_compare(SLICE("\xff"), SLICE("a")) > 0);
    assert_int_equal(slice_compare(SLICE("x"), SLICE("x")), 0);
    assert_true(slice_compare(SLICE(""), SLICE("a")) < 0);
}

static void
test_sub_is_clamped(void **state)
{
    (void) state;
    const struct slice s = SLICE("hello");
    assert_true(slice_equal(slice_from(s, 2), SLICE("llo")));
    assert_int_equal(slice_from(s, 5).len, 0);
    assert_int_equal(slice_from(s, 99).len, 0);
    assert_true(slice_equal(slice_sub(s, 1, 3), SLICE("ell")));
    assert_true(slice_equal(slice_sub(s, 3, 99), SLICE("lo")));
    assert_true(slice_equal(slice_sub(s, 3, SIZE_MAX), SLICE("lo")));
    assert_int_equal(slice_sub(s, 99, 1).len, 0);
    assert_true(slice_starts_with(s, SLICE("he")));
    assert_true(slice_starts_with(s, SLICE("")));
    assert_false(slice_starts_with(SLICE("he"), s));
}

static void
test_numbers_have_exact_limits(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } unsigneds[] = {
        {"0", true, 0},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"1x", false, 0},
        {" 1", false, 0},
    };
    for (size_t i = 0; i < sizeof(unsigneds) / sizeof(unsigneds[0]); i++) {
        uint64_t v = 0;
        assert_int_equal(slice_parse_u64(slice_of_str(unsigneds[i].text), &v), unsigneds[i].ok);
        if (unsigneds[i].ok) {
            assert_true(v == unsigneds[i].value);
        }
    }
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } signeds[] = {
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-0", true, 0},
        {"-", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof(signeds) / sizeof(signeds[0]); i++) {
        int64_t v = 0;
        assert_int_equal(slice_parse_i64(slice_of_str(signeds[i].text), &v), signeds[i].ok);
        if (signeds[i].ok) {
            assert_true(v == signeds[i].value);
        }
    }
}

static void
test_hash_depends_on_every_byte(void **state)
{
    (void) state;
    uint8_t bytes[64] = {0};
    const uint64_t base = slice_hash(slice_of(bytes, sizeof(bytes)));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 1;
        assert_true(slice_hash(slice_of(bytes, sizeof(bytes))) != base);
        bytes[i] = 0;
    }
    assert_true(slice_hash(slice_of(bytes, 63)) != base);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_is_not_empty),
        cmocka_unit_test(test_equality_is_bytewise),
        cmocka_unit_test(test_compare_orders_as_memcmp_then_length),
        cmocka_unit_test(test_sub_is_clamped),
        cmocka_unit_test(test_numbers_have_exact_limits),
        cmocka_unit_test(test_hash_depends_on_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
