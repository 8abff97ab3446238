/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/cascade.h"

#include "base/mem.h"

#define DEPTH_MAX  15  /* as InnoDB */
#define ROWS_ASKED 200 /* parents whose children one SELECT looks for */

/* A row that changes or goes. */
struct node {
    const struct cat_table *t;
    uint64_t rid; /* 0: changed by the statement itself, and written by it */
    struct slice salt;
    struct slice *before, *after; /* by column; after NULL: deleted */
    const struct node *cause;
    unsigned depth;
};

struct cascade {
    struct change *ch;
    struct exec_run *r;
    struct arena *a;
    struct node **queue;
    size_t n, cap;
    struct map known; /* "table id:rid" -> node */
};

enum follow {
    FOLLOW_NOT,    /* no reference, or the server's own business */
    FOLLOW_CHANGE, /* child rows change or go */
    FOLLOW_FORBID, /* there must be no child row */
};

/* ---- the rows ---- */

static struct slice
row_key(struct cascade *c, const struct cat_table *t, uint64_t rid)
{
    return arena_printf(c->a, "%llu:%llu", (unsigned long long) t->id, (unsigned long long) rid);
}

static STATUS
enqueue(struct cascade *c, struct node *node)
{
    if (c->n == c->cap) {
        const size_t cap = c->cap ? c->cap * 2 : 64;
        struct node **more = arena_array(c->a, struct node *, cap);
        TRY(arena_status(c->a));
        mem_copy(more, c->queue, c->n * sizeof *more);
        c->queue = more;
        c->cap = cap;
    }
    c->queue[c->n++] = node;
    return OK;
}

/* What the statement itself did to rows that others refer to. */
static STATUS
add_roots(struct cascade *c, const struct image_diff *diff)
{
    for (size_t i = 0; i < diff->n_parents; i++) {
        const struct image_parent *p = &diff->parents[i];
        struct node *node = arena_new(c->a, struct node);
        *node = (struct node){.t = diff->table, .before = p->before, .after = p->after};
        TRY(enqueue(c, node));
    }
    return arena_status(c->a);
}

/* ---- which references ---- */

static int
parent_column(const struct cat_table *parent, const struct cat_fk *fk, size_t i)
{
    return catalog_find_column(parent, fk->ref_columns[i]);
}

static bool
key_changes(const struct node *node, const struct cat_fk *fk)
{
    bool changed = node->after == NULL;
    for (size_t i = 0; i < fk->n_columns; i++) {
        const int at = parent_column(node->t, fk, i);
        if (at < 0 || node->before[at].data == NULL) {
            return false; /* nothing refers to NULL */
        }
        changed |= node->after && !slice_equal(node->before[at], node->after[at]);
    }
    return changed;
}

static bool
in_chain(const struct node *node, const struct cat_table *t)
{
    for (; node; node = node->cause) {
        if (node->t == t) {
            return true;
        }
    }
    return false;
}

static enum follow
follow_kind(const struct cascade *c, const struct node *node, const struct cat_fk_ref *ref)
{
    const struct cat_fk *fk = ref->fk;
    if (slice_is_null(fk->phys) || !key_changes(node, fk)) {
        return FOLLOW_NOT;
    }
    if (node->after == NULL) {
        const bool own = fk->on_delete == CAT_CASCADE &&
                         catalog_has_written_children(c->r->plan->catalog, ref->child);
        return own || fk->proxy_on_delete ? FOLLOW_CHANGE : FOLLOW_NOT;
    }
    if (fk->proxy_on_update && !in_chain(node, ref->child)) {
        return FOLLOW_CHANGE;
    }
    return node->depth ? FOLLOW_FORBID
                       : FOLLOW_NOT; /* the server checks the statement's own rows */
}

/* ---- finding child rows ---- */

struct visit {
    struct cascade *c;
    const struct cat_fk_ref *ref;
    const struct plan_fetch *f;
    struct map parents; /* tokens of the referenced columns -> node */
    bool forbidden;
};

static STATUS
tokens(struct cascade *c, const struct cat_column *column, struct slice value, struct buf *out)
{
    const struct cells_env cells = exec_cells(c->r->e);
    return cells_eq_token(&cells, column, value, out, c->r->d);
}

/* "(t0.e1=X'..' AND t0.e2=X'..')", and the node by those tokens. */
static STATUS
ask_for(struct visit *v, struct node *node, struct buf *sql, bool *some)
{
    const struct cat_fk *fk = v->ref->fk;
    CLEANUP(buf_deinit_cleanup) struct buf all = BUF_INIT;
    buf_append_str(sql, *some ? " OR (" : "(");
    for (size_t i = 0; i < fk->n_columns; i++) {
        const int at = parent_column(node->t, fk, i);
        const size_t from = all.len;
        TRY(tokens(v->c, &node->t->columns[at], node->before[at], &all));
        const struct cat_column *child = &v->ref->child->columns[fk->columns[i]];
        buf_printf(sql, "%st0.%.*s=X'", i ? " AND " : "",
                   SLICE_ARG(catalog_token_column(child, 0)));
        buf_append_hex(sql, slice_from(buf_slice(&all), from));
        buf_append_u8(sql, '\'');
    }
    buf_append_u8(sql, ')');
    *some = true;
    TRY(buf_status(&all));
    return map_put(&v->parents, buf_slice(&all), node);
}

