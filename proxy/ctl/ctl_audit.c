/* SPDX-License-Identifier: Apache-2.0 */
/* alliumctl audit: checks the chain of an audit log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keystore.h"
#include "proxy/audit.h"
#include "proxy/ctl/ctl.h"

int
ctl_audit(int argc, char **argv)
{
    struct diag d = DIAG_INIT;
    uint64_t n;
    CLEANUP(master_unref_cleanup) struct master *m = NULL;
    const char *what = ctl_word(argc, argv, 0), *path = ctl_word(argc, argv, 1);
    const char *key = ctl_option(argc, argv, "key");
    if (!what || !path || !key || strcmp(what, "verify") != 0) {
        fputs("alliumctl: expected audit verify LOG --key FILE [--passphrase-file FILE]\n", stderr);
        return EXIT_FAILURE;
    }
    struct status s = ctl_key_load(argc, argv, key, &m, &d);
    if (status_is_ok(s)) {
        s = audit_verify(path, m, &n, &d);
    }
    if (!status_is_ok(s)) {
        return ctl_fail(s, &d);
    }
    printf("%s: %" PRIu64 " lines, unbroken\n", path, n);
    return EXIT_SUCCESS;
}
