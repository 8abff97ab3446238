/* SPDX-License-Identifier: Apache-2.0 */
/* Master keys, key file, keyring, seal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cm.h"
#include "crypto/keyring.h"
#include "crypto/keystore.h"
#include "crypto/seal.h"
#include "crypto/strip.h"
#include "vec.h"

static const struct keystore_cost cheap = {10, 8, 1};
static const struct key_id id = {.db = 1, .tab = 2, .col = 3, .onion = ONION_DATA, .layer = 1};

/* --- vectors ---------------------------------------------------------------------------------------- */

static struct keyring *
ring_of(const struct vec *v)
{
    struct master *m;
    struct keyring *k;
    const struct slice key = vec_get(v, "key");
    vec_assert_ok(master_new(&m, vec_get(v, "inst").data, 1, (const uint16_t[]){1}, &key), v->line);
    vec_assert_ok(keyring_new(&k, m), v->line);
    master_unref(m); /* the ring has its own */
    return k;
}

static void
check_seal(const struct vec *v, struct keyring *k)
{
    struct buf out = BUF_INIT;
    vec_assert_ok(
        seal_decode(k, vec_get(v, "label"), vec_get(v, "version").data[0], vec_get(v, "out"), &out),
        v->line);
    vec_assert_equal(buf_slice(&out), vec_get(v, "pt"), v->line);
    buf_deinit(&out);
}

static void
check_scheme(const struct vec *v, struct keyring *k)
{
    const struct key_id i = vec_id(vec_get(v, "id"));
    const struct slice pt = vec_get(v, "pt");
    const struct cells in = {.n = 1, .data = &pt};
    struct slice out;
    struct arena *a = arena_create(0);
    const enum scheme_id scheme = vec_is(v, "scheme", "det") ? SCHEME_DET : SCHEME_CLWW;
    vec_assert_ok(keyring_encrypt(k, scheme, &i, &in, a, &out), v->line);
    vec_assert_equal(out, vec_get(v, "out"), v->line);
    arena_free(a);
}

static void
check_keyring(const struct vec *v)
{
    struct keyring *k = ring_of(v);
    if (vec_is(v, "kind", "derive")) {
        uint8_t out[80];
        const struct key_id i = vec_id(vec_get(v, "id"));
        vec_assert_ok(keyring_derive(k, vec_get(v, "purpose").data[0], &i, out, sizeof out),
                      v->line);
        vec_assert_equal(slice_of(out, sizeof out), vec_get(v, "out"), v->line);
    } else if (vec_is(v, "kind", "seal")) {
        check_seal(v, k);
    } else {
        check_scheme(v, k);
    }
    keyring_free(k);
}

static void
test_keyring_vectors(void **state)
{
    assert_int_equal(vec_each("keyring.txt", check_keyring), 6);
}

static void
check_keyfile(const struct vec *v)
{
    struct master *m;
    struct diag d = DIAG_INIT;
    const struct slice file = vec_get(v, "file"), epochs = vec_get(v, "epochs");
    const bool raw = vec_is(v, "name", "raw");
    assert_int_equal(keystore_needs_passphrase(file), !raw);
    vec_assert_ok(keystore_decode(&m, file, vec_get(v, "passphrase"), &d), v->line);
    assert_int_equal(master_n_epochs(m), epochs.len / 2);
    vec_assert_equal(slice_of(master_inst(m), MASTER_INST_LEN), vec_get(v, "inst"), v->line);
    for (size_t i = 0; i < epochs.len / 2; i++) {
        const uint16_t e = mem_be16(epochs.data + 2 * i);
        assert_int_equal(master_epoch_at(m, i), e);
        assert_int_equal(master_epoch_of_nibble(m, e & 15), e);
        vec_assert_equal(secret_slice(master_key(m, e)), slice_sub(vec_get(v, "keys"), 32 * i, 32),
                         v->line);
    }
    master_unref(m);
    if (!raw) {
        vec_assert_status(keystore_decode(&m, file, SLICE("wrong"), &d), STATUS_KEY_WRONG, v->line);
        assert_int_equal(d.code, STATUS_KEY_WRONG);
    }
}

