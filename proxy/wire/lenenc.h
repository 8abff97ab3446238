/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing the primitive fields of packets. The reader is a cursor with a sticky failure:
 * a read past the end gives zeros or an empty slice and marks it; one lenenc_reader_ok() at the end of
 * a message tells. Writers append to a base/buf.h. Lengths come from an untrusted peer: every one is
 * checked against what is left.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

struct lenenc_reader {
    struct slice rest;
    bool failed;
};

struct lenenc_reader lenenc_reader_of(struct slice packet);
bool lenenc_reader_ok(const struct lenenc_reader *r);
bool lenenc_reader_at_end(const struct lenenc_reader *r); /* nothing left, or failed */
uint8_t lenenc_read_u8(struct lenenc_reader *r);
uint16_t lenenc_read_u16(struct lenenc_reader *r);
uint32_t lenenc_read_u32(struct lenenc_reader *r);
uint64_t lenenc_read_u64(struct lenenc_reader *r);
struct slice lenenc_read_bytes(struct lenenc_reader *r, size_t n);
struct slice lenenc_read_rest(struct lenenc_reader *r);
/* Up to a NUL, which is consumed; fails when there is none. */
struct slice lenenc_read_nul(struct lenenc_reader *r);
/* Up to a NUL or the end. */
struct slice lenenc_read_nul_or_rest(struct lenenc_reader *r);
/* A length-encoded integer; 0xfb (NULL) and 0xff are failures. */
uint64_t lenenc_read_int(struct lenenc_reader *r);
/* A length-encoded string; never NULL unless failed. */
struct slice lenenc_read_string(struct lenenc_reader *r);

void lenenc_append_int(struct buf *b, uint64_t v);
void lenenc_append_string(struct buf *b, struct slice s); /* NULL is written as empty */
/* As in a text row: a NULL slice is 0xfb. */
void lenenc_append_cell(struct buf *b, struct slice s);
/* Writes to p (at least 9 bytes) and returns the length. */
size_t lenenc_put_int(uint8_t *p, uint64_t v);
