/*
 * Every SECPKG_ATTR_ value that Microsoft's headers have (vectors/constants.tsv), asked for in
 * both roles, before and after the end of the handshake, in the W, A and Ex forms. What is
 * expected of NTLM is one table, made from Microsoft's page "QueryContextAttributes"
 * (its NTLM column); whatever that does not list is SEC_E_UNSUPPORTED_FUNCTION, and before the
 * end SEC_E_INVALID_HANDLE. A query that fails leaves the caller's buffer alone.
 */
#include "app.h"

#define ROOM 512
#define VALUES_MAX 128
#define FILL 0xA5

/* The strings of a structure: where, and whether the A form has them as char. */
enum text { NO_TEXT, TEXT, WIDE_TEXT, BLOCK };

static const struct {
    ULONG id;
    size_t size;
    struct {
        enum text kind;
        size_t offset;
    } texts[2];
    bool early;                     /* answered before the end */
    SECURITY_STATUS initiator, acceptor;
} expected[] = {
#define AT(type, member) offsetof(type, member)
    { SECPKG_ATTR_SIZES, sizeof(SecPkgContext_Sizes), { { NO_TEXT, 0 } }, false, 0, 0 },
    { SECPKG_ATTR_NAMES, sizeof(SecPkgContext_NamesW), { { TEXT, 0 } }, false, 0, 0 },
    { SECPKG_ATTR_LIFESPAN, sizeof(SecPkgContext_Lifespan), { { NO_TEXT, 0 } }, false, 0, 0 },
    { SECPKG_ATTR_DCE_INFO, sizeof(SecPkgContext_DceInfo),
      { { WIDE_TEXT, AT(SecPkgContext_DceInfo, pPac) } }, false, 0, 0 },
    { SECPKG_ATTR_KEY_INFO, sizeof(SecPkgContext_KeyInfoW),
      { { TEXT, AT(SecPkgContext_KeyInfoW, sSignatureAlgorithmName) },
        { TEXT, AT(SecPkgContext_KeyInfoW, sEncryptAlgorithmName) } }, false, 0, 0 },
    /* The client named no domain, so it says of nobody that he vouched for it. */
    { SECPKG_ATTR_AUTHORITY, sizeof(SecPkgContext_AuthorityW), { { TEXT, 0 } }, false,
      SEC_E_NO_AUTHENTICATING_AUTHORITY, 0 },
    { SECPKG_ATTR_PASSWORD_EXPIRY, sizeof(SecPkgContext_PasswordExpiry), { { NO_TEXT, 0 } }, false,
      0, 0 },
    { SECPKG_ATTR_SESSION_KEY, sizeof(SecPkgContext_SessionKey),
      { { BLOCK, AT(SecPkgContext_SessionKey, SessionKey) } }, false, 0, 0 },
    { SECPKG_ATTR_PACKAGE_INFO, sizeof(SecPkgContext_PackageInfoW), { { BLOCK, 0 } }, true, 0, 0 },
    { SECPKG_ATTR_USER_FLAGS, sizeof(SecPkgContext_UserFlags), { { NO_TEXT, 0 } }, false, 0, 0 },
    { SECPKG_ATTR_NEGOTIATION_INFO, sizeof(SecPkgContext_NegotiationInfoW), { { BLOCK, 0 } }, true,
      0, 0 },
    { SECPKG_ATTR_NATIVE_NAMES, sizeof(SecPkgContext_NativeNamesW),
      { { TEXT, AT(SecPkgContext_NativeNamesW, sClientName) },
        { TEXT, AT(SecPkgContext_NativeNamesW, sServerName) } }, false, 0, 0 },
    { SECPKG_ATTR_FLAGS, sizeof(SecPkgContext_Flags), { { NO_TEXT, 0 } }, true, 0, 0 },
    { SECPKG_ATTR_CREDENTIAL_NAME, sizeof(SecPkgContext_CredentialNameW),
      { { TEXT, AT(SecPkgContext_CredentialNameW, sCredentialName) } }, false, 0,
      SEC_E_UNSUPPORTED_FUNCTION },
    { SECPKG_ATTR_TARGET_INFORMATION, sizeof(SecPkgContext_TargetInformation),
      { { BLOCK, AT(SecPkgContext_TargetInformation, MarshalledTargetInfo) } }, false, 0,
      SEC_E_UNSUPPORTED_FUNCTION },
    { SECPKG_ATTR_ACCESS_TOKEN, sizeof(SecPkgContext_AccessToken), { { NO_TEXT, 0 } }, false,
      SEC_E_NO_IMPERSONATION, 0 },
    { SECPKG_ATTR_TARGET, sizeof(SecPkgContext_Target),
      { { BLOCK, AT(SecPkgContext_Target, Target) } }, false, 0, 0 },
    { SECPKG_ATTR_LOGOFF_TIME, sizeof(SecPkgContext_LogoffTime), { { NO_TEXT, 0 } }, false, 0, 0 },
    { SECPKG_ATTR_PROMPTING_NEEDED, sizeof(SecPkgContext_CredInfo), { { NO_TEXT, 0 } }, false, 0,
      SEC_E_UNSUPPORTED_FUNCTION },
    { SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, sizeof(SecPkgContext_ClientSpecifiedTarget),
      { { WIDE_TEXT, 0 } }, false, SEC_E_UNSUPPORTED_FUNCTION, 0 },
    { SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, sizeof(SecPkgContext_LastClientTokenStatus),
      { { NO_TEXT, 0 } }, true, 0, 0 },
    { SECPKG_ATTR_IS_LOOPBACK, sizeof(BOOLEAN), { { NO_TEXT, 0 } }, false, 0, 0 },
};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static struct {
    char name[64];
    ULONG value;
} values[VALUES_MAX];
static size_t value_count;

