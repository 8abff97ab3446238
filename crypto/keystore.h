/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Master keys at rest: the key file "EDBK" version 1 (docs/formats/keyfile.md), or a raw key file of 64
 * hexadecimal digits. In the former each epoch's key is wrapped (AES-KW, RFC 3394) under a key made
 * from the passphrase (scrypt, RFC 7914), and an HMAC covers the whole file, so a wrong passphrase and
 * a changed file are recognised before anything is unwrapped.
 * Files are written atomically with mode 0600. Functions block (scrypt takes about 0.3 s and 128 MiB by
 * default) and are thread-safe.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "crypto/master.h"

struct keystore_cost {
    uint8_t log_n; /* 10..22 */
    uint32_t r, p; /* 1..32, 1..16 */
};

#define KEYSTORE_COST_DEFAULT ((struct keystore_cost){17, 8, 1})

/* In memory. decode: CIPHERTEXT when it is no key file, KEY_WRONG for a wrong passphrase or a changed
 * file; a raw hex key needs no passphrase. */
STATUS keystore_encode(struct buf *out, const struct master *m, struct slice passphrase,
                       struct keystore_cost cost, struct diag *d);
STATUS keystore_decode(struct master **out, struct slice file, struct slice passphrase,
                       struct diag *d);
bool keystore_needs_passphrase(struct slice file);

/* On disk. load refuses files that group or others can read (CONFIG). save replaces `path`. */
STATUS keystore_load(struct master **out, const char *path, struct slice passphrase,
                     struct diag *d);
STATUS keystore_save(const char *path, const struct master *m, struct slice passphrase,
                     struct keystore_cost cost, struct diag *d);
