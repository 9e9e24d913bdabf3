/*
 * Tokens, and who the client is, by the rules of their pages. The scripted package is the caller.
 */
#include "bench.h"

#include "base/sid.h"
#include "ipc/token.h"
#include "lsa/token.h"

#include <stdlib.h>
#include <unistd.h>

static LUID luid;
static HANDLE made, copied;
static struct sid user_sid, group_sid;

static const LSA_SECPKG_FUNCTION_TABLE *
lsa(void)
{
    return bench.package->lsa;
}

/* ---- CreateToken --------------------------------------------------------- */

static void
set_information(LSA_TOKEN_INFORMATION_V1 *v)
{
    assert_true(sid_parse_text("S-1-5-21-1-2-3-1104", &user_sid));
    assert_true(sid_parse_text("S-1-5-21-1-2-3-513", &group_sid));
    *v = (LSA_TOKEN_INFORMATION_V1){
        .ExpirationTime = { .QuadPart = 1234 },
        .User = { { user_sid.bytes, 0 } },
        .PrimaryGroup = { group_sid.bytes },
        .Groups = lsa()->AllocatePrivateHeap(sizeof(TOKEN_GROUPS)),
    };
    v->Groups->GroupCount = 1;
    v->Groups->Groups[0] = (SID_AND_ATTRIBUTES){ group_sid.bytes, SE_GROUP_ENABLED };
}

static NTSTATUS
create(LSA_TOKEN_INFORMATION_TYPE type, void *information, HANDLE *token)
{
    static char16_t name[] = u"anna", domain[] = u"REALM";
    UNICODE_STRING account = { 8, 8, (PWSTR)name }, authority = { 10, 10, (PWSTR)domain };
    TOKEN_SOURCE source = { "Script", { 1, 2 } };
    NTSTATUS sub;

    return lsa()->CreateToken(&luid, &source, Network, SecurityImpersonation, type, information,
                              NULL, &account, &authority, NULL, NULL, token, &sub);
}

static void
create_and_copy(void)
{
    LSA_TOKEN_INFORMATION_V1 v;

    set_information(&v);
    luid = bench_luid();
    assert_int_equal(create(LsaTokenInformationV1, &v, &made), STATUS_NO_SUCH_LOGON_SESSION);
    assert_null(made);
    assert_int_equal(lsa()->CreateLogonSession(&luid), STATUS_SUCCESS);
    assert_int_equal(create(LsaTokenInformationV1, &v, &made), STATUS_SUCCESS);
    /* They were the authority's to free. */
    assert_null(v.Groups);
    assert_int_equal(lsa()->DuplicateHandle(made, &copied), STATUS_SUCCESS);
    assert_ptr_not_equal(copied, made);
}

static void
created(struct token_snapshot *t)
{
    bench_within(create_and_copy);
    assert_int_equal(bench.call.token_count, 1);
    assert_int_equal(bench.call.tokens[0].address, (uintptr_t)copied);
    assert_int_equal(token_snapshot_parse(bench.call.tokens[0].bytes, t), SEC_E_OK);
}

static void
a_token_says_what_it_was_made_of(void **state)
{
    struct token_snapshot t;
    struct token_group g;
    struct rd r;

    (void)state;
    created(&t);
    assert_true(view_is_equal(t.user, sid_view(&user_sid)));
    assert_true(view_is_equal(t.primary_group, sid_view(&group_sid)));
    assert_memory_equal(t.account.p, u"anna", 8);
    assert_memory_equal(t.domain.p, u"REALM", 10);
    assert_memory_equal(t.source, "Script\0", 8);
    assert_int_equal(t.expiry, 1234);
    assert_int_equal(t.level, SecurityImpersonation);
    assert_int_equal(t.logon_id, (uint64_t)luid.HighPart << 32 | luid.LowPart);
    r = rd_init(t.groups);
    assert_true(token_group_next(&r, &g));
    assert_true(view_is_equal(g.sid, sid_view(&group_sid)));
    assert_int_equal(g.attributes, SE_GROUP_ENABLED);
    /* A SID of a domain that is not ours is nobody here. */
    assert_int_equal(t.mapping, TOKEN_UNMAPPED);
    assert_int_equal(t.uid, TOKEN_NO_UID);
    assert_true(lsa_handle_close(made));
}

