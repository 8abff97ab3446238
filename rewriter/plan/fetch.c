/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to bring to the trusted side: per table, the columns that the statement can look at and the rows
 * that its own conditions on that table let through. A superset is always right, because the original
 * statement runs over it afterwards.
 */
#include "base/mem.h"
#include "rewriter/plan/narrow.h"
#include "rewriter/plan/view.h"

#define SERVER_ALIAS "t0"

/* ---- columns ---- */

struct mention {
    const struct scope *scope;
    const struct cat_table *table;
    bool *wanted;
    bool all;
};

/* `*`, or `a.*` where a reference to the table is called a. */
static bool
star_means(const struct mention *m, const struct sql_star *star)
{
    bool any = star->table.data == NULL;
    for (size_t i = 0; i < m->scope->n_tables && !any; i++) {
        const struct scope_table *t = &m->scope->tables[i];
        any = t->table == m->table && slice_equal(t->alias, star->table);
    }
    return any;
}

static enum sql_visit
find_mentions(void *ctx, struct sql_node *n)
{
    struct mention *m = ctx;
    if (n->kind == SQL_STAR) {
        m->all |= star_means(m, sql_as_star(n));
    } else if (n->kind == SQL_TABLE_VALUE) { /* TABLE t: a star without the word */
        m->all = true;
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
    struct mention m = {
        .scope = pl->scope, .table = t, .wanted = arena_array(a, bool, t->n_columns)};
    uint16_t *columns = arena_array(a, uint16_t, t->n_columns);
    TRY(arena_status(a));
    m.all = target || t->has_generated || t->has_check || pl->scope->has_natural ||
            pl->p->stmt->root->kind == SQL_MAINTENANCE;
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

/* What is being made; refs[i] is the reference that part i stands for. */
struct fetching {
    struct planner *pl;
    struct narrow *narrow;
    const struct scope_table **refs;
};

static struct status
fetch_head(struct planner *pl, struct plan_fetch *f)
{
    const struct cat_table *t = f->table;
    struct template_builder b;
    template_begin(&b);
    template_text(&b, "SELECT " SERVER_ALIAS "." CAT_RID "," SERVER_ALIAS "." CAT_SALT);
    for (size_t i = 0; i < f->n_columns; i++) {
        template_text(&b, "," SERVER_ALIAS ".%.*s", SLICE_ARG(t->columns[f->columns[i]].phys_v));
    }
    template_text(&b, " FROM %.*s.%.*s " SERVER_ALIAS, SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    return template_finish(&b, pl->p->arena, &f->head);
}

static struct status
add_part(struct fetching *x, struct plan_fetch *f, const struct scope_table *ref)
{
    struct plan *p = x->pl->p;
    struct plan_part *part = &p->parts[p->n_parts];
    struct template_builder b;
    template_begin(&b);
    *part = (struct plan_part){.fetch = (uint16_t) (f - p->fetches)};
    part->rank = narrow_condition(x->narrow, ref, "", &b, &f->why);
    x->refs[p->n_parts++] = ref;
    f->n_parts++;
    return template_finish(&b, p->arena, &part->where);
}

/* INSERT and its like: what the new rows collide with is found by its keys. */
static bool
makes_rows(const struct plan *p)
{
    return p->stmt->root->kind == SQL_INSERT || p->stmt->root->kind == SQL_LOAD_DATA;
}

static struct status
add_fetch(struct fetching *x, const struct scope_table *first, enum fetch_lock lock)
{
    struct plan *p = x->pl->p;
    const struct scope *s = x->pl->scope;
    struct plan_fetch *f = &p->fetches[p->n_fetches++];
    *f = (struct plan_fetch){.table = first->table, .lock = "", .first_part = p->n_parts};
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *ref = &s->tables[i];
        if (ref->kind != SCOPE_BASE || ref->table != first->table) {
            continue;
        }
        f->target |= ref->target;
        if (!ref->target || !makes_rows(p)) {
            TRY(add_part(x, f, ref));
        }
    }
    if (lock != FETCH_PLAIN) {
        f->lock = f->target || lock == FETCH_UPDATE ? " FOR UPDATE" : " LOCK IN SHARE MODE";
    }
    TRY(fetch_columns(x->pl, f->table, f->target, f));
    return fetch_head(x->pl, f);
}

static bool
has_column(const struct plan_fetch *f, uint16_t column)
{
    for (size_t i = 0; i < f->n_columns; i++) {
        if (f->columns[i] == column) {
            return true;
        }
    }
    return false;
}

/* The number of (source, column) among the plan's values; added when new. */
static bool
values_of(struct fetching *x, const struct narrow_link *l, uint16_t *out)
{
    struct plan *p = x->pl->p;
    for (size_t i = 0; i < p->n_parts; i++) {
        if (x->refs[i] != l->source) {
            continue;
        }
        for (*out = 0; *out < p->n_values; (*out)++) {
            if (p->values[*out].part == i && p->values[*out].column == l->source_column) {
                return true;
            }
        }
        if (!has_column(&p->fetches[p->parts[i].fetch], l->source_column)) {
            return false;
        }
        p->values[p->n_values++] =
            (struct plan_values){.part = (uint16_t) i, .column = l->source_column};
        return true;
    }
    return false;
}

static struct status
add_links(struct fetching *x)
{
    struct plan *p = x->pl->p;
    const struct narrow_link **links =
        arena_array(p->arena, const struct narrow_link *, p->n_parts);
    size_t *counts = arena_array(p->arena, size_t, p->n_parts), total = 0;
    TRY(arena_status(p->arena));
    for (size_t i = 0; i < p->n_parts; i++) {
        TRY(narrow_links(x->narrow, x->refs[i], &links[i], &counts[i]));
        total += counts[i];
    }
    p->values = arena_array(p->arena, struct plan_values, total);
    TRY(arena_status(p->arena));
    for (size_t i = 0; i < p->n_parts; i++) {
        struct plan_link *out = arena_array(p->arena, struct plan_link, counts[i]);
        TRY(arena_status(p->arena));
        p->parts[i].links = out;
        for (size_t k = 0; k < counts[i]; k++) {
            uint16_t values;
            if (values_of(x, &links[i][k], &values)) {
                out[p->parts[i].n_links++] = (struct plan_link){links[i][k].column, values};
            }
        }
    }
    return OK;
}

/* For EXPLAIN: is there a part that nothing narrows? */
static void
judge(struct plan *p)
{
    for (size_t i = 0; i < p->n_fetches; i++) {
        struct plan_fetch *f = &p->fetches[i];
        for (size_t k = 0; k < f->n_parts; k++) {
            const struct plan_part *part = &p->parts[f->first_part + k];
            f->whole |= part->where.text.len == 0 && part->n_links == 0;
        }
        if (f->whole && f->why.data == NULL) {
            f->why = SLICE("no condition on this table");
        }
    }
}

/* All rows of a table: what a view does with its conditions is not looked at. */
static struct status
add_whole(struct fetching *x, const struct view_base *base, enum fetch_lock lock)
{
    struct plan *p = x->pl->p;
    struct template_builder b;
    struct plan_fetch *f = &p->fetches[p->n_fetches];
    *f = (struct plan_fetch){.table = base->table,
                             .target = base->target,
                             .whole = true,
                             .why = SLICE("rows change through a view"),
                             .lock = lock == FETCH_PLAIN ? "" : " FOR UPDATE",
                             .first_part = p->n_parts,
                             .n_parts = 1};
    template_begin(&b);
    p->parts[p->n_parts++] = (struct plan_part){.fetch = (uint16_t) p->n_fetches++};
    TRY(template_finish(&b, p->arena, &p->parts[f->first_part].where));
    TRY(fetch_columns(x->pl, f->table, true, f));
    return fetch_head(x->pl, f);
}

static struct status
fetch_for_views(struct planner *pl, enum fetch_lock lock)
{
    struct plan *p = pl->p;
    struct view_parts parts;
    struct fetching x = {.pl = pl};
    size_t n_targets = 0;
    TRY(view_take_apart(p->arena, pl->ctx->catalog, pl->scope, pl->ctx->options, &parts, pl->d));
    p->views = parts.views;
    p->n_views = parts.n_views;
    p->in_schema = true;
    p->fetches = arena_array(p->arena, struct plan_fetch, parts.n_bases);
    p->parts = arena_array(p->arena, struct plan_part, parts.n_bases);
    TRY(arena_status(p->arena));
    for (size_t i = 0; i < parts.n_bases; i++) {
        struct view_base *base = &parts.bases[i];
        n_targets += base->target;
        p->target = base->target ? base->table : p->target;
        if (!base->target || base->read || !makes_rows(p)) {
            TRY(add_whole(&x, base, lock));
        }
    }
    if (makes_rows(p) && n_targets > 1) {
        FAIL(pl->d, UNSUPPORTED,
             "INSERT through a view of several tables is not supported through Allium");
    }
    return OK;
}

struct status
plan_fetches(struct planner *pl, enum fetch_lock lock)
{
    const struct scope *s = pl->scope;
    struct plan *p = pl->p;
    if (scope_count(s, 1u << SCOPE_VIEW)) {
        if (p->kind != PLAN_TRUSTED) {
            FAIL(pl->d, UNSUPPORTED,
                 "a view in this kind of statement is not supported through Allium");
        }
        return fetch_for_views(pl, lock);
    }
    p->fetches = arena_array(p->arena, struct plan_fetch, s->n_tables);
    p->parts = arena_array(p->arena, struct plan_part, s->n_tables);
    struct fetching x = {.pl = pl};
    x.refs = arena_array(p->arena, const struct scope_table *, s->n_tables);
    TRY(arena_status(p->arena));
    TRY(narrow_new(pl, &x.narrow));
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *ref = &s->tables[i];
        bool again = ref->kind != SCOPE_BASE;
        for (size_t k = 0; k < p->n_fetches && !again; k++) {
            again = p->fetches[k].table == ref->table;
        }
        if (again || (ref->target && makes_rows(p))) {
            continue;
        }
        TRY(add_fetch(&x, ref, lock));
    }
    TRY(add_links(&x));
    judge(p);
    return OK;
}
