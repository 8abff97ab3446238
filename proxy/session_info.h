/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the wire side and the executor both know about a client session. The session owns it; whoever
 * runs the session (one worker at a time) may read and write it. Only the atomic members may be
 * touched by other threads.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#define SESSION_NAME_MAX 256 /* bytes of a user or database name: 64 characters of 4 bytes */

/* Server status bits, sent with every OK and EOF. */
#define SESSION_STATUS_IN_TRANS             0x0001u
#define SESSION_STATUS_AUTOCOMMIT           0x0002u
#define SESSION_STATUS_NO_BACKSLASH_ESCAPES 0x0200u
#define SESSION_STATUS_IN_TRANS_READONLY    0x2000u

struct session_table;
struct session_info;
struct result_writer;
struct wire_column;
struct diag;

enum session_kill {
    SESSION_KILL_NONE,
    SESSION_KILL_QUERY,
    SESSION_KILL_CONNECTION
};

/* What the executor asks of the process: statements about sessions, not about data. */
struct session_services {
    /* SHOW PROCESSLIST into n columns (Id, User, Host, db, Command, Time, State, Info, …);
     * flags: RESULT_*. */
    STATUS(*show)
    (const struct session_info *by, const struct wire_column *cols, size_t n, uint16_t flags,
     struct result_writer *w);
    /* KILL [QUERY] id; MySQL's errors 1094, 1095, and 1317 for the session itself. */
    STATUS(*kill)
    (struct session_info *by, uint64_t id, enum session_kill kind, struct diag *d);
};

/* A typed value from the client: a statement parameter or a query attribute. */
struct exec_param {
    uint8_t type; /* MYSQL_TYPE_* as the client sent it */
    bool is_unsigned;
    bool is_null;
    bool is_default;   /* MariaDB bulk: use the column's default */
    struct slice data; /* binary-protocol bytes without length prefix, see wire/result.h */
    struct slice name; /* of a query attribute, or NULL */
};

struct session_info {
    uint64_t id; /* CONNECTION_ID() */
    char user[SESSION_NAME_MAX + 1];
    char host[64];                 /* address of the client, "localhost" on the unix socket */
    char db[SESSION_NAME_MAX + 1]; /* "" : none; change it with session_info_set_db */
    bool is_local, is_tls, is_admin;
    /* CURRENT_USER(): the account that let the client in; its rights are what the session has */
    char account_user[SESSION_NAME_MAX + 1], account_host[SESSION_NAME_MAX + 1];
    char tls_cipher[64], tls_version[16]; /* "" without TLS */
    bool is_restricted;                   /* the account has not all rights on everything */

    uint64_t caps;      /* negotiated CLIENT_*, see wire/protocol.h */
    uint16_t collation; /* id from the handshake: character_set_client and friends start here */

    uint16_t status; /* SESSION_STATUS_*; the executor keeps it current */
    uint64_t last_insert_id;
    uint16_t warning_count;
    bool multi_statements; /* COM_SET_OPTION changes it */
    bool no_metadata;      /* resultset_metadata = NONE; needs CLIENT_OPTIONAL_METADATA */
    bool is_pinned;        /* holds locks that others may wait for: its commands never queue */

    struct buf attrs; /* connection attributes as sent: lenenc key, lenenc value, ... */
    const struct exec_param *query_attrs; /* of the current command */
    size_t n_query_attrs;

    struct session_table *sessions;          /* all of the process: SHOW PROCESSLIST, KILL */
    const struct session_services *services; /* NULL in tests without a server */
    struct buf track;                        /* pending session-state entries, in wire form */

    _Atomic int kill; /* enum session_kill; the executor clears KILL_QUERY at statement start */
    _Atomic uint32_t wait_timeout_s; /* idle limit of this session; SET wait_timeout changes it */
};

void session_info_init(struct session_info *info);
void session_info_deinit(struct session_info *info);

struct slice session_info_db(const struct session_info *info); /* NULL slice: none */
/* Records the change for session tracking. A NULL slice clears. LIMIT when the name is too long. */
STATUS session_info_set_db(struct session_info *info, struct slice db);

/* Connection attribute by position; false past the end. */
bool session_info_attr(const struct session_info *info, size_t i, struct slice *name,
                       struct slice *value);

/* Session tracking (sent with the next OK when the client asked for it). */
void session_info_track_variable(struct session_info *info, struct slice name, struct slice value);
void session_info_track_state_change(struct session_info *info);
