/*
 * What the administrator lets NTLM do: lm_compatibility_level in both roles,
 * anonymous clients and guests, code pages, and NTLM itself.
 */
#include "fake_lsa.h"
#include "vectors.h"

#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/protect/keys.h"
#include "packages/ntlm/wire/wire.h"


#define VECTORS "ntlm-vectors.tsv"
#define NOTHING view_of(NULL, 0)
#define PROTECTED (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY)

static struct side client, server;
static uint8_t built[4096];

static int
policy_teardown(void **state)
{
    if (client.credential != 0)
        side_close(&client);
    side_close(&server);
    return fake_teardown(state);
}

static int
policy_setup(void **state)
{
    int result = fake_setup(state);

    client = server = (struct side){ 0 };
    side_open(&server, NULL, NULL, NULL);
    return result;
}

static void
client_open(const char16_t *user, const char16_t *password, ULONG requirements)
{
    side_open(&client, user, user[0] != 0 ? u"EXAMPLE" : u"", password);
    client.target = u"HTTP/localhost";
    client.requirements = requirements;
}

static void
sides_reset(void)
{
    side_reset(&client);
    side_reset(&server);
    fake.counted[0] = fake.log[0] = '\0';
}

static void
assert_logged(const char *text)
{
    if (strstr(fake.log, text) == NULL)
        fail_msg("log is \"%s\", not %s", fake.log, text);
}

static void
assert_counted(const char *counter)
{
    if (strstr(fake.counted, counter) == NULL)
        fail_msg("counted is \"%s\", not %s", fake.counted, counter);
}

static NTSTATUS
run(void)
{
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    return side_accept(&server, side_out(&client));
}

static struct ntlm_context_data
data_of(const struct side *s)
{
    struct ntlm_context_data d;

    assert_int_equal(ntlm_context_data_parse(view_of(s->data, s->data_n), &d), 0);
    return d;
}

static void
assert_ascii(struct view utf16, const char *want)
{
    assert_int_equal(utf16.n, 2 * strlen(want));
    for (size_t i = 0; i < strlen(want); i++)
        assert_int_equal(utf16.p[2 * i], want[i]);
}

/* ---- levels ------------------------------------------------------------- */

static const char *
level_text(unsigned level)
{
    static const char *const texts[] = { "0", "1", "2", "3", "4", "5" };

    return texts[level];
}

static void
levels_fit(unsigned ours, unsigned theirs)
{
    const char *kind = ours == 0 ? "ntlmv1 " : ours < 3 ? "ntlmv1_extended " : "ntlmv2 ";
    bool accepted = ours >= 3 || theirs < 5;
    char counter[64];

    fake_setting("lm_compatibility_level", level_text(ours));
    client_open(u"alice", u"correct horse", PROTECTED);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    fake_setting("lm_compatibility_level", level_text(theirs));
    (void)snprintf(counter, sizeof(counter), "outgoing_%s", ours < 3 ? "ntlmv1 " : "ntlmv2 ");
    assert_counted(counter);
    assert_int_equal(side_accept(&server, side_out(&client)),
                     accepted ? SEC_E_OK : SEC_E_LOGON_DENIED);
    (void)snprintf(counter, sizeof(counter), "%s%s", accepted ? "incoming_" : "refused_",
                   accepted ? kind : "ntlmv1_refused ");
    assert_counted(counter);
    if (accepted) {
        assert_memory_equal(client.session_key, server.session_key, 16);
    } else {
        assert_logged("reason=ntlmv1_refused");
        assert_logged("account=alice");
        assert_logged("hint=");
        assert_int_equal(fake.log_level, 4);
        assert_int_equal(fake.audits, 0);   /* no guess at a password */
    }
    side_close(&client);
    client = (struct side){ 0 };
    sides_reset();
    fake.audits = 0;
}

