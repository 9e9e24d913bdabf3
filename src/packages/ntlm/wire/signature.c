/*
 * NTLMSSP_MESSAGE_SIGNATURE (MS-NLMP 2.2.2.9): Version 1, 8 bytes, SeqNum. The 8
 * bytes are a checksum (2.2.2.9.2, with extended session security) or RandomPad
 * and a checksum of 4 bytes (2.2.2.9.1), where SeqNum is encrypted, too.
 *
 * Runs in applications, once a message. Trusts nothing.
 */
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

status_t
ntlm_signature_parse(struct view in, struct ntlm_signature *out)
{
    struct rd r = rd_init(in);

    rd_expect_u32le(&r, NTLM_SIGNATURE_VERSION);
    rd_bytes(&r, out->checksum, sizeof(out->checksum));
    out->sequence = rd_u32le(&r);
    return rd_end_exact(&r, SEC_E_MESSAGE_ALTERED);
}

void
ntlm_signature_build(struct wr *w, const struct ntlm_signature *s)
{
    wr_u32le(w, NTLM_SIGNATURE_VERSION);
    wr_bytes(w, s->checksum, sizeof(s->checksum));
    wr_u32le(w, s->sequence);
}
