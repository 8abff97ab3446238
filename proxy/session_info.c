/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/session_info.h"

#include "base/cleanup.h"
#include "base/mem.h"
#include "proxy/wire/lenenc.h"
#include "proxy/wire/protocol.h"

/* SESSION_TRACK_* entry types, protocol 4.1. */
enum {
    TRACK_VARIABLE = 0,
    TRACK_SCHEMA = 1,
    TRACK_STATE_CHANGE = 2
};

void
session_info_init(struct session_info *info)
{
    *info = (struct session_info){.status = SESSION_STATUS_AUTOCOMMIT};
    buf_init(&info->attrs);
    buf_init(&info->track);
}

void
session_info_deinit(struct session_info *info)
{
    buf_deinit(&info->attrs);
    buf_deinit(&info->track);
}

struct slice
session_info_db(const struct session_info *info)
{
    return info->db[0] ? slice_of_str(info->db) : SLICE_NULL;
}

static void
track_entry(struct session_info *info, uint8_t type, struct slice data)
{
    if ((info->caps & CLIENT_SESSION_TRACK) == 0) {
        return;
    }
    buf_append_u8(&info->track, type);
    lenenc_append_string(&info->track, data);
}

struct status
session_info_set_db(struct session_info *info, struct slice db)
{
    if (db.len > SESSION_NAME_MAX) {
        RAISE(LIMIT);
    }
    mem_copy(info->db, db.data, db.len);
    info->db[db.len] = '\0';
    CLEANUP(buf_deinit_cleanup) struct buf entry = BUF_INIT;
    lenenc_append_string(&entry, db);
    track_entry(info, TRACK_SCHEMA, buf_slice(&entry));
    return buf_status(&entry);
}

bool
session_info_attr(const struct session_info *info, size_t i, struct slice *name,
                  struct slice *value)
{
    struct lenenc_reader r = lenenc_reader_of(buf_slice(&info->attrs));
    for (;; i--) {
        if (lenenc_reader_at_end(&r)) {
            return false;
        }
        *name = lenenc_read_string(&r);
        *value = lenenc_read_string(&r);
        if (i == 0) {
            return lenenc_reader_ok(&r);
        }
    }
}

void
session_info_track_variable(struct session_info *info, struct slice name, struct slice value)
{
    CLEANUP(buf_deinit_cleanup) struct buf entry = BUF_INIT;
    lenenc_append_string(&entry, name);
    lenenc_append_string(&entry, value);
    track_entry(info, TRACK_VARIABLE, buf_slice(&entry));
}

void
session_info_track_state_change(struct session_info *info)
{
    CLEANUP(buf_deinit_cleanup) struct buf entry = BUF_INIT;
    lenenc_append_string(&entry, SLICE("1"));
    track_entry(info, TRACK_STATE_CHANGE, buf_slice(&entry));
}
