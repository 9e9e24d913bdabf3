/*
 * What applications expect, a test for each expectation, observed on Windows and in programs that
 * were written for it.
 */
#include "app.h"

#include <pthread.h>

static char16_t ntlm[] = u"NTLM", lower[] = u"ntlm", none[] = u"NoSuchPackage";

static void
package_names_have_no_case(void **state)
{
    PSecPkgInfoW info;
    CredHandle h;

    (void)state;
    assert_int_equal(QuerySecurityPackageInfoW(lower, &info), SEC_E_OK);
    app_assert_wide(info->Name, u"NTLM");
    assert_int_equal(FreeContextBuffer(info), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, lower, SECPKG_CRED_INBOUND, NULL, NULL, NULL,
                                               NULL, &h, NULL), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    assert_int_equal(QuerySecurityPackageInfoW(none, &info), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(AcquireCredentialsHandleW(NULL, none, SECPKG_CRED_INBOUND, NULL, NULL, NULL,
                                               NULL, &h, NULL), SEC_E_SECPKG_NOT_FOUND);
}

static void
packages_are_listed(void **state)
{
    PSecPkgInfoW w;
    PSecPkgInfoA a;
    ULONG n = 0, i, found = 0;

    (void)state;
    assert_int_equal(EnumerateSecurityPackagesW(&n, &w), SEC_E_OK);
    for (i = 0; i < n; i++)
        found += w[i].wRPCID == 10;
    assert_int_equal(found, 1);
    assert_int_equal(FreeContextBuffer(w), SEC_E_OK);
    assert_int_equal(EnumerateSecurityPackagesA(&n, &a), SEC_E_OK);
    for (i = 0, found = 0; i < n; i++)
        found += strcmp(a[i].Name, "NTLM") == 0;
    assert_int_equal(found, 1);
    assert_int_equal(FreeContextBuffer(a), SEC_E_OK);
}

static void
default_inbound_credentials(void **state)
{
    CredHandle h;
    TimeStamp expiry;

    (void)state;
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, SECPKG_CRED_INBOUND, NULL, NULL, NULL,
                                               NULL, &h, NULL), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, SECPKG_CRED_INBOUND, NULL, NULL, NULL,
                                               NULL, &h, &expiry), SEC_E_OK);
    assert_true(expiry.QuadPart > 0);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h), SEC_E_INVALID_HANDLE);
}

/* The client's tokens, for the tests that drive the server's side step by step. */
struct client {
    CredHandle cred;
    CtxtHandle context;
    bool first;
    struct app_token out;
};

static void
client_step(struct client *c, struct app_token *in)
{
    ULONG attributes;
    SECURITY_STATUS s;

    app_token_empty(&c->out);
    s = InitializeSecurityContextW(&c->cred, c->first ? NULL : &c->context, app_target,
                                   ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NETWORK_DREP,
                                   c->first ? NULL : &in->desc, 0, &c->context, &c->out.desc,
                                   &attributes, NULL);
    assert_true(s == SEC_E_OK || s == SEC_I_CONTINUE_NEEDED);
    c->first = false;
}

static void
client_begin(struct client *c)
{
    c->cred = app_outbound(u"NTLM", app_user, app_password);
    c->first = true;
    client_step(c, NULL);
}

static void
client_free_token(struct client *c)
{
    assert_int_equal(FreeContextBuffer(c->out.buffer.pvBuffer), SEC_E_OK);
}

static void
client_end(struct client *c)
{
    assert_int_equal(DeleteSecurityContext(&c->context), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&c->cred), SEC_E_OK);
}

/*
 * ASC_REQ_ALLOCATE_MEMORY alone, an output token {NULL, 0}, a handle variable of its own for each
 * leg, leg 2 without the credential, which is freed straight afterwards; the token after the
 * handshake, the context deleted before the token is used.
 */
