/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SET GLOBAL by an administrator. The server that clients see is the scratch engine, so that is where it
 * acts: on later sessions, and on how the trusted side works. Only variables that the proxy's own work
 * there does not depend on; none that names files, holds SQL, or is about accounts or connections.
 */
#include "base/mem.h"
#include "proxy/exec/exec_priv.h"

static const char *const allowed[] = {
    "aria_",
    "concurrent_insert",
    "delay_key_write",
    "div_precision_",
    "ft_boolean_syntax",
    "group_concat_max_len",
    "histogram_",
    "innodb_stats_",
    "join_",
    "key_",
    "lc_time_names",
    "log_bin_trust_function_creators",
    "log_warnings",
    "long_query_time",
    "low_priority_updates",
    "max_heap_table",
    "max_join_size",
    "max_length_for_sort_data",
    "max_sort_",
    "mrr_",
    "myisam_",
    "optimizer_",
    "profiling",
    "query_cache_",
    "read_buffer",
    "read_rnd_buffer",
    "slow_launch_time",
    "sort_buffer",
    "stored_program_cache",
    "table_definition_cache",
    "table_open_",
    "thread_cache_size",
    "tmp_table_size",
    "use_stat_",
    "userstat",
    "windowing_use_high_precision",
};

static bool
is_allowed(struct slice name)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        const struct slice head = slice_of_str(allowed[i]);
        if (slice_equal_ci(slice_sub(name, 0, head.len), head)) {
            return true;
        }
    }
    return false;
}

/* The variable that the item sets globally, or NULL. GLOBAL and SESSION hold for the items behind them that
 * say neither; @@global.v is for itself. */
static const struct sql_sysvar *
global_of(const struct exec_run *r, const struct sql_node *item, enum sql_var_scope *kept)
{
    const struct sql_node *target = item->kind == SQL_SET_VAR ? sql_as_set_var(item)->target : NULL;
    if (!sql_is_kind(target, SQL_SYSVAR)) {
        return NULL;
    }
    enum sql_var_scope scope = sql_as_sysvar(target)->scope;
    if (r->plan->stmt->text.data[item->span.begin] != '@') {
        scope = scope == SQL_SCOPE_NONE ? *kept : scope;
        *kept = scope;
    }
    return scope == SQL_SCOPE_GLOBAL ? sql_as_sysvar(target) : NULL;
}

/* What an expression gives is known in the session only; a word or DEFAULT is taken as it stands. */
static STATUS
print_value(struct exec_run *r, const struct sql_node *value, struct buf *out)
{
    const struct sql_span at = value->span;
    if (value->kind != SQL_DEFAULT && value->kind != SQL_WORD && value->kind != SQL_IDENT) {
        return exec_value_text(r, value, true, out);
    }
    buf_append_slice(out, slice_sub(r->plan->stmt->text, at.begin, at.end - at.begin));
    return buf_status(out);
}

/* One that does not exist is MySQL's to say. */
static STATUS
refuse(struct exec_run *r, const struct sql_sysvar *v)
{
    struct backend_conn *c;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "DO @@global.");
    sql_print_name(v->name, &sql);
    TRY(buf_status(&sql));
    TRY(exec_scratch(r->e, &c, r->d));
    TRY(backend_exec(c, buf_slice(&sql), NULL, r->d));
    FAIL(r->d, UNSUPPORTED, "SET GLOBAL %.*s is not supported through Allium", SLICE_ARG(v->name));
}

static STATUS
set_one(struct exec_run *r, struct backend_conn *admin, const struct sql_node *item,
        const struct sql_sysvar *v)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    if (v == NULL) {
        const struct sql_span at = item->span;
        struct backend_conn *c;
        TRY(exec_scratch(r->e, &c, r->d));
        buf_printf(&sql, "SET %.*s",
                   SLICE_ARG(slice_sub(r->plan->stmt->text, at.begin, at.end - at.begin)));
        TRY(buf_status(&sql));
        return backend_exec(c, buf_slice(&sql), NULL, r->d);
    }
    if (!is_allowed(v->name)) {
        return refuse(r, v);
    }
    buf_append_str(&sql, "SET GLOBAL ");
    if (v->base.data) {
        sql_print_name(v->base, &sql);
        buf_append_u8(&sql, '.');
    }
    sql_print_name(v->name, &sql);
    buf_append_u8(&sql, '=');
    TRY(print_value(r, sql_as_set_var(item)->value, &sql));
    struct backend_summary summary;
    TRY(backend_exec(admin, buf_slice(&sql), &summary, r->d));
    return summary.warnings ? exec_warnings_read(r->e, admin, summary.warnings, r->d) : OK;
}

struct status
exec_set_global(struct exec_run *r, bool *handled)
{
    struct exec *e = r->e;
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    *handled = false;
    if (!e->info->is_admin || !sql_is_kind(root, SQL_SET)) {
        return OK;
    }
    enum sql_var_scope kept = SQL_SCOPE_NONE;
    SQL_FOR_EACH(n, &sql_as_set(root)->items)
    {
        *handled |= global_of(r, n, &kept) != NULL;
    }
    if (!*handled) {
        return OK;
    }
    struct backend_conn *admin;
    exec_warnings_clear(e);
    TRY(scratch_admin_take(e->shared->scratch, &admin, r->d));
    struct status s = OK;
    kept = SQL_SCOPE_NONE;
    SQL_FOR_EACH(n, &sql_as_set(root)->items)
    {
        const struct sql_sysvar *v = global_of(r, n, &kept);
        s = status_is_ok(s) ? set_one(r, admin, n, v) : s;
    }
    scratch_admin_give(e->shared->scratch, admin);
    TRY(s);
    TRY(exec_state_sync(e, r->d));
    e->row_count = 0;
    const struct result_ok ok = {.flags = r->more, .warnings = e->info->warning_count};
    return result_ok(r->w, &ok);
}
