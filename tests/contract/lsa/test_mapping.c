/*
 * Who an account is on this machine (D18), its authorization data, and names for SIDs. The
 * scripted package is the caller.
 */
#include "bench.h"

#include "base/filetime.h"
#include "base/sid.h"
#include "ipc/token.h"

#include <pwd.h>
#include <stdio.h>

/* A user of /etc/passwd that every Debian has, and whose uid and gid are not a system user's. */
#define LOCAL_USER "nobody"

static LUID luid;
static HANDLE made, copied;

static const LSA_SECPKG_FUNCTION_TABLE *
lsa(void)
{
    return bench.package->lsa;
}

static uint8_t *auth_data;
static ULONG auth_size;

static void
put_account(const char *local_user)
{
    struct account a = { .expires = FILETIME_NEVER, .name_units = 5 }, found;
    uint32_t rid;

    memcpy(a.name, u"karla", 10);
    snprintf(a.local_user, sizeof(a.local_user), "%s", local_user);
    if (account_find(bench.accounts, view_of(u"karla", 10), &found) == 0)
        assert_int_equal(account_delete(bench.accounts, view_of(u"karla", 10)), 0);
    assert_int_equal(account_add(bench.accounts, &a, &rid), 0);
}

static void
log_on(void)
{
    static char16_t name[] = u"karla";
    UNICODE_STRING text = { 10, 10, (PWSTR)name }, account, empty = { 0 };
    TOKEN_SOURCE source = { "Script", { 1, 2 } };
    NTSTATUS sub;

    assert_int_equal(lsa()->GetAuthDataForUser(&text, SecNameFlat, NULL, &auth_data, &auth_size,
                                               NULL), STATUS_SUCCESS);
    assert_int_equal(lsa()->ConvertAuthDataToToken(auth_data, auth_size, SecurityImpersonation,
                                                   &source, Network, &empty, &made, &luid,
                                                   &account, &sub), STATUS_SUCCESS);
    lsa()->FreeLsaHeap(account.Buffer);
    lsa()->FreeLsaHeap(auth_data);
    assert_int_equal(lsa()->DuplicateHandle(made, &copied), STATUS_SUCCESS);
    /* A logon made its session itself. */
    assert_int_equal(lsa()->DeleteLogonSession(&luid), STATUS_BAD_LOGON_SESSION_STATE);
}

static struct token_snapshot
logged_on(const char *local_user)
{
    struct token_snapshot t;

    put_account(local_user);
    bench_within(log_on);
    assert_int_equal(token_snapshot_parse(bench.call.tokens[0].bytes, &t), SEC_E_OK);
    assert_true(lsa_handle_close(made));
    return t;
}

static struct token_snapshot
resolved(void)
{
    struct token_snapshot t;
    struct view v;

    assert_int_equal(lsa_token_resolve(&bench.call, (uintptr_t)copied, &v), SEC_E_OK);
    assert_int_equal(token_snapshot_parse(v, &t), SEC_E_OK);
    return t;
}

static void
a_local_user_is_asked_for_once(void **state)
{
    struct passwd *p = getpwnam(LOCAL_USER);
    struct token_snapshot t;

    (void)state;
    assert_non_null(p);
    /* The first logon does not wait for the name service (D6). */
    t = logged_on(LOCAL_USER);
    assert_int_equal(t.mapping, TOKEN_PENDING);
    assert_memory_equal(t.local_user.p, LOCAL_USER, t.local_user.n);
    t = resolved();
    assert_int_equal(t.mapping, TOKEN_MAPPED);
    assert_int_equal(t.uid, p->pw_uid);
    assert_int_equal(t.gid, p->pw_gid);
    assert_int_equal(t.home.n, strlen(p->pw_dir));
    t = logged_on(LOCAL_USER);
    assert_int_equal(t.mapping, TOKEN_MAPPED);
    assert_int_equal(t.uid, p->pw_uid);
}

static void
root_and_system_users_are_nobodys_image(void **state)
{
    static const char *const refused[] = { "root", "daemon", "no-such-user-here", "" };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct token_snapshot t = logged_on(refused[i]);

        assert_int_equal(t.uid, TOKEN_NO_UID);
        t = resolved();
        assert_int_equal(t.mapping, TOKEN_UNMAPPED);
        assert_int_equal(t.uid, TOKEN_NO_UID);
        t = logged_on(refused[i]);
        assert_int_equal(t.mapping, TOKEN_UNMAPPED);
    }
    assert_int_equal(lsa_token_resolve(&bench.call, 12345, &(struct view){ 0 }),
                     SEC_E_INVALID_HANDLE);
}

