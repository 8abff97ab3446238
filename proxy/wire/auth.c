/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/auth.h"

#include <string.h>

#include "base/mem.h"

#define CRYPT_ROUNDS 5000
#define MORE_DATA    0x01
#define SWITCH       0xfe
#define REQUEST_KEY  0x02
#define FAST_OK      0x03
#define FULL         0x04

struct auth_plugin {
    const char *name;
    bool (*has)(const struct account *acc);
    enum auth_result (*verify)(struct auth *a, struct slice response, struct buf *reply);
};

/* Only an empty response proves an empty password. */
static enum auth_result
verify_empty(const struct auth *a, struct slice response)
{
    return a->account && a->account->is_empty && response.len == 0 ? AUTH_OK : AUTH_DENIED;
}

static bool
native_has(const struct account *acc)
{
    return acc->has_native || acc->is_empty;
}

static enum auth_result
native_verify(struct auth *a, struct slice response, struct buf *reply)
{
    if (response.len == 0 || (a->account && a->account->is_empty)) {
        return verify_empty(a, response);
    }
    static const uint8_t nobody[AUTHHASH_SHA1];
    const bool known = a->account && a->account->has_native;
    const bool ok = authhash_native_ok(known ? a->account->native : nobody, a->scramble, response);
    return known && ok ? AUTH_OK : AUTH_DENIED;
}

static bool
sha2_has(const struct account *acc)
{
    return acc->has_sha2 || acc->is_empty;
}

static enum auth_result
sha2_verify(struct auth *a, struct slice response, struct buf *reply)
{
    uint8_t stage2[AUTHHASH_SHA256];
    if (response.len == 0 || (response.len == 1 && response.data[0] == 0)) {
        return verify_empty(a, SLICE_NULL);
    }
    if (response.len != AUTHHASH_SHA256) {
        return AUTH_DENIED;
    }
    buf_append_u8(reply, MORE_DATA);
    if (a->account && a->account->has_sha2 && accounts_recall(a->accounts, a->account, stage2) &&
        authhash_sha2_ok(stage2, a->scramble, response)) {
        buf_append_u8(reply, FAST_OK);
        return AUTH_OK;
    }
    buf_append_u8(reply, FULL);
    a->step = AUTH_FULL;
    return AUTH_MORE;
}

static const struct auth_plugin plugins[] = {
    {"caching_sha2_password", sha2_has, sha2_verify},
    {"mysql_native_password", native_has, native_verify},
};
#define N_PLUGINS (sizeof plugins / sizeof plugins[0])

static const struct auth_plugin *
plugin_find(struct slice name)
{
    for (size_t i = 0; i < N_PLUGINS; i++) {
        if (slice_equal_str(name, plugins[i].name)) {
            return &plugins[i];
        }
    }
    return NULL;
}

bool
auth_init(struct auth *a, struct accounts *accounts, struct authhash_rsa *rsa, const char *offer)
{
    *a = (struct auth){.accounts = accounts_ref(accounts), .rsa = rsa, .first_offer = offer};
    return authhash_scramble(a->scramble, sizeof a->scramble);
}

void
auth_deinit(struct auth *a)
{
    a->accounts = accounts_unref(a->accounts);
    mem_wipe(a->scramble, sizeof a->scramble);
}

/* The configured method when the account has it, else the one it has. An unknown user is asked as a
 * decoy account would be. */
static const struct auth_plugin *
plugin_of(const struct auth *a, const struct account *acc)
{
    const struct auth_plugin *offer = plugin_find(slice_of_str(a->first_offer));
    if (acc && !offer->has(acc)) {
        for (size_t i = 0; i < N_PLUGINS; i++) {
            if (plugins[i].has(acc)) {
                return &plugins[i];
            }
        }
    }
    return offer;
}

