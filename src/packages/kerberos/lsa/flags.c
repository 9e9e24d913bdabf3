/*
 * Flags. The client says them in its authenticator, under the session key
 * (RFC 4121 4.1.1, MS-KILE 3.2.5.2), so unlike NTLM's nobody in between can
 * change them; the server holds to what it hears. What a requirement says there
 * is a table, requirements.def. Decides; touches no message and no key.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/flags.h"

#include "packages/kerberos/wire/spec.h"

#include "sspi.h"

static const struct krb_requirement column[REQUIREMENTS] = {
#define KRB_REQUIREMENT(name, says, returns, effect, why) \
    [REQUIREMENT_##name] = { says, KRB_RETURN_##returns },
#include "packages/kerberos/requirements.def"
#undef KRB_REQUIREMENT
};

/* A row that was forgotten would be one that never comes back. */
enum {
    COLUMN_ROWS = 0
#define KRB_REQUIREMENT(name, says, returns, effect, why) +1
#include "packages/kerberos/requirements.def"
#undef KRB_REQUIREMENT
};
_Static_assert((unsigned)COLUMN_ROWS == REQUIREMENTS, "a row for each requirement");

/* Each of these is checked by the token that carries integrity. */
#define NEEDS_INTEG (KRB_GSS_CONF | KRB_GSS_REPLAY | KRB_GSS_SEQUENCE)
#define NUMBERED (KRB_GSS_REPLAY | KRB_GSS_SEQUENCE)

uint32_t
krb_flags_offer(uint32_t requirements)
{
    uint64_t asked = requirement_asked(REQUIREMENT_INITIATE, requirements);
    uint32_t gss = 0;

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (requirement_has(asked, (enum requirement_id)i))
            gss |= column[i].says;
    }
    if (gss & NEEDS_INTEG)
        gss |= KRB_GSS_INTEG;
    if (requirement_has(asked, REQUIREMENT_NO_INTEGRITY))
        gss &= ~(uint32_t)(KRB_GSS_INTEG | NEEDS_INTEG);
    /* RFC 4757 7.1: DCE style is mutual. */
    if (gss & KRB_GSS_DCE_STYLE)
        gss |= KRB_GSS_MUTUAL;
    return gss;
}

static bool
row_is_returned(enum requirement_id id, uint64_t asked, uint32_t gss)
{
    switch (column[id].returns) {
    case KRB_RETURN_HELD:
        return (gss & column[id].says) != 0;
    case KRB_RETURN_ASKED:
        return requirement_has(asked, id);
    case KRB_RETURN_NO_DATAGRAM:
        return !requirement_has(asked, REQUIREMENT_DATAGRAM);
    default:
        return false;
    }
}

uint32_t
krb_flags_attributes(enum requirement_side side, uint32_t requirements, uint32_t gss)
{
    uint64_t asked = requirement_asked(side, requirements), met = 0;

    if (requirement_has(asked, REQUIREMENT_DATAGRAM))
        gss &= ~NUMBERED;
    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (row_is_returned((enum requirement_id)i, asked, gss))
            met |= UINT64_C(1) << i;
    }
    return requirement_returned(side, met);
}

/* Messages that may get lost or overtake one another are not counted. */
uint32_t
krb_flags_hold(uint32_t gss, uint32_t requirements)
{
    uint32_t out = 0;

    for (unsigned i = 0; i < REQUIREMENTS; i++)
        out |= gss & column[i].says;
    if (out & KRB_GSS_DCE_STYLE)
        out |= KRB_GSS_MUTUAL;
    if (requirements & ASC_REQ_DATAGRAM)
        out &= ~NUMBERED;
    /* Comes back where what came with it is kept: delegation.c. */
    out &= ~(uint32_t)KRB_GSS_DELEG;
    /* A server that wants less than it may have gets less. */
    if (requirements & ASC_REQ_IDENTIFY)
        out |= KRB_GSS_IDENTIFY;
    return out;
}
