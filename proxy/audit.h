/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit log: what was decided about exposure and keys, one line of JSON each, as a chain. Behind each
 * line, after a tab, stands HMAC-SHA256 of the code before it and the line, under a key derived from
 * the master key: no line can be changed, left out or put in without it. That the end was cut off does
 * not show; whoever must know keeps the last code elsewhere.
 *
 * Lines hold names of columns and accounts, never values. Written through to the disk before
 * audit_write returns. Threads: any.
 */
#pragma once

#include "base/cleanup.h"
#include "base/diag.h"
#include "crypto/master.h"

struct audit;

/* Makes the file, or goes on behind its last line. AUTHENTICITY: the chain in it is broken. */
STATUS audit_open(struct audit **out, const char *path, const struct master *m, struct diag *d);
struct audit *audit_close(struct audit *a); /* NULL is fine; returns NULL */
CLEANUP_DEFINE(struct audit *, audit_close)
/* event: a word; the text is quoted as needed. a may be NULL: nothing is written. */
void audit_write(struct audit *a, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* *n_lines that are in order; AUTHENTICITY names the first that is not. */
STATUS audit_verify(const char *path, const struct master *m, uint64_t *n_lines, struct diag *d);
