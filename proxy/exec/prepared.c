/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepared statements. Each is prepared on the mirror too: that gives MySQL's own errors, the exact
 * metadata, and the means to run it there with the client's parameters when the trusted side must. The
 * plan is made at the first execution, with its parameters, and kept while it fits.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/exec_priv.h"
#include "rewriter/plan/view.h"
#include "rewriter/types/type_value.h"

struct exec_stmt {
    struct exec_stmt *next;
    uint32_t id;
    struct slice text;    /* views written out; owned */
    struct slice written; /* as the client wrote it; owned */
    struct slice name;    /* of PREPARE; owned; NULL for the protocol's */
    struct backend_stmt *scratch;
    struct arena *arena; /* metadata */
    struct wire_column *columns, *params;
    size_t n_columns, n_params;
    struct plan *plan;
    uint64_t context_hash;
};

static void
stmt_free(struct exec_stmt *s)
{
    if (s) {
        backend_stmt_close(s->scratch);
        plan_unref(s->plan);
        arena_free(s->arena);
        free((void *) s->text.data);
        free((void *) s->written.data);
        free((void *) s->name.data);
        free(s);
    }
}

void
exec_stmts_free(struct exec *e)
{
    while (e->stmts) {
        struct exec_stmt *s = e->stmts;
        e->stmts = s->next;
        stmt_free(s);
    }
}

void
exec_stmts_lost(struct exec *e)
{
    e->renamed = backend_stmt_close(e->renamed);
    for (struct exec_stmt *s = e->stmts; s; s = s->next) {
        s->scratch = backend_stmt_close(s->scratch);
    }
}

struct status
exec_stmt_scratch(struct exec *e, struct exec_stmt *s, struct backend_stmt **out, struct diag *d)
{
    struct backend_conn *c;
    TRY(exec_scratch(e, &c, d));
    if (s->scratch == NULL) {
        TRY(backend_prepare(c, s->text, &s->scratch, d));
    }
    *out = s->scratch;
    return OK;
}

/* ---- prepare ---- */

static STATUS
describe(struct exec_stmt *s, const struct backend_stmt *stmt)
{
    s->n_columns = backend_stmt_n_columns(stmt);
    s->n_params = backend_stmt_n_params(stmt);
    s->columns = arena_array(s->arena, struct wire_column, s->n_columns);
    s->params = arena_array(s->arena, struct wire_column, s->n_params);
    TRY(arena_status(s->arena));
    const struct wire_column *from = backend_stmt_columns(stmt);
    for (size_t i = 0; i < s->n_columns; i++) {
        s->columns[i] = from[i];
        s->columns[i].schema = arena_dup(s->arena, from[i].schema);
        s->columns[i].table = arena_dup(s->arena, from[i].table);
        s->columns[i].org_table = arena_dup(s->arena, from[i].org_table);
        s->columns[i].name = arena_dup(s->arena, from[i].name);
        s->columns[i].org_name = arena_dup(s->arena, from[i].org_name);
    }
    for (size_t i = 0; i < s->n_params; i++) {
        s->params[i] = (struct wire_column){
            .name = SLICE("?"), .charset = 63, .type = TYPE_WIRE_VAR_STRING, .flags = 128};
    }
    return arena_status(s->arena);
}

static struct slice
copy(struct slice s)
{
    return s.data ? slice_of(mem_strdup(s), s.len) : SLICE_NULL;
}

static STATUS
write_out_views(struct exec *e, struct exec_stmt *s, struct diag *d)
{
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(e->shared->store);
    const struct plan_context ctx = exec_plan_context(e, cat);
    const struct sql_options *options = &e->state.options;
    struct sql_stmt *stmt;
    struct slice text = SLICE_NULL;
    struct diag quiet =
        DIAG_INIT; /* what cannot be parsed is judged later, with the mirror's help */
    struct status st = sql_parse(e->arena, s->text, options, &stmt, &quiet);
    if (status_is_ok(st) && exec_may_name_view(stmt->root)) {
        st = view_expand(e->arena, cat, &ctx.session, options, s->text, &text, &quiet);
    }
    if (st.code == STATUS_UNSUPPORTED) {
        *d = quiet;
        return st;
    }
    if (status_is_ok(st) && text.data) {
        free((void *) s->text.data);
        s->text = copy(text);
    }
    return OK;
}

