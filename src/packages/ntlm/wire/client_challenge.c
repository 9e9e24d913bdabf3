/*
 * NTLMv2_CLIENT_CHALLENGE (MS-NLMP 2.2.2.7), the part of an NTLMv2 response
 * that NTProofStr covers:
 *
 *      0  RespType 1, HiRespType 1
 *      2  Reserved1 u16, Reserved2 u32
 *      8  TimeStamp                FILETIME
 *     16  ChallengeFromClient      8 bytes
 *     24  Reserved3 u32
 *     28  AvPairs, ended by EOL; then whatever the sender adds
 *
 * The proof is over the received bytes as they are: this parser is for
 * looking inside, and nothing is ever built again from what it found.
 * Trusts nothing; see field.c.
 */
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

status_t
ntlm_client_challenge_parse(struct view in, struct ntlm_client_challenge *out)
{
    struct rd r = rd_init(in);
    status_t st;

    *out = (struct ntlm_client_challenge){ 0 };
    if (rd_u8(&r) != NTLM_CLIENT_CHALLENGE_TYPE || rd_u8(&r) != NTLM_CLIENT_CHALLENGE_TYPE)
        rd_fail(&r);
    rd_skip(&r, 6);
    out->time = rd_u64le(&r);
    rd_bytes(&r, out->challenge, sizeof(out->challenge));
    rd_skip(&r, 4);
    st = rd_end(&r, SEC_E_INVALID_TOKEN);
    if (st < 0)
        return st;
    return ntlm_av_list_parse(rd_rest(&r), &out->av);
}

void
ntlm_client_challenge_build(struct wr *w, uint64_t time,
                            const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES], struct view av)
{
    wr_u8(w, NTLM_CLIENT_CHALLENGE_TYPE);
    wr_u8(w, NTLM_CLIENT_CHALLENGE_TYPE);
    wr_zeros(w, 6);
    wr_u64le(w, time);
    wr_bytes(w, challenge, NTLM_CHALLENGE_SIZE_BYTES);
    wr_zeros(w, 4);
    wr_view(w, av);
    wr_zeros(w, NTLM_CLIENT_CHALLENGE_TRAILER);
}
