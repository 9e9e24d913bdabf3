/*
 * One security context from end to end, as a client or as a server: the
 * handshake, the exchange of a signed and a sealed message, and what is known
 * of the peer then. `sspi accept` and `sspi initiate` are its two callers.
 */
#ifndef CLI_HANDSHAKE_H
#define CLI_HANDSHAKE_H

#include "cli/flags.h"
#include "cli/transport.h"

#include "sspi.h"

#include <jansson.h>

struct handshake {
    enum flags_side side;
    CredHandle *credential;
    SEC_WCHAR *target;          /* initiator; NULL: none */
    const char *realm;          /* initiator: as the user wrote it; NULL: he did not */
    uint32_t requirements;
    uint32_t max_token;
    struct transport transport;

    CtxtHandle context;
    bool has_context;
    ULONG attributes;
    TimeStamp expiry;
    uint32_t put, got;          /* messages so far, each way */
    bool was_signed, was_sealed;
};

/* Runs it and prints the result. An enum cli_exit; CLI_OK: accepted. */
int handshake_run(struct handshake *h, bool json);

/* handshake_message.c: the exchange after the handshake. */
int handshake_exchange(struct handshake *h);

/* handshake_token.c: an acceptor's "user_sid" and "groups"; a context without a token has none. */
void handshake_add_token(struct handshake *h, json_t *j);

/* Complains about a failed call; the exit code for it. */
int handshake_fail(const char *what, status_t status);

/* What options --package, --principal, ... come to: a credential and cbMaxToken. */
struct handshake_identity {
    const char *package, *principal;
    const char *user, *domain;  /* initiator; NULL: the default credentials */
    bool password_stdin;
};
int handshake_acquire(enum flags_side side, const struct handshake_identity *id, CredHandle *out,
                      uint32_t *max_token);

/* "30" as milliseconds; false: it was complained about. NULL: the default. */
bool handshake_parse_timeout(const char *text, int *ms);

#endif
