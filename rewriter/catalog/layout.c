/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order of work in layout_assign: identities (what of the old version is this?), needs (which onions
 * do the keys ask for), groups (who joins with whom), names (for what has none yet).
 */
#include "rewriter/catalog/layout.h"

#include "base/buf.h"
#include "base/mem.h"
#include "rewriter/catalog/physical.h"
#include "rewriter/types/ngram.h"
#include "rewriter/types/type.h"
#include "rewriter/types/type_key.h"

enum name_kind {
    NAME_DB = 1,
    NAME_TABLE,
    NAME_COLUMN,
    NAME_INDEX,
    NAME_INDEX_ORD,
    NAME_FK
};

/* prefix + hex of the first n bytes of the PRF. */
static struct status
derive_name(struct keyring *k, struct arena *a, const char *prefix, size_t n,
            const struct key_id *id, struct slice *out)
{
    uint8_t bytes[8];
    TRY(keyring_derive(k, KEYRING_NAMES, id, bytes, n));
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    buf_append_str(&b, prefix);
    buf_append_hex(&b, slice_of(bytes, n));
    TRY(buf_status(&b));
    *out = arena_dup(a, buf_slice(&b));
    return arena_status(a);
}

struct status
layout_name_db(struct keyring *k, struct arena *a, struct cat_db *db)
{
    const struct key_id id = {.db = db->id, .onion = NAME_DB};
    return derive_name(k, a, "d_", 8, &id, &db->phys);
}

static struct status
name_table(struct keyring *k, struct cat_table *t)
{
    const struct key_id id = {.tab = t->id, .col = t->phys_gen, .onion = NAME_TABLE};
    return derive_name(k, t->arena, "t_", 8, &id, &t->phys);
}

struct status
layout_rename(struct keyring *k, struct cat_table *t)
{
    t->phys_gen++;
    return name_table(k, t);
}

struct status
layout_name_fk(struct keyring *k, struct cat_table *t, size_t at)
{
    /* The generation is part of it: constraint names are unique in a database, and a table that is
     * being rebuilt stands beside its old self. */
    const struct key_id id = {
        .db = t->phys_gen, .tab = t->id, .col = t->fks[at].id, .onion = NAME_FK};
    return derive_name(k, t->arena, "f_", 8, &id, &t->fks[at].phys);
}

struct status
layout_rebuild(struct keyring *k, struct cat_table *t)
{
    TRY(layout_rename(k, t));
    for (size_t i = 0; i < t->n_fks; i++) {
        if (!slice_is_null(t->fks[i].phys)) {
            TRY(layout_name_fk(k, t, i));
        }
    }
    return OK;
}

static struct slice
suffixed(struct arena *a, struct slice base, const char *suffix)
{
    return arena_printf(a, "%.*s%s", SLICE_ARG(base), suffix);
}

/* ---- identities --------------------------------------------------------------------------------- */

static const struct cat_column *
old_column(const struct layout_input *in, struct slice name)
{
    if (!in->old) {
        return NULL;
    }
    for (size_t i = 0; i < in->n_renames; i++) {
        if (slice_equal_ci(in->renames[i].to, name)) {
            const int at = catalog_find_column(in->old, in->renames[i].from);
            return at < 0 ? NULL : &in->old->columns[at];
        }
    }
    for (size_t i = 0; i < in->n_renames; i++) {
        if (slice_equal_ci(in->renames[i].from, name)) {
            return NULL; /* the old one of this name is called otherwise now */
        }
    }
    const int at = catalog_find_column(in->old, name);
    return at < 0 ? NULL : &in->old->columns[at];
}

static bool
same_type(const struct cat_column *a, const struct cat_column *b)
{
    return slice_equal(a->type_text, b->type_text) && a->type->collation == b->type->collation;
}

