/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/image.h"

#include <stdlib.h>

#include "base/mem.h"
#include "rewriter/types/type_value.h"

#define STATEMENT_MAX (2u << 20) /* bytes of a server statement, and of what is sent at once */
#define DELETE_ROWS   1000       /* of one DELETE */

struct status
image_add(struct image *im, const struct exec_rows *rows)
{
    if (im->n + rows->n > im->cap) {
        const size_t cap = (im->n + rows->n) * 2;
        struct image_row *more = arena_array(im->arena, struct image_row, cap);
        TRY(arena_status(im->arena));
        mem_copy(more, im->rows, im->n * sizeof *more);
        im->rows = more;
        im->cap = cap;
    }
    for (size_t i = 0; i < rows->n; i++) {
        struct slice *values = arena_array(im->arena, struct slice, rows->n_columns);
        TRY(arena_status(im->arena));
        for (size_t k = 0; k < rows->n_columns; k++) {
            values[k] = arena_dup(im->arena, rows->values[i * rows->n_columns + k]);
        }
        im->rows[im->n++] = (struct image_row){
            .rid = rows->rids[i], .salt = arena_dup(im->arena, rows->salts[i]), .values = values};
    }
    return arena_status(im->arena);
}

static int
by_rid(const void *a, const void *b)
{
    const uint64_t x = ((const struct image_row *) a)->rid, y = ((const struct image_row *) b)->rid;
    return (x > y) - (x < y);
}

static struct image_row *
find_row(struct image *im, uint64_t rid)
{
    const struct image_row key = {.rid = rid};
    return im->n ? bsearch(&key, im->rows, im->n, sizeof key, by_rid) : NULL;
}

/* ---- reading the working copy ---- */

struct reader {
    struct exec_run *r;
    struct image *im;
    struct image_diff *diff;
    struct slice *values; /* of one row, all columns */
    int *position;        /* of a column in im->f->columns, or -1 */
};

static STATUS
row_values(struct reader *rd, const struct slice *row)
{
    const struct cat_table *t = rd->diff->table;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (row[1 + i].data == NULL) {
            rd->values[i] = SLICE_NULL;
            continue;
        }
        CLEANUP(buf_deinit_cleanup) struct buf v = BUF_INIT;
        struct type_env env = rd->r->e->state.env;
        env.tz = (struct type_tz){.known = true};
        TRY(type_value_from_binary(t->columns[i].type, &env, row[1 + i], &v));
        rd->values[i] = arena_dup(rd->im->arena, buf_slice(&v));
    }
    return arena_status(rd->im->arena);
}

static STATUS
keep_values(struct reader *rd)
{
    struct image_diff *diff = rd->diff;
    const size_t width = diff->table->n_columns;
    if (diff->n_new == diff->new_cap) {
        const size_t cap = diff->new_cap ? diff->new_cap * 2 : 16;
        struct slice *more = arena_array(rd->im->arena, struct slice, cap * width);
        TRY(arena_status(rd->im->arena));
        mem_copy(more, diff->new_rows, diff->n_new * width * sizeof *more);
        diff->new_rows = more;
        diff->new_cap = cap;
    }
    mem_copy(diff->new_rows + diff->n_new++ * width, rd->values, width * sizeof *rd->values);
    return OK;
}

/* "INSERT .. VALUES ", or "," within a statement that is not long yet. */
static void
insert_head(struct image_diff *diff)
{
    struct buf *sql = &diff->inserts;
    if (diff->n_inserted && !diff->by_row && sql->len - diff->insert_begin < STATEMENT_MAX) {
        buf_append_u8(sql, ',');
        return;
    }
    buf_append_str(sql, diff->n_inserted ? ";" : "");
    diff->insert_begin = sql->len;
    buf_printf(sql, "INSERT INTO %.*s.%.*s (", SLICE_ARG(diff->table->phys_db),
               SLICE_ARG(diff->table->phys));
    cells_row_columns(diff->table, sql);
    buf_append_str(sql, ") VALUES ");
}

