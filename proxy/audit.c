/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/keyring.h"
#include "crypto/prf.h"

#define LINE_MAX_LEN 4096

struct audit {
    pthread_mutex_t lock;
    struct keyring *keyring;
    int fd;
    uint16_t epoch; /* of the key that new lines are chained under */
    uint64_t n;
    uint8_t last[PRF_LEN];
};

/* The code of a line: under the key of its epoch, over the code before it. */
static struct status
code_of(struct keyring *k, uint16_t epoch, const uint8_t last[PRF_LEN], struct slice line,
        uint8_t out[PRF_LEN])
{
    uint8_t key[PRF_LEN];
    CLEANUP(buf_deinit_cleanup) struct buf message = BUF_INIT;
    const struct key_id id = {.epoch = epoch};
    TRY(keyring_derive(k, KEYRING_AUDIT, &id, key, sizeof key));
    buf_append(&message, last, PRF_LEN);
    buf_append_slice(&message, line);
    struct status s = buf_status(&message);
    if (status_is_ok(s)) {
        s = prf_hmac(slice_of(key, sizeof key), buf_slice(&message), out);
    }
    mem_wipe(key, sizeof key);
    return s;
}

/* ---- reading ------------------------------------------------------------------------------------ */

/* {"n":1,"k":1,..}<tab><64 digits>: is it the n-th, and what its code says? */
static bool
check_line(struct keyring *k, struct slice line, uint64_t n, uint8_t last[PRF_LEN])
{
    unsigned long long number;
    unsigned epoch;
    uint8_t want[PRF_LEN];
    CLEANUP(buf_deinit_cleanup) struct buf hex = BUF_INIT;
    size_t tab = line.len;
    while (tab && line.data[tab - 1] != '\t') {
        tab--;
    }
    if (!tab || sscanf((const char *) line.data, "{\"n\":%llu,\"k\":%u,", &number, &epoch) != 2 ||
        number != n || epoch == 0 || epoch > UINT16_MAX) {
        return false;
    }
    const struct slice body = slice_sub(line, 0, tab - 1);
    if (!status_is_ok(code_of(k, (uint16_t) epoch, last, body, want))) {
        return false;
    }
    buf_append_hex(&hex, slice_of(want, sizeof want));
    mem_copy(last, want, PRF_LEN);
    return slice_equal(buf_slice(&hex), slice_from(line, tab));
}

static struct status
check_file(FILE *f, struct keyring *k, const char *path, uint64_t *n, uint8_t last[PRF_LEN],
           struct diag *d)
{
    char line[LINE_MAX_LEN];
    *n = 0;
    mem_zero(last, PRF_LEN);
    while (fgets(line, sizeof line, f)) {
        const size_t len = strcspn(line, "\n");
        line[len] = '\0';
        if (!check_line(k, slice_of(line, len), *n + 1, last)) {
            FAIL(d, AUTHENTICITY,
                 "%s: line %" PRIu64 " was changed, or lines before it are missing", path, *n + 1);
        }
        ++*n;
    }
    return OK;
}

static struct status
check_path(const char *path, struct keyring *k, uint64_t *n, uint8_t last[PRF_LEN], struct diag *d)
{
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        FAIL(d, IO, "cannot read %s: %s", path, strerror(errno));
    }
    const struct status s = check_file(f, k, path, n, last, d);
    (void) fclose(f);
    return s;
}

struct status
audit_verify(const char *path, const struct master *m, uint64_t *n_lines, struct diag *d)
{
    CLEANUP(keyring_free_cleanup) struct keyring *k = NULL;
    uint8_t last[PRF_LEN];
    TRY(keyring_new(&k, m));
    return check_path(path, k, n_lines, last, d);
}

/* ---- writing ------------------------------------------------------------------------------------ */

struct status
audit_open(struct audit **out, const char *path, const struct master *m, struct diag *d)
{
    CLEANUP(audit_close_cleanup) struct audit *a = calloc(1, sizeof *a);
    if (a == NULL) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_init(&a->lock, NULL);
    a->epoch = master_newest(m);
    a->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (a->fd < 0) {
        FAIL(d, CONFIG, "[audit] file: cannot write %s: %s", path, strerror(errno));
    }
    TRY(keyring_new(&a->keyring, m));
    TRY(check_path(path, a->keyring, &a->n, a->last, d));
    *out = STEAL(a);
    return OK;
}

struct audit *
audit_close(struct audit *a)
{
    if (a) {
        keyring_free(a->keyring);
        if (a->fd >= 0) {
            close(a->fd);
        }
        pthread_mutex_destroy(&a->lock);
        free(a);
    }
    return NULL;
}

static void
append_quoted(struct buf *out, const char *text)
{
    buf_append_u8(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') {
            buf_append_u8(out, '\\');
            buf_append_u8(out, (uint8_t) *text);
        } else if ((uint8_t) *text < ' ') {
            buf_printf(out, "\\u%04x", (unsigned) *text);
        } else {
            buf_append_u8(out, (uint8_t) *text);
        }
    }
    buf_append_u8(out, '"');
}

/* Under the lock. */
static bool
write_line(struct audit *a, const char *event, const char *text)
{
    CLEANUP(buf_deinit_cleanup) struct buf line = BUF_INIT;
    uint8_t code[PRF_LEN];
    struct tm tm;
    char when[32] = "";
    const time_t now = time(NULL);
    if (gmtime_r(&now, &tm)) {
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    buf_printf(&line,
               "{\"n\":%" PRIu64 ",\"k\":%u,\"time\":\"%s\",\"event\":\"%s\",\"text\":", a->n + 1,
               a->epoch, when, event);
    append_quoted(&line, text);
    buf_append_u8(&line, '}');
    if (!status_is_ok(buf_status(&line)) ||
        !status_is_ok(code_of(a->keyring, a->epoch, a->last, buf_slice(&line), code))) {
        return false;
    }
    buf_append_u8(&line, '\t');
    buf_append_hex(&line, slice_of(code, sizeof code));
    buf_append_u8(&line, '\n');
    if (!status_is_ok(buf_status(&line)) ||
        write(a->fd, line.data, line.len) != (ssize_t) line.len || fdatasync(a->fd) != 0) {
        return false;
    }
    a->n++;
    mem_copy(a->last, code, sizeof code);
    return true;
}

void
audit_write(struct audit *a, const char *event, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    if (a == NULL) {
        return;
    }
    va_start(ap, fmt);
    (void) vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    pthread_mutex_lock(&a->lock);
    if (!write_line(a, event, text)) {
        log_error(&log_process, "audit.write", "the audit log cannot be written: %s",
                  strerror(errno));
    }
    pthread_mutex_unlock(&a->lock);
}
