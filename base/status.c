/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#define RING 16

static const struct status_info infos[] = {
#define STATUS_DEF(name, number, class, err, state, text, remedy) \
    {STATUS_##name, STATUS_CLASS_##class, err, state, #name, text, remedy},
#include "base/status.def"
#undef STATUS_DEF
};

static _Thread_local struct {
    const char *file[RING];
    int line[RING];
    unsigned n;
} trace;

const struct status_info *
status_info_at(unsigned i)
{
    return i < sizeof infos / sizeof infos[0] ? &infos[i] : NULL;
}

const struct status_info *
status_info_get(enum status_code code)
{
    const struct status_info *bug = &infos[0];
    for (unsigned i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        if (infos[i].code == code) {
            return &infos[i];
        }
        if (infos[i].code == STATUS_BUG) {
            bug = &infos[i];
        }
    }
    return bug;
}

void
status_trace_note(const char *file, int line)
{
    trace.file[trace.n % RING] = file;
    trace.line[trace.n % RING] = line;
    trace.n++;
}

struct status
status_raise(enum status_code code, const char *file, int line)
{
    trace.n = 0;
    status_trace_note(file, line);
    return (struct status){code};
}

void
status_trace_print(char *out, unsigned len)
{
    unsigned used = 0;
    if (len == 0) {
        return;
    }
    out[0] = '\0';
    for (unsigned i = trace.n > RING ? trace.n - RING : 0; i < trace.n && used + 1 < len; i++) {
        const int n = snprintf(out + used, len - used, "%s%s:%d", used ? " " : "",
                               trace.file[i % RING], trace.line[i % RING]);
        used += n > 0 ? (unsigned) n : 0;
    }
}
