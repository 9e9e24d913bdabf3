/*
 * What a guesser learns of an account's password, apart from that it is right and the
 * account may log on: nothing. Messages are made here with the package's own
 * primitives, which the specification's vectors have in test_keys.c.
 */
#include "fake_lsa.h"

#include "packages/ntlm/lsa/acceptor.h"
#include "packages/ntlm/lsa/support.h"
#include "packages/ntlm/protect/keys.h"
#include "packages/ntlm/wire/wire.h"

#define NOTHING view_of(NULL, 0)
#define UTEXT(s) view_of(s, sizeof(s) - 2)
#define PROTECTED (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY)
#define BINDING_TEXT "tls-unique:one"

#define BINDING_SIZE (sizeof(SEC_CHANNEL_BINDINGS) + sizeof(BINDING_TEXT) - 1)

static struct side client, server;
static uint8_t altered[4096];

static const struct {
    SEC_CHANNEL_BINDINGS head;
    char data[sizeof(BINDING_TEXT)];
} binding = { { 0, 0, 0, 0, 0, 0, sizeof(BINDING_TEXT) - 1, 32 }, BINDING_TEXT };

static int
oracle_setup(void **state)
{
    int result = fake_setup(state);

    side_open(&server, NULL, NULL, NULL);
    return result;
}

static int
oracle_teardown(void **state)
{
    side_close(&server);
    return fake_teardown(state);
}

static void
run_to_authenticate(void)
{
    client.target = u"HTTP/localhost";
    client.requirements = PROTECTED;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
}

static struct view
rebuilt(const struct ntlm_authenticate *m)
{
    struct wr w = wr_init(altered, sizeof(altered));

    ntlm_authenticate_build(&w, m);
    assert_int_equal(wr_end(&w, -1), 0);
    return wr_written(&w);
}

static struct ntlm_authenticate
taken_apart(void)
{
    struct ntlm_authenticate m;

    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &m), 0);
    return m;
}

/* ---- restricted accounts ------------------------------------------------------------ */

enum flaw { NO_FLAW, BAD_KEY_LENGTH, NO_KEY, BAD_BINDINGS, BAD_MIC, NO_MIC, FLAWS };

/* What the application gets: the authority makes one of these STATUS_* (ntstatus.h). */
static NTSTATUS
seen_by_application(NTSTATUS st)
{
    switch (st) {
    case STATUS_ACCOUNT_RESTRICTION:
    case STATUS_ACCOUNT_LOCKED_OUT:
    case STATUS_ACCOUNT_EXPIRED:
    case STATUS_LOGON_FAILURE:
        return SEC_E_LOGON_DENIED;
    default:
        return st;
    }
}

static NTSTATUS
answer(const char16_t *user, const char16_t *password, enum flaw flaw)
{
    struct ntlm_authenticate m;
    NTSTATUS st;

    fake.audits = 0;
    side_open(&client, user, u"EXAMPLE", password);
    server.bindings = flaw == BAD_BINDINGS ? view_of(&binding, BINDING_SIZE) : NOTHING;
    run_to_authenticate();
    m = taken_apart();
    if (flaw == BAD_KEY_LENGTH || flaw == NO_KEY)
        m.session_key = view_of(m.session_key.p, flaw == NO_KEY ? 0 : 15);
    if (flaw == BAD_MIC)
        m.mic[0] ^= 1;
    if (flaw == NO_MIC)
        m.mic_offset = 0;
    st = side_accept(&server, rebuilt(&m));
    assert_false(server.mapped);
    assert_int_equal(server.data_n, 0);
    side_reset(&server);
    side_close(&client);
    return seen_by_application(st);
}

