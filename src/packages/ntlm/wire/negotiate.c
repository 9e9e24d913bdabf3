/*
 * NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1): what the client offers.
 *
 *      0  Signature, MessageType 1
 *     12  NegotiateFlags
 *     16  DomainNameFields         OEM, with flag OEM_DOMAIN_SUPPLIED only
 *     24  WorkstationFields        OEM, with flag OEM_WORKSTATION_SUPPLIED only
 *     32  Version                  8 bytes
 *     40  payload
 *
 * Old clients stop after the flags (16 bytes) or before Version (32 bytes).
 * Trusts nothing; see field.c.
 */
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

status_t
ntlm_negotiate_parse(struct view in, struct ntlm_negotiate *out)
{
    struct rd r = rd_init(in);
    struct ntlm_field domain, workstation;

    *out = (struct ntlm_negotiate){ 0 };
    rd_expect(&r, NTLMSSP_SIGNATURE, NTLMSSP_SIGNATURE_SIZE);
    rd_expect_u32le(&r, NTLM_NEGOTIATE_MESSAGE);
    out->flags = rd_u32le(&r);
    if (in.n < NTLM_NEGOTIATE_SIZE_NO_VERSION)
        return rd_end(&r, SEC_E_INVALID_TOKEN);
    domain = ntlm_field_get(&r);
    workstation = ntlm_field_get(&r);
    if (out->flags & NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED)
        out->domain = ntlm_field_view(&r, domain);
    if (out->flags & NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED)
        out->workstation = ntlm_field_view(&r, workstation);
    if ((out->flags & NTLMSSP_NEGOTIATE_VERSION) && in.n >= NTLM_NEGOTIATE_SIZE)
        rd_bytes(&r, out->version, sizeof(out->version));
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

/* Windows leaves the triples of absent items wholly zero in this message. */
static void
negotiate_field_put(struct wr *w, struct view item, size_t *offset)
{
    if (item.n == 0)
        wr_zeros(w, 8);
    else
        ntlm_field_put(w, item, offset);
}

void
ntlm_negotiate_build(struct wr *w, const struct ntlm_negotiate *m)
{
    bool version = (m->flags & NTLMSSP_NEGOTIATE_VERSION) != 0;
    size_t offset = version ? NTLM_NEGOTIATE_SIZE : NTLM_NEGOTIATE_SIZE_NO_VERSION;

    wr_bytes(w, NTLMSSP_SIGNATURE, NTLMSSP_SIGNATURE_SIZE);
    wr_u32le(w, NTLM_NEGOTIATE_MESSAGE);
    wr_u32le(w, m->flags);
    negotiate_field_put(w, m->domain, &offset);
    negotiate_field_put(w, m->workstation, &offset);
    if (version)
        wr_bytes(w, m->version, sizeof(m->version));
    wr_view(w, m->domain);
    wr_view(w, m->workstation);
}
