/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/workers.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/log.h"
#include "proxy/exec/exec.h"
#include "proxy/loop.h"
#include "proxy/session.h"

#define IDLE_SECONDS 10 /* a worker without work ends */

struct workers {
    struct server *server;
    pthread_mutex_t lock;
    pthread_cond_t work, ended;
    struct list queue;
    unsigned n, n_idle, limit;
    bool is_stopping;
    /* A thread that ends joins the one that ended before it, so that only one is ever left over. */
    pthread_t ended_last;
    bool has_ended;
};

struct status
workers_new(struct workers **out, struct server *sv, unsigned limit, struct diag *d)
{
    struct workers *w = calloc(1, sizeof *w);
    if (w == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    w->server = sv;
    w->limit = limit ? limit : 1;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, &attr);
    pthread_cond_init(&w->ended, NULL);
    pthread_condattr_destroy(&attr);
    list_init(&w->queue);
    *out = w;
    return OK;
}

struct workers *
workers_free(struct workers *w)
{
    if (w == NULL) {
        return NULL;
    }
    pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    pthread_cond_broadcast(&w->work);
    while (w->n) {
        pthread_cond_wait(&w->ended, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    if (w->has_ended) {
        pthread_join(w->ended_last, NULL);
    }
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->ended);
    free(w);
    return NULL;
}

/* Somebody else is waiting for a thread: do not linger. Racy on purpose. */
static bool
is_busy(struct workers *w)
{
    return atomic_load_explicit(&w->server->stats.queued, memory_order_relaxed) > 0;
}

/* Waits a moment for more from this client. False: nothing came. */
static bool
linger(struct workers *w, struct session *s, enum session_wait wait)
{
    const int64_t us = s->settings->cfg->proxy_linger_us;
    if (us == 0 || wait == SESSION_WAIT_TIME || is_busy(w)) {
        return false;
    }
    const ptrdiff_t again = wait == SESSION_WAIT_WRITE ? WIRE_IO_AGAIN_WRITE : WIRE_IO_AGAIN_READ;
    return wire_io_wait(&s->ch.io, again, us) > 0;
}

/* The session is this thread's until it is handed back or freed. */
static void
run_session(struct workers *w, struct session *s, struct exec_worker *ew)
{
    enum session_wait wait = SESSION_READY;
    if (ew == NULL) {
        session_free(s);
        return;
    }
    s->worker = ew;
    if (s->is_resting) {
        s->is_resting = false;
        s->has_rested = true;
        exec_enter(s->exec, ew);
        exec_rest(s->exec);
        exec_leave(s->exec);
        arena_trim(s->arena);
        stats_add(&w->server->stats.rests, 1);
        loop_watch(s, SESSION_WAIT_READ);
        return;
    }
    s->has_rested = false;
    while (wait == SESSION_READY) {
        if (s->exec) {
            exec_enter(s->exec, ew);
        }
        if (!session_handle(s)) {
            session_free(s);
            return;
        }
        wait = session_is_drained(s) ? SESSION_WAIT_READ : session_advance(s);
        while (wait != SESSION_READY && linger(w, s, wait)) {
            wait = session_advance(s);
        }
    }
    if (s->exec) {
        exec_leave(s->exec);
    }
    loop_watch(s, wait);
}

/* Under the lock. NULL: this thread ends. */
static struct session *
next_session(struct workers *w)
{
    struct timespec until;
    while (list_is_empty(&w->queue)) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += IDLE_SECONDS;
        w->n_idle++;
        const int rc = w->is_stopping ? 1 : pthread_cond_timedwait(&w->work, &w->lock, &until);
        w->n_idle--;
        if (rc && list_is_empty(&w->queue)) {
            return NULL;
        }
    }
    struct list *first = list_first(&w->queue);
    list_remove(first);
    stats_sub(&w->server->stats.queued, 1);
    return LIST_ENTRY(first, struct session, in_queue);
}

static void *
worker_main(void *arg)
{
    struct workers *w = arg;
    struct exec_worker *ew = NULL;
    struct diag d = DIAG_INIT;
    struct session *s;
    const struct status st = exec_worker_new(&ew, w->server->exec, &d);
    if (!status_is_ok(st)) {
        diag_complete(&d, st);
        log_error(&log_process, "worker.start", "a worker cannot start: %s", d.message);
    }
    pthread_mutex_lock(&w->lock);
    while ((s = next_session(w))) {
        pthread_mutex_unlock(&w->lock);
        stats_add(&w->server->stats.workers_busy, 1);
        run_session(w, s, ew);
        stats_sub(&w->server->stats.workers_busy, 1);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    exec_worker_free(ew);
    pthread_mutex_lock(&w->lock);
    const bool has_before = w->has_ended;
    const pthread_t before = w->ended_last;
    w->ended_last = pthread_self();
    w->has_ended = true;
    w->n--;
    stats_sub(&w->server->stats.workers, 1);
    pthread_cond_broadcast(&w->ended);
    pthread_mutex_unlock(&w->lock);
    if (has_before) {
        pthread_join(before, NULL);
    }
    return NULL;
}

/* Under the lock. */
static void
start_one(struct workers *w)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker_main, w) == 0) {
        w->n++;
        stats_add(&w->server->stats.workers, 1);
    } else if (w->n == 0) {
        log_error(&log_process, "worker.start", "cannot start a thread; sessions wait");
    }
}

void
workers_submit(struct workers *w, struct session *s)
{
    const bool urgent = s->is_in_trans || s->info.is_pinned || s->is_gone;
    pthread_mutex_lock(&w->lock);
    if (urgent) {
        /* ahead of the others */
        s->in_queue.next = w->queue.next;
        s->in_queue.prev = &w->queue;
        w->queue.next->prev = &s->in_queue;
        w->queue.next = &s->in_queue;
    } else {
        list_append(&w->queue, &s->in_queue);
    }
    const uint64_t queued = atomic_fetch_add(&w->server->stats.queued, 1) + 1;
    if (queued > w->n_idle && (w->n < w->limit || urgent)) {
        start_one(w);
    }
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
}
