/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEFINER of a view. The mirror's statement runs under an account of ours, so what it takes for the
 * definer is set right afterwards (ddl_request.definer): the client's account, or the one that the
 * statement names. As in MySQL, naming another one needs a right, which a guard's mirror judges.
 */
#include "proxy/exec/definer.h"

#include "base/mem.h"
#include "proxy/exec/exec_priv.h"
#include "proxy/store/store_accounts.h"

/* One part of user@host, without its quotes; moves on behind it. */
static struct slice
take_part(struct arena *a, struct slice *rest)
{
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    const uint8_t first = rest->len ? rest->data[0] : 0;
    const bool quoted = first == '\'' || first == '"' || first == '`';
    size_t i = quoted;
    for (; i < rest->len; i++) {
        const uint8_t c = rest->data[i];
        if (quoted && c == first) {
            if (i + 1 >= rest->len || rest->data[i + 1] != first) {
                break;
            }
            i++;
        } else if (!quoted && (c == '@' || c == ' ')) {
            break;
        }
        buf_append_u8(&out, c);
    }
    *rest = slice_from(*rest, i + quoted < rest->len ? i + quoted : rest->len);
    return arena_dup(a, buf_slice(&out));
}

static bool
is_current_user(struct slice text)
{
    const struct slice name = SLICE("CURRENT_USER");
    return text.len >= name.len && slice_equal_ci(slice_sub(text, 0, name.len), name);
}

/* user@host as MySQL prints it. */
static struct slice
print_account(struct arena *a, struct slice user, struct slice host)
{
    CLEANUP(buf_deinit_cleanup) struct buf out = BUF_INIT;
    sql_print_name(user, &out);
    buf_append_u8(&out, '@');
    sql_print_name(host, &out);
    return arena_dup(a, buf_slice(&out));
}

/* The statement with DEFINER = .. blanked. */
static struct slice
without_definer(struct arena *a, struct slice sql, struct slice definer)
{
    if (definer.data < sql.data || definer.data + definer.len > sql.data + sql.len) {
        return sql;
    }
    uint8_t *copy = (uint8_t *) arena_array(a, uint8_t, sql.len);
    if (copy == NULL) {
        return sql;
    }
    mem_copy(copy, sql.data, sql.len);
    size_t begin = (size_t) (definer.data - sql.data);
    const size_t end = begin + definer.len;
    while (begin && copy[begin] != '=') {
        begin--;
    }
    while (begin && (copy[begin] | 0x20) != 'd') { /* first letter of DEFINER */
        begin--;
    }
    for (size_t i = begin; i < end; i++) {
        copy[i] = ' ';
    }
    return slice_of(copy, sql.len);
}

struct status
definer_apply(struct exec_run *r, const struct sql_create_view *v, struct ddl_request *req)
{
    struct exec *e = r->e;
    struct arena *a = e->arena;
    struct slice user = slice_of_str(e->info->account_user);
    struct slice host = slice_of_str(e->info->account_host);
    if (v->definer.data == NULL) {
        req->definer = v->alter ? SLICE_NULL : print_account(a, user, host);
        return arena_status(a);
    }
    if (!is_current_user(v->definer)) {
        struct slice rest = v->definer;
        const char *name = arena_strdup(a, take_part(a, &rest));
        while (rest.len && (rest.data[0] == ' ' || rest.data[0] == '@')) {
            rest = slice_from(rest, 1);
        }
        const char *at = rest.len ? arena_strdup(a, take_part(a, &rest)) : "%";
        struct accounts *accounts = store_accounts(e->shared->store);
        /* unknown ones (a dump of another server): the client's, so that the view works */
        if (accounts_get(accounts, name, at)) {
            user = slice_of_str(name);
            host = slice_of_str(at);
        }
        accounts_unref(accounts);
    }
    const bool own = slice_equal_str(user, e->info->account_user) &&
                     slice_equal_str(host, e->info->account_host);
    if (!e->info->is_restricted || own) {
        req->text = without_definer(a, req->text, v->definer);
    }
    req->definer = print_account(a, user, host);
    return arena_status(a);
}
