/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "fixture.h"

/* ---------------------------------------------------------------------- a synthetic engine --- */

enum rule {
    RULE_GENERAL,     /* two bytes, upper case; one weight for supplementary characters */
    RULE_UCA,         /* implicit weights, an ignorable, an expansion */
    RULE_CONTRACTION, /* RULE_GENERAL, but "ch" weighs as one letter */
    RULE_LEVELS,
    RULE_8BIT,
};

struct engine {
    enum rule rule;
    unsigned questions;
};

static void
weigh_char(enum rule rule, uint32_t cp, struct buf *w)
{
    const uint32_t up = cp >= 'a' && cp <= 'z' ? cp - 32 : cp;
    if (rule == RULE_8BIT) {
        buf_append_u8(w, (uint8_t) up);
        return;
    }
    if (rule != RULE_UCA) {
        buf_append_be16(w, up > 0xffff ? 0xfffd : (uint16_t) up);
        return;
    }
    if (cp == 1) {
        return;
    }
    if (cp < 0x3000) {
        buf_append_be16(w, (uint16_t) (up == 0xe6 ? 'A' + 0x1000 : up + 0x1000));
        if (up == 0xe6) {
            buf_append_be16(w, 'E' + 0x1000);
        }
        return;
    }
    buf_append_be16(w, (uint16_t) (0xfbc0 + (cp >> 15)));
    buf_append_be16(w, (uint16_t) ((cp & 0x7fff) | 0x8000));
}

static void
weigh_string(const struct engine *e, enum charset cs, struct slice s, struct buf *w)
{
    const size_t start = w->len;
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = s.data[i];
        unsigned len = 1;
        if (e->rule != RULE_8BIT) {
            assert_true(charset_decode(cs, slice_from(s, i), &cp, &len));
        }
        const bool ch =
            e->rule == RULE_CONTRACTION && cp == 'c' && i + 1 < s.len && s.data[i + 1] == 'h';
        if (ch) {
            buf_append_be16(w, 0xabcd);
            i += 2;
            continue;
        }
        weigh_char(e->rule, cp, w);
        i += len;
    }
    if (e->rule == RULE_LEVELS) {
        buf_append_be16(w, 0);
        const size_t n = w->len - 2 - start;
        for (size_t i = 0; i < n; i++) {
            buf_append_u8(w, w->data[start + i]);
        }
    }
}

static STATUS
engine_strings(void *ctx, const struct collation_info *info, const struct slice *strings, size_t n,
               collation_emit_fn *emit, void *emit_ctx)
{
    struct engine *e = ctx;
    assert_true(n <= 256);
    e->questions++;
    for (size_t i = 0; i < n; i++) {
        CLEANUP(buf_deinit_cleanup) struct buf w = BUF_INIT;
        weigh_string(e, info->cs, strings[i], &w);
        emit(emit_ctx, i, buf_slice(&w));
    }
    return OK;
}

static struct collation *
build(const char *name, enum rule rule)
{
    struct engine e = {rule, 0};
    const struct collation_source source = {&e, engine_strings};
    struct collation *c = NULL;
    struct diag d = DIAG_INIT;
    const struct collation_info *info = collation_set_find(fixture_set(), slice_of_str(name));
    assert_non_null(info);
    assert_true(status_is_ok(collation_build(&c, info, &source, &d)));
    assert_true(e.questions < 1000);
    return c;
}

static void
unref_cleanup(struct collation **c)
{
    collation_unref(*c);
}

/* NULL: ask */
static const char *
key_of(const struct collation *c, const char *text)
{
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    return collation_key(c, slice_of_str(text), &key) == COLLATION_OK ? fixture_hex(&key) : NULL;
}

/* ------------------------------------------------------------------------------------ tests --- */

static void
general_ci_like(void **state)
{
    CLEANUP(unref_cleanup) struct collation *c = build("utf8mb4_general_ci", RULE_GENERAL);
    assert_true(collation_is_token_safe(c));
    assert_string_equal("00410042", key_of(c, "ab"));
    assert_string_equal(key_of(c, "aB"), key_of(c, "Ab   "));
    assert_string_equal("00200041", key_of(c, " a"));
    assert_string_equal("", key_of(c, ""));
    assert_string_equal("", key_of(c, "   "));
    assert_string_equal("0041fffd", key_of(c, "a\xf0\x9f\x98\x80"));
    assert_string_equal(key_of(c, "\xf0\x9f\x98\x80"), key_of(c, "\xf0\x90\x8c\x80"));
    assert_string_equal("4e2d", key_of(c, "\xe4\xb8\xad"));
    assert_null(key_of(c, "a\xff"));
    assert_null(key_of(c, "\xc3"));
}

