/*
 * http-tls: a certificate, its key, and what the certificate means to SSPI: the
 * channel bindings that tie a logon to the TLS connection that it came by.
 */
#ifndef EXAMPLES_HTTP_TLS_H
#define EXAMPLES_HTTP_TLS_H

#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <stdbool.h>

struct tls {
    char *certificate, *key;    /* PEM, as libmicrohttpd takes them */
    SecBuffer bindings;         /* SECBUFFER_CHANNEL_BINDINGS for AcceptSecurityContext */
};

/* Reads two PEM files; false: it was said on standard error why. */
bool tls_load(struct tls *t, const char *certificate_file, const char *key_file);

/* Whatever tls_load() said of it. */
void tls_wipe(struct tls *t);

#endif
