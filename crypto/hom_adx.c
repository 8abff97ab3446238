/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Montgomery kernel for x86-64 CPUs with MULX and ADX (Intel Broadwell, AMD Zen and later). One primitive
 * does all the work: eight limbs held in registers times a vector, with two independent carry chains
 * (ADCX, ADOX), following "New Instructions Supporting Large Integer Arithmetic on Intel Architecture
 * Processors" (Ozturk et al., 2012). Reduction goes eight limbs at a time with -1/m mod 2^512.
 *
 * Distributions build libgmp for the baseline CPU and OpenSSL's BN needs a conversion per number: this is
 * 1.5 times as fast as the former and needs no conversion (docs/formats/hom.md has the figures).
 */
#include "base/mem.h"
#include "crypto/hom_limb.h"
#include "crypto/hom_mont.h"

/* Eight limbs and two pointers leave no register for a frame pointer, which the sanitizers and -O0 need. */
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)

enum {
    BLOCK = 8
};

#    define COLUMN(A, OLD_HI, NEW_HI, LO, NEXT)           \
        "mulx " #A "(%[a]), %%" #LO ", %%" #NEW_HI "\n\t" \
        "adcx %%" #OLD_HI ", %%" #LO "\n\t"               \
        "adox %%" #NEXT ", %%" #LO "\n\t"

/* One limb of b at byte offset O; enters and leaves with both carries clear. */
#    define ROW(O)                                                                               \
        "movq " #O "(%[b]), %%rdx\n\t"                                                           \
        "mulx (%[a]), %%rbx, %%rax\n\t"                                                          \
        "adcx %%r8, %%rbx\n\t"                                                                   \
        "adox " #O "(%[t]), %%rbx\n\t"                                                           \
        "movq %%rbx, " #O "(%[t])\n\t" COLUMN(8, rax, rbx, r8, r9) COLUMN(16, rbx, rax, r9, r10) \
            COLUMN(24, rax, rbx, r10, r11) COLUMN(32, rbx, rax, r11, r12)                        \
                COLUMN(40, rax, rbx, r12, r13) COLUMN(48, rbx, rax, r13, r14)                    \
                    COLUMN(56, rax, rbx, r14, r15) "movl $0, %%r15d\n\t"                         \
                                                   "adcx %%rbx, %%r15\n\t"                       \
                                                   "adox %[zero], %%r15\n\t"

/*
 * (acc, t) = t + acc + a[0..8) * b[0..n), n a multiple of 4: the low n limbs go to t, the high eight are
 * left in acc. 2^512 - 1 + (2^512 - 1)(2^64 - 1) + 2^64 - 1 < 2^576, so a row never carries out, which
 * is also why the flags are clear between rows. All 14 registers are taken: hence a function of its own that
 * sanitizers leave alone.
 */
__attribute__((noinline, no_sanitize("address"), no_sanitize("undefined"))) static void
muladd8(uint64_t *t, uint64_t acc[BLOCK], const uint64_t *a, const uint64_t *b, unsigned n)
{
    const uint64_t *const end = b + n;
    const uint64_t zero = 0;
    register uint64_t r8 __asm__("r8") = acc[0];
    register uint64_t r9 __asm__("r9") = acc[1];
    register uint64_t r10 __asm__("r10") = acc[2];
    register uint64_t r11 __asm__("r11") = acc[3];
    register uint64_t r12 __asm__("r12") = acc[4];
    register uint64_t r13 __asm__("r13") = acc[5];
    register uint64_t r14 __asm__("r14") = acc[6];
    register uint64_t r15 __asm__("r15") = acc[7];
    __asm__ volatile("1:\n\t"
                     "xorl %%eax, %%eax\n\t" /* clears both carries */
                     ROW(0) ROW(8) ROW(16) ROW(24) "addq $32, %[b]\n\t"
                                                   "addq $32, %[t]\n\t"
                                                   "cmpq %[end], %[b]\n\t"
                                                   "jne 1b\n\t"
                     : [t] "+r"(t), [b] "+r"(b), "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11),
                       "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15)
                     : [a] "r"(a), [end] "m"(end), [zero] "m"(zero)
                     : "rax", "rbx", "rdx", "cc", "memory");
    acc[0] = r8;
    acc[1] = r9;
    acc[2] = r10;
    acc[3] = r11;
    acc[4] = r12;
    acc[5] = r13;
    acc[6] = r14;
    acc[7] = r15;
}

