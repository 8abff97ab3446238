/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data changes that need no help: INSERT and REPLACE of literals that fit their columns exactly, UPDATE
 * that sets such literals, DELETE whose condition the server decides. Everything else is computed by the
 * trusted side (PLAN_TRUSTED).
 */
#include "base/mem.h"
#include "rewriter/plan/plan_priv.h"

/* ---- values ---- */

/* The literal must be what the column will hold, without a warning. */
static bool
source_of(struct planner *pl, const struct cat_column *c, const struct sql_node *n,
          struct plan_source *out)
{
    struct literal_ref lit;
    if (n->kind == SQL_DEFAULT && sql_as_default(n)->column == NULL) {
        if (c->default_kind != CAT_DEFAULT_CONSTANT && c->default_kind != CAT_DEFAULT_NULL) {
            return plan_refuse(pl, "a DEFAULT that must be computed");
        }
        *out = (struct plan_source){.kind = SOURCE_DEFAULT};
        return true;
    }
    if (!literal_of_node(n, pl->lits, &lit)) {
        return plan_refuse(pl, "a value that must be computed");
    }
    if (lit.value.has_introducer && pl->ctx->env->flavour == TYPE_MYSQL) {
        return plan_refuse(pl, "a character set that MySQL may warn about");
    }
    CLEANUP(buf_deinit_cleanup) struct buf value = BUF_INIT;
    const enum type_fit fit =
        type_fit_literal(c->type, pl->ctx->env, TYPE_FIT_STORE, &lit.value, &value);
    if (fit == TYPE_FIT_NULL && c->nullable) {
        *out = lit.slot < 0
                   ? (struct plan_source){.kind = SOURCE_NULL}
                   : (struct plan_source){.kind = SOURCE_LITERAL, .slot = (uint32_t) lit.slot};
        return true;
    }
    if (fit != TYPE_FIT_EXACT || lit.slot < 0) {
        return plan_refuse(pl, "a value whose conversion is MySQL's to make");
    }
    *out = (struct plan_source){
        .kind = SOURCE_LITERAL, .negated = lit.negated, .slot = (uint32_t) lit.slot};
    return true;
}

/* NULL and (unless NO_AUTO_VALUE_ON_ZERO) 0 ask for the next id. Only literal NULL words and the
 * omitted column are taken here: a number's slot may hold 0 next time. */
static bool
autoinc_source(struct planner *pl, const struct cat_column *c, const struct sql_node *n,
               struct plan_source *out)
{
    struct literal_ref lit;
    if (!literal_of_node(n, pl->lits, &lit)) {
        return plan_refuse(pl, "a computed AUTO_INCREMENT value");
    }
    if (lit.slot < 0 && lit.value.kind == TYPE_LITERAL_NULL) {
        *out = (struct plan_source){.kind = SOURCE_AUTOINC};
        return true;
    }
    return source_of(pl, c, n, out);
}

/* ---- INSERT ---- */

static bool
table_is_plain(struct planner *pl, const struct cat_table *t)
{
    if (catalog_partitioning(t) == CAT_PARTITIONS_SOME) {
        return plan_refuse(pl, "partitions that may not have a place for a row");
    }
    if (t->has_generated || t->has_check || t->has_trigger) {
        return plan_refuse(pl, "generated columns or CHECK constraints");
    }
    return true;
}

/* Which item of a row gives column i: -1 none. */
static bool
insert_mapping(struct planner *pl, const struct sql_insert *ins, const struct cat_table *t,
               int *map)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        map[i] = -1;
    }
    int item = 0;
    if (!ins->column_list && !ins->set_form) {
        for (size_t i = 0; i < t->n_columns; i++) {
            map[i] = t->columns[i].invisible ? -1 : item++;
        }
        return true;
    }
    SQL_FOR_EACH(n, &ins->columns)
    {
        const int c = catalog_find_column(t, sql_as_column(n)->name);
        if (c < 0 || map[c] >= 0) {
            return plan_refuse(pl, "an unknown or repeated column");
        }
        map[c] = item++;
    }
    return true;
}

