/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"

#define LINE_MAX_LEN 2048
#define BUCKETS      64
#define PER_SECOND   200 /* lines of one id and second; the rest is counted */

struct log_ctx log_process = {0, "alliumd"};

static int log_fd = STDERR_FILENO;
static char log_path[512];
static bool log_json;
static enum log_level log_threshold = LOG_LEVEL_INFO;

static pthread_mutex_t rate_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    uint64_t id;
    time_t second;
    unsigned n;
} rates[BUCKETS];

static const char *const level_names[] = {"error", "warn", "info", "debug"};

int
log_open(const char *path, bool json, enum log_level level)
{
    log_json = json;
    log_threshold = level;
    log_path[0] = '\0';
    if (path == NULL || path[0] == '\0') {
        log_fd = STDERR_FILENO;
        return 0;
    }
    snprintf(log_path, sizeof log_path, "%s", path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) {
        return -1;
    }
    log_fd = fd;
    return 0;
}

void
log_reopen(void)
{
    if (log_path[0]) {
        const int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (fd >= 0) {
            (void) dup2(fd, log_fd); /* same number: writers in other threads never see a gap */
            close(fd);
        }
    }
}

bool
log_enabled(enum log_level level)
{
    return level <= log_threshold;
}

enum log_level
log_level_parse(const char *name)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            return (enum log_level) i;
        }
    }
    return LOG_LEVEL_INFO;
}

static bool
rate_ok(const char *id, time_t now)
{
    const uint64_t h = slice_hash(slice_of_str(id));
    pthread_mutex_lock(&rate_lock);
    if (rates[h % BUCKETS].id != h || rates[h % BUCKETS].second != now) {
        rates[h % BUCKETS].id = h;
        rates[h % BUCKETS].second = now;
        rates[h % BUCKETS].n = 0;
    }
    const bool ok = rates[h % BUCKETS].n++ < PER_SECOND;
    pthread_mutex_unlock(&rate_lock);
    return ok;
}

/* JSON string escaping into out; control characters become \u00XX. */
static size_t
escape(char *out, size_t cap, const char *in)
{
    size_t n = 0;
    for (; *in && n + 7 < cap; in++) {
        const unsigned char c = (unsigned char) *in;
        if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char) c;
        } else if (c < 0x20) {
            n += (size_t) snprintf(out + n, cap - n, "\\u%04x", c);
        } else {
            out[n++] = (char) c;
        }
    }
    out[n] = '\0';
    return n;
}

void
log_write(const struct log_ctx *ctx, enum log_level level, const char *id, const char *fmt, ...)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    if (!log_enabled(level) || (level > LOG_LEVEL_ERROR && !rate_ok(id, ts.tv_sec))) {
        return;
    }
    char msg[1024], line[LINE_MAX_LEN], when[32], esc[1600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    struct tm tm;
    gmtime_r(&ts.tv_sec, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    int n;
    escape(esc, sizeof esc, msg);
    if (log_json) {
        n = snprintf(line, sizeof line,
                     "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"id\":\"%s\",\"session\":%llu,"
                     "\"who\":\"%s\",\"message\":\"%s\"}\n",
                     when, ts.tv_nsec / 1000000, level_names[level], id,
                     (unsigned long long) ctx->session_id, ctx->who, esc);
    } else {
        n = snprintf(line, sizeof line, "%s.%03ldZ %-5s [%llu %s] %s: %s\n", when,
                     ts.tv_nsec / 1000000, level_names[level], (unsigned long long) ctx->session_id,
                     ctx->who, id, esc);
    }
    if (n > 0) {
        const size_t len = (size_t) n < sizeof line ? (size_t) n : sizeof line - 1;
        const ssize_t w = write(log_fd, line, len);
        (void) w; /* nowhere to report a failing log */
    }
}
