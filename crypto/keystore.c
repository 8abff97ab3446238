/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version 1, integers big-endian:
 *   "EDBK" ver(1) kdf(1) logN(1) r(4) p(4) salt(16) inst(16) count(2)
 *   count times { epoch(2) wrapped(40) }
 *   HMAC-SHA-256(KEK_mac, all of the above)(32)
 * KEK(32) | KEK_mac(32) = scrypt(passphrase, salt). kdf 1 is scrypt.
 */
#include "crypto/keystore.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "crypto/keywrap.h"
#include "crypto/prf.h"
#include "crypto/rand.h"

#define MAGIC       "EDBK"
#define VERSION     1
#define KDF_SCRYPT  1
#define SALT_LEN    16
#define HEADER_LEN  49
#define WRAPPED_LEN (MASTER_KEY_LEN + KEYWRAP_EXTRA)
#define ENTRY_LEN   (2 + WRAPPED_LEN)
#define MAC_LEN     PRF_LEN
#define FILE_MAX    4096
#define MEMORY_MAX  (UINT64_C(1) << 31) /* a hostile file must not make us allocate more */
#define RAW_DIGITS  64

struct kek {
    uint8_t wrap[32], mac[32];
};

/* --- passphrase to key ----------------------------------------------------------------------------- */

static bool
cost_is_sane(struct keystore_cost c)
{
    return c.log_n >= 10 && c.log_n <= 22 && c.r >= 1 && c.r <= 32 && c.p >= 1 && c.p <= 16 &&
           (UINT64_C(128) * c.r << c.log_n) <= MEMORY_MAX;
}

static struct status
derive_kek(struct secret *kek, struct slice passphrase, const uint8_t *salt,
           struct keystore_cost cost, struct diag *d)
{
    const uint64_t n = UINT64_C(1) << cost.log_n;
    const uint64_t memory = UINT64_C(128) * cost.r * (n + cost.p + 2) + (1 << 20);
    const char *pass = passphrase.len ? (const char *) passphrase.data : "";
    if (EVP_PBE_scrypt(pass, passphrase.len, salt, SALT_LEN, n, cost.r, cost.p, memory, kek->data,
                       kek->len) != 1) {
        FAIL(d, CRYPTO, "scrypt failed (needs %llu MiB of memory)",
             (unsigned long long) (memory >> 20));
    }
    return OK;
}

/* --- encode ------------------------------------------------------------------------------------------ */

static struct status
encode_body(struct buf *out, const struct master *m, struct keystore_cost cost, const uint8_t *salt,
            const struct kek *kek)
{
    buf_append(out, MAGIC, 4);
    buf_append_u8(out, VERSION);
    buf_append_u8(out, KDF_SCRYPT);
    buf_append_u8(out, cost.log_n);
    buf_append_be32(out, cost.r);
    buf_append_be32(out, cost.p);
    buf_append(out, salt, SALT_LEN);
    buf_append(out, master_inst(m), MASTER_INST_LEN);
    buf_append_be16(out, (uint16_t) master_n_epochs(m));
    for (size_t i = 0; i < master_n_epochs(m); i++) {
        const uint16_t epoch = master_epoch_at(m, i);
        uint8_t wrapped[WRAPPED_LEN];
        TRY(keywrap_encode(slice_of(kek->wrap, 32), secret_slice(master_key(m, epoch)), wrapped));
        buf_append_be16(out, epoch);
        buf_append(out, wrapped, sizeof wrapped);
    }
    return buf_status(out);
}

