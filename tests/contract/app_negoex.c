/*
 * NegoEx as applications see it: two packages that only it negotiates (tests/negotiate/
 * negoextest.c), our initiator against our acceptor, what goes wrong with either of them, and
 * what somebody between them may not do.
 *
 *     contract-app-negoex [--alone]     --alone: NegoEx is all that is negotiated
 */
#include "app.h"

#include "packages/negotiate/wire/negoex.h"

#include <stdlib.h>
#include <unistd.h>

#define ROOM 4096
#define TOKENS 12u
#define MUTATIONS 3000u
#define HEADER 40u
/* Of VERIFY: what fills it up to its checksum, which means nothing. */
#define FILLING_FROM 76u
#define FILLING_TO 80u

static struct app_pair
pair_open(void)
{
    struct app_pair p;

    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(u"Negotiate", app_user, app_password);
    p.server_cred = app_inbound(u"Negotiate");
    return p;
}

static void
rules(const char *hops, const char *faults)
{
    setenv("NEGOEXTEST_HOPS", hops, 1);
    setenv("NEGOEXTEST_FAULTS", faults, 1);
}

static void
package_is(CtxtHandle *c, const char16_t *package)
{
    SecPkgContext_NegotiationInfoW info;

    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_NEGOTIATION_INFO, &info), SEC_E_OK);
    app_assert_wide(info.PackageInfo->Name, package);
    assert_int_equal(info.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    assert_int_equal(FreeContextBuffer(info.PackageInfo), SEC_E_OK);
}

/* ---- a handshake with somebody in between ---------------------------------------- */

/* What is done to each token: in place, its length may shrink. Token 0 is the client's first. */
typedef void between(unsigned token, uint8_t *bytes, ULONG *n);

struct ends {
    SECURITY_STATUS client, server;
    unsigned tokens;
};

static void
nothing(unsigned token, uint8_t *bytes, ULONG *n)
{
    (void)token, (void)bytes, (void)n;
}

static struct ends
handshake(struct app_pair *p, between *meddle)
{
    uint8_t a[ROOM], b[ROOM];
    SecBuffer in = { 0, SECBUFFER_TOKEN, b }, out = { ROOM, SECBUFFER_TOKEN, a };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, &out };
    struct ends e = { SEC_I_CONTINUE_NEEDED, SEC_I_CONTINUE_NEEDED, 0 };

    memset(&p->client, 0, sizeof(p->client));
    memset(&p->server, 0, sizeof(p->server));
    for (unsigned n = 0; n < TOKENS; n++) {
        out.cbBuffer = ROOM;
        if (n % 2 == 0)
            e.client = InitializeSecurityContextW(&p->client_cred, n ? &p->client : NULL,
                                                  app_target, 0, 0, SECURITY_NETWORK_DREP,
                                                  n ? &in_desc : NULL, 0, &p->client, &out_desc,
                                                  &p->client_attributes, NULL);
        else
            e.server = AcceptSecurityContext(&p->server_cred, n > 1 ? &p->server : NULL, &in_desc,
                                             0, SECURITY_NETWORK_DREP, &p->server, &out_desc,
                                             &p->server_attributes, NULL);
        if (e.client < 0 || e.server < 0 || out.cbBuffer == 0)
            break;
        memcpy(b, a, in.cbBuffer = out.cbBuffer);
        meddle(n, b, &in.cbBuffer);
        e.tokens++;
    }
    return e;
}

static void
contexts_delete(struct app_pair *p)
{
    (void)DeleteSecurityContext(&p->client);
    (void)DeleteSecurityContext(&p->server);
}

static void
pair_close(struct app_pair *p)
{
    contexts_delete(p);
    assert_int_equal(FreeCredentialsHandle(&p->client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p->server_cred), SEC_E_OK);
}

/* ---- what works ----------------------------------------------------------------------- */

static void
any_number_of_tokens_will_do(void **state)
{
    static const struct {
        const char *hops, *faults;
    } rows[] = {
        { "1", "" }, { "2", "" }, { "3", "" }, { "4", "" }, { "5", "" },
        { "3", " one-i-quiet one-a-quiet " },
        { "1", " one-i-early one-a-early " },
        { "2", " one-i-early one-a-early " },
        { "3", " one-i-early one-a-early " },
        { "4", " one-i-early one-a-early " },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct app_pair p = pair_open();
        struct ends e;

        rules(rows[i].hops, rows[i].faults);
        e = handshake(&p, nothing);
        if (e.client != SEC_E_OK || e.server != SEC_E_OK)
            fail_msg("%s hops, '%s': 0x%x 0x%x", rows[i].hops, rows[i].faults,
                     (unsigned)e.client, (unsigned)e.server);
        package_is(&p.client, u"NegoExOne");
        package_is(&p.server, u"NegoExOne");
        pair_close(&p);
    }
}

