/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources: SHOW CREATE TABLE (the text), information_schema.TABLES and COLUMNS (types, defaults),
 * SHOW KEYS (keys in the engine's order, which decides which of two violated keys an error names),
 * information_schema.KEY_COLUMN_USAGE and REFERENTIAL_CONSTRAINTS.
 * COLUMN_DEFAULT differs: MariaDB prints a SQL expression ('abc', NULL), MySQL the bare value with
 * EXTRA saying DEFAULT_GENERATED for expressions.
 */
#include "proxy/store/introspect.h"

#include "base/mem.h"
#include "proxy/store/query.h"
#include "rewriter/types/charset.h"
#include "rewriter/types/type.h"
#include "rewriter/types/type_value.h"

struct reader {
    struct backend_conn *conn;
    const struct collation_set *collations;
    struct slice db, name;
    struct cat_table *t;
    struct arena *rows; /* results */
    struct diag *d;
    bool is_mariadb;
};

static bool
contains(struct slice text, const char *word)
{
    const struct slice w = slice_of_str(word);
    for (size_t i = 0; i + w.len <= text.len; i++) {
        if (slice_equal_ci(slice_sub(text, i, w.len), w)) {
            return true;
        }
    }
    return false;
}

/* `head` then "table_schema = 'db' AND table_name = 'name'" then `tail`. */
static struct status
query_named(struct reader *r, const char *head, const char *alias, const char *tail,
            struct query_rows *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_printf(&sql, "%s WHERE %stable_schema = ", head, alias);
    query_quote(&sql, r->db);
    buf_printf(&sql, " AND %stable_name = ", alias);
    query_quote(&sql, r->name);
    buf_append_str(&sql, tail);
    TRY(buf_status(&sql));
    return query_rows(r->conn, r->rows, buf_slice(&sql), out, r->d);
}

static struct status
query_show(struct reader *r, const char *what, struct query_rows *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, what);
    query_name(&sql, r->db);
    buf_append_u8(&sql, '.');
    query_name(&sql, r->name);
    TRY(buf_status(&sql));
    return query_rows(r->conn, r->rows, buf_slice(&sql), out, r->d);
}

/* ---- the table ---------------------------------------------------------------------------------- */

static struct status
read_table(struct reader *r, bool *found)
{
    struct query_rows rows;
    TRY(query_named(r,
                    "SELECT table_name, table_type, engine, table_collation, table_comment"
                    " FROM information_schema.tables",
                    "", "", &rows));
    *found = false;
    for (size_t i = 0; i < rows.n; i++) {
        if (!slice_equal(query_cell(&rows, i, 0), r->name)) {
            continue;
        }
        struct cat_table *t = r->t;
        const struct slice type = query_cell(&rows, i, 1);
        if (!contains(type, "VIEW") && !slice_equal_str(type, "BASE TABLE")) {
            FAIL(r->d, UNSUPPORTED, "a table of the kind %.*s", SLICE_ARG(type));
        }
        *found = true;
        t->kind = contains(query_cell(&rows, i, 1), "VIEW") ? CAT_VIEW : CAT_TABLE;
        t->engine = arena_dup(t->arena, query_cell(&rows, i, 2));
        t->collation = arena_dup(t->arena, query_cell(&rows, i, 3));
        t->comment = arena_dup(t->arena, query_cell(&rows, i, 4));
    }
    return OK;
}

static struct status
read_create_sql(struct reader *r)
{
    struct query_rows rows;
    TRY(query_show(r, r->t->kind == CAT_VIEW ? "SHOW CREATE VIEW " : "SHOW CREATE TABLE ", &rows));
    if (rows.n != 1 || rows.n_columns < 2) {
        RAISE(BUG);
    }
    r->t->create_sql = arena_dup(r->t->arena, query_cell(&rows, 0, 1));
    r->t->has_check = contains(r->t->create_sql, "CHECK (");
    return OK;
}

/* ---- columns ------------------------------------------------------------------------------------ */

