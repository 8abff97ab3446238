/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/compress.h"

const struct compress_ops *
compress_zstd(void)
{
    return NULL;
}
