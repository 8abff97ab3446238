/* SPDX-License-Identifier: Apache-2.0 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
diag_clear(struct diag *d)
{
    *d = (struct diag) DIAG_INIT;
}

static void
set(struct diag *d, enum status_code code, unsigned number, const char *state, const char *fmt,
    va_list ap)
{
    d->code = code;
    d->mysql_errno = number;
    snprintf(d->sqlstate, sizeof d->sqlstate, "%s", state);
    vsnprintf(d->message, sizeof d->message, fmt, ap);
}

void
diag_set(struct diag *d, enum status_code code, const char *fmt, ...)
{
    if (d == NULL || d->code != STATUS_OK) {
        return;
    }
    const struct status_info *info = status_info_get(code);
    va_list ap;
    va_start(ap, fmt);
    set(d, code, info->mysql_errno ? info->mysql_errno : 1105, info->sqlstate, fmt, ap);
    va_end(ap);
}

void
diag_set_sql(struct diag *d, enum status_code code, unsigned mysql_errno, const char *sqlstate,
             const char *fmt, ...)
{
    if (d == NULL || d->code != STATUS_OK) {
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    set(d, code, mysql_errno, sqlstate, fmt, ap);
    va_end(ap);
}

void
diag_complete(struct diag *d, struct status s)
{
    if (d->code == STATUS_OK && s.code != STATUS_OK) {
        diag_set(d, s.code, "%s", status_info_get(s.code)->text);
    }
}
