/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WEIGHT_STRING by the thousand. The numbers come from the server itself (a sequence table on
 * MariaDB, a recursive query on MySQL), so a range is one query whose rows stream.
 */
#include "proxy/scratch/scratch_priv.h"

#define SURROGATE_FIRST 0xD800u
#define SURROGATE_LAST  0xDFFFu
#define BMP_LAST        0xFFFFu
#define CHUNK           65536u

static struct status
read_collations(struct backend_conn *c, struct arena *a, struct scratch_collation **out, size_t *n,
                struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row;
    const bool mariadb = backend_flavour(c) == BACKEND_MARIADB;
    /* MariaDB has no pad attribute: NO PAD is in the name. uca1400 names come without character set. */
    const struct slice sql =
        mariadb ? SLICE("SELECT full_collation_name, character_set_name, id, is_default, 'Yes',"
                        " IF(full_collation_name LIKE '%nopad%' OR character_set_name = 'binary',"
                        " 'NO PAD', 'PAD SPACE'), 0"
                        " FROM information_schema.collation_character_set_applicability"
                        " WHERE id IS NOT NULL ORDER BY id")
                : SLICE("SELECT collation_name, character_set_name, id, is_default, is_compiled,"
                        " pad_attribute, sortlen FROM information_schema.collations ORDER BY id");
    TRY(backend_query(c, sql, BACKEND_STORE, &r, d));
    const size_t cap = backend_result_n_rows(r);
    struct scratch_collation *list = arena_array(a, struct scratch_collation, cap);
    TRY(arena_status(a));
    for (*n = 0; *n < cap; (*n)++) {
        TRY(backend_result_next(r, &row, d));
        uint64_t id = 0, sortlen = 0;
        if (!row || !slice_parse_u64(row[2], &id) || !slice_parse_u64(row[6], &sortlen)) {
            FAIL(d, BUG, "information_schema.collations has an unknown form");
        }
        list[*n] = (struct scratch_collation){
            .name = arena_dup(a, row[0]),
            .charset = arena_dup(a, row[1]),
            .id = (uint16_t) id,
            .is_default = slice_equal_str(row[3], "Yes"),
            .is_compiled = slice_equal_str(row[4], "Yes"),
            .pad_space = slice_equal_str(row[5], "PAD SPACE"),
            .sortlen = (uint32_t) sortlen,
        };
    }
    *out = list;
    return arena_status(a);
}

struct status
scratch_collations(struct scratch *s, struct arena *a, struct scratch_collation **out, size_t *n,
                   struct diag *d)
{
    struct backend_conn *c;
    TRY(scratch_aux_take(s, &c, d));
    const struct status st = read_collations(c, a, out, n, d);
    scratch_aux_give(s, c);
    return st;
}

static bool
is_unicode(struct slice charset)
{
    static const char *const names[] = {"utf8mb4", "utf8mb3", "utf8", "ucs2",
                                        "utf16",   "utf16le", "utf32"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_equal_str_ci(charset, names[i])) {
            return true;
        }
    }
    return false;
}

/*
 * Rows (n, weight) for from <= n <= to, ascending without a sort: both sources of numbers are read in
 * order (and stream_weights checks it). The character of number n goes through UTF-32 for Unicode
 * sets and is the byte itself for others.
 */
static void
append_weights_sql(enum backend_flavour flavour, struct slice charset, struct slice collation,
                   uint32_t from, uint32_t to, struct buf *sql)
{
    const bool mariadb = flavour == BACKEND_MARIADB;
    const char *n = mariadb ? "seq" : "n";
    if (!mariadb) {
        buf_printf(
            sql, "WITH RECURSIVE q (n) AS (SELECT %u UNION ALL SELECT n + 1 FROM q WHERE n < %u) ",
            from, to);
    }
    buf_printf(sql, "SELECT %s, WEIGHT_STRING(", n);
    if (is_unicode(charset)) {
        /* CHAR(n USING utf32) does not pad to four bytes on MySQL. */
        buf_printf(sql, "CONVERT(CONVERT(UNHEX(LPAD(HEX(%s), 8, '0')) USING utf32) USING %.*s)", n,
                   SLICE_ARG(charset));
    } else {
        buf_printf(sql, "CHAR(%s USING %.*s)", n, SLICE_ARG(charset));
    }
    buf_printf(sql, " COLLATE %.*s) FROM ", SLICE_ARG(collation));
    if (mariadb) {
        buf_printf(sql, "mysql.seq_%u_to_%u", from, to);
    } else {
        buf_append_str(sql, "q");
    }
}

