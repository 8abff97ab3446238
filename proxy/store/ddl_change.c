/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From targets to a journalled change. The draft catalog grows target by target, so that parents of
 * foreign keys are found as they will be. Then the physical side in two passes: first tables and
 * their rows, then foreign keys between them.
 */
#include <inttypes.h>

#include "base/mem.h"
#include "proxy/store/ddl_priv.h"
#include "proxy/store/query.h"
#include "rewriter/catalog/catalog_json.h"
#include "rewriter/catalog/layout_diff.h"
#include "rewriter/catalog/physical.h"

/* Where the rows of a table that is being rebuilt stand meanwhile. */
static void
aside_name(const struct cat_table *old, struct buf *sql)
{
    buf_printf(sql, "`%.*s`.`%.*s_x`", SLICE_ARG(old->phys_db), SLICE_ARG(old->phys));
}

static struct slice
finish_text(struct ddl *x, struct buf *sql)
{
    const struct slice text =
        status_is_ok(buf_status(sql)) ? arena_dup(x->arena, buf_slice(sql)) : SLICE("");
    buf_clear(sql);
    return text;
}

/* ---- catalog side ------------------------------------------------------------------------------- */

static struct status
draft_put(struct ddl *x, const struct cat_table *drop, const struct cat_table *put)
{
    CLEANUP(catalog_builder_free_cleanup) struct catalog_builder *b = catalog_builder_new(x->draft);
    if (!b) {
        RAISE(NO_MEMORY);
    }
    if (drop) {
        const struct cat_table *now = catalog_find_table(x->draft, drop->db, drop->name);
        if (now && now->id == drop->id) { /* its name may belong to another one by now */
            catalog_builder_drop_table(b, drop->db, drop->name);
        }
    }
    if (put) {
        catalog_builder_put_table(b, put);
    }
    struct catalog *next;
    TRY(catalog_builder_finish(b, catalog_version(x->draft), &next));
    catalog_unref(x->draft);
    x->draft = next;
    return OK;
}

static struct status
write_table(struct ddl *x, const struct cat_table *t)
{
    CLEANUP(buf_deinit_cleanup) struct buf json = BUF_INIT;
    TRY(catalog_json_write_table(t, &json));
    /* a later description of the same table replaces an earlier one of this change */
    for (size_t i = 0; i < x->change.n_objects; i++) {
        if (x->change.objects[i].id == t->id) {
            x->change.objects[i].json = arena_dup(x->arena, buf_slice(&json));
            return arena_status(x->arena);
        }
    }
    journal_add_object(&x->change, t->id, t->kind == CAT_VIEW ? STORE_VIEW : STORE_TABLE,
                       buf_slice(&json));
    return arena_status(x->arena);
}

static bool
is_rewritten(const struct ddl *x, uint64_t id)
{
    for (size_t i = 0; i < x->n_rewrites; i++) {
        if (x->rewrites[i].old->id == id) {
            return true;
        }
    }
    return false;
}

static struct status
add_rewrite(struct ddl *x, const struct cat_table *old, const struct cat_table *fresh, bool convert)
{
    struct ddl_rewrite *grown = arena_array(x->arena, struct ddl_rewrite, x->n_rewrites + 1);
    TRY(arena_status(x->arena));
    mem_copy(grown, x->rewrites, x->n_rewrites * sizeof(*grown));
    grown[x->n_rewrites++] = (struct ddl_rewrite){old, catalog_table_ref(fresh), convert};
    x->rewrites = grown;
    return OK;
}

/* ---- what goes ---------------------------------------------------------------------------------- */

struct status
ddl_change_release(struct ddl *x, const struct cat_table *old)
{
    size_t n;
    const struct cat_fk_ref *refs = catalog_fk_refs(x->before, old, &n);
    for (size_t i = 0; i < n; i++) {
        const struct cat_table *child = catalog_find_table_by_id(x->draft, refs[i].child->id);
        if (!child || child->id == old->id || slice_is_null(refs[i].fk->phys)) {
            continue;
        }
        CLEANUP(catalog_table_unref_cleanup) struct cat_table *copy = NULL;
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        TRY(catalog_table_clone(child, &copy));
        for (size_t f = 0; f < copy->n_fks; f++) {
            if (copy->fks[f].id == refs[i].fk->id) {
                copy->fks[f].phys = SLICE_NULL;
            }
        }
        buf_append_str(&sql, "ALTER TABLE ");
        physical_table_name(child, &sql);
        buf_printf(&sql, " DROP FOREIGN KEY `%.*s`", SLICE_ARG(refs[i].fk->phys));
        journal_add_redo(&x->change, finish_text(x, &sql));
        TRY(write_table(x, copy));
        TRY(draft_put(x, NULL, copy));
    }
    return OK;
}

