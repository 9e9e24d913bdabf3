/* pAuthData: which form, which memory; and the Sspi* helpers on all forms. */
#include "unit.h"

#include "sspi/auth_identity.h"
#include "sspi/identity.h"

#include "sspi.h"

static char16_t user[] = u"J\u00f6rg", domain[] = u"EXAMPLE", password[] = u"secret";
static unsigned char auser[] = "Jorg", adomain[] = "EXAMPLE", apassword[] = "secret";

static unsigned short *
w(char16_t *s)
{
    return (unsigned short *)s;
}

static SEC_WINNT_AUTH_IDENTITY_W
plain(void)
{
    return (SEC_WINNT_AUTH_IDENTITY_W){ w(user), 4, w(domain), 7, w(password), 6,
                                        SEC_WINNT_AUTH_IDENTITY_UNICODE };
}

static void
assert_range(const struct ipc_range *r, const void *p, size_t n)
{
    assert_int_equal(r->address, (uint64_t)(uintptr_t)p);
    assert_int_equal(r->bytes.n, n);
    assert_ptr_equal(r->bytes.p, p);
}

static void
plain_wide(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    struct ipc_ranges r;

    (void)state;
    assert_int_equal(sspi_identity_form_of(&id), SSPI_IDENTITY_PLAIN);
    assert_int_equal(sspi_identity_gather(&id, SSPI_IDENTITY_PLAIN, &r), SEC_E_OK);
    assert_int_equal(r.count, 4);
    assert_range(&r.v[0], &id, 48);
    assert_range(&r.v[1], user, 8);
    assert_range(&r.v[2], domain, 14);
    assert_range(&r.v[3], password, 12);
}

static void
plain_narrow(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_A id = { auser, 4, adomain, 7, apassword, 6,
                                     SEC_WINNT_AUTH_IDENTITY_ANSI };
    struct ipc_ranges r;

    (void)state;
    assert_int_equal(sspi_identity_form_of(&id), SSPI_IDENTITY_PLAIN);
    assert_int_equal(sspi_identity_gather(&id, SSPI_IDENTITY_PLAIN, &r), SEC_E_OK);
    assert_int_equal(r.count, 4);
    assert_range(&r.v[1], auser, 4);
    assert_range(&r.v[3], apassword, 6);
}

static void
absent_strings_are_not_sent(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    struct ipc_ranges r;

    (void)state;
    id.Domain = NULL;
    id.DomainLength = 0;
    id.PasswordLength = 0;
    assert_int_equal(sspi_identity_gather(&id, SSPI_IDENTITY_PLAIN, &r), SEC_E_OK);
    assert_int_equal(r.count, 2);
}

static void
lengths_are_bounded(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    struct ipc_ranges r;

    (void)state;
    id.UserLength = SSPI_IDENTITY_STRING_MAX / 2 + 1;
    assert_int_equal(sspi_identity_gather(&id, SSPI_IDENTITY_PLAIN, &r), SEC_E_INVALID_PARAMETER);
    id.UserLength = UINT32_MAX;
    assert_int_equal(sspi_identity_gather(&id, SSPI_IDENTITY_PLAIN, &r), SEC_E_INVALID_PARAMETER);
    id = plain();
    id.Password = NULL;
    assert_int_equal(sspi_identity_gather(&id, SSPI_IDENTITY_PLAIN, &r), SEC_E_INVALID_PARAMETER);
    assert_int_equal(r.count, 0);
}

static void
extended(void **state)
{
    char16_t list[] = u"!Kerberos";
    SEC_WINNT_AUTH_IDENTITY_EXW id = {
        SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof(id), w(user), 4, w(domain), 7, w(password), 6,
        SEC_WINNT_AUTH_IDENTITY_UNICODE, w(list), 9,
    };
    struct ipc_ranges r;

    (void)state;
    assert_int_equal(sspi_identity_form_of(&id), SSPI_IDENTITY_EX);
    assert_int_equal(sspi_identity_gather(&id, SSPI_IDENTITY_EX, &r), SEC_E_OK);
    assert_int_equal(r.count, 5);
    assert_range(&r.v[0], &id, 72);
    assert_range(&r.v[4], list, 18);
    /* A wrong length: a plain form whose User pointer ends in 0x200 looks like this. */
    id.Length = 71;
    assert_int_not_equal(sspi_identity_form_of(&id), SSPI_IDENTITY_EX);
}