static void
test_keyfile_vectors(void **state)
{
    assert_int_equal(vec_each("keyfile.txt", check_keyfile), 3);
}

/* --- key file --------------------------------------------------------------------------------------- */

/* Every byte changed and every length cut: refused with a text, never a crash. */
static void
test_keyfile_damage(void **state)
{
    struct master *m, *back;
    struct buf file = BUF_INIT;
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_ok(keystore_encode(&file, m, SLICE("pass"), cheap, NULL), "encode");
    for (size_t i = 0; i < file.len; i++) {
        struct diag d = DIAG_INIT;
        if (i >= 6 && i < 15) {
            continue; /* the cost: see below */
        }
        file.data[i] ^= 0x10;
        const struct status s = keystore_decode(&back, buf_slice(&file), SLICE("pass"), &d);
        assert_true(s.code == STATUS_KEY_WRONG || s.code == STATUS_CIPHERTEXT);
        assert_int_equal(d.code, s.code);
        file.data[i] ^= 0x10;
    }
    for (size_t len = 0; len < file.len; len++) {
        const struct status s =
            keystore_decode(&back, slice_of(file.data, len), SLICE("pass"), NULL);
        assert_int_equal(s.code, STATUS_CIPHERTEXT);
    }
    for (size_t i = 6; i < 15; i++) { /* hostile costs allocate nothing */
        const uint8_t was = file.data[i];
        file.data[i] = 0xff;
        const struct status s = keystore_decode(&back, buf_slice(&file), SLICE("pass"), NULL);
        assert_int_equal(s.code, STATUS_CIPHERTEXT);
        file.data[i] = was;
    }
    vec_assert_ok(keystore_decode(&back, buf_slice(&file), SLICE("pass"), NULL), "undamaged");
    master_unref(back);
    master_unref(m);
    buf_deinit(&file);
}

static void
test_keyfile_on_disk(void **state)
{
    char dir[] = "/tmp/allium-test-XXXXXX", path[64];
    struct master *m, *back;
    struct diag d = DIAG_INIT;
    struct stat st;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/key", dir);
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_ok(keystore_save(path, m, SLICE("one"), cheap, &d), "save");
    vec_assert_ok(keystore_save(path, m, SLICE("two"), cheap, &d), "replace");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    vec_assert_status(keystore_load(&back, path, SLICE("one"), &d), STATUS_KEY_WRONG, "old");
    diag_clear(&d);
    vec_assert_ok(keystore_load(&back, path, SLICE("two"), &d), "load");
    vec_assert_equal(secret_slice(master_key(back, 1)), secret_slice(master_key(m, 1)), "key");
    master_unref(back);
    assert_int_equal(chmod(path, 0640), 0);
    vec_assert_status(keystore_load(&back, path, SLICE("two"), &d), STATUS_CONFIG, "mode");
    assert_non_null(strstr(d.message, "chmod 600"));
    unlink(path);
    diag_clear(&d);
    vec_assert_status(keystore_load(&back, path, SLICE("two"), &d), STATUS_CONFIG, "absent");
    snprintf(path, sizeof path, "%s/none/key", dir);
    diag_clear(&d);
    vec_assert_status(keystore_save(path, m, SLICE("x"), cheap, &d), STATUS_IO, "no directory");
    rmdir(dir);
    master_unref(m);
}

static void
test_raw_key(void **state)
{
    static const char hex[] = "000102030405060708090A0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    struct master *m;
    const struct slice text = slice_of_str(hex);
    assert_false(keystore_needs_passphrase(text));
    vec_assert_ok(keystore_decode(&m, text, SLICE_NULL, NULL), "raw");
    assert_int_equal(master_newest(m), 1);
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(master_key(m, 1)->data[i], i);
    }
    master_unref(m);
    struct diag d = DIAG_INIT;
    for (size_t len = 0; len < 64; len++) {
        vec_assert_status(keystore_decode(&m, slice_sub(text, 0, len), SLICE_NULL, &d),
                          STATUS_CIPHERTEXT, "short");
    }
    vec_assert_status(keystore_decode(&m,
                                      slice_of_str("g00102030405060708090a0b0c0d0e0f1011121314"
                                                   "15161718191a1b1c1d1e1f"),
                                      SLICE_NULL, &d),
                      STATUS_CIPHERTEXT, "no hex");
}

