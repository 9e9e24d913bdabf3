/*
 * Negotiate leg by leg: what each context answers in each state, tokens in pieces and with too
 * little room, and a server that answers without SPNEGO.
 */
#include "hand.h"

#define INTEGRITY (ISC_REQ_INTEGRITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT)
#define STEPS_MAX 500
#define TOO_SMALL 4u

struct side {
    bool client, begun;
    CredHandle *cred;
    CtxtHandle *context;
    ULONG requirements;
    ULONG room;                 /* what the application has */
    SECURITY_STATUS status;
    uint8_t out[HAND_ROOM];
    ULONG out_n;
};

static SECURITY_STATUS
side_leg(struct side *s, struct view in)
{
    SecBuffer in_buffer = { (ULONG)in.n, SECBUFFER_TOKEN, (void *)(uintptr_t)in.p };
    SecBuffer out_buffer = { s->room, SECBUFFER_TOKEN, s->out };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in_buffer };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, &out_buffer };
    CtxtHandle *have = s->begun ? s->context : NULL;
    ULONG attributes;

    if (s->client)
        s->status = InitializeSecurityContextW(s->cred, have, app_target, s->requirements, 0,
                                               SECURITY_NETWORK_DREP, have ? &in_desc : NULL, 0,
                                               s->context, &out_desc, &attributes, NULL);
    else
        s->status = AcceptSecurityContext(s->cred, have, &in_desc, s->requirements,
                                          SECURITY_NETWORK_DREP, s->context, &out_desc,
                                          &attributes, NULL);
    s->begun |= s->status >= 0;
    s->out_n = s->status >= 0 ? out_buffer.cbBuffer : 0;
    return s->status;
}

static struct view
side_out(const struct side *s)
{
    return view_of(s->out, s->out_n);
}

static void
pair_sides(struct app_pair *p, struct side *client, struct side *server)
{
    *client = (struct side){ .client = true, .cred = &p->client_cred, .context = &p->client,
                             .requirements = INTEGRITY, .room = HAND_ROOM };
    *server = (struct side){ .cred = &p->server_cred, .context = &p->server, .room = HAND_ROOM };
}

static void
signature_passes(CtxtHandle *from, CtxtHandle *to)
{
    uint8_t mic[16];
    char text[] = "after all of it";
    SecBuffer b[2] = { { sizeof(mic), SECBUFFER_TOKEN, mic },
                       { sizeof(text), SECBUFFER_DATA, text } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

    assert_int_equal(MakeSignature(from, 0, &d, 0), SEC_E_OK);
    assert_int_equal(VerifySignature(to, &d, 0, NULL), SEC_E_OK);
}

/* ---- what is answered when -------------------------------------------------- */

struct answers {
    bool complete;              /* NEGOTIATION_INFO, and whether the others are answered */
    SECPKG_ATTR_LCT_STATUS last_token;
    bool fallback;              /* NEGO_STATUS says why there is no Kerberos */
};

static void
answers_are(CtxtHandle *c, const struct answers *want)
{
    SECURITY_STATUS later = want->complete ? SEC_E_OK : SEC_E_INVALID_HANDLE;
    SecPkgContext_LastClientTokenStatus last;
    SecPkgContext_NegoPackageInfo packages;
    SecPkgContext_PackageInfoW package;
    SecPkgContext_NegoStatus status;
    SecPkgContext_NamesW names;
    SecPkgContext_Flags flags;
    SecPkgContext_Sizes sizes;

    hand_info_is(c, u"NTLM", want->complete ? SECPKG_NEGOTIATION_COMPLETE
                                            : SECPKG_NEGOTIATION_IN_PROGRESS);
    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_PACKAGE_INFO, &package), SEC_E_OK);
    app_assert_wide(package.PackageInfo->Name, u"NTLM");
    assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, &last),
                     SEC_E_OK);
    assert_int_equal(last.LastClientTokenStatus, want->last_token);
    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_NEGO_STATUS, &status), later);
    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_NEGO_PKG_INFO, &packages), later);
    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_SIZES, &sizes), later);
    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_NAMES, &names), later);
    if (!want->complete)
        return;
    assert_int_equal((SECURITY_STATUS)status.LastStatus,
                     want->fallback ? SEC_E_NO_AUTHENTICATING_AUTHORITY : SEC_E_OK);
    assert_int_equal(packages.PackageMask & SECPKG_ATTR_NEGO_INFO_FLAG_NO_NTLM, 0);
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
}

/* One row a leg: who makes it, with what status, and what its context says then. */
static void
every_state_answers(void **state)
{
    static const struct {
        bool client;
        SECURITY_STATUS status;
        struct answers answers;
    } rows[] = {
        { true, SEC_I_CONTINUE_NEEDED, { false, SecPkgAttrLastClientTokenMaybe, false } },
        { false, SEC_I_CONTINUE_NEEDED, { false, SecPkgAttrLastClientTokenNo, false } },
        { true, SEC_I_CONTINUE_NEEDED, { false, SecPkgAttrLastClientTokenYes, false } },
        { false, SEC_E_OK, { true, SecPkgAttrLastClientTokenYes, false } },
        { true, SEC_E_OK, { true, SecPkgAttrLastClientTokenYes, true } },
    };
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    struct side client, server;
    struct view token = { NULL, 0 };

    (void)state;
    pair_sides(&p, &client, &server);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct side *s = rows[i].client ? &client : &server;

        assert_int_equal(side_leg(s, token), rows[i].status);
        answers_are(s->context, &rows[i].answers);
        token = side_out(s);
        /* With SEC_E_OK of the server there still is a token to send. */
        assert_int_equal(token.n > 0, i + 1 < sizeof(rows) / sizeof(rows[0]));
    }
    app_close(&p);
}

