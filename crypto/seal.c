/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/seal.h"

#include "base/mem.h"
#include "crypto/rand.h"
#include "crypto/siv.h"
#include "crypto/suite.h"

#define NONCE_LEN 16
#define FORMAT    0x20

/* The associated data: the context under key id 0, the version, the name. */
static struct status
open_siv(struct keyring *k, uint16_t epoch, struct slice name, uint64_t version, struct siv *siv,
         uint8_t start[AES_BLOCK])
{
    uint8_t key[64], context[SCHEME_CONTEXT_LEN], ver[8];
    struct scheme_params params = {.id = {.epoch = epoch}};
    mem_copy(params.inst, master_inst(keyring_master(k)), sizeof params.inst);
    scheme_context(context, &params, FORMAT);
    mem_put_be64(ver, version);
    TRY(keyring_derive(k, KEYRING_SEAL, &params.id, key, sizeof key));
    const struct status s = siv_init(siv, key, sizeof key);
    mem_wipe(key, sizeof key);
    TRY(s);
    siv_start(siv, start);
    siv_start_add(siv, start, slice_of(context, sizeof context));
    siv_start_add(siv, start, slice_of(ver, sizeof ver));
    siv_start_add(siv, start, name);
    return OK;
}

struct status
seal_encode(struct keyring *k, struct slice name, uint64_t version, struct slice plain,
            struct buf *out)
{
    const uint16_t epoch = master_newest(keyring_master(k));
    struct siv siv;
    uint8_t start[AES_BLOCK], nonce[NONCE_LEN];
    TRY(rand_bytes(nonce, sizeof nonce));
    uint8_t *to = buf_extend(out, plain.len + SEAL_OVERHEAD);
    if (to == NULL) {
        return buf_status(out);
    }
    TRY(open_siv(k, epoch, name, version, &siv, start));
    *to = suite_header(SUITE_SELF, epoch);
    mem_copy(to + 1, nonce, NONCE_LEN);
    const struct siv_lane lane = {.start = start,
                                  .salt = to + 1,
                                  .in = plain,
                                  .v = to + 1 + NONCE_LEN,
                                  .out = to + SEAL_OVERHEAD};
    siv_seal(&siv, &lane, 1);
    const struct status s = siv_status(&siv);
    siv_deinit(&siv);
    return s;
}

struct status
seal_decode(struct keyring *k, struct slice name, uint64_t version, struct slice sealed,
            struct buf *out)
{
    struct siv siv;
    uint8_t start[AES_BLOCK];
    if (sealed.len < SEAL_OVERHEAD || suite_of(sealed.data[0]) != SUITE_SELF) {
        RAISE(CIPHERTEXT);
    }
    const uint16_t epoch = master_epoch_of_nibble(keyring_master(k), suite_epoch(sealed.data[0]));
    if (epoch == 0) {
        RAISE(KEY_MISSING);
    }
    const size_t before = out->len;
    uint8_t *to = buf_extend(out, sealed.len - SEAL_OVERHEAD);
    if (to == NULL) {
        return buf_status(out);
    }
    TRY(open_siv(k, epoch, name, version, &siv, start));
    const struct siv_lane lane = {.start = start,
                                  .salt = sealed.data + 1,
                                  .in = slice_from(sealed, SEAL_OVERHEAD),
                                  .out = to,
                                  .expect = sealed.data + 1 + NONCE_LEN};
    const bool good = siv_open(&siv, &lane, 1);
    const struct status s = siv_status(&siv);
    siv_deinit(&siv);
    if (!good) {
        buf_truncate(out, before); /* wipes */
        RAISE(AUTHENTICITY);
    }
    return s;
}
