/*
 * Negotiate as applications see it: our initiator against our acceptor, an initiator written
 * here that lists what it likes, raw tokens, and what somebody between them may not do.
 */
#include "meddle.h"

#define SEAL (ISC_REQ_CONFIDENTIALITY | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT)
#define MUTATIONS 10000

/* NTLM is what is left without a ticket; its messages go on behind the mechListMIC. */
static void
ours_against_ours(void **state)
{
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    SecPkgContext_PackageInfoW package;
    SecPkgContext_NegoStatus status;
    SecPkgContext_Sizes sizes;
    BOOLEAN loopback;

    (void)state;
    app_handshake(&p, SEAL, 0);
    assert_int_equal(p.client_status, SEC_E_OK);
    assert_int_equal(p.server_status, SEC_E_OK);
    assert_int_equal(p.legs, 2);
    meddle_messages_flow(&p);
    hand_info_is(&p.client, u"NTLM", SECPKG_NEGOTIATION_COMPLETE);
    hand_info_is(&p.server, u"NTLM", SECPKG_NEGOTIATION_COMPLETE);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_PACKAGE_INFO, &package),
                     SEC_E_OK);
    app_assert_wide(package.PackageInfo->Name, u"NTLM");
    assert_int_equal(FreeContextBuffer(package.PackageInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxSignature, 16);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NEGO_STATUS, &status),
                     SEC_E_OK);
    assert_int_equal(status.LastStatus, SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_IS_LOOPBACK, &loopback),
                     SEC_E_OK);
    assert_true(loopback);
    assert_int_equal(QueryContextAttributesW(&p.client, SECPKG_ATTR_IS_LOOPBACK, &loopback),
                     SEC_E_OK);
    assert_true(loopback);
    app_close(&p);
}

/* What NTLM's column says, with the INTEGRITY that Negotiate adds, or is told not to. */
static void
requirements_reach_the_package(void **state)
{
    static const struct {
        ULONG isc, asc;
        SECURITY_STATUS client;
        ULONG isc_ret, asc_ret;
    } rows[] = {
        { 0, 0, SEC_E_OK, ISC_RET_INTEGRITY, ASC_RET_INTEGRITY },
        { ISC_REQ_NO_INTEGRITY, 0, SEC_E_OK, 0, 0 },
        { ISC_REQ_NO_INTEGRITY | ISC_REQ_INTEGRITY, 0, SEC_E_OK, 0, 0 },
        { ISC_REQ_NO_INTEGRITY | ISC_REQ_SEQUENCE_DETECT, ASC_REQ_SEQUENCE_DETECT, SEC_E_OK,
          ISC_RET_INTEGRITY | ISC_RET_SEQUENCE_DETECT,
          ASC_RET_INTEGRITY | ASC_RET_SEQUENCE_DETECT },
        { ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE, ASC_REQ_MUTUAL_AUTH, SEC_E_OK,
          ISC_RET_INTEGRITY, ASC_RET_INTEGRITY },
        { ISC_REQ_REPLAY_DETECT, ASC_REQ_REPLAY_DETECT, SEC_E_OK,
          ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT, ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT },
        { ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY, SEC_E_OK,
          ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY,
          ASC_RET_INTEGRITY | ASC_RET_CONFIDENTIALITY },
        { ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY, SEC_E_OK, ISC_RET_INTEGRITY | ISC_RET_IDENTIFY,
          ASC_RET_INTEGRITY | ASC_RET_IDENTIFY },
        { ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE, SEC_E_OK,
          ISC_RET_INTEGRITY | ISC_RET_USED_DCE_STYLE,
          ASC_RET_INTEGRITY | ASC_RET_USED_DCE_STYLE },
        { ISC_REQ_STREAM, ASC_REQ_STREAM, SEC_E_UNSUPPORTED_FUNCTION, 0, 0 },
        { ISC_REQ_DATAGRAM, ASC_REQ_DATAGRAM, SEC_E_INTERNAL_ERROR, 0, 0 },
    };
    /* Which kind of context it is, and what detection comes along, is not looked at here. */
    const ULONG isc = ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY | ISC_RET_MUTUAL_AUTH |
                      ISC_RET_DELEGATE | ISC_RET_IDENTIFY | ISC_RET_USED_DCE_STYLE;
    const ULONG asc = ASC_RET_INTEGRITY | ASC_RET_CONFIDENTIALITY | ASC_RET_MUTUAL_AUTH |
                      ASC_RET_DELEGATE | ASC_RET_IDENTIFY | ASC_RET_USED_DCE_STYLE;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct app_pair p = hand_pair_open(u"Negotiate", app_password);

        app_handshake(&p, rows[i].isc, rows[i].asc);
        assert_int_equal(p.client_status, rows[i].client);
        if (p.client_status == SEC_E_OK) {
            assert_int_equal(p.client_attributes & (isc | rows[i].isc_ret), rows[i].isc_ret);
            assert_int_equal(p.server_attributes & (asc | rows[i].asc_ret), rows[i].asc_ret);
            assert_int_equal(DeleteSecurityContext(&p.client), SEC_E_OK);
            assert_int_equal(DeleteSecurityContext(&p.server), SEC_E_OK);
        }
        assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&p.server_cred), SEC_E_OK);
    }
}

