/*
 * http-auth.c: the acceptor's half of HTTP authentication (RFC 4559, and
 * Microsoft's page "NTLM Over HTTP Protocol", MS-NTHT 3.1).
 *
 * AcquireCredentialsHandle once, AcceptSecurityContext for every Authorization
 * header, until it says SEC_E_OK. The package Negotiate takes what browsers send
 * with the scheme "Negotiate", and with "NTLM" as well. On Linux the work of these calls is done by
 * lsad; this process never has the account's hash, so it has nothing to lose.
 *
 * Trusts nothing of the client: a header is bounded, decoded by nettle, and
 * otherwise read by the security package only.
 */
#include "http-auth.h"

#include <nettle/base64.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WANTED_ATTRIBUTES \
    (ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONNECTION | ASC_REQ_REPLAY_DETECT | \
     ASC_REQ_SEQUENCE_DETECT | ASC_REQ_INTEGRITY | ASC_REQ_CONFIDENTIALITY)

/* By package; any other's scheme has its own name. */
static const char *const NEGOTIATE_SCHEMES[] = { "Negotiate", "NTLM", NULL };

struct acceptor {
    pthread_mutex_t lock;       /* acquiring the credential */
    CredHandle credential;
    bool acquired;
    char *package;
    const char *schemes[3];     /* the last is NULL */
    bool no_ntlm, per_request;
    SecBuffer bindings;         /* empty: no TLS */
    ULONG wanted;               /* ASC_REQ_* */
};

/*
 * Once; the program may have started before lsad. When lsad is restarted later, the
 * library acquires the credential anew by itself.
 */
static SECURITY_STATUS
acceptor_acquire(struct acceptor *a)
{
    static char NOT_NTLM[] = "!ntlm";
    SEC_WINNT_AUTH_IDENTITY_EXA packages = {
        .Version = SEC_WINNT_AUTH_IDENTITY_VERSION, .Length = sizeof packages,
        .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI, .PackageList = (unsigned char *)NOT_NTLM,
        .PackageListLength = sizeof NOT_NTLM - 1,
    };
    SECURITY_STATUS status = SEC_E_OK;
    TimeStamp expiry;

    pthread_mutex_lock(&a->lock);
    if (!a->acquired)
        status = AcquireCredentialsHandleA(NULL, a->package, SECPKG_CRED_INBOUND, NULL,
                                           a->no_ntlm ? &packages : NULL, NULL, NULL,
                                           &a->credential, &expiry);
    a->acquired = status == SEC_E_OK;
    pthread_mutex_unlock(&a->lock);
    return status;
}

static void
schemes_choose(struct acceptor *a)
{
    a->schemes[0] = a->package;
    if (strcasecmp(a->package, NEGOTIATE_SCHEMES[0]) != 0)
        return;
    a->schemes[0] = NEGOTIATE_SCHEMES[0];
    if (!a->no_ntlm)
        a->schemes[1] = NEGOTIATE_SCHEMES[1];
}

struct acceptor *
acceptor_new(const struct acceptor_policy *policy, SECURITY_STATUS *status)
{
    struct acceptor *a = calloc(1, sizeof *a);

    *status = SEC_E_INSUFFICIENT_MEMORY;
    if (a == NULL)
        return NULL;
    pthread_mutex_init(&a->lock, NULL);
    a->no_ntlm = policy->no_ntlm;
    a->per_request = policy->per_request;
    a->wanted = WANTED_ATTRIBUTES;
    if (policy->missing_allowed)
        a->wanted |= ASC_REQ_ALLOW_MISSING_BINDINGS;
    if (policy->bindings != NULL)
        a->bindings = *policy->bindings;
    a->package = strdup(policy->package);
    if (a->package != NULL) {
        schemes_choose(a);
        *status = acceptor_acquire(a);
    }
    if (*status == SEC_E_OK || *status == SEC_E_NO_AUTHENTICATING_AUTHORITY)
        return a;
    acceptor_free(a);
    return NULL;
}

void
acceptor_free(struct acceptor *a)
{
    if (a->acquired)
        FreeCredentialsHandle(&a->credential);
    pthread_mutex_destroy(&a->lock);
    free(a->package);
    free(a);
}

const char *const *
acceptor_schemes(const struct acceptor *a)
{
    return a->schemes;
}

void
client_wipe(struct client *c)
{
    if (c->begun)
        DeleteSecurityContext(&c->context);
    c->begun = false;
    c->established = false;
    c->scheme = NULL;
    c->attributes = 0;
    c->requests = 0;
}

/* Which of the schemes SCHEME BASE64 has; NULL: none. */
static const char *
scheme_find(const struct acceptor *a, const char *header)
{
    for (const char *const *i = a->schemes; *i != NULL; i++) {
        size_t n = strlen(*i);

        if (strncasecmp(header, *i, n) == 0 && header[n] == ' ')
            return *i;
    }
    return NULL;
}