/* The session lives as long as a token of it does, and its credentials with it. */
static void
the_last_token_ends_the_session(void **state)
{
    static char bytes[] = "a";
    LSA_STRING a = { 1, 1, bytes }, out;
    ULONG query = 0, need;
    struct token_snapshot t;
    HANDLE again;

    (void)state;
    created(&t);
    assert_int_equal(lsa()->DeleteLogonSession(&luid), STATUS_BAD_LOGON_SESSION_STATE);
    assert_int_equal(lsa()->AddCredential(&luid, 7, &a, &a), STATUS_SUCCESS);
    assert_int_equal(lsa()->OpenTokenByLogonId(&luid, &again), STATUS_SUCCESS);
    assert_true(lsa_handle_close(made));
    assert_false(lsa_handle_close(made));
    assert_true(lsa_handle_close(again));
    assert_int_equal(bench.package->seen.logons_ended, 0);
    /* The client's copy keeps it. */
    assert_int_equal(lsa()->GetCredentials(&luid, 7, &query, FALSE, &a, &need, &out),
                     STATUS_SUCCESS);
    lsa()->FreeLsaHeap(out.Buffer);
    lsa_token_copy_close(bench.client, (uintptr_t)copied);
    assert_int_equal(bench.package->seen.logons_ended, 1);
    assert_int_equal(bench.package->seen.logon_ended.LowPart, luid.LowPart);
    assert_int_equal(lsa()->OpenTokenByLogonId(&luid, &again), STATUS_NO_SUCH_LOGON_SESSION);
    assert_null(again);
}

static void
a_client_that_goes_takes_its_tokens(void **state)
{
    struct token_snapshot t;

    (void)state;
    created(&t);
    assert_true(lsa_handle_close(made));
    assert_int_equal(bench.package->seen.logons_ended, 0);
    bench_client_renew();
    /* This logon, and the session of the process's uid (D4). */
    assert_int_equal(bench.package->seen.logons_ended, 2);
}

static void
create_wrongly(void)
{
    static uint8_t bad_sid[] = { 1, 16, 0, 0, 0, 0, 0, 5 };
    LSA_TOKEN_INFORMATION_V1 v;
    LSA_TOKEN_INFORMATION_NULL none = { .Groups = NULL };
    HANDLE token;

    luid = bench_luid();
    assert_int_equal(lsa()->CreateLogonSession(&luid), STATUS_SUCCESS);
    set_information(&v);
    v.User.User.Sid = bad_sid;
    assert_int_equal(create(LsaTokenInformationV1, &v, &token), STATUS_INVALID_PARAMETER);
    v.User.User.Sid = NULL;
    assert_int_equal(create(LsaTokenInformationV1, &v, &token), STATUS_INVALID_PARAMETER);
    v.User.User.Sid = user_sid.bytes;
    v.Groups->Groups[0].Sid = bad_sid;
    assert_int_equal(create(LsaTokenInformationV1, &v, &token), STATUS_INVALID_PARAMETER);
    assert_int_equal(create((LSA_TOKEN_INFORMATION_TYPE)9, &v, &token), STATUS_INVALID_PARAMETER);
    assert_int_equal(create(LsaTokenInformationV1, NULL, &token), STATUS_INVALID_PARAMETER);
    assert_null(token);
    /* It failed, so they are the package's still. */
    assert_non_null(v.Groups);
    lsa()->FreePrivateHeap(v.Groups);
    assert_int_equal(create(LsaTokenInformationNull, &none, &made), STATUS_SUCCESS);
    assert_int_equal(lsa()->DuplicateTokenHandle(made, &copied), STATUS_SUCCESS);
    assert_int_equal(lsa()->DuplicateHandle((HANDLE)(uintptr_t)12345, &token),
                     STATUS_INVALID_HANDLE);
}

static void
what_is_wrong_is_refused(void **state)
{
    static const uint8_t anonymous[] = { 1, 1, 0, 0, 0, 0, 0, 5, 7, 0, 0, 0 };
    struct token_snapshot t;

    (void)state;
    bench_within(create_wrongly);
    assert_int_equal(token_snapshot_parse(bench.call.tokens[0].bytes, &t), SEC_E_OK);
    assert_memory_equal(t.user.p, anonymous, sizeof(anonymous));
    assert_true(lsa_handle_close(made));
}

static void
create_ex(void)
{
    static char16_t name[] = u"anna", domain[] = u"REALM";
    SECPKG_PRIMARY_CRED primary = { .DownlevelName = { 8, 8, (PWSTR)name },
                                    .DomainName = { 10, 10, (PWSTR)domain } };
    TOKEN_SOURCE source = { "Script", { 1, 2 } };
    LSA_TOKEN_INFORMATION_V1 v;
    NTSTATUS sub;

    luid = bench_luid();
    set_information(&v);
    assert_int_equal(lsa()->CreateLogonSession(&luid), STATUS_SUCCESS);
    assert_int_equal(lsa()->CreateTokenEx(&luid, &source, Network, SecurityIdentification,
                                          LsaTokenInformationV2, &v, NULL, NULL, NULL, NULL,
                                          SecSessionPrimaryCred, &made, &sub),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa()->CreateTokenEx(&luid, &source, Network, SecurityIdentification,
                                          LsaTokenInformationV2, &v, NULL, NULL, NULL, &primary,
                                          SecSessionPrimaryCred, &made, &sub),
                     STATUS_SUCCESS);
    /* One block: the package's. */
    assert_non_null(v.Groups);
    lsa()->FreePrivateHeap(v.Groups);
    assert_int_equal(lsa()->DuplicateHandle(made, &copied), STATUS_SUCCESS);
}

