/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named time zones: the tables that the database server has them in (mysql.time_zone*), copied, so that
 * CONVERT_TZ() and SET time_zone know the same zones with the same rules.
 */
#pragma once

#include "proxy/scratch/scratch.h"

/* Nothing when the server has none, or its account may not read them. `to`: an administrator's. */
STATUS scratch_zones_copy(struct backend_conn *from, struct backend_conn *to, struct diag *d);
