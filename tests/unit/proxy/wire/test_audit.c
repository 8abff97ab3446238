/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../base/cm.h"
#include "base/buf.h"
#include "proxy/audit.h"

static struct master *master, *other;
static char path[] = "/tmp/allium-audit-XXXXXX";

static void
read_file(struct buf *out)
{
    char piece[4096];
    FILE *f = fopen(path, "r");
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        buf_append(out, piece, n);
    }
    fclose(f);
}

static void
write_file(struct slice text)
{
    FILE *f = fopen(path, "w");
    fwrite(text.data, 1, text.len, f);
    fclose(f);
}

static enum status_code
verify(const struct master *m, uint64_t *n)
{
    struct diag d = DIAG_INIT;
    return audit_verify(path, m, n, &d).code;
}

static void
test_chain(void **state)
{
    struct diag d = DIAG_INIT;
    uint64_t n;
    write_file(SLICE(""));
    for (int round = 0; round < 2; round++) { /* goes on behind what is there */
        struct audit *a;
        assert_true(status_is_ok(audit_open(&a, path, master, &d)));
        audit_write(a, "test", "round %d \"quoted\" \\ and\nbroken", round);
        audit_write(a, "test", "second");
        audit_close(a);
    }
    audit_write(NULL, "test", "nowhere");
    assert_int_equal(verify(master, &n), STATUS_OK);
    assert_int_equal(n, 4);
    assert_int_equal(verify(other, &n), STATUS_AUTHENTICITY);
}

static void
test_changes_show(void **state)
{
    struct buf was = BUF_INIT, now = BUF_INIT;
    uint64_t n;
    read_file(&was);
    for (size_t i = 0; i < was.len; i += 7) {
        buf_clear(&now);
        buf_append_slice(&now, buf_slice(&was));
        now.data[i] ^= 1;
        write_file(buf_slice(&now));
        assert_int_not_equal(verify(master, &n), STATUS_OK);
    }
    size_t second = 0;
    while (was.data[second++] != '\n') {
    }
    write_file(slice_from(buf_slice(&was), second)); /* without its first line */
    assert_int_equal(verify(master, &n), STATUS_AUTHENTICITY);
    struct diag d = DIAG_INIT;
    struct audit *a = NULL;
    assert_int_equal(audit_open(&a, path, master, &d).code, STATUS_AUTHENTICITY);
    buf_deinit(&was);
    buf_deinit(&now);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_changes_show),
    };
    const int fd = mkstemp(path);
    if (fd < 0 || !status_is_ok(master_new_random(&master)) ||
        !status_is_ok(master_new_random(&other))) {
        return 1;
    }
    close(fd);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    master_unref(master);
    master_unref(other);
    return failed;
}
