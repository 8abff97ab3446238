/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "cm.h"
#include "memory_io.h"
#include "proxy/wire/channel.h"

#define BIG (64u << 20)

static void
payload(struct buf *b, size_t n)
{
    uint8_t *p = buf_extend(b, n);
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t) (i * 7 + i / 251);
    }
}

/* What one channel writes, another reads: any size, any split, compressed or not. */
static void
transfer(size_t size, size_t step, const struct compress_ops *compress)
{
    struct memory_io m = {.step = step, .seed = (uint32_t) size};
    struct wire_channel from, to;
    struct buf want = BUF_INIT;
    struct slice got;
    wire_channel_init(&from, BIG);
    wire_channel_init(&to, BIG);
    memory_io_attach(&from.io, &m);
    memory_io_attach(&to.io, &m);
    from.compress = to.compress = compress;
    from.compress_level = 1;
    payload(&want, size);
    for (int i = 0; i < 2; i++) {
        buf_append_slice(wire_channel_begin(&from), buf_slice(&want));
        wire_channel_end(&from);
    }
    assert_true(status_is_ok(wire_channel_flush(&from)));
    m.input = buf_slice(&m.output);
    for (int i = 0; i < 2; i++) {
        assert_true(status_is_ok(wire_channel_read(&to, -1, &got)));
        assert_true(slice_equal(got, buf_slice(&want)) || (got.len == 0 && size == 0));
    }
    assert_int_equal(wire_channel_read(&to, -1, &got).code, STATUS_CLOSED);
    wire_channel_deinit(&from);
    wire_channel_deinit(&to);
    buf_deinit(&want);
    buf_deinit(&m.output);
}

static void
small_in_every_split(void **state)
{
    static const size_t sizes[] = {0, 1, 3, 4, 5, 49, 50, 51, 250, 4096, 33000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t step = 0; step < 8; step++) {
            transfer(sizes[i], step, NULL);
            transfer(sizes[i], step, &compress_zlib);
            if (compress_zstd()) {
                transfer(sizes[i], step, compress_zstd());
            }
        }
    }
}

static void
around_16_mb(void **state)
{
    static const size_t sizes[] = {0xfffffe, 0xffffff, 0x1000000, 2 * 0xffffff, 2 * 0xffffff + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        transfer(sizes[i], 1 << 20, NULL);
    }
    transfer(0xffffff, 1 << 20, &compress_zlib);
}

/* The framing itself, byte for byte: 0xffffff needs an empty second packet. */
static void
headers_of_split_packets(void **state)
{
    struct memory_io m = {.step = 1};
    struct wire_channel ch;
    wire_channel_init(&ch, BIG);
    memory_io_attach(&ch.io, &m);
    payload(wire_channel_begin(&ch), 0xffffff);
    wire_channel_end(&ch);
    assert_true(status_is_ok(wire_channel_flush(&ch)));
    assert_int_equal(m.output.len, 0xffffff + 8);
    assert_memory_equal(m.output.data, "\xff\xff\xff\0", 4);
    assert_memory_equal(m.output.data + 4 + 0xffffff, "\0\0\0\1", 4);
    wire_channel_deinit(&ch);
    buf_deinit(&m.output);
}

static enum wire_next
next_of(struct slice bytes, size_t max_packet, uint8_t seq)
{
    struct wire_channel ch;
    struct slice packet;
    wire_channel_init(&ch, max_packet);
    ch.seq = seq;
    wire_channel_feed(&ch, bytes);
    const enum wire_next next = wire_channel_next(&ch, &packet);
    wire_channel_deinit(&ch);
    return next;
}

static void
refusals(void **state)
{
    assert_int_equal(next_of(SLICE("\1\0\0\0x"), 10, 0), WIRE_NEXT_PACKET);
    assert_int_equal(next_of(SLICE("\1\0\0\1x"), 10, 0), WIRE_NEXT_ORDER);
    assert_int_equal(next_of(SLICE("\1\0\0\xffx"), 10, 255), WIRE_NEXT_PACKET);
    assert_int_equal(next_of(SLICE("\x0b\0\0\0"), 10, 0), WIRE_NEXT_TOO_BIG); /* before its bytes */
    assert_int_equal(next_of(SLICE("\x0a\0\0\0"), 10, 0), WIRE_NEXT_MORE);
    assert_int_equal(next_of(SLICE("\1\0\0"), 10, 0), WIRE_NEXT_MORE);
    assert_int_equal(next_of(SLICE(""), 10, 0), WIRE_NEXT_MORE);
}

