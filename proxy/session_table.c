/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/session_table.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "proxy/session.h"
#include "proxy/wire/protocol.h"
#include "proxy/wire/result.h"

#define UTF8MB4      45
#define BINARY       63
#define SHOW_COLUMNS 8
#define SHOW_MAX     12

void
session_table_init(struct session_table *t)
{
    pthread_mutex_init(&t->lock, NULL);
    list_init(&t->sessions);
    t->count = 0;
    t->next_id = 1;
}

void
session_table_deinit(struct session_table *t)
{
    pthread_mutex_destroy(&t->lock);
}

void
session_table_add(struct session_table *t, struct session *s)
{
    pthread_mutex_lock(&t->lock);
    s->info.id = t->next_id++;
    list_append(&t->sessions, &s->in_table);
    t->count++;
    pthread_mutex_unlock(&t->lock);
}

void
session_table_remove(struct session_table *t, struct session *s)
{
    pthread_mutex_lock(&t->lock);
    list_remove(&s->in_table);
    t->count--;
    pthread_mutex_unlock(&t->lock);
}

uint64_t
session_table_count(struct session_table *t)
{
    pthread_mutex_lock(&t->lock);
    const uint64_t n = t->count;
    pthread_mutex_unlock(&t->lock);
    return n;
}

void
session_table_walk(struct session_table *t, session_fn fn, void *ctx)
{
    pthread_mutex_lock(&t->lock);
    for (struct list *l = t->sessions.next; l != &t->sessions; l = l->next) {
        fn(ctx, LIST_ENTRY(l, struct session, in_table));
    }
    pthread_mutex_unlock(&t->lock);
}

/* MySQL's word for what a session does. */
static const char *
command_name(const struct session *s)
{
    switch ((enum session_state) s->state) {
    case SESSION_RUNNING:
        return s->command == COM_STMT_EXECUTE ? "Execute" : "Query";
    case SESSION_IDLE:
        return "Sleep";
    case SESSION_CLOSING:
        return "Killed";
    case SESSION_NEW:
    case SESSION_PROXY_HEADER:
    case SESSION_GREETED:
    case SESSION_TLS:
    case SESSION_AUTH:
    case SESSION_DENIED:
    case SESSION_STATES:
        break;
    }
    return "Connect";
}

static void
copy_row(const struct session *s, int64_t now, struct arena *a, struct session_row *row)
{
    *row = (struct session_row){
        .id = s->info.id,
        .user =
            s->login_us ? SLICE("unauthenticated user") : arena_dup(a, slice_of_str(s->info.user)),
        .host = arena_dup(a, slice_of_str(s->info.host)),
        .db = arena_dup(a, session_info_db(&s->info)),
        .command = command_name(s),
        .state = session_state_name((enum session_state) s->state),
        .time_s = (uint64_t) (now - s->since_us) / 1000000,
        .is_tls = s->info.is_tls,
    };
}

