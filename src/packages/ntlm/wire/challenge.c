/*
 * CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2): what the server grants.
 *
 *      0  Signature, MessageType 2
 *     12  TargetNameFields         UTF-16LE or OEM, as negotiated
 *     20  NegotiateFlags
 *     24  ServerChallenge          8 bytes
 *     32  Reserved                 8 bytes
 *     40  TargetInfoFields         AV pairs; text in them is UTF-16LE always
 *     48  Version                  8 bytes
 *     56  payload
 *
 * Old servers begin the payload at 48 (no Version) or at 32 (no TargetInfo
 * either): which it is shows only in where the first item lies.
 * Trusts nothing; see field.c.
 */
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

status_t
ntlm_challenge_parse(struct view in, struct ntlm_challenge *out)
{
    struct rd r = rd_init(in);
    struct ntlm_field name, info;
    size_t payload = in.n;

    *out = (struct ntlm_challenge){ 0 };
    rd_expect(&r, NTLMSSP_SIGNATURE, NTLMSSP_SIGNATURE_SIZE);
    rd_expect_u32le(&r, NTLM_CHALLENGE_MESSAGE);
    name = ntlm_field_get(&r);
    out->flags = rd_u32le(&r);
    rd_bytes(&r, out->server_challenge, sizeof(out->server_challenge));
    out->target_name = ntlm_field_view(&r, name);
    ntlm_field_check_text(&r, out->flags, out->target_name);
    ntlm_field_bound(name, &payload);
    if (payload < NTLM_CHALLENGE_SIZE_NO_VERSION)
        return rd_end(&r, SEC_E_INVALID_TOKEN);
    rd_skip(&r, 8);
    info = ntlm_field_get(&r);
    out->target_info = ntlm_field_view(&r, info);
    ntlm_field_bound(info, &payload);
    if (payload >= NTLM_CHALLENGE_SIZE)
        rd_bytes(&r, out->version, sizeof(out->version));
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

void
ntlm_challenge_build(struct wr *w, const struct ntlm_challenge *m)
{
    size_t offset = NTLM_CHALLENGE_SIZE;

    wr_bytes(w, NTLMSSP_SIGNATURE, NTLMSSP_SIGNATURE_SIZE);
    wr_u32le(w, NTLM_CHALLENGE_MESSAGE);
    ntlm_field_put(w, m->target_name, &offset);
    wr_u32le(w, m->flags);
    wr_bytes(w, m->server_challenge, sizeof(m->server_challenge));
    wr_zeros(w, 8);
    if (m->flags & NTLMSSP_NEGOTIATE_TARGET_INFO)
        ntlm_field_put(w, m->target_info, &offset);
    else
        wr_zeros(w, 8);
    wr_bytes(w, m->version, sizeof(m->version));
    wr_view(w, m->target_name);
    if (m->flags & NTLMSSP_NEGOTIATE_TARGET_INFO)
        wr_view(w, m->target_info);
}
