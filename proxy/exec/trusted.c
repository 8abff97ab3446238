/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data changes that the trusted side computes. The rows that may change are locked in the server,
 * fetched, loaded into working tables; the client's own statement runs there, with MySQL's own
 * conversions, defaults, checks, warnings and counts; what it changed is written back by row id in the
 * same transaction. So no update is lost, and nothing is approximated.
 */
#include "base/mem.h"
#include "proxy/exec/insertion.h"

/* ---- UPDATE, DELETE ---- */

static STATUS
fetch_all(struct change *ch, const struct slice *texts)
{
    struct exec_run *r = ch->r;
    for (size_t i = 0; i < r->plan->n_fetches; i++) {
        const struct plan_fetch *f = &r->plan->fetches[i];
        struct image *image = NULL;
        if (f->target) {
            TRY(change_add_target(ch, f, &image));
        }
        TRY(change_fetch(ch, f, texts[i], image));
    }
    return OK;
}

static STATUS
change_rows(struct change *ch, const struct slice *texts)
{
    TRY(fetch_all(ch, texts));
    TRY(change_run(ch));
    TRY(change_settle(ch));
    return change_apply(ch);
}

static STATUS
change_in_unit(struct change *ch, const struct slice *texts)
{
    struct exec_unit unit;
    TRY(exec_unit_begin(ch->r->e, &unit, false, ch->r->d));
    const struct status s = change_rows(ch, texts);
    if (!status_is_ok(s)) {
        exec_unit_rollback(ch->r->e, &unit);
        return s;
    }
    return exec_unit_commit(ch->r->e, &unit, ch->r->d);
}

struct status
exec_trusted(struct exec_run *r, bool *fits)
{
    switch (r->plan->stmt->root->kind) {
    case SQL_INSERT:
        return exec_trusted_insert(r, fits);
    case SQL_LOAD_DATA:
        return exec_load_data(r, fits);
    default:
        break;
    }
    struct slice *texts;
    TRY(exec_bind_fetches(r, &texts, fits));
    if (!*fits) {
        return OK;
    }
    struct change ch;
    TRY(change_init(&ch, r));
    struct status s = exec_working_tables(r);
    if (status_is_ok(s)) {
        s = change_in_unit(&ch, texts);
    }
    exec_working_tables_drop(r);
    exec_server_seen(r->e);
    if (status_is_ok(s)) {
        s = change_finish(&ch);
    }
    change_deinit(&ch);
    return s;
}

/* ---- INSERT ---- */

struct insert {
    struct insertion in; /* first */
    const struct sql_insert *ins;
};

/* A whole number other than 0: an id that the client chose. */
static bool
is_given_id(const struct sql_node *item)
{
    if (item->kind != SQL_LITERAL || sql_as_literal(item)->literal != SQL_LITERAL_INTEGER) {
        return false;
    }
    uint64_t value; /* beyond 64 bits is out of range, but given */
    return !slice_parse_u64(sql_as_literal(item)->value, &value) || value != 0;
}

/* Does each row of VALUES bring its id? If in doubt no: an unneeded id is a gap, as InnoDB leaves them
 * too. */
static bool
may_generate(const struct insert *x)
{
    const struct cat_table *t = x->in.target.table;
    int at = t->autoinc;
    if (at < 0) {
        return false;
    }
    if (x->ins->columns.count) {
        int i = 0;
        at = -1;
        SQL_FOR_EACH(n, &x->ins->columns)
        {
            at = slice_equal_ci(sql_as_column(n)->name, t->columns[t->autoinc].name) ? i : at;
            i++;
        }
    }
    if (at < 0 || x->ins->query) {
        return true;
    }
    SQL_FOR_EACH(row, &x->ins->rows)
    {
        const struct sql_node *item = sql_as_row(row)->items.first;
        for (int i = 0; item && i < at; i++) {
            item = item->next;
        }
        if (item == NULL || !is_given_id(item)) {
            return true;
        }
    }
    return false;
}

