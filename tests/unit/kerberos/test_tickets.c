/*
 * The tickets of one logon in MIT's library (krb5/tickets.c), with a KDC that is three functions of
 * this test: how many stay, which go, and what a failure leaves.
 */
#include "world.h"

#include "packages/kerberos/krb5/tickets_private.h"

#include "winerror.h"

#include <errno.h>
#include <unistd.h>

#define STORED_MAX 256u                 /* docs/kerberos.md says so */

static unsigned asked;                  /* of the KDC */
static krb5_flags asked_with;
static const char *given;               /* whose ticket it gives; NULL: of the one who was named */
static unsigned stores_before_failure;  /* counted down to 0, where memory ends once; 0: never */

krb5_error_code __real_krb5_get_credentials(krb5_context k, krb5_flags flags, krb5_ccache cache,
                                            krb5_creds *want, krb5_creds **out);
krb5_error_code __wrap_krb5_get_credentials(krb5_context k, krb5_flags flags, krb5_ccache cache,
                                            krb5_creds *want, krb5_creds **out);
krb5_error_code __wrap_krb5_get_renewed_creds(krb5_context k, krb5_creds *out,
                                              krb5_principal client, krb5_ccache cache,
                                              const char *service);
krb5_error_code __real_krb5_cc_store_cred(krb5_context k, krb5_ccache cache, krb5_creds *creds);
krb5_error_code __wrap_krb5_cc_store_cred(krb5_context k, krb5_ccache cache, krb5_creds *creds);

krb5_error_code
__wrap_krb5_cc_store_cred(krb5_context k, krb5_ccache cache, krb5_creds *creds)
{
    if (stores_before_failure > 0 && --stores_before_failure == 0)
        return ENOMEM;
    return __real_krb5_cc_store_cred(k, cache, creds);
}

/* The ticket-granting ticket of the cache; the caller's. */
static krb5_creds *
granting_copy(krb5_context k, krb5_ccache cache, krb5_principal client)
{
    krb5_creds want = { .client = client }, *out = NULL;

    assert_int_equal(krb5_parse_name(k, "krbtgt/" WORLD_REALM "@" WORLD_REALM, &want.server), 0);
    assert_int_equal(__real_krb5_get_credentials(k, KRB5_GC_CACHED, cache, &want, &out), 0);
    krb5_free_principal(k, want.server);
    return out;
}

/* Gives anybody who shows a ticket-granting ticket one like it for his service, and stores it. */
krb5_error_code
__wrap_krb5_get_credentials(krb5_context k, krb5_flags flags, krb5_ccache cache, krb5_creds *want,
                            krb5_creds **out)
{
    krb5_creds *made;

    if (flags & KRB5_GC_CACHED)
        return __real_krb5_get_credentials(k, flags, cache, want, out);
    asked++;
    asked_with = flags;
    made = granting_copy(k, cache, want->client);
    krb5_free_principal(k, made->server);
    if (given != NULL)
        assert_int_equal(krb5_parse_name(k, given, &made->server), 0);
    else
        assert_int_equal(krb5_copy_principal(k, want->server, &made->server), 0);
    *out = made;
    return flags & KRB5_GC_NO_STORE ? 0 : __real_krb5_cc_store_cred(k, cache, made);
}

krb5_error_code
__wrap_krb5_get_renewed_creds(krb5_context k, krb5_creds *out, krb5_principal client,
                              krb5_ccache cache, const char *service)
{
    krb5_creds *made = granting_copy(k, cache, client);

    assert_null(service);
    *out = *made;
    out->times.endtime += 1800;
    free(made);
    return 0;
}

static status_t
get(struct krb_tickets *t, const char *host)
{
    char target[64], error[KRB_TICKETS_ERROR_MAX];
    struct krb_ticket_request in = { .user_to_user = { NULL, 0 } };
    struct krb_service_ticket out;
    status_t st;

    snprintf(target, sizeof(target), "HTTP/%s@" WORLD_REALM, host);
    in.target = view_of(target, strlen(target));
    st = krb_tickets_get(t, &in, &out, error);
    krb_service_ticket_wipe(&out);
    return st;
}

static status_t
get_number(struct krb_tickets *t, unsigned i)
{
    char host[16];

    snprintf(host, sizeof(host), "host%u", i);
    return get(t, host);
}

/* All of them stay up to the limit; past it all go but the one that they were got with. */
static void
bounded(void **state)
{
    struct krb_tickets *t = world_tickets();

    (void)state;
    asked = 0;
    for (unsigned i = 0; i < STORED_MAX; i++)
        assert_int_equal(get_number(t, i), 0);
    assert_int_equal(asked, STORED_MAX);
    for (unsigned i = 0; i < STORED_MAX; i++)
        assert_int_equal(get_number(t, i), 0);
    assert_int_equal(asked, STORED_MAX);
    assert_int_equal(get_number(t, STORED_MAX), 0);
    assert_int_equal(asked, STORED_MAX + 1);
    assert_int_equal(get_number(t, STORED_MAX), 0);
    assert_int_equal(asked, STORED_MAX + 1);
    assert_int_equal(get_number(t, 0), 0);
    assert_int_equal(asked, STORED_MAX + 2);
    krb_tickets_free(t);
}