static struct status
build_gone(struct ddl *x, const struct cat_table *old)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(draft_put(x, old, NULL));
    journal_add_object(&x->change, old->id, STORE_GONE, SLICE_NULL);
    if (old->kind == CAT_VIEW) {
        return OK;
    }
    TRY(ddl_change_release(x, old));
    buf_append_str(&sql, "DROP TABLE IF EXISTS ");
    physical_table_name(old, &sql);
    journal_add_redo(&x->change, finish_text(x, &sql));
    buf_printf(&sql, "DELETE FROM " STORE_SCHEMA ".sequences WHERE id = %" PRIu64, old->id);
    journal_add_redo(&x->change, finish_text(x, &sql));
    return OK;
}

/* ---- what comes --------------------------------------------------------------------------------- */

static struct status
assign(struct ddl *x, struct ddl_target *t, struct layout_input *in)
{
    const struct cat_db *db = catalog_find_db(x->draft, t->db);
    if (!db) {
        FAIL_SQL(x->d, 1049, "42000", "Unknown database '%.*s'", SLICE_ARG(t->db));
    }
    *in = (struct layout_input){
        .cat = x->draft,
        .db = db,
        .old = t->gone ? NULL : t->old,
        .rules = x->s->config.rules,
        .keyring = x->s->keyring,
        .new_id = store_new_id,
        .ctx = x->s,
    };
    if (x->req->kind == DDL_ALTER_TABLE && t == &x->targets[x->req->n_names - 1]) {
        in->renames = x->req->columns;
        in->n_renames = x->req->n_columns;
    }
    return layout_assign(in, t->fresh, x->d);
}

static void
build_create(struct ddl *x, const struct cat_table *t)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct change_step *step = journal_add_step(&x->change);
    physical_create_table(t, &sql);
    step->sql = finish_text(x, &sql);
    buf_append_str(&sql, "DROP TABLE IF EXISTS ");
    physical_table_name(t, &sql);
    step->undo = finish_text(x, &sql);
}

static struct slice
rename_text(struct ddl *x, const struct cat_table *from, const struct cat_table *to)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "RENAME TABLE ");
    physical_table_name(from, &sql);
    buf_append_str(&sql, " TO ");
    physical_table_name(to, &sql);
    return finish_text(x, &sql);
}

/* Renames `old` to a new name of its own, which becomes that of `fresh`. *renamed: old under it. */
static struct status
build_rename(struct ddl *x, const struct cat_table *old, struct cat_table *fresh,
             struct cat_table **renamed)
{
    TRY(catalog_table_clone(old, renamed));
    TRY(layout_rename(x->s->keyring, fresh));
    struct cat_table *r = *renamed;
    r->phys = arena_dup(r->arena, fresh->phys);
    r->phys_db = arena_dup(r->arena, fresh->phys_db);
    TRY(arena_status(r->arena));
    struct change_step *step = journal_add_step(&x->change);
    step->sql = rename_text(x, old, fresh);
    step->undo = rename_text(x, fresh, old);
    return draft_put(x, old, fresh); /* `old` may have been the draft's */
}

/* One ALTER TABLE between two versions under one name, if there is anything to alter. */
static void
build_alter(struct ddl *x, const struct cat_table *from, const struct cat_table *to, bool check)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    if (!layout_diff_alter_sql(x->draft, from, to, &sql)) {
        return;
    }
    struct change_step *step = journal_add_step(&x->change);
    step->check_fks = check;
    step->sql = finish_text(x, &sql);
    layout_diff_alter_sql(x->before, to, from, &sql);
    step->undo = finish_text(x, &sql);
}

/*
 * A table without rows is changed where it is, and keeps its place in the foreign keys of others. Its
 * new name comes first: nobody can write to it under that name before the change is committed.
 */