/* Columns are named as in the text as written; what runs may have its views written out. */
static STATUS
describe_written(struct exec *e, struct exec_stmt *s, struct diag *d)
{
    struct backend_conn *c;
    struct backend_stmt *runs;
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *written = NULL;
    TRY(exec_scratch(e, &c, d));
    if (!slice_equal(s->text, s->written)) { /* first: it knows what is wrong with a view */
        TRY(backend_prepare(c, s->written, &written, d));
    }
    TRY(exec_stmt_scratch(e, s, &runs, d));
    return describe(s, written ? written : runs);
}

static STATUS
stmt_new(struct exec *e, struct slice sql, struct exec_stmt **out, struct diag *d)
{
    struct exec_stmt *s = calloc(1, sizeof *s);
    if (s == NULL) {
        RAISE(NO_MEMORY);
    }
    s->text = copy(sql);
    s->written = copy(sql);
    s->arena = arena_create(0);
    struct status st = s->text.data && s->written.data && s->arena
                           ? OK
                           : status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
    if (status_is_ok(st)) {
        st = access_prepare(e, sql, d);
    }
    if (status_is_ok(st)) {
        st = write_out_views(e, s, d);
    }
    if (status_is_ok(st)) {
        st = describe_written(e, s, d);
    }
    if (!status_is_ok(st)) {
        stmt_free(s);
        return st;
    }
    *out = s;
    return OK;
}

/* The grammar must know it before the client hears that it is prepared. */
static STATUS
check(struct exec *e, struct slice sql, bool *asks_conditions, struct diag *d)
{
    struct sql_stmt *stmt;
    const struct status s = sql_parse(e->arena, sql, &e->state.options, &stmt, d);
    *asks_conditions = status_is_ok(s) && sql_is_kind(stmt->root, SQL_SHOW) &&
                       (sql_as_show(stmt->root)->show == SQL_SHOW_WARNINGS ||
                        sql_as_show(stmt->root)->show == SQL_SHOW_ERRORS);
    if (s.code == STATUS_SYNTAX) {
        diag_clear(d);
        FAIL(d, UNSUPPORTED, "Allium does not understand this statement");
    }
    return s;
}

struct status
exec_prepare(struct exec *e, struct slice sql, struct exec_prepared *out, struct diag *d)
{
    struct exec_stmt *s;
    arena_reset(e->arena);
    TRY(exec_state_need(e, d));
    struct status st = stmt_new(e, sql, &s, d);
    if (!status_is_ok(st)) {
        exec_warnings_of_error(e, d);
        return exec_finish(e, st, d);
    }
    bool asks_conditions = false;
    st = exec_finish(e, check(e, sql, &asks_conditions, d), d);
    if (!status_is_ok(st)) {
        stmt_free(s);
        return st;
    }
    const uint16_t number = exec_results_collation(e);
    for (size_t i = 0; number && i < s->n_columns; i++) {
        s->columns[i].charset = s->columns[i].charset == 63 ? 63 : number;
    }
    s->id = ++e->next_stmt;
    s->next = e->stmts;
    e->stmts = s;
    if (!asks_conditions) {
        exec_warnings_clear(e);
    }
    *out = (struct exec_prepared){.id = s->id,
                                  .n_params = (uint16_t) s->n_params,
                                  .n_columns = (uint16_t) s->n_columns,
                                  .params = s->params,
                                  .columns = s->columns};
    return OK;
}

void
exec_close_stmt(struct exec *e, uint32_t id)
{
    for (struct exec_stmt **p = &e->stmts; *p; p = &(*p)->next) {
        if ((*p)->id == id && (*p)->name.data == NULL) {
            struct exec_stmt *s = *p;
            *p = s->next;
            stmt_free(s);
            return;
        }
    }
}

