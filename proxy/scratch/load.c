/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads are text INSERTs of many rows, cut into packets; a small one travels in one packet together
 * with the table's creation and the session settings, so it costs one round trip.
 */
#include "proxy/scratch/definition_priv.h"
#include "proxy/scratch/script_priv.h"

#define BATCH_BYTES (1u << 20)

static void
append_head(const struct scratch_load *load, struct scratch_script *script)
{
    scratch_script_insert(script);
    struct buf *sql = &script->sql;
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

static bool
names_are_plain(const struct scratch_load *load)
{
    bool plain = scratch_script_is_plain(load->db) && scratch_script_is_plain(load->table);
    for (size_t i = 0; i < load->n_columns && plain; i++) {
        plain = scratch_script_is_plain(load->columns[i]);
    }
    return plain;
}

/* Fills and sends packets until the rows end; the last one is left in the script. */
static struct status
append_rows(struct scratch_load *load, struct scratch_script *script, struct diag *d)
{
    struct buf *sql = &script->sql;
    bool open = false; /* a statement is under construction */
    for (;;) {
        bool done = false;
        const size_t before = sql->len;
        if (open) {
            buf_append_u8(sql, ',');
        } else {
            append_head(load, script);
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
            TRY(scratch_script_flush(script, d));
            open = false;
        }
    }
}

static struct status
run_load(struct scratch_load *load, struct scratch_script *script, struct diag *d)
{
    load->n_rows = 0;
    const struct status st = append_rows(load, script, d);
    if (!status_is_ok(st)) {
        scratch_script_abort(script); /* a second time does nothing */
        return st;
    }
    return scratch_script_run(script, d);
}

struct status
scratch_load(struct scratch_session *ss, struct scratch_load *load, struct diag *d)
{
    CLEANUP(scratch_script_deinit) struct scratch_script script;
    scratch_script_init(&script, ss, names_are_plain(load));
    return run_load(load, &script, d);
}

struct status
scratch_load_temp(struct scratch_session *ss, unsigned flags, struct scratch_load *load,
                  struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf create = BUF_INIT;
    CLEANUP(scratch_script_deinit) struct scratch_script script;
    bool plain;
    const struct scratch_definition_want want = {load->db, load->table, load->db,
                                                 SCRATCH_FOR_TEMPORARY, flags};
    TRY(scratch_definition_print(ss->scratch, &want, &create, &plain, d));
    scratch_script_init(&script, ss, plain && names_are_plain(load));
    scratch_script_create(&script, buf_slice(&create));
    return run_load(load, &script, d);
}
