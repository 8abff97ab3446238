/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "proxy/scratch/scratch_priv.h"

/* A work schema of a session, standing for mirror database `db`. */
struct scratch_work {
    struct scratch_work *next;
    struct buf db, name;
};

struct scratch_session {
    struct scratch *scratch;
    struct backend_conn *conn;
    struct backend_pool *pool;
    struct scratch_work *works;
    struct buf set_names; /* empty: what the pool's connections have */
    uint32_t generation;
};

void scratch_work_drop_all(struct scratch_session *ss);

/*
 * Several statements in one packet, run under a neutral session state which is restored after them:
 * scratch_script_begin appends the saving, scratch_script_run appends the restoring and sends all.
 */
void scratch_script_begin(const struct scratch_session *ss, struct buf *sql);
/* Sends what is there and goes on in the same neutral state. */
STATUS scratch_script_flush(struct scratch_session *ss, struct buf *sql, struct diag *d);
STATUS scratch_script_run(struct scratch_session *ss, struct buf *sql, struct diag *d);
/* After a failure inside: restores, unless the connection is gone. */
void scratch_script_abort(struct scratch_session *ss);