static void
restricted_accounts_answer_alike(void **state)
{
    static const struct {
        const char16_t *name;
        NTSTATUS restriction;
    } users[] = {
        { u"carol", STATUS_ACCOUNT_RESTRICTION },
        { u"dave", STATUS_ACCOUNT_LOCKED_OUT },
        { u"erin", STATUS_ACCOUNT_EXPIRED },
    };
    static const NTSTATUS want[FLAWS] = {
        SEC_E_LOGON_DENIED, SEC_E_INVALID_TOKEN, SEC_E_INVALID_TOKEN, SEC_E_BAD_BINDINGS,
        SEC_E_LOGON_DENIED, SEC_E_LOGON_DENIED,
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(users); i++) {
        for (enum flaw flaw = NO_FLAW; flaw < FLAWS; flaw++) {
            bool judged = want[flaw] == SEC_E_LOGON_DENIED;

            assert_int_equal(answer(users[i].name, u"secret", flaw), want[flaw]);
            assert_int_equal(fake.audits, judged ? 1 : 0);
            /* The restriction, not the MIC: nothing comes between it and the password. */
            if (judged)
                assert_int_equal(fake.audit_status, users[i].restriction);
            assert_int_equal(answer(users[i].name, u"guess", flaw), want[flaw]);
            /* What was looked at counts as a guess; what was not looked at is none. */
            assert_int_equal(fake.audits, judged ? 1 : 0);
            if (judged)
                assert_int_equal(fake.audit_status, STATUS_WRONG_PASSWORD);
        }
    }
}

/* Whatever breaks on the way to the restrictions, the peer must not learn that it got there. */
static void
unknown_restrictions_are_a_refusal(void **state)
{
    NTSTATUS got = SEC_E_OK;

    (void)state;
    side_open(&client, u"dave", u"EXAMPLE", u"secret");
    run_to_authenticate();
    fake.heap_left = 1;     /* GetUserCredentials's, and none for GetUserAuthData */
    got = side_accept(&server, side_out(&client));
    fake.heap_left = -1;
    assert_int_equal(seen_by_application(got), SEC_E_LOGON_DENIED);
    assert_int_equal(fake.audit_sub_status, STATUS_NO_MEMORY);
    side_close(&client);
}

/* ---- what is no password ---------------------------------------------------------------- */

/* AUTHENTICATE with a proof under this key, with domain in it, for the name user. */
static struct view
proven(const uint8_t key[NTLM_KEY_SIZE], struct view user, struct view domain)
{
    static uint8_t nt[1024];
    uint8_t v2[NTLM_KEY_SIZE];
    struct wr w = wr_init(nt, sizeof(nt));
    struct ntlm_authenticate m = taken_apart();
    struct ntlm_challenge c;

    assert_int_equal(ntlm_challenge_parse(side_out(&server), &c), 0);
    assert_int_equal(ntlm_ntowf_v2(key, user, domain, v2), 0);
    wr_zeros(&w, NTLM_PROOF_SIZE);
    ntlm_client_challenge_build(&w, 0, (const uint8_t *)"12345678", c.target_info);
    ntlm_nt_proof(v2, c.server_challenge, view_of(nt + NTLM_PROOF_SIZE, w.len - NTLM_PROOF_SIZE),
                  nt);
    m.user = user;
    m.nt = wr_written(&w);
    m.mic_offset = 0;
    return rebuilt(&m);
}

/* The dummy key is for the time that it takes: who knows it is still nobody. */
static void
dummy_key_opens_nothing(void **state)
{
    const struct view users[] = { UTEXT(u"mallory"), UTEXT(u"nohash") };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(users); i++) {
        side_open(&client, u"alice", u"EXAMPLE", u"correct horse");
        run_to_authenticate();
        assert_int_equal(side_accept(&server, proven(ntlm_support()->dummy_key, users[i],
                                                     UTEXT(u"EXAMPLE"))),
                         SEC_E_LOGON_DENIED);
        assert_false(server.mapped);
        assert_non_null(strstr(fake.log, "reason=unknown_user"));
        assert_int_equal(fake.audit_status, STATUS_NO_SUCH_USER);
        side_reset(&server);
        side_close(&client);
    }
}

