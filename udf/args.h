/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of arguments that all functions share. */
#pragma once

#include <stdbool.h>

#include "base/slice.h"
#include "udf/abi.h"

/* Writes the message and returns true, which is an _init function's way to fail. */
bool args_refuse(char *message, const char *text);
/* True (refused) unless there are `count` arguments, all strings. usage: "allium_x(cell, key)". */
bool args_refuse_shape(const struct udf_args *args, unsigned count, const char *usage,
                       char *message);
/* Argument i; NULL slice for SQL NULL (and, in _init, for what is not constant). */
struct slice args_slice(const struct udf_args *args, unsigned i);
