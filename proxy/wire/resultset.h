/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_writer onto a client's channel: text and binary rows, metadata, cursors, LOCAL INFILE.
 * Streams: rows leave as the channel's buffer fills. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proxy/session_info.h"
#include "proxy/wire/channel.h"
#include "proxy/wire/prepared.h"
#include "proxy/wire/result.h"

struct resultset {
    struct result_writer writer; /* first: hand out &rs.writer */
    struct wire_channel *ch;
    struct session_info *info;
    struct prepared
        *cursor; /* not NULL: keep the rows of the first result set for COM_STMT_FETCH */
    bool is_capturing;
    uint8_t *types; /* of the current result set, owned */
    size_t n_columns, types_cap;
    uint64_t n_rows, n_results; /* written so far */
    bool is_open;               /* between columns and end: an ERR may follow */
    bool allow_infile, is_infile;
};

void resultset_init(struct resultset *rs, struct wire_channel *ch, struct session_info *info,
                    bool binary);
void resultset_deinit(struct resultset *rs);

/* With CLIENT_OPTIONAL_METADATA a client may switch metadata off (resultset_metadata). */
bool resultset_wants_metadata(const struct session_info *info);
/* Column definitions and their EOF where the client wants one. Nothing for n == 0. */
void resultset_columns_write(struct wire_channel *ch, struct session_info *info,
                             const struct wire_column *cols, size_t n);
void resultset_column_write(struct buf *out, const struct wire_column *col);
/* COM_STMT_FETCH: up to n rows, then the end packet. */
void resultset_fetch(struct wire_channel *ch, struct session_info *info, struct prepared *p,
                     uint32_t n);
