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

#include "packages/ntlm/protect/keys.h"

#include "ntsecpkg.h"

#define KEY_BITS (8 * NTLM_KEY_SIZE)
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

/* What there is no datagram context without, and what its keys are made of besides. */
#define DATAGRAM_NEEDS \
    (NTLMSSP_NEGOTIATE_DATAGRAM | NTLMSSP_NEGOTIATE_KEY_EXCH | \
     NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
#define DATAGRAM_KEYS (PROTECTION | NTLMSSP_NEGOTIATE_128)

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
        if (requirement_has(asked, (enum requirement_id)i))
            flags |= column[i].offers;
    }
    return flags;
}

status_t
ntlm_flags_check(enum requirement_side side, uint32_t requirements)
{
    uint64_t asked = requirement_asked(side, requirements);

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (column[i].returns == NTLM_RETURN_REFUSED &&
            requirement_has(asked, (enum requirement_id)i))
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
 * DEVIATION: MS-NLMP 3.2.5.1.1 and 3.1.5.1.2 want 128 of every peer. Here only of those whose
 * messages will be protected: for the others the bit changes no key, and HTTP's peers
 * (curl among them) do not set it.
 */
static status_t
flags_check_strength(uint32_t flags, const struct ntlm_policy *policy, const char **reason)
{
    if ((flags & PROTECTION) == 0)
        return 0;
    if (policy->need_128 &&
        ((flags & NTLMSSP_NEGOTIATE_128) == 0 || ntlm_seal_bits(flags) < KEY_BITS)) {
        *reason = "no_128_bit";
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    /* Without it a checksum is a CRC, and both directions share a key stream. */
    if (policy->need_extended && (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) == 0) {
        *reason = "no_extended_session_security";
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    return 0;
}

/* CHALLENGE's flags apart from the text's. */
static uint32_t
flags_granted(uint32_t on_request, bool domain_joined)
{
    return on_request | ALWAYS_GRANTED |
           (domain_joined ? NTLMSSP_TARGET_TYPE_DOMAIN : NTLMSSP_TARGET_TYPE_SERVER);
}

status_t
ntlm_flags_grant(uint32_t offered, const struct ntlm_policy *policy, bool domain_joined,
                 uint32_t *granted, const char **reason)
{
    if (flags_text(offered) == 0) {
        *reason = "no_text_encoding";
        return SEC_E_INVALID_TOKEN;
    }
    *granted = flags_text(offered) | flags_granted(offered & ON_REQUEST, domain_joined);
    return flags_check_strength(*granted, policy, reason);
}

uint32_t
ntlm_flags_grant_datagram(bool domain_joined)
{
    return NTLMSSP_NEGOTIATE_UNICODE |
           flags_granted(ON_REQUEST | NTLMSSP_NEGOTIATE_DATAGRAM, domain_joined);
}

/*
 * Of a datagram context the initiator has used the keys before it was answered, and the
 * acceptor gets them by KEY_EXCH only: what they are made of is not to be haggled over.
 */
static status_t
flags_check_datagram(uint32_t wanted, uint32_t settled, const char **reason)
{
    if ((wanted & NTLMSSP_NEGOTIATE_DATAGRAM) == 0 || (wanted & ~settled) == 0)
        return 0;
    *reason = "datagram_flags_missing";
    return SEC_E_UNSUPPORTED_FUNCTION;
}

status_t
ntlm_flags_settle(uint32_t granted, uint32_t answered, const struct ntlm_policy *policy,
                  uint32_t *settled, const char **reason)
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
    if (flags_check_datagram(granted & DATAGRAM_NEEDS, *settled, reason) < 0)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return flags_check_strength(*settled, policy, reason);
}

status_t
ntlm_flags_take(uint32_t offered, uint32_t challenge, const struct ntlm_policy *policy,
                uint32_t *settled, const char **reason)
{
    uint32_t flags = offered & challenge & ~TEXT_BITS;

    if (flags_text(challenge) == 0) {
        *reason = "no_text_encoding";
        return SEC_E_INVALID_TOKEN;
    }
    flags |= flags_text(challenge) | (challenge & NTLMSSP_NEGOTIATE_TARGET_INFO);
    /* 2.2.2.5: the two exclude each other, and extended session security wins. */
    if (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
        flags &= ~NTLMSSP_NEGOTIATE_LM_KEY;
    /* Some servers want a key with KEY_EXCH even where nothing uses one: do not promise it. */
    if ((flags & PROTECTION) == 0)
        flags &= ~NTLMSSP_NEGOTIATE_KEY_EXCH;
    *settled = flags;
    if (flags_check_datagram(offered & (DATAGRAM_NEEDS | DATAGRAM_KEYS), flags, reason) < 0)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return flags_check_strength(flags, policy, reason);
}

/*
 * Asking for integrity alone is asking not to have the rest (SpAcceptLsaModeContext's page), and
 * asking for one kind of detection is not asking for the other.
 */
static bool
is_detection_chosen(uint64_t asked)
{
    return requirement_has(asked, REQUIREMENT_INTEGRITY) ||
           requirement_has(asked, REQUIREMENT_REPLAY_DETECT) ||
           requirement_has(asked, REQUIREMENT_SEQUENCE_DETECT);
}

static bool
row_is_returned(enum requirement_id id, uint64_t asked, uint32_t settled)
{
    const struct ntlm_requirement *row = &column[id];
    bool mine = requirement_has(asked, id), held = (settled & row->by) != 0;

    switch (row->returns) {
    case NTLM_RETURN_HELD:
        return held;
    case NTLM_RETURN_NOT_HELD:
        return !held;
    case NTLM_RETURN_ASKED:
        return mine && (held || row->by == 0);
    case NTLM_RETURN_ASKED_NOT_HELD:
        return mine && !held;
    case NTLM_RETURN_DETECTED:
        return held && (mine || !is_detection_chosen(asked));
    default:
        return false;
    }
}

uint32_t
ntlm_flags_attributes(enum requirement_side side, uint32_t requirements, uint32_t settled)
{
    uint64_t asked = requirement_asked(side, requirements), met = 0;

    /* Where nothing uses the exchanged key it is not exchanged, whatever the flag says. */
    if (!ntlm_is_key_exchanged(settled))
        settled &= ~NTLMSSP_NEGOTIATE_KEY_EXCH;
    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (row_is_returned((enum requirement_id)i, asked, settled))
            met |= UINT64_C(1) << i;
    }
    return requirement_returned(side, met);
}

uint32_t
ntlm_flags_kind(uint32_t flags)
{
    /* The numbers are the same on both sides. */
    return flags & NTLMSSP_NEGOTIATE_DATAGRAM ? ISC_RET_DATAGRAM : ISC_RET_CONNECTION;
}
