/* SPDX-License-Identifier: Apache-2.0 */
/* The command phase: one handler per COM_*, found in a table. Runs on a worker. */
#include <stdio.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "proxy/admin/admin.h"
#include "proxy/exec/exec.h"
#include "proxy/session.h"
#include "proxy/wire/command.h"
#include "proxy/wire/field_list.h"
#include "proxy/wire/lenenc.h"
#include "proxy/wire/message.h"
#include "proxy/wire/prepared.h"
#include "proxy/wire/protocol.h"
#include "proxy/wire/resultset.h"

/* A handler writes its whole answer, or fails before or in the middle of a result. */
typedef struct status (*command_fn)(struct session *s, struct slice body, struct diag *d);

struct command {
    const char *name;
    command_fn run;
    bool is_silent; /* no answer, not even an error */
    bool on_admin;  /* also on the admin port */
};

static struct prepared *
prepared_find(struct session *s, uint32_t id)
{
    uint8_t key[4];
    mem_put_be32(key, id == UINT32_MAX ? s->last_prepared : id);
    return map_find(&s->prepared, slice_of(key, sizeof key));
}

static struct status
no_such_stmt(uint32_t id, const char *command, struct diag *d)
{
    FAIL_SQL(d, 1243, "HY000", "Unknown prepared statement handler (%u) given to %s", id, command);
}

void
session_command_drop_prepared(struct session *s)
{
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&s->prepared, &i));) {
        prepared_free(e->value);
    }
    map_deinit(&s->prepared);
    map_init(&s->prepared, false);
}

/* Nothing may be left unread of a file that the client is sending, or framing is lost. */
static struct status
finish_result(struct resultset *rs, struct status st)
{
    struct slice chunk;
    while (rs->is_infile) {
        TRY(result_infile_next(&rs->writer, &chunk));
    }
    if (status_is_ok(st) && rs->n_results == 0) {
        RAISE(BUG); /* an executor that answers nothing would hang the client */
    }
    stats_add(&LIST_ENTRY(rs->info, struct session, info)->server->stats.rows_sent, rs->n_rows);
    return st;
}

static struct status
run_query(struct session *s, struct slice sql, struct diag *d)
{
    struct resultset rs;
    resultset_init(&rs, &s->ch, &s->info, false);
    rs.allow_infile = s->settings->cfg->proxy_local_infile;
    const struct status st =
        finish_result(&rs, s->is_admin_port ? admin_query(s, sql, &rs.writer, d)
                                            : exec_query(s->exec, sql, &rs.writer, d));
    resultset_deinit(&rs);
    return st;
}

static struct status
com_query(struct session *s, struct slice body, struct diag *d)
{
    struct command_query q;
    stats_add(&s->server->stats.queries, 1);
    TRY(command_query_read(body, s->info.caps, s->arena, &q));
    s->info.query_attrs = q.attrs;
    s->info.n_query_attrs = q.n_attrs;
    return run_query(s, q.sql, d);
}

static struct status
com_init_db(struct session *s, struct slice body, struct diag *d)
{
    if (!s->is_admin_port) {
        TRY(exec_init_db(s->exec, body, d));
    }
    session_send_ok(s, NULL);
    return OK;
}

static struct status
com_ping(struct session *s, struct slice body, struct diag *d)
{
    session_send_ok(s, NULL);
    return OK;
}

static struct status
com_field_list(struct session *s, struct slice body, struct diag *d)
{
    struct field_list list;
    if (!field_list_init(&list, body)) {
        RAISE(PROTOCOL);
    }
    const struct status st =
        exec_query(s->exec, field_list_query(&list, s->arena), &list.writer, d);
    if (status_is_ok(st)) {
        field_list_write(&list, &s->ch, &s->info);
    }
    field_list_deinit(&list);
    return st;
}

