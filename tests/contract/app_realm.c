/*
 * Negotiate with Kerberos inside, ours against ours. tests/negotiate/ours.sh makes the realm, the
 * keytab and the ticket, and runs a row of the table at a time.
 */
#include "meddle.h"

#include <stdlib.h>

#define SIGNED (ISC_REQ_INTEGRITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT)

#define PIECE_MIN 5u
#define TOO_SMALL 100u
/* NegTokenInit up to the package's token, and an octet's bits; then anything, anywhere. */
#define HEAD_OCTETS 64u
#define HEAD_CHANGES 8u
#define MUTATIONS 10000u

/* The names and the password are realm.sh's. */
static char16_t alice[] = u"alice", realm[] = u"OPENSSPI.TEST", password[] = u"Passw0rd!";

/* Nobody: the user's own credentials. list: the packages that may be negotiated; NULL: all. */
static CredHandle
acquire(ULONG use, bool named, const char16_t *list)
{
    SEC_WINNT_AUTH_IDENTITY_EXW id;
    CredHandle h;

    memset(&id, 0, sizeof(id));
    id.Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
    id.Length = sizeof(id);
    id.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    id.User = (unsigned short *)alice;
    id.UserLength = 5;
    id.Domain = (unsigned short *)realm;
    id.DomainLength = 13;
    id.Password = (unsigned short *)password;
    id.PasswordLength = 9;
    id.PackageList = (unsigned short *)(uintptr_t)list;
    while (list != NULL && list[id.PackageListLength] != 0)
        id.PackageListLength++;
    assert_int_equal(AcquireCredentialsHandleW(NULL, (SEC_WCHAR[]){ u"Negotiate" }, use, NULL,
                                               named || list != NULL ? &id : NULL, NULL, NULL, &h,
                                               NULL), SEC_E_OK);
    return h;
}

static struct app_pair
pair_of(bool named, const char16_t *server_list)
{
    struct app_pair p;

    memset(&p, 0, sizeof(p));
    p.client_cred = acquire(SECPKG_CRED_OUTBOUND, named, NULL);
    p.server_cred = acquire(SECPKG_CRED_INBOUND, false, server_list);
    return p;
}

static void
messages_pass(struct app_pair *p)
{
    for (int i = 0; i < 4; i++) {
        CtxtHandle *from = i % 2 ? &p->client : &p->server, *to = i % 2 ? &p->server : &p->client;
        uint8_t mic[64];
        char text[] = "signed by Kerberos";
        SecBuffer b[2] = { { sizeof(mic), SECBUFFER_TOKEN, mic },
                           { sizeof(text), SECBUFFER_DATA, text } };
        SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

        assert_int_equal(MakeSignature(from, 0, &d, 0), SEC_E_OK);
        assert_int_equal(VerifySignature(to, &d, 0, NULL), SEC_E_OK);
    }
}

static void
handshake_is(struct app_pair *p, ULONG requirements, const char16_t *package, unsigned legs)
{
    app_handshake(p, requirements, 0);
    assert_int_equal(p->client_status, SEC_E_OK);
    assert_int_equal(p->server_status, SEC_E_OK);
    assert_int_equal(p->legs, legs);
    hand_info_is(&p->client, package, SECPKG_NEGOTIATION_COMPLETE);
    hand_info_is(&p->server, package, SECPKG_NEGOTIATION_COMPLETE);
}

/* The user's own ticket: one leg of the server's, which is done with SEC_E_OK and a token. */
static void
mutual(void **state)
{
    struct app_pair p = pair_of(false, NULL);

    (void)state;
    handshake_is(&p, SIGNED | ISC_REQ_MUTUAL_AUTH, u"Kerberos", 1);
    assert_true(p.client_attributes & ISC_RET_MUTUAL_AUTH);
    messages_pass(&p);
    app_close(&p);
}

static void
one_way(void **state)
{
    struct app_pair p = pair_of(false, NULL);

    (void)state;
    handshake_is(&p, SIGNED, u"Kerberos", 1);
    assert_false(p.client_attributes & ISC_RET_MUTUAL_AUTH);
    app_close(&p);
}

/* NTLM has a token for nobody, and still the ticket goes before it (D11). */
static void
ticket_first(void **state)
{
    struct app_pair p = pair_of(false, NULL);

    (void)state;
    handshake_is(&p, ISC_REQ_NULL_SESSION, u"Kerberos", 1);
    app_close(&p);
}

/* Without a ticket it is its turn: the list has nothing else. */
static void
no_ticket(void **state)
{
    struct app_pair p = pair_of(false, NULL);
    uint8_t room[HAND_ROOM];
    SecBuffer out = { sizeof(room), SECBUFFER_TOKEN, room };
    SecBufferDesc d = { SECBUFFER_VERSION, 1, &out };
    struct spnego_init init;

    (void)state;
    assert_int_equal(InitializeSecurityContextW(&p.client_cred, NULL, app_target,
                                                ISC_REQ_NULL_SESSION, 0, SECURITY_NETWORK_DREP,
                                                NULL, 0, &p.client, &d, &p.client_attributes,
                                                NULL), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(spnego_init_parse(view_of(room, out.cbBuffer), &init), 0);
    assert_int_equal(init.mech_count, 1);
    assert_true(view_is_equal(init.mechs[0], spnego_oid_ntlm));
    assert_int_equal(DeleteSecurityContext(&p.client), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.server_cred), SEC_E_OK);
}