static void
add_delete(struct image_diff *diff, uint64_t rid)
{
    struct buf *sql = &diff->deletes;
    if (diff->n_deleted % DELETE_ROWS && !diff->by_row) {
        buf_append_u8(sql, ',');
    } else {
        buf_printf(sql, "%sDELETE FROM %.*s.%.*s WHERE " CAT_RID " IN (",
                   diff->n_deleted ? ");" : "", SLICE_ARG(diff->table->phys_db),
                   SLICE_ARG(diff->table->phys));
    }
    buf_append_u64_dec(sql, rid);
    diff->n_deleted++;
}

static STATUS
add_insert(struct reader *rd)
{
    struct image_diff *diff = rd->diff;
    struct cells_env cells = exec_cells(rd->r->e);
    TRY(keep_values(rd));
    insert_head(diff);
    diff->n_inserted++;
    arena_reset(rd->r->e->batch);
    return cells_row_values(&cells, diff->table, rd->values, &diff->inserts, rd->r->d);
}

static bool
in_unique_key(const struct cat_table *t, size_t column)
{
    for (size_t k = 0; k < t->n_keys; k++) {
        for (size_t i = 0; t->keys[k].unique && i < t->keys[k].n_parts; i++) {
            if (t->keys[k].parts[i].column == column) {
                return true;
            }
        }
    }
    return false;
}

static bool
in_foreign_key(const struct exec_run *r, const struct cat_table *t, size_t column)
{
    for (size_t k = 0; k < t->n_fks; k++) {
        for (size_t i = 0; i < t->fks[k].n_columns; i++) {
            if (t->fks[k].columns[i] == column) {
                return true;
            }
        }
    }
    return catalog_is_referenced(r->plan->catalog, t, column);
}

/* MySQL changes keys row by row in an order of its own (id = id + 1 ORDER BY id DESC); here the result
 * is known to be free of collisions, so the old keys first make room for the new ones. */
static STATUS
loosen(struct reader *rd, const struct image_row *before, size_t column)
{
    const struct cat_table *t = rd->diff->table;
    const struct cat_column *c = &t->columns[column];
    struct cat_onion onion;
    if (rd->values[column].data == NULL || in_foreign_key(rd->r, t, column)) {
        return OK;
    }
    for (size_t i = 0; catalog_onion_next(c, &i, &onion);) {
        uint8_t room[CELLS_SALT_LEN];
        if (onion.kind != CAT_ONION_EQ || onion.layer) {
            continue;
        }
        TRY(cells_salt(room));
        buf_printf(&rd->diff->loosen, "UPDATE %.*s.%.*s SET %.*s=X'", SLICE_ARG(t->phys_db),
                   SLICE_ARG(t->phys), SLICE_ARG(onion.phys));
        buf_append_hex(&rd->diff->loosen, slice_of(room, sizeof room));
        buf_printf(&rd->diff->loosen, "' WHERE " CAT_RID "=%llu;",
                   (unsigned long long) before->rid);
    }
    return buf_status(&rd->diff->loosen);
}

static bool
is_changed(const struct reader *rd, const struct image_row *before, size_t i)
{
    return rd->position[i] >= 0 && !slice_equal(before->values[rd->position[i]], rd->values[i]);
}

static STATUS
note_key_change(struct reader *rd, const struct image_row *before)
{
    const struct cat_table *t = rd->diff->table;
    bool any = false;
    for (size_t i = 0; i < t->n_columns; i++) {
        const bool moves = is_changed(rd, before, i) || t->columns[i].generated != CAT_GENERATED_NO;
        if (moves && in_unique_key(t, i)) {
            any = true;
            TRY(loosen(rd, before, i));
        }
    }
    rd->diff->n_rekeyed += any;
    return any ? keep_values(rd) : OK;
}

