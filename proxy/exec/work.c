/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Working tables of the running statement. They are temporary tables that shadow the mirror's, so that
 * the client's text runs as it is. MySQL cannot read one of those twice in a statement, and none has
 * partitions: there a statement gets ordinary tables in a schema of the session, and its text is printed
 * with their names.
 */
#include "base/mem.h"
#include "proxy/exec/exec_priv.h"
#include "rewriter/plan/view.h"

static bool
in_schema(const struct exec_run *r)
{
    return r->plan->in_schema;
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

/* Another connection drops tables of the session's schema: nothing here may still hold on to them. */
static STATUS
let_go(struct exec_run *r, struct diag *d)
{
    return r->e->state.autocommit
               ? OK
               : backend_exec_str(scratch_session_conn(r->e->scratch), "COMMIT", d);
}

struct status
exec_work_drop(struct exec_run *r, const struct cat_table *t, struct diag *d)
{
    if (!in_schema(r)) {
        return scratch_temp_drop(r->e->scratch, t->db, t->name, d);
    }
    TRY(let_go(r, d));
    return scratch_work_drop(r->e->scratch, t->db, t->name, d);
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
    bool no_alias; /* DELETE of one table takes none on MariaDB */
    struct status status;
};

static const struct scope_table *
table_of(const struct scope *s, const struct sql_node *n)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        if (s->tables[i].node == n && s->tables[i].table) {
            return &s->tables[i];
        }
    }
    return NULL;
}

static void
print_partitions(const struct sql_table *t, struct buf *out)
{
    SQL_FOR_EACH(n, &t->partitions)
    {
        buf_append_str(out, n == t->partitions.first ? " PARTITION (" : ",");
        sql_print_name(sql_as_ident(n)->name, out);
    }
    buf_append_str(out, t->partitions.count ? ")" : "");
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
    print_partitions(sql_as_table(t->node), out);
    if ((!t->target && !x->no_alias) || sql_as_table(t->node)->alias.data) {
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
    const struct sql_delete *del =
        sql_is_kind(stmt->root, SQL_DELETE) ? sql_as_delete(stmt->root) : NULL;
    struct renaming x = {
        .r = r, .scope = scope, .no_alias = del && del->targets.count == 0 && !del->using_form};
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

/* ---- views ---- */

/* CREATE .. VIEW `schema`.`v` AS its query over the schema's tables. */
static STATUS
view_text(struct exec_run *r, const struct cat_table *view, struct buf *sql)
{
    struct exec *e = r->e;
    const struct sql_options options = {.flavour = e->state.options.flavour,
                                        .version = e->state.options.version};
    struct sql_stmt *definition, *stmt;
    struct scope *scope;
    struct slice db;
    TRY(sql_parse(e->arena, view->create_sql, &options, &definition, r->d));
    TRY(view_query(e->arena, r->plan->catalog, view, &options, &stmt, &scope, r->d));
    TRY(exec_work_db(r, view, &db));
    const struct sql_create_view *cv = sql_as_create_view(definition->root);
    struct renaming x = {.r = r, .scope = scope};
    const struct sql_printer printer = {.flavour = options.flavour, .hook = hook, .ctx = &x};
    buf_append_str(sql, "CREATE OR REPLACE ");
    if (!slice_is_null(cv->algorithm)) {
        buf_printf(sql, "ALGORITHM=%.*s ", SLICE_ARG(cv->algorithm));
    }
    buf_append_str(sql, "SQL SECURITY INVOKER VIEW ");
    sql_print_name(db, sql);
    buf_append_u8(sql, '.');
    sql_print_name(view->name, sql);
    SQL_FOR_EACH(n, &cv->columns)
    {
        buf_append_str(sql, n == cv->columns.first ? " (" : ",");
        sql_print_name(sql_as_ident(n)->name, sql);
    }
    buf_append_str(sql, cv->columns.count ? ") AS " : " AS ");
    sql_print(stmt->root, &printer, sql);
    if (!slice_is_null(cv->check_option)) {
        buf_printf(sql, " WITH %.*s CHECK OPTION", SLICE_ARG(cv->check_option));
    }
    TRY(x.status);
    return buf_status(sql);
}

struct status
exec_work_views(struct exec_run *r)
{
    for (size_t i = 0; i < r->plan->n_views; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        TRY(view_text(r, r->plan->views[i], &sql));
        TRY(scratch_work_exec(r->e->scratch, buf_slice(&sql), r->d));
    }
    return OK;
}

void
exec_work_views_drop(struct exec_run *r)
{
    struct diag ignored = DIAG_INIT;
    if (r->plan->n_views) {
        exec_scratch_idle(r->e); /* autocommit=0: its own transaction holds the views */
    }
    for (size_t i = r->plan->n_views; i-- > 0 && r->e->scratch;) {
        struct slice db;
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        struct status s = exec_work_db(r, r->plan->views[i], &db);
        if (status_is_ok(s)) {
            buf_append_str(&sql, "DROP VIEW IF EXISTS ");
            sql_print_name(db, &sql);
            buf_append_u8(&sql, '.');
            sql_print_name(r->plan->views[i]->name, &sql);
            s = scratch_work_exec(r->e->scratch, buf_slice(&sql), &ignored);
        }
        (void) s; /* the engine is gone, and its views with it */
    }
}

/* The session's schema in a message is the database that it stands for. */
static struct slice
unnamed(struct exec_run *r, struct slice message, struct slice db)
{
    struct slice name;
    struct arena *a = r->e->arena;
    struct diag ignored = DIAG_INIT;
    if (!status_is_ok(scratch_work_schema(r->e->scratch, db, &name, &ignored))) {
        return message;
    }
    for (size_t i = 0; i + name.len <= message.len; i++) {
        if (slice_equal(slice_sub(message, i, name.len), name)) {
            const struct slice rest = slice_from(message, i + name.len);
            message = arena_printf(a, "%.*s%.*s%.*s", SLICE_ARG(slice_sub(message, 0, i)),
                                   SLICE_ARG(db), SLICE_ARG(rest));
            i += db.len;
        }
    }
    return message;
}

static struct slice
message_of(struct exec_run *r, struct slice message)
{
    const struct scope *s = r->plan->scope;
    for (size_t i = 0; s && i < s->n_tables; i++) {
        if (s->tables[i].table) {
            message = unnamed(r, message, s->tables[i].table->db);
        }
    }
    return message;
}

void
exec_work_messages(struct exec_run *r, struct diag *d)
{
    if (!in_schema(r) || r->e->scratch == NULL || scratch_session_is_lost(r->e->scratch)) {
        return;
    }
    for (struct exec_warning *w = r->e->warnings; w; w = w->next) {
        w->message = arena_dup(r->e->warnings_arena, message_of(r, w->message));
    }
    if (d && d->mysql_errno) {
        const struct diag old = *d;
        const struct slice text = message_of(r, slice_of_str(old.message));
        diag_clear(d);
        diag_set_sql(d, old.code, old.mysql_errno, old.sqlstate, "%.*s", SLICE_ARG(text));
    }
}