static void
every_level_against_every_other(void **state)
{
    (void)state;
    fake_setting("require_extended_security", "no");
    for (unsigned ours = 0; ours <= 5; ours++) {
        for (unsigned theirs = 0; theirs <= 5; theirs++)
            levels_fit(ours, theirs);
    }
}

/* The other direction of the table's: what is refused by default is NTLMv1 with any key. */
static void
the_default_takes_ntlmv2_alone(void **state)
{
    static const char *const bad[] = { "6", "-1", "five", "" };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        fake_setting("lm_compatibility_level", "2");
        client_open(u"alice", u"correct horse", 0);
        assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
        fake_setting("lm_compatibility_level", bad[i]);
        assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_LOGON_DENIED);
        side_close(&client);
        client = (struct side){ 0 };
        side_reset(&server);
    }
}

static void
wrong_passwords_are_wrong_at_every_level(void **state)
{
    (void)state;
    fake_setting("require_extended_security", "no");
    for (unsigned level = 0; level <= 5; level++) {
        fake_setting("lm_compatibility_level", level_text(level));
        for (int known = 0; known <= 1; known++) {
            client_open(known ? u"alice" : u"nobody", u"wrong", PROTECTED);
            assert_int_equal(run(), SEC_E_LOGON_DENIED);
            assert_logged(known ? "reason=wrong_password" : "reason=unknown_user");
            assert_int_equal(fake.audit_status,
                             known ? STATUS_WRONG_PASSWORD : STATUS_NO_SUCH_USER);
            side_close(&client);
            client = (struct side){ 0 };
            sides_reset();
        }
    }
}

/* A credential keeps only what its level needs: hashes for the weaker are gone at 3. */
static void
a_strong_credential_stays_strong(void **state)
{
    (void)state;
    fake_setting("lm_compatibility_level", "3");
    client_open(u"alice", u"correct horse", PROTECTED);
    fake_setting("lm_compatibility_level", "0");
    assert_int_equal(run(), SEC_E_OK);
    assert_counted("incoming_ntlmv2 ");
}

/* Level 0's client, as it would be to a server of its time: LM, and the LM session key. */
static void
level_0_sends_lm(void **state)
{
    uint8_t server_challenge[8], want[24], hash[16], base[16], key[16], out[16];
    struct ntlm_challenge m = { .target_name = NOTHING };
    struct wr w = wr_init(built, sizeof(built));
    struct ntlm_authenticate auth;
    static const char16_t password[] = u"Pass";

    (void)state;
    fake_setting("lm_compatibility_level", "0");
    fake_setting("require_extended_security", "no");
    fake.require_128bit = "no";
    client_open(u"bob", password, PROTECTED);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(client.out[14] & 0x08, 0);     /* no extended session security */
    assert_int_equal(client.out[12] & 0x80, 0x80);  /* LM_KEY */
    memset(server_challenge, 7, 8);
    memcpy(m.server_challenge, server_challenge, 8);
    m.flags = 0xe2028233 | NTLMSSP_NEGOTIATE_LM_KEY;
    m.flags &= ~NTLMSSP_NEGOTIATE_OEM;
    ntlm_challenge_build(&w, &m);
    assert_int_equal(side_initiate(&client, wr_written(&w)), SEC_E_OK);
    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &auth), 0);
    assert_true(ntlm_lmowf_v1(view_of(password, 8), hash));
    ntlm_v1_response(hash, server_challenge, want);
    assert_memory_equal(auth.lm.p, want, 24);
    ntlm_key_exchange_key_v1(base, hash, server_challenge, want, auth.flags, key);
    ntlm_session_key_crypt(key, auth.session_key.p, out);
    assert_memory_equal(out, client.session_key, 16);
    assert_int_equal(data_of(&client).flags & NTLMSSP_NEGOTIATE_LM_KEY,
                     NTLMSSP_NEGOTIATE_LM_KEY);
}

/* ---- the specification's own messages ------------------------------------------------ */

