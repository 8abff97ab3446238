/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static void
plain_types(void **state)
{
    static const struct {
        const char *text, *collation;
        struct type want;
    } rows[] = {
        {"tinyint(1)", NULL, {TYPE_INT, TYPE_WIRE_TINY, .int_bytes = 1, .display = 1}},
        {"int", NULL, {TYPE_INT, TYPE_WIRE_LONG, .int_bytes = 4}},
        {"INT(10) UNSIGNED ZEROFILL",
         NULL,
         {TYPE_INT, TYPE_WIRE_LONG, true, true, .int_bytes = 4, .display = 10}},
        {"mediumint(8) unsigned",
         NULL,
         {TYPE_INT, TYPE_WIRE_INT24, true, .int_bytes = 3, .display = 8}},
        {"bigint(20) unsigned NOT NULL AUTO_INCREMENT",
         NULL,
         {TYPE_INT, TYPE_WIRE_LONGLONG, true, .int_bytes = 8, .display = 20}},
        {"year(4)", NULL, {TYPE_YEAR, TYPE_WIRE_YEAR, .int_bytes = 2, .display = 4}},
        {"bit(10)", NULL, {TYPE_BIT, TYPE_WIRE_BIT, .display = 10}},
        {"decimal(65,30)",
         NULL,
         {TYPE_DECIMAL, TYPE_WIRE_NEWDECIMAL, .precision = 65, .scale = 30}},
        {"float", NULL, {TYPE_FLOAT, TYPE_WIRE_FLOAT, .display = 12, .scale = TYPE_SCALE_NONE}},
        {"double(10,3)", NULL, {TYPE_DOUBLE, TYPE_WIRE_DOUBLE, .display = 10, .scale = 3}},
        {"datetime(6)", NULL, {TYPE_DATETIME, TYPE_WIRE_DATETIME, .fsp = 6}},
        {"timestamp /* mariadb-5.3 */", NULL, {TYPE_TIMESTAMP, TYPE_WIRE_TIMESTAMP}},
        {"binary(16)",
         NULL,
         {TYPE_BINARY, TYPE_WIRE_STRING, .is_fixed = true, .char_len = 16, .byte_len = 16}},
        {"json",
         NULL,
         {TYPE_JSON, TYPE_WIRE_JSON, .is_blob = true, .char_len = UINT32_MAX,
          .byte_len = UINT32_MAX}},
        {"inet6", NULL, {TYPE_INET6, TYPE_WIRE_STRING, .char_len = 16, .byte_len = 16}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct type t = fixture_type(rows[i].text, rows[i].collation);
        const struct type w = rows[i].want;
        assert_int_equal(w.family, t.family);
        assert_int_equal(w.wire, t.wire);
        assert_int_equal(w.is_unsigned, t.is_unsigned);
        assert_int_equal(w.zerofill, t.zerofill);
        assert_int_equal(w.is_fixed, t.is_fixed);
        assert_int_equal(w.is_blob, t.is_blob);
        assert_int_equal(w.int_bytes, t.int_bytes);
        assert_int_equal(w.display, t.display);
        assert_int_equal(w.precision, t.precision);
        assert_int_equal(w.scale, t.scale);
        assert_int_equal(w.fsp, t.fsp);
        assert_int_equal(w.char_len, t.char_len);
        assert_int_equal(w.byte_len, t.byte_len);
        assert_null(t.collation);
    }
}

static void
strings(void **state)
{
    const struct type t = fixture_type("varchar(20)", "utf8mb4_general_ci");
    assert_int_equal(20, t.char_len);
    assert_int_equal(80, t.byte_len);
    assert_int_equal(45, t.collation->id);
    const struct type text = fixture_type("mediumtext", "LATIN1_swedish_ci");
    assert_true(text.is_blob);
    assert_int_equal(0xffffff, text.byte_len);
}

static void
elements(void **state)
{
    const struct type t =
        fixture_type("enum('a','b''c','d\\\\e','','f\\ng','\xc3\xa9')", "latin1_swedish_ci");
    static const char *const want[] = {"a", "b'c", "d\\e", "", "f\ng", "\xc3\xa9"};
    assert_int_equal(6, t.n_elements);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(slice_equal_str(t.elements[i], want[i]));
    }
    assert_true(slice_equal_str(t.element_bytes[5], "\xe9"));
    assert_int_equal(1, fixture_type("set('x')", "utf8mb4_bin").n_elements);
}

static void
refusals(void **state)
{
    static const struct {
        const char *text, *collation;
        enum status_code code;
    } rows[] = {
        {"", NULL, STATUS_SYNTAX},
        {"frob", NULL, STATUS_SYNTAX},
        {"decimal(66,1)", NULL, STATUS_SYNTAX},
        {"decimal(5,6)", NULL, STATUS_SYNTAX},
        {"bit(65)", NULL, STATUS_SYNTAX},
        {"datetime(7)", NULL, STATUS_SYNTAX},
        {"int(", NULL, STATUS_SYNTAX},
        {"enum('a'", "utf8mb4_bin", STATUS_SYNTAX},
        {"enum('a", "utf8mb4_bin", STATUS_SYNTAX},
        {"enum()", "utf8mb4_bin", STATUS_SYNTAX},
        {"varchar(5)", "klingon_ci", STATUS_UNSUPPORTED},
        {"varchar(5)", NULL, STATUS_UNSUPPORTED},
        {"varchar(5)", "binary", STATUS_SYNTAX},
        {"enum('\xc3\xa9')", "koi8r_general_ci", STATUS_UNSUPPORTED},
    };
    struct arena *a = arena_create(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct type t;
        struct diag d = DIAG_INIT;
        const struct status s = type_parse(a, fixture_set(), slice_of_str(rows[i].text),
                                           slice_of_str(rows[i].collation), &t, &d);
        assert_int_equal(rows[i].code, s.code);
        assert_true(d.message[0] != 0);
    }
    arena_free(a);
}

static void
time_zones(void **state)
{
    static const struct {
        const char *name, *system;
        bool known;
        int offset;
    } rows[] = {
        {"UTC", NULL, true, 0},        {"+05:30", NULL, true, 19800},
        {"-3:00", NULL, true, -10800}, {"SYSTEM", "UTC", true, 0},
        {"SYSTEM", "CET", false, 0},   {"Europe/Berlin", NULL, false, 0},
        {"SYSTEM", NULL, false, 0},    {"+99:00", NULL, false, 0},
        {"", NULL, false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct type_tz tz =
            type_tz_parse(slice_of_str(rows[i].name), slice_of_str(rows[i].system));
        assert_int_equal(rows[i].known, tz.known);
        assert_int_equal(rows[i].offset, tz.offset_s);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_types), cmocka_unit_test(strings),    cmocka_unit_test(elements),
        cmocka_unit_test(refusals),    cmocka_unit_test(time_zones),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_free();
    return failed;
}
