/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hom_value.h"

#include "base/mem.h"

enum {
    VALUE_BITS = 64 * HOM_VALUE_LIMBS,
    VALUE_BYTES = 8 * HOM_VALUE_LIMBS
};

static uint64_t
sign_fill(uint64_t top)
{
    return (uint64_t) - (int64_t) (top >> 63);
}

struct hom_value
hom_value_from_i64(int64_t v)
{
    const uint64_t fill = sign_fill((uint64_t) v);
    return (struct hom_value){{(uint64_t) v, fill, fill, fill}};
}

struct hom_value
hom_value_from_u64(uint64_t v)
{
    return (struct hom_value){{v, 0, 0, 0}};
}

struct status
hom_value_from_be(struct slice be, struct hom_value *out)
{
    if (be.data == NULL || be.len == 0 || be.len > VALUE_BYTES) {
        RAISE(RANGE);
    }
    uint8_t wide[VALUE_BYTES];
    for (size_t i = 0; i < VALUE_BYTES - be.len; i++) {
        wide[i] = be.data[0] & 0x80 ? 0xff : 0;
    }
    mem_copy(wide + VALUE_BYTES - be.len, be.data, be.len);
    for (size_t i = 0; i < HOM_VALUE_LIMBS; i++) {
        out->limb[i] = mem_be64(wide + VALUE_BYTES - 8 * (i + 1));
    }
    return OK;
}

struct status
hom_value_to_be(struct hom_value v, uint8_t *out, size_t len)
{
    if (len == 0 || len > VALUE_BYTES || !hom_value_fits(v, (unsigned) (8 * len))) {
        RAISE(RANGE);
    }
    uint8_t wide[VALUE_BYTES];
    for (size_t i = 0; i < HOM_VALUE_LIMBS; i++) {
        mem_put_be64(wide + VALUE_BYTES - 8 * (i + 1), v.limb[i]);
    }
    mem_copy(out, wide + VALUE_BYTES - len, len);
    return OK;
}

struct status
hom_value_to_i64(struct hom_value v, int64_t *out)
{
    if (!hom_value_fits(v, 64)) {
        RAISE(RANGE);
    }
    *out = (int64_t) v.limb[0];
    return OK;
}

/* All bits from bit - 1 up are equal. */
static bool
fits(const uint64_t *limb, unsigned n, unsigned bits)
{
    const uint64_t fill = sign_fill(limb[n - 1]);
    const unsigned i = (bits - 1) / 64, off = (bits - 1) % 64;
    if ((limb[i] ^ fill) >> off) {
        return false;
    }
    for (unsigned j = i + 1; j < n; j++) {
        if (limb[j] != fill) {
            return false;
        }
    }
    return true;
}

bool
hom_value_fits(struct hom_value v, unsigned bits)
{
    return bits >= VALUE_BITS || (bits > 0 && fits(v.limb, HOM_VALUE_LIMBS, bits));
}

struct hom_value
hom_value_neg(struct hom_value v)
{
    uint64_t carry = 1;
    for (unsigned i = 0; i < HOM_VALUE_LIMBS; i++) {
        v.limb[i] = ~v.limb[i] + carry;
        carry = carry && v.limb[i] == 0;
    }
    return v;
}

bool
hom_value_is_negative(struct hom_value v)
{
    return v.limb[HOM_VALUE_LIMBS - 1] >> 63;
}

static unsigned
divide_by_ten(struct hom_value *v)
{
    unsigned __int128 rest = 0;
    for (int i = HOM_VALUE_LIMBS - 1; i >= 0; i--) {
        const unsigned __int128 x = rest << 64 | v->limb[i];
        v->limb[i] = (uint64_t) (x / 10);
        rest = x % 10;
    }
    return (unsigned) rest;
}

/* Digits from the right; -2^255 negates to itself, which read unsigned is right. */
void
hom_value_to_text(struct hom_value v, unsigned scale, struct buf *out)
{
    enum {
        DIGITS = 80
    };
    char digit[DIGITS];
    const bool negative = hom_value_is_negative(v);
    unsigned n = 0;
    if (negative) {
        v = hom_value_neg(v);
    }
    do {
        digit[n++] = (char) ('0' + divide_by_ten(&v));
    } while (v.limb[0] | v.limb[1] | v.limb[2] | v.limb[3]);
    if (negative) {
        buf_append_u8(out, '-');
    }
    for (unsigned i = n > scale ? n : scale + 1; i-- > 0;) {
        buf_append_u8(out, (uint8_t) (i < n ? digit[i] : '0'));
        if (i == scale && scale > 0) {
            buf_append_u8(out, '.');
        }
    }
}

