/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL tree. One struct per kind, generated from nodes.def (read that file: it is the reference).
 * Nodes live in the arena of the statement, slices point into the statement's text or that arena; a
 * tree is immutable once parsed, passes keep side tables indexed by node id. Shared by threads only
 * when nobody parses into its arena any more.
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum sql_kind {
    SQL_NONE,
#define NODE(kind, stem, ...) SQL_##kind,
#include "rewriter/sql/nodes.def"
#undef NODE
    SQL_KIND_COUNT
};

/* Byte offsets into the text of the statement; {0, 0} in built nodes. */
struct sql_span {
    uint32_t begin, end;
};

struct sql_node {
    uint16_t kind;  /* enum sql_kind */
    uint16_t depth; /* height of the subtree, leaves 1; bounded by the parser */
    uint32_t id;    /* dense within a statement; 0 in built nodes */
    struct sql_span span;
    struct sql_node *next; /* in the list that holds it */
};

/* Intrusive: a node is in at most one list. SQL_FOR_EACH(n, &list) { .. } */
struct sql_list {
    struct sql_node *first, *last;
    uint32_t count;
};
#define SQL_FOR_EACH(n, list) for (struct sql_node *n = (list)->first; n != NULL; n = n->next)

enum sql_literal_kind {
    SQL_LITERAL_NULL,
    SQL_LITERAL_TRUE,
    SQL_LITERAL_FALSE,
    SQL_LITERAL_INTEGER, /* digits only, any length: beyond uint64 it is a decimal to MySQL */
    SQL_LITERAL_DECIMAL, /* has a point, no exponent */
    SQL_LITERAL_FLOAT,   /* has an exponent */
    SQL_LITERAL_STRING,
    SQL_LITERAL_HEX, /* x'..' or 0x..; value: the bytes */
    SQL_LITERAL_BIT, /* b'..' or 0b..; value: the bytes */
    SQL_LITERAL_PARAM,
    SQL_LITERAL_DATE, /* DATE'..'; the digest lexer sees a word and a STRING */
    SQL_LITERAL_TIME,
    SQL_LITERAL_TIMESTAMP,
};

enum sql_op {
#define OP(name, text, precedence) SQL_OP_##name,
#include "rewriter/sql/ops.def"
#undef OP
    SQL_OP_COUNT
};

enum sql_is_what {
    SQL_IS_NULL,
    SQL_IS_TRUE,
    SQL_IS_FALSE,
    SQL_IS_UNKNOWN,
    SQL_IS_JSON
};

enum sql_var_scope {
    SQL_SCOPE_NONE,
    SQL_SCOPE_SESSION, /* SESSION, LOCAL */
    SQL_SCOPE_GLOBAL,
    SQL_SCOPE_PERSIST,
    SQL_SCOPE_PERSIST_ONLY,
};

/* SQL_AGG_..; the window-only functions (ROW_NUMBER, LAG, ..) are FUNCTION nodes */
enum sql_aggregate_kind {
    SQL_AGG_COUNT,
    SQL_AGG_SUM,
    SQL_AGG_AVG,
    SQL_AGG_MIN,
    SQL_AGG_MAX,
    SQL_AGG_BIT_AND,
    SQL_AGG_BIT_OR,
    SQL_AGG_BIT_XOR,
    SQL_AGG_STD, /* STD, STDDEV, STDDEV_POP */
    SQL_AGG_STDDEV_SAMP,
    SQL_AGG_VARIANCE, /* VARIANCE, VAR_POP */
    SQL_AGG_VAR_SAMP,
    SQL_AGG_GROUP_CONCAT,
    SQL_AGG_JSON_ARRAYAGG,
    SQL_AGG_JSON_OBJECTAGG,
    SQL_AGG_COUNT_KINDS
};

enum sql_frame_unit {
    SQL_FRAME_ROWS,
    SQL_FRAME_RANGE,
    SQL_FRAME_GROUPS
};
enum sql_frame_exclude {
    SQL_EXCLUDE_NONE, /* not written */
    SQL_EXCLUDE_CURRENT_ROW,
    SQL_EXCLUDE_GROUP,
    SQL_EXCLUDE_TIES,
    SQL_EXCLUDE_NO_OTHERS,
};
enum sql_bound_kind {
    SQL_BOUND_UNBOUNDED_PRECEDING,
    SQL_BOUND_PRECEDING,
    SQL_BOUND_CURRENT_ROW,
    SQL_BOUND_FOLLOWING,
    SQL_BOUND_UNBOUNDED_FOLLOWING,
};

