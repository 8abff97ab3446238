/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will be done for a statement, as data. The planner proves what the server can do on ciphertext
 * and leaves the rest to the trusted side; the executor (proxy/exec) follows; EXPLAIN ALLIUM prints.
 *
 * A plan is immutable, reference-counted, shared between sessions and threads, and valid for one
 * catalog version. Everything in it lives in its own arena. It depends on literals only through its
 * templates' slots and its `pins`: literals that must be exactly those it was made from.
 */
#pragma once

#include "base/arena.h"
#include "base/diag.h"
#include "base/status.h"
#include "rewriter/emit/template.h"
#include "rewriter/plan/literal.h"
#include "rewriter/plan/push.h"
#include "rewriter/plan/scope.h"

enum plan_kind {
    PLAN_LOCAL,   /* no stored user data: answered by the mirror */
    PLAN_SESSION, /* SET and other changes of session state */
    PLAN_TXN,     /* BEGIN, COMMIT, ROLLBACK, SAVEPOINT, .. */
    PLAN_DDL,
    PLAN_REWRITE,  /* one server statement, decoded */
    PLAN_SPLIT,    /* fetch, load, run the original on the trusted side */
    PLAN_INSERT,   /* exact literals: rows are encrypted and inserted directly */
    PLAN_UPDATE,   /* lock and fetch, set exact literals, write back what changed */
    PLAN_DELETE,   /* one server DELETE */
    PLAN_TRUSTED,  /* data change computed by the trusted side: fetch, run, compare, write back */
    PLAN_NOTHING,  /* FLUSH: no state of this proxy; a comment */
    PLAN_NAMED,    /* PREPARE, EXECUTE, DEALLOCATE in SQL */
    PLAN_SETTINGS, /* SET STATEMENT .. FOR */
    PLAN_EXPLAIN,  /* EXPLAIN ALLIUM */
    PLAN_ACCOUNT,  /* CREATE USER, GRANT, SET PASSWORD, ..: on the mirror, kept in the catalog */
};

/*
 * Rows of one table brought to the trusted side: of each reference to it ("part") those that its own
 * condition lets through and that can meet the rows of other parts.
 */
struct plan_fetch {
    const struct cat_table *table;
    const uint16_t *columns; /* indexes into table->columns, in the order of the select list */
    size_t n_columns;
    struct template head; /* SELECT t0.rid,t0._s,<cells> FROM .. t0 */
    const char *lock;     /* "", " FOR UPDATE", .. */
    bool target;          /* written back: rows carry their rid */
    bool whole;           /* a part has no condition: the entire table */
    struct slice why;     /* what kept a condition from being pushed; for EXPLAIN */
    size_t first_part, n_parts;
};

/* How few rows a part's own condition leaves, as far as its form tells. */
enum plan_rank {
    PLAN_RANK_ROW, /* one value for each column of a unique key */
    PLAN_RANK_EQUAL,
    PLAN_RANK_SOME,
    PLAN_RANK_ALL
};

/* `column` of this part's table equals a value of `values`, or the row is not needed. */
struct plan_link {
    uint16_t column;
    uint16_t values;
};

struct plan_part {
    uint16_t fetch;
    enum plan_rank rank;
    struct template where; /* on t0; empty: none */
    const struct plan_link *links;
    size_t n_links;
};

/* The values of one column in the rows of a part, collected while they are fetched. */
struct plan_values {
    uint16_t part, column;
};

enum output_kind {
    OUTPUT_VALUE,   /* decrypt the cell with its salt */
    OUTPUT_PLAIN,   /* the server's own answer (a count) */
    OUTPUT_LITERAL, /* constant of the statement */
    OUTPUT_MINMAX,  /* token, salt and cell picked together: cut apart, then as VALUE */
};

struct plan_output {
    enum output_kind kind;
    const struct cat_table *table;
    const struct cat_column *column;
    const struct scope_table *ref; /* VALUE: whose column */
    uint16_t cell, salt;           /* server columns */
    uint16_t skip;                 /* MINMAX: bytes of the token in front */
    struct literal_ref literal;
};

/* What the proxy itself makes of decoded rows; provably what MySQL would. */
enum plan_item_kind {
    PLAN_ITEM_COLUMN, /* under GROUP BY: of the group's first row */
    PLAN_ITEM_COUNT,
    PLAN_ITEM_COUNT_DISTINCT,
    PLAN_ITEM_SUM, /* INT, DECIMAL */
    PLAN_ITEM_AVG,
    PLAN_ITEM_MIN,
    PLAN_ITEM_MAX,
};

#define PLAN_NO_INPUT (-1) /* COUNT(*) */

