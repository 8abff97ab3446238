/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/siv.h"

#include "base/mem.h"
#include "crypto/block.h"

#define LANES      CMAC_LANES
#define CTR_BLOCKS 64

struct status
siv_init(struct siv *s, const uint8_t *key, size_t key_len)
{
    *s = (struct siv){0};
    TRY(cmac_init(&s->mac, key, key_len / 2));
    const struct status st = aes_init(&s->ctr, key + key_len / 2, key_len / 2, AES_ENCRYPT_DIR);
    if (!status_is_ok(st)) {
        cmac_deinit(&s->mac);
    }
    return st;
}

void
siv_deinit(struct siv *s)
{
    cmac_deinit(&s->mac);
    aes_deinit(&s->ctr);
}

struct status
siv_status(const struct siv *s)
{
    TRY(cmac_status(&s->mac));
    return aes_status(&s->ctr);
}

void
siv_start(struct siv *s, uint8_t start[AES_BLOCK])
{
    static const uint8_t zero[AES_BLOCK];
    cmac_one(&s->mac, (struct slice){zero, sizeof zero}, start);
}

void
siv_start_add(struct siv *s, uint8_t start[AES_BLOCK], struct slice ad)
{
    uint8_t t[AES_BLOCK];
    cmac_one(&s->mac, ad, t);
    block_double(start);
    block_xor(start, t);
}

/* --- S2V ------------------------------------------------------------------------------------- */

/* What a lane's S2V runs over: its input, or when opening what has just been decrypted. */
static struct slice
plain_of(const struct siv_lane *lane, bool opening)
{
    return opening ? (struct slice){lane->out, lane->in.len} : lane->in;
}

/* t[i]: the CMAC of lane i's salt, a single block. */
static void
mac_salts(struct siv *s, const struct siv_lane *lanes, size_t n, uint8_t (*t)[AES_BLOCK])
{
    const struct block sub1 = block_load(s->mac.sub1);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const bool salted = lanes[i].salt != NULL;
        any |= salted;
        block_store(t[i], salted ? block_sum(block_load(lanes[i].salt), sub1) : sub1);
    }
    if (any) {
        aes_blocks(&s->mac.aes, t[0], t[0], n);
    }
}

/*
 * Inputs under 16 bytes end in one whole block, all of them in one AES call; the others are CMAC lanes (and
 * idle in that call).
 */
static void
s2v_lanes(struct siv *s, const struct siv_lane *lanes, size_t n, bool opening,
          uint8_t (*v)[AES_BLOCK])
{
    uint8_t t[LANES][AES_BLOCK]; /* salts, then the ends of longer lanes */
    struct cmac_lane longer[LANES];
    size_t n_long = 0;
    const struct block sub1 = block_load(s->mac.sub1);
    mac_salts(s, lanes, n, t);
    for (size_t i = 0; i < n; i++) {
        const struct siv_lane *lane = &lanes[i];
        const struct slice in = plain_of(lane, opening);
        struct block d = block_load(lane->start);
        if (lane->salt) {
            d = block_sum(block_doubled(d), block_load(t[i]));
        }
        if (in.len < AES_BLOCK) {
            d = block_sum(block_doubled(d), block_padded(in.data, in.len));
            block_store(v[i], block_sum(d, sub1));
        } else {
            block_store(t[i], d);
            block_store(v[i], sub1);
            longer[n_long++] = (struct cmac_lane){in, t[i], v[i]};
        }
    }
    if (n_long < n) {
        aes_blocks(&s->mac.aes, v[0], v[0], n);
    }
    cmac_many(&s->mac, longer, n_long);
    mem_wipe(t, n * AES_BLOCK);
}

/* A single lane under 16 bytes: a statement's constant. */
static bool
is_one_short(const struct siv_lane *lanes, size_t n)
{
    return n == 1 && lanes->in.len < AES_BLOCK;
}

static void
s2v_short(struct siv *s, const struct siv_lane *lane, bool opening, uint8_t v[SIV_LEN])
{
    const struct slice in = plain_of(lane, opening);
    const struct block sub1 = block_load(s->mac.sub1);
    struct block d = block_load(lane->start);
    if (lane->salt) {
        block_store(v, block_sum(block_load(lane->salt), sub1));
        aes_blocks(&s->mac.aes, v, v, 1);
        d = block_sum(block_doubled(d), block_load(v));
    }
    d = block_sum(block_doubled(d), block_padded(in.data, in.len));
    block_store(v, block_sum(d, sub1));
    aes_blocks(&s->mac.aes, v, v, 1);
}

/* --- CTR ------------------------------------------------------------------------------------- */

