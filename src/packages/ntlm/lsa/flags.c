/*
 * Negotiation (MS-NLMP 2.2.2.5). Decides; touches no message and no key. What
 * an application's requirements come to is a table, requirements.def.
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

/* What every NEGOTIATE of today has, whatever is asked for. */
#define ALWAYS_OFFERED \
    (TEXT_BITS | NTLMSSP_REQUEST_TARGET | NTLMSSP_NEGOTIATE_NTLM | \
     NTLMSSP_NEGOTIATE_ALWAYS_SIGN | NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | \
     NTLMSSP_NEGOTIATE_VERSION | NTLMSSP_NEGOTIATE_128 | NTLMSSP_NEGOTIATE_56)

static const struct ntlm_requirement column[REQUIREMENTS] = {
#define NTLM_REQUIREMENT(name, offers, returns, by, effect, why) \
    [REQUIREMENT_##name] = { offers, NTLM_RETURN_##returns, by },
#include "packages/ntlm/requirements.def"
#undef NTLM_REQUIREMENT
};

/* A row that was forgotten would be one that never comes back. */
enum {
    COLUMN_ROWS = 0
#define NTLM_REQUIREMENT(name, offers, returns, by, effect, why) +1
#include "packages/ntlm/requirements.def"
#undef NTLM_REQUIREMENT
};
_Static_assert((unsigned)COLUMN_ROWS == REQUIREMENTS, "a row for each requirement");

uint32_t
ntlm_flags_offer(uint32_t requirements)
{
    uint64_t asked = requirement_asked(REQUIREMENT_INITIATE, requirements);
    uint32_t flags = ALWAYS_OFFERED;

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (requirement_has(asked, i))
            flags |= column[i].offers;
    }
    return flags;
}

status_t
ntlm_flags_check(enum requirement_side side, uint32_t requirements)
{
    uint64_t asked = requirement_asked(side, requirements);

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (requirement_has(asked, i) && column[i].returns == NTLM_RETURN_REFUSED)
            return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return 0;
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

static bool
row_is_returned(const struct ntlm_requirement *row, uint32_t settled)
{
    bool held = (settled & row->by) != 0;

    return row->returns == NTLM_RETURN_HELD ? held : row->returns == NTLM_RETURN_NOT_HELD && !held;
}

uint32_t
ntlm_flags_attributes(enum requirement_side side, uint32_t settled)
{
    uint64_t met = 0;

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (row_is_returned(&column[i], settled))
            met |= UINT64_C(1) << i;
    }
    return requirement_returned(side, met);
}