/* A handshake in which the server's challenge is the specification's. */
static NTSTATUS
replay(const char *message, uint32_t offered)
{
    static const struct fake_account user = { u"User", u"Password", STATUS_SUCCESS,
                                              STATUS_SUCCESS };
    uint8_t challenge[8], room[2048];
    struct ntlm_negotiate n = { .flags = offered };
    struct wr w = wr_init(built, sizeof(built));

    fake.accounts = &user;
    fake.account_count = 1;
    fake.script = view_of(challenge, vector_get(VECTORS, "common.ServerChallenge", challenge, 8));
    ntlm_negotiate_build(&w, &n);
    assert_int_equal(side_accept(&server, wr_written(&w)), SEC_I_CONTINUE_NEEDED);
    return side_accept(&server, view_of(room, vector_get(VECTORS, message, room, sizeof(room))));
}

static void
assert_exported(const char *row)
{
    uint8_t want[16];

    assert_int_equal(vector_get(VECTORS, row, want, 16), 16);
    assert_memory_equal(server.session_key, want, 16);
}

static void
published_ntlmv1_is_accepted_at_level_4(void **state)
{
    (void)state;
    fake_setting("require_extended_security", "no");
    fake_setting("lm_compatibility_level", "4");
    assert_int_equal(replay("v1.AUTHENTICATE_MESSAGE", 0xe2828233), SEC_E_OK);
    assert_counted("incoming_ntlmv1 ");
    assert_exported("common.RandomSessionKey");
    sides_reset();
    fake.require_128bit = "no";
    assert_int_equal(replay("v1ess.AUTHENTICATE_MESSAGE", 0x82888233), SEC_E_OK);
    assert_counted("incoming_ntlmv1_extended ");
    assert_exported("v1ess.KeyExchangeKey");
    sides_reset();
    fake_setting("lm_compatibility_level", "5");
    assert_int_equal(replay("v1.AUTHENTICATE_MESSAGE", 0xe2828233), SEC_E_LOGON_DENIED);
    assert_logged("reason=ntlmv1_refused");
}

/* With extended session security NTLMv1 needs the client's challenge, from the LM field. */
static void
ntlmv1_needs_the_clients_challenge(void **state)
{
    struct ntlm_authenticate m;
    struct wr w = wr_init(built, sizeof(built));

    (void)state;
    fake_setting("lm_compatibility_level", "1");
    client_open(u"alice", u"correct horse", 0);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &m), 0);
    m.lm = NOTHING;
    ntlm_authenticate_build(&w, &m);
    assert_int_equal(side_accept(&server, wr_written(&w)), SEC_E_LOGON_DENIED);
    assert_logged("reason=no_response");
    assert_int_equal(fake.audits, 0);
}

/* 3.4.5.3: its signatures are of the other form, and the specification's. */
static void
ntlmv1_without_extended_security_is_a_setting(void **state)
{
    (void)state;
    fake_setting("lm_compatibility_level", "0");
    client_open(u"alice", u"correct horse", PROTECTED);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_UNSUPPORTED_FUNCTION);
    assert_logged("no_extended_session_security");
    side_reset(&client);
    /* Where nothing is protected it does not matter. */
    client.requirements = 0;
    assert_int_equal(run(), SEC_E_OK);
}

/* ---- LM and LMv2 ------------------------------------------------------------------------ */

