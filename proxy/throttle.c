/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/throttle.h"

void
throttle_init(struct throttle *t)
{
    *t = (struct throttle){0};
    pthread_mutex_init(&t->lock, NULL);
}

void
throttle_deinit(struct throttle *t)
{
    pthread_mutex_destroy(&t->lock);
}

int64_t
throttle_failed_ms(struct throttle *t, struct slice host, int64_t now_us, int64_t max_ms)
{
    const uint64_t hash = slice_hash(host);
    const size_t i = hash % THROTTLE_SLOTS;
    pthread_mutex_lock(&t->lock);
    if (t->slots[i].hash != hash ||
        now_us - t->slots[i].last_us > (int64_t) THROTTLE_FORGET_S * 1000000) {
        t->slots[i].hash = hash;
        t->slots[i].n = 0;
    }
    t->slots[i].last_us = now_us;
    const unsigned n = ++t->slots[i].n;
    pthread_mutex_unlock(&t->lock);
    if (n <= THROTTLE_FREE) {
        return 0;
    }
    const unsigned doublings = n - THROTTLE_FREE - 1;
    const int64_t ms = (int64_t) THROTTLE_FIRST_MS << (doublings > 20 ? 20 : doublings);
    return ms < max_ms ? ms : max_ms;
}

void
throttle_succeeded(struct throttle *t, struct slice host)
{
    const uint64_t hash = slice_hash(host);
    const size_t i = hash % THROTTLE_SLOTS;
    pthread_mutex_lock(&t->lock);
    if (t->slots[i].hash == hash) {
        t->slots[i].n = 0;
    }
    pthread_mutex_unlock(&t->lock);
}
