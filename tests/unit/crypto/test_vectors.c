/* SPDX-License-Identifier: Apache-2.0 */
/* Published vectors of the primitives, and the schemes' own. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cm.h"
#include "crypto/cmac.h"
#include "crypto/keywrap.h"
#include "crypto/match.h"
#include "crypto/prf.h"
#include "crypto/search.h"
#include "crypto/siv.h"
#include "crypto/strip.h"
#include "vec.h"

static void
check_siv(const struct vec *v)
{
    struct siv siv;
    uint8_t start[16], out[256], back[256];
    const struct slice key = vec_get(v, "key"), pt = vec_get(v, "pt"), ct = vec_get(v, "ct");
    vec_assert_ok(siv_init(&siv, key.data, key.len), v->line);
    siv_start(&siv, start);
    for (const char *const *ad = (const char *const[]){"ad1", "ad2", NULL}; *ad; ad++) {
        if (vec_find(v, *ad).data) {
            siv_start_add(&siv, start, vec_find(v, *ad));
        }
    }
    struct siv_lane lane = {
        .start = start, .salt = vec_find(v, "salt").data, .in = pt, .v = out, .out = out + 16};
    siv_seal(&siv, &lane, 1);
    vec_assert_equal(slice_of(out, pt.len + 16), ct, v->line);
    lane.in = slice_from(ct, 16);
    lane.expect = ct.data;
    lane.out = back;
    assert_true(siv_open(&siv, &lane, 1));
    vec_assert_equal(slice_of(back, pt.len), pt, v->line);
    for (size_t i = 0; i < ct.len * 8; i++) { /* any flipped bit is noticed */
        uint8_t bad[256];
        mem_copy(bad, ct.data, ct.len);
        bad[i / 8] ^= (uint8_t) (1 << i % 8);
        lane.in = slice_of(bad + 16, ct.len - 16);
        lane.expect = bad;
        assert_false(siv_open(&siv, &lane, 1));
    }
    siv_deinit(&siv);
}

static void
check_keywrap(const struct vec *v)
{
    uint8_t out[256], bad[256];
    const struct slice key = vec_get(v, "key"), pt = vec_get(v, "pt"), ct = vec_get(v, "ct");
    vec_assert_ok(keywrap_encode(key, pt, out), v->line);
    vec_assert_equal(slice_of(out, ct.len), ct, v->line);
    vec_assert_ok(keywrap_decode(key, ct, out), v->line);
    vec_assert_equal(slice_of(out, pt.len), pt, v->line);
    for (size_t i = 0; i < ct.len * 8; i++) {
        mem_copy(bad, ct.data, ct.len);
        bad[i / 8] ^= (uint8_t) (1 << i % 8);
        vec_assert_status(keywrap_decode(key, slice_of(bad, ct.len), out), STATUS_KEY_WRONG,
                          v->line);
    }
    for (size_t len = 0; len < ct.len; len++) {
        assert_false(status_is_ok(keywrap_decode(key, slice_of(ct.data, len), out)));
    }
}

static void
check_published(const struct vec *v)
{
    uint8_t out[256];
    const struct slice key = vec_get(v, "key"), pt = vec_get(v, "pt"), ct = vec_get(v, "ct");
    if (vec_is(v, "kind", "siv")) {
        check_siv(v);
    } else if (vec_is(v, "kind", "keywrap")) {
        check_keywrap(v);
    } else if (vec_is(v, "kind", "cmac")) {
        struct cmac c;
        vec_assert_ok(cmac_init(&c, key.data, key.len), v->line);
        cmac_one(&c, pt, out);
        vec_assert_equal(slice_of(out, 16), ct, v->line);
        cmac_deinit(&c);
    } else if (vec_is(v, "kind", "hmac")) {
        vec_assert_ok(prf_hmac(key, pt, out), v->line);
        vec_assert_equal(slice_of(out, 32), ct, v->line);
    } else if (vec_is(v, "kind", "hkdf")) {
        uint8_t prk[32];
        vec_assert_ok(prf_extract(vec_get(v, "salt"), key, prk), v->line);
        vec_assert_ok(prf_expand(slice_of(prk, 32), pt, out, ct.len), v->line);
        vec_assert_equal(slice_of(out, ct.len), ct, v->line);
    } else {
        fail_msg("%s: kind?", v->line);
    }
}

static void
test_published(void **state)
{
    assert_int_equal(vec_each("rfc.txt", check_published), 17);
}

/* --- schemes ------------------------------------------------------------------------------------------ */

