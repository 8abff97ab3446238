/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin port: MySQL protocol, a handful of statements about the proxy itself. No statement here
 * reaches the database server. Runs on a worker.
 */
#pragma once

#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "proxy/wire/result.h"

struct session;

STATUS admin_query(struct session *s, struct slice sql, struct result_writer *w, struct diag *d);