static void
each_fault_leads_to(const char *hops, const char *const *faults, size_t n, const char16_t *package)
{
    for (size_t i = 0; i < n; i++) {
        struct app_pair p = pair_open();
        struct ends e;

        rules(hops, faults[i]);
        e = handshake(&p, nothing);
        if (e.client != SEC_E_OK || e.server != SEC_E_OK)
            fail_msg("'%s': 0x%x 0x%x", faults[i], (unsigned)e.client, (unsigned)e.server);
        package_is(&p.client, package);
        package_is(&p.server, package);
        pair_close(&p);
    }
}

/* Whichever end cannot do with the first package: the second one is taken. */
static void
a_package_that_fails_is_left_out(void **state)
{
    static const char *const faults[] = {
        " one-i-query ", " one-a-query ", " one-i-exchange ", " one-a-exchange ", " one-i-token ",
    };

    (void)state;
    each_fault_leads_to("3", faults, UNIT_COUNT(faults), u"NegoExTwo");
}

/* NegoEx stands first in the list, and has nothing: NTLM is next. */
static void
nothing_in_common_is_not_fatal(void **state)
{
    static const char *const faults[] = {
        " one-i-query two-i-query ", " one-i-token two-i-token ", " one-a-query two-a-query ",
        " one-a-exchange two-a-exchange ",
    };

    (void)state;
    each_fault_leads_to("2", faults, UNIT_COUNT(faults), u"NTLM");
}

/* ---- what does not --------------------------------------------------------------------- */

static void
a_key_that_is_not_the_peers_is_refused(void **state)
{
    static const struct {
        const char *hops, *faults;
        bool client;
        SECURITY_STATUS status;
    } rows[] = {
        { "2", " one-i-wrongkey ", true, SEC_E_MESSAGE_ALTERED },
        { "2", " one-a-wrongkey ", true, SEC_E_MESSAGE_ALTERED },
        { "3", " one-i-wrongkey ", false, SEC_E_MESSAGE_ALTERED },
        { "3", " one-a-wrongkey ", false, SEC_E_MESSAGE_ALTERED },
        { "2", " one-i-nokey ", true, SEC_E_UNSUPPORTED_FUNCTION },
        { "2", " one-a-nokey ", false, SEC_E_UNSUPPORTED_FUNCTION },
        { "3", " one-i-nokey ", true, SEC_E_UNSUPPORTED_FUNCTION },
        { "3", " one-a-nokey ", false, SEC_E_UNSUPPORTED_FUNCTION },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct app_pair p = pair_open();
        struct ends e;

        rules(rows[i].hops, rows[i].faults);
        e = handshake(&p, nothing);
        if ((rows[i].client ? e.client : e.server) != rows[i].status)
            fail_msg("%s hops, '%s': 0x%x 0x%x", rows[i].hops, rows[i].faults,
                     (unsigned)e.client, (unsigned)e.server);
        assert_int_equal(rows[i].client ? e.server : e.client, SEC_I_CONTINUE_NEEDED);
        pair_close(&p);
    }
}

/* Where NegoEx's messages begin in a token of SPNEGO's; n: there are none. */
static ULONG
messages_at(const uint8_t *bytes, ULONG n)
{
    ULONG at = 0;

    while (at < n && (n - at < HEADER || memcmp(bytes + at, "NEGOEXTS", 8) != 0))
        at++;
    return at;
}

static struct meddler {
    unsigned token;
    unsigned at;
    uint8_t with;
    bool done;          /* what was changed counts */
} meddler;

/* Whether it is the filling of a VERIFY: the last one's nobody signs, and nobody reads it. */
static bool
is_filling(const uint8_t *bytes, ULONG n, ULONG at)
{
    struct rd r = rd_init(view_of(bytes, n));
    struct negoex_message m;

    while (rd_left(&r) > 0 && negoex_message_get(&r, &m) == 0) {
        ULONG begin = (ULONG)(m.whole.p - bytes);

        if (m.type == NEGOEX_VERIFY && at >= begin + FILLING_FROM && at < begin + FILLING_TO)
            return true;
    }
    return false;
}

static void
change_one(unsigned token, uint8_t *bytes, ULONG *n)
{
    ULONG begin = messages_at(bytes, *n), at;

    if (token != meddler.token || begin == *n)
        return;
    at = meddler.at % (*n - begin);
    meddler.done = !is_filling(bytes + begin, *n - begin, at);
    bytes[begin + at] ^= meddler.with;
}

