/*
 * Who the client is by his PAC: a domain controller's LOGON_INFO (Windows 2003's, published with
 * MIT's tests) in PACs that MIT's library makes and signs. What the realm does not own is dropped
 * (D23); what is not signed, or is another's, lets nobody in.
 */
#include "krb_rows.h"
#include "world.h"

#include "asn1/der.h"
#include "base/sid.h"

#include <unistd.h>

#define PAC_SIZE 600                /* four buffers, of which LOGON_INFO is the largest */
#define KDC_SIGNATURE_SIZE 12u
#define DOMAIN "S-1-5-21-3048156945-3961193616-3706469200"

static struct view
logon_info_of(const char *stem)
{
    static uint8_t room[1024];
    struct view row = row_new(stem, "pac");
    struct krb_pac pac;
    size_t n;

    assert_int_equal(krb_pac_parse(row, &pac), 0);
    n = pac.buffers[KRB_PAC_LOGON_INFO].n;
    assert_true(n <= sizeof(room));
    memcpy(room, pac.buffers[KRB_PAC_LOGON_INFO].p, n);
    row_free(row);
    return view_of(room, n);
}

static struct view
logon_info(void)
{
    return logon_info_of("pac.w2003final/");
}

/* UPN_DNS_INFO of the PACs that are made; empty: none. */
static struct view upn_info;

/* for_client: whom CLIENT_INFO names. spoil: a byte of the PAC that is turned after signing. */
static void
pac_make(struct pac *out, const char *for_client, krb5_enctype type, struct view info, int spoil)
{
    krb5_keyblock key = world_key(WORLD_SERVER, 1, type);

    world_pac_make(out, &(struct pac_facts){ for_client, &key, info, upn_info, spoil });
    krb5_free_keyblock_contents(world.k, &key);
}

static NTSTATUS
logon(struct leg *l, const struct pac *pac, krb5_enctype type)
{
    const struct forgery f = { .gss = KRB_GSS_MUTUAL, .type = type,
                               .auth_data = view_of(pac->bytes, pac->n) };

    world.token_user[0] = world.token_groups[0] = '\0';
    return accept_once(l, &f);
}

/* What the application gets is the client's, as MIT's library sees it. */
static void
assert_pac(struct view got, krb5_enctype type)
{
    krb5_keyblock key = world_key(WORLD_SERVER, 1, type);
    krb5_principal client;
    krb5_pac pac;

    assert_int_equal(krb5_parse_name(world.k, WORLD_CLIENT, &client), 0);
    assert_int_equal(krb5_pac_parse(world.k, got.p, got.n, &pac), 0);
    assert_int_equal(krb5_pac_verify(world.k, pac, WORLD_NOW - 3600, client, &key, NULL), 0);
    krb5_pac_free(world.k, pac);
    krb5_free_principal(world.k, client);
    krb5_free_keyblock_contents(world.k, &key);
}

/* Not for a service that may not know groups, nor for a user half that does not know of it. */
static void
pac_for_whom(void **state)
{
    static const struct {
        BOOLEAN may_token;
        uint32_t formats;
        bool given;
    } rows[] = {
        { TRUE, 2, true }, { TRUE, 3, true }, { TRUE, 1, false }, { TRUE, 0, false },
        { FALSE, 2, false },
    };
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        world.may_token = rows[i].may_token;
        world.formats = rows[i].formats;
        pac_make(&pac, WORLD_CLIENT, 18, logon_info(), -1);
        assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
        assert_true((l.parsed.pac.n > 0) == rows[i].given);
    }
}

static void
sids_of_the_realm(void **state)
{
    static const krb5_enctype types[] = { 17, 18, 19, 20 };
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", "S-1-5-21-1-2-3, " DOMAIN);
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        pac_make(&pac, WORLD_CLIENT, types[i], logon_info(), -1);
        assert_int_equal(logon(&l, &pac, types[i]), SEC_E_OK);
        assert_string_equal(world.token_user, DOMAIN "-1005");
        assert_string_equal(world.token_groups, DOMAIN "-516 ");
        assert_true(l.parsed.token == WORLD_CLIENT_TOKEN);
        assert_utf16(l.parsed.account, "WIN2K3THINK\\W2003FINAL$");
        assert_utf16(l.parsed.authority, "WIN2K3THINK");
        assert_utf16(l.parsed.client, WORLD_CLIENT);
        assert_pac(l.parsed.pac, types[i]);
    }
    /* The PAC says S-1-5-9, "domain controllers", as well: no realm owns that. */
    assert_true(logged("pac_sids_dropped") && logged("dropped=1"));
}

