/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "fixture.h"

#define STR   TYPE_LITERAL_STRING
#define INT   TYPE_LITERAL_INT
#define DEC   TYPE_LITERAL_DECIMAL
#define FLT   TYPE_LITERAL_FLOAT
#define HEX   TYPE_LITERAL_HEX
#define BITS  TYPE_LITERAL_BIT
#define STORE TYPE_FIT_STORE
#define EQ    TYPE_FIT_COMPARE_EQ
#define ORDER TYPE_FIT_COMPARE_ORDER

/* value: the text that the fitted value prints as; NULL when nothing is appended */
static const struct row {
    const char *type;
    enum type_fit_use use;
    enum type_literal_kind kind;
    const char *literal; /* "-5": negative */
    enum type_fit fit;
    const char *value;
} rows[] = {
    {"int", STORE, INT, "5", TYPE_FIT_EXACT, "5"},
    {"int", STORE, INT, "-5", TYPE_FIT_EXACT, "-5"},
    {"int", STORE, INT, "2147483648", TYPE_FIT_ASK, NULL},
    {"int", STORE, DEC, "5.00", TYPE_FIT_EXACT, "5"},
    {"int", STORE, DEC, "5.5", TYPE_FIT_ASK, NULL},
    {"int", STORE, FLT, "1e3", TYPE_FIT_EXACT, "1000"},
    {"int", STORE, STR, "007", TYPE_FIT_EXACT, "7"},
    {"int", STORE, STR, "+7", TYPE_FIT_EXACT, "7"},
    {"int", STORE, STR, "7 ", TYPE_FIT_ASK, NULL},
    {"int", STORE, STR, "", TYPE_FIT_ASK, NULL},
    {"int", STORE, STR, "7.0", TYPE_FIT_ASK, NULL},
    {"int", STORE, HEX, "A", TYPE_FIT_ASK, NULL},
    {"int unsigned", STORE, INT, "-0", TYPE_FIT_ASK, NULL},
    {"bigint unsigned", STORE, INT, "18446744073709551615", TYPE_FIT_EXACT, "18446744073709551615"},
    {"bigint unsigned", STORE, STR, "18446744073709551615", TYPE_FIT_EXACT, "18446744073709551615"},
    {"tinyint", EQ, INT, "300", TYPE_FIT_NEVER, NULL},
    {"tinyint", ORDER, INT, "300", TYPE_FIT_ABOVE, NULL},
    {"tinyint", ORDER, INT, "-300", TYPE_FIT_BELOW, NULL},
    {"tinyint unsigned", ORDER, INT, "-1", TYPE_FIT_BELOW, NULL},
    {"tinyint", EQ, DEC, "5.5", TYPE_FIT_NEVER, NULL},
    {"tinyint", ORDER, DEC, "5.5", TYPE_FIT_BETWEEN, "5"},
    {"tinyint", ORDER, DEC, "-5.5", TYPE_FIT_BETWEEN, "-6"},
    {"tinyint", ORDER, DEC, "127.5", TYPE_FIT_ABOVE, NULL},
    {"tinyint", ORDER, DEC, "-128.5", TYPE_FIT_BELOW, NULL},
    {"int", EQ, STR, "5", TYPE_FIT_EXACT, "5"},
    {"int", EQ, STR, "5x", TYPE_FIT_ASK, NULL},
    {"bigint", EQ, STR, "9007199254740993", TYPE_FIT_ASK, NULL},
    {"bigint", EQ, FLT, "9007199254740992e0", TYPE_FIT_ASK, NULL},
    {"int", EQ, FLT, "1.5e1", TYPE_FIT_EXACT, "15"},
    {"year", STORE, INT, "2005", TYPE_FIT_EXACT, "2005"},
    {"year", STORE, INT, "5", TYPE_FIT_ASK, NULL},
    {"year", EQ, STR, "2005", TYPE_FIT_EXACT, "2005"},
    {"bit(4)", STORE, BITS, "\x05", TYPE_FIT_EXACT, "\x05"},
    {"bit(4)", STORE, INT, "15", TYPE_FIT_EXACT, "\x0f"},
    {"bit(4)", STORE, INT, "16", TYPE_FIT_ASK, NULL},
    {"bit(4)", EQ, INT, "16", TYPE_FIT_NEVER, NULL},
    {"decimal(5,2)", STORE, DEC, "1.5", TYPE_FIT_EXACT, "1.50"},
    {"decimal(5,2)", STORE, DEC, "1.500", TYPE_FIT_EXACT, "1.50"},
    {"decimal(5,2)", STORE, DEC, "1.505", TYPE_FIT_ASK, NULL},
    {"decimal(5,2)", STORE, INT, "1000", TYPE_FIT_ASK, NULL},
    {"decimal(5,2)", STORE, STR, "-1.5", TYPE_FIT_EXACT, "-1.50"},
    {"decimal(5,2)", STORE, FLT, "1.5e0", TYPE_FIT_ASK, NULL},
    {"decimal(5,2)", EQ, INT, "1000", TYPE_FIT_NEVER, NULL},
    {"decimal(5,2)", ORDER, INT, "1000", TYPE_FIT_ABOVE, NULL},
    {"decimal(5,2)", ORDER, DEC, "-1.505", TYPE_FIT_BETWEEN, "-1.51"},
    {"decimal(5,2)", EQ, STR, "1.5", TYPE_FIT_EXACT, "1.50"},
    {"decimal(20,2)", EQ, STR, "1.5", TYPE_FIT_ASK, NULL},
    {"decimal(40,2)", EQ, INT, "12", TYPE_FIT_EXACT, "12.00"},
    {"double", STORE, DEC, "0.1", TYPE_FIT_EXACT, "0.1"},
    {"double", EQ, STR, "1e3", TYPE_FIT_EXACT, "1000"},
    {"double", STORE, FLT, "1e999", TYPE_FIT_ASK, NULL},
    {"double", EQ, STR, "inf", TYPE_FIT_ASK, NULL},
    {"double", EQ, STR, "0x10", TYPE_FIT_ASK, NULL},
    {"double(9,2)", STORE, DEC, "0.1", TYPE_FIT_ASK, NULL},
    {"double unsigned", STORE, INT, "-1", TYPE_FIT_ASK, NULL},
    {"float", STORE, DEC, "0.1", TYPE_FIT_EXACT, "0.1"},
    {"float", EQ, DEC, "0.1", TYPE_FIT_NEVER, NULL},
    {"float", EQ, DEC, "0.5", TYPE_FIT_EXACT, "0.5"},
    {"float", ORDER, DEC, "0.1", TYPE_FIT_BETWEEN, "0.1"},
    {"date", STORE, STR, "2020-02-29", TYPE_FIT_EXACT, "2020-02-29"},
    {"date", STORE, STR, "2021-02-29", TYPE_FIT_ASK, NULL},
    {"date", STORE, STR, "2020-2-9", TYPE_FIT_ASK, NULL},
    {"date", STORE, STR, "2020-02-29 00:00:00", TYPE_FIT_ASK, NULL},
    {"date", STORE, STR, "0000-00-00", TYPE_FIT_EXACT, "0000-00-00"},
    {"date", STORE, STR, "2020-00-00", TYPE_FIT_ASK, NULL},
    {"date", STORE, INT, "20200101", TYPE_FIT_ASK, NULL},
    {"date", STORE, TYPE_LITERAL_DATE, "2020-02-29", TYPE_FIT_EXACT, "2020-02-29"},
    {"date", EQ, STR, "2020-02-29 00:00:00", TYPE_FIT_EXACT, "2020-02-29"},
    {"date", EQ, STR, "2020-02-29 10:00:00", TYPE_FIT_NEVER, NULL},
    {"date", ORDER, STR, "2020-02-29 10:00:00", TYPE_FIT_BETWEEN, "2020-02-29"},
    {"datetime", STORE, STR, "2020-02-29", TYPE_FIT_EXACT, "2020-02-29 00:00:00"},
    {"datetime", STORE, STR, "2020-02-29T10:11:12.000", TYPE_FIT_EXACT, "2020-02-29 10:11:12"},
    {"datetime", STORE, STR, "2020-02-29 10:11:12.5", TYPE_FIT_ASK, NULL},
    {"datetime(1)", STORE, STR, "2020-02-29 10:11:12.5", TYPE_FIT_EXACT, "2020-02-29 10:11:12.5"},
    {"datetime", EQ, STR, "2020-02-29 10:11:12.5", TYPE_FIT_NEVER, NULL},
    {"datetime", ORDER, STR, "2020-02-29 10:11:12.5", TYPE_FIT_BETWEEN, "2020-02-29 10:11:12"},
    {"datetime", STORE, STR, "2020-02-29 10:11:12+00:00", TYPE_FIT_ASK, NULL},
    {"timestamp", STORE, STR, "2020-02-29 10:11:12", TYPE_FIT_EXACT, "2020-02-29 10:11:12"},
    {"timestamp", STORE, STR, "1960-01-01 00:00:00", TYPE_FIT_ASK, NULL},
    {"timestamp", STORE, STR, "2038-01-19 03:14:08", TYPE_FIT_ASK, NULL},
    {"time", STORE, STR, "-12:00:01", TYPE_FIT_EXACT, "-12:00:01"},
    {"time", STORE, STR, "12:00", TYPE_FIT_ASK, NULL},
    {"time", EQ, STR, "12:00:00.5", TYPE_FIT_ASK, NULL},
    {"binary(3)", ORDER, STR, "abc", TYPE_FIT_EXACT, "abc"},
    {"binary(3)", ORDER, STR, "5", TYPE_FIT_ASK, NULL},
    {"binary(3)", EQ, STR, "5", TYPE_FIT_EXACT, "5"},
    {"varchar(3)", STORE, STR, "h\xc3\xa9y", TYPE_FIT_EXACT, "h\xe9y"},
    {"varchar(3)", STORE, STR, "long", TYPE_FIT_ASK, NULL},
    {"varchar(3)", STORE, STR, "abc ", TYPE_FIT_ASK, NULL},
    {"char(3)", STORE, STR, "abc ", TYPE_FIT_EXACT, "abc"},
    {"varchar(3)", STORE, STR, "\xc4\x81", TYPE_FIT_ASK, NULL},
    {"varchar(3)", STORE, STR, "\xc3", TYPE_FIT_ASK, NULL},
    {"varchar(3)", EQ, STR, "long", TYPE_FIT_EXACT, "long"},
    {"varchar(3)", STORE, INT, "-42", TYPE_FIT_EXACT, "-42"},
    {"varchar(4)", STORE, DEC, "1.50", TYPE_FIT_EXACT, "1.50"},
    {"varchar(4)", STORE, DEC, ".5", TYPE_FIT_ASK, NULL},
    {"varchar(3)", EQ, INT, "42", TYPE_FIT_ASK, NULL},
    {"varchar(3)", STORE, HEX, "\xe9", TYPE_FIT_EXACT, "\xe9"},
    {"varchar(3)", EQ, HEX, "\xe9", TYPE_FIT_ASK, NULL},
    {"tinytext", STORE, STR, "x", TYPE_FIT_EXACT, "x"},
    {"varbinary(3)", STORE, STR, "\xc3\xa9", TYPE_FIT_EXACT, "\xc3\xa9"},
    {"varbinary(3)", STORE, STR, "long", TYPE_FIT_ASK, NULL},
    {"varbinary(3)", EQ, HEX, "long", TYPE_FIT_EXACT, "long"},
    {"enum('a','b')", STORE, STR, "b", TYPE_FIT_EXACT, "b"},
    {"enum('a','b')", STORE, STR, "B", TYPE_FIT_ASK, NULL},
    {"enum('B','b')", STORE, STR, "b", TYPE_FIT_ASK, NULL},
    {"enum('a','b')", STORE, INT, "2", TYPE_FIT_EXACT, "b"},
    {"enum('a','b')", STORE, INT, "0", TYPE_FIT_ASK, NULL},
    {"enum('a','b')", EQ, INT, "3", TYPE_FIT_NEVER, NULL},
    {"enum('a','b')", ORDER, STR, "b", TYPE_FIT_ASK, NULL},
    {"set('a','b')", STORE, STR, "b,a", TYPE_FIT_EXACT, "a,b"},
    {"set('a','b')", EQ, STR, "b,a", TYPE_FIT_ASK, NULL},
    {"set('a','b')", EQ, STR, "a,b", TYPE_FIT_EXACT, "a,b"},
    {"set('a','b')", STORE, STR, "", TYPE_FIT_EXACT, ""},
    {"json", STORE, STR, "{}", TYPE_FIT_ASK, NULL},
    {"inet6", EQ, STR, "::1", TYPE_FIT_EXACT, "::1"},
    {"inet6", EQ, STR, "::x", TYPE_FIT_ASK, NULL},
    {"int", STORE, TYPE_LITERAL_NULL, "", TYPE_FIT_NULL, NULL},
};

