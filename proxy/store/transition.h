/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transitions: changing how columns of tables with rows are stored, while clients go on reading and
 * writing. One engine for all kinds (transition_kind.c says what a kind changes, reshape.h what that
 * means for a table's description):
 *
 *   add     new physical columns, empty; from here on every writer fills them, no reader knows them
 *   fill    rows that were there before, by rid, in chunks; the server itself where only a layer comes off
 *   index   the indexes and foreign keys that go over new columns
 *   verify  nothing is missing; a sample is decrypted and compared
 *   switch  one catalog change: readers use the new columns, writers go on writing both
 *   grace   transactions and proxies that still read the old ones may end
 *   drop    the old columns go
 *
 * add and drop give the table another physical name: statements that were planned before fail (1146),
 * wait and are planned again, here and in other proxies; so no acknowledgement of theirs is needed. Until
 * drop begins a transition can be rolled back: then the old columns are the ones that are kept.
 *
 * The state is a sealed row in allium.transitions; each step is idempotent or part of a journalled
 * change. Whoever holds the lock GET_LOCK('allium.transition.N') carries it on: after a kill, the
 * next start or another proxy.
 */
#pragma once

#include "proxy/store/store.h"

struct cells_env; /* rewriter/emit/cells.h */

enum transition_kind {
    TRANSITION_PEEL,   /* take the RND layer off tokens: in the server */
    TRANSITION_WRAP,   /* put it on again */
    TRANSITION_ADD,    /* a new onion, bare */
    TRANSITION_REMOVE, /* an onion goes */
    TRANSITION_MERGE,  /* into another column's join group, with all that is in its own */
    TRANSITION_ROTATE, /* new keys for value and tokens; the join group moves along */
};

struct transition_request {
    enum transition_kind kind;
    struct slice db, table, column;
    struct slice onion; /* PEEL, WRAP, ADD, REMOVE: "eq", "ord", "search" */
    struct slice with_db, with_table, with_name; /* MERGE */
    uint32_t rate;                               /* rows per second; 0: no limit */
    uint32_t grace_s;
    struct slice why; /* shown; no literals */
};

/* Declares it; whoever runs transitions does the rest. POLICY: the floor forbids it. UNSUPPORTED: not
 * possible for this column. 1205: another transition or schema change is under way. */
STATUS transition_begin(struct store *s, const struct transition_request *req, uint64_t *id,
                        struct diag *d);

/* Changes the recorded policy of req's column ("floor=rnd"); the floor may go down here, and only here:
 * that is logged. Onions above a raised floor have to be removed by transitions: POLICY names them. */
STATUS transition_set_policy(struct store *s, const struct transition_request *req,
                             struct slice text, struct diag *d);

enum transition_control {
    TRANSITION_RUN,
    TRANSITION_PAUSE,
    TRANSITION_ROLLBACK,
};
STATUS transition_set_control(struct store *s, uint64_t id, enum transition_control control,
                              struct diag *d);

struct transition_info {
    uint64_t id, done, total;
    const char *kind, *state; /* static */
    struct slice object, why, error;
    enum transition_control control;
    bool finished;
    uint64_t created_ms, changed_ms, now_ms; /* since 1970 */
};
/* The newest first, finished ones too. */
STATUS transition_list(struct store *s, struct arena *a, struct transition_info **out, size_t *n,
                       struct diag *d);
const char *transition_kind_name(enum transition_kind kind);
bool transition_kind_find(struct slice name, enum transition_kind *out);

/*
 * Carries one transition on as far as it goes now (it may have to wait for its grace). *busy: another
 * proxy has it. A failure that trying again does not help is recorded and pauses it. cells: of this
 * thread.
 */
STATUS transition_run(struct store *s, uint64_t id, const struct cells_env *cells, bool *busy,
                      struct diag *d);
/* All that are not finished. */
STATUS transition_run_all(struct store *s, const struct cells_env *cells, struct diag *d);
/* The runner's sleep between looks: at most `ms`, until woken. False: it has to end. */
bool transition_wait(struct store *s, uint32_t ms);
void transition_wake(struct store *s, bool stop);
