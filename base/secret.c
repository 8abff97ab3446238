/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#include "base/secret.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"

int
secret_process_protect(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    struct rlimit lim;
    if (getrlimit(RLIMIT_MEMLOCK, &lim) == 0 && lim.rlim_cur == RLIM_INFINITY) {
        return mlockall(MCL_CURRENT | MCL_FUTURE);
    }
    return -1;
}

/* One mapping per secret: page-aligned so that mlock and MADV_DONTDUMP concern nothing else. */
static size_t
mapped_len(size_t len)
{
    const size_t page = (size_t) sysconf(_SC_PAGESIZE);
    return (len + page - 1) / page * page;
}

struct secret *
secret_new(size_t len)
{
    struct secret *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    const size_t n = mapped_len(len ? len : 1);
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        free(s);
        return NULL;
    }
    (void) mlock(p, n); /* best effort: RLIMIT_MEMLOCK may be small */
    (void) madvise(p, n, MADV_DONTDUMP);
    s->data = p;
    s->len = len;
    return s;
}

struct secret *
secret_new_copy(const void *p, size_t len)
{
    struct secret *s = secret_new(len);
    if (s) {
        mem_copy(s->data, p, len);
    }
    return s;
}

struct secret *
secret_free(struct secret *s)
{
    if (s) {
        const size_t n = mapped_len(s->len ? s->len : 1);
        mem_wipe(s->data, s->len);
        munmap(s->data, n);
        free(s);
    }
    return NULL;
}

struct slice
secret_slice(const struct secret *s)
{
    return slice_of(s->data, s->len);
}
