#include "hand.h"

struct app_pair
hand_pair_open(const char16_t *client, char16_t *password)
{
    struct app_pair p;

    memset(&p, 0, sizeof(p));
    p.client_cred = app_outbound(client, app_user, password);
    p.server_cred = app_inbound(u"Negotiate");
    return p;
}

void
hand_info_is(CtxtHandle *c, const char16_t *package, ULONG negotiation_state)
{
    SecPkgContext_NegotiationInfoW info;

    assert_int_equal(QueryContextAttributesW(c, SECPKG_ATTR_NEGOTIATION_INFO, &info), SEC_E_OK);
    app_assert_wide(info.PackageInfo->Name, package);
    assert_int_equal(info.NegotiationState, negotiation_state);
    assert_int_equal(FreeContextBuffer(info.PackageInfo), SEC_E_OK);
}

SECURITY_STATUS
hand_send(struct hand *h, struct view token)
{
    SECURITY_STATUS s;

    h->in_buffer = (SecBuffer){ (ULONG)token.n, SECBUFFER_TOKEN, (void *)(uintptr_t)token.p };
    h->out_buffer = (SecBuffer){ h->room != 0 ? h->room : HAND_ROOM, SECBUFFER_TOKEN, h->out };
    h->in_desc = (SecBufferDesc){ SECBUFFER_VERSION, 1, &h->in_buffer };
    h->out_desc = (SecBufferDesc){ SECBUFFER_VERSION, 1, &h->out_buffer };
    s = AcceptSecurityContext(&h->p.server_cred, h->begun ? &h->p.server : NULL, &h->in_desc, 0,
                              SECURITY_NETWORK_DREP, &h->p.server, &h->out_desc,
                              &h->p.server_attributes, NULL);
    h->begun |= s >= 0;
    return s;
}

struct view
hand_ntlm(struct hand *h, struct view challenge)
{
    SecBuffer in = { (ULONG)challenge.n, SECBUFFER_TOKEN, (void *)(uintptr_t)challenge.p };
    SecBuffer out = { HAND_ROOM, SECBUFFER_TOKEN, h->in };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in };
    SecBufferDesc out_desc = { SECBUFFER_VERSION, 1, &out };
    SECURITY_STATUS s = InitializeSecurityContextW(
        &h->p.client_cred, h->client_begun ? &h->p.client : NULL, app_target,
        ISC_REQ_INTEGRITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT, 0,
        SECURITY_NETWORK_DREP, h->client_begun ? &in_desc : NULL, 0, &h->p.client, &out_desc,
        &h->p.client_attributes, NULL);

    assert_true(s >= 0);
    h->client_begun = true;
    return view_of(h->in, out.cbBuffer);
}

struct view
hand_resp(const struct spnego_resp *resp, uint8_t room[HAND_ROOM])
{
    struct wr w = wr_init(room, HAND_ROOM);

    spnego_resp_build(&w, resp);
    assert_int_equal(wr_end(&w, -1), 0);
    return wr_written(&w);
}

void
hand_begin(struct hand *h, struct spnego_resp *resp)
{
    const struct view mechs[] = { spnego_oid_kerberos, spnego_oid_ntlm };
    struct wr list = wr_init(h->list, sizeof(h->list));
    struct wr w = wr_init(h->in, sizeof(h->in));
    struct spnego_init init = { 0 };
    uint8_t room[HAND_ROOM];

    h->p = hand_pair_open(u"NTLM", app_password);
    spnego_mech_list_build(&list, mechs, 2);
    h->list_n = list.len;
    init.mech_list = wr_written(&list);
    init.token = view_of("optimistic", 10);
    spnego_init_build(&w, &init);
    assert_int_equal(hand_send(h, wr_written(&w)), SEC_I_CONTINUE_NEEDED);
    hand_info_is(&h->p.server, u"NTLM", SECPKG_NEGOTIATION_IN_PROGRESS);
    assert_int_equal(spnego_resp_parse(view_of(h->out, h->out_buffer.cbBuffer), resp), 0);
    assert_int_equal(resp->state, SPNEGO_STATE_REQUEST_MIC);
    assert_true(view_is_equal(resp->mech, spnego_oid_ntlm));
    assert_null(resp->token.p);
    *resp = (struct spnego_resp){ .state = SPNEGO_STATE_INCOMPLETE,
                                  .token = hand_ntlm(h, view_of(NULL, 0)) };
    assert_int_equal(hand_send(h, hand_resp(resp, room)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(spnego_resp_parse(view_of(h->out, h->out_buffer.cbBuffer), resp), 0);
    assert_int_equal(resp->state, SPNEGO_STATE_INCOMPLETE);
    assert_null(resp->mech.p);
}

SECURITY_STATUS
hand_finish(struct hand *h, const struct spnego_resp *challenge, const uint8_t *list, size_t n)
{
    struct spnego_resp last = { .state = challenge->state,
                                .token = hand_ntlm(h, challenge->token) };
    uint8_t mic[16], copy[64], room[HAND_ROOM];
    SecBuffer b[2] = { { sizeof(mic), SECBUFFER_TOKEN, mic }, { (ULONG)n, SECBUFFER_DATA, copy } };
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

    if (n > 0) {
        memcpy(copy, list, n);
        assert_int_equal(MakeSignature(&h->p.client, 0, &d, 0), SEC_E_OK);
        last.mic = view_of(mic, sizeof(mic));
    }
    return hand_send(h, hand_resp(&last, room));
}

void
hand_close(struct hand *h)
{
    assert_int_equal(DeleteSecurityContext(&h->p.client), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&h->p.server), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h->p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h->p.server_cred), SEC_E_OK);
}
