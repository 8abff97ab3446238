/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aes.h"

#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "base/mem.h"
#include "crypto/block.h"

#define CHAIN_RUN 64
#define CHUNK     ((size_t) INT_MAX / AES_BLOCK / 2)

/* Fetched once: an implicit fetch per context costs more than keying it. Never freed. */
static struct {
    pthread_once_t once;
    EVP_CIPHER *ecb128, *ecb192, *ecb256, *cbc128, *cbc192, *cbc256;
} ciphers = {.once = PTHREAD_ONCE_INIT};

static void
fetch(void)
{
    ciphers.ecb128 = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
    ciphers.ecb192 = EVP_CIPHER_fetch(NULL, "AES-192-ECB", NULL);
    ciphers.ecb256 = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    ciphers.cbc128 = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
    ciphers.cbc192 = EVP_CIPHER_fetch(NULL, "AES-192-CBC", NULL);
    ciphers.cbc256 = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
}

static const EVP_CIPHER *
cipher_of(size_t key_len, bool cbc)
{
    pthread_once(&ciphers.once, fetch);
    switch (key_len) {
    case 16:
        return cbc ? ciphers.cbc128 : ciphers.ecb128;
    case 24:
        return cbc ? ciphers.cbc192 : ciphers.ecb192;
    case 32:
        return cbc ? ciphers.cbc256 : ciphers.ecb256;
    }
    return NULL; /* init refuses it */
}

static struct status
init(struct aes *a, const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, bool encrypt)
{
    *a = (struct aes){.encrypt = encrypt};
    a->ctx = EVP_CIPHER_CTX_new();
    if (cipher == NULL || a->ctx == NULL ||
        EVP_CipherInit_ex2(a->ctx, cipher, key, iv, encrypt, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(a->ctx, 0) != 1) {
        aes_deinit(a);
        a->failed = true;
        RAISE(CRYPTO);
    }
    return OK;
}

struct status
aes_init(struct aes *a, const uint8_t *key, size_t key_len, enum aes_dir dir)
{
    return init(a, cipher_of(key_len, false), key, NULL, dir == AES_ENCRYPT_DIR);
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

struct status
aes_chain_init(struct aes_chain *c, const uint8_t *key, size_t key_len)
{
    *c = (struct aes_chain){0};
    return init(&c->cbc, cipher_of(key_len, true), key, c->last, true);
}

void
aes_chain_deinit(struct aes_chain *c)
{
    aes_deinit(&c->cbc);
    mem_wipe(c, sizeof *c);
}

/* Setting an IV costs as much as twenty blocks; instead the first block is corrected by what the context
 * is known to add. */
void
aes_chain_blocks(struct aes_chain *c, uint8_t state[AES_BLOCK], const uint8_t *in, size_t n)
{
    uint8_t out[CHAIN_RUN * AES_BLOCK];
    mem_copy(out, in, AES_BLOCK);
    block_xor(out, state);
    block_xor(out, c->last);
    aes_blocks(&c->cbc, state, out, 1);
    in += AES_BLOCK;
    for (n--; n;) {
        const size_t now = n < CHAIN_RUN ? n : CHAIN_RUN;
        aes_blocks(&c->cbc, out, in, now);
        mem_copy(state, out + (now - 1) * AES_BLOCK, AES_BLOCK);
        in += now * AES_BLOCK;
        n -= now;
    }
    mem_copy(c->last, state, AES_BLOCK);
    mem_wipe(out, sizeof out);
}
