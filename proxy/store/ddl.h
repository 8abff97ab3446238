/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schema changes. The client's text runs on the mirror first (so that MySQL's own checks, errors and
 * warnings are given); what it made of the named objects is read back, compared with the catalog, and
 * carried out in the server as a journalled change that a killed proxy's successor finishes or
 * undoes. No DDL text of the client reaches the server.
 *
 * Fence: whenever existing statements could go wrong on the changed table, it gets another physical
 * name, so that they fail with 1146 and are planned again (store_wait).
 *
 * The caller has committed the client's transaction (DDL commits) and released its table locks.
 * TEMPORARY tables are not for here: they live on the client's scratch session only. Neither are
 * triggers, routines, events: refused before.
 */
#pragma once

#include "proxy/store/store.h"

struct cells_env; /* rewriter/emit/cells.h */

enum ddl_kind {
    DDL_CREATE_DATABASE,
    DDL_ALTER_DATABASE,
    DDL_DROP_DATABASE,
    DDL_CREATE_TABLE,
    DDL_DROP_TABLE,  /* and DROP VIEW */
    DDL_ALTER_TABLE, /* CREATE INDEX, DROP INDEX, too */
    DDL_RENAME_TABLE,
    DDL_TRUNCATE,
    DDL_VIEW, /* CREATE [OR REPLACE], ALTER */
};

struct ddl_name {
    struct slice db, table; /* database kinds: db only */
};

struct ddl_request {
    enum ddl_kind kind;
    struct slice text; /* the client's statement, for the mirror */
    /* Every table that the statement names as its object, with the current database filled in.
     * RENAME: old, new, old, new, …; ALTER with RENAME TO: the old and the new one. */
    const struct ddl_name *names;
    size_t n_names;
    const struct layout_rename
        *columns; /* ALTER .. CHANGE / RENAME COLUMN where the name differs */
    size_t n_columns;
    struct slice definer;    /* DDL_VIEW: `user`@`host` that the view gets; NULL: as it is */
    bool or_replace;         /* CREATE OR REPLACE TABLE: the old one is dropped, not altered */
    uint64_t auto_increment; /* table option AUTO_INCREMENT = n; 0: not given */
    uint64_t
        *records; /* out: rows that MySQL would have copied, tables of the database; may be NULL */
    struct scratch_session *session; /* the client's: sql_mode, charset, database are its own */
    const struct cells_env *cells;   /* of this thread */
};

/*
 * On failure nothing has changed, here or in the mirror, except what MySQL itself keeps (DROP TABLE of
 * several tables on MariaDB). For CREATE TABLE .. SELECT pass the whole text: the table is made empty
 * (the mirror's rows are removed); inserting the rows is the caller's second half, and so is dropping
 * the table again when that fails.
 * *warnings: count of the mirror's statement; they stay readable on the session. May be NULL.
 */
STATUS store_ddl_execute(struct store *s, const struct ddl_request *req, uint16_t *warnings,
                         struct diag *d);