/* An AUTHENTICATE of alice's with an LM field alone. */
static NTSTATUS
answer_with_lm(uint32_t flags, bool v2)
{
    static const char16_t user[] = u"alice", domain[] = u"EXAMPLE", password[] = u"correct horse";
    struct ntlm_negotiate n = { .flags = flags | NTLMSSP_REQUEST_TARGET };
    struct wr w = wr_init(built, sizeof(built));
    uint8_t lm[24] = { 0 }, hash[16], key[16];
    struct ntlm_challenge sent;
    struct ntlm_authenticate m = {
        .flags = flags, .lm = view_of(lm, 24), .user = view_of(user, 10),
        .domain = view_of(domain, 14),
    };

    ntlm_negotiate_build(&w, &n);
    assert_int_equal(side_accept(&server, wr_written(&w)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ntlm_challenge_parse(side_out(&server), &sent), 0);
    ntlm_ntowf_v1(view_of(password, sizeof(password) - 2), hash);
    assert_int_equal(ntlm_ntowf_v2(hash, m.user, m.domain, key), 0);
    memset(lm + 16, 5, 8);
    ntlm_lm_v2_proof(key, sent.server_challenge, lm + 16, lm);
    if (!v2 && ntlm_lmowf_v1(view_of(password, sizeof(password) - 2), hash))
        ntlm_v1_response(hash, sent.server_challenge, lm);
    w = wr_init(built, sizeof(built));
    ntlm_authenticate_build(&w, &m);
    return side_accept(&server, wr_written(&w));
}

static void
lmv2_is_verified_below_level_4(void **state)
{
    const uint32_t flags = NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_NTLM |
                           NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY;

    (void)state;
    for (unsigned level = 0; level <= 5; level++) {
        fake_setting("lm_compatibility_level", level_text(level));
        assert_int_equal(answer_with_lm(flags, true),
                         level < 4 ? SEC_E_OK : SEC_E_LOGON_DENIED);
        if (level < 4)
            assert_counted("incoming_lm ");
        else
            assert_logged("reason=lm_refused");
        sides_reset();
        /* There is no LM hash to verify LM itself by, at any level. */
        assert_int_equal(answer_with_lm(flags, false), SEC_E_LOGON_DENIED);
        assert_logged(level < 4 ? "reason=wrong_password" : "reason=lm_refused");
        sides_reset();
    }
}

/* What is left of an NTLMv2 logon when an attacker takes the response that protects it away. */
static void
cve_2019_1338_lmv2_protects_nothing(void **state)
{
    const uint32_t flags = NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_NTLM |
                           NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY | NTLMSSP_NEGOTIATE_128;

    (void)state;
    fake_setting("lm_compatibility_level", "0");
    assert_int_equal(answer_with_lm(flags | NTLMSSP_NEGOTIATE_SIGN, true), SEC_E_LOGON_DENIED);
    assert_logged("reason=lm_cannot_protect");
    sides_reset();
    fake.require_mic = "yes";
    assert_int_equal(answer_with_lm(flags, true), SEC_E_LOGON_DENIED);
    assert_logged("reason=mic_required");
}

/* And a client of ours leaves nothing of the kind behind: the LM field is zeros. */
static void
cve_2019_1338_client_sends_no_lmv2(void **state)
{
    static const uint8_t zeros[24];
    struct ntlm_authenticate m;

    (void)state;
    client_open(u"alice", u"correct horse", PROTECTED);
    assert_int_equal(run(), SEC_E_OK);
    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &m), 0);
    assert_int_equal(m.lm.n, 24);
    assert_memory_equal(m.lm.p, zeros, 24);
}

/* ---- anonymous clients -------------------------------------------------- */

