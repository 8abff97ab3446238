/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mutex, one condition, a stack of parked connections (the warmest is reused first). Connecting,
 * resetting and closing happen outside the mutex; a place is reserved first by counting it in `open`.
 * A flush raises `epoch`: connections made before it are closed when they come back.
 */
#include "proxy/backend/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/list.h"
#include "base/mem.h"
#include "proxy/backend/backend_priv.h"

#define DEFAULT_CHECK_IDLE_MS 10000u
#define DEFAULT_CLOSE_IDLE_MS 300000u
#define N_PARAM_STRINGS       11u

/* One connection of the pool, parked or out. */
struct place {
    struct list link;
    struct backend_conn *conn;
    uint64_t parked_ms, epoch;
    uint64_t owner; /* parked unreset for this user; 0: clean */
};

struct backend_pool {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct backend_pool_options options;
    struct param_copy *params; /* the newest; older ones are kept until the pool is freed */
    struct list parked, out;   /* struct place; parked: most recent first */
    uint64_t epoch;
    struct backend_pool_stats stats;
};

struct param_copy {
    struct param_copy *older;
    struct backend_params params;
    char *strings[N_PARAM_STRINGS];
};

static uint64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t) t.tv_sec * 1000 + (uint64_t) t.tv_nsec / 1000000;
}

static struct param_copy *
params_free(struct param_copy *c)
{
    while (c) {
        struct param_copy *older = c->older;
        for (size_t i = 0; i < N_PARAM_STRINGS; i++) {
            free(c->strings[i]);
        }
        free(c);
        c = older;
    }
    return NULL;
}

static struct status
params_copy(struct param_copy **out, const struct backend_params *from)
{
    struct param_copy *c = calloc(1, sizeof(*c));
    if (!c) {
        RAISE(NO_MEMORY);
    }
    c->params = *from;
    const char **const fields[N_PARAM_STRINGS] = {
        &c->params.host,     &c->params.socket,  &c->params.user,        &c->params.password,
        &c->params.database, &c->params.charset, &c->params.init_sql,    &c->params.tls_ca,
        &c->params.tls_cert, &c->params.tls_key, &c->params.program_name};
    for (size_t i = 0; i < N_PARAM_STRINGS; i++) {
        if (*fields[i]) {
            c->strings[i] = mem_strdup(slice_of_str(*fields[i]));
            if (!c->strings[i]) {
                params_free(c);
                RAISE(NO_MEMORY);
            }
            *fields[i] = c->strings[i];
        }
    }
    *out = c;
    return OK;
}

struct status
backend_pool_new(struct backend_pool **out, const struct backend_params *params,
                 const struct backend_pool_options *options)
{
    CLEANUP(free_cleanup) struct backend_pool *p = calloc(1, sizeof(*p));
    if (!p) {
        RAISE(NO_MEMORY);
    }
    p->options = *options;
    p->options.max = options->max ? options->max : UINT32_MAX;
    p->options.max_idle = options->max_idle ? options->max_idle : p->options.max;
    p->options.check_idle_ms =
        options->check_idle_ms ? options->check_idle_ms : DEFAULT_CHECK_IDLE_MS;
    p->options.close_idle_ms =
        options->close_idle_ms ? options->close_idle_ms : DEFAULT_CLOSE_IDLE_MS;
    TRY(params_copy(&p->params, params));
    list_init(&p->parked);
    list_init(&p->out);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->changed, &attr);
    pthread_condattr_destroy(&attr);
    *out = STEAL(p);
    return OK;
}

static void
place_close(struct place *pl)
{
    backend_close(pl->conn);
    free(pl);
}

/* Closes the places of a private list. */
static void
close_all(struct list *places)
{
    for (struct list *l; (l = list_first(places));) {
        list_remove(l);
        place_close(LIST_ENTRY(l, struct place, link));
    }
}

struct backend_pool *
backend_pool_free(struct backend_pool *p)
{
    if (p) {
        assert(list_is_empty(&p->out));
        close_all(&p->parked);
        params_free(p->params);
        pthread_mutex_destroy(&p->mutex);
        pthread_cond_destroy(&p->changed);
        free(p);
    }
    return NULL;
}

