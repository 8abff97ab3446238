/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/channel.h"

#include <time.h>

#include "base/mem.h"

#define HEADER   4
#define READ_MIN 4096
#define READ_MAX (256u << 10)
#define FLUSH_AT (32u << 10)

void
wire_channel_init(struct wire_channel *ch, size_t max_packet)
{
    *ch = (struct wire_channel){
        .io = {NULL, -1, NULL}, .max_packet = max_packet, .write_timeout_us = 60000000};
}

void
wire_channel_trim(struct wire_channel *ch)
{
    if (!wire_channel_has_input(ch)) {
        buf_deinit(&ch->in);
        buf_deinit(&ch->in_raw);
        ch->in_pos = 0;
    }
    if (ch->out.len == 0) {
        buf_deinit(&ch->out);
        buf_deinit(&ch->out_raw);
    }
    if (!ch->is_joining) {
        buf_deinit(&ch->joined);
    }
}

void
wire_channel_deinit(struct wire_channel *ch)
{
    wire_io_close(&ch->io);
    buf_deinit(&ch->in);
    buf_deinit(&ch->in_raw);
    buf_deinit(&ch->out);
    buf_deinit(&ch->out_raw);
    buf_deinit(&ch->joined);
    buf_deinit(&ch->held);
    buf_deinit(&ch->held_joined);
}

static struct slice
unread(const struct wire_channel *ch)
{
    return slice_from(buf_slice(&ch->in), ch->in_pos);
}

bool
wire_channel_has_input(const struct wire_channel *ch)
{
    return ch->in.len > ch->in_pos || ch->in_raw.len > 0;
}

void
wire_channel_restart(struct wire_channel *ch)
{
    ch->seq = 0;
    ch->compress_seq = 0;
    buf_deinit(&ch->held);
    buf_deinit(&ch->held_joined);
}

static size_t
fragment_len(struct slice s)
{
    return (size_t) s.data[0] | (size_t) s.data[1] << 8 | (size_t) s.data[2] << 16;
}

/* Moves what is left to the front, so that the buffer does not grow with every packet. */
static void
compact(struct wire_channel *ch)
{
    const struct slice s = unread(ch);
    if (ch->in_pos) {
        mem_move(ch->in.data, s.data, s.len);
        buf_truncate(&ch->in, s.len);
        ch->in_pos = 0;
    }
}

/* One fragment of several: joins, and says whether the last one came. */
static enum wire_next
join(struct wire_channel *ch, struct slice body, struct slice *packet)
{
    if (!ch->is_joining) {
        buf_clear(&ch->joined);
        ch->is_joining = true;
    }
    if (ch->joined.len + body.len > ch->max_packet) {
        return WIRE_NEXT_TOO_BIG;
    }
    buf_append_slice(&ch->joined, body);
    if (ch->joined.failed) {
        return WIRE_NEXT_TOO_BIG;
    }
    if (body.len == WIRE_FRAGMENT_MAX) {
        return WIRE_NEXT_MORE;
    }
    ch->is_joining = false;
    *packet = buf_slice(&ch->joined);
    return WIRE_NEXT_PACKET;
}

enum wire_next
wire_channel_next(struct wire_channel *ch, struct slice *packet)
{
    for (;;) {
        const struct slice s = unread(ch);
        if (s.len < HEADER) {
            return WIRE_NEXT_MORE;
        }
        const size_t len = fragment_len(s);
        if (s.data[3] != ch->seq) {
            return WIRE_NEXT_ORDER;
        }
        if (len > ch->max_packet) {
            return WIRE_NEXT_TOO_BIG;
        }
        if (s.len - HEADER < len) {
            return WIRE_NEXT_MORE;
        }
        const struct slice body = slice_sub(s, HEADER, len);
        ch->seq++;
        ch->in_pos += HEADER + len;
        if (len < WIRE_FRAGMENT_MAX && !ch->is_joining) {
            *packet = body;
            return WIRE_NEXT_PACKET;
        }
        const enum wire_next next = join(ch, body, packet);
        if (next != WIRE_NEXT_MORE) {
            return next;
        }
    }
}

/* How many bytes to ask for. */
static size_t
want(const struct wire_channel *ch)
{
    const struct slice s = unread(ch);
    size_t n = HEADER;
    if (s.len >= HEADER) {
        n += fragment_len(s);
    }
    n = n > s.len ? n - s.len : 1;
    if (ch->exact) {
        return n;
    }
    return n < READ_MIN ? READ_MIN : n > READ_MAX ? READ_MAX : n;
}

/*
 * Unpacks the first compressed packet of in_raw, if it is complete. One at a time, so that a small
 * input cannot make us hold many times max_packet. The number of bytes, 0, or WIRE_IO_CLOSED.
 */
static ptrdiff_t
unpack(struct wire_channel *ch)
{
    size_t used;
    const size_t before = ch->in.len;
    if (!compress_unframe(ch->compress, buf_slice(&ch->in_raw), &ch->compress_seq, &used,
                          &ch->in)) {
        return WIRE_IO_CLOSED;
    }
    if (used) {
        const size_t left = ch->in_raw.len - used;
        mem_move(ch->in_raw.data, ch->in_raw.data + used, left);
        buf_truncate(&ch->in_raw, left);
    }
    return (ptrdiff_t) (ch->in.len - before);
}

static ptrdiff_t
read_into(struct wire_channel *ch, struct buf *b, size_t n)
{
    uint8_t *p = buf_reserve(b, n);
    if (p == NULL) {
        return WIRE_IO_CLOSED;
    }
    const ptrdiff_t got = ch->io.ops->read(&ch->io, p, n);
    if (got > 0) {
        b->len += (size_t) got;
        ch->bytes_in += (uint64_t) got;
    }
    return got;
}