static void
contiguous(void **state)
{
    _Alignas(8) uint8_t block[128] = { 0 };
    SEC_WINNT_AUTH_IDENTITY_EX2 *id = (SEC_WINNT_AUTH_IDENTITY_EX2 *)block;
    struct ipc_ranges r;

    (void)state;
    id->Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2;
    id->cbHeaderLength = sizeof(*id);
    id->cbStructureLength = 120;
    assert_int_equal(sspi_identity_form_of(block), SSPI_IDENTITY_EX2);
    assert_int_equal(sspi_identity_gather(block, SSPI_IDENTITY_EX2, &r), SEC_E_OK);
    assert_int_equal(r.count, 1);
    assert_range(&r.v[0], block, 120);
    id->cbStructureLength = SSPI_IDENTITY_BLOCK_MAX + 1;
    assert_int_not_equal(sspi_identity_form_of(block), SSPI_IDENTITY_EX2);
}

/* Schannel's structure, for example: its members must not be followed as pointers. */
static void
others_are_unknown(void **state)
{
    _Alignas(8) uint8_t schannel_cred[80] = { 4, 0, 0, 0, 1, 0, 0, 0, 0x10, 0x20 };
    SEC_WINNT_AUTH_IDENTITY_W id = plain();

    (void)state;
    assert_int_equal(sspi_identity_form_of(schannel_cred), SSPI_IDENTITY_UNKNOWN);
    id.Flags = 0;
    assert_int_equal(sspi_identity_form_of(&id), SSPI_IDENTITY_UNKNOWN);
    id.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE;
    assert_int_equal(sspi_identity_form_of(&id), SSPI_IDENTITY_UNKNOWN);
    id.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | 0x00800000u;
    assert_int_equal(sspi_identity_form_of(&id), SSPI_IDENTITY_UNKNOWN);
}

/* ---- Sspi* helpers ----------------------------------------------------- */

static void
assert_wide(PCWSTR have, const char16_t *want)
{
    size_t i = 0;

    assert_non_null(have);
    do
        assert_int_equal(have[i], want[i]);
    while (want[i++] != 0);
}

static void
assert_decodes(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id)
{
    PCWSTR u, d, p;

    assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, &u, &d, &p), SEC_E_OK);
    assert_wide(u, user);
    assert_wide(d, domain);
    assert_wide(p, password);
    SspiLocalFree((void *)(uintptr_t)u);
    SspiLocalFree((void *)(uintptr_t)d);
    SspiLocalFree((void *)(uintptr_t)p);
}

static void
strings_go_in_and_come_out(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id, copy;
    struct ipc_ranges r;

    (void)state;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(user, domain, password, &id), SEC_E_OK);
    assert_int_equal(SspiValidateAuthIdentity(id), SEC_E_OK);
    assert_decodes(id);
    /* What a package will see of it. */
    assert_int_equal(sspi_identity_form_of(id), SSPI_IDENTITY_EX);
    assert_int_equal(sspi_identity_gather(id, SSPI_IDENTITY_EX, &r), SEC_E_OK);
    assert_int_equal(r.count, 4);
    assert_int_equal(SspiCopyAuthIdentity(id, &copy), SEC_E_OK);
    SspiFreeAuthIdentity(id);
    assert_decodes(copy);
    SspiFreeAuthIdentity(copy);
    SspiFreeAuthIdentity(NULL);
}

static void
all_null_is_refused(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id = NULL;
    PCWSTR u, d;

    (void)state;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, &id), SEC_E_INVALID_TOKEN);
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, NULL), SEC_E_INVALID_TOKEN);
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(user, NULL, NULL, &id), SEC_E_OK);
    assert_int_equal(SspiEncodeAuthIdentityAsStrings(id, &u, &d, NULL), SEC_E_OK);
    assert_wide(u, user);
    assert_null(d);
    SspiLocalFree((void *)(uintptr_t)u);
    SspiFreeAuthIdentity(id);
}

static void
every_form_is_read(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    unsigned char utf8[] = "J\xc3\xb6rg";
    SEC_WINNT_AUTH_IDENTITY_A narrow = { utf8, 5, adomain, 7, apassword, 6,
                                         SEC_WINNT_AUTH_IDENTITY_ANSI };

    (void)state;
    assert_decodes(&id);
    assert_decodes(&narrow);
    utf8[1] = 0xff;
    assert_int_equal(SspiValidateAuthIdentity(&narrow), SEC_E_INVALID_TOKEN);
}

