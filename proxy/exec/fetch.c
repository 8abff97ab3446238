/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows come to the trusted side, part by part. The part that its own condition narrows most comes
 * first; the values that it brings narrow the parts that are linked to it (`column IN (tokens)`), and
 * so on. Which rows are left out changes no answer (rewriter/plan/narrow.h); the order is only thrift.
 *
 * What the server learns: the rows of a narrowed part, and that their tokens are those of the values
 * that were fetched before.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "proxy/exec/exec_priv.h"

#define VALUES_MAX 20000 /* distinct values of a column that are still used to narrow */
#define ALIKE_MAX  1000  /* when no condition has narrowed their own part */
#define LIST_MAX   500   /* tokens in one statement */
#define EXTRA_MAX  200   /* tokens of each further link in the same statement */

#define COST_ROW   1
#define COST_EQUAL 64
#define COST_SOME  4096
#define COST_ALL   SIZE_MAX

/* A set of row ids; 0 is no row's. */
struct rid_set {
    uint64_t *slots;
    size_t cap, n;
};

struct part_state {
    bool done;
    bool narrowed; /* by a condition or a link */
};

struct value_set {
    struct map seen; /* canonical values */
    bool usable;     /* all of the part's rows have been seen, and few enough */
    bool full;
};

struct fetcher {
    struct exec_run *r;
    const struct slice *wheres;
    exec_part_fn fn;
    void *ctx;
    struct part_state *parts;
    struct value_set *values;
    struct rid_set *rids; /* by fetch */
    bool *whole;          /* by fetch: the entire table is here */
    const struct plan_part *part;
    struct arena *arena; /* token lists */
    uint64_t n_rows, n_bytes;
};

/* ---- row ids ---- */

static bool
rid_grow(struct rid_set *s)
{
    const struct rid_set old = *s;
    s->cap = old.cap ? old.cap * 2 : 1024;
    s->slots = calloc(s->cap, sizeof *s->slots);
    if (s->slots == NULL) {
        *s = old;
        return false;
    }
    s->n = 0;
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i]) {
            size_t at = old.slots[i] * 0x9e3779b97f4a7c15u & (s->cap - 1);
            while (s->slots[at]) {
                at = (at + 1) & (s->cap - 1);
            }
            s->slots[at] = old.slots[i];
            s->n++;
        }
    }
    free(old.slots);
    return true;
}

/* *added: it was not there. */
static STATUS
rid_add(struct rid_set *s, uint64_t rid, bool *added)
{
    if (s->n * 2 >= s->cap && !rid_grow(s)) {
        RAISE(NO_MEMORY);
    }
    size_t at = rid * 0x9e3779b97f4a7c15u & (s->cap - 1);
    while (s->slots[at] && s->slots[at] != rid) {
        at = (at + 1) & (s->cap - 1);
    }
    *added = s->slots[at] == 0;
    s->slots[at] = rid;
    s->n += *added;
    return OK;
}

/* ---- rows ---- */

/* Rows that another reference to the table has brought already are left out. */
static STATUS
without_repeats(struct fetcher *x, const struct exec_rows *in, struct exec_rows *out)
{
    struct rid_set *set = &x->rids[x->part->fetch];
    struct arena *a = x->r->e->batch;
    uint64_t *rids = arena_array(a, uint64_t, in->n);
    struct slice *salts = arena_array(a, struct slice, in->n);
    struct slice *values = arena_array(a, struct slice, in->n * in->n_columns);
    TRY(arena_status(a));
    *out = (struct exec_rows){
        .n_columns = in->n_columns, .rids = rids, .salts = salts, .values = values};
    for (size_t i = 0; i < in->n; i++) {
        bool added;
        TRY(rid_add(set, in->rids[i], &added));
        if (added) {
            rids[out->n] = in->rids[i];
            salts[out->n] = in->salts[i];
            mem_copy(values + out->n * in->n_columns, in->values + i * in->n_columns,
                     in->n_columns * sizeof *values);
            out->n++;
        }
    }
    return OK;
}

