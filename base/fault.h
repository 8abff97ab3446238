/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault points for the chaos tests: FAULT("ddl.committed") kills the process, as kill -9 does, when the
 * environment variable ALLIUM_FAULT has that name ("name:n": at its n-th passage). Compiled to nothing
 * unless the build defines ALLIUM_FAULTS.
 */
#pragma once

#ifdef ALLIUM_FAULTS

void fault_point(const char *name);
#    define FAULT(name) fault_point(name)

#else

#    define FAULT(name) ((void) 0)

#endif
