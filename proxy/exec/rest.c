/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exec/rest.h"

#include <stdlib.h>

#include "base/mem.h"
#include "proxy/exec/access.h"
#include "proxy/exec/exec_priv.h"

#define HISTORY_MAX 32
#define TEXT_MAX    512

struct entry {
    char *text;
    size_t len;
    struct slice variable; /* within `text`: the only one that it sets, to a literal; or NULL */
};

struct exec_rest {
    struct entry entries[HISTORY_MAX];
    size_t n;
    bool keeps;    /* has state that its SETs do not make */
    bool computes; /* a SET reads variables: order matters, nothing is left out */
};

struct exec_rest *
rest_free(struct exec_rest *h)
{
    if (h) {
        for (size_t i = 0; i < h->n; i++) {
            free(h->entries[i].text);
        }
        free(h);
    }
    return NULL;
}

static struct exec_rest *
rest_get(struct exec *e)
{
    if (e->rest == NULL) {
        e->rest = calloc(1, sizeof *e->rest);
    }
    return e->rest;
}

/* ---- which SETs can be run again ---- */

struct judge {
    bool repeatable, computes;
};

static bool
is_one_of(struct slice name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (slice_equal_str_ci(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* Values that are the same whenever they are computed from the same variables. */
static enum sql_visit
judge_node(void *ctx, struct sql_node *n)
{
    static const char *const used_up[] = {"insert_id",  "last_insert_id", "identity",
                                          "rand_seed1", "rand_seed2",     "pseudo_thread_id"};
    static const char *const functions[] = {"concat", "concat_ws", "replace", "if",    "ifnull",
                                            "nullif", "coalesce",  "upper",   "lower", "trim"};
    struct judge *j = ctx;
    switch (n->kind) {
    case SQL_SET:
    case SQL_SET_NAMES:
    case SQL_SET_CHARSET:
    case SQL_SET_VAR:
    case SQL_SET_TRANSACTION:
    case SQL_LITERAL:
    case SQL_WORD:
        return SQL_CONTINUE;
    case SQL_USERVAR:
        j->computes = true;
        return SQL_CONTINUE;
    case SQL_SYSVAR: {
        const struct sql_sysvar *v = sql_as_sysvar(n);
        j->repeatable &= v->scope != SQL_SCOPE_GLOBAL &&
                         !is_one_of(v->name, used_up, sizeof used_up / sizeof used_up[0]);
        return SQL_CONTINUE;
    }
    case SQL_FUNCTION:
        j->computes = true;
        j->repeatable &=
            is_one_of(sql_as_function(n)->name, functions, sizeof functions / sizeof functions[0]);
        return SQL_CONTINUE;
    default:
        j->repeatable = false;
        return SQL_ABORT;
    }
}

/* SET variable = literal: which variable. */
static struct slice
only_variable(const struct sql_node *root)
{
    if (root->kind != SQL_SET || sql_as_set(root)->items.count != 1 ||
        sql_as_set(root)->items.first->kind != SQL_SET_VAR) {
        return SLICE_NULL;
    }
    const struct sql_set_var *v = sql_as_set_var(sql_as_set(root)->items.first);
    const bool literal = v->value->kind == SQL_LITERAL || v->value->kind == SQL_WORD;
    return v->target->kind == SQL_SYSVAR && literal ? sql_as_sysvar(v->target)->name : SLICE_NULL;
}

static bool
reads_variables(const struct sql_node *root)
{
    bool reads = false;
    if (root->kind == SQL_SET) {
        SQL_FOR_EACH(n, &sql_as_set(root)->items)
        {
            reads |= n->kind == SQL_SET_VAR && sql_as_set_var(n)->value->kind == SQL_SYSVAR;
        }
    }
    return reads;
}

/* An older setting of the same variable is of no effect any more. */
static void
forget_variable(struct exec_rest *h, struct slice name)
{
    for (size_t i = 0; i < h->n; i++) {
        if (h->entries[i].variable.data && slice_equal_ci(h->entries[i].variable, name)) {
            free(h->entries[i].text);
            for (h->n--; i < h->n; i++) {
                h->entries[i] = h->entries[i + 1];
            }
            return;
        }
    }
}

struct status
rest_note_set(struct exec_run *r)
{
    struct exec_rest *h = rest_get(r->e);
    struct sql_node *root = r->plan->stmt->root;
    struct judge j = {true, false};
    if (h == NULL) {
        RAISE(NO_MEMORY);
    }
    if (h->keeps || root->kind == SQL_USE || root->kind == SQL_SET_STATEMENT) {
        return OK;
    }
    sql_walk(root, judge_node, &j);
    j.computes |= reads_variables(root);
    h->computes |= j.computes;
    const struct slice variable = only_variable(root);
    if (variable.data && !h->computes) {
        forget_variable(h, variable);
    }
    h->keeps = !j.repeatable || h->n == HISTORY_MAX || r->sql.len > TEXT_MAX ||
               r->plan->run_text.data || (r->stmt && r->plan->stmt->n_params);
    if (h->keeps) {
        return OK;
    }
    char *text = mem_strdup(r->sql);
    if (text == NULL) {
        RAISE(NO_MEMORY);
    }
    struct entry *entry = &h->entries[h->n++];
    *entry = (struct entry){.text = text, .len = r->sql.len};
    if (variable.data >= r->sql.data && variable.data < r->sql.data + r->sql.len) {
        entry->variable = slice_of(text + (variable.data - r->sql.data), variable.len);
    }
    return OK;
}

/* ---- other statements ---- */

static enum sql_visit
find_state(void *ctx, struct sql_node *n)
{
    bool *keeps = ctx;
    if (n->kind == SQL_USERVAR_SET || n->kind == SQL_INTO || n->kind == SQL_NEXT_VALUE) {
        *keeps = true;
    } else if (n->kind == SQL_FUNCTION) {
        const struct sql_function *f = sql_as_function(n);
        *keeps |= slice_equal_str_ci(f->name, "get_lock") ||
                  slice_equal_str_ci(f->name, "setval") || slice_equal_str_ci(f->name, "nextval") ||
                  (slice_equal_str_ci(f->name, "last_insert_id") && f->args.count);
    }
    return *keeps ? SQL_ABORT : SQL_CONTINUE;
}

void
rest_note_statement(struct exec_run *r)
{
    struct sql_node *root = r->plan->stmt ? r->plan->stmt->root : NULL;
    bool keeps = sql_is_kind(root, SQL_CALL);
    if (root && r->plan->side_effects) {
        sql_walk(root, find_state, &keeps);
    }
    struct exec_rest *h = keeps ? rest_get(r->e) : NULL;
    if (h) {
        h->keeps = true;
    }
}

/* ---- going and coming back ---- */

static bool
may_rest(const struct exec *e)
{
    return e->scratch && !scratch_session_is_lost(e->scratch) && e->state_known && !e->server &&
           !e->in_trans && !e->locked_tables && !e->next_trans_set && e->temp_tables.count == 0 &&
           e->client_insert_id == 0 && !(e->rest && e->rest->keeps);
}

void
exec_rest(struct exec *e)
{
    struct diag d = DIAG_INIT;
    arena_trim(e->arena);
    arena_trim(e->batch);
    if (e->warnings == NULL) {
        arena_trim(e->warnings_arena);
    }
    if (!may_rest(e)) {
        return;
    }
    if (!e->warnings_here && !status_is_ok(exec_warnings_capture(e, e->info->warning_count, &d))) {
        return;
    }
    e->warnings_here = true;
    exec_stmts_lost(e);
    access_rest(e);
    atomic_store(&e->scratch_thread, 0);
    e->scratch = scratch_session_close(e->scratch);
    e->insert_id_stale = e->info->last_insert_id != 0;
}

struct status
rest_wake(struct exec *e, struct diag *d)
{
    const struct exec_rest *h = e->rest;
    struct backend_conn *c = scratch_session_conn(e->scratch);
    for (size_t i = 0; h && i < h->n; i++) {
        TRY(backend_exec(c, slice_of(h->entries[i].text, h->entries[i].len), NULL, d));
    }
    return OK;
}