enum {
    COL_NAME,
    COL_DEFAULT,
    COL_NULLABLE,
    COL_TYPE,
    COL_COLLATION,
    COL_EXTRA,
    COL_COMMENT,
    COL_GENERATION
};

/* 'it''s' -> it's; false when s is not one quoted string. */
static bool
unquote(struct slice s, struct buf *out)
{
    if (s.len < 2 || s.data[0] != '\'' || s.data[s.len - 1] != '\'') {
        return false;
    }
    for (size_t i = 1; i + 1 < s.len; i++) {
        if (s.data[i] == '\\') {
            return false; /* escapes: leave it to the engine */
        }
        i += s.data[i] == '\'';
        buf_append_u8(out, s.data[i]);
    }
    return true;
}

static bool
is_number(struct slice s)
{
    size_t i = s.len && s.data[0] == '-';
    const size_t first = i;
    while (i < s.len && ((s.data[i] >= '0' && s.data[i] <= '9') || s.data[i] == '.')) {
        i++;
    }
    return i == s.len && i > first;
}

/* Families whose printed default reads back exactly whatever the session. */
static bool
is_plain_family(const struct type *t)
{
    switch (t->family) {
    case TYPE_INT:
    case TYPE_YEAR:
    case TYPE_DECIMAL:
    case TYPE_STRING:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_DATETIME:
    case TYPE_TIMESTAMP: /* printed in UTC */
    case TYPE_ENUM:
    case TYPE_SET:
        return true;
    default:
        return false;
    }
}

/* The canonical value of a literal default, when that can be told without asking the engine. */
static struct status
constant_default(struct reader *r, struct cat_column *c, struct slice text)
{
    const struct type_env env = {.flavour = r->is_mariadb ? TYPE_MARIADB : TYPE_MYSQL,
                                 .tz = {.known = true}};
    CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
    if (!is_plain_family(c->type) || !charset_is_ascii(text) ||
        (c->type->collation && !charset_is_ascii_superset(c->type->collation->cs))) {
        return OK;
    }
    if (!status_is_ok(type_value_from_text(c->type, &env, text, &value))) {
        return OK;
    }
    TRY(buf_status(&value));
    c->default_kind = CAT_DEFAULT_CONSTANT;
    c->default_value = arena_dup(r->t->arena, buf_slice(&value));
    return OK;
}

/* MySQL: ALTER .. DROP DEFAULT leaves a nullable column without one, which only SHOW CREATE TABLE
 * tells; types that never print DEFAULT NULL there are told apart by their family. */
static bool
was_dropped(const struct reader *r, const struct cat_column *c)
{
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    const struct slice sql = r->t->create_sql;
    if (c->type->is_blob || c->generated != CAT_GENERATED_NO) {
        return false;
    }
    buf_append_str(&name, "\n  ");
    query_name(&name, c->name);
    for (size_t i = 0; i + name.len <= sql.len; i++) {
        if (slice_equal(slice_sub(sql, i, name.len), buf_slice(&name))) {
            size_t end = i + 1;
            while (end < sql.len && sql.data[end] != '\n') {
                end++;
            }
            return !contains(slice_sub(sql, i, end - i), " DEFAULT ");
        }
    }
    return false;
}

static struct status
read_default(struct reader *r, struct cat_column *c, struct slice text, struct slice extra)
{
    if (c->generated != CAT_GENERATED_NO || slice_is_null(text) ||
        (r->is_mariadb && slice_equal_str(text, "NULL"))) {
        const bool none = !c->nullable || (r->is_mariadb && slice_is_null(text)) ||
                          (!r->is_mariadb && was_dropped(r, c));
        c->default_kind = none ? CAT_DEFAULT_NONE : CAT_DEFAULT_NULL;
        return OK;
    }
    c->default_text = arena_dup(r->t->arena, text);
    c->default_kind = CAT_DEFAULT_EXPR;
    if (!r->is_mariadb) {
        return contains(extra, "DEFAULT_GENERATED") ? OK : constant_default(r, c, text);
    }
    CLEANUP(buf_deinit_cleanup) struct buf bare = BUF_INIT;
    buf_append_str(&bare, "");
    if (unquote(text, &bare)) {
        TRY(buf_status(&bare));
        const struct slice s = buf_slice(&bare);
        return constant_default(r, c, s.data ? s : SLICE(""));
    }
    return is_number(text) ? constant_default(r, c, text) : OK;
}

