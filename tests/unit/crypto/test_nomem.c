/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th allocation fails, n = 1, 2, ...: ours (calloc) and OpenSSL's. Everything reports it and cleans up;
 * run under ASan this also shows that nothing leaks.
 */
#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cm.h"
#include "crypto/keyring.h"
#include "crypto/keystore.h"
#include "crypto/match.h"
#include "crypto/seal.h"
#include "crypto/strip.h"
#include "vec.h"

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static long countdown = -1; /* allocations until the failing one; negative: never */

static bool
fails(void)
{
    return countdown >= 0 && countdown-- == 0;
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

static void *
ssl_malloc(size_t n, const char *file, int line)
{
    return fails() ? NULL : malloc(n);
}

static void *
ssl_realloc(void *p, size_t n, const char *file, int line)
{
    return fails() ? NULL : realloc(p, n);
}

static void
ssl_free(void *p, const char *file, int line)
{
    free(p);
}

static struct master *master;
static const struct key_id id = {.db = 1, .tab = 2, .col = 3};

static bool
is_clean_failure(struct status s)
{
    return s.code == STATUS_NO_MEMORY || s.code == STATUS_CRYPTO;
}

typedef struct status (*job_fn)(const struct scheme_ops *ops);

/* Until the job succeeds with nothing failing any more. */
static void
exhaust(job_fn job, const struct scheme_ops *ops)
{
    for (long n = 0; n < 200; n++) {
        countdown = n;
        const struct status s = job(ops);
        const bool unused = countdown >= 0;
        countdown = -1;
        if (status_is_ok(s) && unused) {
            return;
        }
        assert_true(status_is_ok(s) || is_clean_failure(s));
    }
    fail_msg("allocates without end");
}

static struct status
make_scheme(const struct scheme_ops *ops)
{
    struct keyring *k = NULL;
    struct scheme_key *key;
    TRY(keyring_new(&k, master));
    const struct status s = keyring_scheme(k, ops->id, &id, &key);
    keyring_free(k);
    return s;
}

static void
test_schemes(void **state)
{
    for (size_t i = 0; scheme_at(i); i++) {
        assert_true(status_is_ok(make_scheme(scheme_at(i)))); /* OpenSSL loads what it loads once */
        exhaust(make_scheme, scheme_at(i));
    }
}

static struct status
use_master(const struct scheme_ops *ops)
{
    struct master *m = NULL, *more = NULL;
    TRY(master_new_random(&m));
    const struct status s = master_new_rotated(&more, m);
    master_unref(m);
    master_unref(more);
    return s;
}

static struct status
use_server_side(const struct scheme_ops *ops)
{
    static const uint8_t key[32];
    struct strip *strip = NULL;
    struct match *match = NULL;
    TRY(strip_new(&strip, key));
    const struct status s = match_new(&match, key);
    strip_free(strip);
    match_free(match);
    return s;
}

static struct status
use_seal(const struct scheme_ops *ops)
{
    struct keyring *k = NULL;
    struct buf out = BUF_INIT;
    TRY(keyring_new(&k, master));
    const struct status s = seal_encode(k, SLICE("n"), 1, SLICE("plain"), &out);
    keyring_free(k);
    buf_deinit(&out);
    return s;
}

static struct status
use_keystore(const struct scheme_ops *ops)
{
    struct buf file = BUF_INIT;
    struct master *m = NULL;
    const struct keystore_cost cheap = {10, 1, 1};
    struct status s = keystore_encode(&file, master, SLICE("p"), cheap, NULL);
    if (status_is_ok(s)) {
        s = keystore_decode(&m, buf_slice(&file), SLICE("p"), NULL);
    }
    master_unref(m);
    buf_deinit(&file);
    return s;
}

static void
test_others(void **state)
{
    static const job_fn jobs[] = {use_master, use_server_side, use_seal, use_keystore};
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        assert_true(status_is_ok(jobs[i](NULL)));
        exhaust(jobs[i], NULL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemes),
        cmocka_unit_test(test_others),
    };
    if (CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free) != 1 ||
        !status_is_ok(master_new_random(&master))) {
        return 1;
    }
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    master_unref(master);
    return failed;
}