static void
inherit_column(struct arena *a, struct cat_column *c, const struct cat_column *old)
{
    c->id = old->id;
    c->key = old->key;
    c->phys_v = arena_dup(a, old->phys_v);
    c->epoch_v = old->epoch_v;
    c->join_group = old->join_group;
    if (!same_type(c, old)) {
        return; /* rewritten anyway: onions and widths are chosen anew */
    }
    c->v_width = old->v_width;
    c->has_eq = old->has_eq;
    c->phys_e = arena_dup(a, old->phys_e);
    c->eq_layer = old->eq_layer;
    c->epoch_e = old->epoch_e;
    c->has_ord = old->has_ord;
    c->phys_o = arena_dup(a, old->phys_o);
    c->ord_width = old->ord_width;
    c->ord_layer = old->ord_layer;
    c->epoch_o = old->epoch_o;
    c->has_add = old->has_add;
    c->phys_a = arena_dup(a, old->phys_a);
    c->epoch_a = old->epoch_a;
    c->has_search = old->has_search;
    c->phys_w = arena_dup(a, old->phys_w);
    c->epoch_w = old->epoch_w;
    c->n_prefixes = old->n_prefixes;
    c->prefixes = arena_array(a, struct cat_prefix, old->n_prefixes);
    for (size_t i = 0; c->prefixes && i < old->n_prefixes; i++) {
        c->prefixes[i].chars = old->prefixes[i].chars;
        c->prefixes[i].phys = arena_dup(a, old->prefixes[i].phys);
    }
    c->n_shadows = old->n_shadows;
    c->shadows = arena_array(a, struct cat_onion, old->n_shadows);
    for (size_t i = 0; c->shadows && i < old->n_shadows; i++) {
        c->shadows[i] = old->shadows[i];
        c->shadows[i].phys = arena_dup(a, old->shadows[i].phys);
    }
}

/* A column keeps the policy that it was made with; only what its comment newly says changes it. */
static struct status
assign_policy(const struct layout_input *in, const struct cat_table *t, struct cat_column *c,
              const struct cat_column *old, struct diag *d)
{
    if (!old) {
        return policy_resolve(in->rules, t->db, t->name, c->name, c->comment, &c->policy, d);
    }
    c->policy = old->policy;
    const struct slice said = policy_of_comment(c->comment);
    if (slice_is_null(said) || slice_equal(said, policy_of_comment(old->comment))) {
        return OK;
    }
    struct policy next = {0};
    TRY(policy_parse(said, &next, d));
    return policy_follow(&c->policy, &next, c->name, d);
}

static uint32_t
value_width(const struct cat_column *c)
{
    switch (c->type->family) {
    case TYPE_STRING:
    case TYPE_BINARY:
        return c->type->is_blob && c->type->byte_len > 255 ? 0 : c->type->byte_len;
    case TYPE_JSON:
    case TYPE_GEOMETRY:
        return 0;
    case TYPE_DECIMAL:
        return 72;
    default:
        return 24; /* fixed-width canonical values, generously */
    }
}

static struct status
assign_columns(struct layout_input *in, struct cat_table *t, struct diag *d)
{
    uint64_t budget = PHYSICAL_ROW_BUDGET;
    for (size_t i = 0; i < t->n_columns; i++) {
        struct cat_column *c = &t->columns[i];
        const struct cat_column *old = old_column(in, c->name);
        bool widths = !old || !same_type(c, old);
        TRY(assign_policy(in, t, c, old, d));
        if (old) {
            inherit_column(t->arena, c, old);
        } else {
            c->id = t->next_column_id++;
            const struct key_id id = {.tab = t->id, .col = c->id, .onion = NAME_COLUMN};
            struct slice base;
            TRY(derive_name(in->keyring, t->arena, "c_", 6, &id, &base));
            c->phys_v = suffixed(t->arena, base, "_v");
            c->epoch_v = in->epoch;
        }
        const uint32_t width = value_width(c);
        if (widths && (width || !c->type->is_blob) && width + PHYSICAL_CELL_OVERHEAD <= budget &&
            c->type->family != TYPE_JSON && c->type->family != TYPE_GEOMETRY) {
            c->v_width = width + PHYSICAL_CELL_OVERHEAD;
        }
        budget -= c->v_width <= budget ? c->v_width : budget;
    }
    return arena_status(t->arena);
}

static bool
same_parts(const struct cat_table *ta, const struct cat_key *a, const struct cat_table *tb,
           const struct cat_key *b)
{
    if (a->n_parts != b->n_parts || a->unique != b->unique || a->fulltext != b->fulltext ||
        a->spatial != b->spatial || a->functional != b->functional) {
        return false;
    }
    for (size_t i = 0; i < a->n_parts; i++) {
        const struct cat_key_part *x = &a->parts[i], *y = &b->parts[i];
        if (x->column == CAT_NO_COLUMN || y->column == CAT_NO_COLUMN ||
            ta->columns[x->column].id != tb->columns[y->column].id || x->prefix != y->prefix) {
            return false;
        }
    }
    return true;
}

