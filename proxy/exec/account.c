/* SPDX-License-Identifier: Apache-2.0 */
/* Account statements, and what is asked about accounts: run on the mirror by store_accounts. */
#include <stdio.h>

#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/store/store_accounts.h"

/* As far as the reserved names go: `allium_grace` is not allium_g. */
static bool
goes_on_with(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '.' ||
           c >= 0x80;
}

/* `text` begins with `name` and the name ends there; backslashes in it do not count. */
static bool
begins_with(struct slice text, struct slice name)
{
    size_t i = 0, k = 0;
    for (; k < name.len && i < text.len; i++) {
        if (text.data[i] == '\\') {
            continue;
        }
        if (!slice_equal_ci(slice_sub(text, i, 1), slice_sub(name, k, 1))) {
            return false;
        }
        k++;
    }
    return k == name.len && (i == text.len || !goes_on_with(text.data[i]));
}

/* The mirror's own accounts are nobody's business, however the name is written: in quotes, with blanks
 * or a comment after it, with backslashes in it. */
static bool
names_own_account(struct slice text)
{
    static const char *const own[] = {"allium_admin", "allium_client", "allium_g", "allium_t"};
    for (size_t i = 0; i < text.len; i++) {
        for (size_t k = 0; k < sizeof own / sizeof own[0]; k++) {
            if (begins_with(slice_from(text, i), slice_of_str(own[k]))) {
                return true;
            }
        }
    }
    return false;
}

static struct slice
trim(struct slice s)
{
    while (s.len && (s.data[0] == ' ' || (s.data[0] >= '\t' && s.data[0] <= '\r'))) {
        s = slice_from(s, 1);
    }
    return s;
}

/* Words of a statement, upper or lower case, one by one. */
static bool
take_word(struct slice *rest, const char *word)
{
    const struct slice s = trim(*rest), w = slice_of_str(word);
    if (s.len < w.len || !slice_equal_ci(slice_sub(s, 0, w.len), w)) {
        return false;
    }
    *rest = slice_from(s, w.len);
    return true;
}

/* A plain or quoted name without escapes. */
static bool
take_name(struct slice *rest, const char *wanted)
{
    const struct slice s = trim(*rest), name = slice_of_str(wanted);
    const bool quoted = s.len && (s.data[0] == '\'' || s.data[0] == '`' || s.data[0] == '"');
    const size_t end = name.len + quoted;
    if (s.len < end + quoted || !slice_equal(slice_sub(s, quoted, name.len), name) ||
        (quoted && s.data[end] != s.data[0])) {
        return false;
    }
    *rest = slice_from(s, end + quoted);
    return true;
}

/* SET PASSWORD FOR the client's own account needs no right: as SET PASSWORD alone. */
static struct slice
own_password(struct exec *e, struct slice text)
{
    struct slice rest = text;
    if (take_word(&rest, "SET") && take_word(&rest, "PASSWORD") && take_word(&rest, "FOR") &&
        take_name(&rest, e->info->account_user) && take_word(&rest, "@") &&
        take_name(&rest, e->info->account_host)) {
        return arena_printf(e->arena, "SET PASSWORD %.*s", SLICE_ARG(rest));
    }
    return text;
}

/* The text means what it means in the session: its character set, sql_mode and database. */
static STATUS
enter_session(struct exec *e, struct backend_conn *c, struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct backend_conn *own;
    const struct slice *row;
    struct diag ignored = DIAG_INIT;
    TRY(exec_scratch(e, &own, d));
    TRY(backend_query(own,
                      SLICE("SELECT @@sql_mode, @@character_set_client, @@character_set_results,"
                            " @@collation_connection"),
                      BACKEND_STORE, &r, d));
    TRY(backend_result_next(r, &row, d));
    buf_printf(&sql,
               "SET sql_mode = '%.*s', character_set_client = '%.*s',"
               " character_set_results = %s%.*s%s, collation_connection = '%.*s'",
               SLICE_ARG(row[0]), SLICE_ARG(row[1]), row[2].data ? "'" : "NULL", SLICE_ARG(row[2]),
               row[2].data ? "'" : "", SLICE_ARG(row[3]));
    TRY(buf_status(&sql));
    if (exec_db(e).data) {
        (void) backend_init_db(c, exec_db(e), &ignored).code;
    }
    return backend_exec(c, buf_slice(&sql), NULL, d);
}

struct account_run {
    struct exec_run *r;
    struct backend_summary summary;
};

