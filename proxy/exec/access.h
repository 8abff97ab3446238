/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the session's account may do; access.c says how that is found out. All functions are the
 * session's worker's. Failures are MySQL's errors about privileges.
 */
#pragma once

#include <stdbool.h>

#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"

struct exec;
struct exec_access;
struct exec_run;

struct exec_access *access_free(struct exec_access *a); /* NULL is fine; returns NULL */
/* The session is idle: its guard's connection goes, to be opened again when needed. */
void access_rest(struct exec *e);
/* The session starts anew, or as another account. */
void access_reset(struct exec *e);
/* Follows changed rights into info->is_restricted. */
STATUS access_refresh(struct exec *e, struct diag *d);

/* run(), after the check that the plan's statement needs, on the connection that it needs. */
STATUS access_run_plan(struct exec_run *r, bool *fits,
                       STATUS (*run)(struct exec_run *r, bool *fits));
/* May it prepare this text? */
STATUS access_prepare(struct exec *e, struct slice text, struct diag *d);
/* Runs the text with the account's rights on the mirror, for a statement that only running checks and
 * that does no harm there. */
STATUS access_run(struct exec *e, struct slice text, struct diag *d);
STATUS access_init_db(struct exec *e, struct slice db, struct diag *d);

/* Until access_leave, e->scratch is the guard's connection; *entered false: there is no need. */
STATUS access_enter(struct exec *e, bool *entered, struct diag *d);
void access_leave(struct exec *e, bool entered);
bool access_is_on_guard(const struct exec *e);

/* The mirror's text with the client's account in place of the identity. */
struct slice access_text(struct exec *e, unsigned number, struct slice text);
void access_error(struct exec *e, struct diag *d);
/* A row of information_schema: GRANTEE is the account, not the identity. */
STATUS access_row(struct exec *e, const struct slice **row, size_t width);