/* Bits of structures, and a mark of thunks, that happen to be named like attributes. */
static bool
is_attribute(const char *name)
{
    return strncmp(name, "SECPKG_ATTR_", 12) == 0 && strstr(name, "_INFO_FLAG_") == NULL
           && strcmp(name, "SECPKG_ATTR_THUNK_ALL") != 0;
}

static int
values_read(void **state)
{
    FILE *f = fopen(TEST_VECTORS "/constants.tsv", "r");
    char line[256], name[64], number[32];

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "%63s %31s", name, number) != 2 || !is_attribute(name))
            continue;
        assert_true(value_count < VALUES_MAX);
        snprintf(values[value_count].name, sizeof(values[0].name), "%s", name);
        values[value_count++].value = (ULONG)strtoul(number, NULL, 0);
    }
    fclose(f);
    assert_true(value_count > 80);
    return 0;
}

static size_t
expected_find(ULONG id)
{
    size_t i = 0;

    while (i < EXPECTED && expected[i].id != id)
        i++;
    return i;
}

/* One at a time: the structure's strings must be strings, and each a block to be freed. */
static void
texts_check(size_t i, const uint8_t *value, bool ansi)
{
    for (size_t k = 0; k < 2; k++) {
        void *p = NULL;

        if (expected[i].texts[k].kind == NO_TEXT)
            continue;
        memcpy(&p, value + expected[i].texts[k].offset, sizeof(p));
        assert_non_null(p);
        if (expected[i].texts[k].kind == TEXT && ansi)
            assert_true(strlen(p) > 1);     /* of UTF-16 the second byte would be the NUL */
        if (expected[i].texts[k].kind == WIDE_TEXT || (expected[i].texts[k].kind == TEXT && !ansi))
            assert_int_not_equal(((const char16_t *)p)[0], 0);
        assert_int_equal(FreeContextBuffer(p), SEC_E_OK);
    }
}

static SECURITY_STATUS
ask(CtxtHandle *h, ULONG id, void *value, bool ansi, bool ex, size_t size)
{
    if (ex)
        return ansi ? QueryContextAttributesExA(h, id, value, (ULONG)size)
                    : QueryContextAttributesExW(h, id, value, (ULONG)size);
    return ansi ? QueryContextAttributesA(h, id, value) : QueryContextAttributesW(h, id, value);
}

static void
one_is(CtxtHandle *h, size_t v, SECURITY_STATUS want, bool ansi, bool ex)
{
    _Alignas(16) uint8_t value[ROOM], before[ROOM];
    size_t i = expected_find(values[v].value);
    size_t size = i < EXPECTED ? expected[i].size : ROOM;
    SECURITY_STATUS st;

    memset(value, FILL, sizeof(value));
    memset(before, FILL, sizeof(before));
    st = ask(h, values[v].value, value, ansi, ex, size);
    if (st != want)
        fail_msg("%s, %s%s: %08x, not %08x", values[v].name, ex ? "Ex" : "", ansi ? "A" : "W",
                 (unsigned)st, (unsigned)want);
    if (st != SEC_E_OK) {
        assert_memory_equal(value, before, sizeof(value));
        return;
    }
    assert_memory_equal(value + size, before, sizeof(value) - size);
    texts_check(i, value, ansi);
}

