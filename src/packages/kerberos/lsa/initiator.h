/* initiator.h: contexts that initiate. */
#ifndef KRB_LSA_INITIATOR_H
#define KRB_LSA_INITIATOR_H

#include "crypto/krb.h"
#include "packages/common/issued.h"
#include "packages/kerberos/krb5/tickets.h"
#include "packages/kerberos/lsa/acceptor.h"

#define KRB_TARGET_TEXT_MAX 1024u

/* In secret memory. */
struct krb_initiator {
    _Atomic(enum krb_state) state;
    struct krb_credential *credential;      /* referenced */
    uint32_t requirements;
    uint32_t gss;
    char target[KRB_TARGET_TEXT_MAX];       /* UTF-8, as the application wrote it */
    char client[KRB_TARGET_TEXT_MAX];       /* UTF-8, as the KDC calls him */
    struct channel_bindings bindings;
    struct krb_service_ticket ticket;
    bool user_to_user;
    uint8_t *peer;                          /* its ticket-granting ticket; NULL: not known yet */
    size_t peer_n;
    uint8_t *delegated;                     /* of the client's own tickets; NULL: none */
    size_t delegated_n;
    struct crypto_krb_key session, own, acceptor;       /* subkeys; acceptor's type NULL: none */
    int64_t time;                           /* of the authenticator: the AP-REP says it back */
    uint32_t microseconds;
    int64_t offset;                         /* seconds by which the acceptor's clock is ahead */
    bool tried_again;
    uint32_t own_sequence, peer_sequence;
    struct issued issued;                   /* the AP-REQ, by the end of its authenticator */
};

SpInitLsaModeContextFn krb_initiator_initialize;

/* The session key of the ticket that is in i. SEC_E_KDC_UNKNOWN_ETYPE: refused, which is logged. */
MUST_CHECK NTSTATUS krb_initiator_use_ticket(struct krb_initiator *i);

/* ap_req_make.c: an AP-REQ for the ticket, framed unless it is DCE style's. */
MUST_CHECK NTSTATUS krb_ap_req_make(struct krb_initiator *i, struct view delegated, struct wr *w);
/* The acceptor's AP-REP. SEC_E_INVALID_TOKEN; SEC_E_WRONG_PRINCIPAL: it is not the ticket's. */
MUST_CHECK NTSTATUS krb_ap_rep_take(struct krb_initiator *i, struct view token);
/* DCE style's third message. */
MUST_CHECK NTSTATUS krb_third_make(struct krb_initiator *i, struct wr *w);

#endif
