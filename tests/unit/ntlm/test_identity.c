/*
 * SEC_WINNT_AUTH_IDENTITY in all forms out of a client's memory that the test
 * draws, hostile ones included; channel bindings; and the credentials made
 * from them.
 */
#include "fake_lsa.h"
#include "vectors.h"

#include "packages/common/auth_identity.h"

#define U16(s) ((unsigned short *)(uintptr_t)(s))

/* Reads through the real slot; what it may touch are fake.ranges. */
static NTSTATUS
identity_read(void *at, struct auth_identity **out)
{
    return auth_identity_read(fake_functions(), at, out);
}

static void
ranges_set(const struct fake_range *r, size_t count)
{
    fake.range_count = count;
    for (size_t i = 0; i < count; i++)
        fake.ranges[i] = r[i];
}

static void
assert_text(struct view got, const char16_t *want)
{
    size_t n = 0;

    while (want[n] != 0)
        n++;
    assert_int_equal(got.n, 2 * n);
    assert_memory_equal(got.p, want, got.n);
}

static void
assert_alice(struct auth_identity *id)
{
    assert_text(id->user, u"al\u00efce");
    assert_text(id->domain, u"DOM");
    assert_text(id->password, u"p\u00e4ss");
    assert_true(id->has_user && id->has_domain && id->has_password);
    assert_int_equal(id->flags & SEC_WINNT_AUTH_IDENTITY_ANSI, 0);
    auth_identity_free(id);
}

static void
wide_form_is_read(void **state)
{
    static const char16_t user[] = u"al\u00efce", domain[] = u"DOM", password[] = u"p\u00e4ss";
    SEC_WINNT_AUTH_IDENTITY_W id = { U16(user), 5, U16(domain), 3, U16(password), 4,
                                     SEC_WINNT_AUTH_IDENTITY_UNICODE };
    const struct fake_range r[] = { { &id, sizeof(id) }, { user, 10 }, { domain, 6 },
                                    { password, 8 } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 4);
    assert_int_equal(identity_read(&id, &out), STATUS_SUCCESS);
    assert_alice(out);
}

static void
ansi_form_is_utf8(void **state)
{
    static const char user[] = "al\xc3\xaf" "ce", domain[] = "DOM", password[] = "p\xc3\xa4ss";
    SEC_WINNT_AUTH_IDENTITY_A id = { (unsigned char *)(uintptr_t)user, 6,
                                     (unsigned char *)(uintptr_t)domain, 3,
                                     (unsigned char *)(uintptr_t)password, 5,
                                     SEC_WINNT_AUTH_IDENTITY_ANSI };
    const struct fake_range r[] = { { &id, sizeof(id) }, { user, 6 }, { domain, 3 },
                                    { password, 5 } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 4);
    assert_int_equal(identity_read(&id, &out), STATUS_SUCCESS);
    assert_alice(out);
    id.UserLength = 3;          /* cuts a character in two */
    assert_int_equal(identity_read(&id, &out), SEC_E_INVALID_PARAMETER);
    assert_null(out);
}

static void
extended_forms_are_read(void **state)
{
    static const char16_t user[] = u"al\u00efce", domain[] = u"DOM", password[] = u"p\u00e4ss";
    SEC_WINNT_AUTH_IDENTITY_EXW wide = {
        SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof(wide), U16(user), 5, U16(domain), 3,
        U16(password), 4, SEC_WINNT_AUTH_IDENTITY_UNICODE, NULL, 0,
    };
    SEC_WINNT_AUTH_IDENTITY_EXA ansi = {
        SEC_WINNT_AUTH_IDENTITY_VERSION, sizeof(ansi), (unsigned char *)(uintptr_t)"x", 1, NULL,
        0, (unsigned char *)(uintptr_t)"y", 1, SEC_WINNT_AUTH_IDENTITY_ANSI, NULL, 0,
    };
    const struct fake_range r[] = { { &wide, sizeof(wide) }, { user, 10 }, { domain, 6 },
                                    { password, 8 }, { &ansi, sizeof(ansi) }, { ansi.User, 1 },
                                    { ansi.Password, 1 } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 7);
    assert_int_equal(identity_read(&wide, &out), STATUS_SUCCESS);
    assert_alice(out);
    assert_int_equal(identity_read(&ansi, &out), STATUS_SUCCESS);
    assert_text(out->user, u"x");
    assert_false(out->has_domain);
    auth_identity_free(out);
}

/* _EX2: one block, everything at offsets, the password inside a packed credential. */
struct ex2_block {
    SEC_WINNT_AUTH_IDENTITY_EX2 head;
    char16_t user[5], domain[3];
    SEC_WINNT_AUTH_PACKED_CREDENTIALS packed;
    SEC_WINNT_AUTH_DATA_PASSWORD data;
    char16_t password[4];
};

