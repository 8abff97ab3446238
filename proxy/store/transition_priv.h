/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "proxy/store/journal.h"
#include "proxy/store/transition.h"
#include "rewriter/catalog/reshape.h"
#include "rewriter/emit/cells.h"

enum transition_state {
    TRANSITION_STATE_ADD,
    TRANSITION_STATE_FILL,
    TRANSITION_STATE_INDEX,
    TRANSITION_STATE_VERIFY,
    TRANSITION_STATE_SWITCH,
    TRANSITION_STATE_GRACE,
    TRANSITION_STATE_DROP,
    TRANSITION_STATE_DONE,
};

/* A row of allium.transitions. Texts and items in an arena. */
struct transition {
    uint64_t id;
    enum transition_kind kind;
    enum transition_state state;
    bool switched; /* readers use the new columns */
    bool backout;  /* rolled back, or on the way */
    struct reshape_item *items;
    size_t n_items;
    struct slice object, why, error;
    uint64_t created_ms, changed_ms;
    uint32_t rate, grace_s;

    /* in clear, outside the sealed body */
    enum transition_control control;
    uint64_t tab, rid; /* filled so far: tables with smaller ids, and this one up to rid */
    uint64_t done, total;
};

static inline struct reshape
transition_reshape(const struct transition *t)
{
    return (struct reshape){.id = t->id, .items = t->items, .n_items = t->n_items};
}

/* transition_record.c */
STATUS transition_record_load(struct backend_conn *conn, struct keyring *k, struct arena *a,
                              uint64_t id, struct transition *out, struct diag *d);
/* "finished = 0", .. ; the newest first. */
STATUS transition_record_list(struct backend_conn *conn, struct keyring *k, struct arena *a,
                              const char *where, struct transition **out, size_t *n,
                              struct diag *d);
/* The statement that writes a new row, or the body of one that is there. */
STATUS transition_record_sql(struct keyring *k, const struct transition *t, bool is_new,
                             struct buf *sql);
STATUS transition_record_save(struct backend_conn *conn, struct keyring *k,
                              const struct transition *t, struct diag *d);
const char *transition_record_state(const struct transition *t);
uint64_t transition_record_now(void);

/* transition_kind.c: fills t->items for a request. Under ddl_lock. */
STATUS transition_kind_plan(struct store *s, const struct catalog *cat,
                            const struct transition_request *req, struct transition *t,
                            struct arena *a, struct diag *d);

/* One transition being carried on, by one thread, with a connection of its own. */
struct transition_work {
    struct store *s;
    struct transition *t;
    struct backend_conn *conn;
    struct cells_env env;
    struct arena *arena; /* of the run: t's texts and items */
    struct arena *batch; /* of a chunk: env.arena */
    struct diag *d;
    bool wait; /* out: nothing to do now */
};

/* transition_fill.c */
STATUS transition_fill(struct transition_work *w);
STATUS transition_verify(struct transition_work *w);
/* transition_index.c: over x->conn or the store's, what is there physically. */
STATUS transition_index(struct transition_work *w);
STATUS transition_index_complete(struct transition_work *w, const struct catalog *cat,
                                 bool *complete);
/* Does an index or constraint of that name exist? */
STATUS transition_index_exists(struct backend_conn *conn, struct arena *a,
                               const struct cat_table *t, struct slice name, bool constraint,
                               bool *yes, struct diag *d);
/* What makes the primary key of table `where` the one that `shape` wants ("DROP PRIMARY KEY, .., "), or
 * nothing when it is. */
STATUS transition_index_primary(struct backend_conn *conn, struct arena *a,
                                const struct cat_table *where, const struct cat_table *shape,
                                struct buf *sql, struct diag *d);
/* transition_change.c: the catalog changes. */
STATUS transition_change_add(struct transition_work *w);
STATUS transition_change_names(struct transition_work *w);
STATUS transition_change_switch(struct transition_work *w);
STATUS transition_change_drop(struct transition_work *w);

/* The n-th table that the items name, ascending by id, from `from` on; NULL when there is none left. */
const struct cat_table *transition_next_table(const struct transition *t, const struct catalog *cat,
                                              uint64_t from);
