/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/scratch/definition_priv.h"
#include "proxy/scratch/script_priv.h"

struct status
scratch_temp_create(struct scratch_session *ss, struct slice db, struct slice table, unsigned flags,
                    struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf create = BUF_INIT;
    CLEANUP(scratch_script_deinit) struct scratch_script script;
    bool plain;
    const struct scratch_definition_want want = {db, table, db, SCRATCH_FOR_TEMPORARY, flags};
    TRY(scratch_definition_print(ss->scratch, &want, &create, &plain, d));
    scratch_script_init(&script, ss, plain);
    scratch_script_create(&script, buf_slice(&create));
    return scratch_script_run(&script, d);
}

struct status
scratch_temp_drop(struct scratch_session *ss, struct slice db, struct slice table, struct diag *d)
{
    CLEANUP(scratch_script_deinit) struct scratch_script script;
    scratch_script_init(&script, ss, scratch_script_is_plain(db) && scratch_script_is_plain(table));
    buf_append_str(&script.sql, "DROP TEMPORARY TABLE IF EXISTS ");
    scratch_quote(&script.sql, db);
    buf_append_u8(&script.sql, '.');
    scratch_quote(&script.sql, table);
    buf_append_u8(&script.sql, ';');
    return scratch_script_run(&script, d);
}
