/* SPDX-License-Identifier: Apache-2.0 */
/* OK, EOF and ERR packets. Each writes one payload. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/slice.h"
#include "proxy/session_info.h"
#include "proxy/wire/result.h"

/* Header 0x00. Takes the pending tracked changes of `info`. */
void message_ok_write(struct buf *out, struct session_info *info, const struct result_ok *ok);
/* End of rows or of metadata: an EOF packet, or an OK with header 0xfe under DEPRECATE_EOF. */
void message_end_write(struct buf *out, struct session_info *info, uint16_t flags,
                       uint16_t warnings);
void message_err_write(struct buf *out, const struct diag *d);