static STATUS
run_change(void *ctx, struct backend_conn *c, struct diag *d)
{
    struct account_run *run = ctx;
    struct exec *e = run->r->e;
    TRY(enter_session(e, c, d));
    const struct status s = backend_exec(c, own_password(e, run->r->sql), &run->summary, d);
    if (!status_is_ok(s) && d->code == STATUS_UPSTREAM_SQL) {
        struct diag ignored = DIAG_INIT;
        e->error_here = status_is_ok(exec_warnings_read(e, c, 1, &ignored)) && e->n_warnings;
        return s;
    }
    TRY(s);
    return exec_warnings_read(e, c, run->summary.warnings, d);
}

struct status
exec_account(struct exec_run *r)
{
    struct exec *e = r->e;
    struct account_run run = {.r = r};
    if (names_own_account(r->sql)) {
        FAIL(r->d, UNSUPPORTED, "an account name that Allium reserves");
    }
    if (r->stmt && r->plan->stmt->n_params) {
        FAIL(r->d, UNSUPPORTED, "account management with parameters");
    }
    TRY(access_refresh(e, r->d));
    TRY(exec_commit_for_ddl(e, r->d));
    const struct status s = store_accounts_change(e->shared->store, e->info->account_user,
                                                  e->info->account_host, run_change, &run, r->d);
    if (!status_is_ok(s)) {
        access_error(e, r->d);
        return s;
    }
    e->row_count = 0;
    const struct result_ok ok = {.flags = r->more, .warnings = run.summary.warnings};
    return result_ok(r->w, &ok);
}

/* ---- SHOW GRANTS, SHOW CREATE USER ---- */

static bool
is_blank(struct slice s)
{
    return trim(s).len == 0;
}

/* The statement about the client's own account as one about a named account; else as written. */
static struct slice
about_account(struct exec_run *r, bool grants, bool *self)
{
    struct slice rest = r->sql;
    bool head = take_word(&rest, "SHOW");
    head = head && (grants || take_word(&rest, "CREATE"));
    head = head && take_word(&rest, grants ? "GRANTS" : "USER");
    const bool named = head && (grants ? take_word(&rest, "FOR") : !is_blank(rest));
    *self = head && (!named || take_word(&rest, "CURRENT_USER"));
    if (*self && named && take_word(&rest, "(")) {
        *self = take_word(&rest, ")");
    }
    if (!*self || !is_blank(rest)) {
        *self = false;
        return r->sql;
    }
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, grants ? "SHOW GRANTS FOR " : "SHOW CREATE USER ");
    sql_print_string(slice_of_str(r->e->info->account_user), r->e->state.options.mode, &sql);
    buf_append_u8(&sql, '@');
    sql_print_string(slice_of_str(r->e->info->account_host), r->e->state.options.mode, &sql);
    return arena_dup(r->e->arena, buf_slice(&sql));
}

static STATUS
run_show(void *ctx, struct backend_conn *c, struct diag *d)
{
    const struct account_run *run = ctx;
    struct exec_run *r = run->r;
    bool self;
    const bool grants = sql_as_show(r->plan->stmt->root)->show == SQL_SHOW_GRANTS;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *stmt = NULL;
    const struct slice text = about_account(r, grants, &self);
    TRY(enter_session(r->e, c, d));
    if (r->w->binary) {
        TRY(backend_prepare(c, text, &stmt, d));
        TRY(backend_stmt_execute(stmt, NULL, BACKEND_STORE, &result, d));
    } else {
        TRY(backend_query(c, text, BACKEND_STORE, &result, d));
    }
    return exec_relay(r, result, NULL, 0, false);
}

struct status
exec_show_account(struct exec_run *r, bool *handled)
{
    struct exec *e = r->e;
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    struct slice rest = r->sql;
    bool self;
    *handled = false;
    if (!sql_is_kind(root, SQL_SHOW)) {
        return OK;
    }
    const bool grants = sql_as_show(root)->show == SQL_SHOW_GRANTS;
    if (!grants && !(sql_as_show(root)->show == SQL_SHOW_CREATE_OTHER && take_word(&rest, "SHOW") &&
                     take_word(&rest, "CREATE") && take_word(&rest, "USER"))) {
        return OK;
    }
    (void) about_account(r, grants, &self);
    if (!self && names_own_account(r->sql)) {
        FAIL(r->d, UNSUPPORTED, "an account name that Allium reserves");
    }
    if (!self && access_is_on_guard(e)) {
        return OK; /* other accounts: as far as its rights go */
    }
    *handled = true;
    exec_warnings_clear(e);
    struct account_run run = {.r = r};
    return store_accounts_read(e->shared->store, run_show, &run, r->d);
}
