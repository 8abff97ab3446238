/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "fixture.h"

static const char *
det_of(const char *type, const char *text)
{
    const struct type t = fixture_type(type, "utf8mb4_bin");
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    enum type_key_result r;
    assert_true(status_is_ok(type_value_from_read(&t, NULL, slice_of_str(text), &v)));
    assert_true(status_is_ok(type_key_det(&t, NULL, buf_slice(&v), &key, &r)));
    assert_int_equal(TYPE_KEY_OK, r);
    return fixture_hex(&key);
}

static void
equal_numbers_have_equal_keys(void **state)
{
    static const struct {
        const char *type, *text;
    } five[] = {{"tinyint", "5"},
                {"bigint unsigned", "5"},
                {"decimal(10,2)", "5.00"},
                {"decimal(36,30)", "5.000000000000000000000000000000"},
                {"bit(8)", "\x05"}};
    for (size_t i = 1; i < sizeof(five) / sizeof(five[0]); i++) {
        assert_string_equal(det_of("int", "5"), det_of(five[i].type, five[i].text));
    }
    assert_string_equal(det_of("decimal(10,2)", "-1.50"), det_of("decimal(5,4)", "-1.5000"));
    assert_string_not_equal(det_of("decimal(10,1)", "1.5"), det_of("int", "15"));
    assert_string_not_equal(det_of("decimal(10,1)", "1.5"), det_of("decimal(10,2)", "0.15"));
    assert_string_not_equal(det_of("bigint", "-1"),
                            det_of("bigint unsigned", "18446744073709551615"));
    assert_string_equal(det_of("int", "-1"), "ffffffffffffffffffffffffffffffff");
    assert_string_equal(det_of("double", "-0"), det_of("double", "0"));
    assert_string_equal(det_of("float", "1.5"), det_of("double", "1.5"));
    assert_string_equal(det_of("date", "2020-01-02"),
                        det_of("datetime(3)", "2020-01-02 00:00:00.000"));
    assert_string_equal(det_of("decimal(40,2)", "7.10"), det_of("decimal(65,1)", "7.1"));
}

static void
classes_and_domains(void **state)
{
    const struct type i = fixture_type("int", NULL), d = fixture_type("decimal(9,2)", NULL);
    const struct type wide = fixture_type("decimal(37,2)", NULL);
    const struct type js = fixture_type("json", NULL), dt = fixture_type("datetime", NULL);
    const struct type day = fixture_type("date", NULL), ts = fixture_type("timestamp", NULL);
    const struct type s1 = fixture_type("varchar(4)", "utf8mb4_bin");
    const struct type s2 = fixture_type("text", "utf8mb4_general_ci");
    assert_true(type_key_comparable(&i, &d));
    assert_false(type_key_comparable(&i, &wide));
    assert_true(type_key_comparable(&day, &dt));
    assert_false(type_key_comparable(&ts, &dt));
    assert_false(type_key_comparable(&s1, &s2));
    assert_true(type_key_comparable(&s1, &s1));
    assert_false(type_key_comparable(&js, &js));
    assert_int_equal(TYPE_KEY_NONE, type_key_class(&js));
    assert_int_equal(TYPE_KEY_BYTES, type_key_class(&s1));
    assert_int_equal(TYPE_KEY_BYTES, type_key_class(&wide));
    assert_int_equal(TYPE_KEY_INT128, type_key_class(&ts));
}

/* -------------------------------------------------------------------------------------- order --- */

#define LIST_MAX 40

