/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical value bytes: what a `_v` cell encrypts, and the common currency of planner, executor and
 * crypto. The layout per family is in docs/formats/values.md. Bytes are exact: equal bytes print
 * equally, and every storable value (zero dates, 2020-02-00, -0.0, negative times) survives.
 *
 * SQL NULL is a NULL slice everywhere and never reaches these functions.
 * Output is appended to the buf; allocation failure sticks in the buf and the caller checks
 * buf_status() once. A status other than OK means that the input is not a value of that type:
 * CIPHERTEXT for wrong canonical bytes (a corrupt cell or a wrong type), PROTOCOL for server bytes
 * that do not parse. Pure functions: no state, any thread, no timing guarantees (values are plain
 * here).
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/types/type.h"

/* Text-protocol bytes of a cell of this column (as selected, character_set_results NULL or equal to
 * the column's) -> value. env: flavour and, for TIMESTAMP, the zone of the session that printed it
 * (UNSUPPORTED when that is not known). */
STATUS type_value_from_text(const struct type *t, const struct type_env *env, struct slice text,
                            struct buf *value);

/*
 * Reading a column back exactly through the text protocol: select type_value_read_sql(column) and
 * give the cell's text to type_value_from_read(). FLOAT prints only six digits and FLOAT(M,D) rounds,
 * so they are read as `column * 1e0` (from_text refuses them, UNSUPPORTED); TIMESTAMP is read as
 * UNIX_TIMESTAMP(column), free of the session's time zone. All others are the column itself.
 * `column`: a quoted name as it shall appear in the SELECT.
 */
void type_value_read_sql(const struct type *t, struct slice column, struct buf *sql);
STATUS type_value_from_read(const struct type *t, const struct type_env *env, struct slice text,
                            struct buf *value);

/* Binary-protocol bytes without length prefix (see proxy/wire/result.h) -> value. */
STATUS type_value_from_binary(const struct type *t, const struct type_env *env, struct slice cell,
                              struct buf *value);

/* Exactly the bytes that MySQL (env->flavour) prints for a selected column. Strings come in the
 * column's character set: conversion to character_set_results is the caller's (charset.h). */
STATUS type_value_to_text(const struct type *t, const struct type_env *env, struct slice value,
                          struct buf *text);

/* Binary-protocol bytes without length prefix. Strings as in to_text. */
STATUS type_value_to_binary(const struct type *t, const struct type_env *env, struct slice value,
                            struct buf *cell);

/* A SQL expression that, stored into a column of this type by a session in time zone UTC with any
 * sql_mode that permits zero and invalid dates (scratch loads use sql_mode=''  plus
 * ALLOW_INVALID_DATES), gives the value back exactly. Never holds a byte outside ASCII. */
STATUS type_value_to_sql(const struct type *t, const struct type_env *env, struct slice value,
                         struct buf *sql);

/* For a prepared bulk load: the wire type to declare for the parameter (enum type_wire; with
 * *is_unsigned) such that binding to_binary's bytes stores the value exactly. */
uint8_t type_value_param_type(const struct type *t, bool *is_unsigned);

/* Length and family check of canonical bytes; OK or CIPHERTEXT. */
STATUS type_value_check(const struct type *t, struct slice value);

/* ------------------------------------------------------- results of arbitrary expressions --- */

/* Text-protocol bytes of a result column described only by its metadata -> binary-protocol bytes
 * (no length prefix). wire/is_unsigned as in the column definition packet. */
STATUS type_value_text_to_binary(uint8_t wire, bool is_unsigned, struct slice text,
                                 struct buf *cell);

/* ------------------------------------------------------------------------- number printing --- */

/* MySQL's printing of a DOUBLE / FLOAT result: shortest digits that read back (17 or, for FLOAT, 6
 * significant digits), my_gcvt's choice between fixed and exponent form. */
void type_value_print_double(double v, struct buf *text);
void type_value_print_float(float v, struct buf *text);
/* Correctly rounded with exactly `decimals` (0..30) digits after the point, as FLOAT(M,D). */
void type_value_print_fixed(double v, unsigned decimals, struct buf *text);
