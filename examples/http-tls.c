/*
 * http-tls.c: channel bindings of the kind tls-server-end-point (RFC 5929
 * section 4): the text "tls-server-end-point:" and a hash of the certificate
 * that the server shows, in a SEC_CHANNEL_BINDINGS.
 *
 * On Windows a server has them from SChannel, by QueryContextAttributes with
 * SECPKG_ATTR_ENDPOINT_BINDINGS. Here TLS is GnuTLS's, below libmicrohttpd, so
 * the few lines that make them are on this page. A client that computes them of
 * another certificate speaks with somebody in between who ends its TLS: its
 * logon is refused, and so of no use to whoever that is.
 */
#include "http-tls.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "tls-server-end-point:"
#define PREFIX_SIZE (sizeof PREFIX - 1)
#define HASH_MAX 64
#define PEM_MAX ((size_t)256 * 1024)    /* a chain of certificates is a few KiB */

/* A whole file as a string, malloc'd; NULL: it cannot be read, or is far too long. */
static char *
file_read(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? calloc(1, PEM_MAX + 1) : NULL;
    size_t n = text != NULL ? fread(text, 1, PEM_MAX + 1, file) : 0;
    bool good = text != NULL && !ferror(file) && n > 0 && n <= PEM_MAX;

    if (!good)
        fprintf(stderr, "http-server: %s: cannot be read, is empty or too long\n", path);
    if (file != NULL)
        fclose(file);
    if (good)
        return text;
    free(text);
    return NULL;
}

/* The hash of the certificate's own signature; SHA-256 where that is MD5, SHA-1 or none. */
static gnutls_digest_algorithm_t
hash_of(gnutls_x509_crt_t certificate)
{
    int signature = gnutls_x509_crt_get_signature_algorithm(certificate);
    gnutls_digest_algorithm_t hash = GNUTLS_DIG_UNKNOWN;

    if (signature > 0)
        hash = gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)signature);
    return hash == GNUTLS_DIG_SHA384 || hash == GNUTLS_DIG_SHA512 ? hash : GNUTLS_DIG_SHA256;
}

/* Everything at offset 0 but the application's data, which follows the structure. */
static bool
bindings_build(SecBuffer *out, const unsigned char *hash, size_t n)
{
    SEC_CHANNEL_BINDINGS head = {
        .cbApplicationDataLength = (ULONG)(PREFIX_SIZE + n),
        .dwApplicationDataOffset = sizeof head,
    };
    unsigned char *bytes = malloc(sizeof head + PREFIX_SIZE + n);

    if (bytes == NULL)
        return false;
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, PREFIX, PREFIX_SIZE);
    memcpy(bytes + sizeof head + PREFIX_SIZE, hash, n);
    *out = (SecBuffer){ (ULONG)(sizeof head + PREFIX_SIZE + n), SECBUFFER_CHANNEL_BINDINGS, bytes };
    return true;
}

/* Of the first certificate of the file: the server's own (RFC 8446 section 4.4.2). */
static bool
bindings_derive(const char *pem, SecBuffer *out)
{
    gnutls_datum_t text = { (unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem) };
    gnutls_x509_crt_t certificate;
    unsigned char hash[HASH_MAX];
    size_t n = sizeof hash;
    bool good;

    if (gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS)
        return false;
    good = gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM) == GNUTLS_E_SUCCESS &&
           gnutls_x509_crt_get_fingerprint(certificate, hash_of(certificate), hash, &n) ==
               GNUTLS_E_SUCCESS &&
           bindings_build(out, hash, n);
    gnutls_x509_crt_deinit(certificate);
    return good;
}

bool
tls_load(struct tls *t, const char *certificate_file, const char *key_file)
{
    *t = (struct tls){ .certificate = file_read(certificate_file), .key = file_read(key_file) };
    if (t->certificate == NULL || t->key == NULL)
        return false;
    if (bindings_derive(t->certificate, &t->bindings))
        return true;
    fprintf(stderr, "http-server: %s: no certificate in PEM\n", certificate_file);
    return false;
}

void
tls_wipe(struct tls *t)
{
    if (t->key != NULL)
        explicit_bzero(t->key, strlen(t->key));
    free(t->key);               /* lint: public (wiped above, without the library's own call) */
    free(t->certificate);
    free(t->bindings.pvBuffer);
    *t = (struct tls){ NULL, NULL, { 0, 0, NULL } };
}
