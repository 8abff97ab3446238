/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of transitions as data: a kind is a function from a column to the onions that change. Nothing
 * else in the engine knows them.
 */
#include "base/log.h"
#include "proxy/audit.h"
#include "proxy/store/transition_priv.h"
#include "rewriter/catalog/catalog_json.h"
#include "rewriter/catalog/layout.h"
#include "rewriter/types/ngram.h"
#include "rewriter/types/type_key.h"

#define ITEMS_MAX 1024u

struct planning {
    struct store *s;
    const struct catalog *cat;
    const struct transition_request *req;
    const struct cat_table *table;
    const struct cat_column *column;
    int onion; /* enum cat_onion_kind; -1: not said */
    struct transition *t;
    struct arena *arena;
    struct diag *d;
};

static const struct {
    const char *name;
    enum cat_onion_kind kind;
} onion_names[] = {{"eq", CAT_ONION_EQ},
                   {"ord", CAT_ONION_ORD},
                   {"add", CAT_ONION_ADD},
                   {"search", CAT_ONION_SEARCH}};

/* The same, under the newest master key. */
static uint16_t
newest_epoch(const struct planning *p)
{
    return master_newest(keyring_master(p->s->keyring));
}

static struct status
add_item(struct planning *p, const struct cat_table *t, const struct cat_column *c,
         const struct cat_onion *to, bool gone)
{
    if (p->t->n_items == ITEMS_MAX) {
        FAIL(p->d, UNSUPPORTED, "this touches more than %u columns", ITEMS_MAX);
    }
    p->t->items[p->t->n_items++] =
        (struct reshape_item){.table = t->id, .column = c->id, .to = *to, .gone = gone};
    return OK;
}

/* Is the column part of a key that the server holds on tokens, or of a foreign key? last: only as the
 * last part. */
