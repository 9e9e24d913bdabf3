/*
 * Connectionless NTLM (MS-NLMP 1.3.1.3): two messages, an initiator that
 * protects its own before it has heard of the server, and what neither side
 * may then be talked out of.
 */
#include "fake_user.h"

#include "packages/ntlm/protect/keys.h"
#include "packages/ntlm/wire/wire.h"

#define NOTHING view_of(NULL, 0)

static struct side client, server;
static uint8_t altered[4096];

static int
datagram_setup(void **state)
{
    int result = fake_setup(state);

    side_open(&client, u"alice", u"", u"correct horse");
    client.target = u"HTTP/localhost";
    client.requirements = ISC_REQ_DATAGRAM | ISC_REQ_CONFIDENTIALITY;
    side_open(&server, NULL, NULL, NULL);
    server.requirements = ASC_REQ_DATAGRAM;
    return result;
}

static int
datagram_teardown(void **state)
{
    side_close(&client);
    side_close(&server);
    return fake_teardown(state);
}

static void
user_from(LSA_SEC_HANDLE handle, const struct side *s)
{
    SecBuffer packed = { (ULONG)s->data_n, SECBUFFER_TOKEN, (void *)(uintptr_t)s->data };

    assert_int_equal(fake.user->InitUserModeContext(handle, &packed), STATUS_SUCCESS);
}

/* The initiator's first call, which sends nothing, and the acceptor's, which has no input. */
static void
begin(void)
{
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(client.out_n, 0);
    assert_true(client.mapped);
    assert_int_equal(side_accept(&server, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(server.attributes, ASC_RET_DATAGRAM);
}

static void
messages_go_before_tokens(void **state)
{
    const uint32_t needed = NTLMSSP_NEGOTIATE_DATAGRAM | NTLMSSP_NEGOTIATE_KEY_EXCH;
    const ULONG want = ISC_RET_DATAGRAM | ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY |
                       ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT;
    struct ntlm_challenge challenge;
    struct ntlm_authenticate auth;
    struct user_message early, late;
    uint8_t key[16], mic[16];

    (void)state;
    begin();
    assert_int_equal(client.attributes, want);
    memcpy(key, client.session_key, sizeof(key));
    user_from(CLIENT, &client);
    user_message_init(&early);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &early.desc, 7), SEC_E_OK);
    assert_int_equal(ntlm_challenge_parse(side_out(&server), &challenge), 0);
    assert_int_equal(challenge.flags & needed, needed);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(client.attributes, want);
    assert_memory_equal(client.session_key, key, sizeof(key));
    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &auth), 0);
    assert_int_equal(auth.flags & needed, needed);
    assert_int_equal(auth.lm.n, 0);
    /* No NEGOTIATE went over the wire, so none is under the MIC. */
    ntlm_mic(key, NOTHING, side_out(&server), side_out(&client), auth.mic_offset, mic);
    assert_memory_equal(auth.mic, mic, sizeof(mic));
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    assert_memory_equal(server.session_key, key, sizeof(key));
    assert_true(server.attributes & ASC_RET_DATAGRAM);
    assert_false(server.attributes & ASC_RET_CONNECTION);
    user_from(SERVER, &server);
    user_from(CLIENT, &client);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &early.desc, 7, NULL), SEC_E_OK);
    user_assert_row(early.data, "common.Plaintext.utf16le");
    user_message_init(&late);
    assert_int_equal(fake.user->SealMessage(SERVER, 0, &late.desc, 3), SEC_E_OK);
    assert_int_equal(fake.user->UnsealMessage(CLIENT, &late.desc, 3, NULL), SEC_E_OK);
    user_pair_delete();
}

/* Asking for DATAGRAM alone is asking to sign: nothing else makes sense before an answer. */
static void
datagrams_are_signed(void **state)
{
    (void)state;
    client.requirements = ISC_REQ_DATAGRAM;
    begin();
    assert_true(client.attributes & ISC_RET_INTEGRITY);
    assert_false(client.attributes & ISC_RET_CONFIDENTIALITY);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    assert_true(server.attributes & ASC_RET_INTEGRITY);
    assert_false(server.attributes & ASC_RET_CONFIDENTIALITY);
}

