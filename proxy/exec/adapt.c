/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adaptive exposure: statements that the server could have decided with an onion that is not there, or
 * under a layer, are counted; enough of them start a transition, if the column's policy allows it and its
 * values are not so few that tokens would give them away. The statement itself is answered on the
 * trusted side meanwhile. SHOW WANTS shows what was counted and decided.
 */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "proxy/audit.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/store/transition.h"

#define SAMPLE_ROWS 5000
#define AGAIN_S     300 /* after a refusal: rows come and go */
#define BUSY_S      10  /* after another transition was in the way */
#define GRACE_S     60

enum decision {
    DECISION_COUNTING,
    DECISION_POLICY,  /* the column's policy forbids it */
    DECISION_ENTROPY, /* too few distinct values */
    DECISION_FAILED,  /* a transition could not begin */
    DECISION_BEGUN,
};

static const char *const decisions[] = {[DECISION_COUNTING] = "counting",
                                        [DECISION_POLICY] = "policy forbids it",
                                        [DECISION_ENTROPY] = "too few distinct values",
                                        [DECISION_FAILED] = "another change is under way",
                                        [DECISION_BEGUN] = "transition begun"};

struct want {
    struct slice object; /* db.table.column, in the arena */
    enum cat_onion_kind kind;
    uint64_t count;
    enum decision decision;
    time_t again; /* not decided again before */
};

struct exec_adapt {
    pthread_mutex_t lock;
    struct map wants; /* table, column, kind -> struct want, in the arena */
    struct arena *arena;
};

struct status
exec_adapt_new(struct exec_adapt **out)
{
    struct exec_adapt *x = calloc(1, sizeof *x);
    if (x == NULL) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_init(&x->lock, NULL);
    map_init(&x->wants, false);
    *out = x;
    x->arena = arena_create(16u << 20);
    return x->arena ? OK : status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
}

struct exec_adapt *
exec_adapt_free(struct exec_adapt *x)
{
    if (x) {
        map_deinit(&x->wants);
        arena_free(x->arena);
        pthread_mutex_destroy(&x->lock);
        free(x);
    }
    return NULL;
}

/* ---- counting ----------------------------------------------------------------------------------- */

static const char *
onion_word(enum cat_onion_kind kind)
{
    return kind == CAT_ONION_ORD ? "ord" : "eq";
}

/* Under the lock; NULL when there is no memory for more. */
static struct want *
find_want(struct exec_adapt *x, const struct push_want *p)
{
    uint8_t key[13];
    mem_put_be64(key, p->table->id);
    mem_put_be32(key + 8, p->column->id);
    key[12] = (uint8_t) p->kind;
    struct want *w = map_find(&x->wants, slice_of(key, sizeof key));
    if (w == NULL) {
        w = arena_new(x->arena, struct want);
        w->kind = p->kind;
        w->object = arena_printf(x->arena, "%.*s.%.*s.%.*s", SLICE_ARG(p->table->db),
                                 SLICE_ARG(p->table->name), SLICE_ARG(p->column->name));
        if (!arena_ok(x->arena) ||
            !status_is_ok(map_put(&x->wants, slice_of(key, sizeof key), w))) {
            return NULL;
        }
    }
    return w;
}

/* True: it is this statement that has to decide. */
static bool
count_want(struct exec_shared *s, const struct push_want *p, bool wrapped)
{
    struct exec_adapt *x = s->adapt;
    const uint64_t enough =
        (uint64_t) (wrapped ? s->cfg->adapt_peel_after : s->cfg->adapt_add_after);
    pthread_mutex_lock(&x->lock);
    struct want *w = find_want(x, p);
    const time_t now = time(NULL);
    bool decide = false;
    if (w) {
        w->count++;
        decide = enough && w->count >= enough && now >= w->again;
        w->again = decide ? now + AGAIN_S : w->again;
    }
    pthread_mutex_unlock(&x->lock);
    return decide;
}

static void
note_decision(struct exec_shared *s, const struct push_want *p, enum decision decision)
{
    pthread_mutex_lock(&s->adapt->lock);
    struct want *w = find_want(s->adapt, p);
    if (w) {
        w->decision = decision;
        w->again = decision == DECISION_FAILED ? time(NULL) + BUSY_S : w->again;
    }
    pthread_mutex_unlock(&s->adapt->lock);
    audit_write(s->audit, "adapt", "%s of %.*s.%.*s.%.*s: %s", onion_word(p->kind),
                SLICE_ARG(p->table->db), SLICE_ARG(p->table->name), SLICE_ARG(p->column->name),
                decisions[decision]);
    log_info(&log_process, "adapt.decision", "%s of %.*s.%.*s.%.*s: %s", onion_word(p->kind),
             SLICE_ARG(p->table->db), SLICE_ARG(p->table->name), SLICE_ARG(p->column->name),
             decisions[decision]);
}

