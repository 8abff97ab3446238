/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that reads bytes of a client. The first byte chooses the parser, the second its
 * variant; the rest is the input.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/mem.h"
#include "proxy/proxy_header.h"
#include "proxy/wire/channel.h"
#include "proxy/wire/command.h"
#include "proxy/wire/handshake.h"
#include "proxy/wire/prepared.h"
#include "proxy/wire/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A stream that gives the input in small, uneven pieces. */
struct stream {
    struct slice rest;
    uint8_t step;
};

static ptrdiff_t
stream_read(struct wire_io *io, void *p, size_t n)
{
    struct stream *s = io->state;
    s->step = (uint8_t) (s->step * 13 + 7);
    const struct slice part =
        slice_sub(s->rest, 0, n < 1u + s->step % 16u ? n : 1u + s->step % 16u);
    s->rest = slice_from(s->rest, part.len);
    mem_copy(p, part.data, part.len);
    return part.len ? (ptrdiff_t) part.len : WIRE_IO_CLOSED;
}

static ptrdiff_t
stream_write(struct wire_io *io, const void *p, size_t n)
{
    return (ptrdiff_t) n;
}

static void
stream_close(struct wire_io *io)
{
}

static void
packets(struct slice in, uint8_t variant)
{
    static const struct wire_io_ops ops = {stream_read, stream_write, stream_close};
    struct stream s = {in, variant};
    struct wire_channel ch;
    struct slice packet;
    wire_channel_init(&ch, 1 << 16);
    ch.io = (struct wire_io){&ops, -1, &s};
    ch.exact = (variant & 1) != 0;
    ch.compress = variant & 2 ? &compress_zlib : variant & 4 ? compress_zstd() : NULL;
    while (status_is_ok(wire_channel_read(&ch, -1, &packet))) {
        if (variant & 8) {
            wire_channel_hold(&ch);
        }
        if (variant & 16) {
            wire_channel_restart(&ch);
        }
    }
    wire_channel_deinit(&ch);
}

static void
handshake(struct slice in, uint8_t variant)
{
    struct handshake_response r;
    (void) handshake_response_read(in, handshake_caps_all() & ~(uint64_t) (variant & 1), &r);
}

static void
change_user(struct slice in, uint8_t variant)
{
    struct handshake_response r;
    (void) handshake_change_user_read(in, variant & 1 ? handshake_caps_all() : CLIENT_PROTOCOL_41,
                                      &r);
}

static void
query(struct slice in, uint8_t variant)
{
    struct command_query q;
    struct arena *a = arena_create(1 << 20);
    (void) command_query_read(in, CLIENT_QUERY_ATTRIBUTES, a, &q).code;
    arena_free(a);
}

static void
execute(struct slice in, uint8_t variant)
{
    struct arena *a = arena_create(1 << 20);
    struct prepared *p = prepared_new(1, variant % 20);
    struct prepared_values v;
    struct diag d = DIAG_INIT;
    prepared_long_data(p, variant % 7, SLICE("long"), 3 + variant % 2);
    for (int i = 0; i < 2; i++) { /* the second time types are remembered */
        (void) prepared_values_read(p, in, variant >> 4, variant & 1 ? CLIENT_QUERY_ATTRIBUTES : 0,
                                    a, &v, &d)
            .code;
        diag_clear(&d);
        prepared_reset(p);
    }
    prepared_free(p);
    arena_free(a);
}

static void
proxy_header(struct slice in, uint8_t variant)
{
    char out[64];
    size_t have = 0;
    ptrdiff_t need;
    while ((need = proxy_header_need(slice_sub(in, 0, have))) > 0 &&
           have + (size_t) need <= in.len) {
        have += (size_t) need;
    }
    if (need == 0) {
        (void) proxy_header_client(slice_sub(in, 0, have), out, sizeof out);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(struct slice, uint8_t) = {packets, handshake, change_user,
                                                             query,   execute,   proxy_header};
    if (size >= 2) {
        parsers[data[0] % (sizeof parsers / sizeof parsers[0])](slice_of(data + 2, size - 2),
                                                                data[1]);
    }
    return 0;
}
