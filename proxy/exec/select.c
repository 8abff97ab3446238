/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT: one server statement decoded (rewrite), or fetch, load and run on the trusted side (split). */
#include "base/mem.h"
#include "proxy/exec/finish.h"
#include "proxy/exec/lock.h"
#include "rewriter/types/type_value.h"

#define BATCH 500

/* ---- rewrite ---- */

struct decoder {
    struct exec_run *r;
    struct printer printer;
    struct finish *finish; /* NULL: rows are sent as they come */
    bool *fits;
    size_t n, cap, width; /* rows in the batch, room for them; server columns */
    struct slice *server; /* server[column * cap + row] */
    struct slice *values; /* values[output * cap + row] */
    struct slice *cells, *salts;
};

static STATUS
decode_output(struct decoder *dec, size_t i)
{
    const struct plan_output *o = &dec->r->plan->outputs[i];
    const struct slice *cell = dec->server + o->cell * dec->cap;
    const struct slice *salt = dec->server + o->salt * dec->cap;
    if (o->kind == OUTPUT_MINMAX) {
        for (size_t k = 0; k < dec->n; k++) {
            const size_t head = o->skip + CELLS_SALT_LEN;
            const bool null = cell[k].data == NULL || cell[k].len < head;
            dec->salts[k] = null ? SLICE_NULL : slice_sub(cell[k], o->skip, CELLS_SALT_LEN);
            dec->cells[k] = null ? SLICE_NULL : slice_from(cell[k], head);
        }
        cell = dec->cells;
        salt = dec->salts;
    }
    struct cells_env env = exec_cells(dec->r->e);
    return cells_decode(&env, o->table, o->column, cell, salt, dec->n, dec->values + i * dec->cap,
                        dec->r->d);
}

static STATUS
print_output(struct decoder *dec, size_t i, size_t row)
{
    const struct plan_output *o = &dec->r->plan->outputs[i];
    switch (o->kind) {
    case OUTPUT_VALUE:
    case OUTPUT_MINMAX:
        return printer_value(&dec->printer, o->column->type, dec->values[i * dec->cap + row]);
    case OUTPUT_PLAIN:
        return printer_text(&dec->printer, dec->server[o->cell * dec->cap + row]);
    case OUTPUT_LITERAL:
        return printer_text(&dec->printer, dec->r->lits->items[o->literal.slot].bytes);
    }
    return OK;
}

static STATUS
send_row(struct decoder *dec, size_t row)
{
    printer_begin(&dec->printer);
    for (size_t i = 0; i < dec->r->plan->n_outputs; i++) {
        TRY(print_output(dec, i, row));
    }
    return printer_send(&dec->printer);
}

static STATUS
flush(struct decoder *dec)
{
    const struct plan *plan = dec->r->plan;
    for (size_t i = 0; i < plan->n_outputs; i++) {
        if (plan->outputs[i].kind == OUTPUT_VALUE || plan->outputs[i].kind == OUTPUT_MINMAX) {
            TRY(decode_output(dec, i));
        }
    }
    if (dec->finish) {
        return finish_rows(dec->finish, dec->values, dec->cap, dec->n, dec->fits);
    }
    for (size_t k = 0; k < dec->n; k++) {
        TRY(send_row(dec, k));
    }
    dec->r->e->found_rows += dec->n;
    return OK;
}

/* Most answers are a row or a few: the first batches are small. */
static STATUS
decoder_begin(struct decoder *dec)
{
    struct arena *a = dec->r->e->batch;
    arena_reset(a);
    dec->n = 0;
    dec->cap = dec->cap == 0 ? 4 : dec->cap * 8 < BATCH ? dec->cap * 8 : BATCH;
    dec->server = arena_array(a, struct slice, dec->cap * dec->width);
    dec->values = arena_array(a, struct slice, dec->cap * (dec->r->plan->n_outputs + 1));
    dec->cells = arena_array(a, struct slice, dec->cap);
    dec->salts = arena_array(a, struct slice, dec->cap);
    return arena_status(a);
}

static STATUS
stream_rows(struct decoder *dec, struct backend_result *result)
{
    const struct slice *row;
    TRY(decoder_begin(dec));
    for (;;) {
        TRY(backend_result_next(result, &row, dec->r->d));
        if (row) {
            for (size_t i = 0; i < dec->width; i++) {
                dec->server[i * dec->cap + dec->n] = arena_dup(dec->r->e->batch, row[i]);
            }
            TRY(arena_status(dec->r->e->batch));
            dec->n++;
        }
        if (dec->n && (row == NULL || dec->n == dec->cap)) {
            TRY(flush(dec));
            TRY(decoder_begin(dec));
        }
        if (row == NULL || !*dec->fits) {
            return OK;
        }
    }
}

