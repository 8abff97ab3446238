/* SPDX-License-Identifier: Apache-2.0 */
/* The private server of with_server.sh. Included once per test program. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "../cm.h"
#include "proxy/backend/backend.h"

static struct backend_params
server_params(void)
{
    return (struct backend_params){.socket = getenv("TEST_SOCKET"), .user = "root", .password = ""};
}

__attribute__((unused)) static struct backend_conn *
server_connect(void)
{
    const struct backend_params p = server_params();
    struct backend_conn *c = NULL;
    struct diag d = DIAG_INIT;
    if (!status_is_ok(backend_connect(&c, &p, &d))) {
        fail_msg("connect: %s", d.message);
    }
    return c;
}

/* Runs sql, fails the test with the server's text. */
static void
run(struct backend_conn *c, const char *sql)
{
    struct diag d = DIAG_INIT;
    if (!status_is_ok(backend_exec_str(c, sql, &d))) {
        fail_msg("%s: %u %s", sql, d.mysql_errno, d.message);
    }
}

/* First cell of the first row as text; "NULL" for NULL. */
static const char *
ask(struct backend_conn *c, const char *sql)
{
    static char answer[512];
    struct diag d = DIAG_INIT;
    struct backend_result *r = NULL;
    const struct slice *row = NULL;
    if (!status_is_ok(backend_query(c, slice_of_str(sql), BACKEND_STORE, &r, &d)) ||
        !status_is_ok(backend_result_next(r, &row, &d))) {
        fail_msg("%s: %u %s", sql, d.mysql_errno, d.message);
    }
    if (!row) {
        snprintf(answer, sizeof(answer), "no row");
    } else if (slice_is_null(row[0])) {
        snprintf(answer, sizeof(answer), "NULL");
    } else {
        snprintf(answer, sizeof(answer), "%.*s", SLICE_ARG(row[0]));
    }
    backend_result_free(r);
    return answer;
}