struct plan_item {
    enum plan_item_kind kind;
    int input; /* of the plan's outputs */
};

struct plan_sort {
    uint16_t item;
    bool desc;
};

struct plan_finish {
    const struct plan_item *items; /* the visible ones, then those that only sort */
    size_t n_items, n_visible;
    bool grouped; /* GROUP BY or aggregates */
    bool distinct;
    const uint16_t *group; /* outputs */
    size_t n_group;
    const struct plan_sort *sort;
    size_t n_sort;
    int32_t limit, offset; /* literals; -1: none */
};

/* Where a value that is written comes from. */
enum source_kind {
    SOURCE_LITERAL,
    SOURCE_NULL,
    SOURCE_DEFAULT, /* the column's constant default, or NULL */
    SOURCE_AUTOINC, /* the next id */
    SOURCE_ADD, /* UPDATE: the integer column's own value plus (negated: minus) an integer literal */
};

struct plan_source {
    enum source_kind kind;
    bool negated;
    uint32_t slot;
};

struct plan_set {
    uint16_t column;
    struct plan_source source;
};

struct plan_pin {
    uint32_t slot;
    struct slice bytes;
};

struct plan {
    int refs;
    struct arena *arena;
    enum plan_kind kind;
    uint64_t catalog_version;
    const struct catalog *catalog; /* a reference */
    const struct sql_stmt *stmt;   /* may be NULL in a cached plan that needs no tree */
    const struct scope *scope;
    struct slice
        run_text; /* what the trusted side runs when not the text as given (views written out) */
    /* its working tables must be ordinary ones: MySQL cannot open a temporary table twice, there are no
     * partitioned temporary tables, and views do not see temporary ones */
    bool in_schema;
    /* rows change through views: these stand in the schema too, in this order */
    const struct cat_table **views;
    size_t n_views;
    bool names_keys;   /* index hints: a working table without the key would be an error */
    bool introducer;   /* some literal has one, which its token alone does not say: not cached */
    bool side_effects; /* user variables, locks, ..: the mirror may only prepare it */
    bool calc_found_rows;
    bool fulltext; /* MATCH: relevance depends on every row of a table with a FULLTEXT key */

    const struct plan_pin *pins;
    size_t n_pins;
    struct push_wants wants;

    /* REWRITE, DELETE: the server's statement; UPDATE: its fetch */
    struct template sql;
    const struct plan_output *outputs;
    size_t n_outputs;
    const struct plan_finish *finish; /* NULL: each row as it comes */

    /* SPLIT, TRUSTED, UPDATE */
    struct plan_fetch *fetches;
    size_t n_fetches;
    struct plan_part *parts; /* grouped by fetch */
    size_t n_parts;
    struct plan_values *values;
    size_t n_values;

    /* INSERT, UPDATE, DELETE */
    const struct cat_table *target;
    const struct plan_source *sources; /* n_rows * target->n_columns */
    size_t n_rows;
    bool replace;
    const struct plan_set *sets;
    size_t n_sets;

    /* why the faster kinds did not do; static text or of the arena, for EXPLAIN */
    struct slice why;
};

/* What the planner needs to know of the session; borrowed. */
struct plan_context {
    struct catalog *catalog;
    struct scope_session session;
    const struct sql_options *options;
    const struct type_env *env;
    const struct collation_set *collations;
    const struct collation_info *connection;
    bool safe_updates, auto_is_null;
    bool select_limit; /* sql_select_limit is set: the trusted side's session knows it */
    bool binary;       /* prepared protocol */
    bool trusted_only; /* a faster plan was made for this statement and its literals did not fit */
};

/* A plan whose arena also holds the parsed tree. stmt must have been parsed into plan_arena(p). */
STATUS plan_new(struct plan **out, struct catalog *cat);
struct plan *plan_ref(struct plan *p);
struct plan *plan_unref(struct plan *p);

/*
 * Fills a fresh plan for stmt with these literals. UNSUPPORTED with the construct's name when there is
 * no way; SQL errors that only the planner can see. The mirror has not necessarily seen the statement
 * yet: a plan for a wrong statement is made, and the mirror's error ends it.
 */
STATUS plan_build(struct plan *p, const struct plan_context *ctx, const struct sql_stmt *stmt,
                  const struct literals *lits, struct diag *d);

/* Do the pins hold for these literals? */
bool plan_pins_hold(const struct plan *p, const struct literals *lits);

/* EXPLAIN ALLIUM: one "property\tvalue" line per row. */
void plan_explain(const struct plan *p, struct buf *out);
const char *plan_kind_name(enum plan_kind kind);