/* Texts in MySQL's order: every pair must agree, under both policies. */
static const struct {
    const char *type;
    const char *texts[LIST_MAX];
} sorted[] = {
    {"tinyint", {"-128", "-1", "0", "1", "127"}},
    {"int", {"-2147483648", "-1", "0", "1", "2147483647"}},
    {"mediumint unsigned", {"0", "1", "8388608", "16777215"}},
    {"bigint", {"-9223372036854775808", "-1", "0", "1", "9223372036854775807"}},
    {"bigint unsigned", {"0", "1", "9223372036854775808", "18446744073709551615"}},
    {"year", {"0000", "1901", "2000", "2155"}},
    {"decimal(4,2)", {"-99.99", "-1.00", "-0.01", "0.00", "0.01", "99.99"}},
    {"decimal(18,0)", {"-999999999999999999", "-1", "0", "999999999999999999"}},
    {"decimal(38,0)",
     {"-99999999999999999999999999999999999999", "-18446744073709551616", "-1", "0", "1",
      "99999999999999999999999999999999999999"}},
    {"decimal(65,30)",
     {"-99999999999999999999999999999999999.999999999999999999999999999999",
      "-0.000000000000000000000000000001", "0.000000000000000000000000000000",
      "99999999999999999999999999999999999.999999999999999999999999999999"}},
    {"float",
     {"-3.4028234663852886e38", "-1", "-1.1754943508222875e-38", "0", "1.401298464324817e-45", "1",
      "3.4028234663852886e38"}},
    {"double",
     {"-1.7976931348623157e308", "-1", "-5e-324", "0", "5e-324", "0.1", "1",
      "1.7976931348623157e308"}},
    {"date",
     {"0000-00-00", "0000-01-01", "2020-00-00", "2020-01-00", "2020-01-01", "2020-02-31",
      "2020-03-01", "9999-12-31"}},
    {"datetime",
     {"0000-00-00 00:00:00", "2020-02-00 23:59:59", "2020-02-01 00:00:00", "2020-02-01 00:00:01",
      "2020-02-01 01:00:00", "9999-12-31 23:59:59"}},
    {"datetime(2)",
     {"2020-02-01 00:00:00.00", "2020-02-01 00:00:00.01", "2020-02-01 00:00:00.99",
      "2020-02-01 00:00:01.00"}},
    {"datetime(6)",
     {"0000-00-00 00:00:00.000000", "2020-02-01 00:00:00.000001", "2020-02-01 00:00:00.999999",
      "9999-12-31 23:59:59.999999"}},
    {"timestamp", {"0", "1", "1577836800", "2147483647"}},
    {"timestamp(3)", {"0.000", "1.000", "1577836800.001", "2147483647.999"}},
    {"time", {"-838:59:59", "-00:00:01", "00:00:00", "00:00:01", "99:00:00", "838:59:59"}},
    {"time(6)",
     {"-838:59:59.000000", "-00:00:00.000001", "00:00:00.000000", "00:00:00.000001",
      "838:59:59.000000"}},
    {"time(1)", {"-838:59:59.0", "-00:00:00.1", "00:00:00.0", "838:59:59.0"}},
    {"enum('z','a','m')", {"", "z", "a", "m"}},
    {"set('z','a','m')", {"", "z", "a", "z,a", "m"}},
    {"inet6", {"::", "::1", "1::", "ffff::"}},
    {"inet4", {"0.0.0.0", "9.0.0.0", "10.0.0.0", "255.255.255.255"}},
};

static void
order_key(const struct type *t, enum type_key_ord_policy policy, const char *text, struct buf *key)
{
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    enum type_key_result r;
    const struct type_key_ord ord = type_key_ord_plan(t, policy, 16);
    assert_true(status_is_ok(type_value_from_read(t, NULL, slice_of_str(text), &v)));
    assert_true(status_is_ok(type_key_ord(t, &ord, NULL, buf_slice(&v), key, &r)));
    assert_int_equal(ord.bytes, key->len);
    assert_true(ord.exact);
}

static void
order_is_mysqls(void **state)
{
    for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
        const struct type t = fixture_type(sorted[i].type, "utf8mb4_bin");
        for (unsigned k = 1; sorted[i].texts[k]; k++) {
            for (int policy = TYPE_KEY_ORD_COMPACT; policy <= TYPE_KEY_ORD_STRICT; policy++) {
                CLEANUP(buf_deinit_cleanup) struct buf a = BUF_INIT;
                CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
                order_key(&t, (enum type_key_ord_policy) policy, sorted[i].texts[k - 1], &a);
                order_key(&t, (enum type_key_ord_policy) policy, sorted[i].texts[k], &b);
                assert_true(slice_compare(buf_slice(&a), buf_slice(&b)) < 0);
            }
        }
    }
}

