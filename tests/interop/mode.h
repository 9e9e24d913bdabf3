/*
 * mode: how two ends of an interop test talk, in words on both command lines:
 *
 *     seal            messages are sealed, and signed ones too (the default)
 *     sign            messages are signed only
 *     plain           a logon; no messages
 *     dce             DCE style: three tokens, the last from the client
 *     datagram        connectionless
 *     kerberos        Kerberos and not NTLM
 *     spnego          the one or the other inside SPNEGO; at our end, the package Negotiate
 *     both            a client offers Kerberos, then NTLM
 *     server-first    the server speaks first, as in SMB
 *     mutual          the server proves itself, too
 *     delegate        the client forwards a ticket of his
 *     extended        a refusal has a token that says why, and what to do better
 *     identify        the server may learn who the client is, no more
 *     anonymous       the client is nobody
 *     bindings=TEXT   what the channel underneath is called at this end
 *     host=NAME       where the client takes the service HTTP to be (localhost)
 *     flags=NUMBER    what a NEGOTIATE of gss-ntlmssp's has, before its application's wishes
 *     no-replay       the peer's library has no check for a message that comes twice
 *
 * separated by commas: "sign,bindings=tls-unique:1".
 */
#ifndef INTEROP_MODE_H
#define INTEROP_MODE_H

#include <stdbool.h>
#include <stdint.h>

struct mode {
    bool sign, seal;
    bool dce, datagram, identify, anonymous, no_replay, kerberos, mutual, delegate;
    bool extended;
    bool spnego, both, server_first;
    uint32_t flags;             /* 0: the peer's own choice */
    char bindings[64];          /* "": none are passed */
    char host[64];
};

/* False: it was said on standard error which word is unknown. */
bool mode_parse(const char *text, struct mode *out);

/* ISC_REQ_*; as ASC_REQ_* where accept is set. The values are the specification's. */
uint32_t mode_requirements(const struct mode *m, bool accept);

/* A SEC_CHANNEL_BINDINGS of m->bindings in bytes; its size. */
#define MODE_BINDINGS_MAX 128
uint32_t mode_bindings(const struct mode *m, uint8_t bytes[MODE_BINDINGS_MAX]);

#endif
