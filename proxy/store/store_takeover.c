/* SPDX-License-Identifier: Apache-2.0 */
/* Databases that were there before Allium, and empty. Those with tables stay the administrator's. */
#include "base/log.h"
#include "proxy/store/ddl_priv.h"
#include "proxy/store/query.h"

static struct status
take_over(struct store *s, const struct query_rows *rows, size_t i, struct scratch_session *session,
          struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    const struct slice name = query_cell(rows, i, 0);
    buf_append_str(&sql, "CREATE DATABASE IF NOT EXISTS ");
    query_name(&sql, name);
    buf_printf(&sql, " CHARACTER SET %.*s COLLATE %.*s", SLICE_ARG(query_cell(rows, i, 1)),
               SLICE_ARG(query_cell(rows, i, 2)));
    TRY(buf_status(&sql));
    const struct ddl_name names[] = {{.db = name}};
    const struct ddl_request req = {.kind = DDL_CREATE_DATABASE,
                                    .text = buf_slice(&sql),
                                    .names = names,
                                    .n_names = 1,
                                    .session = session};
    TRY(ddl_execute_locked(s, &req, NULL, d));
    log_info(&log_process, "store.takeover", "database '%.*s' was there, empty", SLICE_ARG(name));
    return OK;
}

struct status
store_take_over(struct store *s, struct diag *d)
{
    CLEANUP(arena_free_cleanup) struct arena *a = arena_create(0);
    CLEANUP(scratch_session_close_cleanup) struct scratch_session *session = NULL;
    struct query_rows rows;
    if (!a) {
        RAISE(NO_MEMORY);
    }
    TRY(query_rows(s->conn, a,
                   SLICE("SELECT schema_name, default_character_set_name, default_collation_name"
                         " FROM information_schema.schemata AS s WHERE schema_name NOT IN"
                         " ('information_schema', 'performance_schema', 'mysql', 'sys', "
                         "'" STORE_SCHEMA "') AND NOT EXISTS (SELECT 1 FROM"
                         " information_schema.tables AS t WHERE t.table_schema = s.schema_name)"),
                   &rows, d));
    if (rows.n) {
        TRY(scratch_session_open(s->config.scratch, NULL, &session, d));
    }
    for (size_t i = 0; i < rows.n; i++) {
        TRY(take_over(s, &rows, i, session, d));
    }
    return OK;
}
