/* SPDX-License-Identifier: Apache-2.0 */
#include "cm.h"
#include "crypto/hom_priv.h"
#include "hom_hex.h"

enum {
    CASES_MAX = 16,
    LINE_MAX_LEN = 16384
};

struct state {
    struct hom_key *key;
    uint8_t cell[CASES_MAX][HOM_PUB_CELL_MAX];
    size_t len;
    unsigned n, seen;
};

static void
on_key(struct state *s, char *at)
{
    uint8_t blob[2048], n[HOM_PUB_N_MAX];
    hom_key_unref(s->key);
    s->n = 0;
    hom_hex_word(&at);
    const size_t len = hom_hex_bytes(hom_hex_word(&at), blob, sizeof blob);
    assert_true(status_is_ok(hom_key_parse(&s->key, slice_of(blob, len))));
    const struct slice got = hom_pub_n(hom_key_pub(s->key));
    assert_int_equal(hom_hex_bytes(hom_hex_word(&at), n, sizeof n), got.len);
    assert_memory_equal(got.data, n, got.len);
    struct secret *again = NULL;
    assert_true(status_is_ok(hom_key_serialise(s->key, &again)));
    assert_int_equal(again->len, len);
    assert_memory_equal(again->data, blob, len);
    secret_free(again);
    s->len = hom_pub_cell_len(hom_key_pub(s->key));
}

/* The given rho and m must give the cell; decrypting it must give m. */
static void
on_enc(struct state *s, char *at)
{
    const struct hom_pub *pub = hom_key_pub(s->key);
    uint8_t bytes[HOM_PUB_CELL_MAX], made[HOM_PUB_CELL_MAX], n_bytes[HOM_PUB_N_MAX];
    struct hom_rho rho = {{0}, {0}};
    hom_hex_word(&at);
    const size_t len = hom_hex_bytes(hom_hex_word(&at), bytes, sizeof bytes);
    hom_mont_limbs_from_le(rho.full, bytes, len / 8);
    BIGNUM *r = BN_lebin2bn(bytes, (int) len, NULL);
    BIGNUM *n = BN_lebin2bn(hom_pub_n(pub).data, (int) hom_pub_n(pub).len, NULL);
    BN_CTX *ctx = BN_CTX_new();
    assert_int_equal(BN_mod(r, r, n, ctx), 1);
    BN_bn2lebinpad(r, n_bytes, (int) hom_pub_n(pub).len);
    hom_mont_limbs_from_le(rho.mod_n, n_bytes, pub->n_limbs);
    BN_free(r);
    BN_free(n);
    BN_CTX_free(ctx);
    const struct hom_int m = hom_hex_int(hom_hex_word(&at));
    uint8_t *cell = s->cell[s->n++];
    assert_int_equal(hom_hex_bytes(hom_hex_word(&at), cell, HOM_PUB_CELL_MAX), s->len);

    const bool negative = m.limb[HOM_INT_LIMBS - 1] >> 63;
    uint64_t magn[HOM_INT_LIMBS], c[HOM_MONT_LIMBS_MAX], carry = 1;
    for (unsigned i = 0; i < HOM_INT_LIMBS; i++) {
        magn[i] = negative ? ~m.limb[i] + carry : m.limb[i];
        carry = carry && magn[i] == 0;
    }
    hom_combine(pub, magn, negative, &rho, c);
    hom_pub_seal(pub, cell[0], c, made);
    assert_memory_equal(made, cell, s->len);
    struct hom_int got;
    assert_true(status_is_ok(hom_decrypt(s->key, slice_of(cell, s->len), &got)));
    assert_memory_equal(&got, &m, sizeof m);
}

static void
on_add(struct state *s, char *at)
{
    uint8_t a[HOM_PUB_CELL_MAX], b[HOM_PUB_CELL_MAX], want[HOM_PUB_CELL_MAX], got[HOM_PUB_CELL_MAX];
    hom_hex_word(&at);
    hom_hex_bytes(hom_hex_word(&at), a, sizeof a);
    hom_hex_bytes(hom_hex_word(&at), b, sizeof b);
    hom_hex_bytes(hom_hex_word(&at), want, sizeof want);
    assert_true(status_is_ok(
        hom_pub_add(hom_key_pub(s->key), slice_of(a, s->len), slice_of(b, s->len), got)));
    assert_memory_equal(got, want, s->len);
}

static void
on_sum(struct state *s, char *at)
{
    uint8_t want[HOM_PUB_CELL_MAX], got[HOM_PUB_CELL_MAX];
    struct hom_sum *sum = NULL;
    hom_hex_word(&at);
    const unsigned long count = strtoul(hom_hex_word(&at), NULL, 10);
    hom_hex_bytes(hom_hex_word(&at), want, sizeof want);
    assert_true(status_is_ok(hom_sum_new(&sum, hom_key_pub(s->key))));
    for (unsigned i = 0; i < count; i++) {
        assert_true(status_is_ok(hom_sum_add(sum, slice_of(s->cell[i % s->n], s->len))));
    }
    assert_int_equal(hom_sum_count(sum), count);
    assert_true(status_is_ok(hom_sum_result(sum, got)));
    assert_memory_equal(got, want, s->len);
    hom_sum_free(sum);
}

static void
on_pack(struct state *s, char *at)
{
    struct hom_layout l = {0};
    struct hom_value values[HOM_LAYOUT_SLOTS_MAX], back[HOM_LAYOUT_SLOTS_MAX];
    char *widths = hom_hex_word(&at), *list = hom_hex_word(&at), *end = widths;
    for (; *end; widths = end + 1) {
        l.width[l.n_slots++] = (uint16_t) strtoul(widths, &end, 10);
    }
    for (unsigned i = 0; i < l.n_slots; i++, list += 65) {
        uint8_t be[32];
        hom_hex_bytes(list, be, sizeof be);
        assert_true(status_is_ok(hom_value_from_be(slice_of(be, sizeof be), &values[i])));
    }
    const struct hom_int want = hom_hex_int(hom_hex_word(&at));
    struct hom_int got;
    assert_true(status_is_ok(hom_layout_check(&l, HOM_PUB_BITS_DEFAULT)));
    assert_true(status_is_ok(hom_layout_pack(&l, values, &got)));
    assert_memory_equal(&got, &want, sizeof want);
    assert_true(status_is_ok(hom_layout_unpack(&l, &got, back)));
    assert_memory_equal(back, values, l.n_slots * sizeof *back);
}

static void
vectors_hold(void **unused)
{
    static const struct {
        const char *word;
        void (*run)(struct state *s, char *at);
    } kinds[] = {
        {"key", on_key}, {"enc", on_enc}, {"add", on_add}, {"sum", on_sum}, {"pack", on_pack}};
    static char line[LINE_MAX_LEN], path[512];
    static struct state s;
    (void) snprintf(path, sizeof path, "%s/hom.txt", getenv("ALLIUM_VECTORS"));
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char *at = line;
        const char *word = hom_hex_word(&at);
        for (size_t i = 0; word && i < sizeof kinds / sizeof kinds[0]; i++) {
            if (slice_equal_str(slice_of_str(word), kinds[i].word)) {
                kinds[i].run(&s, at);
                s.seen |= 1U << i;
            }
        }
    }
    (void) fclose(f);
    hom_key_unref(s.key);
    assert_int_equal(s.seen, 31);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