static void
as_postgresql_calls_it(void **state)
{
    struct client c;
    CredHandle cred = app_inbound(u"NTLM");
    CtxtHandle leg1, leg2;
    struct app_token out;
    ULONG attributes;
    TOKEN_STATISTICS statistics;
    DWORD n;
    HANDLE token;

    (void)state;
    client_begin(&c);
    app_token_empty(&out);
    assert_int_equal(AcceptSecurityContext(&cred, NULL, &c.out.desc, ASC_REQ_ALLOCATE_MEMORY,
                                           SECURITY_NETWORK_DREP, &leg1, &out.desc, &attributes,
                                           NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(out.buffer.BufferType, SECBUFFER_TOKEN);
    assert_true(out.buffer.cbBuffer > 0);
    assert_true((attributes & ASC_RET_ALLOCATED_MEMORY) != 0);
    client_free_token(&c);
    client_step(&c, &out);
    assert_int_equal(FreeContextBuffer(out.buffer.pvBuffer), SEC_E_OK);
    app_token_empty(&out);
    assert_int_equal(AcceptSecurityContext(NULL, &leg1, &c.out.desc, ASC_REQ_ALLOCATE_MEMORY,
                                           SECURITY_NETWORK_DREP, &leg2, &out.desc, &attributes,
                                           NULL), SEC_E_OK);
    assert_int_equal(out.buffer.cbBuffer, 0);
    assert_int_equal(FreeContextBuffer(out.buffer.pvBuffer), SEC_E_OK);
    client_free_token(&c);
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&leg2, &token), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&leg2), SEC_E_OK);
    assert_true(GetTokenInformation(token, TokenStatistics, &statistics, sizeof(statistics), &n));
    assert_true(CloseHandle(token));
    client_end(&c);
}

