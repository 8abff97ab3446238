/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator asks of the stored data, on the admin port:
 *
 *   SHOW TRANSITIONS | SHOW ONIONS | SHOW WANTS
 *   ADJUST COLUMN db.table.column PEEL|WRAP [EQ|ORD] | ADD|REMOVE EQ|ORD|SEARCH | ROTATE
 *                                 | MERGE db.table.column | SET <policy>   [RATE rows/s] [GRACE s]
 *   TRANSITION n PAUSE|RESUME|ROLLBACK
 */
#include "proxy/exec/exec_priv.h"
#include "proxy/store/transition.h"

#define GRACE_S 60

struct operate {
    struct exec_shared *s;
    struct slice rest; /* of the statement */
    struct arena *arena;
    struct result_writer *w;
    struct diag *d;
};

/* ---- words -------------------------------------------------------------------------------------- */

static struct slice
next_word(struct operate *o)
{
    struct slice *rest = &o->rest;
    while (rest->len && rest->data[0] <= ' ') {
        *rest = slice_from(*rest, 1);
    }
    size_t n = 0;
    for (bool quoted = false; n < rest->len && (quoted || rest->data[n] > ' '); n++) {
        quoted ^= rest->data[n] == '`';
    }
    const struct slice word = slice_sub(*rest, 0, n);
    *rest = slice_from(*rest, n);
    return word;
}

/* One part of `db`.t.`c``d`; the dot behind it is skipped. */
static struct slice
next_part(struct arena *a, struct slice *path)
{
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    size_t i = 0;
    bool quoted = false;
    for (; i < path->len && (quoted || path->data[i] != '.'); i++) {
        const bool tick = path->data[i] == '`';
        if (tick && quoted && i + 1 < path->len && path->data[i + 1] == '`') {
            i++;
        } else if (tick) {
            quoted = !quoted;
            continue;
        }
        buf_append_u8(&out, path->data[i]);
    }
    *path = slice_from(*path, i + 1);
    return arena_dup(a, buf_slice(&out));
}

static STATUS
column_path(struct operate *o, struct slice *db, struct slice *table, struct slice *column)
{
    struct slice path = next_word(o);
    *db = next_part(o->arena, &path);
    *table = next_part(o->arena, &path);
    *column = next_part(o->arena, &path);
    if (!column->len || path.len) {
        FAIL(o->d, SYNTAX, "expected database.table.column");
    }
    return arena_status(o->arena);
}

static STATUS
number_word(struct operate *o, uint32_t *out)
{
    uint64_t n;
    if (!slice_parse_u64(next_word(o), &n) || n > UINT32_MAX) {
        FAIL(o->d, SYNTAX, "expected a number");
    }
    *out = (uint32_t) n;
    return OK;
}

/* ---- ADJUST ------------------------------------------------------------------------------------- */

static STATUS
adjust_options(struct operate *o, struct transition_request *req)
{
    for (struct slice word; (word = next_word(o)).len;) {
        const bool names_onion = req->kind <= TRANSITION_REMOVE && !req->onion.len;
        if (slice_equal_str_ci(word, "RATE")) {
            TRY(number_word(o, &req->rate));
        } else if (slice_equal_str_ci(word, "GRACE")) {
            TRY(number_word(o, &req->grace_s));
        } else if (names_onion) {
            req->onion = word;
        } else {
            FAIL(o->d, SYNTAX, "unexpected word '%.*s'", SLICE_ARG(word));
        }
    }
    return OK;
}

