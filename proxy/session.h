/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client connection. Owned by the event loop while it waits for bytes and by one worker from a
 * complete packet to its answer; `session_set_state` is the only writer of `state`. What survives a
 * partial read is in this struct, never on a stack.
 *
 * Threads: members are the owner's, except those marked (any), which are atomic or guarded by the
 * session table's lock.
 */
#pragma once

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "proxy/server.h"
#include "proxy/session_info.h"
#include "proxy/wire/auth.h"
#include "proxy/wire/channel.h"
#include "proxy/wire/handshake.h"

enum session_state {
#define SESSION_STATE(id, name, waits_for, next) SESSION_##id,
#include "proxy/session_states.def"
#undef SESSION_STATE
    SESSION_STATES
};

/* What the event loop does next. */
enum session_wait {
    SESSION_WAIT_READ,
    SESSION_WAIT_WRITE,
    SESSION_WAIT_TIME, /* until wake_us */
    SESSION_READY,     /* give it to a worker */
};

struct session {
    struct list in_table;       /* under the table's lock */
    struct list in_queue;       /* of the workers */
    struct list in_cancel;      /* of the background thread, under its lock */
    _Atomic bool is_cancelling; /* until the background thread is done (any) */
    struct server *server;
    struct settings *settings; /* a reference */
    _Atomic int state;         /* enum session_state (any) */
    _Atomic int64_t since_us;  /* when `state` was entered (any) */
    _Atomic int64_t login_us;  /* when the client connected, 0 after login (any) */
    _Atomic bool is_in_trans;  /* (any) */
    _Atomic bool is_timed_out; /* the watchdog cancelled the command (any) */
    _Atomic int command;       /* COM_* being run or last run (any) */
    struct session_info info;
    struct log_ctx log;
    struct wire_channel ch;
    uint64_t bytes_in_seen, bytes_out_seen; /* already added to the statistics */

    /* the packet to handle, or why there is none */
    struct slice packet;
    enum wire_next input;
    bool is_gone;    /* the peer closed */
    bool is_resting; /* idle for a while: a worker gives back what it holds */
    bool has_rested; /* and did so since the last command */

    /* login */
    bool is_admin_port, is_unix, expects_header;
    struct auth auth;
    bool has_auth;
    int64_t wake_us;                 /* when a refused login gets its answer */
    struct handshake_response hello; /* slices are dead after the packet */
    char pending_db[SESSION_NAME_MAX + 1];

    /* commands */
    struct exec *exec;          /* set once under the table's lock (any: exec_cancel) */
    struct exec_worker *worker; /* of the thread that runs the session */
    uint32_t last_prepared;
    struct map prepared; /* 4-byte id -> struct prepared */
    struct arena *arena;

    void *watch; /* the event loop's */
};

/* Takes the connected socket. NULL when out of memory (the socket is closed). */
struct session *session_new(struct server *sv, int fd, bool is_unix, bool is_admin_port,
                            const struct sockaddr_storage *peer);
/* Worker thread: the last act of a session; out of the table, executor ended, socket closed. */
void session_free(struct session *s);

/* Sends the greeting, or waits for the PROXY header first. Once, by the event loop. */
enum session_wait session_start(struct session *s);
/* Moves on with what the socket has; never blocks. By the owner. */
enum session_wait session_advance(struct session *s);
/* Nothing is buffered: only the socket can tell of more. TLS may hold bytes, so never for it. */
bool session_is_drained(const struct session *s);
/* Worker: handles `packet`. False: the session is over. */
bool session_handle(struct session *s);

void session_set_state(struct session *s, enum session_state next);
const char *session_state_name(enum session_state state);
bool session_state_allowed(enum session_state from, enum session_state to);

/* ERR with the diag (completed from st); counts. */
void session_send_error(struct session *s, struct status st, struct diag *d);
void session_send_ok(struct session *s, const char *info);

/* Watchdog, under the table's lock: time-outs and vanished clients. */
void session_check(struct session *s, int64_t now_us);
/* Wakes the owner to make it end: under the table's lock. */
void session_interrupt(struct session *s, enum session_kill kind);

/* session_login.c */
bool session_login_greeted(struct session *s, struct slice packet);
bool session_login_auth(struct session *s, struct slice packet);
bool session_login_denied(struct session *s, struct slice packet);
bool session_login_change_user(struct session *s, struct slice body);
void session_login_greet(struct session *s);
/* session_command.c */
bool session_command_run(struct session *s, struct slice packet);
void session_command_drop_prepared(struct session *s);
/* session_bulk.c: COM_STMT_BULK_EXECUTE behind the statement id; writes the answer. */
struct prepared;
STATUS session_bulk_execute(struct session *s, struct prepared *p, struct slice body,
                            struct diag *d);
