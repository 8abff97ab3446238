/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that are shared by users one after the other, all with the same params. A connection
 * is reset exactly when given back, not when taken, so that taking costs nothing: nothing of one
 * user reaches the next. A user that will probably be back (an idle session) parks its connection
 * unreset under its number instead: it gets it back as it was, for nothing, unless somebody else
 * needed it, who then resets it first. Thread-safe.
 */
#pragma once

#include "proxy/backend/backend.h"

struct backend_pool;

struct backend_pool_options {
    uint32_t max;           /* connections in all; 0: no limit */
    uint32_t max_idle;      /* parked at most; 0: as max */
    uint32_t check_idle_ms; /* parked longer than this: ping before use; 0: 10 s */
    uint32_t close_idle_ms; /* parked longer than this: closed at the next give; 0: 5 min */
};

struct backend_pool_stats {
    uint32_t open, idle, waiting;
    uint64_t taken, kept, connected, resets, discarded, timeouts;
};

/* Copies params and their strings. Connects nothing yet. */
STATUS backend_pool_new(struct backend_pool **out, const struct backend_params *params,
                        const struct backend_pool_options *options);
/* All connections must have been given back. */
struct backend_pool *backend_pool_free(struct backend_pool *p);
CLEANUP_DEFINE(struct backend_pool *, backend_pool_free)

/* Waits up to wait_ms for a place when the pool is full, then fails with UPSTREAM_DOWN. */
STATUS backend_pool_take(struct backend_pool *p, uint32_t wait_ms, struct backend_conn **out,
                         struct diag *d);
/* Takes the connection over: resets and parks it, or closes it when lost. NULL is fine. All of its
 * results and statements must be freed before. */
void backend_pool_give(struct backend_pool *p, struct backend_conn *c);
/*
 * Parks it as it is for `owner` (not 0). Only without transaction, locks, temporary tables and open
 * statements: none of them may be lost, or block others, when another user takes the connection.
 */
void backend_pool_park(struct backend_pool *p, struct backend_conn *c, uint64_t owner);
/* As take; *kept: it is the one that `owner` parked last, in the state in which it was. */
STATUS backend_pool_take_back(struct backend_pool *p, uint64_t owner, uint32_t wait_ms,
                              struct backend_conn **out, bool *kept, struct diag *d);
/* The owner is gone: its parked connection, if there is one still, is reset for others. */
void backend_pool_forget(struct backend_pool *p, uint64_t owner);
/* As give, but never reuses it. */
void backend_pool_discard(struct backend_pool *p, struct backend_conn *c);
/* Closes what is parked, and what is out now when it comes back (the server was replaced). */
void backend_pool_flush(struct backend_pool *p);
/* Connections made from now on use these params (after a flush for the old ones). Copied. */
STATUS backend_pool_set_params(struct backend_pool *p, const struct backend_params *params);
struct backend_pool_stats backend_pool_stats(struct backend_pool *p);
