/*
 * leg.h: what both engines (acceptor.c, initiator.c) share: one call of
 * SpInit- or SpAcceptLsaModeContext, the states of a context, and the end of
 * a handshake.
 */
#ifndef KRB_LSA_LEG_H
#define KRB_LSA_LEG_H

#include "packages/kerberos/lsa/support.h"
#include "packages/kerberos/protect/context_data.h"

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
/* Completes the context: ContextData and MappedContext. The output is the caller's business. */
MUST_CHECK NTSTATUS krb_leg_finish(const struct krb_leg *leg,
                                   const struct krb_context_data *data);
/*
 * On a first leg: can the calling application's user half read what we would
 * write? SEC_E_UNSUPPORTED_FUNCTION, with both ranges in the log: no (D13).
 */
MUST_CHECK NTSTATUS krb_formats_check(void);

#endif
