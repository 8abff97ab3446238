/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/emit/cells.h"

#include "base/mem.h"
#include "crypto/rand.h"
#include "crypto/search.h"
#include "rewriter/types/ngram.h"
#include "rewriter/types/type_key.h"

struct status
cells_salt(uint8_t salt[CELLS_SALT_LEN])
{
    return rand_bytes(salt, CELLS_SALT_LEN);
}

static struct key_id
column_key(const struct cat_table *t, const struct cat_onion *o, enum onion onion)
{
    return (struct key_id){.db = t->db_id,
                           .tab = t->id,
                           .col = o->key,
                           .onion = onion,
                           .layer = o->layer,
                           .epoch = o->epoch};
}

/* chars 0: the whole value. Prefix tokens have keys of their own, so that they say nothing about
 * which whole value equals which prefix. */
static struct key_id
group_key(const struct cat_onion *o)
{
    return (struct key_id){
        .db = o->group, .col = o->chars, .onion = ONION_JOIN_GROUP, .epoch = o->epoch};
}

static struct status
encrypt_one(const struct cells_env *env, enum scheme_id scheme, const struct key_id *id,
            struct slice plain, struct slice tweak, struct slice *out)
{
    const struct cells in = {.n = 1, .data = &plain, .tweak = tweak.data ? &tweak : NULL};
    return keyring_encrypt(env->keyring, scheme, id, &in, env->arena, out);
}

static struct status
collation_of(const struct cells_env *env, const struct cat_column *c, const struct collation **out,
             struct diag *d)
{
    *out = NULL;
    if (c->type->family != TYPE_STRING) {
        return OK;
    }
    return env->collation(env->ctx, c->type->collation, out, d);
}

/* The key of a string that the weight table cannot give: the engine weighs it. */
static struct status
ask_weight(const struct cells_env *env, const struct cat_column *c, const struct collation *coll,
           struct slice value, struct buf *key, struct diag *d)
{
    if (env->weight == NULL || coll == NULL) {
        FAIL(d, UNSUPPORTED, "no equality token can be made for a value of column '%.*s'",
             SLICE_ARG(c->name));
    }
    CLEANUP(buf_deinit_cleanup) struct buf weights = BUF_INIT;
    TRY(env->weight(env->ctx, c->type->collation, value, &weights, d));
    collation_key_from_weights(coll, buf_slice(&weights), key);
    return buf_status(key);
}

static struct status
eq_input(const struct cells_env *env, const struct cat_column *c, struct slice value,
         struct buf *key, struct diag *d)
{
    const struct collation *coll;
    TRY(collation_of(env, c, &coll, d));
    enum type_key_result result;
    TRY(type_key_det(c->type, coll, value, key, &result));
    if (result == TYPE_KEY_ASK) {
        TRY(ask_weight(env, c, coll, value, key, d));
    }
    return OK;
}

/* ---- bare tokens and cells ---------------------------------------------------------------------- */

/* What one kind of onion is computed from. */
struct source {
    const struct cells_env *env;
    const struct cat_table *t;
    const struct cat_column *c;
    const struct cat_onion *onion;
    struct slice value, salt;
    struct diag *d;
};

static struct status
value_cell(const struct source *s, struct slice *out, bool *known)
{
    const struct key_id id = column_key(s->t, s->onion, ONION_DATA);
    return encrypt_one(s->env, SCHEME_RND, &id, s->value, s->salt, out);
}

static struct status
eq_cell(const struct source *s, struct slice *out, bool *known)
{
    const enum type_key_class class_ = type_key_class(s->c->type);
    const struct key_id id = group_key(s->onion);
    struct slice value = s->value;
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    if (s->onion->kind == CAT_ONION_PREFIX) {
        TRY(type_key_prefix(s->c->type, value, s->onion->chars, &value));
    }
    TRY(eq_input(s->env, s->c, value, &key, s->d));
    return encrypt_one(s->env, class_ == TYPE_KEY_INT128 ? SCHEME_DET : SCHEME_TAG, &id,
                       buf_slice(&key), SLICE_NULL, out);
}

