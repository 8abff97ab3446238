/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/config.h"

#include <errno.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum item_type {
    ITEM_STR,
    ITEM_SECRET,
    ITEM_INT,
    ITEM_BOOL
};
enum item_when {
    WHEN_RELOAD,
    WHEN_START
};

struct item {
    struct config_item pub;
    enum item_type type;
    enum item_when when;
    size_t offset;
    const char *def_str;
    int64_t def_int;
};

#define ITEM(section, key, type, str, num, def, when, help)                               \
    {{#section, #key, def, help, WHEN_##when == WHEN_RELOAD, ITEM_##type == ITEM_SECRET}, \
     ITEM_##type,                                                                         \
     WHEN_##when,                                                                         \
     offsetof(struct config, section##_##key),                                            \
     str,                                                                                 \
     num},
#define CONFIG_STR(section, key, def, when, help) ITEM(section, key, STR, def, 0, def, when, help)
#define CONFIG_SECRET(section, key, def, when, help) \
    ITEM(section, key, SECRET, def, 0, def, when, help)
#define CONFIG_INT(section, key, def, when, help) ITEM(section, key, INT, "", def, #def, when, help)
#define CONFIG_BOOL(section, key, def, when, help) \
    ITEM(section, key, BOOL, "", def, #def, when, help)

static const struct item items[] = {
#include "proxy/config.def"
};
#define N_ITEMS (sizeof items / sizeof items[0])

/* Values that a text setting may have; anything else is refused at load. */
static const struct {
    const char *section, *key, *values;
} choices[] = {
    {"proxy", "tls", "off,preferred,required"},
    {"proxy", "auth_plugin", "caching_sha2_password,mysql_native_password"},
    {"log", "format", "text,json"},
    {"log", "level", "error,warn,info,debug"},
    {"backend", "tls", "off,preferred,required,verify"},
};

/* What the inih callback needs. */
struct load {
    struct config *c;
    const char *path;
    struct diag *d;
    bool users_only;
};

static void *
field(const struct config *c, const struct item *item)
{
    return (char *) c + item->offset;
}

bool
config_list_next(struct slice *list, struct slice *item)
{
    while (list->len && (list->data[0] == ',' || list->data[0] == ' ' || list->data[0] == '\n')) {
        *list = slice_from(*list, 1);
    }
    if (list->len == 0) {
        return false;
    }
    size_t n = 0;
    while (n < list->len && list->data[n] != ',' && list->data[n] != '\n') {
        n++;
    }
    *item = slice_sub(*list, 0, n);
    *list = slice_from(*list, n);
    while (item->len && item->data[item->len - 1] == ' ') {
        item->len--;
    }
    return true;
}

static bool
parse_int(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    const long long v = strtoll(text, &end, 0);
    unsigned shift = 0;
    if (end == text || errno) {
        return false;
    }
    if (*end == 'k' || *end == 'K') {
        shift = 10;
    } else if (*end == 'm' || *end == 'M') {
        shift = 20;
    } else if (*end == 'g' || *end == 'G') {
        shift = 30;
    }
    if (v < 0 || end[shift != 0] != '\0' || v > INT64_MAX >> shift) {
        return false;
    }
    *out = (int64_t) v << shift;
    return true;
}

static bool
parse_bool(const char *text, bool *out)
{
    static const char *const on[] = {"on", "true", "yes", "1"};
    static const char *const off[] = {"off", "false", "no", "0"};
    for (unsigned i = 0; i < 4; i++) {
        if (strcasecmp(text, on[i]) == 0 || strcasecmp(text, off[i]) == 0) {
            *out = strcasecmp(text, on[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool
choice_ok(const struct item *item, const char *value)
{
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (strcmp(choices[i].section, item->pub.section) == 0 &&
            strcmp(choices[i].key, item->pub.key) == 0) {
            struct slice list = slice_of_str(choices[i].values), one;
            while (config_list_next(&list, &one)) {
                if (slice_equal_str(one, value)) {
                    return true;
                }
            }
            return false;
        }
    }
    return true;
}

static bool
item_set(struct config *c, const struct item *item, const char *value)
{
    switch (item->type) {
    case ITEM_STR:
    case ITEM_SECRET:
        if (!choice_ok(item, value)) {
            return false;
        }
        *(const char **) field(c, item) = arena_strdup(c->arena, slice_of_str(value));
        return arena_ok(c->arena);
    case ITEM_INT:
        return parse_int(value, field(c, item));
    case ITEM_BOOL:
        return parse_bool(value, field(c, item));
    }
    return false;
}

static const struct item *
item_find(struct slice section, struct slice key)
{
    for (size_t i = 0; i < N_ITEMS; i++) {
        if (slice_equal_str(section, items[i].pub.section) &&
            slice_equal_str(key, items[i].pub.key)) {
            return &items[i];
        }
    }
    return NULL;
}

static void
user_add(struct config *c, const char *name, const char *verifier)
{
    struct config_user *u = arena_new(c->arena, struct config_user);
    u->name = arena_strdup(c->arena, slice_of_str(name));
    u->verifier = arena_strdup(c->arena, slice_of_str(verifier));
    u->next = c->users;
    c->users = u;
}

/* inih: 1 goes on, 0 reports the line. */
static int
on_setting(void *ctx, const char *section, const char *name, const char *value)
{
    struct load *load = ctx;
    if (strcmp(section, "users") == 0) {
        user_add(load->c, name, value);
        return 1;
    }
    if (strcmp(section, "policy") == 0 && !load->users_only) {
        return status_is_ok(policy_rule_add(load->c->arena, &load->c->policy, slice_of_str(name),
                                            slice_of_str(value), load->d));
    }
    const struct item *item =
        load->users_only ? NULL : item_find(slice_of_str(section), slice_of_str(name));
    if (item == NULL) {
        diag_set(load->d, STATUS_CONFIG, "%s: unknown setting %s in [%s]", load->path, name,
                 section);
        return 0;
    }
    if (!item_set(load->c, item, value)) {
        diag_set(load->d, STATUS_CONFIG, "%s: bad value '%s' for %s in [%s] (%s)", load->path,
                 item->pub.secret ? "***" : value, name, section, item->pub.help);
        return 0;
    }
    return 1;
}

static struct status
load_file(struct config *c, const char *path, bool users_only, struct diag *d)
{
    struct load load = {c, path, d, users_only};
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        FAIL(d, CONFIG, "cannot read %s: %s", path, strerror(errno));
    }
    const int line = ini_parse_file(f, on_setting, &load);
    (void) fclose(f);
    if (line != 0) {
        FAIL(d, CONFIG, "%s: line %d is not a section, a comment or key = value", path, line);
    }
    return OK;
}

static struct status
load_env(struct config *c, struct diag *d)
{
    for (size_t i = 0; i < N_ITEMS; i++) {
        char name[96];
        const int n =
            snprintf(name, sizeof name, "ALLIUM_%s_%s", items[i].pub.section, items[i].pub.key);
        for (int k = 0; k < n && k < (int) sizeof name; k++) {
            name[k] = (char) (name[k] >= 'a' && name[k] <= 'z' ? name[k] - 'a' + 'A' : name[k]);
        }
        const char *value = getenv(name);
        if (value && !item_set(c, &items[i], value)) {
            FAIL(d, CONFIG, "bad value for %s in the environment (%s)", name, items[i].pub.help);
        }
    }
    return OK;
}

static struct status
load_arg(struct config *c, const char *arg, struct diag *d)
{
    const char *dot = strchr(arg, '.'), *eq = strchr(arg, '=');
    const struct item *item = NULL;
    if (dot && eq && dot < eq) {
        item = item_find(slice_of(arg, (size_t) (dot - arg)),
                         slice_of(dot + 1, (size_t) (eq - dot - 1)));
    }
    if (item == NULL) {
        FAIL(d, CONFIG, "unknown option --%s (expected --section.key=value)", arg);
    }
    if (!item_set(c, item, eq + 1)) {
        FAIL(d, CONFIG, "bad value for --%s.%s (%s)", item->pub.section, item->pub.key,
             item->pub.help);
    }
    return OK;
}

static void
set_defaults(struct config *c)
{
    for (size_t i = 0; i < N_ITEMS; i++) {
        switch (items[i].type) {
        case ITEM_STR:
        case ITEM_SECRET:
            *(const char **) field(c, &items[i]) = items[i].def_str;
            break;
        case ITEM_INT:
            *(int64_t *) field(c, &items[i]) = items[i].def_int;
            break;
        case ITEM_BOOL:
            *(bool *) field(c, &items[i]) = items[i].def_int != 0;
            break;
        }
    }
}

struct status
config_load(struct config **out, const char *path, const char *const *args, size_t n_args,
            struct diag *d)
{
    CLEANUP(config_free_cleanup) struct config *c = calloc(1, sizeof *c);
    if (c == NULL || (c->arena = arena_create(0)) == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    set_defaults(c);
    if (path) {
        TRY(load_file(c, path, false, d));
    }
    TRY(load_env(c, d));
    for (size_t i = 0; i < n_args; i++) {
        TRY(load_arg(c, args[i], d));
    }
    if (c->proxy_users_file[0]) {
        TRY(load_file(c, c->proxy_users_file, true, d));
    }
    TRY(arena_status(c->arena));
    *out = STEAL(c);
    return OK;
}

struct config *
config_free(struct config *c)
{
    if (c) {
        arena_free(c->arena);
        free(c);
    }
    return NULL;
}

static void
value_print(const struct config *c, const struct item *item, struct buf *out)
{
    switch (item->type) {
    case ITEM_STR:
        buf_append_str(out, *(const char **) field(c, item));
        break;
    case ITEM_SECRET:
        buf_append_str(out, (*(const char **) field(c, item))[0] ? "***" : "");
        break;
    case ITEM_INT:
        buf_append_i64_dec(out, *(int64_t *) field(c, item));
        break;
    case ITEM_BOOL:
        buf_append_str(out, *(bool *) field(c, item) ? "on" : "off");
        break;
    }
}

void
config_keep_start(struct config *c, const struct config *old, struct buf *changed)
{
    for (size_t i = 0; i < N_ITEMS; i++) {
        const struct item *item = &items[i];
        if (item->when != WHEN_START) {
            continue;
        }
        switch (item->type) {
        case ITEM_STR:
        case ITEM_SECRET: {
            const char **mine = field(c, item);
            const char *theirs = *(const char **) field(old, item);
            if (strcmp(*mine, theirs) != 0) {
                buf_printf(changed, " %s.%s", item->pub.section, item->pub.key);
                *mine = arena_strdup(c->arena, slice_of_str(theirs));
            }
            break;
        }
        case ITEM_INT: {
            int64_t *mine = field(c, item);
            if (*mine != *(int64_t *) field(old, item)) {
                buf_printf(changed, " %s.%s", item->pub.section, item->pub.key);
                *mine = *(int64_t *) field(old, item);
            }
            break;
        }
        case ITEM_BOOL: {
            bool *mine = field(c, item);
            if (*mine != *(bool *) field(old, item)) {
                buf_printf(changed, " %s.%s", item->pub.section, item->pub.key);
                *mine = *(bool *) field(old, item);
            }
            break;
        }
        }
    }
}

void
config_print(const struct config *c, struct buf *out)
{
    const char *section = "";
    for (size_t i = 0; i < N_ITEMS; i++) {
        if (strcmp(section, items[i].pub.section) != 0) {
            section = items[i].pub.section;
            buf_printf(out, "%s[%s]\n", i ? "\n" : "", section);
        }
        buf_printf(out, "; %s\n%s = ", items[i].pub.help, items[i].pub.key);
        value_print(c, &items[i], out);
        buf_append_str(out, "\n");
    }
}

const struct config_item *
config_item_at(size_t i)
{
    return i < N_ITEMS ? &items[i].pub : NULL;
}

void
config_item_value(const struct config *c, size_t i, struct buf *out)
{
    value_print(c, &items[i], out);
}

struct status
config_read_line(struct arena *a, const char *path, const char **out, struct diag *d)
{
    char line[1024];
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        FAIL(d, CONFIG, "cannot read %s: %s", path, strerror(errno));
    }
    const char *got = fgets(line, sizeof line, f);
    (void) fclose(f);
    line[got ? strcspn(line, "\r\n") : 0] = '\0';
    *out = arena_strdup(a, slice_of_str(line));
    mem_wipe(line, sizeof line);
    return arena_status(a);
}