/* ---- parameters as literals ---- */

static enum type_literal_kind
param_kind(uint8_t type)
{
    switch (type) {
    case TYPE_WIRE_TINY:
    case TYPE_WIRE_SHORT:
    case TYPE_WIRE_LONG:
    case TYPE_WIRE_INT24:
    case TYPE_WIRE_LONGLONG:
    case TYPE_WIRE_YEAR:
        return TYPE_LITERAL_INT;
    case TYPE_WIRE_FLOAT:
    case TYPE_WIRE_DOUBLE:
        return TYPE_LITERAL_FLOAT;
    case TYPE_WIRE_DECIMAL:
    case TYPE_WIRE_NEWDECIMAL:
        return TYPE_LITERAL_DECIMAL;
    case TYPE_WIRE_DATE:
        return TYPE_LITERAL_DATE;
    case TYPE_WIRE_TIME:
        return TYPE_LITERAL_TIME;
    case TYPE_WIRE_DATETIME:
    case TYPE_WIRE_TIMESTAMP:
        return TYPE_LITERAL_TIMESTAMP;
    default:
        return TYPE_LITERAL_STRING;
    }
}

static int64_t
integer_of(const struct exec_param *p)
{
    switch (p->data.len) {
    case 1:
        return p->is_unsigned ? p->data.data[0] : (int8_t) p->data.data[0];
    case 2:
        return p->is_unsigned ? mem_le16(p->data.data) : (int16_t) mem_le16(p->data.data);
    case 4:
        return p->is_unsigned ? (int64_t) mem_le32(p->data.data) : (int32_t) mem_le32(p->data.data);
    case 8:
        return (int64_t) mem_le64(p->data.data);
    default:
        return 0;
    }
}

static void
number_text(struct arena *a, struct type_literal *lit, struct slice digits)
{
    lit->negative = digits.len && digits.data[0] == '-';
    lit->bytes = arena_dup(a, slice_from(digits, lit->negative));
}

static void
temporal_text(struct arena *a, const struct exec_param *p, struct type_literal *lit)
{
    const uint8_t *b = p->data.data;
    const size_t n = p->data.len;
    if (lit->kind == TYPE_LITERAL_TIME) {
        const uint32_t hours = n >= 8 ? mem_le32(b + 1) * 24 + b[5] : 0;
        lit->bytes = arena_printf(a, "%s%02u:%02u:%02u", n >= 8 && b[0] ? "-" : "", hours,
                                  n >= 8 ? b[6] : 0, n >= 8 ? b[7] : 0);
        if (n >= 12) {
            lit->bytes = arena_printf(a, "%.*s.%06u", SLICE_ARG(lit->bytes), mem_le32(b + 8));
        }
        return;
    }
    const struct slice date = arena_printf(a, "%04u-%02u-%02u", n >= 4 ? mem_le16(b) : 0,
                                           n >= 4 ? b[2] : 0, n >= 4 ? b[3] : 0);
    if (lit->kind == TYPE_LITERAL_DATE) {
        lit->bytes = date;
        return;
    }
    lit->bytes = arena_printf(a, "%.*s %02u:%02u:%02u", SLICE_ARG(date), n >= 7 ? b[4] : 0,
                              n >= 7 ? b[5] : 0, n >= 7 ? b[6] : 0);
    if (n >= 11) {
        lit->bytes = arena_printf(a, "%.*s.%06u", SLICE_ARG(lit->bytes), mem_le32(b + 7));
    }
}

static void
float_text(struct arena *a, const struct exec_param *p, struct type_literal *lit)
{
    union {
        uint32_t u4;
        float f;
        uint64_t u8;
        double d;
    } v = {0};
    double x;
    if (p->data.len == 4) {
        v.u4 = mem_le32(p->data.data);
        x = (double) v.f;
    } else {
        v.u8 = p->data.len == 8 ? mem_le64(p->data.data) : 0;
        x = v.d;
    }
    number_text(a, lit, arena_printf(a, "%.17e", x));
}

