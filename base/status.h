/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error system. A function that can fail returns `STATUS`; the struct (not an enum) makes
 * `return f();` from an int function a compile error, and the attribute makes ignoring it one.
 * The text that a client or an operator reads goes into a `struct diag` (diag.h).
 */
#pragma once

#include <stdbool.h>

enum status_code {
#define STATUS_DEF(name, number, class, err, state, text, remedy) STATUS_##name = (number),
#include "base/status.def"
#undef STATUS_DEF
};

enum status_class {
    STATUS_CLASS_NONE,
    STATUS_CLASS_CLIENT,
    STATUS_CLASS_POLICY,
    STATUS_CLASS_UPSTREAM,
    STATUS_CLASS_CRYPTO,
    STATUS_CLASS_RESOURCE,
    STATUS_CLASS_BUG,
};

struct status {
    enum status_code code;
};

/* One row of status.def. */
struct status_info {
    enum status_code code;
    enum status_class class_;
    unsigned mysql_errno; /* 0: taken from the diag */
    const char *sqlstate;
    const char *name, *text, *remedy;
};

#define STATUS __attribute__((warn_unused_result)) struct status
#define OK     ((struct status){STATUS_OK})

static inline bool
status_is_ok(struct status s)
{
    return s.code == STATUS_OK;
}

/* Never NULL: an unknown code gives the row of STATUS_BUG. */
const struct status_info *status_info_get(enum status_code code);

/* Row i of status.def in order, or NULL past the end; for docs generators and tests. */
const struct status_info *status_info_at(unsigned i);

/* Notes file:line in the per-thread trace ring and returns `code` as a status. */
struct status status_raise(enum status_code code, const char *file, int line);
void status_trace_note(const char *file, int line);
/* Writes the ring, newest last, as "file:line file:line …"; for logs of class BUG. */
void status_trace_print(char *out, unsigned len);

/* Forward a failure unchanged. */
#define TRY(expr)                                                 \
    do {                                                          \
        struct status try_status_ = (expr);                       \
        if (__builtin_expect(try_status_.code != STATUS_OK, 0)) { \
            status_trace_note(__FILE__, __LINE__);                \
            return try_status_;                                   \
        }                                                         \
    } while (0)

/* Fail without text of its own. */
#define RAISE(name) return status_raise(STATUS_##name, __FILE__, __LINE__)

/* Fail with text: FAIL(d, UNSUPPORTED, "LIKE needs the search onion of %s", name). `d` may be NULL. */
#define FAIL(d, name, ...)                                      \
    do {                                                        \
        diag_set((d), STATUS_##name, __VA_ARGS__);              \
        return status_raise(STATUS_##name, __FILE__, __LINE__); \
    } while (0)
