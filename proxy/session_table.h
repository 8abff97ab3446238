/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sessions of the process, for SHOW PROCESSLIST, KILL, time-outs and draining. Any thread.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/list.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/session_info.h"

struct session;

struct session_table {
    pthread_mutex_t lock;
    struct list sessions;
    uint64_t count, next_id;
};

void session_table_init(struct session_table *t);
void session_table_deinit(struct session_table *t);
/* Gives the session its id. */
void session_table_add(struct session_table *t, struct session *s);
void session_table_remove(struct session_table *t, struct session *s);
uint64_t session_table_count(struct session_table *t);
/* Other sessions of the account that `s` logs in as. */
uint64_t session_table_count_user(struct session_table *t, const struct session *s);

/* One line of SHOW PROCESSLIST. */
struct session_row {
    uint64_t id;
    struct slice user, host, db;
    const char *command, *state; /* "Query", "Sleep", ... */
    uint64_t time_s;
    bool is_tls;
};
/* A copy in the arena, in order of ids. only_user NULL: all. NO_MEMORY, LIMIT. */
STATUS session_table_snapshot(struct session_table *t, const char *only_user, struct arena *a,
                              struct session_row **rows, size_t *n);
/* SHOW PROCESSLIST: all sessions for an administrator, else those of the same user. */
STATUS session_table_show(const struct session_info *by, const struct wire_column *cols, size_t n,
                          uint16_t flags, struct result_writer *w);
extern const struct session_services session_table_services;

/* KILL [QUERY]: MySQL's errors 1094 (no such id) and 1095 (somebody else's). */
STATUS session_table_kill(struct session_table *t, uint64_t id, enum session_kill kind,
                          const struct session_info *by, struct diag *d);
/* For each session under the lock; for the watchdog and draining. */
typedef void (*session_fn)(void *ctx, struct session *s);
void session_table_walk(struct session_table *t, session_fn fn, void *ctx);
