/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a plugin that carries its own copy of libcrypto inside a foreign process: keeps that copy from
 * reading the host's OpenSSL configuration (made for another version, perhaps) and from registering exit
 * handlers. Call before any other crypto/ function; idempotent, any thread. The plugin must not be
 * unloaded afterwards (link it with -z nodelete): OpenSSL keeps per-thread destructors.
 */
#pragma once

void isolate_libcrypto(void);
