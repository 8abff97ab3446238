/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cm.h"
#include "crypto/hom_value.h"

static const char *
text(struct hom_value v, unsigned scale, struct buf *b)
{
    buf_clear(b);
    hom_value_to_text(v, scale, b);
    return buf_cstr(b);
}

static void
text_is_decimal(void **unused)
{
    struct buf b = BUF_INIT;
    assert_string_equal(text(hom_value_from_i64(0), 0, &b), "0");
    assert_string_equal(text(hom_value_from_i64(0), 2, &b), "0.00");
    assert_string_equal(text(hom_value_from_i64(-5), 2, &b), "-0.05");
    assert_string_equal(text(hom_value_from_i64(123456), 3, &b), "123.456");
    assert_string_equal(text(hom_value_from_i64(INT64_MIN), 0, &b), "-9223372036854775808");
    assert_string_equal(text(hom_value_from_u64(UINT64_MAX), 0, &b), "18446744073709551615");
    const struct hom_value least = {{0, 0, 0, 1ULL << 63}}; /* -2^255 */
    assert_string_equal(text(least, 0, &b),
                        "-578960446186580977117854925043439539266349923328202820"
                        "19728792003956564819968");
    buf_deinit(&b);
}

static void
bytes_go_both_ways(void **unused)
{
    static const uint8_t minus_two[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
    struct hom_value v;
    uint8_t out[32];
    int64_t i = 0;
    assert_true(status_is_ok(hom_value_from_be(slice_of(minus_two, 16), &v)));
    assert_true(status_is_ok(hom_value_to_i64(v, &i)));
    assert_int_equal(i, -2);
    assert_true(status_is_ok(hom_value_to_be(v, out, 16)));
    assert_memory_equal(out, minus_two, 16);
    assert_true(status_is_ok(hom_value_to_be(v, out, 1)));
    assert_int_equal(out[0], 0xfe);
    assert_int_equal(hom_value_to_be(hom_value_from_i64(128), out, 1).code, STATUS_RANGE);
    assert_true(status_is_ok(hom_value_to_be(hom_value_from_i64(-128), out, 1)));
    assert_int_equal(hom_value_to_be(v, out, 33).code, STATUS_RANGE);
    assert_int_equal(hom_value_from_be(SLICE_NULL, &v).code, STATUS_RANGE);
    assert_int_equal(hom_value_from_be(slice_of(out, 0), &v).code, STATUS_RANGE);
    assert_int_equal(hom_value_to_i64(hom_value_from_u64(UINT64_MAX), &i).code, STATUS_RANGE);
}

static void
sizes_are_exact(void **unused)
{
    assert_true(hom_value_fits(hom_value_from_i64(127), 8));
    assert_false(hom_value_fits(hom_value_from_i64(128), 8));
    assert_true(hom_value_fits(hom_value_from_i64(-128), 8));
    assert_false(hom_value_fits(hom_value_from_i64(-129), 8));
    assert_true(hom_value_fits(hom_value_from_i64(INT64_MIN), 64));
    assert_false(hom_value_fits(hom_value_from_u64(1ULL << 63), 64));
    assert_true(hom_value_fits(hom_value_from_u64(1ULL << 63), 65));
    assert_false(hom_value_fits(hom_value_from_i64(0), 0));
    struct hom_int t = {{0}};
    struct hom_value v;
    t.limb[4] = 1;
    assert_int_equal(hom_int_to_value(&t, &v).code, STATUS_RANGE);
    t = hom_int_from_value(hom_value_from_i64(-7));
    assert_true(status_is_ok(hom_int_to_value(&t, &v)));
    assert_true(hom_value_is_negative(v));
}

static void
layouts_are_checked(void **unused)
{
    struct hom_layout l = {.n_slots = 2, .width = {41, 97}};
    assert_int_equal(hom_layout_width(64), 97);
    assert_true(status_is_ok(hom_layout_check(&l, 2048)));
    l.width[1] = 33;
    assert_int_equal(hom_layout_check(&l, 2048).code, STATUS_RANGE);
    l.width[1] = 257;
    assert_int_equal(hom_layout_check(&l, 2048).code, STATUS_RANGE);
    l.n_slots = 0;
    assert_int_equal(hom_layout_check(&l, 2048).code, STATUS_RANGE);
    l.n_slots = HOM_LAYOUT_SLOTS_MAX + 1;
    assert_int_equal(hom_layout_check(&l, 2048).code, STATUS_RANGE);
    l.n_slots = 13;
    for (unsigned i = 0; i < 13; i++) {
        l.width[i] = 160; /* 2080 bits */
    }
    assert_int_equal(hom_layout_check(&l, 2048).code, STATUS_RANGE);
    assert_true(status_is_ok(hom_layout_check(&l, 3072)));
}

static void
values_must_leave_room_for_growth(void **unused)
{
    const struct hom_layout l = {.n_slots = 2, .width = {41, 97}};
    struct hom_int t;
    struct hom_value v[2] = {hom_value_from_i64(1), hom_value_from_u64(1ULL << 63)};
    v[1].limb[1] = 1;
    assert_int_equal(hom_layout_pack(&l, v, &t).code, STATUS_RANGE);
    v[1] = hom_value_from_i64(INT64_MIN);
    assert_true(status_is_ok(hom_layout_pack(&l, v, &t)));
}

/* 2^32 rows of the least value decode; one row more is refused by the counter. */
static void
counter_bounds_the_rows(void **unused)
{
    const struct hom_layout l = {.n_slots = 2, .width = {41, 97}};
    struct hom_value v[2];
    struct hom_int t = {{0}};
    t.limb[0] = 1ULL << 32 | 0; /* counter 2^32 */
    for (unsigned i = 2; i < HOM_INT_LIMBS; i++) {
        t.limb[i] = ~0ULL;
    }
    /* minus 2^63 * 2^32 in slot 1: -2^95 << 41 = -2^136 */
    t.limb[2] = ~0ULL << 8;
    assert_true(status_is_ok(hom_layout_unpack(&l, &t, v)));
    assert_int_equal(v[0].limb[0], 1ULL << 32);
    assert_int_equal(v[1].limb[1], (uint64_t) - (1LL << 31));
    assert_int_equal(v[1].limb[0], 0);
    t.limb[0] += 1;
    assert_int_equal(hom_layout_unpack(&l, &t, v).code, STATUS_AUTHENTICITY);
    t.limb[0] = (1ULL << 41) - 1; /* counter -1 */
    assert_int_equal(hom_layout_unpack(&l, &t, v).code, STATUS_AUTHENTICITY);
    t.limb[0] = 5;
    t.limb[40] ^= 1; /* residue */
    assert_int_equal(hom_layout_unpack(&l, &t, v).code, STATUS_AUTHENTICITY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_decimal),
        cmocka_unit_test(bytes_go_both_ways),
        cmocka_unit_test(sizes_are_exact),
        cmocka_unit_test(layouts_are_checked),
        cmocka_unit_test(values_must_leave_room_for_growth),
        cmocka_unit_test(counter_bounds_the_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