static STATUS
change_child(struct visit *v, struct node *child, const struct node *parent)
{
    const struct cat_fk *fk = v->ref->fk;
    const enum cat_action action = parent->after ? fk->on_update : fk->on_delete;
    if (child->after == NULL) {
        return OK; /* it goes anyway */
    }
    if (parent->after == NULL && action == CAT_CASCADE) {
        child->after = NULL;
        return enqueue(v->c, child);
    }
    if (child->t->has_generated) {
        FAIL(v->c->r->d, UNSUPPORTED,
             "a referential action that writes rows of table '%.*s', which has generated columns, "
             "is not supported through Allium",
             SLICE_ARG(child->t->name));
    }
    bool changed = false;
    const bool mysql = v->c->r->e->shared->flavour == BACKEND_MYSQL; /* writes all parts of a key */
    for (size_t i = 0; i < fk->n_columns; i++) {
        const int at = parent_column(parent->t, fk, i);
        struct slice *value = &child->after[fk->columns[i]];
        const struct slice old = *value;
        if (action != CAT_CASCADE) {
            *value = SLICE_NULL;
        } else if (mysql || !slice_equal(parent->before[at], parent->after[at])) {
            *value = parent->after[at];
        }
        changed |= !slice_equal(old, *value);
    }
    return changed ? enqueue(v->c, child) : OK;
}

static struct node *
new_child(struct visit *v, const struct exec_rows *rows, size_t row, const struct node *parent)
{
    struct arena *a = v->c->a;
    const struct cat_table *t = v->ref->child;
    struct node *node = arena_new(a, struct node);
    struct slice *before = arena_array(a, struct slice, t->n_columns);
    struct slice *after = arena_array(a, struct slice, t->n_columns);
    if (!arena_ok(a)) {
        return NULL;
    }
    for (size_t i = 0; i < rows->n_columns; i++) {
        before[v->f->columns[i]] = arena_dup(a, rows->values[row * rows->n_columns + i]);
    }
    mem_copy(after, before, t->n_columns * sizeof *after);
    *node = (struct node){.t = t,
                          .rid = rows->rids[row],
                          .salt = arena_dup(a, rows->salts[row]),
                          .before = before,
                          .after = after,
                          .cause = parent,
                          .depth = parent->depth + 1};
    return node;
}

static STATUS
take_children(void *ctx, const struct exec_rows *rows, struct diag *d)
{
    struct visit *v = ctx;
    const struct cat_table *t = v->ref->child;
    for (size_t row = 0; row < rows->n; row++) {
        if (v->forbidden) {
            exec_fk_error(v->ref, d);
            return (struct status){d->code};
        }
        CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
        const struct slice name = row_key(v->c, t, rows->rids[row]);
        struct node *child = map_find(&v->c->known, name);
        for (size_t i = 0; i < v->ref->fk->n_columns; i++) {
            const uint16_t column = v->ref->fk->columns[i];
            for (size_t k = 0; k < v->f->n_columns; k++) {
                if (v->f->columns[k] == column) {
                    TRY(tokens(v->c, &t->columns[column], rows->values[row * rows->n_columns + k],
                               &key));
                }
            }
        }
        const struct node *parent = map_find(&v->parents, buf_slice(&key));
        if (parent == NULL) {
            RAISE(BUG);
        }
        if (child == NULL) {
            child = new_child(v, rows, row, parent);
            TRY(arena_status(v->c->a));
            TRY(map_put(&v->c->known, name, child));
        }
        TRY(change_child(v, child, parent));
    }
    return OK;
}

static STATUS
visit_children(struct cascade *c, const struct cat_fk_ref *ref, size_t from, size_t to,
               enum follow kind)
{
    struct exec *e = c->r->e;
    struct plan_fetch f;
    TRY(change_all_columns(c->a, ref->child, &f));
    struct visit v = {.c = c, .ref = ref, .f = &f, .forbidden = kind == FOLLOW_FORBID};
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    bool some = false;
    struct status s = OK;
    map_init(&v.parents, false);
    change_select_head(&f, &sql);
    arena_reset(e->batch);
    for (size_t i = from; i < to && status_is_ok(s); i++) {
        if (follow_kind(c, c->queue[i], ref) == kind) {
            s = ask_for(&v, c->queue[i], &sql, &some);
        }
    }
    buf_append_str(&sql, " FOR UPDATE");
    if (status_is_ok(s)) {
        s = buf_status(&sql);
    }
    if (status_is_ok(s) && some) {
        s = exec_fetch(e, &f, buf_slice(&sql), e->batch, false, take_children, &v, c->r->d);
    }
    map_deinit(&v.parents);
    return s;
}