static struct status
com_statistics(struct session *s, struct slice body, struct diag *d)
{
    const struct stats *st = &s->server->stats;
    const uint64_t up = (uint64_t) (server_now_us() - s->server->started_us) / 1000000;
    buf_printf(wire_channel_begin(&s->ch),
               "Uptime: %llu  Threads: %llu  Questions: %llu  Slow queries: %llu  Opens: 0  "
               "Flush tables: 0  Open tables: 0  Queries per second avg: %.3f",
               (unsigned long long) up, (unsigned long long) st->sessions,
               (unsigned long long) st->commands, (unsigned long long) st->slow_commands,
               (double) st->commands / (double) (up ? up : 1));
    wire_channel_end(&s->ch);
    return OK;
}

static struct status
com_process_info(struct session *s, struct slice body, struct diag *d)
{
    struct resultset rs;
    resultset_init(&rs, &s->ch, &s->info, false);
    const struct status st =
        finish_result(&rs, session_table_show(&s->info, NULL, 0, 0, &rs.writer));
    resultset_deinit(&rs);
    return st;
}

static struct status
com_process_kill(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    const uint32_t id = lenenc_read_u32(&r);
    if (!lenenc_reader_ok(&r)) {
        RAISE(PROTOCOL);
    }
    TRY(session_table_services.kill(&s->info, id, SESSION_KILL_CONNECTION, d));
    session_send_ok(s, NULL);
    return OK;
}

static struct status
com_debug(struct session *s, struct slice body, struct diag *d)
{
    if (!s->info.is_admin) {
        FAIL_SQL(
            d, 1227, "42000",
            "Access denied; you need (at least one of) the SUPER privilege(s) for this operation");
    }
    message_end_write(wire_channel_begin(&s->ch), &s->info, 0, 0);
    wire_channel_end(&s->ch);
    return OK;
}

static struct status
com_set_option(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    const uint16_t option = lenenc_read_u16(&r);
    if (!lenenc_reader_ok(&r) || option > 1) {
        RAISE(UNKNOWN_COMMAND);
    }
    s->info.multi_statements = option == 0;
    message_end_write(wire_channel_begin(&s->ch), &s->info, 0, 0);
    wire_channel_end(&s->ch);
    return OK;
}

static struct status
com_reset_connection(struct session *s, struct slice body, struct diag *d)
{
    session_command_drop_prepared(s);
    TRY(exec_reset(s->exec, d));
    session_send_ok(s, NULL);
    return OK;
}

static struct status
com_stmt_prepare(struct session *s, struct slice body, struct diag *d)
{
    struct exec_prepared made = {0};
    uint8_t key[4];
    stats_add(&s->server->stats.prepares, 1);
    s->last_prepared = 0;
    TRY(exec_prepare(s->exec, body, &made, d));
    struct prepared *p = prepared_new(made.id, made.n_params);
    mem_put_be32(key, made.id);
    if (p == NULL || !status_is_ok(map_put(&s->prepared, slice_of(key, sizeof key), p))) {
        prepared_free(p);
        exec_close_stmt(s->exec, made.id);
        RAISE(NO_MEMORY);
    }
    s->last_prepared = made.id;
    prepared_answer_write(&s->ch, &s->info, &made);
    return OK;
}

static struct status
execute(struct session *s, struct prepared *p, const struct prepared_values *v, bool with_cursor,
        struct diag *d)
{
    struct resultset rs;
    resultset_init(&rs, &s->ch, &s->info, true);
    rs.allow_infile = s->settings->cfg->proxy_local_infile;
    buf_deinit(&p->cursor);
    p->cursor.limit = (size_t) s->settings->cfg->proxy_session_memory;
    p->cursor_pos = 0;
    p->has_cursor = false;
    rs.cursor = with_cursor ? p : NULL;
    s->info.query_attrs = v->attrs;
    s->info.n_query_attrs = v->n_attrs;
    const struct status st =
        finish_result(&rs, exec_execute(s->exec, p->id, v->params, p->n_params, &rs.writer, d));
    resultset_deinit(&rs);
    return st;
}

