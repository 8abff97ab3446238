/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots share structure: a catalog refers to database nodes, a node to tables; a builder clones
 * only the nodes that it writes to. The by-id, by-physical-name and foreign-key indexes are built
 * once, when a builder finishes.
 */
#include "rewriter/catalog/catalog.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"

struct db_node {
    int refs;
    struct cat_db pub;
    struct arena *arena; /* strings of pub */
    struct map tables;   /* name -> struct cat_table, each one reference */
};

struct fk_list {
    size_t n, cap;
    struct cat_fk_ref refs[];
};

struct catalog {
    int refs;
    uint64_t version;
    struct map dbs;     /* name -> struct db_node, each one reference */
    struct map by_id;   /* 8 bytes of id -> struct cat_table, borrowed */
    struct map by_phys; /* physical name -> struct cat_table, borrowed */
    struct map fk_refs; /* 8 bytes of the parent's id -> struct fk_list, owned */
};

struct catalog_builder {
    const struct catalog *base; /* borrowed */
    struct catalog *cat;
    bool failed;
};

static int
ref_inc(int *refs)
{
    return __atomic_add_fetch(refs, 1, __ATOMIC_RELAXED);
}

static int
ref_dec(int *refs)
{
    return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL);
}

static struct slice
id_key(const uint64_t *id)
{
    return slice_of(id, sizeof(*id));
}

/* ---- databases ---------------------------------------------------------------------------------- */

static void
node_unref(struct db_node *node)
{
    if (!node || ref_dec(&node->refs) > 0) {
        return;
    }
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&node->tables, &i));) {
        catalog_table_unref(e->value);
    }
    map_deinit(&node->tables);
    arena_free(node->arena);
    free(node);
}

/* A node of its own with the given description and, when `from` is not NULL, its tables. */
static struct db_node *
node_new(const struct cat_db *db, const struct db_node *from)
{
    struct db_node *node = calloc(1, sizeof(*node));
    struct arena *arena = node ? arena_create(0) : NULL;
    if (!arena) {
        free(node);
        return NULL;
    }
    node->refs = 1;
    node->arena = arena;
    map_init(&node->tables, false);
    node->pub = *db;
    node->pub.name = arena_dup(arena, db->name);
    node->pub.phys = arena_dup(arena, db->phys);
    node->pub.create_sql = arena_dup(arena, db->create_sql);
    bool ok = arena_ok(arena);
    struct map_entry *e;
    for (size_t i = 0; from && ok && (e = map_next(&from->tables, &i));) {
        const struct cat_table *t = e->value;
        ok = status_is_ok(map_put(&node->tables, t->name, (void *) t));
        if (ok) {
            catalog_table_ref(t);
        }
    }
    if (!ok) {
        node_unref(node);
        return NULL;
    }
    return node;
}

/* ---- snapshots ---------------------------------------------------------------------------------- */

struct catalog *
catalog_new_empty(void)
{
    struct catalog *cat = calloc(1, sizeof(*cat));
    if (cat) {
        cat->refs = 1;
        map_init(&cat->dbs, false);
        map_init(&cat->by_id, false);
        map_init(&cat->by_phys, false);
        map_init(&cat->fk_refs, false);
    }
    return cat;
}

struct catalog *
catalog_ref(struct catalog *cat)
{
    ref_inc(&cat->refs);
    return cat;
}

struct catalog *
catalog_unref(struct catalog *cat)
{
    if (!cat || ref_dec(&cat->refs) > 0) {
        return NULL;
    }
    struct map_entry *e;
    for (size_t i = 0; (e = map_next(&cat->fk_refs, &i));) {
        free(e->value);
    }
    for (size_t i = 0; (e = map_next(&cat->dbs, &i));) {
        node_unref(e->value);
    }
    map_deinit(&cat->fk_refs);
    map_deinit(&cat->by_phys);
    map_deinit(&cat->by_id);
    map_deinit(&cat->dbs);
    free(cat);
    return NULL;
}

uint64_t
catalog_version(const struct catalog *cat)
{
    return cat->version;
}

const struct cat_db *
catalog_find_db(const struct catalog *cat, struct slice db)
{
    const struct db_node *node = map_find(&cat->dbs, db);
    return node ? &node->pub : NULL;
}

const struct cat_table *
catalog_find_table(const struct catalog *cat, struct slice db, struct slice table)
{
    const struct db_node *node = map_find(&cat->dbs, db);
    return node ? map_find(&node->tables, table) : NULL;
}

const struct cat_table *
catalog_find_table_by_phys(const struct catalog *cat, struct slice phys)
{
    return map_find(&cat->by_phys, phys);
}

const struct cat_table *
catalog_find_table_by_id(const struct catalog *cat, uint64_t id)
{
    return map_find(&cat->by_id, id_key(&id));
}

int
catalog_find_column(const struct cat_table *t, struct slice name)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (slice_equal_ci(t->columns[i].name, name)) {
            return (int) i;
        }
    }
    return -1;
}

