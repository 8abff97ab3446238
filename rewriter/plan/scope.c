/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two walks. The first collects blocks and tables, keeping the stack of blocks and of visible CTE
 * names; the second attributes columns, when every block's tables are known (a column may stand before
 * its FROM clause).
 */
#include "rewriter/plan/scope.h"

#include <stdlib.h>

#include "base/mem.h"

#define DEPTH_MAX 200

struct cte_name {
    struct slice name;
    const struct sql_cte *cte;
    struct cte_name *outer;
};

struct builder {
    struct arena *a;
    const struct catalog *cat;
    const struct scope_session *session;
    struct scope *s;
    size_t table_cap, block_cap;
    uint32_t block;
    struct cte_name *ctes;
    bool null_supplied, target;
    unsigned depth;
    bool too_deep;
};

static void collect(struct builder *b, struct sql_node *n);

static void *
grown(struct builder *b, void *old, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return old;
    }
    const size_t more = *cap ? *cap * 2 : 8;
    void *p = arena_array_(b->a, more, size);
    if (p == NULL) {
        return old;
    }
    mem_copy(p, old, n * size);
    *cap = more;
    return p;
}

static uint32_t
push_block(struct builder *b, const struct sql_node *node)
{
    struct scope *s = b->s;
    s->blocks = grown(b, s->blocks, s->n_blocks, &b->block_cap, sizeof *s->blocks);
    if (s->n_blocks == b->block_cap) {
        return b->block;
    }
    s->blocks[s->n_blocks] = (struct scope_block){.parent = b->block, .node = node};
    const uint32_t outer = b->block;
    b->block = (uint32_t) s->n_blocks++;
    return outer;
}

static struct scope_table *
push_table(struct builder *b, const struct sql_node *node, enum scope_kind kind)
{
    struct scope *s = b->s;
    s->tables = grown(b, s->tables, s->n_tables, &b->table_cap, sizeof *s->tables);
    if (s->n_tables == b->table_cap) {
        return NULL;
    }
    struct scope_table *t = &s->tables[s->n_tables++];
    *t = (struct scope_table){.kind = kind,
                              .node = node,
                              .block = b->block,
                              .null_supplied = b->null_supplied,
                              .target = b->target};
    if (kind != SCOPE_BASE && b->block != SCOPE_NO_BLOCK) {
        s->blocks[b->block].opaque = true;
    }
    return t;
}

static bool
is_system_db(struct slice db)
{
    static const char *const names[] = {"information_schema", "performance_schema", "mysql", "sys"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal_str_ci(db, names[i])) {
            return true;
        }
    }
    return false;
}

static const struct sql_cte *
find_cte(const struct builder *b, struct slice name)
{
    for (const struct cte_name *c = b->ctes; c; c = c->outer) {
        if (b->session->cte_case ? slice_equal(c->name, name) : slice_equal_ci(c->name, name)) {
            return c->cte;
        }
    }
    return NULL;
}

static enum scope_kind
classify(struct builder *b, const struct sql_table *t, struct slice db,
         const struct cat_table **table)
{
    *table = NULL;
    if (t->db.data == NULL && find_cte(b, t->name)) {
        return SCOPE_CTE;
    }
    if (db.data == NULL) {
        return SCOPE_UNKNOWN;
    }
    if (is_system_db(db)) {
        return SCOPE_SYSTEM;
    }
    if (b->session->is_temp && b->session->is_temp(b->session->ctx, db, t->name)) {
        return SCOPE_TEMP;
    }
    *table = catalog_find_table(b->cat, db, t->name);
    if (*table == NULL) {
        return SCOPE_UNKNOWN;
    }
    return (*table)->kind == CAT_VIEW ? SCOPE_VIEW : SCOPE_BASE;
}

static void
collect_table(struct builder *b, const struct sql_table *t)
{
    if (slice_equal_str_ci(t->name, "dual") && t->db.data == NULL) {
        return;
    }
    const struct slice db = t->db.data ? t->db : b->session->db;
    const struct cat_table *table;
    const enum scope_kind kind = classify(b, t, db, &table);
    struct scope_table *st = push_table(b, &t->node, kind);
    if (st) {
        st->db = db;
        st->name = t->name;
        st->alias = t->alias.data ? t->alias : t->name;
        st->table = table;
        if (kind == SCOPE_CTE) {
            const struct sql_cte *cte = find_cte(b, t->name);
            st->query = cte->query;
            st->names = &cte->columns;
        }
    }
}

