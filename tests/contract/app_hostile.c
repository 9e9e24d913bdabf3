/*
 * A server of SPNEGO written here, over NTLM's own acceptor, that says to our initiator what it
 * should not: the table has what is refused, and how.
 */
#include "hand.h"

#define SIGNED (ISC_REQ_INTEGRITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT)
#define MIC_SIZE 16u

/* What is wrong with a reply. */
enum fault { NONE, NO_TOKEN, EXTRA_TOKEN, EARLY_MIC, NO_MIC, BAD_MIC, LEFT_OUT, NOT_OFFERED };

struct wire {
    uint8_t bytes[HAND_ROOM];
    SecBuffer buffer;
    SecBufferDesc desc;
};

static SecBufferDesc *
wire_of(struct wire *w, size_t n)
{
    w->buffer = (SecBuffer){ (ULONG)n, SECBUFFER_TOKEN, w->bytes };
    w->desc = (SecBufferDesc){ SECBUFFER_VERSION, 1, &w->buffer };
    return &w->desc;
}

static struct view
wire_view(const struct wire *w)
{
    return view_of(w->bytes, w->buffer.cbBuffer);
}

static SECURITY_STATUS
client_leg(struct app_pair *p, const struct spnego_resp *reply, struct wire *out)
{
    struct wire in;
    bool first = reply == NULL;

    if (!first)
        (void)wire_of(&in, hand_resp(reply, in.bytes).n);
    return InitializeSecurityContextW(&p->client_cred, first ? NULL : &p->client, app_target,
                                      SIGNED, 0, SECURITY_NETWORK_DREP, first ? NULL : &in.desc,
                                      0, &p->client, wire_of(out, HAND_ROOM),
                                      &p->client_attributes, NULL);
}

static void
server_leg(struct app_pair *p, bool first, struct view token, struct wire *out,
           SECURITY_STATUS want)
{
    struct wire in;

    memcpy(in.bytes, token.p, token.n);
    assert_int_equal(AcceptSecurityContext(&p->server_cred, first ? NULL : &p->server,
                                           wire_of(&in, token.n), 0, SECURITY_NETWORK_DREP,
                                           &p->server, wire_of(out, HAND_ROOM),
                                           &p->server_attributes, NULL), want);
}

/* The reply with the challenge. */
static SECURITY_STATUS
first_reply(struct app_pair *p, enum spnego_state state, enum fault fault, struct spnego_init *init,
            struct wire *out)
{
    struct spnego_resp reply = { .state = state, .mech = spnego_oid_ntlm };
    struct wire challenge;

    server_leg(p, true, init->token, &challenge, SEC_I_CONTINUE_NEEDED);
    if (fault != NO_TOKEN)
        reply.token = wire_view(&challenge);
    if (fault == EARLY_MIC)
        reply.mic = view_of("0123456789abcdef", MIC_SIZE);
    if (fault == LEFT_OUT || fault == NOT_OFFERED) {
        reply.mech = fault == LEFT_OUT ? spnego_oid_kerberos : spnego_oid_negoex;
        reply.token = view_of(NULL, 0);
    }
    return client_leg(p, &reply, out);
}

/* The last reply, with the server's mechListMIC. */
static SECURITY_STATUS
last_reply(struct app_pair *p, enum spnego_state state, enum fault fault, struct view list,
           struct wire *last)
{
    struct spnego_resp heard, reply = { .state = state };
    uint8_t mic[MIC_SIZE], copy[64];
    SecBuffer b[2] = { { sizeof(mic), SECBUFFER_TOKEN, mic },
                       { (ULONG)list.n, SECBUFFER_DATA, copy } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };
    struct wire nothing;

    assert_int_equal(spnego_resp_parse(wire_view(last), &heard), 0);
    server_leg(p, false, heard.token, &nothing, SEC_E_OK);
    memcpy(copy, list.p, list.n);
    assert_int_equal(MakeSignature(&p->server, 0, &d, 0), SEC_E_OK);
    mic[MIC_SIZE - 1] ^= fault == BAD_MIC;
    if (fault != NO_MIC)
        reply.mic = view_of(mic, sizeof(mic));
    if (fault == EXTRA_TOKEN)
        reply.token = view_of("more", 4);
    return client_leg(p, &reply, &nothing);
}

static void
what_a_server_may_not_say(void **state)
{
    static const struct {
        enum spnego_state first_state, last_state;
        enum fault first, last;
        SECURITY_STATUS first_status, last_status;
    } rows[] = {
#define GOES_ON SEC_I_CONTINUE_NEEDED
#define COMPLETED SPNEGO_STATE_COMPLETED
#define INCOMPLETE SPNEGO_STATE_INCOMPLETE
#define REQUEST_MIC SPNEGO_STATE_REQUEST_MIC
#define REJECT SPNEGO_STATE_REJECT
        { INCOMPLETE, COMPLETED, NONE, NONE, GOES_ON, SEC_E_OK },
        { REQUEST_MIC, COMPLETED, NONE, NONE, GOES_ON, SEC_E_OK },
        { REJECT, 0, NONE, NONE, SEC_E_LOGON_DENIED, 0 },
        { COMPLETED, 0, NONE, NONE, SEC_E_INVALID_TOKEN, 0 },
        { INCOMPLETE, 0, NO_TOKEN, NONE, SEC_E_INVALID_TOKEN, 0 },
        { INCOMPLETE, 0, EARLY_MIC, NONE, SEC_E_MESSAGE_ALTERED, 0 },
        { REQUEST_MIC, 0, LEFT_OUT, NONE, SEC_E_INVALID_TOKEN, 0 },
        { REQUEST_MIC, 0, NOT_OFFERED, NONE, SEC_E_INVALID_TOKEN, 0 },
        { INCOMPLETE, COMPLETED, NONE, NO_MIC, GOES_ON, SEC_E_MESSAGE_ALTERED },
        { REQUEST_MIC, COMPLETED, NONE, NO_MIC, GOES_ON, SEC_E_MESSAGE_ALTERED },
        { INCOMPLETE, COMPLETED, NONE, BAD_MIC, GOES_ON, SEC_E_MESSAGE_ALTERED },
        { INCOMPLETE, COMPLETED, NONE, EXTRA_TOKEN, GOES_ON, SEC_E_INVALID_TOKEN },
        { INCOMPLETE, INCOMPLETE, NONE, NONE, GOES_ON, SEC_E_INVALID_TOKEN },
        { INCOMPLETE, REQUEST_MIC, NONE, NONE, GOES_ON, SEC_E_INVALID_TOKEN },
        { INCOMPLETE, REJECT, NONE, NONE, GOES_ON, SEC_E_LOGON_DENIED },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct app_pair p = { .client_cred = app_outbound(u"Negotiate", app_user, app_password),
                              .server_cred = app_inbound(u"NTLM") };
        struct spnego_init init;
        struct wire begun, answer;

        assert_int_equal(client_leg(&p, NULL, &begun), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(spnego_init_parse(wire_view(&begun), &init), 0);
        assert_int_equal(first_reply(&p, rows[i].first_state, rows[i].first, &init, &answer),
                         rows[i].first_status);
        if (rows[i].first_status == GOES_ON)
            assert_int_equal(last_reply(&p, rows[i].last_state, rows[i].last, init.mech_list,
                                        &answer), rows[i].last_status);
        app_close(&p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_a_server_may_not_say) };
    int failed = app_start();

    if (failed != 0)
        return failed;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return failed;
}