const struct cat_key *
catalog_find_key(const struct cat_table *t, struct slice name)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        if (slice_equal_ci(t->keys[i].name, name)) {
            return &t->keys[i];
        }
    }
    return NULL;
}

const struct cat_key *
catalog_find_key_by_phys(const struct cat_table *t, struct slice phys)
{
    for (size_t i = 0; i < t->n_keys && !slice_is_null(phys); i++) {
        const struct cat_key *key = &t->keys[i];
        if (slice_equal(key->phys_e, phys) || slice_equal(key->phys_o, phys) ||
            slice_equal(key->shadow_e, phys) || slice_equal(key->shadow_o, phys)) {
            return key;
        }
    }
    return NULL;
}

const struct cat_key *
catalog_primary_key(const struct cat_table *t)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        if (t->keys[i].primary) {
            return &t->keys[i];
        }
    }
    return NULL;
}

struct slice
catalog_token_column(const struct cat_column *c, uint32_t prefix)
{
    if (!prefix) {
        return c->phys_e;
    }
    for (size_t i = 0; i < c->n_prefixes; i++) {
        if (c->prefixes[i].chars == prefix) {
            return c->prefixes[i].phys;
        }
    }
    return SLICE_NULL;
}

const struct cat_fk_ref *
catalog_fk_refs(const struct catalog *cat, const struct cat_table *t, size_t *n)
{
    const struct fk_list *list = map_find(&cat->fk_refs, id_key(&t->id));
    *n = list ? list->n : 0;
    return list ? list->refs : NULL;
}

/* SHOW CREATE TABLE writes it on a line of its own, and no line break into quoted text. */
static struct slice
partition_clause(struct slice sql)
{
    const struct slice heads[] = {SLICE("\n PARTITION BY "), SLICE("\n/*!50100 PARTITION BY "),
                                  SLICE("\n/*!50500 PARTITION BY ")};
    for (size_t i = 0; i < sql.len; i++) {
        for (size_t k = 0; sql.data[i] == '\n' && k < sizeof heads / sizeof heads[0]; k++) {
            if (slice_starts_with(slice_from(sql, i), heads[k])) {
                return slice_from(sql, i + heads[k].len);
            }
        }
    }
    return SLICE_NULL;
}

enum cat_partitioning
catalog_partitioning(const struct cat_table *t)
{
    struct slice by = partition_clause(t->create_sql);
    if (by.data == NULL) {
        return CAT_PARTITIONS_NONE;
    }
    if (slice_starts_with(by, SLICE("LINEAR "))) {
        by = slice_from(by, sizeof "LINEAR " - 1);
    }
    return slice_starts_with(by, SLICE("HASH")) || slice_starts_with(by, SLICE("KEY"))
               ? CAT_PARTITIONS_ANY
               : CAT_PARTITIONS_SOME;
}

#define CASCADE_DEPTH_MAX 16

static bool
has_written_children(const struct catalog *cat, const struct cat_table *t, unsigned depth)
{
    size_t n;
    const struct cat_fk_ref *refs = catalog_fk_refs(cat, t, &n);
    for (size_t i = 0; i < n; i++) {
        if (refs[i].fk->proxy_on_delete || refs[i].fk->proxy_on_update) {
            return true;
        }
        if (refs[i].fk->on_delete == CAT_CASCADE && depth < CASCADE_DEPTH_MAX &&
            has_written_children(cat, refs[i].child, depth + 1)) {
            return true;
        }
    }
    return false;
}

bool
catalog_has_written_children(const struct catalog *cat, const struct cat_table *t)
{
    return has_written_children(cat, t, 0);
}

bool
catalog_is_referenced(const struct catalog *cat, const struct cat_table *t, size_t column)
{
    size_t n;
    const struct cat_fk_ref *refs = catalog_fk_refs(cat, t, &n);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < refs[i].fk->n_columns; k++) {
            if (slice_equal_ci(refs[i].fk->ref_columns[k], t->columns[column].name)) {
                return true;
            }
        }
    }
    return false;
}

const struct cat_db *
catalog_next_db(const struct catalog *cat, size_t *i)
{
    const struct map_entry *e = map_next(&cat->dbs, i);
    return e ? &((const struct db_node *) e->value)->pub : NULL;
}

const struct cat_table *
catalog_next_table(const struct catalog *cat, struct slice db, size_t *i)
{
    const struct db_node *node = map_find(&cat->dbs, db);
    const struct map_entry *e = node ? map_next(&node->tables, i) : NULL;
    return e ? e->value : NULL;
}

/* ---- builder ------------------------------------------------------------------------------------ */

struct catalog_builder *
catalog_builder_new(const struct catalog *base)
{
    struct catalog_builder *b = calloc(1, sizeof(*b));
    if (!b) {
        return NULL;
    }
    b->base = base;
    b->cat = catalog_new_empty();
    b->failed = !b->cat;
    struct map_entry *e;
    for (size_t i = 0; base && !b->failed && (e = map_next(&base->dbs, &i));) {
        struct db_node *node = e->value;
        if (status_is_ok(map_put(&b->cat->dbs, node->pub.name, node))) {
            ref_inc(&node->refs);
        } else {
            b->failed = true;
        }
    }
    return b;
}