/* With the mutex held: the parked place of `owner`; 0: a clean one. NULL when there is none. */
static struct place *
find_parked(struct backend_pool *p, uint64_t owner)
{
    for (struct list *l = p->parked.next; l != &p->parked; l = l->next) {
        struct place *pl = LIST_ENTRY(l, struct place, link);
        if (pl->owner == owner) {
            return pl;
        }
    }
    return NULL;
}

/* With the mutex held: the owner's own place, a clean one, or (when the pool is full) the one that
 * was parked longest. NULL: there is none. */
static struct place *
choose_parked(struct backend_pool *p, uint64_t owner)
{
    struct place *pl = owner ? find_parked(p, owner) : NULL;
    pl = pl ? pl : find_parked(p, 0);
    if (!pl && p->stats.open >= p->options.max && !list_is_empty(&p->parked)) {
        pl = LIST_ENTRY(p->parked.prev, struct place, link);
    }
    return pl;
}

/* With the mutex held: a parked place moves to `out`, or a new one is counted, or the wait ends. */
static bool
reserve(struct backend_pool *p, uint64_t owner, uint64_t deadline_ms, struct place **parked)
{
    const struct timespec until = {(time_t) (deadline_ms / 1000),
                                   (long) (deadline_ms % 1000) * 1000000};
    int waited = 0;
    *parked = NULL;
    for (;;) {
        struct place *pl = choose_parked(p, owner);
        if (pl) {
            list_remove(&pl->link);
            list_append(&p->out, &pl->link);
            p->stats.idle--;
            *parked = pl;
            return true;
        }
        if (p->stats.open < p->options.max) {
            p->stats.open++;
            return true;
        }
        if (waited) {
            p->stats.timeouts++;
            return false;
        }
        p->stats.waiting++;
        waited = pthread_cond_timedwait(&p->changed, &p->mutex, &until);
        p->stats.waiting--;
    }
}

/* Forgets a place that is out (NULL: one that was only counted) and wakes a waiter. */
static void
release(struct backend_pool *p, struct place *pl)
{
    pthread_mutex_lock(&p->mutex);
    if (pl) {
        list_remove(&pl->link);
        p->stats.discarded++;
    }
    p->stats.open--;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->mutex);
    if (pl) {
        place_close(pl);
    }
}

static struct status
connect_place(struct backend_pool *p, struct backend_conn **out, struct diag *d)
{
    pthread_mutex_lock(&p->mutex);
    const struct backend_params *params = &p->params->params;
    const uint64_t epoch = p->epoch;
    pthread_mutex_unlock(&p->mutex);
    struct place *pl = calloc(1, sizeof(*pl));
    if (!pl) {
        release(p, NULL);
        RAISE(NO_MEMORY);
    }
    const struct status s = backend_connect(&pl->conn, params, d);
    if (!status_is_ok(s)) {
        free(pl);
        release(p, NULL);
        return s;
    }
    pl->epoch = epoch;
    *backend_owner(pl->conn) = pl;
    pthread_mutex_lock(&p->mutex);
    list_append(&p->out, &pl->link);
    p->stats.connected++;
    p->stats.taken++;
    pthread_mutex_unlock(&p->mutex);
    *out = pl->conn;
    return OK;
}

/* Alive, and clean unless it is the owner's own. */
static bool
make_usable(struct backend_pool *p, struct place *pl, uint64_t owner)
{
    if (backend_is_closed(pl->conn)) {
        return false;
    }
    if (pl->owner && pl->owner != owner) {
        pl->owner = 0;
        return status_is_ok(backend_reset(pl->conn, NULL));
    }
    return now_ms() - pl->parked_ms <= p->options.check_idle_ms ||
           status_is_ok(backend_ping(pl->conn, NULL));
}

struct status
backend_pool_take_back(struct backend_pool *p, uint64_t owner, uint32_t wait_ms,
                       struct backend_conn **out, bool *kept, struct diag *d)
{
    const uint64_t deadline = now_ms() + wait_ms;
    *kept = false;
    for (;;) {
        struct place *pl;
        pthread_mutex_lock(&p->mutex);
        const bool got = reserve(p, owner, deadline, &pl);
        pthread_mutex_unlock(&p->mutex);
        if (!got) {
            FAIL(d, UPSTREAM_DOWN, "all %u server connections of the pool are in use",
                 p->options.max);
        }
        if (!pl) {
            return connect_place(p, out, d);
        }
        if (!make_usable(p, pl, owner)) {
            release(p, pl);
            continue;
        }
        *kept = pl->owner != 0;
        pl->owner = 0;
        pthread_mutex_lock(&p->mutex);
        p->stats.taken++;
        p->stats.kept += *kept;
        pthread_mutex_unlock(&p->mutex);
        *out = pl->conn;
        return OK;
    }
}