static struct status
build_empty(struct ddl *x, const struct cat_table *old, struct cat_table *fresh, bool check)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *renamed = NULL;
    TRY(build_rename(x, old, fresh, &renamed));
    struct change_step *step = journal_add_step(&x->change);
    step->kind = CHANGE_EMPTY;
    physical_table_name(fresh, &name);
    step->from_phys = finish_text(x, &name);
    build_alter(x, renamed, fresh, check);
    return OK;
}

/* May `old` become `fresh` that way? `stored`: the same table as the server has it. */
static struct status
is_empty_change(struct ddl *x, const struct cat_table *stored, const struct cat_table *old,
                const struct cat_table *fresh, bool *yes)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    bool rows = true;
    if (layout_diff_suits_empty(old, fresh)) {
        physical_table_name(stored, &name);
        TRY(buf_status(&name));
        TRY(ddl_copy_has_rows(x, buf_slice(&name), &rows));
    }
    *yes = !rows;
    return OK;
}

static bool
has_group(const struct cat_table *t, uint64_t group)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].join_group == group) {
            return true;
        }
    }
    return false;
}

/* A table of the snapshot before that the statement did not name, with a column in group `from`. */
static struct status
regroup_other(struct ddl *x, const struct cat_table *t, struct layout_merge merge)
{
    for (size_t i = 0; i < x->n_rewrites; i++) { /* its second merge */
        struct ddl_rewrite *r = &x->rewrites[i];
        if (r->old->id == t->id) {
            layout_diff_regroup((struct cat_table *) r->fresh, merge.from, merge.to);
            return write_table(x, r->fresh);
        }
    }
    const struct cat_table *now = catalog_find_table_by_id(x->draft, t->id);
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *copy = NULL;
    bool empty;
    if (!now || !has_group(now, merge.from)) {
        return OK;
    }
    TRY(catalog_table_clone(now, &copy));
    layout_diff_regroup(copy, merge.from, merge.to);
    TRY(is_empty_change(x, t, now, copy, &empty));
    if (empty) {
        TRY(build_empty(x, now, copy, false));
        return write_table(x, copy);
    }
    TRY(layout_rebuild(x->s->keyring, copy));
    TRY(write_table(x, copy));
    TRY(draft_put(x, NULL, copy));
    return add_rewrite(x, t, copy, false);
}

static bool
is_target(const struct ddl *x, const struct cat_table *t)
{
    for (size_t i = 0; i < x->n_targets; i++) {
        if (x->targets[i].old == t) {
            return true;
        }
    }
    return false;
}

/*
 * Every other table with a column in a group that was merged into another follows. Targets that come
 * later do so when it is their turn; the merges are kept for them.
 */
static struct status
follow_merges(struct ddl *x, const struct layout_input *in, struct cat_table *fresh)
{
    for (size_t m = 0; m < x->n_merges; m++) {
        layout_diff_regroup(fresh, x->merges[m].from, x->merges[m].to);
    }
    for (size_t m = 0; m < in->n_merges; m++) {
        const struct cat_db *db;
        const struct cat_table *t;
        const struct layout_merge merge = in->merges[m];
        if (x->n_merges == DDL_MERGES_MAX) {
            FAIL(x->d, UNSUPPORTED, "too many join groups meet in one statement");
        }
        x->merges[x->n_merges++] = merge;
        layout_diff_regroup(fresh, merge.from, merge.to);
        for (size_t i = 0; (db = catalog_next_db(x->before, &i));) {
            for (size_t j = 0; (t = catalog_next_table(x->before, db->name, &j));) {
                if (!is_target(x, t)) {
                    TRY(regroup_other(x, t, merge));
                }
            }
        }
    }
    return OK;
}