enum sql_unit {
    SQL_UNIT_MICROSECOND,
    SQL_UNIT_SECOND,
    SQL_UNIT_MINUTE,
    SQL_UNIT_HOUR,
    SQL_UNIT_DAY,
    SQL_UNIT_WEEK,
    SQL_UNIT_MONTH,
    SQL_UNIT_QUARTER,
    SQL_UNIT_YEAR,
    SQL_UNIT_SECOND_MICROSECOND,
    SQL_UNIT_MINUTE_MICROSECOND,
    SQL_UNIT_MINUTE_SECOND,
    SQL_UNIT_HOUR_MICROSECOND,
    SQL_UNIT_HOUR_SECOND,
    SQL_UNIT_HOUR_MINUTE,
    SQL_UNIT_DAY_MICROSECOND,
    SQL_UNIT_DAY_SECOND,
    SQL_UNIT_DAY_MINUTE,
    SQL_UNIT_DAY_HOUR,
    SQL_UNIT_YEAR_MONTH,
    SQL_UNIT_COUNT
};

enum sql_trim_side {
    SQL_TRIM_NONE,
    SQL_TRIM_BOTH,
    SQL_TRIM_LEADING,
    SQL_TRIM_TRAILING
};
enum sql_match_mode {
    SQL_MATCH_DEFAULT,
    SQL_MATCH_NATURAL,
    SQL_MATCH_NATURAL_EXPANSION,
    SQL_MATCH_BOOLEAN,
    SQL_MATCH_EXPANSION,
};

/* sql_select.options */
#define SQL_SELECT_DISTINCT        (1u << 0)
#define SQL_SELECT_ALL             (1u << 1)
#define SQL_SELECT_STRAIGHT_JOIN   (1u << 2)
#define SQL_SELECT_HIGH_PRIORITY   (1u << 3)
#define SQL_SELECT_SMALL_RESULT    (1u << 4)
#define SQL_SELECT_BIG_RESULT      (1u << 5)
#define SQL_SELECT_BUFFER_RESULT   (1u << 6)
#define SQL_SELECT_CACHE           (1u << 7)
#define SQL_SELECT_NO_CACHE        (1u << 8)
#define SQL_SELECT_CALC_FOUND_ROWS (1u << 9)

enum sql_rollup {
    SQL_ROLLUP_NONE,
    SQL_ROLLUP_WITH,
    SQL_ROLLUP_CALL /* GROUP BY ROLLUP(..) */
};
enum sql_setop_kind {
    SQL_SETOP_UNION,
    SQL_SETOP_INTERSECT,
    SQL_SETOP_EXCEPT
};
enum sql_lock_mode {
    SQL_LOCK_FOR_UPDATE,
    SQL_LOCK_FOR_SHARE,
    SQL_LOCK_IN_SHARE_MODE
};
enum sql_lock_wait {
    SQL_LOCK_PLAIN,
    SQL_LOCK_NOWAIT,
    SQL_LOCK_SKIP_LOCKED,
    SQL_LOCK_WAIT_N
};
enum sql_into_kind {
    SQL_INTO_VARS,
    SQL_INTO_OUTFILE,
    SQL_INTO_DUMPFILE
};
enum sql_hint_kind {
    SQL_HINT_USE,
    SQL_HINT_FORCE,
    SQL_HINT_IGNORE
};
enum sql_hint_for {
    SQL_HINT_ALL,
    SQL_HINT_JOIN,
    SQL_HINT_ORDER_BY,
    SQL_HINT_GROUP_BY
};
enum sql_history_kind {
    SQL_HISTORY_ALL,
    SQL_HISTORY_AS_OF,
    SQL_HISTORY_FROM_TO,
    SQL_HISTORY_BETWEEN,
};
enum sql_join_kind {
    SQL_JOIN_INNER, /* JOIN, INNER JOIN */
    SQL_JOIN_CROSS,
    SQL_JOIN_LEFT,
    SQL_JOIN_RIGHT,
    SQL_JOIN_STRAIGHT,
};
enum sql_json_column_kind {
    SQL_JSON_COLUMN_ORDINALITY,
    SQL_JSON_COLUMN_PATH,
    SQL_JSON_COLUMN_EXISTS,
    SQL_JSON_COLUMN_NESTED,
};
enum sql_priority {
    SQL_PRIORITY_NONE,
    SQL_PRIORITY_LOW,
    SQL_PRIORITY_DELAYED,
    SQL_PRIORITY_HIGH,
    SQL_PRIORITY_CONCURRENT
};
enum sql_duplicates {
    SQL_DUPLICATES_ERROR,
    SQL_DUPLICATES_IGNORE,
    SQL_DUPLICATES_REPLACE
};