uint64_t
session_table_count_user(struct session_table *t, const struct session *s)
{
    const struct account *acc = s->auth.account;
    uint64_t n = 0;
    pthread_mutex_lock(&t->lock);
    for (struct list *l = t->sessions.next; l != &t->sessions; l = l->next) {
        const struct session *other = LIST_ENTRY(l, struct session, in_table);
        n += other != s && other->login_us == 0 &&
             strcmp(other->info.account_user, acc->user) == 0 &&
             strcmp(other->info.account_host, acc->host) == 0;
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}

struct status
session_table_snapshot(struct session_table *t, const char *only_user, struct arena *a,
                       struct session_row **rows, size_t *n)
{
    const int64_t now = server_now_us();
    *n = 0;
    pthread_mutex_lock(&t->lock);
    *rows = arena_array(a, struct session_row, t->count);
    for (struct list *l = t->sessions.next; *rows && l != &t->sessions; l = l->next) {
        const struct session *s = LIST_ENTRY(l, struct session, in_table);
        if (only_user == NULL || (s->login_us == 0 && strcmp(only_user, s->info.user) == 0)) {
            copy_row(s, now, a, &(*rows)[(*n)++]);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return arena_status(a);
}

/* Numbers as text, or as the binary protocol has them. */
static struct slice
number(struct arena *a, const struct result_writer *w, uint64_t v, size_t len)
{
    uint8_t le[8];
    mem_put_le64(le, v);
    return w->binary ? arena_dup(a, slice_of(le, len))
                     : arena_printf(a, "%llu", (unsigned long long) v);
}

/* Columns past the eighth are MariaDB's: Progress. */
static struct status
show_row(const struct session_row *row, size_t n, struct arena *a, struct result_writer *w)
{
    const bool sleeps = strcmp(row->command, "Sleep") == 0;
    struct slice cells[SHOW_MAX] = {number(a, w, row->id, 8),
                                    row->user,
                                    row->host,
                                    row->db,
                                    slice_of_str(row->command),
                                    number(a, w, row->time_s, 4),
                                    slice_of_str(sleeps ? "" : row->state),
                                    SLICE_NULL};
    for (size_t i = 8; i < n; i++) {
        cells[i] = SLICE("0.000");
    }
    TRY(arena_status(a));
    return result_row(w, cells, n);
}

static void
default_columns(struct wire_column *cols)
{
    static const struct {
        const char *name;
        uint8_t type;
        uint32_t length;
    } defs[SHOW_COLUMNS] = {
        {"Id", MYSQL_TYPE_LONGLONG, 21},        {"User", MYSQL_TYPE_VAR_STRING, 512},
        {"Host", MYSQL_TYPE_VAR_STRING, 256},   {"db", MYSQL_TYPE_VAR_STRING, 256},
        {"Command", MYSQL_TYPE_VAR_STRING, 64}, {"Time", MYSQL_TYPE_LONG, 7},
        {"State", MYSQL_TYPE_VAR_STRING, 120},  {"Info", MYSQL_TYPE_VAR_STRING, 400}};
    for (size_t i = 0; i < SHOW_COLUMNS; i++) {
        const bool text = defs[i].type == MYSQL_TYPE_VAR_STRING;
        cols[i] = (struct wire_column){.name = slice_of_str(defs[i].name),
                                       .type = defs[i].type,
                                       .length = defs[i].length,
                                       .charset = text ? UTF8MB4 : BINARY};
    }
}

struct status
session_table_show(const struct session_info *by, const struct wire_column *cols, size_t n,
                   uint16_t flags, struct result_writer *w)
{
    struct wire_column own[SHOW_COLUMNS];
    struct session_row *rows;
    size_t n_rows;
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    if (a == NULL) {
        RAISE(NO_MEMORY);
    }
    if (cols == NULL || n < SHOW_COLUMNS || n > SHOW_MAX) {
        default_columns(own);
        cols = own;
        n = SHOW_COLUMNS;
    }
    TRY(session_table_snapshot(by->sessions, by->is_admin ? NULL : by->user, a, &rows, &n_rows));
    TRY(result_columns(w, cols, n));
    for (size_t i = 0; i < n_rows; i++) {
        TRY(show_row(&rows[i], n, a, w));
    }
    return result_end(w, flags, 0);
}

static struct session *
find(struct session_table *t, uint64_t id)
{
    for (struct list *l = t->sessions.next; l != &t->sessions; l = l->next) {
        struct session *s = LIST_ENTRY(l, struct session, in_table);
        if (s->info.id == id) {
            return s;
        }
    }
    return NULL;
}

struct status
session_table_kill(struct session_table *t, uint64_t id, enum session_kill kind,
                   const struct session_info *by, struct diag *d)
{
    enum {
        DONE,
        UNKNOWN,
        DENIED
    } result = UNKNOWN;
    pthread_mutex_lock(&t->lock);
    struct session *s = find(t, id);
    if (s) {
        result = by->is_admin || strcmp(by->user, s->info.user) == 0 ? DONE : DENIED;
        if (result == DONE) {
            stats_add(&s->server->stats.kills, 1);
            session_interrupt(s, kind);
        }
    }
    pthread_mutex_unlock(&t->lock);
    if (result == UNKNOWN) {
        FAIL_SQL(d, 1094, "HY000", "Unknown thread id: %llu", (unsigned long long) id);
    }
    if (result == DENIED) {
        FAIL_SQL(d, 1095, "HY000", "You are not owner of thread %llu", (unsigned long long) id);
    }
    return OK;
}

static struct status
kill_for(struct session_info *by, uint64_t id, enum session_kill kind, struct diag *d)
{
    if (id == by->id) {
        if (kind == SESSION_KILL_CONNECTION) {
            by->kill = kind; /* ends when this command's answer is sent */
        }
        FAIL_SQL(d, 1317, "70100", "Query execution was interrupted");
    }
    return session_table_kill(by->sessions, id, kind, by, d);
}

const struct session_services session_table_services = {session_table_show, kill_for};