static void
random_doubles_keep_order(void **state)
{
    const struct type t = fixture_type("double", NULL);
    const struct type_key_ord ord = type_key_ord_plan(&t, TYPE_KEY_ORD_COMPACT, 0);
    srandom(7);
    for (int i = 0; i < 20000; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
        CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
        double d[2];
        enum type_key_result r;
        for (int k = 0; k < 2; k++) {
            uint8_t raw[8];
            for (int b = 0; b < 8; b++) {
                raw[b] = (uint8_t) (random() >> 8);
            }
            mem_copy(&d[k], raw, 8);
            d[k] = isfinite(d[k]) ? d[k] : k;
            mem_copy(raw, &d[k], 8);
            buf_clear(&v);
            assert_true(status_is_ok(type_value_from_binary(&t, NULL, slice_of(raw, 8), &v)));
            assert_true(status_is_ok(type_key_ord(&t, &ord, NULL, buf_slice(&v), &key, &r)));
        }
        const int cmp =
            slice_compare(slice_sub(buf_slice(&key), 0, 8), slice_from(buf_slice(&key), 8));
        assert_int_equal(cmp < 0, d[0] < d[1]);
        assert_int_equal(cmp > 0, d[0] > d[1]);
    }
}

static void
plans(void **state)
{
    static const struct {
        const char *type;
        enum type_key_ord_scheme compact;
        unsigned compact_bytes, strict_bytes;
    } want[] = {
        {"tinyint", TYPE_KEY_ORD_OPE32, 4, 1},      {"bigint", TYPE_KEY_ORD_OPE64, 8, 8},
        {"date", TYPE_KEY_ORD_OPE32, 4, 3},         {"datetime", TYPE_KEY_ORD_CLWW, 5, 5},
        {"datetime(6)", TYPE_KEY_ORD_CLWW, 8, 8},   {"time", TYPE_KEY_ORD_CLWW, 3, 3},
        {"decimal(10,2)", TYPE_KEY_ORD_CLWW, 5, 5}, {"decimal(65,2)", TYPE_KEY_ORD_CLWW, 28, 28},
        {"double", TYPE_KEY_ORD_CLWW, 8, 8},        {"json", TYPE_KEY_ORD_NONE, 0, 0},
    };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        const struct type t = fixture_type(want[i].type, NULL);
        const struct type_key_ord c = type_key_ord_plan(&t, TYPE_KEY_ORD_COMPACT, 0);
        assert_int_equal(want[i].compact, c.scheme);
        assert_int_equal(want[i].compact_bytes, c.bytes);
        assert_int_equal(want[i].strict_bytes, type_key_ord_plan(&t, TYPE_KEY_ORD_STRICT, 0).bytes);
    }
    const struct type s = fixture_type("varchar(9)", "utf8mb4_bin");
    assert_int_equal(TYPE_KEY_ORD_NONE, type_key_ord_plan(&s, TYPE_KEY_ORD_COMPACT, 0).scheme);
    assert_false(type_key_ord_plan(&s, TYPE_KEY_ORD_COMPACT, 16).exact);
}

static void
prefixes(void **state)
{
    const struct type s = fixture_type("text", "utf8mb4_bin");
    const struct type b = fixture_type("blob", NULL);
    struct slice p;
    assert_true(status_is_ok(type_key_prefix(&s, SLICE("a\xc3\xa9z"), 2, &p)));
    assert_true(slice_equal_str(p, "a\xc3\xa9"));
    assert_true(status_is_ok(type_key_prefix(&s, SLICE("a"), 2, &p)));
    assert_true(slice_equal_str(p, "a"));
    assert_true(status_is_ok(type_key_prefix(&b, SLICE("\xff\xfe\xfd"), 2, &p)));
    assert_int_equal(2, p.len);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_numbers_have_equal_keys),
        cmocka_unit_test(classes_and_domains),
        cmocka_unit_test(order_is_mysqls),
        cmocka_unit_test(random_doubles_keep_order),
        cmocka_unit_test(plans),
        cmocka_unit_test(prefixes),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_free();
    return failed;
}
