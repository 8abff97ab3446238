/* SPDX-License-Identifier: Apache-2.0 */
/* The child's command line. */
#pragma once

#include "proxy/scratch/datadir_priv.h"

/* NULL-terminated, each element malloc'ed, or NULL when out of memory. */
char **scratch_options_new(const struct scratch_datadir *dir, const struct scratch_config *config);
char **scratch_options_free(char **options);
