/* SPDX-License-Identifier: Apache-2.0 */
/* Handshake, OK/EOF/ERR, parameters, rows: bytes in and out, and what must be refused. */
#include <stddef.h>
#include <stdint.h>

#include "cm.h"
#include "memory_io.h"
#include "proxy/wire/channel.h"
#include "proxy/wire/command.h"
#include "proxy/wire/handshake.h"
#include "proxy/wire/message.h"
#include "proxy/wire/prepared.h"
#include "proxy/wire/protocol.h"
#include "proxy/wire/resultset.h"

#define CAPS                                                                                       \
    (CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION | CLIENT_PLUGIN_AUTH | CLIENT_CONNECT_WITH_DB | \
     CLIENT_CONNECT_ATTRS | CLIENT_PLUGIN_AUTH_LENENC)

static void
response(struct buf *b, uint32_t caps, struct slice tail)
{
    buf_append_le32(b, caps);
    buf_append_le32(b, 1 << 24);
    buf_append_u8(b, 45);
    buf_append(b, (const uint8_t[23]){0}, 23);
    buf_append_slice(b, tail);
}

static void
handshake_fields(void **state)
{
    struct buf b = BUF_INIT;
    struct handshake_response r;
    response(&b, CAPS, SLICE("me\0\3abcdb\0plug\0\6\1k\3val"));
    assert_true(handshake_response_read(buf_slice(&b), handshake_caps_all(), &r));
    assert_true(slice_equal_str(r.user, "me") && slice_equal_str(r.auth, "abc"));
    assert_true(slice_equal_str(r.db, "db") && slice_equal_str(r.plugin, "plug"));
    assert_int_equal(r.attrs.len, 6);
    assert_int_equal(r.collation, 45);
    assert_false(r.is_ssl_request);
    /* every proper prefix past the optional tail is refused, none crashes */
    for (size_t n = 0; n < b.len; n++) {
        struct buf exact = BUF_INIT;
        buf_append(&exact, b.data, n);
        const bool ok = handshake_response_read(buf_slice(&exact), handshake_caps_all(), &r);
        assert_true(!ok || n >= 32 + 7);
        buf_deinit(&exact);
    }
    buf_deinit(&b);
}

static void
ssl_request(void **state)
{
    struct buf b = BUF_INIT;
    struct handshake_response r;
    response(&b, CAPS | CLIENT_SSL, SLICE(""));
    assert_true(handshake_response_read(buf_slice(&b), handshake_caps_all(), &r));
    assert_true(r.is_ssl_request);
    /* not offered: refused */
    assert_false(handshake_response_read(buf_slice(&b), handshake_caps_all() & ~CLIENT_SSL, &r));
    buf_deinit(&b);
}

static void
unoffered_bits_are_masked(void **state)
{
    struct buf b = BUF_INIT;
    struct handshake_response r;
    response(&b, CAPS | CLIENT_COMPRESS, SLICE("me\0\0db\0plug\0\0"));
    assert_true(
        handshake_response_read(buf_slice(&b), handshake_caps_all() & ~CLIENT_COMPRESS, &r));
    assert_int_equal(r.caps & CLIENT_COMPRESS, 0);
    buf_deinit(&b);
}

static void
change_user_fields(void **state)
{
    struct handshake_response r;
    assert_true(handshake_change_user_read(SLICE("me\0\2xydb\0\x2d\0plug\0\4\1k\1v"), CAPS, &r));
    assert_true(slice_equal_str(r.user, "me") && slice_equal_str(r.auth, "xy"));
    assert_true(slice_equal_str(r.db, "db") && slice_equal_str(r.plugin, "plug"));
    assert_int_equal(r.collation, 45);
    assert_true(handshake_change_user_read(SLICE("me\0\0db\0"), CAPS, &r));
    assert_false(handshake_change_user_read(SLICE("me"), CAPS, &r));
    assert_false(handshake_change_user_read(SLICE("me\0\x09xy"), CAPS, &r));
}

