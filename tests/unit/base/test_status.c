/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/diag.h"
#include "base/status.h"
#include "cm.h"

static void
test_every_row_is_complete(void **state)
{
    (void) state;
    const struct status_info *info;
    for (unsigned i = 0; (info = status_info_at(i)); i++) {
        assert_int_equal(strlen(info->sqlstate), 5);
        assert_true(strlen(info->text) > 0);
        assert_ptr_equal(status_info_get(info->code), info);
        for (unsigned j = 0; j < i; j++) {
            assert_int_not_equal(status_info_at(j)->code, info->code);
            assert_string_not_equal(status_info_at(j)->name, info->name);
        }
    }
    assert_int_equal(status_info_get((enum status_code) 99999)->code, STATUS_BUG);
}

static struct status
inner(struct diag *d)
{
    FAIL(d, UNSUPPORTED, "no %s here", "soup");
}

static struct status
outer(struct diag *d)
{
    TRY(inner(d));
    return OK;
}

static void
test_failure_carries_text_and_trace(void **state)
{
    (void) state;
    struct diag d = DIAG_INIT;
    assert_int_equal(outer(&d).code, STATUS_UNSUPPORTED);
    assert_int_equal(d.mysql_errno, 1235);
    assert_string_equal(d.sqlstate, "42000");
    assert_non_null(strstr(d.message, "no soup here"));
    char trace[512];
    status_trace_print(trace, sizeof(trace));
    assert_non_null(strstr(trace, "test_status.c"));
    assert_int_equal(outer(NULL).code, STATUS_UNSUPPORTED);
}

static void
test_first_failure_wins(void **state)
{
    (void) state;
    struct diag d = DIAG_INIT;
    diag_set_sql(&d, STATUS_SQL, 1146, "42S02", "Table '%s' doesn't exist", "a.b");
    diag_set(&d, STATUS_BUG, "later");
    assert_int_equal(d.mysql_errno, 1146);
    assert_string_equal(d.message, "Table 'a.b' doesn't exist");
    diag_clear(&d);
    diag_complete(&d, (struct status){STATUS_NO_MEMORY});
    assert_int_equal(d.mysql_errno, 1037);
    assert_true(strlen(d.message) > 0);
}

static void
test_long_message_is_cut_not_overrun(void **state)
{
    (void) state;
    struct diag d = DIAG_INIT;
    diag_set(&d, STATUS_BUG, "%*d", 5000, 1);
    assert_int_equal(strlen(d.message), sizeof(d.message) - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_complete),
        cmocka_unit_test(test_failure_carries_text_and_trace),
        cmocka_unit_test(test_first_failure_wins),
        cmocka_unit_test(test_long_message_is_cut_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
