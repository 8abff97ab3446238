/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog at rest: sealed, versioned rows in schema `allium` of the backend (docs/formats/
 * catalog.md). One store per process. It holds the current snapshot, keeps the mirror of the scratch
 * engine in step with it, hands out AUTO_INCREMENT ids, and (ddl.h) changes the schema.
 *
 * What the server learns from these tables: how many objects there are, how long their descriptions
 * are, when they change, and how many ids were handed out.
 *
 * Threads: all functions may be called by any thread. Snapshots are cheap to take but take a lock for a
 * moment: keep yours until store_version() differs from its version.
 */
#pragma once

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/status.h"
#include "crypto/master.h"
#include "proxy/backend/backend.h"
#include "proxy/scratch/scratch.h"
#include "rewriter/catalog/catalog.h"
#include "rewriter/catalog/layout.h"
#include "rewriter/types/collation.h"

#define STORE_SCHEMA "allium"

struct account_source;
struct audit; /* proxy/audit.h */
struct store;

/* Borrowed until store_close, but for the strings of `backend`, which are copied. */
struct store_config {
    const struct backend_params *backend;
    struct scratch *scratch;
    const struct master *master;
    const struct collation_set *collations;
    const struct policy_rule *rules;   /* for new columns; may be NULL */
    struct audit *audit;               /* may be NULL */
    const struct account_source *file; /* the users file's accounts; copied */
    size_t n_file;
    uint32_t sequence_block; /* ids reserved at a time; 0: 1000 */
    uint32_t poll_ms;        /* how often to look for other proxies' changes; 0: 1000 */
    uint32_t lock_wait_s;    /* how long DDL waits for other statements in the server; 0: 50 */
};

/*
 * Connects; makes the schema on the first start when it is empty; recognises a wrong key (KEY_WRONG);
 * finishes or undoes what a killed proxy left behind; reads the catalog; fills the mirror.
 */
STATUS store_open(struct store **out, const struct store_config *config, struct diag *d);
/* Gives unused ids back. NULL is fine; returns NULL. */
struct store *store_close(struct store *s);
CLEANUP_DEFINE(struct store *, store_close)

/* A reference of the caller's own: catalog_unref() it. Never NULL. */
struct catalog *store_snapshot(struct store *s);
/* Version of the current snapshot: one atomic load. */
uint64_t store_version(struct store *s);
/* Looks whether another proxy changed the catalog; if so reads the changes and follows in the mirror. */
STATUS store_refresh(struct store *s, struct diag *d);
/* The same where it must not wait: nothing happens while a schema change is under way here. */
void store_poll(struct store *s);
/*
 * For a statement whose physical table or column is gone (server errors 1146, 1054): waits until no
 * schema change is under way, here or in another proxy, and refreshes. True in *changed when the
 * snapshot is another one than `seen`: plan again. False: the error is real.
 */
STATUS store_wait(struct store *s, uint64_t seen, bool *changed, struct diag *d);

/* For scratch_config.on_restart: fills the empty mirror of a freshly started engine from the current
 * snapshot. ctx is the store. */
STATUS store_mirror_fill(void *ctx, struct scratch *scratch, struct backend_conn *admin,
                         struct diag *d);

/* ---- sequences (AUTO_INCREMENT); sequence = the table's id ---- */

/* n consecutive ids; *first is the smallest. Blocks are reserved in the server in one autocommitted
 * statement, so ids are never given twice, whatever is killed; killing may leave a gap. */
STATUS store_sequence_reserve(struct store *s, uint64_t sequence, uint64_t n, uint64_t *first,
                              struct diag *d);
/* Ids of the last reservation that were not used after all; a gap stays when later ones are out. */
void store_sequence_release(struct store *s, uint64_t sequence, uint64_t first, uint64_t n);
/* An id was given by the client: later ids are larger. Nothing happens if they are already. */
STATUS store_sequence_bump(struct store *s, uint64_t sequence, uint64_t id, struct diag *d);
/* TRUNCATE (next = 1), ALTER TABLE .. AUTO_INCREMENT = next. */
STATUS store_sequence_reset(struct store *s, uint64_t sequence, uint64_t next, struct diag *d);
/* What the next id would be, for SHOW TABLE STATUS. */
STATUS store_sequence_peek(struct store *s, uint64_t sequence, uint64_t *next, struct diag *d);
