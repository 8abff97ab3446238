/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loadable function ABI that MySQL 5.5 to 9.x and MariaDB 10.x to 11.x share, declared here so that
 * one build serves them all and no server headers are needed. Layout and meaning:
 * https://dev.mysql.com/doc/extending-mysql/9.0/en/adding-loadable-function.html
 * https://mariadb.com/kb/en/user-defined-functions-calling-sequences/
 *
 * The rules the functions here follow: _init refuses wrong counts, types and constants with a message
 * (an SQL error); after that any bytes give a value or NULL, never an error flag (which would turn all
 * later rows to NULL as well) and never a crash. State lives in `ptr` of each call site; nothing is
 * shared between threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum udf_type {
    UDF_TYPE_STRING = 0,
    UDF_TYPE_REAL = 1,
    UDF_TYPE_INT = 2,
    UDF_TYPE_ROW = 3,
    UDF_TYPE_DECIMAL = 4,
};

enum {
    UDF_MESSAGE_MAX = 512
};

struct udf_args {
    unsigned arg_count;
    int *arg_type; /* enum udf_type; the servers' enum is an int */
    char **args;   /* in _init: constants only, else NULL */
    unsigned long *lengths;
    char *maybe_null;
    char **attributes;
    unsigned long *attribute_lengths;
    void *extension;
};

struct udf_init {
    bool maybe_null;
    unsigned decimals;
    unsigned long max_length;
    char *ptr;
    bool const_item;
    void *extension;
};

#define UDF_EXPORT __attribute__((visibility("default")))

/* One scalar function NAME: declares what a server looks up. */
#define UDF_DECLARE(name)                                                                     \
    UDF_EXPORT bool name##_init(struct udf_init *init, struct udf_args *args, char *message); \
    UDF_EXPORT void name##_deinit(struct udf_init *init)
#define UDF_DECLARE_STRING(name)                                                      \
    UDF_DECLARE(name);                                                                \
    UDF_EXPORT char *name(struct udf_init *init, struct udf_args *args, char *result, \
                          unsigned long *length, unsigned char *is_null, unsigned char *error)
#define UDF_DECLARE_INT(name)                                               \
    UDF_DECLARE(name);                                                      \
    UDF_EXPORT long long name(struct udf_init *init, struct udf_args *args, \
                              unsigned char *is_null, unsigned char *error)
#define UDF_DECLARE_AGGREGATE(name)                                             \
    UDF_DECLARE_STRING(name);                                                   \
    UDF_EXPORT void name##_clear(struct udf_init *init, unsigned char *is_null, \
                                 unsigned char *error);                         \
    UDF_EXPORT void name##_reset(struct udf_init *init, struct udf_args *args,  \
                                 unsigned char *is_null, unsigned char *error); \
    UDF_EXPORT void name##_add(struct udf_init *init, struct udf_args *args,    \
                               unsigned char *is_null, unsigned char *error)