static void
bytes_travel(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE back;
    char *bytes;
    ULONG n, i;

    (void)state;
    assert_int_equal(SspiMarshalAuthIdentity(&id, &n, &bytes), SEC_E_OK);
    /* They are an identity themselves, of the form without pointers. */
    assert_int_equal(sspi_identity_form_of(bytes), SSPI_IDENTITY_EX2);
    assert_decodes(bytes);
    assert_int_equal(SspiUnmarshalAuthIdentity(n, bytes, &back), SEC_E_OK);
    assert_decodes(back);
    SspiFreeAuthIdentity(back);
    /* Cut anywhere, they are refused. */
    for (i = 0; i < n; i++) {
        char *cut = malloc(i + 1);

        memcpy(cut, bytes, i);
        assert_int_equal(SspiUnmarshalAuthIdentity(i, cut, &back), SEC_E_INVALID_TOKEN);
        free(cut);
    }
    SspiLocalFree(bytes);
}

/* Any single byte changed: accepted or refused, but read within its bounds (ASan watches). */
static void
changed_bytes_do_no_harm(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    char *bytes, *changed;
    ULONG n, i;
    unsigned accepted = 0, refused = 0;

    (void)state;
    assert_int_equal(SspiMarshalAuthIdentity(&id, &n, &bytes), SEC_E_OK);
    changed = malloc(n);
    for (i = 0; i < n; i++) {
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE back = NULL;
        SECURITY_STATUS s;

        memcpy(changed, bytes, n);
        changed[i] = (char)(changed[i] ^ 0xff);
        s = SspiUnmarshalAuthIdentity(n, changed, &back);
        accepted += s == SEC_E_OK;
        refused += s == SEC_E_INVALID_TOKEN;
        SspiFreeAuthIdentity(back);
    }
    assert_int_equal(accepted + refused, n);
    assert_true(accepted > 0 && refused > 0);
    free(changed);
    SspiLocalFree(bytes);
}

static void
zeroing_takes_the_password(void **state)
{
    char16_t secret[] = u"secret";
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    unsigned i;

    (void)state;
    id.Password = w(secret);
    SspiZeroAuthIdentity(&id);
    for (i = 0; i < 6; i++)
        assert_int_equal(secret[i], 0);
    assert_int_equal(id.PasswordLength, 6);
    SspiZeroAuthIdentity(NULL);
}

static void
comparing(void **state)
{
    char16_t upper[] = u"J\u00d6RG", other[] = u"Secret";
    SEC_WINNT_AUTH_IDENTITY_W a = plain(), b = plain();
    BOOLEAN same_user = 9, same = 9;

    (void)state;
    b.User = w(upper);
    assert_int_equal(SspiCompareAuthIdentities(&a, &b, &same_user, &same), SEC_E_OK);
    assert_int_equal(same_user, TRUE);
    assert_int_equal(same, TRUE);
    b.Password = w(other);
    assert_int_equal(SspiCompareAuthIdentities(&a, &b, &same_user, &same), SEC_E_OK);
    assert_int_equal(same_user, TRUE);
    assert_int_equal(same, FALSE);
    assert_int_equal(SspiCompareAuthIdentities(&a, NULL, &same_user, NULL), SEC_E_OK);
    assert_int_equal(same_user, FALSE);
    assert_int_equal(SspiCompareAuthIdentities(NULL, NULL, &same_user, &same), SEC_E_OK);
    assert_int_equal(same, TRUE);
}

static void
host_names(void **state)
{
    static const struct {
        const char16_t *target, *host;
    } rows[] = {
        { u"HTTP/www.example.org:8080", u"www.example.org" },
        { u"ldap/dc1.example.org/example.org", u"dc1.example.org" },
        { u"www.example.org", u"www.example.org" },
        { u"host:1", u"host" },
    };
    size_t i;
    PWSTR host;

    (void)state;
    for (i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(SspiGetTargetHostName(rows[i].target, &host), SEC_E_OK);
        assert_wide(host, rows[i].host);
        SspiLocalFree(host);
    }
    assert_int_equal(SspiGetTargetHostName(NULL, &host), SEC_E_INVALID_PARAMETER);
}

/* ---- a store of credentials of the caller's ---------------------------- */