static struct type_literal
param_literal(struct exec *e, const struct exec_param *p)
{
    struct type_literal lit = {.kind = TYPE_LITERAL_NULL, .collation = e->state.connection};
    if (p->is_null || p->type == TYPE_WIRE_NULL) {
        return lit;
    }
    lit.kind = param_kind(p->type);
    switch (lit.kind) {
    case TYPE_LITERAL_INT:
        number_text(e->arena, &lit,
                    p->is_unsigned
                        ? arena_printf(e->arena, "%llu", (unsigned long long) integer_of(p))
                        : arena_printf(e->arena, "%lld", (long long) integer_of(p)));
        break;
    case TYPE_LITERAL_FLOAT:
        float_text(e->arena, p, &lit);
        break;
    case TYPE_LITERAL_DECIMAL:
        number_text(e->arena, &lit, p->data);
        break;
    case TYPE_LITERAL_DATE:
    case TYPE_LITERAL_TIME:
    case TYPE_LITERAL_TIMESTAMP:
        temporal_text(e->arena, p, &lit);
        break;
    default:
        lit.bytes = p->data.data ? p->data : SLICE("");
        if (p->type >= TYPE_WIRE_TINY_BLOB && p->type <= TYPE_WIRE_BLOB) {
            lit.collation = collation_set_binary(exec_collations_set(e->shared->collations));
        }
        break;
    }
    return lit;
}

/* ---- execute ---- */

static STATUS
bind_literals(struct exec *e, const struct sql_stmt *stmt, const struct exec_param *params,
              size_t n, struct type_literal **out)
{
    TRY(literal_from_stmt(e->arena, stmt, exec_collations_set(e->shared->collations),
                          e->state.connection, out));
    size_t next = 0;
    for (uint32_t i = 0; i < stmt->n_slots; i++) {
        if (stmt->slots[i].token.kind == SQL_LITERAL_PARAM && next < n) {
            (*out)[i] = param_literal(e, &params[next++]);
        }
    }
    return OK;
}

static STATUS
plan_with(struct exec *e, struct exec_stmt *s, struct exec_run *r, size_t n, bool trusted_only)
{
    struct diag *d = r->d;
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(e->shared->store);
    struct plan *p;
    struct sql_stmt *stmt;
    struct type_literal *items;
    TRY(plan_new(&p, cat));
    struct status st =
        sql_parse(p->arena, arena_dup(p->arena, s->text), &e->state.options, &stmt, d);
    if (status_is_ok(st)) {
        st = bind_literals(e, stmt, r->params, n, &items);
    }
    if (status_is_ok(st)) {
        struct plan_context ctx = exec_plan_context(e, cat);
        ctx.binary = true;
        ctx.trusted_only = trusted_only;
        const struct literals lits = {items, stmt->n_slots};
        st = plan_build(p, &ctx, stmt, &lits, d);
    }
    if (!status_is_ok(st)) {
        plan_unref(p);
        return st;
    }
    plan_unref(s->plan);
    s->plan = p;
    s->context_hash = e->state.context_hash;
    return OK;
}

static STATUS
run_planned(struct exec *e, struct exec_stmt *s, struct exec_run *r, size_t n, bool *fits)
{
    struct type_literal *items;
    TRY(bind_literals(e, s->plan->stmt, r->params, n, &items));
    const struct literals lits = {items, s->plan->stmt->n_slots};
    r->plan = plan_ref(s->plan);
    r->lits = &lits;
    r->columns = s->columns;
    r->n_columns = s->n_columns;
    struct status st = OK;
    if (r->plan->kind == PLAN_INSERT && r->plan->n_outputs) {
        st = exec_describe_plan(r, r->plan, e->arena);
    }
    if (status_is_ok(st)) {
        st = exec_run_plan(r, fits);
    }
    plan_unref(r->plan);
    return st;
}

