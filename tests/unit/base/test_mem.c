/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/secret.h"
#include "cm.h"

static void
test_endian_round_trips(void **state)
{
    (void) state;
    uint8_t p[8];
    mem_put_be64(p, 0x0102030405060708);
    assert_int_equal(p[0], 1);
    assert_true(mem_be64(p) == 0x0102030405060708);
    assert_true(mem_le64(p) == 0x0807060504030201);
    mem_put_le32(p, 0xfedcba98);
    assert_int_equal(p[0], 0x98);
    assert_true(mem_le32(p) == 0xfedcba98);
    mem_put_be16(p, 0xff01);
    assert_int_equal(mem_be16(p), 0xff01);
    assert_int_equal(mem_le16(p), 0x01ff);
}

static void
test_zero_lengths_with_null(void **state)
{
    (void) state;
    mem_copy(NULL, NULL, 0);
    mem_move(NULL, NULL, 0);
    mem_zero(NULL, 0);
    assert_int_equal(mem_compare(NULL, NULL, 0), 0);
}

static void
test_constant_time_equality(void **state)
{
    (void) state;
    uint8_t a[33] = {0}, b[33] = {0};
    assert_true(mem_equal_ct(a, b, sizeof(a)));
    for (size_t i = 0; i < sizeof(a); i++) {
        b[i] = 0x80;
        assert_false(mem_equal_ct(a, b, sizeof(a)));
        b[i] = 0;
    }
}

static void
test_wipe_and_strdup(void **state)
{
    (void) state;
    char *s = mem_strdup(SLICE("pass\0word"));
    assert_non_null(s);
    mem_wipe(s, 9);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(s[i], 0);
    }
    free(s);
}

static void
test_secret_owns_its_bytes(void **state)
{
    (void) state;
    uint8_t key[32];
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t) i;
    }
    struct secret *s = secret_new_copy(key, sizeof(key));
    assert_non_null(s);
    assert_true(slice_equal(secret_slice(s), slice_of(key, sizeof(key))));
    key[0] = 99;
    assert_int_equal(secret_slice(s).data[0], 0);
    assert_null(secret_free(s));
    assert_null(secret_free(NULL));
}

struct item {
    int value;
    struct list link;
};

static void
test_list_membership(void **state)
{
    (void) state;
    struct list head;
    list_init(&head);
    struct item a = {1, {0}}, b = {2, {0}};
    assert_null(list_first(&head));
    list_append(&head, &a.link);
    list_append(&head, &b.link);
    assert_int_equal(LIST_ENTRY(list_first(&head), struct item, link)->value, 1);
    list_remove(&a.link);
    assert_int_equal(LIST_ENTRY(list_first(&head), struct item, link)->value, 2);
    list_remove(&a.link); /* on no list: harmless */
    list_remove(&b.link);
    assert_true(list_is_empty(&head));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endian_round_trips),
        cmocka_unit_test(test_zero_lengths_with_null),
        cmocka_unit_test(test_constant_time_equality),
        cmocka_unit_test(test_wipe_and_strdup),
        cmocka_unit_test(test_secret_owns_its_bytes),
        cmocka_unit_test(test_list_membership),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
