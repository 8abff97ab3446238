/* SPDX-License-Identifier: Apache-2.0 */
/* bench_crypto [scheme [milliseconds]] */
#include <stdio.h>

#include "crypto/bench.h"

int
main(int argc, char **argv)
{
    uint64_t ms = 0;
    if (argc > 3 || (argc == 3 && !slice_parse_u64(slice_of_str(argv[2]), &ms))) {
        fprintf(stderr, "usage: bench_crypto [scheme [milliseconds]]\n");
        return 2;
    }
    const struct bench_options options = {.scheme = slice_of_str(argc > 1 ? argv[1] : NULL),
                                          .ms = (unsigned) ms};
    return status_is_ok(bench_print(&options)) ? 0 : 1;
}