/* MariaDB lets a working table (a temporary one) ignore in silence what a stored table refuses. */
static STATUS
check_generated(struct insert *x)
{
    const struct cat_table *t = x->in.target.table;
    const struct exec *e = x->in.ch.r->e;
    if (!t->has_generated || e->shared->flavour != BACKEND_MARIADB ||
        !(e->state.env.mode & TYPE_MODE_STRICT) || x->ins->ignore) {
        return OK;
    }
    SQL_FOR_EACH(row, &x->ins->rows)
    {
        const struct sql_node *name = x->ins->columns.first;
        size_t at = 0;
        SQL_FOR_EACH(item, &sql_as_row(row)->items)
        {
            const int c = name ? catalog_find_column(t, sql_as_column(name)->name) : (int) at++;
            const bool allowed =
                item->kind == SQL_DEFAULT ||
                (item->kind == SQL_LITERAL && sql_as_literal(item)->literal == SQL_LITERAL_NULL);
            if (c >= 0 && (size_t) c < t->n_columns &&
                t->columns[c].generated != CAT_GENERATED_NO && !allowed) {
                FAIL_SQL(x->in.ch.r->d, 1906, "HY000",
                         "The value specified for generated column '%.*s' in table '%.*s' has been "
                         "ignored",
                         SLICE_ARG(t->columns[c].name), SLICE_ARG(t->name));
            }
            name = name ? name->next : NULL;
        }
    }
    return OK;
}

/* MySQL: a nullable column whose default was dropped; CREATE TABLE cannot say that of the working table. */
static STATUS
check_defaults(const struct insert *x)
{
    const struct cat_table *t = x->in.target.table;
    const struct exec *e = x->in.ch.r->e;
    if (e->shared->flavour != BACKEND_MYSQL || !(e->state.env.mode & TYPE_MODE_STRICT) ||
        x->ins->ignore || x->ins->columns.count == 0) {
        return OK;
    }
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct cat_column *c = &t->columns[i];
        bool named =
            !c->nullable || c->default_kind != CAT_DEFAULT_NONE || c->generated != CAT_GENERATED_NO;
        SQL_FOR_EACH(n, &x->ins->columns)
        {
            named |= slice_equal_ci(sql_as_column(n)->name, c->name);
        }
        if (!named) {
            FAIL_SQL(x->in.ch.r->d, 1364, "HY000", "Field '%.*s' doesn't have a default value",
                     SLICE_ARG(c->name));
        }
    }
    return OK;
}

static STATUS
insert_rows(struct insert *x, const struct slice *texts)
{
    TRY(check_generated(x));
    TRY(check_defaults(x));
    TRY(insertion_prepare(&x->in, texts));
    return insertion_execute(&x->in, may_generate(x), x->ins->query ? 0 : x->ins->rows.count);
}

static STATUS
insert_in_unit(struct insert *x, const struct slice *texts)
{
    struct exec *e = x->in.ch.r->e;
    struct diag *d = x->in.ch.r->d;
    struct backend_conn *ignored;
    struct exec_unit unit;
    TRY(exec_scratch(e, &ignored, d));
    TRY(exec_unit_begin(e, &unit, false, d));
    const struct status s = insert_rows(x, texts);
    exec_working_tables_drop(x->in.ch.r);
    insertion_drop(&x->in);
    if (!status_is_ok(s)) {
        exec_unit_rollback(e, &unit);
        return s;
    }
    return exec_unit_commit(e, &unit, d);
}

struct status
exec_trusted_insert(struct exec_run *r, bool *fits)
{
    const struct scope *scope = r->plan->scope;
    struct slice *texts;
    TRY(exec_bind_fetches(r, &texts, fits));
    if (!*fits) {
        return OK;
    }
    if (scope->n_tables == 0 || scope->tables[0].kind != SCOPE_BASE) {
        return exec_split(r, fits); /* into a temporary table: it lives where the statement runs */
    }
    struct insert x = {.ins = sql_as_insert(r->plan->stmt->root)};
    TRY(insertion_init(&x.in, r, scope->tables[0].table));
    struct status s = insert_in_unit(&x, texts);
    exec_server_seen(r->e);
    if (status_is_ok(s)) {
        s = change_finish(&x.in.ch);
    }
    insertion_deinit(&x.in);
    return s;
}
