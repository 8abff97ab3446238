/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/authhash.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/mem.h"

bool
authhash_scramble(uint8_t *out, size_t len)
{
    if (RAND_bytes(out, (int) len) != 1) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t) (out[i] % 127 + 1);
    }
    return true;
}

void
authhash_sha1(struct slice in, uint8_t out[AUTHHASH_SHA1])
{
    SHA1(in.data, in.len, out);
}

void
authhash_sha256(struct slice in, uint8_t out[AUTHHASH_SHA256])
{
    SHA256(in.data, in.len, out);
}

/* A digest context that starts again and again. */
struct sha {
    EVP_MD_CTX *ctx;
};

static void
sha_start(struct sha *s)
{
    EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL);
}

static void
sha_add(struct sha *s, struct slice in)
{
    EVP_DigestUpdate(s->ctx, in.data, in.len);
}

static void
sha_end(struct sha *s, uint8_t out[AUTHHASH_SHA256])
{
    EVP_DigestFinal_ex(s->ctx, out, NULL);
}

/* Adds `len` bytes of the 32-byte block, repeated. */
static void
sha_add_repeated(struct sha *s, const uint8_t block[AUTHHASH_SHA256], size_t len)
{
    for (; len > AUTHHASH_SHA256; len -= AUTHHASH_SHA256) {
        sha_add(s, slice_of(block, AUTHHASH_SHA256));
    }
    sha_add(s, slice_of(block, len));
}

/* Steps 1 to 12 of the specification: digest A. */
static void
crypt_first(struct sha *s, struct slice pw, struct slice salt, uint8_t a[AUTHHASH_SHA256])
{
    uint8_t b[AUTHHASH_SHA256];
    sha_start(s);
    sha_add(s, pw);
    sha_add(s, salt);
    sha_add(s, pw);
    sha_end(s, b);
    sha_start(s);
    sha_add(s, pw);
    sha_add(s, salt);
    sha_add_repeated(s, b, pw.len);
    for (size_t n = pw.len; n > 0; n >>= 1) {
        sha_add(s, n & 1 ? slice_of(b, sizeof b) : pw);
    }
    sha_end(s, a);
    mem_wipe(b, sizeof b);
}

static void
repeat_into(const uint8_t block[AUTHHASH_SHA256], uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = block[i % AUTHHASH_SHA256];
    }
}

