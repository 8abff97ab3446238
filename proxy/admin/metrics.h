/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP on the admin side (libevent): /metrics in Prometheus text, /health/live, /health/ready. On
 * the first event thread; reads counters and the last answer about readiness.
 */
#pragma once

#include "base/diag.h"
#include "base/status.h"

struct event_base;
struct metrics;
struct server;

/* *out stays NULL when admin.http is empty. */
STATUS metrics_new(struct metrics **out, struct server *sv, struct event_base *base,
                   struct diag *d);
struct metrics *metrics_free(struct metrics *m); /* NULL is fine; returns NULL */
