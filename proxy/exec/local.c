/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that the trusted side answers alone, and passing its results on. */
#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/exec/figures.h"
#include "proxy/exec/rest.h"

/*
 * The handshake's collation stands for character_set_results until a SET NAMES: MySQL then reports
 * its number for every character column, where a SET NAMES gives the character set's default.
 */
uint16_t
exec_results_collation(const struct exec *e)
{
    const struct collation_info *info =
        e->names_set
            ? NULL
            : collation_set_find_id(exec_collations_set(e->shared->collations), e->info->collation);
    return info && !info->is_default ? info->id : 0;
}

struct status
exec_send_columns(struct exec_run *r, const struct wire_column *columns, size_t n)
{
    const uint16_t number = exec_results_collation(r->e);
    const struct wire_column *named = exec_named_columns(r->e, n);
    if (number == 0 && named == NULL) {
        return result_columns(r->w, columns, n);
    }
    struct wire_column *own = arena_array(r->e->arena, struct wire_column, n);
    TRY(arena_status(r->e->arena));
    for (size_t i = 0; i < n; i++) {
        own[i] = columns[i];
        own[i].charset = number == 0 || columns[i].charset == 63 ? columns[i].charset : number;
        own[i].name = named ? named[i].name : columns[i].name;
    }
    return result_columns(r->w, own, n);
}

/* Rows of SHOW STATUS that are about the client's connection, not about the one to the engine. */
static const struct slice *
own_status(const struct exec_run *r, const struct slice *row, struct slice own[2])
{
    const struct session_info *info = r->e->info;
    own[0] = row[0];
    if (slice_equal_str_ci(row[0], "Ssl_cipher")) {
        own[1] = slice_of_str(info->tls_cipher);
    } else if (slice_equal_str_ci(row[0], "Ssl_version")) {
        own[1] = slice_of_str(info->tls_version);
    } else {
        return row;
    }
    return own;
}

struct status
exec_relay_rows(struct exec_run *r, struct backend_result *result, uint64_t *n)
{
    const size_t width = backend_result_n_columns(result);
    const struct sql_node *root = r->plan && r->plan->stmt ? r->plan->stmt->root : NULL;
    const bool status =
        sql_is_kind(root, SQL_SHOW) && sql_as_show(root)->show == SQL_SHOW_STATUS && width == 2;
    const struct slice *row;
    struct slice own[2];
    *n = 0;
    for (;;) {
        TRY(backend_result_next(result, &row, r->d));
        if (row == NULL) {
            return OK;
        }
        row = status ? own_status(r, row, own) : row;
        if (access_is_on_guard(r->e)) {
            TRY(access_row(r->e, &row, width));
        }
        TRY(result_row(r->w, row, width));
        ++*n;
    }
}

/* An execution may give other types than the preparation said, and its binary rows are encoded in them; the
 * names are of the statement as written. */
static STATUS
columns_of(struct exec_run *r, struct backend_result *result, const struct wire_column **columns,
           size_t n_columns)
{
    const struct wire_column *own = backend_result_columns(result), *told = *columns;
    const size_t n = backend_result_n_columns(result);
    if (told == NULL || n_columns != n) {
        *columns = own;
        return OK;
    }
    bool same = true;
    for (size_t i = 0; i < n; i++) {
        same = same && told[i].type == own[i].type;
    }
    if (same || !r->w->binary) {
        return OK;
    }
    struct wire_column *merged = arena_array(r->e->arena, struct wire_column, n);
    TRY(arena_status(r->e->arena));
    for (size_t i = 0; i < n; i++) {
        merged[i] = own[i];
        merged[i].schema = told[i].schema;
        merged[i].table = told[i].table;
        merged[i].org_table = told[i].org_table;
        merged[i].name = told[i].name;
        merged[i].org_name = told[i].org_name;
    }
    *columns = merged;
    return OK;
}

struct status
exec_relay(struct exec_run *r, struct backend_result *result, const struct wire_column *columns,
           size_t n_columns, bool more)
{
    const uint16_t flags = more ? RESULT_MORE : r->more;
    const size_t width = backend_result_n_columns(result);
    if (width == 0) {
        const struct backend_summary *s = backend_result_summary(result);
        const struct result_ok ok = {.affected = s->affected_rows,
                                     .insert_id = s->insert_id,
                                     .flags = flags,
                                     .warnings = s->warnings,
                                     .info = s->info};
        r->e->row_count = (int64_t) s->affected_rows;
        r->e->info->warning_count = s->warnings;
        return result_ok(r->w, &ok);
    }
    TRY(columns_of(r, result, &columns, n_columns));
    TRY(exec_send_columns(r, columns, width));
    uint64_t n;
    TRY(exec_relay_rows(r, result, &n));
    r->e->found_rows = n;
    const struct backend_summary *s = backend_result_summary(result);
    r->e->row_count = -1;
    r->e->info->warning_count = s->warnings;
    return result_end(r->w,
                      flags | (s->status & (RESULT_NO_INDEX_USED | RESULT_NO_GOOD_INDEX_USED)),
                      s->warnings);
}

