/*
 * flags.h: what is negotiated, as pure functions of NEGOTIATE flags
 * (MS-NLMP 2.2.2.5, 3.1.5, 3.2.5): each side's offer, the other's answer,
 * and what the application is told it got.
 */
#ifndef NTLM_LSA_FLAGS_H
#define NTLM_LSA_FLAGS_H

#include "base/view.h"
#include "packages/common/requirement.h"
#include "packages/ntlm/lsa/policy.h"
#include "packages/ntlm/wire/spec.h"

/* When the bit of a requirement comes back; "by" is its row's (requirements.def). */
enum ntlm_return {
    NTLM_RETURN_NEVER,
    NTLM_RETURN_REFUSED,        /* such a context cannot be had: the first call fails */
    NTLM_RETURN_LEG,            /* the call itself says so, not the negotiation */
    NTLM_RETURN_LIBRARY,        /* libsspi says so of what it did itself: no package does */
    NTLM_RETURN_HELD,           /* any flag of "by" holds, asked for or not */
    NTLM_RETURN_NOT_HELD,       /* none does */
    NTLM_RETURN_ASKED,          /* asked for, and any flag of "by" holds, if it has any */
    NTLM_RETURN_ASKED_NOT_HELD, /* asked for, and none does */
    NTLM_RETURN_DETECTED,       /* any holds, and the application did not ask for less */
};

/* Rows of NTLM's column, in the order of requirement_table. */
struct ntlm_requirement {
    uint32_t offers;
    enum ntlm_return returns;
    uint32_t by;
};

/* ISC_REQ_* -> what NEGOTIATE offers. */
uint32_t ntlm_flags_offer(uint32_t requirements);
/* On a first leg. SEC_E_UNSUPPORTED_FUNCTION: a kind of context that NTLM does not have. */
MUST_CHECK status_t ntlm_flags_check(enum requirement_side side, uint32_t requirements);

/* ISC_RET_ or ASC_RET_DATAGRAM or _CONNECTION: what is known of a context before its end. */
uint32_t ntlm_flags_kind(uint32_t flags);

/*
 * Acceptor: the offer -> CHALLENGE's flags. SEC_E_INVALID_TOKEN: neither
 * UNICODE nor OEM. SEC_E_UNSUPPORTED_FUNCTION, with *reason for the log: too
 * weak for the policy, or something that is not built.
 */
MUST_CHECK status_t ntlm_flags_grant(uint32_t offered, const struct ntlm_policy *policy,
                                     bool domain_joined, uint32_t *granted, const char **reason);
/* Acceptor, connectionless: CHALLENGE's flags, to which nobody has offered anything. */
uint32_t ntlm_flags_grant_datagram(bool domain_joined);
/*
 * Acceptor: AUTHENTICATE's flags -> what holds. They may be fewer than was
 * granted, never more; statuses as above.
 */
MUST_CHECK status_t ntlm_flags_settle(uint32_t granted, uint32_t answered,
                                      const struct ntlm_policy *policy, uint32_t *settled,
                                      const char **reason);
/* Initiator: CHALLENGE's flags -> what holds, and what AUTHENTICATE says. */
MUST_CHECK status_t ntlm_flags_take(uint32_t offered, uint32_t challenge,
                                    const struct ntlm_policy *policy, uint32_t *settled,
                                    const char **reason);

/* ISC_RET_* or ASC_RET_* of a context for which this was asked and in which these flags hold. */
uint32_t ntlm_flags_attributes(enum requirement_side side, uint32_t requirements,
                               uint32_t settled);

#endif