static bool
is_bmp_only(struct slice charset)
{
    return slice_equal_str_ci(charset, "utf8mb3") || slice_equal_str_ci(charset, "utf8") ||
           slice_equal_str_ci(charset, "ucs2");
}

static struct status
stream_weights(struct backend_conn *c, struct slice sql, scratch_weight_fn fn, void *ctx,
               struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row;
    uint64_t expected_from = 0;
    TRY(backend_query(c, sql, BACKEND_STREAM, &r, d));
    for (;;) {
        uint64_t code = 0;
        TRY(backend_result_next(r, &row, d));
        if (!row) {
            return OK;
        }
        if (!slice_parse_u64(row[0], &code) || code < expected_from) {
            FAIL(d, BUG, "weights came without number or out of order");
        }
        expected_from = code + 1;
        if (slice_is_null(row[1])) {
            continue; /* no character of this set */
        }
        TRY(fn(ctx, (uint32_t) code, row[1], d));
    }
}

static struct status
chunk_weights(struct backend_conn *c, struct slice charset, struct slice collation, uint32_t from,
              uint32_t to, scratch_weight_fn fn, void *ctx, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    append_weights_sql(backend_flavour(c), charset, collation, from, to, &sql);
    TRY(buf_status(&sql));
    return stream_weights(c, buf_slice(&sql), fn, ctx, d);
}

struct status
scratch_collation_weights(struct scratch *s, struct slice charset, struct slice collation,
                          uint32_t from, uint32_t to, scratch_weight_fn fn, void *ctx,
                          struct diag *d)
{
    struct backend_conn *c;
    struct status st = OK;
    to = is_bmp_only(charset) && to > BMP_LAST ? BMP_LAST : to;
    TRY(scratch_aux_take(s, &c, d));
    for (uint64_t at = from; at <= to && status_is_ok(st);) {
        uint64_t last = at + CHUNK - 1 < to ? at + CHUNK - 1 : to;
        if (is_unicode(charset) && at >= SURROGATE_FIRST && at <= SURROGATE_LAST) {
            at = SURROGATE_LAST + 1;
            continue;
        }
        if (is_unicode(charset) && at < SURROGATE_FIRST && last >= SURROGATE_FIRST) {
            last = SURROGATE_FIRST - 1;
        }
        st = chunk_weights(c, charset, collation, (uint32_t) at, (uint32_t) last, fn, ctx, d);
        at = last + 1;
    }
    scratch_aux_give(s, c);
    return st;
}

struct status
scratch_collation_strings(struct scratch *s, struct slice charset, struct slice collation,
                          const struct slice *strings, size_t n, scratch_weight_fn fn, void *ctx,
                          struct diag *d)
{
    struct backend_conn *c;
    struct status st = OK;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(scratch_aux_take(s, &c, d));
    for (size_t i = 0; i < n && status_is_ok(st);) {
        buf_clear(&sql);
        for (size_t k = 0; k < 500 && i < n; k++, i++) {
            buf_printf(&sql, "%sSELECT %zu, WEIGHT_STRING(_%.*s X'", k ? " UNION ALL " : "", i,
                       SLICE_ARG(charset));
            buf_append_hex(&sql, strings[i]);
            buf_printf(&sql, "' COLLATE %.*s)", SLICE_ARG(collation));
        }
        st = buf_status(&sql);
        if (status_is_ok(st)) {
            st = stream_weights(c, buf_slice(&sql), fn, ctx, d);
        }
    }
    scratch_aux_give(s, c);
    return st;
}