struct ctr_run {
    uint8_t block[CTR_BLOCKS][AES_BLOCK];
    const uint8_t *in[CTR_BLOCKS];
    uint8_t *out[CTR_BLOCKS];
    uint8_t len[CTR_BLOCKS];
    size_t n;
};

static void
ctr_flush(struct aes *k2, struct ctr_run *r)
{
    aes_blocks(k2, r->block[0], r->block[0], r->n);
    for (size_t i = 0; i < r->n; i++) {
        block_xor_part(r->out[i], r->in[i], r->block[i], r->len[i]);
    }
    r->n = 0;
}

/* bit 63 of the counter's low half is cleared, so it never carries into the high half */
static uint64_t
first_counter(const uint8_t *v)
{
    return block_load64(v + 8) & ~(UINT64_C(1) << 63 | UINT64_C(1) << 31);
}

static void
ctr_short(struct aes *k2, const uint8_t *v, const struct siv_lane *lane)
{
    uint8_t q[AES_BLOCK];
    mem_copy(q, v, 8);
    block_store64(q + 8, first_counter(v));
    aes_blocks(k2, q, q, 1);
    block_xor_part(lane->out, lane->in.data, q, lane->in.len);
    mem_wipe(q, sizeof q);
}

void
siv_ctr(struct aes *k2, const struct siv_stream *streams, size_t n)
{
    struct ctr_run r;
    r.n = 0;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const struct siv_stream *s = &streams[i];
        uint64_t low = first_counter(s->v);
        for (size_t at = 0; at < s->in.len; at += AES_BLOCK, low++) {
            const size_t left = s->in.len - at;
            mem_copy(r.block[r.n], s->v, 8);
            block_store64(r.block[r.n] + 8, low);
            r.in[r.n] = s->in.data + at;
            r.out[r.n] = s->out + at;
            r.len[r.n++] = (uint8_t) (left < AES_BLOCK ? left : AES_BLOCK);
            if (r.n == CTR_BLOCKS) {
                used = CTR_BLOCKS;
                ctr_flush(k2, &r);
            }
        }
    }
    used = r.n > used ? r.n : used;
    ctr_flush(k2, &r);
    mem_wipe(r.block, used * AES_BLOCK);
}

static void
ctr_lanes(struct siv *s, const struct siv_lane *lanes, size_t n, bool opening)
{
    struct siv_stream streams[LANES];
    for (size_t i = 0; i < n; i++) {
        const uint8_t *v = opening ? lanes[i].expect : lanes[i].v;
        streams[i] = (struct siv_stream){v, lanes[i].in, lanes[i].out};
    }
    siv_ctr(&s->ctr, streams, n);
}

/* --- whole batches ----------------------------------------------------------------------------- */

void
siv_tag(struct siv *s, const struct siv_lane *lanes, size_t n)
{
    if (is_one_short(lanes, n)) {
        s2v_short(s, lanes, false, lanes->v);
        return;
    }
    uint8_t v[LANES][AES_BLOCK];
    for (size_t at = 0; at < n; at += LANES) {
        const size_t now = n - at < LANES ? n - at : LANES;
        s2v_lanes(s, lanes + at, now, false, v);
        for (size_t i = 0; i < now; i++) {
            mem_copy(lanes[at + i].v, v[i], SIV_LEN);
        }
    }
}

void
siv_seal(struct siv *s, const struct siv_lane *lanes, size_t n)
{
    if (is_one_short(lanes, n)) {
        s2v_short(s, lanes, false, lanes->v);
        ctr_short(&s->ctr, lanes->v, lanes);
        return;
    }
    for (size_t at = 0; at < n; at += LANES) {
        const size_t now = n - at < LANES ? n - at : LANES;
        siv_tag(s, lanes + at, now);
        ctr_lanes(s, lanes + at, now, false);
    }
}

bool
siv_open(struct siv *s, const struct siv_lane *lanes, size_t n)
{
    uint64_t differ = 0;
    if (is_one_short(lanes, n)) {
        uint8_t v[SIV_LEN];
        ctr_short(&s->ctr, lanes->expect, lanes);
        s2v_short(s, lanes, true, v);
        return block_differ(v, lanes->expect) == 0;
    }
    for (size_t at = 0; at < n; at += LANES) {
        const size_t now = n - at < LANES ? n - at : LANES;
        uint8_t v[LANES][AES_BLOCK];
        ctr_lanes(s, lanes + at, now, true);
        s2v_lanes(s, lanes + at, now, true, v);
        for (size_t i = 0; i < now; i++) {
            differ |= block_differ(v[i], lanes[at + i].expect);
        }
    }
    return differ == 0;
}