struct hom_int
hom_int_from_value(struct hom_value v)
{
    struct hom_int t;
    const uint64_t fill = sign_fill(v.limb[HOM_VALUE_LIMBS - 1]);
    for (unsigned i = 0; i < HOM_INT_LIMBS; i++) {
        t.limb[i] = i < HOM_VALUE_LIMBS ? v.limb[i] : fill;
    }
    return t;
}

struct status
hom_int_to_value(const struct hom_int *t, struct hom_value *out)
{
    if (!fits(t->limb, HOM_INT_LIMBS, VALUE_BITS)) {
        RAISE(RANGE);
    }
    mem_copy(out->limb, t->limb, sizeof out->limb);
    return OK;
}

struct status
hom_layout_check(const struct hom_layout *l, unsigned key_bits)
{
    unsigned total = 0;
    if (l->n_slots == 0 || l->n_slots > HOM_LAYOUT_SLOTS_MAX) {
        RAISE(RANGE);
    }
    for (unsigned j = 0; j < l->n_slots; j++) {
        if (l->width[j] <= HOM_LAYOUT_GROWTH_BITS + 1 || l->width[j] > HOM_LAYOUT_WIDTH_MAX) {
            RAISE(RANGE);
        }
        total += l->width[j];
    }
    if (total > key_bits - 2) {
        RAISE(RANGE);
    }
    return OK;
}

/* t += v * 2^off, both signed, modulo the width of t. */
static void
add_shifted(struct hom_int *t, struct hom_value v, unsigned off)
{
    const unsigned word = off / 64, bit = off % 64;
    const uint64_t fill = sign_fill(v.limb[HOM_VALUE_LIMBS - 1]);
    uint64_t below = 0;
    unsigned __int128 sum = 0;
    for (unsigned i = word; i < HOM_INT_LIMBS; i++) {
        const uint64_t limb = i - word < HOM_VALUE_LIMBS ? v.limb[i - word] : fill;
        const uint64_t shifted = bit ? limb << bit | below >> (64 - bit) : limb;
        below = limb;
        sum += (unsigned __int128) t->limb[i] + shifted;
        t->limb[i] = (uint64_t) sum;
        sum >>= 64;
    }
}

struct status
hom_layout_pack(const struct hom_layout *l, const struct hom_value *values, struct hom_int *out)
{
    unsigned off = 0;
    mem_zero(out, sizeof *out);
    for (unsigned j = 0; j < l->n_slots; j++) {
        if (!hom_value_fits(values[j], l->width[j] - HOM_LAYOUT_GROWTH_BITS)) {
            RAISE(RANGE);
        }
        add_shifted(out, values[j], off);
        off += l->width[j];
    }
    return OK;
}

/* The low w bits as a signed number; t becomes (t - that) / 2^w. */
static struct hom_value
take_low(struct hom_int *t, unsigned w)
{
    struct hom_value v;
    const unsigned word = w / 64, bit = w % 64, top = (w - 1) / 64;
    const unsigned spare = 64 * (top + 1) - w;
    mem_copy(v.limb, t->limb, sizeof v.limb);
    v.limb[top] = (uint64_t) ((int64_t) (v.limb[top] << spare) >> spare);
    const uint64_t fill = sign_fill(v.limb[top]);
    for (unsigned i = top + 1; i < HOM_VALUE_LIMBS; i++) {
        v.limb[i] = fill;
    }
    uint64_t carry = fill & 1;
    const uint64_t top_fill = sign_fill(t->limb[HOM_INT_LIMBS - 1]);
    for (unsigned i = 0; i < HOM_INT_LIMBS; i++) {
        const uint64_t lo = i + word < HOM_INT_LIMBS ? t->limb[i + word] : top_fill;
        const uint64_t hi = i + word + 1 < HOM_INT_LIMBS ? t->limb[i + word + 1] : top_fill;
        t->limb[i] = (bit ? lo >> bit | hi << (64 - bit) : lo) + carry;
        carry = carry && t->limb[i] == 0;
    }
    return v;
}

struct status
hom_layout_unpack(const struct hom_layout *l, const struct hom_int *t, struct hom_value *values)
{
    struct hom_int rest = *t;
    for (unsigned j = 0; j < l->n_slots; j++) {
        values[j] = take_low(&rest, l->width[j]);
    }
    uint64_t residue = 0;
    for (unsigned i = 0; i < HOM_INT_LIMBS; i++) {
        residue |= rest.limb[i];
    }
    int64_t rows = 0;
    if (residue != 0 || !status_is_ok(hom_value_to_i64(values[0], &rows)) || rows < 0 ||
        rows > 1LL << HOM_LAYOUT_GROWTH_BITS) {
        RAISE(AUTHENTICITY);
    }
    return OK;
}