/* What the keys in use are made of cannot be taken back by a challenge. */
static void
challenges_must_agree(void **state)
{
    static const uint32_t flags[] = {
        NTLMSSP_NEGOTIATE_DATAGRAM, NTLMSSP_NEGOTIATE_KEY_EXCH, NTLMSSP_NEGOTIATE_SIGN,
        NTLMSSP_NEGOTIATE_SEAL, NTLMSSP_NEGOTIATE_128,
        NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY,
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(flags); i++) {
        begin();
        memcpy(altered, server.out, server.out_n);
        for (size_t b = 0; b < 4; b++)
            altered[20 + b] &= (uint8_t)~(flags[i] >> 8 * b);
        assert_int_equal(side_initiate(&client, view_of(altered, server.out_n)),
                         SEC_E_UNSUPPORTED_FUNCTION);
        assert_non_null(strstr(fake.log, "datagram_flags_missing"));
        side_reset(&client);
        side_reset(&server);
    }
}

/* Nor by an answer; and its flags are under the MIC. */
static void
answers_must_agree(void **state)
{
    static const struct {
        uint32_t flag;
        NTSTATUS status;
    } rows[] = {
        { NTLMSSP_NEGOTIATE_DATAGRAM, SEC_E_UNSUPPORTED_FUNCTION },
        { NTLMSSP_NEGOTIATE_KEY_EXCH, SEC_E_UNSUPPORTED_FUNCTION },
        { NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY, SEC_E_UNSUPPORTED_FUNCTION },
        { NTLMSSP_NEGOTIATE_SEAL, SEC_E_LOGON_DENIED },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        begin();
        assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
        memcpy(altered, client.out, client.out_n);
        for (size_t b = 0; b < 4; b++)
            altered[60 + b] &= (uint8_t)~(rows[i].flag >> 8 * b);
        assert_int_equal(side_accept(&server, view_of(altered, client.out_n)), rows[i].status);
        assert_false(server.mapped);
        side_reset(&client);
        side_reset(&server);
    }
}

/* Only who asks for datagrams begins by himself; a client that begins gets a connection. */
static void
kinds_are_not_mixed(void **state)
{
    struct ntlm_challenge challenge;

    (void)state;
    server.requirements = 0;
    assert_int_equal(side_accept(&server, NOTHING), SEC_E_INVALID_TOKEN);
    server.requirements = ASC_REQ_DATAGRAM;
    client.requirements = ISC_REQ_INTEGRITY;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    /* Even one that says it means datagrams. */
    memcpy(altered, client.out, client.out_n);
    altered[12] |= (uint8_t)NTLMSSP_NEGOTIATE_DATAGRAM;
    assert_int_equal(side_accept(&server, view_of(altered, client.out_n)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ntlm_challenge_parse(side_out(&server), &challenge), 0);
    assert_false(challenge.flags & NTLMSSP_NEGOTIATE_DATAGRAM);
    side_reset(&server);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(server.attributes, ASC_RET_CONNECTION);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    assert_true(server.attributes & ASC_RET_CONNECTION);
    assert_false(server.attributes & ASC_RET_DATAGRAM);
    side_reset(&client);
    side_reset(&server);
    /* A datagram client has not asked this challenge's server for anything. */
    client.requirements = ISC_REQ_DATAGRAM;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_E_INVALID_TOKEN);
}

/* Too little room for AUTHENTICATE: again, with the key that is in use. */
static void
short_rooms_can_be_tried_again(void **state)
{
    uint8_t key[16];

    (void)state;
    begin();
    memcpy(key, client.session_key, sizeof(key));
    client.room = 20;
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_BUFFER_TOO_SMALL);
    client.room = 0;
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_memory_equal(client.session_key, key, sizeof(key));
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    assert_memory_equal(server.session_key, key, sizeof(key));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, datagram_setup, datagram_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_go_before_tokens),
        TEST(datagrams_are_signed),
        TEST(challenges_must_agree),
        TEST(answers_must_agree),
        TEST(kinds_are_not_mixed),
        TEST(short_rooms_can_be_tried_again),
    };

    return cmocka_run_group_tests_name("ntlm.datagram", tests, NULL, NULL);
}
