/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logical and physical schema as one immutable, refcounted snapshot. No I/O: proxy/store reads
 * and writes the sealed rows that these objects serialise to (catalog_serialize.h).
 *
 * Three levels, each immutable and refcounted on its own, so that a new snapshot shares everything
 * that did not change: struct catalog -> struct cat_db -> struct cat_table. A plan that keeps a
 * reference to a cat_table may use it for as long as it likes; whether it is still current is
 * `catalog_find_table(..)->version == table->version`.
 *
 * Names: databases, tables and views are compared bytewise (lower_case_table_names=0); columns,
 * keys and constraints with ASCII case folded. All slices are UTF-8 and live as long as their object.
 * Threads: everything here is read-only after it is published; refcounts are atomic; a builder
 * belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/catalog/policy.h"

struct type; /* rewriter/types/type.h */
struct catalog;
struct catalog_builder;

/* Hidden columns of every physical table. */
#define CAT_RID  "rid"
#define CAT_SALT "_s"

enum cat_default_kind {
    CAT_DEFAULT_NONE,     /* NOT NULL without DEFAULT: must be given (or the implicit default) */
    CAT_DEFAULT_NULL,     /* DEFAULT NULL, also implied */
    CAT_DEFAULT_CONSTANT, /* default_value holds the canonical value */
    CAT_DEFAULT_EXPR,     /* default_text is an expression (CURRENT_TIMESTAMP, (uuid()), ..): ask */
};

enum cat_generated {
    CAT_GENERATED_NO,
    CAT_GENERATED_VIRTUAL,
    CAT_GENERATED_STORED
};

/* A token of the first `chars` characters (bytes of a binary column), for a prefix key. */
struct cat_prefix {
    uint32_t chars;
    struct slice phys; /* c_<12hex>_p<chars>, BINARY(16) */
};

enum cat_onion_kind {
    CAT_ONION_VALUE, /* the value itself */
    CAT_ONION_EQ,
    CAT_ONION_ORD,
    CAT_ONION_ADD,
    CAT_ONION_SEARCH,
    CAT_ONION_PREFIX, /* equality of the first `chars` characters */
};

/*
 * One physical column of a logical one, as writers see it: what to compute and where to put it. A
 * column's onions are its own members below (read by planner and decoder) and its shadows: physical
 * columns that a transition fills or is about to drop. Writers write all of them; readers know no shadow.
 */
struct cat_onion {
    enum cat_onion_kind kind;
    uint8_t layer;  /* 0: bare token; 1: RND over it. Of VALUE, ADD and SEARCH always 0 */
    uint16_t epoch; /* of the master key; 0: the newest one */
    uint32_t key;   /* column part of the key's id: VALUE, ORD, ADD, SEARCH, and the RND layer */
    uint64_t group; /* EQ, PREFIX: join group */
    uint32_t chars; /* PREFIX */
    uint32_t width; /* VALUE: VARBINARY(width), 0: a BLOB; ORD: bytes of the bare token */
    struct slice phys;
    uint64_t transition; /* of a shadow: whose it is; else 0 */
};

struct cat_column {
    uint32_t id; /* never reused within its table; key derivation uses it */
    struct slice name;
    const struct type *type;
    struct slice type_text; /* COLUMN_TYPE, e.g. "int(10) unsigned"; `type` is parsed from it */
    bool nullable, autoinc, invisible;
    bool on_update_now; /* ON UPDATE CURRENT_TIMESTAMP */
    enum cat_generated
        generated; /* both kinds are stored physically, computed by the scratch engine */
    struct slice generated_expr;
    enum cat_default_kind default_kind;
    struct slice default_value; /* canonical bytes, CAT_DEFAULT_CONSTANT only */
    struct slice default_text;  /* as SHOW CREATE TABLE prints it; NULL slice without one */
    struct slice comment;

    /* physical; of a view's column all absent */
    struct slice phys_v; /* c_<12hex>_v: always */
    struct slice phys_e; /* c_<12hex>_e: NULL slice unless has_eq */
    struct slice phys_o; /* c_<12hex>_o: NULL slice unless has_ord */
    bool has_eq, has_ord;
    struct slice phys_a; /* c_<12hex>_a: sums (HOM); NULL slice unless has_add */
    struct slice phys_w; /* c_<12hex>_w: words (SEARCH); NULL slice unless has_search */
    bool has_add, has_search;
    uint8_t eq_layer, ord_layer; /* 0: bare token (DET, OPE); 1: RND over it */
    uint16_t epoch_v, epoch_e, epoch_o, epoch_a, epoch_w;
    uint32_t key;       /* in place of `id` in keys since the column's key was rotated; 0: never */
    uint32_t v_width;   /* phys_v is VARBINARY(v_width); 0: a BLOB type */
    uint16_t ord_width; /* phys_o is BINARY(ord_width) */
    uint64_t
        join_group; /* DET key of Eq and prefix tokens: columns with one number join. 0: no Eq */
    struct cat_prefix *prefixes;
    size_t n_prefixes;
    struct cat_onion *shadows;
    size_t n_shadows;
    struct policy policy; /* as recorded; policy.search says what phys_w holds */
};

