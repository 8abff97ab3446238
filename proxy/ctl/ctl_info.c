/* SPDX-License-Identifier: Apache-2.0 */
/* alliumctl messages, states. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "base/status.h"
#include "proxy/ctl/ctl.h"

static void
print_message(const struct status_info *info)
{
    printf("%u %s: %s (MySQL error %u, SQLSTATE %s)\n", (unsigned) info->code, info->name,
           info->text, info->mysql_errno, info->sqlstate);
    if (info->remedy[0]) {
        printf("    %s\n", info->remedy);
    }
}

int
ctl_messages(int argc, char **argv)
{
    const struct status_info *info;
    const char *word = ctl_word(argc, argv, 0);
    uint64_t number = 0;
    unsigned found = 0;
    if (word && !slice_parse_u64(slice_of_str(word), &number)) {
        fputs("alliumctl: expected messages [NUMBER]\n", stderr);
        return EXIT_FAILURE;
    }
    for (unsigned i = 0; (info = status_info_at(i)); i++) {
        if (word == NULL || info->code == number || info->mysql_errno == number) {
            print_message(info);
            found++;
        }
    }
    if (found == 0) {
        fprintf(stderr, "alliumctl: %s is not a number of ours; it is MySQL's own\n", word);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

enum {
#define SESSION_STATE(id, name, waits_for, next) SESSION_##id,
#include "proxy/session_states.def"
#undef SESSION_STATE
    STATES
};

static const struct {
    const char *name, *waits_for;
    unsigned next;
} states[] = {
#define SESSION_STATE(id, name, waits_for, next) {name, waits_for, next},
#include "proxy/session_states.def"
#undef SESSION_STATE
};

int
ctl_states(int argc, char **argv)
{
    const bool dot = ctl_flag(argc, argv, "dot");
    fputs(dot ? "digraph session {\n" : "", stdout);
    for (int i = 0; i < STATES; i++) {
        printf(dot ? "    \"%s\" [tooltip=\"%s\"];\n" : "%-14s %s\n", states[i].name,
               states[i].waits_for);
        for (int k = 0; dot && k < STATES; k++) {
            if (states[i].next >> k & 1) {
                printf("    \"%s\" -> \"%s\";\n", states[i].name, states[k].name);
            }
        }
    }
    fputs(dot ? "}\n" : "", stdout);
    return EXIT_SUCCESS;
}
