/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table per struct says which JSON member is which field; writer and reader walk the same table,
 * so they cannot disagree. Absent members are zero, false or a NULL slice.
 */
#include "rewriter/catalog/catalog_json.h"

#include <jansson.h>

#include "rewriter/types/type.h"

enum field_kind {
    FIELD_TEXT,
    FIELD_BYTES,
    FIELD_BOOL,
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_I32,
    FIELD_ENUM
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

#define F(type, member, kind)                                \
    {                                                        \
#        member, FIELD_##kind, offsetof(struct type, member) \
    }

static const struct field db_fields[] = {F(cat_db, id, U64),
                                         F(cat_db, name, TEXT),
                                         F(cat_db, phys, TEXT),
                                         F(cat_db, create_sql, TEXT),
                                         {0}};

static const struct field table_fields[] = {F(cat_table, id, U64),
                                            F(cat_table, db_id, U64),
                                            F(cat_table, kind, ENUM),
                                            F(cat_table, db, TEXT),
                                            F(cat_table, name, TEXT),
                                            F(cat_table, phys_db, TEXT),
                                            F(cat_table, phys, TEXT),
                                            F(cat_table, phys_gen, U32),
                                            F(cat_table, create_sql, TEXT),
                                            F(cat_table, engine, TEXT),
                                            F(cat_table, collation, TEXT),
                                            F(cat_table, comment, TEXT),
                                            F(cat_table, autoinc, I32),
                                            F(cat_table, has_check, BOOL),
                                            F(cat_table, has_generated, BOOL),
                                            F(cat_table, has_on_update_now, BOOL),
                                            F(cat_table, has_trigger, BOOL),
                                            F(cat_table, next_column_id, U32),
                                            F(cat_table, next_key_id, U32),
                                            F(cat_table, switched, U64),
                                            {0}};

static const struct field column_fields[] = {F(cat_column, id, U32),
                                             F(cat_column, name, TEXT),
                                             F(cat_column, type_text, TEXT),
                                             F(cat_column, nullable, BOOL),
                                             F(cat_column, autoinc, BOOL),
                                             F(cat_column, invisible, BOOL),
                                             F(cat_column, on_update_now, BOOL),
                                             F(cat_column, generated, ENUM),
                                             F(cat_column, generated_expr, TEXT),
                                             F(cat_column, default_kind, ENUM),
                                             F(cat_column, default_value, BYTES),
                                             F(cat_column, default_text, TEXT),
                                             F(cat_column, comment, TEXT),
                                             F(cat_column, phys_v, TEXT),
                                             F(cat_column, phys_e, TEXT),
                                             F(cat_column, phys_o, TEXT),
                                             F(cat_column, has_eq, BOOL),
                                             F(cat_column, has_ord, BOOL),
                                             F(cat_column, eq_layer, U8),
                                             F(cat_column, ord_layer, U8),
                                             F(cat_column, epoch_v, U16),
                                             F(cat_column, epoch_e, U16),
                                             F(cat_column, epoch_o, U16),
                                             F(cat_column, phys_a, TEXT),
                                             F(cat_column, phys_w, TEXT),
                                             F(cat_column, has_add, BOOL),
                                             F(cat_column, has_search, BOOL),
                                             F(cat_column, epoch_a, U16),
                                             F(cat_column, epoch_w, U16),
                                             F(cat_column, key, U32),
                                             F(cat_column, v_width, U32),
                                             F(cat_column, ord_width, U16),
                                             F(cat_column, join_group, U64),
                                             {0}};

static const struct field prefix_fields[] = {
    F(cat_prefix, chars, U32), F(cat_prefix, phys, TEXT), {0}};

static const struct field onion_fields[] = {F(cat_onion, kind, ENUM),      F(cat_onion, layer, U8),
                                            F(cat_onion, epoch, U16),      F(cat_onion, key, U32),
                                            F(cat_onion, group, U64),      F(cat_onion, chars, U32),
                                            F(cat_onion, width, U32),      F(cat_onion, phys, TEXT),
                                            F(cat_onion, transition, U64), {0}};

static const struct field key_fields[] = {
    F(cat_key, id, U32),          F(cat_key, name, TEXT),     F(cat_key, primary, BOOL),
    F(cat_key, unique, BOOL),     F(cat_key, fulltext, BOOL), F(cat_key, spatial, BOOL),
    F(cat_key, functional, BOOL), F(cat_key, phys_e, TEXT),   F(cat_key, phys_o, TEXT),
    F(cat_key, shadow_e, TEXT),   F(cat_key, shadow_o, TEXT), {0}};

static const struct field part_fields[] = {
    F(cat_key_part, column, U16), F(cat_key_part, prefix, U32), F(cat_key_part, desc, BOOL), {0}};

static const struct field fk_fields[] = {F(cat_fk, id, U32),
                                         F(cat_fk, name, TEXT),
                                         F(cat_fk, ref_db, TEXT),
                                         F(cat_fk, ref_table, TEXT),
                                         F(cat_fk, on_delete, ENUM),
                                         F(cat_fk, on_update, ENUM),
                                         F(cat_fk, phys, TEXT),
                                         F(cat_fk, shadow, TEXT),
                                         F(cat_fk, proxy_on_update, BOOL),
                                         F(cat_fk, proxy_on_delete, BOOL),
                                         {0}};

/* ---- writing ------------------------------------------------------------------------------------ */

static json_t *
hex_json(struct slice s)
{
    CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
    buf_append_hex(&b, s);
    return json_pack("{s:s%}", "x", (const char *) (b.data ? b.data : (uint8_t *) ""), b.len);
}

/* Text that is not UTF-8 (a DEFAULT of a binary column) is written as {"x": hex}. */
static json_t *
text_json(struct slice s)
{
    json_t *j = json_stringn((const char *) s.data, s.len);
    return j ? j : hex_json(s);
}

static json_t *
field_json(const struct field *f, const void *from)
{
    const void *p = (const char *) from + f->offset;
    switch (f->kind) {
    case FIELD_TEXT: {
        const struct slice s = *(const struct slice *) p;
        return slice_is_null(s) ? NULL : text_json(s);
    }
    case FIELD_BYTES: {
        const struct slice s = *(const struct slice *) p;
        return slice_is_null(s) ? NULL : hex_json(s);
    }
    case FIELD_BOOL:
        return *(const bool *) p ? json_true() : NULL;
    case FIELD_U8:
        return json_integer(*(const uint8_t *) p);
    case FIELD_U16:
        return json_integer(*(const uint16_t *) p);
    case FIELD_U32:
        return json_integer(*(const uint32_t *) p);
    case FIELD_U64:
        return json_integer((json_int_t) * (const uint64_t *) p);
    case FIELD_I32:
        return json_integer(*(const int32_t *) p);
    case FIELD_ENUM:
        return json_integer((json_int_t) * (const unsigned *) p);
    }
    return NULL;
}

static json_t *
struct_json(const struct field *fields, const void *from)
{
    json_t *o = json_object();
    for (const struct field *f = fields; o && f->name; f++) {
        json_t *v = field_json(f, from);
        if (v && json_object_set_new(o, f->name, v)) {
            json_decref(o);
            return NULL;
        }
    }
    return o;
}

/* Appends to array `name` of parent, made when absent; takes v. False when out of memory. */
static bool
array_add(json_t *parent, const char *name, json_t *v)
{
    json_t *array = json_object_get(parent, name);
    if (!array) {
        array = json_array();
        if (!array || json_object_set_new(parent, name, array)) {
            json_decref(v);
            return false;
        }
    }
    return v && !json_array_append_new(array, v);
}

static bool
write_policy(json_t *o, const struct policy *p)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    policy_print(p, &text);
    json_t *j = json_stringn((const char *) text.data, text.len);
    return j && !json_object_set_new(o, "policy", j);
}

