/*
 * NTLMv1 and LM against MS-NLMP 4.2.2 and 4.2.3: one-way functions, responses,
 * and the three ways to an exported session key.
 */
#include "unit.h"
#include "vectors.h"

#include "crypto/crypto.h"
#include "packages/ntlm/protect/keys.h"
#include "packages/ntlm/wire/wire.h"

#include <uchar.h>

#define FILE_NAME "ntlm-vectors.tsv"
#define MESSAGE_MAX 1024

static const uint32_t ess = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;

static struct view
row(const char *name, uint8_t room[MESSAGE_MAX])
{
    return view_of(room, vector_get(FILE_NAME, name, room, MESSAGE_MAX));
}

static void
assert_row(const void *got, size_t n, const char *name)
{
    uint8_t room[MESSAGE_MAX];
    struct view want = row(name, room);

    assert_int_equal(n, want.n);
    assert_memory_equal(got, want.p, n);
}

struct inputs {
    uint8_t server[8], client[8], ntowf[16], lmowf[16], random[16];
};

static struct inputs
inputs(void)
{
    uint8_t room[MESSAGE_MAX];
    struct inputs in;

    (void)vector_get(FILE_NAME, "common.ServerChallenge", in.server, 8);
    (void)vector_get(FILE_NAME, "common.ClientChallenge", in.client, 8);
    (void)vector_get(FILE_NAME, "common.RandomSessionKey", in.random, 16);
    ntlm_ntowf_v1(row("common.Passwd.utf16le", room), in.ntowf);
    assert_true(ntlm_lmowf_v1(row("common.Passwd.utf16le", room), in.lmowf));
    return in;
}

static void
one_way_functions_match(void **state)
{
    struct inputs in = inputs();
    uint8_t room[MESSAGE_MAX], half[8];
    const uint8_t *folded = row("common.PASSWD.oem14", room).p;

    (void)state;
    assert_row(in.ntowf, 16, "v1.NTOWFv1");
    assert_row(in.lmowf, 16, "v1.LMOWFv1");
    assert_row(in.lmowf, 8, "v1.LMOWFv1.half1");
    assert_row(in.lmowf + 8, 8, "v1.LMOWFv1.half2");
    crypto_des(folded, (const uint8_t *)"KGS!@#$%", half);
    assert_memory_equal(half, in.lmowf, 8);
    assert_true(ntlm_lmowf_v1(view_of(NULL, 0), in.lmowf));
    assert_row(in.lmowf, 16, "lmowf.empty");
}

/* Longer than two DES keys, or of characters that differ between code pages. */
static void
some_passwords_have_no_lm_hash(void **state)
{
    static const char16_t longest[] = u"ABCDEFGHIJKLMN", longer[] = u"ABCDEFGHIJKLMNO";
    static const char16_t umlaut[] = u"gr\u00fcn", wide[] = u"\u0141";
    uint8_t hash[16];

    (void)state;
    assert_true(ntlm_lmowf_v1(view_of(longest, 28), hash));
    assert_false(ntlm_lmowf_v1(view_of(longer, 30), hash));
    assert_false(ntlm_lmowf_v1(view_of(umlaut, 8), hash));
    assert_false(ntlm_lmowf_v1(view_of(wide, 2), hash));
    assert_false(ntlm_lmowf_v1(view_of("\0", 2), hash));
}

static void
responses_match(void **state)
{
    struct inputs in = inputs();
    uint8_t challenge[8], out[24], lm[24] = { 0 };

    (void)state;
    ntlm_v1_challenge(in.server, in.client, 0, challenge);
    assert_memory_equal(challenge, in.server, 8);
    ntlm_v1_response(in.ntowf, challenge, out);
    assert_row(out, 24, "v1.NtChallengeResponse");
    ntlm_v1_response(in.lmowf, challenge, out);
    assert_row(out, 24, "v1.LmChallengeResponse");

    ntlm_v1_challenge(in.server, in.client, ess, challenge);
    assert_row(challenge, 8, "v1ess.SessionHash8");
    ntlm_v1_response(in.ntowf, challenge, out);
    assert_row(out, 24, "v1ess.NtChallengeResponse");
    memcpy(lm, in.client, 8);
    assert_row(lm, 24, "v1ess.LmChallengeResponse");
}

/* Flags as the specification's examples negotiate them. */
static uint32_t
flags_row(const char *name)
{
    uint8_t room[MESSAGE_MAX];
    struct rd r = rd_init(row(name, room));

    return rd_u32le(&r);
}

