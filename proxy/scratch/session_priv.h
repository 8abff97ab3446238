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
