/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of ready randomisers under the key's lock, refilled by one thread of lowest priority. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "crypto/hom.h"
#include "crypto/hom_priv.h"

enum {
    LOWEST_PRIORITY = 19
};

struct hom_pool {
    struct hom_key *key;
    struct hom_rho *ready;
    size_t count, capacity;
    pthread_cond_t wanted;
    pthread_t thread;
    bool stop;
};

bool
hom_pool_take(struct hom_key *key, struct hom_rho *out)
{
    bool found = false;
    pthread_mutex_lock(&key->lock);
    struct hom_pool *pool = key->pool;
    if (pool && pool->count > 0) {
        struct hom_rho *top = &pool->ready[--pool->count];
        mem_copy(out, top, sizeof *out);
        mem_wipe(top, sizeof *top);
        found = true;
    }
    /* A sleeping thread is woken at three quarters, not for each one taken. */
    if (pool && pool->count == pool->capacity - pool->capacity / 4 - 1) {
        pthread_cond_signal(&pool->wanted);
    }
    pthread_mutex_unlock(&key->lock);
    return found;
}

size_t
hom_pool_level(struct hom_key *key)
{
    pthread_mutex_lock(&key->lock);
    const size_t n = key->pool ? key->pool->count : 0;
    pthread_mutex_unlock(&key->lock);
    return n;
}

static void *
fill(void *arg)
{
    struct hom_pool *pool = arg;
    struct hom_key *key = pool->key;
    struct hom_rho rho;
    (void) setpriority(PRIO_PROCESS, (id_t) gettid(), LOWEST_PRIORITY);
    bool stop = false;
    while (!stop) {
        const bool made = status_is_ok(hom_rho_make(key, &rho));
        pthread_mutex_lock(&key->lock);
        if (made && pool->count < pool->capacity) {
            mem_copy(&pool->ready[pool->count++], &rho, sizeof rho);
        }
        while (!pool->stop && (!made || pool->count == pool->capacity)) {
            if (pthread_cond_wait(&pool->wanted, &key->lock) == 0 && !made) {
                break;
            }
        }
        stop = pool->stop;
        pthread_mutex_unlock(&key->lock);
    }
    mem_wipe(&rho, sizeof rho);
    return NULL;
}

static void
pool_free(struct hom_pool *pool)
{
    if (pool) {
        if (pool->ready) {
            mem_wipe(pool->ready, pool->capacity * sizeof *pool->ready);
        }
        pthread_cond_destroy(&pool->wanted);
        free(pool->ready);
        free(pool);
    }
}

/* Signals are the main thread's business. */
static bool
spawn(struct hom_pool *pool)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(&pool->thread, NULL, fill, pool);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0;
}

struct status
hom_pool_start(struct hom_key *key, size_t capacity)
{
    if (capacity == 0) {
        RAISE(RANGE);
    }
    TRY(hom_rho_prepare(key));
    struct hom_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        RAISE(NO_MEMORY);
    }
    pthread_cond_init(&pool->wanted, NULL);
    pool->key = key;
    pool->capacity = capacity;
    pool->ready = calloc(capacity, sizeof *pool->ready);
    pthread_mutex_lock(&key->lock);
    const bool ok = pool->ready && key->pool == NULL && spawn(pool);
    if (ok) {
        key->pool = pool;
    }
    const bool already = key->pool && !ok;
    pthread_mutex_unlock(&key->lock);
    if (!ok) {
        pool_free(pool);
        return already ? OK : status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
    }
    return OK;
}

void
hom_pool_stop(struct hom_key *key)
{
    pthread_mutex_lock(&key->lock);
    struct hom_pool *pool = key->pool;
    key->pool = NULL;
    if (pool) {
        pool->stop = true;
        pthread_cond_signal(&pool->wanted);
    }
    pthread_mutex_unlock(&key->lock);
    if (pool) {
        pthread_join(pool->thread, NULL);
        pool_free(pool);
    }
}
