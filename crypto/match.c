/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "crypto/aes.h"
#include "crypto/block.h"
#include "crypto/search.h"

#define RUN 64

struct match {
    struct aes aes;
    uint8_t x[AES_BLOCK];
};

struct status
match_new(struct match **out, const uint8_t trapdoor[MATCH_TRAPDOOR_LEN])
{
    struct match *m = calloc(1, sizeof *m);
    if (m == NULL) {
        RAISE(NO_MEMORY);
    }
    mem_copy(m->x, trapdoor, sizeof m->x);
    const struct status s = aes_init(&m->aes, trapdoor + 16, 16, AES_ENCRYPT_DIR);
    if (!status_is_ok(s)) {
        free(m);
        return s;
    }
    *out = m;
    return OK;
}

struct match *
match_free(struct match *m)
{
    if (m) {
        aes_deinit(&m->aes);
        mem_wipe(m, sizeof *m);
        free(m);
    }
    return NULL;
}

static struct status
match_run(struct match *m, const uint8_t *ct, size_t n, bool *found)
{
    uint8_t t[RUN][AES_BLOCK], f[RUN][AES_BLOCK] = {{0}};
    for (size_t i = 0; i < n; i++) {
        mem_copy(t[i], ct + i * AES_BLOCK, AES_BLOCK);
        block_xor(t[i], m->x);
        mem_copy(f[i], t[i], SEARCH_S_LEN);
    }
    aes_blocks(&m->aes, f[0], f[0], n);
    TRY(aes_status(&m->aes));
    for (size_t i = 0; i < n; i++) {
        if (mem_compare(f[i], t[i] + SEARCH_S_LEN, SEARCH_CHECK_LEN) == 0) {
            *found = true;
        }
    }
    return OK;
}

struct status
match_cell(struct match *m, struct slice ct, bool *found)
{
    *found = false;
    if (ct.len % MATCH_WORD_LEN) {
        RAISE(CIPHERTEXT);
    }
    for (size_t at = 0; at < ct.len && !*found; at += RUN * AES_BLOCK) {
        const struct slice part = slice_sub(ct, at, RUN * AES_BLOCK);
        TRY(match_run(m, part.data, part.len / AES_BLOCK, found));
    }
    return OK;
}