enum sql_type_kind {
    SQL_TYPE_TINYINT,
    SQL_TYPE_SMALLINT,
    SQL_TYPE_MEDIUMINT,
    SQL_TYPE_INT,
    SQL_TYPE_BIGINT,
    SQL_TYPE_DECIMAL,
    SQL_TYPE_FLOAT,
    SQL_TYPE_DOUBLE,
    SQL_TYPE_BIT,
    SQL_TYPE_BOOL,
    SQL_TYPE_CHAR,
    SQL_TYPE_VARCHAR,
    SQL_TYPE_BINARY,
    SQL_TYPE_VARBINARY,
    SQL_TYPE_TINYTEXT,
    SQL_TYPE_TEXT,
    SQL_TYPE_MEDIUMTEXT,
    SQL_TYPE_LONGTEXT,
    SQL_TYPE_TINYBLOB,
    SQL_TYPE_BLOB,
    SQL_TYPE_MEDIUMBLOB,
    SQL_TYPE_LONGBLOB,
    SQL_TYPE_DATE,
    SQL_TYPE_TIME,
    SQL_TYPE_DATETIME,
    SQL_TYPE_TIMESTAMP,
    SQL_TYPE_YEAR,
    SQL_TYPE_ENUM,
    SQL_TYPE_SET,
    SQL_TYPE_JSON,
    SQL_TYPE_GEOMETRY, /* and its subtypes: sql_type.word */
    SQL_TYPE_SERIAL,
    SQL_TYPE_SIGNED,   /* CAST only */
    SQL_TYPE_UNSIGNED, /* CAST only */
    SQL_TYPE_INTERVAL, /* CAST(.. AS INTERVAL unit), sql_type.word */
    SQL_TYPE_OTHER,    /* a type named by a plain word: INET6, UUID, VECTOR, .. */
    SQL_TYPE_COUNT
};
enum sql_nullability {
    SQL_NULL_UNSPECIFIED,
    SQL_NULL_ALLOWED,
    SQL_NULL_FORBIDDEN
};
enum sql_generated_kind {
    SQL_GENERATED_UNSPECIFIED,
    SQL_GENERATED_VIRTUAL,
    SQL_GENERATED_STORED
};
enum sql_column_key {
    SQL_COLUMN_KEY_NONE,
    SQL_COLUMN_KEY_INDEX,
    SQL_COLUMN_KEY_UNIQUE,
    SQL_COLUMN_KEY_PRIMARY
};
enum sql_key_kind {
    SQL_KEY_INDEX,
    SQL_KEY_UNIQUE,
    SQL_KEY_PRIMARY,
    SQL_KEY_FULLTEXT,
    SQL_KEY_SPATIAL,
    SQL_KEY_FOREIGN,
    SQL_KEY_CHECK,
};
enum sql_key_algorithm {
    SQL_KEY_ALGORITHM_NONE,
    SQL_KEY_BTREE,
    SQL_KEY_HASH,
    SQL_KEY_RTREE
};
enum sql_reference_action {
    SQL_REFERENCE_NONE, /* not written */
    SQL_REFERENCE_RESTRICT,
    SQL_REFERENCE_CASCADE,
    SQL_REFERENCE_SET_NULL,
    SQL_REFERENCE_NO_ACTION,
    SQL_REFERENCE_SET_DEFAULT,
};
enum sql_drop_behavior {
    SQL_DROP_PLAIN,
    SQL_DROP_RESTRICT,
    SQL_DROP_CASCADE
};

