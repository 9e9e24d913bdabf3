/*
 * The end of SPNEGO around a package that signs: who has the last word, and what he may not say
 * with it. The server prefers NTLM, which this client does not offer, so that both have to prove
 * the list; NegoEx's package does the work, by a key that this test knows as well.
 */
#include "app.h"

#include "negoextest.h"

#include "crypto/krb.h"
#include "packages/negotiate/wire/spnego.h"

#include "base/wr.h"

#include <stdlib.h>

#define ROOM 4096
#define TOKENS 6u
#define EARLY " one-i-early one-a-early "

enum change { NOTHING, REJECTED, UNSIGNED, TOKEN_MORE, SIGNED_TOO_SOON, CANNOT_SIGN };

struct talk {
    struct app_pair p;
    uint8_t list[64];           /* of mechanisms, as the client sent it */
    size_t list_n;
    SECURITY_STATUS client, server;
};

static void
list_sign(const struct talk *t, uint8_t mac[CRYPTO_KRB_MAC_MAX])
{
    struct view list = view_of(t->list, t->list_n);
    uint8_t bytes[NEGOEXTEST_KEY_SIZE];
    struct crypto_krb_key key;
    struct crypto_krb_sum sum;

    negoextest_key("one", 'a', bytes);
    assert_true(crypto_krb_key_init(&key, NEGOEXTEST_ETYPE, view_of(bytes, sizeof(bytes))));
    crypto_krb_sum_init(&sum, &key, NEGOEXTEST_USAGE);
    crypto_krb_sum(&sum, &list, 1, mac);
}

/* The token says something else. */
static void
token_change(const struct talk *t, enum change change, uint8_t *bytes, ULONG *n)
{
    uint8_t was[ROOM], mac[CRYPTO_KRB_MAC_MAX];
    struct wr w = wr_init(bytes, ROOM);
    struct spnego_resp resp;

    memcpy(was, bytes, *n);
    assert_int_equal(spnego_resp_parse(view_of(was, *n), &resp), 0);
    if (change == REJECTED)
        resp.state = SPNEGO_STATE_REJECT;
    if (change == UNSIGNED)
        resp.mic = view_of(NULL, 0);
    if (change == TOKEN_MORE)
        resp.token = view_of("more", 4);
    if (change == SIGNED_TOO_SOON) {
        assert_null(resp.mic.p);
        list_sign(t, mac);
        resp.mic = view_of(mac, NEGOEXTEST_MIC_SIZE);
    }
    spnego_resp_build(&w, &resp);
    assert_false(w.failed);
    *n = (ULONG)w.len;
}

static void
list_keep(struct talk *t, const uint8_t *bytes, ULONG n)
{
    struct spnego_init init;

    assert_int_equal(spnego_init_parse(view_of(bytes, n), &init), 0);
    assert_true(init.mech_list.n <= sizeof(t->list));
    memcpy(t->list, init.mech_list.p, t->list_n = init.mech_list.n);
}

/* A handshake, in which the token of this number is changed on its way. */
static void
talk_run(struct talk *t, unsigned place, enum change change)
{
    uint8_t a[ROOM], b[ROOM];
    SecBuffer in = { 0, SECBUFFER_TOKEN, b }, out = { ROOM, SECBUFFER_TOKEN, a };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, &out };

    t->client = t->server = SEC_I_CONTINUE_NEEDED;
    for (unsigned n = 0; n < TOKENS; n++) {
        out.cbBuffer = ROOM;
        if (n % 2 == 0)
            t->client = InitializeSecurityContextW(
                &t->p.client_cred, n ? &t->p.client : NULL, app_target, ISC_REQ_INTEGRITY, 0,
                SECURITY_NETWORK_DREP, n ? &in_desc : NULL, 0, &t->p.client, &out_desc,
                &t->p.client_attributes, NULL);
        else
            t->server = AcceptSecurityContext(
                &t->p.server_cred, n > 1 ? &t->p.server : NULL, &in_desc, 0,
                SECURITY_NETWORK_DREP, &t->p.server, &out_desc, &t->p.server_attributes, NULL);
        if (t->client < 0 || t->server < 0 || out.cbBuffer == 0)
            break;
        memcpy(b, a, in.cbBuffer = out.cbBuffer);
        if (n == 0)
            list_keep(t, b, in.cbBuffer);
        if (n == place && change == CANNOT_SIGN)
            setenv("NEGOEXTEST_FAULTS", EARLY " one-i-nosign ", 1);
        else if (n == place && change != NOTHING)
            token_change(t, change, b, &in.cbBuffer);
    }
}

