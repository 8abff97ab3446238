/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to bring to the trusted side: per table, the columns that the statement can look at and the rows
 * that its own conditions on that table let through. A superset is always right, because the original
 * statement runs over it afterwards.
 */
#include "base/mem.h"
#include "rewriter/plan/plan_priv.h"

#define SERVER_ALIAS "t0"

/* ---- columns ---- */

struct mention {
    const struct cat_table *table;
    bool *wanted;
    bool all;
};

static enum sql_visit
find_mentions(void *ctx, struct sql_node *n)
{
    struct mention *m = ctx;
    if (n->kind == SQL_STAR) {
        m->all = true; /* COUNT(*) too: rarely worth telling apart */
    } else if (n->kind == SQL_COLUMN) {
        const int c = catalog_find_column(m->table, sql_as_column(n)->name);
        if (c >= 0) {
            m->wanted[c] = true;
        }
    } else if (n->kind == SQL_IDENT) { /* USING (a, b) */
        const int c = catalog_find_column(m->table, sql_as_ident(n)->name);
        if (c >= 0) {
            m->wanted[c] = true;
        }
    }
    return m->all ? SQL_ABORT : SQL_CONTINUE;
}

static enum sql_visit
find_star(void *ctx, struct sql_node *n)
{
    if (n->kind == SQL_AGGREGATE) {
        const struct sql_aggregate *agg = sql_as_aggregate(n);
        if (agg->args.count == 1 && agg->args.first->kind == SQL_STAR) {
            return SQL_PRUNE; /* COUNT(*) needs no column */
        }
    }
    return find_mentions(ctx, n);
}

/* Unique keys exist in the working table: their columns must be right or loads collide. */
static void
want_keys(const struct cat_table *t, bool *wanted)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        for (size_t k = 0; t->keys[i].unique && k < t->keys[i].n_parts; k++) {
            if (t->keys[i].parts[k].column != CAT_NO_COLUMN) {
                wanted[t->keys[i].parts[k].column] = true;
            }
        }
    }
}

static STATUS
fetch_columns(struct planner *pl, const struct cat_table *t, bool target, struct plan_fetch *out)
{
    struct arena *a = pl->p->arena;
    struct mention m = {.table = t, .wanted = arena_array(a, bool, t->n_columns)};
    uint16_t *columns = arena_array(a, uint16_t, t->n_columns);
    TRY(arena_status(a));
    m.all = target || t->has_generated || t->has_check || pl->scope->has_natural;
    if (!m.all) {
        sql_walk(pl->p->stmt->root, find_star, &m);
        want_keys(t, m.wanted);
    }
    size_t n = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        if ((m.all || m.wanted[i]) && t->columns[i].generated == CAT_GENERATED_NO) {
            columns[n++] = (uint16_t) i;
        }
    }
    if (n == 0 && t->n_columns) {
        columns[n++] = 0; /* rows must still be counted */
    }
    out->columns = columns;
    out->n_columns = n;
    return OK;
}

/* ---- rows ---- */

const char *
plan_alias_t0(void *ctx, const struct scope_table *t)
{
    return ((struct plan_alias *) ctx)->table == t ? SERVER_ALIAS : NULL;
}

const char *
plan_alias_phys(void *ctx, const struct scope_table *t)
{
    static _Thread_local char name[32];
    if (((struct plan_alias *) ctx)->table != t || t->table->phys.len >= sizeof name) {
        return NULL;
    }
    mem_copy(name, t->table->phys.data, t->table->phys.len);
    name[t->table->phys.len] = '\0';
    return name;
}

static const struct sql_node *
where_of(const struct scope *s, const struct scope_table *t)
{
    if (t->block == SCOPE_NO_BLOCK) {
        return NULL;
    }
    const struct sql_node *node = s->blocks[t->block].node;
    switch (node->kind) {
    case SQL_SELECT:
        return sql_as_select(node)->where;
    case SQL_UPDATE:
        return sql_as_update(node)->where;
    case SQL_DELETE:
        return sql_as_delete(node)->where;
    default:
        return NULL;
    }
}

/* Under an outer join only conditions that reject NULL rows may filter the inner table first. */
static bool
rejects_null(const struct sql_node *n)
{
    switch (n->kind) {
    case SQL_BINARY:
        return sql_as_binary(n)->op != SQL_OP_NULL_EQ;
    case SQL_IN_LIST:
    case SQL_BETWEEN:
        return true;
    default:
        return false;
    }
}