static void
the_longer_form_takes_names_from_the_credentials(void **state)
{
    struct token_snapshot t;

    (void)state;
    bench_within(create_ex);
    assert_int_equal(token_snapshot_parse(bench.call.tokens[0].bytes, &t), SEC_E_OK);
    assert_memory_equal(t.account.p, u"anna", 8);
    assert_memory_equal(t.domain.p, u"REALM", 10);
    assert_int_equal(t.level, SecurityIdentification);
    assert_true(lsa_handle_close(made));
}

static void
too_many(void)
{
    HANDLE more;
    NTSTATUS s = STATUS_SUCCESS;

    create_and_copy();
    for (int i = 0; i < LSA_TOKENS_MAX && s == STATUS_SUCCESS; i++)
        s = lsa()->DuplicateHandle(made, &more);
    assert_int_equal(s, STATUS_UNSUCCESSFUL);
    assert_null(more);
    assert_true(lsa_handle_close(made));
}

/* Handles that a client never closes are limited, and no context's failure leaves one. */
static void
tokens_have_a_quota(void **state)
{
    (void)state;
    bench_within(too_many);
    assert_int_equal(bench.service.tokens, LSA_TOKENS_MAX);
    lsa_call_end(&bench.call, true);
    assert_int_equal(bench.service.tokens, 0);
}

/* ---- who is calling ------------------------------------------------------- */

static SECPKG_CLIENT_INFO_EX seen_info;
static HANDLE process_token;

static void
look_at_client(void)
{
    SECPKG_CLIENT_INFO info;

    assert_int_equal(lsa()->GetClientInfo(&info), STATUS_SUCCESS);
    assert_int_equal(lsa()->GetClientInfoEx(&seen_info, sizeof(seen_info)), STATUS_SUCCESS);
    assert_ptr_equal(seen_info.ClientToken, info.ClientToken);
    assert_int_equal(lsa()->DuplicateHandle(seen_info.ClientToken, &copied), STATUS_SUCCESS);
    assert_int_equal(lsa()->OpenTokenByLogonId(&seen_info.LogonId, &process_token),
                     STATUS_SUCCESS);
}

static void
a_process_has_a_token_too(void **state)
{
    struct token_snapshot t;
    char text[SID_TEXT_MAX];

    (void)state;
    bench_within(look_at_client);
    assert_false(seen_info.Impersonating);
    assert_int_equal(token_snapshot_parse(bench.call.tokens[0].bytes, &t), SEC_E_OK);
    assert_int_equal(t.type, TokenPrimary);
    assert_true(sid_format(t.user, text));
    assert_memory_equal(text, "S-1-22-1-50", 11);
    /* What GetClientInfo showed was good within the call only. */
    assert_false(lsa_handle_close(seen_info.ClientToken));
    assert_true(lsa_handle_close(process_token));
}

static NTSTATUS impersonated;

static void
look_and_impersonate(void)
{
    impersonated = lsa()->ImpersonateClient();
    look_at_client();
}

/* A leg of a thread that impersonates the client of the token. */
static status_t
accept_as(HANDLE token, void (*fn)(void))
{
    uint64_t credential = bench_credential("Scripted", SECPKG_CRED_INBOUND);
    status_t s;

    bench_next(STATUS_SUCCESS, 0x501);
    bench.package->next.inside = fn;
    bench.token = (uintptr_t)token;
    s = bench_accept(credential, 0, 0, "x");
    bench.token = 0;
    return s;
}

static void
open_anonymous(void)
{
    LUID id = { 0x3e6, 0 };

    assert_int_equal(lsa()->OpenTokenByLogonId(&id, &made), STATUS_SUCCESS);
    assert_int_equal(lsa()->DuplicateTokenHandle(made, &copied), STATUS_SUCCESS);
}

