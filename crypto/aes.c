/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "base/mem.h"

#define CHUNK ((size_t) INT_MAX / AES_BLOCK / 2)

/* Fetched once: an implicit fetch per context costs more than keying it. Never freed. */
static struct {
    pthread_once_t once;
    EVP_CIPHER *ecb128, *ecb192, *ecb256;
} ciphers = {.once = PTHREAD_ONCE_INIT};

static void
fetch(void)
{
    ciphers.ecb128 = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
    ciphers.ecb192 = EVP_CIPHER_fetch(NULL, "AES-192-ECB", NULL);
    ciphers.ecb256 = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
}

static const EVP_CIPHER *
cipher_of(size_t key_len)
{
    pthread_once(&ciphers.once, fetch);
    switch (key_len) {
    case 16:
        return ciphers.ecb128;
    case 24:
        return ciphers.ecb192;
    case 32:
        return ciphers.ecb256;
    }
    assert(!"AES key length");
    return NULL;
}

struct status
aes_init(struct aes *a, const uint8_t *key, size_t key_len, enum aes_dir dir)
{
    *a = (struct aes){.encrypt = dir == AES_ENCRYPT_DIR};
    const EVP_CIPHER *cipher = cipher_of(key_len);
    a->ctx = EVP_CIPHER_CTX_new();
    if (cipher == NULL || a->ctx == NULL ||
        EVP_CipherInit_ex2(a->ctx, cipher, key, NULL, a->encrypt, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(a->ctx, 0) != 1) {
        aes_deinit(a);
        a->failed = true;
        RAISE(CRYPTO);
    }
    return OK;
}

void
aes_deinit(struct aes *a)
{
    EVP_CIPHER_CTX_free(a->ctx); /* clears the key schedule */
    *a = (struct aes){0};
}

void
aes_rekey(struct aes *a, const uint8_t *key)
{
    if (a->failed || EVP_CipherInit_ex2(a->ctx, NULL, key, NULL, -1, NULL) != 1) {
        a->failed = true;
    }
}

void
aes_blocks(struct aes *a, uint8_t *out, const uint8_t *in, size_t n)
{
    while (n) {
        const size_t now = n < CHUNK ? n : CHUNK;
        const int len = (int) (now * AES_BLOCK);
        int made = 0;
        const int done = a->failed    ? 0
                         : a->encrypt ? EVP_EncryptUpdate(a->ctx, out, &made, in, len)
                                      : EVP_DecryptUpdate(a->ctx, out, &made, in, len);
        if (__builtin_expect(done != 1 || made != len, 0)) {
            a->failed = true;
            mem_zero(out, n * AES_BLOCK);
            return;
        }
        out += len;
        in += len;
        n -= now;
    }
}

struct status
aes_status(const struct aes *a)
{
    if (a->failed) {
        RAISE(CRYPTO);
    }
    return OK;
}
