/* SPDX-License-Identifier: Apache-2.0 */
/* Data changes with exact literals: encrypted here, executed by the server. */
#include "base/mem.h"
#include "proxy/exec/ids.h"
#include "proxy/exec/printer.h"
#include "rewriter/types/type_value.h"

#define STATEMENT_MAX (4u << 20) /* bytes of one server statement before the next is begun */

/* ---- INSERT, REPLACE ---- */

struct insert {
    struct exec_run *r;
    const struct cat_table *t;
    struct slice *values; /* n_rows * n_columns */
    struct ids ids;
    uint64_t last_value;
};

static bool
is_zero_number(const struct type_literal *lit)
{
    uint64_t v;
    return lit->kind == TYPE_LITERAL_INT && slice_parse_u64(lit->bytes, &v) && v == 0;
}

/* Is this cell's value the next id? */
static bool
wants_id(const struct insert *ins, const struct plan_source *src)
{
    if (src->kind == SOURCE_AUTOINC) {
        return true;
    }
    if (src->kind != SOURCE_LITERAL) {
        return false;
    }
    const struct type_literal *lit = &ins->r->lits->items[src->slot];
    return lit->kind == TYPE_LITERAL_NULL ||
           (is_zero_number(lit) && !ins->r->e->state.no_auto_value_on_zero);
}

static STATUS
cell_value(struct insert *ins, size_t column, const struct plan_source *src, struct slice *out,
           bool *fits)
{
    const struct cat_column *c = &ins->t->columns[column];
    const struct cells_env cells = exec_cells(ins->r->e);
    const struct bind bind = exec_bind(ins->r->e, &cells, ins->r->lits);
    switch (src->kind) {
    case SOURCE_LITERAL:
        return bind_store(&bind, c, src->slot, src->negated, ins->r->e->arena, out, fits);
    case SOURCE_DEFAULT:
        *out = c->default_kind == CAT_DEFAULT_CONSTANT ? c->default_value : SLICE_NULL;
        return OK;
    case SOURCE_NULL:
    case SOURCE_AUTOINC:
    case SOURCE_ADD:
        *out = SLICE_NULL;
        return OK;
    }
    return OK;
}

static STATUS
bind_rows(struct insert *ins, bool *fits)
{
    const struct plan *p = ins->r->plan;
    const size_t width = ins->t->n_columns;
    *fits = true;
    for (size_t row = 0; row < p->n_rows; row++) {
        for (size_t i = 0; i < width && *fits; i++) {
            const struct plan_source *src = &p->sources[row * width + i];
            if ((int) i == ins->t->autoinc && wants_id(ins, src)) {
                continue;
            }
            TRY(cell_value(ins, i, src, &ins->values[row * width + i], fits));
        }
    }
    return OK;
}

/* Gives ids to the rows that want one. */
static STATUS
assign_ids(struct insert *ins)
{
    struct exec *e = ins->r->e;
    const struct plan *p = ins->r->plan;
    if (ins->t->autoinc < 0) {
        return OK;
    }
    const struct cat_column *c = &ins->t->columns[ins->t->autoinc];
    for (size_t row = 0; row < p->n_rows; row++) {
        const size_t at = row * ins->t->n_columns + (size_t) ins->t->autoinc;
        int64_t given;
        CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
        if (wants_id(ins, &p->sources[at])) {
            uint64_t id;
            TRY(ids_take(&ins->ids, &id));
            buf_append_u64_dec(&text, id);
            CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
            const struct type_literal lit = {.kind = TYPE_LITERAL_INT, .bytes = buf_slice(&text)};
            if (type_fit_literal(c->type, &e->state.env, TYPE_FIT_STORE, &lit, &value) !=
                TYPE_FIT_EXACT) {
                FAIL_SQL(ins->r->d, 167, "22003", "Out of range value for column '%.*s' at row %zu",
                         SLICE_ARG(c->name), row + 1);
            }
            ins->values[at] = arena_dup(e->arena, buf_slice(&value));
            continue;
        }
        TRY(type_value_to_text(c->type, &e->state.env, ins->values[at], &text));
        if (slice_parse_i64(buf_slice(&text), &given)) {
            ins->last_value = (uint64_t) given;
            ids_given(&ins->ids, given > 0 ? (uint64_t) given : 0);
        }
    }
    return arena_status(e->arena);
}

