/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of the HOM scheme; random cases print nothing, as OpenSSL's generator has no seed to print. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cm.h"
#include "crypto/hom.h"
#include "crypto/hom_mont.h"
#include "crypto/hom_scheme.h"
#include "crypto/rand.h"

static struct hom_key *key;

static size_t
cell_len(void)
{
    return hom_pub_cell_len(hom_key_pub(key));
}

static void
encrypt_i64(int64_t v, uint8_t *cell)
{
    const struct hom_int m = hom_int_from_value(hom_value_from_i64(v));
    assert_true(status_is_ok(hom_encrypt(key, 3, &m, cell)));
}

static int64_t
decrypt_i64(const uint8_t *cell)
{
    struct hom_int m;
    struct hom_value v;
    int64_t out = 0;
    assert_true(status_is_ok(hom_decrypt(key, slice_of(cell, cell_len()), &m)));
    assert_true(status_is_ok(hom_int_to_value(&m, &v)));
    assert_true(status_is_ok(hom_value_to_i64(v, &out)));
    return out;
}

static void
every_kernel_agrees(void **unused)
{
    const struct hom_mont_ops *ops;
    for (size_t i = 0; (ops = hom_mont_at(i)); i++) {
        if (ops->usable()) {
            assert_true(hom_mont_self_test(ops));
        }
    }
    assert_true(hom_mont_self_test(hom_mont_best()));
}

static void
encryption_is_random_and_round_trips(void **unused)
{
    static const int64_t cases[] = {0, 1, -1, 42, INT64_MAX, INT64_MIN};
    uint8_t a[HOM_PUB_CELL_MAX], b[HOM_PUB_CELL_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        encrypt_i64(cases[i], a);
        encrypt_i64(cases[i], b);
        assert_memory_not_equal(a, b, cell_len());
        assert_int_equal(a[0], 0x43);
        assert_int_equal(a[1], 0);
        assert_int_equal(decrypt_i64(a), cases[i]);
        assert_int_equal(decrypt_i64(b), cases[i]);
    }
}

static void
sums_are_exact(void **unused)
{
    uint8_t cell[HOM_PUB_CELL_MAX], out[HOM_PUB_CELL_MAX];
    struct hom_sum *sum = NULL;
    assert_true(status_is_ok(hom_sum_new(&sum, hom_key_pub(key))));
    for (int rows = 1; rows <= 12; rows++) {
        int64_t want = 0;
        hom_sum_clear(sum);
        for (int i = 0; i < rows; i++) {
            int32_t v;
            assert_true(status_is_ok(rand_bytes(&v, sizeof v)));
            want += v;
            encrypt_i64(v, cell);
            assert_true(status_is_ok(hom_sum_add(sum, slice_of(cell, cell_len()))));
        }
        assert_true(status_is_ok(hom_sum_result(sum, out)));
        assert_int_equal(decrypt_i64(out), want);
        assert_true(status_is_ok(hom_sum_result(sum, cell))); /* asking does not change it */
        assert_memory_equal(cell, out, cell_len());
    }
    hom_sum_free(sum);
}

static void
adding_works_in_place(void **unused)
{
    uint8_t a[HOM_PUB_CELL_MAX], b[HOM_PUB_CELL_MAX];
    encrypt_i64(-1000, a);
    encrypt_i64(58, b);
    const struct slice sa = slice_of(a, cell_len()), sb = slice_of(b, cell_len());
    assert_true(status_is_ok(hom_pub_add(hom_key_pub(key), sa, sb, a)));
    assert_int_equal(decrypt_i64(a), -942);
    assert_true(status_is_ok(hom_pub_add(hom_key_pub(key), sa, sa, a)));
    assert_int_equal(decrypt_i64(a), -1884);
}

static void
rows_pack_and_sum(void **unused)
{
    const struct hom_layout l = {.n_slots = 5, .width = {41, 97, 161, 249, 65}};
    static const int64_t x[] = {INT64_MIN, INT64_MAX, -1, 0, 7};
    struct hom_value sum[5];
    uint8_t cell[HOM_PUB_CELL_MAX], out[HOM_PUB_CELL_MAX];
    struct hom_sum *s = NULL;
    assert_true(status_is_ok(hom_sum_new(&s, hom_key_pub(key))));
    for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
        const struct hom_value row[5] = {
            hom_value_from_i64(1), hom_value_from_i64(x[i]), hom_value_from_i64(x[i]),
            hom_value_neg(hom_value_from_i64(x[i])), hom_value_from_i64(-(int64_t) i)};
        assert_true(status_is_ok(hom_encrypt_row(key, 1, &l, row, cell)));
        assert_true(status_is_ok(hom_sum_add(s, slice_of(cell, cell_len()))));
    }
    assert_true(status_is_ok(hom_sum_result(s, out)));
    assert_true(status_is_ok(hom_decrypt_row(key, &l, slice_of(out, cell_len()), sum)));
    static const int64_t want[5] = {5, 5, 5, -5, -10};
    for (size_t j = 0; j < 5; j++) {
        int64_t got = 0;
        assert_true(status_is_ok(hom_value_to_i64(sum[j], &got)));
        assert_int_equal(got, want[j]);
    }
    hom_sum_free(s);
}