static bool
in_key(const struct planning *p)
{
    size_t n;
    const struct cat_table *t = p->table;
    const uint16_t at = (uint16_t) (p->column - t->columns);
    for (size_t i = 0; i < t->n_keys; i++) {
        for (size_t k = 0; !slice_is_null(t->keys[i].phys_e) && k < t->keys[i].n_parts; k++) {
            if (t->keys[i].parts[k].column == at && !t->keys[i].parts[k].prefix) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < t->n_fks; i++) {
        for (size_t k = 0; k < t->fks[i].n_columns; k++) {
            if (t->fks[i].columns[k] == at) {
                return true;
            }
        }
    }
    catalog_fk_refs(p->cat, t, &n);
    return n > 0 && p->column->has_eq;
}

/* The least that the server learns when a bare token of this kind is there. */
static enum policy_floor
floor_of(enum cat_onion_kind kind)
{
    return kind == CAT_ONION_ORD ? POLICY_FLOOR_OPE : POLICY_FLOOR_DET;
}

static struct status
check_floor(struct planning *p, enum cat_onion_kind kind)
{
    if (p->column->policy.floor > floor_of(kind)) {
        FAIL(p->d, POLICY, "the floor of column '%.*s' forbids this", SLICE_ARG(p->column->name));
    }
    return OK;
}

/* ---- kinds -------------------------------------------------------------------------------------- */

static struct status
plan_layer(struct planning *p, uint8_t layer)
{
    struct cat_onion o;
    for (size_t i = 0; catalog_onion_next(p->column, &i, &o);) {
        const bool token = o.kind == CAT_ONION_EQ || o.kind == CAT_ONION_ORD;
        if (!token || o.layer == layer || (p->onion >= 0 && p->onion != (int) o.kind)) {
            continue;
        }
        if (layer == 0) {
            TRY(check_floor(p, o.kind));
        } else if (o.kind == CAT_ONION_EQ && in_key(p)) {
            FAIL(p->d, UNSUPPORTED, "keys need the equality tokens of column '%.*s'",
                 SLICE_ARG(p->column->name));
        }
        o.layer = layer;
        TRY(add_item(p, p->table, p->column, &o, false));
    }
    return OK;
}

static struct status
plan_peel(struct planning *p)
{
    return plan_layer(p, 0);
}

static struct status
plan_wrap(struct planning *p)
{
    return plan_layer(p, 1);
}

/* An onion that the column may have and has not. */
static struct status
new_onion(struct planning *p, struct cat_onion *o)
{
    const struct cat_column *c = p->column;
    bool possible = false;
    *o = (struct cat_onion){
        .kind = (enum cat_onion_kind) p->onion, .key = catalog_key_of(c), .epoch = newest_epoch(p)};
    switch (o->kind) {
    case CAT_ONION_EQ:
        possible = type_key_class(c->type) != TYPE_KEY_NONE;
        o->group = c->join_group;
        o->epoch = c->n_prefixes ? c->epoch_e : o->epoch;
        if (possible && !o->group) {
            TRY(store_new_id(p->s, &o->group, p->d));
        }
        break;
    case CAT_ONION_ORD:
        o->width = layout_ord_width(c->type);
        possible = o->width != 0;
        break;
    case CAT_ONION_SEARCH:
        possible = ngram_is_possible(c->type);
        break;
    case CAT_ONION_ADD:
    case CAT_ONION_VALUE:
    case CAT_ONION_PREFIX:
        break;
    }
    if (!possible) {
        FAIL(p->d, UNSUPPORTED, "the type of column '%.*s' has no such onion", SLICE_ARG(c->name));
    }
    return OK;
}

static struct status
plan_add(struct planning *p)
{
    struct cat_onion o;
    if (p->onion < 0) {
        FAIL(p->d, SYNTAX, "which onion: eq, ord or search?");
    }
    if (catalog_onion_find(p->column, (enum cat_onion_kind) p->onion, 0, &o)) {
        return plan_peel(p); /* it is there, perhaps under a layer */
    }
    TRY(check_floor(p, (enum cat_onion_kind) p->onion));
    TRY(new_onion(p, &o));
    return add_item(p, p->table, p->column, &o, false);
}

static struct status
plan_remove(struct planning *p)
{
    struct cat_onion o;
    if (p->onion < 0) {
        FAIL(p->d, SYNTAX, "which onion: eq, ord or search?");
    }
    if (p->onion == CAT_ONION_EQ && in_key(p)) {
        FAIL(p->d, UNSUPPORTED, "keys need the equality tokens of column '%.*s'",
             SLICE_ARG(p->column->name));
    }
    return catalog_onion_find(p->column, (enum cat_onion_kind) p->onion, 0, &o)
               ? add_item(p, p->table, p->column, &o, true)
               : OK;
}

/* All tokens of join group `from` become tokens of `to`. */
static struct status
move_group(struct planning *p, uint64_t from, uint64_t to, uint16_t epoch, uint32_t key)
{
    const struct cat_db *db;
    const struct cat_table *t;
    for (size_t i = 0; (db = catalog_next_db(p->cat, &i));) {
        for (size_t j = 0; (t = catalog_next_table(p->cat, db->name, &j));) {
            for (size_t k = 0; t->kind == CAT_TABLE && k < t->n_columns; k++) {
                const struct cat_column *c = &t->columns[k];
                struct cat_onion o;
                for (size_t n = 0; c->join_group == from && catalog_onion_next(c, &n, &o);) {
                    if (o.kind == CAT_ONION_EQ || o.kind == CAT_ONION_PREFIX) {
                        o.group = to;
                        o.epoch = epoch;
                        o.key = c == p->column && key ? key : o.key;
                        TRY(add_item(p, t, c, &o, false));
                    }
                }
            }
        }
    }
    return OK;
}

static struct status
plan_merge(struct planning *p)
{
    const struct transition_request *req = p->req;
    const struct cat_table *t = catalog_find_table(p->cat, req->with_db, req->with_table);
    const int at = t && t->kind == CAT_TABLE ? catalog_find_column(t, req->with_name) : -1;
    const struct cat_column *c = p->column;
    if (at < 0 || !c->has_eq || !t->columns[at].has_eq ||
        !type_key_comparable(c->type, t->columns[at].type)) {
        FAIL(p->d, UNSUPPORTED, "both columns need equality tokens of comparable types");
    }
    const struct cat_column *with = &t->columns[at];
    return c->join_group == with->join_group
               ? OK
               : move_group(p, c->join_group, with->join_group, with->epoch_e, 0);
}

/* New keys for everything of the column; a number of the transition's own is the key's id, so that no key
 * is ever made twice. */
static struct status
plan_rotate(struct planning *p)
{
    const uint16_t epoch = newest_epoch(p);
    const uint32_t key = (uint32_t) p->t->id | UINT32_C(0x80000000);
    struct cat_onion o;
    uint64_t group;
    for (size_t i = 0; catalog_onion_next(p->column, &i, &o);) {
        if (o.kind != CAT_ONION_EQ && o.kind != CAT_ONION_PREFIX) {
            o.key = key;
            o.epoch = epoch;
            TRY(add_item(p, p->table, p->column, &o, false));
        }
    }
    if (!p->column->has_eq && !p->column->n_prefixes) {
        return OK;
    }
    TRY(store_new_id(p->s, &group, p->d));
    return move_group(p, p->column->join_group, group, epoch, key);
}

static const struct {
    const char *name;
    STATUS (*plan)(struct planning *p);
} kinds[] = {
    [TRANSITION_PEEL] = {"peel", plan_peel},    [TRANSITION_WRAP] = {"wrap", plan_wrap},
    [TRANSITION_ADD] = {"add", plan_add},       [TRANSITION_REMOVE] = {"remove", plan_remove},
    [TRANSITION_MERGE] = {"merge", plan_merge}, [TRANSITION_ROTATE] = {"rotate", plan_rotate},
};

const char *
transition_kind_name(enum transition_kind kind)
{
    return kinds[kind].name;
}

bool
transition_kind_find(struct slice name, enum transition_kind *out)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (slice_equal_str_ci(name, kinds[i].name)) {
            *out = (enum transition_kind) i;
            return true;
        }
    }
    return false;
}