static void
the_token_is_the_clients(void **state)
{
    struct app_pair p = hand_pair_open(u"Negotiate", app_password);
    SecPkgContext_NamesW names;
    void *token = NULL;
    size_t i = 0;

    (void)state;
    app_handshake(&p, ISC_REQ_INTEGRITY, 0);
    assert_int_equal(p.server_status, SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&p.server, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    while (names.sUserName[i] != u'\\')
        i++;
    app_assert_wide(names.sUserName + i + 1, app_user);
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(&p.server, &token), SEC_E_OK);
    assert_true(CloseHandle(token));
    app_close(&p);
}

static void
a_wrong_password_is_refused(void **state)
{
    struct app_pair p = hand_pair_open(u"Negotiate", (char16_t[]){ u"wrong" });

    (void)state;
    app_handshake(&p, SEAL, 0);
    assert_int_equal(p.server_status, SEC_E_LOGON_DENIED);
    (void)DeleteSecurityContext(&p.client);
    (void)DeleteSecurityContext(&p.server);
    assert_int_equal(FreeCredentialsHandle(&p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&p.server_cred), SEC_E_OK);
}

/* What FreeRDP, mstsc and browsers do: no SPNEGO at all. */
static void
raw_ntlm_is_taken(void **state)
{
    struct app_pair p = hand_pair_open(u"NTLM", app_password);

    (void)state;
    app_handshake(&p, SEAL, 0);
    assert_int_equal(p.client_status, SEC_E_OK);
    assert_int_equal(p.server_status, SEC_E_OK);
    meddle_messages_flow(&p);
    app_close(&p);
}

/* ---- an initiator of our own -------------------------------------------- */

/* The MICs of both sides are NTLM's ordinary signatures with number 0 (MS-SPNG 3.3.5.1). */
static void
the_list_is_proven_both_ways(void **state)
{
    struct hand h = { .begun = false };
    struct spnego_resp resp;
    uint8_t copy[64];
    SecBuffer b[2];
    SecBufferDesc d = { SECBUFFER_VERSION, 2, b };

    (void)state;
    hand_begin(&h, &resp);
    assert_int_equal(hand_finish(&h, &resp, h.list, h.list_n), SEC_E_OK);
    assert_int_equal(spnego_resp_parse(view_of(h.out, h.out_buffer.cbBuffer), &resp), 0);
    assert_int_equal(resp.state, SPNEGO_STATE_COMPLETED);
    memcpy(copy, h.list, h.list_n);
    b[0] = (SecBuffer){ (ULONG)resp.mic.n, SECBUFFER_TOKEN, (void *)(uintptr_t)resp.mic.p };
    b[1] = (SecBuffer){ (ULONG)h.list_n, SECBUFFER_DATA, copy };
    assert_int_equal(VerifySignature(&h.p.client, &d, 0, NULL), SEC_E_OK);
    hand_info_is(&h.p.server, u"NTLM", SECPKG_NEGOTIATION_COMPLETE);
    hand_close(&h);
}

/* Downgrade: the MIC is taken out. */
static void
a_missing_mic_is_refused(void **state)
{
    struct hand h = { .begun = false };
    struct spnego_resp resp;

    (void)state;
    hand_begin(&h, &resp);
    assert_int_equal(hand_finish(&h, &resp, NULL, 0), SEC_E_MESSAGE_ALTERED);
    hand_close(&h);
}

/* Who rejects the choice, or asks for what only a server may, is not let in by his proof. */
static void
a_client_that_objects_is_refused(void **state)
{
    static const enum spnego_state says[] = { SPNEGO_STATE_REJECT, SPNEGO_STATE_REQUEST_MIC };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct hand h = { .begun = false };
        struct spnego_resp resp;

        hand_begin(&h, &resp);
        resp.state = says[i];
        assert_int_equal(hand_finish(&h, &resp, h.list, h.list_n), SEC_E_INVALID_TOKEN);
        hand_close(&h);
    }
}

