/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that carries transitions on (proxy/store/transition.h): every proxy has one; who has the lock
 * of a transition works on it. */
#include <stdlib.h>

#include "base/log.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/store/transition.h"

#define LOOK_MS 1000

struct exec_transitions {
    struct exec_shared *shared;
    struct keyring *keyring;
    struct arena *arena;
    struct scratch_session *scratch; /* for weights; opened when first needed */
    pthread_t thread;
    bool running;
};

static STATUS
ask_weight(void *ctx, const struct collation_info *info, struct slice value, struct buf *out,
           struct diag *d)
{
    struct exec_transitions *x = ctx;
    if (x->scratch == NULL) {
        TRY(scratch_session_open(x->shared->scratch, NULL, &x->scratch, d));
    }
    const struct status s = exec_ask_weight(scratch_session_conn(x->scratch), info, value, out, d);
    if (!status_is_ok(s)) {
        x->scratch = scratch_session_close(x->scratch); /* it may have been restarted */
    }
    return s;
}

static STATUS
collation_of(void *ctx, const struct collation_info *info, const struct collation **out,
             struct diag *d)
{
    const struct exec_transitions *x = ctx;
    return exec_collation_get(x->shared->collations, info, out, d);
}

static void *
run(void *ctx)
{
    struct exec_transitions *x = ctx;
    const struct cells_env cells = {.keyring = x->keyring,
                                    .arena = x->arena,
                                    .collation = collation_of,
                                    .weight = ask_weight,
                                    .ctx = x};
    do {
        struct diag d = DIAG_INIT;
        const struct status s = transition_run_all(x->shared->store, &cells, &d);
        if (!status_is_ok(s)) {
            diag_complete(&d, s);
            log_warn(&log_process, "transition.look", "%s", d.message);
        }
        arena_reset(x->arena);
        keyring_trim(x->keyring, 256);
    } while (transition_wait(x->shared->store, LOOK_MS));
    backend_thread_deinit();
    return NULL;
}

struct status
exec_transitions_new(struct exec_transitions **out, struct exec_shared *s)
{
    struct exec_transitions *x = calloc(1, sizeof *x);
    if (x == NULL) {
        RAISE(NO_MEMORY);
    }
    *out = x; /* freed by the caller, also when this fails */
    x->shared = s;
    x->arena = arena_create(0);
    if (x->arena == NULL) {
        RAISE(NO_MEMORY);
    }
    TRY(keyring_new(&x->keyring, s->master));
    x->running = pthread_create(&x->thread, NULL, run, x) == 0;
    return x->running ? OK : status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
}

struct exec_transitions *
exec_transitions_free(struct exec_transitions *x)
{
    if (x) {
        if (x->running) {
            transition_wake(x->shared->store, true);
            pthread_join(x->thread, NULL);
        }
        scratch_session_close(x->scratch);
        keyring_free(x->keyring);
        arena_free(x->arena);
        free(x);
    }
    return NULL;
}
