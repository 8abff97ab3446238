/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/view.h"

#define NESTING_MAX 16
#define PARTS_MAX   64

struct expansion {
    struct arena *a;
    const struct scope *scope;
    const struct sql_options *options;
    struct diag *d;
    struct status status;
    bool any;
};

static const struct scope_table *
view_of(const struct scope *s, const struct sql_node *n)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        if (s->tables[i].node == n) {
            return s->tables[i].kind == SCOPE_VIEW ? &s->tables[i] : NULL;
        }
    }
    return NULL;
}

/* " (a,b)" */
static void
print_columns(const struct sql_list *columns, struct buf *out)
{
    SQL_FOR_EACH(n, columns)
    {
        buf_append_str(out, n == columns->first ? " (" : ",");
        sql_print_name(sql_as_ident(n)->name, out);
    }
    buf_append_str(out, columns->count ? ")" : "");
}

/* The definition is MySQL's own print: backquoted, without sql_mode dependence. */
static STATUS
print_definition(struct expansion *x, const struct cat_table *view, struct slice alias,
                 struct buf *out)
{
    struct sql_stmt *stmt;
    const struct sql_options options = {.flavour = x->options->flavour,
                                        .version = x->options->version};
    TRY(sql_parse(x->a, view->create_sql, &options, &stmt, x->d));
    if (stmt->root->kind != SQL_CREATE_VIEW) {
        RAISE(BUG);
    }
    const struct sql_printer printer = {.mode = x->options->mode, .flavour = x->options->flavour};
    buf_append_u8(out, '(');
    sql_print(sql_as_create_view(stmt->root)->query, &printer, out);
    buf_append_str(out, ") AS ");
    sql_print_name(alias, out);
    print_columns(&sql_as_create_view(stmt->root)->columns, out); /* MySQL prints them there */
    return buf_status(out);
}

/* db.view.column: what the view is written out as has no database. */
static bool
print_column_of_view(const struct scope *s, const struct sql_column *c, struct buf *out)
{
    for (size_t i = 0; c->db.data && i < s->n_tables; i++) {
        const struct scope_table *t = &s->tables[i];
        if (t->kind == SCOPE_VIEW && slice_equal_ci(t->alias, c->table) &&
            slice_equal_ci(t->db, c->db)) {
            sql_print_name(c->table, out);
            buf_append_u8(out, '.');
            sql_print_name(c->name, out);
            return true;
        }
    }
    return false;
}

static bool
hook(void *ctx, const struct sql_node *n, struct buf *out)
{
    struct expansion *x = ctx;
    if (n->kind == SQL_COLUMN) {
        return print_column_of_view(x->scope, sql_as_column(n), out);
    }
    const struct scope_table *t = n->kind == SQL_TABLE ? view_of(x->scope, n) : NULL;
    if (t == NULL) {
        return false;
    }
    x->any = true;
    if (status_is_ok(x->status)) {
        x->status = print_definition(x, t->table, t->alias, out);
    }
    return true;
}

static STATUS
expand_once(struct expansion *x, const struct catalog *cat, const struct scope_session *session,
            struct slice text, struct buf *out)
{
    struct sql_stmt *stmt;
    struct scope *scope;
    TRY(sql_parse(x->a, text, x->options, &stmt, x->d));
    TRY(scope_build(x->a, cat, session, stmt, &scope, x->d));
    x->any = false;
    x->scope = scope;
    if (scope_count(scope, 1u << SCOPE_VIEW) == 0) {
        return OK;
    }
    for (size_t i = 0; i < scope->n_tables; i++) {
        const struct scope_table *t = &scope->tables[i];
        const bool changed =
            t->target ||
            (t->block == 0 && (stmt->root->kind == SQL_UPDATE || stmt->root->kind == SQL_DELETE));
        if (t->kind == SCOPE_VIEW && changed) {
            return OK;
        }
    }
    const struct sql_printer printer = {
        .mode = x->options->mode, .flavour = x->options->flavour, .hook = hook, .ctx = x};
    sql_print(stmt->root, &printer, out);
    TRY(x->status);
    return buf_status(out);
}

