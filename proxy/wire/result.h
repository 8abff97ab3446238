/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where results go. The executor calls these operations in this order, any number of times per
 * command as long as every result but the last carries RESULT_MORE:
 *
 *     columns (row)* end          a result set
 *     ok                          a result without rows
 *
 * A failure is not written here: the executor returns a status and fills a diag, and the session
 * sends the ERR packet (which may also follow `columns` and some rows).
 *
 * Cells of a row: a NULL slice is SQL NULL. While `binary` is false they are text-protocol bytes.
 * When it is true they are binary-protocol bytes *without* any length prefix: 1/2/4/8 bytes
 * little-endian for integers, 4/8 for FLOAT/DOUBLE, 0/4/7/11 for DATE/DATETIME/TIMESTAMP, 0/8/12
 * for TIME, and the bytes themselves for everything else. The writer adds framing.
 *
 * One thread at a time. Status bits of the session (autocommit, in transaction) and the tracked
 * state changes are read from session_info by the writer when it writes an OK or an end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"
#include "proxy/wire/column.h"

#define RESULT_MORE               0x0008u /* SERVER_MORE_RESULTS_EXISTS */
#define RESULT_NO_GOOD_INDEX_USED 0x0010u
#define RESULT_NO_INDEX_USED      0x0020u
#define RESULT_PS_OUT_PARAMS      0x1000u /* this result set holds OUT parameters */

struct result_writer;

struct result_ok {
    uint64_t affected, insert_id;
    uint16_t flags; /* RESULT_* */
    uint16_t warnings;
    struct slice info; /* "Rows matched: 1  Changed: 1  Warnings: 0", or NULL */
};

struct result_ops {
    STATUS (*columns)(struct result_writer *w, const struct wire_column *cols, size_t n);
    STATUS (*row)(struct result_writer *w, const struct slice *cells, size_t n);
    STATUS (*end)(struct result_writer *w, uint16_t flags, uint16_t warnings);
    STATUS (*ok)(struct result_writer *w, const struct result_ok *ok);
    /*
     * LOAD DATA LOCAL INFILE: asks the client for a file, then gives it chunk by chunk; an empty
     * slice is its end. The slice lives until the next call. The caller must read to the end.
     */
    STATUS (*infile)(struct result_writer *w, struct slice filename);
    STATUS (*infile_next)(struct result_writer *w, struct slice *chunk);
};

struct result_writer {
    const struct result_ops *ops;
    bool binary;
};

static inline STATUS
result_columns(struct result_writer *w, const struct wire_column *cols, size_t n)
{
    return w->ops->columns(w, cols, n);
}

/* Columns of text in utf8mb4, for results that the proxy makes itself; at most 16. */
STATUS result_text_columns(struct result_writer *w, const char *const *names, size_t n);

static inline STATUS
result_row(struct result_writer *w, const struct slice *cells, size_t n)
{
    return w->ops->row(w, cells, n);
}

static inline STATUS
result_end(struct result_writer *w, uint16_t flags, uint16_t warnings)
{
    return w->ops->end(w, flags, warnings);
}

static inline STATUS
result_ok(struct result_writer *w, const struct result_ok *ok)
{
    return w->ops->ok(w, ok);
}

static inline STATUS
result_infile(struct result_writer *w, struct slice filename)
{
    return w->ops->infile(w, filename);
}

static inline STATUS
result_infile_next(struct result_writer *w, struct slice *chunk)
{
    return w->ops->infile_next(w, chunk);
}