static struct status
ord_cell(const struct source *s, struct slice *out, bool *known)
{
    const struct type_key_ord plan = type_key_ord_plan(s->c->type, TYPE_KEY_ORD_COMPACT, 0);
    const struct collation *coll;
    TRY(collation_of(s->env, s->c, &coll, s->d));
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    enum type_key_result result = TYPE_KEY_ASK;
    if (plan.scheme != TYPE_KEY_ORD_NONE) {
        TRY(type_key_ord(s->c->type, &plan, coll, s->value, &key, &result));
    }
    if (result != TYPE_KEY_OK) {
        FAIL(s->d, UNSUPPORTED, "no order token can be made for a value of column '%.*s'",
             SLICE_ARG(s->c->name));
    }
    const struct cat_onion bare = {.key = s->onion->key, .epoch = s->onion->epoch};
    const struct key_id id = column_key(s->t, &bare, ONION_ORD);
    return encrypt_one(s->env, plan.scheme == TYPE_KEY_ORD_CLWW ? SCHEME_CLWW : SCHEME_OPE, &id,
                       buf_slice(&key), SLICE_NULL, out);
}

static struct status
add_cell(const struct source *s, struct slice *out, bool *known)
{
    FAIL(s->d, UNSUPPORTED, "sums on the server of column '%.*s'", SLICE_ARG(s->c->name));
}

static struct status
search_cell(const struct source *s, struct slice *out, bool *known)
{
    const struct key_id id = column_key(s->t, s->onion, ONION_SEARCH);
    const struct collation *coll;
    CLEANUP(buf_deinit_cleanup) struct buf list = BUF_INIT;
    TRY(collation_of(s->env, s->c, &coll, s->d));
    TRY(ngram_list(s->c->type, coll, s->value, &list, known));
    const struct slice words = list.len ? buf_slice(&list) : SLICE("");
    return *known ? encrypt_one(s->env, SCHEME_SEARCH, &id, words, SLICE_NULL, out) : OK;
}

static struct status (*const cell_makers[])(const struct source *, struct slice *, bool *) = {
    [CAT_ONION_VALUE] = value_cell, [CAT_ONION_EQ] = eq_cell,         [CAT_ONION_ORD] = ord_cell,
    [CAT_ONION_ADD] = add_cell,     [CAT_ONION_SEARCH] = search_cell, [CAT_ONION_PREFIX] = eq_cell,
};

/* The RND layer over Eq, Ord and prefix tokens. */
static struct key_id
layer_key(const struct cat_table *t, const struct cat_onion *o)
{
    return column_key(t, o, o->kind == CAT_ONION_ORD ? ONION_ORD : ONION_EQ);
}

struct status
cells_onion(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
            const struct cat_onion *onion, struct slice value, struct slice salt, struct buf *out,
            bool *known, struct diag *d)
{
    const struct source source = {env, t, c, onion, value, salt, d};
    struct slice cell;
    *known = true;
    TRY(cell_makers[onion->kind](&source, &cell, known));
    if (!*known) {
        return OK;
    }
    if (onion->layer) {
        const struct key_id id = layer_key(t, onion);
        TRY(encrypt_one(env, SCHEME_WRAP, &id, cell, SLICE_NULL, &cell));
    }
    buf_append_slice(out, cell);
    return buf_status(out);
}

struct status
cells_strip_key(const struct cells_env *env, const struct cat_table *t,
                const struct cat_onion *onion, uint8_t out[32])
{
    const struct key_id id = layer_key(t, onion);
    return keyring_strip_key(env->keyring, SCHEME_WRAP, &id, out);
}

struct status
cells_open_layer(const struct cells_env *env, const struct cat_table *t,
                 const struct cat_onion *onion, struct slice cell, struct slice *out)
{
    const struct key_id id = layer_key(t, onion);
    const struct cells in = {.n = 1, .data = &cell};
    *out = cell;
    return onion->layer ? keyring_decrypt(env->keyring, SCHEME_WRAP, &id, &in, env->arena, out)
                        : OK;
}

