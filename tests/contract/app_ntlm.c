/* NTLM as applications see it: sizes, keys, signatures, sealing, and what is refused. */
#include "app.h"

#define ISC_SIGN ISC_REQ_INTEGRITY
#define ISC_SEAL (ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT)

static void
sizes(void **state)
{
    struct app_pair p = app_connect(ISC_SEAL, 0);
    SecPkgContext_Sizes s;
    SecPkgContext_StreamSizes stream;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_SIZES, &s), SEC_E_OK);
    assert_int_equal(s.cbMaxToken, 2888);
    assert_int_equal(s.cbMaxSignature, 16);
    assert_int_equal(s.cbBlockSize, 0);
    assert_int_equal(s.cbSecurityTrailer, 16);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_STREAM_SIZES, &stream),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesExW(&p.server, SECPKG_ATTR_SIZES, &s, sizeof(s) - 1),
                     SEC_E_BUFFER_TOO_SMALL);
    app_close(&p);
}

static void
key_info(void **state)
{
    struct app_pair p = app_connect(ISC_SEAL, 0);
    SecPkgContext_KeyInfoW w;
    SecPkgContext_KeyInfoA a;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_KEY_INFO, &w), SEC_E_OK);
    app_assert_wide(w.sSignatureAlgorithmName, u"HMAC-MD5");
    app_assert_wide(w.sEncryptAlgorithmName, u"RSADSI RC4");
    assert_int_equal(w.KeySize, 128);
    assert_int_equal(w.SignatureAlgorithm, 0xffffff76);
    assert_int_equal(w.EncryptAlgorithm, 0x6801);
    assert_int_equal(FreeContextBuffer(w.sSignatureAlgorithmName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(w.sEncryptAlgorithmName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&p.client, SECPKG_ATTR_KEY_INFO, &a), SEC_E_OK);
    assert_string_equal(a.sSignatureAlgorithmName, "HMAC-MD5");
    assert_string_equal(a.sEncryptAlgorithmName, "RSADSI RC4");
    assert_int_equal(a.KeySize, 128);
    assert_int_equal(FreeContextBuffer(a.sSignatureAlgorithmName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(a.sEncryptAlgorithmName), SEC_E_OK);
    app_close(&p);
}

/* Both sides have the same session key, and no two connections have. */
static void
session_keys(void **state)
{
    struct app_pair p = app_connect(ISC_SEAL, 0), q = app_connect(ISC_SEAL, 0);
    SecPkgContext_SessionKey a, b, other;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_SESSION_KEY, &a), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_SESSION_KEY, &b), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&q.server, SECPKG_ATTR_SESSION_KEY, &other), SEC_E_OK);
    assert_int_equal(a.SessionKeyLength, 16);
    assert_int_equal(b.SessionKeyLength, 16);
    assert_memory_equal(a.SessionKey, b.SessionKey, 16);
    assert_memory_not_equal(a.SessionKey, other.SessionKey, 16);
    assert_int_equal(FreeContextBuffer(a.SessionKey), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(b.SessionKey), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(other.SessionKey), SEC_E_OK);
    app_close(&p);
    app_close(&q);
}

static void
names(void **state)
{
    struct app_pair p = app_connect(0, 0);
    SecPkgContext_NamesA a;
    SecPkgContext_NamesW w;
    const char *slash;
    size_t i = 0;

    (void)state;
    assert_int_equal(QueryContextAttributesA(&p.server, SECPKG_ATTR_NAMES, &a), SEC_E_OK);
    slash = strchr(a.sUserName, '\\');
    assert_non_null(slash);
    assert_string_equal(slash + 1, "J\xc3\xb6rg");
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NAMES, &w), SEC_E_OK);
    while (w.sUserName[i] != u'\\')
        i++;
    app_assert_wide(w.sUserName + i + 1, app_user);
    assert_int_equal(i, slash - a.sUserName);
    assert_int_equal(FreeContextBuffer(a.sUserName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(w.sUserName), SEC_E_OK);
    app_close(&p);
}

/* ---- messages ---------------------------------------------------------- */

struct message {
    uint8_t token[16];
    char data[32];
    SecBuffer b[2];
    SecBufferDesc d;
};

static void
message(struct message *m, const char *text, bool token_last)
{
    memset(m, 0, sizeof(*m));
    snprintf(m->data, sizeof(m->data), "%s", text);
    m->b[token_last] = (SecBuffer){ 16, SECBUFFER_TOKEN, m->token };
    m->b[!token_last] = (SecBuffer){ (ULONG)strlen(text), SECBUFFER_DATA, m->data };
    m->d = (SecBufferDesc){ SECBUFFER_VERSION, 2, m->b };
}

static void
signatures_both_ways(void **state)
{
    struct app_pair p = app_connect(ISC_SIGN, 0);
    struct message m;
    ULONG i, qop = 0x55;

    (void)state;
    for (i = 0; i < 6; i++) {
        CtxtHandle *from = i % 2 == 0 ? &p.client : &p.server;
        CtxtHandle *to = i % 2 == 0 ? &p.server : &p.client;

        /* The order of buffers in the array is free. */
        message(&m, "a message", i < 3);
        assert_int_equal(MakeSignature(from, 0, &m.d, 0), SEC_E_OK);
        assert_string_equal(m.data, "a message");
        assert_int_equal(VerifySignature(to, &m.d, 0, &qop), SEC_E_OK);
    }
    assert_int_equal(qop, 0x55);
    app_close(&p);
}

