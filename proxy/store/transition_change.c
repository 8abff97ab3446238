/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a transition that change the catalog, each a journalled change (journal.h). */
#include "base/fault.h"
#include "proxy/store/query.h"
#include "proxy/store/transition_priv.h"
#include "rewriter/catalog/catalog_json.h"
#include "rewriter/catalog/layout.h"
#include "rewriter/catalog/physical.h"

/* Clients wait while an ALTER TABLE waits for others: give up soon and try again. */
#define LOCK_WAIT_S 1

/* ---- running a change --------------------------------------------------------------------------- */

static struct status
run_step(void *ctx, const struct change_step *step)
{
    struct transition_work *w = ctx;
    struct diag server = DIAG_INIT;
    /* MySQL keeps constraints on a renamed parent only while it checks them */
    TRY(query_exec(w->s->conn, w->d, "SET lock_wait_timeout = %d, foreign_key_checks = 1",
                   LOCK_WAIT_S));
    const struct status status = backend_exec(w->s->conn, step->sql, NULL, &server);
    if (!backend_is_lost(w->s->conn)) {
        TRY(query_exec(w->s->conn, w->d, "SET lock_wait_timeout = %u, foreign_key_checks = 0",
                       w->s->config.lock_wait_s));
    }
    if (status.code ==
        STATUS_UPSTREAM_SQL) { /* its text may name physical things: not for people */
        diag_set_sql(w->d, status.code, server.mysql_errno, server.sqlstate,
                     "the server refused an ALTER TABLE (error %u)", server.mysql_errno);
    } else if (!status_is_ok(status)) {
        diag_set(w->d, status.code, "%s", server.message);
    }
    return status;
}

struct body {
    struct transition_work *w;
    struct status (*fn)(struct transition_work *w, struct catalog *cat);
};

static struct status
run_body(struct store *s, void *ctx, struct diag *d)
{
    const struct body *body = ctx;
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(s);
    return body->fn(body->w, cat);
}

/* With nobody else changing the catalog. */
static struct status
alone(struct transition_work *w, struct status (*fn)(struct transition_work *, struct catalog *))
{
    struct body body = {w, fn};
    pthread_mutex_lock(&w->s->ddl_lock);
    const struct status status = journal_alone(w->s, run_body, &body, w->d);
    pthread_mutex_unlock(&w->s->ddl_lock);
    return status;
}

static struct status
put_table(struct change *c, const struct cat_table *t)
{
    CLEANUP(buf_deinit_cleanup) struct buf json = BUF_INIT;
    TRY(catalog_json_write_table(t, &json));
    journal_add_object(c, t->id, STORE_TABLE, buf_slice(&json));
    return arena_status(c->arena);
}

static struct slice
finish_text(struct change *c, struct buf *sql)
{
    const struct slice text = arena_dup(c->arena, buf_slice(sql));
    buf_clear(sql);
    return text;
}

/* ---- ALTER TABLE -------------------------------------------------------------------------------- */

static void
begin_alter(struct buf *sql, const struct cat_table *t)
{
    buf_append_str(sql, "ALTER TABLE ");
    physical_table_name(t, sql);
}

static void
rename_to(struct buf *sql, const struct cat_table *t)
{
    buf_append_str(sql, " RENAME TO ");
    physical_table_name(t, sql);
}

/* "ADD COLUMN .., " (or DROP) for each shadow of the transition. */
static void
shadow_columns(const struct transition *tr, const struct cat_table *t, bool drop, struct buf *sql)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct physical_column pc = {.column = (uint16_t) i};
        for (size_t k = 0; catalog_onion_next(&t->columns[i], &k, &pc.onion);) {
            if (pc.onion.transition != tr->id) {
                continue;
            }
            if (drop) {
                buf_printf(sql, " DROP COLUMN `%.*s`,", SLICE_ARG(pc.onion.phys));
            } else {
                buf_append_str(sql, " ADD COLUMN ");
                physical_column_def(t, &pc, sql);
                buf_append_u8(sql, ',');
            }
        }
    }
}

/* ---- add ---------------------------------------------------------------------------------------- */

