/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keywrap.h"

#include "base/mem.h"
#include "crypto/aes.h"
#include "crypto/block.h"

#define PLAIN_MAX 4096
#define ROUNDS    6
#define IV        UINT64_C(0xA6A6A6A6A6A6A6A6)

static bool
is_plain_len(size_t len)
{
    return len >= 16 && len <= PLAIN_MAX && len % 8 == 0;
}

struct status
keywrap_encode(struct slice key, struct slice plain, uint8_t *out)
{
    struct aes aes;
    if (key.len != 32 || !is_plain_len(plain.len)) {
        RAISE(RANGE);
    }
    TRY(aes_init(&aes, key.data, key.len, AES_ENCRYPT_DIR));
    const size_t n = plain.len / 8;
    uint8_t b[AES_BLOCK];
    mem_move(out + 8, plain.data, plain.len);
    block_store64(b, IV);
    for (uint64_t t = 1; t <= ROUNDS * n; t++) {
        uint8_t *r = out + 8 + (t - 1) % n * 8;
        mem_copy(b + 8, r, 8);
        aes_blocks(&aes, b, b, 1);
        mem_copy(r, b + 8, 8);
        block_store64(b, block_load64(b) ^ t);
    }
    mem_copy(out, b, 8);
    mem_wipe(b, sizeof b);
    const struct status s = aes_status(&aes);
    aes_deinit(&aes);
    return s;
}

struct status
keywrap_decode(struct slice key, struct slice wrapped, uint8_t *out)
{
    struct aes aes;
    if (key.len != 32 || wrapped.len < KEYWRAP_EXTRA || !is_plain_len(wrapped.len - 8)) {
        RAISE(RANGE);
    }
    TRY(aes_init(&aes, key.data, key.len, AES_DECRYPT_DIR));
    const size_t n = wrapped.len / 8 - 1;
    uint8_t b[AES_BLOCK];
    mem_copy(b, wrapped.data, 8);
    mem_move(out, wrapped.data + 8, n * 8);
    for (uint64_t t = ROUNDS * n; t >= 1; t--) {
        uint8_t *r = out + (t - 1) % n * 8;
        block_store64(b, block_load64(b) ^ t);
        mem_copy(b + 8, r, 8);
        aes_blocks(&aes, b, b, 1);
        mem_copy(r, b + 8, 8);
    }
    const uint64_t differ = block_load64(b) ^ IV;
    mem_wipe(b, sizeof b);
    const struct status s = aes_status(&aes);
    aes_deinit(&aes);
    if (differ || !status_is_ok(s)) {
        mem_wipe(out, n * 8);
        RAISE(KEY_WRONG);
    }
    return OK;
}
