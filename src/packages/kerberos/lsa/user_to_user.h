/* user_to_user.h: the question for the acceptor's ticket-granting ticket, and its answer. */
#ifndef KRB_LSA_USER_TO_USER_H
#define KRB_LSA_USER_TO_USER_H

#include "packages/kerberos/lsa/accept.h"
#include "packages/kerberos/lsa/initiator.h"

/*
 * KERB-TGT-REQUEST in a's leg to KERB-TGT-REPLY in w; key gets what opens the ticket that
 * comes then. May wait for the KDC. What is refused is so in a->refusal.
 */
MUST_CHECK NTSTATUS krb_tgt_request_answer(struct krb_accept *a, struct crypto_krb_key *key,
                                           struct wr *w);

/* KERB-TGT-REQUEST for the target. SEC_E_TARGET_UNKNOWN: it is no name of Kerberos. */
MUST_CHECK NTSTATUS krb_tgt_request_make(const struct krb_initiator *i, struct wr *w);
/*
 * The acceptor's ticket into i->peer. SEC_E_INVALID_TOKEN; SEC_E_WRONG_PRINCIPAL: it cannot be the
 * target's.
 */
MUST_CHECK NTSTATUS krb_tgt_reply_take(struct krb_initiator *i, struct view token);

#endif