/* --- epochs ----------------------------------------------------------------------------------------- */

static void
test_rotation(void **state)
{
    struct master *m;
    vec_assert_ok(master_new_random(&m), "random");
    for (unsigned i = 2; i <= MASTER_EPOCHS_MAX; i++) {
        struct master *next;
        vec_assert_ok(master_new_rotated(&next, m), "rotate");
        vec_assert_equal(secret_slice(master_prk(next, 1)), secret_slice(master_prk(m, 1)), "kept");
        master_unref(m);
        m = next;
        assert_int_equal(master_newest(m), i);
    }
    struct master *more;
    vec_assert_status(master_new_rotated(&more, m), STATUS_LIMIT, "16 live epochs");
    vec_assert_status(master_new_without(&more, m, 99), STATUS_KEY_MISSING, "unknown");
    vec_assert_ok(master_new_without(&more, m, 1), "retire");
    assert_null(master_prk(more, 1));
    assert_int_equal(master_epoch_of_nibble(more, 1), 0);
    master_unref(more);
    master_unref(m);
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_status(master_new_without(&more, m, 1), STATUS_RANGE, "the last one");
    const struct slice k[2] = {secret_slice(master_key(m, 1)), secret_slice(master_key(m, 1))};
    vec_assert_status(master_new(&more, master_inst(m), 2, (const uint16_t[]){1, 17}, k),
                      STATUS_RANGE, "same nibble");
    vec_assert_status(master_new(&more, master_inst(m), 2, (const uint16_t[]){2, 1}, k),
                      STATUS_RANGE, "descending");
    vec_assert_status(master_new(&more, master_inst(m), 1, (const uint16_t[]){0}, k), STATUS_RANGE,
                      "epoch 0");
    master_unref(m);
}

/* A column that holds cells of several epochs, NULLs between, decrypts in one call. */
static void
test_mixed_epochs(void **state)
{
    struct master *m1, *m2, *m3;
    struct keyring *k1, *k3;
    struct arena *a = arena_create(0);
    struct slice pt[9], salt[9], ct[9], back[9];
    vec_assert_ok(master_new_random(&m1), "1");
    vec_assert_ok(master_new_rotated(&m2, m1), "2");
    vec_assert_ok(master_new_rotated(&m3, m2), "3");
    vec_assert_ok(keyring_new(&k1, m1), "ring");
    vec_assert_ok(keyring_new(&k3, m3), "ring");
    for (unsigned i = 0; i < 9; i++) {
        pt[i] = i % 4 == 3 ? SLICE_NULL : arena_printf(a, "value %u", i);
        salt[i] = arena_printf(a, "salt of row %04u", i);
        struct key_id e = id;
        e.epoch = (uint16_t) (1 + i % 3);
        const struct cells in = {.n = 1, .data = &pt[i], .tweak = &salt[i]};
        vec_assert_ok(keyring_encrypt(k3, SCHEME_RND, &e, &in, a, &ct[i]), "encrypt");
    }
    struct cells all = {.n = 9, .data = ct, .tweak = salt};
    vec_assert_ok(keyring_decrypt(k3, SCHEME_RND, &id, &all, a, back), "mixed");
    for (size_t i = 0; i < 9; i++) {
        assert_true(slice_equal(back[i], pt[i]));
    }
    vec_assert_status(keyring_decrypt(k1, SCHEME_RND, &id, &all, a, back), STATUS_KEY_MISSING,
                      "epochs that this ring lacks");
    ct[3] = SLICE("");
    vec_assert_status(keyring_decrypt(k3, SCHEME_RND, &id, &all, a, back), STATUS_CIPHERTEXT,
                      "an empty cell");
    all.n = 1;
    vec_assert_ok(keyring_decrypt(k1, SCHEME_RND, &id, &all, a, back), "old ring, old cell");
    keyring_free(k1);
    keyring_free(k3);
    master_unref(m1);
    master_unref(m2);
    master_unref(m3);
    arena_free(a);
}

/* --- keyring ---------------------------------------------------------------------------------------- */

