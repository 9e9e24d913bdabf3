/*
 * Negotiation (MS-NLMP 2.2.2.5). Decides; touches no message and no key.
 *
 * A peer's flags travel in clear and are protected by the MIC at best, so the
 * rule everywhere is: what holds is what both sides said, and what is too
 * weak for the policy is refused rather than used.
 *
 * Runs in the authority. The flags are the peer's.
 */
#include "packages/ntlm/lsa/flags.h"

#include "ntsecpkg.h"

#define TEXT_BITS (NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_OEM)
#define PROTECTION (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL)
#define TARGET_TYPES \
    (NTLMSSP_TARGET_TYPE_DOMAIN | NTLMSSP_TARGET_TYPE_SERVER | NTLMSSP_TARGET_TYPE_SHARE)

/* What a server grants when it is asked for it. */
#define ON_REQUEST \
    (PROTECTION | NTLMSSP_NEGOTIATE_KEY_EXCH | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56 | \
     NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_IDENTIFY)
/* What a server of today says in any case. */
#define ALWAYS_GRANTED \
    (NTLMSSP_REQUEST_TARGET | NTLMSSP_NEGOTIATE_NTLM | NTLMSSP_NEGOTIATE_ALWAYS_SIGN | \
     NTLMSSP_NEGOTIATE_TARGET_INFO | NTLMSSP_NEGOTIATE_VERSION)
/* Bits that change keys or meaning: a client that sets one of them unasked is refused. */
#define CAPABILITIES \
    (ON_REQUEST | NTLMSSP_NEGOTIATE_DATAGRAM | NTLMSSP_NEGOTIATE_LM_KEY | \
     NTLMSSP_REQUEST_NON_NT_SESSION_KEY | NTLMSSP_LOCAL_CALL)

uint32_t
ntlm_flags_offer(uint32_t requirements)
{
    uint32_t flags = TEXT_BITS | NTLMSSP_REQUEST_TARGET | NTLMSSP_NEGOTIATE_NTLM |
                     NTLMSSP_NEGOTIATE_ALWAYS_SIGN | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY |
                     NTLMSSP_NEGOTIATE_VERSION | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56;

    if (requirements & (ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT))
        flags |= NTLMSSP_NEGOTIATE_SIGN;
    if (requirements & ISC_REQ_CONFIDENTIALITY)
        flags |= NTLMSSP_NEGOTIATE_SEAL;
    if (flags & PROTECTION)
        flags |= NTLMSSP_NEGOTIATE_KEY_EXCH;
    if (requirements & ISC_REQ_IDENTIFY)
        flags |= NTLMSSP_NEGOTIATE_IDENTIFY;
    return flags;
}

/* Two UNICODE and OEM bits -> the one that is used; 0 when there is neither. */
static uint32_t
flags_text(uint32_t flags)
{
    return flags & NTLMSSP_NEGOTIATE_UNICODE ? NTLMSSP_NEGOTIATE_UNICODE
                                             : flags & NTLMSSP_NEGOTIATE_OEM;
}

/*
 * DEVIATION: MS-NLMP 3.2.5.1.1 wants 128 of every client. Here only of those whose
 * messages will be protected: for the others the bit changes no key, and HTTP clients
 * (curl among them) do not set it.
 */
static status_t
flags_check_strength(uint32_t flags, bool need_128, const char **reason)
{
    if (flags & NTLMSSP_NEGOTIATE_DATAGRAM) {
        *reason = "datagram_not_supported";
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (need_128 && (flags & PROTECTION) && (flags & NTLMSSP_NEGOTIATE_128) == 0) {
        *reason = "no_128_bit";
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    /* Messages are protected with extended session security or not at all. */
    if ((flags & PROTECTION) && (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) == 0) {
        *reason = "no_extended_session_security";
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return 0;
}

status_t
ntlm_flags_grant(uint32_t offered, bool need_128, bool domain_joined, uint32_t *granted,
                 const char **reason)
{
    if (flags_text(offered) == 0) {
        *reason = "no_text_encoding";
        return SEC_E_INVALID_TOKEN;
    }
    *granted = flags_text(offered) | (offered & ON_REQUEST) | ALWAYS_GRANTED |
               (domain_joined ? NTLMSSP_TARGET_TYPE_DOMAIN : NTLMSSP_TARGET_TYPE_SERVER);
    return flags_check_strength(offered, need_128, reason);
}

status_t
ntlm_flags_settle(uint32_t granted, uint32_t answered, bool need_128, uint32_t *settled,
                  const char **reason)
{
    if (flags_text(granted & answered) == 0) {
        *reason = "no_text_encoding";
        return SEC_E_INVALID_TOKEN;
    }
    if (answered & CAPABILITIES & ~granted) {
        *reason = "flags_not_granted";
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    *settled = granted & answered & ~TARGET_TYPES;
    return flags_check_strength(*settled, need_128, reason);
}

status_t
ntlm_flags_take(uint32_t offered, uint32_t challenge, bool need_128, uint32_t *settled,
                const char **reason)
{
    uint32_t flags = offered & challenge & ~TEXT_BITS;

    if (flags_text(challenge) == 0) {
        *reason = "no_text_encoding";
        return SEC_E_INVALID_TOKEN;
    }
    flags |= flags_text(challenge) | (challenge & NTLMSSP_NEGOTIATE_TARGET_INFO);
    /* Some servers want a key with KEY_EXCH even where nothing uses one: do not promise it. */
    if ((flags & PROTECTION) == 0)
        flags &= ~NTLMSSP_NEGOTIATE_KEY_EXCH;
    *settled = flags;
    /* A server that is asked for it and does not have it: old, or an attacker's word. */
    if (need_128 && (flags & NTLMSSP_NEGOTIATE_128) == 0) {
        *reason = "no_128_bit";
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return flags_check_strength(flags, need_128, reason);
}

/*
 * Signatures carry a counter that must match, so integrity comes with replay
 * and order detection; sealed messages carry the same signatures. Mutual
 * authentication and delegation are not in the protocol.
 */
uint32_t
ntlm_flags_initiator_attributes(uint32_t settled)
{
    uint32_t attributes = ISC_RET_CONNECTION;

    if (settled & PROTECTION)
        attributes |= ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT;
    if (settled & NTLMSSP_NEGOTIATE_SEAL)
        attributes |= ISC_RET_CONFIDENTIALITY;
    if (settled & NTLMSSP_NEGOTIATE_IDENTIFY)
        attributes |= ISC_RET_IDENTIFY;
    return attributes;
}

uint32_t
ntlm_flags_acceptor_attributes(uint32_t settled)
{
    uint32_t attributes = ASC_RET_CONNECTION;

    if (settled & PROTECTION)
        attributes |= ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT;
    if (settled & NTLMSSP_NEGOTIATE_SEAL)
        attributes |= ASC_RET_CONFIDENTIALITY;
    if (settled & NTLMSSP_NEGOTIATE_IDENTIFY)
        attributes |= ASC_RET_IDENTIFY;
    return attributes;
}
