/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/strip.h"

#include <stdlib.h>

#include "base/mem.h"
#include "crypto/mask.h"
#include "crypto/rnd.h"
#include "crypto/siv.h"
#include "crypto/suite.h"

struct strip {
    struct aes aes;
};

struct status
strip_new(struct strip **out, const uint8_t key[STRIP_KEY_LEN])
{
    struct strip *s = calloc(1, sizeof *s);
    if (s == NULL) {
        RAISE(NO_MEMORY);
    }
    const struct status st = aes_init(&s->aes, key, STRIP_KEY_LEN, AES_ENCRYPT_DIR);
    if (!status_is_ok(st)) {
        free(s);
        return st;
    }
    *out = s;
    return OK;
}

struct strip *
strip_free(struct strip *s)
{
    if (s) {
        aes_deinit(&s->aes);
        free(s);
    }
    return NULL;
}

size_t
strip_max(size_t ct_len)
{
    return ct_len > MASK_EXTRA ? ct_len - MASK_EXTRA : 0;
}

static struct status
strip_siv(struct strip *s, struct slice ct, size_t extra, uint8_t *out, size_t *len)
{
    if (ct.len < extra) {
        RAISE(CIPHERTEXT);
    }
    *len = ct.len - extra;
    const struct siv_stream stream = {ct.data + extra - SIV_LEN, slice_from(ct, extra), out};
    siv_ctr(&s->aes, &stream, 1);
    return aes_status(&s->aes);
}

struct status
strip_decode(struct strip *s, struct slice ct, uint8_t *out, size_t *len)
{
    *len = 0;
    switch (ct.len ? suite_of(ct.data[0]) : 0) {
    case SUITE_ROW:
        return strip_siv(s, ct, RND_ROW_EXTRA, out, len);
    case SUITE_SELF:
        return strip_siv(s, ct, RND_SELF_EXTRA, out, len);
    case SUITE_WRAP:
        if (ct.len < MASK_EXTRA) {
            RAISE(CIPHERTEXT);
        }
        *len = ct.len - MASK_EXTRA;
        mask_apply(&s->aes, &(struct mask_job){ct.data + 1, slice_from(ct, MASK_EXTRA), out}, 1);
        return aes_status(&s->aes);
    }
    RAISE(CIPHERTEXT);
}