/* Groups, extra SIDs and resource groups; what one of them says of another domain is dropped. */
static void
groups_of_every_kind(void **state)
{
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", "S-1-5-21-11-22-33");
    pac_make(&pac, WORLD_CLIENT, 18, logon_info_of("pac.samba_resource/"), -1);
    assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
    assert_string_equal(world.token_user, "S-1-5-21-11-22-33-1105");
    assert_string_equal(world.token_groups,
                        "S-1-5-21-11-22-33-513 S-1-5-21-11-22-33-1110 S-1-18-1 "
                        "S-1-5-21-11-22-33-1120 S-1-5-21-11-22-33-1121 ");
    assert_true(logged("dropped=1"));
    assert_utf16(l.parsed.account, "ADTEST\\carol");
    /* A realm of two domains owns the extra SID of the second. */
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid",
                  "S-1-5-21-11-22-33 S-1-5-21-44-55-66");
    assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
    assert_non_null(strstr(world.token_groups, " S-1-5-21-44-55-66-1200 "));
}

/* A realm whose domain is another, or none: its user is not the one that he says he is. */
static void
sids_of_others(void **state)
{
    static const char *const owned[] = { "S-1-5-21-1-2-3", "S-1-5-21-3048156945-3961193616",
                                         DOMAIN "-1005", "S-1-5-9", "nonsense", NULL };
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    pac_make(&pac, WORLD_CLIENT, 18, logon_info(), -1);
    for (size_t i = 0; i < UNIT_COUNT(owned); i++) {
        world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", owned[i]);
        assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
        assert_string_equal(world.token_user, "");
        assert_true(l.parsed.token == 0);
        assert_utf16(l.parsed.account, WORLD_CLIENT);
    }
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "require_pac", "yes");
    assert_int_equal(logon(&l, &pac, 18), SEC_E_LOGON_DENIED);
    assert_true(logged("client_unmapped"));
}

/* Whatever is turned in a PAC lets nobody in; the KDC's signature is the KDC's to check. */
static void
tampered(void **state)
{
    struct leg l = { .context = 0 };
    unsigned taken = 0;
    struct pac pac;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", DOMAIN);
    for (int at = 0; at < PAC_SIZE; at++) {
        pac_make(&pac, WORLD_CLIENT, 18, logon_info(), at);
        taken += logon(&l, &pac, 18) == SEC_E_OK && l.parsed.token != 0;
    }
    /* The 12 octets of the KDC's signature are under the server's with zeros in their place. */
    assert_int_equal(taken, KDC_SIGNATURE_SIZE);
}

static void
of_another(void **state)
{
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", DOMAIN);
    pac_make(&pac, "bob@EXAMPLE.COM", 18, logon_info(), -1);
    assert_int_equal(logon(&l, &pac, 18), SEC_E_LOGON_DENIED);
    assert_true(logged("pac_of_another"));
    /* Signed with another key than the ticket's. */
    pac_make(&pac, WORLD_CLIENT, 17, logon_info(), -1);
    assert_int_equal(logon(&l, &pac, 18), SEC_E_LOGON_DENIED);
    assert_true(logged("pac_signature"));
    world_pac_put(&pac, view_of("\0\0\0\0", 4));
    assert_int_equal(logon(&l, &pac, 18), SEC_E_LOGON_DENIED);
    assert_true(logged("pac_malformed"));
}