struct cat_key_part {
    uint16_t column; /* index in table->columns; CAT_NO_COLUMN: a functional part (MySQL) */
    uint32_t prefix; /* characters (bytes of binary types); 0: whole column */
    bool desc;
};
#define CAT_NO_COLUMN UINT16_MAX

struct cat_key {
    uint32_t id;
    struct slice name; /* "PRIMARY" for the primary key */
    bool primary, unique, fulltext, spatial, functional;
    struct cat_key_part *parts;
    size_t n_parts;
    struct slice phys_e; /* index over the equality tokens of all parts; NULL slice: none */
    struct slice phys_o; /* index whose last part is the order token; NULL slice: none */
    /* The same over shadows: what a transition has made and will switch to, or is about to drop. */
    struct slice shadow_e, shadow_o;
};

enum cat_action {
    CAT_NO_ACTION,
    CAT_RESTRICT,
    CAT_CASCADE,
    CAT_SET_NULL,
    CAT_SET_DEFAULT
};

struct cat_fk {
    uint32_t id;
    struct slice name;
    uint16_t *columns; /* indexes in table->columns */
    struct slice *ref_columns;
    size_t n_columns;
    struct slice ref_db, ref_table;
    enum cat_action on_delete, on_update;
    struct slice phys;   /* constraint name in the server; NULL slice: not enforced there */
    struct slice shadow; /* the same over shadows, as in struct cat_key */
    /* The server's own action would change a token but not its value cell, so the proxy carries it
     * out in the same transaction: ON UPDATE CASCADE and SET NULL, ON DELETE SET NULL. */
    bool proxy_on_update, proxy_on_delete;
};

enum cat_kind {
    CAT_TABLE = 1,
    CAT_VIEW = 2
};

struct cat_table {
    uint64_t id;
    uint64_t
        db_id; /* of the database it was created in: keys are derived from it, RENAME keeps it */
    uint64_t version; /* the catalog version that wrote it */
    enum cat_kind kind;
    struct slice db, name;
    struct slice phys_db, phys; /* d_<16hex>, t_<16hex>; of a view absent */
    uint32_t phys_gen;          /* part of the name's derivation: a rebuilt table gets a new name */
    struct slice create_sql;    /* SHOW CREATE TABLE / VIEW of the mirror */
    struct slice engine, collation, comment;
    struct cat_column *columns;
    size_t n_columns;
    struct cat_key *keys;
    size_t n_keys;
    struct cat_fk *fks;
    size_t n_fks;
    int32_t autoinc; /* column index or -1; its sequence's id is the table's id */
    bool has_check, has_generated, has_on_update_now, has_trigger;
    uint32_t next_column_id, next_key_id;
    uint64_t
        switched; /* catalog version whose transition last changed what readers read; 0: none */
    struct arena *arena; /* private: owner of all of the above */
    int refs;            /* private */
};

struct cat_db {
    uint64_t id, version;
    struct slice name, phys; /* d_<16hex> */
    struct slice create_sql; /* SHOW CREATE DATABASE of the mirror */
};

/* One foreign key that references a table: what a change of the parent's key must look at. */
struct cat_fk_ref {
    const struct cat_table *child;
    const struct cat_fk *fk;
};

/* Snapshots. `catalog_new_empty` is version 0 with nothing in it; NULL when out of memory. */
struct catalog *catalog_new_empty(void);
struct catalog *catalog_ref(struct catalog *cat);
struct catalog *catalog_unref(struct catalog *cat); /* NULL is fine; returns NULL */
CLEANUP_DEFINE(struct catalog *, catalog_unref)
uint64_t catalog_version(const struct catalog *cat);

/* Borrowed for as long as the snapshot is referenced; NULL when absent. */
const struct cat_db *catalog_find_db(const struct catalog *cat, struct slice db);
const struct cat_table *catalog_find_table(const struct catalog *cat, struct slice db,
                                           struct slice table);
