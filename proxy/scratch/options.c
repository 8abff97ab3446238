/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of the child: small and fast (nothing needs to survive), reachable on its socket alone,
 * blind to files, and with the database server's values for everything that decides implicit
 * defaults, conversions and errors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "proxy/scratch/options_priv.h"

#define MAX_OPTIONS         160
#define DEFAULT_BUFFER_POOL 24u
#define DEFAULT_SESSIONS    1000u

static const char *const common_options[] = {
    "--skip-networking",
    "--skip-name-resolve",
    "--local-infile=1", /* LOAD DATA LOCAL of clients; the proxy is what answers */
    "--performance-schema=OFF",
    "--event-scheduler=OFF",
    "--symbolic-links=0",
    "--max-allowed-packet=1G",
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite",
    "--innodb-temp-data-file-path=ibtmp1:12M:autoextend",
    "--innodb-stats-persistent=0",
    "--innodb-use-native-aio=0",
    "--innodb-fast-shutdown=2",
    "--innodb-purge-threads=1",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--key-buffer-size=1M",
    "--myisam-recover-options=OFF",
    "--wait-timeout=31536000",
    "--interactive-timeout=31536000",
    "--net-read-timeout=3600",
    "--net-write-timeout=3600",
    NULL,
};
static const char *const mariadb_options[] = {
    "--skip-log-bin",
    "--innodb-log-file-size=4M",
    "--innodb-flush-method=nosync",
    "--innodb-buffer-pool-chunk-size=1M",
    "--aria-pagecache-buffer-size=4M",
    "--loose-feedback=OFF",
    NULL,
};
static const char *const mysql_options[] = {
    "--disable-log-bin",
    "--mysqlx=OFF",
    "--innodb-redo-log-capacity=8M",
    "--secure-file-priv=NULL",
    "--information-schema-stats-expiry=0",
    "--log-error-verbosity=1",
    "--loose-admin-port=0",
    NULL,
};

/* Copied from the database server; option: when it is not spelt as the variable. */
static const struct {
    const char *variable, *option;
} copied[] = {
    {"character_set_server", NULL},
    {"collation_server", NULL},
    {"sql_mode", NULL},
    {"time_zone", "default_time_zone"},
    {"lower_case_table_names", NULL},
    {"default_storage_engine", NULL},
    {"default_tmp_storage_engine", NULL},
    {"explicit_defaults_for_timestamp", NULL},
    {"div_precision_increment", NULL},
    {"group_concat_max_len", NULL},
    {"innodb_strict_mode", NULL},
    {"innodb_default_row_format", NULL},
    {"innodb_ft_min_token_size", NULL},
    {"innodb_ft_max_token_size", NULL},
    {"innodb_ft_enable_stopword", NULL},
    {"ngram_token_size", NULL},
    {"ft_min_word_len", NULL},
    {"ft_max_word_len", NULL},
    {"default_week_format", NULL},
    {"lc_time_names", NULL},
    {"max_error_count", NULL},
    {"max_sort_length", NULL},
    {"max_length_for_sort_data", NULL},
    {"cte_max_recursion_depth", NULL},
    {"max_recursive_iterations", NULL},
    {"auto_increment_increment", NULL},
    {"auto_increment_offset", NULL},
    {"block_encryption_mode", NULL},
    {"old", NULL},
    {"old_mode", NULL},
    {"sql_require_primary_key", NULL},
    {"sysdate_is_now", NULL},
    {"sql_generate_invisible_primary_key", NULL},
    {"updatable_views_with_limit", NULL},
    {"completion_type", NULL},
    {"character_set_collations", NULL},
    {"restrict_fk_on_non_standard_key", NULL},
};

struct option_list {
    char **items;
    size_t n;
    bool failed;
};

static void
add(struct option_list *l, const char *fmt, const char *a, struct slice b)
{
    char *item = NULL;
    if (l->n == MAX_OPTIONS || asprintf(&item, fmt, a, SLICE_ARG(b)) < 0) {
        l->failed = true;
        return;
    }
    l->items[l->n++] = item;
}

static void
add_table(struct option_list *l, const char *const *table)
{
    for (; *table; table++) {
        add(l, "%s%.*s", *table, SLICE(""));
    }
}

static void
add_number(struct option_list *l, const char *name, uint32_t value, const char *unit)
{
    char text[32];
    snprintf(text, sizeof(text), "%u%s", value, unit);
    add(l, "--%s=%.*s", name, slice_of_str(text));
}

