/* SPDX-License-Identifier: Apache-2.0 */
/* SELECT: one server statement decoded (rewrite), or fetch, load and run on the trusted side (split). */
#include "base/mem.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/exec/lock.h"
#include "rewriter/types/charset.h"
#include "rewriter/types/type_value.h"

#define BATCH 500

/* ---- printing a value for the client ---- */

struct printer {
    struct exec *e;
    bool binary;
    bool convert; /* character_set_results asks for a conversion */
    enum charset to;
    struct buf row; /* cells of one row, back to back */
    size_t *offsets;
    bool *nulls;
    struct slice *cells;
    size_t n;
};

static STATUS
printer_init(struct printer *p, struct exec_run *r, size_t n)
{
    struct exec *e = r->e;
    *p = (struct printer){.e = e, .binary = r->w->binary, .n = n};
    p->offsets = arena_array(e->arena, size_t, n + 1);
    p->nulls = arena_array(e->arena, bool, n + 1);
    p->cells = arena_array(e->arena, struct slice, n + 1);
    const struct slice name = slice_of_str(e->state.charset_results);
    if (name.len && !slice_equal_str_ci(name, "binary")) {
        p->convert = true;
        p->to = charset_from_name(name, 4);
    }
    return arena_status(e->arena);
}

/* What the target cannot hold becomes '?', as in MySQL. */
static void
convert_lossy(enum charset from, enum charset to, struct slice s, struct buf *out)
{
    while (s.len) {
        uint32_t cp;
        unsigned len;
        if (!charset_decode(from, s, &cp, &len)) {
            buf_append_u8(out, '?');
            s = slice_from(s, 1);
            continue;
        }
        if (!charset_encode(to, cp, out)) {
            buf_append_u8(out, '?');
        }
        s = slice_from(s, len);
    }
}

static STATUS
print_value(struct printer *p, const struct type *t, struct slice value)
{
    const struct type_env *env = &p->e->state.env;
    const bool text = t->family == TYPE_STRING || t->family == TYPE_ENUM || t->family == TYPE_SET;
    if (!text || !p->convert || t->collation->cs == p->to) {
        return p->binary ? type_value_to_binary(t, env, value, &p->row)
                         : type_value_to_text(t, env, value, &p->row);
    }
    CLEANUP(buf_deinit_cleanup) struct buf own = BUF_INIT;
    TRY(type_value_to_text(t, env, value, &own));
    if (!charset_convert(t->collation->cs, p->to, buf_slice(&own), &p->row)) {
        convert_lossy(t->collation->cs, p->to, buf_slice(&own), &p->row);
    }
    return buf_status(&p->row);
}

/* ---- rewrite ---- */

struct decoder {
    struct exec_run *r;
    struct printer printer;
    size_t n, width;      /* rows in the batch; server columns */
    struct slice *server; /* server[column * BATCH + row] */
    struct slice *values; /* values[output * BATCH + row] */
    struct slice *cells, *salts;
};

static STATUS
decode_output(struct decoder *dec, size_t i)
{
    const struct plan_output *o = &dec->r->plan->outputs[i];
    const struct slice *cell = dec->server + o->cell * BATCH;
    const struct slice *salt = dec->server + o->salt * BATCH;
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
    return cells_decode(&env, o->table, o->column, cell, salt, dec->n, dec->values + i * BATCH,
                        dec->r->d);
}

static STATUS
print_output(struct decoder *dec, size_t i, size_t row, bool *null)
{
    const struct plan_output *o = &dec->r->plan->outputs[i];
    struct printer *p = &dec->printer;
    struct slice v;
    *null = false;
    switch (o->kind) {
    case OUTPUT_VALUE:
    case OUTPUT_MINMAX:
        v = dec->values[i * BATCH + row];
        *null = v.data == NULL;
        return *null ? OK : print_value(p, o->column->type, v);
    case OUTPUT_PLAIN:
        v = dec->server[o->cell * BATCH + row];
        break;
    case OUTPUT_LITERAL:
        v = dec->r->lits->items[o->literal.slot].bytes;
        break;
    }
    *null = v.data == NULL;
    if (*null || !p->binary) {
        buf_append_slice(&p->row, v);
        return buf_status(&p->row);
    }
    const struct wire_column *c = &dec->r->columns[i];
    return type_value_text_to_binary(c->type, (c->flags & 32) != 0, v, &p->row);
}

