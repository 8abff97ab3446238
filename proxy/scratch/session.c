/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "proxy/scratch/session_priv.h"

static struct status
set_names(struct scratch_session *ss, const struct scratch_session_options *options, struct diag *d)
{
    if (!options || !options->charset) {
        return OK;
    }
    buf_printf(&ss->set_names, "SET NAMES '%s'", options->charset);
    if (options->collation) {
        buf_printf(&ss->set_names, " COLLATE '%s'", options->collation);
    }
    TRY(buf_status(&ss->set_names));
    return backend_exec(ss->conn, buf_slice(&ss->set_names), NULL, d);
}

struct status
scratch_session_open(struct scratch *s, const struct scratch_session_options *options,
                     struct scratch_session **out, struct diag *d)
{
    CLEANUP(scratch_session_close_cleanup) struct scratch_session *ss = calloc(1, sizeof(*ss));
    if (!ss) {
        RAISE(NO_MEMORY);
    }
    ss->scratch = s;
    ss->pool = options && options->user ? NULL : s->pools[options && options->found_rows];
    TRY(scratch_await(s, d));
    ss->generation = scratch_generation(s);
    if (ss->pool) {
        TRY(backend_pool_take(ss->pool, s->start_timeout_ms, &ss->conn, d));
    } else {
        TRY(scratch_connect_as(s, options->user, options->password, &ss->conn, d));
    }
    TRY(set_names(ss, options, d));
    *out = STEAL(ss);
    return OK;
}

struct scratch_session *
scratch_session_close(struct scratch_session *ss)
{
    if (ss) {
        scratch_work_drop_all(ss);
        if (!ss->pool) {
            backend_close(ss->conn);
        } else if (scratch_session_is_lost(ss)) {
            backend_pool_discard(ss->pool, ss->conn);
        } else {
            backend_pool_give(ss->pool, ss->conn);
        }
        buf_deinit(&ss->set_names);
        free(ss);
    }
    return NULL;
}

struct backend_conn *
scratch_session_conn(struct scratch_session *ss)
{
    return ss->conn;
}

bool
scratch_session_is_lost(struct scratch_session *ss)
{
    return !ss->conn || backend_is_lost(ss->conn) ||
           ss->generation != scratch_generation(ss->scratch);
}

struct status
scratch_session_reset(struct scratch_session *ss, struct diag *d)
{
    scratch_work_drop_all(ss);
    TRY(backend_reset(ss->conn, d));
    return ss->set_names.len ? backend_exec(ss->conn, buf_slice(&ss->set_names), NULL, d) : OK;
}

struct status
scratch_session_cancel(struct scratch *s, uint64_t thread_id, struct diag *d)
{
    return backend_kill(&s->admin_params, thread_id, BACKEND_KILL_QUERY, d);
}
