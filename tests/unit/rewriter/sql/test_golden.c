/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each NAME.sql holds statements that end in `;` at the end of a line; NAME.out holds for each what the
 * printer makes of it, with every operator in parentheses. The plain printed form is read and printed again.
 * A first line `-- options: mysql ANSI_QUOTES ..` sets flavour and modes. UPDATE_GOLDEN=1 rewrites NAME.out.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rewriter/sql/sql.h"

static int failures;

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
set_options(struct slice text, struct sql_options *o)
{
    static const struct {
        const char *word;
        uint32_t mode;
    } modes[] = {
        {"ANSI_QUOTES", SQL_MODE_ANSI_QUOTES},
        {"PIPES_AS_CONCAT", SQL_MODE_PIPES_AS_CONCAT},
        {"NO_BACKSLASH_ESCAPES", SQL_MODE_NO_BACKSLASH_ESCAPES},
        {"HIGH_NOT_PRECEDENCE", SQL_MODE_HIGH_NOT_PRECEDENCE},
        {"IGNORE_SPACE", SQL_MODE_IGNORE_SPACE},
    };
    *o = (struct sql_options){.flavour = SQL_MARIADB, .version = 101100};
    if (!slice_starts_with(text, SLICE("-- options:"))) {
        return;
    }
    char line[200];
    snprintf(line, sizeof line, "%.*s",
             SLICE_ARG(slice_sub(text, 0, strcspn((const char *) text.data, "\n"))));
    if (strstr(line, "mysql")) {
        o->flavour = SQL_MYSQL;
        o->version = 90700;
    }
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        o->mode |= strstr(line, modes[i].word) ? modes[i].mode : 0;
    }
}

static void
report(struct slice text, const char *what, struct slice detail)
{
    fprintf(stderr, "%s: %.*s\n  %.*s\n", what, SLICE_ARG(slice_sub(text, 0, 300)),
            SLICE_ARG(detail));
    failures++;
}

/* Appends the parenthesised form; checks that the plain form reads the same. */
static uint32_t
one(struct arena *a, struct slice text, const struct sql_options *o, struct buf *out)
{
    struct sql_stmt *stmt = NULL, *again = NULL;
    struct diag d = DIAG_INIT;
    struct buf plain = BUF_INIT;
    struct sql_printer p = {.mode = o->mode, .flavour = o->flavour};
    if (!status_is_ok(sql_parse(a, text, o, &stmt, &d))) {
        buf_printf(out, "ERROR %u %s;\n", d.mysql_errno, d.message);
        const uint8_t *end = memchr(text.data, ';', text.len);
        return end ? (uint32_t) (end - text.data) + 2 : (uint32_t) text.len;
    }
    sql_print(stmt->root, &p, &plain);
    if (!status_is_ok(sql_parse(a, buf_slice(&plain), o, &again, &d))) {
        report(text, "printed form does not parse", buf_slice(&plain));
    } else if (!sql_equal(stmt->root, again->root)) {
        report(text, "printed form reads differently", buf_slice(&plain));
    }
    p.all_parentheses = true;
    sql_print(stmt->root, &p, out);
    buf_append_str(out, ";\n");
    buf_deinit(&plain);
    return stmt->next;
}

static void
run_file(const char *dir, const char *name)
{
    char path[1024];
    struct buf text = BUF_INIT, out = BUF_INIT, expected = BUF_INIT;
    struct sql_options o;
    struct arena *a = arena_create(0);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    read_file(path, &text);
    buf_cstr(&text);
    set_options(buf_slice(&text), &o);
    for (size_t at = 0; at < text.len;) {
        at += one(a, slice_from(buf_slice(&text), at), &o, &out);
    }
    snprintf(path + strlen(path) - 3, 4, "out");
    if (getenv("UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "wb");
        failures += f == NULL || fwrite(out.data, 1, out.len, f) != out.len || fclose(f) != 0;
    } else if (!read_file(path, &expected) || !slice_equal(buf_slice(&expected), buf_slice(&out))) {
        report(slice_of_str(path),
               "differs from the golden; run with UPDATE_GOLDEN=1 and look at the diff",
               buf_slice(&out));
    }
    arena_free(a);
    buf_deinit(&text);
    buf_deinit(&out);
    buf_deinit(&expected);
}

int
main(int argc, char **argv)
{
    DIR *d = argc > 1 ? opendir(argv[1]) : NULL;
    int files = 0;
    if (d == NULL) {
        fprintf(stderr, "usage: test_sql_golden DIRECTORY\n");
        return 2;
    }
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        const size_t n = strlen(e->d_name);
        if (n > 4 && strcmp(e->d_name + n - 4, ".sql") == 0) {
            run_file(argv[1], e->d_name);
            files++;
        }
    }
    closedir(d);
    printf("%d files, %d failures\n", files, failures);
    return failures || files == 0;
}
