/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL parser: the first byte chooses flavour and modes, the rest is the text. Whatever parses must print
 * to something that reads the same, and the digest must find the same literals.
 */
#include <stdint.h>
#include <stdlib.h>

#include "rewriter/sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(x)     \
    do {             \
        if (!(x)) {  \
            abort(); \
        }            \
    } while (0)

static void
check_round_trip(struct arena *a, const struct sql_stmt *stmt, const struct sql_options *o)
{
    struct buf text = BUF_INIT;
    struct sql_stmt *again = NULL;
    const struct sql_printer p = {.mode = o->mode, .flavour = o->flavour};
    sql_print(stmt->root, &p, &text);
    if (status_is_ok(sql_parse(a, buf_slice(&text), o, &again, NULL))) {
        CHECK(sql_equal(stmt->root, again->root));
    } else {
        CHECK(!arena_ok(a)); /* only for want of memory */
    }
    CHECK(sql_equal(stmt->root, sql_clone(a, stmt->root, NULL, NULL)));
    buf_deinit(&text);
}

static void
check_digest(const struct sql_stmt *stmt, struct slice text, const struct sql_options *o)
{
    static const uint8_t key[16] = {1};
    struct sql_digester *g = NULL;
    struct sql_digest d;
    CHECK(status_is_ok(sql_digest_new(&g, key)));
    const struct status s = sql_digest_run(g, text, o, &d, NULL);
    if (stmt != NULL && stmt->root->kind != SQL_OPAQUE) {
        CHECK(status_is_ok(s));
        CHECK(d.n_literals == stmt->n_slots);
        CHECK(d.next == stmt->next);
    }
    sql_digest_free(g);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct sql_options o = {.flavour = data[0] & 0x20 ? SQL_MYSQL : SQL_MARIADB,
                            .mode = data[0] & 0x1f,
                            .max_depth = 200};
    o.version = o.flavour == SQL_MYSQL ? 90700 : 101100;
    const struct slice text = slice_of(data + 1, size - 1);
    struct arena *a = arena_create((size_t) 64 << 20);
    struct sql_stmt *stmt = NULL;
    struct diag d = DIAG_INIT;
    const struct status s = sql_parse(a, text, &o, &stmt, &d);
    CHECK(status_is_ok(s) || d.message[0] != '\0');
    check_digest(status_is_ok(s) ? stmt : NULL, text, &o);
    if (status_is_ok(s)) {
        check_round_trip(a, stmt, &o);
    }
    arena_free(a);
    return 0;
}
