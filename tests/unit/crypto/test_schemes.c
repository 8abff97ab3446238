/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every scheme must do, by walking the registry: round trips over batches, size bounds, each declared
 * capability, and refusal of wrong keys, changed bits, cut and random input. A new scheme needs no new
 * test here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cm.h"
#include "crypto/scheme.h"
#include "vec.h"

#define BATCH   131 /* more than two runs of lanes */
#define LEN_MAX 300

struct fixture {
    const struct scheme_ops *ops;
    struct scheme_key *key, *other; /* two keys */
    struct arena *a;
    uint64_t rng;
    struct slice pt[BATCH], tweak[BATCH], ct[BATCH], back[BATCH];
};

static struct scheme_key *
new_key(const struct scheme_ops *ops, uint64_t seed)
{
    uint8_t material[512] = {0};
    struct scheme_key *key;
    struct scheme_params p = {.material = slice_of(material, ops->key_len),
                              .id = {.db = 1, .tab = 2, .col = 3, .onion = 4, .epoch = 5}};
    assert_true(ops->key_len <= sizeof material);
    vec_rand_bytes(&seed, material, ops->key_len);
    vec_rand_bytes(&seed, p.inst, sizeof p.inst);
    vec_assert_ok(ops->key_new(&key, &p), ops->name);
    return key;
}

static struct slice
random_slice(struct fixture *f, size_t len)
{
    uint8_t *p = arena_array(f->a, uint8_t, len);
    vec_rand_bytes(&f->rng, p, len);
    return slice_of(p, len);
}

/* SEARCH takes word lists: any other scheme takes any bytes of an accepted length. */
static struct slice
random_plain(struct fixture *f)
{
    for (;;) {
        const size_t len = vec_rand(&f->rng) % LEN_MAX;
        if (!f->ops->accepts(len)) {
            continue;
        }
        const struct slice s = random_slice(f, len);
        if (f->ops->caps & SCHEME_CAP_SEARCH && f->ops->key_len == 64) {
            uint8_t *p = (uint8_t *) s.data;
            for (size_t at = 0;
                 len - at >= 2;) { /* as many words as fit, the last one to the end */
                const size_t left = len - at - 2;
                const size_t word = left < 12 ? left : 5;
                mem_put_be16(p + at, (uint16_t) word);
                at += 2 + word;
            }
        }
        return s;
    }
}

static void
fill(struct fixture *f)
{
    for (size_t i = 0; i < BATCH; i++) {
        f->pt[i] = vec_rand(&f->rng) % 10 ? random_plain(f) : SLICE_NULL;
        f->tweak[i] = random_slice(f, 16);
    }
}

static struct cells
cells_of(const struct fixture *f, const struct slice *data)
{
    return (struct cells){
        .n = BATCH, .data = data, .tweak = f->ops->caps & SCHEME_CAP_TWEAK ? f->tweak : NULL};
}

typedef void (*check_fn)(struct fixture *f);

static void
for_each(check_fn check)
{
    for (size_t i = 0; scheme_at(i); i++) {
        struct fixture f = {.ops = scheme_at(i), .a = arena_create(0), .rng = 4711 + i};
        f.key = new_key(f.ops, 1);
        f.other = new_key(f.ops, 2);
        fill(&f);
        check(&f);
        scheme_key_free(f.key);
        scheme_key_free(f.other);
        arena_free(f.a);
    }
}

static void
check_declared(struct fixture *f)
{
    assert_ptr_equal(scheme_find(f->ops->id), f->ops);
    assert_ptr_equal(scheme_find_name(slice_of_str(f->ops->name)), f->ops);
    assert_int_equal(f->ops->decrypt != NULL, (f->ops->caps & SCHEME_CAP_DECRYPT) != 0);
    assert_true(f->ops->key_len >= 16 && f->ops->key_len <= 256);
}

static void
check_round_trip(struct fixture *f)
{
    const struct cells in = cells_of(f, f->pt);
    vec_assert_ok(scheme_encrypt(f->key, &in, f->a, f->ct), f->ops->name);
    for (size_t i = 0; i < BATCH; i++) {
        assert_int_equal(slice_is_null(f->pt[i]), slice_is_null(f->ct[i]));
        assert_true(slice_is_null(f->ct[i]) || f->ct[i].len <= f->ops->ct_max(f->pt[i].len));
    }
    if (f->ops->decrypt) {
        const struct cells ct = cells_of(f, f->ct);
        vec_assert_ok(scheme_decrypt(f->key, &ct, f->a, f->back), f->ops->name);
        for (size_t i = 0; i < BATCH; i++) {
            assert_true(slice_equal(f->back[i], f->pt[i]));
        }
    }
    const struct cells none = {.n = 0};
    vec_assert_ok(scheme_encrypt(f->key, &none, f->a, f->ct), f->ops->name);
}