static struct status
read_column(struct reader *r, const struct query_rows *rows, size_t i)
{
    struct cat_table *t = r->t;
    struct cat_column *c = &t->columns[i];
    const struct slice extra = query_cell(rows, i, COL_EXTRA);
    const struct slice collation = query_cell(rows, i, COL_COLLATION);
    c->name = arena_dup(t->arena, query_cell(rows, i, COL_NAME));
    c->type_text = arena_dup(t->arena, query_cell(rows, i, COL_TYPE));
    c->comment = arena_dup(t->arena, query_cell(rows, i, COL_COMMENT));
    c->nullable = slice_equal_str_ci(query_cell(rows, i, COL_NULLABLE), "YES");
    c->autoinc = contains(extra, "auto_increment");
    c->invisible = contains(extra, "INVISIBLE");
    c->on_update_now = contains(extra, "on update");
    if (contains(extra, "GENERATED") && !contains(extra, "DEFAULT_GENERATED")) {
        c->generated = contains(extra, "VIRTUAL") ? CAT_GENERATED_VIRTUAL : CAT_GENERATED_STORED;
        c->generated_expr = arena_dup(t->arena, query_cell(rows, i, COL_GENERATION));
        t->has_generated = true;
    }
    t->autoinc = c->autoinc ? (int32_t) i : t->autoinc;
    t->has_on_update_now |= c->on_update_now;
    struct type *type = arena_new(t->arena, struct type);
    TRY(type_parse(t->arena, r->collations, c->type_text, collation, type, r->d));
    c->type = type;
    return read_default(r, c, query_cell(rows, i, COL_DEFAULT), extra);
}

static struct status
read_columns(struct reader *r)
{
    struct query_rows rows;
    TRY(query_named(r,
                    "SELECT column_name, column_default, is_nullable, column_type, collation_name,"
                    " extra, column_comment, generation_expression FROM information_schema.columns",
                    "", " ORDER BY ordinal_position", &rows));
    struct cat_table *t = r->t;
    t->n_columns = rows.n;
    t->columns = arena_array(t->arena, struct cat_column, rows.n);
    TRY(arena_status(t->arena));
    for (size_t i = 0; i < rows.n; i++) {
        TRY(read_column(r, &rows, i));
    }
    return arena_status(t->arena);
}

/* ---- keys --------------------------------------------------------------------------------------- */

/* Where SHOW KEYS has what; `expression` is -1 outside MySQL. */
struct key_columns {
    int non_unique, key_name, column_name, collation, sub_part, index_type, expression;
};

static struct status
read_key_part(struct reader *r, const struct query_rows *rows, const struct key_columns *k,
              size_t i, struct cat_key *key)
{
    struct cat_key_part *part = &key->parts[key->n_parts++];
    const struct slice sub_part = query_cell(rows, i, (size_t) k->sub_part);
    const int column = catalog_find_column(r->t, query_cell(rows, i, (size_t) k->column_name));
    uint64_t chars = 0;
    part->desc = slice_equal_str(query_cell(rows, i, (size_t) k->collation), "D");
    if (column < 0) {
        part->column = CAT_NO_COLUMN;
        key->functional = true;
        return OK;
    }
    part->column = (uint16_t) column;
    if (!slice_is_null(sub_part) && !slice_parse_u64(sub_part, &chars)) {
        RAISE(BUG);
    }
    part->prefix = key->spatial || key->fulltext ? 0 : (uint32_t) chars;
    return OK;
}

