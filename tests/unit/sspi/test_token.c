/* Tokens: snapshots, their handles, and GetTokenInformation. */
#include "fake.h"
#include "half.h"

#include "ipc/token.h"

/* S-1-5-21-1-2-3-1000, S-1-5-21-1-2-3-513, S-1-1-0. */
static const uint8_t user[28] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0,
                                  2, 0, 0, 0, 3, 0, 0, 0, 0xe8, 3, 0, 0 };
static const uint8_t users[28] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0,
                                   2, 0, 0, 0, 3, 0, 0, 0, 1, 2, 0, 0 };
static const uint8_t everyone[12] = { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };

static struct view
snapshot(uint64_t id)
{
    static uint8_t room[512];
    struct wr w = wr_init(room, sizeof(room));
    struct token_group groups[2] = {
        { view_of(users, sizeof(users)), SE_GROUP_MANDATORY | SE_GROUP_ENABLED },
        { view_of(everyone, sizeof(everyone)), SE_GROUP_ENABLED },
    };
    struct token_snapshot t = {
        .token_id = id, .logon_id = 0x1122334455667788, .expiry = 99, .type = TokenImpersonation,
        .level = SecurityImpersonation, .source = { 'N', 't', 'L', 'm' }, .source_id = 5,
        .uid = TOKEN_NO_UID, .gid = TOKEN_NO_UID, .user = view_of(user, sizeof(user)),
        .primary_group = view_of(users, sizeof(users)), .account = view_of(u"u", 2),
        .domain = view_of(u"D", 2), .group_count = 2,
    };

    token_snapshot_build(&w, &t, groups, 2);
    assert_false(w.failed);
    return wr_written(&w);
}

static uint64_t token_number;
static uint64_t token_id;
static bool malformed;

/* A leg that puts a token into the client and names it in ContextData, as DuplicateHandle does. */
static status_t
answer_with_token(struct fake_call *c)
{
    static char data[32];

    c->back.tokens.count = 1;
    c->back.tokens.v[0] = (struct ipc_range){ token_number, snapshot(token_id) };
    if (malformed)
        c->back.tokens.v[0].bytes.n -= 1;
    snprintf(data, sizeof(data), "token=%llu", (unsigned long long)token_number);
    return fake_accept_mapped(c, 0x100 + fake.count[IPC_ID_accept_context], data);
}

static CredHandle cred;

static SECURITY_STATUS
accept_token(CtxtHandle *h, uint64_t number, uint64_t id)
{
    token_number = number;
    token_id = id;
    return AcceptSecurityContext(&cred, NULL, NULL, 0, 0, h, NULL, NULL, NULL);
}

static int
setup(void **state)
{
    fake_setup(state);
    fake.answers[IPC_ID_accept_context] = answer_with_token;
    cred = fake_credential(u"NTLM", NULL);
    malformed = false;
    return 0;
}

static uint64_t
id_of(HANDLE token)
{
    TOKEN_STATISTICS s;
    DWORD n;

    assert_true(GetTokenInformation(token, TokenStatistics, &s, sizeof(s), &n));
    return (uint64_t)(uint32_t)s.TokenId.HighPart << 32 | s.TokenId.LowPart;
}

static void
a_token_outlives_its_context(void **state)
{
    CtxtHandle h;
    HANDLE a, b;

    (void)state;
    assert_int_equal(accept_token(&h, 0x7000, 11), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&h, &a), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&h, &b), SEC_E_OK);
    assert_ptr_not_equal(a, b);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    fake.session = 2;
    assert_int_equal(id_of(a), 11);
    assert_true(CloseHandle(a));
    SetLastError(0);
    assert_false(CloseHandle(a));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_int_equal(id_of(b), 11);
    assert_true(CloseHandle(b));
    assert_false(CloseHandle(NULL));
}

/* Two runs of the authority may choose the same number for different clients. */
static void
numbers_belong_to_their_context(void **state)
{
    CtxtHandle one, two;
    HANDLE a, b;

    (void)state;
    assert_int_equal(accept_token(&one, 0x7000, 11), SEC_E_OK);
    fake.session = 2;
    assert_int_equal(accept_token(&two, 0x7000, 22), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&one, &a), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&two, &b), SEC_E_OK);
    assert_int_equal(id_of(a), 11);
    assert_int_equal(id_of(b), 22);
    /* The authority's number is no handle of the application's. */
    assert_false(CloseHandle((HANDLE)0x7000));
    assert_true(CloseHandle(a) && CloseHandle(b));
}

static void
the_access_token_is_borrowed(void **state)
{
    SecPkgContext_AccessToken t, again;
    CtxtHandle h;

    (void)state;
    assert_int_equal(accept_token(&h, 0x7000, 33), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_ACCESS_TOKEN, &t), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&h, SECPKG_ATTR_ACCESS_TOKEN, &again), SEC_E_OK);
    assert_ptr_equal(t.AccessToken, again.AccessToken);
    assert_int_equal(id_of(t.AccessToken), 33);
    assert_false(CloseHandle(t.AccessToken));
    assert_int_equal(id_of(t.AccessToken), 33);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    SetLastError(0);
    assert_false(GetTokenInformation(t.AccessToken, TokenType, NULL, 0, NULL));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
}

