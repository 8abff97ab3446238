/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schema change as data, and the journal that makes it all or nothing. The change is written down
 * (sealed) before its first step; the catalog rows and the journal's mark are one transaction, the
 * commit point. Whoever finds an entry while holding the cluster lock knows that its writer is dead:
 *   open, and `probe` exists (the one step that cannot be undone was done) -> commit, redo
 *   open                                                                 -> undo, backwards
 *   committed                                                            -> redo
 * Undo and redo statements are made so that running them again, or for nothing, does no harm.
 * Everything here needs the store's ddl_lock and the cluster lock.
 */
#pragma once

#include "proxy/store/store_priv.h"

struct cells_env;

enum change_step_kind {
    CHANGE_SQL,
    CHANGE_COPY, /* rows of `from` into `to`, encoded anew; see ddl_copy.c */
    CHANGE_EMPTY /* `from_phys` must hold no rows: what follows takes that for granted */
};

struct change_step {
    enum change_step_kind kind;
    bool check_fks;         /* SQL: the server tests foreign keys of existing rows */
    struct slice sql, undo; /* undo: a NULL slice when there is nothing to undo */
    const struct cat_table *from, *to;
    struct slice from_phys; /* COPY: where the rows stand meanwhile, "`d`.`t`"; EMPTY: the table */
    bool convert;           /* COPY: through the scratch engine */
};

struct change {
    struct arena *arena;
    uint64_t id;
    struct change_step *steps;
    size_t n_steps, cap_steps;
    struct slice *redo;
    size_t n_redo, cap_redo;
    struct store_object *objects;
    size_t n_objects, cap_objects;
    struct slice on_commit; /* a statement of the transaction that commits, or a NULL slice */
    struct slice probe_db, probe_table; /* physical names, or NULL slices */
};

/* Under ddl_lock: runs fn with the cluster lock held, after repairs, on the newest snapshot. */
typedef STATUS journal_fn(struct store *s, void *ctx, struct diag *d);
STATUS journal_alone(struct store *s, journal_fn *fn, void *ctx, struct diag *d);
/* All of a change over the snapshot `before`: entry, steps (run by `step`), commit, new snapshot, rest.
 * Nothing of it stays when it fails. */
typedef STATUS journal_step_fn(void *ctx, const struct change_step *step);
STATUS journal_apply(struct store *s, const struct catalog *before, struct change *c,
                     journal_step_fn *step, void *ctx, struct diag *d);

/* Building; memory from change->arena, whose status tells at the end. */
struct change_step *journal_add_step(struct change *c);
void journal_add_redo(struct change *c, struct slice sql);
void journal_add_object(struct change *c, uint64_t id, enum store_kind kind, struct slice json);

/* Writes the entry; from here on a crash is repaired. */
STATUS journal_begin(struct store *s, struct change *c, struct diag *d);
/* After all steps: catalog rows and mark in one transaction. *version: of the new catalog. */
STATUS journal_commit(struct store *s, struct change *c, uint64_t *version, struct diag *d);
/* Something failed after `n_done` steps: takes them back and closes the entry. *committed: no, the
 * change is committed all the same (the connection broke on the COMMIT): finish it. */
void journal_abort(struct store *s, struct change *c, size_t n_done, bool *committed);
/* After the commit: what is left to do, then closes the entry. Failures are logged and left for the
 * next recovery. */
void journal_finish(struct store *s, struct change *c);
/* Repairs what dead proxies left. */
STATUS journal_recover(struct store *s, struct diag *d);