static struct status
start_key(struct reader *r, const struct query_rows *rows, const struct key_columns *k, size_t i)
{
    struct cat_key *key = &r->t->keys[r->t->n_keys++];
    const struct slice type = query_cell(rows, i, (size_t) k->index_type);
    key->name = arena_dup(r->t->arena, query_cell(rows, i, (size_t) k->key_name));
    key->primary = slice_equal_str(key->name, "PRIMARY");
    key->unique = slice_equal_str(query_cell(rows, i, (size_t) k->non_unique), "0");
    key->fulltext = slice_equal_str_ci(type, "FULLTEXT");
    key->spatial = slice_equal_str_ci(type, "SPATIAL");
    key->parts = arena_array(r->t->arena, struct cat_key_part, rows->n - i);
    return arena_status(r->t->arena);
}

static struct status
read_keys(struct reader *r)
{
    struct query_rows rows;
    TRY(query_show(r, "SHOW KEYS FROM ", &rows));
    const struct key_columns k = {
        query_column(&rows, "Non_unique"),  query_column(&rows, "Key_name"),
        query_column(&rows, "Column_name"), query_column(&rows, "Collation"),
        query_column(&rows, "Sub_part"),    query_column(&rows, "Index_type"),
        query_column(&rows, "Expression"),
    };
    if (k.non_unique < 0 || k.key_name < 0 || k.column_name < 0 || k.collation < 0 ||
        k.sub_part < 0 || k.index_type < 0) {
        RAISE(BUG);
    }
    struct cat_table *t = r->t;
    t->keys = arena_array(t->arena, struct cat_key, rows.n);
    TRY(arena_status(t->arena));
    for (size_t i = 0; i < rows.n; i++) {
        const struct slice name = query_cell(&rows, i, (size_t) k.key_name);
        if (!t->n_keys || !slice_equal(t->keys[t->n_keys - 1].name, name)) {
            TRY(start_key(r, &rows, &k, i));
        }
        TRY(read_key_part(r, &rows, &k, i, &t->keys[t->n_keys - 1]));
    }
    return OK;
}

/* ---- foreign keys ------------------------------------------------------------------------------- */

enum {
    FK_NAME,
    FK_COLUMN,
    FK_REF_DB,
    FK_REF_TABLE,
    FK_REF_COLUMN,
    FK_UPDATE,
    FK_DELETE
};

static enum cat_action
read_action(struct slice rule)
{
    static const struct {
        const char *rule;
        enum cat_action action;
    } actions[] = {{"RESTRICT", CAT_RESTRICT},
                   {"CASCADE", CAT_CASCADE},
                   {"SET NULL", CAT_SET_NULL},
                   {"SET DEFAULT", CAT_SET_DEFAULT}};
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (slice_equal_str_ci(rule, actions[i].rule)) {
            return actions[i].action;
        }
    }
    return CAT_NO_ACTION;
}

static struct status
read_fk_row(struct reader *r, const struct query_rows *rows, size_t i)
{
    struct cat_table *t = r->t;
    struct arena *a = t->arena;
    const struct slice name = query_cell(rows, i, FK_NAME);
    if (!t->n_fks || !slice_equal(t->fks[t->n_fks - 1].name, name)) {
        struct cat_fk *fk = &t->fks[t->n_fks++];
        fk->name = arena_dup(a, name);
        fk->ref_db = arena_dup(a, query_cell(rows, i, FK_REF_DB));
        fk->ref_table = arena_dup(a, query_cell(rows, i, FK_REF_TABLE));
        fk->on_update = read_action(query_cell(rows, i, FK_UPDATE));
        fk->on_delete = read_action(query_cell(rows, i, FK_DELETE));
        fk->columns = arena_array(a, uint16_t, rows->n - i);
        fk->ref_columns = arena_array(a, struct slice, rows->n - i);
        TRY(arena_status(a));
    }
    struct cat_fk *fk = &t->fks[t->n_fks - 1];
    const int column = catalog_find_column(t, query_cell(rows, i, FK_COLUMN));
    if (column < 0) {
        RAISE(BUG);
    }
    fk->columns[fk->n_columns] = (uint16_t) column;
    fk->ref_columns[fk->n_columns++] = arena_dup(a, query_cell(rows, i, FK_REF_COLUMN));
    return arena_status(a);
}

