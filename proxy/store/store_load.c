/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed rows -> objects -> snapshot. */
#include <inttypes.h>

#include "crypto/seal.h"
#include "proxy/store/query.h"
#include "proxy/store/store_priv.h"
#include "rewriter/catalog/catalog_json.h"

void
store_load_seal_name(const char *table, uint64_t id, struct buf *out)
{
    buf_printf(out, "%s/%" PRIu64, table, id);
}

static struct status
open_object(struct store *s, struct arena *a, const struct query_rows *rows, size_t i,
            struct store_object *o, struct diag *d)
{
    uint64_t kind;
    if (!slice_parse_u64(query_cell(rows, i, 0), &o->id) ||
        !slice_parse_u64(query_cell(rows, i, 1), &kind) ||
        !slice_parse_u64(query_cell(rows, i, 2), &o->version) || kind > STORE_DB) {
        FAIL(d, CIPHERTEXT, "a row of " STORE_SCHEMA ".catalog is damaged");
    }
    o->kind = (enum store_kind) kind;
    o->json = SLICE_NULL;
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf plain = BUF_INIT;
    store_load_seal_name("catalog", o->id, &name);
    buf_append_u8(&name, (uint8_t) kind); /* a row cannot be declared dropped, or the like */
    TRY(buf_status(&name));
    const struct status status =
        seal_decode(s->keyring, buf_slice(&name), o->version, query_cell(rows, i, 3), &plain);
    if (!status_is_ok(status)) {
        diag_set(d, status.code, "row %" PRIu64 " of " STORE_SCHEMA ".catalog is damaged", o->id);
        return status;
    }
    o->json = arena_dup(a, buf_slice(&plain));
    return arena_status(a);
}

struct status
store_load_objects(struct store *s, struct arena *a, uint64_t after, struct store_object **out,
                   size_t *n, struct diag *d)
{
    struct query_rows rows;
    const struct slice sql = arena_printf(a,
                                          "SELECT id, kind, version, body FROM " STORE_SCHEMA
                                          ".catalog WHERE version > %" PRIu64 " ORDER BY id",
                                          after);
    TRY(query_rows(s->conn, a, sql, &rows, d));
    struct store_object *objects = arena_array(a, struct store_object, rows.n);
    TRY(arena_status(a));
    for (size_t i = 0; i < rows.n; i++) {
        TRY(open_object(s, a, &rows, i, &objects[i], d));
    }
    *out = objects;
    *n = rows.n;
    return OK;
}

/* ---- applying ----------------------------------------------------------------------------------- */

static void
apply_gone(const struct catalog *base, struct catalog_builder *b, uint64_t id)
{
    const struct cat_table *t = base ? catalog_find_table_by_id(base, id) : NULL;
    if (t) {
        catalog_builder_drop_table(b, t->db, t->name);
    }
    const struct cat_db *db;
    for (size_t i = 0; base && (db = catalog_next_db(base, &i));) {
        if (db->id == id) {
            catalog_builder_drop_db(b, db->name);
        }
    }
}

static struct status
apply_db(struct catalog_builder *b, const struct store_object *o, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct cat_db db;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    TRY(catalog_json_read_db(a, o->json, &db, d));
    db.version = o->version;
    catalog_builder_put_db(b, &db);
    return OK;
}

static struct status
apply_table(struct store *s, struct catalog_builder *b, const struct store_object *o,
            struct diag *d)
{
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *t = NULL;
    TRY(catalog_json_read_table(s->config.collations, o->json, &t, d));
    t->version = o->version;
    catalog_builder_put_table(b, t);
    return OK;
}

/* Written and then dropped by the same change (a child whose parent went first). */
static bool
goes_later(const struct store_object *objects, size_t n, size_t at)
{
    for (size_t i = at + 1; i < n; i++) {
        if (objects[i].kind == STORE_GONE && objects[i].id == objects[at].id) {
            return true;
        }
    }
    return false;
}

struct status
store_load_apply(struct store *s, const struct catalog *base, const struct store_object *objects,
                 size_t n, uint64_t version, struct catalog **out, struct diag *d)
{
    CLEANUP(catalog_builder_free_cleanup) struct catalog_builder *b = catalog_builder_new(base);
    if (!b) {
        RAISE(NO_MEMORY);
    }
    /* First what is gone: its name may have been given anew. Databases before their tables. */
    for (size_t i = 0; i < n; i++) {
        if (objects[i].kind == STORE_GONE) {
            apply_gone(base, b, objects[i].id);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (objects[i].kind == STORE_DB) {
            TRY(apply_db(b, &objects[i], d));
        }
    }
    for (size_t i = 0; i < n; i++) {
        const bool table = objects[i].kind == STORE_TABLE || objects[i].kind == STORE_VIEW;
        if (table && !goes_later(objects, n, i)) {
            TRY(apply_table(s, b, &objects[i], d));
        }
    }
    return catalog_builder_finish(b, version, out);
}
