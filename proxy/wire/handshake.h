/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connection phase messages: the greeting (protocol 10), its response, and COM_CHANGE_USER.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "proxy/wire/authhash.h"

#define HANDSHAKE_SSL_REQUEST_LEN 32

struct handshake_greeting {
    struct slice version;
    uint32_t connection_id;
    const uint8_t *scramble; /* AUTHHASH_SCRAMBLE bytes */
    uint64_t caps;           /* with CLIENT_LONG_PASSWORD clear, bits above 32 are MariaDB's */
    uint8_t collation;
    uint16_t status;
    const char *plugin;
};

/* Everything that this proxy can speak; the listener takes away what is switched off. */
uint64_t handshake_caps_all(void);
void handshake_greeting_write(const struct handshake_greeting *g, struct buf *out);

struct handshake_response {
    uint64_t caps;
    uint32_t max_packet;
    uint16_t collation;
    bool is_ssl_request;                        /* only the members above are set */
    struct slice user, auth, db, plugin, attrs; /* NULL where absent */
    uint8_t zstd_level;
};

/* Borrowed from the packet. `offered` masks the client's bits. False: malformed or too old. */
bool handshake_response_read(struct slice packet, uint64_t offered, struct handshake_response *r);
/* COM_CHANGE_USER without its command byte; caps are the session's. */
bool handshake_change_user_read(struct slice packet, uint64_t caps, struct handshake_response *r);