static STATUS
insert_head(const struct insert *ins, struct buf *sql)
{
    buf_printf(sql, "%s INTO %.*s.%.*s (", ins->r->plan->replace ? "REPLACE" : "INSERT",
               SLICE_ARG(ins->t->phys_db), SLICE_ARG(ins->t->phys));
    cells_row_columns(ins->t, sql);
    buf_append_str(sql, ") VALUES ");
    return buf_status(sql);
}

static STATUS
send_rows(struct insert *ins, uint64_t *affected)
{
    struct exec *e = ins->r->e;
    struct backend_conn *c;
    TRY(exec_server(e, &c, ins->r->d));
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct cells_env cells = exec_cells(e);
    *affected = 0;
    for (size_t row = 0; row < ins->r->plan->n_rows;) {
        buf_clear(&sql);
        TRY(insert_head(ins, &sql));
        for (bool first = true; row < ins->r->plan->n_rows && sql.len < STATEMENT_MAX; row++) {
            buf_append_str(&sql, first ? "" : ",");
            first = false;
            arena_reset(e->batch);
            TRY(cells_row_values(&cells, ins->t, ins->values + row * ins->t->n_columns, &sql,
                                 ins->r->d));
        }
        struct backend_summary s;
        TRY(backend_exec(c, buf_slice(&sql), &s, ins->r->d));
        *affected += s.affected_rows;
    }
    return OK;
}

/* Several server statements must be one to the client. */
static STATUS
insert_rows(struct insert *ins, uint64_t *affected)
{
    struct exec *e = ins->r->e;
    size_t bytes = 0;
    for (size_t i = 0; i < ins->r->plan->n_rows * ins->t->n_columns; i++) {
        bytes += 2 * ins->values[i].len + 128;
    }
    if (bytes < STATEMENT_MAX) {
        return send_rows(ins, affected);
    }
    struct exec_unit unit;
    TRY(exec_unit_begin(e, &unit, false, ins->r->d));
    const struct status s = send_rows(ins, affected);
    if (!status_is_ok(s)) {
        exec_unit_rollback(e, &unit);
        return s;
    }
    return exec_unit_commit(e, &unit, ins->r->d);
}

static STATUS
send_rows_back(const struct insert *ins, struct printer *p)
{
    const struct plan *plan = ins->r->plan;
    for (size_t row = 0; row < plan->n_rows; row++) {
        printer_begin(p);
        for (size_t i = 0; i < plan->n_outputs; i++) {
            const struct plan_output *o = &plan->outputs[i];
            TRY(printer_value(p, o->column->type, ins->values[row * ins->t->n_columns + o->cell]));
        }
        TRY(printer_send(p));
    }
    return OK;
}

static STATUS
send_returning(const struct insert *ins)
{
    struct exec_run *r = ins->r;
    struct printer p;
    struct status s = printer_init(&p, r, r->plan->n_outputs);
    if (status_is_ok(s)) {
        s = exec_send_columns(r, r->columns, r->n_columns);
    }
    if (status_is_ok(s)) {
        s = send_rows_back(ins, &p);
    }
    printer_deinit(&p);
    return status_is_ok(s) ? result_end(r->w, r->more, 0) : s;
}

