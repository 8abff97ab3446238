/* SPDX-License-Identifier: Apache-2.0 */
/* Order preservation where it is most likely to break, and that every build draws the same ciphertexts. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cm.h"
#include "crypto/ope_trie.h"
#include "crypto/prf.h"
#include "vec.h"

struct fixture {
    struct aes k1, k2, k3;
};

static void
open_keys(struct fixture *f)
{
    uint8_t key[96];
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t) (7 * i + 1);
    }
    vec_assert_ok(aes_init(&f->k1, key, 32, AES_ENCRYPT_DIR), "k1");
    vec_assert_ok(aes_init(&f->k2, key + 32, 32, AES_ENCRYPT_DIR), "k2");
    vec_assert_ok(aes_init(&f->k3, key + 64, 32, AES_ENCRYPT_DIR), "k3");
}

static void
close_keys(struct fixture *f)
{
    aes_deinit(&f->k1);
    aes_deinit(&f->k2);
    aes_deinit(&f->k3);
}

static int
by_pt(const void *a, const void *b)
{
    const struct ope_trie_value *x = a, *y = b;
    return x->pt < y->pt ? -1 : x->pt > y->pt;
}

/* Sorted values: ciphertexts ascend exactly where plaintexts do; decryption undoes. */
static void
check_sorted(struct ope_trie *t, struct ope_trie_value *v, size_t n)
{
    qsort(v, n, sizeof *v, by_pt);
    for (size_t at = 0; at < n; at += OPE_TRIE_MAX) {
        const size_t now = n - at < OPE_TRIE_MAX ? n - at : OPE_TRIE_MAX;
        ope_trie_encrypt(t, v + at, now);
        struct ope_trie_value back[OPE_TRIE_MAX];
        mem_copy(back, v + at, now * sizeof *v);
        for (size_t i = 0; i < now; i++) {
            back[i].pt = 0;
        }
        assert_true(ope_trie_decrypt(t, back, now));
        for (size_t i = 0; i < now; i++) {
            assert_true(back[i].pt == v[at + i].pt);
        }
    }
    for (size_t i = 1; i < n; i++) {
        if (v[i].pt == v[i - 1].pt ? v[i].ct != v[i - 1].ct : v[i].ct <= v[i - 1].ct) {
            fail_msg("order broken at %llu", (unsigned long long) v[i].pt);
        }
    }
}

static void
check_domain(unsigned bits)
{
    static struct ope_trie_value v[9000];
    struct fixture f;
    struct ope_trie t;
    const uint64_t top = UINT64_MAX >> (64 - bits);
    uint64_t rng = 99;
    size_t n = 0;
    open_keys(&f);
    ope_trie_init(&t, &f.k1, &f.k2, &f.k3, bits, 2 * bits);
    for (unsigned i = 0; i < bits; i++) {
        for (int d = -3; d <= 3; d++) {
            v[n++].pt = ((UINT64_C(1) << i) + (uint64_t) (int64_t) d) & top;
        }
    }
    for (uint64_t i = 0; i < 300; i++) {
        v[n++].pt = i;
        v[n++].pt = top - i;
        v[n++].pt = (top >> 1) + i;
        v[n++].pt = (top >> 1) - i;
    }
    while (n < 8500) { /* random ones and their neighbours */
        const uint64_t x = vec_rand(&rng) & top;
        v[n++].pt = x;
        v[n++].pt = (x + 1) & top;
    }
    check_sorted(&t, v, n);
    ope_trie_deinit(&t);
    close_keys(&f);
}

static void
test_order_64(void **state)
{
    check_domain(64);
}

static void
test_order_32(void **state)
{
    check_domain(32);
}

/* Every value of a small domain, with room to spare and with almost none (the clamp works then). */
static void
check_exhaustive(unsigned range_bits)
{
    static struct ope_trie_value v[65536];
    struct fixture f;
    struct ope_trie t;
    open_keys(&f);
    ope_trie_init(&t, &f.k1, &f.k2, &f.k3, 16, range_bits);
    for (size_t i = 0; i < 65536; i++) {
        v[i] = (struct ope_trie_value){.pt = i};
    }
    check_sorted(&t, v, 65536);
    ope_trie_deinit(&t);
    close_keys(&f);
}

static void
test_exhaustive(void **state)
{
    check_exhaustive(32);
    check_exhaustive(17);
    check_exhaustive(16);
}

/* Whatever is not the image of a plaintext is refused. */
static void
test_not_an_image(void **state)
{
    struct fixture f;
    struct ope_trie t;
    uint64_t rng = 5;
    open_keys(&f);
    ope_trie_init(&t, &f.k1, &f.k2, &f.k3, 64, 128);
    for (size_t i = 0; i < 2000; i++) {
        struct ope_trie_value v = {.pt = vec_rand(&rng)};
        ope_trie_encrypt(&t, &v, 1);
        v.ct ^= (ope_u128) 1 << vec_rand(&rng) % 128;
        assert_false(ope_trie_decrypt(&t, &v, 1));
        v.ct = (ope_u128) vec_rand(&rng) << 64 | vec_rand(&rng);
        assert_false(ope_trie_decrypt(&t, &v, 1));
    }
    ope_trie_deinit(&t);
    close_keys(&f);
}