static void
session_keys_match(void **state)
{
    struct inputs in = inputs();
    const uint32_t flags = flags_row("v1.NegotiateFlags.le");
    uint8_t base[16], key[16], out[16], lm[24];

    (void)state;
    ntlm_session_base_key_v1(in.ntowf, base);
    assert_row(base, 16, "v1.SessionBaseKey");
    assert_row(base, 16, "v1ess.SessionBaseKey");
    ntlm_v1_response(in.lmowf, in.server, lm);

    ntlm_key_exchange_key_v1(base, in.lmowf, in.server, lm, flags, key);
    assert_memory_equal(key, base, 16);
    ntlm_session_key_crypt(key, in.random, out);
    assert_row(out, 16, "v1.EncryptedSessionKey");

    ntlm_key_exchange_key_v1(base, in.lmowf, in.server, lm,
                             flags | NTLMSSP_REQUEST_NON_NT_SESSION_KEY, key);
    assert_row(key, 16, "v1.KeyExchangeKey.NON_NT_SESSION_KEY");
    ntlm_session_key_crypt(key, in.random, out);
    assert_row(out, 16, "v1.EncryptedSessionKey.NON_NT");

    /* LM_KEY goes before NON_NT. */
    ntlm_key_exchange_key_v1(base, in.lmowf, in.server, lm,
                             flags | NTLMSSP_NEGOTIATE_LM_KEY |
                                 NTLMSSP_REQUEST_NON_NT_SESSION_KEY, key);
    assert_row(key, 16, "v1.KeyExchangeKey.LM_KEY");
    ntlm_session_key_crypt(key, in.random, out);
    assert_row(out, 16, "v1.EncryptedSessionKey.LM_KEY");
}

/* Extended session security, 56 bits, no key exchange: 4.2.3. */
static void
extended_session_keys_match(void **state)
{
    struct inputs in = inputs();
    const uint32_t flags = flags_row("v1ess.NegotiateFlags.le");
    uint8_t base[16], key[16], out[16], lm[24] = { 0 };

    (void)state;
    memcpy(lm, in.client, 8);
    ntlm_session_base_key_v1(in.ntowf, base);
    /* Extended session security goes before both. */
    ntlm_key_exchange_key_v1(base, in.lmowf, in.server, lm,
                             flags | NTLMSSP_NEGOTIATE_LM_KEY |
                                 NTLMSSP_REQUEST_NON_NT_SESSION_KEY, key);
    assert_row(key, 16, "v1ess.KeyExchangeKey");
    assert_row(key, ntlm_seal_bits(flags) / 8, "v1ess.SealKey56.base");
    assert_false(ntlm_is_key_exchanged(flags));
    assert_int_equal(ntlm_seal_key(key, flags, NTLM_CLIENT_TO_SERVER, out), 16);
    assert_row(out, 16, "v1ess.ClientSealKey");
}

static void
seal_keys_match(void **state)
{
    struct inputs in = inputs();
    uint32_t lm_key = NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_NEGOTIATE_128;
    uint8_t out[16];

    (void)state;
    /* Without the LM session key nothing is cut, whatever is negotiated. */
    assert_int_equal(ntlm_seal_key(in.random, 0, NTLM_CLIENT_TO_SERVER, out), 16);
    assert_row(out, 16, "v1.SealKey");
    assert_int_equal(ntlm_seal_bits(0), 128);
    assert_int_equal(ntlm_seal_bits(NTLMSSP_NEGOTIATE_56), 128);
    /* With it 128 is no help. */
    assert_int_equal(ntlm_seal_bits(lm_key), 40);
    assert_int_equal(ntlm_seal_bits(lm_key | NTLMSSP_NEGOTIATE_56), 56);
    assert_int_equal(ntlm_seal_key(in.random, lm_key | NTLMSSP_NEGOTIATE_56,
                                   NTLM_SERVER_TO_CLIENT, out), 8);
    assert_row(out, 8, "v1.LM_KEY.SealKey56");
    assert_int_equal(ntlm_seal_key(in.random, lm_key, NTLM_CLIENT_TO_SERVER, out), 8);
    assert_row(out, 8, "v1.LM_KEY.SealKey40");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_way_functions_match),
        cmocka_unit_test(some_passwords_have_no_lm_hash),
        cmocka_unit_test(responses_match),
        cmocka_unit_test(session_keys_match),
        cmocka_unit_test(extended_session_keys_match),
        cmocka_unit_test(seal_keys_match),
    };

    return cmocka_run_group_tests_name("ntlm.v1", tests, NULL, NULL);
}
