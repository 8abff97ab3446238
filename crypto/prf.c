/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/prf.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"

#define INFO_MAX 128

struct status
prf_hmac(struct slice key, struct slice msg, uint8_t out[PRF_LEN])
{
    unsigned len = 0;
    if (key.len > INT_MAX) {
        RAISE(RANGE);
    }
    /* a NULL key would mean "the one before" */
    const void *k = key.len ? key.data : (const uint8_t *) "";
    if (HMAC(EVP_sha256(), k, (int) key.len, msg.data, msg.len, out, &len) == NULL ||
        len != PRF_LEN) {
        RAISE(CRYPTO);
    }
    return OK;
}

struct status
prf_extract(struct slice salt, struct slice ikm, uint8_t prk[PRF_LEN])
{
    return prf_hmac(salt, ikm, prk);
}

static struct status
expand(struct slice prk, struct slice info, uint8_t *out, size_t len, uint8_t *t)
{
    uint8_t counter = 0;
    size_t t_len = 0;
    while (len) {
        mem_copy(t + t_len, info.data, info.len);
        t[t_len + info.len] = ++counter;
        uint8_t next[PRF_LEN];
        TRY(prf_hmac(prk, slice_of(t, t_len + info.len + 1), next));
        mem_copy(t, next, PRF_LEN);
        mem_wipe(next, sizeof next);
        t_len = PRF_LEN;
        const size_t now = len < PRF_LEN ? len : PRF_LEN;
        mem_copy(out, t, now);
        out += now;
        len -= now;
    }
    return OK;
}

struct status
prf_expand(struct slice prk, struct slice info, uint8_t *out, size_t len)
{
    uint8_t t[PRF_LEN + INFO_MAX + 1]; /* T(i-1) | info | i */
    if (len > PRF_EXPAND_MAX || info.len > INFO_MAX) {
        RAISE(RANGE);
    }
    const struct status s = expand(prk, info, out, len, t);
    mem_wipe(t, sizeof t);
    return s;
}