static void
collect_derived(struct builder *b, const struct sql_derived *d)
{
    struct scope_table *st = push_table(b, &d->node, SCOPE_DERIVED);
    if (st) {
        st->alias = d->alias;
        st->query = d->query;
        st->names = &d->columns;
    }
    collect(b, d->query);
}

static void
collect_list(struct builder *b, const struct sql_list *list)
{
    SQL_FOR_EACH(n, list)
    {
        collect(b, n);
    }
}

static void
collect_join(struct builder *b, const struct sql_join *j)
{
    const bool outer = b->null_supplied;
    b->null_supplied = outer || j->join == SQL_JOIN_RIGHT;
    collect(b, j->left);
    b->null_supplied = outer || j->join == SQL_JOIN_LEFT;
    collect(b, j->right);
    b->null_supplied = outer;
    if (j->on) {
        collect(b, j->on);
    }
    if ((j->natural || j->using.count) && b->block != SCOPE_NO_BLOCK) {
        b->s->blocks[b->block].natural = true;
        b->s->has_natural |= j->natural;
    }
}

static void
collect_with(struct builder *b, const struct sql_with *with)
{
    SQL_FOR_EACH(n, &with->ctes)
    {
        const struct sql_cte *cte = sql_as_cte(n);
        struct cte_name *name = arena_new(b->a, struct cte_name);
        *name = (struct cte_name){cte->name, cte, b->ctes};
        if (with->recursive) {
            b->ctes = name; /* visible in its own body */
            collect(b, cte->query);
        } else {
            collect(b, cte->query);
            b->ctes = name;
        }
    }
}

static enum sql_visit
collect_child(void *ctx, struct sql_node *n)
{
    collect(ctx, n);
    return SQL_CONTINUE;
}

/* A node that opens a block: its children are inside. */
static void
collect_block(struct builder *b, struct sql_node *n)
{
    const bool null_supplied = b->null_supplied;
    b->null_supplied = false;
    const uint32_t outer = push_block(b, n);
    b->s->column_blocks[n->id] = b->block;
    sql_walk_children(n, collect_child, b);
    b->block = outer;
    b->null_supplied = null_supplied;
}

static void
collect_query(struct builder *b, struct sql_node *n)
{
    struct sql_query *q = sql_as_query(n);
    struct cte_name *outer = b->ctes;
    if (q->with) {
        collect_with(b, sql_as_with(q->with));
    }
    collect(b, q->body);
    /* ORDER BY and LIMIT of a plain select belong to its block */
    const uint32_t block = b->block;
    if (q->body->kind == SQL_SELECT && b->s->n_blocks) {
        b->block = b->s->column_blocks[q->body->id];
    }
    collect_list(b, &q->order);
    if (q->limit) {
        collect(b, q->limit);
    }
    if (q->into) {
        collect(b, q->into);
    }
    b->block = block;
    b->ctes = outer;
}

static void
collect_insert(struct builder *b, struct sql_node *n)
{
    struct sql_insert *ins = sql_as_insert(n);
    struct cte_name *outer_ctes = b->ctes;
    const uint32_t outer = push_block(b, n);
    if (ins->with) {
        collect_with(b, sql_as_with(ins->with));
    }
    b->target = true;
    collect(b, ins->table);
    b->target = false;
    collect_list(b, &ins->columns);
    collect_list(b, &ins->rows);
    if (ins->query) {
        collect(b, ins->query);
    }
    collect_list(b, &ins->on_duplicate);
    collect_list(b, &ins->returning);
    b->block = outer;
    b->ctes = outer_ctes;
}

static void
collect(struct builder *b, struct sql_node *n)
{
    if (n == NULL || b->depth > DEPTH_MAX) {
        b->too_deep |= n != NULL;
        return;
    }
    b->depth++;
    b->s->column_blocks[n->id] = b->block;
    switch (n->kind) {
    case SQL_TABLE:
        collect_table(b, sql_as_table(n));
        break;
    case SQL_JOIN:
        collect_join(b, sql_as_join(n));
        break;
    case SQL_QUERY:
        collect_query(b, n);
        break;
    case SQL_SELECT:
    case SQL_UPDATE:
        collect_block(b, n);
        break;
    case SQL_INSERT:
        collect_insert(b, n);
        break;
    case SQL_DERIVED:
        collect_derived(b, sql_as_derived(n));
        break;
    case SQL_JSON_TABLE:
    case SQL_TABLE_FUNCTION: {
        struct scope_table *st = push_table(b, n, SCOPE_DERIVED);
        if (st) {
            st->alias = n->kind == SQL_JSON_TABLE ? sql_as_json_table(n)->alias
                                                  : sql_as_table_function(n)->alias;
        }
        sql_walk_children(n, collect_child, b);
        break;
    }
    case SQL_LOAD_DATA: {
        struct sql_load_data *load = sql_as_load_data(n);
        const uint32_t outer = push_block(b, n);
        b->target = true;
        collect(b, load->table);
        b->target = false;
        collect_list(b, &load->columns);
        collect_list(b, &load->set);
        b->block = outer;
        break;
    }
    case SQL_DELETE: {
        /* its target list repeats names of FROM: not table references of their own */
        struct sql_delete *del = sql_as_delete(n);
        const uint32_t outer = push_block(b, n);
        if (del->with) {
            collect_with(b, sql_as_with(del->with));
        }
        collect_list(b, &del->from);
        collect(b, del->where);
        collect_list(b, &del->order);
        collect_list(b, &del->returning);
        b->block = outer;
        break;
    }
    case SQL_LOCK: /* OF t names aliases */
        break;
    case SQL_CREATE_TABLE: /* only its query reads rows */
        collect(b, sql_as_create_table(n)->query);
        break;
    case SQL_CREATE_VIEW:
        break;
    default:
        sql_walk_children(n, collect_child, b);
        break;
    }
    b->depth--;
}

