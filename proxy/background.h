/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread for what may block and must not hold up an event thread: interrupting running commands
 * (which asks the database server on a connection of its own) and asking whether the proxy is ready.
 *
 * A cancellation belongs to the command that ran when it was requested: the worker settles it before
 * the next command starts, so it never hits a later one, and before the session is freed.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/list.h"
#include "base/status.h"

struct server;
struct session;

struct background {
    struct server *server;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    struct list cancels; /* sessions, by in_cancel */
    bool is_running, is_stopping;
    bool is_ready;
    uint64_t rests_seen; /* of stats.rests, when memory was given back last */
    struct diag why;     /* while not ready */
};

STATUS background_start(struct background *b, struct server *sv, struct diag *d);
void background_stop(struct background *b);

/* Asks for the session's running command to be interrupted. Any thread; never blocks for long. */
void background_cancel(struct background *b, struct session *s);
/* By the session's owner: waits until no cancellation of it is under way; drops one still queued. */
void background_settle(struct background *b, struct session *s);
/* The answer of a moment ago. */
bool background_is_ready(struct background *b, struct diag *why);
