/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a table that is being rebuilt: read by rid, decrypted in batches, (converted by the scratch
 * engine,) encrypted anew, inserted. A conversion is the client's own ALTER TABLE, run on a working
 * table that holds the decrypted rows under the old definition, in a session with the client's
 * settings: so values and errors are MySQL's own.
 */
#include "base/mem.h"
#include "proxy/store/ddl_priv.h"
#include "proxy/store/query.h"
#include "rewriter/catalog/layout_diff.h"
#include "rewriter/catalog/physical.h"
#include "rewriter/emit/cells.h"
#include "rewriter/types/type_value.h"

#define BATCH_ROWS   500u
#define INSERT_BYTES (512u * 1024)

/* ---- reading ------------------------------------------------------------------------------------ */

/* Batches of decrypted rows. */
struct reader {
    struct ddl *x;
    const struct cat_table *t;
    struct backend_conn *conn;
    struct backend_result *result;
    struct cells_env env;
    struct arena *arena;  /* the batch */
    struct slice *cells;  /* BATCH_ROWS of each column, then of the salt */
    struct slice *values; /* the same, decrypted */
    size_t n, at;
    bool end;
};

static void
reader_deinit(struct reader *r)
{
    backend_result_free(r->result);
    backend_close(r->conn);
    arena_free(r->arena);
    free(r->cells);
    free(r->values);
}

static struct status
reader_init(struct reader *r, struct ddl *x, const struct cat_table *t, struct slice from)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    *r = (struct reader){.x = x, .t = t, .env = *x->req->cells};
    r->arena = arena_create(0);
    r->cells = calloc((t->n_columns + 1) * BATCH_ROWS, sizeof(*r->cells));
    r->values = calloc((t->n_columns + 1) * BATCH_ROWS, sizeof(*r->values));
    if (!r->arena || !r->cells || !r->values) {
        RAISE(NO_MEMORY);
    }
    r->env.arena = r->arena;
    buf_append_str(&sql, "SELECT ");
    for (size_t i = 0; i < t->n_columns; i++) {
        buf_printf(&sql, "`%.*s`,", SLICE_ARG(t->columns[i].phys_v));
    }
    buf_append_str(&sql, "`" CAT_SALT "` FROM ");
    buf_append_slice(&sql, from);
    buf_append_str(&sql, " ORDER BY `" CAT_RID "`");
    TRY(buf_status(&sql));
    TRY(backend_connect(&r->conn, &x->s->params, x->d));
    return backend_query(r->conn, buf_slice(&sql), BACKEND_STREAM, &r->result, x->d);
}

static struct status
reader_fill(struct reader *r)
{
    const size_t n_columns = r->t->n_columns;
    arena_reset(r->arena);
    r->n = r->at = 0;
    while (r->n < BATCH_ROWS && !r->end) {
        const struct slice *row;
        TRY(backend_result_next(r->result, &row, r->x->d));
        r->end = !row;
        for (size_t c = 0; row && c <= n_columns; c++) {
            r->cells[c * BATCH_ROWS + r->n] = arena_dup(r->arena, row[c]);
        }
        r->n += row != NULL;
    }
    TRY(arena_status(r->arena));
    for (size_t c = 0; r->n && c < n_columns; c++) {
        TRY(cells_decode(&r->env, r->t, &r->t->columns[c], r->cells + c * BATCH_ROWS,
                         r->cells + n_columns * BATCH_ROWS, r->n, r->values + c * BATCH_ROWS,
                         r->x->d));
    }
    return OK;
}

/* The next row's values (n_columns of them, in `row`), or *done. */
static struct status
reader_next(struct reader *r, struct slice *row, bool *done)
{
    if (r->at == r->n && !r->end) {
        TRY(reader_fill(r));
    }
    *done = r->at == r->n;
    for (size_t c = 0; !*done && c < r->t->n_columns; c++) {
        row[c] = r->values[c * BATCH_ROWS + r->at];
    }
    r->at += !*done;
    return OK;
}

/* ---- writing ------------------------------------------------------------------------------------ */

struct writer {
    struct ddl *x;
    const struct cat_table *t;
    struct cells_env env;
    struct arena *arena;
    struct buf sql;
    size_t head, n_rows;
};