/* Two are one too many, wherever they are: another reader would take the other. */
static void
given_twice(void **state)
{
    struct krb_auth_data_found found;
    struct leg l = { .context = 0 };
    struct pac pac, twice;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", DOMAIN);
    pac_make(&pac, WORLD_CLIENT, 18, logon_info(), -1);
    assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
    assert_int_equal(krb_auth_data_find(view_of(pac.bytes, pac.n), KRB_AD_PAC, &found), 0);
    for (unsigned bare = 0; bare < 2; bare++) {
        struct wr w = wr_init(twice.bytes, sizeof(twice.bytes));
        struct krb_auth_data_places places = krb_auth_data_begin(&w);

        krb_auth_data_put(&w, KRB_AD_PAC, found.data);
        if (!bare)
            krb_auth_data_put(&w, KRB_AD_PAC, found.data);
        der_put_end(&w, places.inner);
        der_put_end(&w, places.data);
        der_put_end(&w, places.field);
        der_put_end(&w, places.element);
        if (bare)
            krb_auth_data_put(&w, KRB_AD_PAC, found.data);
        der_put_end(&w, places.list);
        assert_false(w.failed);
        twice.n = w.len;
        world.log[0] = '\0';
        assert_int_equal(logon(&l, &twice, 18), SEC_E_LOGON_DENIED);
        assert_true(logged("pac_malformed"));
        assert_string_equal(world.token_user, "");
    }
}

/* The user by the first extra SID (RID 0): his primary group is of the domain all the same. */
static void
primary_group_of_another(void **state)
{
    static const uint8_t user_and_group[] = { 0x51, 4, 0, 0, 1, 2, 0, 0 };
    static const uint8_t asserted[] = { 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 18, 1, 0, 0, 0 };
    struct view info = logon_info_of("pac.samba_resource/");
    uint8_t *at = memmem(info.p, info.n, user_and_group, sizeof(user_and_group));
    uint8_t *first = memmem(info.p, info.n, asserted, sizeof(asserted));
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    assert_true(at != NULL && first != NULL);
    memset(at, 0, 4);
    /* S-1-5-21-44-55-66-1200, which is behind S-1-18-1, before it: each with its count. */
    memmove(first, first + sizeof(asserted), 32);
    memcpy(first + 32, asserted, sizeof(asserted));
    pac_make(&pac, WORLD_CLIENT, 18, info, -1);
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", "S-1-5-21-44-55-66");
    assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
    assert_string_equal(world.token_user, "");
    assert_true(l.parsed.token == 0);
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid",
                  "S-1-5-21-44-55-66 S-1-5-21-11-22-33");
    assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
    assert_string_equal(world.token_user, "S-1-5-21-44-55-66-1200");
}

/* "a@b" and, where there is one, the name and the SID once more (MS-PAC 2.10). */
static struct view
upn_make(uint8_t room[256], const char *name, const char *sid_text)
{
    struct wr w = wr_init(room, 256);
    uint16_t name_n = name == NULL ? 0 : (uint16_t)(2 * strlen(name));
    struct sid sid;

    wr_u16le(&w, 6);
    wr_u16le(&w, 24);
    wr_u16le(&w, 0);
    wr_u16le(&w, 24);
    wr_u32le(&w, name != NULL ? KRB_UPN_EXTENDED : 0);
    wr_u16le(&w, name_n);
    wr_u16le(&w, 32);
    wr_u16le(&w, name == NULL ? 0 : 28);
    wr_u16le(&w, (uint16_t)(32 + name_n));
    wr_u32le(&w, 0);
    wr_view(&w, view_of("a\0@\0b\0\0", 8));
    for (const char *c = name; c != NULL && *c != '\0'; c++)
        wr_u16le(&w, (uint8_t)*c);
    if (name != NULL) {
        assert_true(sid_parse_text(sid_text, &sid));
        wr_view(&w, sid_view(&sid));
    }
    return wr_written(&w);
}