static STATUS
scratch_run(struct exec_run *r, enum backend_mode mode, struct backend_result **out)
{
    struct backend_conn *c;
    TRY(exec_scratch(r->e, &c, r->d));
    /* views are written out for stored rows only: without them the mirror's own do, with their names */
    const bool local = r->plan->kind == PLAN_LOCAL;
    const bool written_out = r->plan->run_text.data && !local;
    const bool as_written = local && r->written.data && !slice_equal(r->written, r->sql);
    const struct slice given = written_out ? r->plan->run_text : as_written ? r->written : r->sql;
    struct slice text;
    TRY(exec_work_text(r, given, &text));
    if (r->stmt == NULL) {
        return backend_query(c, text, mode, out, r->d);
    }
    struct backend_stmt *stmt;
    if (text.data == given.data && !as_written && !access_is_on_guard(r->e)) {
        TRY(exec_stmt_scratch(r->e, r->stmt, &stmt, r->d));
    } else {
        r->e->renamed = backend_stmt_close(r->e->renamed);
        TRY(backend_prepare(c, text, &r->e->renamed, r->d));
        stmt = r->e->renamed;
    }
    const size_t n = backend_stmt_n_params(stmt);
    struct backend_param *params = arena_array(r->e->arena, struct backend_param, n);
    TRY(arena_status(r->e->arena));
    for (size_t i = 0; i < n; i++) {
        const struct exec_param *p = &r->params[i];
        params[i] = (struct backend_param){.type = p->type,
                                           .is_unsigned = p->is_unsigned,
                                           .value = p->is_null ? SLICE_NULL : p->data};
        if (!p->is_null && p->data.data == NULL) {
            params[i].value = SLICE("");
        }
    }
    return backend_stmt_execute(stmt, params, mode, out, r->d);
}

struct status
exec_scratch_run(struct exec_run *r, enum backend_mode mode, struct backend_result **out)
{
    const struct status s = scratch_run(r, mode, out);
    if (!status_is_ok(s)) {
        exec_warnings_of_error(r->e, r->d);
        exec_work_messages(r, r->d);
    }
    return s;
}

/* Temporary tables that the statement made or dropped: names to look for in later statements. */
static STATUS
note_temp_tables(struct exec_run *r)
{
    static char present;
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    const struct sql_list *tables = NULL;
    struct sql_list one = {0};
    if (sql_is_kind(root, SQL_CREATE_TABLE) && sql_as_create_table(root)->temporary) {
        one.first = sql_as_create_table(root)->table;
        tables = &one;
    } else if (sql_is_kind(root, SQL_DROP_TABLE)) {
        tables = &sql_as_drop_table(root)->tables;
    }
    if (tables == NULL) {
        return OK;
    }
    SQL_FOR_EACH(n, tables)
    {
        const struct sql_table *t = sql_as_table(n);
        const struct slice db = t->db.data ? t->db : exec_db(r->e);
        const struct slice key =
            arena_printf(r->e->arena, "%.*s.%.*s", SLICE_ARG(db), SLICE_ARG(t->name));
        if (root->kind == SQL_CREATE_TABLE) {
            TRY(map_put(&r->e->temp_tables, key, &present));
            break;
        }
        map_remove(&r->e->temp_tables, key);
    }
    return OK;
}

/* ---- FOUND_ROWS(), ROW_COUNT(), USER(), ..: what the scratch session cannot know ---- */

struct counts {
    const struct exec *e;
    bool any, binary;
};

static bool
is_count(const struct sql_node *n, const char *name)
{
    return n->kind == SQL_FUNCTION && sql_as_function(n)->args.count == 0 &&
           slice_equal_str_ci(sql_as_function(n)->name, name);
}

static enum sql_visit
find_counts(void *ctx, struct sql_node *n)
{
    static const char *const names[] = {"found_rows",   "row_count",   "user",
                                        "session_user", "system_user", "connection_id",
                                        "current_user"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ((struct counts *) ctx)->any |= is_count(n, names[i]);
    }
    return SQL_CONTINUE;
}

/* In binary rows the width must be BIGINT's, which MariaDB gives to bit operations only. */
static void
print_number(int64_t v, bool binary, struct buf *out)
{
    buf_printf(out, binary ? "(%lld|0)" : "CAST(%lld AS SIGNED)", (long long) v);
}

