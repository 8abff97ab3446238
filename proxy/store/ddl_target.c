/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of one statement, before and after it ran on the mirror. */
#include "base/log.h"
#include "base/mem.h"
#include "proxy/store/ddl_priv.h"
#include "proxy/store/introspect.h"

static struct ddl_target *
find_target(struct ddl *x, struct slice db, struct slice name)
{
    for (size_t i = 0; i < x->n_targets; i++) {
        if (slice_equal(x->targets[i].db, db) && slice_equal(x->targets[i].name, name)) {
            return &x->targets[i];
        }
    }
    return NULL;
}

static struct status
add_target(struct ddl *x, struct slice db, struct slice name, const struct cat_table *old)
{
    if (find_target(x, db, name)) {
        return OK;
    }
    if (x->n_targets == x->cap_targets) {
        const size_t cap = x->cap_targets ? x->cap_targets * 2 : 8;
        struct ddl_target *grown = arena_array(x->arena, struct ddl_target, cap);
        TRY(arena_status(x->arena));
        mem_copy(grown, x->targets, x->n_targets * sizeof(*grown));
        x->targets = grown;
        x->cap_targets = cap;
    }
    x->targets[x->n_targets++] = (struct ddl_target){.db = db, .name = name, .old = old};
    return OK;
}

/* The identities move along the pairs, one after the other: RENAME a TO tmp, b TO a, tmp TO b. */
static struct status
collect_renames(struct ddl *x)
{
    const struct ddl_request *req = x->req;
    for (size_t i = 0; i < req->n_names; i++) {
        const struct ddl_name *n = &req->names[i];
        TRY(add_target(x, n->db, n->table, catalog_find_table(x->before, n->db, n->table)));
    }
    for (size_t i = 0; i + 1 < req->n_names; i += 2) {
        struct ddl_target *from = find_target(x, req->names[i].db, req->names[i].table);
        struct ddl_target *to = find_target(x, req->names[i + 1].db, req->names[i + 1].table);
        if (from != to) {
            to->old = from->old;
            from->old = NULL;
        }
    }
    return OK;
}

/* Tables with a foreign key to a target: their text names it. */
static struct status
collect_children(struct ddl *x)
{
    const size_t n = x->n_targets;
    for (size_t i = 0; i < n; i++) {
        size_t n_refs = 0;
        const struct cat_table *old = x->targets[i].old;
        const struct cat_fk_ref *refs = old ? catalog_fk_refs(x->before, old, &n_refs) : NULL;
        for (size_t r = 0; r < n_refs; r++) {
            const struct cat_table *child = refs[r].child;
            bool known = false;
            for (size_t k = 0; k < x->n_targets; k++) {
                known |= x->targets[k].old == child;
            }
            if (!known) {
                TRY(add_target(x, child->db, child->name, child));
            }
        }
    }
    return OK;
}

struct status
ddl_target_collect(struct ddl *x)
{
    const struct ddl_request *req = x->req;
    if (req->kind == DDL_RENAME_TABLE || (req->kind == DDL_ALTER_TABLE && req->n_names == 2)) {
        TRY(collect_renames(x));
        return collect_children(x);
    }
    for (size_t i = 0; i < req->n_names; i++) {
        const struct ddl_name *n = &req->names[i];
        TRY(add_target(x, n->db, n->table, catalog_find_table(x->before, n->db, n->table)));
    }
    return req->kind == DDL_ALTER_TABLE ? collect_children(x) : OK;
}

struct status
ddl_target_introspect(struct ddl *x)
{
    struct backend_conn *admin;
    TRY(scratch_admin_take(x->s->config.scratch, &admin, x->d));
    struct status status = introspect_prepare(admin, x->d);
    for (size_t i = 0; status_is_ok(status) && i < x->n_targets; i++) {
        struct ddl_target *t = &x->targets[i];
        scratch_invalidate(x->s->config.scratch, t->db, t->name);
        status = introspect_table(admin, x->s->config.collations, t->db, t->name, &t->fresh, x->d);
        if (status_is_ok(status) && t->fresh && t->fresh->kind == CAT_VIEW &&
            x->req->definer.data) {
            status = mirror_view_definer(admin, t->fresh, x->req->definer, x->d);
        }
        const bool replaced = t->old && t->fresh &&
                              (t->fresh->kind != t->old->kind ||
                               (x->req->kind == DDL_CREATE_TABLE && x->req->or_replace));
        t->gone = t->old && (!t->fresh || replaced);
    }
    scratch_admin_give(x->s->config.scratch, admin);
    return status;
}

void
ddl_target_restore(struct ddl *x)
{
    struct backend_conn *admin;
    struct diag d = DIAG_INIT;
    struct status status = scratch_admin_take(x->s->config.scratch, &admin, &d);
    if (!status_is_ok(status)) {
        return; /* the engine is gone; it comes back with the catalog's mirror */
    }
    if (x->req->kind <= DDL_DROP_DATABASE) {
        status = mirror_restore_db(x->s, x->before, admin, x->req->names[0].db, &d);
    }
    /* children last: their foreign keys refer to what stands before them */
    for (size_t i = 0; status_is_ok(status) && i < x->n_targets; i++) {
        status = mirror_restore(x->s, x->before, admin, x->targets[i].db, x->targets[i].name, &d);
    }
    scratch_admin_give(x->s->config.scratch, admin);
    if (!status_is_ok(status)) {
        log_error(&log_process, "ddl.restore", "mirror: error %u", d.mysql_errno);
    }
}

void
ddl_target_deinit(struct ddl *x)
{
    for (size_t i = 0; i < x->n_targets; i++) {
        catalog_table_unref(x->targets[i].fresh);
    }
    for (size_t i = 0; i < x->n_rewrites; i++) {
        catalog_table_unref(x->rewrites[i].fresh);
    }
}