static void
malformed_cells_are_refused(void **unused)
{
    const struct hom_pub *pub = hom_key_pub(key);
    const size_t len = cell_len();
    uint8_t good[HOM_PUB_CELL_MAX + 1], bad[HOM_PUB_CELL_MAX + 1], out[HOM_PUB_CELL_MAX];
    struct hom_int m;
    encrypt_i64(5, good);
    assert_true(status_is_ok(hom_pub_check(pub, slice_of(good, len))));
    assert_int_equal(hom_pub_check(pub, slice_of(good, len - 1)).code, STATUS_CIPHERTEXT);
    assert_int_equal(hom_pub_check(pub, slice_of(good, len + 1)).code, STATUS_CIPHERTEXT);
    assert_int_equal(hom_pub_check(pub, slice_of(good, 0)).code, STATUS_CIPHERTEXT);
    assert_int_equal(hom_pub_check(pub, SLICE_NULL).code, STATUS_CIPHERTEXT);
    for (int i = 0; i < 5; i++) {
        mem_copy(bad, good, len);
        if (i == 0) {
            bad[0] = 0x31;
        } else if (i == 1) {
            bad[1] = 1;
        } else if (i == 2) { /* c = 0 */
            mem_zero(bad + 2, len - 2);
        } else if (i == 3) { /* far above n^2 */
            memset(bad + 2, 0xff, len - 2);
        } else { /* exactly n^2 = n * n, by adding in a slow way: n^2 - 1 + 1 */
            const struct slice n = hom_pub_n(pub);
            unsigned __int128 carry[1] = {0};
            uint8_t sq[2 * HOM_PUB_N_MAX] = {0};
            for (size_t a = 0; a < n.len; a++) {
                carry[0] = 0;
                for (size_t b = 0; b < n.len || carry[0]; b++) {
                    carry[0] += sq[a + b] + (b < n.len ? (unsigned) n.data[a] * n.data[b] : 0U);
                    sq[a + b] = (uint8_t) carry[0];
                    carry[0] >>= 8;
                }
            }
            mem_copy(bad + 2, sq, len - 2);
        }
        assert_int_equal(hom_pub_check(pub, slice_of(bad, len)).code, STATUS_CIPHERTEXT);
        assert_int_equal(hom_decrypt(key, slice_of(bad, len), &m).code, STATUS_CIPHERTEXT);
        assert_int_equal(hom_pub_add(pub, slice_of(good, len), slice_of(bad, len), out).code,
                         STATUS_CIPHERTEXT);
        if (i == 4) { /* n^2 - 1 is well-formed: the boundary is exact */
            bad[2] -= 1;
            assert_true(status_is_ok(hom_pub_check(pub, slice_of(bad, len))));
        }
    }
    /* c = n is no unit */
    mem_zero(bad + 2, len - 2);
    bad[0] = 0x41;
    bad[1] = 0;
    mem_copy(bad + 2, hom_pub_n(pub).data, hom_pub_n(pub).len);
    assert_int_equal(hom_decrypt(key, slice_of(bad, len), &m).code, STATUS_CIPHERTEXT);
}

static void
epochs_do_not_mix(void **unused)
{
    uint8_t a[HOM_PUB_CELL_MAX], b[HOM_PUB_CELL_MAX], out[HOM_PUB_CELL_MAX];
    struct hom_sum *s = NULL;
    encrypt_i64(1, a);
    mem_copy(b, a, cell_len());
    b[0] = 0x44;
    const struct slice sa = slice_of(a, cell_len()), sb = slice_of(b, cell_len());
    assert_int_equal(hom_pub_add(hom_key_pub(key), sa, sb, out).code, STATUS_CIPHERTEXT);
    assert_true(status_is_ok(hom_sum_new(&s, hom_key_pub(key))));
    assert_int_equal(hom_sum_result(s, out).code, STATUS_CIPHERTEXT); /* empty */
    assert_true(status_is_ok(hom_sum_add(s, sa)));
    assert_int_equal(hom_sum_add(s, sb).code, STATUS_CIPHERTEXT);
    assert_int_equal(hom_sum_add(s, sa).code, STATUS_CIPHERTEXT); /* sticky */
    assert_int_equal(hom_sum_result(s, out).code, STATUS_CIPHERTEXT);
    hom_sum_clear(s);
    assert_true(status_is_ok(hom_sum_add(s, sb)));
    assert_true(status_is_ok(hom_sum_result(s, out)));
    hom_sum_free(s);
}