/* The pushable conjuncts of where about this reference, joined by AND. */
static unsigned
push_for_table(struct push *push, const struct sql_node *where, bool null_supplied)
{
    if (where == NULL) {
        return 0;
    }
    const bool is_and = where->kind == SQL_LOGIC && sql_as_logic(where)->op == SQL_OP_AND;
    const struct sql_node *arg = is_and ? sql_as_logic(where)->args.first : where;
    unsigned n = 0;
    for (; arg; arg = is_and ? arg->next : NULL) {
        if (null_supplied && !rejects_null(arg)) {
            continue;
        }
        const struct template_mark mark = template_mark(push->out);
        if (n) {
            template_text(push->out, " AND ");
        }
        if (push_condition(push, arg)) {
            n++;
        } else {
            template_rewind(push->out, mark);
        }
    }
    return n;
}

/* " WHERE (..) OR (..)" over all references of the table; nothing when one of them is free. */
static void
fetch_where(struct planner *pl, const struct cat_table *t, struct template_builder *b,
            struct plan_fetch *out)
{
    const struct template_mark start = template_mark(b);
    bool first = true;
    for (size_t i = 0; i < pl->scope->n_tables; i++) {
        const struct scope_table *ref = &pl->scope->tables[i];
        if (ref->kind != SCOPE_BASE || ref->table != t) {
            continue;
        }
        struct plan_alias alias = {ref};
        struct push push = {.scope = pl->scope,
                            .literals = pl->lits,
                            .env = pl->ctx->env,
                            .alias = plan_alias_t0,
                            .ctx = &alias,
                            .out = b};
        template_text(b, first ? " WHERE (" : " OR (");
        if (push_for_table(&push, where_of(pl->scope, ref), ref->null_supplied) == 0) {
            template_rewind(b, start);
            out->whole = true;
            out->why = push.why.data ? push.why : SLICE("no condition on this table");
            return;
        }
        template_text(b, ")");
        first = false;
        if (push.why.data) {
            out->why = push.why;
        }
    }
}

struct status
plan_fetch_one(struct planner *pl, const struct scope_table *ref, enum fetch_lock lock,
               struct plan_fetch *out)
{
    const struct cat_table *t = ref->table;
    *out = (struct plan_fetch){.table = t, .target = ref->target};
    TRY(fetch_columns(pl, t, ref->target, out));
    struct template_builder b;
    template_begin(&b);
    template_text(&b, "SELECT " SERVER_ALIAS "." CAT_RID "," SERVER_ALIAS "." CAT_SALT);
    for (size_t i = 0; i < out->n_columns; i++) {
        template_text(&b, "," SERVER_ALIAS ".%.*s", SLICE_ARG(t->columns[out->columns[i]].phys_v));
    }
    template_text(&b, " FROM %.*s.%.*s " SERVER_ALIAS, SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    fetch_where(pl, t, &b, out);
    if (lock != FETCH_PLAIN) {
        template_text(&b,
                      ref->target || lock == FETCH_UPDATE ? " FOR UPDATE" : " LOCK IN SHARE MODE");
    }
    return template_finish(&b, pl->p->arena, &out->sql);
}

struct status
plan_fetches(struct planner *pl, enum fetch_lock lock)
{
    struct scope *s = pl->scope;
    const enum sql_kind root = pl->p->stmt->root->kind;
    const bool makes_rows = root == SQL_INSERT || root == SQL_LOAD_DATA;
    if (scope_count(s, 1u << SCOPE_VIEW)) {
        FAIL(pl->d, UNSUPPORTED,
             "a view in this kind of statement is not supported through Allium");
    }
    pl->p->fetches = arena_array(pl->p->arena, struct plan_fetch, s->n_tables);
    TRY(arena_status(pl->p->arena));
    for (size_t i = 0; i < s->n_tables; i++) {
        struct scope_table *ref = &s->tables[i];
        bool again = ref->kind != SCOPE_BASE;
        for (size_t k = 0; k < pl->p->n_fetches && !again; k++) {
            again = pl->p->fetches[k].table == ref->table;
            pl->p->fetches[k].target |= again && ref->target;
        }
        if (again || (ref->target && makes_rows)) {
            continue; /* the rows an INSERT collides with are found by its keys */
        }
        TRY(plan_fetch_one(pl, ref, lock, &pl->p->fetches[pl->p->n_fetches]));
        pl->p->n_fetches++;
    }
    return OK;
}
