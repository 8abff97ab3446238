/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "cm.h"

static void
test_blocks_are_zeroed_and_aligned(void **state)
{
    (void) state;
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    assert_non_null(a);
    for (int round = 0; round < 3; round++) {
        for (size_t n = 1; n < 3000; n += 7) {
            uint8_t *p = arena_alloc(a, n);
            assert_int_equal((uintptr_t) p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(p[i], 0);
                p[i] = 0xaa;
            }
        }
        assert_true(arena_ok(a));
        arena_reset(a);
    }
}

static void
test_exhaustion_lends_scratch(void **state)
{
    (void) state;
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(16 * 1024);
    assert_non_null(a);
    for (int i = 0; i < 100; i++) {
        uint8_t *p = arena_alloc(a, 4096);
        assert_non_null(p);
        p[0] = p[4095] = 1;
    }
    assert_false(arena_ok(a));
    assert_false(status_is_ok(arena_status(a)));
    const struct slice s = arena_dup(a, SLICE("text"));
    assert_non_null(s.data);
    assert_int_equal(s.len, 0);
    assert_string_equal(arena_strdup(a, SLICE("text")), "");
    arena_reset(a);
    assert_true(arena_ok(a));
    assert_true(slice_equal(arena_dup(a, SLICE("text")), SLICE("text")));
}

static void
test_array_overflow_is_a_failure(void **state)
{
    (void) state;
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    assert_non_null(a);
    assert_non_null(arena_array_(a, 0, 8));
    assert_null(arena_array_(a, SIZE_MAX / 2, 16));
    assert_false(arena_ok(a));
}

static void
test_copies(void **state)
{
    (void) state;
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    assert_true(slice_is_null(arena_dup(a, SLICE_NULL)));
    const struct slice empty = arena_dup(a, SLICE(""));
    assert_false(slice_is_null(empty));
    assert_int_equal(empty.len, 0);
    assert_string_equal(arena_strdup(a, SLICE("abc")), "abc");
    assert_true(slice_equal(arena_printf(a, "%d-%s", 5, "x"), SLICE("5-x")));
    const struct slice wide = arena_printf(a, "%*d", 20000, 1);
    assert_int_equal(wide.len, 20000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_zeroed_and_aligned),
        cmocka_unit_test(test_exhaustion_lends_scratch),
        cmocka_unit_test(test_array_overflow_is_a_failure),
        cmocka_unit_test(test_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
