/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small results as arrays, and text for statements that the store sends: helpers of this folder only.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "proxy/backend/backend.h"

struct query_rows {
    size_t n, n_columns;
    const struct slice *cells;         /* n * n_columns */
    const struct wire_column *columns; /* names only; in the arena */
};

/* Runs one statement and copies its rows into `a`. */
STATUS query_rows(struct backend_conn *c, struct arena *a, struct slice sql, struct query_rows *out,
                  struct diag *d);
/* Runs one statement made with printf; for statements without user text. */
STATUS query_exec(struct backend_conn *c, struct diag *d, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static inline struct slice
query_cell(const struct query_rows *r, size_t row, size_t column)
{
    return r->cells[row * r->n_columns + column];
}
/* Position of a result column by name (ASCII case folded), or -1. */
int query_column(const struct query_rows *r, const char *name);

/* 'text' for a connection in utf8mb4 without NO_BACKSLASH_ESCAPES. */
void query_quote(struct buf *sql, struct slice text);
/* `name` */
void query_name(struct buf *sql, struct slice name);
/* X'..', or NULL for a NULL slice. */
void query_hex(struct buf *sql, struct slice bytes);
