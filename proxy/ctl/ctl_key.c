/* SPDX-License-Identifier: Apache-2.0 */
/* alliumctl key: the master key file. Never overwrites one: a lost key is lost data. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/keystore.h"
#include "crypto/rand.h"
#include "proxy/ctl/ctl.h"

#define SECRET_ENV "ALLIUM_KEYS_PASSPHRASE"

static struct status
write_raw(const char *path, struct diag *d)
{
    uint8_t key[MASTER_KEY_LEN];
    struct buf text = BUF_INIT;
    TRY(rand_bytes(key, sizeof key));
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        FAIL(d, IO, "cannot create %s: %s", path, strerror(errno));
    }
    buf_append_hex(&text, slice_of(key, sizeof key));
    buf_append_str(&text, "\n");
    mem_wipe(key, sizeof key);
    const bool ok = write(fd, text.data, text.len) == (ssize_t) text.len && fsync(fd) == 0;
    close(fd);
    buf_deinit(&text);
    if (!ok) {
        FAIL(d, IO, "cannot write %s: %s", path, strerror(errno));
    }
    return OK;
}

static struct status
write_sealed(const char *path, struct slice passphrase, struct diag *d)
{
    CLEANUP(master_unref_cleanup) struct master *m = NULL;
    TRY(master_new_random(&m));
    return keystore_save(path, m, passphrase, KEYSTORE_COST_DEFAULT, d);
}

static int
init(int argc, char **argv, const char *path)
{
    struct diag d = DIAG_INIT;
    struct status st;
    if (access(path, F_OK) == 0) {
        fprintf(stderr, "alliumctl: %s exists already; it is not replaced\n", path);
        return EXIT_FAILURE;
    }
    if (ctl_flag(argc, argv, "raw")) {
        st = write_raw(path, &d);
    } else {
        CLEANUP(buf_deinit_cleanup) struct buf pass = BUF_INIT;
        if (!ctl_secret(argc, argv, "passphrase-file", SECRET_ENV,
                        "passphrase for the new key file", true, &pass)) {
            return EXIT_FAILURE;
        }
        if (pass.len == 0) {
            fputs("alliumctl: an empty passphrase protects nothing; use --raw to say so\n", stderr);
            return EXIT_FAILURE;
        }
        st = write_sealed(path, buf_slice(&pass), &d);
    }
    if (!status_is_ok(st)) {
        return ctl_fail(st, &d);
    }
    printf("%s written. Keep a copy in a safe place: without it the data cannot be read.\n", path);
    return EXIT_SUCCESS;
}

static bool
needs_passphrase(const char *path)
{
    char head[4096];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? 0 : read(fd, head, sizeof head);
    if (fd >= 0) {
        close(fd);
    }
    const bool needs = n > 0 && keystore_needs_passphrase(slice_of(head, (size_t) n));
    mem_wipe(head, sizeof head);
    return needs;
}

struct status
ctl_key_load(int argc, char **argv, const char *path, struct master **out, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf pass = BUF_INIT;
    if (needs_passphrase(path) &&
        !ctl_secret(argc, argv, "passphrase-file", SECRET_ENV, "passphrase", false, &pass)) {
        FAIL(d, KEY_WRONG, "no passphrase was given");
    }
    return keystore_load(out, path, buf_slice(&pass), d);
}

static int
status(int argc, char **argv, const char *path)
{
    struct diag d = DIAG_INIT;
    CLEANUP(master_unref_cleanup) struct master *m = NULL;
    const bool sealed = needs_passphrase(path);
    const struct status st = ctl_key_load(argc, argv, path, &m, &d);
    if (!status_is_ok(st)) {
        return ctl_fail(st, &d);
    }
    printf("file:         %s\nprotection:   %s\ninstallation: ", path,
           sealed ? "passphrase (scrypt)" : "none: raw key, guard the file");
    for (int i = 0; i < MASTER_INST_LEN; i++) {
        printf("%02x", master_inst(m)[i]);
    }
    printf("\nepochs:      ");
    for (size_t i = 0; i < master_n_epochs(m); i++) {
        printf(" %u", master_epoch_at(m, i));
    }
    printf("\nnewest:       %u\n", master_newest(m));
    return EXIT_SUCCESS;
}

int
ctl_key(int argc, char **argv)
{
    const char *what = ctl_word(argc, argv, 0);
    const char *path = ctl_option(argc, argv, "file");
    if (what && path && strcmp(what, "init") == 0) {
        return init(argc, argv, path);
    }
    if (what && path && strcmp(what, "status") == 0) {
        return status(argc, argv, path);
    }
    fputs("alliumctl: expected key init|status --file FILE\n", stderr);
    return EXIT_FAILURE;
}