ptrdiff_t
wire_channel_fill(struct wire_channel *ch)
{
    compact(ch);
    if (ch->compress == NULL) {
        return read_into(ch, &ch->in, want(ch));
    }
    for (;;) {
        const ptrdiff_t unpacked = unpack(ch);
        if (unpacked != 0) {
            return unpacked;
        }
        const ptrdiff_t got = read_into(ch, &ch->in_raw, want(ch));
        if (got < 0) {
            return got;
        }
    }
}

void
wire_channel_hold(struct wire_channel *ch)
{
    const struct slice left = unread(ch);
    struct buf fresh = BUF_INIT;
    buf_append_slice(&fresh, left);
    buf_deinit(&ch->held);
    buf_deinit(&ch->held_joined);
    ch->held = ch->in;
    ch->held_joined = ch->joined;
    ch->in = fresh;
    ch->in_pos = 0;
    buf_init(&ch->joined);
}

void
wire_channel_feed(struct wire_channel *ch, struct slice bytes)
{
    compact(ch);
    buf_append_slice(&ch->in, bytes);
}

static int64_t
now_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct status
wire_channel_read(struct wire_channel *ch, int64_t timeout_us, struct slice *packet)
{
    const int64_t end = timeout_us < 0 ? -1 : now_us() + timeout_us;
    for (;;) {
        const enum wire_next next = wire_channel_next(ch, packet);
        if (next == WIRE_NEXT_PACKET) {
            return OK;
        }
        if (next != WIRE_NEXT_MORE) {
            RAISE(PROTOCOL);
        }
        const ptrdiff_t got = wire_channel_fill(ch);
        if (got == WIRE_IO_CLOSED) {
            RAISE(CLOSED);
        }
        const int64_t left = end < 0 ? -1 : end - now_us();
        if (got < 0 && ((end >= 0 && left <= 0) || wire_io_wait(&ch->io, got, left) <= 0)) {
            RAISE(LIMIT);
        }
    }
}

struct buf *
wire_channel_begin(struct wire_channel *ch)
{
    ch->out_start = ch->out.len;
    (void) buf_extend(&ch->out, HEADER);
    return &ch->out;
}

void
wire_channel_abort(struct wire_channel *ch)
{
    buf_truncate(&ch->out, ch->out_start);
}

static void
put_header(struct wire_channel *ch, size_t at, size_t len)
{
    uint8_t *p = ch->out.data + at;
    mem_put_le16(p, (uint16_t) len);
    p[2] = (uint8_t) (len >> 16);
    p[3] = ch->seq++;
}

/* Splits the payload behind out_start: opens a gap for each further header, last one first. */
static void
split(struct wire_channel *ch, size_t len)
{
    const size_t extra = len / WIRE_FRAGMENT_MAX;
    const size_t start = ch->out_start + HEADER;
    if (buf_extend(&ch->out, extra * HEADER) == NULL) {
        return;
    }
    uint8_t *base = ch->out.data + start;
    for (size_t i = extra; i > 0; i--) {
        const size_t from = i * WIRE_FRAGMENT_MAX;
        const size_t n = len - from < WIRE_FRAGMENT_MAX ? len - from : WIRE_FRAGMENT_MAX;
        mem_move(base + from + i * HEADER, base + from, n);
    }
    for (size_t i = 0; i <= extra; i++) {
        const size_t from = i * WIRE_FRAGMENT_MAX;
        const size_t n = len - from < WIRE_FRAGMENT_MAX ? len - from : WIRE_FRAGMENT_MAX;
        put_header(ch, ch->out_start + from + i * HEADER, n);
    }
}

void
wire_channel_end(struct wire_channel *ch)
{
    if (ch->out.failed) {
        return;
    }
    const size_t len = ch->out.len - ch->out_start - HEADER;
    if (len < WIRE_FRAGMENT_MAX) {
        put_header(ch, ch->out_start, len);
    } else {
        split(ch, len);
    }
    if (ch->out.len >= FLUSH_AT) {
        (void) wire_channel_flush(ch).code; /* sticky: the last flush reports it */
    }
}

static struct status
write_all(struct wire_channel *ch, struct slice s)
{
    while (s.len) {
        const ptrdiff_t put = ch->io.ops->write(&ch->io, s.data, s.len);
        if (put > 0) {
            s = slice_from(s, (size_t) put);
            ch->bytes_out += (uint64_t) put;
        } else if (put == WIRE_IO_CLOSED) {
            RAISE(CLOSED);
        } else if (wire_io_wait(&ch->io, put, ch->write_timeout_us) <= 0) {
            RAISE(CLOSED);
        }
    }
    return OK;
}

static struct status
flush(struct wire_channel *ch)
{
    TRY(buf_status(&ch->out));
    if (ch->compress == NULL) {
        return write_all(ch, buf_slice(&ch->out));
    }
    buf_clear(&ch->out_raw);
    compress_frame(ch->compress, ch->compress_level, buf_slice(&ch->out), &ch->compress_seq,
                   &ch->out_raw);
    TRY(buf_status(&ch->out_raw));
    return write_all(ch, buf_slice(&ch->out_raw));
}

struct status
wire_channel_flush(struct wire_channel *ch)
{
    if (status_is_ok(ch->failed) && (ch->out.len || ch->out.failed)) {
        ch->failed = flush(ch);
    }
    buf_clear(&ch->out);
    return ch->failed;
}