/* crypt(3)'s base 64: three bytes to four characters, low bits first. */
static void
crypt_encode(const uint8_t d[AUTHHASH_SHA256], char out[AUTHHASH_CRYPT])
{
    static const char abc[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const uint8_t order[10][3] = {{0, 10, 20}, {21, 1, 11}, {12, 22, 2}, {3, 13, 23},
                                         {24, 4, 14}, {15, 25, 5}, {6, 16, 26}, {27, 7, 17},
                                         {18, 28, 8}, {9, 19, 29}};
    size_t n = 0;
    for (size_t i = 0; i < 10; i++) {
        uint32_t v =
            (uint32_t) d[order[i][0]] << 16 | (uint32_t) d[order[i][1]] << 8 | d[order[i][2]];
        for (int k = 0; k < 4; k++, v >>= 6) {
            out[n++] = abc[v & 63];
        }
    }
    uint32_t v = (uint32_t) d[31] << 8 | d[30];
    for (int k = 0; k < 3; k++, v >>= 6) {
        out[n++] = abc[v & 63];
    }
}

/* Steps 13 to 21: the P and S strings and the rounds. */
static void
crypt_rounds(struct sha *s, struct slice p, struct slice salt, unsigned rounds,
             uint8_t a[AUTHHASH_SHA256])
{
    for (unsigned i = 0; i < rounds; i++) {
        const struct slice last = slice_of(a, AUTHHASH_SHA256);
        sha_start(s);
        sha_add(s, i & 1 ? p : last);
        if (i % 3) {
            sha_add(s, salt);
        }
        if (i % 7) {
            sha_add(s, p);
        }
        sha_add(s, i & 1 ? last : p);
        sha_end(s, a);
    }
}

void
authhash_crypt(struct slice password, struct slice salt, unsigned rounds, char out[AUTHHASH_CRYPT])
{
    struct sha s = {EVP_MD_CTX_new()};
    uint8_t a[AUTHHASH_SHA256], dp[AUTHHASH_SHA256], ds[AUTHHASH_SHA256];
    uint8_t salt_bytes[64], *p = calloc(1, password.len + 1);
    if (s.ctx == NULL || p == NULL) {
        abort(); /* log-in without memory: nothing sensible can follow */
    }
    salt = slice_sub(salt, 0, sizeof salt_bytes);
    crypt_first(&s, password, salt, a);
    sha_start(&s);
    for (size_t i = 0; i < password.len; i++) {
        sha_add(&s, password);
    }
    sha_end(&s, dp);
    repeat_into(dp, p, password.len);
    sha_start(&s);
    for (unsigned i = 0; i < 16u + a[0]; i++) {
        sha_add(&s, salt);
    }
    sha_end(&s, ds);
    repeat_into(ds, salt_bytes, salt.len);
    crypt_rounds(&s, slice_of(p, password.len), slice_of(salt_bytes, salt.len), rounds, a);
    crypt_encode(a, out);
    mem_wipe(p, password.len);
    mem_wipe(dp, sizeof dp);
    free(p);
    EVP_MD_CTX_free(s.ctx);
}

bool
authhash_native_ok(const uint8_t stage2[AUTHHASH_SHA1], const uint8_t scramble[AUTHHASH_SCRAMBLE],
                   struct slice response)
{
    uint8_t joined[AUTHHASH_SCRAMBLE + AUTHHASH_SHA1], mask[AUTHHASH_SHA1], check[AUTHHASH_SHA1];
    if (response.len != AUTHHASH_SHA1) {
        return false;
    }
    mem_copy(joined, scramble, AUTHHASH_SCRAMBLE);
    mem_copy(joined + AUTHHASH_SCRAMBLE, stage2, AUTHHASH_SHA1);
    authhash_sha1(slice_of(joined, sizeof joined), mask);
    for (size_t i = 0; i < sizeof mask; i++) {
        mask[i] ^= response.data[i];
    }
    authhash_sha1(slice_of(mask, sizeof mask), check);
    return mem_equal_ct(check, stage2, sizeof check);
}

bool
authhash_sha2_ok(const uint8_t stage2[AUTHHASH_SHA256], const uint8_t scramble[AUTHHASH_SCRAMBLE],
                 struct slice response)
{
    uint8_t joined[AUTHHASH_SHA256 + AUTHHASH_SCRAMBLE], mask[AUTHHASH_SHA256];
    uint8_t check[AUTHHASH_SHA256];
    if (response.len != AUTHHASH_SHA256) {
        return false;
    }
    mem_copy(joined, stage2, AUTHHASH_SHA256);
    mem_copy(joined + AUTHHASH_SHA256, scramble, AUTHHASH_SCRAMBLE);
    authhash_sha256(slice_of(joined, sizeof joined), mask);
    for (size_t i = 0; i < sizeof mask; i++) {
        mask[i] ^= response.data[i];
    }
    authhash_sha256(slice_of(mask, sizeof mask), check);
    return mem_equal_ct(check, stage2, sizeof check);
}

struct authhash_rsa {
    pthread_mutex_t lock;
    EVP_PKEY *key; /* under the lock until it is made; then immutable, like pem */
    struct buf pem;
};

struct status
authhash_rsa_new(struct authhash_rsa **out)
{
    struct authhash_rsa *k = calloc(1, sizeof *k);
    if (k == NULL) {
        RAISE(NO_MEMORY);
    }
    pthread_mutex_init(&k->lock, NULL);
    *out = k;
    return OK;
}

struct authhash_rsa *
authhash_rsa_free(struct authhash_rsa *k)
{
    if (k) {
        EVP_PKEY_free(k->key);
        buf_deinit(&k->pem);
        pthread_mutex_destroy(&k->lock);
        free(k);
    }
    return NULL;
}

static void
make_pair(struct authhash_rsa *k)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    if (bio && (k->key = EVP_RSA_gen(2048)) && PEM_write_bio_PUBKEY(bio, k->key)) {
        const long n = BIO_get_mem_data(bio, &text);
        buf_append(&k->pem, text, (size_t) n);
    }
    BIO_free(bio);
}

struct slice
authhash_rsa_public_pem(struct authhash_rsa *k)
{
    pthread_mutex_lock(&k->lock);
    if (k->key == NULL) {
        make_pair(k);
    }
    pthread_mutex_unlock(&k->lock);
    return k->pem.len ? buf_slice(&k->pem) : SLICE_NULL;
}

bool
authhash_rsa_open(struct authhash_rsa *k, struct slice sealed,
                  const uint8_t scramble[AUTHHASH_SCRAMBLE], struct buf *password)
{
    uint8_t clear[512];
    size_t n = sizeof clear;
    if (slice_is_null(authhash_rsa_public_pem(k))) {
        return false;
    }
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->key, NULL);
    const bool ok = ctx && EVP_PKEY_decrypt_init(ctx) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
                    EVP_PKEY_decrypt(ctx, clear, &n, sealed.data, sealed.len) == 1;
    EVP_PKEY_CTX_free(ctx);
    for (size_t i = 0; ok && i < n; i++) {
        clear[i] ^= scramble[i % AUTHHASH_SCRAMBLE];
    }
    /* the clients encrypt the terminating NUL as well */
    const bool good = ok && n > 0 && clear[n - 1] == 0;
    if (good) {
        buf_append(password, clear, n - 1);
    }
    mem_wipe(clear, sizeof clear);
    return good;
}