static void
check_strip(const struct vec *v, const struct scheme_ops *ops)
{
    struct strip *s;
    uint8_t out[2048];
    size_t len;
    const struct slice key = vec_get(v, "key");
    vec_assert_ok(strip_new(&s, key.data + ops->key_len - STRIP_KEY_LEN), v->line);
    vec_assert_ok(strip_decode(s, vec_get(v, "ct"), out, &len), v->line);
    vec_assert_equal(slice_of(out, len), vec_get(v, "pt"), v->line);
    strip_free(s);
}

static void
check_match(const struct vec *v, struct scheme_key *key)
{
    const struct slice doors = vec_get(v, "trapdoors");
    struct slice list = vec_get(v, "pt");
    for (size_t at = 0; at < doors.len; at += MATCH_TRAPDOOR_LEN) {
        uint8_t door[MATCH_TRAPDOOR_LEN];
        struct match *m;
        bool found;
        const size_t len = mem_be16(list.data);
        vec_assert_ok(search_trapdoor(key, slice_sub(list, 2, len), door), v->line);
        vec_assert_equal(slice_of(door, sizeof door), slice_sub(doors, at, sizeof door), v->line);
        list = slice_from(list, len + 2);
        vec_assert_ok(match_new(&m, door), v->line);
        vec_assert_ok(match_cell(m, vec_get(v, "ct"), &found), v->line);
        assert_true(found);
        match_free(m);
    }
}

static const struct scheme_ops *
ops_of(const struct vec *v)
{
    for (size_t i = 0; scheme_at(i); i++) {
        if (vec_is(v, "scheme", scheme_at(i)->name)) {
            return scheme_at(i);
        }
    }
    fail_msg("%s: scheme?", v->line);
    return NULL;
}

static void
check_scheme(const struct vec *v)
{
    const struct scheme_ops *ops = ops_of(v);
    const struct scheme_params params = vec_params(v);
    assert_int_equal(params.material.len, ops->key_len);
    struct scheme_key *key;
    struct arena *a = arena_create(0);
    vec_assert_ok(ops->key_new(&key, &params), v->line);
    const struct slice pt = vec_get(v, "pt"), ct = vec_get(v, "ct"), tweak = vec_find(v, "tweak");
    struct slice out;
    struct cells in = {.n = 1, .data = &pt, .tweak = tweak.data ? &tweak : NULL};
    if (vec_is(v, "mode", "match")) {
        check_match(v, key);
    } else if (!vec_is(v, "mode", "decrypt")) {
        vec_assert_ok(scheme_encrypt(key, &in, a, &out), v->line);
        vec_assert_equal(out, ct, v->line);
    }
    if (ops->caps & SCHEME_CAP_DECRYPT) {
        in.data = &ct;
        vec_assert_ok(scheme_decrypt(key, &in, a, &out), v->line);
        vec_assert_equal(out, pt, v->line);
    }
    if (ops->strip_udf) {
        check_strip(v, ops);
    }
    scheme_key_free(key);
    arena_free(a);
}

/* Each registered per-cell scheme has its file. */
static void
test_schemes(void **state)
{
    const struct scheme_ops *ops;
    for (size_t i = 0; (ops = scheme_at(i)); i++) {
        char file[64];
        snprintf(file, sizeof file, "scheme_%s.txt", ops->name);
        assert_true(vec_each(file, check_scheme) >= 3);
    }
}

/* Refused alone, and also in the middle of a batch of NULLs. */
static void
check_bad(const struct vec *v)
{
    static const enum status_code codes[] = {STATUS_AUTHENTICITY, STATUS_CIPHERTEXT,
                                             STATUS_KEY_MISSING};
    const struct scheme_ops *ops = ops_of(v);
    const struct scheme_params params = vec_params(v);
    struct scheme_key *key;
    struct arena *a = arena_create(0);
    struct slice out[3];
    const struct slice ct[3] = {SLICE_NULL, vec_get(v, "ct"), SLICE_NULL};
    const struct slice tweak[3] = {SLICE_NULL, vec_find(v, "tweak"), SLICE_NULL};
    vec_assert_ok(ops->key_new(&key, &params), v->line);
    for (size_t i = 0; i < 3; i++) {
        if (vec_is(v, "code", status_info_get(codes[i])->name)) {
            const struct cells one = {
                .n = 1, .data = ct + 1, .tweak = tweak[1].data ? tweak + 1 : NULL};
            const struct cells all = {.n = 3, .data = ct, .tweak = tweak[1].data ? tweak : NULL};
            vec_assert_status(scheme_decrypt(key, &one, a, out), codes[i], v->line);
            vec_assert_status(scheme_decrypt(key, &all, a, out), codes[i], v->line);
        }
    }
    scheme_key_free(key);
    arena_free(a);
}

static void
test_bad(void **state)
{
    assert_true(vec_each("scheme_bad.txt", check_bad) >= 94);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_schemes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