/* A missing array, no room, no TOKEN: each time SEC_E_BUFFER_TOO_SMALL, and it can be repeated. */
static void
output_that_does_not_fit(void **state)
{
    struct client c;
    CredHandle cred = app_inbound(u"NTLM");
    CtxtHandle h;
    uint8_t room[4096];
    SecBuffer small = { 4, SECBUFFER_TOKEN, room }, data = { sizeof(room), SECBUFFER_DATA, room };
    SecBuffer good = { sizeof(room), SECBUFFER_TOKEN, room };
    SecBufferDesc descs[] = {
        { SECBUFFER_VERSION, 1, NULL },
        { SECBUFFER_VERSION, 1, &small },
        { SECBUFFER_VERSION, 1, &data },
        { SECBUFFER_VERSION, 0, NULL },
    };
    SecBufferDesc fits = { SECBUFFER_VERSION, 1, &good };
    ULONG attributes;
    size_t i;

    (void)state;
    client_begin(&c);
    for (i = 0; i < UNIT_COUNT(descs); i++)
        assert_int_equal(AcceptSecurityContext(&cred, NULL, &c.out.desc, 0, SECURITY_NETWORK_DREP,
                                               &h, &descs[i], &attributes, NULL),
                         SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(AcceptSecurityContext(&cred, NULL, &c.out.desc, 0, SECURITY_NETWORK_DREP, &h,
                                           NULL, &attributes, NULL), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(small.BufferType, SECBUFFER_TOKEN);
    assert_int_equal(AcceptSecurityContext(&cred, NULL, &c.out.desc, 0, SECURITY_NETWORK_DREP, &h,
                                           &fits, &attributes, NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(good.BufferType, SECBUFFER_TOKEN);
    assert_true(good.cbBuffer > 0 && good.cbBuffer < sizeof(room));
    assert_int_equal(attributes & ASC_RET_ALLOCATED_MEMORY, 0);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    client_free_token(&c);
    client_end(&c);
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
}

static void
the_function_table(void **state)
{
    PSecurityFunctionTableW t = InitSecurityInterfaceW();

    (void)state;
    assert_int_equal(t->dwVersion, 1);
    assert_null(t->Reserved2);
    assert_ptr_equal(t->Reserved3, (void *)(uintptr_t)t->EncryptMessage);
    assert_ptr_equal(t->Reserved4, (void *)(uintptr_t)t->DecryptMessage);
}

static void *
free_it(void *p)
{
    return (void *)(uintptr_t)(uint32_t)FreeContextBuffer(p);
}

static void
blocks_are_freed_from_any_thread(void **state)
{
    struct client c;
    pthread_t t;
    void *result;

    (void)state;
    client_begin(&c);
    assert_int_equal(pthread_create(&t, NULL, free_it, c.out.buffer.pvBuffer), 0);
    pthread_join(t, &result);
    assert_null(result);
    client_end(&c);
}

static void
negotiation_info_is_one_block(void **state)
{
    struct app_pair p = app_connect(0, 0);
    SecPkgContext_NegotiationInfoW w;
    SecPkgContext_NegotiationInfoA a;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NEGOTIATION_INFO, &w),
                     SEC_E_OK);
    app_assert_wide(w.PackageInfo->Name, u"NTLM");
    assert_int_equal(w.PackageInfo->wVersion, 1);
    assert_int_equal(FreeContextBuffer(w.PackageInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&p.client, SECPKG_ATTR_NEGOTIATION_INFO, &a),
                     SEC_E_OK);
    assert_string_equal(a.PackageInfo->Name, "NTLM");
    assert_int_equal(FreeContextBuffer(a.PackageInfo), SEC_E_OK);
    app_close(&p);
}

/* EXTENDED_ERROR, INTEGRITY, IDENTIFY have different bits on the two sides. */
static void
attribute_bits_differ_by_side(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY);

    (void)state;
    assert_true((p.client_attributes & ISC_RET_INTEGRITY) != 0);
    assert_true((p.server_attributes & ASC_RET_INTEGRITY) != 0);
    app_close(&p);
}

/* A buffer that a package does not know is left alone; flags above 32 bits travel so. */
static void
a_flags_buffer_is_accepted(void **state)
{
    struct client c;
    CredHandle cred = app_inbound(u"NTLM");
    CtxtHandle h;
    struct app_token out;
    SEC_FLAGS flags = { 0 };
    SecBuffer in[2];
    SecBufferDesc ins = { SECBUFFER_VERSION, 2, in };
    ULONG attributes;

    (void)state;
    client_begin(&c);
    in[0] = c.out.buffer;
    in[1] = (SecBuffer){ sizeof(flags), SECBUFFER_FLAGS | SECBUFFER_READONLY, &flags };
    app_token_empty(&out);
    assert_int_equal(AcceptSecurityContext(&cred, NULL, &ins, ASC_REQ_ALLOCATE_MEMORY, 0, &h,
                                           &out.desc, &attributes, NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(FreeContextBuffer(out.buffer.pvBuffer), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    client_free_token(&c);
    client_end(&c);
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
}

/* Before completion most attributes cannot be asked for. */
static void
half_open_contexts(void **state)
{
    struct client c;
    SecPkgContext_Sizes sizes;
    SecPkgContext_PackageInfoW info;
    HANDLE token;

    (void)state;
    client_begin(&c);
    assert_int_equal(QueryContextAttributesW(&c.context, SECPKG_ATTR_SIZES, &sizes),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesW(&c.context, SECPKG_ATTR_PACKAGE_INFO, &info),
                     SEC_E_OK);
    app_assert_wide(info.PackageInfo->Name, u"NTLM");
    assert_int_equal(FreeContextBuffer(info.PackageInfo), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&c.context, &token), SEC_E_NO_IMPERSONATION);
    client_free_token(&c);
    client_end(&c);
}

/* Hostile bytes end in a clean error, and nothing is left to send. */
static void
hostile_tokens(void **state)
{
    static const uint8_t *const tokens[] = {
        (const uint8_t *)"", (const uint8_t *)"NTLMSSP", (const uint8_t *)"NTLMSSP\0\1\0\0\0",
        (const uint8_t *)"NTLMSSP\0\3\0\0\0", (const uint8_t *)"GET / HTTP/1.1\r\n",
    };
    static const ULONG lengths[] = { 0, 7, 12, 12, 16 };
    CredHandle cred = app_inbound(u"NTLM");
    CtxtHandle h;
    struct app_token out;
    ULONG attributes;
    SECURITY_STATUS s;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(tokens); i++) {
        SecBuffer b = { lengths[i], SECBUFFER_TOKEN, (void *)(uintptr_t)tokens[i] };
        SecBufferDesc d = { SECBUFFER_VERSION, 1, &b };

        app_token_empty(&out);
        s = AcceptSecurityContext(&cred, NULL, &d, ASC_REQ_ALLOCATE_MEMORY, 0, &h, &out.desc,
                                  &attributes, NULL);
        /* The last message of a handshake, as the first: out of place. */
        assert_true(s == SEC_E_INVALID_TOKEN || (i == 3 && s == SEC_E_OUT_OF_SEQUENCE));
        assert_int_equal(out.buffer.cbBuffer, 0);
    }
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, ASC_REQ_ALLOCATE_MEMORY, 0, &h,
                                           &out.desc, &attributes, NULL), SEC_E_INVALID_TOKEN);
    assert_int_equal(FreeCredentialsHandle(&cred), SEC_E_OK);
}

