/*
 * http-auth: HTTP authentication by SSPI, the part of the example that a
 * Windows programmer knows. http-server.c does the HTTP, this file the SSPI.
 */
#ifndef EXAMPLES_HTTP_AUTH_H
#define EXAMPLES_HTTP_AUTH_H

#define SECURITY_WIN32
#include <windows.h>

#include <security.h>
#include <sspi.h>

#include <stdbool.h>

/* Longest Authorization header that is decoded: what IIS allows a header to be. */
#define AUTH_HEADER_MAX 16384

/* The program's inbound credential; one for all connections, used by all threads. */
struct acceptor;

/* How clients log on here. */
struct acceptor_policy {
    const char *package;
    bool no_ntlm;               /* of Negotiate's packages, NTLM is not taken */
    bool per_request;           /* nobody is known for longer than a request */
    const SecBuffer *bindings;  /* of the TLS certificate, borrowed for good; NULL: no TLS */
    bool missing_allowed;       /* a client that sends none is let in over TLS as well */
};

/*
 * Acquires the credential. An authority that cannot be reached now is not an
 * error: the credential is acquired when the first client comes. NULL: *status.
 */
struct acceptor *acceptor_new(const struct acceptor_policy *policy, SECURITY_STATUS *status);
void acceptor_free(struct acceptor *a);

/* The schemes of WWW-Authenticate, the one to be tried first first; NULL ends them. */
const char *const *acceptor_schemes(const struct acceptor *a);

/*
 * One TCP connection. NTLM authenticates connections, not requests: who this is
 * must be kept here and nowhere else, or a shared connection would swap users.
 * A proxy may put several people's requests on one connection (RFC 4559 6): what
 * came through one proves its sender for that request only.
 */
struct client {
    CtxtHandle context;
    bool begun;                 /* context is a handle */
    bool established;           /* and the handshake is over: we know who it is */
    const char *scheme;         /* the one that it began with */
    ULONG attributes;           /* ASC_RET_* */
    unsigned long requests;     /* requests answered for this user */
    char address[64];
};

void client_wipe(struct client *c);

enum verdict {
    AUTH_KNOWN,                 /* 200: c->context says who */
    AUTH_ASK,                   /* 401: not known (yet) */
    AUTH_DOWN,                  /* 503: nobody can say; no fault of the client's */
};

struct decision {
    enum verdict verdict;
    SECURITY_STATUS status;     /* what SSPI said; SEC_E_OK when it was not asked */
    char *challenge;            /* WWW-Authenticate, to be free()d; NULL: acceptor_schemes() */
};

/* What of a request a logon has to do with. */
struct logon_request {
    const char *authorization;  /* the header, or NULL */
    bool proxied;               /* it has a header that proxies add */
};

/* Decides about a request. */
void client_authenticate(struct acceptor *a, struct client *c, const struct logon_request *r,
                         struct decision *out);

/* The request is answered: whether its sender is still known at the next one. */
bool client_is_kept(const struct acceptor *a, const struct logon_request *r);

#endif