static void
ok_and_end(void **state)
{
    struct session_info info;
    struct buf b = BUF_INIT;
    session_info_init(&info);
    const struct result_ok ok = {.affected = 300, .insert_id = 2, .warnings = 1};
    message_ok_write(&b, &info, &ok);
    assert_true(slice_equal(buf_slice(&b), SLICE("\0\xfc\x2c\1\2\2\0\1\0")));
    buf_clear(&b);
    message_end_write(&b, &info, RESULT_MORE, 5);
    assert_true(slice_equal(buf_slice(&b), SLICE("\xfe\5\0\x0a\0")));
    buf_clear(&b);
    info.caps = CLIENT_DEPRECATE_EOF | CLIENT_SESSION_TRACK;
    session_info_track_variable(&info, SLICE("a"), SLICE("b"));
    message_end_write(&b, &info, 0, 0);
    assert_true(slice_equal(buf_slice(&b), SLICE("\xfe\0\0\2\x40\0\0\0\6\0\4\1a\1b")));
    buf_clear(&b);
    message_end_write(&b, &info, 0, 0); /* told once */
    assert_true(slice_equal(buf_slice(&b), SLICE("\xfe\0\0\2\0\0\0")));
    buf_deinit(&b);
    session_info_deinit(&info);
}

static void
err(void **state)
{
    struct buf b = BUF_INIT;
    struct diag d = DIAG_INIT;
    diag_set_sql(&d, STATUS_SQL, 1146, "42S02", "gone");
    message_err_write(&b, &d);
    assert_true(slice_equal(buf_slice(&b), SLICE("\xff\x7a\4#42S02gone")));
    buf_deinit(&b);
}