/* What UPN_DNS_INFO says again must be what LOGON_INFO says. */
static void
two_users_in_one(void **state)
{
    static const struct {
        const char *name, *sid;
        NTSTATUS status;
    } rows[] = {
        { NULL, NULL, SEC_E_OK },
        { "W2003FINAL$", DOMAIN "-1005", SEC_E_OK },
        { "W2003FINAL$", DOMAIN "-1006", SEC_E_LOGON_DENIED },
        { "W2003FINAL$", "S-1-5-21-1-2-3-1005", SEC_E_LOGON_DENIED },
        { "Administrator", DOMAIN "-1005", SEC_E_LOGON_DENIED },
    };
    struct leg l = { .context = 0 };
    uint8_t room[256];
    struct pac pac;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", DOMAIN);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        upn_info = upn_make(room, rows[i].name, rows[i].sid);
        pac_make(&pac, WORLD_CLIENT, 18, logon_info(), -1);
        assert_int_equal(logon(&l, &pac, 18), rows[i].status);
        assert_int_equal(strcmp(world.token_user, DOMAIN "-1005") == 0,
                         rows[i].status == SEC_E_OK);
    }
    assert_true(logged("pac_malformed"));
    /* One that is cut off, too. */
    upn_info = view_of(room, 11);
    pac_make(&pac, WORLD_CLIENT, 18, logon_info(), -1);
    upn_info = view_of(NULL, 0);
    assert_int_equal(logon(&l, &pac, 18), SEC_E_LOGON_DENIED);
}

/* MIT's KDC puts a PAC without SIDs into every ticket: the account decides. */
/* Where accounts say who may come, who has none may not, unless it is said. */
static void
without_an_account(void **state)
{
    struct leg l = { .context = 0 };
    struct forgery f = { .gss = KRB_GSS_MUTUAL, .client = "nobody@" WORLD_REALM };

    (void)state;
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%u");
    assert_int_equal(accept_once(&l, &f), SEC_E_LOGON_DENIED);
    assert_true(logged("client_unmapped") && logged("sspi account add"));
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "accept_unmapped", "yes");
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_true(l.parsed.token == 0);
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "require_pac", "yes");
    assert_int_equal(accept_once(&l, &f), SEC_E_LOGON_DENIED);
    assert_true(logged("client_unmapped") && logged("require_pac"));
}

static void
without_sids(void **state)
{
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%u");
    pac_make(&pac, WORLD_CLIENT, 18, view_of(NULL, 0), -1);
    assert_int_equal(logon(&l, &pac, 18), SEC_E_OK);
    assert_utf16(l.parsed.account, "EXAMPLE\\alice");
    assert_true(l.parsed.token == WORLD_CLIENT_TOKEN);
}

static void
file_write(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* libkrb5 looks once a second whether a file has changed. */
static void
file_wait(void)
{
    (void)usleep(1100 * 1000);
}

/* The configuration of other services, which says who their users are. */
static void
rules_write(const char *path, const char *first)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(first, f);
    fputs("[libdefaults]\n default_realm = EXAMPLE.COM\n dns_lookup_realm = false\n[realms]\n"
          " EXAMPLE.COM = {\n"
          "  auth_to_local_names = {\n   carol = alice\n  }\n"
          "  auth_to_local = RULE:[2:$1;$2](^[a-z]*;admin$)s/;admin$//\n"
          "  auth_to_local = DEFAULT\n }\n", f);
    assert_int_equal(fclose(f), 0);
}

/* krb5's rules, and then the account store. */
static void
by_rules(void **state)
{
    static const struct {
        const char *client;
        bool is_alice;
    } rows[] = {
        { "alice@EXAMPLE.COM", true },         { "alice/admin@EXAMPLE.COM", true },
        { "carol@EXAMPLE.COM", true },         { "alice/root@EXAMPLE.COM", false },
        { "alice/admin/x@EXAMPLE.COM", false }, { "bob@EXAMPLE.COM", false },
    };
    struct leg l = { .context = 0 };
    char path[128];

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "accept_unmapped", "yes");
    snprintf(path, sizeof(path), "%s/krb5.conf", world.dir);
    rules_write(path, "");
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "krb5_config", path);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct forgery f = { .gss = KRB_GSS_MUTUAL, .client = rows[i].client };

        world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%l");
        assert_int_equal(accept_once(&l, &f), SEC_E_OK);
        assert_int_equal(l.parsed.token == WORLD_CLIENT_TOKEN, rows[i].is_alice);
        assert_utf16(l.parsed.account, rows[i].is_alice ? "EXAMPLE\\alice" : rows[i].client);
        /* Without rules, who has two parts has no account, whatever its first part is. */
        world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%u");
        assert_int_equal(accept_once(&l, &f), SEC_E_OK);
        assert_int_equal(l.parsed.token == WORLD_CLIENT_TOKEN, i == 0);
    }
    /* A file that cannot be read maps nobody. */
    assert_int_equal(unlink(path), 0);
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%l");
    assert_int_equal(accept_once(&l, &(struct forgery){ .gss = KRB_GSS_MUTUAL }), SEC_E_OK);
    assert_true(l.parsed.token == 0);
}