/* Any octet of any message: one of the two sides finds it. */
static void
a_changed_message_is_found(void **state)
{
    static const char *const faults[] = { "", " one-i-early one-a-early " };
    struct app_pair p = pair_open();
    unsigned seed = 1964, counted = 0;

    (void)state;
    for (unsigned i = 0; i < MUTATIONS; i++) {
        struct ends e;

        rules(i % 3 == 0 ? "1" : i % 3 == 1 ? "2" : "3", faults[i % 2]);
        meddler = (struct meddler){ (unsigned)rand_r(&seed) % 4, (unsigned)rand_r(&seed),
                                    (uint8_t)(1u << (unsigned)rand_r(&seed) % 8), false };
        e = handshake(&p, change_one);
        counted += meddler.done;
        if (meddler.done && e.client == SEC_E_OK && e.server == SEC_E_OK)
            fail_msg("token %u, octet %u ^ %u", meddler.token, meddler.at, meddler.with);
        contexts_delete(&p);
    }
    assert_true(counted > MUTATIONS / 2);
    pair_close(&p);
}

/* Takes a message out of a token, or repeats one in another's place, of the same size. */
static unsigned trick;

static void
reorder(unsigned token, uint8_t *bytes, ULONG *n)
{
    ULONG begin = messages_at(bytes, *n);
    struct rd r = rd_init(view_of(bytes + begin, *n - begin));
    struct negoex_message a, b;
    uint8_t first[ROOM];

    if (token != 0 || begin == *n || negoex_message_get(&r, &a) != 0 ||
        negoex_message_get(&r, &b) != 0)
        return;
    memcpy(first, a.whole.p, a.whole.n);
    if (trick == 0) {                   /* the second one first */
        memmove(bytes + begin, b.whole.p, b.whole.n);
        memcpy(bytes + begin + b.whole.n, first, a.whole.n);
    } else if (trick == 1) {            /* the numbers of the two */
        bytes[begin + 12] = 1;
        bytes[begin + a.whole.n + 12] = 0;
    } else if (trick == 2) {            /* the first one's octets, cut off */
        memset(bytes + begin, 0, a.whole.n);
    } else if (trick == 3) {            /* another conversation */
        bytes[begin + a.whole.n + 24] ^= 1;
    } else {                            /* a message of the acceptor's */
        bytes[begin + a.whole.n + 8] = NEGOEX_ACCEPTOR_META_DATA;
    }
}

static void
messages_out_of_order_are_refused(void **state)
{
    struct app_pair p = pair_open();

    (void)state;
    rules("2", "");
    for (trick = 0; trick < 5; trick++) {
        struct ends e = handshake(&p, reorder);

        assert_int_equal(e.server, SEC_E_INVALID_TOKEN);
        assert_int_equal(e.client, SEC_I_CONTINUE_NEEDED);
        contexts_delete(&p);
    }
    pair_close(&p);
}

/* ---- the packages ------------------------------------------------------------------------ */

static void
configure(const char *settings)
{
    const char *dir = getenv("OPENSSPI_AUTHORITY") + strlen("embedded:");
    char path[96];
    FILE *f;

    snprintf(path, sizeof(path), "%s/conf", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[authority]\nmode = embedded\nallow_environment = yes\nmodule_dir = %s\n"
            "[store]\nstate_dir = %s\n[service tests]\nuid = *\nmay = accept, initiate, token\n"
            "[package NegoExOne]\nmodule = negoex-one\n[package NegoExTwo]\nmodule = negoex-two\n"
            "[package Negotiate]\npackages = %s\n", NEGOEX_MODULES, dir, settings);
    assert_int_equal(fclose(f), 0);
    setenv("OPENSSPI_CONFIG", path, 1);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_tokens_will_do),
        cmocka_unit_test(a_package_that_fails_is_left_out),
        cmocka_unit_test(a_key_that_is_not_the_peers_is_refused),
        cmocka_unit_test(nothing_in_common_is_not_fatal),
    };
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(any_number_of_tokens_will_do),
        cmocka_unit_test(a_changed_message_is_found),
        cmocka_unit_test(messages_out_of_order_are_refused),
    };
    int failed = app_start();

    if (failed != 0)
        return failed;
    configure(argc > 1 ? "NegoExOne, NegoExTwo" : "NegoExOne, NegoExTwo, NTLM");
    failed = argc > 1 && strcmp(argv[1], "--alone") == 0
                 ? cmocka_run_group_tests(alone, NULL, NULL)
                 : cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return failed;
}
