/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging to stderr or a file, text or JSON lines. Every line carries a prefix (session id,
 * user@db, state) from its `struct log_ctx`. Literals and key bytes are never passed here. Lines are
 * written with one write(2); thread-safe. A per-message-id token bucket limits floods.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

struct log_ctx {
    uint64_t session_id; /* 0: the process */
    char who[64];        /* "user@db" or a component's name */
};

extern struct log_ctx log_process; /* prefix of the process itself */

/* path NULL: stderr. Not thread-safe; before threads start or from the main loop (SIGHUP reopens). */
int log_open(const char *path, bool json, enum log_level level);
void log_reopen(void);
bool log_enabled(enum log_level level);
enum log_level log_level_parse(const char *name); /* error|warn|info|debug; anything else: info */
void log_write(const struct log_ctx *ctx, enum log_level level, const char *id, const char *fmt,
               ...) __attribute__((format(printf, 4, 5)));

/* log_info(&session->log, "auth.ok", "fmt", …): the id is a stable dotted name. */
#define log_error(ctx, id, ...) log_write((ctx), LOG_LEVEL_ERROR, (id), __VA_ARGS__)
#define log_warn(ctx, id, ...)  log_write((ctx), LOG_LEVEL_WARN, (id), __VA_ARGS__)
#define log_info(ctx, id, ...)  log_write((ctx), LOG_LEVEL_INFO, (id), __VA_ARGS__)
#define log_debug(ctx, id, ...)                                   \
    do {                                                          \
        if (log_enabled(LOG_LEVEL_DEBUG)) {                       \
            log_write((ctx), LOG_LEVEL_DEBUG, (id), __VA_ARGS__); \
        }                                                         \
    } while (0)