struct status
keystore_encode(struct buf *out, const struct master *m, struct slice passphrase,
                struct keystore_cost cost, struct diag *d)
{
    uint8_t salt[SALT_LEN], mac[MAC_LEN];
    if (!cost_is_sane(cost)) {
        FAIL(d, CONFIG, "scrypt cost out of range: log_n %u, r %u, p %u", cost.log_n, cost.r,
             cost.p);
    }
    CLEANUP(secret_free_cleanup) struct secret *s = secret_new(sizeof(struct kek));
    if (s == NULL) {
        RAISE(NO_MEMORY);
    }
    const struct kek *kek = (const struct kek *) s->data;
    TRY(rand_bytes(salt, sizeof salt));
    TRY(derive_kek(s, passphrase, salt, cost, d));
    const size_t start = out->len;
    TRY(encode_body(out, m, cost, salt, kek));
    TRY(prf_hmac(slice_of(kek->mac, 32), slice_from(buf_slice(out), start), mac));
    buf_append(out, mac, sizeof mac);
    return buf_status(out);
}

/* --- decode -------------------------------------------------------------------------------------------- */

static bool
is_edbk(struct slice file)
{
    return slice_starts_with(file, SLICE(MAGIC));
}

bool
keystore_needs_passphrase(struct slice file)
{
    return is_edbk(file);
}

static int
hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct status
decode_raw(struct master **out, struct slice file, struct diag *d)
{
    while (file.len && (file.data[file.len - 1] == '\n' || file.data[file.len - 1] == '\r')) {
        file.len--;
    }
    CLEANUP(secret_free_cleanup) struct secret *key = secret_new(MASTER_KEY_LEN);
    if (key == NULL) {
        RAISE(NO_MEMORY);
    }
    bool good = file.len == RAW_DIGITS;
    for (size_t i = 0; good && i < RAW_DIGITS; i++) {
        const int v = hex_value(file.data[i]);
        good = v >= 0;
        key->data[i / 2] = (uint8_t) (key->data[i / 2] << 4 | (v & 15));
    }
    if (!good) {
        FAIL(d, CIPHERTEXT, "not a key file: neither \"EDBK\" nor 64 hexadecimal digits");
    }
    return master_new_raw(out, secret_slice(key));
}

static struct status
check_layout(struct slice file, struct keystore_cost *cost, size_t *n, struct diag *d)
{
    if (file.len < HEADER_LEN + MAC_LEN) {
        FAIL(d, CIPHERTEXT, "the key file is cut short");
    }
    const uint8_t *p = file.data;
    if (p[4] != VERSION || p[5] != KDF_SCRYPT) {
        FAIL(d, CIPHERTEXT, "key file version %u with kdf %u is not known to this program", p[4],
             p[5]);
    }
    *cost = (struct keystore_cost){p[6], mem_be32(p + 7), mem_be32(p + 11)};
    *n = mem_be16(p + 47);
    if (!cost_is_sane(*cost)) {
        FAIL(d, CIPHERTEXT, "the key file asks for a scrypt cost out of range");
    }
    if (*n < 1 || *n > MASTER_EPOCHS_MAX || file.len != HEADER_LEN + *n * ENTRY_LEN + MAC_LEN) {
        FAIL(d, CIPHERTEXT, "the key file's length does not fit its count of epochs");
    }
    return OK;
}

static struct status
unwrap_all(struct master **out, struct slice file, size_t n, const struct kek *kek)
{
    uint16_t epochs[MASTER_EPOCHS_MAX];
    struct slice keys[MASTER_EPOCHS_MAX];
    CLEANUP(secret_free_cleanup) struct secret *plain = secret_new(n * MASTER_KEY_LEN);
    if (plain == NULL) {
        RAISE(NO_MEMORY);
    }
    for (size_t i = 0; i < n; i++) {
        const uint8_t *entry = file.data + HEADER_LEN + i * ENTRY_LEN;
        uint8_t *key = plain->data + i * MASTER_KEY_LEN;
        TRY(keywrap_decode(slice_of(kek->wrap, 32), slice_of(entry + 2, WRAPPED_LEN), key));
        epochs[i] = mem_be16(entry);
        keys[i] = slice_of(key, MASTER_KEY_LEN);
    }
    return master_new(out, file.data + 31, n, epochs, keys);
}

