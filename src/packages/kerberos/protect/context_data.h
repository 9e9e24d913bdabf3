/*
 * context_data.h: the bytes by which the LSA half hands a finished context to
 * the user half (ContextData of SpAcceptLsaModeContext, PackedContext of
 * SpInitUserModeContext). Position-independent, without pointers and sizes of
 * one machine word, little-endian; the layout is in context_data.c.
 */
#ifndef KRB_PROTECT_CONTEXT_DATA_H
#define KRB_PROTECT_CONTEXT_DATA_H

#include "base/rd.h"
#include "base/wr.h"
#include "packages/kerberos/wire/wire.h"

/* The formats that this release writes and reads (D13). */
#define KRB_CONTEXT_FORMAT_LOWEST 1u
#define KRB_CONTEXT_FORMAT_HIGHEST 2u

enum krb_fact {
    KRB_FACT_LOOPBACK = 1,          /* both ends are of one authority */
};

enum krb_role { KRB_ROLE_INITIATOR = 1, KRB_ROLE_ACCEPTOR = 2 };

struct krb_context_data {
    uint32_t format;                /* 0: the lowest */
    uint8_t role;                   /* enum krb_role */
    uint8_t facts;                  /* KRB_FACT_* */
    uint32_t gss_flags;             /* KRB_GSS_* that both sides hold to; a datagram context
                                       has neither REPLAY nor SEQUENCE */
    uint32_t attributes;            /* ISC_RET_* or ASC_RET_*, by role */
    uint32_t ticket_flags;          /* KRB_TICKET_* */
    /*
     * The initiator's subkey, or where it sent none the ticket's session key;
     * and the acceptor's subkey of the AP-REP (etype 0: none), which is the
     * context's key wherever it is given. With RC4 that is MIT's rule: the
     * acceptor's only in DCE style or where its type is another.
     */
    struct krb_key initiator_key, acceptor_key;
    uint32_t send_sequence, receive_sequence;   /* of the first message each way */
    uint64_t token;                 /* handle in the application; 0: none */
    int64_t start, expiry, logoff;  /* FILETIME */
    /* UTF-16LE without NUL; empty: none. */
    struct view account;            /* DOMAIN\user as AUTHORITY\name; the client's in both roles */
    struct view client, server;     /* principals: user@REALM, host/server@REALM */
    struct view authority;          /* who vouched for the client: domain or realm */
    struct view target;             /* acceptor: the client's claim; initiator: its own */
    struct view pac;                /* acceptor: the client's, verified; empty: none, or format 1 */
};

size_t krb_context_data_size(const struct krb_context_data *d);
void krb_context_data_build(struct wr *w, const struct krb_context_data *d);
/*
 * The views point into in. SEC_E_INVALID_TOKEN: not such bytes, of another
 * format, or with keys that are not of their types.
 */
MUST_CHECK status_t krb_context_data_parse(struct view in, struct krb_context_data *out);

#endif