/* ---- of literals -------------------------------------------------------------------------------- */

/* The live onion of that kind, without its layer; false when the column has none. */
static bool
bare_onion(const struct cat_column *c, enum cat_onion_kind kind, struct cat_onion *out)
{
    for (size_t i = 0; catalog_onion_next(c, &i, out) && !out->transition;) {
        if (out->kind == kind) {
            out->layer = 0;
            return true;
        }
    }
    return false;
}

struct status
cells_eq_token(const struct cells_env *env, const struct cat_column *c, struct slice value,
               struct buf *out, struct diag *d)
{
    struct cat_onion onion;
    bool known;
    if (!bare_onion(c, CAT_ONION_EQ, &onion)) {
        FAIL(d, UNSUPPORTED, "column '%.*s' has no equality token", SLICE_ARG(c->name));
    }
    return cells_onion(env, NULL, c, &onion, value, SLICE_NULL, out, &known, d);
}

struct status
cells_foreign_token(const struct cells_env *env, const struct cat_column *c,
                    const struct type *type, struct slice value, struct buf *out, struct diag *d)
{
    struct cat_column like = *c;
    like.type = type;
    return cells_eq_token(env, &like, value, out, d);
}

struct status
cells_prefix_token(const struct cells_env *env, const struct cat_column *c,
                   const struct cat_prefix *prefix, struct slice value, struct buf *out,
                   struct diag *d)
{
    const struct cat_onion onion = {.kind = CAT_ONION_PREFIX,
                                    .epoch = c->epoch_e,
                                    .group = c->join_group,
                                    .chars = prefix->chars};
    bool known;
    return cells_onion(env, NULL, c, &onion, value, SLICE_NULL, out, &known, d);
}

struct status
cells_ord_token(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
                struct slice value, struct buf *out, struct diag *d)
{
    struct cat_onion onion;
    bool known;
    if (!bare_onion(c, CAT_ONION_ORD, &onion)) {
        FAIL(d, UNSUPPORTED, "column '%.*s' has no order token", SLICE_ARG(c->name));
    }
    return cells_onion(env, t, c, &onion, value, SLICE_NULL, out, &known, d);
}

struct status
cells_trapdoors(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
                struct slice pattern, struct buf *out, struct diag *d)
{
    struct cat_onion onion;
    struct scheme_key *key;
    const struct collation *coll;
    bool whole;
    CLEANUP(buf_deinit_cleanup) struct buf list = BUF_INIT;
    if (!bare_onion(c, CAT_ONION_SEARCH, &onion)) {
        FAIL(d, UNSUPPORTED, "column '%.*s' has no search words", SLICE_ARG(c->name));
    }
    const struct key_id id = column_key(t, &onion, ONION_SEARCH);
    TRY(collation_of(env, c, &coll, d));
    TRY(ngram_list(c->type, coll, pattern, &list, &whole));
    TRY(keyring_scheme(env->keyring, SCHEME_SEARCH, &id, &key));
    for (struct slice rest = buf_slice(&list); rest.len;) {
        const size_t len = mem_be16(rest.data);
        uint8_t trapdoor[MATCH_TRAPDOOR_LEN];
        TRY(search_trapdoor(key, slice_sub(rest, 2, len), trapdoor));
        buf_append_slice(out, slice_of(trapdoor, sizeof trapdoor));
        rest = slice_from(rest, 2 + len);
    }
    return buf_status(out);
}

/* ---- rows --------------------------------------------------------------------------------------- */

/* Hexadecimal doubles the length: what is large goes as a string, so that any value fits into the
 * server's max_allowed_packet that would fit without us (but for a few percent). */
#define HEX_MAX (256u << 10)

