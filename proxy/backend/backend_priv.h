/* SPDX-License-Identifier: Apache-2.0 */
/* For the pool: a pointer of its own that travels with each connection. */
#pragma once

#include "proxy/backend/backend.h"

void **backend_owner(struct backend_conn *c);