static void
anonymous_client_needs_flag_and_setting(void **state)
{
    (void)state;
    client_open(u"alice", u"correct horse", PROTECTED | ISC_REQ_NULL_SESSION);
    assert_int_equal(run(), SEC_E_LOGON_DENIED);
    assert_logged("reason=anonymous_refused");
    assert_logged("ALLOW_NULL_SESSION");
    sides_reset();
    server.requirements = ASC_REQ_ALLOW_NULL_SESSION;
    fake_setting("allow_anonymous", "no");
    assert_int_equal(run(), SEC_E_LOGON_DENIED);
    assert_logged("allow_anonymous = no");
    sides_reset();
    fake_setting("allow_anonymous", "yes");
    assert_int_equal(run(), SEC_E_OK);
    assert_counted("incoming_anonymous ");
    assert_counted("outgoing_anonymous ");
    assert_ascii(data_of(&server).account, "NT AUTHORITY\\ANONYMOUS LOGON");
    assert_ascii(data_of(&client).account, "");
    assert_int_equal(data_of(&server).facts, NTLM_FACT_ANONYMOUS | NTLM_FACT_LOOPBACK);
    assert_int_equal(data_of(&client).facts, NTLM_FACT_ANONYMOUS | NTLM_FACT_LOOPBACK);
    assert_int_equal(server.attributes & ASC_RET_NULL_SESSION, ASC_RET_NULL_SESSION);
    assert_int_equal(client.attributes & ISC_RET_NULL_SESSION, ISC_RET_NULL_SESSION);
    assert_string_equal(fake.audit_account, "ANONYMOUS LOGON");
}

/* Everybody can derive its session key: no messages are protected by it. */
static void
anonymous_session_is_not_protected(void **state)
{
    const uint32_t protection = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL;

    (void)state;
    client_open(u"", u"", PROTECTED);
    server.requirements = ASC_REQ_ALLOW_NULL_SESSION;
    assert_int_equal(run(), SEC_E_OK);
    assert_memory_equal(client.session_key, server.session_key, 16);
    assert_int_equal(data_of(&client).flags & protection, 0);
    assert_int_equal(data_of(&server).flags & protection, 0);
    assert_int_equal(server.attributes & (ASC_RET_INTEGRITY | ASC_RET_CONFIDENTIALITY), 0);
    assert_int_equal(client.attributes & (ISC_RET_INTEGRITY | ISC_RET_CONFIDENTIALITY), 0);
}

static void
published_anonymous_message(void **state)
{
    uint8_t room[16], zeros[16] = { 0 }, sealed[16];

    (void)state;
    server.requirements = ASC_REQ_ALLOW_NULL_SESSION;
    assert_int_equal(replay("anon.AUTHENTICATE_MESSAGE", 0xe2888237), SEC_E_OK);
    assert_exported("common.RandomSessionKey");
    (void)vector_get(VECTORS, "anon.EncryptedSessionKey", room, 16);
    ntlm_session_key_crypt(zeros, server.session_key, sealed);
    assert_memory_equal(sealed, room, 16);
}

/* A name without a response, or a response without a name, is not nobody. */
static void
half_anonymous_is_refused(void **state)
{
    static const char16_t user[] = u"alice";
    struct ntlm_authenticate m;
    struct wr w;

    (void)state;
    server.requirements = ASC_REQ_ALLOW_NULL_SESSION;
    client_open(u"", u"", 0);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &m), 0);
    m.user = view_of(user, 10);
    w = wr_init(built, sizeof(built));
    ntlm_authenticate_build(&w, &m);
    assert_int_equal(side_accept(&server, wr_written(&w)), SEC_E_LOGON_DENIED);
    assert_logged("reason=no_response");
}

/* ---- guests ------------------------------------------------------------- */

static void
guests_need_an_account_of_their_own(void **state)
{
    static const uint8_t zeros[16];

    (void)state;
    client_open(u"stranger", u"whatever", PROTECTED);
    assert_int_equal(run(), SEC_E_LOGON_DENIED);
    assert_logged("reason=unknown_user");
    sides_reset();
    fake_setting("guest_account", "bob");
    assert_int_equal(run(), SEC_E_OK);
    assert_counted("incoming_guest ");
    assert_ascii(data_of(&server).account, "SERVER\\bob");
    assert_int_equal(data_of(&server).facts & NTLM_FACT_GUEST, NTLM_FACT_GUEST);
    assert_int_equal(data_of(&server).flags & NTLMSSP_NEGOTIATE_SIGN, 0);
    assert_int_equal(data_of(&server).flags & NTLMSSP_NEGOTIATE_SEAL, 0);
    assert_int_equal(server.attributes & ASC_RET_INTEGRITY, 0);
    sides_reset();
    client.requirements = 0;                    /* no key is exchanged */
    assert_int_equal(run(), SEC_E_OK);
    assert_memory_equal(server.session_key, zeros, 16);
    sides_reset();
    fake_setting("guest_account", "carol");     /* disabled */
    assert_int_equal(run(), STATUS_ACCOUNT_RESTRICTION);
    sides_reset();
    fake_setting("guest_account", "nobody");    /* no account either */
    assert_int_equal(run(), SEC_E_LOGON_DENIED);
    sides_reset();
    fake_setting("guest_account", "bob");
    fake.require_mic = "yes";                   /* which nobody can check of a guest */
    assert_int_equal(run(), SEC_E_LOGON_DENIED);
}

