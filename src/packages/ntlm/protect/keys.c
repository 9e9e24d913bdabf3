/*
 * NTLM's key derivations: MS-NLMP 3.3.2 (NTLMv2), 3.4.5 (SIGNKEY, SEALKEY,
 * KXKEY), 3.1.5.1.2 (MIC). Only NTLMv2 and extended session security.
 *
 * Linked into both halves: NTOWFv2 and the proof run in the authority, which
 * alone has hashes; SIGNKEY and SEALKEY in the application, which gets the
 * session key. Trusts its callers for sizes.
 */
#include "packages/ntlm/protect/keys.h"

#include "base/rd.h"
#include "base/secret.h"
#include "base/str16.h"
#include "crypto/crypto.h"

#include "winerror.h"


/* 3.4.5.2, 3.4.5.3: the NUL belongs to the constants. */
static const char sign_to_server[] = "session key to client-to-server signing key magic constant";
static const char sign_to_client[] = "session key to server-to-client signing key magic constant";
static const char seal_to_server[] = "session key to client-to-server sealing key magic constant";
static const char seal_to_client[] = "session key to server-to-client sealing key magic constant";

static struct view
key_view(const uint8_t key[NTLM_KEY_SIZE])
{
    return view_of(key, NTLM_KEY_SIZE);
}

void
ntlm_ntowf_v1(struct view password, uint8_t out[NTLM_KEY_SIZE])
{
    crypto_md4(password, out);
}

status_t
ntlm_ntowf_v2(const uint8_t ntowf_v1[NTLM_KEY_SIZE], struct view user, struct view domain,
              uint8_t out[NTLM_KEY_SIZE])
{
    uint8_t upper[NTLM_USER_BYTES_MAX];

    if (user.n > sizeof(upper))
        return SEC_E_LOGON_DENIED;
    if (user.n > 0)
        memcpy(upper, user.p, user.n);
    str16_upcase(upper, user.n);
    crypto_hmac_md5(key_view(ntowf_v1), (struct view[]){ view_of(upper, user.n), domain }, 2,
                    out);
    return 0;
}

void
ntlm_nt_proof(const uint8_t ntowf_v2[NTLM_KEY_SIZE],
              const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES], struct view temp,
              uint8_t out[NTLM_PROOF_SIZE])
{
    struct view parts[] = { view_of(server_challenge, NTLM_CHALLENGE_SIZE_BYTES), temp };

    crypto_hmac_md5(key_view(ntowf_v2), parts, 2, out);
}

void
ntlm_lm_v2_proof(const uint8_t ntowf_v2[NTLM_KEY_SIZE],
                 const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                 const uint8_t client_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                 uint8_t out[NTLM_PROOF_SIZE])
{
    ntlm_nt_proof(ntowf_v2, server_challenge,
                  view_of(client_challenge, NTLM_CHALLENGE_SIZE_BYTES), out);
}

void
ntlm_session_base_key(const uint8_t ntowf_v2[NTLM_KEY_SIZE],
                      const uint8_t proof[NTLM_PROOF_SIZE], uint8_t out[NTLM_KEY_SIZE])
{
    struct view parts[] = { view_of(proof, NTLM_PROOF_SIZE) };

    crypto_hmac_md5(key_view(ntowf_v2), parts, 1, out);
}

void
ntlm_session_key_crypt(const uint8_t key_exchange_key[NTLM_KEY_SIZE],
                       const uint8_t in[NTLM_KEY_SIZE], uint8_t out[NTLM_KEY_SIZE])
{
    struct crypto_rc4 rc4;

    crypto_rc4_init(&rc4, key_view(key_exchange_key));
    crypto_rc4(&rc4, in, out, NTLM_KEY_SIZE);
    secret_wipe(&rc4, sizeof(rc4));
}

/* KEY_EXCH counts only together with SIGN or SEAL (3.1.5.1.2, 3.2.5.1.2). */
bool
ntlm_is_key_exchanged(uint32_t flags)
{
    return (flags & NTLMSSP_NEGOTIATE_KEY_EXCH) &&
           (flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL));
}

void
ntlm_sign_key(const uint8_t session_key[NTLM_KEY_SIZE], enum ntlm_direction direction,
              uint8_t out[NTLM_KEY_SIZE])
{
    const char *magic = direction == NTLM_CLIENT_TO_SERVER ? sign_to_server : sign_to_client;
    struct view parts[] = { key_view(session_key), view_of(magic, sizeof(sign_to_server)) };

    crypto_md5(parts, 2, out);
}

unsigned
ntlm_seal_bits(uint32_t flags)
{
    if (flags & NTLMSSP_NEGOTIATE_128)
        return 128;
    return flags & NTLMSSP_NEGOTIATE_56 ? 56 : 40;
}

void
ntlm_seal_key(const uint8_t session_key[NTLM_KEY_SIZE], uint32_t flags,
              enum ntlm_direction direction, uint8_t out[NTLM_KEY_SIZE])
{
    const char *magic = direction == NTLM_CLIENT_TO_SERVER ? seal_to_server : seal_to_client;
    size_t base = ntlm_seal_bits(flags) / 8;
    struct view parts[] = { view_of(session_key, base), view_of(magic, sizeof(seal_to_server)) };

    crypto_md5(parts, 2, out);
}

void
ntlm_mic(const uint8_t session_key[NTLM_KEY_SIZE], struct view negotiate, struct view challenge,
         struct view authenticate, size_t mic_offset, uint8_t out[NTLM_MIC_SIZE])
{
    static const uint8_t zeros[NTLM_MIC_SIZE];
    struct rd r = rd_init(authenticate);
    struct view before = rd_view(&r, mic_offset);
    struct view after;

    rd_skip(&r, NTLM_MIC_SIZE);
    after = rd_rest(&r);
    crypto_hmac_md5(key_view(session_key),
                    (struct view[]){ negotiate, challenge, before,
                                     view_of(zeros, sizeof(zeros)), after }, 5, out);
}
