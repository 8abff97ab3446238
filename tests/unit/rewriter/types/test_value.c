/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/cleanup.h"
#include "fixture.h"

static const struct row {
    const char *type, *collation, *text, *value, *cell, *sql;
} rows[] = {
    {"tinyint(4)", NULL, "-128", "ffffffffffffff80", "80", "-128"},
    {"int(10) unsigned zerofill", NULL, "0000000042", "000000000000002a", "2a000000", "42"},
    {"mediumint(9)", NULL, "-1", "ffffffffffffffff", "ffffffff", "-1"},
    {"bigint(20) unsigned", NULL, "18446744073709551615", "ffffffffffffffff", "ffffffffffffffff",
     "18446744073709551615"},
    {"bigint(20)", NULL, "-9223372036854775808", "8000000000000000", "0000000000000080",
     "-9223372036854775808"},
    {"year(4)", NULL, "0000", "0000", "0000", "0"},
    {"year(4)", NULL, "2005", "07d5", "d507", "2005"},
    {"year(2)", NULL, "05", "07d5", "0500", "2005"},
    {"bit(10)", NULL, "\x03\xff", "00000000000003ff", "03ff", "1023"},
    {"decimal(10,2)", NULL, "-12.50", "fffffffffffffb1e", "2d31322e3530", "-12.50"},
    {"decimal(2,2)", NULL, "0.05", "0000000000000005", "302e3035", "0.05"},
    {"decimal(5,0)", NULL, "0", "0000000000000000", "30", "0"},
    {"decimal(10,2) unsigned zerofill", NULL, "00000012.50", "00000000000004e2",
     "30303030303031322e3530", "12.50"},
    {"decimal(20,1)", NULL, "-9999999999999999999.9", "fffffffffffffffa9438a1d29cf00001",
     "2d393939393939393939393939393939393939392e39", "-9999999999999999999.9"},
    {"decimal(65,0)", NULL, "99999999999999999999999999999999999999999999999999999999999999999",
     "00f316271c7fc3908a8bef464e3945ef7a253609ffffffffffffffff", NULL,
     "99999999999999999999999999999999999999999999999999999999999999999"},
    {"date", NULL, "2020-02-00", "000fc840", "e4070200", "'2020-02-00'"},
    {"date", NULL, "0000-00-00", "00000000", "", "'0000-00-00'"},
    {"datetime", NULL, "0000-00-00 00:00:00", "0000000000000000", "", "'0000-00-00 00:00:00'"},
    {"datetime(6)", NULL, "9999-12-31 23:59:59.999999", "7ef3ff7efb0f423f",
     "0f270c1f173b3b3f420f00", "'9999-12-31 23:59:59.999999'"},
    {"datetime(3)", NULL, "2020-01-02 00:00:00.000", NULL, "e4070102", "'2020-01-02 00:00:00.000'"},
    {"datetime", NULL, "2020-01-02 03:04:05", NULL, "e4070102030405", "'2020-01-02 03:04:05'"},
    {"time(6)", NULL, "-838:59:59.000001", NULL, "0122000000163b3b01000000", "'-838:59:59.000001'"},
    {"time", NULL, "00:00:00", "0000000000000000", "", "'00:00:00'"},
    {"time(2)", NULL, "-00:00:00.50", "fffffffffff85ee0", "010000000000000020a10700",
     "'-00:00:00.50'"},
    {"varchar(9)", "latin1_swedish_ci", "a\xe9 ", "61e920", "61e920", "_latin1 x'61e920'"},
    {"char(9)", "utf8mb4_general_ci", "", "", "", "_utf8mb4 x''"},
    {"varbinary(9)", NULL, "a ", "6120", "6120", "x'6120'"},
    {"enum('a','','c')", "latin1_swedish_ci", "c", "0003", "63", "3"},
    {"enum('a','','c')", "latin1_swedish_ci", "", "0002", "", "2"},
    {"enum('a')", "latin1_swedish_ci", "", "0000", "", "0"},
    {"set('a','b','c')", "latin1_swedish_ci", "a,c", "0000000000000005", "612c63", "5"},
    {"set('a','b','c')", "latin1_swedish_ci", "", "0000000000000000", "", "0"},
    {"json", NULL, "{\"a\": 1}", "7b2261223a20317d", "7b2261223a20317d",
     "CONVERT(x'7b2261223a20317d' USING utf8mb4)"},
    {"inet4", NULL, "1.2.3.4", "01020304", "312e322e332e34", "'1.2.3.4'"},
    {"inet6", NULL, "::", "00000000000000000000000000000000", "3a3a", "'::'"},
    {"inet6", NULL, "2001:db8::1:0:0:1", "20010db8000000000001000000000001", NULL,
     "'2001:db8::1:0:0:1'"},
    {"inet6", NULL, "::ffff:1.2.3.4", "00000000000000000000ffff01020304", NULL, "'::ffff:1.2.3.4'"},
    {"uuid", NULL, "6ccd780c-baba-1026-9564-5b8c656024db", "6ccd780cbaba102695645b8c656024db", NULL,
     "'6ccd780c-baba-1026-9564-5b8c656024db'"},
};