static void
a_wrong_password_makes_no_guest(void **state)
{
    (void)state;
    fake_setting("guest_account", "bob");
    client_open(u"alice", u"wrong", 0);
    assert_int_equal(run(), SEC_E_LOGON_DENIED);
    assert_logged("reason=wrong_password");
    assert_int_equal(fake.audit_status, STATUS_WRONG_PASSWORD);
    side_close(&client);
    sides_reset();
    client_open(u"nohash", u"whatever", 0);     /* an account, though nobody can log on to it */
    assert_int_equal(run(), SEC_E_LOGON_DENIED);
}

/* ---- NTLM itself -------------------------------------------------------- */

static void
incoming_is_denied_or_told(void **state)
{
    (void)state;
    client_open(u"alice", u"correct horse", 0);
    fake_setting("incoming", "deny");
    assert_int_equal(run(), STATUS_NOT_SUPPORTED);
    assert_logged("reason=ntlm_denied");
    assert_logged("account=alice");
    assert_logged("workstation=SERVER");
    assert_null(strstr(fake.log, "address="));
    assert_int_equal(fake.log_level, 4);
    assert_counted("refused_ntlm_denied ");
    assert_int_equal(fake.audits, 0);
    assert_int_equal(fake.sam, 0);
    sides_reset();
    fake.peer = "192.0.2.7";
    assert_int_equal(run(), STATUS_NOT_SUPPORTED);
    assert_logged("reason=ntlm_denied");
    assert_logged("address=192.0.2.7");
    sides_reset();
    fake_setting("incoming", "audit");
    assert_int_equal(run(), SEC_E_OK);
    assert_logged("ntlm_used");
    assert_logged("address=192.0.2.7");
    assert_logged("direction=incoming");
    assert_logged("account=alice");
    assert_counted("incoming_audited ");
    sides_reset();
    fake_setting("incoming", "allow");
    assert_int_equal(run(), SEC_E_OK);
    assert_null(strstr(fake.counted, "audited"));
    assert_null(strstr(fake.log, "ntlm_used"));
}

static void
outgoing_is_denied_or_told(void **state)
{
    (void)state;
    client_open(u"alice", u"correct horse", 0);
    fake_setting("outgoing", "deny");
    assert_int_equal(side_initiate(&client, NOTHING), STATUS_NOT_SUPPORTED);
    assert_logged("ntlm_denied");
    assert_logged("account=alice");
    assert_logged("target=HTTP/localhost");
    assert_counted("outgoing_denied ");
    fake_setting("outgoing_exceptions", "*.example.com, CIFS/localhost");
    assert_int_equal(side_initiate(&client, NOTHING), STATUS_NOT_SUPPORTED);
    fake_setting("outgoing_exceptions", "*.example.com, http/LOCALHOST");
    assert_int_equal(run(), SEC_E_OK);
    sides_reset();
    fake_setting("outgoing", "audit");
    assert_int_equal(run(), SEC_E_OK);
    assert_counted("outgoing_audited ");
    sides_reset();
    fake_setting("outgoing", "allow");
    assert_int_equal(run(), SEC_E_OK);
    assert_null(strstr(fake.counted, "audited"));
}