static bool
write_columns(json_t *o, const struct cat_table *t)
{
    bool ok = true;
    for (size_t i = 0; ok && i < t->n_columns; i++) {
        const struct cat_column *c = &t->columns[i];
        json_t *j = struct_json(column_fields, c);
        ok = array_add(o, "columns", j);
        if (ok && c->type->collation) {
            json_t *name = text_json(c->type->collation->name);
            ok = name && !json_object_set_new(j, "collation", name);
        }
        for (size_t p = 0; ok && p < c->n_prefixes; p++) {
            ok = array_add(j, "prefixes", struct_json(prefix_fields, &c->prefixes[p]));
        }
        for (size_t p = 0; ok && p < c->n_shadows; p++) {
            ok = array_add(j, "shadows", struct_json(onion_fields, &c->shadows[p]));
        }
        ok = ok && write_policy(j, &c->policy);
    }
    return ok;
}

static bool
write_keys(json_t *o, const struct cat_table *t)
{
    bool ok = true;
    for (size_t i = 0; ok && i < t->n_keys; i++) {
        json_t *j = struct_json(key_fields, &t->keys[i]);
        ok = array_add(o, "keys", j);
        for (size_t p = 0; ok && p < t->keys[i].n_parts; p++) {
            ok = array_add(j, "parts", struct_json(part_fields, &t->keys[i].parts[p]));
        }
    }
    return ok;
}