static void
table(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        const struct type t = fixture_type(r->type, "latin1_swedish_ci");
        const bool negative = r->kind != STR && r->literal[0] == '-';
        const struct type_literal lit = {
            .kind = r->kind,
            .negative = negative,
            .bytes = slice_of_str(r->literal + negative),
            .collation = collation_set_find(fixture_set(), SLICE("utf8mb4_general_ci")),
        };
        CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
        CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
        const enum type_fit fit = type_fit_literal(&t, NULL, r->use, &lit, &v);
        if (fit != r->fit) {
            fail_msg("%s %d %s: %d, not %d", r->type, r->use, r->literal, fit, r->fit);
        }
        if (!r->value) {
            assert_int_equal(0, v.len);
            continue;
        }
        assert_true(status_is_ok(type_value_to_text(&t, NULL, buf_slice(&v), &text)));
        assert_string_equal(r->value, buf_cstr(&text));
    }
}

static void
environment(void **state)
{
    const struct type ts = fixture_type("timestamp", NULL), day = fixture_type("date", NULL);
    const struct collation_info *utf8 = collation_set_find(fixture_set(), SLICE("utf8mb4_bin"));
    const struct type_literal noon = {STR, .bytes = SLICE("2020-01-01 12:00:00"),
                                      .collation = utf8};
    const struct type_literal zero = {STR, .bytes = SLICE("0000-00-00"), .collation = utf8};
    const struct type_env named = {.tz = {false, 0}}, west = {.tz = {true, -3600}};
    const struct type_env strict = {.mode = TYPE_MODE_NO_ZERO_DATE, .tz.known = true};
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    assert_int_equal(TYPE_FIT_ASK, type_fit_literal(&ts, &named, STORE, &noon, &v));
    assert_int_equal(TYPE_FIT_EXACT, type_fit_literal(&ts, &west, STORE, &noon, &v));
    assert_true(status_is_ok(type_value_to_text(&ts, NULL, buf_slice(&v), &text)));
    assert_string_equal("2020-01-01 13:00:00", buf_cstr(&text));
    assert_int_equal(TYPE_FIT_ASK, type_fit_literal(&day, &strict, STORE, &zero, &v));
}

