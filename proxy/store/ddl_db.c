/* SPDX-License-Identifier: Apache-2.0 */
/* CREATE, ALTER and DROP DATABASE as a journalled change. */
#include <inttypes.h>

#include "proxy/store/ddl_priv.h"
#include "rewriter/catalog/catalog_json.h"
#include "rewriter/catalog/layout.h"

static struct status
write_db(struct ddl *x, const struct cat_db *db)
{
    CLEANUP(buf_deinit_cleanup) struct buf json = BUF_INIT;
    TRY(catalog_json_write_db(db, &json));
    journal_add_object(&x->change, db->id, STORE_DB, buf_slice(&json));
    return arena_status(x->arena);
}

/* The draft without the database and its tables. */
static struct status
draft_drop_db(struct ddl *x, const struct cat_db *db)
{
    CLEANUP(catalog_builder_free_cleanup) struct catalog_builder *b = catalog_builder_new(x->draft);
    const struct cat_table *t;
    struct catalog *next;
    if (!b) {
        RAISE(NO_MEMORY);
    }
    for (size_t i = 0; (t = catalog_next_table(x->before, db->name, &i));) {
        catalog_builder_drop_table(b, t->db, t->name);
    }
    catalog_builder_drop_db(b, db->name);
    TRY(catalog_builder_finish(b, catalog_version(x->draft), &next));
    catalog_unref(x->draft);
    x->draft = next;
    return OK;
}

static struct status
build_db_gone(struct ddl *x, const struct cat_db *db)
{
    const struct cat_table *t;
    CLEANUP(buf_deinit_cleanup) struct buf ids = BUF_INIT;
    TRY(draft_drop_db(x, db));
    buf_append_str(&ids, "DELETE FROM " STORE_SCHEMA ".sequences WHERE id IN (0");
    for (size_t i = 0; (t = catalog_next_table(x->before, db->name, &i));) {
        journal_add_object(&x->change, t->id, STORE_GONE, SLICE_NULL);
        if (t->kind == CAT_TABLE) {
            TRY(ddl_change_release(x, t));
            buf_printf(&ids, ",%" PRIu64, t->id);
        }
    }
    buf_append_str(&ids, ")");
    journal_add_object(&x->change, db->id, STORE_GONE, SLICE_NULL);
    journal_add_redo(&x->change,
                     arena_printf(x->arena, "DROP DATABASE IF EXISTS `%.*s`", SLICE_ARG(db->phys)));
    TRY(buf_status(&ids));
    journal_add_redo(&x->change, arena_dup(x->arena, buf_slice(&ids)));
    return arena_status(x->arena);
}

struct status
ddl_db_build(struct ddl *x, struct slice create_sql)
{
    const struct slice name = x->req->names[0].db;
    const struct cat_db *old = catalog_find_db(x->before, name);
    x->change = (struct change){.arena = x->arena};
    if (slice_is_null(create_sql)) {
        return old ? build_db_gone(x, old) : OK;
    }
    struct cat_db db = old ? *old : (struct cat_db){.name = name};
    db.create_sql = create_sql;
    if (!old) {
        TRY(store_new_id(x->s, &db.id, x->d));
        TRY(layout_name_db(x->s->keyring, x->arena, &db));
        struct change_step *step = journal_add_step(&x->change);
        step->sql = arena_printf(x->arena, "CREATE DATABASE `%.*s`", SLICE_ARG(db.phys));
        step->undo = arena_printf(x->arena, "DROP DATABASE IF EXISTS `%.*s`", SLICE_ARG(db.phys));
    } else if (slice_equal(old->create_sql, create_sql)) {
        return OK;
    }
    return write_db(x, &db);
}