/*
 * The client's list begins with NTLM, the server has Kerberos only: it is chosen again, and the
 * list is proven both ways, which takes the server two more legs.
 */
static void
again(void **state)
{
    struct app_pair p = pair_of(true, u"kerberos");

    (void)state;
    handshake_is(&p, SIGNED | ISC_REQ_MUTUAL_AUTH, u"Kerberos", 3);
    messages_pass(&p);
    app_close(&p);
}

/* ---- somebody in between ------------------------------------------------------ */

/* What the one in between is after: where only NTLM is left, its password is as good. */
static void
weaker_would_do(void **state)
{
    struct app_pair p = pair_of(true, u"ntlm");

    (void)state;
    handshake_is(&p, SIGNED | ISC_REQ_MUTUAL_AUTH, u"NTLM", 3);
    app_close(&p);
}

/* Each octet of the list of mechanisms and around it, and then any of any token. */
static void
meddled(void **state)
{
    const ULONG requirements = SIGNED | ISC_REQ_CONFIDENTIALITY | ISC_REQ_MUTUAL_AUTH;
    struct app_pair p = pair_of(true, NULL);
    unsigned seed = 4120;

    (void)state;
    assert_true(meddle(&p, requirements, u"Kerberos", &(struct meddler){ 0, 0, 0 }));
    for (unsigned i = 0; i < HEAD_OCTETS * HEAD_CHANGES; i++)
        (void)meddle(&p, requirements, u"Kerberos",
                     &(struct meddler){ 0, i / HEAD_CHANGES, (uint8_t)(1u << i % HEAD_CHANGES) });
    for (unsigned i = 0; i < MUTATIONS; i++) {
        const struct meddler m = { (unsigned)rand_r(&seed) % 2, (unsigned)rand_r(&seed),
                                   (uint8_t)(1 + rand_r(&seed) % 255) };

        (void)meddle(&p, requirements, u"Kerberos", &m);
    }
    assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.server_cred), SEC_E_OK);
}

/* ---- first legs by hand --------------------------------------------------------- */

static void
token_make(struct app_pair *p, SecBuffer *bindings, SecBuffer *out)
{
    SecBufferDesc in_desc = { SECBUFFER_VERSION, bindings != NULL, bindings };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, out };

    assert_int_equal(InitializeSecurityContextW(&p->client_cred, NULL, app_target,
                                                SIGNED | ISC_REQ_MUTUAL_AUTH, 0,
                                                SECURITY_NETWORK_DREP, &in_desc, 0, &p->client,
                                                &out_desc, &p->client_attributes, NULL),
                     SEC_I_CONTINUE_NEEDED);
}

static SECURITY_STATUS
token_answer(struct app_pair *p, struct view reply, SecBuffer *out)
{
    SecBuffer in = { (ULONG)reply.n, SECBUFFER_TOKEN, (void *)(uintptr_t)reply.p };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, out };

    return InitializeSecurityContextW(&p->client_cred, &p->client, app_target,
                                      SIGNED | ISC_REQ_MUTUAL_AUTH, 0, SECURITY_NETWORK_DREP,
                                      &in_desc, 0, &p->client, &out_desc, &p->client_attributes,
                                      NULL);
}

/* With room for so much; the context is dropped where there is one. */
static SECURITY_STATUS
token_take(struct app_pair *p, const SecBuffer *token, const SecBuffer *bindings, SecBuffer *out)
{
    /* Who cuts tokens to the room is not asked for more of it beforehand. */
    ULONG cut = out->cbBuffer < PIECE_MIN ? ASC_REQ_FRAGMENT_TO_FIT : 0;
    SecBuffer in[2] = { *token, bindings != NULL ? *bindings : *token };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, bindings != NULL ? 2 : 1, in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, out };
    SECURITY_STATUS st = AcceptSecurityContext(&p->server_cred, NULL, &in_desc,
                                               ASC_REQ_EXTENDED_ERROR | cut, SECURITY_NETWORK_DREP,
                                               &p->server, &out_desc, &p->server_attributes,
                                               NULL);

    if (st >= 0)
        assert_int_equal(DeleteSecurityContext(&p->server), SEC_E_OK);
    return st;
}

static void
pair_drop(struct app_pair *p)
{
    assert_int_equal(DeleteSecurityContext(&p->client), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p->client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p->server_cred), SEC_E_OK);
}