/* Nodes of one table, from..to. */
static STATUS
follow(struct cascade *c, size_t from, size_t to)
{
    size_t n;
    const struct cat_fk_ref *refs = catalog_fk_refs(c->r->plan->catalog, c->queue[from]->t, &n);
    for (size_t i = 0; i < n; i++) {
        TRY(visit_children(c, &refs[i], from, to, FOLLOW_CHANGE));
        TRY(visit_children(c, &refs[i], from, to, FOLLOW_FORBID));
    }
    return OK;
}

static STATUS
follow_all(struct cascade *c)
{
    for (size_t from = 0; from < c->n;) {
        size_t to = from + 1;
        while (to < c->n && to - from < ROWS_ASKED && c->queue[to]->t == c->queue[from]->t) {
            to++;
        }
        if (c->queue[from]->depth > DEPTH_MAX) {
            FAIL(c->r->d, UNSUPPORTED, "referential actions more than %d tables deep", DEPTH_MAX);
        }
        TRY(follow(c, from, to));
        from = to;
    }
    return OK;
}

/* ---- writing them ---- */

static STATUS
print_update(struct cascade *c, const struct node *node, struct buf *sql)
{
    const struct cells_env cells = exec_cells(c->r->e);
    bool first = true;
    buf_printf(sql, "UPDATE %.*s.%.*s SET ", SLICE_ARG(node->t->phys_db), SLICE_ARG(node->t->phys));
    arena_reset(c->r->e->batch);
    for (size_t i = 0; i < node->t->n_columns; i++) {
        if (!slice_equal(node->before[i], node->after[i])) {
            buf_append_str(sql, first ? "" : ",");
            first = false;
            TRY(cells_set_column(&cells, node->t, &node->t->columns[i], node->after[i], node->salt,
                                 sql, c->r->d));
        }
    }
    buf_printf(sql, " WHERE " CAT_RID "=%llu;", (unsigned long long) node->rid);
    return buf_status(sql);
}

/* Foreign keys are not checked meanwhile: the new parents come with the statement's own changes. */
static STATUS
write_updates(struct cascade *c, const struct buf *updates)
{
    struct backend_conn *conn;
    struct diag ignored = DIAG_INIT;
    if (updates->len == 0) {
        return OK;
    }
    TRY(exec_server(c->r->e, &conn, c->r->d));
    TRY(backend_exec_str(conn, "SET foreign_key_checks=0", c->r->d));
    const struct status s = image_send(conn, updates, c->r->d);
    const struct status restored =
        backend_exec_str(conn, "SET foreign_key_checks=1", status_is_ok(s) ? c->r->d : &ignored);
    return status_is_ok(s) ? restored : s;
}

static STATUS
write_deletes(struct cascade *c, const struct buf *deletes)
{
    struct backend_conn *conn;
    TRY(exec_server(c->r->e, &conn, c->r->d));
    return image_send(conn, deletes, c->r->d);
}

/* The deepest first: a row goes after those that refer to it. A node may stand in the queue twice. */
static STATUS
write_all(struct cascade *c)
{
    CLEANUP(buf_deinit_cleanup) struct buf updates = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf deletes = BUF_INIT;
    for (size_t i = c->n; i-- > 0;) {
        struct node *node = c->queue[i];
        if (node->rid == 0) {
            continue;
        }
        if (node->after == NULL) {
            buf_printf(&deletes, "DELETE FROM %.*s.%.*s WHERE " CAT_RID "=%llu;",
                       SLICE_ARG(node->t->phys_db), SLICE_ARG(node->t->phys),
                       (unsigned long long) node->rid);
        } else {
            TRY(print_update(c, node, &updates));
        }
        node->rid = 0; /* written */
    }
    TRY(buf_status(&deletes));
    TRY(write_updates(c, &updates));
    return write_deletes(c, &deletes);
}

struct status
cascade_run(struct change *ch)
{
    struct cascade c = {.ch = ch, .r = ch->r, .a = ch->arena};
    struct status s = OK;
    map_init(&c.known, false);
    for (size_t i = 0; i < ch->n_targets && status_is_ok(s); i++) {
        s = add_roots(&c, &ch->diffs[i]);
    }
    if (status_is_ok(s) && c.n && ch->r->e->state.foreign_key_checks) {
        s = follow_all(&c);
        s = status_is_ok(s) ? write_all(&c) : s;
        if (!status_is_ok(s)) {
            exec_map_error(ch->r, c.queue[0]->t, ch->r->d);
        }
    }
    map_deinit(&c.known);
    return s;
}
