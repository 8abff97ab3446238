/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/session_table.h"

#include <string.h>

#include "proxy/session.h"
#include "proxy/wire/protocol.h"

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

void
session_table_each(struct session_table *t, const char *only_user, session_row_fn fn, void *ctx)
{
    const int64_t now = server_now_us();
    pthread_mutex_lock(&t->lock);
    for (struct list *l = t->sessions.next; l != &t->sessions; l = l->next) {
        const struct session *s = LIST_ENTRY(l, struct session, in_table);
        if (only_user && strcmp(only_user, s->info.user) != 0) {
            continue;
        }
        const struct session_row row = {
            .id = s->info.id,
            .user = s->login_us ? SLICE("unauthenticated user") : slice_of_str(s->info.user),
            .host = slice_of_str(s->info.host),
            .db = session_info_db(&s->info),
            .command = command_name(s),
            .state = session_state_name((enum session_state) s->state),
            .time_s = (uint64_t) (now - s->since_us) / 1000000,
            .is_tls = s->info.is_tls,
        };
        fn(ctx, &row);
    }
    pthread_mutex_unlock(&t->lock);
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