static STATUS
note_values(struct fetcher *x, const struct exec_rows *rows)
{
    const struct plan *p = x->r->plan;
    const struct plan_fetch *f = &p->fetches[x->part->fetch];
    for (size_t v = 0; v < p->n_values; v++) {
        struct value_set *set = &x->values[v];
        size_t at = 0;
        if (&p->parts[p->values[v].part] != x->part || set->full) {
            continue;
        }
        while (f->columns[at] != p->values[v].column) {
            at++;
        }
        for (size_t i = 0; i < rows->n && !set->full; i++) {
            const struct slice value = rows->values[i * rows->n_columns + at];
            if (value.data) {
                TRY(map_put(&set->seen, value, set));
                set->full = set->seen.count > VALUES_MAX;
            }
        }
    }
    return OK;
}

static STATUS
check_limits(struct fetcher *x, const struct exec_rows *rows, struct diag *d)
{
    const struct config *cfg = x->r->e->shared->cfg;
    const struct plan_fetch *f = &x->r->plan->fetches[x->part->fetch];
    x->n_rows += rows->n;
    for (size_t i = 0; i < rows->n * rows->n_columns; i++) {
        x->n_bytes += rows->values[i].len;
    }
    const bool rows_over = cfg->fetch_rows && x->n_rows > (uint64_t) cfg->fetch_rows;
    if (!rows_over && !(cfg->fetch_bytes && x->n_bytes > (uint64_t) cfg->fetch_bytes)) {
        return OK;
    }
    FAIL(d, FETCH_LIMIT,
         "the statement needs too many %s of '%.*s.%.*s' on the trusted side (%.*s); add a"
         " condition that the server can decide (EXPLAIN ALLIUM shows which) or raise fetch.%s",
         rows_over ? "rows" : "bytes", SLICE_ARG(f->table->db), SLICE_ARG(f->table->name),
         SLICE_ARG(f->why.data ? f->why : SLICE("its conditions leave that many")),
         rows_over ? "rows" : "bytes");
}

static STATUS
take_rows(void *ctx, const struct exec_rows *rows, struct diag *d)
{
    struct fetcher *x = ctx;
    const struct plan_fetch *f = &x->r->plan->fetches[x->part->fetch];
    struct exec_rows own = *rows;
    TRY(note_values(x, rows));
    if (f->n_parts > 1) {
        TRY(without_repeats(x, rows, &own));
    }
    TRY(check_limits(x, &own, d));
    return own.n ? x->fn(x->ctx, f, &own, d) : OK;
}

/* ---- links ---- */

/* Can the server find the rows of one token without reading all? */
static bool
is_indexed(const struct cat_table *t, uint16_t column)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        const struct cat_key *k = &t->keys[i];
        if (k->n_parts && k->parts[0].column == column && k->parts[0].prefix == 0 &&
            (k->phys_e.data || (k->phys_o.data && k->n_parts > 1))) {
            return true;
        }
    }
    return false;
}

static size_t
link_count(const struct fetcher *x, const struct plan_part *part, const struct plan_link *l)
{
    const struct value_set *set = &x->values[l->values];
    const bool narrowed = x->parts[x->r->plan->values[l->values].part].narrowed;
    size_t max = narrowed ? VALUES_MAX : ALIKE_MAX;
    if (!is_indexed(x->r->plan->fetches[part->fetch].table, l->column)) {
        max = LIST_MAX;
    }
    return set->usable && set->seen.count <= max ? set->seen.count : COST_ALL;
}

static const struct plan_link *
best_link(const struct fetcher *x, const struct plan_part *part, size_t *count)
{
    const struct plan_link *best = NULL;
    *count = COST_ALL;
    for (size_t i = 0; i < part->n_links; i++) {
        const size_t n = link_count(x, part, &part->links[i]);
        if (n < *count) {
            *count = n;
            best = &part->links[i];
        }
    }
    return best;
}

