/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mask.h"

#include "base/mem.h"
#include "crypto/block.h"

#define RUN 64

struct part {
    const uint8_t *in;
    uint8_t *out;
    size_t len;
};

static void
flush(struct aes *aes, uint8_t (*blocks)[AES_BLOCK], const struct part *parts, size_t n)
{
    if (n == 0) {
        return;
    }
    aes_blocks(aes, blocks[0], blocks[0], n);
    for (size_t i = 0; i < n; i++) {
        block_xor_part(parts[i].out, parts[i].in, blocks[i], parts[i].len);
    }
}

void
mask_apply(struct aes *aes, const struct mask_job *jobs, size_t n)
{
    uint8_t blocks[RUN][AES_BLOCK];
    struct part parts[RUN];
    size_t used = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        const struct mask_job *job = &jobs[i];
        uint64_t counter = 0;
        for (size_t at = 0; at < job->in.len; at += AES_BLOCK) {
            const size_t left = job->in.len - at;
            mem_copy(blocks[used], job->nonce, MASK_NONCE_LEN);
            block_store64(blocks[used] + MASK_NONCE_LEN, counter++);
            parts[used++] = (struct part){job->in.data + at, job->out + at,
                                          left < AES_BLOCK ? left : AES_BLOCK};
            most = used > most ? used : most;
            if (used == RUN) {
                flush(aes, blocks, parts, used);
                used = 0;
            }
        }
    }
    flush(aes, blocks, parts, used);
    mem_wipe(blocks, most * AES_BLOCK);
}
