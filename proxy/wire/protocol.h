/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of the MySQL client/server protocol 4.1 as MySQL 9 and MariaDB 10.11 speak it.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
 */
#pragma once

#define CLIENT_LONG_PASSWORD \
    0x00000001ull /* MariaDB calls it CLIENT_MYSQL: clear means "I know MariaDB" */
#define CLIENT_FOUND_ROWS         0x00000002ull
#define CLIENT_LONG_FLAG          0x00000004ull
#define CLIENT_CONNECT_WITH_DB    0x00000008ull
#define CLIENT_NO_SCHEMA          0x00000010ull
#define CLIENT_COMPRESS           0x00000020ull
#define CLIENT_ODBC               0x00000040ull
#define CLIENT_LOCAL_FILES        0x00000080ull
#define CLIENT_IGNORE_SPACE       0x00000100ull
#define CLIENT_PROTOCOL_41        0x00000200ull
#define CLIENT_INTERACTIVE        0x00000400ull
#define CLIENT_SSL                0x00000800ull
#define CLIENT_IGNORE_SIGPIPE     0x00001000ull
#define CLIENT_TRANSACTIONS       0x00002000ull
#define CLIENT_RESERVED           0x00004000ull
#define CLIENT_SECURE_CONNECTION  0x00008000ull
#define CLIENT_MULTI_STATEMENTS   0x00010000ull
#define CLIENT_MULTI_RESULTS      0x00020000ull
#define CLIENT_PS_MULTI_RESULTS   0x00040000ull
#define CLIENT_PLUGIN_AUTH        0x00080000ull
#define CLIENT_CONNECT_ATTRS      0x00100000ull
#define CLIENT_PLUGIN_AUTH_LENENC 0x00200000ull
#define CLIENT_CAN_HANDLE_EXPIRED 0x00400000ull
#define CLIENT_SESSION_TRACK      0x00800000ull
#define CLIENT_DEPRECATE_EOF      0x01000000ull
#define CLIENT_OPTIONAL_METADATA  0x02000000ull
#define CLIENT_ZSTD               0x04000000ull
#define CLIENT_QUERY_ATTRIBUTES   0x08000000ull
#define CLIENT_MFA                0x10000000ull

/* MariaDB's extension lives above bit 32 (sent in the reserved bytes). */
#define CLIENT_MARIADB_BULK 0x0000000400000000ull

enum wire_command {
    COM_SLEEP = 0x00,
    COM_QUIT = 0x01,
    COM_INIT_DB = 0x02,
    COM_QUERY = 0x03,
    COM_FIELD_LIST = 0x04,
    COM_CREATE_DB = 0x05,
    COM_DROP_DB = 0x06,
    COM_REFRESH = 0x07,
    COM_SHUTDOWN = 0x08,
    COM_STATISTICS = 0x09,
    COM_PROCESS_INFO = 0x0a,
    COM_CONNECT = 0x0b,
    COM_PROCESS_KILL = 0x0c,
    COM_DEBUG = 0x0d,
    COM_PING = 0x0e,
    COM_TIME = 0x0f,
    COM_DELAYED_INSERT = 0x10,
    COM_CHANGE_USER = 0x11,
    COM_BINLOG_DUMP = 0x12,
    COM_TABLE_DUMP = 0x13,
    COM_CONNECT_OUT = 0x14,
    COM_REGISTER_SLAVE = 0x15,
    COM_STMT_PREPARE = 0x16,
    COM_STMT_EXECUTE = 0x17,
    COM_STMT_SEND_LONG_DATA = 0x18,
    COM_STMT_CLOSE = 0x19,
    COM_STMT_RESET = 0x1a,
    COM_SET_OPTION = 0x1b,
    COM_STMT_FETCH = 0x1c,
    COM_RESET_CONNECTION = 0x1f,
    COM_STMT_BULK_EXECUTE = 0xfa,
};

/* Server status bits beside those of session_info.h. */
#define SERVER_MORE_RESULTS_EXISTS   0x0008u
#define SERVER_STATUS_CURSOR_EXISTS  0x0040u
#define SERVER_STATUS_LAST_ROW_SENT  0x0080u
#define SERVER_SESSION_STATE_CHANGED 0x4000u

#define MYSQL_TYPE_DECIMAL     0x00
#define MYSQL_TYPE_TINY        0x01
#define MYSQL_TYPE_SHORT       0x02
#define MYSQL_TYPE_LONG        0x03
#define MYSQL_TYPE_FLOAT       0x04
#define MYSQL_TYPE_DOUBLE      0x05
#define MYSQL_TYPE_NULL        0x06
#define MYSQL_TYPE_TIMESTAMP   0x07
#define MYSQL_TYPE_LONGLONG    0x08
#define MYSQL_TYPE_INT24       0x09
#define MYSQL_TYPE_DATE        0x0a
#define MYSQL_TYPE_TIME        0x0b
#define MYSQL_TYPE_DATETIME    0x0c
#define MYSQL_TYPE_YEAR        0x0d
#define MYSQL_TYPE_NEWDATE     0x0e
#define MYSQL_TYPE_VARCHAR     0x0f
#define MYSQL_TYPE_BIT         0x10
#define MYSQL_TYPE_VECTOR      0xf2
#define MYSQL_TYPE_BOOL        0xf4
#define MYSQL_TYPE_JSON        0xf5
#define MYSQL_TYPE_NEWDECIMAL  0xf6
#define MYSQL_TYPE_ENUM        0xf7
#define MYSQL_TYPE_SET         0xf8
#define MYSQL_TYPE_TINY_BLOB   0xf9
#define MYSQL_TYPE_MEDIUM_BLOB 0xfa
#define MYSQL_TYPE_LONG_BLOB   0xfb
#define MYSQL_TYPE_BLOB        0xfc
#define MYSQL_TYPE_VAR_STRING  0xfd
#define MYSQL_TYPE_STRING      0xfe
#define MYSQL_TYPE_GEOMETRY    0xff

/* First byte of a response packet. */
#define WIRE_OK     0x00
#define WIRE_INFILE 0xfb
#define WIRE_EOF    0xfe
#define WIRE_ERR    0xff