struct status
backend_pool_take(struct backend_pool *p, uint32_t wait_ms, struct backend_conn **out,
                  struct diag *d)
{
    bool kept;
    return backend_pool_take_back(p, 0, wait_ms, out, &kept, d);
}

/* With the mutex held: moves parked places that nobody needs to `doomed`. */
static void
collect_stale(struct backend_pool *p, uint64_t now, struct list *doomed)
{
    while (!list_is_empty(&p->parked)) {
        struct list *oldest = p->parked.prev;
        const struct place *pl = LIST_ENTRY(oldest, struct place, link);
        if (p->stats.idle <= p->options.max_idle &&
            now - pl->parked_ms <= p->options.close_idle_ms) {
            return;
        }
        list_remove(oldest);
        list_append(doomed, oldest);
        p->stats.idle--;
        p->stats.open--;
    }
}

static void
park(struct backend_pool *p, struct place *pl, uint64_t owner)
{
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&p->mutex);
    list_remove(&pl->link);
    pl->owner = owner;
    pl->parked_ms = now_ms();
    list_append(p->parked.next, &pl->link); /* before the first: the warmest is reused first */
    p->stats.idle++;
    p->stats.resets += owner == 0;
    collect_stale(p, pl->parked_ms, &doomed);
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->mutex);
    close_all(&doomed);
}

static bool
is_current(struct backend_pool *p, const struct place *pl)
{
    pthread_mutex_lock(&p->mutex);
    const bool current = pl->epoch == p->epoch;
    pthread_mutex_unlock(&p->mutex);
    return current;
}

void
backend_pool_give(struct backend_pool *p, struct backend_conn *c)
{
    if (!c) {
        return;
    }
    struct place *pl = *backend_owner(c);
    if (is_current(p, pl) && status_is_ok(backend_reset(c, NULL))) {
        park(p, pl, 0);
    } else {
        release(p, pl);
    }
}

void
backend_pool_park(struct backend_pool *p, struct backend_conn *c, uint64_t owner)
{
    if (!c) {
        return;
    }
    struct place *pl = *backend_owner(c);
    if (is_current(p, pl) && !backend_is_lost(c)) {
        park(p, pl, owner);
    } else {
        release(p, pl);
    }
}

void
backend_pool_forget(struct backend_pool *p, uint64_t owner)
{
    pthread_mutex_lock(&p->mutex);
    struct place *pl = owner ? find_parked(p, owner) : NULL;
    if (pl) {
        list_remove(&pl->link);
        list_append(&p->out, &pl->link);
        p->stats.idle--;
    }
    pthread_mutex_unlock(&p->mutex);
    if (pl) {
        pl->owner = 0;
        backend_pool_give(p, pl->conn);
    }
}

void
backend_pool_discard(struct backend_pool *p, struct backend_conn *c)
{
    if (c) {
        release(p, *backend_owner(c));
    }
}

void
backend_pool_flush(struct backend_pool *p)
{
    struct list doomed;
    list_init(&doomed);
    pthread_mutex_lock(&p->mutex);
    p->epoch++;
    for (struct list *l; (l = list_first(&p->parked));) {
        list_remove(l);
        list_append(&doomed, l);
        p->stats.idle--;
        p->stats.open--;
    }
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->mutex);
    close_all(&doomed);
}

struct status
backend_pool_set_params(struct backend_pool *p, const struct backend_params *params)
{
    struct param_copy *copy;
    TRY(params_copy(&copy, params));
    pthread_mutex_lock(&p->mutex);
    copy->older = p->params; /* connections and connects in progress may still borrow it */
    p->params = copy;
    pthread_mutex_unlock(&p->mutex);
    return OK;
}

struct backend_pool_stats
backend_pool_stats(struct backend_pool *p)
{
    pthread_mutex_lock(&p->mutex);
    const struct backend_pool_stats stats = p->stats;
    pthread_mutex_unlock(&p->mutex);
    return stats;
}
