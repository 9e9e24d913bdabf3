/*
 * AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3): who the client is, and its proof.
 *
 *      0  Signature, MessageType 3
 *     12  LmChallengeResponseFields
 *     20  NtChallengeResponseFields        0, 24 (v1) or more (v2) bytes
 *     28  DomainNameFields, 36 UserNameFields, 44 WorkstationFields
 *     52  EncryptedRandomSessionKeyFields
 *     60  NegotiateFlags
 *     64  Version                          8 bytes
 *     72  MIC                              16 bytes
 *     88  payload
 *
 * Historic shapes begin the payload at 52 (no key, no flags), 64 (no Version),
 * 72 (no MIC); a few clients leave Version out and have the MIC at 64. Which
 * shape it is shows only in where the first item lies. Whether the 16 bytes
 * are a MIC is said by MsvAvFlags, not by the shape: the parser finds the room
 * and the acceptor judges (CVE-2019-1040).
 * Trusts nothing; see field.c.
 */
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

#define FIXED_FIELDS 5

/* Version and MIC, as far as the shape has room before its payload. */
static void
authenticate_tail_parse(struct rd *r, size_t payload, struct ntlm_authenticate *out)
{
    static const uint8_t none[NTLM_VERSION_SIZE];
    struct view version;

    if (payload < NTLM_AUTHENTICATE_SIZE_NO_MIC)
        return;
    version = rd_view(r, NTLM_VERSION_SIZE);
    if ((out->flags & NTLMSSP_NEGOTIATE_VERSION) == 0 &&
        payload >= NTLM_MIC_OFFSET_NO_VERSION + NTLM_MIC_SIZE &&
        payload < NTLM_AUTHENTICATE_SIZE &&
        !view_is_equal(version, view_of(none, sizeof(none)))) {
        out->mic_offset = NTLM_MIC_OFFSET_NO_VERSION;
    } else {
        if (version.n == sizeof(out->version))
            memcpy(out->version, version.p, sizeof(out->version));
        if (payload >= NTLM_AUTHENTICATE_SIZE)
            out->mic_offset = NTLM_MIC_OFFSET;
    }
    if (out->mic_offset != 0) {
        struct view mic = rd_at(r, out->mic_offset, NTLM_MIC_SIZE);

        if (mic.n == NTLM_MIC_SIZE)
            memcpy(out->mic, mic.p, NTLM_MIC_SIZE);
    }
}

/* 2.2.2.6, 2.2.2.8: nothing between an empty response and a v1 one exists. */
static void
authenticate_check_nt(struct rd *r, struct view nt)
{
    if (nt.n != 0 && nt.n < NTLM_RESPONSE_V1_SIZE)
        rd_fail(r);
}

status_t
ntlm_authenticate_parse(struct view in, struct ntlm_authenticate *out)
{
    struct rd r = rd_init(in);
    struct ntlm_field f[FIXED_FIELDS], key;
    struct view *items[FIXED_FIELDS] = {
        &out->lm, &out->nt, &out->domain, &out->user, &out->workstation,
    };
    size_t payload = in.n;

    *out = (struct ntlm_authenticate){ 0 };
    rd_expect(&r, NTLMSSP_SIGNATURE, NTLMSSP_SIGNATURE_SIZE);
    rd_expect_u32le(&r, NTLM_AUTHENTICATE_MESSAGE);
    for (size_t i = 0; i < FIXED_FIELDS; i++) {
        f[i] = ntlm_field_get(&r);
        *items[i] = ntlm_field_view(&r, f[i]);
        ntlm_field_bound(f[i], &payload);
    }
    authenticate_check_nt(&r, out->nt);
    if (payload < NTLM_AUTHENTICATE_SIZE_NO_VERSION)
        return rd_end(&r, SEC_E_INVALID_TOKEN);
    key = ntlm_field_get(&r);
    out->session_key = ntlm_field_view(&r, key);
    ntlm_field_bound(key, &payload);
    out->flags = rd_u32le(&r);
    for (size_t i = 2; i < FIXED_FIELDS; i++)
        ntlm_field_check_text(&r, out->flags, *items[i]);
    authenticate_tail_parse(&r, payload, out);
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

void
ntlm_authenticate_build(struct wr *w, const struct ntlm_authenticate *m)
{
    bool mic = m->mic_offset == NTLM_MIC_OFFSET;
    size_t payload = mic ? NTLM_AUTHENTICATE_SIZE : NTLM_AUTHENTICATE_SIZE_NO_MIC;
    /* Offsets are given in the order of the payload, triples in their own. */
    size_t names = payload;
    size_t responses = payload + m->domain.n + m->user.n + m->workstation.n;

    wr_bytes(w, NTLMSSP_SIGNATURE, NTLMSSP_SIGNATURE_SIZE);
    wr_u32le(w, NTLM_AUTHENTICATE_MESSAGE);
    ntlm_field_put(w, m->lm, &responses);
    ntlm_field_put(w, m->nt, &responses);
    ntlm_field_put(w, m->domain, &names);
    ntlm_field_put(w, m->user, &names);
    ntlm_field_put(w, m->workstation, &names);
    ntlm_field_put(w, m->session_key, &responses);
    wr_u32le(w, m->flags);
    wr_bytes(w, m->version, sizeof(m->version));
    if (mic)
        wr_bytes(w, m->mic, sizeof(m->mic));
    wr_view(w, m->domain);
    wr_view(w, m->user);
    wr_view(w, m->workstation);
    wr_view(w, m->lm);
    wr_view(w, m->nt);
    wr_view(w, m->session_key);
}