/* ---- the request -------------------------------------------------------------------------------- */

static struct status
find_column(struct planning *p)
{
    const struct transition_request *req = p->req;
    p->table = catalog_find_table(p->cat, req->db, req->table);
    if (!p->table || p->table->kind != CAT_TABLE) {
        FAIL_SQL(p->d, 1146, "42S02", "Table '%.*s.%.*s' doesn't exist", SLICE_ARG(req->db),
                 SLICE_ARG(req->table));
    }
    const int at = catalog_find_column(p->table, req->column);
    if (at < 0) {
        FAIL_SQL(p->d, 1054, "42S22", "Unknown column '%.*s' in '%.*s'", SLICE_ARG(req->column),
                 SLICE_ARG(req->table));
    }
    p->column = &p->table->columns[at];
    return OK;
}

static struct status
find_onion(struct planning *p)
{
    p->onion = -1;
    if (!p->req->onion.len) {
        return OK;
    }
    for (size_t i = 0; i < sizeof(onion_names) / sizeof(onion_names[0]); i++) {
        if (slice_equal_str_ci(p->req->onion, onion_names[i].name)) {
            p->onion = (int) onion_names[i].kind;
            return OK;
        }
    }
    FAIL(p->d, SYNTAX, "unknown onion '%.*s'", SLICE_ARG(p->req->onion));
}

static bool
names_table(const struct transition *t, uint64_t id)
{
    for (size_t i = 0; i < t->n_items; i++) {
        if (t->items[i].table == id) {
            return true;
        }
    }
    return false;
}

/* One transition at a time for a table. */
static struct status
check_free(struct planning *p)
{
    struct transition *open;
    size_t n;
    TRY(transition_record_list(p->s->conn, p->s->keyring, p->arena, "finished = 0", &open, &n,
                               p->d));
    for (size_t i = 0; i < p->t->n_items; i++) {
        for (size_t k = 0; k < n; k++) {
            if (names_table(&open[k], p->t->items[i].table)) {
                FAIL_SQL(p->d, 1205, "HY000", "Transition %llu of %.*s is under way",
                         (unsigned long long) open[k].id, SLICE_ARG(open[k].object));
            }
        }
    }
    return OK;
}

