/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "fixture.h"

static void
every_code_point_survives(void **state)
{
    static const enum charset sets[] = {CHARSET_UTF8MB4, CHARSET_UTF8MB3, CHARSET_UCS2,
                                        CHARSET_UTF16,   CHARSET_UTF16LE, CHARSET_UTF32,
                                        CHARSET_LATIN1,  CHARSET_ASCII};
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        for (uint32_t cp = 0; cp <= 0x110000; cp++) {
            uint32_t back = 0;
            unsigned len = 0;
            buf_clear(&b);
            const bool ok = charset_encode(sets[i], cp, &b);
            if (ok) {
                assert_true(charset_decode(sets[i], buf_slice(&b), &back, &len));
                assert_int_equal(cp, back);
                assert_int_equal(b.len, len);
            } else {
                assert_true(cp > 0x7f);
            }
        }
    }
}

static void
ill_formed_is_refused(void **state)
{
    static const struct {
        enum charset cs;
        const char *hex;
    } bad[] = {
        {CHARSET_UTF8MB4, "c080"},     {CHARSET_UTF8MB4, "e08080"},   {CHARSET_UTF8MB4, "eda080"},
        {CHARSET_UTF8MB4, "f4908080"}, {CHARSET_UTF8MB4, "f0808080"}, {CHARSET_UTF8MB4, "80"},
        {CHARSET_UTF8MB4, "e282"},     {CHARSET_UTF8MB4, "ff"},       {CHARSET_UTF8MB3, "f09f9880"},
        {CHARSET_ASCII, "80"},         {CHARSET_UCS2, "d83d"},        {CHARSET_UTF16, "d83d0041"},
        {CHARSET_UTF16, "dc00"},       {CHARSET_UTF16, "d83d"},       {CHARSET_UTF32, "0000d800"},
        {CHARSET_UTF32, "00110000"},   {CHARSET_UTF32, "000041"},     {CHARSET_OTHER, "41"},
        {CHARSET_OTHER_8BIT, "c1"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint32_t cp;
        unsigned len;
        assert_false(charset_decode(bad[i].cs, fixture_bytes(bad[i].hex), &cp, &len));
    }
}

static void
conversions(void **state)
{
    static const struct {
        enum charset from, to;
        const char *in, *out; /* NULL: refused */
    } rows[] = {
        {CHARSET_UTF8MB4, CHARSET_LATIN1, "c3a9", "e9"},
        {CHARSET_UTF8MB4, CHARSET_LATIN1, "e282ac", "80"}, /* the euro sign of cp1252 */
        {CHARSET_UTF8MB4, CHARSET_LATIN1, "c481", NULL},
        {CHARSET_LATIN1, CHARSET_UTF8MB4, "80e9", "e282acc3a9"},
        {CHARSET_UTF8MB4, CHARSET_UTF8MB3, "f09f9880", NULL},
        {CHARSET_UTF8MB4, CHARSET_UTF16, "f09f9880", "d83dde00"},
        {CHARSET_UTF8MB4, CHARSET_UTF16LE, "41", "4100"},
        {CHARSET_UTF8MB4, CHARSET_ASCII, "41", "41"},
        {CHARSET_UTF8MB4, CHARSET_OTHER_8BIT, "41", "41"},
        {CHARSET_UTF8MB4, CHARSET_OTHER_8BIT, "c3a9", NULL},
        {CHARSET_UTF8MB4, CHARSET_UTF8MB4, "c3", NULL},
        {CHARSET_UTF8MB4, CHARSET_UTF8MB4, "", ""},
        {CHARSET_OTHER, CHARSET_OTHER, "41", NULL},
        {CHARSET_BINARY, CHARSET_UTF8MB4, "41", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
        buf_append_u8(&b, '!');
        const bool ok = charset_convert(rows[i].from, rows[i].to, fixture_bytes(rows[i].in), &b);
        assert_int_equal(ok, rows[i].out != NULL);
        assert_true(
            slice_equal(slice_from(buf_slice(&b), 1), fixture_bytes(ok ? rows[i].out : "")));
    }
}

static void
results_show_question_marks(void **state)
{
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    const struct slice s = fixture_bytes("61c481f09f9880e9");
    assert_false(charset_convert_results(CHARSET_UTF8MB4, CHARSET_LATIN1, s, &b));
    assert_int_equal(0, b.len);
    assert_true(charset_convert_results(CHARSET_UTF8MB4, CHARSET_LATIN1, slice_sub(s, 0, 7), &b));
    assert_string_equal("613f3f", fixture_hex(&b));
}

static void
names_and_counts(void **state)
{
    size_t n;
    assert_int_equal(CHARSET_UTF8MB3, charset_from_name(SLICE("utf8"), 3));
    assert_int_equal(CHARSET_OTHER_8BIT, charset_from_name(SLICE("koi8r"), 1));
    assert_int_equal(CHARSET_OTHER, charset_from_name(SLICE("swe7"), 1));
    assert_int_equal(CHARSET_OTHER, charset_from_name(SLICE("gbk"), 2));
    assert_true(charset_count(CHARSET_UTF8MB4, fixture_bytes("41c3a9f09f9880"), &n));
    assert_int_equal(3, n);
    assert_true(charset_count(CHARSET_BINARY, fixture_bytes("ff00"), &n));
    assert_int_equal(2, n);
    assert_false(charset_count(CHARSET_UTF8MB4, fixture_bytes("41ff"), &n));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_survives),
        cmocka_unit_test(ill_formed_is_refused),
        cmocka_unit_test(conversions),
        cmocka_unit_test(results_show_question_marks),
        cmocka_unit_test(names_and_counts),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_free();
    return failed;
}