static void
wrong_key_is_noticed(void **unused)
{
    const struct hom_layout l = {.n_slots = 2, .width = {41, 97}};
    const struct hom_value row[2] = {hom_value_from_i64(1), hom_value_from_i64(99)};
    struct hom_value back[2];
    struct hom_key *other = NULL;
    uint8_t cell[HOM_PUB_CELL_MAX];
    assert_true(status_is_ok(hom_key_generate(&other, HOM_PUB_BITS_DEFAULT)));
    for (int i = 0; i < 5; i++) { /* CIPHERTEXT when c happens to be above the other n^2 */
        assert_true(status_is_ok(hom_encrypt_row(key, 1, &l, row, cell)));
        const struct status st = hom_decrypt_row(other, &l, slice_of(cell, cell_len()), back);
        assert_true(st.code == STATUS_AUTHENTICITY || st.code == STATUS_CIPHERTEXT);
    }
    hom_key_unref(other);
}

static void
plaintexts_out_of_range_are_refused(void **unused)
{
    uint8_t cell[HOM_PUB_CELL_MAX];
    struct hom_int m = {{0}};
    m.limb[31] = 1ULL << 62; /* 2^2046 */
    assert_int_equal(hom_encrypt(key, 1, &m, cell).code, STATUS_RANGE);
    m.limb[31] = (1ULL << 62) - 1;
    assert_true(status_is_ok(hom_encrypt(key, 1, &m, cell)));
    struct hom_int back;
    assert_true(status_is_ok(hom_decrypt(key, slice_of(cell, cell_len()), &back)));
    assert_memory_equal(&m, &back, sizeof m);
}

static void
bad_keys_are_refused(void **unused)
{
    struct secret *blob = NULL;
    struct hom_key *k = NULL;
    struct hom_pub *pub = NULL;
    assert_int_equal(hom_key_generate(&k, 1024).code, STATUS_RANGE);
    assert_true(status_is_ok(hom_key_serialise(key, &blob)));
    assert_int_equal(hom_key_parse(&k, SLICE_NULL).code, STATUS_KEY_WRONG);
    assert_int_equal(hom_key_parse(&k, slice_of(blob->data, blob->len - 1)).code, STATUS_KEY_WRONG);
    static const size_t flip[] = {0, 4, 5, 6, 7, 8, 8 + 64, 8 + 127, 8 + 128 + 64};
    for (size_t i = 0; i < sizeof flip / sizeof flip[0]; i++) {
        blob->data[flip[i]] ^= 4;
        assert_int_equal(hom_key_parse(&k, secret_slice(blob)).code, STATUS_KEY_WRONG);
        blob->data[flip[i]] ^= 4;
    }
    uint8_t n[HOM_PUB_N_MAX];
    const struct slice good = hom_pub_n(hom_key_pub(key));
    mem_copy(n, good.data, good.len);
    n[0] &= 0xfe;
    assert_int_equal(hom_pub_new(&pub, slice_of(n, good.len)).code, STATUS_KEY_WRONG);
    n[0] |= 1;
    n[good.len - 1] &= 0x7f;
    assert_int_equal(hom_pub_new(&pub, slice_of(n, good.len)).code, STATUS_KEY_WRONG);
    assert_int_equal(hom_pub_new(&pub, slice_of(n, 8)).code, STATUS_KEY_WRONG);
    assert_int_equal(hom_pub_new(&pub, SLICE_NULL).code, STATUS_KEY_WRONG);
    secret_free(blob);
}

static void
equal_blobs_share_a_key(void **unused)
{
    struct secret *blob = NULL;
    struct hom_key *a = NULL, *b = NULL;
    assert_true(status_is_ok(hom_key_serialise(key, &blob)));
    assert_true(status_is_ok(hom_key_intern(&a, secret_slice(blob))));
    assert_true(status_is_ok(hom_key_intern(&b, secret_slice(blob))));
    assert_ptr_equal(a, b);
    hom_key_unref(a);
    struct hom_key *c = hom_key_ref(b);
    hom_key_unref(b);
    hom_key_unref(c);
    assert_true(status_is_ok(hom_key_intern(&a, secret_slice(blob))));
    hom_key_unref(a);
    secret_free(blob);
}

