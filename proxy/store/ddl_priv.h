/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "proxy/store/ddl.h"
#include "proxy/store/journal.h"

/* One object that the statement may have changed. */
struct ddl_target {
    struct slice db, name;       /* as it is called now */
    const struct cat_table *old; /* whose identity it has; borrowed from `before`; NULL: none */
    struct cat_table *fresh;     /* what the mirror has now; NULL: nothing. Owned */
    bool gone;                   /* old ends here (fresh, if any, is another table) */
};

#define DDL_MERGES_MAX 64

/* A physical table that gets a successor. `fresh`: a reference. */
struct ddl_rewrite {
    const struct cat_table *old, *fresh;
    bool convert;
};

struct ddl {
    struct store *s;
    const struct ddl_request *req;
    struct diag *d;
    struct arena *arena;
    struct catalog *before; /* a reference */
    struct catalog *draft;  /* what the catalog becomes, without versions; a reference */
    struct ddl_target *targets;
    size_t n_targets, cap_targets;
    bool check_fks;              /* the session's foreign_key_checks */
    uint32_t sql_mode;           /* SQL_MODE_* of the session */
    const struct sql_node *root; /* the statement */
    uint16_t warnings;
    struct change change;
    struct ddl_rewrite *rewrites;
    size_t n_rewrites;
    struct layout_merge merges[DDL_MERGES_MAX]; /* of the targets done so far */
    size_t n_merges;
    struct slice work_text;       /* what is run over the rows; a NULL slice: nothing */
    struct scratch_session *work; /* a second session with the rows of an ALTER; NULL: no rows */
};

/* ddl_target.c: which objects, and what the mirror made of them. */
STATUS ddl_target_collect(struct ddl *x);
STATUS ddl_target_introspect(struct ddl *x);
/* Undoes in the mirror what the statement did there. */
void ddl_target_restore(struct ddl *x);
void ddl_target_deinit(struct ddl *x);

/* ddl.c: store_ddl_execute under ddl_lock. */
STATUS ddl_execute_locked(struct store *s, const struct ddl_request *req, uint16_t *warnings,
                          struct diag *d);

/* ddl_change.c: fills x->change from the targets; x->draft becomes the future catalog. */
STATUS ddl_change_build(struct ddl *x);
/* Children of a table that goes, and that stay themselves, lose the server's constraint; they keep the
 * logical one. */
STATUS ddl_change_release(struct ddl *x, const struct cat_table *old);

/* ddl_db.c: one database came, changed or went (create_sql: a NULL slice); fills x->change. */
STATUS ddl_db_build(struct ddl *x, struct slice create_sql);

/* ddl_work.c: reads the session's settings and parses the statement. */
STATUS ddl_work_parse(struct ddl *x);
/* Sets x->work_text for an ALTER of t. */
STATUS ddl_work_text(struct ddl *x, const struct cat_table *t);

/* Takes the prefix of the working table's constraint names out of an error text. */
#define DDL_WORK_PREFIX "_allium_"
void ddl_work_clean_text(struct diag *d);

/* ddl_copy.c: the rows. */
/* Before an ALTER runs on the mirror: a second session with the old definition as a working table, when
 * there are rows that may have to be converted. */
STATUS ddl_copy_prepare(struct ddl *x);
STATUS ddl_copy_rows(struct ddl *x, const struct change_step *step);
/* `table` is a physical name, quoted. */
STATUS ddl_copy_has_rows(struct ddl *x, struct slice table, bool *yes);
/* Somebody wrote a row between the look and the fence: 1205, the statement may be tried again. */
STATUS ddl_copy_check_empty(struct ddl *x, struct slice table);
void ddl_copy_deinit(struct ddl *x);
