/* SPDX-License-Identifier: Apache-2.0 */
/* Life of one table description: its arena owns everything, a clone shares nothing. */
#include "base/mem.h"
#include "rewriter/catalog/catalog.h"
#include "rewriter/types/type.h"

struct cat_table *
catalog_table_new(void)
{
    struct arena *arena = arena_create(0);
    if (!arena) {
        return NULL;
    }
    struct cat_table *t = arena_new(arena, struct cat_table);
    if (!arena_ok(arena)) {
        arena_free(arena);
        return NULL;
    }
    t->arena = arena;
    t->refs = 1;
    t->autoinc = -1;
    return t;
}

const struct cat_table *
catalog_table_ref(const struct cat_table *t)
{
    __atomic_add_fetch(&((struct cat_table *) t)->refs, 1, __ATOMIC_RELAXED);
    return t;
}

void
catalog_table_unref(const struct cat_table *t)
{
    if (t && __atomic_sub_fetch(&((struct cat_table *) t)->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        arena_free(t->arena); /* t lives in it */
    }
}

/* Copies an array of n elements; NULL for an empty one. */
static void *
dup_array(struct arena *a, const void *from, size_t n, size_t size)
{
    void *to = n ? arena_array_(a, n, size) : NULL;
    if (to) {
        mem_copy(to, from, n * size);
    }
    return to;
}

static struct slice *
dup_slices(struct arena *a, const struct slice *from, size_t n)
{
    struct slice *to = dup_array(a, from, n, sizeof(*to));
    for (size_t i = 0; to && i < n; i++) {
        to[i] = arena_dup(a, from[i]);
    }
    return to;
}

static void
dup_into(struct arena *a, struct slice *s)
{
    *s = arena_dup(a, *s);
}

static void
clone_column(struct arena *a, struct cat_column *c)
{
    struct type *type = arena_new(a, struct type);
    *type = *c->type;
    type->elements = dup_slices(a, c->type->elements, c->type->n_elements);
    type->element_bytes =
        dup_slices(a, c->type->element_bytes, c->type->element_bytes ? c->type->n_elements : 0);
    c->type = type;
    struct slice *const texts[] = {&c->name,          &c->type_text,    &c->generated_expr,
                                   &c->default_value, &c->default_text, &c->comment,
                                   &c->phys_v,        &c->phys_e,       &c->phys_o,
                                   &c->phys_a,        &c->phys_w};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        dup_into(a, texts[i]);
    }
    c->prefixes = dup_array(a, c->prefixes, c->n_prefixes, sizeof(*c->prefixes));
    for (size_t i = 0; c->prefixes && i < c->n_prefixes; i++) {
        dup_into(a, &c->prefixes[i].phys);
    }
    c->shadows = dup_array(a, c->shadows, c->n_shadows, sizeof(*c->shadows));
    for (size_t i = 0; c->shadows && i < c->n_shadows; i++) {
        dup_into(a, &c->shadows[i].phys);
    }
}

static void
clone_key(struct arena *a, struct cat_key *key)
{
    dup_into(a, &key->name);
    dup_into(a, &key->phys_e);
    dup_into(a, &key->phys_o);
    dup_into(a, &key->shadow_e);
    dup_into(a, &key->shadow_o);
    key->parts = dup_array(a, key->parts, key->n_parts, sizeof(*key->parts));
}

static void
clone_fk(struct arena *a, struct cat_fk *fk)
{
    dup_into(a, &fk->name);
    dup_into(a, &fk->ref_db);
    dup_into(a, &fk->ref_table);
    dup_into(a, &fk->phys);
    dup_into(a, &fk->shadow);
    fk->columns = dup_array(a, fk->columns, fk->n_columns, sizeof(*fk->columns));
    fk->ref_columns = dup_slices(a, fk->ref_columns, fk->n_columns);
}

struct status
catalog_table_clone(const struct cat_table *t, struct cat_table **out)
{
    struct cat_table *copy = catalog_table_new();
    if (!copy) {
        RAISE(NO_MEMORY);
    }
    struct arena *a = copy->arena;
    *copy = *t;
    copy->arena = a;
    copy->refs = 1;
    struct slice *const texts[] = {&copy->db,        &copy->name,       &copy->phys_db,
                                   &copy->phys,      &copy->create_sql, &copy->engine,
                                   &copy->collation, &copy->comment};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        dup_into(a, texts[i]);
    }
    copy->columns = dup_array(a, t->columns, t->n_columns, sizeof(*t->columns));
    copy->keys = dup_array(a, t->keys, t->n_keys, sizeof(*t->keys));
    copy->fks = dup_array(a, t->fks, t->n_fks, sizeof(*t->fks));
    for (size_t i = 0; copy->columns && i < t->n_columns; i++) {
        clone_column(a, &copy->columns[i]);
    }
    for (size_t i = 0; copy->keys && i < t->n_keys; i++) {
        clone_key(a, &copy->keys[i]);
    }
    for (size_t i = 0; copy->fks && i < t->n_fks; i++) {
        clone_fk(a, &copy->fks[i]);
    }
    const struct status s = arena_status(a);
    if (!status_is_ok(s)) {
        catalog_table_unref(copy);
        return s;
    }
    *out = copy;
    return OK;
}

/* ---- onions ------------------------------------------------------------------------------------- */