static STATUS
adjust(struct operate *o)
{
    struct transition_request req = {.grace_s = GRACE_S, .why = SLICE("an operator")};
    uint64_t id;
    TRY(column_path(o, &req.db, &req.table, &req.column));
    const struct slice verb = next_word(o);
    if (slice_equal_str_ci(verb, "SET")) {
        TRY(transition_set_policy(o->s->store, &req, o->rest, o->d));
        return result_ok(o->w, &(struct result_ok){0});
    }
    if (!transition_kind_find(verb, &req.kind)) {
        FAIL(o->d, SYNTAX, "expected PEEL, WRAP, ADD, REMOVE, MERGE, ROTATE or SET");
    }
    if (req.kind == TRANSITION_MERGE) {
        TRY(column_path(o, &req.with_db, &req.with_table, &req.with_name));
    }
    TRY(adjust_options(o, &req));
    TRY(transition_begin(o->s->store, &req, &id, o->d));
    static const char *const names[] = {"Transition"};
    const struct slice cell =
        id ? arena_printf(o->arena, "%llu", (unsigned long long) id) : SLICE("nothing to do");
    TRY(result_text_columns(o->w, names, 1));
    TRY(result_row(o->w, &cell, 1));
    return result_end(o->w, 0, 0);
}

/* ---- TRANSITION --------------------------------------------------------------------------------- */

static STATUS
steer(struct operate *o)
{
    static const struct {
        const char *word;
        enum transition_control control;
    } words[] = {
        {"PAUSE", TRANSITION_PAUSE}, {"RESUME", TRANSITION_RUN}, {"ROLLBACK", TRANSITION_ROLLBACK}};
    uint64_t id;
    if (!slice_parse_u64(next_word(o), &id)) {
        FAIL(o->d, SYNTAX, "expected TRANSITION <number> PAUSE|RESUME|ROLLBACK");
    }
    const struct slice verb = next_word(o);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_equal_str_ci(verb, words[i].word)) {
            TRY(transition_set_control(o->s->store, id, words[i].control, o->d));
            return result_ok(o->w, &(struct result_ok){0});
        }
    }
    FAIL(o->d, SYNTAX, "expected PAUSE, RESUME or ROLLBACK");
}

/* ---- SHOW --------------------------------------------------------------------------------------- */

static const char *
state_text(const struct transition_info *t)
{
    if (t->finished) {
        return t->state;
    }
    switch (t->control) {
    case TRANSITION_PAUSE:
        return t->error.len ? "failed" : "paused";
    case TRANSITION_ROLLBACK:
        return "rolling back";
    case TRANSITION_RUN:
        break;
    }
    return t->state;
}

static STATUS
show_transitions(struct operate *o)
{
    static const char *const names[] = {"Id",    "Kind",      "Column",     "State",
                                        "Rows",  "Rows_done", "Rows_per_s", "Eta_s",
                                        "Age_s", "Why",       "Error"};
    struct transition_info *rows;
    size_t n;
    TRY(transition_list(o->s->store, o->arena, &rows, &n, o->d));
    TRY(result_text_columns(o->w, names, 11));
    for (size_t i = 0; i < n; i++) {
        const struct transition_info *t = &rows[i];
        const uint64_t age_ms = (t->finished ? t->changed_ms : t->now_ms) - t->created_ms;
        const uint64_t rate = age_ms ? t->done * 1000 / age_ms : 0;
        const uint64_t left = t->total > t->done && !t->finished ? t->total - t->done : 0;
        const struct slice cells[] = {
            arena_printf(o->arena, "%llu", (unsigned long long) t->id),
            slice_of_str(t->kind),
            t->object,
            slice_of_str(state_text(t)),
            arena_printf(o->arena, "%llu", (unsigned long long) t->total),
            arena_printf(o->arena, "%llu", (unsigned long long) t->done),
            arena_printf(o->arena, "%llu", (unsigned long long) rate),
            rate ? arena_printf(o->arena, "%llu", (unsigned long long) (left / rate)) : SLICE_NULL,
            arena_printf(o->arena, "%llu", (unsigned long long) (age_ms / 1000)),
            t->why,
            t->error.len ? t->error : SLICE_NULL};
        TRY(arena_status(o->arena));
        TRY(result_row(o->w, cells, 11));
    }
    return result_end(o->w, 0, 0);
}