/* SCHEME BASE64 -> bytes, malloc'd; NULL: too long or not base64. */
static BYTE *
token_decode(const char *header, ULONG *length)
{
    struct base64_decode_ctx b64;
    size_t n, size = strlen(header);
    BYTE *token;

    if (size > AUTH_HEADER_MAX)
        return NULL;
    header += strcspn(header, " ");
    header += strspn(header, " ");
    n = strlen(header);
    size = BASE64_DECODE_LENGTH(n);
    token = malloc(size + 1);
    if (token == NULL)
        return NULL;
    base64_decode_init(&b64);
    if (base64_decode_update(&b64, &size, token, n, header) == 0 ||
        base64_decode_final(&b64) == 0 || size == 0) {
        free(token);
        return NULL;
    }
    *length = (ULONG)size;
    return token;
}

/* SCHEME BASE64, malloc'd. */
static char *
token_encode(const char *scheme, const SecBuffer *token)
{
    size_t n = strlen(scheme);
    char *header = malloc(n + 2 + BASE64_ENCODE_RAW_LENGTH((size_t)token->cbBuffer));

    if (header == NULL)
        return NULL;
    memcpy(header, scheme, n);
    header[n] = ' ';
    base64_encode_raw(header + n + 1, token->cbBuffer, token->pvBuffer);
    header[n + 1 + BASE64_ENCODE_RAW_LENGTH((size_t)token->cbBuffer)] = '\0';
    return header;
}

/*
 * One call of AcceptSecurityContext, which gets the bindings of the connection that the token
 * came by. The address is for the authority's audit line.
 */
static SECURITY_STATUS
client_accept(struct acceptor *a, struct client *c, const SecBuffer *in, SecBuffer *out)
{
    SecBuffer inputs[2] = { *in, a->bindings };
    SecBufferDesc input = { SECBUFFER_VERSION, a->bindings.cbBuffer > 0 ? 2 : 1, inputs };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, out };
    BOOLEAN address_set = FALSE;
    TimeStamp expiry;
    SECURITY_STATUS status;

    SecAllocateAndSetIPAddress((UCHAR *)c->address, (ULONG)strlen(c->address), &address_set);
    status = AcceptSecurityContext(&a->credential, c->begun ? &c->context : NULL, &input,
                                   a->wanted, SECURITY_NETWORK_DREP, &c->context, &output,
                                   &c->attributes, &expiry);
    if (address_set)
        SecFreeCallContext();
    if (status >= 0)
        c->begun = true;
    if (status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE) {
        SECURITY_STATUS completed = CompleteAuthToken(&c->context, &output);

        if (completed != SEC_E_OK)
            return completed;
        status = status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
    }
    return status;
}

/* What a status means to a browser: only the client's own faults are a 401. */
static enum verdict
verdict_of(SECURITY_STATUS status)
{
    switch (status) {
    case SEC_E_OK:
        return AUTH_KNOWN;
    case SEC_E_NO_AUTHENTICATING_AUTHORITY:
    case SEC_E_NOT_OWNER:
    case SEC_E_INTERNAL_ERROR:
    case SEC_E_INSUFFICIENT_MEMORY:
    case SEC_E_INVALID_HANDLE:
    case SEC_E_SECPKG_NOT_FOUND:
        return AUTH_DOWN;
    default:
        return AUTH_ASK;
    }
}

/* Gives one token to the package and keeps in c and *out what came of it. */
static void
client_step(struct acceptor *a, struct client *c, const SecBuffer *in, struct decision *out)
{
    SecBuffer token = { 0, SECBUFFER_TOKEN, NULL };

    out->status = acceptor_acquire(a);
    if (out->status == SEC_E_OK)
        out->status = client_accept(a, c, in, &token);
    out->verdict = verdict_of(out->status);
    c->established = out->verdict == AUTH_KNOWN;
    if (out->status < 0)
        client_wipe(c);
    else if (token.pvBuffer != NULL && token.cbBuffer > 0)
        out->challenge = token_encode(c->scheme, &token);
    if (token.pvBuffer != NULL)
        FreeContextBuffer(token.pvBuffer);
}

/* A token, in the scheme in which the handshake began. */
static void
client_hear(struct acceptor *a, struct client *c, const char *authorization,
            struct decision *out)
{
    const char *scheme = scheme_find(a, authorization);
    SecBuffer in = { 0, SECBUFFER_TOKEN, NULL };

    if (scheme != NULL && (c->scheme == NULL || c->scheme == scheme))
        in.pvBuffer = token_decode(authorization, &in.cbBuffer);
    if (in.pvBuffer == NULL) {
        client_wipe(c);
        return;
    }
    c->scheme = scheme;
    client_step(a, c, &in, out);
    free(in.pvBuffer);
}

void
client_authenticate(struct acceptor *a, struct client *c, const struct logon_request *r,
                    struct decision *out)
{
    *out = (struct decision){ AUTH_ASK, SEC_E_OK, NULL };
    if (r->authorization == NULL && c->established && client_is_kept(a, r)) {
        out->verdict = AUTH_KNOWN;
        return;
    }
    /* Whoever brings new credentials is nobody until they are checked. */
    if (r->authorization == NULL || c->established)
        client_wipe(c);
    if (r->authorization != NULL)
        client_hear(a, c, r->authorization, out);
}

bool
client_is_kept(const struct acceptor *a, const struct logon_request *r)
{
    return !a->per_request && !r->proxied;
}