static bool
key_id_taken(const struct cat_table *t, size_t n, uint32_t id)
{
    for (size_t i = 0; i < n; i++) {
        if (t->keys[i].id == id) {
            return true;
        }
    }
    return false;
}

/* A key keeps its id (and index) when its definition is the same, whatever its name. */
static uint32_t
inherited_key_id(const struct layout_input *in, const struct cat_table *t, size_t at)
{
    for (size_t i = 0; in->old && i < in->old->n_keys; i++) {
        const struct cat_key *old = &in->old->keys[i];
        if (same_parts(t, &t->keys[at], in->old, old) && !key_id_taken(t, at, old->id)) {
            return old->id;
        }
    }
    return 0;
}

/* Transitions rename indexes: the names of before go on. */
static struct status
inherit_index(const struct layout_input *in, struct cat_table *t, struct cat_key *key)
{
    for (size_t i = 0; in->old && i < in->old->n_keys; i++) {
        const struct cat_key *old = &in->old->keys[i];
        if (old->id == key->id) {
            key->phys_e = arena_dup(t->arena, old->phys_e);
            key->phys_o = arena_dup(t->arena, old->phys_o);
            key->shadow_e = arena_dup(t->arena, old->shadow_e);
            key->shadow_o = arena_dup(t->arena, old->shadow_o);
        }
    }
    return arena_status(t->arena);
}

struct status
layout_shadow_index(struct keyring *k, struct cat_table *t, size_t at, bool ordered,
                    struct slice *out)
{
    const struct key_id id = {
        .tab = t->id, .col = t->next_key_id++, .onion = ordered ? NAME_INDEX_ORD : NAME_INDEX};
    return derive_name(k, t->arena, "i_", 6, &id, out);
}

struct status
layout_shadow_fk(struct keyring *k, struct cat_table *t, struct slice *out)
{
    const struct key_id id = {
        .db = t->phys_gen, .tab = t->id, .col = t->next_key_id++, .onion = NAME_FK};
    return derive_name(k, t->arena, "f_", 8, &id, out);
}

/* ---- needs -------------------------------------------------------------------------------------- */

static struct slice
column_base(const struct cat_column *c)
{
    size_t n = c->phys_v.len;
    while (n && c->phys_v.data[n - 1] != '_') {
        n--;
    }
    return slice_sub(c->phys_v, 0, n - 1);
}

static const char onion_letters[] = {
    [CAT_ONION_VALUE] = 'v', [CAT_ONION_EQ] = 'e',     [CAT_ONION_ORD] = 'o',
    [CAT_ONION_ADD] = 'a',   [CAT_ONION_SEARCH] = 'w', [CAT_ONION_PREFIX] = 'p'};

struct slice
layout_shadow_name(struct cat_table *t, const struct cat_column *c, enum cat_onion_kind kind)
{
    return arena_printf(t->arena, "%.*s_%c_%x", SLICE_ARG(column_base(c)), onion_letters[kind],
                        t->next_column_id++);
}

/* The first physical column of an onion; the name may belong to a shadow by now. */
static struct slice
onion_name(struct cat_table *t, const struct cat_column *c, enum cat_onion_kind kind)
{
    return c->n_shadows
               ? layout_shadow_name(t, c, kind)
               : arena_printf(t->arena, "%.*s_%c", SLICE_ARG(column_base(c)), onion_letters[kind]);
}

static struct status
need_prefix(struct layout_input *in, struct cat_table *t, struct cat_column *c, uint32_t chars)
{
    size_t at = 0;
    while (at < c->n_prefixes && c->prefixes[at].chars < chars) {
        at++;
    }
    if (at < c->n_prefixes && c->prefixes[at].chars == chars) {
        return OK;
    }
    struct cat_prefix *grown = arena_array(t->arena, struct cat_prefix, c->n_prefixes + 1);
    TRY(arena_status(t->arena));
    mem_copy(grown, c->prefixes, at * sizeof(*grown));
    mem_copy(grown + at + 1, c->prefixes + at, (c->n_prefixes - at) * sizeof(*grown));
    grown[at].chars = chars;
    grown[at].phys = arena_printf(t->arena, "%.*s_p%u", SLICE_ARG(column_base(c)), chars);
    if (!c->has_eq && !c->n_prefixes) {
        c->epoch_e = in->epoch;
    }
    c->prefixes = grown;
    c->n_prefixes++;
    return arena_status(t->arena);
}

