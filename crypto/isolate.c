/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/isolate.h"

#include <openssl/crypto.h>

void
isolate_libcrypto(void)
{
    /* A failure here shows as CRYPTO when the first cipher is fetched. */
    (void) OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
}