/* after: of rd->values, or NULL for a row that is gone. */
static STATUS
keep_parent(struct reader *rd, const struct image_row *before, const struct slice *after)
{
    struct image_diff *diff = rd->diff;
    struct arena *a = rd->im->arena;
    const size_t width = diff->table->n_columns;
    if (diff->n_parents == diff->parents_cap) {
        const size_t cap = diff->parents_cap ? diff->parents_cap * 2 : 16;
        struct image_parent *more = arena_array(a, struct image_parent, cap);
        TRY(arena_status(a));
        mem_copy(more, diff->parents, diff->n_parents * sizeof *more);
        diff->parents = more;
        diff->parents_cap = cap;
    }
    struct image_parent *p = &diff->parents[diff->n_parents++];
    *p = (struct image_parent){.rid = before->rid, .before = arena_array(a, struct slice, width)};
    p->after = after ? arena_array(a, struct slice, width) : NULL;
    TRY(arena_status(a));
    for (size_t i = 0; i < width; i++) {
        p->before[i] = rd->position[i] >= 0 ? before->values[rd->position[i]] : SLICE_NULL;
    }
    if (after) {
        mem_copy(p->after, after, width * sizeof *after);
    }
    return OK;
}

static STATUS
note_parent_change(struct reader *rd, const struct image_row *before)
{
    const struct catalog *cat = rd->r->plan->catalog;
    const struct cat_table *t = rd->diff->table;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (is_changed(rd, before, i) && catalog_is_referenced(cat, t, i)) {
            return catalog_has_written_children(cat, t) ? keep_parent(rd, before, rd->values) : OK;
        }
    }
    return OK;
}

static STATUS
add_update(struct reader *rd, const struct image_row *before)
{
    struct image_diff *diff = rd->diff;
    const struct cat_table *t = diff->table;
    struct cells_env cells = exec_cells(rd->r->e);
    bool changed = false;
    for (size_t i = 0; i < t->n_columns && !changed; i++) {
        changed = is_changed(rd, before, i);
    }
    if (!changed) {
        return OK;
    }
    TRY(note_key_change(rd, before));
    TRY(note_parent_change(rd, before));
    buf_printf(&diff->updates, "UPDATE %.*s.%.*s SET ", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    bool first = true;
    arena_reset(rd->r->e->batch);
    for (size_t i = 0; i < t->n_columns; i++) {
        if (rd->position[i] >= 0 && slice_equal(before->values[rd->position[i]], rd->values[i])) {
            continue;
        }
        buf_append_str(&diff->updates, first ? "" : ",");
        first = false;
        TRY(cells_set_column(&cells, t, &t->columns[i], rd->values[i], before->salt, &diff->updates,
                             rd->r->d));
    }
    buf_printf(&diff->updates, " WHERE " CAT_RID "=%llu;", (unsigned long long) before->rid);
    diff->n_updated++;
    return buf_status(&diff->updates);
}

static STATUS
take_row(struct reader *rd, const struct slice *row)
{
    TRY(row_values(rd, row));
    if (row[0].data == NULL) {
        return add_insert(rd);
    }
    if (row[0].len != 8) {
        RAISE(PROTOCOL);
    }
    struct image_row *before = find_row(rd->im, mem_le64(row[0].data));
    if (before == NULL) {
        RAISE(BUG);
    }
    before->seen = true;
    return add_update(rd, before);
}

/* The bytes as stored, whatever character_set_results is. */
static void
select_stored(const struct cat_column *c, struct buf *sql)
{
    const enum type_family f = c->type->family;
    const bool text = f == TYPE_STRING || f == TYPE_ENUM || f == TYPE_SET || f == TYPE_JSON;
    buf_append_str(sql, f == TYPE_JSON ? ",CAST(CONVERT(" : text ? ",CAST(" : ",");
    sql_print_name(c->name, sql);
    buf_append_str(sql, f == TYPE_JSON ? " USING utf8mb4) AS BINARY)" : text ? " AS BINARY)" : "");
}

static STATUS
read_back(struct reader *rd)
{
    struct exec_run *r = rd->r;
    const struct cat_table *t = rd->diff->table;
    struct backend_conn *c = scratch_session_conn(r->e->scratch);
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    buf_append_str(&sql, "SELECT _rid");
    for (size_t i = 0; i < t->n_columns; i++) {
        select_stored(&t->columns[i], &sql);
    }
    struct slice db;
    TRY(exec_work_db(r, t, &db));
    buf_append_str(&sql, " FROM ");
    sql_print_name(db, &sql);
    buf_append_u8(&sql, '.');
    sql_print_name(t->name, &sql);
    buf_append_str(&sql, " LIMIT 18446744073709551615"); /* whatever sql_select_limit says */
    TRY(buf_status(&sql));
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *stmt = NULL;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    TRY(backend_prepare(c, buf_slice(&sql), &stmt, r->d));
    TRY(backend_stmt_execute(stmt, NULL, BACKEND_STREAM, &result, r->d));
    const struct slice *row;
    for (;;) {
        TRY(backend_result_next(result, &row, r->d));
        if (row == NULL) {
            return OK;
        }
        TRY(take_row(rd, row));
    }
}

/* TIMESTAMP must come in UTC. */
static STATUS
neutral(struct exec_run *r, bool on)
{
    struct backend_conn *c = scratch_session_conn(r->e->scratch);
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct diag ignored = DIAG_INIT;
    buf_printf(&sql, "SET time_zone='%s'", on ? "+00:00" : r->e->state.time_zone);
    return backend_exec(c, buf_slice(&sql), NULL, r->d->code ? &ignored : r->d);
}

static bool
has_timestamp(const struct cat_table *t)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (type_needs_tz(t->columns[i].type)) {
            return true;
        }
    }
    return false;
}