static bool
adx_usable(void)
{
    __builtin_cpu_init();
    unsigned eax = 7, ebx = 0, ecx = 0, edx = 0;
    unsigned max = 0;
    __asm__("cpuid" : "=a"(max), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(0), "c"(0));
    if (max < 7) {
        return false;
    }
    __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(7), "c"(0));
    return (ebx >> 8 & 1) && (ebx >> 19 & 1); /* BMI2, ADX */
}

/* -1/m mod 2^512 by Newton on eight limbs: x <- x (2 - m x), here with x' = -x: x' <- x' (2 + m x'). */
static void
inverse512(uint64_t k[BLOCK], const uint64_t *m)
{
    mem_zero(k + 1, 8 * (BLOCK - 1));
    for (unsigned good = 1; good < BLOCK; good *= 2) {
        uint64_t p[2 * BLOCK] = {0}, q[2 * BLOCK] = {0}, acc[BLOCK] = {0};
        muladd8(p, acc, m, k, BLOCK);
        unsigned __int128 sum = (unsigned __int128) p[0] + 2;
        for (unsigned i = 0; i < BLOCK; i++) {
            p[i] = (uint64_t) sum;
            sum = (sum >> 64) + (i + 1 < BLOCK ? p[i + 1] : 0);
        }
        mem_zero(acc, sizeof acc);
        muladd8(q, acc, k, p, BLOCK);
        mem_copy(k, q, 8 * BLOCK);
    }
}

static void
adx_setup(struct hom_mont *m)
{
    hom_mont_portable.setup(m);
    inverse512(m->k, m->modulus);
}

static void
adx_mul(const struct hom_mont *m, uint64_t *r, const uint64_t *a, const uint64_t *b)
{
    uint64_t t[2 * HOM_MONT_LIMBS_MAX];
    const unsigned n = m->limbs;
    mem_zero(t, 8 * n);
    for (unsigned i = 0; i < n; i += BLOCK) {
        uint64_t acc[BLOCK] = {0};
        muladd8(t + i, acc, a + i, b, n);
        mem_copy(t + i + n, acc, sizeof acc);
    }
    uint64_t carry = 0;
    for (unsigned i = 0; i < n; i += BLOCK) {
        uint64_t q[BLOCK] = {0}, acc[BLOCK] = {0};
        muladd8(q, acc, m->k, t + i, BLOCK);
        mem_zero(acc, sizeof acc);
        muladd8(t + i, acc, q, m->modulus, n);
        unsigned __int128 sum = carry;
        for (unsigned j = 0; j < BLOCK; j++) {
            sum += (unsigned __int128) t[i + n + j] + acc[j];
            t[i + n + j] = (uint64_t) sum;
            sum >>= 64;
        }
        carry = (uint64_t) sum;
    }
    hom_limb_sub_masked(r, t + n, m->modulus, -carry, n);
}

static void
adx_mul2(const struct hom_mont *const m[2], uint64_t *const r[2], const uint64_t *const a[2],
         const uint64_t *const b[2])
{
    adx_mul(m[0], r[0], a[0], b[0]);
    adx_mul(m[1], r[1], a[1], b[1]);
}

static void
adx_load(const struct hom_mont *m, uint64_t *digits, const uint64_t *limbs)
{
    hom_mont_portable.load(m, digits, limbs);
}

static void
adx_store(const struct hom_mont *m, uint64_t *limbs, const uint64_t *digits)
{
    hom_mont_portable.store(m, limbs, digits);
}

const struct hom_mont_ops hom_adx_ops = {
    .name = "adx",
    .usable = adx_usable,
    .setup = adx_setup,
    .load = adx_load,
    .store = adx_store,
    .mul = adx_mul,
    .mul2 = adx_mul2,
};

#elif defined(__x86_64__)

static bool
adx_usable(void)
{
    return false;
}

const struct hom_mont_ops hom_adx_ops = {.name = "adx", .usable = adx_usable};

#endif