/* Children that waited for this table (foreign_key_checks = 0) get their constraint. */
static struct status
adopt_children(struct ddl *x, const struct cat_table *parent)
{
    size_t n;
    const struct cat_fk_ref *refs = catalog_fk_refs(x->draft, parent, &n);
    for (size_t i = 0; i < n; i++) {
        if (refs[i].child->id == parent->id || !slice_is_null(refs[i].fk->phys)) {
            continue;
        }
        CLEANUP(catalog_table_unref_cleanup) struct cat_table *copy = NULL;
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        CLEANUP(buf_deinit_cleanup) struct buf def = BUF_INIT;
        TRY(catalog_table_clone(refs[i].child, &copy));
        const size_t at = (size_t) (refs[i].fk - refs[i].child->fks);
        TRY(layout_name_fk(x->s->keyring, copy, at));
        if (!physical_fk_def(copy, &copy->fks[at], parent, &def)) {
            continue;
        }
        struct change_step *step = journal_add_step(&x->change);
        buf_append_str(&sql, "ALTER TABLE ");
        physical_table_name(copy, &sql);
        buf_append_str(&sql, " ADD ");
        buf_append_slice(&sql, buf_slice(&def));
        step->sql = finish_text(x, &sql);
        buf_append_str(&sql, "ALTER TABLE ");
        physical_table_name(copy, &sql);
        buf_printf(&sql, " DROP FOREIGN KEY `%.*s`", SLICE_ARG(copy->fks[at].phys));
        step->undo = finish_text(x, &sql);
        const uint64_t id = parent->id;
        TRY(write_table(x, copy));
        TRY(draft_put(x, NULL, copy));
        parent = catalog_find_table_by_id(x->draft, id); /* the draft's index is another one now */
        refs = catalog_fk_refs(x->draft, parent, &n);
    }
    return OK;
}

static bool
loses_columns(const struct cat_table *old, const struct cat_table *fresh)
{
    for (size_t i = 0; i < old->n_columns; i++) {
        bool found = false;
        for (size_t j = 0; j < fresh->n_columns; j++) {
            found |= fresh->columns[j].id == old->columns[i].id;
        }
        if (!found) {
            return true;
        }
    }
    return false;
}

/* Does the server have to look at the rows, because a foreign key appears? */
static bool
checks_fks(const struct ddl *x, const struct cat_table *old, const struct cat_table *fresh)
{
    for (size_t i = 0; x->check_fks && i < fresh->n_fks; i++) {
        bool found = slice_is_null(fresh->fks[i].phys);
        for (size_t j = 0; j < old->n_fks; j++) {
            found |= fresh->fks[i].id == old->fks[j].id;
        }
        if (!found) {
            return true;
        }
    }
    return false;
}

/*
 * One statement, so that it is known to have happened when the table has its new name. Not where
 * foreign keys are checked: MariaDB forgets then to follow the new name in those of other tables.
 */
static struct status
build_in_place(struct ddl *x, const struct cat_table *old, struct cat_table *fresh)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *renamed = NULL;
    if (checks_fks(x, old, fresh)) {
        TRY(build_rename(x, old, fresh, &renamed));
        build_alter(x, renamed, fresh, true);
        return OK;
    }
    TRY(layout_rename(x->s->keyring, fresh));
    TRY(draft_put(x, old, fresh));
    struct change_step *step = journal_add_step(&x->change);
    layout_diff_alter_sql(x->draft, old, fresh, &sql);
    step->sql = finish_text(x, &sql);
    if (loses_columns(
            old, fresh)) { /* cannot be taken back: once it is done the change is going to happen */
        x->change.probe_db = fresh->phys_db;
        x->change.probe_table = fresh->phys;
    } else {
        layout_diff_alter_sql(x->before, fresh, old, &sql);
        step->undo = finish_text(x, &sql);
    }
    return OK;
}

static bool
is_same_description(const struct cat_table *a, const struct cat_table *b)
{
    CLEANUP(buf_deinit_cleanup) struct buf x = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf y = BUF_INIT;
    return status_is_ok(catalog_json_write_table(a, &x)) &&
           status_is_ok(catalog_json_write_table(b, &y)) &&
           slice_equal(buf_slice(&x), buf_slice(&y));
}

/* Do tokens of this join group move to another one, or have just moved? */
static bool
group_moves(const struct catalog *cat, uint64_t group)
{
    const struct cat_db *db;
    const struct cat_table *t;
    for (size_t i = 0; (db = catalog_next_db(cat, &i));) {
        for (size_t j = 0; (t = catalog_next_table(cat, db->name, &j));) {
            for (size_t k = 0; k < t->n_columns; k++) {
                const struct cat_column *c = &t->columns[k];
                for (size_t n = 0; n < c->n_shadows; n++) {
                    if (c->shadows[n].group && (c->join_group == group || //
                                                c->shadows[n].group == group)) {
                        return true;
                    }
                }
            }
        }
    }
    return false;
}

