/* The client's token: who it says the client is, and how long it lives. */
#include "app.h"


static void *
info(HANDLE token, TOKEN_INFORMATION_CLASS what)
{
    DWORD n = 0;
    void *out;

    assert_false(GetTokenInformation(token, what, NULL, 0, &n));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    out = malloc(n);
    assert_true(GetTokenInformation(token, what, out, n, &n));
    return out;
}

static void
the_token_names_the_account(void **state)
{
    struct app_pair p = app_connect(0, 0);
    HANDLE token;
    TOKEN_USER *user;
    TOKEN_GROUPS *groups;
    TOKEN_TYPE *type;
    SECURITY_IMPERSONATION_LEVEL *level;
    WCHAR *text;
    const SID_AND_ATTRIBUTES *g;
    DWORD i, everyone = 0;
    static const uint8_t world[12] = { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };

    (void)state;
    assert_int_equal(QuerySecurityContextToken(&p.server, &token), SEC_E_OK);
    user = info(token, TokenUser);
    assert_true(IsValidSid(user->User.Sid));
    assert_true(ConvertSidToStringSidW(user->User.Sid, &text));
    /* A SID of the machine's own, and the first account in it. */
    assert_memory_equal(text, u"S-1-5-21-", 18);
    i = 0;
    while (text[i] != 0)
        i++;
    app_assert_wide(text + i - 5, u"-1000");
    assert_null(LocalFree(text));
    groups = info(token, TokenGroups);
    g = groups->Groups;
    for (i = 0; i < groups->GroupCount; i++) {
        assert_true(IsValidSid(g[i].Sid));
        everyone += EqualSid(g[i].Sid, (PSID)(uintptr_t)world) != 0;
    }
    assert_int_equal(everyone, 1);
    type = info(token, TokenType);
    assert_int_equal(*type, TokenImpersonation);
    level = info(token, TokenImpersonationLevel);
    assert_int_equal(*level, SecurityImpersonation);
    free(user);
    free(groups);
    free(type);
    free(level);
    assert_true(CloseHandle(token));
    app_close(&p);
}

/* Who made it, by name (TOKEN_SOURCE's page); and that each logon is one of its own. */
static void
the_token_names_its_source(void **state)
{
    static const char ntlm[TOKEN_SOURCE_LENGTH] = "NTLM";
    struct app_pair p = app_connect(0, 0), q = app_connect(0, 0);
    TOKEN_SOURCE *source[2];
    TOKEN_STATISTICS *statistics[2];
    HANDLE token[2];

    (void)state;
    assert_int_equal(QuerySecurityContextToken(&p.server, &token[0]), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&q.server, &token[1]), SEC_E_OK);
    for (size_t i = 0; i < 2; i++) {
        source[i] = info(token[i], TokenSource);
        assert_memory_equal(source[i]->SourceName, ntlm, TOKEN_SOURCE_LENGTH);
        statistics[i] = info(token[i], TokenStatistics);
    }
    /* The source is the same one, a logon is not. */
    assert_memory_equal(&source[0]->SourceIdentifier, &source[1]->SourceIdentifier, sizeof(LUID));
    assert_memory_not_equal(&statistics[0]->AuthenticationId, &statistics[1]->AuthenticationId,
                            sizeof(LUID));
    for (size_t i = 0; i < 2; i++) {
        free(source[i]);
        free(statistics[i]);
        assert_true(CloseHandle(token[i]));
    }
    app_close(&p);
    app_close(&q);
}

static void
identify_lowers_the_level(void **state)
{
    struct app_pair p = app_connect(ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY);
    SECURITY_IMPERSONATION_LEVEL *level;
    HANDLE token;

    (void)state;
    assert_int_equal(QuerySecurityContextToken(&p.server, &token), SEC_E_OK);
    level = info(token, TokenImpersonationLevel);
    assert_int_equal(*level, SecurityIdentification);
    free(level);
    assert_true(CloseHandle(token));
    app_close(&p);
}

static void
each_handle_is_the_callers_own(void **state)
{
    struct app_pair p = app_connect(0, 0);
    HANDLE a, b;
    TOKEN_USER *user;

    (void)state;
    assert_int_equal(QuerySecurityContextToken(&p.server, &a), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&p.server, &b), SEC_E_OK);
    assert_ptr_not_equal(a, b);
    assert_true(CloseHandle(a));
    assert_false(CloseHandle(a));
    app_close(&p);
    user = info(b, TokenUser);
    assert_true(IsValidSid(user->User.Sid));
    free(user);
    assert_true(CloseHandle(b));
}

static void
the_clients_side_has_none(void **state)
{
    struct app_pair p = app_connect(0, 0);
    HANDLE token = &p;

    (void)state;
    assert_int_equal(QuerySecurityContextToken(&p.client, &token), SEC_E_NO_IMPERSONATION);
    assert_null(token);
    assert_int_equal(ImpersonateSecurityContext(&p.server), SEC_E_NO_IMPERSONATION);
    app_close(&p);
}

static void
the_access_token_is_the_contexts(void **state)
{
    struct app_pair p = app_connect(0, 0);
    SecPkgContext_AccessToken access;
    TOKEN_USER *user;

    (void)state;
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_ACCESS_TOKEN, &access),
                     SEC_E_OK);
    user = info(access.AccessToken, TokenUser);
    assert_true(IsValidSid(user->User.Sid));
    free(user);
    assert_false(CloseHandle(access.AccessToken));
    app_close(&p);
    assert_false(CloseHandle(access.AccessToken));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_names_the_account),
        cmocka_unit_test(the_token_names_its_source),
        cmocka_unit_test(identify_lowers_the_level),
        cmocka_unit_test(each_handle_is_the_callers_own),
        cmocka_unit_test(the_clients_side_has_none),
        cmocka_unit_test(the_access_token_is_the_contexts),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return result;
}
