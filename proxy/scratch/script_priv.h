/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own statements on a client's session: several in one packet, under a neutral session state that
 * is exactly restored. Two ways:
 *
 *   full   save all settings in user variables, set them, run, restore: for any text
 *   plain  settings for one statement (MariaDB: SET STATEMENT, MySQL: SET_VAR hints), three times
 *          cheaper: for text that reads the same under any sql_mode and client character set
 */
#pragma once

#include "proxy/scratch/session_priv.h"

struct scratch_script {
    struct scratch_session *session;
    struct buf sql;
    bool plain;
    bool sent; /* something was sent before the restoring */
};

void scratch_script_init(struct scratch_script *s, struct scratch_session *ss, bool plain);
void scratch_script_deinit(struct scratch_script *s);
/* Appends a CREATE statement. */
void scratch_script_create(struct scratch_script *s, struct slice create);
/* Appends "INSERT INTO " with what goes before or into it. */
void scratch_script_insert(struct scratch_script *s);
/* Sends what is there and goes on in the same neutral state. */
STATUS scratch_script_flush(struct scratch_script *s, struct diag *d);
/* Appends the restoring and sends all. */
STATUS scratch_script_run(struct scratch_script *s, struct diag *d);
/* After a failure elsewhere: restores what was sent, unless the connection is gone. */
void scratch_script_abort(struct scratch_script *s);
/* ASCII without backslashes. */
bool scratch_script_is_plain(struct slice text);