/* Fields of ALTER_ACTION per kind; if_exists and if_not_exists where MariaDB has them. */
enum sql_alter_kind {
    SQL_ALTER_ADD_COLUMN,     /* column, first, after */
    SQL_ALTER_DROP_COLUMN,    /* name */
    SQL_ALTER_MODIFY_COLUMN,  /* column (same name), first, after */
    SQL_ALTER_CHANGE_COLUMN,  /* name (old), column (new), first, after */
    SQL_ALTER_RENAME_COLUMN,  /* name, new_name */
    SQL_ALTER_SET_DEFAULT,    /* name, value */
    SQL_ALTER_DROP_DEFAULT,   /* name */
    SQL_ALTER_SET_VISIBILITY, /* name; text VISIBLE or INVISIBLE */
    SQL_ALTER_ADD_KEY,        /* key: index, unique, primary, foreign, check */
    SQL_ALTER_DROP_PRIMARY,
    SQL_ALTER_DROP_INDEX,       /* name */
    SQL_ALTER_DROP_FOREIGN,     /* name */
    SQL_ALTER_DROP_CONSTRAINT,  /* name; also DROP CHECK */
    SQL_ALTER_RENAME_INDEX,     /* name, new_name */
    SQL_ALTER_INDEX_VISIBILITY, /* name; text: VISIBLE, INVISIBLE, IGNORED, NOT IGNORED */
    SQL_ALTER_CONSTRAINT,       /* name; text: ENFORCED, NOT ENFORCED */
    SQL_ALTER_RENAME_TABLE,     /* table */
    SQL_ALTER_CONVERT_CHARSET,  /* charset (NULL: DEFAULT), collation */
    SQL_ALTER_OPTION,     /* name, value: a table option (ENGINE, AUTO_INCREMENT, COMMENT, ..) */
    SQL_ALTER_ORDER_BY,   /* order */
    SQL_ALTER_KEYS,       /* text: ENABLE or DISABLE */
    SQL_ALTER_TABLESPACE, /* text: DISCARD or IMPORT */
    SQL_ALTER_ALGORITHM, /* text: value of ALGORITHM= or LOCK=, WITH VALIDATION, NOWAIT, FORCE: no schema change */
    SQL_ALTER_PARTITION,  /* text */
    SQL_ALTER_VERSIONING, /* text */
    SQL_ALTER_PERIOD,     /* text */
    SQL_ALTER_OTHER,      /* text */
    SQL_ALTER_COUNT
};

/* sql_begin.options */
#define SQL_TXN_SNAPSHOT   (1u << 0)
#define SQL_TXN_READ_ONLY  (1u << 1)
#define SQL_TXN_READ_WRITE (1u << 2)

enum sql_tristate {
    SQL_UNSAID,
    SQL_NO,
    SQL_YES
};
enum sql_savepoint_kind {
    SQL_SAVEPOINT_SET,
    SQL_SAVEPOINT_ROLLBACK,
    SQL_SAVEPOINT_RELEASE
};
enum sql_isolation {
    SQL_ISOLATION_UNSAID,
    SQL_ISOLATION_READ_UNCOMMITTED,
    SQL_ISOLATION_READ_COMMITTED,
    SQL_ISOLATION_REPEATABLE_READ,
    SQL_ISOLATION_SERIALIZABLE,
};
enum sql_access_mode {
    SQL_ACCESS_UNSAID,
    SQL_ACCESS_READ_ONLY,
    SQL_ACCESS_READ_WRITE
};
enum sql_table_lock {
    SQL_TABLE_LOCK_READ,
    SQL_TABLE_LOCK_READ_LOCAL,
    SQL_TABLE_LOCK_WRITE,
    SQL_TABLE_LOCK_LOW_WRITE,
    SQL_TABLE_LOCK_WRITE_CONCURRENT
};

/* db, table, name, like, where, limit of SHOW as far as the form has them */
enum sql_show_kind {
    SQL_SHOW_DATABASES,
    SQL_SHOW_TABLES,          /* db */
    SQL_SHOW_TABLE_STATUS,    /* db */
    SQL_SHOW_OPEN_TABLES,     /* db */
    SQL_SHOW_COLUMNS,         /* table */
    SQL_SHOW_INDEX,           /* table */
    SQL_SHOW_TRIGGERS,        /* db */
    SQL_SHOW_EVENTS,          /* db */
    SQL_SHOW_CREATE_TABLE,    /* table */
    SQL_SHOW_CREATE_VIEW,     /* table */
    SQL_SHOW_CREATE_DATABASE, /* name */
    SQL_SHOW_CREATE_OTHER,    /* table (routine, trigger, event, user, sequence); name: the word */
    SQL_SHOW_VARIABLES,
    SQL_SHOW_STATUS,
    SQL_SHOW_PROCESSLIST,
    SQL_SHOW_WARNINGS,
    SQL_SHOW_ERRORS,
    SQL_SHOW_COUNT_WARNINGS, /* SHOW COUNT(*) WARNINGS */
    SQL_SHOW_COUNT_ERRORS,
    SQL_SHOW_ENGINES,
    SQL_SHOW_ENGINE, /* name */
    SQL_SHOW_CHARSET,
    SQL_SHOW_COLLATION,
    SQL_SHOW_PLUGINS,
    SQL_SHOW_PRIVILEGES,
    SQL_SHOW_GRANTS,
    SQL_SHOW_ROUTINE_STATUS, /* PROCEDURE|FUNCTION|PACKAGE STATUS; name: the word */
    SQL_SHOW_PROFILE,        /* PROFILE(S) */
    SQL_SHOW_REPLICATION,    /* MASTER/SLAVE/BINARY/BINLOG/RELAYLOG .. */
    SQL_SHOW_OTHER,          /* name: first word */
    SQL_SHOW_COUNT
};

