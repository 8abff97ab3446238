/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets over a byte stream: 3-byte length, sequence number, payloads of 16 MB - 1 and more split
 * and joined, optional compression (compress.h) below. Reading is incremental, so the event loop can
 * stop at any byte; writing gathers packets and flushes when enough are there.
 *
 * Failures are sticky: after a failed write everything is dropped and wire_channel_flush tells.
 * One thread at a time. Limits on what a peer may make us hold: `max_packet`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/wire/compress.h"
#include "proxy/wire/io.h"

#define WIRE_FRAGMENT_MAX 0xffffffu

enum wire_next {
    WIRE_NEXT_PACKET,    /* one complete payload */
    WIRE_NEXT_MORE,      /* needs more bytes */
    WIRE_NEXT_ORDER,     /* sequence number is wrong */
    WIRE_NEXT_TOO_BIG,   /* longer than max_packet */
    WIRE_NEXT_MALFORMED, /* compressed stream is damaged */
};

struct wire_channel {
    struct wire_io io;
    size_t max_packet;
    int64_t write_timeout_us;
    bool exact; /* never read past the current packet: TLS may start behind it */

    struct buf in; /* bytes received and not yet consumed from `in_pos` */
    size_t in_pos;
    struct buf joined; /* payload of fragments so far */
    bool is_joining;
    struct buf held, held_joined; /* keeps the command's bytes while more packets are read */

    struct buf out;       /* finished packets, then the one being written */
    size_t out_start;     /* where its header is */
    uint8_t seq;          /* of the next packet, either way */
    struct status failed; /* sticky, of the write side */

    const struct compress_ops *compress;
    int compress_level;
    struct buf in_raw, out_raw; /* compressed bytes */
    uint8_t compress_seq;

    uint64_t bytes_in, bytes_out;
};

void wire_channel_init(struct wire_channel *ch, size_t max_packet);
void wire_channel_deinit(struct wire_channel *ch); /* closes io */
/* Gives memory back while nothing is pending. */
void wire_channel_trim(struct wire_channel *ch);

/* Next complete payload among the bytes that are there; it lives until the next call on ch. */
enum wire_next wire_channel_next(struct wire_channel *ch, struct slice *packet);
/* Reads once. > 0, or WIRE_IO_*. */
ptrdiff_t wire_channel_fill(struct wire_channel *ch);
/* Feeds bytes as if read; for tests and for what a PROXY header left over. */
void wire_channel_feed(struct wire_channel *ch, struct slice bytes);
bool wire_channel_has_input(const struct wire_channel *ch);
/* Payloads returned so far stay valid until the next restart, although more are read. */
void wire_channel_hold(struct wire_channel *ch);
/* Blocking: the next payload within timeout_us (< 0: no limit). CLOSED, PROTOCOL or LIMIT. */
STATUS wire_channel_read(struct wire_channel *ch, int64_t timeout_us, struct slice *packet);
/* A new command starts: sequence numbers begin at 0. */
void wire_channel_restart(struct wire_channel *ch);

/* Between begin and end the payload is appended to the returned buffer. */
struct buf *wire_channel_begin(struct wire_channel *ch);
void wire_channel_end(struct wire_channel *ch);
void wire_channel_abort(struct wire_channel *ch); /* drops the packet being written */
/* Writes everything out, blocking up to write_timeout_us without progress. */
STATUS wire_channel_flush(struct wire_channel *ch);
