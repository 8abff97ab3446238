/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <pthread.h>

#include "base/map.h"
#include "proxy/backend/pool.h"
#include "proxy/scratch/datadir_priv.h"
#include "proxy/scratch/scratch.h"

#define SCRATCH_ADMIN       "allium_admin"
#define SCRATCH_CLIENT      "allium_client"
#define SCRATCH_WORK_PREFIX "allium_w_"

enum scratch_state {
    SCRATCH_STARTING,
    SCRATCH_READY,
    SCRATCH_DOWN,
    SCRATCH_STOPPING
};

/* A connection of the administrator, made when needed, remade when lost. */
struct scratch_link {
    pthread_mutex_t mutex; /* held between take and give */
    struct backend_conn *conn;
};

struct scratch {
    struct scratch_datadir dir;
    char **options; /* argv of the server, owned */
    uint32_t start_timeout_ms;
    scratch_restart_fn on_restart;
    void *restart_ctx;

    pthread_t supervisor;
    pthread_mutex_t mutex; /* state, pid, generation, stopping, first */
    pthread_cond_t changed;
    enum scratch_state state;
    bool stopping, first_done;
    pid_t pid;
    uint32_t generation;
    struct status first;
    struct diag first_diag;

    char admin_password[33], client_password[33], version[96];
    struct backend_params admin_params, client_params;
    struct scratch_link admin;     /* for the proxy's DDL */
    struct scratch_link aux;       /* for ourselves: definitions, work schemas, collations */
    struct backend_pool *pools[2]; /* by found_rows */

    pthread_mutex_t definitions_mutex;
    uint64_t definitions_version; /* goes up with each invalidation */
    struct map definitions;       /* "db\0table" -> struct scratch_definition */
};

/* Waits until the engine is up; SCRATCH_LOST when it does not come. */
STATUS scratch_await(struct scratch *s, struct diag *d);
STATUS scratch_aux_take(struct scratch *s, struct backend_conn **out, struct diag *d);
void scratch_aux_give(struct scratch *s, struct backend_conn *c);
/* Appends `name` quoted as an identifier. */
void scratch_quote(struct buf *out, struct slice name);
/* Fills out[2 * n] with random lower-case hex and a NUL. */
STATUS scratch_random_hex(char *out, size_t n);
