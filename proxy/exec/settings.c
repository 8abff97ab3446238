/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SET STATEMENT v = x, .. FOR statement: the settings are made in the session, the statement is planned
 * and run as any other, and the old values, kept in user variables meanwhile, come back. What may be set
 * this way, and with which error not, the scratch engine says first.
 */
#include "proxy/exec/exec_priv.h"

/* Reading these does not give what restores them. */
static bool
cannot_be_kept(struct slice name)
{
    static const char *const names[] = {"timestamp", "insert_id",  "last_insert_id",
                                        "identity",  "rand_seed1", "rand_seed2"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal_str_ci(name, names[i])) {
            return true;
        }
    }
    return false;
}

static enum sql_visit
find_query_or_marker(void *ctx, struct sql_node *n)
{
    *(bool *) ctx |= n->kind == SQL_QUERY ||
                     (n->kind == SQL_LITERAL && sql_as_literal(n)->literal == SQL_LITERAL_PARAM);
    return SQL_CONTINUE;
}

static STATUS
on_scratch(struct exec_run *r, const struct buf *sql)
{
    struct backend_conn *c;
    TRY(buf_status(sql));
    TRY(exec_scratch(r->e, &c, r->d));
    const struct status s = backend_exec(c, buf_slice(sql), NULL, r->d);
    if (!status_is_ok(s)) {
        exec_warnings_of_error(r->e, r->d);
    }
    return s;
}

static struct slice
items_text(const struct sql_stmt *stmt, const struct sql_list *items)
{
    const struct sql_node *last = items->first;
    while (last->next) {
        last = last->next;
    }
    return slice_sub(stmt->text, items->first->span.begin,
                     last->span.end - items->first->span.begin);
}

static STATUS
check(struct exec_run *r, const struct sql_set_statement *st, struct slice items)
{
    bool query = false;
    SQL_FOR_EACH(n, &st->items)
    {
        sql_walk((struct sql_node *) n, find_query_or_marker, &query);
        const struct sql_node *target = n->kind == SQL_SET_VAR ? sql_as_set_var(n)->target : NULL;
        if (query ||
            (sql_is_kind(target, SQL_SYSVAR) && cannot_be_kept(sql_as_sysvar(target)->name))) {
            FAIL(r->d, UNSUPPORTED,
                 "this setting in SET STATEMENT is not supported through Allium");
        }
    }
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "SET STATEMENT %.*s FOR DO 0", SLICE_ARG(items));
    return on_scratch(r, &sql);
}

/* SET @`allium N` = @@session.v, .. or, back: SET @@session.v = @`allium N`, .. */
static STATUS
move_values(struct exec_run *r, const struct sql_set_statement *st, bool back)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    size_t i = 0;
    SQL_FOR_EACH(n, &st->items)
    {
        CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
        const struct sql_sysvar *v = sql_as_sysvar(sql_as_set_var(n)->target);
        if (v->base.data) {
            sql_print_name(v->base, &name);
            buf_append_u8(&name, '.');
        }
        sql_print_name(v->name, &name);
        TRY(buf_status(&name));
        buf_append_str(&sql, i ? "," : "SET ");
        const struct slice text = buf_slice(&name);
        if (back) {
            buf_printf(&sql, "@@session.%.*s=@`allium %zu`", SLICE_ARG(text), i);
        } else {
            buf_printf(&sql, "@`allium %zu`=@@session.%.*s", i, SLICE_ARG(text));
        }
        i++;
    }
    return on_scratch(r, &sql);
}

/* MySQL has read the statement's text before its settings take effect: those of reading are refused. */
static STATUS
set_values(struct exec_run *r, struct slice items)
{
    const struct exec_state before = r->e->state;
    const struct exec_state *now = &r->e->state;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "SET %.*s", SLICE_ARG(items));
    TRY(on_scratch(r, &sql));
    TRY(exec_state_sync(r->e, r->d));
    if (now->options.mode != before.options.mode || now->connection != before.connection ||
        !slice_equal(now->options.charset, before.options.charset)) {
        FAIL(r->d, UNSUPPORTED, "this setting in SET STATEMENT is not supported through Allium");
    }
    return OK;
}

/* The values come back whatever became of the statement, whose conditions stay the last ones. */
static STATUS
restore(struct exec_run *r, const struct sql_set_statement *st, struct diag *d)
{
    struct exec *e = r->e;
    struct exec_run own = *r;
    own.d = d;
    if (!e->warnings_here) {
        TRY(exec_warnings_capture(e, e->info->warning_count, d));
    }
    TRY(move_values(&own, st, true));
    return exec_state_sync(e, d);
}

struct status
exec_settings(struct exec_run *r)
{
    const struct sql_stmt *stmt = r->plan->stmt;
    const struct sql_set_statement *st = sql_as_set_statement(stmt->root);
    const struct slice items = items_text(stmt, &st->items);
    TRY(check(r, st, items));
    TRY(move_values(r, st, false));
    struct status s = set_values(r, items);
    if (status_is_ok(s)) {
        const struct sql_span at = st->stmt->span;
        const struct slice text = slice_sub(stmt->text, at.begin, at.end - at.begin);
        s = r->stmt ? exec_nested_stmt(r, text) : exec_nested(r, text);
    }
    struct diag own = DIAG_INIT;
    const struct status back = restore(r, st, &own);
    if (!status_is_ok(back)) {
        r->e->scratch = scratch_session_close(r->e->scratch); /* nothing wrong may stay set */
        r->e->state_known = false;
    }
    return s;
}