static void
live_onion(const struct cat_column *c, enum cat_onion_kind kind, struct cat_onion *out)
{
    *out = (struct cat_onion){.kind = kind, .key = catalog_key_of(c)};
    switch (kind) {
    case CAT_ONION_VALUE:
        out->epoch = c->epoch_v;
        out->width = c->v_width;
        out->phys = c->phys_v;
        break;
    case CAT_ONION_EQ:
        out->layer = c->eq_layer;
        out->epoch = c->epoch_e;
        out->group = c->join_group;
        out->phys = c->has_eq ? c->phys_e : SLICE_NULL;
        break;
    case CAT_ONION_ORD:
        out->layer = c->ord_layer;
        out->epoch = c->epoch_o;
        out->width = c->ord_width;
        out->phys = c->has_ord ? c->phys_o : SLICE_NULL;
        break;
    case CAT_ONION_ADD:
        out->epoch = c->epoch_a;
        out->phys = c->has_add ? c->phys_a : SLICE_NULL;
        break;
    case CAT_ONION_SEARCH:
        out->epoch = c->epoch_w;
        out->phys = c->has_search ? c->phys_w : SLICE_NULL;
        break;
    case CAT_ONION_PREFIX:
        break;
    }
}

bool
catalog_onion_next(const struct cat_column *c, size_t *i, struct cat_onion *out)
{
    while (*i < CAT_ONION_PREFIX) {
        live_onion(c, (enum cat_onion_kind)(*i)++, out);
        if (!slice_is_null(out->phys)) {
            return true;
        }
    }
    const size_t at = (*i)++ - CAT_ONION_PREFIX;
    if (at < c->n_prefixes) {
        *out = (struct cat_onion){.kind = CAT_ONION_PREFIX,
                                  .epoch = c->epoch_e,
                                  .group = c->join_group,
                                  .chars = c->prefixes[at].chars,
                                  .phys = c->prefixes[at].phys};
        return true;
    }
    if (at - c->n_prefixes < c->n_shadows) {
        *out = c->shadows[at - c->n_prefixes];
        return true;
    }
    return false;
}

bool
catalog_onion_find(const struct cat_column *c, enum cat_onion_kind kind, uint32_t chars,
                   struct cat_onion *out)
{
    for (size_t i = 0; catalog_onion_next(c, &i, out) && !out->transition;) {
        if (out->kind == kind && out->chars == chars) {
            return true;
        }
    }
    return false;
}

static void
put_prefix(struct cat_table *t, struct cat_column *c, const struct cat_onion *onion)
{
    size_t at = 0;
    while (at < c->n_prefixes && c->prefixes[at].chars < onion->chars) {
        at++;
    }
    if (at == c->n_prefixes || c->prefixes[at].chars != onion->chars) {
        struct cat_prefix *grown = arena_array(t->arena, struct cat_prefix, c->n_prefixes + 1);
        if (!grown) {
            return; /* the arena remembers */
        }
        mem_copy(grown, c->prefixes, at * sizeof(*grown));
        mem_copy(grown + at + 1, c->prefixes + at, (c->n_prefixes - at) * sizeof(*grown));
        c->prefixes = grown;
        c->n_prefixes++;
    }
    c->prefixes[at] = (struct cat_prefix){onion->chars, onion->phys};
}

void
catalog_onion_put(struct cat_table *t, struct cat_column *c, const struct cat_onion *onion)
{
    switch (onion->kind) {
    case CAT_ONION_VALUE:
        c->epoch_v = onion->epoch;
        c->v_width = onion->width;
        c->phys_v = onion->phys;
        c->key = onion->key == c->id ? 0 : onion->key;
        break;
    case CAT_ONION_EQ:
        c->has_eq = true;
        c->eq_layer = onion->layer;
        c->epoch_e = onion->epoch;
        c->join_group = onion->group;
        c->phys_e = onion->phys;
        break;
    case CAT_ONION_ORD:
        c->has_ord = true;
        c->ord_layer = onion->layer;
        c->epoch_o = onion->epoch;
        c->ord_width = (uint16_t) onion->width;
        c->phys_o = onion->phys;
        break;
    case CAT_ONION_ADD:
        c->has_add = true;
        c->epoch_a = onion->epoch;
        c->phys_a = onion->phys;
        break;
    case CAT_ONION_SEARCH:
        c->has_search = true;
        c->epoch_w = onion->epoch;
        c->phys_w = onion->phys;
        break;
    case CAT_ONION_PREFIX:
        c->epoch_e = onion->epoch;
        c->join_group = onion->group;
        put_prefix(t, c, onion);
        break;
    }
}

void
catalog_onion_remove(struct cat_column *c, enum cat_onion_kind kind, uint32_t chars)
{
    switch (kind) {
    case CAT_ONION_VALUE:
        break; /* every column has one */
    case CAT_ONION_EQ:
        c->has_eq = false;
        c->phys_e = SLICE_NULL;
        break;
    case CAT_ONION_ORD:
        c->has_ord = false;
        c->phys_o = SLICE_NULL;
        break;
    case CAT_ONION_ADD:
        c->has_add = false;
        c->phys_a = SLICE_NULL;
        break;
    case CAT_ONION_SEARCH:
        c->has_search = false;
        c->phys_w = SLICE_NULL;
        break;
    case CAT_ONION_PREFIX:
        for (size_t i = 0; i < c->n_prefixes; i++) {
            if (c->prefixes[i].chars == chars) {
                mem_move(&c->prefixes[i], &c->prefixes[i + 1],
                         (c->n_prefixes - i - 1) * sizeof(*c->prefixes));
                c->n_prefixes--;
                return;
            }
        }
    }
}
