/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka's includes, and parse/print in one call for the tests of rewriter/sql. */
#pragma once

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "rewriter/sql/build.h"
#include "rewriter/sql/sql.h"

static const struct sql_options maria = {.flavour = SQL_MARIADB, .version = 101100};
static const struct sql_options mysql = {.flavour = SQL_MYSQL, .version = 90700};

/* The tree, or NULL; diag of the last failure in `failure`. */
static inline struct sql_stmt *
parse_with(struct arena *a, const char *text, const struct sql_options *o, struct diag *failure)
{
    struct sql_stmt *stmt = NULL;
    *failure = (struct diag) DIAG_INIT;
    const struct status s = sql_parse(a, slice_of_str(text), o, &stmt, failure);
    return status_is_ok(s) ? stmt : NULL;
}

static inline void
expect_print(const char *text, const struct sql_options *o, const char *expected)
{
    struct arena *a = arena_create(0);
    struct diag d;
    struct buf out = BUF_INIT;
    struct sql_stmt *stmt = parse_with(a, text, o, &d);
    if (stmt == NULL) {
        fail_msg("%s: %s", text, d.message);
    }
    const struct sql_printer p = {
        .mode = o->mode, .flavour = o->flavour, .charset = o->charset, .all_parentheses = true};
    sql_print(stmt->root, &p, &out);
    if (!slice_equal_str(buf_slice(&out), expected)) {
        fail_msg("%s\n  gives %s\n  not   %s", text, buf_cstr(&out), expected);
    }
    buf_deinit(&out);
    arena_free(a);
}

static inline void
expect_error(const char *text, const struct sql_options *o, enum status_code code)
{
    struct arena *a = arena_create(0);
    struct diag d;
    if (parse_with(a, text, o, &d) != NULL) {
        fail_msg("%s: accepted", text);
    }
    assert_int_equal(d.code, code);
    arena_free(a);
}
