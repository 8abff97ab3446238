/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine, one table; declaring, steering, listing. */
#include "proxy/store/transition.h"

#include <inttypes.h>
#include <time.h>

#include "base/fault.h"
#include "base/log.h"
#include "proxy/audit.h"
#include "proxy/store/query.h"
#include "proxy/store/transition_priv.h"

/* ---- the machine -------------------------------------------------------------------------------- */

static struct status
wait_for_grace(struct transition_work *w)
{
    const struct reshape r = transition_reshape(w->t);
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(w->s);
    const struct cat_table *t;
    bool anything = false;
    for (uint64_t from = 0; (t = transition_next_table(w->t, cat, from)); from = t->id + 1) {
        anything |= reshape_has_shadows(&r, t);
    }
    w->wait =
        anything && transition_record_now() < w->t->changed_ms + UINT64_C(1000) * w->t->grace_s;
    return OK;
}

/* The switch writes its own successor, in its own transaction. */
static const struct {
    STATUS (*run)(struct transition_work *w);
    enum transition_state next;
    const char *fault;
} states[] = {
    [TRANSITION_STATE_ADD] = {transition_change_add, TRANSITION_STATE_FILL, "transition.add"},
    [TRANSITION_STATE_FILL] = {transition_fill, TRANSITION_STATE_INDEX, "transition.fill"},
    [TRANSITION_STATE_INDEX] = {transition_index, TRANSITION_STATE_VERIFY, "transition.index"},
    [TRANSITION_STATE_VERIFY] = {transition_verify, TRANSITION_STATE_SWITCH, "transition.verify"},
    [TRANSITION_STATE_SWITCH] = {transition_change_switch, TRANSITION_STATE_SWITCH,
                                 "transition.switch"},
    [TRANSITION_STATE_GRACE] = {wait_for_grace, TRANSITION_STATE_DROP, "transition.grace"},
    [TRANSITION_STATE_DROP] = {transition_change_drop, TRANSITION_STATE_DONE, "transition.drop"},
    [TRANSITION_STATE_DONE] = {NULL, TRANSITION_STATE_DONE, NULL},
};

static void
announce(const struct transition_work *w)
{
    const struct transition *t = w->t;
    audit_write(w->s->config.audit, "transition", "%" PRIu64 " (%s of %.*s): %s", t->id,
                transition_kind_name(t->kind), SLICE_ARG(t->object), transition_record_state(t));
    log_info(&log_process, "transition.state", "transition %" PRIu64 " (%s): %s", t->id,
             transition_kind_name(t->kind), transition_record_state(t));
}

static struct status
enter(struct transition_work *w, enum transition_state next)
{
    w->t->state = next;
    w->t->changed_ms = transition_record_now();
    w->t->error = SLICE("");
    announce(w);
    return transition_record_save(w->conn, w->env.keyring, w->t, w->d);
}

/* Rolling back what has been switched is switching again; else the new columns go at once. */
static struct status
turn_back(struct transition_work *w)
{
    w->t->backout = true;
    return enter(w, w->t->switched ? TRANSITION_STATE_INDEX : TRANSITION_STATE_DROP);
}

static struct status
step(struct transition_work *w)
{
    struct transition *t = w->t;
    const enum transition_state was = t->state;
    if (t->control == TRANSITION_PAUSE) {
        w->wait = true;
        return OK;
    }
    if (t->control == TRANSITION_ROLLBACK && !t->backout && was < TRANSITION_STATE_DROP) {
        return turn_back(w);
    }
    TRY(states[was].run(w));
    FAULT(states[was].fault);
    if (t->state != was) { /* it wrote its successor itself */
        announce(w);
        return OK;
    }
    if (w->wait) {
        return OK;
    }
    return states[was].next == was ? OK : enter(w, states[was].next);
}

/* ---- one run ------------------------------------------------------------------------------------ */

/* Locks that time out, deadlocks, names that a schema change has moved: try again. */
static bool
is_passing(const struct diag *d)
{
    return d->mysql_errno == 1205 || d->mysql_errno == 1213 || d->mysql_errno == 1146 ||
           d->mysql_errno == 1054 || d->code == STATUS_UPSTREAM_LOST ||
           d->code == STATUS_UPSTREAM_DOWN || d->code == STATUS_SCRATCH_LOST;
}

/* Written down for people; pauses it when it would only happen again. */
static struct status
note_error(struct transition_work *w, struct status status)
{
    struct diag d = DIAG_INIT;
    diag_complete(w->d, status);
    log_warn(&log_process, "transition.error", "transition %" PRIu64 ": %s", w->t->id,
             w->d->message);
    if (is_passing(w->d) || !w->conn || backend_is_lost(w->conn)) {
        return OK;
    }
    TRY(backend_exec_str(w->conn, "ROLLBACK", &d));
    w->t->error = slice_of_str(w->d->message);
    TRY(transition_record_save(w->conn, w->env.keyring, w->t, &d));
    return query_exec(w->conn, &d,
                      "UPDATE " STORE_SCHEMA ".transitions SET control = %d WHERE id = %" PRIu64,
                      TRANSITION_PAUSE, w->t->id);
}