static bool
write_fks(json_t *o, const struct cat_table *t)
{
    bool ok = true;
    for (size_t i = 0; ok && i < t->n_fks; i++) {
        const struct cat_fk *fk = &t->fks[i];
        json_t *j = struct_json(fk_fields, fk);
        ok = array_add(o, "fks", j);
        for (size_t c = 0; ok && c < fk->n_columns; c++) {
            ok = array_add(j, "columns", json_integer(fk->columns[c])) &&
                 array_add(j, "ref_columns", text_json(fk->ref_columns[c]));
        }
    }
    return ok;
}

static STATUS
dump(json_t *o, bool ok, struct buf *out)
{
    char *text = ok && o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    if (!text) {
        RAISE(NO_MEMORY);
    }
    buf_append_str(out, text);
    free(text);
    return buf_status(out);
}

struct status
catalog_json_write_db(const struct cat_db *db, struct buf *out)
{
    json_t *o = struct_json(db_fields, db);
    const bool ok = o && !json_object_set_new(o, "f", json_integer(CATALOG_JSON_FORMAT));
    return dump(o, ok, out);
}

struct status
catalog_json_write_table(const struct cat_table *t, struct buf *out)
{
    json_t *o = struct_json(table_fields, t);
    const bool ok = o && !json_object_set_new(o, "f", json_integer(CATALOG_JSON_FORMAT)) &&
                    write_columns(o, t) && write_keys(o, t) && write_fks(o, t);
    return dump(o, ok, out);
}

/* ---- reading ------------------------------------------------------------------------------------ */

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct slice
read_hex(struct arena *a, const json_t *j)
{
    const size_t n = json_string_length(j) / 2;
    const char *text = json_string_value(j);
    uint8_t *bytes = arena_array(a, uint8_t, n + 1);
    for (size_t i = 0; bytes && i < n; i++) {
        bytes[i] = (uint8_t) (hex_digit(text[2 * i]) << 4 | (hex_digit(text[2 * i + 1]) & 15));
    }
    return bytes ? slice_of(bytes, n) : SLICE_NULL;
}

static struct slice
read_text(struct arena *a, const json_t *j)
{
    if (json_is_object(j)) {
        return read_hex(a, json_object_get(j, "x"));
    }
    return arena_dup(a, slice_of(json_string_value(j), json_string_length(j)));
}

static void
read_field(struct arena *a, const struct field *f, const json_t *o, void *to)
{
    const json_t *j = json_object_get(o, f->name);
    void *p = (char *) to + f->offset;
    if (!j) {
        return;
    }
    const json_int_t n = json_integer_value(j);
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES:
        *(struct slice *) p = read_text(a, j);
        break;
    case FIELD_BOOL:
        *(bool *) p = json_is_true(j);
        break;
    case FIELD_U8:
        *(uint8_t *) p = (uint8_t) n;
        break;
    case FIELD_U16:
        *(uint16_t *) p = (uint16_t) n;
        break;
    case FIELD_U32:
        *(uint32_t *) p = (uint32_t) n;
        break;
    case FIELD_U64:
        *(uint64_t *) p = (uint64_t) n;
        break;
    case FIELD_I32:
        *(int32_t *) p = (int32_t) n;
        break;
    case FIELD_ENUM:
        *(unsigned *) p = (unsigned) n;
        break;
    }
}

static void
read_struct(struct arena *a, const struct field *fields, const json_t *o, void *to)
{
    for (const struct field *f = fields; f->name; f++) {
        read_field(a, f, o, to);
    }
}

