/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/background.h"

#include <malloc.h>
#include <time.h>

#include "proxy/exec/exec.h"
#include "proxy/session.h"

#define READY_SECONDS 2 /* how often readiness is asked for */

/* Under the lock, which is given up while the executor works. */
static void
cancel_first(struct background *b)
{
    struct session *s = LIST_ENTRY(list_first(&b->cancels), struct session, in_cancel);
    list_remove(&s->in_cancel);
    pthread_mutex_unlock(&b->lock);
    if (s->exec) {
        exec_cancel(s->exec);
    }
    pthread_mutex_lock(&b->lock);
    s->is_cancelling = false;
    pthread_cond_broadcast(&b->done);
}

static void
check_ready(struct background *b)
{
    struct diag why = DIAG_INIT;
    pthread_mutex_unlock(&b->lock);
    const bool ready = exec_shared_is_ready(b->server->exec, &why);
    const uint64_t rests = b->server->stats.rests;
    if (rests != b->rests_seen) { /* what idle sessions freed lies scattered in the heaps */
        b->rests_seen = rests;
        malloc_trim(0);
    }
    pthread_mutex_lock(&b->lock);
    b->is_ready = ready;
    b->why = why;
}

static void *
background_main(void *arg)
{
    struct background *b = arg;
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&b->lock);
    while (!b->is_stopping) {
        if (!list_is_empty(&b->cancels)) {
            cancel_first(b);
        } else if (pthread_cond_timedwait(&b->work, &b->lock, &next) != 0) {
            check_ready(b);
            clock_gettime(CLOCK_MONOTONIC, &next);
            next.tv_sec += READY_SECONDS;
        }
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

struct status
background_start(struct background *b, struct server *sv, struct diag *d)
{
    pthread_condattr_t attr;
    b->server = sv;
    list_init(&b->cancels);
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&b->work, &attr);
    pthread_cond_init(&b->done, NULL);
    pthread_condattr_destroy(&attr);
    diag_set(&b->why, STATUS_STARTUP, "starting");
    if (pthread_create(&b->thread, NULL, background_main, b) != 0) {
        FAIL(d, STARTUP, "cannot start a thread");
    }
    b->is_running = true;
    return OK;
}

void
background_stop(struct background *b)
{
    if (!b->is_running) {
        return;
    }
    pthread_mutex_lock(&b->lock);
    b->is_stopping = true;
    pthread_cond_signal(&b->work);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->work);
    pthread_cond_destroy(&b->done);
    b->is_running = false;
}

void
background_cancel(struct background *b, struct session *s)
{
    pthread_mutex_lock(&b->lock);
    if (!s->is_cancelling) {
        s->is_cancelling = true;
        list_append(&b->cancels, &s->in_cancel);
        pthread_cond_signal(&b->work);
    }
    pthread_mutex_unlock(&b->lock);
}

void
background_settle(struct background *b, struct session *s)
{
    if (!s->is_cancelling) {
        return;
    }
    pthread_mutex_lock(&b->lock);
    if (!list_is_empty(&s->in_cancel)) {
        list_remove(&s->in_cancel);
        s->is_cancelling = false;
    }
    while (s->is_cancelling) {
        pthread_cond_wait(&b->done, &b->lock);
    }
    pthread_mutex_unlock(&b->lock);
}

bool
background_is_ready(struct background *b, struct diag *why)
{
    pthread_mutex_lock(&b->lock);
    const bool ready = b->is_ready;
    *why = b->why;
    pthread_mutex_unlock(&b->lock);
    return ready;
}