/* ---- deciding ----------------------------------------------------------------------------------- */

static bool
policy_allows(const struct push_want *p)
{
    const struct policy *policy = &p->column->policy;
    const enum policy_floor needs = p->kind == CAT_ONION_ORD ? POLICY_FLOOR_OPE : POLICY_FLOOR_DET;
    return !policy->strict && policy->onions != POLICY_LAZY && policy->floor <= needs;
}

/* Distinct values among some rows, as far as the policy wants to know. */
static STATUS
count_values(struct exec *e, struct backend_conn *conn, const struct push_want *p, size_t *n,
             struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *result = NULL;
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct cells_env cells = exec_cells(e);
    struct map seen;
    struct status s = OK;
    if (a == NULL) {
        RAISE(NO_MEMORY);
    }
    cells.arena = a;
    const struct slice sql = arena_printf(
        a, "SELECT " CAT_SALT ",`%.*s` FROM `%.*s`.`%.*s` LIMIT %d", SLICE_ARG(p->column->phys_v),
        SLICE_ARG(p->table->phys_db), SLICE_ARG(p->table->phys), SAMPLE_ROWS);
    TRY(backend_query(conn, sql, BACKEND_STORE, &result, d));
    map_init(&seen, false);
    for (const struct slice *row; status_is_ok(s = backend_result_next(result, &row, d)) &&
                                  row && //
                                  seen.count < p->column->policy.low_entropy;) {
        struct slice value;
        s = cells_decode(&cells, p->table, p->column, &row[1], &row[0], 1, &value, d);
        if (status_is_ok(s) && value.data) {
            s = map_put(&seen, value.len ? value : SLICE(" "), &seen);
        }
        if (!status_is_ok(s)) {
            break;
        }
    }
    *n = seen.count;
    map_deinit(&seen);
    return s;
}

static bool
is_spread(struct exec *e, const struct push_want *p)
{
    struct diag d = DIAG_INIT;
    struct backend_conn *conn;
    size_t n = 0;
    if (p->column->policy.low_entropy == 0) {
        return true;
    }
    if (!status_is_ok(backend_pool_take(e->shared->pool, 1000, &conn, &d))) {
        return false;
    }
    const struct status s = count_values(e, conn, p, &n, &d);
    backend_pool_give(e->shared->pool, conn);
    return status_is_ok(s) && n >= p->column->policy.low_entropy;
}

static enum decision
decide(struct exec *e, const struct push_want *p, bool wrapped)
{
    struct diag d = DIAG_INIT;
    uint64_t id;
    const struct transition_request req = {.kind = wrapped ? TRANSITION_PEEL : TRANSITION_ADD,
                                           .db = p->table->db,
                                           .table = p->table->name,
                                           .column = p->column->name,
                                           .onion = slice_of_str(onion_word(p->kind)),
                                           .rate = (uint32_t) e->shared->cfg->adapt_rate,
                                           .grace_s = GRACE_S,
                                           .why = SLICE("statements that need it")};
    if (!policy_allows(p)) {
        return DECISION_POLICY;
    }
    if (!is_spread(e, p)) {
        return DECISION_ENTROPY;
    }
    return status_is_ok(transition_begin(e->shared->store, &req, &id, &d)) ? DECISION_BEGUN
                                                                           : DECISION_FAILED;
}

void
exec_adapt_see(struct exec *e, const struct push_wants *wants)
{
    for (size_t i = 0; i < wants->n; i++) {
        const struct push_want *p = &wants->items[i];
        struct cat_onion onion;
        const bool wrapped = catalog_onion_find(p->column, p->kind, 0, &onion);
        if (count_want(e->shared, p, wrapped) && !e->in_trans) {
            note_decision(e->shared, p, decide(e, p, wrapped));
        }
    }
}

/* ---- showing ------------------------------------------------------------------------------------ */

struct status
exec_adapt_list(struct exec_adapt *x, struct arena *a, exec_adapt_row_fn *row, void *ctx)
{
    const struct map_entry *entry;
    struct status s = OK;
    pthread_mutex_lock(&x->lock);
    for (size_t i = 0; status_is_ok(s) && (entry = map_next(&x->wants, &i));) {
        const struct want *w = entry->value;
        s = row(ctx, arena_dup(a, w->object), onion_word(w->kind), w->count,
                decisions[w->decision]);
    }
    pthread_mutex_unlock(&x->lock);
    TRY(s);
    return arena_status(a);
}