static STATUS
execute(struct exec_run *r, void *ctx)
{
    struct exec *e = r->e;
    struct exec_stmt *s = r->stmt;
    const size_t n = *(const size_t *) ctx;
    bool fits = false;
    if (s->plan && s->plan->catalog_version == store_version(e->shared->store) &&
        s->context_hash == e->state.context_hash) {
        TRY(run_planned(e, s, r, n, &fits));
    }
    if (!fits) {
        TRY(plan_with(e, s, r, n, false));
        TRY(run_planned(e, s, r, n, &fits));
    }
    if (!fits) {
        TRY(plan_with(e, s, r, n, true));
        TRY(run_planned(e, s, r, n, &fits));
        if (!fits) {
            FAIL(r->d, BUG, "a plan does not fit the parameters it was made for");
        }
    }
    return OK;
}

struct status
exec_execute(struct exec *e, uint32_t id, const struct exec_param *params, size_t n,
             struct result_writer *w, struct diag *d)
{
    struct exec_stmt *s = e->stmts;
    while (s && (s->id != id || s->name.data)) {
        s = s->next;
    }
    if (s == NULL) {
        FAIL(d, NO_SUCH_STMT,
             "Unknown prepared statement handler (%u) given to mysqld_stmt_execute", id);
    }
    arena_reset(e->arena);
    arena_reset(e->batch);
    TRY(exec_state_need(e, d));
    struct exec_run r = {
        .e = e, .w = w, .d = d, .sql = s->text, .written = s->written, .params = params, .stmt = s};
    return exec_finish(e, exec_retry_stale(&r, execute, &n), d);
}

struct status
exec_nested_stmt(struct exec_run *outer, struct slice sql)
{
    struct exec *e = outer->e;
    struct exec_stmt *s;
    TRY(stmt_new(e, sql, &s, outer->d));
    s->next = e->stmts; /* listed: it may lose its scratch session as any other */
    e->stmts = s;
    const size_t n = outer->stmt->n_params;
    struct exec_run r = {.e = e,
                         .w = outer->w,
                         .d = outer->d,
                         .more = outer->more,
                         .sql = s->text,
                         .written = s->written,
                         .params = outer->params,
                         .stmt = s};
    const struct status st = execute(&r, (void *) &n);
    e->stmts = s->next;
    stmt_free(s);
    return st;
}

/* ---- PREPARE, EXECUTE, DEALLOCATE in SQL ---- */

static struct exec_stmt **
find_named(struct exec *e, struct slice name)
{
    struct exec_stmt **p = &e->stmts;
    while (*p && !((*p)->name.data && slice_equal_ci((*p)->name, name))) {
        p = &(*p)->next;
    }
    return p;
}

static bool
has_exponent(struct slice number)
{
    for (size_t i = 0; i < number.len; i++) {
        if (number.data[i] == 'e') {
            return true;
        }
    }
    return false;
}

struct status
exec_value_text(struct exec_run *r, const struct sql_node *expr, bool quoted, struct buf *out)
{
    const struct sql_printer printer = {.mode = r->e->state.options.mode,
                                        .flavour = r->e->state.options.flavour};
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct backend_conn *c;
    TRY(exec_scratch(r->e, &c, r->d));
    buf_append_str(&sql, "SELECT ");
    sql_print(expr, &printer, &sql);
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    TRY(backend_query(c, buf_slice(&sql), BACKEND_STORE, &result, r->d));
    const uint8_t type = backend_result_columns(result)[0].type;
    const struct slice *row;
    TRY(backend_result_next(result, &row, r->d));
    if (row == NULL || row[0].data == NULL) {
        buf_append_str(out, "NULL");
    } else if (!quoted || param_kind(type) == TYPE_LITERAL_INT ||
               param_kind(type) == TYPE_LITERAL_DECIMAL) {
        buf_append_slice(out, row[0]);
    } else if (param_kind(type) == TYPE_LITERAL_FLOAT) {
        buf_append_slice(out, row[0]);
        buf_append_str(out, has_exponent(row[0]) ? "" : "E0");
    } else {
        sql_print_string(row[0], r->e->state.options.mode, out);
    }
    return buf_status(out);
}