static const char *const onion_names[] = {
    [CAT_ONION_VALUE] = "value", [CAT_ONION_EQ] = "eq",         [CAT_ONION_ORD] = "ord",
    [CAT_ONION_ADD] = "add",     [CAT_ONION_SEARCH] = "search", [CAT_ONION_PREFIX] = "prefix"};

static STATUS
show_column(struct operate *o, const struct cat_table *t, const struct cat_column *c)
{
    CLEANUP(buf_deinit_cleanup) struct buf policy = BUF_INIT;
    struct cat_onion onion;
    policy_print(&c->policy, &policy);
    for (size_t i = 0; catalog_onion_next(c, &i, &onion);) {
        const bool token = onion.kind == CAT_ONION_EQ || onion.kind == CAT_ONION_PREFIX;
        const struct slice cells[] = {
            t->db,
            t->name,
            c->name,
            slice_of_str(onion_names[onion.kind]),
            slice_of_str(onion.kind == CAT_ONION_VALUE || onion.layer ? "random" : "bare"),
            token ? arena_printf(o->arena, "%llu", (unsigned long long) onion.group) : SLICE_NULL,
            arena_printf(o->arena, "%u", onion.epoch),
            onion.transition ? arena_printf(o->arena, "%llu", (unsigned long long) onion.transition)
                             : SLICE_NULL,
            buf_slice(&policy)};
        TRY(arena_status(o->arena));
        TRY(result_row(o->w, cells, 9));
    }
    return OK;
}

static STATUS
show_onions(struct operate *o)
{
    static const char *const names[] = {"Database",   "Table", "Column",     "Onion", "Layer",
                                        "Join_group", "Epoch", "Transition", "Policy"};
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(o->s->store);
    const struct cat_db *db;
    const struct cat_table *t;
    TRY(result_text_columns(o->w, names, 9));
    for (size_t i = 0; (db = catalog_next_db(cat, &i));) {
        for (size_t j = 0; (t = catalog_next_table(cat, db->name, &j));) {
            for (size_t c = 0; t->kind == CAT_TABLE && c < t->n_columns; c++) {
                TRY(show_column(o, t, &t->columns[c]));
            }
        }
    }
    return result_end(o->w, 0, 0);
}

static STATUS
want_row(void *ctx, struct slice object, const char *onion, uint64_t count, const char *decision)
{
    struct operate *o = ctx;
    const struct slice cells[] = {object, slice_of_str(onion),
                                  arena_printf(o->arena, "%llu", (unsigned long long) count),
                                  slice_of_str(decision)};
    TRY(arena_status(o->arena));
    return result_row(o->w, cells, 4);
}

static STATUS
show_wants(struct operate *o)
{
    static const char *const names[] = {"Column", "Onion", "Statements", "Decision"};
    TRY(result_text_columns(o->w, names, 4));
    TRY(exec_adapt_list(o->s->adapt, o->arena, want_row, o));
    return result_end(o->w, 0, 0);
}

/* ---- entry -------------------------------------------------------------------------------------- */

static const struct {
    const char *words[2];
    STATUS (*run)(struct operate *o);
} statements[] = {
    {{"SHOW", "TRANSITIONS"}, show_transitions},
    {{"SHOW", "ONIONS"}, show_onions},
    {{"SHOW", "WANTS"}, show_wants},
    {{"ADJUST", "COLUMN"}, adjust},
    {{"TRANSITION", NULL}, steer},
};

struct status
exec_operate(struct exec_shared *s, struct slice sql, struct arena *a, struct result_writer *w,
             bool *known, struct diag *d)
{
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        struct operate o = {s, sql, a, w, d};
        bool match = true;
        for (size_t k = 0; match && k < 2 && statements[i].words[k]; k++) {
            match = slice_equal_str_ci(next_word(&o), statements[i].words[k]);
        }
        if (match) {
            *known = true;
            return statements[i].run(&o);
        }
    }
    *known = false;
    return OK;
}
