/* flags.h: the flags of RFC 4121 4.1.1 and what applications ask for and get. */
#ifndef KRB_LSA_FLAGS_H
#define KRB_LSA_FLAGS_H

#include "packages/common/requirement.h"

/* When the bit of a requirement comes back (requirements.def). */
enum krb_return {
    KRB_RETURN_NEVER,
    KRB_RETURN_REFUSED,         /* such a context cannot be had: the first call fails */
    KRB_RETURN_LEG,             /* the call itself says so, not the negotiation */
    KRB_RETURN_LIBRARY,         /* libsspi says so of what it did itself: no package does */
    KRB_RETURN_ERROR,           /* with a KRB-ERROR that was made */
    KRB_RETURN_SETTING,         /* asked for, and a setting allows it */
    KRB_RETURN_USER,            /* the context is user to user */
    KRB_RETURN_HELD,            /* the client says the row's flag */
    KRB_RETURN_ASKED,
    KRB_RETURN_NO_DATAGRAM,     /* DATAGRAM was not asked for */
};

/* Rows of Kerberos's column, in the order of requirement_table. */
struct krb_requirement {
    uint32_t says;              /* KRB_GSS_* */
    enum krb_return returns;
};

/* ISC_REQ_* -> the KRB_GSS_* that an initiator says. */
uint32_t krb_flags_offer(uint32_t requirements);
/* What an acceptor holds to, of what the client says. */
uint32_t krb_flags_hold(uint32_t gss, uint32_t requirements);
/* KRB_GSS_* that hold -> ISC_RET_* or ASC_RET_*, of a context for which this was asked. */
uint32_t krb_flags_attributes(enum requirement_side side, uint32_t requirements, uint32_t gss);

#endif