static void *
encrypt_some(void *arg)
{
    uint8_t cell[HOM_PUB_CELL_MAX];
    for (int i = 0; i < 40; i++) {
        encrypt_i64(i - 20, cell);
        if (decrypt_i64(cell) != i - 20) {
            *(int *) arg = 1;
        }
    }
    return NULL;
}

static void
pool_serves_many_threads(void **unused)
{
    enum {
        THREADS = 3,
        CAPACITY = 16
    };
    pthread_t t[THREADS];
    int wrong = 0;
    assert_int_equal(hom_pool_start(key, 0).code, STATUS_RANGE);
    assert_true(status_is_ok(hom_pool_start(key, CAPACITY)));
    assert_true(status_is_ok(hom_pool_start(key, CAPACITY))); /* once is enough */
    for (int i = 0; i < 500 && hom_pool_level(key) < CAPACITY; i++) {
        usleep(10000);
    }
    assert_int_equal(hom_pool_level(key), CAPACITY);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, encrypt_some, &wrong), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    hom_pool_stop(key);
    hom_pool_stop(key);
    assert_int_equal(hom_pool_level(key), 0);
    assert_int_equal(wrong, 0);
}

static void
scheme_interface_takes_integers(void **unused)
{
    static const uint8_t minus_one[16] = {255, 255, 255, 255, 255, 255, 255, 255,
                                          255, 255, 255, 255, 255, 255, 255, 255};
    static const uint8_t wide[32] = {0x7f, 1, 2, 3};
    const struct slice pt[3] = {slice_of(minus_one, 16), SLICE_NULL, slice_of(wide, 32)};
    struct slice ct[3], back[3];
    struct scheme_key *k = NULL, *next = NULL;
    struct secret *blob = NULL;
    struct arena *a = arena_create(0);
    assert_true(status_is_ok(hom_key_serialise(key, &blob)));
    struct scheme_params params = {.material = secret_slice(blob), .id = {.epoch = 2}};
    assert_true(status_is_ok(hom_scheme_ops.key_new(&k, &params)));
    assert_true(status_is_ok(scheme_encrypt(k, &(struct cells){.n = 3, .data = pt}, a, ct)));
    assert_true(status_is_ok(scheme_decrypt(k, &(struct cells){.n = 3, .data = ct}, a, back)));
    for (int i = 0; i < 3; i++) {
        assert_true(slice_equal(back[i], pt[i]));
    }
    assert_true(slice_is_null(ct[1]));
    assert_int_equal(ct[0].data[0], 0x42);
    assert_true(ct[0].len <= hom_scheme_ops.ct_max(16));
    const struct cells too_long = {.n = 1, .data = &(struct slice){ct[0].data, 33}};
    assert_int_equal(scheme_encrypt(k, &too_long, a, back).code, STATUS_RANGE);
    assert_true(status_is_ok(hom_scheme_key_new(&next, key, 3)));
    assert_int_equal(scheme_decrypt(next, &(struct cells){.n = 1, .data = ct}, a, back).code,
                     STATUS_KEY_MISSING);
    params.material = slice_of(wide, 32);
    assert_int_equal(hom_scheme_ops.key_new(&k, &params).code, STATUS_KEY_WRONG);
    scheme_key_free(k);
    scheme_key_free(next);
    secret_free(blob);
    arena_free(a);
}

static int
set_up(void **unused)
{
    return hom_key_generate(&key, HOM_PUB_BITS_DEFAULT).code;
}

static int
tear_down(void **unused)
{
    hom_key_unref(key);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kernel_agrees),
        cmocka_unit_test(encryption_is_random_and_round_trips),
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(adding_works_in_place),
        cmocka_unit_test(rows_pack_and_sum),
        cmocka_unit_test(malformed_cells_are_refused),
        cmocka_unit_test(epochs_do_not_mix),
        cmocka_unit_test(wrong_key_is_noticed),
        cmocka_unit_test(plaintexts_out_of_range_are_refused),
        cmocka_unit_test(bad_keys_are_refused),
        cmocka_unit_test(equal_blobs_share_a_key),
        cmocka_unit_test(scheme_interface_takes_integers),
        cmocka_unit_test(pool_serves_many_threads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
