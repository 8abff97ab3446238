/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NAME.sql holds statements, each ended by `;`; NAME.expected what the planner does with each over the
 * catalog of shop.c. ALLIUM_UPDATE_GOLDEN=1 rewrites; look at the diff: a condition that appears in a
 * `server` line is a claim that ciphertext decides it as MySQL would decide it on the values.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shop.h"

static const char *directory;

static bool
read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return false;
    }
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) {
        buf_append(out, part, n);
    }
    fclose(f);
    return true;
}

static void
write_file(const char *path, const struct buf *b)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b->data, 1, b->len, f), b->len);
    assert_int_equal(fclose(f), 0);
}

static bool
is_blank(struct slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] != ' ' && s.data[i] != '\n') {
            return false;
        }
    }
    return true;
}

static void
describe_file(struct shop *s, struct slice text, struct buf *out)
{
    for (uint32_t next; !is_blank(text); text = slice_from(text, next)) {
        struct diag d = DIAG_INIT;
        struct plan *p = shop_plan(s, text, &next, &d);
        struct slice stmt = slice_sub(text, 0, next);
        while (stmt.len && stmt.data[0] == '\n') {
            stmt = slice_from(stmt, 1);
        }
        while (stmt.len && stmt.data[stmt.len - 1] == '\n') {
            stmt.len--;
        }
        buf_printf(out, "%.*s\n", SLICE_ARG(stmt));
        if (p) {
            shop_describe(p, out);
        } else {
            buf_printf(out, "error\t%u %s\n", d.mysql_errno, d.message);
        }
        buf_append_u8(out, '\n');
        plan_unref(p);
    }
}

static void
test_file(struct shop *s, const char *name)
{
    char path[1024];
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT, out = BUF_INIT, want = BUF_INIT;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_true(read_file(path, &text));
    describe_file(s, buf_slice(&text), &out);
    snprintf(path, sizeof path, "%s/%.*s.expected", directory, (int) strlen(name) - 4, name);
    if (getenv("ALLIUM_UPDATE_GOLDEN")) {
        write_file(path, &out);
        return;
    }
    read_file(path, &want);
    if (!slice_equal(buf_slice(&want), buf_slice(&out))) {
        fail_msg("%s differs; ALLIUM_UPDATE_GOLDEN=1 rewrites it. Now:\n%s", path, buf_cstr(&out));
    }
}

static void
test_goldens(void **state)
{
    struct shop s;
    int files = 0;
    DIR *d = opendir(directory);
    assert_non_null(d);
    shop_open(&s);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        const size_t n = strlen(e->d_name);
        if (n > 4 && strcmp(e->d_name + n - 4, ".sql") == 0) {
            test_file(&s, e->d_name);
            files++;
        }
    }
    shop_close(&s);
    closedir(d);
    assert_true(files > 0);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_goldens)};
    if (argc != 2) {
        fprintf(stderr, "usage: test_plan_golden DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