static bool
is_alice(const char *client)
{
    struct forgery f = { .gss = KRB_GSS_MUTUAL, .client = client };
    struct leg l = { .context = 0 };

    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    return l.parsed.token == WORLD_CLIENT_TOKEN;
}

/* A file that names modules, one that is another, and one that has changed meanwhile. */
static void
by_rules_that_change(void **state)
{
    static const char modules[] = "[plugins]\n localauth = {\n  enable_only = none_of_ours\n }\n";
    char path[128], other[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/krb5.conf", world.dir);
    snprintf(other, sizeof(other), "%s/other.conf", world.dir);
    rules_write(path, modules);
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", "%l");
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "accept_unmapped", "yes");
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "krb5_config", path);
    assert_true(is_alice("carol@EXAMPLE.COM"));
    assert_true(is_alice("carol@EXAMPLE.COM"));
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "krb5_config", other);
    assert_false(is_alice("carol@EXAMPLE.COM"));
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "krb5_config", path);
    assert_true(is_alice("alice/admin@EXAMPLE.COM"));
    file_write(path, "[libdefaults]\n default_realm = EXAMPLE.COM\n");
    file_wait();
    assert_false(is_alice("carol@EXAMPLE.COM"));
    assert_true(is_alice("alice@EXAMPLE.COM"));
}

/* A KDC that puts a NUL into a name: libkrb5 and C's strings would end it there. */
static void
of_a_name_with_a_nul(void **state)
{
    static const char *const patterns[] = { "%u", "%l" };
    static const char *const clients[] = { "alice\\0x@EXAMPLE.COM", "alice@EXAMPLE.COM\\0.ORG" };
    char path[128];

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "accept_unmapped", "yes");
    snprintf(path, sizeof(path), "%s/krb5.conf", world.dir);
    rules_write(path, "");
    world_setting(OPENSSPI_HOST_SECTION_PACKAGE, "Kerberos", "krb5_config", path);
    for (size_t i = 0; i < UNIT_COUNT(patterns); i++) {
        world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "accounts", patterns[i]);
        assert_true(is_alice("alice@EXAMPLE.COM"));
        for (size_t j = 0; j < UNIT_COUNT(clients); j++)
            assert_false(is_alice(clients[j]));
    }
}

/* What the client writes into its own authenticator is no PAC. */
static void
of_the_client_himself(void **state)
{
    struct forgery f = { .gss = KRB_GSS_MUTUAL };
    struct leg l = { .context = 0 };
    struct pac pac;

    (void)state;
    world_setting(OPENSSPI_HOST_SECTION_REALM, WORLD_REALM, "sid", DOMAIN);
    pac_make(&pac, WORLD_CLIENT, 18, logon_info(), -1);
    f.authenticator_data = view_of(pac.bytes, pac.n);
    world.token_user[0] = '\0';
    assert_int_equal(accept_once(&l, &f), SEC_E_OK);
    assert_string_equal(world.token_user, "");
    assert_true(l.parsed.token == 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(pac_for_whom),      CASE(sids_of_the_realm), CASE(sids_of_others), CASE(tampered),
        CASE(of_another),        CASE(without_sids),     CASE(without_an_account),
        CASE(of_the_client_himself),
        CASE(two_users_in_one),  CASE(groups_of_every_kind),
        CASE(by_rules),          CASE(by_rules_that_change),
        CASE(of_a_name_with_a_nul), CASE(given_twice), CASE(primary_group_of_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
