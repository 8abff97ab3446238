/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lanes: state[k] is the chaining value of the k-th message that is still going. Each turn xors one
 * block into every state and encrypts them all in one call; a message that ends leaves its lane to the
 * last one.
 */
#include "crypto/cmac.h"

#include "base/mem.h"
#include "crypto/block.h"

static struct status
init(struct cmac *c, const uint8_t *key, size_t key_len)
{
    TRY(aes_init(&c->aes, key, key_len, AES_ENCRYPT_DIR));
    TRY(aes_chain_init(&c->chain, key, key_len));
    aes_blocks(&c->aes, c->sub1, c->sub1, 1);
    block_double(c->sub1);
    mem_copy(c->sub2, c->sub1, AES_BLOCK);
    block_double(c->sub2);
    return aes_status(&c->aes);
}

struct status
cmac_init(struct cmac *c, const uint8_t *key, size_t key_len)
{
    *c = (struct cmac){0};
    const struct status s = init(c, key, key_len);
    if (!status_is_ok(s)) {
        cmac_deinit(c);
    }
    return s;
}

void
cmac_deinit(struct cmac *c)
{
    aes_deinit(&c->aes);
    aes_chain_deinit(&c->chain);
    mem_wipe(c, sizeof *c);
}

struct status
cmac_status(const struct cmac *c)
{
    TRY(aes_status(&c->aes));
    return aes_status(&c->chain.cbc);
}

#define CHAIN_LANES  3
#define CHAIN_BLOCKS 6

struct going {
    uint8_t state[CMAC_LANES][AES_BLOCK];
    uint8_t tail[CMAC_LANES][2 * AES_BLOCK]; /* the last one or two blocks, masked and padded */
    const uint8_t *next[CMAC_LANES];         /* the next block */
    size_t left[CMAC_LANES];                 /* blocks */
    uint8_t n_tail[CMAC_LANES];              /* of them in tail: 1 or 2 */
    uint8_t lane[CMAC_LANES];
};

static void
start_lane(const struct cmac *c, struct going *g, size_t k, const struct cmac_lane *lane)
{
    const size_t len = lane->msg.len;
    const size_t n_blocks = len ? (len + AES_BLOCK - 1) / AES_BLOCK : 1;
    const size_t rest = len - (n_blocks - 1) * AES_BLOCK; /* in the last block */
    const size_t n_tail = lane->end && rest != AES_BLOCK ? 2 : 1;
    const size_t direct = (n_blocks - n_tail) * AES_BLOCK;
    uint8_t *tail = g->tail[k];
    uint8_t *last = tail + (n_tail - 1) * AES_BLOCK;
    mem_zero(last, AES_BLOCK);
    mem_copy(tail, lane->msg.data + direct, len - direct);
    if (lane->end) {
        block_xor(tail + (len - direct) - AES_BLOCK, lane->end);
    }
    if (rest == AES_BLOCK) {
        block_xor(last, c->sub1);
    } else {
        last[rest] = 0x80;
        block_xor(last, c->sub2);
    }
    mem_zero(g->state[k], AES_BLOCK);
    g->next[k] = direct ? lane->msg.data : tail;
    g->left[k] = n_blocks;
    g->n_tail[k] = (uint8_t) n_tail;
}

static void
move_lane(struct going *g, size_t to, size_t from)
{
    if (to == from) {
        return;
    }
    const size_t in_tail =
        g->left[from] <= g->n_tail[from] ? (size_t) (g->next[from] - g->tail[from]) : 0;
    mem_copy(g->state[to], g->state[from], AES_BLOCK);
    mem_copy(g->tail[to], g->tail[from], sizeof g->tail[to]);
    g->next[to] = g->left[from] <= g->n_tail[from] ? g->tail[to] + in_tail : g->next[from];
    g->left[to] = g->left[from];
    g->n_tail[to] = g->n_tail[from];
    g->lane[to] = g->lane[from];
}

/* With few messages left a chain per message is faster than a call per block. */
static void
chain_long_ones(struct cmac *c, struct going *g, size_t n)
{
    for (size_t k = 0; n <= CHAIN_LANES && k < n; k++) {
        if (g->left[k] >= CHAIN_BLOCKS + g->n_tail[k]) {
            aes_chain_blocks(&c->chain, g->state[k], g->next[k], g->left[k] - g->n_tail[k]);
            g->left[k] = g->n_tail[k];
            g->next[k] = g->tail[k];
        }
    }
}

static void
run_lanes(struct cmac *c, struct going *g, const struct cmac_lane *lanes, size_t n)
{
    while (n) {
        chain_long_ones(c, g, n);
        for (size_t k = 0; k < n; k++) {
            block_xor(g->state[k], g->next[k]);
        }
        aes_blocks(&c->aes, g->state[0], g->state[0], n);
        for (size_t k = n; k-- > 0;) {
            if (--g->left[k] == 0) {
                mem_copy(lanes[g->lane[k]].out, g->state[k], CMAC_LEN);
                move_lane(g, k, --n);
            } else if (g->left[k] == g->n_tail[k]) {
                g->next[k] = g->tail[k];
            } else {
                g->next[k] += AES_BLOCK;
            }
        }
    }
}

/* A message of one block at most, without the bookkeeping of many. */
static void
one_short(struct cmac *c, const struct cmac_lane *lane)
{
    const size_t len = lane->msg.len;
    struct block b;
    if (len == AES_BLOCK) {
        b = block_sum(block_load(lane->msg.data), block_load(c->sub1));
        if (lane->end) {
            b = block_sum(b, block_load(lane->end));
        }
    } else {
        b = block_sum(block_padded(lane->msg.data, len), block_load(c->sub2));
    }
    block_store(lane->out, b);
    aes_blocks(&c->aes, lane->out, lane->out, 1);
}

void
cmac_many(struct cmac *c, const struct cmac_lane *lanes, size_t n)
{
    if (n == 0) {
        return;
    }
    if (n == 1 && lanes->msg.len <= AES_BLOCK) {
        one_short(c, lanes);
        return;
    }
    struct going g;
    size_t used = 0;
    while (n) {
        const size_t now = n < CMAC_LANES ? n : CMAC_LANES;
        for (size_t k = 0; k < now; k++) {
            start_lane(c, &g, k, &lanes[k]);
            g.lane[k] = (uint8_t) k;
        }
        run_lanes(c, &g, lanes, now);
        used = now > used ? now : used;
        lanes += now;
        n -= now;
    }
    mem_wipe(g.tail, used * sizeof g.tail[0]);
    mem_wipe(g.state, used * sizeof g.state[0]);
}

void
cmac_one(struct cmac *c, struct slice msg, uint8_t out[CMAC_LEN])
{
    const struct cmac_lane lane = {.msg = msg, .out = out};
    cmac_many(c, &lane, 1);
}
