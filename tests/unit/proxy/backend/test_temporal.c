/* SPDX-License-Identifier: Apache-2.0 */

#include "../cm.h"
#include "proxy/backend/temporal_priv.h"

static void
datetimes(void **state)
{
    static const struct {
        struct backend_temporal t;
        bool date_only;
        size_t len;
    } cases[] = {
        {{.year = 0}, false, 0},
        {{.year = 2024, .month = 2, .day = 29}, true, 4},
        {{.year = 2024, .month = 2, .day = 29}, false, 4},
        {{.hour = 1}, false, 7},
        {{.year = 9999, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59}, false, 7},
        {{.year = 1, .micros = 1}, false, 11},
        {{.micros = 999999}, false, 11},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t body[BACKEND_TEMPORAL_MAX];
        struct backend_temporal back;
        const size_t len = backend_temporal_put_datetime(&cases[i].t, cases[i].date_only, body);
        assert_int_equal(len, cases[i].len);
        assert_true(backend_temporal_get_datetime(slice_of(body, len), &back));
        assert_memory_equal(&back, &cases[i].t, sizeof(back));
    }
}

static void
times(void **state)
{
    struct backend_temporal t = {.negative = true, .hour = 838, .minute = 59, .second = 59};
    struct backend_temporal back;
    uint8_t body[BACKEND_TEMPORAL_MAX];
    assert_int_equal(backend_temporal_put_time(&t, body), 8);
    assert_memory_equal(body, "\1\x22\0\0\0\x16\x3b\x3b", 8); /* 34 days 22 hours */
    assert_true(backend_temporal_get_time(slice_of(body, 8), &back));
    assert_int_equal(back.day * 24 + back.hour, 838);
    t.micros = 7;
    assert_int_equal(backend_temporal_put_time(&t, body), 12);
    const struct backend_temporal zero = {.year = 0};
    assert_int_equal(backend_temporal_put_time(&zero, body), 0);
}

static void
malformed_lengths(void **state)
{
    const uint8_t bytes[16] = {0};
    struct backend_temporal t;
    for (size_t len = 0; len < sizeof(bytes); len++) {
        assert_int_equal(backend_temporal_get_datetime(slice_of(bytes, len), &t),
                         len == 0 || len == 4 || len == 7 || len == 11);
        assert_int_equal(backend_temporal_get_time(slice_of(bytes, len), &t),
                         len == 0 || len == 8 || len == 12);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datetimes),
        cmocka_unit_test(times),
        cmocka_unit_test(malformed_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
