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
    cmac_one(&s->mac, slice_of(zero, sizeof zero), start);
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

/* The running value of each lane after its salt; a 16-byte salt is one CMAC block. */
static void
add_salts(struct siv *s, const struct siv_lane *lanes, size_t n, uint8_t (*d)[AES_BLOCK])
{
    uint8_t t[LANES][AES_BLOCK];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        mem_copy(d[i], lanes[i].start, AES_BLOCK);
        if (lanes[i].salt) {
            mem_copy(t[m], lanes[i].salt, AES_BLOCK);
            block_xor(t[m++], s->mac.sub1);
        }
    }
    aes_blocks(&s->mac.aes, t[0], t[0], m);
    for (size_t i = 0, j = 0; i < n; i++) {
        if (lanes[i].salt) {
            block_double(d[i]);
            block_xor(d[i], t[j++]);
        }
    }
}

/* Inputs under 16 bytes end in one whole block, all in one AES call; the others are CMAC lanes. */
static void
s2v_lanes(struct siv *s, const struct siv_lane *lanes, size_t n, uint8_t (*v)[AES_BLOCK])
{
    uint8_t d[LANES][AES_BLOCK], x[LANES][AES_BLOCK];
    uint8_t which[LANES];
    struct cmac_lane longer[LANES];
    size_t n_short = 0, n_long = 0;
    add_salts(s, lanes, n, d);
    for (size_t i = 0; i < n; i++) {
        const struct slice in = lanes[i].in;
        if (in.len >= AES_BLOCK) {
            longer[n_long++] = (struct cmac_lane){in, d[i], v[i]};
            continue;
        }
        uint8_t *b = x[n_short];
        mem_zero(b, AES_BLOCK);
        mem_copy(b, in.data, in.len);
        b[in.len] = 0x80;
        block_double(d[i]);
        block_xor(b, d[i]);
        block_xor(b, s->mac.sub1);
        which[n_short++] = (uint8_t) i;
    }
    aes_blocks(&s->mac.aes, x[0], x[0], n_short);
    for (size_t k = 0; k < n_short; k++) {
        mem_copy(v[which[k]], x[k], AES_BLOCK);
    }
    cmac_many(&s->mac, longer, n_long);
    mem_wipe(d, n * AES_BLOCK);
}

/* One lane under 16 bytes, without the bookkeeping of many. */
static void
s2v_short(struct siv *s, const struct siv_lane *lane, struct slice in, uint8_t v[SIV_LEN])
{
    uint8_t d[AES_BLOCK], x[AES_BLOCK] = {0};
    mem_copy(d, lane->start, AES_BLOCK);
    if (lane->salt) {
        uint8_t t[AES_BLOCK];
        mem_copy(t, lane->salt, AES_BLOCK);
        block_xor(t, s->mac.sub1);
        aes_blocks(&s->mac.aes, t, t, 1);
        block_double(d);
        block_xor(d, t);
    }
    mem_copy(x, in.data, in.len);
    x[in.len] = 0x80;
    block_double(d);
    block_xor(x, d);
    block_xor(x, s->mac.sub1);
    aes_blocks(&s->mac.aes, v, x, 1);
    mem_wipe(x, sizeof x);
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
ctr_short(struct aes *k2, const uint8_t *v, struct slice in, uint8_t *out)
{
    uint8_t q[AES_BLOCK];
    mem_copy(q, v, 8);
    block_store64(q + 8, first_counter(v));
    aes_blocks(k2, q, q, 1);
    block_xor_part(out, in.data, q, in.len);
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

static bool
is_one_short(const struct siv_lane *lanes, size_t n)
{
    return n == 1 && lanes->in.len < AES_BLOCK;
}

void
siv_tag(struct siv *s, const struct siv_lane *lanes, size_t n)
{
    if (is_one_short(lanes, n)) {
        s2v_short(s, lanes, lanes->in, lanes->v);
        return;
    }
    uint8_t v[LANES][AES_BLOCK];
    for (size_t at = 0; at < n; at += LANES) {
        const size_t now = n - at < LANES ? n - at : LANES;
        s2v_lanes(s, lanes + at, now, v);
        for (size_t i = 0; i < now; i++) {
            mem_copy(lanes[at + i].v, v[i], SIV_LEN);
        }
    }
}

void
siv_seal(struct siv *s, const struct siv_lane *lanes, size_t n)
{
    if (is_one_short(lanes, n)) {
        s2v_short(s, lanes, lanes->in, lanes->v);
        ctr_short(&s->ctr, lanes->v, lanes->in, lanes->out);
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
        uint8_t v[AES_BLOCK];
        ctr_short(&s->ctr, lanes->expect, lanes->in, lanes->out);
        s2v_short(s, lanes, slice_of(lanes->out, lanes->in.len), v);
        return block_differ(v, lanes->expect) == 0;
    }
    for (size_t at = 0; at < n; at += LANES) {
        const size_t now = n - at < LANES ? n - at : LANES;
        uint8_t v[LANES][AES_BLOCK];
        struct siv_lane plain[LANES];
        ctr_lanes(s, lanes + at, now, true);
        for (size_t i = 0; i < now; i++) {
            plain[i] = lanes[at + i];
            plain[i].in.data = plain[i].out;
        }
        s2v_lanes(s, plain, now, v);
        for (size_t i = 0; i < now; i++) {
            differ |= block_differ(v[i], lanes[at + i].expect);
        }
    }
    return differ == 0;
}
