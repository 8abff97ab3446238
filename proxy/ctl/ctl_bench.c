/* SPDX-License-Identifier: Apache-2.0 */
/* alliumctl bench crypto [SCHEME] [--ms N] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/bench.h"
#include "proxy/ctl/ctl.h"

int
ctl_bench(int argc, char **argv)
{
    const char *what = ctl_word(argc, argv, 0);
    const char *ms_text = ctl_option(argc, argv, "ms");
    uint64_t ms = 0;
    if (what == NULL || strcmp(what, "crypto") != 0 ||
        (ms_text && (!slice_parse_u64(slice_of_str(ms_text), &ms) || ms > 60000))) {
        fputs("usage: alliumctl bench crypto [SCHEME] [--ms N]\n", stderr);
        return EXIT_FAILURE;
    }
    const struct bench_options options = {.scheme = slice_of_str(ctl_word(argc, argv, 1)),
                                          .ms = (unsigned) ms};
    const struct status s = bench_print(&options);
    struct diag d = DIAG_INIT;
    return status_is_ok(s) ? EXIT_SUCCESS : ctl_fail(s, &d);
}
