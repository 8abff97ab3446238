/* SPDX-License-Identifier: Apache-2.0 */
/* EXPLAIN ALLIUM: the plan in words, with what the server learns from running it. */
#include "rewriter/plan/plan.h"

static void
explain_text(const struct template *t, struct buf *out)
{
    size_t done = 0;
    for (unsigned i = 0; i < t->n_slots; i++) {
        const struct slot *s = &t->slots[i];
        static const char *const kinds[] = {
            [SLOT_EQ] = "eq", [SLOT_ORD] = "ord", [SLOT_WORDS] = "words", [SLOT_COUNT] = "count"};
        buf_append_slice(out, slice_sub(t->text, done, s->offset - done));
        done = s->offset;
        buf_printf(out, "{%s ?%u}", kinds[s->kind], s->literal + 1);
    }
    buf_append_slice(out, slice_from(t->text, done));
}

static void
explain_leakage(const struct template *t, struct buf *out)
{
    for (unsigned i = 0; i < t->n_slots; i++) {
        const struct slot *s = &t->slots[i];
        static const char *const what[] = {[SLOT_EQ] = "equality with",
                                           [SLOT_ORD] = "the order bound",
                                           [SLOT_WORDS] = "three-letter parts of"};
        if (s->column) {
            buf_printf(out, "learns\tthe server sees which rows match %s ?%u on %.*s.%.*s.%.*s\n",
                       what[s->kind], s->literal + 1, SLICE_ARG(s->table->db),
                       SLICE_ARG(s->table->name), SLICE_ARG(s->column->name));
        }
    }
}

static const struct cat_column *
values_column(const struct plan *p, const struct plan_values *v, const struct cat_table **t)
{
    *t = p->fetches[p->parts[v->part].fetch].table;
    return &(*t)->columns[v->column];
}

static void
explain_part(const struct plan *p, const struct plan_fetch *f, const struct plan_part *part,
             struct buf *out)
{
    buf_printf(out, "server\t%.*s", SLICE_ARG(f->head.text));
    buf_append_str(out, part->where.text.len ? " WHERE " : "");
    explain_text(&part->where, out);
    buf_printf(out, "%s\n", f->lock);
    explain_leakage(&part->where, out);
    for (size_t i = 0; i < part->n_links; i++) {
        const struct plan_link *l = &part->links[i];
        const struct cat_table *source;
        const struct cat_column *c = values_column(p, &p->values[l->values], &source);
        buf_printf(out,
                   "narrowed\t%.*s.%.*s is one of the values of %.*s.%.*s, when those are fetched"
                   " first and few\n",
                   SLICE_ARG(f->table->name), SLICE_ARG(f->table->columns[l->column].name),
                   SLICE_ARG(source->name), SLICE_ARG(c->name));
    }
}

static void
explain_fetch(const struct plan *p, const struct plan_fetch *f, struct buf *out)
{
    buf_printf(out, "fetch\t%.*s.%.*s, %zu of %zu columns, %s%s\n", SLICE_ARG(f->table->db),
               SLICE_ARG(f->table->name), f->n_columns, f->table->n_columns,
               f->whole ? "every row" : "rows that match",
               f->target ? ", locked, written back by row id" : "");
    if (f->why.data) {
        buf_printf(out, "not pushed\t%.*s\n", SLICE_ARG(f->why));
    }
    for (size_t i = 0; i < f->n_parts; i++) {
        explain_part(p, f, &p->parts[f->first_part + i], out);
    }
}

static void
explain_finish(const struct plan_finish *f, struct buf *out)
{
    buf_printf(out, "proxy\t%s%s%s%s\n", f->grouped ? "groups; " : "",
               f->distinct ? "drops repeated rows; " : "", f->n_sort ? "sorts; " : "",
               f->limit >= 0 ? "takes as many rows as LIMIT says" : "sends all rows");
}

void
plan_explain(const struct plan *p, struct buf *out)
{
    buf_printf(out, "plan\t%s\n", plan_kind_name(p->kind));
    if (p->why.data && (p->kind == PLAN_SPLIT || p->kind == PLAN_TRUSTED)) {
        buf_printf(out, "why\t%.*s\n", SLICE_ARG(p->why));
    }
    if (p->sql.text.data) {
        buf_append_str(out, "server\t");
        explain_text(&p->sql, out);
        buf_append_u8(out, '\n');
        explain_leakage(&p->sql, out);
    }
    for (size_t i = 0; i < p->n_fetches; i++) {
        explain_fetch(p, &p->fetches[i], out);
    }
    if (p->kind == PLAN_SPLIT || p->kind == PLAN_TRUSTED) {
        buf_printf(out, "trusted side\truns the statement as written over the fetched rows\n");
    }
    if (p->finish) {
        explain_finish(p->finish, out);
    }
    for (size_t i = 0; i < p->n_outputs; i++) {
        static const char *const kinds[] = {[OUTPUT_VALUE] = "decrypt",
                                            [OUTPUT_PLAIN] = "as the server says",
                                            [OUTPUT_LITERAL] = "constant",
                                            [OUTPUT_MINMAX] = "cut, then decrypt"};
        const struct plan_output *o = &p->outputs[i];
        if (o->column) {
            buf_printf(out, "column %zu\t%s %.*s.%.*s\n", i + 1, kinds[o->kind],
                       SLICE_ARG(o->table->name), SLICE_ARG(o->column->name));
        } else {
            buf_printf(out, "column %zu\t%s\n", i + 1, kinds[o->kind]);
        }
    }
    if (p->kind == PLAN_INSERT) {
        buf_printf(out, "rows\t%zu, encrypted into %.*s.%.*s\n", p->n_rows,
                   SLICE_ARG(p->target->db), SLICE_ARG(p->target->name));
    }
}