static STATUS
send_row(struct decoder *dec, size_t row)
{
    struct printer *p = &dec->printer;
    buf_clear(&p->row);
    for (size_t i = 0; i < p->n; i++) {
        p->offsets[i] = p->row.len;
        TRY(print_output(dec, i, row, &p->nulls[i]));
    }
    p->offsets[p->n] = p->row.len;
    TRY(buf_status(&p->row));
    const struct slice all = buf_slice(&p->row);
    for (size_t i = 0; i < p->n; i++) {
        p->cells[i] = p->nulls[i]
                          ? SLICE_NULL
                          : slice_sub(all, p->offsets[i], p->offsets[i + 1] - p->offsets[i]);
    }
    return result_row(dec->r->w, p->cells, p->n);
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
    for (size_t k = 0; k < dec->n; k++) {
        TRY(send_row(dec, k));
    }
    dec->n = 0;
    return OK;
}

static STATUS
decoder_begin(struct decoder *dec)
{
    struct arena *a = dec->r->e->batch;
    arena_reset(a);
    dec->server = arena_array(a, struct slice, BATCH * dec->width);
    dec->values = arena_array(a, struct slice, BATCH * (dec->r->plan->n_outputs + 1));
    dec->cells = arena_array(a, struct slice, BATCH);
    dec->salts = arena_array(a, struct slice, BATCH);
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
                dec->server[i * BATCH + dec->n] = arena_dup(dec->r->e->batch, row[i]);
            }
            TRY(arena_status(dec->r->e->batch));
            dec->n++;
        }
        if (dec->n && (row == NULL || dec->n == BATCH)) {
            dec->r->e->found_rows += dec->n;
            TRY(flush(dec));
            TRY(decoder_begin(dec));
        }
        if (row == NULL) {
            return OK;
        }
    }
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
    struct backend_conn *c;
    e->found_rows = 0;
    TRY(exec_server(e, &c, r->d));
    struct backend_result *result = NULL;
    struct slice text;
    TRY(lock_text(e, buf_slice(&sql), &text));
    struct status s = backend_query(c, text, BACKEND_STREAM, &result, r->d);
    if (status_is_ok(s)) {
        struct decoder dec = {.r = r, .width = backend_result_n_columns(result)};
        s = printer_init(&dec.printer, r, r->plan->n_outputs);
        if (status_is_ok(s)) {
            s = exec_send_columns(r, r->columns, r->n_columns);
        }
        if (status_is_ok(s)) {
            s = stream_rows(&dec, result);
        }
        buf_deinit(&dec.printer.row);
        backend_result_free(result);
    }
    exec_server_seen(e);
    if (!status_is_ok(s)) {
        exec_map_error(r, r->plan->scope->tables[0].table, r->d);
        return s;
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
    return OK;
}

void
exec_working_tables_drop(struct exec_run *r)
{
    for (size_t i = 0; i < r->plan->n_fetches && r->e->scratch; i++) {
        struct diag ignored = DIAG_INIT;
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

struct status
exec_over_rows(struct exec_run *r, bool *fits, STATUS (*run)(struct exec_run *r))
{
    struct slice *wheres;
    TRY(exec_bind_parts(r, &wheres, fits));
    if (!*fits) {
        return OK;
    }
    struct status s = exec_working_tables(r);
    if (status_is_ok(s)) {
        s = split_load(r, wheres);
    }
    if (status_is_ok(s)) {
        s = run(r);
    }
    exec_working_tables_drop(r);
    return s;
}
