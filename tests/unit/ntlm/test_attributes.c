/*
 * QueryContextAttributes and GetContextToken of the user half: Windows's
 * numbers, strings that are the caller's to free, and no memory.
 */
#include "fake_lsa.h"
#include "vectors.h"

#include "base/filetime.h"
#include "packages/ntlm/protect/context_data.h"

#define FILE_NAME "ntlm-vectors.tsv"
#define FLAGS_V2 0xe2888235u            /* 4.2.4: KEY_EXCH, 56, 128, ESS, SEAL, SIGN */

enum { CLIENT = 0x1001, SERVER = 0x1002 };

static size_t
row(const char *name, uint8_t *room)
{
    return vector_get(FILE_NAME, name, room, 512);
}

/* Makes a user-mode context as the LSA half would. */
static void
context_make(LSA_SEC_HANDLE handle, enum ntlm_role role, uint32_t flags, const uint8_t key[16])
{
    uint8_t bytes[512];
    struct wr w = wr_init(bytes, sizeof(bytes));
    struct ntlm_context_data d = {
        .role = (uint8_t)role,
        .flags = flags,
        .attributes = 0x1234,
        .token = role == NTLM_ROLE_ACCEPTOR ? 0x99 : 0,
        .start = 5,
        .expiry = FILETIME_NEVER,
        .account = view_of(u"DOM\\user", 16),
        .target = view_of(u"HTTP/h\u00e9", 14),
    };
    SecBuffer packed;

    memcpy(d.session_key, key, 16);
    ntlm_context_data_build(&w, &d);
    assert_int_equal(w.len, ntlm_context_data_size(&d));
    packed = (SecBuffer){ (ULONG)w.len, SECBUFFER_TOKEN, bytes };
    assert_int_equal(fake.user->InitUserModeContext(handle, &packed), STATUS_SUCCESS);
    assert_ptr_equal(packed.pvBuffer, bytes);
    memset(bytes, 0, sizeof(bytes));    /* the half has its own copy */
}

static void
pair_make(uint32_t flags)
{
    uint8_t key[16];

    assert_int_equal(row("common.RandomSessionKey", key), 16);
    context_make(CLIENT, NTLM_ROLE_INITIATOR, flags, key);
    context_make(SERVER, NTLM_ROLE_ACCEPTOR, flags, key);
}

static void
pair_delete(void)
{
    assert_int_equal(fake.user->DeleteUserModeContext(CLIENT), STATUS_SUCCESS);
    assert_int_equal(fake.user->DeleteUserModeContext(SERVER), STATUS_SUCCESS);
}

static void
assert_row(const uint8_t *got, const char *name)
{
    uint8_t want[512];
    size_t n = row(name, want);

    assert_memory_equal(got, want, n);
}

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
    pair_make(FLAGS_V2);
    assert_int_equal(query(SERVER, SECPKG_ATTR_SIZES, &sizes), STATUS_SUCCESS);
    assert_int_equal(sizes.cbMaxToken, 2888);
    assert_int_equal(sizes.cbMaxSignature, 16);
    assert_int_equal(sizes.cbBlockSize, 0);
    assert_int_equal(sizes.cbSecurityTrailer, 16);
    assert_int_equal(query(SERVER, SECPKG_ATTR_FLAGS, &flags), STATUS_SUCCESS);
    assert_int_equal(flags.Flags, 0x1234);
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
    pair_delete();
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
    pair_make(FLAGS_V2);
    assert_int_equal(query(SERVER, SECPKG_ATTR_NAMES, &names), STATUS_SUCCESS);
    assert_text(names.sUserName, u"DOM\\user");
    fake_heap_free(names.sUserName);
    assert_int_equal(query(SERVER, SECPKG_ATTR_AUTHORITY, &authority), STATUS_SUCCESS);
    assert_text(authority.sAuthorityName, u"DOM");
    fake_heap_free(authority.sAuthorityName);
    assert_int_equal(query(CLIENT, SECPKG_ATTR_SESSION_KEY, &key), STATUS_SUCCESS);
    assert_int_equal(key.SessionKeyLength, 16);
    assert_row(key.SessionKey, "common.RandomSessionKey");
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
    pair_delete();
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
    pair_make(FLAGS_V2);
    fake.heap_left = 0;
    for (size_t i = 0; i < UNIT_COUNT(attributes); i++)
        assert_int_equal(query(SERVER, attributes[i], room), SEC_E_INSUFFICIENT_MEMORY);
    fake.heap_left = -1;
    pair_delete();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_are_reported),
        TEST(names_and_keys_are_reported),
        TEST(full_heaps_are_survived),
    };

    return cmocka_run_group_tests_name("ntlm.attributes", tests, NULL, NULL);
}