static void
values_of_every_type(void **state)
{
    static const struct {
        uint8_t type;
        struct slice wire, want;
    } cases[] = {
        {MYSQL_TYPE_TINY, SLICE("\1"), SLICE("\1")},
        {MYSQL_TYPE_YEAR, SLICE("\1\2"), SLICE("\1\2")},
        {MYSQL_TYPE_INT24, SLICE("\1\2\3\4"), SLICE("\1\2\3\4")},
        {MYSQL_TYPE_DOUBLE, SLICE("12345678"), SLICE("12345678")},
        {MYSQL_TYPE_DATETIME, SLICE("\7abcdefg"), SLICE("abcdefg")},
        {MYSQL_TYPE_TIME, SLICE("\0"), SLICE("")},
        {MYSQL_TYPE_JSON, SLICE("\2{}"), SLICE("{}")},
        {MYSQL_TYPE_NULL, SLICE(""), {NULL, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lenenc_reader r = lenenc_reader_of(cases[i].wire);
        assert_true(slice_equal(command_value_read(&r, cases[i].type), cases[i].want));
        assert_true(lenenc_reader_ok(&r) && r.rest.len == 0);
    }
}

static void
malformed_values(void **state)
{
    static const struct {
        uint8_t type;
        struct slice wire;
    } cases[] = {
        {MYSQL_TYPE_LONG, SLICE("\1\2\3")},     {MYSQL_TYPE_DATE, SLICE("\5abcde")},
        {MYSQL_TYPE_TIME, SLICE("\7abcdefg")},  {MYSQL_TYPE_DATE, SLICE("\4abc")},
        {MYSQL_TYPE_STRING, SLICE("\xfe\xff")}, {0x42, SLICE("\1\2\3\4\5\6\7\x08")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lenenc_reader r = lenenc_reader_of(cases[i].wire);
        (void) command_value_read(&r, cases[i].type);
        assert_false(lenenc_reader_ok(&r));
    }
}

static void
execute_without_types(void **state)
{
    struct arena *a = arena_create(0);
    struct prepared *p = prepared_new(1, 2);
    struct prepared_values v;
    struct diag d = DIAG_INIT;
    /* never sent: error; then remembered */
    assert_int_equal(prepared_values_read(p, SLICE("\0\0\1\2"), 0, 0, a, &v, &d).code, STATUS_SQL);
    assert_int_equal(d.mysql_errno, 1210);
    assert_true(
        status_is_ok(prepared_values_read(p, SLICE("\0\1\1\x80\1\0\5\6"), 0, 0, a, &v, &d)));
    assert_true(v.params[0].is_unsigned && !v.params[1].is_unsigned);
    diag_clear(&d);
    assert_true(status_is_ok(prepared_values_read(p, SLICE("\1\0\7"), 0, 0, a, &v, &d)));
    assert_true(v.params[0].is_null && v.params[1].data.data[0] == 7);
    prepared_free(p);
    arena_free(a);
}

/* A writer over memory. */
struct sink {
    struct memory_io m;
    struct wire_channel ch;
    struct session_info info;
    struct resultset rs;
};

static void
sink_init(struct sink *s, bool binary, uint64_t caps)
{
    s->m = (struct memory_io){0};
    wire_channel_init(&s->ch, 1 << 20);
    memory_io_attach(&s->ch.io, &s->m);
    session_info_init(&s->info);
    s->info.caps = caps;
    resultset_init(&s->rs, &s->ch, &s->info, binary);
}

static struct slice
sink_bytes(struct sink *s)
{
    assert_true(status_is_ok(wire_channel_flush(&s->ch)));
    return buf_slice(&s->m.output);
}

static void
sink_deinit(struct sink *s)
{
    resultset_deinit(&s->rs);
    wire_channel_deinit(&s->ch);
    session_info_deinit(&s->info);
    buf_deinit(&s->m.output);
}

static void
binary_null_bitmap(void **state)
{
    struct wire_column cols[8];
    struct slice cells[8];
    struct sink s;
    for (size_t i = 0; i < 8; i++) {
        cols[i] = (struct wire_column){.type = MYSQL_TYPE_TINY};
        cells[i] = i % 2 ? SLICE("\x09") : SLICE_NULL;
    }
    sink_init(&s, true, CLIENT_DEPRECATE_EOF);
    assert_true(status_is_ok(result_columns(&s.rs.writer, cols, 8)));
    (void) sink_bytes(&s);
    buf_clear(&s.m.output);
    assert_true(status_is_ok(result_row(&s.rs.writer, cells, 8)));
    /* bits 2, 4, 6, 8 */
    assert_true(slice_equal(slice_from(sink_bytes(&s), 4), SLICE("\0\x54\1\x09\x09\x09\x09")));
    sink_deinit(&s);
}

static void
binary_cell_of_wrong_length(void **state)
{
    const struct wire_column col = {.type = MYSQL_TYPE_LONG};
    const struct slice bad = SLICE("123"), good = SLICE("1234");
    struct sink s;
    sink_init(&s, true, 0);
    assert_true(status_is_ok(result_columns(&s.rs.writer, &col, 1)));
    assert_int_equal(result_row(&s.rs.writer, &bad, 1).code, STATUS_BUG);
    assert_true(status_is_ok(result_row(&s.rs.writer, &good, 1)));
    sink_deinit(&s);
}

static void
row_with_wrong_count(void **state)
{
    const struct wire_column col = {.type = MYSQL_TYPE_STRING};
    const struct slice cells[2] = {SLICE("a"), SLICE("b")};
    struct sink s;
    sink_init(&s, false, 0);
    assert_int_equal(result_row(&s.rs.writer, cells, 1).code, STATUS_BUG); /* before columns */
    assert_true(status_is_ok(result_columns(&s.rs.writer, &col, 1)));
    assert_int_equal(result_row(&s.rs.writer, cells, 2).code, STATUS_BUG);
    assert_true(status_is_ok(result_row(&s.rs.writer, cells, 1)));
    assert_true(status_is_ok(result_end(&s.rs.writer, 0, 0)));
    assert_int_equal(result_row(&s.rs.writer, cells, 1).code, STATUS_BUG); /* after the end */
    sink_deinit(&s);
}

static void
infile_needs_consent(void **state)
{
    struct sink s;
    sink_init(&s, false, CLIENT_LOCAL_FILES);
    assert_int_equal(result_infile(&s.rs.writer, SLICE("f")).code, STATUS_POLICY);
    s.rs.allow_infile = true;
    s.info.caps = 0;
    assert_int_equal(result_infile(&s.rs.writer, SLICE("f")).code, STATUS_POLICY);
    assert_int_equal(sink_bytes(&s).len, 0);
    sink_deinit(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(handshake_fields),
                                       cmocka_unit_test(ssl_request),
                                       cmocka_unit_test(unoffered_bits_are_masked),
                                       cmocka_unit_test(change_user_fields),
                                       cmocka_unit_test(ok_and_end),
                                       cmocka_unit_test(err),
                                       cmocka_unit_test(values_of_every_type),
                                       cmocka_unit_test(malformed_values),
                                       cmocka_unit_test(execute_without_types),
                                       cmocka_unit_test(binary_null_bitmap),
                                       cmocka_unit_test(binary_cell_of_wrong_length),
                                       cmocka_unit_test(row_with_wrong_count),
                                       cmocka_unit_test(infile_needs_consent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
