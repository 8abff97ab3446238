/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/admin/admin.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "proxy/exec/exec.h"
#include "proxy/loop.h"
#include "proxy/session.h"

static struct status
show_sessions(struct session *s, struct slice arg, struct result_writer *w, struct diag *d)
{
    static const char *const names[] = {"Id",      "User", "Host",  "db",
                                        "Command", "Time", "State", "Tls"};
    struct session_row *rows;
    size_t n;
    TRY(session_table_snapshot(&s->server->sessions, NULL, s->arena, &rows, &n));
    TRY(result_text_columns(w, names, 8));
    for (size_t i = 0; i < n; i++) {
        const struct slice cells[] = {
            arena_printf(s->arena, "%llu", (unsigned long long) rows[i].id),
            rows[i].user,
            rows[i].host,
            rows[i].db,
            slice_of_str(rows[i].command),
            arena_printf(s->arena, "%llu", (unsigned long long) rows[i].time_s),
            slice_of_str(rows[i].state),
            rows[i].is_tls ? SLICE("tls") : SLICE("")};
        TRY(result_row(w, cells, 8));
    }
    return result_end(w, 0, 0);
}

static struct status
stat_line(struct result_writer *w, const char *name, uint64_t value, const char *help)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    buf_append_u64_dec(&text, value);
    const struct slice cells[] = {slice_of_str(name), buf_slice(&text), slice_of_str(help)};
    return result_row(w, cells, 3);
}

static struct status
show_stats(struct session *s, struct slice arg, struct result_writer *w, struct diag *d)
{
    static const char *const names[] = {"Name", "Value", "Meaning"};
    TRY(result_text_columns(w, names, 3));
#define STATS_COUNTER(name, help) TRY(stat_line(w, #name, s->server->stats.name, help));
#define STATS_GAUGE(name, help)   TRY(stat_line(w, #name, s->server->stats.name, help));
    STATS_LIST
#undef STATS_COUNTER
#undef STATS_GAUGE
    return result_end(w, 0, 0);
}

static struct status
show_config(struct session *s, struct slice arg, struct result_writer *w, struct diag *d)
{
    static const char *const names[] = {"Section", "Name", "Value", "Default", "Reload", "Meaning"};
    const struct config_item *item;
    TRY(result_text_columns(w, names, 6));
    for (size_t i = 0; (item = config_item_at(i)); i++) {
        CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
        buf_append_str(&value, "");
        config_item_value(s->settings->cfg, i, &value);
        const struct slice text = slice_of(buf_cstr(&value), value.len);
        const struct slice cells[] = {slice_of_str(item->section),
                                      slice_of_str(item->key),
                                      text,
                                      slice_of_str(item->def),
                                      item->reload ? SLICE("yes") : SLICE("no"),
                                      slice_of_str(item->help)};
        TRY(result_row(w, cells, 6));
    }
    return result_end(w, 0, 0);
}

static struct status
show_version(struct session *s, struct slice arg, struct result_writer *w, struct diag *d)
{
    static const char *const names[] = {"@@version_comment"};
    const struct slice cell = SLICE("Allium admin port");
    TRY(result_text_columns(w, names, 1));
    TRY(result_row(w, &cell, 1));
    return result_end(w, 0, 0);
}

static struct status
kill_session(struct session *s, struct slice arg, struct result_writer *w, struct diag *d)
{
    const bool query = arg.len > 6 && slice_equal_str_ci(slice_sub(arg, 0, 6), "query ");
    uint64_t id;
    if (!slice_parse_u64(slice_from(arg, query ? 6 : 0), &id)) {
        FAIL(d, SYNTAX, "expected KILL [QUERY] <session id>");
    }
    TRY(session_table_kill(&s->server->sessions, id,
                           query ? SESSION_KILL_QUERY : SESSION_KILL_CONNECTION, &s->info, d));
    return result_ok(w, &(struct result_ok){0});
}

static struct status
drain(struct session *s, struct slice arg, struct result_writer *w, struct diag *d)
{
    loop_drain(s->server->loop);
    return result_ok(w, &(struct result_ok){0});
}

/* Drivers set autocommit and names as they connect. */
static struct status
ignore(struct session *s, struct slice arg, struct result_writer *w, struct diag *d)
{
    return result_ok(w, &(struct result_ok){0});
}

static const struct {
    const char *words;
    bool takes_arg;
    struct status (*run)(struct session *, struct slice, struct result_writer *, struct diag *);
} statements[] = {
    {"show sessions", false, show_sessions},
    {"show processlist", false, show_sessions},
    {"show stats", false, show_stats},
    {"show config", false, show_config},
    {"kill ", true, kill_session},
    {"shutdown", false, drain},
    {"set ", true, ignore},
    {"commit", false, ignore},
    {"rollback", false, ignore},
    {"select @@version_comment limit 1", false, show_version},
};

struct status
admin_query(struct session *s, struct slice sql, struct result_writer *w, struct diag *d)
{
    while (sql.len && (sql.data[sql.len - 1] == ';' || sql.data[sql.len - 1] <= ' ')) {
        sql.len--;
    }
    while (sql.len && sql.data[0] <= ' ') {
        sql = slice_from(sql, 1);
    }
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        const struct slice words = slice_of_str(statements[i].words);
        const struct slice head = slice_sub(sql, 0, words.len);
        if (slice_equal_ci(head, words) && (statements[i].takes_arg || sql.len == words.len)) {
            return statements[i].run(s, slice_from(sql, words.len), w, d);
        }
    }
    bool known;
    TRY(exec_operate(s->server->exec, sql, s->arena, w, &known, d));
    if (known) {
        return OK;
    }
    FAIL(d, SYNTAX,
         "the admin port knows SHOW SESSIONS|STATS|CONFIG|TRANSITIONS|ONIONS|WANTS, ADJUST COLUMN,"
         " TRANSITION, KILL and SHUTDOWN");
}
