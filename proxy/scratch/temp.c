/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/scratch/definition_priv.h"
#include "proxy/scratch/session_priv.h"

struct status
scratch_temp_create(struct scratch_session *ss, struct slice db, struct slice table, unsigned flags,
                    struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    scratch_script_begin(ss, &sql);
    TRY(scratch_definition_print(ss->scratch, db, table, db, SCRATCH_FOR_TEMPORARY, flags, &sql,
                                 d));
    buf_append_u8(&sql, ';');
    return scratch_script_run(ss, &sql, d);
}

struct status
scratch_temp_drop(struct scratch_session *ss, struct slice db, struct slice table, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf sql = BUF_INIT;
    scratch_script_begin(ss, &sql);
    buf_append_str(&sql, "DROP TEMPORARY TABLE IF EXISTS ");
    scratch_quote(&sql, db);
    buf_append_u8(&sql, '.');
    scratch_quote(&sql, table);
    buf_append_u8(&sql, ';');
    return scratch_script_run(ss, &sql, d);
}
