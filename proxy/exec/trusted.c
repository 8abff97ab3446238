/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data changes that the trusted side computes. The rows that may change are locked in the server,
 * fetched, loaded into working tables; the client's own statement runs there, with MySQL's own
 * conversions, defaults, checks, warnings and counts; what it changed is written back by row id in the
 * same transaction. So no update is lost, and nothing is approximated.
 */
#include "base/mem.h"
#include "proxy/exec/ids.h"
#include "proxy/exec/insertion.h"

/* ---- UPDATE, DELETE ---- */

static STATUS
fetch_all(struct change *ch, const struct slice *wheres)
{
    struct exec_run *r = ch->r;
    for (size_t i = 0; i < r->plan->n_fetches; i++) {
        struct image *image;
        if (r->plan->fetches[i].target) {
            TRY(change_add_target(ch, &r->plan->fetches[i], &image));
        }
    }
    return change_fetch(ch, wheres);
}

/* MariaDB lets a working table (a temporary one) ignore in silence what a stored table refuses. */
static bool
refuses_generated(const struct exec *e, const struct cat_table *t, const struct sql_node *value)
{
    return t->has_generated && e->shared->flavour == BACKEND_MARIADB &&
           (e->state.env.mode & TYPE_MODE_STRICT) && value->kind != SQL_DEFAULT &&
           !(value->kind == SQL_LITERAL && sql_as_literal(value)->literal == SQL_LITERAL_NULL);
}

static STATUS
fail_generated(struct exec_run *r, const struct cat_table *t, int column)
{
    FAIL_SQL(r->d, 1906, "HY000",
             "The value specified for generated column '%.*s' in table '%.*s' has been ignored",
             SLICE_ARG(t->columns[column].name), SLICE_ARG(t->name));
}

/* UPDATE .. SET of a generated column, once a row matched. */
static STATUS
check_generated_sets(struct change *ch)
{
    const struct sql_node *root = ch->r->plan->stmt->root;
    const struct slice info = backend_result_summary(ch->result)->info;
    if (!sql_is_kind(root, SQL_UPDATE) || sql_as_update(root)->ignore ||
        slice_starts_with(info, SLICE("Rows matched: 0 "))) {
        return OK;
    }
    SQL_FOR_EACH(node, &sql_as_update(root)->set)
    {
        const struct sql_assign *as = sql_as_assign(node);
        const struct scope_column c = scope_resolve(ch->r->plan->scope, as->column);
        if (c.table && c.table->table && c.column >= 0 &&
            c.table->table->columns[c.column].generated != CAT_GENERATED_NO &&
            refuses_generated(ch->r->e, c.table->table, as->value)) {
            return fail_generated(ch->r, c.table->table, c.column);
        }
    }
    return OK;
}

static STATUS
change_rows(struct change *ch, const struct slice *wheres)
{
    TRY(fetch_all(ch, wheres));
    TRY(change_run(ch));
    TRY(check_generated_sets(ch));
    TRY(change_settle(ch));
    return change_apply(ch);
}

