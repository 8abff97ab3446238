/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From canonical value bytes to what the Eq and Ord onions encrypt. Equality of det inputs is
 * MySQL's equality within one comparable domain; memcmp order of ord inputs is MySQL's order
 * (except where `exact` is false: then equal inputs may hide different values, which are ties).
 *
 * Numbers of any integer or DECIMAL(<=36) type with equal value have the same det input, whatever
 * their widths and scales, so they join under one key. Layouts: docs/formats/values.md.
 *
 * Strings: a key is the collation's full weight string under its PAD rule (collation.h). Where the
 * tables cannot give it (KEY_ASK) the caller asks the scratch engine for
 * WEIGHT_STRING() and passes that through collation_key_from_weights().
 *
 * Pure functions, any thread. Leak nothing by themselves; what the server learns is decided by the
 * scheme that encrypts the output (DET: equality, OPE/CLWW: order).
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/types/collation.h"
#include "rewriter/types/type.h"

enum type_key_class {
    TYPE_KEY_NONE,   /* no tokens: JSON, GEOMETRY, collations that are not token-safe */
    TYPE_KEY_INT128, /* exactly 16 bytes: one AES block (SCHEME_DET) */
    TYPE_KEY_BYTES,  /* any length: 16-byte tag (SCHEME_TAG) */
};

/* Tokens of two columns under one key are comparable when their domains are equal, not NONE, and
 * for STRING the collations are the same. */
enum type_key_domain {
    TYPE_KEY_DOMAIN_NONE,
    TYPE_KEY_DOMAIN_EXACT,    /* INT, YEAR, BIT, DECIMAL(<=36) */
    TYPE_KEY_DOMAIN_WIDE,     /* DECIMAL(>36): value-normalised bytes, comparable with each other */
    TYPE_KEY_DOMAIN_FLOAT,    /* FLOAT, DOUBLE */
    TYPE_KEY_DOMAIN_DATETIME, /* DATE, DATETIME */
    TYPE_KEY_DOMAIN_TIMESTAMP,
    TYPE_KEY_DOMAIN_TIME,
    TYPE_KEY_DOMAIN_STRING,
    TYPE_KEY_DOMAIN_BINARY,
    TYPE_KEY_DOMAIN_ENUM, /* by index: comparable only with the same element list */
    TYPE_KEY_DOMAIN_SET,
    TYPE_KEY_DOMAIN_INET4,
    TYPE_KEY_DOMAIN_INET6,
    TYPE_KEY_DOMAIN_UUID,
};

/* What a key function said about one value. */
enum type_key_result {
    TYPE_KEY_OK,
    TYPE_KEY_ASK, /* nothing appended: ask the scratch engine for the weight string */
};

enum type_key_class type_key_class(const struct type *t);
enum type_key_domain type_key_domain(const struct type *t);
bool type_key_comparable(const struct type *a, const struct type *b);

/* coll: the column's table (collation_table of t->collation) for STRING, else NULL. */
STATUS type_key_det(const struct type *t, const struct collation *coll, struct slice value,
                    struct buf *out, enum type_key_result *result);

/* --------------------------------------------------------------------------------- order --- */

enum type_key_ord_scheme {
    TYPE_KEY_ORD_NONE,
    TYPE_KEY_ORD_OPE32, /* input of 4 bytes -> 8 bytes of ciphertext */
    TYPE_KEY_ORD_OPE64, /* input of 8 bytes -> 16 */
    TYPE_KEY_ORD_CLWW,  /* input of `bytes` -> 8 * bytes */
};

enum type_key_ord_policy {
    TYPE_KEY_ORD_COMPACT, /* OPE for integers, YEAR, BIT, ENUM, SET, DATE; CLWW for the rest */
    TYPE_KEY_ORD_STRICT,  /* CLWW for everything, as short as the type allows */
};

struct type_key_ord {
    enum type_key_ord_scheme scheme;
    uint8_t bytes; /* input width, 1..32 */
    bool exact;    /* false: a prefix order (strings, binary); ties must be re-sorted */
};

/* string_bytes: input width for STRING and BINARY (multiple of 8, at most 32); 0: no order. */
struct type_key_ord type_key_ord_plan(const struct type *t, enum type_key_ord_policy policy,
                                      uint8_t string_bytes);

/* Appends exactly ord->bytes bytes. */
STATUS type_key_ord(const struct type *t, const struct type_key_ord *ord,
                    const struct collation *coll, struct slice value, struct buf *out,
                    enum type_key_result *result);

/* Prefix keys: the value bytes of the first `chars` characters (bytes for BINARY) of a value. */
STATUS type_key_prefix(const struct type *t, struct slice value, uint32_t chars,
                       struct slice *prefix);
