/*
 * The authority goes away (D7, D12): what of a lost session is reported how. It is never a wrong
 * password, nothing is sent twice, and established contexts go on protecting messages.
 */
#include "fake.h"
#include "half.h"

static status_t
answer_continue(struct fake_call *c)
{
    c->p.accept.context = 0xc0 + fake.count[IPC_ID_accept_context];
    return SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS
accept_first(CredHandle *cred, CtxtHandle *h)
{
    return AcceptSecurityContext(cred, NULL, NULL, 0, 0, h, NULL, NULL, NULL);
}

static SECURITY_STATUS
accept_again(CredHandle *cred, CtxtHandle *h)
{
    return AcceptSecurityContext(cred, h, NULL, 0, 0, h, NULL, NULL, NULL);
}

/* A server's INBOUND default credential is acquired again, behind its back. */
static void
a_first_leg_goes_on(void **state)
{
    CredHandle cred = fake_credential(u"NTLM", NULL);
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    assert_int_equal(accept_first(&cred, &h), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 1);
    fake.session = 2;
    assert_int_equal(accept_first(&cred, &h), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 2);
    assert_int_equal(fake.count[IPC_ID_accept_context], 2);
    assert_int_equal(accept_first(&cred, &h), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 2);
}

static void
a_password_is_not_kept(void **state)
{
    char16_t user[] = u"u";
    SEC_WINNT_AUTH_IDENTITY_W id = { (unsigned short *)user, 1, NULL, 0, (unsigned short *)user, 1,
                                     SEC_WINNT_AUTH_IDENTITY_UNICODE };
    CredHandle cred = fake_credential(u"NTLM", &id);
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    assert_int_equal(accept_first(&cred, &h), SEC_I_CONTINUE_NEEDED);
    fake.session = 2;
    assert_int_equal(accept_first(&cred, &h), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 1);
    assert_int_equal(fake.count[IPC_ID_accept_context], 1);
    /* Freeing it is a success, though the authority no longer knows it. */
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
    assert_int_equal(fake.count[IPC_ID_free_credential], 0);
}

static status_t
answer_not_owner(struct fake_call *c)
{
    (void)c;
    return SEC_E_NOT_OWNER;
}

static void
a_renewal_that_is_refused_says_why(void **state)
{
    CredHandle cred = fake_credential(u"NTLM", NULL);
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    fake.answers[IPC_ID_acquire_credential] = answer_not_owner;
    fake.session = 2;
    assert_int_equal(accept_first(&cred, &h), SEC_E_NOT_OWNER);
    assert_int_equal(fake.count[IPC_ID_accept_context], 0);
}

static void
half_open_contexts_fail_cleanly(void **state)
{
    CredHandle cred = fake_credential(u"NTLM", NULL);
    SecBuffer out = { 4, SECBUFFER_TOKEN, (uint8_t[4]){ 0 } };
    SecBufferDesc outs = { SECBUFFER_VERSION, 1, &out };
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    assert_int_equal(accept_first(&cred, &h), SEC_I_CONTINUE_NEEDED);
    fake.session = 2;
    assert_int_equal(AcceptSecurityContext(&cred, &h, NULL, 0, 0, &h, &outs, NULL, NULL),
                     SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(out.cbBuffer, 0);
    assert_int_equal(fake.count[IPC_ID_accept_context], 1);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(fake.count[IPC_ID_delete_context], 0);
}

/* A credential that was acquired again meanwhile is of another session than the context. */
static void
a_renewed_credential_does_not_mix(void **state)
{
    CredHandle cred = fake_credential(u"NTLM", NULL);
    CtxtHandle old, fresh;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    assert_int_equal(accept_first(&cred, &old), SEC_I_CONTINUE_NEEDED);
    fake.session = 2;
    assert_int_equal(accept_first(&cred, &fresh), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_again(&cred, &old), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(accept_again(&cred, &fresh), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake.count[IPC_ID_accept_context], 3);
}

static void
established_contexts_go_on(void **state)
{
    CredHandle cred = fake_credential(u"NTLM", NULL);
    CtxtHandle h = fake_context(&cred, 0x77);
    uint64_t signature = 0;
    SecBuffer b = { 8, SECBUFFER_TOKEN, &signature };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };
    SecPkgContext_Sizes sizes;
    SecPkgContext_Lifespan life;
    ULONG mtu = 1;

    (void)state;
    fake.session = 2;
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_OK);
    assert_int_equal(signature, 0x77);
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxToken, 2888);
    /* What only the LSA half knows has gone with it. */
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_LIFESPAN, &life),
                     SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(SetContextAttributesW(&h, SECPKG_ATTR_DTLS_MTU, &mtu, sizeof(mtu)),
                     SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(ApplyControlToken(&h, &d), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(accept_again(NULL, &h), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(MakeSignature(&h, 0, &d, 0), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(fake_half()->deleted, 1);
    assert_int_equal(fake.count[IPC_ID_delete_context], 0);
}

/* The call was executed, the reply did not come. */
static status_t
answer_and_die(struct fake_call *c)
{
    c->transport = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    return SEC_E_OK;
}

static void
an_executed_call_is_not_repeated(void **state)
{
    CredHandle cred = fake_credential(u"NTLM", NULL);
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_and_die;
    assert_int_equal(accept_first(&cred, &h), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(fake.count[IPC_ID_accept_context], 1);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 1);
}

/* Only a lost session is a reason: the old credential would stay in the authority for nothing. */
static void
a_failed_list_renews_nothing(void **state)
{
    CredHandle cred = fake_credential(u"NTLM", NULL);
    fake_answer *list = fake.answers[IPC_ID_list_packages];
    CtxtHandle h;

    (void)state;
    fake.answers[IPC_ID_accept_context] = answer_continue;
    fake.answers[IPC_ID_list_packages] = answer_and_die;
    assert_int_equal(accept_first(&cred, &h), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 1);
    assert_int_equal(fake.count[IPC_ID_accept_context], 0);
    fake.answers[IPC_ID_list_packages] = list;
    assert_int_equal(accept_first(&cred, &h), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake.count[IPC_ID_acquire_credential], 1);
}

#define T(f) cmocka_unit_test_setup(f, fake_setup)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_first_leg_goes_on), T(a_password_is_not_kept), T(a_renewal_that_is_refused_says_why),
        T(half_open_contexts_fail_cleanly), T(a_renewed_credential_does_not_mix),
        T(established_contexts_go_on), T(an_executed_call_is_not_repeated),
        T(a_failed_list_renews_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