static bool
print_count(void *ctx, const struct sql_node *n, struct buf *out)
{
    const struct counts *counts = ctx;
    const struct exec *e = counts->e;
    if (is_count(n, "found_rows")) {
        print_number((int64_t) e->found_rows, counts->binary, out);
        return true;
    }
    if (is_count(n, "row_count")) {
        print_number(e->row_count, counts->binary, out);
        return true;
    }
    if (is_count(n, "connection_id")) {
        print_number((int64_t) e->info->id, counts->binary, out);
        return true;
    }
    if (is_count(n, "current_user")) {
        const struct slice who =
            arena_printf(e->arena, "%s@%s", e->info->account_user, e->info->account_host);
        buf_append_str(out, "CONVERT(");
        sql_print_string(who, e->state.options.mode, out);
        buf_append_str(out, " USING utf8)");
        return true;
    }
    if (is_count(n, "user") || is_count(n, "session_user") || is_count(n, "system_user")) {
        const struct slice who = arena_printf(e->arena, "%s@%s", e->info->user, e->info->host);
        buf_append_str(out, "CONVERT(");
        sql_print_string(who, e->state.options.mode, out);
        buf_append_str(out, " USING utf8)");
        return true;
    }
    return false;
}

/* The counts are put in as numbers; names and types are those of the statement as written. */
static STATUS
local_with_counts(struct exec_run *r)
{
    struct exec *e = r->e;
    struct counts counts = {.e = e, .binary = r->stmt != NULL};
    const struct sql_printer printer = {.mode = e->state.options.mode,
                                        .flavour = e->state.options.flavour,
                                        .hook = print_count,
                                        .ctx = &counts};
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    sql_print(r->plan->stmt->root, &printer, &sql);
    TRY(buf_status(&sql));
    TRY(exec_describe(e, r->sql, true, e->arena, &r->columns, &r->n_columns, r->d));
    TRY(exec_warnings_capture(e, 1, r->d)); /* MySQL calls FOUND_ROWS() deprecated */
    struct backend_conn *c;
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *stmt = NULL;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    TRY(exec_scratch(e, &c, r->d));
    if (r->stmt) { /* the client wants binary rows */
        TRY(backend_prepare(c, buf_slice(&sql), &stmt, r->d));
        TRY(backend_stmt_execute(stmt, NULL, BACKEND_STORE, &result, r->d));
    } else {
        TRY(backend_query(c, buf_slice(&sql), BACKEND_STORE, &result, r->d));
    }
    return exec_relay(r, result, r->columns, r->n_columns, false);
}

static STATUS
relay_all(struct exec_run *r, struct backend_result *result)
{
    for (;;) {
        const bool more = backend_result_has_more(result);
        TRY(exec_relay(r, result, NULL, 0, more));
        if (!more) {
            return OK;
        }
        TRY(backend_result_advance(result, r->d));
    }
}

static STATUS
relay_with_figures(struct exec_run *r, struct backend_result *result)
{
    struct figures_rows rows;
    struct result_writer *const client = r->w;
    bool wanted;
    TRY(figures_rows_init(&rows, r, &wanted));
    r->w = wanted ? &rows.writer : client;
    const struct status s = relay_all(r, result);
    r->w = client;
    return s;
}

struct status
exec_local(struct exec_run *r)
{
    struct exec *e = r->e;
    bool handled = false;
    TRY(exec_show_warnings(r, &handled));
    if (!handled) {
        TRY(exec_sessions(r, &handled));
    }
    if (!handled) {
        TRY(exec_show_account(r, &handled));
    }
    if (handled) {
        return OK;
    }
    struct counts counts = {.e = e};
    if (r->plan->stmt && r->plan->stmt->n_params == 0 && r->plan->stmt->root->kind == SQL_QUERY) {
        sql_walk(r->plan->stmt->root, find_counts, &counts);
    }
    if (counts.any) {
        return local_with_counts(r);
    }
    TRY(figures_set_ids(r));
    TRY(figures_query(r, &handled));
    if (handled) {
        return OK;
    }
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    TRY(exec_scratch_run(r, BACKEND_STREAM, &result));
    e->warnings_here = false;
    TRY(note_temp_tables(r));
    return relay_with_figures(r, result);
}

static void
note_names(struct exec_run *r)
{
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    if (!sql_is_kind(root, SQL_SET)) {
        return;
    }
    SQL_FOR_EACH(n, &sql_as_set(root)->items)
    {
        const struct sql_node *target = n->kind == SQL_SET_VAR ? sql_as_set_var(n)->target : NULL;
        r->e->names_set |=
            n->kind == SQL_SET_NAMES || n->kind == SQL_SET_CHARSET ||
            (sql_is_kind(target, SQL_SYSVAR) &&
             slice_equal_str_ci(sql_as_sysvar(target)->name, "character_set_results"));
    }
}

