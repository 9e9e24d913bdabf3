/*
 * Flags. The client says them in its authenticator, under the session key
 * (RFC 4121 4.1.1, MS-KILE 3.2.5.2), so unlike NTLM's nobody in between can
 * change them; the server holds to what it hears. Decides; touches no message
 * and no key.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/flags.h"

#include "packages/kerberos/wire/spec.h"

#include "sspi.h"

/* One row a flag; 0: that side has no such bit. */
static const struct {
    uint32_t gss, isc_req, isc_ret, asc_ret;
} rows[] = {
    { KRB_GSS_DELEG, ISC_REQ_DELEGATE, ISC_RET_DELEGATE, ASC_RET_DELEGATE },
    { KRB_GSS_MUTUAL, ISC_REQ_MUTUAL_AUTH, ISC_RET_MUTUAL_AUTH, ASC_RET_MUTUAL_AUTH },
    { KRB_GSS_REPLAY, ISC_REQ_REPLAY_DETECT, ISC_RET_REPLAY_DETECT, ASC_RET_REPLAY_DETECT },
    { KRB_GSS_SEQUENCE, ISC_REQ_SEQUENCE_DETECT, ISC_RET_SEQUENCE_DETECT,
      ASC_RET_SEQUENCE_DETECT },
    { KRB_GSS_CONF, ISC_REQ_CONFIDENTIALITY, ISC_RET_CONFIDENTIALITY, ASC_RET_CONFIDENTIALITY },
    { KRB_GSS_INTEG, ISC_REQ_INTEGRITY, ISC_RET_INTEGRITY, ASC_RET_INTEGRITY },
    { KRB_GSS_DCE_STYLE, ISC_REQ_USE_DCE_STYLE, ISC_RET_USED_DCE_STYLE, ASC_RET_USED_DCE_STYLE },
    { KRB_GSS_IDENTIFY, ISC_REQ_IDENTIFY, ISC_RET_IDENTIFY, ASC_RET_IDENTIFY },
    { KRB_GSS_EXTENDED_ERROR, ISC_REQ_EXTENDED_ERROR, 0, 0 },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Each of these is checked by the token that carries integrity. */
#define NEEDS_INTEG (KRB_GSS_CONF | KRB_GSS_REPLAY | KRB_GSS_SEQUENCE)
#define NUMBERED (KRB_GSS_REPLAY | KRB_GSS_SEQUENCE)

uint32_t
krb_flags_offer(uint32_t requirements)
{
    uint32_t gss = 0;

    for (size_t i = 0; i < ROWS; i++) {
        if (requirements & rows[i].isc_req)
            gss |= rows[i].gss;
    }
    if (gss & NEEDS_INTEG)
        gss |= KRB_GSS_INTEG;
    if (requirements & ISC_REQ_NO_INTEGRITY)
        gss &= ~(uint32_t)(KRB_GSS_INTEG | NEEDS_INTEG);
    /* RFC 4757 7.1: DCE style is mutual. */
    if (gss & KRB_GSS_DCE_STYLE)
        gss |= KRB_GSS_MUTUAL;
    return gss;
}

uint32_t
krb_flags_initiator_attributes(uint32_t gss, uint32_t requirements)
{
    uint32_t out = requirements & ISC_REQ_DATAGRAM ? ISC_RET_DATAGRAM : ISC_RET_CONNECTION;

    for (size_t i = 0; i < ROWS; i++) {
        if (gss & rows[i].gss)
            out |= rows[i].isc_ret;
    }
    return out;
}

/* Messages that may get lost or overtake one another are not counted. */
uint32_t
krb_flags_hold(uint32_t gss, uint32_t requirements)
{
    uint32_t out = 0;

    for (size_t i = 0; i < ROWS; i++)
        out |= gss & rows[i].gss;
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

uint32_t
krb_flags_acceptor_attributes(uint32_t gss, uint32_t requirements)
{
    uint32_t out = requirements & ASC_REQ_DATAGRAM ? ASC_RET_DATAGRAM : ASC_RET_CONNECTION;

    for (size_t i = 0; i < ROWS; i++) {
        if (gss & rows[i].gss)
            out |= rows[i].asc_ret;
    }
    return out;
}