/* What a transition (transition.h) cannot follow has to wait for its end. meets: it is known already. */
static struct status
check_transitions(struct ddl *x, const struct cat_table *fresh, bool meets)
{
    for (size_t i = 0; i < fresh->n_fks; i++) {
        for (size_t k = 0; k < fresh->fks[i].n_columns; k++) {
            meets |= group_moves(x->before, fresh->columns[fresh->fks[i].columns[k]].join_group);
        }
    }
    if (meets) {
        FAIL_SQL(x->d, 1205, "HY000",
                 "Lock wait timeout exceeded; try restarting transaction (a transition of '%.*s'"
                 " is under way)",
                 SLICE_ARG(fresh->name));
    }
    return OK;
}

static bool
has_shadows(const struct cat_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->columns[i].n_shadows) {
            return true;
        }
    }
    return false;
}

static struct status
build_altered(struct ddl *x, struct ddl_target *t)
{
    struct layout_input in;
    struct cat_table *fresh = t->fresh;
    TRY(assign(x, t, &in));
    TRY(follow_merges(x, &in, fresh));
    enum layout_diff diff = layout_diff_tables(t->old, fresh);
    TRY(check_transitions(x, fresh, diff == LAYOUT_DIFF_CONVERT && has_shadows(t->old)));
    if (diff == LAYOUT_DIFF_IN_PLACE && loses_columns(t->old, fresh) &&
        checks_fks(x, t->old, fresh)) {
        diff = LAYOUT_DIFF_RECODE;
    }
    if (diff == LAYOUT_DIFF_SAME && is_same_description(t->old, fresh)) {
        return OK; /* CREATE TABLE IF NOT EXISTS, a child whose parent changed elsewhere */
    }
    if (diff == LAYOUT_DIFF_SAME || diff == LAYOUT_DIFF_IN_PLACE) {
        TRY(diff == LAYOUT_DIFF_SAME ? draft_put(x, t->old, fresh)
                                     : build_in_place(x, t->old, fresh));
        return write_table(x, fresh);
    }
    bool empty;
    TRY(is_empty_change(x, t->old, t->old, fresh, &empty));
    if (empty) {
        TRY(build_empty(x, t->old, fresh, x->check_fks));
        return write_table(x, fresh);
    }
    TRY(layout_rebuild(x->s->keyring, fresh));
    TRY(draft_put(x, t->old, fresh));
    TRY(add_rewrite(x, t->old, fresh, diff == LAYOUT_DIFF_CONVERT));
    return write_table(x, fresh);
}

static struct status
build_new(struct ddl *x, struct ddl_target *t)
{
    struct layout_input in;
    TRY(assign(x, t, &in));
    TRY(follow_merges(x, &in, t->fresh));
    TRY(check_transitions(x, t->fresh, false));
    TRY(draft_put(x, NULL, t->fresh));
    TRY(write_table(x, t->fresh));
    if (t->fresh->kind == CAT_TABLE) {
        build_create(x, t->fresh);
    }
    return OK;
}

/* ---- physical side ------------------------------------------------------------------------------ */

static void
build_rewrite(struct ddl *x, const struct ddl_rewrite *r)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct change_step *aside = journal_add_step(&x->change);
    buf_append_str(&sql, "RENAME TABLE ");
    physical_table_name(r->old, &sql);
    buf_append_str(&sql, " TO ");
    aside_name(r->old, &sql);
    aside->sql = finish_text(x, &sql);
    buf_append_str(&sql, "RENAME TABLE ");
    aside_name(r->old, &sql);
    buf_append_str(&sql, " TO ");
    physical_table_name(r->old, &sql);
    aside->undo = finish_text(x, &sql);
    build_create(x, r->fresh);
    struct change_step *copy = journal_add_step(&x->change);
    copy->kind = CHANGE_COPY;
    copy->from = r->old;
    copy->to = r->fresh;
    copy->convert = r->convert;
    aside_name(r->old, &sql);
    copy->from_phys = finish_text(x, &sql);
    buf_append_str(&sql, "DROP TABLE IF EXISTS ");
    aside_name(r->old, &sql);
    journal_add_redo(&x->change, finish_text(x, &sql));
}