/* A key that everybody knows would let everybody tell unknown users by their proof. */
static void
dummy_key_is_random(void **state)
{
    static const uint8_t bytes[NTLM_KEY_SIZE] = "0123456789abcde";
    SECPKG_PARAMETERS parameters = { 0 };

    (void)state;
    assert_int_equal(fake.package->Shutdown(), STATUS_SUCCESS);
    fake.script = view_of(bytes, sizeof(bytes));
    assert_int_equal(fake.package->Initialize(1, &parameters, fake_functions()), STATUS_SUCCESS);
    assert_memory_equal(ntlm_support()->dummy_key, bytes, sizeof(bytes));
}

/* ---- domains in the key -------------------------------------------------------------------- */

/* 3.2.5.1.2: clients that leave the domain out of the key, and say it in the message. */
static void
empty_domain_in_the_key_is_tried(void **state)
{
    const struct {
        struct view domain;
        NTSTATUS status;
    } cases[] = {
        { UTEXT(u"EXAMPLE"), SEC_E_OK },
        { NOTHING, SEC_E_OK },
        { UTEXT(u"OTHER"), SEC_E_LOGON_DENIED },
    };
    uint8_t v1[NTLM_KEY_SIZE], v2[NTLM_KEY_SIZE], base[NTLM_KEY_SIZE], key[NTLM_KEY_SIZE];

    (void)state;
    ntlm_ntowf_v1(UTEXT(u"correct horse"), v1);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct ntlm_authenticate m;
        struct view token;

        side_open(&client, u"alice", u"EXAMPLE", u"correct horse");
        run_to_authenticate();
        token = proven(v1, UTEXT(u"alice"), cases[i].domain);
        assert_int_equal(side_accept(&server, token), cases[i].status);
        if (cases[i].status == SEC_E_OK) {
            /* The session key must be of the domain that was right. */
            assert_int_equal(ntlm_authenticate_parse(token, &m), 0);
            assert_int_equal(ntlm_ntowf_v2(v1, m.user, cases[i].domain, v2), 0);
            ntlm_session_base_key(v2, m.nt.p, base);
            ntlm_session_key_crypt(base, m.session_key.p, key);
            assert_memory_equal(server.session_key, key, sizeof(key));
        }
        side_reset(&server);
        side_close(&client);
    }
}

/* ---- the challenge -------------------------------------------------------------------------- */

/* A second guess at the same challenge would cost no second handshake. */
static void
challenge_is_used_up(void **state)
{
    uint8_t right[2048];
    struct ntlm_acceptor *a;
    size_t n;

    (void)state;
    side_open(&client, u"alice", u"EXAMPLE", u"correct horse");
    run_to_authenticate();
    n = client.out_n;
    memcpy(right, client.out, n);
    memcpy(altered, right, n);
    altered[n - 1] ^= 1;
    a = handle_get(ntlm_support()->objects, server.context, NTLM_HANDLE_ACCEPTOR,
                   NTLM_HANDLE_OWNER);
    assert_non_null(a);
    assert_true(a->issued.listed);
    assert_int_equal(side_accept(&server, view_of(altered, n)), SEC_E_LOGON_DENIED);
    assert_false(a->issued.listed);
    assert_null(a->messages);
    handle_put(ntlm_support()->objects, server.context);
    assert_int_equal(side_accept(&server, view_of(right, n)), SEC_E_OUT_OF_SEQUENCE);
    assert_false(server.mapped);
    side_close(&client);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, oracle_setup, oracle_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(restricted_accounts_answer_alike),
        TEST(unknown_restrictions_are_a_refusal),
        TEST(dummy_key_opens_nothing),
        cmocka_unit_test_setup_teardown(dummy_key_is_random, fake_setup, fake_teardown),
        TEST(empty_domain_in_the_key_is_tried),
        TEST(challenge_is_used_up),
    };

    return cmocka_run_group_tests_name("ntlm.oracle", tests, NULL, NULL);
}