static bool
insert_cell(struct planner *pl, const struct cat_table *t, size_t column, const struct sql_node *n,
            struct plan_source *out)
{
    const struct cat_column *c = &t->columns[column];
    const bool autoinc = t->autoinc == (int) column;
    if (n == NULL || (n->kind == SQL_DEFAULT && autoinc)) {
        if (autoinc) {
            *out = (struct plan_source){.kind = SOURCE_AUTOINC};
            return true;
        }
        if (c->default_kind == CAT_DEFAULT_NONE || c->default_kind == CAT_DEFAULT_EXPR) {
            return plan_refuse(pl, "a default that must be computed");
        }
        *out = (struct plan_source){.kind = SOURCE_DEFAULT};
        return true;
    }
    return autoinc ? autoinc_source(pl, c, n, out) : source_of(pl, c, n, out);
}

static bool
insert_rows(struct planner *pl, const struct sql_insert *ins, const struct cat_table *t,
            const int *map)
{
    uint32_t width = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        width += map[i] >= 0;
    }
    struct plan_source *src =
        arena_array(pl->p->arena, struct plan_source, ins->rows.count * t->n_columns);
    const struct sql_node **items = arena_array(pl->p->arena, const struct sql_node *, width + 1);
    if (src == NULL || items == NULL) {
        return false;
    }
    pl->p->sources = src;
    SQL_FOR_EACH(row, &ins->rows)
    {
        const struct sql_row *r = sql_as_row(row);
        if (r->items.count != width) {
            return plan_refuse(pl, "a row of another width");
        }
        uint32_t k = 0;
        SQL_FOR_EACH(n, &r->items)
        {
            items[k++] = n;
        }
        for (size_t i = 0; i < t->n_columns; i++) {
            if (!insert_cell(pl, t, i, map[i] < 0 ? NULL : items[map[i]], src++)) {
                return false;
            }
        }
    }
    return true;
}

/* VALUES ROW(..) is MySQL's, DELAYED is not InnoDB's: the trusted side judges them. */
static bool
is_odd_insert(const struct planner *pl, const struct sql_insert *ins)
{
    const struct slice text = pl->p->stmt->text;
    const struct sql_node *row = ins->rows.first;
    return ins->priority == SQL_PRIORITY_DELAYED ||
           (row && row->span.begin < text.len && (text.data[row->span.begin] | 0x20) == 'r');
}

/* RETURNING of columns: the values are at hand. */
static bool
insert_returning(struct planner *pl, const struct sql_insert *ins, const struct cat_table *t)
{
    struct plan_output *out = arena_array(pl->p->arena, struct plan_output, ins->returning.count);
    if (out == NULL) {
        return false;
    }
    SQL_FOR_EACH(n, &ins->returning)
    {
        const struct sql_node *expr = n->kind == SQL_ITEM ? sql_as_item(n)->expr : n;
        const struct scope_column c = expr->kind == SQL_COLUMN
                                          ? scope_resolve(pl->scope, expr)
                                          : (struct scope_column){.column = -1};
        if (c.table == NULL || c.table->table != t || c.column < 0) {
            return plan_refuse(pl, "RETURNING something else than columns");
        }
        out[pl->p->n_outputs++] = (struct plan_output){.kind = OUTPUT_VALUE,
                                                       .table = t,
                                                       .column = &t->columns[c.column],
                                                       .cell = (uint16_t) c.column};
    }
    pl->p->outputs = out;
    return true;
}

bool
plan_try_insert(struct planner *pl, const struct sql_insert *ins)
{
    const struct scope_table *ref = plan_single_table(pl);
    if (ref == NULL || ins->query || ins->on_duplicate.count || ins->ignore ||
        ins->row_alias.data || ins->rows.count == 0 || ins->with) {
        return plan_refuse(pl, "IGNORE, SELECT or ON DUPLICATE KEY");
    }
    const struct cat_table *t = ref->table;
    if (is_odd_insert(pl, ins)) {
        return plan_refuse(pl, "DELAYED or VALUES ROW()");
    }
    if (!table_is_plain(pl, t) || sql_as_table(ins->table)->partitions.count) {
        return false;
    }
    if (ins->replace && catalog_has_written_children(pl->ctx->catalog, t)) {
        return plan_refuse(pl, "REPLACE into a table with referential actions");
    }
    int *map = arena_array(pl->p->arena, int, t->n_columns);
    if (map == NULL || !insert_mapping(pl, ins, t, map) || !insert_rows(pl, ins, t, map)) {
        return false;
    }
    if (!insert_returning(pl, ins, t)) {
        pl->p->n_outputs = 0;
        return false;
    }
    pl->p->kind = PLAN_INSERT;
    pl->p->target = t;
    pl->p->n_rows = ins->rows.count;
    pl->p->replace = ins->replace;
    return true;
}

