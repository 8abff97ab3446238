/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Name resolution: which tables a statement reads and writes, and which column of which table each
 * COLUMN node means. Blocks (query blocks, and the one of UPDATE/DELETE) form a chain, inner first.
 *
 * Sound, not complete: a column that cannot be attributed with certainty (owned by a derived table, an
 * alias, ambiguous, a USING column) stays unresolved, and whoever needs certainty gives up on it. The
 * mirror has already told the client about names that are wrong.
 *
 * Everything lives in the arena; immutable after scope_build.
 */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/status.h"
#include "rewriter/catalog/catalog.h"
#include "rewriter/sql/sql.h"

enum scope_kind {
    SCOPE_BASE,   /* a logical table of the catalog */
    SCOPE_VIEW,   /* a view of the catalog */
    SCOPE_TEMP,   /* a temporary table of this session: lives on the trusted side only */
    SCOPE_SYSTEM, /* information_schema and the like: answered by the mirror */
    SCOPE_CTE,
    SCOPE_DERIVED, /* derived table, JSON_TABLE, table function */
    SCOPE_UNKNOWN, /* no such table; the mirror reports it */
};

#define SCOPE_NO_BLOCK UINT32_MAX

struct scope_table {
    enum scope_kind kind;
    const struct sql_node *node;   /* TABLE, DERIVED, JSON_TABLE, TABLE_FUNCTION */
    struct slice db, name;         /* of the table; db resolved against the current database */
    struct slice alias;            /* how the statement calls it */
    const struct cat_table *table; /* BASE, VIEW */
    const struct sql_node *query;  /* DERIVED, CTE: the QUERY that gives its rows, else NULL */
    const struct sql_list *names;  /* DERIVED, CTE: its column list `t (a, b)`, maybe empty */
    uint32_t block;
    bool null_supplied; /* on the inner side of an outer join */
    bool target;        /* written: INSERT, UPDATE, DELETE target */
};

struct scope_block {
    uint32_t parent;             /* SCOPE_NO_BLOCK at the top */
    const struct sql_node *node; /* SELECT, UPDATE, DELETE, INSERT */
    bool opaque;                 /* owns tables whose columns are not known here */
    bool natural; /* NATURAL or USING joins: unqualified names may mean merged columns */
};

/* What a COLUMN node means. */
struct scope_column {
    const struct scope_table *table; /* NULL: not attributed */
    int column;                      /* index in table->table->columns */
};

/* What the session adds to the catalog. */
struct scope_session {
    struct slice db; /* current database, NULL slice: none */
    bool cte_case;   /* MySQL: names of common table expressions are compared bytewise */
    bool (*is_temp)(void *ctx, struct slice db, struct slice name); /* may be NULL */
    void *ctx;
};

struct scope {
    struct scope_table *tables;
    size_t n_tables;
    struct scope_block *blocks;
    size_t n_blocks;
    struct scope_column *columns; /* by node id, n_nodes of them */
    uint32_t *column_blocks;      /* by node id: the block a node stands in */
    uint32_t n_nodes;
    bool has_natural; /* a NATURAL join anywhere */
};

STATUS scope_build(struct arena *a, const struct catalog *cat, const struct scope_session *session,
                   const struct sql_stmt *stmt, struct scope **out, struct diag *d);

/* {NULL, -1} when not attributed. */
struct scope_column scope_resolve(const struct scope *s, const struct sql_node *column);
/* Could the qualifier (if any) of this COLUMN node mean t? */
bool scope_table_matches(const struct scope_table *t, const struct sql_column *c);
/* How many table references of these kinds there are (bit 1 << enum scope_kind). */
size_t scope_count(const struct scope *s, unsigned kinds);