static struct status
com_stmt_execute(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    struct prepared_values values;
    const uint32_t id = lenenc_read_u32(&r);
    const uint8_t flags = lenenc_read_u8(&r);
    (void) lenenc_read_u32(&r); /* iterations, always 1 */
    struct prepared *p = prepared_find(s, id);
    stats_add(&s->server->stats.executes, 1);
    if (!lenenc_reader_ok(&r)) {
        RAISE(PROTOCOL);
    }
    if (p == NULL) {
        return no_such_stmt(id, "mysqld_stmt_execute", d);
    }
    struct status st = prepared_values_read(p, r.rest, flags, s->info.caps, s->arena, &values, d);
    if (status_is_ok(st)) {
        st = execute(s, p, &values, (flags & COMMAND_CURSOR_READ_ONLY) != 0, d);
    }
    prepared_drop_long(p); /* good for one execution */
    return st;
}

static struct status
com_stmt_bulk_execute(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    const uint32_t id = lenenc_read_u32(&r);
    struct prepared *p = prepared_find(s, id);
    stats_add(&s->server->stats.executes, 1);
    if ((s->info.caps & CLIENT_MARIADB_BULK) == 0) {
        RAISE(UNKNOWN_COMMAND);
    }
    return p ? session_bulk_execute(s, p, r.rest, d)
             : no_such_stmt(id, "mysqld_stmt_bulk_execute", d);
}

static struct status
com_stmt_send_long_data(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    struct prepared *p = prepared_find(s, lenenc_read_u32(&r));
    const uint16_t index = lenenc_read_u16(&r);
    if (lenenc_reader_ok(&r) && p) {
        prepared_long_data(p, index, lenenc_read_rest(&r),
                           (size_t) s->settings->cfg->proxy_max_packet);
    }
    return OK;
}

static struct status
com_stmt_close(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    struct prepared *p = prepared_find(s, lenenc_read_u32(&r));
    if (lenenc_reader_ok(&r) && p) {
        uint8_t key[4];
        mem_put_be32(key, p->id);
        exec_close_stmt(s->exec, p->id);
        prepared_free(map_remove(&s->prepared, slice_of(key, sizeof key)));
    }
    return OK;
}

static struct status
com_stmt_reset(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    const uint32_t id = lenenc_read_u32(&r);
    struct prepared *p = prepared_find(s, id);
    if (!lenenc_reader_ok(&r)) {
        RAISE(PROTOCOL);
    }
    if (p == NULL) {
        return no_such_stmt(id, "mysqld_stmt_reset", d);
    }
    prepared_reset(p);
    session_send_ok(s, NULL);
    return OK;
}

static struct status
com_stmt_fetch(struct session *s, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    const uint32_t id = lenenc_read_u32(&r);
    const uint32_t n = lenenc_read_u32(&r);
    struct prepared *p = prepared_find(s, id);
    if (!lenenc_reader_ok(&r)) {
        RAISE(PROTOCOL);
    }
    if (p == NULL) {
        return no_such_stmt(id, "mysqld_stmt_fetch", d);
    }
    if (!p->has_cursor) {
        FAIL_SQL(d, 1421, "HY000", "The statement (%u) has no open cursor.", id);
    }
    resultset_fetch(&s->ch, &s->info, p, n);
    return OK;
}

static const struct command commands[256] = {
    [COM_INIT_DB] = {"Init DB", com_init_db, false, true},
    [COM_QUERY] = {"Query", com_query, false, true},
    [COM_FIELD_LIST] = {"Field List", com_field_list, false, false},
    [COM_STATISTICS] = {"Statistics", com_statistics, false, true},
    [COM_PROCESS_INFO] = {"Processlist", com_process_info, false, true},
    [COM_PROCESS_KILL] = {"Kill", com_process_kill, false, true},
    [COM_DEBUG] = {"Debug", com_debug, false, true},
    [COM_PING] = {"Ping", com_ping, false, true},
    [COM_STMT_PREPARE] = {"Prepare", com_stmt_prepare, false, false},
    [COM_STMT_EXECUTE] = {"Execute", com_stmt_execute, false, false},
    [COM_STMT_SEND_LONG_DATA] = {"Long Data", com_stmt_send_long_data, true, false},
    [COM_STMT_CLOSE] = {"Close stmt", com_stmt_close, true, false},
    [COM_STMT_RESET] = {"Reset stmt", com_stmt_reset, false, false},
    [COM_SET_OPTION] = {"Set option", com_set_option, false, true},
    [COM_STMT_FETCH] = {"Fetch", com_stmt_fetch, false, false},
    [COM_STMT_BULK_EXECUTE] = {"Bulk_execute", com_stmt_bulk_execute, false, false},
    [COM_RESET_CONNECTION] = {"Reset Connection", com_reset_connection, false, false},
};