struct status
view_expand(struct arena *a, const struct catalog *cat, const struct scope_session *session,
            const struct sql_options *options, struct slice text, struct slice *out, struct diag *d)
{
    struct expansion x = {.a = a, .options = options, .d = d};
    *out = SLICE_NULL;
    for (int i = 0; i < NESTING_MAX; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf printed = BUF_INIT;
        TRY(expand_once(&x, cat, session, text, &printed));
        if (!x.any) {
            return OK;
        }
        text = arena_dup(a, buf_slice(&printed));
        *out = text;
        TRY(arena_status(a));
    }
    FAIL(d, UNSUPPORTED, "views nested more than %d deep", NESTING_MAX);
}

/* ---- views that are changed ---- */

struct status
view_query(struct arena *a, const struct catalog *cat, const struct cat_table *view,
           const struct sql_options *options, struct sql_stmt **stmt, struct scope **scope,
           struct diag *d)
{
    const struct sql_options plain = {.flavour = options->flavour, .version = options->version};
    const struct sql_printer printer = {.flavour = plain.flavour};
    const struct scope_session session = {.db = view->db};
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    TRY(sql_parse(a, view->create_sql, &plain, stmt, d));
    if ((*stmt)->root->kind != SQL_CREATE_VIEW) {
        RAISE(BUG);
    }
    sql_print(sql_as_create_view((*stmt)->root)->query, &printer, &text);
    TRY(buf_status(&text));
    TRY(sql_parse(a, arena_dup(a, buf_slice(&text)), &plain, stmt, d));
    return scope_build(a, cat, &session, *stmt, scope, d);
}

struct apart {
    struct arena *a;
    const struct catalog *cat;
    const struct sql_options *options;
    struct view_parts *out;
    struct diag *d;
    unsigned depth;
};

static STATUS
add_base(struct apart *x, const struct cat_table *t, bool target)
{
    struct view_parts *out = x->out;
    size_t i = 0;
    while (i < out->n_bases && out->bases[i].table != t) {
        i++;
    }
    if (i == PARTS_MAX) {
        FAIL(x->d, LIMIT, "views of more than %d tables", PARTS_MAX);
    }
    if (i == out->n_bases) {
        out->bases[out->n_bases++] = (struct view_base){.table = t};
    }
    out->bases[i].target |= target;
    out->bases[i].read |= !target;
    return OK;
}

static STATUS
take_apart(struct apart *x, const struct cat_table *view, bool target)
{
    struct sql_stmt *stmt;
    struct scope *scope;
    if (x->depth == NESTING_MAX || x->out->n_views == PARTS_MAX) {
        FAIL(x->d, UNSUPPORTED, "views nested more than %d deep", NESTING_MAX);
    }
    TRY(view_query(x->a, x->cat, view, x->options, &stmt, &scope, x->d));
    x->depth++;
    for (size_t i = 0; i < scope->n_tables; i++) {
        const struct scope_table *t = &scope->tables[i];
        if (t->kind == SCOPE_VIEW) {
            TRY(take_apart(x, t->table, target && t->block == 0));
        } else if (t->kind == SCOPE_BASE) {
            TRY(add_base(x, t->table, target && t->block == 0));
        }
    }
    x->depth--;
    for (size_t i = 0; i < x->out->n_views; i++) {
        if (x->out->views[i] == view) {
            return OK;
        }
    }
    x->out->views[x->out->n_views++] = view;
    return OK;
}

struct status
view_take_apart(struct arena *a, const struct catalog *cat, const struct scope *scope,
                const struct sql_options *options, struct view_parts *out, struct diag *d)
{
    *out = (struct view_parts){.views = arena_array(a, const struct cat_table *, PARTS_MAX),
                               .bases = arena_array(a, struct view_base, PARTS_MAX)};
    TRY(arena_status(a));
    struct apart x = {.a = a, .cat = cat, .options = options, .out = out, .d = d};
    for (size_t i = 0; i < scope->n_tables; i++) {
        const struct scope_table *t = &scope->tables[i];
        if (t->kind == SCOPE_VIEW) {
            TRY(take_apart(&x, t->table, t->target));
        } else if (t->kind == SCOPE_BASE) {
            TRY(add_base(&x, t->table, t->target));
        }
    }
    return OK;
}
