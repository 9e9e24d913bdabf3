/* acceptor.h: contexts that accept. */
#ifndef KRB_LSA_ACCEPTOR_H
#define KRB_LSA_ACCEPTOR_H

#include "packages/kerberos/lsa/accept.h"

enum krb_state {
    KRB_STATE_START,
    KRB_STATE_AGAIN,        /* the client was told what is wrong, and may come once more */
    KRB_STATE_GRANTING,     /* user to user: the ticket is given, or asked for */
    KRB_STATE_THIRD,        /* DCE style: the initiator's AP-REP is awaited */
    KRB_STATE_WAITING,      /* initiator: the acceptor's AP-REP is awaited */
    KRB_STATE_COMPLETE,
    KRB_STATE_FAILED,
    KRB_STATE_BUSY,         /* another thread is in this context */
    KRB_STATES
};

/* What came in: the columns of the state tables. */
enum krb_input {
    KRB_INPUT_NOTHING,
    KRB_INPUT_AP_REQ,
    KRB_INPUT_AP_REP,
    KRB_INPUT_ERROR,
    KRB_INPUT_TGT_REQUEST,
    KRB_INPUT_TGT_REPLY,
    KRB_INPUT_OTHER,
    KRB_INPUTS
};

struct krb_acceptor {
    _Atomic(enum krb_state) state;
    struct krb_credential *credential;      /* referenced */
    struct channel_bindings bindings;       /* the application's */
    uint32_t bindings_result;
    struct krb_accepted *accepted;          /* NULL: nothing was accepted, or all is handed over */
    struct crypto_krb_key *granting;        /* user to user: secret_new(); NULL: not, or over */
    NTSTATUS refused;                       /* why the client may come again */
};

enum krb_input krb_leg_input(const struct krb_leg *leg);

SpAcceptLsaModeContextFn krb_acceptor_accept;

#endif
