/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of the whole process. Any thread adds; readers get a value that was true a moment ago. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* STATS_COUNTER(name, help): metric allium_<name>_total. STATS_GAUGE: allium_<name>. */
#define STATS_LIST                                                                       \
    STATS_COUNTER(connections, "Client connections accepted.")                           \
    STATS_COUNTER(connections_refused, "Client connections refused by max_connections.") \
    STATS_COUNTER(logins, "Successful logins.")                                          \
    STATS_COUNTER(login_failures, "Refused logins.")                                     \
    STATS_COUNTER(commands, "Commands run.")                                             \
    STATS_COUNTER(queries, "Text queries run.")                                          \
    STATS_COUNTER(prepares, "Statements prepared.")                                      \
    STATS_COUNTER(executes, "Prepared statements executed.")                             \
    STATS_COUNTER(errors, "Error packets sent.")                                         \
    STATS_COUNTER(rows_sent, "Result rows sent.")                                        \
    STATS_COUNTER(received_bytes, "Bytes received from clients.")                        \
    STATS_COUNTER(sent_bytes, "Bytes sent to clients.")                                  \
    STATS_COUNTER(kills, "Sessions or queries killed.")                                  \
    STATS_COUNTER(rests, "Idle sessions that gave back what they held.")                 \
    STATS_COUNTER(slow_commands, "Commands slower than log.slow_ms.")                    \
    STATS_COUNTER(command_microseconds, "Time spent in commands.")                       \
    STATS_GAUGE(sessions, "Client sessions now.")                                        \
    STATS_GAUGE(workers, "Worker threads now.")                                          \
    STATS_GAUGE(workers_busy, "Worker threads running a session.")                       \
    STATS_GAUGE(queued, "Sessions waiting for a worker.")

struct stats {
#define STATS_COUNTER(name, help) _Atomic uint64_t name;
#define STATS_GAUGE(name, help)   _Atomic uint64_t name;
    STATS_LIST
#undef STATS_COUNTER
#undef STATS_GAUGE
};

static inline void
stats_add(_Atomic uint64_t *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static inline void
stats_sub(_Atomic uint64_t *gauge, uint64_t n)
{
    atomic_fetch_sub_explicit(gauge, n, memory_order_relaxed);
}
