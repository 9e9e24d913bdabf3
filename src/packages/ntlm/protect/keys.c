/*
 * NTLM's key derivations: MS-NLMP 3.3.1 (NTLMv1 and LM), 3.3.2 (NTLMv2),
 * 3.4.5 (SIGNKEY, SEALKEY, KXKEY), 3.1.5.1.2 (MIC).
 *
 * Linked into both halves: one-way functions and responses run in the
 * authority, which alone has hashes; SIGNKEY and SEALKEY in the application,
 * which gets the session key. Trusts its callers for sizes.
 */
#include "packages/ntlm/protect/keys.h"

#include "base/rd.h"
#include "base/secret.h"
#include "base/str16.h"
#include "base/wr.h"
#include "crypto/crypto.h"

#include "winerror.h"

#define DES_BLOCK 8u
#define DES_KEY 7u
#define LM_PASSWORD_MAX 14u     /* two DES keys of seven characters */

/* 3.3.1: what the LM hash is an encryption of, under the password's halves. */
static const uint8_t lm_constant[DES_BLOCK] = "KGS!@#$%";
/* 3.4.5.3: what SEALKEY puts behind a session key that is cut to 56 and to 40 bits. */
static const uint8_t tail_56[] = { 0xA0 };
static const uint8_t tail_40[] = { 0xE5, 0x38, 0xB0 };

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

/* Only ASCII is the same in every OEM code page, so only that is taken. */
static bool
lm_password_fold(struct view password, uint8_t out[LM_PASSWORD_MAX])
{
    size_t n = password.n / 2;

    memset(out, 0, LM_PASSWORD_MAX);
    if (n > LM_PASSWORD_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = password.p[2 * i];

        if (c == 0 || c > 0x7F || password.p[2 * i + 1] != 0)
            return false;
        out[i] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
    }
    return true;
}

bool
ntlm_lmowf_v1(struct view password, uint8_t out[NTLM_KEY_SIZE])
{
    uint8_t folded[LM_PASSWORD_MAX];
    bool usable = lm_password_fold(password, folded);

    if (usable) {
        crypto_des(folded, lm_constant, out);
        crypto_des(folded + DES_KEY, lm_constant, out + DES_BLOCK);
    }
    secret_wipe(folded, sizeof(folded));
    return usable;
}

/* DESL() of section 6: the hash as three keys, the last with two bytes of it. */
void
ntlm_v1_response(const uint8_t hash[NTLM_KEY_SIZE],
                 const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES],
                 uint8_t out[NTLM_RESPONSE_V1_SIZE])
{
    uint8_t keys[3 * DES_KEY] = { 0 };

    memcpy(keys, hash, NTLM_KEY_SIZE);
    for (size_t i = 0; i < 3; i++)
        crypto_des(keys + i * DES_KEY, challenge, out + i * DES_BLOCK);
    secret_wipe(keys, sizeof(keys));
}

void
ntlm_v1_challenge(const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                  const uint8_t client_challenge[NTLM_CHALLENGE_SIZE_BYTES], uint32_t flags,
                  uint8_t out[NTLM_CHALLENGE_SIZE_BYTES])
{
    struct view parts[] = { view_of(server_challenge, NTLM_CHALLENGE_SIZE_BYTES),
                            view_of(client_challenge, NTLM_CHALLENGE_SIZE_BYTES) };
    uint8_t digest[CRYPTO_MD_SIZE];

    if ((flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) == 0) {
        memcpy(out, server_challenge, NTLM_CHALLENGE_SIZE_BYTES);
        return;
    }
    crypto_md5(parts, 2, digest);
    memcpy(out, digest, NTLM_CHALLENGE_SIZE_BYTES);
}

void
ntlm_session_base_key_v1(const uint8_t ntowf_v1[NTLM_KEY_SIZE], uint8_t out[NTLM_KEY_SIZE])
{
    crypto_md4(key_view(ntowf_v1), out);
}

