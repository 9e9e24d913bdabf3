/*
 * accept.h: one AP-REQ on its way through the acceptor: what was read of it,
 * what came of it. acceptor.c runs the steps, in the order of the files:
 * ap_req.c opens and checks it, identity.c says who the client is, ap_rep.c
 * answers, ap_error.c tells the client what was wrong.
 */
#ifndef KRB_LSA_ACCEPT_H
#define KRB_LSA_ACCEPT_H

#include "crypto/krb.h"
#include "packages/common/channel_bindings.h"
#include "packages/kerberos/lsa/credential.h"
#include "packages/kerberos/lsa/leg.h"
#include "packages/kerberos/protect/pac.h"

/* UTF-16LE bytes of the names that a context keeps, together. */
#define KRB_ACCEPT_TEXT_MAX 8192u
/* The longest AP-REP or KRB-ERROR that we make. */
#define KRB_ACCEPT_TOKEN_MAX 4096u
#define KRB_ACCEPT_ANSWER_MAX 192u      /* of those the AP-REP, with the longest keys and frame */

/* Who the client turned out to be. */
struct krb_identity {
    HANDLE token;                   /* the authority's; NULL: none, or handed over */
    LUID logon_id;
    struct view account;            /* UTF-16LE: DOMAIN\user, else user@REALM */
    struct view authority;          /* UTF-16LE */
    int64_t logoff;                 /* FILETIME */
};

/*
 * What a context is made of, from the AP-REQ to its end; in DCE style one
 * more leg lies between. In secret memory.
 */
struct krb_accepted {
    struct crypto_krb_key session;          /* the ticket's */
    struct crypto_krb_key initiator, acceptor;      /* subkeys; type NULL: none */
    uint32_t gss;                           /* what both hold to */
    uint32_t attributes;                    /* ASC_RET_* */
    uint32_t own_sequence, peer_sequence;
    uint32_t ticket_flags;
    bool loopback;                          /* the client is of this authority, too */
    int64_t end;                            /* seconds since 1970 */
    struct view client, server, target;     /* UTF-16LE */
    struct krb_identity identity;
    uint8_t *delegated;                     /* KRB-CRED in the clear, secret_new(); NULL: none */
    size_t delegated_n;
    uint8_t *pac;                           /* verified, where the service may have it; malloc() */
    size_t pac_n;
    size_t text_n;
    uint8_t text[KRB_ACCEPT_TEXT_MAX];      /* what the views mean */
};

/* Why an AP-REQ is refused. */
struct krb_refusal {
    const char *reason;             /* of the log */
    const char *remedy;             /* the setting or the step; NULL: none */
    int32_t code;                   /* KRB_AP_ERR_*, for the client */
    NTSTATUS sub_status;
};

/* The views lie in the input token and in plain. */
struct krb_accept {
    const struct krb_leg *leg;
    const struct krb_credential *credential;
    struct channel_bindings *bindings;      /* the context's own */
    const struct keyring *ring;             /* NULL: the service has no keys */
    struct krb_accepted *out;
    int64_t now;                    /* seconds since 1970 */
    uint32_t microseconds;
    uint32_t skew;
    bool framed;
    bool frame_is_user;             /* of user to user's OID: the answer's is the same */
    const struct crypto_krb_key *granting;  /* user to user: of our own ticket; NULL: the ring's */
    struct krb_ap_req request;
    const struct crypto_krb_key *key;       /* what opened the ticket */
    struct keyring_name server;     /* whose key it is, whatever the ticket is called */
    struct krb_enc_ticket_part ticket;
    struct krb_authenticator authenticator;
    bool has_authenticator;         /* the client's time is known */
    bool has_gss;
    struct krb_gss_checksum gss;
    uint32_t options;               /* KRB_AD_AP_OPTIONS */
    bool replay_is_allowed;         /* the replay cache was not asked */
    uint32_t bindings_result;       /* SEC_CHANNEL_BINDINGS_RESULT_* */
    struct krb_refusal refusal;
    uint8_t *plain;                 /* what was opened, as long as the token */
    size_t plain_used;
};

/* Says why and passes the status on. */
NTSTATUS krb_accept_refuse(struct krb_accept *a, NTSTATUS st, int32_t code, const char *reason);

/* ap_req.c: everything up to the replay cache. */
MUST_CHECK NTSTATUS krb_ap_req_accept(struct krb_accept *a);
/* identity.c: PAC or account, token. */
MUST_CHECK NTSTATUS krb_identity_find(struct krb_accept *a);
/* The token goes to the application, which gets its number. */
MUST_CHECK NTSTATUS krb_identity_hand_over(struct krb_identity *id, HANDLE *out);
void krb_identity_wipe(struct krb_identity *id);
/* The authority counts failed logons by this: report each logon once. */
void krb_identity_audit(const struct krb_accepted *out, NTSTATUS st, NTSTATUS sub_status);

/* ap_rep.c: the answer of a mutual AP-REQ, framed as the request was. */
MUST_CHECK NTSTATUS krb_ap_rep_answer(struct krb_accept *a, struct wr *w);
/* Leg three of DCE style. SEC_E_INVALID_TOKEN, SEC_E_LOGON_DENIED. */
MUST_CHECK NTSTATUS krb_ap_rep_check_third(const struct krb_accepted *out, struct view token);
/* ContextData, and the token into the application. */
MUST_CHECK NTSTATUS krb_accepted_map(const struct krb_leg *leg, struct krb_accepted *out);

/* ap_error.c: the KRB-ERROR of a refusal. False: there is none to send. */
MUST_CHECK bool krb_ap_error_build(const struct krb_accept *a, struct wr *w);

/* UTF-8 to UTF-16LE into the context's text; empty: no room, or no text. */
struct view krb_accepted_text(struct krb_accepted *out, struct view utf8);
/* UTF-16LE as it is. */
struct view krb_accepted_copy(struct krb_accepted *out, struct view utf16);

#endif