/* A batch gives what its cells give one by one, for schemes without fresh randomness. */
static void
check_batch_is_singles(struct fixture *f)
{
    if (!(f->ops->caps & (SCHEME_CAP_EQ | SCHEME_CAP_TWEAK))) {
        return;
    }
    const struct cells in = cells_of(f, f->pt);
    vec_assert_ok(scheme_encrypt(f->key, &in, f->a, f->ct), f->ops->name);
    for (size_t i = 0; i < BATCH; i++) {
        struct slice one;
        const struct cells single = {
            .n = 1, .data = &f->pt[i], .tweak = in.tweak ? &f->tweak[i] : NULL};
        vec_assert_ok(scheme_encrypt(f->key, &single, f->a, &one), f->ops->name);
        vec_assert_equal(one, f->ct[i], f->ops->name);
    }
}

static void
check_equality(struct fixture *f)
{
    const bool eq = f->ops->caps & SCHEME_CAP_EQ;
    for (size_t i = 1; i < BATCH; i += 2) {
        f->pt[i] = f->pt[i - 1];
    }
    struct cells in = {.n = BATCH, .data = f->pt};
    vec_assert_ok(scheme_encrypt(f->key, &in, f->a, f->ct), f->ops->name);
    for (size_t i = 0; i < BATCH; i++) {
        for (size_t j = 0; j < i; j++) {
            if (f->pt[i].data && f->pt[j].data && f->ct[i].len) {
                const bool same = slice_equal(f->pt[i], f->pt[j]);
                assert_int_equal(slice_equal(f->ct[i], f->ct[j]), eq && same);
            }
        }
    }
}

static int
by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *) a, *(const struct slice *) b);
}

/* Neighbours, extremes and shared prefixes, for each accepted length up to 20. */
static void
check_order(struct fixture *f)
{
    if (!(f->ops->caps & SCHEME_CAP_ORDER)) {
        return;
    }
    for (size_t len = 1; len <= 20; len++) {
        if (!f->ops->accepts(len)) {
            continue;
        }
        for (size_t i = 0; i < BATCH; i++) {
            const struct slice s = random_slice(f, len);
            uint8_t *p = (uint8_t *) s.data;
            memset(p, i % 3 == 0 ? 0 : 0xff, i % 3 ? len - 1 - i % len : len / 2);
            p[len - 1] = (uint8_t) i;
            f->pt[i] = s;
        }
        memset((uint8_t *) f->pt[0].data, 0, len);
        memset((uint8_t *) f->pt[1].data, 255, len);
        qsort(f->pt, BATCH, sizeof f->pt[0], by_bytes);
        const struct cells in = {.n = BATCH, .data = f->pt};
        vec_assert_ok(scheme_encrypt(f->key, &in, f->a, f->ct), f->ops->name);
        for (size_t i = 1; i < BATCH; i++) {
            const int want = slice_compare(f->pt[i - 1], f->pt[i]);
            const int got = slice_compare(f->ct[i - 1], f->ct[i]);
            assert_int_equal(want < 0, got < 0);
            assert_int_equal(want == 0, got == 0);
        }
    }
}

static struct status
decrypt_one(struct fixture *f, struct scheme_key *key, struct slice ct, struct slice tweak,
            struct slice *out)
{
    const struct cells in = {
        .n = 1, .data = &ct, .tweak = f->ops->caps & SCHEME_CAP_TWEAK ? &tweak : NULL};
    return scheme_decrypt(key, &in, f->a, out);
}

/* Another key: refused where authenticated, and never the plaintext (of 4 bytes and more). */
static void
check_wrong_key(struct fixture *f)
{
    if (f->ops->decrypt == NULL) {
        return;
    }
    const struct cells in = cells_of(f, f->pt);
    vec_assert_ok(scheme_encrypt(f->key, &in, f->a, f->ct), f->ops->name);
    for (size_t i = 0; i < BATCH; i++) {
        struct slice out;
        if (f->pt[i].data == NULL || f->pt[i].len < 4) {
            continue;
        }
        const struct status s = decrypt_one(f, f->other, f->ct[i], f->tweak[i], &out);
        if (f->ops->caps & SCHEME_CAP_AUTH) {
            assert_int_equal(s.code, STATUS_AUTHENTICITY);
        } else {
            assert_true(!status_is_ok(s) || !slice_equal(out, f->pt[i]));
        }
    }
}

