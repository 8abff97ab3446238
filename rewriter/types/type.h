/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Column types of MySQL 9.7 and MariaDB 10.11, as far as storing, comparing and printing a value
 * needs them. A `struct type` is plain data: its slices live in the arena it was parsed into, it is
 * never changed afterwards and any thread may read it.
 *
 * A type is made from what information_schema.COLUMNS says (COLUMN_TYPE, CHARACTER_SET_NAME,
 * COLLATION_NAME); the catalog stores those strings, not this struct.
 *
 * Source: https://dev.mysql.com/doc/refman/9.7/en/data-types.html and
 * https://mariadb.com/kb/en/data-types/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/status.h"
#include "rewriter/types/collation.h"

enum type_family {
    TYPE_INT, /* TINYINT .. BIGINT, BOOL */
    TYPE_YEAR,
    TYPE_BIT,
    TYPE_DECIMAL,
    TYPE_FLOAT,
    TYPE_DOUBLE,
    TYPE_STRING, /* CHAR, VARCHAR, *TEXT with a character set other than binary */
    TYPE_BINARY, /* BINARY, VARBINARY, *BLOB, VECTOR */
    TYPE_DATE,
    TYPE_TIME,
    TYPE_DATETIME,
    TYPE_TIMESTAMP,
    TYPE_ENUM,
    TYPE_SET,
    TYPE_JSON, /* MySQL; in MariaDB JSON is LONGTEXT */
    TYPE_GEOMETRY,
    TYPE_INET4, /* MariaDB */
    TYPE_INET6, /* MariaDB */
    TYPE_UUID,  /* MariaDB */
};
#define TYPE_FAMILY_COUNT (TYPE_UUID + 1)

/* The wire's column type byte (enum_field_types of the protocol). */
enum type_wire {
    TYPE_WIRE_DECIMAL = 0,
    TYPE_WIRE_TINY = 1,
    TYPE_WIRE_SHORT = 2,
    TYPE_WIRE_LONG = 3,
    TYPE_WIRE_FLOAT = 4,
    TYPE_WIRE_DOUBLE = 5,
    TYPE_WIRE_NULL = 6,
    TYPE_WIRE_TIMESTAMP = 7,
    TYPE_WIRE_LONGLONG = 8,
    TYPE_WIRE_INT24 = 9,
    TYPE_WIRE_DATE = 10,
    TYPE_WIRE_TIME = 11,
    TYPE_WIRE_DATETIME = 12,
    TYPE_WIRE_YEAR = 13,
    TYPE_WIRE_NEWDATE = 14,
    TYPE_WIRE_VARCHAR = 15,
    TYPE_WIRE_BIT = 16,
    TYPE_WIRE_VECTOR = 242,
    TYPE_WIRE_JSON = 245,
    TYPE_WIRE_NEWDECIMAL = 246,
    TYPE_WIRE_ENUM = 247,
    TYPE_WIRE_SET = 248,
    TYPE_WIRE_TINY_BLOB = 249,
    TYPE_WIRE_MEDIUM_BLOB = 250,
    TYPE_WIRE_LONG_BLOB = 251,
    TYPE_WIRE_BLOB = 252,
    TYPE_WIRE_VAR_STRING = 253,
    TYPE_WIRE_STRING = 254,
    TYPE_WIRE_GEOMETRY = 255,
};

#define TYPE_SCALE_NONE 31 /* FLOAT and DOUBLE without (M,D); the protocol's NOT_FIXED_DEC */

struct type {
    enum type_family family;
    uint8_t wire; /* enum type_wire as sent in binary rows: ENUM and SET send STRING */
    bool is_unsigned;
    bool zerofill;
    bool is_fixed;     /* CHAR(n), BINARY(n): not VAR*, TEXT, BLOB */
    bool is_blob;      /* *TEXT, *BLOB, JSON, GEOMETRY: length limit is byte_len only */
    uint8_t int_bytes; /* INT: 1, 2, 3, 4, 8 */
    uint8_t display;   /* display width; 0 when none. INT, YEAR(2|4), BIT(n), FLOAT(M,D) */
    uint8_t precision; /* DECIMAL digits */
    uint8_t scale;     /* DECIMAL, FLOAT, DOUBLE decimals; TYPE_SCALE_NONE */
    uint8_t fsp;       /* TIME, DATETIME, TIMESTAMP: 0..6 */
    uint32_t char_len; /* STRING: limit in characters (byte_len for *TEXT); VECTOR: dimensions */
    uint32_t byte_len; /* STRING, BINARY, ..: limit in bytes */
    const struct collation_info *collation; /* STRING, ENUM, SET: never NULL; else NULL */
    uint16_t n_elements;                    /* ENUM, SET */
    const struct slice *elements;           /* in utf8mb4, as information_schema prints them */
    const struct slice *element_bytes;      /* the same in the column's character set */
};

/*
 * column_type: `int(10) unsigned zerofill`, `enum('a','b''c')`, `varchar(20)`, … ; anything that
 * SHOW CREATE TABLE appends (character set, NOT NULL, comments) is ignored. collation: its name, or a
 * NULL slice for types without.
 * SYNTAX when the text is not a known type; UNSUPPORTED when the collation is not in `set` or an
 * ENUM/SET element cannot be expressed in the column's character set.
 */
STATUS type_parse(struct arena *a, const struct collation_set *set, struct slice column_type,
                  struct slice collation, struct type *out, struct diag *d);

const char *type_family_name(enum type_family f); /* "int", "decimal", … */

/* Does printing or reading a value depend on the session's time zone? */
static inline bool
type_needs_tz(const struct type *t)
{
    return t->family == TYPE_TIMESTAMP;
}

/* ----------------------------------------------------------------- session environment --- */

enum type_flavour {
    TYPE_MYSQL,
    TYPE_MARIADB
};

/* sql_mode bits that the types room looks at */
#define TYPE_MODE_STRICT              0x01u /* STRICT_TRANS_TABLES or STRICT_ALL_TABLES */
#define TYPE_MODE_NO_ZERO_DATE        0x02u
#define TYPE_MODE_NO_ZERO_IN_DATE     0x04u
#define TYPE_MODE_ALLOW_INVALID_DATES 0x08u
#define TYPE_MODE_PAD_CHAR            0x10u /* PAD_CHAR_TO_FULL_LENGTH */
#define TYPE_MODE_TIME_TRUNCATE       0x20u /* TIME_TRUNCATE_FRACTIONAL */

/* The session's time zone as an offset from UTC, or not known (named zone, SYSTEM not UTC). */
struct type_tz {
    bool known;
    int32_t offset_s;
};

/* Zeroed and tz.known = true: MySQL, UTC, not strict. Passed by pointer, NULL means that. */
struct type_env {
    enum type_flavour flavour;
    uint32_t mode;
    struct type_tz tz;
};

/* "+05:30", "-03:00", "UTC", "+00:00" -> known; every other name -> not known. `system` is what
 * SYSTEM stands for (@@system_time_zone), e.g. "UTC". */
struct type_tz type_tz_parse(struct slice name, struct slice system);
