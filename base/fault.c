/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fault.h"

#ifdef ALLIUM_FAULTS

#    include <signal.h>
#    include <stdlib.h>
#    include <string.h>
#    include <unistd.h>

void
fault_point(const char *name)
{
    static int passages;
    const char *want = getenv("ALLIUM_FAULT");
    const size_t n = strlen(name);
    if (!want || strncmp(want, name, n) != 0 || (want[n] && want[n] != ':')) {
        return;
    }
    const int at = want[n] == ':' ? (int) strtol(want + n + 1, NULL, 10) : 1;
    if (__atomic_add_fetch(&passages, 1, __ATOMIC_SEQ_CST) >= at) {
        kill(getpid(), SIGKILL);
        pause();
    }
}

#endif