static STATUS
change_in_unit(struct change *ch, const struct slice *wheres)
{
    struct exec_unit unit;
    TRY(exec_unit_begin(ch->r->e, &unit, false, ch->r->d));
    const struct status s = change_rows(ch, wheres);
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
    struct slice *wheres;
    TRY(exec_bind_parts(r, &wheres, fits));
    if (!*fits) {
        return OK;
    }
    struct change ch;
    TRY(change_init(&ch, r));
    struct status s = exec_working_tables(r);
    if (status_is_ok(s)) {
        s = change_in_unit(&ch, wheres);
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
    bool through_view; /* columns are the view's, and its own to check */
};

static STATUS
check_generated(struct insert *x)
{
    const struct cat_table *t = x->in.target.table;
    if (!t->has_generated || x->ins->ignore) {
        return OK;
    }
    SQL_FOR_EACH(row, &x->ins->rows)
    {
        const struct sql_node *name = x->ins->columns.first;
        size_t at = 0;
        SQL_FOR_EACH(item, &sql_as_row(row)->items)
        {
            const int c = name ? catalog_find_column(t, sql_as_column(name)->name) : (int) at++;
            if (c >= 0 && (size_t) c < t->n_columns &&
                t->columns[c].generated != CAT_GENERATED_NO &&
                refuses_generated(x->in.ch.r->e, t, item)) {
                return fail_generated(x->in.ch.r, t, c);
            }
            name = name ? name->next : NULL;
        }
    }
    return OK;
}

/* The working table's engine may have what the stored table's has not. */
static STATUS
check_delayed(const struct insert *x)
{
    const struct cat_table *t = x->in.target.table;
    if (x->ins->priority == SQL_PRIORITY_DELAYED &&
        x->in.ch.r->e->shared->flavour == BACKEND_MARIADB &&
        slice_equal_str_ci(t->engine, "InnoDB")) {
        FAIL_SQL(x->in.ch.r->d, 1616, "HY000", "DELAYED option not supported for table '%.*s'",
                 SLICE_ARG(t->name));
    }
    return OK;
}

static bool
names_id(const struct insert *x)
{
    const struct cat_table *t = x->in.target.table;
    SQL_FOR_EACH(n, &x->ins->columns)
    {
        if (t->autoinc >= 0 &&
            slice_equal_ci(sql_as_column(n)->name, t->columns[t->autoinc].name)) {
            return true;
        }
    }
    return x->ins->columns.count == 0;
}

static STATUS
insert_rows(struct insert *x, const struct slice *wheres)
{
    TRY(check_delayed(x));
    if (!x->through_view) {
        TRY(check_generated(x));
        x->in.always = !names_id(x);
    }
    TRY(insertion_prepare(&x->in, wheres));
    if (x->ins->query) {
        return insertion_execute(&x->in, true, 0);
    }
    if (x->through_view) { /* whether it names the id is not known: one row takes what it needs */
        return insertion_execute(&x->in, true, x->ins->rows.count > 1 ? x->ins->rows.count : 0);
    }
    const struct cat_table *t = x->in.target.table;
    uint64_t given;
    const bool generates = ids_wanted(x->in.ch.r, t, x->ins, &given);
    if (generates && given) { /* rows before the first that wants an id: theirs come first */
        TRY(store_sequence_bump(x->in.ch.r->e->shared->store, t->id, given, x->in.ch.r->d));
    }
    return insertion_execute(&x->in, generates, x->ins->rows.count);
}

static STATUS
insert_in_unit(struct insert *x, const struct slice *wheres)
{
    struct exec *e = x->in.ch.r->e;
    struct diag *d = x->in.ch.r->d;
    struct backend_conn *ignored;
    struct exec_unit unit;
    TRY(exec_scratch(e, &ignored, d));
    TRY(exec_unit_begin(e, &unit, false, d));
    const struct status s = insert_rows(x, wheres);
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
    struct slice *wheres;
    TRY(exec_bind_parts(r, &wheres, fits));
    if (!*fits) {
        return OK;
    }
    const struct cat_table *target = scope->n_tables ? scope->tables[0].table : NULL;
    if (target && target->kind == CAT_VIEW) {
        target = r->plan->target;
    }
    if (target == NULL) {
        return exec_split(r, fits); /* into a temporary table: it lives where the statement runs */
    }
    struct insert x = {.ins = sql_as_insert(r->plan->stmt->root),
                       .through_view = r->plan->n_views > 0};
    TRY(insertion_init(&x.in, r, target));
    struct status s = insert_in_unit(&x, wheres);
    exec_server_seen(r->e);
    if (status_is_ok(s)) {
        s = change_finish(&x.in.ch);
    }
    insertion_deinit(&x.in);
    return s;
}
