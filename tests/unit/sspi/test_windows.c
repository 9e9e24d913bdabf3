/* The functions of windows.h: SIDs, errors, LUIDs; and the peer's address of the thread. */
#include "unit.h"

#include "sspi/thread.h"

#include "sspi.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>

/* S-1-5-21-1-2-3-500 (MS-DTYP 2.4.2.2). */
static uint8_t admin[28] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0,
                             2, 0, 0, 0, 3, 0, 0, 0, 0xf4, 1, 0, 0 };

static void
sids(void **state)
{
    uint8_t copy[28], other[28];
    uint8_t bad[8] = { 2, 0, 0, 0, 0, 0, 0, 5 };

    (void)state;
    assert_true(IsValidSid(admin));
    assert_false(IsValidSid(bad));
    assert_false(IsValidSid(NULL));
    bad[0] = 1;
    bad[1] = 16;
    assert_false(IsValidSid(bad));
    assert_int_equal(GetLengthSid(admin), 28);
    assert_true(CopySid(sizeof(copy), copy, admin));
    assert_true(EqualSid(copy, admin));
    memcpy(other, admin, sizeof(other));
    other[24] = 0xf5;
    assert_false(EqualSid(other, admin));
    SetLastError(0);
    assert_false(CopySid(27, copy, admin));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_false(CopySid(sizeof(copy), copy, bad));
    assert_int_equal(GetLastError(), ERROR_INVALID_SID);
}

static void
sids_as_text(void **state)
{
    static const char16_t want[] = u"S-1-5-21-1-2-3-500";
    WCHAR *text = NULL;
    size_t i;

    (void)state;
    assert_true(ConvertSidToStringSidW(admin, &text));
    for (i = 0; i < UNIT_COUNT(want); i++)
        assert_int_equal(text[i], want[i]);
    assert_null(LocalFree(text));
    assert_null(LocalFree(NULL));
    assert_false(ConvertSidToStringSidW(NULL, &text));
    assert_int_equal(GetLastError(), ERROR_INVALID_SID);
    assert_false(ConvertSidToStringSidW(admin, NULL));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void *
other_thread(void *arg)
{
    (void)arg;
    return (void *)(uintptr_t)GetLastError();
}

static void
errors_belong_to_threads(void **state)
{
    pthread_t t;
    void *theirs;

    (void)state;
    SetLastError(77);
    assert_int_equal(pthread_create(&t, NULL, other_thread, NULL), 0);
    pthread_join(t, &theirs);
    assert_int_equal((uintptr_t)theirs, 0);
    assert_int_equal(GetLastError(), 77);
}

static void
luids_differ(void **state)
{
    LUID a, b;

    (void)state;
    assert_true(AllocateLocallyUniqueId(&a));
    assert_true(AllocateLocallyUniqueId(&b));
    assert_true(a.LowPart != b.LowPart || a.HighPart != b.HighPart);
    assert_true(a.HighPart >= 0);
    assert_false(AllocateLocallyUniqueId(NULL));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

static void
assert_peer(const char *want)
{
    const struct sspi_thread *t = sspi_thread_get();

    assert_int_equal(t->peer_address_length, strlen(want));
    assert_memory_equal(t->peer_address, want, strlen(want));
}

static void
peer_addresses(void **state)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    UCHAR text[] = "192.0.2.1", evil[] = "192.0.2.1\nlevel=info";
    UCHAR longest[SSPI_PEER_ADDRESS_MAX + 1];
    BOOLEAN mine = 9;

    (void)state;
    assert_int_equal(SecAllocateAndSetIPAddress(text, 9, &mine), SEC_E_OK);
    assert_int_equal(mine, TRUE);
    assert_peer("192.0.2.1");
    assert_int_equal(SecAllocateAndSetIPAddress(text, 10, &mine), SEC_E_OK);
    assert_int_equal(mine, FALSE);
    assert_peer("192.0.2.1");
    inet_pton(AF_INET, "198.51.100.7", &v4.sin_addr);
    assert_int_equal(SecAllocateAndSetIPAddress((UCHAR *)&v4, sizeof(v4), NULL), SEC_E_OK);
    assert_peer("198.51.100.7");
    inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
    assert_int_equal(SecAllocateAndSetCallTarget((UCHAR *)&v6, sizeof(v6), NULL, NULL), SEC_E_OK);
    assert_peer("2001:db8::1");
    /* It goes into a log line. */
    assert_int_equal(SecAllocateAndSetIPAddress(evil, sizeof(evil) - 1, NULL),
                     SEC_E_INVALID_PARAMETER);
    memset(longest, 'a', sizeof(longest));
    assert_int_equal(SecAllocateAndSetIPAddress(longest, sizeof(longest), NULL),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SecAllocateAndSetIPAddress(NULL, 4, NULL), SEC_E_INVALID_PARAMETER);
    SecFreeCallContext();
    assert_peer("");
}

static void
the_table(void **state)
{
    PSecurityFunctionTableW w = InitSecurityInterfaceW();
    PSecurityFunctionTableA a = InitSecurityInterfaceA();
    void *const *slot = (void *const *)(void *)w;
    size_t i;

    (void)state;
    assert_int_equal(w->dwVersion, 1);
    assert_int_equal(a->dwVersion, 1);
    assert_ptr_equal(w, InitSecurityInterfaceW());
    assert_null(w->Reserved2);
    assert_null(a->Reserved2);
    assert_null(w->Reserved8);
    assert_ptr_equal(w->Reserved3, (void *)(uintptr_t)EncryptMessage);
    assert_ptr_equal(a->Reserved4, (void *)(uintptr_t)DecryptMessage);
    assert_ptr_equal(w->QueryCredentialsAttributesExW, QueryCredentialsAttributesExW);
    assert_ptr_equal(a->QueryCredentialsAttributesExA, QueryCredentialsAttributesExA);
    /* Every slot but 5 and 23, the reserved ones. */
    for (i = 1; i < sizeof(*w) / sizeof(void *); i++)
        assert_int_equal(slot[i] == NULL, i == 5 || i == 23);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sids),
        cmocka_unit_test(sids_as_text),
        cmocka_unit_test(errors_belong_to_threads),
        cmocka_unit_test(luids_differ),
        cmocka_unit_test(peer_addresses),
        cmocka_unit_test(the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