static void
check_changed(struct fixture *f)
{
    if (f->ops->decrypt == NULL) {
        return;
    }
    const bool auth = f->ops->caps & SCHEME_CAP_AUTH;
    const struct cells in = cells_of(f, f->pt);
    vec_assert_ok(scheme_encrypt(f->key, &in, f->a, f->ct), f->ops->name);
    for (size_t i = 0; i < 12; i++) {
        const struct slice ct = f->ct[i];
        struct slice out;
        for (size_t bit = 0; bit < ct.len * 8; bit += 1 + ct.len / 64) {
            const struct slice bad = arena_dup(f->a, ct);
            ((uint8_t *) bad.data)[bit / 8] ^= (uint8_t) (1 << bit % 8);
            const struct status s = decrypt_one(f, f->key, bad, f->tweak[i], &out);
            assert_false(status_is_ok(s) && (auth || slice_equal(out, f->pt[i])));
        }
        for (size_t len = 0; len < ct.len; len += 1 + ct.len / 64) {
            const struct slice cut = arena_dup(f->a, slice_sub(ct, 0, len));
            const struct status s = decrypt_one(f, f->key, cut, f->tweak[i], &out);
            assert_false(status_is_ok(s) && (auth || slice_equal(out, f->pt[i])));
        }
        if (ct.data && f->ops->caps & SCHEME_CAP_TWEAK) {
            vec_assert_status(decrypt_one(f, f->key, ct, f->tweak[i + 1], &out),
                              STATUS_AUTHENTICITY, "another row's salt");
            vec_assert_status(decrypt_one(f, f->key, ct, SLICE_NULL, &out), STATUS_AUTHENTICITY,
                              "no salt");
        }
    }
}

/* One bad cell anywhere fails the batch. */
static void
check_bad_cell_in_batch(struct fixture *f)
{
    if (!(f->ops->caps & SCHEME_CAP_AUTH)) {
        return;
    }
    const struct cells in = cells_of(f, f->pt);
    vec_assert_ok(scheme_encrypt(f->key, &in, f->a, f->ct), f->ops->name);
    for (size_t i = 0; i < BATCH; i++) {
        if (f->ct[i].data) {
            uint8_t *last = (uint8_t *) f->ct[i].data + f->ct[i].len - 1;
            const struct cells ct = cells_of(f, f->ct);
            *last ^= 1;
            vec_assert_status(scheme_decrypt(f->key, &ct, f->a, f->back), STATUS_AUTHENTICITY,
                              f->ops->name);
            *last ^= 1;
        }
    }
}

static void
check_random_input(struct fixture *f)
{
    if (f->ops->decrypt == NULL) {
        return;
    }
    for (size_t i = 0; i < 3000; i++) {
        const struct slice s = random_slice(f, vec_rand(&f->rng) % 80);
        struct slice out;
        const struct status st = decrypt_one(f, f->key, s, f->tweak[0], &out);
        assert_false(status_is_ok(st) && f->ops->caps & SCHEME_CAP_AUTH);
    }
}

static void
check_lengths(struct fixture *f)
{
    for (size_t len = 0; len < LEN_MAX; len++) {
        if (!f->ops->accepts(len)) {
            const struct slice s = random_slice(f, len);
            const struct cells in = {.n = 1, .data = &s};
            vec_assert_status(scheme_encrypt(f->key, &in, f->a, f->ct), STATUS_RANGE, f->ops->name);
        }
    }
}

/* A full arena is an error, not a crash. */
static void
check_no_memory(struct fixture *f)
{
    struct arena *small = arena_create(64);
    const struct cells in = cells_of(f, f->pt);
    const struct status s = scheme_encrypt(f->key, &in, small, f->ct);
    assert_true(s.code == STATUS_LIMIT || s.code == STATUS_NO_MEMORY);
    arena_free(small);
}

#define GENERIC(name)                     \
    static void test_##name(void **state) \
    {                                     \
        for_each(check_##name);           \
    }
GENERIC(declared)
GENERIC(round_trip)
GENERIC(batch_is_singles)
GENERIC(equality)
GENERIC(order)
GENERIC(wrong_key)
GENERIC(changed)
GENERIC(bad_cell_in_batch)
GENERIC(random_input)
GENERIC(lengths)
GENERIC(no_memory)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_declared),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_batch_is_singles),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_wrong_key),
        cmocka_unit_test(test_changed),
        cmocka_unit_test(test_bad_cell_in_batch),
        cmocka_unit_test(test_random_input),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
