/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proxy/accounts.h"
#include "proxy/config.h"

#define SELF_SIGNED_SECONDS (10L * 365 * 86400)

struct tls_context {
    SSL_CTX *ctx;
};

static const char *
reason(void)
{
    const char *text = ERR_reason_error_string(ERR_get_error());
    return text ? text : "unknown error";
}

static bool
self_sign(X509 *cert, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(cert);
    return X509_set_version(cert, 2) && ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -86400) &&
           X509_gmtime_adj(X509_getm_notAfter(cert), SELF_SIGNED_SECONDS) &&
           X509_set_pubkey(cert, key) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *) "Allium auto-generated", -1, -1, 0) &&
           X509_set_issuer_name(cert, name) && X509_sign(cert, key, EVP_sha256()) > 0;
}

static struct status
use_self_signed(SSL_CTX *ctx, struct diag *d)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    const bool ok = key && cert && self_sign(cert, key) &&
                    SSL_CTX_use_certificate(ctx, cert) == 1 &&
                    SSL_CTX_use_PrivateKey(ctx, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    if (!ok) {
        FAIL(d, STARTUP, "cannot make a self-signed certificate: %s", reason());
    }
    return OK;
}

static struct status
use_files(SSL_CTX *ctx, const struct config *cfg, struct diag *d)
{
    if (SSL_CTX_use_certificate_chain_file(ctx, cfg->proxy_tls_cert) != 1) {
        FAIL(d, CONFIG, "proxy.tls_cert %s: %s", cfg->proxy_tls_cert, reason());
    }
    const char *key = cfg->proxy_tls_key[0] ? cfg->proxy_tls_key : cfg->proxy_tls_cert;
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1) {
        FAIL(d, CONFIG, "proxy.tls_key %s: %s", key, reason());
    }
    return OK;
}

static struct status
use_client_ca(SSL_CTX *ctx, const struct config *cfg, struct diag *d)
{
    if (cfg->proxy_tls_ca[0] == '\0') {
        if (cfg->proxy_tls_verify_client) {
            FAIL(d, CONFIG, "proxy.tls_verify_client needs proxy.tls_ca");
        }
        return OK;
    }
    if (SSL_CTX_load_verify_locations(ctx, cfg->proxy_tls_ca, NULL) != 1) {
        FAIL(d, CONFIG, "proxy.tls_ca %s: %s", cfg->proxy_tls_ca, reason());
    }
    SSL_CTX_set_verify(
        ctx, SSL_VERIFY_PEER | (cfg->proxy_tls_verify_client ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        NULL);
    return OK;
}

struct status
tls_context_new(struct tls_context **out, const struct config *cfg, struct diag *d)
{
    CLEANUP(tls_context_free_cleanup) struct tls_context *t = calloc(1, sizeof *t);
    if (t == NULL || (t->ctx = SSL_CTX_new(TLS_server_method())) == NULL) {
        FAIL(d, NO_MEMORY, "out of memory");
    }
    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_id_context(t->ctx, (const unsigned char *) "allium", 6);
    if (cfg->proxy_tls_cert[0]) {
        TRY(use_files(t->ctx, cfg, d));
    } else {
        TRY(use_self_signed(t->ctx, d));
    }
    TRY(use_client_ca(t->ctx, cfg, d));
    *out = STEAL(t);
    return OK;
}

struct tls_context *
tls_context_free(struct tls_context *t)
{
    if (t) {
        SSL_CTX_free(t->ctx);
        free(t);
    }
    return NULL;
}

/* OpenSSL's result as ours. The error queue is per thread and must be empty before each call. */
static ptrdiff_t
result(SSL *ssl, int n)
{
    switch (SSL_get_error(ssl, n)) {
    case SSL_ERROR_WANT_READ:
        return WIRE_IO_AGAIN_READ;
    case SSL_ERROR_WANT_WRITE:
        return WIRE_IO_AGAIN_WRITE;
    default:
        return WIRE_IO_CLOSED;
    }
}

static ptrdiff_t
tls_read(struct wire_io *io, void *p, size_t n)
{
    ERR_clear_error();
    const int got = SSL_read(io->state, p, n > INT32_MAX ? INT32_MAX : (int) n);
    return got > 0 ? got : result(io->state, got);
}

static ptrdiff_t
tls_write(struct wire_io *io, const void *p, size_t n)
{
    ERR_clear_error();
    const int put = SSL_write(io->state, p, n > INT32_MAX ? INT32_MAX : (int) n);
    return put > 0 ? put : result(io->state, put);
}

static void
tls_close(struct wire_io *io)
{
    ERR_clear_error();
    if (SSL_is_init_finished(io->state)) {
        (void) SSL_shutdown(io->state);
    }
    SSL_free(io->state);
    close(io->fd);
}

static const struct wire_io_ops tls_ops = {tls_read, tls_write, tls_close};

bool
tls_start(struct wire_io *io, struct tls_context *t)
{
    SSL *ssl = SSL_new(t->ctx);
    if (ssl == NULL || SSL_set_fd(ssl, io->fd) != 1) {
        SSL_free(ssl);
        return false;
    }
    SSL_set_accept_state(ssl);
    *io = (struct wire_io){&tls_ops, io->fd, ssl};
    return true;
}

ptrdiff_t
tls_accept(struct wire_io *io)
{
    ERR_clear_error();
    const int n = SSL_accept(io->state);
    return n == 1 ? 1 : result(io->state, n);
}

const char *
tls_cipher(const struct wire_io *io)
{
    return io->ops == &tls_ops ? SSL_get_cipher_name(io->state) : "";
}

const char *
tls_version(const struct wire_io *io)
{
    return io->ops == &tls_ops ? SSL_get_version(io->state) : "";
}

static bool
name_is(X509_NAME *name, const char *wanted)
{
    char *text = X509_NAME_oneline(name, NULL, 0);
    const bool same = text && (wanted[0] == '\0' || strcmp(text, wanted) == 0);
    OPENSSL_free(text);
    return same;
}

/* The certificate was checked against tls_ca in the handshake. */
bool
tls_satisfies(const struct wire_io *io, bool is_tls, const struct account *acc)
{
    if (acc->tls == ACCOUNT_TLS_NONE) {
        return true;
    }
    if (!is_tls || acc->tls == ACCOUNT_TLS_ANY) {
        return is_tls;
    }
    SSL *ssl = io->state;
    X509 *cert = SSL_get_peer_certificate(ssl);
    const bool ok =
        cert && SSL_get_verify_result(ssl) == X509_V_OK &&
        (acc->tls == ACCOUNT_TLS_X509 || (name_is(X509_get_issuer_name(cert), acc->tls_issuer) &&
                                          name_is(X509_get_subject_name(cert), acc->tls_subject)));
    X509_free(cert);
    return ok;
}