static void
need_eq(struct layout_input *in, struct cat_table *t, struct cat_column *c, uint8_t layer)
{
    if (!c->has_eq) {
        c->has_eq = true;
        c->epoch_e = c->n_prefixes ? c->epoch_e : in->epoch;
        c->eq_layer = layer;
        c->phys_e = onion_name(t, c, CAT_ONION_EQ);
    }
    c->eq_layer = layer < c->eq_layer ? layer : c->eq_layer;
}

static bool
auto_ordered(const struct type *type)
{
    switch (type->family) {
    case TYPE_INT:
    case TYPE_YEAR:
    case TYPE_DECIMAL:
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_DATETIME:
    case TYPE_TIMESTAMP:
        return true;
    default:
        return false;
    }
}

uint16_t
layout_ord_width(const struct type *type)
{
    const struct type_key_ord ord = type_key_ord_plan(type, TYPE_KEY_ORD_COMPACT, 0);
    if (!auto_ordered(type)) {
        return 0;
    }
    switch (ord.scheme) {
    case TYPE_KEY_ORD_NONE:
        return 0;
    case TYPE_KEY_ORD_OPE32:
        return 8;
    case TYPE_KEY_ORD_OPE64:
        return 16;
    case TYPE_KEY_ORD_CLWW:
        return (uint16_t) (8u * ord.bytes);
    }
    return 0;
}

static bool
need_ord(struct layout_input *in, struct cat_table *t, struct cat_column *c, uint8_t layer)
{
    if (!c->has_ord) {
        c->ord_width = layout_ord_width(c->type);
        if (!c->ord_width) {
            return false;
        }
        c->has_ord = true;
        c->ord_layer = layer;
        c->epoch_o = in->epoch;
        c->phys_o = onion_name(t, c, CAT_ONION_ORD);
    }
    c->ord_layer = layer < c->ord_layer ? layer : c->ord_layer;
    return c->ord_layer == 0;
}

static void
need_search(struct layout_input *in, struct cat_table *t, struct cat_column *c)
{
    if (!c->has_search && ngram_is_possible(c->type)) {
        c->has_search = true;
        c->epoch_w = in->epoch;
        c->phys_w = onion_name(t, c, CAT_ONION_SEARCH);
    }
}

/* A floor that was raised takes away what the column had; keys come later and ask for what they need. */
static void
obey_floor(struct cat_column *c)
{
    if (c->policy.floor > POLICY_FLOOR_OPE && c->has_ord && c->ord_layer == 0) {
        c->has_ord = false;
        c->phys_o = SLICE_NULL;
    }
    if (c->policy.floor > POLICY_FLOOR_DET && c->has_eq && c->eq_layer == 0) {
        c->has_eq = false;
        c->phys_e = SLICE_NULL;
    }
    if (c->policy.floor > POLICY_FLOOR_DET) {
        c->n_prefixes = 0;
    }
    if (c->has_search && (c->policy.floor == POLICY_FLOOR_RND || !c->policy.search)) {
        c->has_search = false;
        c->phys_w = SLICE_NULL;
    }
}

/* What policy alone gives a column. */
static void
assign_onions(struct layout_input *in, struct cat_table *t, struct cat_column *c)
{
    obey_floor(c);
    if (c->policy.onions == POLICY_EAGER && c->policy.floor < POLICY_FLOOR_RND &&
        type_key_class(c->type) != TYPE_KEY_NONE) {
        need_eq(in, t, c, 1);
        if (c->policy.floor == POLICY_FLOOR_OPE) {
            need_ord(in, t, c, 1);
        }
    }
    if (c->policy.search && c->policy.floor < POLICY_FLOOR_RND) {
        need_search(in, t, c);
    }
}

/* Can the server hold this key on tokens at all? */
static bool
is_token_key(const struct cat_table *t, const struct cat_key *key)
{
    if (key->fulltext || key->spatial || key->functional) {
        return false;
    }
    for (size_t i = 0; i < key->n_parts; i++) {
        if (type_key_class(t->columns[key->parts[i].column].type) == TYPE_KEY_NONE) {
            return false;
        }
    }
    return true;
}

