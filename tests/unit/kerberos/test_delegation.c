/*
 * Delegated credentials (delegation.c): KRB-CREDs that MIT's library makes, and what a hostile
 * client may make of them. What is kept is in the logon session; who acts for the client uses it.
 */
#include "world.h"

#include "packages/kerberos/wire/wire.h"

#include "winerror.h"

#define MUTATIONS 4000u

/* What the next KRB-CRED is like. */
static struct {
    const char *client, *server;
    bool plain, by_subkey, by_key_of_another;
    int64_t end;
    unsigned cut;               /* bytes that are cut off */
    unsigned spoil;             /* 1 and the byte that is turned; 0: none */
} next;

static void
next_reset(void)
{
    memset(&next, 0, sizeof(next));
    next.client = "alice@" WORLD_REALM;
    next.server = "krbtgt/" WORLD_REALM "@" WORLD_REALM;
    next.end = 3600;
}

/* The ticket is any that parses: nobody opens it here. */
static krb5_data
cred_make(struct peer *p)
{
    krb5_creds creds = { .ticket = p->creds.ticket, .ticket_flags = TKT_FLG_FORWARDED };
    krb5_keyblock another = { 0 };
    krb5_auth_context ac;
    krb5_data *out;
    krb5_data copy;

    assert_int_equal(krb5_parse_name(world.k, next.client, &creds.client), 0);
    assert_int_equal(krb5_parse_name(world.k, next.server, &creds.server), 0);
    assert_int_equal(krb5_c_make_random_key(world.k, 18, &creds.keyblock), 0);
    assert_int_equal(krb5_c_make_random_key(world.k, p->creds.keyblock.enctype, &another), 0);
    creds.times.authtime = (krb5_timestamp)world.now;
    creds.times.endtime = (krb5_timestamp)(world.now + next.end);
    assert_int_equal(krb5_auth_con_init(world.k, &ac), 0);
    assert_int_equal(krb5_auth_con_setflags(world.k, ac, 0), 0);
    if (next.by_subkey)
        assert_int_equal(krb5_auth_con_setsendsubkey(world.k, p->ac, &another), 0);
    if (!next.plain)
        assert_int_equal(krb5_auth_con_setuseruserkey(
                             world.k, ac,
                             next.by_subkey || next.by_key_of_another ? &another
                                                                      : &p->creds.keyblock),
                         0);
    assert_int_equal(krb5_mk_1cred(world.k, ac, &creds, &out, NULL), 0);
    copy = *out;
    free(out);
    copy.length -= next.cut;
    if (next.spoil > 0)
        copy.data[(next.spoil - 1) % copy.length] ^= (char)(1u << (next.spoil % 8));
    krb5_auth_con_free(world.k, ac);
    krb5_free_keyblock_contents(world.k, &another);
    krb5_free_keyblock_contents(world.k, &creds.keyblock);
    krb5_free_principal(world.k, creds.client);
    krb5_free_principal(world.k, creds.server);
    return copy;
}

static NTSTATUS
accept_next(struct leg *l)
{
    const struct forgery f = { .gss = KRB_GSS_MUTUAL | KRB_GSS_DELEG, .delegated = cred_make };

    *l = (struct leg){ .requirements = ASC_REQ_DELEGATE };
    world.secret_n = 0;
    return accept_once(l, &f);
}

static int
setup(void **state)
{
    int r = world_setup(state);

    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%u");
    world.may_delegate = TRUE;
    next_reset();
    return r;
}

static void
it_is_kept(void **state)
{
    struct leg l;

    (void)state;
    for (int way = 0; way < 3; way++) {
        next.plain = way == 1;
        next.by_subkey = way == 2;
        assert_int_equal(accept_next(&l), STATUS_SUCCESS);
        assert_true(l.attributes & ASC_RET_DELEGATE);
        assert_true(l.parsed.gss_flags & KRB_GSS_DELEG);
        assert_int_equal(world.level, SecurityDelegation);
        assert_true(world.secret_n > 0);
        leg_reset(&l);
    }
}

/* Not asked for, not allowed, nowhere to keep it: a logon like any other. */
static void
it_is_dropped(void **state)
{
    const struct forgery f = { .gss = KRB_GSS_DELEG, .delegated = cred_make };
    struct leg l = { .requirements = 0 };

    (void)state;
    assert_int_equal(accept_once(&l, &f), STATUS_SUCCESS);
    assert_false(l.attributes & ASC_RET_DELEGATE);
    assert_int_equal(world.secret_n, 0);
    assert_int_equal(world.level, SecurityImpersonation);
    leg_reset(&l);
    world.may_delegate = FALSE;
    assert_int_equal(accept_next(&l), STATUS_SUCCESS);
    assert_true(logged("delegation_dropped"));
    assert_false(l.attributes & ASC_RET_DELEGATE);
    assert_int_equal(world.secret_n, 0);
    leg_reset(&l);
    world.may_delegate = TRUE;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", NULL);
    assert_int_equal(accept_next(&l), STATUS_SUCCESS);
    assert_true(logged("delegation_dropped"));
    assert_false(l.attributes & ASC_RET_DELEGATE);
    leg_reset(&l);
}