/* A package written for Windows closes the number that it got. */
static void
the_user_half_closes_its_own(void **state)
{
    CtxtHandle h;

    (void)state;
    fake_half()->close_token = TRUE;
    assert_int_equal(accept_token(&h, 0x7000, 44), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_int_equal(fake_half()->closed, TRUE);
}

static void
a_malformed_token_ends_the_leg(void **state)
{
    CtxtHandle h;

    (void)state;
    malformed = true;
    assert_int_equal(accept_token(&h, 0x7000, 1), SEC_E_INTERNAL_ERROR);
    assert_int_equal(fake.count[IPC_ID_delete_context], 1);
    assert_int_equal(fake_half()->count, 0);
}

static void
a_context_without_a_token(void **state)
{
    CtxtHandle h = fake_context(&cred, 9);
    void *token;

    (void)state;
    assert_int_equal(QuerySecurityContextToken(&h, &token), SEC_E_NO_IMPERSONATION);
    assert_int_equal(QuerySecurityContextToken(&h, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(ImpersonateSecurityContext(&h), SEC_E_NO_IMPERSONATION);
    assert_int_equal(RevertSecurityContext(&h), SEC_E_OK);
    assert_true(RevertToSelf());
}

/* ---- GetTokenInformation ------------------------------------------------ */

/* The protocol: ask for the size, then for the facts; a byte less is too little. */
static void *
info(HANDLE token, TOKEN_INFORMATION_CLASS what, DWORD *n)
{
    void *out;

    SetLastError(0);
    assert_false(GetTokenInformation(token, what, NULL, 0, n));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_true(*n > 0);
    out = malloc(*n);
    assert_false(GetTokenInformation(token, what, out, *n - 1, n));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_true(GetTokenInformation(token, what, out, *n, n));
    return out;
}

static void
facts(void **state)
{
    CtxtHandle h;
    HANDLE t;
    DWORD n;
    TOKEN_USER *u;
    TOKEN_GROUPS *g;
    SID_AND_ATTRIBUTES *groups;
    TOKEN_PRIMARY_GROUP *p;
    TOKEN_SOURCE *s;
    TOKEN_STATISTICS *st;

    (void)state;
    assert_int_equal(accept_token(&h, 0x7000, 11), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&h, &t), SEC_E_OK);
    u = info(t, TokenUser, &n);
    assert_true(EqualSid(u->User.Sid, (PSID)(uintptr_t)user));
    assert_int_equal(u->User.Attributes, 0);
    /* The SID lies in the caller's own buffer. */
    assert_true((uint8_t *)u->User.Sid + 28 <= (uint8_t *)u + n);
    free(u);
    g = info(t, TokenGroups, &n);
    assert_int_equal(g->GroupCount, 2);
    groups = g->Groups;
    assert_true(EqualSid(groups[0].Sid, (PSID)(uintptr_t)users));
    assert_int_equal(groups[0].Attributes, SE_GROUP_MANDATORY | SE_GROUP_ENABLED);
    assert_true(EqualSid(groups[1].Sid, (PSID)(uintptr_t)everyone));
    free(g);
    p = info(t, TokenPrimaryGroup, &n);
    assert_true(EqualSid(p->PrimaryGroup, (PSID)(uintptr_t)users));
    free(p);
    s = info(t, TokenSource, &n);
    assert_memory_equal(s->SourceName, "NtLm\0\0\0\0", 8);
    assert_int_equal(s->SourceIdentifier.LowPart, 5);
    free(s);
    st = info(t, TokenStatistics, &n);
    assert_int_equal(st->AuthenticationId.LowPart, 0x55667788);
    assert_int_equal(st->AuthenticationId.HighPart, 0x11223344);
    assert_int_equal(st->ExpirationTime.QuadPart, 99);
    assert_int_equal(st->GroupCount, 2);
    assert_int_equal(st->TokenType, TokenImpersonation);
    assert_int_equal(st->ImpersonationLevel, SecurityImpersonation);
    free(st);
    free(info(t, TokenType, &n));
    assert_int_equal(n, sizeof(TOKEN_TYPE));
    free(info(t, TokenImpersonationLevel, &n));
    assert_false(GetTokenInformation(t, TokenPrivileges, NULL, 0, &n));
    assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);
    assert_true(CloseHandle(t));
}

/* The keys that were packed already do not stay behind an error. */
static void
an_export_without_room_for_the_token(void **state)
{
    SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
    void *token = NULL;
    CtxtHandle h;

    (void)state;
    fake_setup(state);
    fake_limit_objects(2);
    fake.answers[IPC_ID_accept_context] = answer_with_token;
    cred = fake_credential(u"NTLM", NULL);
    assert_int_equal(accept_token(&h, 0x7000, 11), SEC_E_OK);
    assert_int_equal(ExportSecurityContext(&h, 0, &packed, &token), SEC_E_INSUFFICIENT_MEMORY);
    assert_null(packed.pvBuffer);
    assert_int_equal(packed.cbBuffer, 0);
    assert_null(token);
    assert_int_equal(ExportSecurityContext(&h, 0, &packed, NULL), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(packed.pvBuffer), SEC_E_OK);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_token_outlives_its_context), T(numbers_belong_to_their_context),
        T(the_access_token_is_borrowed), T(the_user_half_closes_its_own),
        T(an_export_without_room_for_the_token),
        T(a_malformed_token_ends_the_leg), T(a_context_without_a_token), T(facts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
