/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/cleanup.h"
#include "cm.h"

static void
test_appends_are_bytes_in_order(void **state)
{
    (void) state;
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    buf_append_u8(&b, 0x01);
    buf_append_be16(&b, 0x0203);
    buf_append_be32(&b, 0x04050607);
    buf_append_be64(&b, 0x08090a0b0c0d0e0f);
    buf_append_le16(&b, 0x1110);
    buf_append_le32(&b, 0x15141312);
    buf_append_le64(&b, 0x1d1c1b1a19181716);
    assert_int_equal(b.len, 29);
    for (size_t i = 0; i < b.len; i++) {
        assert_int_equal(b.data[i], i + 1);
    }
    assert_true(status_is_ok(buf_status(&b)));
}

static void
test_text_appends(void **state)
{
    (void) state;
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    buf_append_u64_dec(&b, UINT64_MAX);
    buf_append_str(&b, " ");
    buf_append_i64_dec(&b, INT64_MIN);
    buf_append_str(&b, " ");
    buf_append_hex(&b, SLICE("\x00\xff\x1a"));
    buf_printf(&b, " %s=%d", "n", 7);
    assert_string_equal(buf_cstr(&b), "18446744073709551615 -9223372036854775808 00ff1a n=7");
}

static void
test_printf_longer_than_any_small_buffer(void **state)
{
    (void) state;
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    buf_printf(&b, "%*d", 5000, 1);
    assert_int_equal(b.len, 5000);
    assert_int_equal(b.data[4999], '1');
}

static void
test_limit_is_sticky(void **state)
{
    (void) state;
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    b.limit = 8;
    buf_append_str(&b, "12345678");
    assert_true(status_is_ok(buf_status(&b)));
    buf_append_u8(&b, '9');
    assert_int_equal(buf_status(&b).code, STATUS_LIMIT);
    buf_truncate(&b, 0);
    buf_append_u8(&b, 'x'); /* still failed: nothing more may be appended */
    assert_int_equal(buf_status(&b).code, STATUS_LIMIT);
    assert_string_equal(buf_cstr(&b), "");
    buf_clear(&b);
    buf_append_u8(&b, 'x');
    assert_true(status_is_ok(buf_status(&b)));
    assert_true(slice_equal(buf_slice(&b), SLICE("x")));
}

static void
test_growth_keeps_content(void **state)
{
    (void) state;
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    for (uint32_t i = 0; i < 100000; i++) {
        buf_append_le32(&b, i);
    }
    assert_int_equal(b.len, 400000);
    for (uint32_t i = 0; i < 100000; i++) {
        const uint8_t *p = b.data + 4 * i;
        assert_int_equal(p[0] | p[1] << 8 | p[2] << 16 | (uint32_t) p[3] << 24, i);
    }
}

static void
test_append_nothing(void **state)
{
    (void) state;
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    buf_append(&b, NULL, 0);
    buf_append_slice(&b, SLICE_NULL);
    assert_int_equal(b.len, 0);
    assert_true(status_is_ok(buf_status(&b)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_are_bytes_in_order),
        cmocka_unit_test(test_text_appends),
        cmocka_unit_test(test_printf_longer_than_any_small_buffer),
        cmocka_unit_test(test_limit_is_sticky),
        cmocka_unit_test(test_growth_keeps_content),
        cmocka_unit_test(test_append_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
