/* SPDX-License-Identifier: Apache-2.0 */
#include "rewriter/emit/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void
template_begin(struct template_builder *b)
{
    *b = (struct template_builder){0};
    buf_init(&b->text);
}

void
template_text(struct template_builder *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n >= 0 ? (char *) buf_reserve(&b->text, (size_t) n + 1) : NULL;
    if (p) {
        vsnprintf(p, (size_t) n + 1, fmt, again);
        b->text.len += (size_t) n;
    }
    va_end(again);
}

static bool
grow(struct template_builder *b)
{
    const unsigned cap = b->cap ? b->cap * 2 : 16;
    struct slot *slots = calloc(cap, sizeof *slots);
    if (slots == NULL) {
        b->failed = true;
        return false;
    }
    mem_copy(slots, b->slots, b->n_slots * sizeof *slots);
    free(b->slots);
    b->slots = slots;
    b->cap = cap;
    return true;
}

void
template_slot(struct template_builder *b, struct slot slot)
{
    if (b->n_slots == b->cap && !grow(b)) {
        return;
    }
    slot.offset = b->text.len;
    b->slots[b->n_slots++] = slot;
}

void
template_append(struct template_builder *b, const struct template *part)
{
    size_t done = 0;
    for (unsigned i = 0; i < part->n_slots; i++) {
        buf_append_slice(&b->text, slice_sub(part->text, done, part->slots[i].offset - done));
        done = part->slots[i].offset;
        template_slot(b, part->slots[i]);
    }
    buf_append_slice(&b->text, slice_from(part->text, done));
}

struct template_mark
template_mark(const struct template_builder *b)
{
    return (struct template_mark){b->text.len, b->n_slots};
}

void
template_rewind(struct template_builder *b, struct template_mark mark)
{
    buf_truncate(&b->text, mark.len);
    b->n_slots = mark.n_slots;
}

void
template_abandon(struct template_builder *b)
{
    buf_deinit(&b->text);
    free(b->slots);
    *b = (struct template_builder){0};
}

struct status
template_finish(struct template_builder *b, struct arena *a, struct template *out)
{
    struct status s = buf_status(&b->text);
    if (status_is_ok(s) && b->failed) {
        s = status_raise(STATUS_NO_MEMORY, __FILE__, __LINE__);
    }
    if (status_is_ok(s)) {
        struct slot *slots = arena_array(a, struct slot, b->n_slots);
        if (slots) {
            mem_copy(slots, b->slots, b->n_slots * sizeof *slots);
        }
        *out = (struct template){arena_dup(a, buf_slice(&b->text)), slots, b->n_slots};
        s = arena_status(a);
    }
    template_abandon(b);
    return s;
}
