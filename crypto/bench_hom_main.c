/* SPDX-License-Identifier: Apache-2.0 */
/* bench_hom [milliseconds] */
#include <stdio.h>

#include "base/slice.h"
#include "crypto/bench_hom.h"

int
main(int argc, char **argv)
{
    uint64_t ms = 0;
    if (argc > 2 || (argc == 2 && !slice_parse_u64(slice_of_str(argv[1]), &ms))) {
        fprintf(stderr, "usage: bench_hom [milliseconds]\n");
        return 2;
    }
    return status_is_ok(bench_hom_print((unsigned) ms)) ? 0 : 1;
}