static void
test_keys_differ_by_every_id(void **state)
{
    struct master *m;
    struct keyring *k;
    struct key_id ids[7] = {id, id, id, id, id, id, id};
    uint8_t keys[7][32];
    ids[1].db++;
    ids[2].tab++;
    ids[3].col++;
    ids[4].onion++;
    ids[5].layer++;
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_ok(keyring_new(&k, m), "ring");
    for (size_t i = 0; i < 7; i++) {
        const uint8_t purpose = i == 6 ? KEYRING_AUDIT : KEYRING_TEST;
        vec_assert_ok(keyring_derive(k, purpose, &ids[i], keys[i], 32), "derive");
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(keys[i], keys[j], 32);
        }
    }
    vec_assert_status(keyring_derive(k, KEYRING_SCHEME, &id, keys[0], 32), STATUS_RANGE, "purpose");
    ids[0].epoch = 9;
    vec_assert_status(keyring_derive(k, KEYRING_TEST, &ids[0], keys[0], 32), STATUS_KEY_MISSING,
                      "epoch");
    keyring_free(k);
    master_unref(m);
}

static void
test_cache_and_trim(void **state)
{
    struct master *m;
    struct keyring *k;
    struct scheme_key *a, *b, *last = NULL;
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_ok(keyring_new(&k, m), "ring");
    vec_assert_ok(keyring_scheme(k, SCHEME_DET, &id, &a), "det");
    vec_assert_ok(keyring_scheme(k, SCHEME_DET, &id, &b), "det");
    assert_ptr_equal(a, b);
    for (uint32_t i = 0; i < 600; i++) {
        struct key_id other = id;
        other.col = 100 + i;
        vec_assert_ok(keyring_scheme(k, SCHEME_DET, &other, &last), "det");
    }
    vec_assert_ok(keyring_scheme(k, SCHEME_DET, &id, &a), "used last");
    assert_ptr_equal(a, b);
    assert_int_equal(keyring_n_cached(k), 601);
    keyring_trim(k, 2);
    assert_int_equal(keyring_n_cached(k), 2);
    vec_assert_ok(keyring_scheme(k, SCHEME_DET, &id, &a), "kept");
    assert_ptr_equal(a, b);
    assert_int_equal(keyring_n_cached(k), 2);
    vec_assert_status(keyring_scheme(k, (enum scheme_id) 200, &id, &a), STATUS_RANGE, "no scheme");
    keyring_free(k);
    master_unref(m);
}

/* What the server can do with a strip key: read the layer below, and nothing more. */
static void
test_strip_key(void **state)
{
    struct master *m;
    struct keyring *k;
    struct strip *s;
    struct arena *a = arena_create(0);
    uint8_t key[32], out[64];
    size_t len;
    const struct slice pt = SLICE("0123456789abcdef");
    const struct cells in = {.n = 1, .data = &pt};
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_ok(keyring_new(&k, m), "ring");
    for (size_t i = 0; scheme_at(i); i++) {
        struct slice ct;
        if (scheme_at(i)->strip_udf == NULL) {
            vec_assert_status(keyring_strip_key(k, scheme_at(i)->id, &id, key), STATUS_RANGE,
                              "none");
            continue;
        }
        vec_assert_ok(keyring_encrypt(k, scheme_at(i)->id, &id, &in, a, &ct), "encrypt");
        vec_assert_ok(keyring_strip_key(k, scheme_at(i)->id, &id, key), "strip key");
        vec_assert_ok(strip_new(&s, key), "strip");
        assert_true(strip_max(ct.len) >= pt.len);
        vec_assert_ok(strip_decode(s, ct, out, &len), "strip");
        vec_assert_equal(slice_of(out, len), pt, "stripped");
        for (size_t cut = 0; cut < ct.len - pt.len; cut++) {
            vec_assert_status(strip_decode(s, slice_of(ct.data, cut), out, &len), STATUS_CIPHERTEXT,
                              "cut");
        }
        for (unsigned suite = 0; suite < 16; suite++) {
            uint8_t other[9] = {(uint8_t) (suite << 4)};
            const struct status st = strip_decode(s, slice_of(other, 9), out, &len);
            assert_int_equal(status_is_ok(st), suite == 5);
        }
        strip_free(s);
    }
    keyring_free(k);
    master_unref(m);
    arena_free(a);
}