static void
append_string(struct buf *sql, struct slice bytes)
{
    buf_append_str(sql, "_binary'");
    size_t done = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        const uint8_t c = bytes.data[i];
        if (c == 0 || c == '\'' || c == '\\') {
            buf_append_slice(sql, slice_sub(bytes, done, i - done));
            buf_append_u8(sql, '\\');
            buf_append_u8(sql, c ? c : '0');
            done = i + 1;
        }
    }
    buf_append_slice(sql, slice_from(bytes, done));
    buf_append_u8(sql, '\'');
}

static void
append_hex(struct buf *sql, struct slice bytes)
{
    if (bytes.len > HEX_MAX) {
        append_string(sql, bytes);
        return;
    }
    buf_append_str(sql, "X'");
    buf_append_hex(sql, bytes);
    buf_append_u8(sql, '\'');
}

/* What a column's cells are appended with: separator, then "name=" in an UPDATE. */
struct cell_sink {
    struct buf *sql;
    bool names;
    bool first;
};

static void
begin_cell(struct cell_sink *s, struct slice name)
{
    if (!s->first) {
        buf_append_u8(s->sql, ',');
    }
    s->first = false;
    if (s->names) {
        buf_append_slice(s->sql, name);
        buf_append_u8(s->sql, '=');
    }
}

static struct status
column_cells(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
             struct slice value, struct slice salt, struct cell_sink *s, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf cell = BUF_INIT;
    struct cat_onion onion;
    for (size_t i = 0; catalog_onion_next(c, &i, &onion);) {
        bool known = value.data != NULL;
        buf_clear(&cell);
        begin_cell(s, onion.phys);
        if (known) {
            TRY(cells_onion(env, t, c, &onion, value, salt, &cell, &known, d));
        }
        if (known) {
            append_hex(s->sql, buf_slice(&cell));
        } else {
            buf_append_str(s->sql, "NULL");
        }
    }
    return buf_status(s->sql);
}

void
cells_row_columns(const struct cat_table *t, struct buf *sql)
{
    struct cat_onion onion;
    buf_append_str(sql, CAT_SALT);
    for (size_t i = 0; i < t->n_columns; i++) {
        for (size_t k = 0; catalog_onion_next(&t->columns[i], &k, &onion);) {
            buf_append_u8(sql, ',');
            buf_append_slice(sql, onion.phys);
        }
    }
}

struct status
cells_row_values(const struct cells_env *env, const struct cat_table *t, const struct slice *values,
                 struct buf *sql, struct diag *d)
{
    uint8_t salt[CELLS_SALT_LEN];
    TRY(cells_salt(salt));
    buf_append_u8(sql, '(');
    append_hex(sql, slice_of(salt, sizeof salt));
    struct cell_sink sink = {.sql = sql};
    for (size_t i = 0; i < t->n_columns; i++) {
        TRY(column_cells(env, t, &t->columns[i], values[i], slice_of(salt, sizeof salt), &sink, d));
    }
    buf_append_u8(sql, ')');
    return buf_status(sql);
}

struct status
cells_set_column(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
                 struct slice value, struct slice salt, struct buf *sql, struct diag *d)
{
    struct cell_sink sink = {.sql = sql, .names = true, .first = true};
    return column_cells(env, t, c, value, salt, &sink, d);
}

struct status
cells_decode(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
             const struct slice *cells, const struct slice *salts, size_t n, struct slice *values,
             struct diag *d)
{
    const struct cat_onion onion = {.key = catalog_key_of(c), .epoch = c->epoch_v};
    const struct key_id id = column_key(t, &onion, ONION_DATA);
    const struct cells in = {.n = n, .data = cells, .tweak = salts};
    const struct status s = keyring_decrypt(env->keyring, SCHEME_RND, &id, &in, env->arena, values);
    if (!status_is_ok(s)) {
        diag_set(d, s.code, "stored data of column '%.*s' of table '%.*s.%.*s' cannot be decrypted",
                 SLICE_ARG(c->name), SLICE_ARG(t->db), SLICE_ARG(t->name));
        return s;
    }
    return OK;
}