static struct status
add_to_table(struct transition_work *w, struct catalog *cat, const struct cat_table *old)
{
    const struct reshape r = transition_reshape(w->t);
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *now = NULL;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct change c = {.arena = w->arena};
    TRY(catalog_table_clone(old, &now));
    TRY(reshape_add(&r, now));
    if (!reshape_has_shadows(&r, now) || reshape_has_shadows(&r, old)) {
        return OK; /* nothing is added, or it was before a kill */
    }
    TRY(layout_rename(w->s->keyring, now));
    struct change_step *step = journal_add_step(&c);
    begin_alter(&sql, old);
    shadow_columns(w->t, now, false, &sql);
    rename_to(&sql, now);
    step->sql = finish_text(&c, &sql);
    begin_alter(&sql, now);
    shadow_columns(w->t, now, true, &sql);
    rename_to(&sql, old);
    step->undo = finish_text(&c, &sql);
    TRY(put_table(&c, now));
    return journal_apply(w->s, cat, &c, run_step, w, w->d);
}

/* fn for each table, on the snapshot that the one before left. */
static struct status
each_table(struct transition_work *w,
           struct status (*fn)(struct transition_work *, struct catalog *,
                               const struct cat_table *))
{
    for (uint64_t from = 0;;) {
        CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(w->s);
        const struct cat_table *t = transition_next_table(w->t, cat, from);
        if (!t) {
            return OK;
        }
        from = t->id + 1;
        TRY(fn(w, cat, t));
    }
}

static struct status
add_all(struct transition_work *w, struct catalog *cat)
{
    return each_table(w, add_to_table);
}

struct status
transition_change_add(struct transition_work *w)
{
    return alone(w, add_all);
}

/* ---- names of indexes and constraints ----------------------------------------------------------- */

/* The catalog after the switch. */
static struct status
switched_catalog(struct transition_work *w, const struct catalog *cat, struct catalog **out)
{
    const struct reshape r = transition_reshape(w->t);
    CLEANUP(catalog_builder_free_cleanup) struct catalog_builder *b = catalog_builder_new(cat);
    if (!b) {
        RAISE(NO_MEMORY);
    }
    const struct cat_table *t;
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        CLEANUP(catalog_table_unref_cleanup) struct cat_table *after = NULL;
        TRY(catalog_table_clone(t, &after));
        TRY(reshape_switch(&r, after));
        catalog_builder_put_table(b, after);
    }
    return catalog_builder_finish(b, catalog_version(cat), out);
}

/* Does one of the tokens that the constraint compares change? */
static bool
fk_changes(const struct catalog *cat, const struct catalog *after, const struct cat_table *t,
           const struct cat_fk *fk)
{
    const struct cat_table *now = catalog_find_table_by_id(after, t->id);
    const struct cat_table *parent = catalog_find_table(cat, fk->ref_db, fk->ref_table);
    const struct cat_table *parent_now = catalog_find_table(after, fk->ref_db, fk->ref_table);
    for (size_t i = 0; now && parent && parent_now && i < fk->n_columns; i++) {
        const int at = catalog_find_column(parent, fk->ref_columns[i]);
        if (!slice_equal(t->columns[fk->columns[i]].phys_e, now->columns[fk->columns[i]].phys_e) ||
            (at >= 0 && !slice_equal(parent->columns[at].phys_e, parent_now->columns[at].phys_e))) {
            return true;
        }
    }
    return false;
}

static struct status
name_table(struct transition_work *w, const struct catalog *cat, const struct catalog *after,
           const struct cat_table *t, struct change *c)
{
    const struct reshape r = transition_reshape(w->t);
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *now = NULL;
    bool changed = false;
    TRY(catalog_table_clone(t, &now));
    TRY(reshape_name_indexes(&r, w->s->keyring, now, &changed));
    for (size_t i = 0; i < now->n_fks; i++) {
        struct cat_fk *fk = &now->fks[i];
        if (!slice_is_null(fk->phys) && slice_is_null(fk->shadow) &&
            fk_changes(cat, after, t, &t->fks[i])) {
            TRY(layout_shadow_fk(w->s->keyring, now, &fk->shadow));
            changed = true;
        }
    }
    return changed ? put_table(c, now) : OK;
}

static struct status
name_all(struct transition_work *w, struct catalog *cat)
{
    struct change c = {.arena = w->arena};
    CLEANUP(catalog_unref_cleanup) struct catalog *after = NULL;
    const struct cat_table *t;
    TRY(switched_catalog(w, cat, &after));
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        TRY(name_table(w, cat, after, t, &c));
    }
    return journal_apply(w->s, cat, &c, run_step, w, w->d);
}