/* SET insert_id = n is for the next INSERT, which may not run on the scratch session at all. */
static STATUS
note_insert_id(struct exec_run *r)
{
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    bool named = false;
    if (!sql_is_kind(root, SQL_SET)) {
        return OK;
    }
    SQL_FOR_EACH(n, &sql_as_set(root)->items)
    {
        const struct sql_node *target = n->kind == SQL_SET_VAR ? sql_as_set_var(n)->target : NULL;
        named |= sql_is_kind(target, SQL_SYSVAR) &&
                 slice_equal_str_ci(sql_as_sysvar(target)->name, "insert_id");
    }
    if (!named) {
        return OK;
    }
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    const struct slice *row;
    TRY(backend_query(scratch_session_conn(r->e->scratch), SLICE("SELECT @@insert_id"),
                      BACKEND_STORE, &result, r->d));
    TRY(backend_result_next(result, &row, r->d));
    if (row && row[0].data) {
        slice_parse_u64(row[0], &r->e->client_insert_id);
    }
    return OK;
}

/* SET, USE: as local, then the state is read back. The answer waits until it is known. */
struct status
exec_session_statement(struct exec_run *r)
{
    struct backend_result *result = NULL;
    bool handled;
    TRY(exec_set_global(r, &handled));
    if (handled) {
        return OK;
    }
    TRY(exec_scratch_run(r, BACKEND_STORE, &result));
    const struct backend_summary s = *backend_result_summary(result);
    backend_result_free(result);
    r->e->warnings_here = false;
    if (s.warnings) {
        TRY(exec_warnings_capture(r->e, s.warnings, r->d)); /* reading the state resets them */
    }
    TRY(exec_state_sync(r->e, r->d));
    TRY(rest_note_set(r));
    note_names(r);
    TRY(note_insert_id(r));
    r->e->row_count = 0;
    r->e->info->warning_count = s.warnings;
    const struct result_ok ok = {.flags = r->more, .warnings = s.warnings};
    return result_ok(r->w, &ok);
}

struct status
exec_describe(struct exec *e, struct slice sql, bool prepare_only, struct arena *a,
              const struct wire_column **out, size_t *n, struct diag *d)
{
    struct backend_conn *c;
    TRY(exec_scratch(e, &c, d));
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *stmt = NULL;
    const struct wire_column *from;
    if (prepare_only) {
        TRY(backend_prepare(c, sql, &stmt, d));
        *n = backend_stmt_n_columns(stmt);
        from = backend_stmt_columns(stmt);
    } else {
        TRY(backend_query(c, sql, BACKEND_STORE, &r, d));
        *n = backend_result_n_columns(r);
        from = backend_result_columns(r);
    }
    e->describe_warned = r && backend_result_summary(r)->warnings;
    struct wire_column *to = arena_array(a, struct wire_column, *n);
    TRY(arena_status(a));
    for (size_t i = 0; i < *n; i++) {
        to[i] = from[i];
        to[i].schema = arena_dup(a, from[i].schema);
        to[i].table = arena_dup(a, from[i].table);
        to[i].org_table = arena_dup(a, from[i].org_table);
        to[i].name = arena_dup(a, from[i].name);
        to[i].org_name = arena_dup(a, from[i].org_name);
    }
    *out = to;
    return arena_status(a);
}

/* EXPLAIN ALLIUM: the plan of the inner statement, as rows of (property, value). */
struct status
exec_explain(struct exec_run *r)
{
    static const struct wire_column columns[] = {
        {.name = {(const uint8_t *) "property", 8}, .charset = 45, .length = 256, .type = 253},
        {.name = {(const uint8_t *) "value", 5}, .charset = 45, .length = 65535, .type = 253},
    };
    struct plan *plan = NULL;
    const struct sql_node *inner = sql_as_explain(r->plan->stmt->root)->stmt;
    if (inner == NULL) {
        FAIL(r->d, UNSUPPORTED, "EXPLAIN ALLIUM needs a statement");
    }
    const struct slice text =
        slice_sub(r->plan->stmt->text, inner->span.begin, inner->span.end - inner->span.begin);
    TRY(exec_plan_text(r->e, text, false, &plan, r->d));
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    plan_explain(plan, &out);
    plan_unref(plan);
    TRY(buf_status(&out));
    TRY(result_columns(r->w, columns, 2));
    struct slice rest = buf_slice(&out);
    while (rest.len) {
        size_t tab = 0, end = 0;
        while (end < rest.len && rest.data[end] != '\n') {
            tab = tab == 0 && rest.data[end] == '\t' ? end : tab;
            end++;
        }
        const struct slice cells[] = {slice_sub(rest, 0, tab),
                                      slice_sub(rest, tab + 1, end - tab - 1)};
        TRY(result_row(r->w, cells, 2));
        rest = slice_from(rest, end + 1);
    }
    return result_end(r->w, r->more, 0);
}
