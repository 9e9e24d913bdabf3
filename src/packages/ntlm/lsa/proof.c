/*
 * Verifying responses. The table, proof_kinds, is in the order in which a
 * response is tried: lengths tell them apart, and extended session security
 * tells which of the two NTLMv1 responses 24 bytes are (MS-NLMP 2.2.2, 3.3.1).
 *
 * CHOICE: no LM hash is stored, so an LM response can never be verified, at no
 * level; what is verified in its field is LMv2, whose key is NTOWFv2. The two
 * look alike, so both are "lm" until the check. An NT response that is wrong
 * is wrong: the LM field beside it is not tried (MS-NLMP 3.2.5.1.2 would),
 * as it would be a second guess at the password with weaker cryptography.
 *
 * Runs in the authority. The response is a stranger's.
 */
#include "packages/ntlm/lsa/proof.h"

#include "base/rd.h"
#include "base/secret.h"
#include "packages/ntlm/protect/keys.h"

#define NEVER_REFUSED (NTLM_LEVEL_NO_V1 + 1)

/* ---- how a kind is known -------------------------------------------------- */

static bool
is_anonymous(const struct ntlm_proof *p)
{
    return p->auth->nt.n == 0 && p->user.n == 0 && p->auth->lm.n <= 1;
}

static bool
is_v2(const struct ntlm_proof *p)
{
    return p->auth->nt.n > NTLM_RESPONSE_V1_SIZE;
}

static bool
is_v1(const struct ntlm_proof *p)
{
    return p->auth->nt.n == NTLM_RESPONSE_V1_SIZE;
}

/* By the flags, never by what the LM field looks like: that is the peer's to choose. */
static bool
is_v1_extended(const struct ntlm_proof *p)
{
    return is_v1(p) && p->auth->lm.n == NTLM_RESPONSE_V1_SIZE &&
           (p->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) != 0;
}

static bool
is_v1_plain(const struct ntlm_proof *p)
{
    return is_v1(p) && (p->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) == 0;
}

static bool
is_lm(const struct ntlm_proof *p)
{
    return p->auth->nt.n == 0 && p->auth->lm.n == NTLM_RESPONSE_V1_SIZE;
}

/* ---- NTLMv2 and LMv2 ------------------------------------------------------ */

/* A response of a proof and what it is over: NT response and LMv2 are both of this shape. */
static NTSTATUS
v2_compare(const struct ntlm_proof *p, struct view response, struct view domain,
           uint8_t key[NTLM_KEY_SIZE], bool *equal)
{
    struct rd r = rd_init(response);
    struct view got = rd_view(&r, NTLM_PROOF_SIZE);
    struct view temp = rd_rest(&r);
    uint8_t want[NTLM_PROOF_SIZE], ntowf_v2[NTLM_KEY_SIZE];
    NTSTATUS st = ntlm_ntowf_v2(p->ntowf_v1, p->user, domain, ntowf_v2);

    *equal = false;
    if (!NT_SUCCESS(st))
        return st;
    ntlm_nt_proof(ntowf_v2, p->server_challenge, temp, want);
    *equal = ct_equal(want, got.p, sizeof(want));
    /* 3.4.5.1: NTLMv2's KeyExchangeKey is SessionBaseKey. */
    ntlm_session_base_key(ntowf_v2, want, key);
    secret_wipe(want, sizeof(want));
    secret_wipe(ntowf_v2, sizeof(ntowf_v2));
    return STATUS_SUCCESS;
}

/*
 * The domain is in the key as it was sent; as clients differ in what they put there, an
 * empty one is tried as well (3.2.5.1.2), also when the first was right: its absence
 * would show in the time.
 */
static NTSTATUS
v2_verify(const struct ntlm_proof *p, struct view response, uint8_t key[NTLM_KEY_SIZE],
          bool *equal)
{
    uint8_t other[NTLM_KEY_SIZE] = { 0 };
    bool as_sent, as_empty = false;
    NTSTATUS st = v2_compare(p, response, p->domain, key, &as_sent);

    if (NT_SUCCESS(st))
        st = v2_compare(p, response, view_of(NULL, 0), other, &as_empty);
    if (as_empty && !as_sent)
        memcpy(key, other, sizeof(other));
    *equal = NT_SUCCESS(st) && (as_sent || as_empty);
    secret_wipe(other, sizeof(other));
    return st;
}

static NTSTATUS
verify_v2(const struct ntlm_proof *p, uint8_t key[NTLM_KEY_SIZE], bool *equal)
{
    return v2_verify(p, p->auth->nt, key, equal);
}

static NTSTATUS
verify_lm(const struct ntlm_proof *p, uint8_t key[NTLM_KEY_SIZE], bool *equal)
{
    return v2_verify(p, p->auth->lm, key, equal);
}

/* ---- NTLMv1 --------------------------------------------------------------- */

/* With extended session security the LM field begins with the client's challenge. */
static NTSTATUS
verify_v1(const struct ntlm_proof *p, uint8_t key[NTLM_KEY_SIZE], bool *equal)
{
    static const uint8_t no_hash[NTLM_KEY_SIZE];
    uint8_t client[NTLM_RESPONSE_V1_SIZE] = { 0 }, challenge[NTLM_CHALLENGE_SIZE_BYTES];
    uint8_t want[NTLM_RESPONSE_V1_SIZE], base[NTLM_KEY_SIZE];

    if (p->auth->lm.n == sizeof(client))
        memcpy(client, p->auth->lm.p, sizeof(client));
    ntlm_v1_challenge(p->server_challenge, client, p->flags, challenge);
    ntlm_v1_response(p->ntowf_v1, challenge, want);
    *equal = ct_equal(want, p->auth->nt.p, sizeof(want));
    ntlm_session_base_key_v1(p->ntowf_v1, base);
    /* The keys that need an LM hash are never granted (flags.c). */
    ntlm_key_exchange_key_v1(base, no_hash, p->server_challenge, client, p->flags, key);
    secret_wipe(want, sizeof(want));
    secret_wipe(base, sizeof(base));
    return STATUS_SUCCESS;
}

/* ---- the table ------------------------------------------------------------ */

static const char v1_hint[] =
    "the client is set to NTLMv1 (LmCompatibilityLevel below 3); let it send NTLMv2, or set "
    "lm_compatibility_level = 4 for this service";
static const char lm_hint[] =
    "the client sends no NT response; of LM's only LMv2 can be verified, as no LM hash is "
    "stored, and only with lm_compatibility_level = 3 or less";

static const struct ntlm_proof_kind proof_kinds[] = {
    { "anonymous", is_anonymous, NEVER_REFUSED, NULL, NULL, false, true, NULL },
    { "ntlmv2", is_v2, NEVER_REFUSED, NULL, NULL, true, false, verify_v2 },
    { "ntlmv1_extended", is_v1_extended, NTLM_LEVEL_NO_V1, "ntlmv1_refused", v1_hint, false,
      false, verify_v1 },
    { "ntlmv1", is_v1_plain, NTLM_LEVEL_NO_V1, "ntlmv1_refused", v1_hint, false, false,
      verify_v1 },
    { "lm", is_lm, NTLM_LEVEL_NO_LM, "lm_refused", lm_hint, false, true, verify_lm },
};

const struct ntlm_proof_kind *
ntlm_proof_kind(const struct ntlm_proof *p)
{
    for (size_t i = 0; i < sizeof(proof_kinds) / sizeof(proof_kinds[0]); i++) {
        if (proof_kinds[i].is(p))
            return &proof_kinds[i];
    }
    return NULL;
}