/* Everything of the account's but NTLM. */
static CredHandle
client_open(void)
{
    static char16_t but_ntlm[] = u"!ntlm";
    SEC_WINNT_AUTH_IDENTITY_EXW id;
    CredHandle c;

    memset(&id, 0, sizeof(id));
    id.Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
    id.Length = sizeof(id);
    id.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    id.PackageList = (unsigned short *)but_ntlm;
    id.PackageListLength = UNIT_COUNT(but_ntlm) - 1;
    assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR[]){ u"Negotiate" },
                                               SECPKG_CRED_OUTBOUND, NULL, &id, NULL, NULL, &c,
                                               NULL), SEC_E_OK);
    return c;
}

static void
nobody_says_too_much_or_too_little(void **state)
{
    static const struct {
        const char *hops;
        unsigned token;
        enum change change;
        SECURITY_STATUS client, server;
    } rows[] = {
        { "2", 0, NOTHING, SEC_E_OK, SEC_E_OK },
        { "3", 0, NOTHING, SEC_E_OK, SEC_E_OK },
        /* The client's last word, which answers the server's signature. */
        { "2", 2, REJECTED, SEC_E_OK, SEC_E_INVALID_TOKEN },
        { "2", 2, UNSIGNED, SEC_E_OK, SEC_E_MESSAGE_ALTERED },
        { "2", 2, TOKEN_MORE, SEC_E_OK, SEC_E_INVALID_TOKEN },
        /* A client that has to sign and cannot, in the two places where it would. */
        { "2", 1, CANNOT_SIGN, SEC_E_UNSUPPORTED_FUNCTION, SEC_I_CONTINUE_NEEDED },
        { "3", 1, CANNOT_SIGN, SEC_E_UNSUPPORTED_FUNCTION, SEC_I_CONTINUE_NEEDED },
        /* The server's signature comes twice, both times good. */
        { "3", 1, SIGNED_TOO_SOON, SEC_E_INVALID_TOKEN, SEC_E_OK },
        { "3", 3, UNSIGNED, SEC_E_MESSAGE_ALTERED, SEC_E_OK },
        { "3", 3, TOKEN_MORE, SEC_E_INVALID_TOKEN, SEC_E_OK },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct talk t;

        memset(&t, 0, sizeof(t));
        t.p.client_cred = client_open();
        t.p.server_cred = app_inbound(u"Negotiate");
        setenv("NEGOEXTEST_HOPS", rows[i].hops, 1);
        setenv("NEGOEXTEST_FAULTS", EARLY, 1);
        talk_run(&t, rows[i].token, rows[i].change);
        if (t.client != rows[i].client || t.server != rows[i].server)
            fail_msg("row %zu: 0x%x 0x%x", i, (unsigned)t.client, (unsigned)t.server);
        app_close(&t.p);
    }
}

static void
configure(void)
{
    const char *dir = getenv("OPENSSPI_AUTHORITY") + strlen("embedded:");
    char path[96];
    FILE *f;

    snprintf(path, sizeof(path), "%s/conf", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "[authority]\nmode = embedded\nallow_environment = yes\nmodule_dir = %s\n"
            "[store]\nstate_dir = %s\n[package NegoExOne]\nmodule = negoex-one\n"
            "[package Negotiate]\npackages = NTLM, NegoExOne\n", NEGOEX_MODULES, dir);
    assert_int_equal(fclose(f), 0);
    setenv("OPENSSPI_CONFIG", path, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nobody_says_too_much_or_too_little) };
    int failed = app_start();

    if (failed != 0)
        return failed;
    configure();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return failed;
}