/* Why the floor forbids the key, as the name of a column; NULL when it does not. */
static const struct cat_column *
forbidden_by(const struct cat_table *t, const struct cat_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        if (t->columns[key->parts[i].column].policy.floor == POLICY_FLOOR_RND) {
            return &t->columns[key->parts[i].column];
        }
    }
    return NULL;
}

static struct status
assign_key_parts(struct layout_input *in, struct cat_table *t, const struct cat_key *key)
{
    for (size_t i = 0; i < key->n_parts; i++) {
        struct cat_column *c = &t->columns[key->parts[i].column];
        if (key->parts[i].prefix) {
            TRY(need_prefix(in, t, c, key->parts[i].prefix));
        } else {
            need_eq(in, t, c, 0);
        }
    }
    return OK;
}

/* The index that ends in an order token. */
static bool
wants_order(struct layout_input *in, struct cat_table *t, const struct cat_key *key)
{
    const struct cat_key_part *last = &key->parts[key->n_parts - 1];
    struct cat_column *c = &t->columns[last->column];
    return !last->prefix && t->n_keys <= 30 && c->policy.onions != POLICY_LAZY &&
           c->policy.floor == POLICY_FLOOR_OPE && need_ord(in, t, c, 0);
}

static struct status
assign_key(struct layout_input *in, struct cat_table *t, size_t at, struct diag *d)
{
    struct cat_key *key = &t->keys[at];
    key->id = inherited_key_id(in, t, at);
    if (!key->id) {
        key->id = t->next_key_id++;
    }
    if (!is_token_key(t, key)) {
        if (key->unique) {
            FAIL(d, UNSUPPORTED, "unique key '%.*s': a column's type has no equality token",
                 SLICE_ARG(key->name));
        }
        return OK;
    }
    const struct cat_column *forbidden = forbidden_by(t, key);
    if (forbidden) {
        if (key->unique) {
            FAIL(d, POLICY, "unique key '%.*s': policy of column '%.*s' (floor=rnd) forbids tokens",
                 SLICE_ARG(key->name), SLICE_ARG(forbidden->name));
        }
        return OK;
    }
    TRY(assign_key_parts(in, t, key));
    struct key_id id = {.tab = t->id, .col = key->id, .onion = NAME_INDEX};
    TRY(inherit_index(in, t, key));
    if (slice_is_null(key->phys_e)) {
        TRY(derive_name(in->keyring, t->arena, "i_", 6, &id, &key->phys_e));
    }
    if (!wants_order(in, t, key)) {
        key->phys_o = SLICE_NULL;
    } else if (slice_is_null(key->phys_o)) {
        id.onion = NAME_INDEX_ORD;
        TRY(derive_name(in->keyring, t->arena, "i_", 6, &id, &key->phys_o));
    }
    return arena_status(t->arena);
}

/* ---- groups ------------------------------------------------------------------------------------- */

static bool
fk_waits_for(const struct cat_fk *fk, struct slice db, struct slice table)
{
    return slice_equal(fk->ref_db, db) && slice_equal(fk->ref_table, table);
}

/* The group of some column in the catalog that references db.table.column, or 0. */
static uint64_t
group_of_children(const struct catalog *cat, struct slice db, struct slice table,
                  struct slice column)
{
    const struct cat_db *cdb;
    const struct cat_table *t;
    for (size_t i = 0; (cdb = catalog_next_db(cat, &i));) {
        for (size_t j = 0; (t = catalog_next_table(cat, cdb->name, &j));) {
            for (size_t f = 0; f < t->n_fks; f++) {
                const struct cat_fk *fk = &t->fks[f];
                for (size_t c = 0; fk_waits_for(fk, db, table) && c < fk->n_columns; c++) {
                    if (slice_equal_ci(fk->ref_columns[c], column)) {
                        return t->columns[fk->columns[c]].join_group;
                    }
                }
            }
        }
    }
    return 0;
}

static struct status
move_group(struct layout_input *in, struct cat_column *c, uint64_t to, struct diag *d)
{
    const uint64_t from = c->join_group;
    if (!to || from == to) {
        return OK;
    }
    c->join_group = to;
    if (from) {
        if (in->n_merges == LAYOUT_MERGES_MAX) {
            FAIL(d, UNSUPPORTED, "too many join groups meet in one statement");
        }
        in->merges[in->n_merges++] = (struct layout_merge){from, to};
    }
    return OK;
}

