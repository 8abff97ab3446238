/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event threads (libevent): listening sockets, idle and handshaking clients, signals, the watchdog
 * tick. Owns every session that no worker owns. `loop_watch` is the one way back from a worker.
 */
#pragma once

#include "base/diag.h"
#include "base/status.h"
#include "proxy/session.h"

struct loop;

/* Opens the listeners. Signals: TERM and INT drain, HUP calls on_reload. */
STATUS loop_new(struct loop **out, struct server *sv, void (*on_reload)(void *), void *ctx,
                struct diag *d);
struct loop *loop_free(struct loop *l);
/* Runs until drained. The calling thread is the first event thread. */
void loop_run(struct loop *l);
/* Begins draining as SIGTERM does. Any thread. */
void loop_drain(struct loop *l);
/* Gives an idle session back; it may be freed before this returns. Any thread. */
void loop_watch(struct session *s, enum session_wait wait);
/* Before a session is freed: no event of it fires any more. */
void loop_unwatch(struct session *s);
/* The port that a listener got, for tests with port 0. kind: "proxy" or "admin". */
unsigned loop_port(const struct loop *l, const char *kind);
/* libevent's base of the first thread, for the metrics server. */
struct event_base;
struct event_base *loop_base(struct loop *l);