/* The tokens under which the part's column stores the values; each once. */
static STATUS
link_tokens(struct fetcher *x, const struct plan_part *part, const struct plan_link *l,
            struct slice **out, size_t *n)
{
    const struct plan *p = x->r->plan;
    const struct plan_values *v = &p->values[l->values];
    const struct cat_column *to = &p->fetches[part->fetch].table->columns[l->column];
    const struct cat_column *from = &p->fetches[p->parts[v->part].fetch].table->columns[v->column];
    struct cells_env cells = exec_cells(x->r->e);
    struct map tokens;
    const struct map_entry *entry;
    struct status s = OK;
    cells.arena = x->arena;
    *out = arena_array(x->arena, struct slice, x->values[l->values].seen.count);
    *n = 0;
    TRY(arena_status(x->arena));
    map_init(&tokens, false);
    for (size_t i = 0; (entry = map_next(&x->values[l->values].seen, &i)) && status_is_ok(s);) {
        CLEANUP(buf_deinit_cleanup) struct buf token = BUF_INIT;
        s = cells_foreign_token(&cells, to, from->type, entry->key, &token, x->r->d);
        if (status_is_ok(s) && map_find(&tokens, buf_slice(&token)) == NULL) {
            s = map_put(&tokens, buf_slice(&token), x);
            (*out)[(*n)++] = arena_dup(x->arena, buf_slice(&token));
        }
    }
    map_deinit(&tokens);
    TRY(s);
    return arena_status(x->arena);
}

static void
append_list(const struct fetcher *x, const struct plan_part *part, const struct plan_link *l,
            const struct slice *tokens, size_t n, struct buf *sql)
{
    const struct cat_table *t = x->r->plan->fetches[part->fetch].table;
    buf_printf(sql, "t0.%.*s IN (", SLICE_ARG(t->columns[l->column].phys_e));
    for (size_t i = 0; i < n; i++) {
        buf_append_str(sql, i ? ",X'" : "X'");
        buf_append_hex(sql, tokens[i]);
        buf_append_u8(sql, '\'');
    }
    buf_append_u8(sql, ')');
}

/* The part's own condition and its short links. */
static STATUS
append_where(struct fetcher *x, size_t at, const struct plan_link *main, struct buf *sql)
{
    const struct plan_part *part = &x->r->plan->parts[at];
    buf_append_slice(sql, x->wheres[at]);
    for (size_t i = 0; i < part->n_links; i++) {
        const struct plan_link *l = &part->links[i];
        if (l == main || link_count(x, part, l) > EXTRA_MAX) {
            continue;
        }
        struct slice *tokens;
        size_t n;
        TRY(link_tokens(x, part, l, &tokens, &n));
        buf_append_str(sql, sql->len ? " AND " : "");
        append_list(x, part, l, tokens, n, sql);
    }
    return buf_status(sql);
}

/* ---- parts ---- */

static size_t
cost_of(const struct fetcher *x, size_t at)
{
    static const size_t own[] = {[PLAN_RANK_ROW] = COST_ROW,
                                 [PLAN_RANK_EQUAL] = COST_EQUAL,
                                 [PLAN_RANK_SOME] = COST_SOME,
                                 [PLAN_RANK_ALL] = COST_ALL};
    const struct plan_part *part = &x->r->plan->parts[at];
    size_t linked;
    best_link(x, part, &linked);
    return linked < own[part->rank] ? linked : own[part->rank];
}

static size_t
next_part(const struct fetcher *x)
{
    const size_t n = x->r->plan->n_parts;
    size_t best = n, cost = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t own = x->parts[i].done ? 0 : cost_of(x, i);
        if (!x->parts[i].done && (best == n || own < cost)) {
            best = i;
            cost = own;
        }
    }
    return best;
}

static STATUS
run_part(struct fetcher *x, struct slice where, struct slice list)
{
    struct exec *e = x->r->e;
    const struct plan_fetch *f = &x->r->plan->fetches[x->part->fetch];
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_slice(&sql, f->head.text);
    buf_append_str(&sql, where.len || list.len ? " WHERE " : "");
    buf_append_slice(&sql, where);
    buf_append_str(&sql, where.len && list.len ? " AND " : "");
    buf_append_slice(&sql, list);
    buf_append_str(&sql, f->lock);
    TRY(buf_status(&sql));
    arena_reset(e->batch);
    const struct status s =
        exec_fetch(e, f, buf_slice(&sql), e->batch, false, take_rows, x, x->r->d);
    if (!status_is_ok(s)) {
        exec_map_error(x->r, f->table, x->r->d);
    }
    return s;
}