static struct status
read_fks(struct reader *r)
{
    struct query_rows rows;
    TRY(query_named(r,
                    "SELECT k.constraint_name, k.column_name, k.referenced_table_schema,"
                    " k.referenced_table_name, k.referenced_column_name, c.update_rule,"
                    " c.delete_rule FROM information_schema.key_column_usage k"
                    " JOIN information_schema.referential_constraints c"
                    " ON c.constraint_schema = k.constraint_schema"
                    " AND c.constraint_name = k.constraint_name AND c.table_name = k.table_name",
                    "k.",
                    " AND k.referenced_table_name IS NOT NULL"
                    " ORDER BY k.constraint_name, k.ordinal_position",
                    &rows));
    r->t->fks = arena_array(r->t->arena, struct cat_fk, rows.n);
    TRY(arena_status(r->t->arena));
    for (size_t i = 0; i < rows.n; i++) {
        TRY(read_fk_row(r, &rows, i));
    }
    return OK;
}

/* ---- all ---------------------------------------------------------------------------------------- */

/* Behind other columns of a MyISAM key it counts for each of their values: no sequence does that. */
static struct status
check_autoinc(const struct reader *r)
{
    const struct cat_table *t = r->t;
    bool leads = t->autoinc < 0;
    for (size_t i = 0; i < t->n_keys; i++) {
        leads |= t->keys[i].n_parts && t->keys[i].parts[0].column == (uint32_t) t->autoinc;
    }
    if (!leads) {
        FAIL(r->d, UNSUPPORTED, "an AUTO_INCREMENT column that no key begins with");
    }
    return OK;
}

static struct status
read_all(struct reader *r, bool *found)
{
    TRY(read_table(r, found));
    if (!*found) {
        return OK;
    }
    TRY(read_create_sql(r));
    TRY(read_columns(r));
    if (r->t->kind == CAT_VIEW) {
        return OK;
    }
    TRY(read_keys(r));
    TRY(check_autoinc(r));
    return contains(r->t->create_sql, "FOREIGN KEY") ? read_fks(r) : OK;
}

struct status
introspect_prepare(struct backend_conn *admin, struct diag *d)
{
    return backend_exec_str(
        admin, "SET SESSION sql_mode = '', sql_quote_show_create = 1, time_zone = '+00:00'", d);
}

struct status
introspect_table(struct backend_conn *admin, const struct collation_set *collations,
                 struct slice db, struct slice name, struct cat_table **out, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *rows = arena_create(0);
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *t = catalog_table_new();
    if (!rows || !t) {
        RAISE(NO_MEMORY);
    }
    t->db = arena_dup(t->arena, db);
    t->name = arena_dup(t->arena, name);
    struct reader r = {admin, collations, db, name,
                       t,     rows,       d,  backend_flavour(admin) == BACKEND_MARIADB};
    bool found;
    TRY(read_all(&r, &found));
    TRY(arena_status(t->arena));
    *out = found ? STEAL(t) : NULL;
    return OK;
}

struct status
introspect_db(struct backend_conn *admin, struct arena *a, struct slice db,
              struct slice *create_sql, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct query_rows rows;
    buf_append_str(&sql,
                   "SELECT schema_name FROM information_schema.schemata WHERE schema_name = ");
    query_quote(&sql, db);
    TRY(buf_status(&sql));
    TRY(query_rows(admin, a, buf_slice(&sql), &rows, d));
    *create_sql = SLICE_NULL;
    if (rows.n == 0) {
        return OK;
    }
    buf_clear(&sql);
    buf_append_str(&sql, "SHOW CREATE DATABASE ");
    query_name(&sql, db);
    TRY(buf_status(&sql));
    TRY(query_rows(admin, a, buf_slice(&sql), &rows, d));
    if (rows.n != 1 || rows.n_columns < 2) {
        RAISE(BUG);
    }
    *create_sql = query_cell(&rows, 0, 1);
    return OK;
}
