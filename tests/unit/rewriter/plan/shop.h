/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A catalog by hand, with physical names that a reader can follow (a stored one has hashes), and a session
 * that plans statements over it. One per test program; not thread-safe.
 *
 * shop.people   id INT AUTO_INCREMENT PK [e o, join group 1], name VARCHAR KEY [e], email VARCHAR,
 *               born DATETIME KEY [e o], balance DECIMAL(10,2) KEY [e o], age INT NULL KEY [e o],
 *               points INT, score DOUBLE
 * shop.orders   id INT PK [e o, group 2], person INT NULL -> people.id [e o, group 1],
 *               placed DATETIME NOT NULL KEY [e o], note VARCHAR, qty INT NULL KEY [e o]
 * shop.logs     id INT PK [e o], person INT KEY [e o, its own join group]
 * shop.totals   id INT PK, a INT, b INT GENERATED
 * shop.children, shop.parents   a child with ON DELETE SET NULL: parents has actions the proxy carries out
 * shop.elders, shop.firsts   views: over people, and over elders
 */
#pragma once

#include "../../base/cm.h"
#include "rewriter/plan/plan.h"

struct shop {
    struct collation_set *collations;
    struct catalog *catalog;
    struct sql_options options;
    struct type_env env;
    struct plan_context ctx;
};

void shop_open(struct shop *s);
void shop_close(struct shop *s);
/* The statement at the start of text, planned; NULL and d on refusal. *next: where the next one starts. */
struct plan *shop_plan(struct shop *s, struct slice text, uint32_t *next, struct diag *d);
/* The server's text of the plan's statement or first fetch, slots as {eq ?1}; "" without one. */
void shop_server(const struct plan *p, struct buf *out);
/* plan_explain and what it leaves out: where written values come from. */
void shop_describe(const struct plan *p, struct buf *out);