static struct status
take_lock(struct transition_work *w, uint64_t id, bool *busy)
{
    struct query_rows rows;
    const struct slice sql =
        arena_printf(w->arena, "SELECT GET_LOCK('" STORE_SCHEMA ".transition.%" PRIu64 "', 0)", id);
    TRY(query_rows(w->conn, w->arena, sql, &rows, w->d));
    *busy = rows.n != 1 || !slice_equal_str(query_cell(&rows, 0, 0), "1");
    return OK;
}

/* No gap locks: clients insert where we read. */
static struct status
prepare(struct transition_work *w, uint64_t id, bool *busy)
{
    struct backend_params params = w->s->params;
    params.multi_statements = true;
    TRY(backend_connect(&w->conn, &params, w->d));
    TRY(backend_exec_str(w->conn, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", w->d));
    TRY(take_lock(w, id, busy));
    return *busy ? OK : transition_record_load(w->conn, w->env.keyring, w->arena, id, w->t, w->d);
}

static struct status
run_steps(struct transition_work *w)
{
    w->wait = false;
    while (!w->wait && w->t->state != TRANSITION_STATE_DONE) {
        arena_reset(w->batch);
        TRY(step(w));
    }
    return OK;
}

struct status
transition_run(struct store *s, uint64_t id, const struct cells_env *cells, bool *busy,
               struct diag *d)
{
    struct transition t = {0};
    CLEANUP(arena_free_cleanup) struct arena *arena = arena_create(0);
    CLEANUP(arena_free_cleanup) struct arena *batch = arena_create(0);
    struct transition_work w = {
        .s = s, .t = &t, .env = *cells, .arena = arena, .batch = batch, .d = d};
    if (!arena || !batch) {
        RAISE(NO_MEMORY);
    }
    w.env.arena = batch;
    *busy = false;
    struct status status = prepare(&w, id, busy);
    if (status_is_ok(status) && !*busy) {
        status = run_steps(&w);
        if (!status_is_ok(status)) {
            const struct status noted = note_error(&w, status);
            (void) noted; /* it was logged */
        }
    }
    backend_close(w.conn); /* the lock goes with it */
    return status;
}

/* Under ddl_lock: ids of what is not finished. */
static struct status
list_open(struct store *s, struct arena *a, struct query_rows *rows, struct diag *d)
{
    pthread_mutex_lock(&s->ddl_lock);
    struct status status = store_connect(s, &s->conn, d);
    if (status_is_ok(status)) {
        status = query_rows(s->conn, a,
                            SLICE("SELECT id FROM " STORE_SCHEMA ".transitions WHERE finished = 0"
                                  " AND control <> 1 ORDER BY id"),
                            rows, d);
    }
    pthread_mutex_unlock(&s->ddl_lock);
    return status;
}

struct status
transition_run_all(struct store *s, const struct cells_env *cells, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct query_rows rows;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    TRY(list_open(s, a, &rows, d));
    for (size_t i = 0; i < rows.n; i++) {
        struct diag own = DIAG_INIT;
        uint64_t id;
        bool busy;
        if (slice_parse_u64(query_cell(&rows, i, 0), &id)) {
            const struct status status = transition_run(s, id, cells, &busy, &own);
            (void) status; /* noted there; the others go on */
        }
    }
    return OK;
}

/* ---- declaring ---------------------------------------------------------------------------------- */

struct declare {
    const struct transition_request *req;
    struct transition *t;
    struct arena *arena;
};

/* Rows of the tables as the server guesses them. */
static struct status
guess_total(struct store *s, const struct catalog *cat, struct declare *x, struct diag *d)
{
    const struct cat_table *t;
    for (uint64_t from = 0; (t = transition_next_table(x->t, cat, from)); from = t->id + 1) {
        struct query_rows rows;
        uint64_t n;
        const struct slice sql =
            arena_printf(x->arena,
                         "SELECT table_rows FROM information_schema.tables WHERE"
                         " table_schema = '%.*s' AND table_name = '%.*s'",
                         SLICE_ARG(t->phys_db), SLICE_ARG(t->phys));
        TRY(query_rows(s->conn, x->arena, sql, &rows, d));
        if (rows.n == 1 && slice_parse_u64(query_cell(&rows, 0, 0), &n)) {
            x->t->total += n;
        }
    }
    return OK;
}

static struct status
declare(struct store *s, void *ctx, struct diag *d)
{
    struct declare *x = ctx;
    struct transition *t = x->t;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(catalog_unref_cleanup) struct catalog *cat = store_snapshot(s);
    TRY(store_new_id(s, &t->id, d));
    TRY(transition_kind_plan(s, cat, x->req, t, x->arena, d));
    if (!t->n_items) {
        t->id = 0;
        return OK; /* it is so already */
    }
    TRY(guess_total(s, cat, x, d));
    TRY(transition_record_sql(s->keyring, t, true, &sql));
    TRY(backend_exec(s->conn, buf_slice(&sql), NULL, d));
    FAULT("transition.declare");
    return OK;
}

struct status
transition_begin(struct store *s, const struct transition_request *req, uint64_t *id,
                 struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    struct transition t = {.kind = req->kind,
                           .why = req->why,
                           .rate = req->rate,
                           .grace_s = req->grace_s,
                           .created_ms = transition_record_now()};
    struct declare x = {req, &t, a};
    if (!a) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_lock(&s->ddl_lock);
    const struct status status = journal_alone(s, declare, &x, d);
    pthread_mutex_unlock(&s->ddl_lock);
    TRY(status);
    *id = t.id;
    if (t.id) {
        audit_write(s->config.audit, "transition", "%" PRIu64 " (%s of %.*s): begun by %.*s", t.id,
                    transition_kind_name(t.kind), SLICE_ARG(t.object), SLICE_ARG(t.why));
        log_info(&log_process, "transition.begin", "transition %" PRIu64 " (%s) of %.*s: %.*s",
                 t.id, transition_kind_name(t.kind), SLICE_ARG(t.object), SLICE_ARG(t.why));
        transition_wake(s, false);
    }
    return OK;
}

/* ---- steering and showing ----------------------------------------------------------------------- */

static struct status
set_control(struct store *s, struct arena *a, uint64_t id, enum transition_control control,
            struct diag *d)
{
    struct transition t;
    TRY(store_connect(s, &s->conn, d));
    TRY(transition_record_load(s->conn, s->keyring, a, id, &t, d));
    if (t.state == TRANSITION_STATE_DONE) {
        FAIL(d, SQL, "transition %" PRIu64 " is %s", id, transition_record_state(&t));
    }
    if (control == TRANSITION_ROLLBACK && !t.backout && t.state >= TRANSITION_STATE_DROP) {
        FAIL(d, SQL, "transition %" PRIu64 " drops its old columns: too late to roll back", id);
    }
    if (control == TRANSITION_RUN && t.backout) {
        control = TRANSITION_ROLLBACK;
    }
    return query_exec(s->conn, d,
                      "UPDATE " STORE_SCHEMA ".transitions SET control = %d WHERE id = %" PRIu64,
                      control, id);
}

struct status
transition_set_control(struct store *s, uint64_t id, enum transition_control control,
                       struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    if (!a) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_lock(&s->ddl_lock);
    const struct status status = set_control(s, a, id, control, d);
    pthread_mutex_unlock(&s->ddl_lock);
    transition_wake(s, false);
    return status;
}

struct status
transition_list(struct store *s, struct arena *a, struct transition_info **out, size_t *n,
                struct diag *d)
{
    struct transition *found = NULL;
    pthread_mutex_lock(&s->ddl_lock);
    struct status status = store_connect(s, &s->conn, d);
    if (status_is_ok(status)) {
        status = transition_record_list(s->conn, s->keyring, a, "id > 0", &found, n, d);
    }
    pthread_mutex_unlock(&s->ddl_lock);
    TRY(status);
    *out = arena_array(a, struct transition_info, *n);
    TRY(arena_status(a));
    for (size_t i = 0; i < *n; i++) {
        const struct transition *t = &found[i];
        (*out)[i] = (struct transition_info){.id = t->id,
                                             .done = t->done,
                                             .total = t->total,
                                             .kind = transition_kind_name(t->kind),
                                             .state = transition_record_state(t),
                                             .object = t->object,
                                             .why = t->why,
                                             .error = t->error,
                                             .control = t->control,
                                             .finished = t->state == TRANSITION_STATE_DONE,
                                             .created_ms = t->created_ms,
                                             .changed_ms = t->changed_ms,
                                             .now_ms = transition_record_now()};
    }
    return OK;
}

/* ---- the runner's sleep ------------------------------------------------------------------------- */

bool
transition_wait(struct store *s, uint32_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long) (ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&s->poll_lock);
    while (!s->transition_woken && !s->transition_stop &&
           pthread_cond_timedwait(&s->transition_wake, &s->poll_lock, &until) == 0) {
    }
    s->transition_woken = false;
    const bool go_on = !s->transition_stop;
    pthread_mutex_unlock(&s->poll_lock);
    return go_on;
}

void
transition_wake(struct store *s, bool stop)
{
    pthread_mutex_lock(&s->poll_lock);
    s->transition_woken = true;
    s->transition_stop |= stop;
    pthread_cond_signal(&s->transition_wake);
    pthread_mutex_unlock(&s->poll_lock);
}
