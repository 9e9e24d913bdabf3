/* Credentials: what goes out with pAuthData, and passwords that are changed. */
#include "fake.h"
#include "half.h"

#include "ntsecpkg.h"

static struct {
    uint64_t auth_data;
    unsigned ranges;
    uint8_t second[64];
    size_t second_n;
    uint32_t attributes;
    uint8_t logon_id[8];
    size_t logon_id_n;
    bool principal;
} seen;

static status_t
answer_and_look(struct fake_call *c)
{
    seen.auth_data = c->q.acquire.auth_data;
    seen.ranges = c->with.memory.count;
    seen.attributes = c->with.attributes;
    seen.principal = c->q.acquire.principal.p != NULL;
    seen.logon_id_n = c->q.acquire.logon_id.n;
    if (seen.logon_id_n == 8)
        memcpy(seen.logon_id, c->q.acquire.logon_id.p, 8);
    seen.second_n = 0;
    if (seen.ranges > 1) {
        seen.second_n = c->with.memory.v[1].bytes.n;
        memcpy(seen.second, c->with.memory.v[1].bytes.p, seen.second_n);
    } else if (seen.ranges == 1) {
        seen.second_n = c->with.memory.v[0].bytes.n;
        memcpy(seen.second, c->with.memory.v[0].bytes.p, seen.second_n);
        assert_int_equal(c->with.memory.v[0].address, seen.auth_data);
    }
    c->p.acquire.credential = 0xc0de;
    c->p.acquire.package = 1;
    c->p.acquire.expiry = 4711;
    return SEC_E_OK;
}

static int
setup(void **state)
{
    fake_setup(state);
    memset(&seen, 0, sizeof(seen));
    fake.answers[IPC_ID_acquire_credential] = answer_and_look;
    return 0;
}

static void
an_identity_goes_along(void **state)
{
    char16_t user[] = u"user";
    SEC_WINNT_AUTH_IDENTITY_W id = { (unsigned short *)user, 4, NULL, 0, (unsigned short *)user, 4,
                                     SEC_WINNT_AUTH_IDENTITY_UNICODE };
    char16_t ntlm[] = u"NTLM";
    LUID luid = { 0x3e7, 0 };
    TimeStamp expiry;
    CredHandle h;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleW(ntlm, ntlm, SECPKG_CRED_OUTBOUND, &luid, &id, NULL,
                                               NULL, &h, &expiry), SEC_E_OK);
    assert_int_equal(expiry.QuadPart, 4711);
    assert_int_equal(seen.auth_data, (uint64_t)(uintptr_t)&id);
    assert_int_equal(seen.ranges, 3);
    assert_int_equal(seen.second_n, 8);
    assert_memory_equal(seen.second, user, 8);
    assert_memory_equal(seen.logon_id, &luid, 8);
    assert_true(seen.principal);
    assert_int_equal(seen.attributes, 0);
}

/* An encrypted one goes in the clear, since only this process can read it. */
static void
an_encrypted_identity_is_decrypted(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id;
    SEC_WINNT_AUTH_IDENTITY_EXW *ex;
    char16_t ntlm[] = u"NTLM";
    CredHandle h;

    (void)state;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, u"password", &id), SEC_E_OK);
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, SECPKG_CRED_OUTBOUND, NULL, id, NULL,
                                               NULL, &h, NULL), SEC_E_OK);
    assert_int_equal(seen.ranges, 2);
    assert_int_equal(seen.second_n, 16);
    assert_memory_equal(seen.second, u"password", 16);
    assert_true(SspiIsAuthIdentityEncrypted(id));
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    /* Another's: nothing goes out. */
    ex = id;
    ex->Password[0] ^= 1;
    seen.ranges = 99;
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, SECPKG_CRED_OUTBOUND, NULL, id, NULL,
                                               NULL, &h, NULL), SEC_E_UNKNOWN_CREDENTIALS);
    assert_int_equal(seen.ranges, 99);
    SspiFreeAuthIdentity(id);
}