static struct ex2_block
ex2_make(void)
{
    struct ex2_block b = { .user = { 'a', 'l', 0xef, 'c', 'e' }, .domain = { 'D', 'O', 'M' },
                           .password = { 'p', 0xe4, 's', 's' } };

    b.head = (SEC_WINNT_AUTH_IDENTITY_EX2){
        .Version = SEC_WINNT_AUTH_IDENTITY_VERSION_2,
        .cbHeaderLength = sizeof(b.head),
        .cbStructureLength = sizeof(b),
        .UserOffset = offsetof(struct ex2_block, user), .UserLength = 10,
        .DomainOffset = offsetof(struct ex2_block, domain), .DomainLength = 6,
        .PackedCredentialsOffset = offsetof(struct ex2_block, packed),
        .PackedCredentialsLength = sizeof(b) - offsetof(struct ex2_block, packed),
    };
    b.packed.cbHeaderLength = sizeof(b.packed);
    b.packed.AuthData.CredType = (GUID){ 0x28bfc32f, 0x10f6, 0x4738,
                                         { 0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a } };
    b.packed.AuthData.CredData.ByteArrayOffset = sizeof(b.packed);
    b.packed.AuthData.CredData.ByteArrayLength = sizeof(b.data) + 8;
    b.data.UnicodePassword.ByteArrayOffset = sizeof(b.data);
    b.data.UnicodePassword.ByteArrayLength = 8;
    return b;
}

static void
flat_form_is_read(void **state)
{
    struct ex2_block b = ex2_make();
    const struct fake_range r[] = { { &b, sizeof(b) } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 1);
    assert_int_equal(identity_read(&b, &out), STATUS_SUCCESS);
    assert_alice(out);
}

static void
flat_form_is_bounded(void **state)
{
    struct ex2_block b = ex2_make();
    const struct fake_range r[] = { { &b, sizeof(b) } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 1);
    b.head.UserOffset = 0xFFFFFFF0;
    assert_int_equal(identity_read(&b, &out), SEC_E_UNKNOWN_CREDENTIALS);
    b = ex2_make();
    b.head.DomainLength = 0xFFFE;
    assert_int_equal(identity_read(&b, &out), SEC_E_UNKNOWN_CREDENTIALS);
    b = ex2_make();
    b.head.PackedCredentialsOffset = sizeof(b) - 4;
    assert_int_equal(identity_read(&b, &out), SEC_E_UNKNOWN_CREDENTIALS);
    b = ex2_make();
    b.packed.AuthData.CredType.Data1 ^= 1;      /* a certificate, or whatever */
    assert_int_equal(identity_read(&b, &out), SEC_E_UNKNOWN_CREDENTIALS);
    b = ex2_make();
    b.packed.AuthData.CredData.ByteArrayOffset = 0xFFFFFFFF;
    assert_int_equal(identity_read(&b, &out), SEC_E_UNKNOWN_CREDENTIALS);
    b = ex2_make();
    b.data.UnicodePassword.ByteArrayOffset = 0xFFFFFFFF;
    assert_int_equal(identity_read(&b, &out), SEC_E_UNKNOWN_CREDENTIALS);
}

static void
hostile_lengths_are_bounded(void **state)
{
    static const char16_t text[300] = { 'a' };
    SEC_WINNT_AUTH_IDENTITY_W id = { U16(text), 1, NULL, 0, U16(text), 1,
                                     SEC_WINNT_AUTH_IDENTITY_UNICODE };
    const struct fake_range r[] = { { &id, sizeof(id) }, { text, sizeof(text) } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 2);
    assert_int_equal(identity_read(&id, &out), STATUS_SUCCESS);
    auth_identity_free(out);
    id.UserLength = 257;
    assert_int_equal(identity_read(&id, &out), SEC_E_INVALID_PARAMETER);
    id.UserLength = 0xFFFFFFFF;
    assert_int_equal(identity_read(&id, &out), SEC_E_INVALID_PARAMETER);
    id.UserLength = 0x80000001; /* times two is 2 */
    assert_int_equal(identity_read(&id, &out), SEC_E_INVALID_PARAMETER);
    id.UserLength = 1;
    id.PasswordLength = 257;
    assert_int_equal(identity_read(&id, &out), SEC_E_INVALID_PARAMETER);
    id.PasswordLength = 256;    /* a password may be any units, NUL too */
    assert_int_equal(identity_read(&id, &out), STATUS_SUCCESS);
    auth_identity_free(out);
    id.UserLength = 2;          /* a name may not */
    assert_int_equal(identity_read(&id, &out), SEC_E_INVALID_PARAMETER);
    id.Domain = U16(text);
    id.DomainLength = 256;
    assert_int_equal(identity_read(&id, &out), SEC_E_INVALID_PARAMETER);
}

