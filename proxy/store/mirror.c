/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror follows the catalog: every database, table and view of a snapshot exists in the scratch
 * engine, empty. Texts are the engine's own SHOW CREATE output, run under a session state in which
 * they read back as they were printed.
 */
#include <string.h>

#include "base/log.h"
#include "proxy/store/query.h"
#include "proxy/store/store_priv.h"

static struct status
neutral_session(struct backend_conn *admin, struct diag *d)
{
    return backend_exec_str(admin,
                            "SET SESSION foreign_key_checks = 0, unique_checks = 0,"
                            " sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'",
                            d);
}

static struct status
run_in_db(struct backend_conn *admin, struct slice db, struct slice sql, struct diag *d)
{
    TRY(backend_init_db(admin, db, d));
    return backend_exec(admin, sql, NULL, d);
}

static struct status
create_db(struct store *s, const struct cat_db *db, struct backend_conn *admin, struct diag *d)
{
    TRY(backend_exec(admin, db->create_sql, NULL, d));
    return scratch_grant(s->config.scratch, admin, db->name, d);
}

static struct status
drop_statement(struct backend_conn *admin, const char *head, struct slice db, struct slice table,
               struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, head);
    query_name(&sql, db);
    if (!slice_is_null(table)) {
        buf_append_u8(&sql, '.');
        query_name(&sql, table);
    }
    TRY(buf_status(&sql));
    return backend_exec(admin, buf_slice(&sql), NULL, d);
}

static struct status
drop_table(struct backend_conn *admin, struct slice db, struct slice table, struct diag *d)
{
    TRY(drop_statement(admin, "DROP VIEW IF EXISTS ", db, table, d));
    return drop_statement(admin, "DROP TABLE IF EXISTS ", db, table, d);
}

/* Tables of one kind; views may depend on each other, so those that fail are tried again as long as
 * others succeed. Returns how many succeeded. */
static struct status
create_pass(const struct catalog *cat, struct backend_conn *admin, enum cat_kind kind, bool retry,
            size_t *n_done, size_t *n_failed, struct diag *d)
{
    const struct cat_db *db;
    const struct cat_table *t;
    *n_done = *n_failed = 0;
    for (size_t i = 0; (db = catalog_next_db(cat, &i));) {
        for (size_t j = 0; (t = catalog_next_table(cat, db->name, &j));) {
            if (t->kind != kind) {
                continue;
            }
            struct diag why = DIAG_INIT;
            const struct status status = run_in_db(admin, db->name, t->create_sql, &why);
            if (status_is_ok(status) ||
                why.mysql_errno == 1050) { /* 1050: an earlier pass made it */
                *n_done += status_is_ok(status);
            } else if (kind == CAT_VIEW || retry) {
                (*n_failed)++;
            } else {
                *d = why;
                return status;
            }
        }
    }
    return OK;
}

struct status
mirror_fill(struct store *s, const struct catalog *cat, struct backend_conn *admin, struct diag *d)
{
    const struct cat_db *db;
    TRY(neutral_session(admin, d));
    for (size_t i = 0; (db = catalog_next_db(cat, &i));) {
        TRY(create_db(s, db, admin, d));
    }
    size_t n_done, n_failed;
    TRY(create_pass(cat, admin, CAT_TABLE, false, &n_done, &n_failed, d));
    do {
        TRY(create_pass(cat, admin, CAT_VIEW, true, &n_done, &n_failed, d));
    } while (n_done && n_failed);
    if (n_failed) { /* invalid views exist in MySQL, too */
        log_warn(&log_process, "mirror.views", "%zu views cannot be made", n_failed);
    }
    scratch_invalidate(s->config.scratch, SLICE_NULL, SLICE_NULL);
    return OK;
}

struct status
store_mirror_fill(void *ctx, struct scratch *scratch, struct backend_conn *admin, struct diag *d)
{
    struct store *s = ctx;
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(s);
    TRY(store_accounts_fill(s, admin, d)); /* first: the definers of views */
    return mirror_fill(s, cat, admin, d);
}

struct status
mirror_restore(struct store *s, const struct catalog *cat, struct backend_conn *admin,
               struct slice db, struct slice table, struct diag *d)
{
    if (!catalog_find_db(cat, db)) {
        return OK;
    }
    const struct cat_table *t = catalog_find_table(cat, db, table);
    TRY(neutral_session(admin, d));
    TRY(drop_table(admin, db, table, d));
    if (t) {
        TRY(run_in_db(admin, db, t->create_sql, d));
    }
    scratch_invalidate(s->config.scratch, db, table);
    return OK;
}

/* Behind the `quoted` name that begins at `at`. */
static size_t
name_end(struct slice s, size_t at)
{
    for (at++; at < s.len; at++) {
        if (s.data[at] != '`') {
            continue;
        }
        if (at + 1 >= s.len || s.data[at + 1] != '`') {
            return at + 1;
        }
        at++; /* doubled */
    }
    return s.len;
}

