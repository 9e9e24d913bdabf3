/*
 * QueryContextAttributes and GetContextToken of the user half: Windows's
 * numbers, strings that are the caller's to free, and no memory.
 */
#include "fake_user.h"

#include "base/filetime.h"


static void
assert_text(const SEC_WCHAR *got, const char16_t *want)
{
    size_t i = 0;

    for (; want[i] != 0; i++)
        assert_int_equal(got[i], want[i]);
    assert_int_equal(got[i], 0);
}

static NTSTATUS
query(LSA_SEC_HANDLE h, ULONG attribute, void *buffer)
{
    return fake.user->QueryContextAttributes(h, attribute, buffer);
}

/* Every cut and every lengthening of each format; of format 4 nothing is known. */
static void
only_whole_context_data_is_read(void **state)
{
    uint8_t bytes[512] = { 0 };
    struct ntlm_context_data d = {
        .role = NTLM_ROLE_INITIATOR, .account = view_of(u"a", 2), .target = view_of(u"t", 2),
        .facts = NTLM_FACT_LOOPBACK, .user_flags = 0x100, .target_info = view_of("info", 4),
        .send_sequence = 1, .receive_sequence = 7,
    }, got;

    (void)state;
    for (d.format = 1; d.format <= 4; d.format++) {
        struct wr w = wr_init(bytes, sizeof(bytes));

        ntlm_context_data_build(&w, &d);
        assert_int_equal(w.len, ntlm_context_data_size(&d));
        for (size_t n = 0; n < w.len + 4; n++) {
            if (n != w.len || d.format == 4)
                assert_int_not_equal(ntlm_context_data_parse(view_of(bytes, n), &got), 0);
        }
        if (d.format == 4)
            break;
        assert_int_equal(ntlm_context_data_parse(view_of(bytes, w.len), &got), 0);
        assert_int_equal(got.facts, NTLM_FACT_LOOPBACK);
        assert_int_equal(got.user_flags, d.format >= 2 ? 0x100 : 0);
        assert_int_equal(got.target_info.n, d.format >= 2 ? 4 : 0);
        assert_int_equal(got.send_sequence, d.format >= 3 ? 1 : 0);
        assert_int_equal(got.receive_sequence, d.format >= 3 ? 7 : 0);
    }
}