static STATUS
named_prepare(struct exec_run *r, const struct sql_prepare *p)
{
    struct exec *e = r->e;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    struct exec_stmt **old = find_named(e, p->name);
    if (*old) {
        struct exec_stmt *s = *old;
        *old = s->next;
        stmt_free(s);
    }
    if (p->from->kind == SQL_LITERAL) {
        buf_append_slice(&text, sql_as_literal(p->from)->value);
    } else {
        TRY(exec_value_text(r, p->from, false, &text));
    }
    TRY(buf_status(&text));
    struct exec_stmt *s;
    TRY(stmt_new(e, buf_slice(&text), &s, r->d));
    s->name = copy(p->name);
    s->next = e->stmts;
    e->stmts = s;
    const struct result_ok ok = {.flags = r->more, .info = SLICE("Statement prepared")};
    return result_ok(r->w, &ok);
}

/* The text with its markers replaced by the values of the USING list. */
static STATUS
splice(struct exec_run *r, struct slice text, const struct sql_list *using, struct buf *out)
{
    struct sql_stmt *stmt;
    TRY(sql_parse(r->e->arena, text, &r->e->state.options, &stmt, r->d));
    if (stmt->n_params != using->count) {
        FAIL_SQL(r->d, 1210, "HY000", "Incorrect arguments to EXECUTE");
    }
    size_t done = 0;
    const struct sql_node *arg = using->first;
    for (uint32_t i = 0; i < stmt->n_slots; i++) {
        const struct sql_literal_token *t = &stmt->slots[i].token;
        if (t->kind == SQL_LITERAL_PARAM) {
            buf_append_slice(out, slice_sub(text, done, t->span.begin - done));
            TRY(exec_value_text(r, arg, true, out));
            done = t->span.end;
            arg = arg->next;
        }
    }
    buf_append_slice(out, slice_from(text, done));
    return buf_status(out);
}

static STATUS
named_execute(struct exec_run *r, const struct sql_execute *x)
{
    CLEANUP(buf_deinit_cleanup) struct buf source = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    const struct exec_stmt *named = NULL;
    if (x->immediate) {
        if (x->immediate->kind == SQL_LITERAL) {
            buf_append_slice(&source, sql_as_literal(x->immediate)->value);
        } else {
            TRY(exec_value_text(r, x->immediate, false, &source));
        }
    } else {
        struct exec_stmt *s = *find_named(r->e, x->name);
        if (s == NULL) {
            FAIL_SQL(r->d, 1243, "HY000",
                     "Unknown prepared statement handler (%.*s) given to EXECUTE",
                     SLICE_ARG(x->name));
        }
        buf_append_slice(&source, s->written);
        named = s;
    }
    TRY(buf_status(&source));
    TRY(splice(r, buf_slice(&source), &x->using, &text));
    r->e->executing = named;
    const struct status st = exec_nested(r, arena_dup(r->e->arena, buf_slice(&text)));
    r->e->executing = NULL;
    return st;
}

const struct wire_column *
exec_named_columns(const struct exec *e, size_t n)
{
    return e->executing && e->executing->n_columns == n ? e->executing->columns : NULL;
}

struct status
exec_named(struct exec_run *r)
{
    const struct sql_node *root = r->plan->stmt->root;
    if (root->kind == SQL_PREPARE) {
        return named_prepare(r, sql_as_prepare(root));
    }
    if (root->kind == SQL_EXECUTE) {
        return named_execute(r, sql_as_execute(root));
    }
    struct exec_stmt **p = find_named(r->e, sql_as_deallocate(root)->name);
    if (*p == NULL) {
        FAIL_SQL(r->d, 1243, "HY000",
                 "Unknown prepared statement handler (%.*s) given to DEALLOCATE PREPARE",
                 SLICE_ARG(sql_as_deallocate(root)->name));
    }
    struct exec_stmt *s = *p;
    *p = s->next;
    stmt_free(s);
    const struct result_ok ok = {.flags = r->more};
    return result_ok(r->w, &ok);
}
