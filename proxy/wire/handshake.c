/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/handshake.h"

#include <string.h>

#include "proxy/wire/compress.h"
#include "proxy/wire/lenenc.h"
#include "proxy/wire/protocol.h"

uint64_t
handshake_caps_all(void)
{
    uint64_t caps = CLIENT_LONG_PASSWORD | CLIENT_FOUND_ROWS | CLIENT_LONG_FLAG |
                    CLIENT_CONNECT_WITH_DB | CLIENT_NO_SCHEMA | CLIENT_COMPRESS | CLIENT_ODBC |
                    CLIENT_LOCAL_FILES | CLIENT_IGNORE_SPACE | CLIENT_PROTOCOL_41 |
                    CLIENT_INTERACTIVE | CLIENT_SSL | CLIENT_IGNORE_SIGPIPE | CLIENT_TRANSACTIONS |
                    CLIENT_RESERVED | CLIENT_SECURE_CONNECTION | CLIENT_MULTI_STATEMENTS |
                    CLIENT_MULTI_RESULTS | CLIENT_PS_MULTI_RESULTS | CLIENT_PLUGIN_AUTH |
                    CLIENT_CONNECT_ATTRS | CLIENT_PLUGIN_AUTH_LENENC | CLIENT_CAN_HANDLE_EXPIRED |
                    CLIENT_SESSION_TRACK | CLIENT_DEPRECATE_EOF | CLIENT_OPTIONAL_METADATA |
                    CLIENT_QUERY_ATTRIBUTES;
    return caps | (compress_zstd() ? CLIENT_ZSTD : 0);
}

void
handshake_greeting_write(const struct handshake_greeting *g, struct buf *out)
{
    const bool mariadb = (g->caps & CLIENT_LONG_PASSWORD) == 0;
    buf_append_u8(out, 10);
    buf_append_slice(out, g->version);
    buf_append_u8(out, 0);
    buf_append_le32(out, g->connection_id);
    buf_append(out, g->scramble, 8);
    buf_append_u8(out, 0);
    buf_append_le16(out, (uint16_t) g->caps);
    buf_append_u8(out, g->collation);
    buf_append_le16(out, g->status);
    buf_append_le16(out, (uint16_t) (g->caps >> 16));
    buf_append_u8(out, AUTHHASH_SCRAMBLE + 1);
    buf_append(out, (const uint8_t[6]){0}, 6);
    buf_append_le32(out, mariadb ? (uint32_t) (g->caps >> 32) : 0);
    buf_append(out, g->scramble + 8, AUTHHASH_SCRAMBLE - 8);
    buf_append_u8(out, 0);
    buf_append(out, g->plugin, strlen(g->plugin) + 1);
}

static struct slice
read_auth(struct lenenc_reader *r, uint64_t caps)
{
    if (caps & CLIENT_PLUGIN_AUTH_LENENC) {
        return lenenc_read_string(r);
    }
    if (caps & CLIENT_SECURE_CONNECTION) {
        return lenenc_read_bytes(r, lenenc_read_u8(r));
    }
    return lenenc_read_nul(r);
}

/* Key/value pairs: the whole block must be well-formed. */
static struct slice
read_attrs(struct lenenc_reader *r)
{
    const struct slice block = lenenc_read_string(r);
    struct lenenc_reader pairs = lenenc_reader_of(block);
    while (!lenenc_reader_at_end(&pairs)) {
        (void) lenenc_read_string(&pairs);
        (void) lenenc_read_string(&pairs);
    }
    r->failed |= pairs.failed;
    return block;
}

static void
read_tail(struct lenenc_reader *r, struct handshake_response *out)
{
    if (out->caps & CLIENT_PLUGIN_AUTH && !lenenc_reader_at_end(r)) {
        out->plugin = lenenc_read_nul_or_rest(r);
    }
    if (out->caps & CLIENT_CONNECT_ATTRS && !lenenc_reader_at_end(r)) {
        out->attrs = read_attrs(r);
    }
}

bool
handshake_response_read(struct slice packet, uint64_t offered, struct handshake_response *out)
{
    struct lenenc_reader r = lenenc_reader_of(packet);
    *out = (struct handshake_response){0};
    out->caps = lenenc_read_u32(&r);
    out->max_packet = lenenc_read_u32(&r);
    out->collation = lenenc_read_u8(&r);
    (void) lenenc_read_bytes(&r, 19);
    const uint32_t extended = lenenc_read_u32(&r);
    if ((out->caps & CLIENT_LONG_PASSWORD) == 0 && (offered & CLIENT_LONG_PASSWORD) == 0) {
        out->caps |= (uint64_t) extended << 32;
    }
    out->caps &= offered | CLIENT_LONG_PASSWORD;
    if (!lenenc_reader_ok(&r) || (out->caps & CLIENT_PROTOCOL_41) == 0) {
        return false;
    }
    if (packet.len == HANDSHAKE_SSL_REQUEST_LEN) {
        out->is_ssl_request = true;
        return (out->caps & CLIENT_SSL) != 0;
    }
    out->user = lenenc_read_nul(&r);
    out->auth = read_auth(&r, out->caps);
    /* some clients set the bit and send nothing */
    if (out->caps & CLIENT_CONNECT_WITH_DB && !lenenc_reader_at_end(&r)) {
        out->db = lenenc_read_nul_or_rest(&r);
    }
    read_tail(&r, out);
    if (out->caps & CLIENT_ZSTD && !lenenc_reader_at_end(&r)) {
        out->zstd_level = lenenc_read_u8(&r);
    }
    return lenenc_reader_ok(&r);
}

bool
handshake_change_user_read(struct slice packet, uint64_t caps, struct handshake_response *out)
{
    struct lenenc_reader r = lenenc_reader_of(packet);
    *out = (struct handshake_response){.caps = caps};
    out->user = lenenc_read_nul(&r);
    out->auth = caps & CLIENT_SECURE_CONNECTION ? lenenc_read_bytes(&r, lenenc_read_u8(&r))
                                                : lenenc_read_nul(&r);
    out->db = lenenc_read_nul_or_rest(&r);
    if (!lenenc_reader_at_end(&r)) {
        out->collation = lenenc_read_u16(&r);
        read_tail(&r, out);
    }
    return lenenc_reader_ok(&r);
}