static void
altered_messages(void **state)
{
    struct app_pair p = app_connect(ISC_SIGN, 0);
    struct message m;

    (void)state;
    message(&m, "a message", false);
    assert_int_equal(MakeSignature(&p.client, 0, &m.d, 0), SEC_E_OK);
    m.data[0] ^= 1;
    assert_int_equal(VerifySignature(&p.server, &m.d, 0, NULL), SEC_E_MESSAGE_ALTERED);
    app_close(&p);
    p = app_connect(ISC_SEAL, 0);
    message(&m, "a message", false);
    assert_int_equal(EncryptMessage(&p.client, 0, &m.d, 0), SEC_E_OK);
    m.data[0] ^= 1;
    assert_int_equal(DecryptMessage(&p.server, &m.d, 0, NULL), SEC_E_MESSAGE_ALTERED);
    app_close(&p);
}

static void
a_message_without_a_token_buffer(void **state)
{
    struct app_pair p = app_connect(ISC_SIGN, 0);
    char data[] = "data";
    SecBuffer b = { 4, SECBUFFER_DATA, data };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };

    (void)state;
    assert_int_equal(MakeSignature(&p.client, 0, &d, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(VerifySignature(&p.client, &d, 0, NULL), SEC_E_INVALID_TOKEN);
    app_close(&p);
}

static void
sealing(void **state)
{
    struct app_pair p = app_connect(ISC_SEAL, 0);
    struct message m;
    unsigned i;

    (void)state;
    for (i = 0; i < 8; i++) {
        message(&m, "a secret message", i % 2 == 1);
        assert_int_equal(EncryptMessage(i < 4 ? &p.client : &p.server, 0, &m.d, 0), SEC_E_OK);
        assert_memory_not_equal(m.data, "a secret message", 16);
        assert_int_equal(DecryptMessage(i < 4 ? &p.server : &p.client, &m.d, 0, NULL), SEC_E_OK);
        assert_string_equal(m.data, "a secret message");
    }
    app_close(&p);
}

static void
nothing_negotiated(void **state)
{
    struct app_pair p = app_connect(0, 0);
    static const uint8_t dummy[16] = { 1 };
    struct message m;

    (void)state;
    message(&m, "data", false);
    assert_int_equal(EncryptMessage(&p.client, 0, &m.d, 0), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(MakeSignature(&p.client, 0, &m.d, 0), SEC_E_OK);
    assert_memory_equal(m.token, dummy, sizeof(dummy));
    app_close(&p);
}

/* The handshake's keys are in this process: the credential and the other side may go. */
static void
messages_outlive_the_other_side(void **state)
{
    struct app_pair p = app_connect(ISC_SEAL, 0);
    struct message m;

    (void)state;
    assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.server_cred), SEC_E_OK);
    message(&m, "still here", false);
    assert_int_equal(EncryptMessage(&p.client, 0, &m.d, 0), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&p.client), SEC_E_OK);
    assert_int_equal(DecryptMessage(&p.server, &m.d, 0, NULL), SEC_E_OK);
    assert_string_equal(m.data, "still here");
    assert_int_equal(DeleteSecurityContext(&p.server), SEC_E_OK);
    assert_int_equal(MakeSignature(&p.server, 0, &m.d, 0), SEC_E_INVALID_HANDLE);
}

/* ---- who is refused ---------------------------------------------------- */

static SECURITY_STATUS
try_logon(char16_t *user, char16_t *password)
{
    struct app_pair p;

    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(u"NTLM", user, password);
    p.server_cred = app_inbound(u"NTLM");
    app_handshake(&p, ISC_SIGN, 0);
    (void)DeleteSecurityContext(&p.client);
    (void)DeleteSecurityContext(&p.server);
    assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.server_cred), SEC_E_OK);
    return p.server_status;
}

static void
wrong_passwords(void **state)
{
    char16_t wrong[] = u"passw\u00f6rd", nobody[] = u"nobody", empty[] = u"";
    char16_t upper[] = u"J\u00d6RG";

    (void)state;
    assert_int_equal(try_logon(app_user, wrong), SEC_E_LOGON_DENIED);
    assert_int_equal(try_logon(nobody, app_password), SEC_E_LOGON_DENIED);
    assert_int_equal(try_logon(app_user, empty), SEC_E_LOGON_DENIED);
    /* User names have no case, passwords have. */
    assert_int_equal(try_logon(upper, app_password), SEC_E_OK);
}

/* Without pAuthData NTLM has nothing to initiate with (D11). */
static void
no_default_credentials(void **state)
{
    CredHandle cred;
    CtxtHandle h;
    struct app_token out;
    ULONG attributes;
    char16_t ntlm[] = u"NTLM";
    SECURITY_STATUS s = AcquireCredentialsHandleW(NULL, ntlm, SECPKG_CRED_OUTBOUND, NULL, NULL,
                                                  NULL, NULL, &cred, NULL);

    (void)state;
    if (s == SEC_E_OK) {
        app_token_empty(&out);
        s = InitializeSecurityContextW(&cred, NULL, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0,
                                       &h, &out.desc, &attributes, NULL);
        assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
    }
    assert_int_equal(s, SEC_E_NO_CREDENTIALS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(key_info),
        cmocka_unit_test(session_keys),
        cmocka_unit_test(names),
        cmocka_unit_test(signatures_both_ways),
        cmocka_unit_test(altered_messages),
        cmocka_unit_test(a_message_without_a_token_buffer),
        cmocka_unit_test(sealing),
        cmocka_unit_test(nothing_negotiated),
        cmocka_unit_test(messages_outlive_the_other_side),
        cmocka_unit_test(wrong_passwords),
        cmocka_unit_test(no_default_credentials),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return result;
}
