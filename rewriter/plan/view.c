/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/plan/view.h"

#define NESTING_MAX 16

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

/* The definition is MySQL's own print: backquoted, without sql_mode dependence. */
static STATUS
print_definition(struct expansion *x, const struct cat_table *view, struct buf *out)
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
    buf_append_u8(out, ')');
    return buf_status(out);
}

static bool
hook(void *ctx, const struct sql_node *n, struct buf *out)
{
    struct expansion *x = ctx;
    const struct scope_table *t = n->kind == SQL_TABLE ? view_of(x->scope, n) : NULL;
    if (t == NULL) {
        return false;
    }
    x->any = true;
    if (status_is_ok(x->status)) {
        x->status = print_definition(x, t->table, out);
        buf_append_str(out, " AS ");
        sql_print_name(t->alias, out);
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
            FAIL(x->d, UNSUPPORTED,
                 "changing rows through view '%.*s' is not supported through Allium",
                 SLICE_ARG(t->name));
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