struct status
mirror_view_definer(struct backend_conn *admin, struct cat_table *t, struct slice definer,
                    struct diag *d)
{
    static const char create[] = "CREATE ", head[] = "DEFINER=";
    const struct slice text = t->create_sql;
    const uint8_t *at = memmem(text.data, text.len, head, sizeof head - 1);
    if (!slice_starts_with(text, slice_of_str(create)) || !at) {
        FAIL(d, BUG, "a view's definition without its definer");
    }
    const size_t begin = (size_t) (at - text.data) + sizeof head - 1;
    const size_t end = name_end(text, name_end(text, begin) + 1);
    t->create_sql = arena_printf(t->arena, "%.*s%.*s%.*s", (int) begin, (const char *) text.data,
                                 SLICE_ARG(definer), SLICE_ARG(slice_from(text, end)));
    TRY(arena_status(t->arena));
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "CREATE OR REPLACE ");
    buf_append_slice(&sql, slice_from(t->create_sql, sizeof create - 1));
    TRY(buf_status(&sql));
    TRY(neutral_session(admin, d));
    return run_in_db(admin, t->db, buf_slice(&sql), d);
}

struct status
mirror_restore_db(struct store *s, const struct catalog *cat, struct backend_conn *admin,
                  struct slice db, struct diag *d)
{
    const struct cat_db *was = catalog_find_db(cat, db);
    const struct cat_table *t;
    TRY(neutral_session(admin, d));
    TRY(drop_statement(admin, "DROP DATABASE IF EXISTS ", db, SLICE_NULL, d));
    if (was) {
        TRY(create_db(s, was, admin, d));
        for (int views = 0; views < 2; views++) {
            for (size_t i = 0; (t = catalog_next_table(cat, db, &i));) {
                if ((t->kind == CAT_VIEW) == views) {
                    TRY(run_in_db(admin, db, t->create_sql, d));
                }
            }
        }
    }
    scratch_invalidate(s->config.scratch, db, SLICE_NULL);
    return OK;
}

/* ---- following another proxy -------------------------------------------------------------------- */

static struct status
drop_gone(struct store *s, const struct catalog *from, const struct catalog *to,
          struct backend_conn *admin, struct diag *d)
{
    const struct cat_db *db;
    const struct cat_table *t;
    for (size_t i = 0; (db = catalog_next_db(from, &i));) {
        if (!catalog_find_db(to, db->name)) {
            TRY(drop_statement(admin, "DROP DATABASE IF EXISTS ", db->name, SLICE_NULL, d));
            scratch_invalidate(s->config.scratch, db->name, SLICE_NULL);
            continue;
        }
        for (size_t j = 0; (t = catalog_next_table(from, db->name, &j));) {
            const struct cat_table *now = catalog_find_table(to, db->name, t->name);
            if (!now || now->version != t->version) {
                TRY(drop_table(admin, db->name, t->name, d));
                scratch_invalidate(s->config.scratch, db->name, t->name);
            }
        }
    }
    return OK;
}

static struct status
make_new(struct store *s, const struct catalog *from, const struct catalog *to,
         struct backend_conn *admin, bool views, struct diag *d)
{
    const struct cat_db *db;
    const struct cat_table *t;
    for (size_t i = 0; (db = catalog_next_db(to, &i));) {
        if (!views && !catalog_find_db(from, db->name)) {
            TRY(create_db(s, db, admin, d));
        }
        for (size_t j = 0; (t = catalog_next_table(to, db->name, &j));) {
            const struct cat_table *was = catalog_find_table(from, db->name, t->name);
            if ((t->kind == CAT_VIEW) != views || (was && was->version == t->version)) {
                continue;
            }
            const struct status status =
                run_in_db(admin, db->name, t->create_sql, views ? NULL : d);
            if (!views) {
                TRY(status);
            }
        }
    }
    return OK;
}

struct status
mirror_follow(struct store *s, const struct catalog *from, const struct catalog *to,
              struct backend_conn *admin, struct diag *d)
{
    TRY(neutral_session(admin, d));
    TRY(drop_gone(s, from, to, admin, d));
    TRY(make_new(s, from, to, admin, false, d));
    return make_new(s, from, to, admin, true, d);
}

struct status
mirror_replace(struct store *s, const struct catalog *from, const struct catalog *to,
               struct backend_conn *admin, struct diag *d)
{
    const struct cat_db *db;
    TRY(neutral_session(admin, d));
    for (size_t i = 0; from && (db = catalog_next_db(from, &i));) {
        TRY(drop_statement(admin, "DROP DATABASE IF EXISTS ", db->name, SLICE_NULL, d));
    }
    return mirror_fill(s, to, admin, d);
}