static struct status
writer_init(struct writer *w, struct ddl *x, const struct cat_table *t)
{
    *w = (struct writer){.x = x, .t = t, .env = *x->req->cells};
    w->arena = arena_create(0);
    if (!w->arena) {
        RAISE(NO_MEMORY);
    }
    w->env.arena = w->arena;
    buf_append_str(&w->sql, "INSERT INTO ");
    buf_printf(&w->sql, "`%.*s`.`%.*s` (", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    cells_row_columns(t, &w->sql);
    buf_append_str(&w->sql, ") VALUES ");
    w->head = w->sql.len;
    return buf_status(&w->sql);
}

static void
writer_deinit(struct writer *w)
{
    arena_free(w->arena);
    buf_deinit(&w->sql);
}

static struct status
writer_flush(struct writer *w)
{
    if (w->n_rows) {
        TRY(buf_status(&w->sql));
        TRY(backend_exec(w->x->s->conn, buf_slice(&w->sql), NULL, w->x->d));
        buf_truncate(&w->sql, w->head);
        w->n_rows = 0;
    }
    return OK;
}

static struct status
writer_add(struct writer *w, const struct slice *values)
{
    buf_append_str(&w->sql, w->n_rows ? "," : "");
    TRY(cells_row_values(&w->env, w->t, values, &w->sql, w->x->d));
    w->n_rows++;
    arena_reset(w->arena);
    return w->sql.len > INSERT_BYTES ? writer_flush(w) : OK;
}

/* ---- same values -------------------------------------------------------------------------------- */

/* For each column of `to` the column of `from` with the same id. */
static struct status
map_columns(struct ddl *x, const struct cat_table *from, const struct cat_table *to, int **out)
{
    int *map = arena_array(x->arena, int, to->n_columns);
    TRY(arena_status(x->arena));
    for (size_t i = 0; i < to->n_columns; i++) {
        map[i] = -1;
        for (size_t j = 0; j < from->n_columns; j++) {
            if (from->columns[j].id == to->columns[i].id) {
                map[i] = (int) j;
            }
        }
    }
    *out = map;
    return OK;
}

static struct status
recode_rows(struct reader *r, struct writer *w)
{
    int *map;
    TRY(map_columns(r->x, r->t, w->t, &map));
    struct slice *row = arena_array(r->x->arena, struct slice, r->t->n_columns);
    struct slice *values = arena_array(r->x->arena, struct slice, w->t->n_columns);
    TRY(arena_status(r->x->arena));
    for (;;) {
        bool done;
        TRY(reader_next(r, row, &done));
        if (done) {
            return writer_flush(w);
        }
        for (size_t i = 0; i < w->t->n_columns; i++) {
            values[i] = map[i] < 0 ? SLICE_NULL : row[map[i]];
        }
        TRY(writer_add(w, values));
    }
}

/* ---- other values ------------------------------------------------------------------------------- */

static struct status
session_setting(struct ddl *x, struct backend_conn *to, struct diag *d)
{
    struct query_rows rows;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(query_rows(scratch_session_conn(x->req->session), x->arena,
                   SLICE("SELECT @@sql_mode, @@time_zone, @@character_set_client,"
                         " @@collation_connection, DATABASE(), @@timestamp"),
                   &rows, d));
    if (rows.n != 1) {
        RAISE(BUG);
    }
    buf_append_str(&sql, "SET sql_mode = ");
    query_quote(&sql, query_cell(&rows, 0, 0));
    buf_append_str(&sql, ", time_zone = ");
    query_quote(&sql, query_cell(&rows, 0, 1));
    buf_append_str(&sql, ", character_set_client = ");
    query_quote(&sql, query_cell(&rows, 0, 2));
    buf_append_str(&sql, ", collation_connection = ");
    query_quote(&sql, query_cell(&rows, 0, 3));
    TRY(buf_status(&sql));
    if (!slice_is_null(query_cell(&rows, 0, 4))) {
        TRY(backend_init_db(to, query_cell(&rows, 0, 4), d));
    }
    return backend_exec(to, buf_slice(&sql), NULL, d);
}

struct status
ddl_copy_has_rows(struct ddl *x, struct slice table, bool *yes)
{
    struct query_rows rows;
    const struct slice sql = arena_printf(x->arena, "SELECT 1 FROM %.*s LIMIT 1", SLICE_ARG(table));
    TRY(query_rows(x->s->conn, x->arena, sql, &rows, x->d));
    *yes = rows.n > 0;
    return OK;
}

struct status
ddl_copy_check_empty(struct ddl *x, struct slice table)
{
    bool rows;
    TRY(ddl_copy_has_rows(x, table, &rows));
    if (rows) {
        FAIL_SQL(x->d, 1205, "HY000", "Lock wait timeout exceeded; try restarting transaction");
    }
    return OK;
}

struct status
ddl_copy_prepare(struct ddl *x)
{
    const struct cat_table *t =
        x->n_targets ? catalog_find_table(x->before, x->targets[0].db, x->targets[0].name) : NULL;
    bool rows = false;
    CLEANUP(buf_deinit_cleanup) struct buf name = BUF_INIT;
    if (x->req->kind != DDL_ALTER_TABLE || !t || t->kind != CAT_TABLE) {
        return OK;
    }
    TRY(ddl_work_text(x, t));
    if (slice_is_null(x->work_text)) {
        return OK;
    }
    physical_table_name(t, &name);
    TRY(buf_status(&name));
    TRY(ddl_copy_has_rows(x, buf_slice(&name), &rows));
    if (!rows) {
        return OK;
    }
    TRY(scratch_session_open(x->s->config.scratch, NULL, &x->work, x->d));
    TRY(scratch_temp_create(x->work, t->db, t->name, SCRATCH_TEMP_RID, x->d));
    return session_setting(x, scratch_session_conn(x->work), x->d);
}

void
ddl_copy_deinit(struct ddl *x)
{
    x->work = scratch_session_close(x->work);
}

/* scratch_load's callback: rows of a reader as literals; the row's number is its _rid. */
struct load {
    struct reader *r;
    struct slice *row;
    uint64_t rid;
};

static struct status
load_row(void *ctx, struct buf *out, bool *done, struct diag *d)
{
    struct load *l = ctx;
    const struct type_env env = {
        .flavour = scratch_flavour(l->r->x->s->config.scratch) == BACKEND_MARIADB ? TYPE_MARIADB
                                                                                  : TYPE_MYSQL,
        .tz = {.known = true}};
    TRY(reader_next(l->r, l->row, done));
    if (*done) {
        return OK;
    }
    buf_append_u8(out, '(');
    buf_append_u64_dec(out, ++l->rid);
    for (size_t i = 0; i < l->r->t->n_columns; i++) {
        const struct cat_column *c = &l->r->t->columns[i];
        if (c->generated != CAT_GENERATED_NO) {
            continue;
        }
        buf_append_u8(out, ',');
        if (slice_is_null(l->row[i])) {
            buf_append_str(out, "NULL");
        } else {
            TRY(type_value_to_sql(c->type, &env, l->row[i], out));
        }
    }
    buf_append_u8(out, ')');
    return buf_status(out);
}

static struct status
load_work_table(struct reader *r)
{
    struct ddl *x = r->x;
    struct load l = {.r = r, .row = arena_array(x->arena, struct slice, r->t->n_columns)};
    struct slice *names = arena_array(x->arena, struct slice, r->t->n_columns + 1);
    TRY(arena_status(x->arena));
    size_t n = 0;
    names[n++] = SLICE("_rid");
    for (size_t i = 0; i < r->t->n_columns; i++) {
        if (r->t->columns[i].generated == CAT_GENERATED_NO) {
            names[n++] = r->t->columns[i].name;
        }
    }
    struct scratch_load load = {.db = r->t->db,
                                .table = r->t->name,
                                .columns = names,
                                .n_columns = n,
                                .next_row = load_row,
                                .ctx = &l};
    return scratch_load(x->work, &load, x->d);
}

static struct status
read_work_row(struct writer *w, const struct slice *cells, struct buf *bytes, struct slice *values)
{
    const struct type_env env = {
        .flavour =
            scratch_flavour(w->x->s->config.scratch) == BACKEND_MARIADB ? TYPE_MARIADB : TYPE_MYSQL,
        .tz = {.known = true}};
    buf_clear(bytes);
    size_t *ends = arena_array(w->arena, size_t, w->t->n_columns);
    TRY(arena_status(w->arena));
    for (size_t i = 0; i < w->t->n_columns; i++) {
        if (!slice_is_null(cells[i])) {
            TRY(type_value_from_binary(w->t->columns[i].type, &env, cells[i], bytes));
        }
        ends[i] = bytes->len;
    }
    buf_append_u8(bytes, 0); /* so that data is not NULL for a row of empty values */
    TRY(buf_status(bytes));
    for (size_t i = 0, start = 0; i < w->t->n_columns; start = ends[i++]) {
        values[i] =
            slice_is_null(cells[i]) ? SLICE_NULL : slice_of(bytes->data + start, ends[i] - start);
    }
    return OK;
}

static struct status
store_work_rows(struct writer *w, struct backend_result *result)
{
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    struct slice *values = arena_array(w->x->arena, struct slice, w->t->n_columns);
    TRY(arena_status(w->x->arena));
    for (;;) {
        const struct slice *cells;
        TRY(backend_result_next(result, &cells, w->x->d));
        if (!cells) {
            return writer_flush(w);
        }
        TRY(read_work_row(w, cells, &bytes, values));
        TRY(writer_add(w, values));
    }
}

/* What the ALTER made of the rows. The working table keeps the name that the table had before. */
static struct status
read_work_table(struct writer *w, const struct cat_table *old)
{
    struct ddl *x = w->x;
    struct backend_conn *conn = scratch_session_conn(x->work);
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    TRY(backend_exec_str(
        conn, "SET time_zone = '+00:00', character_set_results = NULL, sql_mode = ''", x->d));
    buf_append_str(&sql, "SELECT ");
    for (size_t i = 0; i < w->t->n_columns; i++) {
        buf_append_str(&sql, i ? "," : "");
        query_name(&sql, w->t->columns[i].name);
    }
    buf_append_str(&sql, " FROM ");
    query_name(&sql, old->db);
    buf_append_u8(&sql, '.');
    query_name(&sql, old->name);
    buf_append_str(&sql, " ORDER BY _rid");
    TRY(buf_status(&sql));
    CLEANUP(backend_stmt_close_cleanup) struct backend_stmt *stmt = NULL;
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    TRY(backend_prepare(conn, buf_slice(&sql), &stmt, x->d));
    TRY(backend_stmt_execute(stmt, NULL, BACKEND_STREAM, &result, x->d));
    return store_work_rows(w, result);
}

/* An AUTO_INCREMENT column that the ALTER filled: ids go on after the largest. */
static struct status
follow_autoinc(struct ddl *x, const struct cat_table *old, const struct cat_table *t)
{
    if (t->autoinc < 0) {
        return OK;
    }
    struct query_rows rows;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    uint64_t max;
    buf_append_str(&sql, "SELECT MAX(");
    query_name(&sql, t->columns[t->autoinc].name);
    buf_append_str(&sql, ") FROM ");
    query_name(&sql, old->db);
    buf_append_u8(&sql, '.');
    query_name(&sql, old->name);
    TRY(buf_status(&sql));
    TRY(query_rows(scratch_session_conn(x->work), x->arena, buf_slice(&sql), &rows, x->d));
    return rows.n && slice_parse_u64(query_cell(&rows, 0, 0), &max)
               ? store_sequence_bump(x->s, t->id, max, x->d)
               : OK;
}

/* MySQL changes NULL to NOT NULL in place and then finds another error than a copy does. */
static void
in_place_error(struct ddl *x, const struct cat_table *old, const struct cat_table *now)
{
    if (scratch_flavour(x->s->config.scratch) == BACKEND_MYSQL && x->d->mysql_errno == 1265 &&
        !layout_diff_is_copy(old, now, x->check_fks, true)) {
        diag_clear(x->d);
        diag_set_sql(x->d, STATUS_UPSTREAM_SQL, 1138, "22004", "Invalid use of NULL value");
    }
}

static struct status
convert_rows(struct reader *r, struct writer *w)
{
    struct ddl *x = r->x;
    TRY(load_work_table(r));
    const struct status status =
        backend_exec(scratch_session_conn(x->work), x->work_text, NULL, x->d);
    if (!status_is_ok(status)) {
        ddl_work_clean_text(x->d);
        in_place_error(x, r->t, w->t);
        return status;
    }
    TRY(read_work_table(w, r->t));
    return follow_autoinc(x, r->t, w->t);
}

struct status
ddl_copy_rows(struct ddl *x, const struct change_step *step)
{
    bool rows;
    TRY(ddl_copy_has_rows(x, step->from_phys, &rows));
    if (!rows) {
        return OK;
    }
    if (step->convert && !x->work) {
        FAIL(x->d, UNSUPPORTED, "this change of a table with rows");
    }
    struct reader r;
    struct writer w = {0};
    struct status status = reader_init(&r, x, step->from, step->from_phys);
    if (status_is_ok(status)) {
        status = writer_init(&w, x, step->to);
    }
    if (status_is_ok(status)) {
        status = step->convert ? convert_rows(&r, &w) : recode_rows(&r, &w);
    }
    writer_deinit(&w);
    reader_deinit(&r);
    return status;
}