void
catalog_builder_free(struct catalog_builder *b)
{
    if (b) {
        catalog_unref(b->cat);
        free(b);
    }
}

/* Puts a fresh node in the place of the one of that name. */
static struct db_node *
builder_replace(struct catalog_builder *b, const struct cat_db *db, struct db_node *old)
{
    struct db_node *node = node_new(db, old);
    if (!node || !status_is_ok(map_put(&b->cat->dbs, db->name, node))) {
        node_unref(node);
        b->failed = true;
        return NULL;
    }
    node_unref(old);
    return node;
}

/* A node that this builder may write to: nobody else refers to it. */
static struct db_node *
builder_writable(struct catalog_builder *b, struct slice db)
{
    struct db_node *node = b->failed ? NULL : map_find(&b->cat->dbs, db);
    if (!node || __atomic_load_n(&node->refs, __ATOMIC_ACQUIRE) == 1) {
        return node;
    }
    struct cat_db pub = node->pub;
    return builder_replace(b, &pub, node);
}

void
catalog_builder_put_db(struct catalog_builder *b, const struct cat_db *db)
{
    if (!b->failed) {
        builder_replace(b, db, map_find(&b->cat->dbs, db->name));
    }
}

void
catalog_builder_drop_db(struct catalog_builder *b, struct slice db)
{
    if (!b->failed) {
        node_unref(map_remove(&b->cat->dbs, db));
    }
}

/* Drops the table of that id from where the base snapshot had it, if it still stands there. */
static void
builder_drop_renamed(struct catalog_builder *b, const struct cat_table *t)
{
    const struct cat_table *old = b->base ? catalog_find_table_by_id(b->base, t->id) : NULL;
    if (!old || (slice_equal(old->db, t->db) && slice_equal(old->name, t->name))) {
        return;
    }
    const struct cat_table *now = catalog_find_table(b->cat, old->db, old->name);
    if (now && now->id == t->id) {
        catalog_builder_drop_table(b, old->db, old->name);
    }
}

void
catalog_builder_put_table(struct catalog_builder *b, const struct cat_table *t)
{
    if (b->failed) {
        return;
    }
    builder_drop_renamed(b, t);
    struct db_node *node = builder_writable(b, t->db);
    if (!node) {
        b->failed = true;
        return;
    }
    const struct cat_table *old = map_find(&node->tables, t->name);
    if (!status_is_ok(map_put(&node->tables, t->name, (void *) t))) {
        b->failed = true;
        return;
    }
    catalog_table_ref(t);
    catalog_table_unref(old);
}

void
catalog_builder_drop_table(struct catalog_builder *b, struct slice db, struct slice table)
{
    struct db_node *node = builder_writable(b, db);
    if (node) {
        catalog_table_unref(map_remove(&node->tables, table));
    }
}

static struct status
fk_refs_add(struct catalog *cat, const struct cat_table *parent, struct cat_fk_ref ref)
{
    struct fk_list *list = map_find(&cat->fk_refs, id_key(&parent->id));
    if (!list || list->n == list->cap) {
        size_t cap = list ? list->cap * 2 : 4;
        struct fk_list *grown = malloc(sizeof(*grown) + cap * sizeof(grown->refs[0]));
        if (!grown) {
            RAISE(NO_MEMORY);
        }
        grown->n = list ? list->n : 0;
        grown->cap = cap;
        mem_copy(grown->refs, list ? list->refs : NULL, grown->n * sizeof(grown->refs[0]));
        struct status s = map_put(&cat->fk_refs, id_key(&parent->id), grown);
        if (!status_is_ok(s)) {
            free(grown);
            return s;
        }
        free(list);
        list = grown;
    }
    list->refs[list->n++] = ref;
    return OK;
}

static struct status
index_table(struct catalog *cat, const struct cat_table *t)
{
    TRY(map_put(&cat->by_id, id_key(&t->id), (void *) t));
    if (!slice_is_null(t->phys)) {
        TRY(map_put(&cat->by_phys, t->phys, (void *) t));
    }
    for (size_t i = 0; i < t->n_fks; i++) {
        const struct cat_table *parent =
            catalog_find_table(cat, t->fks[i].ref_db, t->fks[i].ref_table);
        if (parent) { /* may be absent: foreign_key_checks=0 */
            TRY(fk_refs_add(cat, parent, (struct cat_fk_ref){t, &t->fks[i]}));
        }
    }
    return OK;
}

struct status
catalog_builder_finish(struct catalog_builder *b, uint64_t version, struct catalog **out)
{
    if (b->failed) {
        RAISE(NO_MEMORY);
    }
    struct catalog *cat = b->cat;
    struct map_entry *d, *e;
    for (size_t i = 0; (d = map_next(&cat->dbs, &i));) {
        const struct db_node *node = d->value;
        for (size_t j = 0; (e = map_next(&node->tables, &j));) {
            TRY(index_table(cat, e->value));
        }
    }
    cat->version = version;
    *out = STEAL(b->cat);
    b->failed = true; /* spent */
    return OK;
}