static void
the_a_form_says_so(void **state)
{
    char ntlm[] = "ntlm";
    CredHandle h;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleA(NULL, ntlm, SECPKG_CRED_INBOUND, NULL, NULL, NULL,
                                               NULL, &h, NULL), SEC_E_OK);
    assert_int_equal(seen.attributes, SECPKG_CALL_ANSI);
    assert_false(seen.principal);
    assert_int_equal(seen.logon_id_n, 0);
    assert_int_equal(seen.ranges, 0);
    assert_int_equal(AcquireCredentialsHandleA(NULL, NULL, 1, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AcquireCredentialsHandleA(NULL, ntlm, 1, NULL, NULL, NULL, NULL, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
}

/* A structure of the package's own is flattened by its user half, at the same address. */
static void
other_structures_are_formatted(void **state)
{
    _Alignas(8) uint8_t own[64] = "raw:\x05" "hello";
    _Alignas(8) uint8_t unknown[64] = "what is this?";
    char16_t ntlm[] = u"NTLM", bare[] = u"Bare";
    CredHandle h;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, 2, NULL, own, NULL, NULL, &h, NULL),
                     SEC_E_OK);
    assert_int_equal(seen.ranges, 1);
    assert_int_equal(seen.second_n, 5);
    assert_memory_equal(seen.second, "hello", 5);
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, 2, NULL, unknown, NULL, NULL, &h, NULL),
                     SEC_E_INVALID_PARAMETER);
    /* Without a user half nothing goes along: the LSA half cannot read it, and says so. */
    assert_int_equal(AcquireCredentialsHandleW(NULL, bare, 2, NULL, unknown, NULL, NULL, &h, NULL),
                     SEC_E_OK);
    assert_int_equal(seen.ranges, 0);
    assert_int_equal(seen.auth_data, (uint64_t)(uintptr_t)unknown);
}

static uint8_t set_value[16];
static size_t set_value_n;

static status_t
answer_set(struct fake_call *c)
{
    set_value_n = c->q.set_credential.value.n;
    memcpy(set_value, c->q.set_credential.value.p, set_value_n);
    return SEC_E_OK;
}

static void
attributes_are_set(void **state)
{
    char16_t ntlm[] = u"NTLM";
    CredHandle h;

    (void)state;
    fake.answers[IPC_ID_set_credential] = answer_set;
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, 1, NULL, NULL, NULL, NULL, &h, NULL),
                     SEC_E_OK);
    assert_int_equal(SetCredentialsAttributesA(&h, 3, (void *)"value", 5), SEC_E_OK);
    assert_int_equal(set_value_n, 5);
    assert_memory_equal(set_value, "value", 5);
    assert_int_equal(SetCredentialsAttributesW(&h, 3, NULL, 5), SEC_E_INVALID_PARAMETER);
}

static status_t
answer_change(struct fake_call *c)
{
    static const uint8_t detail[4] = { 1, 2, 3, 4 };

    assert_int_equal(c->q.change_password.old_password.n, 6);
    assert_memory_equal(c->q.change_password.new_password.p, u"n\u00e9w", 6);
    assert_null(c->q.change_password.domain.p);
    c->p.change_password.output.present = true;
    c->p.change_password.output.count = 1;
    c->p.change_password.output.v[0] =
        (struct ipc_buffer){ SECBUFFER_CHANGE_PASS_RESPONSE, 4, view_of(detail, 4) };
    return SEC_E_LOGON_DENIED;
}

static void
passwords_are_changed(void **state)
{
    uint8_t room[8];
    SecBuffer b = { 8, SECBUFFER_CHANGE_PASS_RESPONSE, room };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };
    char ntlm[] = "NTLM", account[] = "u", old[] = "old", new[] = "n\xc3\xa9w";

    (void)state;
    fake.answers[IPC_ID_change_password] = answer_change;
    assert_int_equal(ChangeAccountPasswordA(ntlm, NULL, account, old, new, FALSE, 0, &d),
                     SEC_E_LOGON_DENIED);
    assert_int_equal(b.cbBuffer, 4);
    assert_int_equal(room[3], 4);
    assert_int_equal(ChangeAccountPasswordA(ntlm, NULL, NULL, old, new, FALSE, 0, &d),
                     SEC_E_INVALID_PARAMETER);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_identity_goes_along), T(an_encrypted_identity_is_decrypted),
        T(the_a_form_says_so), T(other_structures_are_formatted),
        T(attributes_are_set), T(passwords_are_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
