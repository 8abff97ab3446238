/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COM_FIELD_LIST (old clients' table completion): answered from the metadata of a query that gives
 * no rows; this collects it. One thread.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "proxy/session_info.h"
#include "proxy/wire/channel.h"
#include "proxy/wire/result.h"

struct field_list {
    struct result_writer writer; /* first */
    struct slice table, wild;
    struct buf *defs; /* one payload per column */
    size_t n;
};

bool field_list_init(struct field_list *l, struct slice body);
void field_list_deinit(struct field_list *l);
struct slice field_list_query(const struct field_list *l, struct arena *a);
void field_list_write(const struct field_list *l, struct wire_channel *ch,
                      struct session_info *info);