/* ---- columns ---- */

bool
scope_table_matches(const struct scope_table *t, const struct sql_column *c)
{
    if (c->table.data == NULL) {
        return true;
    }
    return slice_equal(t->alias, c->table) && (c->db.data == NULL || slice_equal(t->db, c->db));
}

/* 1: found in this block; 0: not here, look outside; -1: undecided. */
static int
find_in_block(const struct scope *s, uint32_t block, const struct sql_column *c,
              struct scope_column *out)
{
    int found = 0;
    bool foreign = false;
    for (size_t i = 0; i < s->n_tables; i++) {
        const struct scope_table *t = &s->tables[i];
        if (t->block != block || !scope_table_matches(t, c)) {
            continue;
        }
        if (t->kind != SCOPE_BASE) {
            foreign = true;
            continue;
        }
        const int column = catalog_find_column(t->table, c->name);
        if (column >= 0) {
            found++;
            *out = (struct scope_column){t, column};
        }
    }
    if (found == 1) { /* a merged column of NATURAL or USING would be found in two tables */
        return s->blocks[block].natural && c->table.data == NULL && foreign ? -1 : 1;
    }
    return found || foreign ? -1 : 0;
}

struct attribution {
    struct scope *s;
};

static enum sql_visit
attribute(void *ctx, struct sql_node *n)
{
    struct scope *s = ((struct attribution *) ctx)->s;
    if (n->kind != SQL_COLUMN) {
        return SQL_CONTINUE;
    }
    struct scope_column found = {NULL, -1};
    uint32_t block = s->column_blocks[n->id];
    while (block != SCOPE_NO_BLOCK) {
        const int r = find_in_block(s, block, sql_as_column(n), &found);
        if (r != 0) {
            s->columns[n->id] = r > 0 ? found : (struct scope_column){NULL, -1};
            break;
        }
        block = s->blocks[block].parent;
    }
    return SQL_CONTINUE;
}

struct status
scope_build(struct arena *a, const struct catalog *cat, const struct scope_session *session,
            const struct sql_stmt *stmt, struct scope **out, struct diag *d)
{
    struct scope *s = arena_new(a, struct scope);
    s->n_nodes = stmt->n_nodes;
    s->columns = arena_array(a, struct scope_column, stmt->n_nodes + 1);
    s->column_blocks = arena_array(a, uint32_t, stmt->n_nodes + 1);
    TRY(arena_status(a));
    for (uint32_t i = 0; i <= stmt->n_nodes; i++) {
        s->column_blocks[i] = SCOPE_NO_BLOCK;
    }
    struct builder b = {.a = a, .cat = cat, .session = session, .s = s, .block = SCOPE_NO_BLOCK};
    collect(&b, stmt->root);
    if (b.too_deep) {
        FAIL(d, TOO_COMPLEX, "the statement is nested too deeply");
    }
    TRY(arena_status(a));
    struct attribution at = {s};
    sql_walk(stmt->root, attribute, &at);
    *out = s;
    return arena_status(a);
}

struct scope_column
scope_resolve(const struct scope *s, const struct sql_node *column)
{
    if (column->id >= s->n_nodes || !sql_is_kind(column, SQL_COLUMN)) {
        return (struct scope_column){NULL, -1};
    }
    return s->columns[column->id];
}

size_t
scope_count(const struct scope *s, unsigned kinds)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_tables; i++) {
        n += (kinds >> s->tables[i].kind) & 1;
    }
    return n;
}
