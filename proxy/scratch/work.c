/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "proxy/scratch/definition_priv.h"
#include "proxy/scratch/session_priv.h"

static struct status
aux_exec(struct scratch *s, struct buf *sql, struct diag *d)
{
    struct backend_conn *c;
    TRY(buf_status(sql));
    TRY(scratch_aux_take(s, &c, d));
    const struct status st = backend_exec(c, buf_slice(sql), NULL, d);
    scratch_aux_give(s, c);
    return st;
}

static struct scratch_work *
find_work(struct scratch_session *ss, struct slice db)
{
    struct scratch_work *w = ss->works;
    while (w && !slice_equal(buf_slice(&w->db), db)) {
        w = w->next;
    }
    return w;
}

static void
work_free(struct scratch_work *w)
{
    if (w) {
        buf_deinit(&w->db);
        buf_deinit(&w->name);
        free(w);
    }
}
CLEANUP_DEFINE(struct scratch_work *, work_free)

/* Same defaults as the database that it stands for: they decide implicit character sets. */
static struct status
create_schema(struct scratch_session *ss, struct scratch_work *w, struct diag *d)
{
    struct backend_conn *c;
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row;
    buf_append_str(&sql, "SELECT default_character_set_name, default_collation_name FROM"
                         " information_schema.schemata WHERE schema_name = X'");
    buf_append_hex(&sql, buf_slice(&w->db));
    buf_append_str(&sql, "'");
    TRY(buf_status(&sql));
    TRY(scratch_aux_take(ss->scratch, &c, d));
    struct status st = backend_query(c, buf_slice(&sql), BACKEND_STORE, &r, d);
    if (status_is_ok(st)) {
        st = backend_result_next(r, &row, d);
    }
    if (status_is_ok(st)) {
        buf_clear(&sql);
        buf_append_str(&sql, "CREATE DATABASE ");
        scratch_quote(&sql, buf_slice(&w->name));
        if (row) {
            buf_printf(&sql, " CHARACTER SET '%.*s' COLLATE '%.*s'", SLICE_ARG(row[0]),
                       SLICE_ARG(row[1]));
        }
        st = buf_status(&sql);
    }
    if (status_is_ok(st)) {
        st = backend_exec(c, buf_slice(&sql), NULL, d);
    }
    scratch_aux_give(ss->scratch, c);
    return st;
}

struct status
scratch_work_schema(struct scratch_session *ss, struct slice db, struct slice *name, struct diag *d)
{
    const struct scratch_work *found = find_work(ss, db);
    if (found) {
        *name = buf_slice(&found->name);
        return OK;
    }
    CLEANUP(work_free_cleanup) struct scratch_work *w = calloc(1, sizeof(*w));
    char random[33];
    if (!w) {
        RAISE(NO_MEMORY);
    }
    TRY(scratch_random_hex(random, 16)); /* not to be guessed by other sessions' clients */
    buf_append_slice(&w->db, db);
    buf_printf(&w->name, SCRATCH_WORK_PREFIX "%s", random);
    TRY(buf_status(&w->db));
    TRY(buf_status(&w->name));
    TRY(create_schema(ss, w, d));
    w->next = ss->works;
    ss->works = w;
    *name = buf_slice(&w->name);
    w = NULL;
    return OK;
}

struct status
scratch_work_create(struct scratch_session *ss, struct slice db, struct slice table, unsigned flags,
                    struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct slice name;
    bool plain; /* no matter: our own connection is neutral */
    TRY(scratch_work_schema(ss, db, &name, d));
    const struct scratch_definition_want want = {db, table, name, SCRATCH_FOR_WORK, flags};
    TRY(scratch_definition_print(ss->scratch, &want, &sql, &plain, d));
    return aux_exec(ss->scratch, &sql, d);
}

struct status
scratch_work_drop(struct scratch_session *ss, struct slice db, struct slice table, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    struct slice name;
    TRY(scratch_work_schema(ss, db, &name, d));
    buf_append_str(&sql, "DROP TABLE IF EXISTS ");
    scratch_quote(&sql, name);
    buf_append_u8(&sql, '.');
    scratch_quote(&sql, table);
    return aux_exec(ss->scratch, &sql, d);
}

struct status
scratch_work_exec(struct scratch_session *ss, struct slice sql, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf copy = BUF_INIT;
    buf_append_slice(&copy, sql);
    return aux_exec(ss->scratch, &copy, d);
}

void
scratch_work_drop_all(struct scratch_session *ss)
{
    while (ss->works) {
        struct scratch_work *w = ss->works;
        CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
        ss->works = w->next;
        if (!scratch_session_is_lost(ss)) {
            buf_append_str(&sql, "DROP DATABASE IF EXISTS ");
            scratch_quote(&sql, buf_slice(&w->name));
            struct status ignored = aux_exec(ss->scratch, &sql, NULL);
            (void) ignored;
        }
        work_free(w);
    }
}