enum auth_result
auth_begin(struct auth *a, const struct auth_hello *hello, struct buf *reply)
{
    a->account = accounts_find(a->accounts, hello->user, hello->host ? hello->host : "localhost");
    a->model = a->account ? a->account : accounts_decoy(a->accounts, hello->user);
    a->plugin = plugin_of(a, a->model);
    a->is_secure = hello->is_secure;
    a->used_password = hello->response.len > 0;
    const struct slice spoken =
        hello->has_plugins && hello->plugin.data ? hello->plugin : SLICE("mysql_native_password");
    if (!hello->force_switch && slice_equal_str(spoken, a->plugin->name)) {
        return a->plugin->verify(a, hello->response, reply);
    }
    if (!hello->has_plugins) {
        return AUTH_TOO_OLD;
    }
    if (!authhash_scramble(a->scramble, sizeof a->scramble)) {
        return AUTH_DENIED;
    }
    buf_append_u8(reply, SWITCH);
    buf_append(reply, a->plugin->name, strlen(a->plugin->name) + 1);
    buf_append(reply, a->scramble, sizeof a->scramble);
    buf_append_u8(reply, 0);
    a->step = AUTH_SWITCHED;
    return AUTH_MORE;
}

/* The slow, salted check of the password itself. */
static enum auth_result
verify_password(struct auth *a, struct slice password)
{
    static const char nobody_salt[AUTHHASH_SALT] = "....................";
    const bool known = a->account && a->account->has_sha2;
    const bool like = a->model && a->model->has_sha2;
    char crypt[AUTHHASH_CRYPT];
    authhash_crypt(password, slice_of(known ? a->account->salt : nobody_salt, AUTHHASH_SALT),
                   like ? a->model->rounds : CRYPT_ROUNDS, crypt);
    if (!known || !mem_equal_ct(crypt, a->account->crypt, sizeof crypt)) {
        return AUTH_DENIED;
    }
    uint8_t stage1[AUTHHASH_SHA256], stage2[AUTHHASH_SHA256];
    authhash_sha256(password, stage1);
    authhash_sha256(slice_of(stage1, sizeof stage1), stage2);
    accounts_remember(a->accounts, a->account, stage2);
    mem_wipe(stage1, sizeof stage1);
    mem_wipe(stage2, sizeof stage2);
    return AUTH_OK;
}

static enum auth_result
open_sealed(struct auth *a, struct slice packet)
{
    struct buf password = BUF_INIT;
    const bool ok = authhash_rsa_open(a->rsa, packet, a->scramble, &password);
    const enum auth_result result = ok ? verify_password(a, buf_slice(&password)) : AUTH_DENIED;
    buf_deinit(&password);
    return result;
}

static enum auth_result
full(struct auth *a, struct slice packet, struct buf *reply)
{
    if (a->is_secure) {
        /* clear text with its NUL */
        if (packet.len == 0 || packet.data[packet.len - 1] != 0) {
            return AUTH_MALFORMED;
        }
        return verify_password(a, slice_sub(packet, 0, packet.len - 1));
    }
    if (a->rsa == NULL) {
        return AUTH_DENIED;
    }
    if (a->step == AUTH_FULL && packet.len == 1 && packet.data[0] == REQUEST_KEY) {
        const struct slice pem = authhash_rsa_public_pem(a->rsa);
        if (slice_is_null(pem)) {
            return AUTH_DENIED;
        }
        buf_append_u8(reply, MORE_DATA);
        buf_append_slice(reply, pem);
        a->step = AUTH_KEY_SENT;
        return AUTH_MORE;
    }
    return open_sealed(a, packet);
}

enum auth_result
auth_continue(struct auth *a, struct slice packet, struct buf *reply)
{
    enum auth_result result = AUTH_MALFORMED;
    switch (a->step) {
    case AUTH_SWITCHED:
        a->used_password = packet.len > 0;
        a->step = AUTH_END;
        result = a->plugin->verify(a, packet, reply);
        break;
    case AUTH_FULL:
    case AUTH_KEY_SENT:
        result = full(a, packet, reply);
        break;
    case AUTH_START:
    case AUTH_END:
        break;
    }
    if (result != AUTH_MORE) {
        a->step = AUTH_END;
    }
    return result;
}

const char *
auth_method(const struct auth *a)
{
    return a->plugin->name;
}
