/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/bench.h"
#include "proxy/ctl/ctl.h"

int
ctl_bench(int argc, char **argv)
{
    const char *what = ctl_word(argc, argv, 0);
    const char *ms = ctl_option(argc, argv, "ms");
    uint64_t number = 0;
    struct diag d = DIAG_INIT;
    if (what == NULL || strcmp(what, "crypto") != 0 ||
        (ms && !slice_parse_u64(slice_of_str(ms), &number))) {
        fputs("alliumctl: expected bench crypto [--scheme NAME] [--ms MILLISECONDS]\n", stderr);
        return EXIT_FAILURE;
    }
    const struct bench_options options = {.scheme = slice_of_str(ctl_option(argc, argv, "scheme")),
                                          .ms = (unsigned) number};
    const struct status st = bench_print(&options);
    return status_is_ok(st) ? EXIT_SUCCESS : ctl_fail(st, &d);
}