static void
check_hex(const char *want, const struct buf *got)
{
    if (want) {
        assert_string_equal(want, fixture_hex(got));
    }
}

static void
text_value_cell_sql(void **state)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        const struct type t = fixture_type(r->type, r->collation);
        CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
        CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
        CLEANUP(buf_deinit_cleanup) struct buf back = BUF_INIT;
        const struct slice text = slice_of_str(r->text);
        assert_true(status_is_ok(type_value_from_text(&t, NULL, text, &v)));
        check_hex(r->value, &v);
        assert_true(status_is_ok(type_value_check(&t, buf_slice(&v))));
        assert_true(status_is_ok(type_value_to_text(&t, NULL, buf_slice(&v), &out)));
        assert_string_equal(r->text, buf_cstr(&out));
        buf_clear(&out);
        assert_true(status_is_ok(type_value_to_binary(&t, NULL, buf_slice(&v), &out)));
        check_hex(r->cell, &out);
        assert_true(status_is_ok(type_value_from_binary(&t, NULL, buf_slice(&out), &back)));
        assert_string_equal(fixture_hex(&v), fixture_hex(&back));
        buf_clear(&out);
        assert_true(status_is_ok(type_value_to_sql(&t, NULL, buf_slice(&v), &out)));
        assert_string_equal(r->sql, buf_cstr(&out));
    }
}

