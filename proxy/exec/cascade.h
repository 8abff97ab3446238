/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Referential actions. The server's own would change a token but not the value cell beside it, so what
 * writes child rows (ON UPDATE CASCADE and SET NULL, ON DELETE SET NULL, and an ON DELETE CASCADE that
 * leads to one of those) is done here, in the statement's unit: child rows are locked and found by
 * token, whole chains are followed, then all are written before the parents are. The rules are InnoDB's:
 * an update that comes back to a table of its own chain is forbidden like RESTRICT; CHECK constraints
 * and ON UPDATE CURRENT_TIMESTAMP of child rows do not take part. What is forbidden stays the server's to
 * report.
 */
#pragma once

#include "proxy/exec/change.h"

/* For what ch->diffs do; call before image_apply. */
STATUS cascade_run(struct change *ch);
