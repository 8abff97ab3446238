/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hashes of MySQL's login methods; with proxy/tls.c the only OpenSSL user outside crypto/.
 * Stateless besides the RSA key pair; any thread.
 *
 * caching_sha2_password: stored "$A$005$" + 20 salt bytes + 43 characters: SHA-256 crypt(3) with
 * 5 * 1000 rounds (Drepper, https://www.akkadia.org/drepper/SHA-crypt.txt) and a 20-byte salt.
 * mysql_native_password: stored "*" + hex of SHA1(SHA1(password)).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#define AUTHHASH_SCRAMBLE 20
#define AUTHHASH_SHA1     20
#define AUTHHASH_SHA256   32
#define AUTHHASH_CRYPT    43
#define AUTHHASH_SALT     20

/* len bytes out of 1..127, so that they may stand in NUL-terminated fields. False: no randomness. */
bool authhash_scramble(uint8_t *out, size_t len);

void authhash_sha1(struct slice in, uint8_t out[AUTHHASH_SHA1]);
void authhash_sha256(struct slice in, uint8_t out[AUTHHASH_SHA256]);
/* 43 characters of crypt base 64. rounds as in crypt(3). */
void authhash_crypt(struct slice password, struct slice salt, unsigned rounds,
                    char out[AUTHHASH_CRYPT]);

/* Is `response` right for a password whose SHA1(SHA1(password)) is `stage2`? */
bool authhash_native_ok(const uint8_t stage2[AUTHHASH_SHA1],
                        const uint8_t scramble[AUTHHASH_SCRAMBLE], struct slice response);
/* The same for caching_sha2's fast path; stage2 = SHA256(SHA256(password)). */
bool authhash_sha2_ok(const uint8_t stage2[AUTHHASH_SHA256],
                      const uint8_t scramble[AUTHHASH_SCRAMBLE], struct slice response);

/* RSA pair for full authentication without TLS; made when it is first needed (0.1 to 1 s). */
struct authhash_rsa;
STATUS authhash_rsa_new(struct authhash_rsa **out);
struct authhash_rsa *authhash_rsa_free(struct authhash_rsa *k);
/* NULL when the pair cannot be made. */
struct slice authhash_rsa_public_pem(struct authhash_rsa *k);
/* OAEP; then XOR with the scramble, as the clients do. Appends the password without its NUL. */
bool authhash_rsa_open(struct authhash_rsa *k, struct slice sealed,
                       const uint8_t scramble[AUTHHASH_SCRAMBLE], struct buf *password);