static void
numbers_are_reported(void **state)
{
    SecPkgContext_StreamSizes stream;
    SecPkgContext_AccessToken token;
    SecPkgContext_Lifespan span;
    SecPkgContext_Sizes sizes;
    SecPkgContext_Flags flags;
    HANDLE handle = NULL;

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    assert_int_equal(query(SERVER, SECPKG_ATTR_SIZES, &sizes), STATUS_SUCCESS);
    assert_int_equal(sizes.cbMaxToken, 2888);
    assert_int_equal(sizes.cbMaxSignature, 16);
    assert_int_equal(sizes.cbBlockSize, 0);
    assert_int_equal(sizes.cbSecurityTrailer, 16);
    assert_int_equal(query(SERVER, SECPKG_ATTR_FLAGS, &flags), STATUS_SUCCESS);
    assert_int_equal(flags.Flags, USER_DETECTS_ALL);
    assert_int_equal(query(SERVER, SECPKG_ATTR_LIFESPAN, &span), STATUS_SUCCESS);
    assert_int_equal(span.tsStart.QuadPart, 5);
    assert_int_equal(span.tsExpiry.QuadPart, FILETIME_NEVER);
    assert_int_equal(query(SERVER, SECPKG_ATTR_ACCESS_TOKEN, &token), STATUS_SUCCESS);
    assert_int_equal((uintptr_t)token.AccessToken, 0x99);
    assert_int_equal(fake.user->GetContextToken(SERVER, &handle), STATUS_SUCCESS);
    assert_int_equal((uintptr_t)handle, 0x99);
    assert_int_equal(fake.user->GetContextToken(CLIENT, &handle), SEC_E_NO_IMPERSONATION);
    assert_int_equal(query(CLIENT, SECPKG_ATTR_ACCESS_TOKEN, &token), SEC_E_NO_IMPERSONATION);
    assert_int_equal(query(SERVER, SECPKG_ATTR_STREAM_SIZES, &stream),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(query(SERVER, 9999, &stream), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(query(SERVER, SECPKG_ATTR_SIZES, NULL), SEC_E_INVALID_PARAMETER);
    user_pair_delete();
}

static void
names_and_keys_are_reported(void **state)
{
    SecPkgContext_ClientSpecifiedTarget claim;
    SecPkgContext_NegotiationInfoW nego;
    SecPkgContext_PackageInfoW package;
    SecPkgContext_AuthorityW authority;
    SecPkgContext_SessionKey key;
    SecPkgContext_KeyInfoW info;
    SecPkgContext_NamesW names;
    SecPkgContext_Target target;

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    assert_int_equal(query(SERVER, SECPKG_ATTR_NAMES, &names), STATUS_SUCCESS);
    assert_text(names.sUserName, u"DOM\\user");
    fake_heap_free(names.sUserName);
    assert_int_equal(query(SERVER, SECPKG_ATTR_AUTHORITY, &authority), STATUS_SUCCESS);
    assert_text(authority.sAuthorityName, u"DOM");
    fake_heap_free(authority.sAuthorityName);
    assert_int_equal(query(CLIENT, SECPKG_ATTR_SESSION_KEY, &key), STATUS_SUCCESS);
    assert_int_equal(key.SessionKeyLength, 16);
    user_assert_row(key.SessionKey, "common.RandomSessionKey");
    fake_heap_free(key.SessionKey);
    assert_int_equal(query(SERVER, SECPKG_ATTR_KEY_INFO, &info), STATUS_SUCCESS);
    assert_text(info.sSignatureAlgorithmName, u"HMAC-MD5");
    assert_text(info.sEncryptAlgorithmName, u"RSADSI RC4");
    assert_int_equal(info.KeySize, 128);
    assert_int_equal(info.SignatureAlgorithm, 0xffffff76);
    assert_int_equal(info.EncryptAlgorithm, 0x6801);
    fake_heap_free(info.sSignatureAlgorithmName);
    fake_heap_free(info.sEncryptAlgorithmName);
    assert_int_equal(query(SERVER, SECPKG_ATTR_PACKAGE_INFO, &package), STATUS_SUCCESS);
    assert_text(package.PackageInfo->Name, u"NTLM");
    fake_heap_free(package.PackageInfo);
    assert_int_equal(query(CLIENT, SECPKG_ATTR_NEGOTIATION_INFO, &nego), STATUS_SUCCESS);
    assert_int_equal(nego.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    assert_text(nego.PackageInfo->Comment, u"NTLM Security Package");
    fake_heap_free(nego.PackageInfo);
    assert_int_equal(query(SERVER, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &claim), STATUS_SUCCESS);
    assert_text(claim.sTargetName, u"HTTP/h\u00e9");
    fake_heap_free(claim.sTargetName);
    assert_int_equal(query(CLIENT, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &claim),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(query(CLIENT, SECPKG_ATTR_TARGET, &target), STATUS_SUCCESS);
    assert_int_equal(target.TargetLength, 8);
    assert_string_equal(target.Target, "HTTP/h\xc3\xa9");
    fake_heap_free(target.Target);
    user_pair_delete();
}

/* Out of memory at each attribute: an error, and nothing left behind (the teardown counts). */
static void
full_heaps_are_survived(void **state)
{
    static const ULONG attributes[] = {
        SECPKG_ATTR_NAMES, SECPKG_ATTR_AUTHORITY, SECPKG_ATTR_SESSION_KEY, SECPKG_ATTR_KEY_INFO,
        SECPKG_ATTR_PACKAGE_INFO, SECPKG_ATTR_NEGOTIATION_INFO, SECPKG_ATTR_TARGET,
        SECPKG_ATTR_CLIENT_SPECIFIED_TARGET,
    };
    uint8_t room[64];

    (void)state;
    user_pair_make(FLAGS_V2, USER_DETECTS_ALL);
    fake.heap_left = 0;
    for (size_t i = 0; i < UNIT_COUNT(attributes); i++)
        assert_int_equal(query(SERVER, attributes[i], room), SEC_E_INSUFFICIENT_MEMORY);
    fake.heap_left = -1;
    user_pair_delete();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_whole_context_data_is_read),
        TEST(numbers_are_reported),
        TEST(names_and_keys_are_reported),
        TEST(full_heaps_are_survived),
    };

    return cmocka_run_group_tests_name("ntlm.attributes", tests, NULL, NULL);
}
