/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COM_STMT_BULK_EXECUTE, which MariaDB's connectors use for batches: one prepared statement, many rows
 * of parameters, one answer. As in MariaDB it is one unit: a failing row undoes the others. Here each
 * row is an execution, between START TRANSACTION and COMMIT, or inside a savepoint of the client's
 * transaction.
 * https://mariadb.com/kb/en/com_stmt_bulk_execute/
 */
#include "base/mem.h"
#include "proxy/exec/exec.h"
#include "proxy/session.h"
#include "proxy/wire/command.h"
#include "proxy/wire/discard.h"
#include "proxy/wire/lenenc.h"
#include "proxy/wire/message.h"
#include "proxy/wire/prepared.h"

#define FLAG_UNIT_RESULTS 64
#define FLAG_TYPES        128
#define FLAG_UNSIGNED     0x80
#define SAVEPOINT         "allium_bulk"

enum indicator {
    INDICATOR_NONE,
    INDICATOR_NULL,
    INDICATOR_DEFAULT,
    INDICATOR_IGNORE
};

/* Runs a statement of our own. */
static struct status
own(struct session *s, struct slice sql, struct diag *d)
{
    struct discard sink;
    discard_init(&sink, false);
    return exec_query(s->exec, sql, &sink.writer, d);
}

static void
read_types(struct lenenc_reader *r, struct prepared *p)
{
    for (size_t i = 0; i < p->n_params; i++) {
        const uint16_t type = lenenc_read_u16(r);
        p->params[i].type = (uint8_t) type;
        p->params[i].is_unsigned = (type >> 8 & FLAG_UNSIGNED) != 0;
    }
    p->has_types = lenenc_reader_ok(r);
}

static struct status
read_row(struct lenenc_reader *r, const struct prepared *p, struct exec_param *row, struct diag *d)
{
    for (size_t i = 0; i < p->n_params; i++) {
        const uint8_t indicator = lenenc_read_u8(r);
        row[i] = (struct exec_param){.type = p->params[i].type,
                                     .is_unsigned = p->params[i].is_unsigned,
                                     .is_null = indicator == INDICATOR_NULL};
        if (indicator == INDICATOR_NONE) {
            row[i].data = command_value_read(r, row[i].type);
        } else if (indicator == INDICATOR_DEFAULT || indicator == INDICATOR_IGNORE) {
            FAIL(d, UNSUPPORTED, "a bulk execute with DEFAULT or IGNORE for a parameter");
        } else if (indicator != INDICATOR_NULL) {
            r->failed = true;
        }
    }
    if (!lenenc_reader_ok(r)) {
        FAIL_SQL(d, 1210, "HY000", "Incorrect arguments to mysqld_stmt_bulk_execute");
    }
    return OK;
}

static struct status
run_rows(struct session *s, struct prepared *p, struct lenenc_reader *r, struct discard *sink,
         struct diag *d)
{
    struct exec_param *row = arena_array(s->arena, struct exec_param, p->n_params);
    TRY(arena_status(s->arena));
    while (!lenenc_reader_at_end(r)) {
        TRY(read_row(r, p, row, d));
        TRY(exec_execute(s->exec, p->id, row, p->n_params, &sink->writer, d));
        if (sink->has_rows) {
            FAIL_SQL(d, 1295, "HY000",
                     "This command is not supported in the prepared statement protocol yet");
        }
        if (s->info.kill != SESSION_KILL_NONE) {
            FAIL_SQL(d, 1317, "70100", "Query execution was interrupted");
        }
    }
    return OK;
}

/* The unit around the rows. A failure to undo ends the session: nobody knows what was stored. */
static struct status
run_unit(struct session *s, struct prepared *p, struct lenenc_reader *r, struct discard *sink,
         struct diag *d)
{
    const bool nested = (s->info.status & SESSION_STATUS_IN_TRANS) != 0 ||
                        (s->info.status & SESSION_STATUS_AUTOCOMMIT) == 0;
    struct diag ignored = DIAG_INIT;
    TRY(own(s, nested ? SLICE("SAVEPOINT " SAVEPOINT) : SLICE("START TRANSACTION"), d));
    const struct status st = run_rows(s, p, r, sink, d);
    if (status_is_ok(st)) {
        return own(s, nested ? SLICE("RELEASE SAVEPOINT " SAVEPOINT) : SLICE("COMMIT"), d);
    }
    if ((s->info.status & SESSION_STATUS_IN_TRANS) == 0) {
        return st; /* a deadlock, say, has undone everything already */
    }
    const struct status undone =
        own(s, nested ? SLICE("ROLLBACK TO SAVEPOINT " SAVEPOINT) : SLICE("ROLLBACK"), &ignored);
    if (!status_is_ok(undone)) {
        s->info.kill = SESSION_KILL_CONNECTION;
    }
    return st;
}

struct status
session_bulk_execute(struct session *s, struct prepared *p, struct slice body, struct diag *d)
{
    struct lenenc_reader r = lenenc_reader_of(body);
    struct discard sink;
    const uint16_t flags = lenenc_read_u16(&r);
    if (flags & FLAG_TYPES) {
        read_types(&r, p);
    }
    if (!lenenc_reader_ok(&r) || flags & FLAG_UNIT_RESULTS || !p->has_types || p->n_params == 0 ||
        r.rest.len == 0) {
        FAIL_SQL(d, 1210, "HY000", "Incorrect arguments to mysqld_stmt_bulk_execute");
    }
    discard_init(&sink, true);
    TRY(run_unit(s, p, &r, &sink, d));
    message_ok_write(wire_channel_begin(&s->ch), &s->info, &sink.sum);
    wire_channel_end(&s->ch);
    return OK;
}
