/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks, in the order in which they may be taken: `ddl_lock` (the DDL connection, the keyring, who may
 * change the current snapshot) before `snap_lock` (the pointer to the snapshot). `seq_lock` alone.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/map.h"
#include "crypto/keyring.h"
#include "proxy/store/store.h"

/* kind column of the catalog table */
enum store_kind {
    STORE_GONE = 0,
    STORE_TABLE = 1,
    STORE_VIEW = 2,
    STORE_DB = 3
};

/* A row of the catalog: a description to be written, or one read. */
struct store_object {
    uint64_t id, version;
    enum store_kind kind;
    struct slice json; /* NULL slice when gone */
};

struct store {
    struct store_config config;
    struct backend_params params; /* strings in `arena` */
    struct arena *arena;
    char init_sql[256];

    pthread_mutex_t ddl_lock;
    struct backend_conn *conn;
    struct keyring *keyring;
    uint64_t next_id, end_id; /* reserved object ids */
    uint64_t home;            /* which catalog was read (store_meta.h) */

    pthread_mutex_t snap_lock;
    struct catalog *current;
    _Atomic uint64_t version;

    pthread_mutex_t seq_lock;
    struct backend_conn *seq_conn;
    struct map sequences; /* 8 bytes of id -> struct sequence, owned */

    struct store_accounts *accounts; /* store_accounts.c, with its own lock */

    pthread_t poll_thread;
    pthread_mutex_t poll_lock;
    pthread_cond_t poll_wake;
    bool poll_started, poll_stop;
    pthread_cond_t transition_wake; /* with poll_lock */
    bool transition_woken, transition_stop;
};

/* A usable connection in *conn, opened (again) when there is none. */
STATUS store_connect(struct store *s, struct backend_conn **conn, struct diag *d);
/* Under ddl_lock: the cluster-wide lock of schema changes, on s->conn. */
STATUS store_lock_cluster(struct store *s, struct diag *d);
void store_unlock_cluster(struct store *s);
/* Under ddl_lock: a fresh object id. `ctx` is the store (layout_input.new_id). */
STATUS store_new_id(void *ctx, uint64_t *id, struct diag *d);
/* Under ddl_lock, connected: store_refresh. */
STATUS store_refresh_locked(struct store *s, struct diag *d);
/* Under ddl_lock: makes `cat` (taken) the current snapshot. */
void store_publish(struct store *s, struct catalog *cat);

/* store_load.c, under ddl_lock: rows newer than `after`, opened, in the arena. */
STATUS store_load_objects(struct store *s, struct arena *a, uint64_t after,
                          struct store_object **out, size_t *n, struct diag *d);
/* The snapshot that results from `objects` over `base`, at `version`. */
STATUS store_load_apply(struct store *s, const struct catalog *base,
                        const struct store_object *objects, size_t n, uint64_t version,
                        struct catalog **out, struct diag *d);
/* The text under which a row is sealed: "catalog/17". */
void store_load_seal_name(const char *table, uint64_t id, struct buf *out);

/* mirror.c. admin: the scratch engine's. */
STATUS mirror_fill(struct store *s, const struct catalog *cat, struct backend_conn *admin,
                   struct diag *d);
/* Makes db.table of the mirror what `cat` says it is (drops it when `cat` has none). */
STATUS mirror_restore(struct store *s, const struct catalog *cat, struct backend_conn *admin,
                      struct slice db, struct slice table, struct diag *d);
STATUS mirror_restore_db(struct store *s, const struct catalog *cat, struct backend_conn *admin,
                         struct slice db, struct diag *d);
/* Makes the view of the mirror, just described as `t`, one of this definer, and t's text, too. */
STATUS mirror_view_definer(struct backend_conn *admin, struct cat_table *t, struct slice definer,
                           struct diag *d);
/* From one snapshot to another: follow: what differs; replace: everything (`from` may be NULL). */
typedef STATUS mirror_follow_fn(struct store *s, const struct catalog *from,
                                const struct catalog *to, struct backend_conn *admin,
                                struct diag *d);
mirror_follow_fn mirror_follow, mirror_replace;

/* store_takeover.c: a server that is new to Allium may have databases without tables already: they
 * become databases of the catalog. Under ddl_lock and the cluster lock. */
STATUS store_take_over(struct store *s, struct diag *d);

/* store_accounts.c */
STATUS store_accounts_init(struct store *s);
void store_accounts_deinit(struct store *s);
/* Writes them all into an empty mirror. */
STATUS store_accounts_fill(struct store *s, struct backend_conn *admin, struct diag *d);
/* Under ddl_lock, connected: reads what another proxy changed; follow: and brings the mirror in step. */
STATUS store_accounts_refresh(struct store *s, bool *changed, struct diag *d);
STATUS store_accounts_follow(struct store *s, struct diag *d);
/* The catalog is another one: whatever was read before does not count. */
STATUS store_accounts_read_all(struct store *s, struct diag *d);

/* store_sequence.c. forget: the blocks are another catalog's. deinit: gives unused ids back. */
void store_sequence_forget(struct store *s);
void store_sequence_deinit(struct store *s);
