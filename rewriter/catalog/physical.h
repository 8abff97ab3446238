/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server-side shape of a table: which physical columns it has, in which order, and the DDL text
 * that makes them. Names are keyed hashes, so no text here reveals a logical name or value.
 * Pure functions; any thread. Text goes to a sticky-failure buf that the caller checks.
 */
#pragma once

#include "base/buf.h"
#include "rewriter/catalog/catalog.h"

struct physical_column {
    uint16_t column; /* index in table->columns */
    struct cat_onion onion;
};

/* Room that a cell needs beyond its plaintext: header, nonce (self-salted cells), SIV. */
#define PHYSICAL_CELL_OVERHEAD 33u
/* VARBINARY columns of a table declare at most so many bytes in all; further ones are BLOBs. */
#define PHYSICAL_ROW_BUDGET 8000u

/* All columns but `rid` and `_s`, in table order, each with its onions as catalog_onion_next gives
 * them. `out` may be NULL to count. Row encoders walk the same list. */
size_t physical_columns(const struct cat_table *t, struct physical_column *out);

/* "`d_..`.`t_..`" */
void physical_table_name(const struct cat_table *t, struct buf *sql);
/* "`c_.._v` VARBINARY(50) NOT NULL" */
void physical_column_def(const struct cat_table *t, const struct physical_column *pc,
                         struct buf *sql);
/* Bytes of the physical column of a token: of BINARY or VARBINARY; 0: a BLOB. */
uint32_t physical_width(const struct cat_onion *onion);
/* Is this the key that orders the rows in the server, as the primary key orders them in MySQL? Then rows
 * come, and ties are broken, in the same order there. */
bool physical_is_clustered(const struct cat_table *t, const struct cat_key *key);
/* "UNIQUE KEY `i_..` (`c_.._e`,`c_.._e`)" and, with an order index, ", KEY `i_..` (..)". Appends
 * nothing for a key without physical index. */
void physical_key_def(const struct cat_table *t, const struct cat_key *key, struct buf *sql);
/* "CONSTRAINT `f_..` FOREIGN KEY (`c_.._e`) REFERENCES `d_..`.`t_..` (`c_.._e`) ON DELETE CASCADE".
 * False, with nothing appended, when parent's columns have no tokens. */
bool physical_fk_def(const struct cat_table *t, const struct cat_fk *fk,
                     const struct cat_table *parent, struct buf *sql);
/* Whole CREATE TABLE without foreign keys. */
void physical_create_table(const struct cat_table *t, struct buf *sql);