/* IGNORE leaves out the rows that a foreign key refuses. */
static bool
is_ignore(const struct exec_run *r)
{
    const struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    return (sql_is_kind(root, SQL_INSERT) && sql_as_insert(root)->ignore) ||
           (sql_is_kind(root, SQL_UPDATE) && sql_as_update(root)->ignore) ||
           (sql_is_kind(root, SQL_DELETE) && sql_as_delete(root)->ignore) ||
           (sql_is_kind(root, SQL_LOAD_DATA) &&
            sql_as_load_data(root)->duplicates != SQL_DUPLICATES_REPLACE);
}

static bool
has_references(const struct exec_run *r, const struct cat_table *t)
{
    size_t n;
    catalog_fk_refs(r->plan->catalog, t, &n);
    return n || t->n_fks;
}

struct status
image_compare(struct exec_run *r, struct image *im, struct image_diff *diff)
{
    const struct cat_table *t = im->f->table;
    *diff = (struct image_diff){.table = t, .by_row = is_ignore(r) && has_references(r, t)};
    struct reader rd = {.r = r, .im = im, .diff = diff};
    rd.values = arena_array(im->arena, struct slice, t->n_columns);
    rd.position = arena_array(im->arena, int, t->n_columns);
    TRY(arena_status(im->arena));
    for (size_t i = 0; i < t->n_columns; i++) {
        rd.position[i] = -1;
    }
    for (size_t i = 0; i < im->f->n_columns; i++) {
        rd.position[im->f->columns[i]] = (int) i;
    }
    if (im->n) {
        qsort(im->rows, im->n, sizeof *im->rows, by_rid);
    }
    const bool zone = has_timestamp(t);
    if (zone) {
        TRY(neutral(r, true));
    }
    const struct status s = read_back(&rd);
    if (zone) {
        const struct status restored = neutral(r, false);
        TRY(s);
        TRY(restored);
    }
    TRY(s);
    const bool written = catalog_has_written_children(r->plan->catalog, t);
    for (size_t i = 0; i < im->n; i++) {
        if (!im->rows[i].seen) {
            add_delete(diff, im->rows[i].rid);
            if (written) {
                TRY(keep_parent(&rd, &im->rows[i], NULL));
            }
        }
        im->rows[i].seen = false;
    }
    buf_append_str(&diff->deletes, diff->n_deleted ? ");" : "");
    buf_append_str(&diff->inserts, diff->n_inserted ? ";" : "");
    TRY(buf_status(&diff->inserts));
    return buf_status(&diff->deletes);
}

