/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `generation` changes in the child of a fork, so that parent and child never hand out the same bytes.
 */
#include "crypto/rand.h"

#include <openssl/rand.h>
#include <pthread.h>

#include "base/mem.h"

#define POOL 4096

static unsigned generation = 1; /* written in a forked child only, while it has one thread */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct {
    uint8_t bytes[POOL];
    size_t used;
    unsigned generation;
} pool;

static void
in_child(void)
{
    generation++;
}

static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

static struct status
refill(void)
{
    pthread_once(&once, watch_forks);
    pool.used = POOL;
    if (RAND_bytes(pool.bytes, POOL) != 1) {
        RAISE(CRYPTO);
    }
    pool.used = 0;
    pool.generation = generation;
    return OK;
}

struct status
rand_bytes(void *out, size_t n)
{
    uint8_t *to = out;
    while (n) {
        if (pool.generation != generation || pool.used == POOL) {
            TRY(refill());
        }
        const size_t left = POOL - pool.used;
        const size_t now = n < left ? n : left;
        mem_copy(to, pool.bytes + pool.used, now);
        mem_wipe(pool.bytes + pool.used, now);
        pool.used += now;
        to += now;
        n -= now;
    }
    return OK;
}