/* "loose": a variable that only one flavour or version has is skipped by the other. */
static void
add_copied(struct option_list *l, const struct scratch_config *config)
{
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        for (size_t k = 0; k < config->n_variables; k++) {
            const struct scratch_variable *v = &config->variables[k];
            if (slice_equal_str(v->name, copied[i].variable)) {
                add(l, "--loose-%s=%.*s", copied[i].option ? copied[i].option : copied[i].variable,
                    v->value);
            }
        }
    }
}

char **
scratch_options_new(const struct scratch_datadir *dir, const struct scratch_config *config)
{
    struct option_list l = {.items = calloc(MAX_OPTIONS + 1, sizeof(char *))};
    const bool mariadb = dir->flavour == BACKEND_MARIADB;
    if (!l.items) {
        return NULL;
    }
    add(&l, "%s%.*s", dir->server, SLICE(""));
    add(&l, "%s%.*s", "--no-defaults", SLICE(""));
    for (size_t i = 0; dir->server_args[i]; i++) {
        add(&l, "%s%.*s", dir->server_args[i], SLICE(""));
    }
    add(&l, "--%s=%.*s", "datadir", slice_of_str(dir->data));
    add(&l, "--%s=%.*s", "tmpdir", slice_of_str(dir->tmp));
    add(&l, "--%s=%.*s", "socket", slice_of_str(dir->socket));
    add(&l, "--%s=%.*s/pid", "pid-file", slice_of_str(dir->run_dir));
    add_table(&l, common_options);
    add_table(&l, mariadb ? mariadb_options : mysql_options);
    if (mariadb) {
        add(&l, "--%s=%.*s", "secure-file-priv", slice_of_str(dir->tmp));
    }
    add_number(&l, "innodb-buffer-pool-size",
               config->buffer_pool_mb ? config->buffer_pool_mb : DEFAULT_BUFFER_POOL, "M");
    add_number(&l, "max-connections",
               (config->max_sessions ? config->max_sessions : DEFAULT_SESSIONS) + 10, "");
    add_copied(&l, config);
    return l.failed ? scratch_options_free(l.items) : l.items;
}

char **
scratch_options_free(char **options)
{
    for (size_t i = 0; options && options[i]; i++) {
        free(options[i]);
    }
    free(options);
    return NULL;
}

static bool
is_copied(struct slice name)
{
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
        if (slice_equal_str(name, copied[i].variable)) {
            return true;
        }
    }
    return false;
}

/*
 * The server's system time zone as a value for TZ; empty when the proxy's own is the same now. When it
 * is another, only its present offset can be known: "<CEST>-02:00".
 */
static struct status
read_time_zone(struct backend_conn *from, struct arena *a, struct scratch_variable *out,
               struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row;
    const time_t now = time(NULL);
    struct tm tm;
    int64_t minutes = 0;
    *out = (struct scratch_variable){slice_of_str(SCRATCH_TIME_ZONE), SLICE("")};
    TRY(backend_query(from,
                      SLICE("SELECT @@system_time_zone, TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(),"
                            " CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))"),
                      BACKEND_STORE, &r, d));
    TRY(backend_result_next(r, &row, d));
    if (!row || slice_is_null(row[1]) || !slice_parse_i64(row[1], &minutes) ||
        !localtime_r(&now, &tm) ||
        (tm.tm_gmtoff / 60 == minutes && slice_equal_str(row[0], tm.tm_zone))) {
        return OK;
    }
    const long distance = labs((long) minutes);
    out->value = arena_printf(a, "<%.*s>%c%02ld:%02ld", SLICE_ARG(row[0]), minutes < 0 ? '+' : '-',
                              distance / 60, distance % 60);
    return arena_status(a);
}

struct status
scratch_variables_read(struct backend_conn *from, struct arena *a, struct scratch_variable **out,
                       size_t *n, struct diag *d)
{
    CLEANUP(backend_result_free_cleanup) struct backend_result *r = NULL;
    const struct slice *row;
    struct scratch_variable *list =
        arena_array(a, struct scratch_variable, sizeof(copied) / sizeof(copied[0]) + 1);
    TRY(arena_status(a));
    *n = 0;
    TRY(backend_query(from, SLICE("SHOW GLOBAL VARIABLES"), BACKEND_STORE, &r, d));
    for (;;) {
        TRY(backend_result_next(r, &row, d));
        if (!row) {
            break;
        }
        if (is_copied(row[0])) {
            list[(*n)++] = (struct scratch_variable){
                arena_dup(a, row[0]), arena_dup(a, slice_is_null(row[1]) ? SLICE("") : row[1])};
        }
    }
    TRY(read_time_zone(from, a, &list[*n], d));
    (*n)++;
    *out = list;
    return arena_status(a);
}