static void
joined_beyond_the_limit(void **state)
{
    struct wire_channel ch;
    struct slice packet;
    struct buf b = BUF_INIT;
    wire_channel_init(&ch, 0x1000000);
    buf_append(&b, "\xff\xff\xff\0", 4);
    payload(&b, 0xffffff);
    buf_append(&b, "\2\0\0\1xy", 6);
    wire_channel_feed(&ch, buf_slice(&b));
    assert_int_equal(wire_channel_next(&ch, &packet), WIRE_NEXT_TOO_BIG);
    wire_channel_deinit(&ch);
    buf_deinit(&b);
}

/* exact: not one byte is read past the packet. */
static void
exact_reading(void **state)
{
    struct memory_io m = {.input = SLICE("\3\0\0\0abc\x16\x03\x01"), .step = 100};
    struct wire_channel ch;
    struct slice packet;
    wire_channel_init(&ch, 100);
    memory_io_attach(&ch.io, &m);
    ch.exact = true;
    assert_true(status_is_ok(wire_channel_read(&ch, -1, &packet)));
    assert_true(slice_equal_str(packet, "abc"));
    assert_int_equal(m.input.len, 3);
    wire_channel_deinit(&ch);
}

static void
hold_keeps_the_packet(void **state)
{
    struct memory_io m = {.input = SLICE("\3\0\0\0abc\2\0\0\1de\0\0\0\2"), .step = 100};
    struct wire_channel ch;
    struct slice first, second;
    wire_channel_init(&ch, 100);
    memory_io_attach(&ch.io, &m);
    assert_true(status_is_ok(wire_channel_read(&ch, -1, &first)));
    wire_channel_hold(&ch);
    assert_true(status_is_ok(wire_channel_read(&ch, -1, &second)));
    assert_true(slice_equal_str(second, "de"));
    assert_true(status_is_ok(wire_channel_read(&ch, -1, &second)));
    assert_int_equal(second.len, 0);
    assert_true(slice_equal_str(first, "abc"));
    wire_channel_restart(&ch);
    wire_channel_deinit(&ch);
}

static void
failed_write_is_sticky(void **state)
{
    struct memory_io m = {.fail_writes = 1};
    struct wire_channel ch;
    wire_channel_init(&ch, 100);
    memory_io_attach(&ch.io, &m);
    for (int i = 0; i < 3; i++) {
        payload(wire_channel_begin(&ch), 50000);
        wire_channel_end(&ch);
    }
    assert_int_equal(wire_channel_flush(&ch).code, STATUS_CLOSED);
    assert_int_equal(wire_channel_flush(&ch).code, STATUS_CLOSED);
    assert_int_equal(m.output.len, 0);
    wire_channel_deinit(&ch);
}

static void
damaged_compression(void **state)
{
    static const struct slice cases[] = {
        SLICE("\4\0\0\0\x20\0\0junk"), /* does not inflate */
        SLICE("\1\0\0\1\0\0\0x"),      /* out of order */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct memory_io m = {.input = cases[i], .step = 100};
        struct wire_channel ch;
        struct slice packet;
        wire_channel_init(&ch, 100);
        memory_io_attach(&ch.io, &m);
        ch.compress = &compress_zlib;
        assert_int_equal(wire_channel_read(&ch, -1, &packet).code, STATUS_CLOSED);
        wire_channel_deinit(&ch);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_in_every_split),     cmocka_unit_test(around_16_mb),
        cmocka_unit_test(headers_of_split_packets), cmocka_unit_test(refusals),
        cmocka_unit_test(joined_beyond_the_limit),  cmocka_unit_test(exact_reading),
        cmocka_unit_test(hold_keeps_the_packet),    cmocka_unit_test(failed_write_is_sticky),
        cmocka_unit_test(damaged_compression)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