/* Downgrade: the client sent another list than the one that came: in it, or in its order. */
static void
another_list_is_refused(void **state)
{
    const struct view lists[][3] = {
        { spnego_oid_kerberos_ms, spnego_oid_kerberos, spnego_oid_ntlm },
        { spnego_oid_ntlm, spnego_oid_kerberos, { NULL, 0 } },
        { spnego_oid_negoex, spnego_oid_ntlm, { NULL, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct hand h = { .begun = false };
        struct spnego_resp resp;
        uint8_t list[64];
        struct wr w = wr_init(list, sizeof(list));

        spnego_mech_list_build(&w, lists[i], lists[i][2].p != NULL ? 3 : 2);
        hand_begin(&h, &resp);
        assert_int_equal(hand_finish(&h, &resp, list, w.len), SEC_E_MESSAGE_ALTERED);
        hand_close(&h);
    }
}

/* ---- the server speaks first -------------------------------------------- */

static void
nothing_brings_a_hint(void **state)
{
    struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
    struct spnego_init init;

    (void)state;
    assert_int_equal(hand_send(&h, view_of(NULL, 0)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(spnego_init_parse(view_of(h.out, h.out_buffer.cbBuffer), &init), 0);
    assert_true(init.has_hints);
    assert_true(init.mech_count >= 1);
    assert_int_equal(hand_send(&h, hand_ntlm(&h, view_of(NULL, 0))), SEC_I_CONTINUE_NEEDED);
    hand_info_is(&h.p.server, u"NTLM", SECPKG_NEGOTIATION_IN_PROGRESS);
    hand_close(&h);
}

/* Once SPNEGO was spoken, a token without it is out of place. */
static void
raw_behind_spnego_is_refused(void **state)
{
    struct hand h = { .begun = false };
    struct spnego_resp resp;

    (void)state;
    hand_begin(&h, &resp);
    assert_int_equal(hand_send(&h, hand_ntlm(&h, resp.token)), SEC_E_INVALID_TOKEN);
    hand_close(&h);
}

static void
what_we_have_not_is_refused(void **state)
{
    struct hand h = { .p = hand_pair_open(u"NTLM", app_password) };
    const struct view mechs[] = { spnego_oid_negoex };
    struct wr list = wr_init(h.list, sizeof(h.list)), w = wr_init(h.in, sizeof(h.in));
    struct spnego_init init = { 0 };

    (void)state;
    spnego_mech_list_build(&list, mechs, 1);
    init.mech_list = wr_written(&list);
    spnego_init_build(&w, &init);
    assert_int_equal(hand_send(&h, wr_written(&w)), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(FreeCredentialsHandle(&h.p.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&h.p.server_cred), SEC_E_OK);
}

/* ---- somebody in between ------------------------------------------------- */

/* Who holds the wrong password is never let in, whatever is changed. */
static void
changed_tokens_let_nobody_in(void **state)
{
    struct app_pair wrong = hand_pair_open(u"Negotiate", (char16_t[]){ u"wrong" });
    struct app_pair right = hand_pair_open(u"Negotiate", app_password);
    unsigned seed = 4178;

    (void)state;
    assert_true(meddle(&right, SEAL, u"NTLM", &(struct meddler){ 0, 0, 0 }));
    for (unsigned i = 0; i < MUTATIONS; i++) {
        const struct meddler m = { (unsigned)rand_r(&seed) % 4, (unsigned)rand_r(&seed),
                                   (uint8_t)(1 + rand_r(&seed) % 255) };

        if (i % 4 == 0)
            assert_false(meddle(&wrong, SEAL, u"NTLM", &m));
        else
            (void)meddle(&right, SEAL, u"NTLM", &m);
    }
    assert_int_equal(FreeCredentialsHandle(&wrong.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&wrong.server_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&right.client_cred), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&right.server_cred), SEC_E_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ours_against_ours),
        cmocka_unit_test(requirements_reach_the_package),
        cmocka_unit_test(the_token_is_the_clients),
        cmocka_unit_test(a_wrong_password_is_refused),
        cmocka_unit_test(raw_ntlm_is_taken),
        cmocka_unit_test(the_list_is_proven_both_ways),
        cmocka_unit_test(a_missing_mic_is_refused),
        cmocka_unit_test(a_client_that_objects_is_refused),
        cmocka_unit_test(another_list_is_refused),
        cmocka_unit_test(nothing_brings_a_hint),
        cmocka_unit_test(raw_behind_spnego_is_refused),
        cmocka_unit_test(what_we_have_not_is_refused),
        cmocka_unit_test(changed_tokens_let_nobody_in),
    };
    int failed = app_start();

    if (failed != 0)
        return failed;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    app_stop();
    return failed;
}