/* ---- UPDATE ---- */

static bool
is_key_column(const struct cat_table *t, int column)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        for (size_t k = 0; k < t->keys[i].n_parts; k++) {
            if (t->keys[i].unique && t->keys[i].parts[k].column == column) {
                return true;
            }
        }
    }
    return false;
}

/* n = n + 1, n = n - 1: exact in the proxy while it stays in the column's range. */
static bool
increment_of(struct planner *pl, const struct cat_table *t, int c, const struct sql_node *n,
             struct plan_source *out)
{
    struct literal_ref lit;
    if (n->kind != SQL_BINARY || t->columns[c].type->family != TYPE_INT) {
        return false;
    }
    const struct sql_binary *b = sql_as_binary(n);
    const struct scope_column own = scope_resolve(pl->scope, b->left);
    if ((b->op != SQL_OP_ADD && b->op != SQL_OP_SUB) || own.table == NULL || own.column != c ||
        b->right->kind != SQL_LITERAL || !literal_of_node(b->right, pl->lits, &lit) ||
        lit.slot < 0 || lit.value.kind != TYPE_LITERAL_INT) {
        return false;
    }
    *out = (struct plan_source){
        .kind = SOURCE_ADD, .slot = (uint32_t) lit.slot, .negated = b->op == SQL_OP_SUB};
    return true;
}

static bool
update_sets(struct planner *pl, const struct sql_update *upd, const struct cat_table *t)
{
    struct plan_set *sets = arena_array(pl->p->arena, struct plan_set, upd->set.count);
    size_t n = 0;
    if (sets == NULL) {
        return false;
    }
    SQL_FOR_EACH(node, &upd->set)
    {
        const struct sql_assign *as = sql_as_assign(node);
        const int c = catalog_find_column(t, sql_as_column(as->column)->name);
        if (c < 0 || is_key_column(t, c) || t->autoinc == c) {
            return plan_refuse(pl, "a change of a unique key");
        }
        if (catalog_is_referenced(pl->ctx->catalog, t, (size_t) c)) {
            return plan_refuse(pl, "a change of a referenced column");
        }
        for (size_t i = 0; i < n; i++) {
            if (sets[i].column == c) {
                return plan_refuse(pl, "a column set twice");
            }
        }
        sets[n].column = (uint16_t) c;
        if (!increment_of(pl, t, c, as->value, &sets[n].source) &&
            !source_of(pl, &t->columns[c], as->value, &sets[n].source)) {
            return false;
        }
        n++;
    }
    pl->p->sets = sets;
    pl->p->n_sets = n;
    return true;
}