static void
a_range_maps_the_rest(void **state)
{
    struct config config = *bench_config();
    struct token_snapshot t;
    uint32_t rid = 0;
    struct sid sid;

    (void)state;
    config.idmap_first = 200000;
    config.idmap_count = 100000;
    lsa_reload(bench.lsa, &config);
    t = logged_on("");
    assert_int_equal(t.mapping, TOKEN_MAPPED);
    assert_true(sid_from_view(t.user, &sid));
    assert_true(sid_has_domain(t.user, account_store_sid(bench.accounts), &rid));
    assert_int_equal(t.uid, 200000 + rid);
    assert_int_equal(t.gid, 200000 + rid);
    assert_int_equal(token_gid_count(&t), 1);
    /* A RID outside the range is nobody; so is one that the range would put below min_uid. */
    config.idmap_count = 500;
    lsa_reload(bench.lsa, &config);
    assert_int_equal(logged_on("").mapping, TOKEN_UNMAPPED);
    config.idmap_count = 100000;
    config.min_uid = 300000;
    lsa_reload(bench.lsa, &config);
    assert_int_equal(logged_on("").mapping, TOKEN_UNMAPPED);
    lsa_reload(bench.lsa, bench_config());
}

static void
expand(void)
{
    static char16_t name[] = u"karla";
    UNICODE_STRING text = { 10, 10, (PWSTR)name };
    uint8_t *expanded;
    ULONG size;

    assert_int_equal(lsa()->GetAuthDataForUser(&text, SecNameFlat, NULL, &auth_data, &auth_size,
                                               NULL), STATUS_SUCCESS);
    assert_int_equal(lsa()->ExpandAuthDataForDomain(auth_data, auth_size, NULL, &expanded, &size),
                     STATUS_SUCCESS);
    assert_int_equal(size, auth_size);
    assert_memory_equal(expanded, auth_data, size);
    lsa()->FreeLsaHeap(expanded);
    assert_int_equal(lsa()->ExpandAuthDataForDomain(auth_data, auth_size - 1, NULL, &expanded,
                                                    &size), STATUS_INVALID_PARAMETER);
    assert_null(expanded);
    lsa()->FreeLsaHeap(auth_data);
}

static void
authorization_data_is_expanded(void **state)
{
    (void)state;
    put_account("");
    bench_within(expand);
}

/* ---- names ------------------------------------------------------------------ */

static void
sids_and_names_find_each_other(void **state)
{
    static const struct {
        const char *sid;
        const char16_t *name;
        uint32_t use;
    } known[] = {
        { "S-1-1-0", u"Everyone", SidTypeWellKnownGroup },
        { "S-1-5-11", u"NT AUTHORITY\\Authenticated Users", SidTypeWellKnownGroup },
        { "S-1-5-18", u"SYSTEM", SidTypeWellKnownGroup },
    };
    struct lsa_name out;
    struct sid sid;

    (void)state;
    put_account("");
    bench_within(NULL);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t units = 0;

        while (known[i].name[units])
            units++;
        assert_true(sid_parse_text(known[i].sid, &sid));
        assert_int_equal(lsa_lookup_sid(&bench.call, sid_view(&sid), &out), SEC_E_OK);
        assert_int_equal(out.use, known[i].use);
        assert_int_equal(lsa_lookup_name(&bench.call, view_of(known[i].name, 2 * units), &out),
                         SEC_E_OK);
        assert_true(view_is_equal(sid_view(&out.sid), sid_view(&sid)));
    }
    assert_int_equal(lsa_lookup_name(&bench.call, view_of(u"KARLA", 10), &out), SEC_E_OK);
    assert_int_equal(out.use, SidTypeUser);
    sid = out.sid;
    assert_int_equal(lsa_lookup_sid(&bench.call, sid_view(&sid), &out), SEC_E_OK);
    assert_memory_equal(out.name.p, u"karla", 10);
    assert_true(out.domain.n > 0);
    assert_int_equal(lsa_lookup_name(&bench.call, view_of(u"OTHER\\karla", 22), &out), SEC_E_OK);
    assert_int_equal(out.use, 0);
    assert_int_equal(lsa_lookup_name(&bench.call, view_of(u"karla", 9), &out),
                     SEC_E_INVALID_PARAMETER);
    assert_true(sid_parse_text("S-1-5-21-9-9-9-1000", &sid));
    assert_int_equal(lsa_lookup_sid(&bench.call, sid_view(&sid), &out), SEC_E_OK);
    assert_int_equal(out.use, 0);
    assert_int_equal(lsa_lookup_sid(&bench.call, view_of("xx", 2), &out), SEC_E_INVALID_PARAMETER);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_local_user_is_asked_for_once),
        TEST(root_and_system_users_are_nobodys_image),
        TEST(a_range_maps_the_rest),
        TEST(authorization_data_is_expanded),
        TEST(sids_and_names_find_each_other),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