static void
wrong_input_is_refused(void **state)
{
    static const struct {
        const char *type, *text;
    } bad[] = {
        {"tinyint", "128"},
        {"int", ""},
        {"int", "1 "},
        {"int unsigned", "-1"},
        {"decimal(4,2)", "100"},
        {"decimal(4,2)", "1.234"},
        {"decimal(4,2)", "."},
        {"date", "2020-1-1"},
        {"date", "2020-13-01"},
        {"datetime", "2020-01-01"},
        {"time", "839:00:00"},
        {"time", "1:00:00"},
        {"year", "1900"},
        {"inet4", "1.2.3"},
        {"uuid", "6ccd780cbaba"},
        {"bit(3)", "\x08"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct type t = fixture_type(bad[i].type, NULL);
        CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
        const struct status s = type_value_from_text(&t, NULL, slice_of_str(bad[i].text), &v);
        assert_int_equal(STATUS_PROTOCOL, s.code);
    }
    const struct type f = fixture_type("float", NULL);
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    assert_int_equal(STATUS_UNSUPPORTED, type_value_from_text(&f, NULL, SLICE("1.5"), &v).code);
    assert_int_equal(STATUS_CIPHERTEXT, type_value_to_text(&f, NULL, SLICE("12345"), &v).code);
}

static void
reals_print_as_in_mysql(void **state)
{
    static const struct {
        double v;
        const char *as_double, *as_float, *fixed3;
    } reals[] = {
        {0, "0", "0", "0.000"},
        {-0.0, "-0", "-0", "-0.000"},
        {1e14, "100000000000000", "100000000000000", "100000000000000.000"},
        {1e15, "1e15", "1e15", "1000000000000000.000"},
        {1e-15, "0.000000000000001", "0.000000000000001", "0.000"},
        {1e-16, "1e-16", "1e-16", "0.000"},
        {1.2345678901234567e-15, "0.0000000000000012345678901234568", "0.00000000000000123457",
         "0.000"},
        {2841569782124022.5, "2841569782124022.5", "2.84157e15", "2841569782124022.500"},
        {123456789012345678.0, "1.2345678901234568e17", "1.23457e17", "123456789012345680.000"},
        {1.7976931348623157e308, "1.7976931348623157e308", NULL, NULL},
        {5e-324, "5e-324", NULL, "0.000"},
        {2.2250738585072014e-308, "2.2250738585072014e-308", NULL, NULL},
        {12345678, "12345678", "12345700", "12345678.000"},
        {0.1, "0.1", "0.1", "0.100"},
        {-1234567.5, "-1234567.5", "-1234570", "-1234567.500"},
        {9007199254740992.0, "9007199254740992", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
        type_value_print_double(reals[i].v, &out);
        if (reals[i].v != 9007199254740992.0) {
            assert_string_equal(reals[i].as_double, buf_cstr(&out));
        }
        buf_clear(&out);
        type_value_print_float((float) reals[i].v, &out);
        if (reals[i].as_float) {
            assert_string_equal(reals[i].as_float, buf_cstr(&out));
        }
        buf_clear(&out);
        type_value_print_fixed(reals[i].v, 3, &out);
        if (reals[i].fixed3) {
            assert_string_equal(reals[i].fixed3, buf_cstr(&out));
        }
    }
}

static void
reals_are_read_exactly(void **state)
{
    const struct type f = fixture_type("float(10,2)", NULL);
    const struct type d = fixture_type("double", NULL);
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    type_value_read_sql(&f, SLICE("`c`"), &sql);
    assert_string_equal("`c` * 1e0", buf_cstr(&sql));
    assert_true(status_is_ok(type_value_from_read(&f, NULL, SLICE("0.10000000149011612"), &v)));
    assert_string_equal("3dcccccd", fixture_hex(&v));
    buf_clear(&v);
    assert_int_equal(STATUS_PROTOCOL, type_value_from_read(&f, NULL, SLICE("0.1"), &v).code);
    assert_true(status_is_ok(type_value_from_text(&d, NULL, SLICE("-0"), &v)));
    assert_string_equal("8000000000000000", fixture_hex(&v));
}

static void
timestamps_are_utc(void **state)
{
    const struct type t = fixture_type("timestamp(3)", NULL);
    const struct type_env east = {.tz = {true, 19800}};
    const struct type_env unknown = {.tz = {false, 0}};
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    const struct slice local = SLICE("2020-01-01 02:30:00.250");
    assert_true(status_is_ok(type_value_from_text(&t, &east, local, &v)));
    assert_true(status_is_ok(type_value_to_text(&t, NULL, buf_slice(&v), &text)));
    assert_string_equal("2019-12-31 21:00:00.250", buf_cstr(&text));
    buf_clear(&text);
    assert_true(status_is_ok(type_value_to_text(&t, &east, buf_slice(&v), &text)));
    assert_string_equal("2020-01-01 02:30:00.250", buf_cstr(&text));
    assert_int_equal(STATUS_UNSUPPORTED,
                     type_value_to_text(&t, &unknown, buf_slice(&v), &text).code);
    CLEANUP(buf_deinit_cleanup) struct buf read = BUF_INIT;
    assert_true(status_is_ok(type_value_from_read(&t, &unknown, SLICE("1577826000.250"), &read)));
    assert_string_equal(fixture_hex(&v), fixture_hex(&read));
    buf_clear(&read);
    assert_true(status_is_ok(type_value_from_read(&t, NULL, SLICE("0.000"), &read)));
    assert_string_equal("0000000000000000", fixture_hex(&read));
}

static void
char_pad(void **state)
{
    const struct type t = fixture_type("char(4)", "utf8mb4_general_ci");
    const struct type_env pad = {.mode = TYPE_MODE_PAD_CHAR, .tz.known = true};
    CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    assert_true(status_is_ok(type_value_from_text(&t, &pad, SLICE("\xc3\xa9   "), &v)));
    assert_string_equal("c3a9", fixture_hex(&v));
    assert_true(status_is_ok(type_value_to_text(&t, &pad, buf_slice(&v), &text)));
    assert_string_equal("\xc3\xa9   ", buf_cstr(&text));
}

static void
expression_cells(void **state)
{
    static const struct {
        uint8_t wire;
        bool is_unsigned;
        const char *text, *cell;
    } cells[] = {
        {TYPE_WIRE_LONGLONG, false, "-2", "feffffffffffffff"},
        {TYPE_WIRE_LONGLONG, true, "18446744073709551615", "ffffffffffffffff"},
        {TYPE_WIRE_LONG, false, "7", "07000000"},
        {TYPE_WIRE_TINY, false, "1", "01"},
        {TYPE_WIRE_DOUBLE, false, "1.5", "000000000000f83f"},
        {TYPE_WIRE_NEWDECIMAL, false, "1.50", "312e3530"},
        {TYPE_WIRE_DATETIME, false, "2020-01-02 03:04:05", "e4070102030405"},
        {TYPE_WIRE_TIME, false, "-01:00:00", "0100000000010000"},
        {TYPE_WIRE_VAR_STRING, false, "x", "78"},
    };
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
        assert_true(status_is_ok(type_value_text_to_binary(cells[i].wire, cells[i].is_unsigned,
                                                           slice_of_str(cells[i].text), &out)));
        assert_string_equal(cells[i].cell, fixture_hex(&out));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_value_cell_sql),     cmocka_unit_test(wrong_input_is_refused),
        cmocka_unit_test(reals_print_as_in_mysql), cmocka_unit_test(reals_are_read_exactly),
        cmocka_unit_test(timestamps_are_utc),      cmocka_unit_test(char_pad),
        cmocka_unit_test(expression_cells),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_free();
    return failed;
}
