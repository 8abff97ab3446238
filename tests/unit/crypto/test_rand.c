/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cm.h"
#include "crypto/match.h"
#include "crypto/rand.h"
#include "crypto/search.h"
#include "vec.h"

/* Distinct, and every bit is set about half the time (20,000 draws: 6 sigma is 424). */
static void
test_looks_random(void **state)
{
    unsigned ones[128] = {0};
    uint8_t before[16] = {0};
    for (size_t i = 0; i < 20000; i++) {
        uint8_t b[16];
        vec_assert_ok(rand_bytes(b, sizeof b), "rand");
        assert_memory_not_equal(b, before, sizeof b);
        mem_copy(before, b, sizeof b);
        for (size_t j = 0; j < 128; j++) {
            ones[j] += b[j / 8] >> j % 8 & 1;
        }
    }
    for (size_t j = 0; j < 128; j++) {
        assert_in_range(ones[j], 10000 - 424, 10000 + 424);
    }
}

/* More than the pool at once, across its end, and nothing. */
static void
test_lengths(void **state)
{
    static uint8_t big[20000], zero[64];
    vec_assert_ok(rand_bytes(big, 5), "rand");
    vec_assert_ok(rand_bytes(big, sizeof big), "rand");
    for (size_t i = 0; i + 64 <= sizeof big; i += 64) {
        assert_memory_not_equal(big + i, zero, 64);
    }
    vec_assert_ok(rand_bytes(NULL, 0), "rand");
}

static void
test_fork(void **state)
{
    uint8_t mine[32], theirs[32];
    int fds[2];
    vec_assert_ok(rand_bytes(mine, 1), "fills the pool");
    assert_int_equal(pipe(fds), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const struct status s = rand_bytes(theirs, sizeof theirs);
        _exit(status_is_ok(s) && write(fds[1], theirs, 32) == 32 ? 0 : 1);
    }
    vec_assert_ok(rand_bytes(mine, sizeof mine), "rand");
    assert_int_equal(read(fds[0], theirs, 32), 32);
    assert_memory_not_equal(mine, theirs, 32);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(fds[0]);
    close(fds[1]);
}

static void *
draw(void *to)
{
    const struct status s = rand_bytes(to, 32);
    (void) s;
    return NULL;
}

static void
test_threads(void **state)
{
    uint8_t out[8][32];
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, draw, out[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(out[i], out[j], 32);
        }
    }
}

/* --- word search: needs randomness to encrypt ------------------------------------------------------- */

static void
test_search(void **state)
{
    uint8_t material[64], door[MATCH_TRAPDOOR_LEN];
    uint64_t rng = 3;
    struct scheme_key *key;
    struct arena *a = arena_create(0);
    struct buf list = BUF_INIT;
    struct match *m;
    struct slice ct, again;
    bool found;
    vec_rand_bytes(&rng, material, sizeof material);
    const struct scheme_params p = {.material = slice_of(material, sizeof material)};
    vec_assert_ok(scheme_search.key_new(&key, &p), "key");
    for (unsigned i = 0; i < 200; i++) {
        vec_assert_ok(search_append_word(&list, arena_printf(a, "word%u", i)), "word");
    }
    const struct slice pt = buf_slice(&list);
    const struct cells in = {.n = 1, .data = &pt};
    vec_assert_ok(scheme_encrypt(key, &in, a, &ct), "encrypt");
    vec_assert_ok(scheme_encrypt(key, &in, a, &again), "encrypt");
    assert_int_equal(ct.len, 200 * MATCH_WORD_LEN);
    assert_false(slice_equal(ct, again));
    for (unsigned i = 0; i < 400; i++) {
        vec_assert_ok(search_trapdoor(key, arena_printf(a, "word%u", i), door), "door");
        vec_assert_ok(match_new(&m, door), "match");
        vec_assert_ok(match_cell(m, ct, &found), "match");
        assert_int_equal(found, i < 200);
        match_free(m);
    }
    vec_assert_ok(match_new(&m, door), "match");
    for (size_t len = 1; len < 33; len++) {
        const struct status s = match_cell(m, slice_sub(ct, 0, len), &found);
        assert_int_equal(s.code, len % 16 ? STATUS_CIPHERTEXT : STATUS_OK);
    }
    vec_assert_ok(match_cell(m, SLICE(""), &found), "no words");
    assert_false(found);
    match_free(m);
    const struct slice bad[] = {SLICE("\0"), SLICE("\0\5abc"), SLICE("\0\1ab")};
    for (size_t i = 0; i < 3; i++) {
        const struct cells cells = {.n = 1, .data = &bad[i]};
        vec_assert_status(scheme_encrypt(key, &cells, a, &ct), STATUS_RANGE, "no list");
    }
    static uint8_t long_word[65536];
    vec_assert_status(search_append_word(&list, slice_of(long_word, sizeof long_word)),
                      STATUS_RANGE, "too long");
    scheme_key_free(key);
    buf_deinit(&list);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks_random), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_fork),         cmocka_unit_test(test_threads),
        cmocka_unit_test(test_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