void
image_diff_deinit(struct image_diff *diff)
{
    buf_deinit(&diff->deletes);
    buf_deinit(&diff->updates);
    buf_deinit(&diff->inserts);
    buf_deinit(&diff->loosen);
}

/* Behind the first semicolon that ends a statement, not before `from`; strings (large values) may hold
 * any byte. */
static size_t
statement_end(struct slice sql, size_t from)
{
    bool quoted = false;
    for (size_t i = 0; i < sql.len; i++) {
        const uint8_t c = sql.data[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '\'') {
            quoted = !quoted;
        } else if (c == ';' && !quoted && i + 1 >= from) {
            return i + 1;
        }
    }
    return sql.len;
}

struct status
image_send(struct backend_conn *c, const struct buf *statements, struct diag *d)
{
    struct slice rest = buf_slice(statements);
    TRY(buf_status(statements));
    while (rest.len) {
        const size_t end = statement_end(rest, STATEMENT_MAX);
        TRY(backend_exec(c, slice_sub(rest, 0, end), NULL, d));
        rest = slice_from(rest, end);
    }
    return OK;
}

struct status
image_apply(struct exec_run *r, const struct image_diff *diff)
{
    struct backend_conn *c;
    TRY(exec_server(r->e, &c, r->d));
    TRY(image_send(c, &diff->deletes, r->d));
    if (diff->n_rekeyed > 1) {
        TRY(image_send(c, &diff->loosen, r->d));
    }
    TRY(image_send(c, &diff->updates, r->d));
    return image_send(c, &diff->inserts, r->d);
}

static STATUS
send_rows(struct backend_conn *c, const struct image_diff *diff, const struct buf *statements,
          image_refused_fn refused, void *ctx, struct diag *d)
{
    struct slice rest = buf_slice(statements);
    while (rest.len) {
        const size_t end = statement_end(rest, 1);
        const struct status s = backend_exec(c, slice_sub(rest, 0, end), NULL, d);
        bool go_on = false;
        if (!status_is_ok(s)) {
            TRY(refused(ctx, diff->table, &go_on));
            if (!go_on) {
                return s;
            }
        }
        rest = slice_from(rest, end);
    }
    return OK;
}

struct status
image_apply_rows(struct exec_run *r, const struct image_diff *diff, image_refused_fn refused,
                 void *ctx)
{
    struct backend_conn *c;
    TRY(exec_server(r->e, &c, r->d));
    TRY(send_rows(c, diff, &diff->deletes, refused, ctx, r->d));
    TRY(send_rows(c, diff, &diff->updates, refused, ctx, r->d));
    return send_rows(c, diff, &diff->inserts, refused, ctx, r->d);
}

/* The id of new row i, 0 where it has none. */
static uint64_t
id_of_row(struct exec_run *r, const struct image_diff *diff, size_t i)
{
    const struct cat_table *t = diff->table;
    const struct slice v = diff->new_rows[i * t->n_columns + (size_t) t->autoinc];
    const struct type *type = t->columns[t->autoinc].type;
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    uint64_t id = 0;
    if (v.data && status_is_ok(type_value_to_text(type, &r->e->state.env, v, &text)) &&
        !slice_parse_u64(buf_slice(&text), &id)) {
        return 0;
    }
    return id;
}

uint64_t
image_max_id(struct exec_run *r, const struct image_diff *diff)
{
    uint64_t max = 0;
    for (size_t i = 0; diff->table->autoinc >= 0 && i < diff->n_new; i++) {
        const uint64_t id = id_of_row(r, diff, i);
        max = id > max ? id : max;
    }
    return max;
}

uint64_t
image_count_ids(struct exec_run *r, const struct image_diff *diff, uint64_t from)
{
    uint64_t n = 0;
    for (size_t i = 0; diff->table->autoinc >= 0 && i < diff->n_new; i++) {
        n += id_of_row(r, diff, i) >= from;
    }
    return n;
}