static void
what_a_store_keeps(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_A id = { auser, 4, adomain, 7, apassword, 6,
                                     SEC_WINNT_AUTH_IDENTITY_ANSI };
    PCWSTR target, name;
    UCHAR *blob;
    ULONG type = 0, size = 0;

    (void)state;
    assert_int_equal(SspiPrepareForCredRead(&id, u"HTTP/host.example:80", &type, &target),
                     SEC_E_OK);
    assert_int_equal(type, 2);
    assert_memory_equal(target, u"host.example", 26);
    SspiLocalFree((void *)(uintptr_t)target);
    assert_int_equal(SspiPrepareForCredWrite(&id, NULL, &type, &target, &name, &blob, &size),
                     SEC_E_OK);
    assert_memory_equal(target, u"EXAMPLE\\Jorg", 26);
    assert_memory_equal(name, u"EXAMPLE\\Jorg", 26);
    assert_int_equal(size, 12);
    assert_memory_equal(blob, u"secret", 12);
    SspiLocalFree((void *)(uintptr_t)target);
    SspiLocalFree((void *)(uintptr_t)name);
    SspiLocalFree(blob);
    /* Neither domain nor password. */
    id.Domain = id.Password = NULL;
    id.DomainLength = id.PasswordLength = 0;
    assert_int_equal(SspiPrepareForCredWrite(&id, u"host", &type, &target, &name, &blob, &size),
                     SEC_E_OK);
    assert_memory_equal(target, u"host", 10);
    assert_memory_equal(name, u"Jorg", 10);
    assert_int_equal(size, 0);
    SspiLocalFree((void *)(uintptr_t)target);
    SspiLocalFree((void *)(uintptr_t)name);
    SspiLocalFree(blob);
    assert_int_equal(SspiPrepareForCredRead(NULL, u"host", &type, &target),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiPrepareForCredWrite(&id, u"host", &type, &target, &name, NULL, &size),
                     SEC_E_INVALID_PARAMETER);
}

/* All flags that mean so, in all forms; test_identity_crypt.c has the encryption. */
static void
who_is_encrypted(void **state)
{
    static const ULONG flags[] = { 0x10, 0x20, 0x40, 0x80 };
    SEC_WINNT_AUTH_IDENTITY_W id = plain();

    (void)state;
    assert_false(SspiIsAuthIdentityEncrypted(&id));
    assert_false(SspiIsAuthIdentityEncrypted(NULL));
    for (size_t i = 0; i < UNIT_COUNT(flags); i++) {
        PSEC_WINNT_AUTH_IDENTITY_OPAQUE ex;

        id.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE | flags[i];
        assert_true(SspiIsAuthIdentityEncrypted(&id));
        assert_int_equal(SspiCopyAuthIdentity(&id, &ex), SEC_E_OK);
        assert_true(SspiIsAuthIdentityEncrypted(ex));
        SspiFreeAuthIdentity(ex);
    }
}

static void
packages_are_excluded(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE one, two;
    SEC_WINNT_AUTH_IDENTITY_W id = plain();
    const SEC_WINNT_AUTH_IDENTITY_EXW *ex;

    (void)state;
    assert_int_equal(SspiExcludePackage(&id, u"NTLM", &one), SEC_E_OK);
    ex = one;
    assert_int_equal(ex->PackageListLength, 5);
    assert_wide((PCWSTR)ex->PackageList, u"!NTLM");
    assert_decodes(one);
    assert_int_equal(SspiExcludePackage(one, u"pku2u", &two), SEC_E_OK);
    ex = two;
    assert_wide((PCWSTR)ex->PackageList, u"!NTLM,!pku2u");
    SspiFreeAuthIdentity(one);
    SspiFreeAuthIdentity(two);
    assert_int_equal(SspiExcludePackage(NULL, u"NTLM", &one), SEC_E_OK);
    ex = one;
    assert_null(ex->User);
    assert_wide((PCWSTR)ex->PackageList, u"!NTLM");
    SspiFreeAuthIdentity(one);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_wide),
        cmocka_unit_test(plain_narrow),
        cmocka_unit_test(absent_strings_are_not_sent),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(extended),
        cmocka_unit_test(contiguous),
        cmocka_unit_test(others_are_unknown),
        cmocka_unit_test(strings_go_in_and_come_out),
        cmocka_unit_test(all_null_is_refused),
        cmocka_unit_test(every_form_is_read),
        cmocka_unit_test(bytes_travel),
        cmocka_unit_test(changed_bytes_do_no_harm),
        cmocka_unit_test(zeroing_takes_the_password),
        cmocka_unit_test(comparing),
        cmocka_unit_test(host_names),
        cmocka_unit_test(packages_are_excluded),
        cmocka_unit_test(what_a_store_keeps),
        cmocka_unit_test(who_is_encrypted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