static void
it_is_refused(void **state)
{
    static const char *const others[] = { "bob@" WORLD_REALM, "alice@OTHER.COM" };
    static const char *const not_granting[] = {
        WORLD_SERVER, "krbtgt@" WORLD_REALM, "krbtgt/" WORLD_REALM "/more@" WORLD_REALM,
    };
    struct leg l;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(others); i++) {
        next.client = others[i];
        assert_int_equal(accept_next(&l), SEC_E_INVALID_TOKEN);
        assert_true(logged("delegated_of_another"));
    }
    next_reset();
    for (size_t i = 0; i < UNIT_COUNT(not_granting); i++) {
        next.server = not_granting[i];
        assert_int_equal(accept_next(&l), SEC_E_INVALID_TOKEN);
        assert_true(logged("delegated_malformed"));
    }
    next_reset();
    next.end = -1;
    assert_int_equal(accept_next(&l), SEC_E_INVALID_TOKEN);
    assert_true(logged("delegated_expired"));
    next_reset();
    next.by_key_of_another = true;
    assert_int_equal(accept_next(&l), SEC_E_INVALID_TOKEN);
    assert_true(logged("delegated_not_authentic"));
    next_reset();
    next.cut = 1;
    assert_int_equal(accept_next(&l), SEC_E_INVALID_TOKEN);
    assert_true(logged("delegated_malformed"));
    assert_int_equal(world.secret_n, 0);
}

/* In the clear nothing but the authenticator around it protects it: every bit may be anything. */
static void
it_is_mutated(void **state)
{
    unsigned refused = 0;
    struct leg l;

    (void)state;
    next.plain = true;
    for (unsigned i = 1; i <= MUTATIONS; i++) {
        world.now++;
        next.spoil = i;
        if (accept_next(&l) == STATUS_SUCCESS)
            assert_true(world.secret_n > 0);
        else
            refused++;
        leg_reset(&l);
    }
    assert_true(refused > MUTATIONS / 10);
}

static NTSTATUS
acquire(LSA_SEC_HANDLE *out)
{
    TimeStamp expiry;

    return world.package->AcquireCredentialsHandle(NULL, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL,
                                                   NULL, out, &expiry);
}

/* To a service whose ticket is to be had of a KDC that is not there. */
static NTSTATUS
initiate(LSA_SEC_HANDLE credential)
{
    static char16_t name[] = u"HTTP/second.example.com";
    UNICODE_STRING target = { sizeof(name) - 2, sizeof(name), (PWSTR)name };
    uint8_t room[WORLD_TOKEN_MAX];
    SecBuffer token = { sizeof(room), SECBUFFER_TOKEN, room }, data = { 0 };
    SecBufferDesc output = { SECBUFFER_VERSION, 1, &token };
    LSA_SEC_HANDLE context = 0;
    ULONG attributes = 0;
    TimeStamp expiry;
    BOOLEAN mapped = FALSE;

    return world.package->InitLsaModeContext(credential, 0, &target, ISC_REQ_INTEGRITY, 0, NULL,
                                             &context, &output, &attributes, &expiry, &mapped,
                                             &data);
}

static void
it_is_used(void **state)
{
    LSA_SEC_HANDLE credential, second;
    char path[128];
    struct leg l;
    FILE *f;

    (void)state;
    /* Nobody else's KDC is asked. */
    snprintf(path, sizeof(path), "%s/krb5.conf", world.dir);
    f = fopen(path, "we");
    assert_non_null(f);
    fputs("[libdefaults]\n dns_lookup_kdc = false\n", f);
    assert_int_equal(fclose(f), 0);
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "krb5_config", path);
    world.impersonating = TRUE;
    assert_int_equal(acquire(&credential), SEC_E_NO_CREDENTIALS);
    world.impersonating = FALSE;
    assert_int_equal(accept_next(&l), STATUS_SUCCESS);
    leg_reset(&l);
    world.impersonating = TRUE;
    assert_int_equal(acquire(&credential), STATUS_SUCCESS);
    assert_int_equal(acquire(&second), STATUS_SUCCESS);
    assert_int_equal(world.package->FreeCredentialsHandle(second), STATUS_SUCCESS);
    world.may_delegate = FALSE;
    assert_int_equal(acquire(&second), SEC_E_NO_CREDENTIALS);
    /* What is delegated is looked for, and the KDC; not so after the session's end. */
    assert_int_not_equal(initiate(credential), SEC_E_NO_CREDENTIALS);
    world.package->LogonTerminated(&(LUID){ 0, 0 });
    assert_int_equal(initiate(credential), SEC_E_NO_CREDENTIALS);
    assert_int_equal(world.package->FreeCredentialsHandle(credential), STATUS_SUCCESS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_kept, setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_is_dropped, setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_is_refused, setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_is_mutated, setup, world_teardown),
        cmocka_unit_test_setup_teardown(it_is_used, setup, world_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
