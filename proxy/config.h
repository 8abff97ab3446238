/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings. Defaults, then the file, then the environment (ALLIUM_SECTION_KEY), then the command
 * line (--section.key=value); a later source wins. Immutable after config_load; a reload makes a new
 * one. Any thread may read it. The list is config.def.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/catalog/policy.h"

struct config_user {
    struct config_user *next;
    const char *name, *verifier;
};

struct config {
#define CONFIG_STR(section, key, def, when, help)    const char *section##_##key;
#define CONFIG_SECRET(section, key, def, when, help) const char *section##_##key;
#define CONFIG_INT(section, key, def, when, help)    int64_t section##_##key;
#define CONFIG_BOOL(section, key, def, when, help)   bool section##_##key;
#include "proxy/config.def"
#undef CONFIG_STR
#undef CONFIG_SECRET
#undef CONFIG_INT
#undef CONFIG_BOOL
    const struct policy_rule *policy; /* section [policy], in order */
    struct config_user *users;        /* section [users] of the file and of proxy.users_file */
    struct arena *arena;              /* owns every string */
};

/*
 * path NULL: no file. args: n strings "section.key=value" (without the dashes). Unknown names, bad
 * values and unreadable files fail with CONFIG, the place named in the diag.
 */
STATUS config_load(struct config **out, const char *path, const char *const *args, size_t n_args,
                   struct diag *d);
struct config *config_free(struct config *c);
CLEANUP_DEFINE(struct config *, config_free)

/* Copies START settings of `old` over those of `c` and names the ones that differed in `changed`. */
void config_keep_start(struct config *c, const struct config *old, struct buf *changed);
/* As a file that config_load reads; secrets are written as "***" and verifiers left out. */
void config_print(const struct config *c, struct buf *out);

/* Walks the settings; NULL past the end. For SHOW CONFIG and the manual. */
struct config_item {
    const char *section, *key, *def, *help;
    bool reload, secret;
};
const struct config_item *config_item_at(size_t i);
void config_item_value(const struct config *c, size_t i, struct buf *out);

/* Next element of a comma-separated list, spaces trimmed; false at the end. */
bool config_list_next(struct slice *list, struct slice *item);
/* First line of a file as a secret setting; arena-owned text. */
STATUS config_read_line(struct arena *a, const char *path, const char **out, struct diag *d);
