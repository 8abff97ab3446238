/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressed packets: 3-byte length, sequence number, 3-byte length before compression (0: stored).
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression.html
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"

#define COMPRESS_HEADER 7
#define COMPRESS_MIN    50 /* shorter payloads are stored */

struct compress_ops {
    const char *name;
    int default_level;
    /* Appends to out; false when it failed or did not get smaller. */
    bool (*deflate)(struct slice in, int level, struct buf *out);
    /* Appends exactly out_len bytes to out; false when the input is damaged. */
    bool (*inflate)(struct slice in, size_t out_len, struct buf *out);
};

extern const struct compress_ops compress_zlib;
/* NULL in builds without libzstd. */
const struct compress_ops *compress_zstd(void);

/* Appends `plain` as compressed packets, counting *seq. */
void compress_frame(const struct compress_ops *ops, int level, struct slice plain, uint8_t *seq,
                    struct buf *out);
/*
 * Takes the first compressed packet of `raw` when it is complete: appends its content to `plain`,
 * stores its length in *used (0: needs more bytes). False when it is damaged or out of order.
 */
bool compress_unframe(const struct compress_ops *ops, struct slice raw, uint8_t *seq, size_t *used,
                      struct buf *plain);