/* Rows that the proxy works on come first, then the answer: until then the plan may turn out unfit. */
static STATUS
finish_result(struct decoder *dec, struct backend_result *result)
{
    struct exec_run *r = dec->r;
    TRY(finish_new(&dec->finish, r));
    TRY(finish_rows(dec->finish, NULL, 0, 0, dec->fits));
    if (*dec->fits) {
        TRY(stream_rows(dec, result));
    }
    if (*dec->fits) {
        TRY(finish_end(dec->finish, dec->fits));
    }
    if (!*dec->fits) {
        return OK;
    }
    TRY(exec_send_columns(r, r->columns, r->n_columns));
    return finish_send(dec->finish, &dec->printer, &r->e->found_rows);
}

static STATUS
send_result(struct exec_run *r, struct backend_result *result, bool *fits)
{
    struct decoder dec = {.r = r, .width = backend_result_n_columns(result), .fits = fits};
    struct status s = printer_init(&dec.printer, r, r->n_columns);
    if (status_is_ok(s) && r->plan->finish) {
        s = finish_result(&dec, result);
    } else if (status_is_ok(s)) {
        s = exec_send_columns(r, r->columns, r->n_columns);
        if (status_is_ok(s)) {
            s = stream_rows(&dec, result);
        }
    }
    finish_free(dec.finish);
    printer_deinit(&dec.printer);
    return s;
}

struct status
exec_rewrite(struct exec_run *r, bool *fits)
{
    struct exec *e = r->e;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    const struct cells_env cells = exec_cells(e);
    const struct bind bind = exec_bind(e, &cells, r->lits);
    TRY(bind_template(&bind, &r->plan->sql, &sql, fits, r->d));
    if (!*fits) {
        return OK;
    }
    for (size_t i = 0; i < r->plan->n_outputs; i++) {
        const struct plan_output *o = &r->plan->outputs[i];
        *fits &= o->column == NULL || printer_can(r, o->column->type);
    }
    if (!*fits) {
        return OK;
    }
    struct backend_conn *c;
    e->found_rows = 0;
    TRY(exec_server(e, &c, r->d));
    struct backend_result *result = NULL;
    struct slice text;
    TRY(lock_text(e, buf_slice(&sql), &text));
    struct status s = backend_query(c, text, BACKEND_STREAM, &result, r->d);
    if (status_is_ok(s)) {
        s = send_result(r, result, fits);
        backend_result_free(result);
    }
    exec_server_seen(e);
    if (!status_is_ok(s)) {
        exec_map_error(r, r->plan->scope->tables[0].table, r->d);
        return s;
    }
    if (!*fits) {
        return OK;
    }
    exec_warnings_clear(e);
    e->row_count = -1;
    return result_end(r->w, r->more, 0);
}

/* ---- split ---- */

struct loader {
    struct exec_run *r;
    const struct plan_fetch *f;
    const struct exec_rows *rows;
    size_t at;
    struct slice names[1024];
};

static STATUS
next_row(void *ctx, struct buf *out, bool *done, struct diag *d)
{
    struct loader *l = ctx;
    *done = l->at == l->rows->n;
    if (*done) {
        return OK;
    }
    const struct slice *values = l->rows->values + l->at * l->rows->n_columns;
    buf_append_u8(out, '(');
    if (l->f->target) {
        buf_append_u64_dec(out, l->rows->rids[l->at]);
    }
    for (size_t i = 0; i < l->f->n_columns; i++) {
        buf_append_str(out, i || l->f->target ? "," : "");
        if (values[i].data == NULL) {
            buf_append_str(out, "NULL");
        } else {
            TRY(type_value_to_sql(l->f->table->columns[l->f->columns[i]].type, &l->r->e->state.env,
                                  values[i], out));
        }
    }
    buf_append_u8(out, ')');
    l->at++;
    return buf_status(out);
}

struct status
exec_load_rows(struct exec_run *r, const struct plan_fetch *f, const struct exec_rows *rows)
{
    if (f->n_columns + 1 > 1024) {
        FAIL(r->d, LIMIT, "a table with more than 1023 columns");
    }
    CLEANUP(free_cleanup) struct loader *l = calloc(1, sizeof *l);
    if (l == NULL) {
        RAISE(NO_MEMORY);
    }
    *l = (struct loader){.r = r, .f = f, .rows = rows};
    size_t n = 0;
    if (f->target) {
        l->names[n++] = SLICE("_rid");
    }
    for (size_t i = 0; i < f->n_columns; i++) {
        l->names[n++] = f->table->columns[f->columns[i]].name;
    }
    struct slice db;
    TRY(exec_work_db(r, f->table, &db));
    struct scratch_load load = {.db = db,
                                .table = f->table->name,
                                .columns = l->names,
                                .n_columns = n,
                                .next_row = next_row,
                                .ctx = l};
    bool *made = r->made ? &r->made[f - r->plan->fetches] : NULL;
    if (made && !*made) {
        *made = true; /* also when it fails half-way */
        return scratch_load_temp(r->e->scratch, exec_read_flags(r), &load, r->d);
    }
    return scratch_load(r->e->scratch, &load, r->d);
}

