/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data change that the trusted side computes, step by step: rows are fetched into working tables and
 * kept as images, the statement runs over them, what it changed is compared, rows of the server that it
 * collides with are added until there are none left, the differences are written back. All of it between
 * exec_unit_begin and exec_unit_commit.
 */
#pragma once

#include "proxy/exec/image.h"

#define CHANGE_TARGETS_MAX 16

struct change {
    struct exec_run *r;
    struct arena *arena; /* images: the whole unit */
    struct image images[CHANGE_TARGETS_MAX];
    struct image_diff diffs[CHANGE_TARGETS_MAX];
    size_t n_targets;
    struct backend_result *result; /* of the statement on the trusted side */
    /* Runs the statement and gives its result; NULL: as written. May be called several times. */
    STATUS (*run)(struct change *ch, struct backend_result **out);
    bool variables_kept;
    struct exec_warning *refused, **last_refused; /* rows that IGNORE left out for a foreign key */
    uint64_t n_refused;
};

STATUS change_init(struct change *ch, struct exec_run *r);
void change_deinit(struct change *ch);

/* An image for f->table, empty; its working copy exists already. */
STATUS change_add_target(struct change *ch, const struct plan_fetch *f, struct image **out);
/* Fetches the plan's rows into their working copies, those of targets into their images too. */
STATUS change_fetch(struct change *ch, const struct slice *wheres);
/* All stored columns of t. */
STATUS change_all_columns(struct arena *a, const struct cat_table *t, struct plan_fetch *f);
/* SELECT of the rows' cells without condition: ends in " WHERE ". */
void change_select_head(const struct plan_fetch *f, struct buf *sql);
/* The target's working copy anew, with the image's rows. */
STATUS change_reload(struct change *ch, size_t at);
/* The statement itself, its warnings, and what it changed. A repeated run starts from the same user
 * variables. */
STATUS change_run(struct change *ch);
/* Adds rows of the server that the new ones collide with, and runs again, until nothing is added. */
STATUS change_settle(struct change *ch);
/* Referential actions, then the differences. */
STATUS change_apply(struct change *ch);
/* What the statement reports, rows that were left out taken off. */
STATUS change_summary(struct change *ch, struct backend_summary *out);
/* The answer to the client. */
STATUS change_finish(struct change *ch);
