/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Literals: when is what MySQL does with `column = literal` or `SET column = literal` provably known?
 * FIT_EXACT gives the canonical value and nothing else happens in MySQL either: no warning, no
 * truncation, no rounding. Everything not proven is FIT_ASK and goes to the scratch engine.
 *
 * Pure function, any thread.
 */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "rewriter/types/charset.h"
#include "rewriter/types/type.h"

enum type_literal_kind {
    TYPE_LITERAL_NULL,
    TYPE_LITERAL_INT,     /* digits; TRUE and FALSE are "1" and "0" */
    TYPE_LITERAL_DECIMAL, /* 1.50, .5, 1. */
    TYPE_LITERAL_FLOAT,   /* 1e3, 1.5E-3; also a bound FLOAT/DOUBLE parameter printed with %.17g */
    TYPE_LITERAL_STRING,  /* bytes after escape processing, in `charset` */
    TYPE_LITERAL_HEX,     /* x'..', 0x..: the bytes */
    TYPE_LITERAL_BIT,     /* b'..': the bytes (big-endian, left-padded) */
    TYPE_LITERAL_DATE,    /* DATE'2020-01-01': the text between the quotes */
    TYPE_LITERAL_TIME,
    TYPE_LITERAL_TIMESTAMP, /* TIMESTAMP'…' */
};

struct type_literal {
    enum type_literal_kind kind;
    bool negative;       /* a unary minus was folded into a number */
    bool has_introducer; /* _utf8mb4'…', N'…', or COLLATE: HEX/BIT then act as strings */
    struct slice bytes;  /* as described per kind; a sign here adds to `negative` */
    const struct collation_info *collation; /* STRING: of the connection or introducer */
};

enum type_fit_use {
    TYPE_FIT_STORE,
    TYPE_FIT_COMPARE_EQ,
    TYPE_FIT_COMPARE_ORDER
};

enum type_fit {
    TYPE_FIT_EXACT, /* value appended */
    TYPE_FIT_NULL,  /* the literal is NULL */
    TYPE_FIT_ASK,
    /* comparisons only; nothing appended: */
    TYPE_FIT_NEVER,   /* COMPARE_EQ: no storable value is equal (never NULL either) */
    TYPE_FIT_BELOW,   /* COMPARE_ORDER: the literal is less than every storable value */
    TYPE_FIT_ABOVE,   /* COMPARE_ORDER: the literal is greater than every storable value */
    TYPE_FIT_BETWEEN, /* COMPARE_ORDER: lies strictly between the appended value and the next larger
                         storable one, so that col > lit == col > value, col < lit == col <= value,
                         col >= lit == col > value, col <= lit == col <= value */
};

/*
 * The column is on the other side of =, <=>, IN, <, BETWEEN, … or is assigned to. For COMPARE_* the
 * canonical value may be longer than the column could hold (strings): it is meant for keys only.
 */
enum type_fit type_fit_literal(const struct type *t, const struct type_env *env,
                               enum type_fit_use use, const struct type_literal *lit,
                               struct buf *value);
