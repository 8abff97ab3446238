/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slows down guessing: after some failed logins from one address in a row, its next refusals are
 * delayed, each twice as long as the last one. Depends on the address only, so it tells nothing about
 * which users exist. Bounded memory; addresses may share a slot. Any thread.
 */
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "base/slice.h"

#define THROTTLE_SLOTS    1024
#define THROTTLE_FREE     10  /* failures without a delay */
#define THROTTLE_FIRST_MS 100 /* the first delay */
#define THROTTLE_FORGET_S 60  /* without a failure */

struct throttle {
    pthread_mutex_t lock;
    struct {
        uint64_t hash;
        unsigned n;
        int64_t last_us;
    } slots[THROTTLE_SLOTS];
};

void throttle_init(struct throttle *t);
void throttle_deinit(struct throttle *t);
/* Counts a failure; how long to wait before telling the client. At most max_ms. */
int64_t throttle_failed_ms(struct throttle *t, struct slice host, int64_t now_us, int64_t max_ms);
void throttle_succeeded(struct throttle *t, struct slice host);
