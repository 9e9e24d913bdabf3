/*
 * leg.h: what both engines (acceptor.c, initiator.c) share: one call of
 * SpInit- or SpAcceptLsaModeContext, the states of a context, and the end of
 * a handshake.
 */
#ifndef KRB_LSA_LEG_H
#define KRB_LSA_LEG_H

#include "crypto/krb.h"
#include "packages/kerberos/lsa/support.h"
#include "packages/kerberos/protect/context_data.h"

/* Of the first sequence number: MIT's peers of old took these for signed. And it is not zero. */
#define KRB_SEQUENCE_MASK 0x3FFFFFFFu
/* Messages longer than this are not looked at: SecPkgInfo.cbMaxToken, with room for a wrapper. */
#define KRB_MESSAGE_MAX 65536u

/* The out-parameters are the authority's locations; requirements are ISC_REQ_* or ASC_REQ_*. */
struct krb_leg {
    const SecBufferDesc *input;
    SecBufferDesc *output;
    uint32_t requirements;
    struct view token;      /* the input's TOKEN, mapped */
    PULONG attributes;
    PTimeStamp expiry;
    PBOOLEAN mapped;
    PSecBuffer context_data;
};

/* Fills token. SEC_E_INVALID_TOKEN: too long. */
MUST_CHECK NTSTATUS krb_leg_open(struct krb_leg *leg);
/* Sends a message; ALLOCATE_MEMORY has the same bit for both sides. */
MUST_CHECK NTSTATUS krb_leg_send(const struct krb_leg *leg, struct view message,
                                 uint32_t attributes);
/* There is nothing to send. */
void krb_leg_send_nothing(const struct krb_leg *leg, uint32_t attributes);
/* As ContextData has it; etype 0: none. */
struct krb_key krb_leg_key(const struct crypto_krb_key *k);
/* Completes the context: ContextData and MappedContext. The output is the caller's business. */
MUST_CHECK NTSTATUS krb_leg_finish(const struct krb_leg *leg,
                                   struct krb_context_data *data);
/*
 * On a first leg: can the calling application's user half read what we would
 * write? SEC_E_UNSUPPORTED_FUNCTION, with both ranges in the log: no (D13).
 */
MUST_CHECK NTSTATUS krb_formats_check(void);

#endif
