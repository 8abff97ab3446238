/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/message.h"

#include "proxy/wire/lenenc.h"
#include "proxy/wire/protocol.h"

static void
ok_write(struct buf *out, uint8_t header, struct session_info *info, const struct result_ok *ok)
{
    const bool tracks = (info->caps & CLIENT_SESSION_TRACK) != 0;
    const bool changed = tracks && info->track.len > 0;
    buf_append_u8(out, header);
    lenenc_append_int(out, ok->affected);
    lenenc_append_int(out, ok->insert_id);
    buf_append_le16(
        out, (uint16_t) (info->status | ok->flags | (changed ? SERVER_SESSION_STATE_CHANGED : 0)));
    buf_append_le16(out, ok->warnings);
    if (ok->info.len || changed) {
        lenenc_append_string(out, ok->info);
    }
    if (changed) {
        lenenc_append_string(out, buf_slice(&info->track));
    }
    buf_clear(&info->track);
}

void
message_ok_write(struct buf *out, struct session_info *info, const struct result_ok *ok)
{
    ok_write(out, WIRE_OK, info, ok);
}

void
message_end_write(struct buf *out, struct session_info *info, uint16_t flags, uint16_t warnings)
{
    if (info->caps & CLIENT_DEPRECATE_EOF) {
        const struct result_ok ok = {.flags = flags, .warnings = warnings};
        ok_write(out, WIRE_EOF, info, &ok);
        return;
    }
    buf_append_u8(out, WIRE_EOF);
    buf_append_le16(out, warnings);
    buf_append_le16(out, (uint16_t) (info->status | flags));
}

void
message_err_write(struct buf *out, const struct diag *d)
{
    buf_append_u8(out, WIRE_ERR);
    buf_append_le16(out, (uint16_t) d->mysql_errno);
    buf_append_str(out, "#");
    buf_append(out, d->sqlstate, 5);
    buf_append_str(out, d->message);
}
