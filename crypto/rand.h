/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes for salts and nonces: a per-thread buffer of 4 KiB refilled from OpenSSL's generator
 * (one RAND_bytes call per value would cost 100 times as much), discarded after fork and wiped as it is
 * used. Thread-safe. Long-lived keys use it too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

STATUS rand_bytes(void *out, size_t n);