static void
uca_like(void **state)
{
    CLEANUP(unref_cleanup) struct collation *c = build("utf8mb4_0900_ai_ci", RULE_UCA);
    assert_true(collation_is_token_safe(c));
    assert_string_equal(key_of(c, "ae"), key_of(c, "\xc3\xa6"));
    assert_string_equal(key_of(c, "a"), key_of(c, "a\x01"));
    assert_string_not_equal(key_of(c, "a"), key_of(c, "a ")); /* NO PAD */
    assert_string_equal("fbc0ce2d", key_of(c, "\xe4\xb8\xad"));
    assert_string_equal("fbc3f600", key_of(c, "\xf0\x9f\x98\x80"));
    assert_string_equal("fbe1ffff", key_of(c, "\xf4\x8f\xbf\xbf"));
}

static void
contractions_are_asked_for(void **state)
{
    CLEANUP(unref_cleanup) struct collation *c = build("utf8mb4_general_ci", RULE_CONTRACTION);
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    assert_true(collation_is_token_safe(c));
    assert_null(key_of(c, "cha"));
    assert_null(key_of(c, "x\xe4\xb8\xad")); /* Latin is marked as a whole */
    assert_string_equal("4e2d", key_of(c, "\xe4\xb8\xad"));
    collation_key_from_weights(c, fixture_bytes("abcd004100200020"), &key);
    assert_string_equal("abcd0041", fixture_hex(&key));
}

static void
levels_are_asked_for(void **state)
{
    CLEANUP(unref_cleanup) struct collation *no_pad = build("utf8mb4_0900_ai_ci", RULE_LEVELS);
    CLEANUP(unref_cleanup) struct collation *pad = build("utf8mb4_general_ci", RULE_LEVELS);
    assert_true(collation_is_token_safe(no_pad));
    assert_null(key_of(no_pad, "a"));
    CLEANUP(buf_deinit_cleanup) struct buf key = BUF_INIT;
    collation_key_from_weights(no_pad, fixture_bytes("00000000"), &key);
    assert_int_equal(0, key.len);
    assert_false(collation_is_token_safe(pad));
    assert_null(key_of(pad, "a"));
}

static void
bytes(void **state)
{
    CLEANUP(unref_cleanup) struct collation *c = build("latin1_swedish_ci", RULE_8BIT);
    assert_string_equal("4142e9", key_of(c, "ab\xe9  "));
    CLEANUP(unref_cleanup) struct collation *gbk = build("gbk_chinese_ci", RULE_8BIT);
    assert_false(collation_is_token_safe(gbk));
    assert_null(key_of(gbk, "a"));
    CLEANUP(unref_cleanup) struct collation *ascii = build("ascii_general_ci", RULE_8BIT);
    assert_string_equal("41", key_of(ascii, "a "));
    assert_null(key_of(ascii, "\xe9"));
}

