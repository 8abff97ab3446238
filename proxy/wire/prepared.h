/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's prepared statement as the wire side sees it: how many parameters, their last types,
 * data sent ahead (COM_STMT_SEND_LONG_DATA), and an open cursor's rows. The statement itself is the
 * executor's. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/exec/exec.h"
#include "proxy/session_info.h"

struct prepared_param {
    uint8_t type;
    bool is_unsigned;
    bool has_long; /* `data` was sent ahead */
    struct buf data;
};

struct prepared {
    uint32_t id;
    uint16_t n_params;
    bool has_types;
    struct diag long_error; /* of COM_STMT_SEND_LONG_DATA, which has no answer of its own */
    struct prepared_param *params;
    struct buf cursor; /* rows as payloads, each behind its length (8 bytes) */
    size_t cursor_pos;
    bool has_cursor;
};

struct prepared *prepared_new(uint32_t id, uint16_t n_params);
struct prepared *prepared_free(struct prepared *p); /* NULL is fine; returns NULL */

/* limit: most bytes of one statement's long data. Remembers the failure for execute. */
void prepared_long_data(struct prepared *p, uint16_t index, struct slice data, size_t limit);
void prepared_drop_long(struct prepared *p); /* after an execution */
void prepared_reset(struct prepared *p);     /* COM_STMT_RESET: drops long data and the cursor */

struct prepared_values {
    struct exec_param *params; /* n_params of them */
    struct exec_param *attrs;  /* query attributes */
    size_t n_attrs;
};
/* COM_STMT_EXECUTE behind the fixed part. PROTOCOL, or an SQL error with its diag. */
STATUS prepared_values_read(struct prepared *p, struct slice body, uint8_t flags, uint64_t caps,
                            struct arena *a, struct prepared_values *out, struct diag *d);
/* Answer to COM_STMT_PREPARE. */
struct wire_channel;
void prepared_answer_write(struct wire_channel *ch, struct session_info *info,
                           const struct exec_prepared *p);