const struct cat_table *catalog_find_table_by_phys(const struct catalog *cat, struct slice phys);
const struct cat_table *catalog_find_table_by_id(const struct catalog *cat, uint64_t id);
/* Index of a column by name (case folded) or -1. */
int catalog_find_column(const struct cat_table *t, struct slice name);
const struct cat_key *catalog_find_key(const struct cat_table *t, struct slice name);
/* A key of the logical table by the physical index name in a server error; NULL when absent. */
const struct cat_key *catalog_find_key_by_phys(const struct cat_table *t, struct slice phys);
const struct cat_key *catalog_primary_key(const struct cat_table *t);
/* The onions of a column, shadows last: set *i = 0; false at the end. */
bool catalog_onion_next(const struct cat_column *c, size_t *i, struct cat_onion *out);
/* A live one; false when the column has none. */
bool catalog_onion_find(const struct cat_column *c, enum cat_onion_kind kind, uint32_t chars,
                        struct cat_onion *out);
/* On an unpublished table: makes it, or takes its place; takes it away. The column's key is that of its
 * VALUE, its join group that of its EQ or PREFIX. */
void catalog_onion_put(struct cat_table *t, struct cat_column *c, const struct cat_onion *onion);
void catalog_onion_remove(struct cat_column *c, enum cat_onion_kind kind, uint32_t chars);
/* The column part of its keys. */
static inline uint32_t
catalog_key_of(const struct cat_column *c)
{
    return c->key ? c->key : c->id;
}
/* The token column's name for (column, prefix); NULL slice when there is none. prefix 0: phys_e. */
struct slice catalog_token_column(const struct cat_column *c, uint32_t prefix);
/* Foreign keys of other tables (and of itself) that reference t; valid like t itself is. */
const struct cat_fk_ref *catalog_fk_refs(const struct catalog *cat, const struct cat_table *t,
                                         size_t *n);

/* Does a change of rows of t lead to child rows that the proxy must write (cat_fk.proxy_on_..), be it
 * through tables whose rows are deleted by cascade? */
bool catalog_has_written_children(const struct catalog *cat, const struct cat_table *t);
/* Is a column referenced by a foreign key (of t or another table)? */
bool catalog_is_referenced(const struct catalog *cat, const struct cat_table *t, size_t column);

/* PARTITION BY of the logical definition; the physical table has none. */
enum cat_partitioning {
    CAT_PARTITIONS_NONE,
    CAT_PARTITIONS_ANY,  /* HASH, KEY: every row has its partition */
    CAT_PARTITIONS_SOME, /* RANGE, LIST, ..: a row may have none */
};
enum cat_partitioning catalog_partitioning(const struct cat_table *t);

/* Iteration: set *i = 0; NULL at the end. Order is unspecified. */
const struct cat_db *catalog_next_db(const struct catalog *cat, size_t *i);
const struct cat_table *catalog_next_table(const struct catalog *cat, struct slice db, size_t *i);

/* Own references to one table, for plans that outlive their snapshot. */
const struct cat_table *catalog_table_ref(const struct cat_table *t);
void catalog_table_unref(const struct cat_table *t); /* NULL is fine */
/* An empty, unpublished table with its own arena and one reference; NULL when out of memory. */
struct cat_table *catalog_table_new(void);
/* A deep copy, unpublished. */
STATUS catalog_table_clone(const struct cat_table *t, struct cat_table **out);
static inline void
catalog_table_unref_cleanup(struct cat_table **t)
{
    catalog_table_unref(*t);
}

/* Copy on write: start from a snapshot (NULL: empty; borrowed until the builder is
 * freed), apply, finish. A failed builder stays failed and
 * `catalog_builder_finish` says so. */
struct catalog_builder *catalog_builder_new(const struct catalog *base);
void catalog_builder_free(struct catalog_builder *b);
CLEANUP_DEFINE(struct catalog_builder *, catalog_builder_free)
/* Adds or replaces by name; copies. */
void catalog_builder_put_db(struct catalog_builder *b, const struct cat_db *db);
/* Drops the database and all its tables; absent is fine. */
void catalog_builder_drop_db(struct catalog_builder *b, struct slice db);
/* Adds or replaces by (db, name) and takes one reference of its own. A table with the same id under
 * another name is dropped first: that is how a rename is said. */
void catalog_builder_put_table(struct catalog_builder *b, const struct cat_table *t);
void catalog_builder_drop_table(struct catalog_builder *b, struct slice db, struct slice table);
/* Publishes with the given version; resolves the foreign key references. */
STATUS catalog_builder_finish(struct catalog_builder *b, uint64_t version, struct catalog **out);