static void
all_are(CtxtHandle *h, bool initiator, bool complete)
{
    for (size_t v = 0; v < value_count; v++) {
        size_t i = expected_find(values[v].value);
        SECURITY_STATUS want = complete ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;

        if (i < EXPECTED && (complete || expected[i].early))
            want = initiator ? expected[i].initiator : expected[i].acceptor;
        for (unsigned form = 0; form < 4; form++)
            one_is(h, v, want, form & 1, form & 2);
    }
}

static void
after_the_end(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_CONFIDENTIALITY, 0);

    (void)state;
    all_are(&p.client, true, true);
    all_are(&p.server, false, true);
    app_close(&p);
}

static void
before_the_end(void **state)
{
    struct app_pair p = { .client_cred = app_outbound(u"NTLM", app_user, app_password),
                          .server_cred = app_inbound(u"NTLM") };
    SecPkgContext_LastClientTokenStatus last;
    struct app_token to_server, to_client;
    SecPkgContext_NegotiationInfoW nego;
    SecPkgContext_Flags flags;

    (void)state;
    app_token_empty(&to_server);
    app_token_empty(&to_client);
    assert_int_equal(InitializeSecurityContextW(
        &p.client_cred, NULL, app_target, ISC_REQ_ALLOCATE_MEMORY, 0, SECURITY_NETWORK_DREP, NULL,
        0, &p.client, &to_server.desc, &p.client_attributes, NULL), SEC_I_CONTINUE_NEEDED);
    all_are(&p.client, true, false);
    assert_int_equal(AcceptSecurityContext(
        &p.server_cred, NULL, &to_server.desc, ASC_REQ_ALLOCATE_MEMORY, SECURITY_NETWORK_DREP,
        &p.server, &to_client.desc, &p.server_attributes, NULL), SEC_I_CONTINUE_NEEDED);
    all_are(&p.server, false, false);
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS,
                                             &last), SEC_E_OK);
    assert_int_equal(last.LastClientTokenStatus, SecPkgAttrLastClientTokenNo);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NEGOTIATION_INFO, &nego),
                     SEC_E_OK);
    assert_int_equal(nego.NegotiationState, SECPKG_NEGOTIATION_IN_PROGRESS);
    assert_int_equal(FreeContextBuffer(nego.PackageInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, p.server_attributes);
    assert_int_equal(FreeContextBuffer(to_server.buffer.pvBuffer), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(to_client.buffer.pvBuffer), SEC_E_OK);
    app_close(&p);
}

/* ---- values ------------------------------------------------------------------------------ */