/* KXKEY with LM_KEY: the LM response's first block under what is left of the LM hash. */
static void
lm_exchange_key(const uint8_t lmowf[NTLM_KEY_SIZE], const uint8_t lm[NTLM_RESPONSE_V1_SIZE],
                uint8_t out[NTLM_KEY_SIZE])
{
    uint8_t second[DES_KEY] = { 0, 0xBD, 0xBD, 0xBD, 0xBD, 0xBD, 0xBD };

    second[0] = lmowf[DES_KEY];
    crypto_des(lmowf, lm, out);
    crypto_des(second, lm, out + DES_BLOCK);
    secret_wipe(second, sizeof(second));
}

void
ntlm_key_exchange_key_v1(const uint8_t base[NTLM_KEY_SIZE], const uint8_t lmowf[NTLM_KEY_SIZE],
                         const uint8_t server_challenge[NTLM_CHALLENGE_SIZE_BYTES],
                         const uint8_t lm[NTLM_RESPONSE_V1_SIZE], uint32_t flags,
                         uint8_t out[NTLM_KEY_SIZE])
{
    struct view parts[] = { view_of(server_challenge, NTLM_CHALLENGE_SIZE_BYTES),
                            view_of(lm, NTLM_CHALLENGE_SIZE_BYTES) };

    if (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) {
        crypto_hmac_md5(key_view(base), parts, 2, out);
    } else if (flags & NTLMSSP_NEGOTIATE_LM_KEY) {
        lm_exchange_key(lmowf, lm, out);
    } else if (flags & NTLMSSP_REQUEST_NON_NT_SESSION_KEY) {
        memset(out, 0, NTLM_KEY_SIZE);
        memcpy(out, lmowf, DES_BLOCK);
    } else {
        memcpy(out, base, NTLM_KEY_SIZE);
    }
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
    bool extended = (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) != 0;

    /* Without it only the LM session key is ever cut, and 128 is no help to that (3.4.5.3). */
    if (extended ? (flags & NTLMSSP_NEGOTIATE_128) != 0 : (flags & NTLMSSP_NEGOTIATE_LM_KEY) == 0)
        return 128;
    return flags & NTLMSSP_NEGOTIATE_56 ? 56 : 40;
}

/* SEALKEY with extended session security: cut, then hashed with the direction's constant. */
static size_t
seal_key_extended(const uint8_t session_key[NTLM_KEY_SIZE], uint32_t flags,
                  enum ntlm_direction direction, uint8_t out[NTLM_KEY_SIZE])
{
    const char *magic = direction == NTLM_CLIENT_TO_SERVER ? seal_to_server : seal_to_client;
    size_t base = ntlm_seal_bits(flags) / 8;
    struct view parts[] = { view_of(session_key, base), view_of(magic, sizeof(seal_to_server)) };

    crypto_md5(parts, 2, out);
    return NTLM_KEY_SIZE;
}

size_t
ntlm_seal_key(const uint8_t session_key[NTLM_KEY_SIZE], uint32_t flags,
              enum ntlm_direction direction, uint8_t out[NTLM_KEY_SIZE])
{
    struct view tail = view_of(tail_40, sizeof(tail_40));

    if (flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY)
        return seal_key_extended(session_key, flags, direction, out);
    memcpy(out, session_key, NTLM_KEY_SIZE);
    if ((flags & NTLMSSP_NEGOTIATE_LM_KEY) == 0)
        return NTLM_KEY_SIZE;
    if (flags & NTLMSSP_NEGOTIATE_56)
        tail = view_of(tail_56, sizeof(tail_56));
    memcpy(out + DES_BLOCK - tail.n, tail.p, tail.n);
    return DES_BLOCK;
}

void
ntlm_datagram_key(const uint8_t seal_key[NTLM_KEY_SIZE], uint32_t sequence,
                  uint8_t out[NTLM_KEY_SIZE])
{
    uint8_t bytes[4];
    struct wr w = wr_init(bytes, sizeof(bytes));

    wr_u32le(&w, sequence);
    crypto_md5((struct view[]){ key_view(seal_key), wr_written(&w) }, 2, out);
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