/* ---- room --------------------------------------------------------------------- */

/* SEC_E_BUFFER_TOO_SMALL changes nothing: the same call, with more room, goes on. */
static void
too_little_room_is_no_end(void **state)
{
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    struct side sides[2];
    struct view token = { NULL, 0 };

    (void)state;
    pair_sides(&p, &sides[0], &sides[1]);
    for (unsigned i = 0; i < 4; i++) {
        struct side *s = &sides[i % 2];

        s->room = TOO_SMALL;
        assert_int_equal(side_leg(s, token), SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(side_leg(s, token), SEC_E_BUFFER_TOO_SMALL);
        s->room = HAND_ROOM;
        assert_int_equal(side_leg(s, token), i < 3 ? SEC_I_CONTINUE_NEEDED : SEC_E_OK);
        token = side_out(s);
    }
    assert_int_equal(side_leg(&sides[0], token), SEC_E_OK);
    signature_passes(&p.client, &p.server);
    signature_passes(&p.server, &p.client);
    app_close(&p);
}

/* Pieces one way, the answer's the other, until both are done. */
static void
pump(struct side *from, struct side *to, unsigned *pieces)
{
    uint8_t copy[HAND_ROOM];
    struct view in = { NULL, 0 };

    for (unsigned i = 0; i < STEPS_MAX; i++) {
        struct side *other = to;

        assert_true(side_leg(from, in) >= 0);
        if (from->out_n == 0)
            break;
        assert_true(from->out_n <= from->room);
        in = view_of(NULL, 0);
        if (from->status == SEC_I_MESSAGE_FRAGMENT) {
            assert_int_equal(side_leg(to, side_out(from)), SEC_I_CONTINUE_NEEDED);
            assert_int_equal(to->out_n, 0);
            ++*pieces;
            continue;
        }
        memcpy(copy, from->out, from->out_n);
        in = view_of(copy, from->out_n);
        to = from;
        from = other;
    }
    assert_int_equal(from->status, SEC_E_OK);
    assert_int_equal(to->status, SEC_E_OK);
}

static void
tokens_go_in_pieces(void **state)
{
    static const ULONG rooms[] = { 5, 6, 64, 150 };

    (void)state;
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        struct app_pair p = hand_pair_open(u"Negotiate", app_password);
        struct side client, server;
        unsigned pieces = 0;

        pair_sides(&p, &client, &server);
        client.requirements |= ISC_REQ_FRAGMENT_TO_FIT;
        server.requirements |= ASC_REQ_FRAGMENT_TO_FIT;
        client.room = server.room = rooms[i];
        pump(&client, &server, &pieces);
        assert_true(pieces >= 1);
        signature_passes(&p.client, &p.server);
        app_close(&p);
    }
}

/* Who did not ask for pieces gets none, and who announces too much is refused at once. */
static void
pieces_have_limits(void **state)
{
    static const uint8_t huge[] = { 0x60, 0x84, 0x7f, 0xff, 0xff, 0xff };
    static const uint8_t most[] = { 0x60, 0x82, 0xff, 0xfc };      /* 65536 in all */
    static const uint8_t over[] = { 0x60, 0x82, 0xff, 0xfd };
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    struct side client, server;

    (void)state;
    pair_sides(&p, &client, &server);
    assert_int_equal(side_leg(&client, view_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_leg(&server, view_of(client.out, 20)), SEC_E_INVALID_TOKEN);
    server.requirements = ASC_REQ_FRAGMENT_TO_FIT;
    assert_int_equal(side_leg(&server, view_of(over, sizeof(over))), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_leg(&server, view_of(huge, sizeof(huge))), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_leg(&server, view_of("\x60\x80\x06", 3)), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_leg(&server, view_of("GET", 3)), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_leg(&server, view_of(most, sizeof(most))), SEC_I_CONTINUE_NEEDED);
    app_close(&p);
}

/* ---- a server without SPNEGO ---------------------------------------------------- */

/* It takes NTLM's token out of ours, and answers as NTLM does. */
static void
a_raw_answer_is_taken(void **state)
{
    struct app_pair p;
    struct side client, server;
    struct spnego_init init;

    (void)state;
    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(u"Negotiate", app_user, app_password);
    p.server_cred = app_inbound(u"NTLM");
    pair_sides(&p, &client, &server);
    assert_int_equal(side_leg(&client, view_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(spnego_init_parse(side_out(&client), &init), 0);
    assert_int_equal(side_leg(&server, init.token), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_leg(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(spnego_kind_of(side_out(&client)), SPNEGO_KIND_RAW_NTLM);
    assert_int_equal(side_leg(&server, side_out(&client)), SEC_E_OK);
    signature_passes(&p.client, &p.server);
    signature_passes(&p.server, &p.client);
    hand_info_is(&p.client, u"NTLM", SECPKG_NEGOTIATION_COMPLETE);
    app_close(&p);
}

/* Behind an answer in SPNEGO there is no way out of it. */
static void
a_raw_answer_comes_first_or_never(void **state)
{
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    struct side client, server;

    (void)state;
    pair_sides(&p, &client, &server);
    assert_int_equal(side_leg(&client, view_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_leg(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_leg(&client, side_out(&server)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_leg(&client, view_of("NTLMSSP\0\2\0\0\0", 12)), SEC_E_INVALID_TOKEN);
    app_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_answers),
        cmocka_unit_test(too_little_room_is_no_end),
        cmocka_unit_test(tokens_go_in_pieces),
        cmocka_unit_test(pieces_have_limits),
        cmocka_unit_test(a_raw_answer_is_taken),
        cmocka_unit_test(a_raw_answer_comes_first_or_never),
    };
    int failed = app_start();

    if (failed != 0)
        return failed;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return failed;
}