/* A finished context of NTLM takes no further leg. */
static void
a_finished_context_takes_no_leg(void **state)
{
    struct app_pair p = app_connect(0, 0);
    struct app_token in, out;
    ULONG attributes;
    SECURITY_STATUS s;

    (void)state;
    app_token_empty(&in);
    app_token_empty(&out);
    s = AcceptSecurityContext(NULL, &p.server, &in.desc, ASC_REQ_ALLOCATE_MEMORY, 0, &p.server,
                              &out.desc, &attributes, NULL);
    assert_true(s < 0);
    assert_int_equal(out.buffer.cbBuffer, 0);
    app_close(&p);
}

static void
opaque_identities_of_nothing(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id;

    (void)state;
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(NULL, NULL, NULL, &id), SEC_E_INVALID_TOKEN);
}

/* What SspiEncodeStringsAsAuthIdentity makes serves as pAuthData. */
static void
opaque_identities_are_credentials(void **state)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id;
    struct app_pair p;

    (void)state;
    memset(&p, 0, sizeof(p));
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(app_user, NULL, app_password, &id), SEC_E_OK);
    assert_int_equal(AcquireCredentialsHandleW(NULL, ntlm, SECPKG_CRED_OUTBOUND, NULL, id, NULL,
                                               NULL, &p.client_cred, NULL), SEC_E_OK);
    SspiFreeAuthIdentity(id);
    p.server_cred = app_inbound(u"NTLM");
    app_handshake(&p, 0, 0);
    assert_int_equal(p.server_status, SEC_E_OK);
    app_close(&p);
}

/* The A form, end to end. */
static void
ansi_credentials(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_A id = { (unsigned char *)"J\xc3\xb6rg", 5, NULL, 0,
                                     (unsigned char *)"Passw\xc3\xb6rd", 9,
                                     SEC_WINNT_AUTH_IDENTITY_ANSI };
    char name[] = "NTLM";
    struct app_pair p;

    (void)state;
    memset(&p, 0, sizeof(p));
    assert_int_equal(AcquireCredentialsHandleA(NULL, name, SECPKG_CRED_OUTBOUND, NULL, &id, NULL,
                                               NULL, &p.client_cred, NULL), SEC_E_OK);
    p.server_cred = app_inbound(u"NTLM");
    app_handshake(&p, 0, 0);
    assert_int_equal(p.client_status, SEC_E_OK);
    assert_int_equal(p.server_status, SEC_E_OK);
    app_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(package_names_have_no_case),
        cmocka_unit_test(packages_are_listed),
        cmocka_unit_test(default_inbound_credentials),
        cmocka_unit_test(as_postgresql_calls_it),
        cmocka_unit_test(output_that_does_not_fit),
        cmocka_unit_test(the_function_table),
        cmocka_unit_test(blocks_are_freed_from_any_thread),
        cmocka_unit_test(negotiation_info_is_one_block),
        cmocka_unit_test(attribute_bits_differ_by_side),
        cmocka_unit_test(a_flags_buffer_is_accepted),
        cmocka_unit_test(half_open_contexts),
        cmocka_unit_test(hostile_tokens),
        cmocka_unit_test(a_finished_context_takes_no_leg),
        cmocka_unit_test(opaque_identities_of_nothing),
        cmocka_unit_test(opaque_identities_are_credentials),
        cmocka_unit_test(ansi_credentials),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return result;
}
