/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/map.h"
#include "cm.h"

static void
test_many_puts_and_removes(void **state)
{
    (void) state;
    static int values[5000];
    struct map m;
    map_init(&m, false);
    char key[32];
    for (int i = 0; i < 5000; i++) {
        values[i] = i;
        const int n = snprintf(key, sizeof(key), "key-%d", i);
        assert_true(status_is_ok(map_put(&m, slice_of(key, (size_t) n), &values[i])));
    }
    assert_int_equal(m.count, 5000);
    for (int i = 0; i < 5000; i += 2) {
        const int n = snprintf(key, sizeof(key), "key-%d", i);
        assert_ptr_equal(map_remove(&m, slice_of(key, (size_t) n)), &values[i]);
        assert_null(map_remove(&m, slice_of(key, (size_t) n)));
    }
    assert_int_equal(m.count, 2500);
    for (int i = 0; i < 5000; i++) {
        const int n = snprintf(key, sizeof(key), "key-%d", i);
        const int *found = map_find(&m, slice_of(key, (size_t) n));
        assert_ptr_equal(found, i % 2 ? &values[i] : NULL);
    }
    size_t seen = 0;
    for (size_t i = 0; map_next(&m, &i);) {
        seen++;
    }
    assert_int_equal(seen, 2500);
    map_deinit(&m);
}

static void
test_put_remove_churn_does_not_fill_up(void **state)
{
    (void) state;
    int value = 1;
    struct map m;
    map_init(&m, false);
    char key[32];
    for (int i = 0; i < 100000; i++) {
        const int n = snprintf(key, sizeof(key), "%d", i);
        assert_true(status_is_ok(map_put(&m, slice_of(key, (size_t) n), &value)));
        assert_ptr_equal(map_remove(&m, slice_of(key, (size_t) n)), &value);
    }
    assert_int_equal(m.count, 0);
    assert_true(m.cap < 1000);
    map_deinit(&m);
}

static void
test_case_folding(void **state)
{
    (void) state;
    int a = 1, b = 2;
    struct map folded, exact;
    map_init(&folded, true);
    map_init(&exact, false);
    assert_true(status_is_ok(map_put(&folded, SLICE("Name"), &a)));
    assert_true(status_is_ok(map_put(&folded, SLICE("NAME"), &b)));
    assert_int_equal(folded.count, 1);
    assert_ptr_equal(map_find(&folded, SLICE("name")), &b);
    assert_true(status_is_ok(map_put(&exact, SLICE("Name"), &a)));
    assert_null(map_find(&exact, SLICE("name")));
    assert_ptr_equal(map_find(&exact, SLICE("Name")), &a);
    assert_true(status_is_ok(map_put(&exact, SLICE(""), &a)));
    assert_ptr_equal(map_find(&exact, SLICE("")), &a);
    map_deinit(&folded);
    map_deinit(&exact);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_puts_and_removes),
        cmocka_unit_test(test_put_remove_churn_does_not_fill_up),
        cmocka_unit_test(test_case_folding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