static STATUS
fetch_linked(struct fetcher *x, size_t at, const struct plan_link *l)
{
    struct slice *tokens;
    size_t n;
    CLEANUP(buf_deinit_cleanup) struct buf where = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf list = BUF_INIT;
    TRY(append_where(x, at, l, &where));
    TRY(link_tokens(x, x->part, l, &tokens, &n));
    for (size_t i = 0; i < n; i += LIST_MAX) {
        buf_clear(&list);
        append_list(x, x->part, l, tokens + i, n - i < LIST_MAX ? n - i : LIST_MAX, &list);
        TRY(run_part(x, buf_slice(&where), buf_slice(&list)));
    }
    return OK;
}

static STATUS
fetch_part(struct fetcher *x, size_t at)
{
    const struct plan *p = x->r->plan;
    size_t count;
    x->part = &p->parts[at];
    x->parts[at].done = true;
    if (x->whole[x->part->fetch]) {
        return OK; /* its values are not told apart from the others': not usable */
    }
    arena_reset(x->arena);
    const struct plan_link *l = best_link(x, x->part, &count);
    x->parts[at].narrowed = l || x->wheres[at].len;
    if (l) {
        TRY(fetch_linked(x, at, l));
    } else {
        TRY(run_part(x, x->wheres[at], SLICE("")));
    }
    x->whole[x->part->fetch] = !x->parts[at].narrowed;
    for (size_t v = 0; v < p->n_values; v++) {
        x->values[v].usable |= p->values[v].part == at && !x->values[v].full;
    }
    return OK;
}

static void
fetcher_deinit(struct fetcher *x)
{
    for (size_t i = 0; i < x->r->plan->n_values; i++) {
        map_deinit(&x->values[i].seen);
    }
    for (size_t i = 0; i < x->r->plan->n_fetches; i++) {
        free(x->rids[i].slots);
    }
    arena_free(x->arena);
}

/* InnoDB's full-text index knows only committed rows. */
static STATUS
make_searchable(struct exec_run *r)
{
    struct exec *e = r->e;
    return e->state.autocommit ? OK
                               : backend_exec_str(scratch_session_conn(e->scratch), "COMMIT", r->d);
}

struct status
exec_fetch_parts(struct exec_run *r, const struct slice *wheres, exec_part_fn fn, void *ctx)
{
    const struct plan *p = r->plan;
    struct arena *a = r->e->arena;
    struct fetcher x = {.r = r, .wheres = wheres, .fn = fn, .ctx = ctx};
    x.parts = arena_array(a, struct part_state, p->n_parts);
    x.values = arena_array(a, struct value_set, p->n_values);
    x.rids = arena_array(a, struct rid_set, p->n_fetches);
    x.whole = arena_array(a, bool, p->n_fetches);
    TRY(arena_status(a));
    x.arena = arena_create(0);
    if (x.arena == NULL) {
        RAISE(NO_MEMORY);
    }
    for (size_t i = 0; i < p->n_values; i++) {
        map_init(&x.values[i].seen, false);
    }
    struct status s = OK;
    for (size_t i = 0; i < p->n_parts && status_is_ok(s); i++) {
        s = fetch_part(&x, next_part(&x));
    }
    fetcher_deinit(&x);
    return status_is_ok(s) && p->fulltext ? make_searchable(r) : s;
}

struct status
exec_bind_parts(struct exec_run *r, struct slice **out, bool *fits)
{
    struct slice *texts = arena_array(r->e->arena, struct slice, r->plan->n_parts);
    TRY(arena_status(r->e->arena));
    const struct cells_env cells = exec_cells(r->e);
    const struct bind bind = exec_bind(r->e, &cells, r->lits);
    *fits = true;
    for (size_t i = 0; i < r->plan->n_parts && *fits; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        TRY(bind_template(&bind, &r->plan->parts[i].where, &sql, fits, r->d));
        texts[i] = arena_dup(r->e->arena, buf_slice(&sql));
    }
    *out = texts;
    return arena_status(r->e->arena);
}
