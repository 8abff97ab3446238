/* SPDX-License-Identifier: Apache-2.0 */
/* alliumctl user: the accounts file ([users], name = verifier). Replaced atomically, mode 0600. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "proxy/accounts.h"
#include "proxy/ctl/ctl.h"

/* Reads a whole file; a missing one is empty. */
static bool
read_file(const char *path, struct buf *out)
{
    char part[4096];
    size_t n;
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return errno == ENOENT;
    }
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        buf_append(out, part, n);
    }
    const bool ok = ferror(f) == 0;
    (void) fclose(f);
    return ok;
}

static bool
write_file(const char *path, struct slice text)
{
    char tmp[4096];
    if (snprintf(tmp, sizeof tmp, "%s.new", path) >= (int) sizeof tmp) {
        errno = ENAMETOOLONG;
        return false;
    }
    const int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    const bool ok = write(fd, text.data, text.len) == (ssize_t) text.len && fsync(fd) == 0;
    close(fd);
    return ok && rename(tmp, path) == 0;
}

/* Next line without its end; false when there is none. */
static bool
next_line(struct slice *rest, struct slice *line)
{
    if (rest->len == 0) {
        return false;
    }
    const uint8_t *end = memchr(rest->data, '\n', rest->len);
    const size_t n = end ? (size_t) (end - rest->data) : rest->len;
    *line = slice_sub(*rest, 0, n);
    *rest = slice_from(*rest, n + 1);
    return true;
}

/* The name before " =", or NULL for other lines. */
static struct slice
name_of(struct slice line)
{
    const uint8_t *eq = line.len ? memchr(line.data, '=', line.len) : NULL;
    if (eq == NULL || line.data[0] == ';' || line.data[0] == '#') {
        return SLICE_NULL;
    }
    struct slice name = slice_sub(line, 0, (size_t) (eq - line.data));
    while (name.len && name.data[name.len - 1] == ' ') {
        name.len--;
    }
    return name;
}

/* Copies `old` with the line of `name` replaced (or dropped when verifier is NULL). */
static bool
edit(struct slice old, struct slice name, struct slice verifier, struct buf *out)
{
    struct slice line;
    bool found = false;
    if (old.len == 0) {
        old = SLICE("[users]\n");
    }
    while (next_line(&old, &line)) {
        if (!slice_equal(name_of(line), name)) {
            buf_append_slice(out, line);
            buf_append_str(out, "\n");
            continue;
        }
        found = true;
    }
    if (verifier.data) {
        buf_append_slice(out, name);
        buf_append_str(out, " = ");
        buf_append_slice(out, verifier);
        buf_append_str(out, "\n");
    }
    return found;
}

static bool
name_ok(const char *name)
{
    if (name[0] == '\0' || strlen(name) > 128 || strpbrk(name, "=;#[]\r\n\"' ") != NULL) {
        fputs("alliumctl: a name is 1 to 128 characters without = ; # [ ] quotes and spaces\n",
              stderr);
        return false;
    }
    return true;
}

static bool
make_verifier(int argc, char **argv, struct buf *out)
{
    CLEANUP(buf_deinit_cleanup) struct buf password = BUF_INIT;
    if (!ctl_secret(argc, argv, "password-file", "ALLIUM_USER_PASSWORD", "password", true,
                    &password)) {
        return false;
    }
    buf_append_str(out, "");
    if (password.len == 0) {
        fputs("alliumctl: warning: an empty password lets everybody in\n", stderr);
        return true;
    }
    if (ctl_flag(argc, argv, "native")) {
        accounts_verifier_native(buf_slice(&password), out);
        return true;
    }
    return accounts_verifier_sha2(buf_slice(&password), out);
}

static int
change(int argc, char **argv, const char *path, const char *what)
{
    const char *name = ctl_word(argc, argv, 1);
    const bool drop = strcmp(what, "drop") == 0, add = strcmp(what, "add") == 0;
    CLEANUP(buf_deinit_cleanup) struct buf old = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf verifier = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf fresh = BUF_INIT;
    if (name == NULL || !name_ok(name)) {
        return EXIT_FAILURE;
    }
    if (!read_file(path, &old)) {
        fprintf(stderr, "alliumctl: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    if (!drop && !make_verifier(argc, argv, &verifier)) {
        return EXIT_FAILURE;
    }
    const struct slice text = drop ? SLICE_NULL : slice_of(buf_cstr(&verifier), verifier.len);
    const bool found = edit(buf_slice(&old), slice_of_str(name), text, &fresh);
    if (found == add) {
        fprintf(stderr, "alliumctl: user %s %s\n", name,
                found ? "exists already (use passwd)" : "does not exist");
        return EXIT_FAILURE;
    }
    if (!write_file(path, buf_slice(&fresh))) {
        fprintf(stderr, "alliumctl: cannot write %s: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    printf("%s: %s %s; send SIGHUP to alliumd\n", path, what, name);
    return EXIT_SUCCESS;
}

static int
list(const char *path)
{
    CLEANUP(buf_deinit_cleanup) struct buf text = BUF_INIT;
    struct slice rest, line;
    if (!read_file(path, &text)) {
        fprintf(stderr, "alliumctl: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_FAILURE;
    }
    rest = buf_slice(&text);
    while (next_line(&rest, &line)) {
        const struct slice name = name_of(line);
        if (name.data) {
            const bool sha2 = memmem(line.data, line.len, "$A$", 3) != NULL;
            const bool native = memmem(line.data, line.len, "= *", 3) != NULL;
            printf("%.*s\t%s\n", SLICE_ARG(name),
                   sha2     ? "caching_sha2_password"
                   : native ? "mysql_native_password"
                            : "no password");
        }
    }
    return EXIT_SUCCESS;
}

int
ctl_user(int argc, char **argv)
{
    const char *what = ctl_word(argc, argv, 0);
    const char *path = ctl_option(argc, argv, "file");
    static const char *const words[] = {"add", "passwd", "drop", "list", "grant", "revoke"};
    for (size_t i = 0; what && ctl_option(argc, argv, "as") && i < sizeof words / sizeof words[0];
         i++) {
        if (strcmp(what, words[i]) == 0) {
            return ctl_account(argc, argv);
        }
    }
    if (what && path && strcmp(what, "list") == 0) {
        return list(path);
    }
    if (what && path &&
        (strcmp(what, "add") == 0 || strcmp(what, "passwd") == 0 || strcmp(what, "drop") == 0)) {
        return change(argc, argv, path, what);
    }
    fputs("alliumctl: expected user add|passwd|drop|list --file USERS [NAME], or\n"
          "user add|passwd|drop|list|grant|revoke --as ADMIN NAME[@HOST] [RIGHTS]\n",
          stderr);
    return EXIT_FAILURE;
}