/* Channel bindings reach the package on both sides. */
static void
bound(void **state)
{
    static const char *const theirs[] = { "tls-unique:1", "tls-unique:2" };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct app_pair p = pair_of(false, NULL);
        uint8_t room[HAND_ROOM], answer[HAND_ROOM];
        SecBuffer token = { sizeof(room), SECBUFFER_TOKEN, room };
        SecBuffer out = { sizeof(answer), SECBUFFER_TOKEN, answer };
        struct app_bindings own, other;

        app_bindings_make(&own, "tls-unique:1");
        app_bindings_make(&other, theirs[i]);
        token_make(&p, &other.buffer, &token);
        assert_int_equal(token_take(&p, &token, &own.buffer, &out),
                         i == 0 ? SEC_E_OK : SEC_E_BAD_BINDINGS);
        pair_drop(&p);
    }
}

/* A replay is answered by a reject with KRB-ERROR in it, or by nothing where that has no room. */
static void
error_without_room(void **state)
{
    struct app_pair p = pair_of(false, NULL);
    uint8_t room[HAND_ROOM], answer[HAND_ROOM];
    SecBuffer token = { sizeof(room), SECBUFFER_TOKEN, room };
    SecBuffer out = { sizeof(answer), SECBUFFER_TOKEN, answer };
    struct spnego_resp resp;
    SECURITY_STATUS refused;

    (void)state;
    token_make(&p, NULL, &token);
    assert_int_equal(token_take(&p, &token, NULL, &out), SEC_E_OK);
    out.cbBuffer = sizeof(answer);
    refused = token_take(&p, &token, NULL, &out);
    assert_true(refused < 0);
    assert_int_equal(p.server_attributes, ASC_RET_EXTENDED_ERROR);
    assert_int_equal(spnego_resp_parse(view_of(answer, out.cbBuffer), &resp), 0);
    assert_int_equal(resp.state, SPNEGO_STATE_REJECT);
    assert_true(resp.token.n > 0);
    out.cbBuffer = TOO_SMALL;
    assert_int_equal(token_take(&p, &token, NULL, &out), SEC_E_BUFFER_TOO_SMALL);
    out.cbBuffer = PIECE_MIN - 1;
    assert_int_equal(token_take(&p, &token, NULL, &out), refused);
    assert_int_equal(p.server_attributes, 0);
    assert_int_equal(out.cbBuffer, 0);
    pair_drop(&p);
}

/*
 * A server that has Kerberos's acceptor and no mind to prove the list: our client, made to choose
 * again, wants the proof, in SPNEGO, and is not led out of it.
 */
static void
unproven(void **state)
{
    static const SECURITY_STATUS want[] = { SEC_E_MESSAGE_ALTERED, SEC_E_INVALID_TOKEN };

    (void)state;
    for (unsigned raw = 0; raw < 2; raw++) {
        struct app_pair p = pair_of(true, NULL), server = { .legs = 0 };
        uint8_t room[HAND_ROOM], answer[HAND_ROOM];
        SecBuffer token = { sizeof(room), SECBUFFER_TOKEN, room };
        SecBuffer out = { sizeof(answer), SECBUFFER_TOKEN, answer };
        struct spnego_resp resp = { .state = SPNEGO_STATE_REQUEST_MIC,
                                    .mech = spnego_oid_kerberos };

        server.server_cred = app_inbound(u"Kerberos");
        token_make(&p, NULL, &token);
        token.cbBuffer = sizeof(room);
        assert_int_equal(token_answer(&p, hand_resp(&resp, answer), &token), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(spnego_resp_parse(view_of(room, token.cbBuffer), &resp), 0);
        token.cbBuffer = (ULONG)resp.token.n;
        token.pvBuffer = (void *)(uintptr_t)resp.token.p;
        assert_int_equal(token_take(&server, &token, NULL, &out), SEC_E_OK);
        memcpy(room, answer, out.cbBuffer);
        resp = (struct spnego_resp){ .state = SPNEGO_STATE_COMPLETED,
                                     .token = view_of(room, out.cbBuffer) };
        out = (SecBuffer){ sizeof(room), SECBUFFER_TOKEN, room };
        assert_int_equal(token_answer(&p, raw ? resp.token : hand_resp(&resp, answer), &out),
                         want[raw]);
        assert_int_equal(FreeCredentialsHandle(&server.server_cred), SEC_E_OK);
        pair_drop(&p);
    }
}

int
main(int argc, char **argv)
{
    static const struct CMUnitTest rows[] = {
        cmocka_unit_test(mutual), cmocka_unit_test(one_way), cmocka_unit_test(ticket_first),
        cmocka_unit_test(no_ticket), cmocka_unit_test(again),
        cmocka_unit_test(weaker_would_do), cmocka_unit_test(meddled),
        cmocka_unit_test(bound), cmocka_unit_test(error_without_room),
        cmocka_unit_test(unproven),
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct CMUnitTest one[] = { rows[i] };

        if (argc == 2 && strcmp(rows[i].name, argv[1]) == 0)
            return cmocka_run_group_tests(one, NULL, NULL);
    }
    return 1;
}
