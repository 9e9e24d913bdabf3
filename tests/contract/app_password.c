/* ChangeAccountPassword: who may, what it must be like, and that guessing is counted. */
#include "app.h"

#include "ntsecapi.h"
#include "ntstatus.h"

static char16_t package[] = u"NTLM", none[] = u"Digest", empty[] = u"", wrong[] = u"guess";
static char16_t second[] = u"Another one", third[] = u"And a third";

struct answer {
    MSV1_0_CHANGEPASSWORD_RESPONSE detail;
    SecBuffer buffer;
    SecBufferDesc desc;
};

static SECURITY_STATUS
change(struct answer *a, char16_t *domain, char16_t *user, char16_t *old, char16_t *new)
{
    memset(a, 0, sizeof(*a));
    a->buffer = (SecBuffer){ sizeof(a->detail), SECBUFFER_CHANGE_PASS_RESPONSE, &a->detail };
    a->desc = (SecBufferDesc){ SECBUFFER_VERSION, 1, &a->buffer };
    return ChangeAccountPasswordW(package, domain, user, old, new, FALSE, 0, &a->desc);
}

static bool
lets_in(char16_t *password)
{
    struct app_pair p;

    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(u"NTLM", app_user, password);
    p.server_cred = app_inbound(u"NTLM");
    app_handshake(&p, 0, 0);
    DeleteSecurityContext(&p.client);
    DeleteSecurityContext(&p.server);
    FreeCredentialsHandle(&p.client_cred);
    FreeCredentialsHandle(&p.server_cred);
    return p.server_status == SEC_E_OK;
}

static void
there_and_back(void **state)
{
    static char utf8_package[] = "NTLM", utf8_domain[] = ".", utf8_user[] = "J\u00d6RG",
                utf8_old[] = "Another one", utf8_new[] = "And a third";
    struct answer a;

    (void)state;
    assert_int_equal(change(&a, empty, app_user, app_password, second), SEC_E_OK);
    assert_int_equal(a.buffer.cbBuffer, 0);
    assert_true(lets_in(second));
    assert_false(lets_in(app_password));
    assert_int_equal(ChangeAccountPasswordA(utf8_package, utf8_domain, utf8_user, utf8_old,
                                            utf8_new, FALSE, 0, &a.desc), SEC_E_OK);
    assert_true(lets_in(third));
}

/* Who knows the old one is told what the new one must be like. */
static void
the_policy_is_told(void **state)
{
    static char16_t brief[] = u"1234567";
    struct answer a;
    SecBufferDesc nothing = { SECBUFFER_VERSION, 0, NULL };

    (void)state;
    assert_int_equal(change(&a, empty, app_user, third, brief), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(a.buffer.cbBuffer, sizeof(a.detail));
    assert_int_equal(a.detail.MessageType, MsV1_0ChangePassword);
    assert_int_equal(a.detail.PasswordInfoValid, TRUE);
    assert_int_equal(a.detail.DomainPasswordInfo.MinPasswordLength, 8);
    assert_int_equal(a.detail.DomainPasswordInfo.PasswordHistoryLength, 5);
    /* Used before. */
    assert_int_equal(change(&a, empty, app_user, third, app_password),
                     STATUS_PASSWORD_RESTRICTION);
    /* Without room for the detail, or without a buffer, the status has to do. */
    a.buffer = (SecBuffer){ 4, SECBUFFER_CHANGE_PASS_RESPONSE, &a.detail };
    assert_int_equal(ChangeAccountPasswordW(package, empty, app_user, third, brief, FALSE, 0,
                                            &a.desc), STATUS_PASSWORD_RESTRICTION);
    assert_int_equal(a.buffer.cbBuffer, 0);
    assert_int_equal(ChangeAccountPasswordW(package, empty, app_user, third, brief, FALSE, 0,
                                            &nothing), STATUS_PASSWORD_RESTRICTION);
    /* A stranger is not. */
    assert_int_equal(change(&a, empty, app_user, wrong, brief), SEC_E_LOGON_DENIED);
    assert_int_equal(a.buffer.cbBuffer, 0);
    assert_true(lets_in(third));
}

static void
whose_it_is(void **state)
{
    static char16_t nobody[] = u"nobody", foreign[] = u"ELSEWHERE";
    struct answer a;

    (void)state;
    assert_int_equal(change(&a, empty, nobody, third, second), SEC_E_LOGON_DENIED);
    assert_int_equal(change(&a, foreign, app_user, third, second),
                     SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(change(&a, NULL, NULL, third, second), SEC_E_INVALID_PARAMETER);
    assert_int_equal(ChangeAccountPasswordW(none, empty, app_user, third, second, FALSE, 0,
                                            &a.desc), SEC_E_SECPKG_NOT_FOUND);
    assert_true(lets_in(third));
}

/* Ten guesses, be they of logons or of changes: then the right one does not help either. */
static void
guessing_locks_the_account(void **state)
{
    struct answer a;

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(change(&a, empty, app_user, wrong, second), SEC_E_LOGON_DENIED);
        assert_false(lets_in(wrong));
    }
    assert_false(lets_in(third));
    assert_int_equal(change(&a, empty, app_user, third, second), SEC_E_LOGON_DENIED);
    assert_int_equal(a.buffer.cbBuffer, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(the_policy_is_told),
        cmocka_unit_test(whose_it_is),
        cmocka_unit_test(guessing_locks_the_account),
    };
    int result = app_start();

    if (result != 0)
        return result;
    result = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return result;
}
