/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/emit/cells.h"

#include "base/mem.h"
#include "crypto/rand.h"
#include "rewriter/types/type_key.h"

struct status
cells_salt(uint8_t salt[CELLS_SALT_LEN])
{
    return rand_bytes(salt, CELLS_SALT_LEN);
}

static struct key_id
value_key(const struct cat_table *t, const struct cat_column *c)
{
    return (struct key_id){
        .db = t->db_id, .tab = t->id, .col = c->id, .onion = ONION_DATA, .epoch = c->epoch_v};
}

static struct key_id
ord_key(const struct cat_table *t, const struct cat_column *c)
{
    return (struct key_id){
        .db = t->db_id, .tab = t->id, .col = c->id, .onion = ONION_ORD, .epoch = c->epoch_o};
}

/* prefix 0: the whole value. Prefix tokens have keys of their own, so that they say nothing about
 * which whole value equals which prefix. */
static struct key_id
eq_key(const struct cat_column *c, uint32_t prefix)
{
    return (struct key_id){
        .db = c->join_group, .col = prefix, .onion = ONION_JOIN_GROUP, .epoch = c->epoch_e};
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

static struct status
eq_token(const struct cells_env *env, const struct cat_column *c, uint32_t prefix,
         struct slice value, struct buf *out, struct diag *d)
{
    const enum type_key_class class_ = type_key_class(c->type);
    if (!c->has_eq && prefix == 0) {
        FAIL(d, UNSUPPORTED, "column '%.*s' has no equality token", SLICE_ARG(c->name));
    }
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    TRY(eq_input(env, c, value, &key, d));
    const struct key_id id = eq_key(c, prefix);
    struct slice token;
    TRY(encrypt_one(env, class_ == TYPE_KEY_INT128 ? SCHEME_DET : SCHEME_TAG, &id, buf_slice(&key),
                    SLICE_NULL, &token));
    buf_append_slice(out, token);
    return buf_status(out);
}

struct status
cells_eq_token(const struct cells_env *env, const struct cat_column *c, struct slice value,
               struct buf *out, struct diag *d)
{
    return eq_token(env, c, 0, value, out, d);
}

struct status
cells_prefix_token(const struct cells_env *env, const struct cat_column *c,
                   const struct cat_prefix *prefix, struct slice value, struct buf *out,
                   struct diag *d)
{
    struct slice head;
    TRY(type_key_prefix(c->type, value, prefix->chars, &head));
    return eq_token(env, c, prefix->chars, head, out, d);
}

struct status
cells_ord_token(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
                struct slice value, struct buf *out, struct diag *d)
{
    const struct type_key_ord plan = type_key_ord_plan(c->type, TYPE_KEY_ORD_COMPACT, 0);
    if (!c->has_ord || plan.scheme == TYPE_KEY_ORD_NONE) {
        FAIL(d, UNSUPPORTED, "column '%.*s' has no order token", SLICE_ARG(c->name));
    }
    const struct collation *coll;
    TRY(collation_of(env, c, &coll, d));
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    enum type_key_result result;
    TRY(type_key_ord(c->type, &plan, coll, value, &key, &result));
    if (result != TYPE_KEY_OK) {
        FAIL(d, UNSUPPORTED, "no order token can be made for a value of column '%.*s'",
             SLICE_ARG(c->name));
    }
    const struct key_id id = ord_key(t, c);
    struct slice token;
    TRY(encrypt_one(env, plan.scheme == TYPE_KEY_ORD_CLWW ? SCHEME_CLWW : SCHEME_OPE, &id,
                    buf_slice(&key), SLICE_NULL, &token));
    buf_append_slice(out, token);
    return buf_status(out);
}

static void
append_hex(struct buf *sql, struct slice bytes)
{
    buf_append_str(sql, "X'");
    buf_append_hex(sql, bytes);
    buf_append_u8(sql, '\'');
}

static struct status
value_cell(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
           struct slice value, struct slice salt, struct buf *sql)
{
    const struct key_id id = value_key(t, c);
    struct slice cell;
    TRY(encrypt_one(env, SCHEME_RND, &id, value, salt, &cell));
    append_hex(sql, cell);
    return OK;
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
token_cell(struct cell_sink *s, struct buf *token)
{
    append_hex(s->sql, buf_slice(token));
    buf_clear(token);
    return OK;
}

static struct status
column_nulls(const struct cat_column *c, struct cell_sink *s)
{
    begin_cell(s, c->phys_v);
    buf_append_str(s->sql, "NULL");
    if (c->has_eq) {
        begin_cell(s, c->phys_e);
        buf_append_str(s->sql, "NULL");
    }
    if (c->has_ord) {
        begin_cell(s, c->phys_o);
        buf_append_str(s->sql, "NULL");
    }
    for (size_t i = 0; i < c->n_prefixes; i++) {
        begin_cell(s, c->prefixes[i].phys);
        buf_append_str(s->sql, "NULL");
    }
    return OK;
}

static struct status
column_cells(const struct cells_env *env, const struct cat_table *t, const struct cat_column *c,
             struct slice value, struct slice salt, struct cell_sink *s, struct diag *d)
{
    if (value.data == NULL) {
        return column_nulls(c, s);
    }
    CLEANUP(buf_deinit_cleanup) struct buf token = BUF_INIT;
    begin_cell(s, c->phys_v);
    TRY(value_cell(env, t, c, value, salt, s->sql));
    if (c->has_eq) {
        TRY(cells_eq_token(env, c, value, &token, d));
        begin_cell(s, c->phys_e);
        TRY(token_cell(s, &token));
    }
    if (c->has_ord) {
        TRY(cells_ord_token(env, t, c, value, &token, d));
        begin_cell(s, c->phys_o);
        TRY(token_cell(s, &token));
    }
    for (size_t i = 0; i < c->n_prefixes; i++) {
        TRY(cells_prefix_token(env, c, &c->prefixes[i], value, &token, d));
        begin_cell(s, c->prefixes[i].phys);
        TRY(token_cell(s, &token));
    }
    return buf_status(s->sql);
}

void
cells_row_columns(const struct cat_table *t, struct buf *sql)
{
    buf_append_str(sql, CAT_SALT);
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct cat_column *c = &t->columns[i];
        buf_append_u8(sql, ',');
        buf_append_slice(sql, c->phys_v);
        if (c->has_eq) {
            buf_append_u8(sql, ',');
            buf_append_slice(sql, c->phys_e);
        }
        if (c->has_ord) {
            buf_append_u8(sql, ',');
            buf_append_slice(sql, c->phys_o);
        }
        for (size_t k = 0; k < c->n_prefixes; k++) {
            buf_append_u8(sql, ',');
            buf_append_slice(sql, c->prefixes[k].phys);
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
    const struct key_id id = value_key(t, c);
    const struct cells in = {.n = n, .data = cells, .tweak = salts};
    const struct status s = keyring_decrypt(env->keyring, SCHEME_RND, &id, &in, env->arena, values);
    if (!status_is_ok(s)) {
        diag_set(d, s.code, "stored data of column '%.*s' of table '%.*s.%.*s' cannot be decrypted",
                 SLICE_ARG(c->name), SLICE_ARG(t->db), SLICE_ARG(t->name));
        return s;
    }
    return OK;
}
