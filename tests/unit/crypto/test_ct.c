/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant time: under valgrind, keys and plaintexts are marked undefined, so that a branch or an address
 * that depends on them is reported as a use of uninitialised bytes. Public things (lengths, tweaks, finished
 * ciphertexts) stay defined. Without valgrind this only exercises the calls. OPE is not listed: its walk
 * depends on values, as its header says.
 */
#include <valgrind/memcheck.h>

#include "base/mem.h"
#include "cm.h"
#include "crypto/keywrap.h"
#include "crypto/prf.h"
#include "crypto/scheme.h"
#include "vec.h"

#define N 70

static void
publish(const void *p, size_t n)
{
    VALGRIND_MAKE_MEM_DEFINED(p, n);
}

static void
hide(void *p, size_t n)
{
    VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

static void
check_scheme(const struct scheme_ops *ops, size_t len)
{
    uint8_t material[256];
    uint64_t rng = 12;
    struct arena *a = arena_create(0);
    struct scheme_key *key;
    struct slice pt[N], tweak[N], ct[N], back[N];
    vec_rand_bytes(&rng, material, sizeof material);
    hide(material, sizeof material);
    const struct scheme_params p = {.material = slice_of(material, ops->key_len),
                                    .id = {.epoch = 1}};
    vec_assert_ok(ops->key_new(&key, &p), ops->name);
    for (size_t i = 0; i < N; i++) {
        uint8_t *b = arena_array(a, uint8_t, len + 16);
        vec_rand_bytes(&rng, b, len + 16);
        hide(b, len);
        pt[i] = slice_of(b, len);
        tweak[i] = slice_of(b + len, 16);
    }
    for (size_t n = 1; n <= N; n += N - 1) { /* one cell, then many */
        struct cells in = {
            .n = n, .data = pt, .tweak = ops->caps & SCHEME_CAP_TWEAK ? tweak : NULL};
        vec_assert_ok(scheme_encrypt(key, &in, a, ct), ops->name);
        for (size_t i = 0; i < n; i++) {
            publish(ct[i].data, ct[i].len);
        }
        if (ops->decrypt) {
            in.data = ct;
            const struct status s = scheme_decrypt(key, &in, a, back);
            publish(&s, sizeof s); /* whether it is genuine is public */
            vec_assert_ok(s, ops->name);
        }
    }
    scheme_key_free(key);
    arena_free(a);
}

static void
test_schemes(void **state)
{
    static const struct {
        enum scheme_id id;
        size_t lens[4]; /* 0 ends */
    } cases[] = {
        {SCHEME_RND, {8, 16, 40, 200}}, {SCHEME_DET, {16}},      {SCHEME_TAG, {8, 16, 40, 200}},
        {SCHEME_CLWW, {1, 4, 8, 20}},   {SCHEME_TOKEN, {5, 33}}, {SCHEME_WRAP, {8, 16, 64}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < 4 && cases[i].lens[j]; j++) {
            check_scheme(scheme_find(cases[i].id), cases[i].lens[j]);
        }
    }
}

static void
test_key_functions(void **state)
{
    uint8_t key[32] = {1}, plain[32] = {2}, wrapped[40], out[80];
    hide(key, sizeof key);
    hide(plain, sizeof plain);
    const struct slice k = slice_of(key, sizeof key);
    vec_assert_ok(keywrap_encode(k, slice_of(plain, sizeof plain), wrapped), "wrap");
    publish(wrapped, sizeof wrapped);
    const struct status s = keywrap_decode(k, slice_of(wrapped, sizeof wrapped), out);
    publish(&s, sizeof s);
    vec_assert_ok(s, "unwrap");
    vec_assert_ok(prf_extract(SLICE("salt"), k, out), "extract");
    vec_assert_ok(prf_expand(slice_of(out, 32), SLICE("info"), out, sizeof out), "expand");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemes),
        cmocka_unit_test(test_key_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