static void
bin_collations(void **state)
{
    static const struct {
        const char *name, *text, *key;
    } rows[] = {
        {"binary", "a  ", "612020"},
        {"utf8mb4_bin", "a  ", "61"},
        {"utf8mb4_0900_bin", "a  ", "612020"},
        {"latin1_bin", "\xe9 ", "e9"},
        {"utf8mb4_bin", "", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP(unref_cleanup) struct collation *c = NULL;
        const struct collation_info *info =
            collation_set_find(fixture_set(), slice_of_str(rows[i].name));
        assert_true(status_is_ok(collation_build(&c, info, NULL, NULL)));
        assert_string_equal(rows[i].key, key_of(c, rows[i].text));
    }
}

static void
order_keys(void **state)
{
    /* PAD SPACE: "a\x01" < "a" = "a " < "a!" */
    static const char *const sorted[] = {"", "A\x01", "a", "a!", "aa", "ab", "b"};
    CLEANUP(unref_cleanup) struct collation *c = build("utf8mb4_general_ci", RULE_GENERAL);
    CLEANUP(buf_deinit_cleanup) struct buf last = BUF_INIT;
    for (size_t i = 1; i < sizeof(sorted) / sizeof(sorted[0]); i++) {
        CLEANUP(buf_deinit_cleanup) struct buf a = BUF_INIT;
        CLEANUP(buf_deinit_cleanup) struct buf b = BUF_INIT;
        assert_int_equal(COLLATION_OK, collation_order_key(c, slice_of_str(sorted[i - 1]), 16, &a));
        assert_int_equal(COLLATION_OK, collation_order_key(c, slice_of_str(sorted[i]), 16, &b));
        assert_int_equal(16, a.len);
        assert_true(slice_compare(buf_slice(&a), buf_slice(&b)) < 0);
    }
    assert_int_equal(COLLATION_OK, collation_prefix_key(c, SLICE("ab "), &last));
    assert_string_equal("004100420020", fixture_hex(&last));
}

static void
cache_round_trip(void **state)
{
    CLEANUP(unref_cleanup) struct collation *c = build("utf8mb4_0900_ai_ci", RULE_UCA);
    CLEANUP(unref_cleanup) struct collation *back = NULL;
    CLEANUP(unref_cleanup) struct collation *none = NULL;
    CLEANUP(buf_deinit_cleanup) struct buf file = BUF_INIT;
    const struct collation_info *info = collation_info_of(c);
    collation_save(c, SLICE("9.7.0"), &file);
    assert_true(status_is_ok(collation_load(&back, info, SLICE("9.7.0"), buf_slice(&file))));
    assert_non_null(back);
    assert_string_equal(key_of(c, "\xc3\xa6\xe4\xb8\xad z"),
                        key_of(back, "\xc3\xa6\xe4\xb8\xad z"));
    assert_true(status_is_ok(collation_load(&none, info, SLICE("9.7.1"), buf_slice(&file))));
    assert_null(none);
    srandom(3);
    for (int i = 0; i < 300; i++) {
        const size_t at = (size_t) random() % file.len;
        file.data[at] ^= 0x40;
        assert_true(status_is_ok(collation_load(&none, info, SLICE("9.7.0"), buf_slice(&file))));
        assert_null(none);
        file.data[at] ^= 0x40;
    }
    for (size_t n = 0; n < 200; n++) {
        const struct slice part = slice_sub(buf_slice(&file), 0, n);
        assert_true(status_is_ok(collation_load(&none, info, SLICE("9.7.0"), part)));
        assert_null(none);
    }
}

static void
registry(void **state)
{
    const struct collation_set *set = fixture_set();
    assert_int_equal(255, collation_set_find(set, SLICE("UTF8MB4_0900_AI_CI"))->id);
    assert_false(collation_set_find_id(set, 255)->pad_space);
    assert_null(collation_set_find_id(set, 1));
    assert_null(collation_set_find(set, SLICE("nope")));
    assert_null(collation_set_find(set, SLICE_NULL));
    assert_int_equal(33, collation_set_find_default(set, SLICE("utf8"))->id);
    assert_int_equal(63, collation_set_binary(set)->id);
}

struct asked {
    struct buf sql;
};

static STATUS
note_query(void *ctx, struct slice sql, collation_row_fn *row, void *row_ctx)
{
    struct asked *a = ctx;
    const struct slice cells[2] = {SLICE("A"), SLICE_NULL};
    buf_append_slice(&a->sql, sql);
    row(row_ctx, cells, 2);
    return OK;
}

static void
count_emits(void *ctx, size_t i, struct slice weight)
{
    *(size_t *) ctx += i + 1;
}

static void
questions_in_sql(void **state)
{
    struct asked a = {BUF_INIT};
    struct collation_sql sql = {.ctx = &a, .query = note_query};
    struct collation_source source;
    const struct slice strings[2] = {SLICE("a"), SLICE("b")};
    size_t sum = 0;
    collation_sql_source(&sql, &source);
    const struct collation_info *info = collation_set_find_id(fixture_set(), 8);
    assert_true(status_is_ok(source.strings(source.ctx, info, strings, 2, count_emits, &sum)));
    assert_int_equal(3, sum);
    assert_string_equal("SELECT WEIGHT_STRING(_latin1 x'61' COLLATE latin1_swedish_ci), "
                        "WEIGHT_STRING(_latin1 x'62' COLLATE latin1_swedish_ci)",
                        buf_cstr(&a.sql));
    assert_false(status_is_ok(source.strings(source.ctx, info, strings, 1, count_emits, &sum)));
    buf_deinit(&a.sql);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(general_ci_like),
        cmocka_unit_test(uca_like),
        cmocka_unit_test(contractions_are_asked_for),
        cmocka_unit_test(levels_are_asked_for),
        cmocka_unit_test(bytes),
        cmocka_unit_test(bin_collations),
        cmocka_unit_test(order_keys),
        cmocka_unit_test(cache_round_trip),
        cmocka_unit_test(registry),
        cmocka_unit_test(questions_in_sql),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fixture_free();
    return failed;
}