struct status
exec_insert(struct exec_run *r, bool *fits)
{
    struct exec *e = r->e;
    struct insert ins = {.r = r, .t = r->plan->target};
    ins.ids = (struct ids){.e = e, .t = ins.t, .d = r->d, .n_rows = r->plan->n_rows};
    ins.values = arena_array(e->arena, struct slice, r->plan->n_rows * ins.t->n_columns);
    TRY(arena_status(e->arena));
    TRY(bind_rows(&ins, fits));
    if (!*fits) {
        return OK;
    }
    TRY(assign_ids(&ins));
    uint64_t affected;
    const struct status s = insert_rows(&ins, &affected);
    exec_server_seen(e);
    if (!status_is_ok(s) && r->d->mysql_errno == 1062 && r->plan->stmt) {
        diag_clear(r->d);
        e->client_insert_id = ins.ids.first; /* no second lot of ids */
        const struct status told =
            exec_trusted_insert(r, fits); /* which logical key and value it was */
        e->client_insert_id = 0;
        return told;
    }
    if (!status_is_ok(s)) {
        exec_map_error(r, ins.t, r->d);
        return s;
    }
    if (ins.ids.given) {
        TRY(store_sequence_bump(e->shared->store, ins.t->id, ins.ids.given, r->d));
    }
    exec_warnings_clear(e);
    if (ins.ids.n_lots) {
        e->info->last_insert_id = ins.ids.first;
        e->insert_id_stale = true;
    }
    if (r->plan->n_outputs) {
        e->row_count = -1;
        return send_returning(&ins);
    }
    struct result_ok ok = {.affected = affected,
                           .flags = r->more,
                           .insert_id = ins.ids.n_lots ? ins.ids.first : ins.last_value};
    if (r->plan->n_rows > 1) {
        const uint64_t n = r->plan->n_rows;
        ok.info = arena_printf(e->arena, "Records: %llu  Duplicates: %llu  Warnings: 0",
                               (unsigned long long) n, (unsigned long long) (affected - n));
    }
    e->row_count = (int64_t) affected;
    return result_ok(r->w, &ok);
}

/* ---- UPDATE ---- */

struct update {
    struct exec_run *r;
    const struct plan_fetch *f;
    struct slice *values; /* new value per set */
    struct buf sql;       /* the changes, several statements */
    uint64_t matched, changed;
    bool unfit; /* a row's new value needs the trusted side */
};

/* old + literal, or u->unfit when that is MySQL's to decide (out of range, larger than 63 bits). */
static STATUS
increment(struct update *u, const struct cat_column *c, const struct plan_source *src,
          struct slice old, struct slice *out)
{
    struct exec *e = u->r->e;
    const struct type_literal *lit = &u->r->lits->items[src->slot];
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
    int64_t a, b;
    *out = SLICE_NULL;
    if (old.data == NULL) {
        return OK;
    }
    TRY(type_value_to_text(c->type, &e->state.env, old, &text));
    u->unfit |= lit->kind != TYPE_LITERAL_INT || !slice_parse_i64(buf_slice(&text), &a) ||
                !slice_parse_i64(lit->bytes, &b);
    if (u->unfit) {
        return OK;
    }
    b = lit->negative != src->negated ? -b : b;
    if (__builtin_add_overflow(a, b, &a) || (c->type->is_unsigned && a < 0)) {
        u->unfit = true;
        return OK;
    }
    buf_clear(&text);
    buf_append_u64_dec(&text, a < 0 ? 0 - (uint64_t) a : (uint64_t) a);
    const struct type_literal sum = {
        .kind = TYPE_LITERAL_INT, .negative = a < 0, .bytes = buf_slice(&text)};
    if (type_fit_literal(c->type, &e->state.env, TYPE_FIT_STORE, &sum, &value) != TYPE_FIT_EXACT) {
        u->unfit = true;
        return OK;
    }
    *out = arena_dup(e->arena, buf_slice(&value));
    return arena_status(e->arena);
}

/* Rows are written after all of them have been read: the connection is busy until then. */
static STATUS
update_batch(void *ctx, const struct exec_rows *rows, struct diag *d)
{
    struct update *u = ctx;
    struct exec *e = u->r->e;
    const struct cells_env cells = exec_cells(e);
    u->matched += rows->n;
    for (size_t row = 0; row < rows->n; row++) {
        bool first = true;
        for (size_t i = 0; i < u->r->plan->n_sets; i++) {
            const struct cat_column *c = &u->f->table->columns[u->r->plan->sets[i].column];
            const struct slice old = rows->values[row * rows->n_columns + i];
            struct slice value = u->values[i];
            if (u->r->plan->sets[i].source.kind == SOURCE_ADD) {
                TRY(increment(u, c, &u->r->plan->sets[i].source, old, &value));
            }
            if (slice_equal(old, value)) {
                continue;
            }
            if (first) {
                buf_printf(&u->sql, "UPDATE %.*s.%.*s SET ", SLICE_ARG(u->f->table->phys_db),
                           SLICE_ARG(u->f->table->phys));
            } else {
                buf_append_u8(&u->sql, ',');
            }
            first = false;
            TRY(cells_set_column(&cells, u->f->table, c, value, rows->salts[row], &u->sql, d));
        }
        if (!first) {
            buf_printf(&u->sql, " WHERE " CAT_RID "=%llu;", (unsigned long long) rows->rids[row]);
            u->changed++;
        }
    }
    return buf_status(&u->sql);
}