static void
test_self_salted_when_strict(void **state)
{
    struct master *m;
    struct keyring *k;
    struct arena *a = arena_create(0);
    const struct slice pt = SLICE("x"), salt = SLICE("0123456789abcdef");
    struct slice ct, back;
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_ok(keyring_new(&k, m), "ring");
    const struct cells in = {.n = 1, .data = &pt};
    vec_assert_ok(keyring_encrypt(k, SCHEME_RND, &id, &in, a, &ct), "blind");
    struct cells got = {.n = 1, .data = &ct, .tweak = &salt};
    vec_assert_ok(keyring_decrypt(k, SCHEME_RND, &id, &got, a, &back), "row salt unused");
    assert_true(slice_equal(back, pt));
    got.strict = true;
    vec_assert_status(keyring_decrypt(k, SCHEME_RND, &id, &got, a, &back), STATUS_AUTHENTICITY,
                      "strict");
    keyring_free(k);
    master_unref(m);
    arena_free(a);
}

/* --- seal ------------------------------------------------------------------------------------------- */

static void
test_seal(void **state)
{
    struct master *m, *m2;
    struct keyring *k, *k2;
    struct buf sealed = BUF_INIT, out = BUF_INIT;
    const struct slice plain = SLICE("{\"tables\": []}");
    vec_assert_ok(master_new_random(&m), "random");
    vec_assert_ok(master_new_rotated(&m2, m), "rotated");
    vec_assert_ok(keyring_new(&k, m), "ring");
    vec_assert_ok(keyring_new(&k2, m2), "ring");
    buf_append_str(&out, "before");
    vec_assert_ok(seal_encode(k, SLICE("n"), 7, plain, &sealed), "seal");
    assert_int_equal(sealed.len, plain.len + SEAL_OVERHEAD);
    vec_assert_ok(seal_decode(k2, SLICE("n"), 7, buf_slice(&sealed), &out), "newer ring");
    assert_true(slice_equal_str(buf_slice(&out), "before{\"tables\": []}"));
    const struct slice s = buf_slice(&sealed);
    vec_assert_status(seal_decode(k, SLICE("m"), 7, s, &out), STATUS_AUTHENTICITY, "name");
    vec_assert_status(seal_decode(k, SLICE("n"), 8, s, &out), STATUS_AUTHENTICITY, "version");
    for (size_t i = 0; i < s.len * 8; i++) {
        sealed.data[i / 8] ^= (uint8_t) (1 << i % 8);
        assert_false(status_is_ok(seal_decode(k, SLICE("n"), 7, s, &out)));
        sealed.data[i / 8] ^= (uint8_t) (1 << i % 8);
    }
    for (size_t len = 0; len < s.len; len++) {
        assert_false(status_is_ok(seal_decode(k, SLICE("n"), 7, slice_of(s.data, len), &out)));
    }
    assert_true(
        slice_equal_str(buf_slice(&out), "before{\"tables\": []}")); /* nothing left behind */
    buf_clear(&sealed);
    vec_assert_ok(seal_encode(k2, SLICE("n"), 7, plain, &sealed), "newest epoch");
    vec_assert_status(seal_decode(k, SLICE("n"), 7, buf_slice(&sealed), &out), STATUS_KEY_MISSING,
                      "older ring");
    keyring_free(k);
    keyring_free(k2);
    master_unref(m);
    master_unref(m2);
    buf_deinit(&sealed);
    buf_deinit(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyring_vectors),
        cmocka_unit_test(test_keyfile_vectors),
        cmocka_unit_test(test_keyfile_damage),
        cmocka_unit_test(test_keyfile_on_disk),
        cmocka_unit_test(test_raw_key),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_mixed_epochs),
        cmocka_unit_test(test_keys_differ_by_every_id),
        cmocka_unit_test(test_cache_and_trim),
        cmocka_unit_test(test_strip_key),
        cmocka_unit_test(test_self_salted_when_strict),
        cmocka_unit_test(test_seal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