struct status
keystore_decode(struct master **out, struct slice file, struct slice passphrase, struct diag *d)
{
    if (!is_edbk(file)) {
        return decode_raw(out, file, d);
    }
    struct keystore_cost cost = {0};
    size_t n = 0;
    uint8_t mac[MAC_LEN];
    TRY(check_layout(file, &cost, &n, d));
    CLEANUP(secret_free_cleanup) struct secret *s = secret_new(sizeof(struct kek));
    if (s == NULL) {
        RAISE(NO_MEMORY);
    }
    const struct kek *kek = (const struct kek *) s->data;
    TRY(derive_kek(s, passphrase, file.data + 15, cost, d));
    const size_t body = file.len - MAC_LEN;
    TRY(prf_hmac(slice_of(kek->mac, 32), slice_of(file.data, body), mac));
    if (!mem_equal_ct(mac, file.data + body, MAC_LEN)) {
        FAIL(d, KEY_WRONG, "wrong passphrase, or the key file has been changed");
    }
    return unwrap_all(out, file, n, kek);
}

/* --- files ----------------------------------------------------------------------------------------------- */

static void
close_cleanup(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static struct status
read_all(int fd, const char *path, uint8_t *to, size_t cap, size_t *len, struct diag *d)
{
    *len = 0;
    while (*len < cap) {
        const ssize_t got = read(fd, to + *len, cap - *len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            FAIL(d, IO, "cannot read key file %s: %s", path, strerror(errno));
        }
        if (got == 0) {
            return OK;
        }
        *len += (size_t) got;
    }
    FAIL(d, CIPHERTEXT, "%s is too long for a key file", path);
}

struct status
keystore_load(struct master **out, const char *path, struct slice passphrase, struct diag *d)
{
    CLEANUP(close_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        FAIL(d, CONFIG, "cannot open key file %s: %s", path, strerror(errno));
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077)) {
        FAIL(d, CONFIG,
             "key file %s must be a regular file that only its owner can read (chmod 600)", path);
    }
    CLEANUP(secret_free_cleanup) struct secret *file = secret_new(FILE_MAX + 1);
    if (file == NULL) {
        RAISE(NO_MEMORY);
    }
    size_t len;
    TRY(read_all(fd, path, file->data, FILE_MAX + 1, &len, d));
    return keystore_decode(out, slice_of(file->data, len), passphrase, d);
}

static bool
write_all(int fd, struct slice s)
{
    while (s.len) {
        const ssize_t put = write(fd, s.data, s.len);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        s = slice_from(s, put > 0 ? (size_t) put : 0);
    }
    return fsync(fd) == 0;
}

static void
sync_directory(const char *path)
{
    struct buf dir = BUF_INIT;
    const char *slash = strrchr(path, '/');
    if (slash) {
        buf_append(&dir, path, (size_t) (slash - path) + 1);
    } else {
        buf_append_str(&dir, ".");
    }
    const int fd = open(buf_cstr(&dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    buf_deinit(&dir);
}

/* A new file beside the old one, synced, then renamed over it. */
static struct status
replace_file(const char *path, char *tmp, struct slice bytes, struct diag *d)
{
    CLEANUP(close_cleanup) int fd = mkostemp(tmp, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        FAIL(d, IO, "cannot create %s: %s", tmp, strerror(errno));
    }
    if (!write_all(fd, bytes) || rename(tmp, path) != 0) {
        const int e = errno;
        unlink(tmp);
        FAIL(d, IO, "cannot write key file %s: %s", path, strerror(e));
    }
    sync_directory(path);
    return OK;
}

struct status
keystore_save(const char *path, const struct master *m, struct slice passphrase,
              struct keystore_cost cost, struct diag *d)
{
    CLEANUP(buf_deinit_cleanup) struct buf bytes = BUF_INIT;
    CLEANUP(buf_deinit_cleanup) struct buf tmp = BUF_INIT;
    TRY(keystore_encode(&bytes, m, passphrase, cost, d));
    buf_append_str(&tmp, path);
    buf_append_str(&tmp, ".XXXXXX");
    buf_append_u8(&tmp, 0);
    TRY(buf_status(&tmp));
    return replace_file(path, (char *) tmp.data, buf_slice(&bytes), d);
}
