/*
 * Key derivation against MS-NLMP 4.2.4 and real exchanges (pyspnego's
 * published captures): every intermediate value that they give.
 */
#include "unit.h"
#include "vectors.h"

#include "crypto/crypto.h"
#include "packages/ntlm/protect/keys.h"
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

#include <uchar.h>

#define FILE_NAME "ntlm-vectors.tsv"
#define MESSAGE_MAX 2048

static const uint32_t v2_flags = 0xe28a8233;
static const uint32_t ess = NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;

static struct view
row(const char *name, uint8_t room[MESSAGE_MAX])
{
    return view_of(room, vector_get(FILE_NAME, name, room, MESSAGE_MAX));
}

static void
key_row(const char *name, uint8_t out[16])
{
    assert_int_equal(vector_get(FILE_NAME, name, out, 16), 16);
}

static void
assert_key(const uint8_t got[16], const char *name)
{
    uint8_t want[16];

    key_row(name, want);
    assert_memory_equal(got, want, 16);
}

static void
ntowf_matches(void **state)
{
    uint8_t a[MESSAGE_MAX], b[MESSAGE_MAX], c[MESSAGE_MAX], v1[16], v2[16];
    struct view user = row("common.User.utf16le", b), domain = row("common.UserDom.utf16le", c);
    static const char16_t lower[] = u"user", upper_domain[] = u"DOMAIN";

    (void)state;
    ntlm_ntowf_v1(row("common.Passwd.utf16le", a), v1);
    assert_key(v1, "v1.NTOWFv1");
    assert_int_equal(ntlm_ntowf_v2(v1, user, domain, v2), 0);
    assert_key(v2, "v2.NTOWFv2");
    assert_int_equal(ntlm_ntowf_v2(v1, view_of(lower, 8), domain, v2), 0);
    assert_key(v2, "v2.NTOWFv2.lowercase_user");
    assert_int_equal(ntlm_ntowf_v2(v1, user, view_of(NULL, 0), v2), 0);
    assert_key(v2, "v2.NTOWFv2.nildomain");
    assert_int_equal(ntlm_ntowf_v2(v1, user, view_of(upper_domain, 12), v2), 0);
    assert_key(v2, "v2.NTOWFv2.domain_upper");
    ntlm_ntowf_v1(view_of(NULL, 0), v1);
    assert_key(v1, "ntowf.empty");
}

static void
long_user_is_refused(void **state)
{
    static const uint8_t user[NTLM_USER_BYTES_MAX + 2];
    uint8_t key[16] = { 0 }, out[16];

    (void)state;
    assert_int_equal(ntlm_ntowf_v2(key, view_of(user, sizeof(user)), view_of(NULL, 0), out),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(ntlm_ntowf_v2(key, view_of(user, sizeof(user) - 2), view_of(NULL, 0), out),
                     0);
}

static void
response_and_session_key_match(void **state)
{
    uint8_t a[MESSAGE_MAX], challenge[8], client[8], key[16], out[16], sealed[16], random[16];

    (void)state;
    key_row("v2.NTOWFv2", key);
    vector_get(FILE_NAME, "common.ServerChallenge", challenge, 8);
    vector_get(FILE_NAME, "common.ClientChallenge", client, 8);
    ntlm_nt_proof(key, challenge, row("v2.temp", a), out);
    assert_key(out, "v2.NTProofStr");
    ntlm_session_base_key(key, out, sealed);
    assert_key(sealed, "v2.SessionBaseKey");
    key_row("common.RandomSessionKey", random);
    ntlm_session_key_crypt(sealed, random, out);
    assert_key(out, "v2.EncryptedSessionKey");
    ntlm_lm_v2_proof(key, challenge, client, out);
    assert_memory_equal(out, row("v2.LmChallengeResponse", a).p, 16);
}

static void
protection_keys_match(void **state)
{
    uint8_t session[16], out[16];

    (void)state;
    key_row("common.RandomSessionKey", session);
    ntlm_seal_key(session, v2_flags, NTLM_CLIENT_TO_SERVER, out);
    assert_key(out, "v2.ClientSealKey");
    ntlm_seal_key(session, v2_flags, NTLM_SERVER_TO_CLIENT, out);
    assert_key(out, "v2.ServerSealKey");
    ntlm_sign_key(session, NTLM_CLIENT_TO_SERVER, out);
    assert_key(out, "v2.ClientSignKey");
    ntlm_sign_key(session, NTLM_SERVER_TO_CLIENT, out);
    assert_key(out, "v2.ServerSignKey");
    ntlm_seal_key(session, ess | NTLMSSP_NEGOTIATE_56, NTLM_CLIENT_TO_SERVER, out);
    assert_key(out, "v2.ClientSealKey56");
    ntlm_seal_key(session, ess, NTLM_CLIENT_TO_SERVER, out);
    assert_key(out, "v2.ClientSealKey40");
    /* 4.2.3: extended session security with NTLMv1's key, 56 bits. */
    key_row("v1ess.KeyExchangeKey", session);
    ntlm_seal_key(session, ess | NTLMSSP_NEGOTIATE_56, NTLM_CLIENT_TO_SERVER, out);
    assert_key(out, "v1ess.ClientSealKey");
    ntlm_seal_key(session, ess | NTLMSSP_NEGOTIATE_56, NTLM_SERVER_TO_CLIENT, out);
    assert_key(out, "v1ess.ServerSealKey");
    ntlm_seal_key(session, ess, NTLM_CLIENT_TO_SERVER, out);
    assert_key(out, "v1ess.ClientSealKey40");
    ntlm_sign_key(session, NTLM_CLIENT_TO_SERVER, out);
    assert_key(out, "v1ess.ClientSignKey");
    ntlm_sign_key(session, NTLM_SERVER_TO_CLIENT, out);
    assert_key(out, "v1ess.ServerSignKey");
}

static void
key_exchange_needs_protection(void **state)
{
    (void)state;
    assert_false(ntlm_is_key_exchanged(NTLMSSP_NEGOTIATE_KEY_EXCH));
    assert_false(ntlm_is_key_exchanged(NTLMSSP_NEGOTIATE_SIGN));
    assert_true(ntlm_is_key_exchanged(NTLMSSP_NEGOTIATE_KEY_EXCH | NTLMSSP_NEGOTIATE_SIGN));
    assert_true(ntlm_is_key_exchanged(NTLMSSP_NEGOTIATE_KEY_EXCH | NTLMSSP_NEGOTIATE_SEAL));
}

static struct view
exchange_row(const char *prefix, const char *what, uint8_t room[MESSAGE_MAX])
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s.%s", prefix, what);
    return row(name, room);
}

