/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads are text INSERTs of many rows, cut into packets; a small one travels in one packet together
 * with the saving and restoring of the session's state, so it costs one round trip.
 */
#include "proxy/scratch/definition_priv.h"
#include "proxy/scratch/session_priv.h"

#define BATCH_BYTES (1u << 20)

static void
append_head(const struct scratch_load *load, struct buf *sql)
{
    buf_append_str(sql, "INSERT INTO ");
    scratch_quote(sql, load->db);
    buf_append_u8(sql, '.');
    scratch_quote(sql, load->table);
    buf_append_str(sql, " (");
    for (size_t i = 0; i < load->n_columns; i++) {
        if (i) {
            buf_append_u8(sql, ',');
        }
        scratch_quote(sql, load->columns[i]);
    }
    buf_append_str(sql, ") VALUES ");
}

/* Fills and flushes packets until the rows end; the last one is left in sql. */
static struct status
append_rows(struct scratch_session *ss, struct scratch_load *load, struct buf *sql, bool *sent,
            struct diag *d)
{
    bool open = false; /* a statement is under construction */
    for (;;) {
        bool done = false;
        const size_t before = sql->len;
        if (open) {
            buf_append_u8(sql, ',');
        } else {
            append_head(load, sql);
        }
        TRY(load->next_row(load->ctx, sql, &done, d));
        TRY(buf_status(sql));
        if (done) {
            buf_truncate(sql, before);
            if (open) {
                buf_append_u8(sql, ';');
            }
            return OK;
        }
        load->n_rows++;
        open = true;
        if (sql->len > BATCH_BYTES) {
            *sent = true;
            TRY(scratch_script_flush(ss, sql, d));
            open = false;
        }
    }
}

/* sql: begun, and perhaps holding statements to run first. */
static struct status
run_load(struct scratch_session *ss, struct scratch_load *load, struct buf *sql, struct diag *d)
{
    bool sent = false;
    load->n_rows = 0;
    const struct status st = append_rows(ss, load, sql, &sent, d);
    if (!status_is_ok(st)) {
        if (sent) {
            scratch_script_abort(ss); /* a second time does nothing */
        }
        return st;
    }
    return scratch_script_run(ss, sql, d);
}

struct status
scratch_load(struct scratch_session *ss, struct scratch_load *load, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    scratch_script_begin(ss, &sql);
    return run_load(ss, load, &sql, d);
}

struct status
scratch_load_temp(struct scratch_session *ss, unsigned flags, struct scratch_load *load,
                  struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    scratch_script_begin(ss, &sql);
    TRY(scratch_definition_print(ss->scratch, load->db, load->table, load->db,
                                 SCRATCH_FOR_TEMPORARY, flags, &sql, d));
    buf_append_u8(&sql, ';');
    return run_load(ss, load, &sql, d);
}