static void
unreadable_memory_is_an_error(void **state)
{
    static const char16_t text[] = u"alice";
    SEC_WINNT_AUTH_IDENTITY_W id = { U16(text), 5, NULL, 0, U16(8), 4,
                                     SEC_WINNT_AUTH_IDENTITY_UNICODE };
    const struct fake_range r[] = { { &id, sizeof(id) }, { text, 10 } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 2);
    assert_int_equal(identity_read(&id, &out), STATUS_ACCESS_VIOLATION);
    ranges_set(r, 1);
    assert_int_equal(identity_read(&id, &out), STATUS_ACCESS_VIOLATION);
    fake.ranges[0].n = 20;
    assert_int_equal(identity_read(&id, &out), STATUS_ACCESS_VIOLATION);
    assert_int_equal(identity_read(NULL, &out), STATUS_ACCESS_VIOLATION);
    assert_null(out);
}

static void
encrypted_identities_are_refused(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W id = { .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE |
                                              SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED };
    const struct fake_range r[] = { { &id, sizeof(id) } };
    struct auth_identity *out;

    (void)state;
    ranges_set(r, 1);
    assert_int_equal(identity_read(&id, &out), SEC_E_UNKNOWN_CREDENTIALS);
}

/* ---- credentials ------------------------------------------------------------------------ */

static NTSTATUS
acquire(ULONG use, void *data, const LUID *logon, LSA_SEC_HANDLE *out)
{
    TimeStamp expiry;
    LUID copy = logon != NULL ? *logon : (LUID){ 0 };

    *out = 0;
    return fake.package->AcquireCredentialsHandle(NULL, use, logon != NULL ? &copy : NULL, data,
                                                  NULL, NULL, out, &expiry);
}

static void
default_credentials_only_accept(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_W nobody = { .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE };
    const struct fake_range r[] = { { &nobody, sizeof(nobody) } };
    LSA_SEC_HANDLE h;
    struct side s = { .credential = 0 };

    (void)state;
    ranges_set(r, 1);
    /* It may be acquired: credentials can come with each context, or the user be asked. */
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, NULL, NULL, &s.credential), STATUS_SUCCESS);
    assert_int_equal(side_initiate(&s, view_of(NULL, 0)), SEC_E_NO_CREDENTIALS);
    side_close(&s);
    assert_int_equal(acquire(SECPKG_CRED_OUTBOUND, &nobody, NULL, &h), SEC_E_NO_CREDENTIALS);
    assert_int_equal(h, 0);
    assert_int_equal(acquire(0, NULL, NULL, &h), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(acquire(SECPKG_CRED_INBOUND, NULL, NULL, &h), STATUS_SUCCESS);
    assert_int_equal(fake.package->FreeCredentialsHandle(h), STATUS_SUCCESS);
    assert_int_equal(acquire(SECPKG_CRED_BOTH, NULL, NULL, &h), STATUS_SUCCESS);
    assert_int_equal(fake.package->FreeCredentialsHandle(h), STATUS_SUCCESS);
}

static void
foreign_logons_need_privilege(void **state)
{
    const LUID own = { 100, 0 }, other = { 101, 0 };
    LSA_SEC_HANDLE h;

    (void)state;
    assert_int_equal(acquire(SECPKG_CRED_INBOUND, NULL, &other, &h), SEC_E_NOT_OWNER);
    assert_int_equal(acquire(SECPKG_CRED_INBOUND, NULL, &own, &h), STATUS_SUCCESS);
    assert_int_equal(fake.package->FreeCredentialsHandle(h), STATUS_SUCCESS);
}

static void
names_are_put_into_the_client(void **state)
{
    SecPkgCredentials_NamesW names = { NULL };
    struct side s;

    (void)state;
    side_open(&s, u"alice", u"DOM", u"x");
    assert_int_equal(fake.package->QueryCredentialsAttributes(s.credential,
                         SECPKG_CRED_ATTR_NAMES, &names), STATUS_SUCCESS);
    assert_memory_equal(names.sUserName, u"DOM\\alice", 20);
    free(names.sUserName);
    fake.client_buffers--;
    assert_int_equal(fake.package->QueryCredentialsAttributes(s.credential, 99, &names),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(fake.package->QueryCredentialsAttributes(s.credential + 1,
                         SECPKG_CRED_ATTR_NAMES, &names), SEC_E_INVALID_HANDLE);
    side_close(&s);
    side_open(&s, NULL, NULL, NULL);
    assert_int_equal(fake.package->QueryCredentialsAttributes(s.credential,
                         SECPKG_CRED_ATTR_NAMES, &names), SEC_E_NO_CREDENTIALS);
    side_close(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wide_form_is_read),
        TEST(ansi_form_is_utf8),
        TEST(extended_forms_are_read),
        TEST(flat_form_is_read),
        TEST(flat_form_is_bounded),
        TEST(hostile_lengths_are_bounded),
        TEST(unreadable_memory_is_an_error),
        TEST(encrypted_identities_are_refused),
        TEST(default_credentials_only_accept),
        TEST(foreign_logons_need_privilege),
        TEST(names_are_put_into_the_client),
    };

    return cmocka_run_group_tests_name("ntlm.identity", tests, NULL, NULL);
}