/* Where there is no room for the new cache, the old one stays, and the next call tries again. */
static void
bound_fails(void **state)
{
    struct krb_tickets *t = world_tickets();

    (void)state;
    asked = 0;
    for (unsigned i = 0; i < STORED_MAX; i++)
        assert_int_equal(get_number(t, i), 0);
    stores_before_failure = 1;
    assert_int_not_equal(get_number(t, STORED_MAX), 0);
    assert_int_equal(asked, STORED_MAX);
    assert_int_equal(get_number(t, 0), 0);
    assert_int_equal(asked, STORED_MAX);
    assert_int_equal(get_number(t, STORED_MAX), 0);
    assert_int_equal(asked, STORED_MAX + 1);
    assert_int_equal(get_number(t, 0), 0);
    assert_int_equal(asked, STORED_MAX + 2);
    krb_tickets_free(t);
}

/* Anybody may have sent the other ticket: whose the new one is, is looked at (RFC 4120 3.7). */
static void
of_the_user_who_was_named(void **state)
{
    static const struct {
        const char *target, *given;
        status_t want;
    } rows[] = {
        { "bob@" WORLD_REALM, NULL, 0 },
        { "bob", "bob@" WORLD_REALM, 0 },           /* of the client's realm */
        { "bob@" WORLD_REALM, "mallory@" WORLD_REALM, SEC_E_WRONG_PRINCIPAL },
        { "bob", "bob@EVIL.EXAMPLE", SEC_E_WRONG_PRINCIPAL },
        { "HTTP/www", "mallory@" WORLD_REALM, SEC_E_WRONG_PRINCIPAL },
    };
    char error[KRB_TICKETS_ERROR_MAX];
    struct krb_tickets *t = world_tickets();

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct krb_ticket_request in = {
            .target = view_of(rows[i].target, strlen(rows[i].target)),
            .user_to_user = view_of("ticket", 6),
        };
        struct krb_service_ticket out;

        given = rows[i].given;
        assert_int_equal(krb_tickets_get(t, &in, &out, error), rows[i].want);
        assert_int_equal(asked_with & KRB5_GC_CANONICALIZE, 0);
        assert_int_not_equal(asked_with & KRB5_GC_USER_USER, 0);
        krb_service_ticket_wipe(&out);
    }
    given = NULL;
    krb_tickets_free(t);
}

static void
renewed(void **state)
{
    char error[KRB_TICKETS_ERROR_MAX];
    struct krb_tickets *t = world_tickets();
    int64_t end = krb_tickets_end(t);

    (void)state;
    asked = 0;
    assert_int_equal(get(t, "www"), 0);
    assert_int_equal(krb_tickets_renew(t, WORLD_NOW, error), 0);
    assert_int_equal(krb_tickets_end(t), end + 1800);
    assert_int_equal(get(t, "www"), 0);
    assert_int_equal(asked, 2);
    krb_tickets_free(t);
}

/* A renewal that fails at its last step takes nothing away. */
static void
renewal_fails(void **state)
{
    char error[KRB_TICKETS_ERROR_MAX];
    struct krb_tickets *t = world_tickets();
    int64_t end = krb_tickets_end(t);

    (void)state;
    asked = 0;
    assert_int_equal(get(t, "www"), 0);
    stores_before_failure = 1;
    assert_int_not_equal(krb_tickets_renew(t, WORLD_NOW, error), 0);
    assert_int_equal(krb_tickets_end(t), end);
    assert_int_equal(get(t, "www"), 0);
    assert_int_equal(asked, 1);
    assert_int_equal(get(t, "another"), 0);
    assert_int_equal(asked, 2);
    krb_tickets_free(t);
}

static void
config_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static bool
cache_is_there(const char *name)
{
    krb5_principal client = NULL;
    krb5_ccache cache;
    bool there;

    assert_int_equal(krb5_cc_resolve(world.k, name, &cache), 0);
    there = krb5_cc_get_principal(world.k, cache, &client) == 0;
    krb5_free_principal(world.k, client);
    assert_int_equal(there ? krb5_cc_close(world.k, cache) : krb5_cc_destroy(world.k, cache), 0);
    return there;
}

/* What is in memory goes also when the configuration that it came by is gone, or is broken. */
static void
freed_without_configuration(void **state)
{
    static const char *const broken[] = { "[libdefaults\n", NULL };
    char path[160];

    (void)state;
    snprintf(path, sizeof(path), "%s/krb5.conf", world.dir);
    for (size_t i = 0; i < UNIT_COUNT(broken); i++) {
        struct krb_tickets *t;
        char name[64];

        config_write(path, "[libdefaults]\n");
        t = world_tickets_by(path);
        snprintf(name, sizeof(name), "%s", t->cache);
        assert_true(cache_is_there(name));
        if (broken[i] != NULL)
            config_write(path, broken[i]);
        else
            assert_int_equal(unlink(path), 0);
        krb_tickets_free(t);
        assert_false(cache_is_there(name));
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(bounded),
        CASE(bound_fails),
        CASE(of_the_user_who_was_named),
        CASE(renewed),
        CASE(renewal_fails),
        CASE(freed_without_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
