/* What QueryContextAttributes says of a finished context, and what comes of no memory. */
#include "user_pair.h"

#include "opensspi.h"

static void
check_text(SEC_WCHAR *got, const char16_t *want)
{
    size_t n = 0;

    while (want[n] != 0)
        n++;
    assert_memory_equal(got, want, (n + 1) * sizeof(*want));
    heap_free(got);
}

static void
test_attributes(void **state)
{
    SecPkgContext_NamesW names;
    SecPkgContext_NativeNamesW native;
    SecPkgContext_AuthorityW authority;
    SecPkgContext_ClientSpecifiedTarget claimed;
    SecPkgContext_KeyInfoW info;
    SecPkgContext_SessionKey key;
    SecPkgContext_Target target;
    SecPkgContext_AuthzID id;
    opensspi_pac pac;
    SecPkgContext_Lifespan life;
    SecPkgContext_LogoffTime logoff;
    SecPkgContext_Flags flags;
    SecPkgContext_AccessToken token;
    HANDLE handle = NULL;

    (void)state;
    pair_make(AES256);
#define QUERY(attribute, out) \
    assert_int_equal(user->QueryContextAttributes(ACCEPTOR, SECPKG_ATTR_##attribute, out), 0)
    QUERY(NAMES, &names);
    check_text(names.sUserName, u"DOM\\user");
    QUERY(NATIVE_NAMES, &native);
    check_text(native.sClientName, u"user@R");
    check_text(native.sServerName, u"host/s@R");
    QUERY(AUTHORITY, &authority);
    check_text(authority.sAuthorityName, u"DOM");
    QUERY(CLIENT_SPECIFIED_TARGET, &claimed);
    check_text(claimed.sTargetName, u"HTTP/s\u00e9");
    QUERY(TARGET, &target);
    assert_int_equal(target.TargetLength, 8);
    assert_memory_equal(target.Target, "HTTP/s\xc3\xa9", 8);
    heap_free(target.Target);
    QUERY(AUTHENTICATION_ID, &id);
    assert_int_equal(id.AuthzIDLength, 6);
    assert_string_equal(id.AuthzID, "user@R");
    heap_free(id.AuthzID);
    assert_int_equal(user->QueryContextAttributes(ACCEPTOR, OPENSSPI_ATTR_PAC, &pac), 0);
    assert_int_equal(pac.length, 3);
    assert_memory_equal(pac.data, "pac", 3);
    heap_free(pac.data);
    QUERY(KEY_INFO, &info);
    check_text(info.sEncryptAlgorithmName, u"AES-256-CTS-HMAC-SHA1-96");
    check_text(info.sSignatureAlgorithmName, u"HMAC-SHA1-96-AES256");
    assert_int_equal(info.KeySize, 256);
    assert_int_equal(info.EncryptAlgorithm, KRB_ENCTYPE_AES256_SHA1);
    assert_int_equal(info.SignatureAlgorithm, KRB_CKSUM_AES256_SHA1);
    QUERY(SESSION_KEY, &key);
    assert_int_equal(key.SessionKeyLength, 32);
    assert_memory_equal(key.SessionKey, keys[1].bytes, 32);
    heap_free(key.SessionKey);
    QUERY(LIFESPAN, &life);
    assert_int_equal(life.tsStart.QuadPart, START);
    assert_int_equal(life.tsExpiry.QuadPart, EXPIRY);
    QUERY(LOGOFF_TIME, &logoff);
    assert_int_equal(logoff.tsLogoffTime.QuadPart, LOGOFF);
    QUERY(FLAGS, &flags);
    assert_int_equal(flags.Flags, 0x1234);
    QUERY(ACCESS_TOKEN, &token);
    assert_ptr_equal(token.AccessToken, (void *)(uintptr_t)TOKEN_HANDLE);
    assert_int_equal(user->GetContextToken(ACCEPTOR, &handle), STATUS_SUCCESS);
    assert_ptr_equal(handle, (void *)(uintptr_t)TOKEN_HANDLE);
    pair_delete();
}

static void
test_package_attributes(void **state)
{
    SecPkgContext_PackageInfoW package;
    SecPkgContext_NegotiationInfoW negotiation;

    (void)state;
    pair_make(AES256);
    QUERY(PACKAGE_INFO, &package);
    assert_memory_equal(package.PackageInfo->Name, u"Kerberos", 18);
    assert_int_equal(package.PackageInfo->wRPCID, 16);
    heap_free(package.PackageInfo);
    QUERY(NEGOTIATION_INFO, &negotiation);
    assert_int_equal(negotiation.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    heap_free(negotiation.PackageInfo);
    pair_delete();
}

/* What an initiator has not, what is no attribute, and no memory: nothing written, none lost. */
static void
test_attributes_refused(void **state)
{
    static const ULONG ids[] = {
        SECPKG_ATTR_NAMES, SECPKG_ATTR_NATIVE_NAMES, SECPKG_ATTR_AUTHORITY, SECPKG_ATTR_KEY_INFO,
        SECPKG_ATTR_SESSION_KEY, SECPKG_ATTR_PACKAGE_INFO, SECPKG_ATTR_TARGET,
        SECPKG_ATTR_AUTHENTICATION_ID, OPENSSPI_ATTR_PAC,
    };
    uint8_t room[64];
    HANDLE handle;

    (void)state;
    pair_make(AES256);
#define REFUSED(attribute, status) \
    assert_int_equal(user->QueryContextAttributes(INITIATOR, attribute, room), status)
    REFUSED(SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, SEC_E_UNSUPPORTED_FUNCTION);
    REFUSED(SECPKG_ATTR_ACCESS_TOKEN, SEC_E_NO_IMPERSONATION);
    REFUSED(OPENSSPI_ATTR_PAC, SEC_E_UNSUPPORTED_FUNCTION);
    REFUSED(SECPKG_ATTR_STREAM_SIZES, SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(user->GetContextToken(INITIATOR, &handle), SEC_E_NO_IMPERSONATION);
    assert_int_equal(user->QueryContextAttributes(INITIATOR, 0, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(user->QueryContextAttributes(0x4444, 0, room), SEC_E_INVALID_HANDLE);
    for (size_t i = 0; i < UNIT_COUNT(ids); i++) {
        for (heap_left = 0; heap_left < 2; heap_left++) {
            long left = heap_left, was = heap;
            NTSTATUS st = user->QueryContextAttributes(ACCEPTOR, ids[i], room);

            heap_left = left;
            if (left == 0 || st != STATUS_SUCCESS) {
                assert_int_equal(st, SEC_E_INSUFFICIENT_MEMORY);
                assert_int_equal(heap, was);
            } else {
                heap_free(*(void **)(room + (ids[i] == SECPKG_ATTR_SESSION_KEY ||
                                             ids[i] == SECPKG_ATTR_AUTHENTICATION_ID ||
                                             ids[i] == SECPKG_ATTR_TARGET ? 8 : 0)));
            }
        }
    }
    heap_left = -1;
    pair_delete();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_package_attributes),
        cmocka_unit_test(test_attributes_refused),
    };

    return cmocka_run_group_tests(tests, user_start, NULL);
}