static void
other_character_sets(void **state)
{
    const struct collation_info *gbk = collation_set_find(fixture_set(), SLICE("gbk_chinese_ci"));
    const struct collation_info *u16 = collation_set_find(fixture_set(), SLICE("utf16_general_ci"));
    const struct type s = fixture_type("varchar(9)", "utf8mb4_bin"), i = fixture_type("int", NULL);
    const struct type koi = fixture_type("varchar(9)", "koi8r_general_ci");
    const struct collation_info *koi_info = koi.collation;
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    const struct type_literal a = {STR, .bytes = SLICE("5"), .collation = gbk};
    const struct type_literal b = {STR, .bytes = SLICE("\0005"), .collation = u16};
    const struct type_literal c = {STR, .bytes = SLICE("\xc1"), .collation = koi_info};
    assert_int_equal(TYPE_FIT_ASK, type_fit_literal(&s, NULL, STORE, &a, &v));
    assert_int_equal(TYPE_FIT_EXACT, type_fit_literal(&s, NULL, STORE, &b, &v));
    assert_int_equal(1, v.len);
    assert_int_equal(TYPE_FIT_ASK, type_fit_literal(&i, NULL, STORE, &b, &v));
    assert_int_equal(TYPE_FIT_ASK, type_fit_literal(&s, NULL, STORE, &c, &v));
    assert_int_equal(TYPE_FIT_EXACT, type_fit_literal(&koi, NULL, STORE, &c, &v));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(environment),
        cmocka_unit_test(other_character_sets),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_free();
    return failed;
}
