/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Working tables of the running statement. They are temporary tables that shadow the mirror's, so that
 * the client's text runs as it is. MySQL cannot read one of those twice in a statement: there such a
 * statement gets ordinary tables in a schema of the session, and its text is printed with their names.
 */
#include "base/mem.h"
#include "proxy/exec/exec_priv.h"

static bool
in_schema(const struct exec_run *r)
{
    return r->plan->reopens && r->e->shared->flavour == BACKEND_MYSQL;
}

unsigned
exec_read_flags(const struct exec_run *r)
{
    return r->plan->names_keys ? 0 : SCRATCH_TEMP_FEW_KEYS;
}

struct status
exec_work_create(struct exec_run *r, const struct cat_table *t, unsigned flags)
{
    return in_schema(r) ? scratch_work_create(r->e->scratch, t->db, t->name, flags, r->d)
                        : scratch_temp_create(r->e->scratch, t->db, t->name, flags, r->d);
}

struct status
exec_work_drop(struct exec_run *r, const struct cat_table *t, struct diag *d)
{
    return in_schema(r) ? scratch_work_drop(r->e->scratch, t->db, t->name, d)
                        : scratch_temp_drop(r->e->scratch, t->db, t->name, d);
}

struct status
exec_work_db(struct exec_run *r, const struct cat_table *t, struct slice *db)
{
    *db = t->db;
    return in_schema(r) ? scratch_work_schema(r->e->scratch, t->db, db, r->d) : OK;
}

/* ---- the statement over tables of the session's schema ---- */

struct renaming {
    struct exec_run *r;
    const struct scope *scope;
    struct status status;
};

static const struct scope_table *
table_of(const struct scope *s, const struct sql_node *n)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        if (s->tables[i].node == n && s->tables[i].kind == SCOPE_BASE) {
            return &s->tables[i];
        }
    }
    return NULL;
}

static bool
rename_table(struct renaming *x, const struct scope_table *t, struct buf *out)
{
    struct slice db;
    if (status_is_ok(x->status)) {
        x->status = exec_work_db(x->r, t->table, &db);
    }
    if (!status_is_ok(x->status)) {
        return true;
    }
    sql_print_name(db, out);
    buf_append_u8(out, '.');
    sql_print_name(t->name, out);
    if (!t->target || sql_as_table(t->node)->alias.data) {
        buf_append_str(out, " AS ");
        sql_print_name(t->alias, out);
    }
    return true;
}

static bool
hook(void *ctx, const struct sql_node *n, struct buf *out)
{
    struct renaming *x = ctx;
    if (n->kind == SQL_TABLE) {
        const struct scope_table *t = table_of(x->scope, n);
        return t ? rename_table(x, t, out) : false;
    }
    if (n->kind == SQL_COLUMN && sql_as_column(n)->db.data && sql_as_column(n)->table.data) {
        sql_print_name(sql_as_column(n)->table, out);
        buf_append_u8(out, '.');
        sql_print_name(sql_as_column(n)->name, out);
        return true;
    }
    return false;
}

struct status
exec_work_text(struct exec_run *r, struct slice text, struct slice *out)
{
    struct exec *e = r->e;
    *out = text;
    if (!in_schema(r) || r->plan->n_fetches + (r->plan->kind == PLAN_TRUSTED) == 0) {
        return OK;
    }
    struct sql_stmt *stmt;
    struct scope *scope;
    const struct plan_context ctx = exec_plan_context(e, (struct catalog *) r->plan->catalog);
    TRY(sql_parse(e->arena, text, &e->state.options, &stmt, r->d));
    TRY(scope_build(e->arena, r->plan->catalog, &ctx.session, stmt, &scope, r->d));
    struct renaming x = {.r = r, .scope = scope};
    const struct sql_printer printer = {.mode = e->state.options.mode,
                                        .flavour = e->state.options.flavour,
                                        .hook = hook,
                                        .ctx = &x};
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    sql_print(stmt->root, &printer, &sql);
    TRY(x.status);
    TRY(buf_status(&sql));
    *out = arena_dup(e->arena, buf_slice(&sql));
    return arena_status(e->arena);
}
