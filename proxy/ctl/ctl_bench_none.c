/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "proxy/ctl/ctl.h"

int
ctl_bench(int argc, char **argv)
{
    fputs("alliumctl: this build has no benchmarks\n", stderr);
    return EXIT_FAILURE;
}
