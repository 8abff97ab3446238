/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collations: the registry (names, ids, character sets, PAD attribute) and the weight tables that
 * turn a string into its key. Nothing about a collation is hard-coded except that `*_bin` weighs
 * bytes: ids, names and PAD attributes come from information_schema.COLLATIONS of the scratch engine,
 * weights from its WEIGHT_STRING() for every code point. So a key is right for the engine at hand
 * whatever its Unicode version.
 *
 * Not every collation is a concatenation of per-character weights. While a table is built, strings
 * that hold every pair of characters of every script block (and every letter with every combining
 * mark) are weighed as a whole; blocks in which that differs from the concatenation (contractions,
 * context rules) are marked, and a string with a character of a marked block gives COLLATION_ASK.
 *
 * Key: the concatenated weights; for a PAD SPACE collation without trailing weights of U+0020, so
 * that keys of strings that MySQL holds equal are equal and other keys differ. Keys have no length
 * limit. `struct collation` and a filled `struct collation_set` are immutable: any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/types/charset.h"

/* ------------------------------------------------------------------------------ registry --- */

struct collation_info {
    uint16_t id;
    bool is_default; /* of its character set */
    bool pad_space;
    bool is_bin;       /* weighs code points or bytes: no table needed */
    uint8_t max_bytes; /* per character */
    enum charset cs;
    struct slice name, charset; /* lower case, owned by the set */
};

struct collation_set; /* owns its infos, which stay where they are until it is freed */

/* Knows binary (63), utf8mb4_bin (46) and utf8mb4_general_ci (45) from the start, so that code can
 * run before the scratch engine is asked. NULL when out of memory. */
struct collation_set *collation_set_new(void);
struct collation_set *collation_set_free(struct collation_set *set);

/* One row of collation_set_sql(): id, collation name, charset name, is_default 'Yes'|'', pad 'PAD
 * SPACE'|'NO PAD'|NULL, maxlen. Adding a known id again replaces nothing. */
#define COLLATION_SET_COLUMNS 6
STATUS collation_set_add_row(struct collation_set *set, const struct slice *cells, size_t n);
/* The SELECT that gives such rows: for MySQL with is_mariadb false. NUL-terminated, static. */
const char *collation_set_sql(bool is_mariadb);

const struct collation_info *collation_set_find(const struct collation_set *set,
                                                struct slice name); /* ASCII case-insensitive */
const struct collation_info *collation_set_find_id(const struct collation_set *set, uint16_t id);
const struct collation_info *collation_set_find_default(const struct collation_set *set,
                                                        struct slice charset);
const struct collation_info *collation_set_binary(const struct collation_set *set); /* never NULL */

/* ---------------------------------------------------------------------------------- keys --- */

struct collation; /* a weight table; 1 KB (8-bit) to some 300 KB (UCA) */

enum collation_result {
    COLLATION_OK,
    COLLATION_ASK, /* ill-formed bytes, or a character of a marked block; nothing appended */
};

/* Appends the key of s (bytes in the collation's character set). */
enum collation_result collation_key(const struct collation *c, struct slice s, struct buf *key);

/* The same from a WEIGHT_STRING() that the engine gave for the whole string, for a string that was
 * COLLATION_ASK. Exact for every token-safe collation, marked blocks or not. */
void collation_key_from_weights(const struct collation *c, struct slice weights, struct buf *key);

/* Appends exactly n bytes whose memcmp order agrees with the collation's (equal bytes: a tie).
 * Serves ORDER and, with n = the key length of a LIKE prefix, prefix ranges. */
enum collation_result collation_order_key(const struct collation *c, struct slice s, size_t n,
                                          struct buf *key);

/* Weights of s without any PAD handling: the common prefix of the keys of all strings LIKE 's%'
 * whose next character is no contraction tail (ASK where that can happen). */
enum collation_result collation_prefix_key(const struct collation *c, struct slice s,
                                           struct buf *key);

const struct collation_info *collation_info_of(const struct collation *c);
/* False: the collation has no keys, not even by asking (multi-byte legacy character sets, several
 * weight levels with PAD SPACE): its columns get no tokens. */
bool collation_is_token_safe(const struct collation *c);

struct collation *collation_ref(const struct collation *c);
struct collation *collation_unref(struct collation *c); /* NULL is fine; returns NULL */

/* ------------------------------------------------------------------------------- building --- */

/*
 * What the builder asks: WEIGHT_STRING of n <= 256 strings in the collation's charset, one `emit`
 * each with i = 0..n-1; a NULL slice for what is no string of that character set. Single strings
 * reach some 2.5 MB (5 MB of SQL): max_allowed_packet must be 16 MiB at least.
 */
typedef void collation_emit_fn(void *emit_ctx, size_t i, struct slice weight);
struct collation_source {
    void *ctx;
    STATUS (*strings)(void *ctx, const struct collation_info *info, const struct slice *strings,
                      size_t n, collation_emit_fn *emit, void *emit_ctx);
};

/* Bin collations need no source (NULL). Takes 0.1 s (8-bit) to some seconds (UCA): cache the result. */
STATUS collation_build(struct collation **out, const struct collation_info *info,
                       const struct collation_source *source, struct diag *d);

/* A source over plain SQL: `query` runs one statement (on a scratch session with utf8mb4 as its
 * character set and sql_mode='') and calls `row` with the cells of each row, as bytes. */
typedef void collation_row_fn(void *row_ctx, const struct slice *cells, size_t n);
struct collation_sql {
    void *ctx;
    STATUS (*query)(void *ctx, struct slice sql, collation_row_fn *row, void *row_ctx);
};
/* *sql must outlive the source. */
void collation_sql_source(struct collation_sql *sql, struct collation_source *out);
/* The expression that gives the weights of one string, e.g. for COLLATION_ASK:
 * WEIGHT_STRING(_charset x'..' COLLATE name). */
void collation_sql_weight(const struct collation_info *info, struct slice s, struct buf *sql);

/* ---------------------------------------------------------------------------------- cache --- */

/*
 * The cache file's bytes (docs/formats/values.md): magic, version, the engine's version string,
 * collation name, pages, and a 64-bit FNV-1a checksum. The checksum finds damage, not malice: the
 * file belongs in a directory that only the proxy can write. `load` gives *out = NULL (and OK) when
 * the bytes are of another engine, collation or version, or are damaged: build again.
 */
void collation_save(const struct collation *c, struct slice engine, struct buf *out);
STATUS collation_load(struct collation **out, const struct collation_info *info,
                      struct slice engine, struct slice bytes);