static struct status
own_groups(struct layout_input *in, struct cat_table *t, struct diag *d)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct cat_column *c = &t->columns[i];
        if ((c->has_eq || c->n_prefixes) && !c->join_group) {
            c->join_group = group_of_children(in->cat, t->db, t->name, c->name);
        }
        if ((c->has_eq || c->n_prefixes) && !c->join_group) {
            TRY(in->new_id(in->ctx, &c->join_group, d));
        }
    }
    return OK;
}

static struct status
fk_group(struct layout_input *in, struct cat_table *t, const struct cat_fk *fk, size_t at,
         struct diag *d)
{
    const bool self = fk_waits_for(fk, t->db, t->name);
    const struct cat_table *parent =
        self ? t : catalog_find_table(in->cat, fk->ref_db, fk->ref_table);
    struct cat_column *c = &t->columns[fk->columns[at]];
    if (!c->has_eq && c->policy.floor == POLICY_FLOOR_RND) {
        FAIL(d, POLICY, "foreign key '%.*s': policy of column '%.*s' (floor=rnd) forbids tokens",
             SLICE_ARG(fk->name), SLICE_ARG(c->name));
    }
    if (!c->has_eq) {
        FAIL(d, UNSUPPORTED, "foreign key '%.*s': column '%.*s' has no equality token",
             SLICE_ARG(fk->name), SLICE_ARG(c->name));
    }
    if (!parent) {
        return move_group(
            in, c, group_of_children(in->cat, fk->ref_db, fk->ref_table, fk->ref_columns[at]), d);
    }
    const int ref = catalog_find_column(parent, fk->ref_columns[at]);
    return ref < 0 ? OK : move_group(in, c, parent->columns[ref].join_group, d);
}

static struct status
assign_fk(struct layout_input *in, struct cat_table *t, size_t at, struct diag *d)
{
    struct cat_fk *fk = &t->fks[at];
    for (size_t i = 0; in->old && i < in->old->n_fks; i++) {
        if (slice_equal_ci(in->old->fks[i].name, fk->name)) {
            fk->id = in->old->fks[i].id;
            fk->phys = arena_dup(t->arena, in->old->fks[i].phys);
        }
    }
    if (!fk->id) {
        fk->id = t->next_key_id++;
    }
    for (size_t i = 0; i < fk->n_columns; i++) {
        TRY(fk_group(in, t, fk, i, d));
    }
    fk->proxy_on_update = fk->on_update == CAT_CASCADE || fk->on_update == CAT_SET_NULL;
    fk->proxy_on_delete = fk->on_delete == CAT_SET_NULL;
    const bool has_parent =
        fk_waits_for(fk, t->db, t->name) || catalog_find_table(in->cat, fk->ref_db, fk->ref_table);
    if (!has_parent) {
        fk->phys = SLICE_NULL;
    } else if (slice_is_null(fk->phys)) {
        TRY(layout_name_fk(in->keyring, t, at));
    }
    return OK;
}

struct status
layout_assign(struct layout_input *in, struct cat_table *t, struct diag *d)
{
    in->n_merges = 0;
    if (in->old) {
        t->id = in->old->id;
        t->db_id = in->old->db_id;
        t->phys_gen = in->old->phys_gen;
        t->phys = arena_dup(t->arena, in->old->phys);
        t->next_column_id = in->old->next_column_id;
        t->next_key_id = in->old->next_key_id;
    } else {
        TRY(in->new_id(in->ctx, &t->id, d));
        t->db_id = in->db->id;
        t->phys_gen = 0;
        t->next_column_id = t->next_key_id = 1;
    }
    if (t->kind == CAT_VIEW) {
        return arena_status(t->arena);
    }
    if (!in->old) {
        TRY(name_table(in->keyring, t));
    }
    t->phys_db = arena_dup(t->arena, in->db->phys);
    in->epoch = master_newest(keyring_master(in->keyring));
    TRY(assign_columns(in, t, d));
    for (size_t i = 0; i < t->n_columns; i++) {
        assign_onions(in, t, &t->columns[i]);
    }
    for (size_t i = 0; i < t->n_keys; i++) {
        TRY(assign_key(in, t, i, d));
    }
    TRY(own_groups(in, t, d));
    for (size_t i = 0; i < t->n_fks; i++) {
        TRY(assign_fk(in, t, i, d));
    }
    return arena_status(t->arena);
}