static STATUS
read_column(struct arena *a, const struct collation_set *set, const json_t *o, struct cat_column *c,
            struct diag *d)
{
    read_struct(a, column_fields, o, c);
    const json_t *collation = json_object_get(o, "collation");
    struct type *type = arena_new(a, struct type);
    TRY(type_parse(a, set, c->type_text, collation ? read_text(a, collation) : SLICE_NULL, type,
                   d));
    c->type = type;
    const json_t *prefixes = json_object_get(o, "prefixes");
    c->n_prefixes = json_array_size(prefixes);
    c->prefixes = arena_array(a, struct cat_prefix, c->n_prefixes);
    for (size_t i = 0; c->prefixes && i < c->n_prefixes; i++) {
        read_struct(a, prefix_fields, json_array_get(prefixes, i), &c->prefixes[i]);
    }
    const json_t *shadows = json_object_get(o, "shadows");
    c->n_shadows = json_array_size(shadows);
    c->shadows = arena_array(a, struct cat_onion, c->n_shadows);
    for (size_t i = 0; c->shadows && i < c->n_shadows; i++) {
        read_struct(a, onion_fields, json_array_get(shadows, i), &c->shadows[i]);
    }
    const json_t *policy = json_object_get(o, "policy");
    c->policy = policy_default;
    if (policy) {
        TRY(policy_parse(read_text(a, policy), &c->policy, d));
        c->policy.given = 0;
    }
    return arena_status(a);
}

static void
read_key(struct arena *a, const json_t *o, struct cat_key *key)
{
    read_struct(a, key_fields, o, key);
    const json_t *parts = json_object_get(o, "parts");
    key->n_parts = json_array_size(parts);
    key->parts = arena_array(a, struct cat_key_part, key->n_parts);
    for (size_t i = 0; key->parts && i < key->n_parts; i++) {
        read_struct(a, part_fields, json_array_get(parts, i), &key->parts[i]);
    }
}

static void
read_fk(struct arena *a, const json_t *o, struct cat_fk *fk)
{
    read_struct(a, fk_fields, o, fk);
    const json_t *columns = json_object_get(o, "columns"),
                 *refs = json_object_get(o, "ref_columns");
    fk->n_columns = json_array_size(columns);
    fk->columns = arena_array(a, uint16_t, fk->n_columns);
    fk->ref_columns = arena_array(a, struct slice, fk->n_columns);
    for (size_t i = 0; arena_ok(a) && i < fk->n_columns; i++) {
        fk->columns[i] = (uint16_t) json_integer_value(json_array_get(columns, i));
        fk->ref_columns[i] = read_text(a, json_array_get(refs, i));
    }
}

static STATUS
read_table(const struct collation_set *set, const json_t *o, struct cat_table *t, struct diag *d)
{
    struct arena *a = t->arena;
    read_struct(a, table_fields, o, t);
    const json_t *columns = json_object_get(o, "columns"), *keys = json_object_get(o, "keys"),
                 *fks = json_object_get(o, "fks");
    t->n_columns = json_array_size(columns);
    t->n_keys = json_array_size(keys);
    t->n_fks = json_array_size(fks);
    t->columns = arena_array(a, struct cat_column, t->n_columns);
    t->keys = arena_array(a, struct cat_key, t->n_keys);
    t->fks = arena_array(a, struct cat_fk, t->n_fks);
    TRY(arena_status(a));
    for (size_t i = 0; i < t->n_columns; i++) {
        TRY(read_column(a, set, json_array_get(columns, i), &t->columns[i], d));
    }
    for (size_t i = 0; i < t->n_keys; i++) {
        read_key(a, json_array_get(keys, i), &t->keys[i]);
    }
    for (size_t i = 0; i < t->n_fks; i++) {
        read_fk(a, json_array_get(fks, i), &t->fks[i]);
    }
    return arena_status(a);
}

static STATUS
parse(struct slice text, json_t **out, struct diag *d)
{
    json_error_t e;
    *out = json_loadb((const char *) text.data, text.len, 0, &e);
    if (!json_is_object(*out) ||
        json_integer_value(json_object_get(*out, "f")) != CATALOG_JSON_FORMAT) {
        json_decref(*out);
        FAIL(d, CIPHERTEXT, "a catalog row has an unknown format");
    }
    return OK;
}

struct status
catalog_json_read_db(struct arena *a, struct slice json, struct cat_db *db, struct diag *d)
{
    json_t *o;
    TRY(parse(json, &o, d));
    *db = (struct cat_db){0};
    read_struct(a, db_fields, o, db);
    json_decref(o);
    return arena_status(a);
}

struct status
catalog_json_read_table(const struct collation_set *collations, struct slice json,
                        struct cat_table **out, struct diag *d)
{
    json_t *o;
    TRY(parse(json, &o, d));
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *t = catalog_table_new();
    struct status s =
        t ? read_table(collations, o, t, d) : status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
    json_decref(o);
    TRY(s);
    *out = STEAL(t);
    return OK;
}
