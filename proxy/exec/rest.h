/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session that is idle gives its scratch connection back. What the connection knew is known here: the
 * session's SET statements are remembered and run again on the next one. A session whose state cannot
 * be made again so keeps its connection.
 */
#pragma once

#include "base/diag.h"
#include "base/status.h"

struct exec;
struct exec_rest;
struct exec_run;

struct exec_rest *rest_free(struct exec_rest *h); /* NULL is fine; returns NULL */
/* A SET ran: remembered, or the session does not rest from now on. */
STATUS rest_note_set(struct exec_run *r);
/* Any other statement ran. */
void rest_note_statement(struct exec_run *r);
/* On the session's fresh scratch connection: everything again. */
STATUS rest_wake(struct exec *e, struct diag *d);