/* The foreign keys of one table, in one ALTER TABLE each. */
static void
build_fks(struct ddl *x, const struct cat_table *t, bool check)
{
    for (size_t i = 0; i < t->n_fks; i++) {
        const struct cat_fk *fk = &t->fks[i];
        const struct cat_table *parent = catalog_find_table(x->draft, fk->ref_db, fk->ref_table);
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        CLEANUP(buf_deinit_cleanup) struct buf def = BUF_INIT;
        if (slice_is_null(fk->phys) || !parent || !physical_fk_def(t, fk, parent, &def)) {
            continue;
        }
        struct change_step *step = journal_add_step(&x->change);
        step->check_fks = check;
        buf_append_str(&sql, "ALTER TABLE ");
        physical_table_name(t, &sql);
        buf_append_str(&sql, " ADD ");
        buf_append_slice(&sql, buf_slice(&def));
        step->sql = finish_text(x, &sql);
    }
}

/* A constraint of a child that is not rebuilt itself, away from the old parent and onto the new. */
static void
repoint_child(struct ddl *x, const struct ddl_rewrite *r, const struct cat_table *child,
              const struct cat_fk *fk, const struct cat_fk *old_fk)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf now = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf was = BUF_INIT;
    struct change_step *drop = journal_add_step(&x->change);
    buf_append_str(&sql, "ALTER TABLE ");
    physical_table_name(child, &sql);
    buf_printf(&sql, " DROP FOREIGN KEY `%.*s`", SLICE_ARG(old_fk->phys));
    drop->sql = finish_text(x, &sql);
    if (physical_fk_def(child, old_fk, r->old, &was)) {
        buf_append_str(&sql, "ALTER TABLE ");
        physical_table_name(child, &sql);
        buf_append_str(&sql, " ADD ");
        buf_append_slice(&sql, buf_slice(&was));
        drop->undo = finish_text(x, &sql);
    }
    if (physical_fk_def(child, fk, r->fresh, &now)) {
        struct change_step *add = journal_add_step(&x->change);
        buf_append_str(&sql, "ALTER TABLE ");
        physical_table_name(child, &sql);
        buf_append_str(&sql, " ADD ");
        buf_append_slice(&sql, buf_slice(&now));
        add->sql = finish_text(x, &sql);
        buf_append_str(&sql, "ALTER TABLE ");
        physical_table_name(child, &sql);
        buf_printf(&sql, " DROP FOREIGN KEY `%.*s`", SLICE_ARG(fk->phys));
        add->undo = finish_text(x, &sql);
    }
}

static void
repoint_children(struct ddl *x, const struct ddl_rewrite *r)
{
    size_t n;
    const struct cat_fk_ref *refs = catalog_fk_refs(x->before, r->old, &n);
    for (size_t i = 0; i < n; i++) {
        const struct cat_table *child = catalog_find_table_by_id(x->draft, refs[i].child->id);
        if (!child || is_rewritten(x, child->id) || slice_is_null(refs[i].fk->phys)) {
            continue;
        }
        for (size_t f = 0; f < child->n_fks; f++) {
            if (child->fks[f].id == refs[i].fk->id) {
                repoint_child(x, r, child, &child->fks[f], refs[i].fk);
            }
        }
    }
}

struct status
ddl_change_build(struct ddl *x)
{
    x->change = (struct change){.arena = x->arena};
    for (size_t i = 0; i < x->n_targets; i++) {
        if (x->targets[i].gone) {
            TRY(build_gone(x, x->targets[i].old));
        }
    }
    for (size_t i = 0; i < x->n_targets; i++) {
        struct ddl_target *t = &x->targets[i];
        if (t->fresh && t->old && !t->gone) {
            TRY(build_altered(x, t));
        } else if (t->fresh) {
            TRY(build_new(x, t));
        }
    }
    for (size_t i = 0; i < x->n_rewrites; i++) {
        build_rewrite(x, &x->rewrites[i]);
    }
    for (size_t i = 0; i < x->n_targets; i++) {
        struct ddl_target *t = &x->targets[i];
        if (t->fresh && (!t->old || t->gone)) {
            build_fks(x, t->fresh, false);
            TRY(adopt_children(x, t->fresh));
        }
    }
    for (size_t i = 0; i < x->n_rewrites; i++) {
        build_fks(x, x->rewrites[i].fresh, x->check_fks && x->req->kind == DDL_ALTER_TABLE);
        repoint_children(x, &x->rewrites[i]);
    }
    return arena_status(x->arena);
}
