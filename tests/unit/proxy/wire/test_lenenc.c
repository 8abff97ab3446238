/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "cm.h"
#include "proxy/wire/lenenc.h"

static void
round_trip(void **state)
{
    static const uint64_t values[] = {0,           1,          250,   251,      255,
                                      256,         65535,      65536, 0xffffff, 0x1000000,
                                      0xffffffffu, 1ull << 32, ~0ull};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct buf b = BUF_INIT;
        lenenc_append_int(&b, values[i]);
        struct lenenc_reader r = lenenc_reader_of(buf_slice(&b));
        assert_int_equal(lenenc_read_int(&r), values[i]);
        assert_true(lenenc_reader_ok(&r) && lenenc_reader_at_end(&r));
        for (size_t cut = 0; cut < b.len; cut++) {
            r = lenenc_reader_of(slice_sub(buf_slice(&b), 0, cut));
            (void) lenenc_read_int(&r);
            assert_false(lenenc_reader_ok(&r));
        }
        buf_deinit(&b);
    }
}

static void
shortest_form(void **state)
{
    static const struct {
        uint64_t value;
        size_t len;
    } cases[] = {{250, 1}, {251, 3}, {65535, 3}, {65536, 4}, {0xffffff, 4}, {0x1000000, 9}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t p[9];
        assert_int_equal(lenenc_put_int(p, cases[i].value), cases[i].len);
    }
}

static void
forbidden_first_bytes(void **state)
{
    static const uint8_t bytes[] = {0xfb, 0xff};
    for (size_t i = 0; i < 2; i++) {
        struct lenenc_reader r = lenenc_reader_of(slice_of(&bytes[i], 1));
        assert_int_equal(lenenc_read_int(&r), 0);
        assert_false(lenenc_reader_ok(&r));
    }
}

static void
strings(void **state)
{
    struct lenenc_reader r = lenenc_reader_of(SLICE("\3abc\0x\0rest"));
    assert_true(slice_equal_str(lenenc_read_string(&r), "abc"));
    assert_int_equal(lenenc_read_string(&r).len, 0);
    assert_true(slice_equal_str(lenenc_read_nul(&r), "x"));
    assert_true(slice_equal_str(lenenc_read_nul_or_rest(&r), "rest"));
    assert_true(lenenc_reader_ok(&r) && lenenc_reader_at_end(&r));
    assert_int_equal(lenenc_read_nul_or_rest(&r).len, 0);
    assert_true(lenenc_reader_ok(&r));
    (void) lenenc_read_nul(&r);
    assert_false(lenenc_reader_ok(&r));
}

static void
length_beyond_the_end(void **state)
{
    static const struct slice cases[] = {SLICE("\4abc"),
                                         SLICE("\xfe\xff\xff\xff\xff\xff\xff\xff\xff"),
                                         SLICE("\xfd\1\0\0"), SLICE("")};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lenenc_reader r = lenenc_reader_of(cases[i]);
        assert_true(slice_is_null(lenenc_read_string(&r)));
        assert_false(lenenc_reader_ok(&r));
        assert_int_equal(lenenc_read_u64(&r), 0); /* stays failed */
        assert_true(lenenc_reader_at_end(&r));
    }
}

static void
null_cell(void **state)
{
    struct buf b = BUF_INIT;
    lenenc_append_cell(&b, SLICE_NULL);
    lenenc_append_cell(&b, SLICE(""));
    assert_true(slice_equal(buf_slice(&b), SLICE("\xfb\0")));
    buf_deinit(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(round_trip),
                                       cmocka_unit_test(shortest_form),
                                       cmocka_unit_test(forbidden_first_bytes),
                                       cmocka_unit_test(strings),
                                       cmocka_unit_test(length_beyond_the_end),
                                       cmocka_unit_test(null_cell)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