struct status
transition_kind_plan(struct store *s, const struct catalog *cat,
                     const struct transition_request *req, struct transition *t, struct arena *a,
                     struct diag *d)
{
    struct planning p = {.s = s, .cat = cat, .req = req, .t = t, .arena = a, .d = d};
    TRY(find_column(&p));
    TRY(find_onion(&p));
    t->items = arena_array(a, struct reshape_item, ITEMS_MAX);
    t->object = arena_printf(a, "%.*s.%.*s.%.*s", SLICE_ARG(req->db), SLICE_ARG(req->table),
                             SLICE_ARG(p.column->name));
    TRY(arena_status(a));
    TRY(kinds[req->kind].plan(&p));
    return check_free(&p);
}

const struct cat_table *
transition_next_table(const struct transition *t, const struct catalog *cat, uint64_t from)
{
    const struct cat_table *next = NULL;
    for (size_t i = 0; i < t->n_items; i++) {
        const uint64_t id = t->items[i].table;
        if (id >= from && (!next || id < next->id)) {
            const struct cat_table *table = catalog_find_table_by_id(cat, id);
            next = table ? table : next;
        }
    }
    return next;
}

/* ---- policy ------------------------------------------------------------------------------------- */

struct policy_change {
    const struct transition_request *req;
    struct slice text;
    struct arena *arena;
};

/* A floor that what is stored already breaks would be a lie. */
static struct status
check_onions(const struct planning *p, const struct policy *next)
{
    struct cat_onion o;
    for (size_t i = 0; catalog_onion_next(p->column, &i, &o);) {
        const bool bare = o.kind != CAT_ONION_VALUE && o.kind != CAT_ONION_ADD && !o.layer;
        if (bare && next->floor > floor_of(o.kind)) {
            FAIL(p->d, POLICY,
                 "column '%.*s' has bare tokens above that floor: ADJUST COLUMN .. WRAP or REMOVE"
                 " them first",
                 SLICE_ARG(p->column->name));
        }
    }
    return OK;
}

static struct status
no_step(void *ctx, const struct change_step *step)
{
    RAISE(BUG);
}

static struct status
change_policy(struct store *s, void *ctx, struct diag *d)
{
    const struct policy_change *x = ctx;
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(s);
    CLEANUP(catalog_table_unref_cleanup) struct cat_table *now = NULL;
    CLEANUP(buf_deinit_cleanup) struct buf json = BUF_INIT;
    struct planning p = {.s = s, .cat = cat, .req = x->req, .arena = x->arena, .d = d};
    struct change c = {.arena = x->arena};
    TRY(find_column(&p));
    struct policy next = p.column->policy;
    TRY(policy_parse(x->text, &next, d));
    TRY(check_onions(&p, &next));
    audit_write(s->config.audit, "policy", "%.*s.%.*s.%.*s: %.*s%s", SLICE_ARG(p.table->db),
                SLICE_ARG(p.table->name), SLICE_ARG(p.column->name), SLICE_ARG(x->text),
                next.floor < p.column->policy.floor ? " (the floor goes down)" : "");
    if (next.floor < p.column->policy.floor) {
        log_warn(&log_process, "policy.floor", "the floor of column %u of table %llu goes down",
                 p.column->id, (unsigned long long) p.table->id);
    }
    TRY(catalog_table_clone(p.table, &now));
    next.given = 0;
    now->columns[p.column - p.table->columns].policy = next;
    TRY(catalog_json_write_table(now, &json));
    journal_add_object(&c, now->id, STORE_TABLE, buf_slice(&json));
    return journal_apply(s, cat, &c, no_step, NULL, d);
}

struct status
transition_set_policy(struct store *s, const struct transition_request *req, struct slice text,
                      struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct policy_change x = {req, text, a};
    if (!a) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_lock(&s->ddl_lock);
    const struct status status = journal_alone(s, change_policy, &x, d);
    pthread_mutex_unlock(&s->ddl_lock);
    return status;
}