/* The cache, a fresh trie, and any grouping give the same. */
static void
test_batches_agree(void **state)
{
    struct fixture f;
    struct ope_trie warm, cold;
    struct ope_trie_value v[OPE_TRIE_MAX];
    uint64_t rng = 6;
    open_keys(&f);
    ope_trie_init(&warm, &f.k1, &f.k2, &f.k3, 64, 128);
    for (size_t round = 0; round < 100; round++) {
        const size_t n = 1 + vec_rand(&rng) % OPE_TRIE_MAX;
        for (size_t i = 0; i < n; i++) {
            v[i].pt = vec_rand(&rng) >> vec_rand(&rng) % 64;
        }
        qsort(v, n, sizeof *v, by_pt);
        ope_trie_encrypt(&warm, v, n);
        ope_trie_init(&cold, &f.k1, &f.k2, &f.k3, 64, 128);
        struct ope_trie_value one = v[vec_rand(&rng) % n];
        const ope_u128 want = one.ct;
        ope_trie_encrypt(&cold, &one, 1);
        assert_true(one.ct == want);
        ope_trie_deinit(&cold);
    }
    ope_trie_deinit(&warm);
    close_keys(&f);
}

/* SHA-256 over the published table, row by row; see crypto/ope_table.py. */
static void
test_table(void **state)
{
    uint8_t row[64], digest[32];
    struct buf bytes = BUF_INIT;
    for (size_t i = 0; i < 1024; i++) {
        for (size_t j = 0; j < 8; j++) {
            mem_put_le64(row + 8 * j, (uint64_t) ope_sample_table[i][j]);
        }
        buf_append(&bytes, row, sizeof row);
    }
    vec_sha256(buf_slice(&bytes), digest);
    assert_int_equal(mem_be32(digest), 0x80eb183f);
    assert_int_equal(mem_be32(digest + 28), 0x112ff281);
    buf_deinit(&bytes);
}

static void
check_digest(const struct vec *v)
{
    struct fixture f;
    struct ope_trie t;
    struct ope_trie_value value;
    struct buf bytes = BUF_INIT;
    uint8_t digest[32];
    const unsigned bits = vec_get(v, "bits").data[0];
    const unsigned n = mem_be16(vec_get(v, "count").data);
    uint64_t x = 1;
    open_keys(&f);
    ope_trie_init(&t, &f.k1, &f.k2, &f.k3, bits, 2 * bits);
    for (unsigned i = 0; i < n; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        value.pt = x >> (64 - bits) >> (i % bits);
        ope_trie_encrypt(&t, &value, 1);
        buf_append_be64(&bytes, (uint64_t) (value.ct >> 64));
        buf_append_be64(&bytes, (uint64_t) value.ct);
    }
    vec_sha256(buf_slice(&bytes), digest);
    vec_assert_equal(slice_of(digest, 32), vec_get(v, "sha256"), v->line);
    buf_deinit(&bytes);
    ope_trie_deinit(&t);
    close_keys(&f);
}

static void
test_digest(void **state)
{
    assert_int_equal(vec_each("ope_digest.txt", check_digest), 5);
}

/* Mean and variance of Bin(n, 1/2), at both sides of each change of method; 6 sigma for 100,000 draws. */
static void
test_distribution(void **state)
{
    static const unsigned sizes[] = {100, 128, 129, 1000, 1024, 1025, 4096, 65536, 1U << 30};
    const unsigned draws = 100000;
    struct fixture f;
    uint64_t rng = 77;
    open_keys(&f);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const ope_u128 n = sizes[i];
        double sum = 0, squares = 0;
        for (unsigned j = 0; j < draws; j++) {
            uint8_t more[7][AES_BLOCK];
            vec_rand_bytes(&rng, more[0], ope_sample_n_more(n) * AES_BLOCK);
            const ope_u128 s = (ope_u128) vec_rand(&rng) << 64 | vec_rand(&rng);
            const double d = (double) ope_sample(n, s, more[0]) - (double) n / 2;
            sum += d;
            squares += d * d;
        }
        const double variance = (double) n / 4;
        assert_true(sum * sum < 36 * variance * draws);
        const double off = squares / draws / variance - 1; /* standard deviation sqrt(2 / draws) */
        assert_true(off * off < 36 * 2.0 / draws);
    }
    close_keys(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),         cmocka_unit_test(test_digest),
        cmocka_unit_test(test_order_64),      cmocka_unit_test(test_order_32),
        cmocka_unit_test(test_exhaustive),    cmocka_unit_test(test_not_an_image),
        cmocka_unit_test(test_batches_agree), cmocka_unit_test(test_distribution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