/* The session of all anonymous clients, before there was one. */
static void
nobodys_session_is_nobodys(void **state)
{
    static const uint8_t anonymous[] = { 1, 1, 0, 0, 0, 0, 0, 5, 7, 0, 0, 0 };
    static const uint8_t authenticated[] = { 1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0 };
    struct token_snapshot t;
    struct view bytes;

    (void)state;
    bench_within(open_anonymous);
    bytes = bench.call.tokens[0].bytes;
    assert_int_equal(token_snapshot_parse(bytes, &t), SEC_E_OK);
    assert_int_equal(t.user.n, sizeof(anonymous));
    assert_memory_equal(t.user.p, anonymous, sizeof(anonymous));
    assert_null(memmem(bytes.p, bytes.n, authenticated, sizeof(authenticated)));
    assert_true(lsa_handle_close(made));
}

static void
an_impersonating_thread_is_its_client(void **state)
{
    struct token_snapshot t;
    LUID own;

    (void)state;
    bench.service.may |= CONFIG_MAY_TCB;
    bench_within(look_at_client);
    own = seen_info.LogonId;
    assert_true(seen_info.HasTcbPrivilege);
    assert_true(lsa_handle_close(process_token));
    created(&t);
    assert_int_equal(accept_as(copied, look_and_impersonate), SEC_E_OK);
    assert_true(seen_info.Impersonating);
    assert_int_equal(seen_info.LogonId.LowPart, luid.LowPart);
    assert_int_not_equal(seen_info.LogonId.LowPart, own.LowPart);
    /* Trust is the process's, not that of whom it acts for. */
    assert_false(seen_info.HasTcbPrivilege);
    /* Nobody on this machine: no success without effect (D18). */
    assert_int_equal(impersonated, STATUS_CANNOT_IMPERSONATE);
    assert_true(lsa_handle_close(process_token));
    assert_true(lsa_handle_close(made));
}

static void
only_ones_own_tokens_count(void **state)
{
    struct token_snapshot t;
    HANDLE foreign;

    (void)state;
    created(&t);
    foreign = copied;
    /* The package's own handle is not the client's. */
    assert_int_equal(accept_as(made, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(accept_as((HANDLE)(uintptr_t)99, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(accept_as(foreign, NULL), SEC_E_OK);
    bench_client_renew();
    assert_int_equal(accept_as(foreign, NULL), SEC_E_INVALID_HANDLE);
    assert_true(lsa_handle_close(made));
    /* One that may only be looked at. */
    bench_within(create_ex);
    assert_int_equal(accept_as(copied, NULL), SEC_E_NO_IMPERSONATION);
    assert_true(lsa_handle_close(made));
}

/* A process's token, whatever level it says; no function of a package's makes such a one. */
static void
put_primary(void)
{
    struct lsa_call *call = lsa_call_current();
    struct lsa_token *t;
    struct view v;
    uint8_t *room;

    create_and_copy();
    v = call->tokens[0].bytes;
    room = malloc(v.n);
    assert_non_null(room);
    token_snapshot_relabel(v, TokenPrimary, SecurityImpersonation, 7, room);
    t = lsa_token_new(view_of(room, v.n));
    assert_non_null(t);
    assert_int_equal(lsa_token_copy(call, t, &copied), STATUS_SUCCESS);
    lsa_token_put(t);
    free(room);
    assert_true(lsa_handle_close(made));
}

/* SetThreadToken's page: a thread has an impersonation token. */
static void
nobody_acts_by_a_primary_token(void **state)
{
    (void)state;
    bench_within(put_primary);
    assert_int_equal(accept_as(copied, NULL), SEC_E_NO_IMPERSONATION);
}

static void
impersonate(void)
{
    impersonated = lsa()->ImpersonateClient();
}

/* Another uid is not to be had without rights; its own the authority has. */
static void
a_package_becomes_whom_it_can(void **state)
{
    (void)state;
    impersonated = STATUS_SUCCESS;
    bench_within(impersonate);
    assert_int_equal(impersonated, STATUS_CANNOT_IMPERSONATE);
    bench_client_of(geteuid());
    bench_within(impersonate);
    assert_int_equal(impersonated, STATUS_SUCCESS);
    assert_true(lsa_revert());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_says_what_it_was_made_of),
        TEST(the_last_token_ends_the_session),
        TEST(a_client_that_goes_takes_its_tokens),
        TEST(what_is_wrong_is_refused),
        TEST(the_longer_form_takes_names_from_the_credentials),
        TEST(tokens_have_a_quota),
        TEST(a_process_has_a_token_too),
        TEST(nobodys_session_is_nobodys),
        TEST(an_impersonating_thread_is_its_client),
        TEST(only_ones_own_tokens_count),
        TEST(nobody_acts_by_a_primary_token),
        TEST(a_package_becomes_whom_it_can),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
