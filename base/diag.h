/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text side of a failure: what the client's ERR packet says. One diag lives per statement; the
 * first failure wins (a clean-up that fails later does not hide the cause). Owned by the caller,
 * fixed size, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct diag {
    enum status_code code; /* STATUS_OK while empty */
    unsigned mysql_errno;
    char sqlstate[6];
    char message[512];
};

#define DIAG_INIT         \
    {                     \
        .code = STATUS_OK \
    }

void diag_clear(struct diag *d);

/* Errno and SQLSTATE come from status.def. No effect when d is NULL or already set. */
void diag_set(struct diag *d, enum status_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An error with MySQL's own number and text, from a server or imitated exactly. */
void diag_set_sql(struct diag *d, enum status_code code, unsigned mysql_errno, const char *sqlstate,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Fills an empty diag from a bare status, so that every failure has a text. */
void diag_complete(struct diag *d, struct status s);

/* FAIL with MySQL's own number: FAIL_SQL(d, 1146, "42S02", "Table '%s.%s' doesn't exist", db, t). */
#define FAIL_SQL(d, number, state, ...)                                \
    do {                                                               \
        diag_set_sql((d), STATUS_SQL, (number), (state), __VA_ARGS__); \
        return status_raise(STATUS_SQL, __FILE__, __LINE__);           \
    } while (0)