static void
names_of_both_sides(void **state)
{
    struct app_pair p = app_connect(0, 0);
    SecPkgContext_ClientSpecifiedTarget claim;
    SecPkgContext_NativeNamesA a;
    SecPkgContext_NativeNamesW w;
    SecPkgContext_DceInfo dce;
    SecPkgContext_NamesW names;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_DCE_INFO, &dce), SEC_E_OK);
    assert_int_equal(dce.AuthzSvc, 1);      /* RPC_C_AUTHZ_NAME */
    app_assert_wide(dce.pPac, (char16_t *)names.sUserName);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NATIVE_NAMES, &w), SEC_E_OK);
    app_assert_wide(w.sClientName, (char16_t *)names.sUserName);
    app_assert_wide(w.sServerName, app_target);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET,
                                             &claim), SEC_E_OK);
    app_assert_wide(claim.sTargetName, app_target);
    assert_int_equal(QueryContextAttributesA(&p.client, SECPKG_ATTR_NATIVE_NAMES, &a), SEC_E_OK);
    assert_string_equal(a.sClientName, "J\xc3\xb6rg");
    assert_string_equal(a.sServerName, "HOST/localhost");
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(dce.pPac), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(w.sClientName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(w.sServerName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(claim.sTargetName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(a.sClientName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(a.sServerName), SEC_E_OK);
    app_close(&p);
}

static void
numbers(void **state)
{
    struct app_pair p = app_connect(0, 0);
    SecPkgContext_LastClientTokenStatus last;
    SecPkgContext_TargetInformation info;
    SecPkgContext_PasswordExpiry expiry;
    SecPkgContext_UserFlags flags;
    SecPkgContext_CredInfo cred;
    BOOLEAN here;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_IS_LOOPBACK, &here), SEC_E_OK);
    assert_true(here);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_IS_LOOPBACK, &here), SEC_E_OK);
    assert_true(here);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_USER_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.UserFlags, 0x100);       /* MS-NRPC: NTLMv2, and no guest */
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_PASSWORD_EXPIRY, &expiry),
                     SEC_E_OK);
    assert_int_equal(expiry.tsPasswordExpires.QuadPart, INT64_MAX);
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS,
                                             &last), SEC_E_OK);
    assert_int_equal(last.LastClientTokenStatus, SecPkgAttrLastClientTokenYes);
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_PROMPTING_NEEDED, &cred),
                     SEC_E_OK);
    assert_int_equal(cred.CredClass, SecPkgCredClass_Explicit);
    assert_int_equal(cred.IsPromptingNeeded, 0);
    /* AV pairs: the first is MsvAvNbDomainName, and MsvAvEOL ends them. */
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_TARGET_INFORMATION, &info),
                     SEC_E_OK);
    assert_true(info.MarshalledTargetInfoLength > 8);
    assert_int_equal(info.MarshalledTargetInfo[0], 2);
    assert_memory_equal(info.MarshalledTargetInfo + info.MarshalledTargetInfoLength - 4,
                        "\0\0\0\0", 4);
    assert_int_equal(FreeContextBuffer(info.MarshalledTargetInfo), SEC_E_OK);
    app_close(&p);
}

/* ---- setting, and credentials ----------------------------------------------------------- */

/* Microsoft's pages name no attribute of NTLM that could be set. */
static void
nothing_can_be_set(void **state)
{
    struct app_pair p = app_connect(0, 0);
    uint8_t value[16] = { 0 };

    (void)state;
    for (size_t v = 0; v < value_count; v++) {
        ULONG id = values[v].value;

        assert_int_equal(SetContextAttributesW(&p.client, id, value, sizeof(value)),
                         SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(SetContextAttributesA(&p.server, id, value, sizeof(value)),
                         SEC_E_UNSUPPORTED_FUNCTION);
    }
    for (ULONG id = 0; id < 8; id++) {
        assert_int_equal(SetCredentialsAttributesW(&p.client_cred, id, value, sizeof(value)),
                         SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(SetCredentialsAttributesA(&p.server_cred, id, value, sizeof(value)),
                         SEC_E_UNSUPPORTED_FUNCTION);
    }
    assert_int_equal(SetContextAttributesW(&p.client, SECPKG_ATTR_FLAGS, NULL, 0),
                     SEC_E_INVALID_PARAMETER);
    app_close(&p);
}

static void
credentials_have_names(void **state)
{
    struct app_pair p = app_connect(0, 0);
    SecPkgCredentials_NamesA a;
    SecPkgCredentials_NamesW w;
    uint8_t value[64];

    (void)state;
    assert_int_equal(QueryCredentialsAttributesW(&p.client_cred, SECPKG_CRED_ATTR_NAMES, &w),
                     SEC_E_OK);
    app_assert_wide(w.sUserName, app_user);
    assert_int_equal(FreeContextBuffer(w.sUserName), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesA(&p.client_cred, SECPKG_CRED_ATTR_NAMES, &a),
                     SEC_E_OK);
    assert_string_equal(a.sUserName, "J\xc3\xb6rg");
    assert_int_equal(FreeContextBuffer(a.sUserName), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesW(&p.server_cred, SECPKG_CRED_ATTR_NAMES, &w),
                     SEC_E_NO_CREDENTIALS);
    for (ULONG id = 2; id < 8; id++)
        assert_int_equal(QueryCredentialsAttributesW(&p.client_cred, id, value),
                         SEC_E_UNSUPPORTED_FUNCTION);
    app_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_end),
        cmocka_unit_test(after_the_end),
        cmocka_unit_test(names_of_both_sides),
        cmocka_unit_test(numbers),
        cmocka_unit_test(nothing_can_be_set),
        cmocka_unit_test(credentials_have_names),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests_name("contract.app.attributes", tests, values_read, NULL);
    app_stop();
    return result;
}