/* SELECT rid, salt and the cells of the set columns, FOR UPDATE. */
static bool
update_fetch(struct planner *pl, const struct sql_update *upd, const struct scope_table *ref)
{
    struct plan *p = pl->p;
    const struct cat_table *t = ref->table;
    struct plan_fetch *f = arena_new(p->arena, struct plan_fetch);
    uint16_t *columns = arena_array(p->arena, uint16_t, p->n_sets);
    if (columns == NULL) {
        return false;
    }
    struct template_builder b;
    template_begin(&b);
    template_text(&b, "SELECT t0." CAT_RID ",t0." CAT_SALT);
    for (size_t i = 0; i < p->n_sets; i++) {
        columns[i] = p->sets[i].column;
        template_text(&b, ",t0.%.*s", SLICE_ARG(t->columns[columns[i]].phys_v));
    }
    template_text(&b, " FROM %.*s.%.*s t0", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    struct plan_alias alias = {ref};
    struct push push = {.scope = pl->scope,
                        .literals = pl->lits,
                        .env = pl->ctx->env,
                        .alias = plan_alias_t0,
                        .ctx = &alias,
                        .out = &b,
                        .wants = &pl->p->wants};
    bool all;
    push_conjuncts(&push, upd->where, " WHERE ", &all);
    template_text(&b, " FOR UPDATE");
    if (!all) {
        template_abandon(&b);
        return false;
    }
    *f = (struct plan_fetch){
        .table = t, .target = true, .lock = "", .columns = columns, .n_columns = p->n_sets};
    p->fetches = f;
    p->n_fetches = 1;
    return status_is_ok(template_finish(&b, p->arena, &p->sql));
}

bool
plan_try_update(struct planner *pl, const struct sql_update *upd)
{
    const struct scope_table *ref = plan_single_table(pl);
    if (ref == NULL || upd->ignore || upd->with || upd->order.count || upd->limit || upd->portion ||
        upd->returning.count || pl->scope->n_blocks != 1 || pl->ctx->safe_updates) {
        return plan_refuse(pl, "several tables, ORDER BY, LIMIT or IGNORE");
    }
    const struct cat_table *t = ref->table;
    if (sql_as_table(ref->node)->partitions.count) {
        return plan_refuse(pl, "PARTITION");
    }
    if (!table_is_plain(pl, t) || t->has_on_update_now) {
        return plan_refuse(pl, "ON UPDATE columns");
    }
    if (!update_sets(pl, upd, t) || !update_fetch(pl, upd, ref)) {
        return plan_refuse(pl, "a condition over values");
    }
    pl->p->kind = PLAN_UPDATE;
    pl->p->target = t;
    return true;
}

/* ---- DELETE ---- */

static bool
delete_order(struct planner *pl, const struct sql_delete *del, struct push *push)
{
    bool first = true;
    SQL_FOR_EACH(n, &del->order)
    {
        const struct sql_order *o = sql_as_order(n);
        struct scope_column c;
        template_text(push->out, "%s", first ? " ORDER BY " : ",");
        first = false;
        if (!push_ord_column(push, o->expr, &c)) {
            return plan_refuse(pl, "ORDER BY of something without an order token");
        }
        template_text(push->out, "%s", o->desc ? " DESC" : "");
    }
    return del->limit == NULL || plan_limit(pl, del->limit, push->out);
}

bool
plan_try_delete(struct planner *pl, const struct sql_delete *del)
{
    const struct scope_table *ref = plan_single_table(pl);
    if (ref == NULL || del->ignore || del->with || del->targets.count || del->using_form ||
        del->portion || del->returning.count || del->history || pl->scope->n_blocks != 1 ||
        pl->ctx->safe_updates || (del->limit && del->order.count == 0)) {
        return plan_refuse(pl, "several tables, IGNORE or RETURNING");
    }
    const struct cat_table *t = ref->table;
    if (sql_as_table(ref->node)->partitions.count) {
        return plan_refuse(pl, "PARTITION");
    }
    if (t->has_trigger || catalog_has_written_children(pl->ctx->catalog, t)) {
        return plan_refuse(pl, "referential actions");
    }
    struct template_builder b;
    template_begin(&b);
    /* the single-table form takes no alias on every server: the table's own name qualifies */
    struct plan_alias alias = {ref};
    struct push push = {.scope = pl->scope,
                        .literals = pl->lits,
                        .env = pl->ctx->env,
                        .alias = plan_alias_phys,
                        .ctx = &alias,
                        .out = &b,
                        .wants = &pl->p->wants};
    template_text(&b, "DELETE FROM %.*s.%.*s", SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
    bool all;
    push_conjuncts(&push, del->where, " WHERE ", &all);
    if (!all || !delete_order(pl, del, &push)) {
        template_abandon(&b);
        return plan_refuse(pl, "a condition over values");
    }
    if (!status_is_ok(template_finish(&b, pl->p->arena, &pl->p->sql))) {
        return false;
    }
    pl->p->kind = PLAN_DELETE;
    pl->p->target = t;
    return true;
}