struct status
transition_change_names(struct transition_work *w)
{
    return alone(w, name_all);
}

/* ---- switch ------------------------------------------------------------------------------------- */

/* State and catalog change in one transaction: a transition is never switched twice. */
static struct status
switch_all(struct transition_work *w, struct catalog *cat)
{
    const struct reshape r = transition_reshape(w->t);
    struct change c = {.arena = w->arena};
    struct transition next = *w->t;
    const struct cat_table *t;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    bool complete;
    TRY(transition_index_complete(w, cat, &complete));
    if (!complete) { /* a key came, or a table was rebuilt, meanwhile */
        w->t->state = TRANSITION_STATE_INDEX;
        return transition_record_save(w->s->conn, w->s->keyring, w->t, w->d);
    }
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        CLEANUP(catalog_table_unref_cleanup) struct cat_table *now = NULL;
        TRY(catalog_table_clone(t, &now));
        TRY(reshape_switch(&r, now));
        now->switched = catalog_version(cat) + 1;
        TRY(put_table(&c, now));
    }
    next.switched = !next.switched;
    next.state = next.backout ? TRANSITION_STATE_DROP : TRANSITION_STATE_GRACE;
    next.changed_ms = transition_record_now();
    TRY(transition_record_sql(w->s->keyring, &next, false, &sql));
    c.on_commit = finish_text(&c, &sql);
    if (c.n_objects) {
        TRY(journal_apply(w->s, cat, &c, run_step, w, w->d));
    } else {
        TRY(backend_exec(w->s->conn, c.on_commit, NULL, w->d));
    }
    *w->t = next;
    return OK;
}

struct status
transition_change_switch(struct transition_work *w)
{
    return alone(w, switch_all);
}

/* ---- drop --------------------------------------------------------------------------------------- */

/* Old constraints first: they hold columns of other tables. */
static struct status
drop_constraints(struct transition_work *w, struct catalog *cat, const struct cat_table *t)
{
    for (size_t i = 0; i < t->n_fks; i++) {
        bool exists;
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        TRY(transition_index_exists(w->s->conn, w->arena, t, t->fks[i].shadow, true, &exists,
                                    w->d));
        if (!exists) {
            continue;
        }
        begin_alter(&sql, t);
        buf_printf(&sql, " DROP FOREIGN KEY `%.*s`", SLICE_ARG(t->fks[i].shadow));
        TRY(buf_status(&sql));
        TRY(run_step(w, &(struct change_step){.sql = buf_slice(&sql)}));
    }
    return OK;
}

static struct status
drop_index(struct transition_work *w, const struct cat_table *t, struct slice name, struct buf *sql)
{
    bool exists;
    TRY(transition_index_exists(w->s->conn, w->arena, t, name, false, &exists, w->d));
    if (exists) {
        buf_printf(sql, " DROP INDEX `%.*s`,", SLICE_ARG(name));
    }
    return OK;
}

static struct status
drop_from_table(struct transition_work *w, struct catalog *cat, const struct cat_table *old)
{
    const struct reshape r = transition_reshape(w->t);
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *now = NULL;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct change c = {.arena = w->arena};
    TRY(catalog_table_clone(old, &now));
    reshape_drop(&r, now);
    if (!reshape_has_shadows(&r, old)) {
        return OK;
    }
    TRY(layout_rename(w->s->keyring, now));
    struct change_step *step = journal_add_step(&c);
    begin_alter(&sql, old);
    TRY(transition_index_primary(w->s->conn, w->arena, old, now, &sql, w->d));
    for (size_t i = 0; i < old->n_keys; i++) {
        TRY(drop_index(w, old, old->keys[i].shadow_e, &sql));
        TRY(drop_index(w, old, old->keys[i].shadow_o, &sql));
    }
    shadow_columns(w->t, old, true, &sql);
    rename_to(&sql, now);
    step->sql = finish_text(&c, &sql);
    c.probe_db = now->phys_db; /* cannot be taken back */
    c.probe_table = now->phys;
    TRY(put_table(&c, now));
    return journal_apply(w->s, cat, &c, run_step, w, w->d);
}

static struct status
drop_all(struct transition_work *w, struct catalog *cat)
{
    TRY(each_table(w, drop_constraints));
    return each_table(w, drop_from_table);
}

struct status
transition_change_drop(struct transition_work *w)
{
    return alone(w, drop_all);
}