static STATUS
load_batch(void *ctx, const struct plan_fetch *f, const struct exec_rows *rows, struct diag *d)
{
    return exec_load_rows(ctx, f, rows);
}

struct status
exec_working_tables(struct exec_run *r)
{
    struct backend_conn *ignored;
    TRY(exec_scratch(r->e, &ignored, r->d));
    for (size_t i = 0; i < r->plan->n_fetches; i++) {
        const struct plan_fetch *f = &r->plan->fetches[i];
        TRY(exec_work_create(r, f->table, f->target ? SCRATCH_TEMP_RID : exec_read_flags(r)));
    }
    return exec_work_views(r);
}

void
exec_working_tables_drop(struct exec_run *r)
{
    exec_work_views_drop(r);
    for (size_t i = 0; i < r->plan->n_fetches && r->e->scratch; i++) {
        struct diag ignored = DIAG_INIT;
        if (r->made && !r->made[i]) {
            continue;
        }
        const struct status s = exec_work_drop(r, r->plan->fetches[i].table, &ignored);
        (void) s; /* the engine is gone, and its tables with it */
    }
}

static STATUS
split_load(struct exec_run *r, const struct slice *wheres)
{
    struct exec_unit unit = {0};
    struct status s = OK;
    if (r->plan->n_parts > 1) { /* one snapshot for all of them */
        TRY(exec_unit_begin(r->e, &unit, true, r->d));
    }
    s = exec_fetch_parts(r, wheres, load_batch, r);
    if (status_is_ok(s)) {
        s = exec_unit_commit(r->e, &unit, r->d);
    } else {
        exec_unit_rollback(r->e, &unit);
    }
    exec_server_seen(r->e);
    return s;
}

/* SQL_CALC_FOUND_ROWS ran on the trusted side: its count, before the working tables are dropped. */
static STATUS
read_found_rows(struct exec_run *r)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    const struct slice *row;
    TRY(backend_query(scratch_session_conn(r->e->scratch), SLICE("SELECT FOUND_ROWS()"),
                      BACKEND_STORE, &result, r->d));
    TRY(backend_result_next(result, &row, r->d));
    if (row && row[0].data) {
        slice_parse_u64(row[0], &r->e->found_rows);
    }
    return OK;
}

static STATUS
split_run(struct exec_run *r)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    TRY(exec_scratch_run(r, BACKEND_STORE, &result));
    const uint16_t warnings = backend_result_summary(result)->warnings;
    TRY(exec_warnings_capture(r->e, warnings, r->d));
    exec_work_messages(r, NULL);
    TRY(exec_relay(r, result, r->columns, r->n_columns, false));
    return r->plan->calc_found_rows ? read_found_rows(r) : OK;
}

struct status
exec_split(struct exec_run *r, bool *fits)
{
    return exec_over_rows(r, fits, split_run);
}

/* A plain SELECT makes each table together with its first rows; without rows the mirror's will do. */
static bool
makes_late(const struct plan *p)
{
    return p->kind == PLAN_SPLIT && !p->in_schema && p->stmt && p->stmt->root->kind == SQL_QUERY &&
           sql_as_query(p->stmt->root)->locks.count == 0;
}

struct status
exec_over_rows(struct exec_run *r, bool *fits, STATUS (*run)(struct exec_run *r))
{
    struct slice *wheres;
    TRY(exec_bind_parts(r, &wheres, fits));
    if (!*fits) {
        return OK;
    }
    if (makes_late(r->plan)) {
        struct backend_conn *ignored;
        r->made = arena_array(r->e->arena, bool, r->plan->n_fetches);
        TRY(arena_status(r->e->arena));
        TRY(exec_scratch(r->e, &ignored, r->d));
    }
    struct status s = r->made ? OK : exec_working_tables(r);
    if (status_is_ok(s)) {
        s = split_load(r, wheres);
    }
    if (status_is_ok(s)) {
        s = run(r);
    }
    exec_working_tables_drop(r);
    r->made = NULL;
    return s;
}
