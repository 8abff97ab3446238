/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that run sessions' commands. They are started when there is work and nobody is idle, up to
 * a limit, and end after a while without work; beyond the limit sessions queue. A session that is in
 * a transaction or holds locks never queues behind the limit: others may be waiting for its COMMIT
 * while they occupy every worker.
 */
#pragma once

#include "base/diag.h"
#include "base/status.h"

struct server;
struct session;
struct workers;

STATUS workers_new(struct workers **out, struct server *sv, unsigned limit, struct diag *d);
/* Waits for the running sessions. The queue must be empty. NULL is fine; returns NULL. */
struct workers *workers_free(struct workers *w);
/* Takes ownership of the session. Any thread. */
void workers_submit(struct workers *w, struct session *s);