/* Does the session survive this failure? By class; a lost server took its transaction along. */
static bool
survives(struct status st)
{
    switch (status_info_get(st.code)->class_) {
    case STATUS_CLASS_NONE:
    case STATUS_CLASS_CLIENT:
    case STATUS_CLASS_POLICY:
        return st.code != STATUS_PROTOCOL;
    case STATUS_CLASS_UPSTREAM:
        return st.code == STATUS_UPSTREAM_DOWN || st.code == STATUS_UPSTREAM_REFUSED;
    case STATUS_CLASS_CRYPTO:
    case STATUS_CLASS_RESOURCE:
    case STATUS_CLASS_BUG:
        break;
    }
    return false;
}

static void
log_failure(struct session *s, struct status st, const struct diag *d)
{
    char trace[512];
    if (survives(st)) {
        return;
    }
    status_trace_print(trace, sizeof trace);
    log_error(&s->log, "session.failed", "%s: %s (%s); the session ends",
              status_info_get(st.code)->name, d->message, trace);
}

/* Counts, and the slow log. */
static void
account(struct session *s, const struct command *c, int64_t us)
{
    struct stats *st = &s->server->stats;
    const int64_t slow = s->settings->cfg->log_slow_ms * 1000;
    stats_add(&st->commands, 1);
    stats_add(&st->command_microseconds, (uint64_t) us);
    if (slow && us > slow) {
        stats_add(&st->slow_commands, 1);
        log_info(&s->log, "command.slow", "%s took %lld.%03lld ms", c->name, (long long) us / 1000,
                 (long long) us % 1000);
    }
}

static struct status
dispatch(struct session *s, const struct command *c, struct slice body, struct diag *d)
{
    if (c->run == NULL || (s->is_admin_port && !c->on_admin)) {
        FAIL_SQL(d, 1047, "08S01", "Unknown command");
    }
    return c->run(s, body, d);
}

bool
session_command_run(struct session *s, struct slice packet)
{
    struct diag d = DIAG_INIT;
    const uint8_t code = packet.len ? packet.data[0] : COM_SLEEP;
    const struct slice body = slice_from(packet, 1);
    const struct command *c = &commands[code];
    int query = SESSION_KILL_QUERY;
    if (code == COM_QUIT) {
        return false;
    }
    background_settle(&s->server->background, s); /* one of the last command that came late */
    s->command = code;
    s->is_timed_out = false;
    atomic_compare_exchange_strong(&s->info.kill, &query, SESSION_KILL_NONE);
    session_set_state(s, SESSION_RUNNING);
    if (code == COM_CHANGE_USER && !s->is_admin_port) {
        return session_login_change_user(s, body);
    }
    const int64_t start = server_now_us();
    const struct status st = dispatch(s, c, body, &d);
    background_settle(&s->server->background, s);
    s->info.query_attrs = NULL;
    s->info.n_query_attrs = 0;
    account(s, c, server_now_us() - start);
    if (!status_is_ok(st) && !c->is_silent) {
        /* Errors of 2000 and above are clients' own: of a lost server they know when the connection ends. */
        if (st.code != STATUS_UPSTREAM_LOST) {
            session_send_error(s, st, &d);
        }
        log_failure(s, st, &d);
    }
    session_set_state(s, SESSION_IDLE);
    return survives(st) && status_is_ok(s->ch.failed);
}