static void
assert_exchange_key(const uint8_t got[16], const char *prefix, const char *what)
{
    uint8_t room[MESSAGE_MAX];
    struct view want = exchange_row(prefix, what, room);

    assert_int_equal(want.n, 16);
    assert_memory_equal(got, want.p, 16);
}

/* A whole exchange from password and messages: proof, keys and MIC. */
static void
exchange_matches(const char *prefix, const char16_t *password, size_t units)
{
    uint8_t n[MESSAGE_MAX], c[MESSAGE_MAX], a[MESSAGE_MAX], key[16], out[16], session[16];
    struct view negotiate = exchange_row(prefix, "NEGOTIATE_MESSAGE", n);
    struct view challenge = exchange_row(prefix, "CHALLENGE_MESSAGE", c);
    struct view message = exchange_row(prefix, "AUTHENTICATE_MESSAGE", a);
    struct ntlm_authenticate auth;
    struct ntlm_challenge sent;

    assert_int_equal(ntlm_challenge_parse(challenge, &sent), 0);
    assert_int_equal(ntlm_authenticate_parse(message, &auth), 0);
    ntlm_ntowf_v1(view_of(password, 2 * units), out);
    assert_int_equal(ntlm_ntowf_v2(out, auth.user, auth.domain, key), 0);
    if (strcmp(prefix, "mic") == 0)
        assert_key(key, "v2.NTOWFv2");
    else
        assert_exchange_key(key, prefix, "NTOWFv2");
    ntlm_nt_proof(key, sent.server_challenge, view_of(auth.nt.p + 16, auth.nt.n - 16), out);
    assert_exchange_key(out, prefix, "NTProofStr");
    assert_memory_equal(out, auth.nt.p, 16);
    ntlm_session_base_key(key, out, session);
    assert_exchange_key(session, prefix, "SessionBaseKey");
    ntlm_session_key_crypt(session, auth.session_key.p, out);
    if (strcmp(prefix, "mic") == 0) {
        assert_exchange_key(auth.session_key.p, prefix, "EncryptedSessionKey");
        assert_key(out, "common.RandomSessionKey");
    } else {
        assert_exchange_key(out, prefix, "ExportedSessionKey");
    }
    ntlm_mic(out, negotiate, challenge, message, auth.mic_offset, session);
    assert_exchange_key(session, prefix, "MIC");
    assert_memory_equal(session, auth.mic, 16);
}

static void
exchanges_match(void **state)
{
    static const char *const captured[] = { "win2019", "win2019badspn", "win2019smb",
                                            "gssntlmssp" };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(captured); i++)
        exchange_matches(captured[i], u"VagrantPass1", 12);
    exchange_matches("mic", u"Password", 8);
}

/* RFC 4121 4.1.1.2's serialisation, of which the AV pair has the MD5 (MS-NLMP 2.2.2.1). */
static void
bindings_hash_is_of_the_structure(void **state)
{
    uint8_t a[MESSAGE_MAX], b[MESSAGE_MAX], out[16];
    struct view data = row("mic.cb.application_data", b);
    struct view whole = row("mic.cb.gss_struct", a);
    struct rd r = rd_init(whole);

    (void)state;
    rd_skip(&r, 16);
    assert_int_equal(rd_u32le(&r), data.n);
    assert_int_equal(rd_rest(&r).n, data.n);
    assert_memory_equal(whole.p + 20, data.p, data.n);
    crypto_md5(&whole, 1, out);
    assert_key(out, "mic.cb.hash");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntowf_matches),
        cmocka_unit_test(long_user_is_refused),
        cmocka_unit_test(response_and_session_key_match),
        cmocka_unit_test(protection_keys_match),
        cmocka_unit_test(key_exchange_needs_protection),
        cmocka_unit_test(exchanges_match),
        cmocka_unit_test(bindings_hash_is_of_the_structure),
    };

    return cmocka_run_group_tests_name("ntlm.keys", tests, NULL, NULL);
}