enum sql_handler_kind {
    SQL_HANDLER_OPEN,
    SQL_HANDLER_CLOSE,
    SQL_HANDLER_READ
};
enum sql_maintenance_kind {
    SQL_MAINTENANCE_ANALYZE,
    SQL_MAINTENANCE_CHECK,
    SQL_MAINTENANCE_CHECKSUM,
    SQL_MAINTENANCE_OPTIMIZE,
    SQL_MAINTENANCE_REPAIR,
    SQL_MAINTENANCE_CACHE_INDEX,
    SQL_MAINTENANCE_LOAD_INDEX,
};

/* Statements known by their first words only. */
enum sql_opaque_kind {
    SQL_OPAQUE_GRANT,    /* GRANT, REVOKE */
    SQL_OPAQUE_USER,     /* CREATE/ALTER/DROP/RENAME USER or ROLE */
    SQL_OPAQUE_ROUTINE,  /* CREATE/ALTER/DROP PROCEDURE, FUNCTION, PACKAGE */
    SQL_OPAQUE_TRIGGER,  /* CREATE/DROP TRIGGER */
    SQL_OPAQUE_EVENT,    /* CREATE/ALTER/DROP EVENT */
    SQL_OPAQUE_SEQUENCE, /* CREATE/ALTER SEQUENCE */
    SQL_OPAQUE_COMPOUND, /* BEGIN NOT ATOMIC, IF .. THEN, LOOP, .. outside routines */
    SQL_OPAQUE_XA,
    SQL_OPAQUE_SERVER, /* SERVER, TABLESPACE, LOGFILE GROUP, RESOURCE GROUP, PLUGIN, COMPONENT, SHUTDOWN, RESTART, .. */
    SQL_OPAQUE_REPLICATION,
    SQL_OPAQUE_SIGNAL, /* SIGNAL, RESIGNAL, GET DIAGNOSTICS */
    SQL_OPAQUE_HELP,
    SQL_OPAQUE_BACKUP, /* BACKUP STAGE, LOCK INSTANCE, CLONE */
    SQL_OPAQUE_OTHER,
    SQL_OPAQUE_COUNT
};

/* ---- the structs ---- */
#define ONE(f)        struct sql_node *f;
#define OPT(f)        struct sql_node *f;
#define MANY(f)       struct sql_list f;
#define NAME(f)       struct slice f;
#define TEXT(f)       struct slice f;
#define FLAG(f)       bool f;
#define POS(f)        uint32_t f;
#define NUM(type, f)  type f;
#define ENUM(type, f) enum type f;
#define NODE(kind_, stem, ...) \
    struct sql_##stem {        \
        struct sql_node node;  \
        __VA_ARGS__            \
    };
#include "rewriter/sql/nodes.def"
#undef NODE

/* sql_as_binary(n): asserts the kind. */
#define NODE(kind_, stem, ...)                                               \
    static inline struct sql_##stem *sql_as_##stem(const struct sql_node *n) \
    {                                                                        \
        assert(n != NULL && n->kind == SQL_##kind_);                         \
        return (struct sql_##stem *) n;                                      \
    }
#include "rewriter/sql/nodes.def"
#undef NODE
#undef ONE
#undef OPT
#undef MANY
#undef NAME
#undef TEXT
#undef FLAG
#undef POS
#undef NUM
#undef ENUM

static inline bool
sql_is_kind(const struct sql_node *n, enum sql_kind kind)
{
    return n != NULL && n->kind == kind;
}

/* "BINARY"; "?" for numbers out of range. */
const char *sql_ast_kind_name(unsigned kind);
const char *sql_ast_op_text(enum sql_op op);
const char *sql_ast_unit_text(enum sql_unit unit);
const char *sql_ast_aggregate_text(enum sql_aggregate_kind kind);
const char *sql_ast_type_text(enum sql_type_kind kind);

/* Appends; n must be in no other list. */
void sql_list_add(struct sql_list *list, struct sql_node *n);
/* NULL past the end. Linear. */
struct sql_node *sql_list_at(const struct sql_list *list, uint32_t i);