static STATUS
update_values(struct update *u, bool *fits)
{
    const struct plan *p = u->r->plan;
    const struct cells_env cells = exec_cells(u->r->e);
    const struct bind bind = exec_bind(u->r->e, &cells, u->r->lits);
    *fits = true;
    for (size_t i = 0; i < p->n_sets && *fits; i++) {
        const struct cat_column *c = &u->f->table->columns[p->sets[i].column];
        const struct plan_source *src = &p->sets[i].source;
        switch (src->kind) {
        case SOURCE_LITERAL:
            TRY(bind_store(&bind, c, src->slot, src->negated, u->r->e->arena, &u->values[i], fits));
            break;
        case SOURCE_DEFAULT:
            u->values[i] = c->default_kind == CAT_DEFAULT_CONSTANT ? c->default_value : SLICE_NULL;
            break;
        case SOURCE_NULL:
        case SOURCE_AUTOINC:
        case SOURCE_ADD: /* per row */
            break;
        }
    }
    return OK;
}

static STATUS
update_run(struct update *u, struct slice fetch)
{
    struct exec *e = u->r->e;
    struct exec_unit unit;
    TRY(exec_unit_begin(e, &unit, false, u->r->d));
    arena_reset(e->batch);
    struct status s = exec_fetch(e, u->f, fetch, e->batch, false, update_batch, u, u->r->d);
    if (status_is_ok(s) && u->unfit) {
        exec_unit_rollback(e, &unit);
        return OK;
    }
    if (status_is_ok(s) && u->changed) {
        s = backend_exec(e->server, buf_slice(&u->sql), NULL, u->r->d);
    }
    if (!status_is_ok(s)) {
        exec_unit_rollback(e, &unit);
        return s;
    }
    return exec_unit_commit(e, &unit, u->r->d);
}

struct status
exec_update(struct exec_run *r, bool *fits)
{
    struct exec *e = r->e;
    struct update u = {.r = r, .f = r->plan->fetches};
    CLEANUP(buf_deinit_cleanup) struct buf fetch = BUF_INIT;
    buf_init(&u.sql);
    u.values = arena_array(e->arena, struct slice, r->plan->n_sets);
    TRY(arena_status(e->arena));
    TRY(update_values(&u, fits));
    if (!*fits) {
        return OK;
    }
    const struct cells_env cells = exec_cells(e);
    const struct bind bind = exec_bind(e, &cells, r->lits);
    TRY(bind_template(&bind, &r->plan->sql, &fetch, fits, r->d));
    if (!*fits) {
        return OK;
    }
    const struct status s = update_run(&u, buf_slice(&fetch));
    exec_server_seen(e);
    buf_deinit(&u.sql);
    if (!status_is_ok(s)) {
        exec_map_error(r, u.f->table, r->d);
        return s;
    }
    *fits = !u.unfit;
    if (u.unfit) {
        return OK;
    }
    exec_warnings_clear(e);
    const bool found_rows = (e->info->caps & 2) != 0;
    const struct result_ok ok = {
        .affected = found_rows ? u.matched : u.changed,
        .flags = r->more,
        .info = arena_printf(e->arena, "Rows matched: %llu  Changed: %llu  Warnings: 0",
                             (unsigned long long) u.matched, (unsigned long long) u.changed)};
    e->row_count = (int64_t) ok.affected;
    return result_ok(r->w, &ok);
}

/* ---- DELETE ---- */

struct status
exec_delete(struct exec_run *r, bool *fits)
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
    struct backend_summary sum;
    TRY(exec_server(e, &c, r->d));
    const struct status s = backend_exec(c, buf_slice(&sql), &sum, r->d);
    exec_server_seen(e);
    if (!status_is_ok(s)) {
        exec_map_error(r, r->plan->target, r->d);
        return s;
    }
    exec_warnings_clear(e);
    e->row_count = (int64_t) sum.affected_rows;
    const struct result_ok ok = {.affected = sum.affected_rows, .flags = r->more};
    return result_ok(r->w, &ok);
}
