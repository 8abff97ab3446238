/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed integers of the HOM scheme: `struct hom_value` is one slot (256-bit two's complement, up
 * to DECIMAL(65) times 2^32 rows), `struct hom_int` a whole plaintext (two's complement), and
 * `struct hom_layout` says how slots share a plaintext.
 *
 * T = sum of S_j * 2^off_j over signed slots, S_j < 2^(w_j - 1) in size. Unpacking takes the centred
 * remainder slot by slot from the low end, so neither a bias nor the row count is needed. Slot 0 is
 * by convention the row counter: unpack refuses counters outside 0..2^32 and a residue above the
 * last slot, which also catches a wrong key (a random plaintext passes with 2^-(free bits)).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

enum {
    HOM_VALUE_LIMBS = 4,
    HOM_INT_LIMBS = 48, /* of n with 3072 bits */
    HOM_LAYOUT_SLOTS_MAX = 32,
    HOM_LAYOUT_GROWTH_BITS = 32, /* sums of up to 2^32 rows are exact */
    HOM_LAYOUT_COUNTER_WIDTH = 41,
    HOM_LAYOUT_WIDTH_MAX = 256,
};

struct hom_value {
    uint64_t limb[HOM_VALUE_LIMBS]; /* little-endian limbs, two's complement */
};

struct hom_int {
    uint64_t limb[HOM_INT_LIMBS];
};

struct hom_layout {
    unsigned n_slots;
    uint16_t width[HOM_LAYOUT_SLOTS_MAX]; /* bits, slot 0 first; slot 0 is the row counter */
};

struct hom_value hom_value_from_i64(int64_t v);
struct hom_value hom_value_from_u64(uint64_t v);
/* Big-endian two's complement of 1..32 bytes (canonical int128: 16). RANGE for another length. */
STATUS hom_value_from_be(struct slice be, struct hom_value *out);
/* Big-endian two's complement in exactly len (1..32) bytes; RANGE when it does not fit. */
STATUS hom_value_to_be(struct hom_value v, uint8_t *out, size_t len);
STATUS hom_value_to_i64(struct hom_value v, int64_t *out);
bool hom_value_fits(struct hom_value v, unsigned bits); /* as signed of that many bits, 1..256 */
struct hom_value hom_value_neg(struct hom_value v);     /* wraps at 2^256 */
bool hom_value_is_negative(struct hom_value v);
/* Decimal text, value / 10^scale with exactly `scale` digits after the point. */
void hom_value_to_text(struct hom_value v, unsigned scale, struct buf *out);

struct hom_int hom_int_from_value(struct hom_value v);
STATUS hom_int_to_value(const struct hom_int *t,
                        struct hom_value *out); /* RANGE if over 256 bits */

/* Width of a slot for values of `value_bits` bits without sign: + 1 sign + growth. */
static inline unsigned
hom_layout_width(unsigned value_bits)
{
    return value_bits + 1 + HOM_LAYOUT_GROWTH_BITS;
}
/* RANGE unless it fits a key of `key_bits`, with one bit to spare for the sign of the whole. */
STATUS hom_layout_check(const struct hom_layout *l, unsigned key_bits);
/* One row (or one change of a row). RANGE when a value leaves no room for 2^32 rows. */
STATUS hom_layout_pack(const struct hom_layout *l, const struct hom_value *values,
                       struct hom_int *out);
/* values gets n_slots. AUTHENTICITY on a residue or a counter out of range. */
STATUS hom_layout_unpack(const struct hom_layout *l, const struct hom_int *t,
                         struct hom_value *values);