/* ---- names -------------------------------------------------------------- */

/* Windows's form: the domain empty, and the whole name in the key. */
static void
upn_names_go_whole_into_the_user_field(void **state)
{
    static const struct fake_account upn = { u"alice@example.com", u"correct horse",
                                             STATUS_SUCCESS, STATUS_SUCCESS };
    struct ntlm_authenticate m;

    (void)state;
    fake.accounts = &upn;
    fake.account_count = 1;
    side_open(&client, u"Alice@Example.com", u"", u"correct horse");
    client.target = u"HTTP/localhost";
    assert_int_equal(run(), SEC_E_OK);
    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &m), 0);
    assert_ascii(m.user, "Alice@Example.com");
    assert_int_equal(m.domain.n, 0);
    assert_ascii(data_of(&client).account, "Alice@Example.com");
}

/* A handshake in OEM characters: NEGOTIATE offers nothing else. */
static NTSTATUS
oem_initiate(void)
{
    memset(built, 0, sizeof(built));
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    memcpy(built, client.out, client.out_n);
    built[12] &= (uint8_t)~NTLMSSP_NEGOTIATE_UNICODE;
    assert_int_equal(side_accept(&server, view_of(built, client.out_n)), SEC_I_CONTINUE_NEEDED);
    return side_initiate(&client, side_out(&server));
}

static void
oem_names_are_of_the_code_page(void **state)
{
    static const struct fake_account umlaut = { u"j\u00fcrgen", u"correct horse", STATUS_SUCCESS,
                                                STATUS_SUCCESS };
    struct ntlm_authenticate m;

    (void)state;
    fake.accounts = &umlaut;
    fake.account_count = 1;
    client_open(u"j\u00fcrgen", u"correct horse", 0);
    assert_int_equal(oem_initiate(), SEC_E_NO_CREDENTIALS);
    assert_logged("name_not_of_code_page");
    sides_reset();
    fake_setting("oem_code_page", "850");
    assert_int_equal(oem_initiate(), SEC_E_OK);
    assert_int_equal(ntlm_authenticate_parse(side_out(&client), &m), 0);
    assert_int_equal(m.user.n, 6);
    assert_memory_equal(m.user.p, "j\x81rgen", 6);
    fake_setting("oem_code_page", "ascii");
    /* The client's NEGOTIATE was altered on the way, which the MIC would show: not looked at. */
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_LOGON_DENIED);
    assert_logged("reason=name_not_usable");
    assert_logged("oem_code_page");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, policy_setup, policy_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_level_against_every_other),
        TEST(the_default_takes_ntlmv2_alone),
        TEST(wrong_passwords_are_wrong_at_every_level),
        TEST(a_strong_credential_stays_strong),
        TEST(level_0_sends_lm),
        TEST(published_ntlmv1_is_accepted_at_level_4),
        TEST(ntlmv1_needs_the_clients_challenge),
        TEST(ntlmv1_without_extended_security_is_a_setting),
        TEST(lmv2_is_verified_below_level_4),
        TEST(cve_2019_1338_lmv2_protects_nothing),
        TEST(cve_2019_1338_client_sends_no_lmv2),
        TEST(anonymous_client_needs_flag_and_setting),
        TEST(anonymous_session_is_not_protected),
        TEST(published_anonymous_message),
        TEST(half_anonymous_is_refused),
        TEST(guests_need_an_account_of_their_own),
        TEST(a_wrong_password_makes_no_guest),
        TEST(incoming_is_denied_or_told),
        TEST(outgoing_is_denied_or_told),
        TEST(upn_names_go_whole_into_the_user_field),
        TEST(oem_names_are_of_the_code_page),
    };

    return cmocka_run_group_tests_name("ntlm.policy", tests, NULL, NULL);
}
