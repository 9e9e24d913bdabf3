/*
 * The attacks of public record, each played by a man in the middle or by a
 * client that does not keep to the rules; the check that stops it must be the
 * one that says so in the log.
 */
#include "fake_lsa.h"
#include "vectors.h"

#include "packages/ntlm/lsa/flags.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/protect/keys.h"
#include "packages/ntlm/wire/wire.h"

#define NOTHING view_of(NULL, 0)
#define PROTECTED (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY)

static struct side client, server;
static uint8_t altered[4096];

static int
attack_setup(void **state)
{
    int result = fake_setup(state);

    side_open(&client, u"alice", u"EXAMPLE", u"correct horse");
    client.target = u"HTTP/localhost";
    client.requirements = PROTECTED;
    side_open(&server, NULL, NULL, NULL);
    return result;
}

static int
attack_teardown(void **state)
{
    side_close(&client);
    side_close(&server);
    return fake_teardown(state);
}

/* Up to the client's AUTHENTICATE, which is in client.out. */
static void
run_to_authenticate(void)
{
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
}

static void
assert_refused(struct view message, NTSTATUS status, const char *reason)
{
    assert_int_equal(side_accept(&server, message), status);
    assert_false(server.mapped);
    assert_int_equal(server.data_n, 0);
    if (strstr(fake.log, reason) == NULL)
        fail_msg("log is \"%s\", not %s", fake.log, reason);
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

/* ---- MIC ------------------------------------------------------------------------ */

static void
nothing_altered_is_accepted(void **state)
{
    struct ntlm_authenticate m;

    (void)state;
    run_to_authenticate();
    m = taken_apart();
    assert_int_equal(side_accept(&server, rebuilt(&m)), SEC_E_OK);
}

/* CVE-2019-1040: MIC and Version dropped, and the flags that would miss them. */
static void
cve_2019_1040_dropped_mic_is_refused(void **state)
{
    const uint32_t stripped = NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_ALWAYS_SIGN |
                              NTLMSSP_NEGOTIATE_KEY_EXCH | NTLMSSP_NEGOTIATE_VERSION;
    struct ntlm_authenticate m;

    (void)state;
    run_to_authenticate();
    m = taken_apart();
    m.mic_offset = 0;
    m.flags &= ~(stripped | NTLMSSP_NEGOTIATE_SEAL);
    m.session_key = NOTHING;
    memset(m.version, 0, sizeof(m.version));
    assert_refused(rebuilt(&m), SEC_E_LOGON_DENIED, "reason=mic_missing");
    assert_int_equal(fake.audit_status, STATUS_LOGON_FAILURE);  /* no guess at a password */
}

static void
altered_mic_is_refused(void **state)
{
    struct ntlm_authenticate m;

    (void)state;
    run_to_authenticate();
    m = taken_apart();
    m.mic[0] ^= 1;
    assert_refused(rebuilt(&m), SEC_E_LOGON_DENIED, "reason=mic_mismatch");
}

static void
stripped_flags_are_refused(void **state)
{
    static const struct {
        uint32_t flag;
        NTSTATUS status;
        const char *reason;
    } cases[] = {
        { NTLMSSP_NEGOTIATE_SIGN, SEC_E_LOGON_DENIED, "mic_mismatch" },
        { NTLMSSP_NEGOTIATE_SEAL, SEC_E_LOGON_DENIED, "mic_mismatch" },
        { NTLMSSP_NEGOTIATE_KEY_EXCH, SEC_E_LOGON_DENIED, "mic_mismatch" },
        { NTLMSSP_NEGOTIATE_56, SEC_E_LOGON_DENIED, "mic_mismatch" },
        { NTLMSSP_NEGOTIATE_128, SEC_E_UNSUPPORTED_FUNCTION, "no_128_bit" },
        { NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY, SEC_E_UNSUPPORTED_FUNCTION,
          "no_extended_session_security" },
        { NTLMSSP_NEGOTIATE_UNICODE, SEC_E_INVALID_TOKEN, "no_text_encoding" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct ntlm_authenticate m;

        run_to_authenticate();
        m = taken_apart();
        m.flags &= ~cases[i].flag;
        assert_refused(rebuilt(&m), cases[i].status, cases[i].reason);
        side_reset(&client);
        side_reset(&server);
    }
}

/* The client must not take what the server did not grant, nor more than it asked for. */
static void
added_flags_are_refused(void **state)
{
    static const uint32_t flags[] = {
        NTLMSSP_NEGOTIATE_LM_KEY, NTLMSSP_NEGOTIATE_DATAGRAM, NTLMSSP_NEGOTIATE_IDENTIFY,
        NTLMSSP_REQUEST_NON_NT_SESSION_KEY, NTLMSSP_LOCAL_CALL,
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(flags); i++) {
        struct ntlm_authenticate m;

        run_to_authenticate();
        m = taken_apart();
        m.flags |= flags[i];
        assert_refused(rebuilt(&m), SEC_E_UNSUPPORTED_FUNCTION, "flags_not_granted");
        side_reset(&client);
        side_reset(&server);
    }
}

/* NEGOTIATE stripped on its way: the MIC is over what the client sent. */
static void
altered_negotiate_is_refused(void **state)
{
    (void)state;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    memcpy(altered, client.out, client.out_n);
    altered[12] &= (uint8_t)~NTLMSSP_NEGOTIATE_SEAL;
    assert_int_equal(side_accept(&server, view_of(altered, client.out_n)),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_refused(side_out(&client), SEC_E_LOGON_DENIED, "mic_mismatch");
}

/* ---- AV pairs ---------------------------------------------------------------------- */

/* CHALLENGE with its AV pairs replaced, as a man in the middle may. */
static struct view
challenge_with(void (*pairs)(struct wr *w, const struct ntlm_av_list *old))
{
    static uint8_t info[2048];
    struct wr w = wr_init(info, sizeof(info)), out = wr_init(altered, sizeof(altered));
    struct ntlm_challenge m;
    struct ntlm_av_list old;

    assert_int_equal(ntlm_challenge_parse(side_out(&server), &m), 0);
    assert_int_equal(ntlm_av_list_parse(m.target_info, &old), 0);
    pairs(&w, &old);
    ntlm_av_eol_build(&w);
    m.target_info = wr_written(&w);
    ntlm_challenge_build(&out, &m);
    assert_int_equal(wr_end(&out, -1), 0);
    return wr_written(&out);
}

static void
attack_challenge(void (*pairs)(struct wr *w, const struct ntlm_av_list *old),
                 NTSTATUS client_status, const char *reason)
{
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, challenge_with(pairs)), client_status);
    if (client_status == SEC_E_OK)
        assert_refused(side_out(&client), SEC_E_LOGON_DENIED, reason);
    else
        assert_non_null(strstr(fake.log, reason));
}

static void
without_timestamp(struct wr *w, const struct ntlm_av_list *old)
{
    ntlm_av_list_copy(w, old, 0, 1u << NTLM_AV_TIMESTAMP);
}

static void
without_computer(struct wr *w, const struct ntlm_av_list *old)
{
    ntlm_av_list_copy(w, old, 0, 1u << NTLM_AV_NB_COMPUTER_NAME);
}

static void
without_domain(struct wr *w, const struct ntlm_av_list *old)
{
    ntlm_av_list_copy(w, old, 0, 1u << NTLM_AV_NB_DOMAIN_NAME);
}

static void
with_client_pairs(struct wr *w, const struct ntlm_av_list *old)
{
    static const uint8_t bytes[48] = { 48 };

    ntlm_av_list_copy(w, old, 0, 0);
    ntlm_av_pair_build(w, NTLM_AV_SINGLE_HOST, view_of(bytes, 48));
    ntlm_av_pair_build(w, NTLM_AV_TARGET_NAME, view_of(u"evil", 8));
    ntlm_av_pair_build(w, NTLM_AV_CHANNEL_BINDINGS, view_of(bytes, 16));
}

static void
with_zero_flags(struct wr *w, const struct ntlm_av_list *old)
{
    ntlm_av_flags_build(w, 0);
    ntlm_av_list_copy(w, old, 0, 0);
}

static void
with_two_flags(struct wr *w, const struct ntlm_av_list *old)
{
    with_zero_flags(w, old);
    ntlm_av_flags_build(w, 0);
}

static void
with_other_name(struct wr *w, const struct ntlm_av_list *old)
{
    ntlm_av_list_copy(w, old, 0, 1u << NTLM_AV_DNS_COMPUTER_NAME);
    ntlm_av_pair_build(w, NTLM_AV_DNS_COMPUTER_NAME, view_of(u"evil", 8));
}

/* Without a timestamp the client makes no MIC: that is what the attacker wants. */
static void
removed_timestamp_is_refused(void **state)
{
    (void)state;
    attack_challenge(without_timestamp, SEC_E_OK, "target_info_altered");
}

/* CVE-2019-1019: the client itself refuses, as its key could go to the wrong server. */
static void
cve_2019_1019_removed_computer_name_is_refused(void **state)
{
    (void)state;
    attack_challenge(without_computer, STATUS_LOGON_FAILURE, "no_server_names");
    side_reset(&client);
    side_reset(&server);
    fake.log[0] = '\0';
    attack_challenge(without_domain, STATUS_LOGON_FAILURE, "no_server_names");
}

static void
removed_computer_name_without_protection(void **state)
{
    (void)state;
    client.requirements = 0;
    attack_challenge(without_computer, SEC_E_OK, "target_info_altered");
}

/* CVE-2019-1166: a planted MsvAvFlags 0. The client sets the bit in it: the MIC is looked for. */
static void
cve_2019_1166_planted_flags_do_not_hide_the_mic(void **state)
{
    struct ntlm_client_challenge blob;
    struct ntlm_authenticate m;

    (void)state;
    attack_challenge(with_zero_flags, SEC_E_OK, "mic_mismatch");
    m = taken_apart();
    assert_int_equal(ntlm_client_challenge_parse(view_of(m.nt.p + 16, m.nt.n - 16), &blob), 0);
    assert_int_equal(blob.av.flags, 2);
}

static void
cve_2019_1166_two_planted_flags_are_refused(void **state)
{
    (void)state;
    attack_challenge(with_two_flags, SEC_E_INVALID_TOKEN, "malformed_target_info");
}

static void
altered_names_are_refused(void **state)
{
    (void)state;
    attack_challenge(with_other_name, SEC_E_OK, "target_info_altered");
}

/* What only a client says would be the attacker's word under the client's proof. */
static void
planted_client_pairs_are_not_passed_on(void **state)
{
    static const uint8_t zeros[16];
    struct ntlm_client_challenge blob;
    struct ntlm_authenticate m;

    (void)state;
    attack_challenge(with_client_pairs, SEC_E_OK, "mic_mismatch");
    m = taken_apart();
    assert_int_equal(ntlm_client_challenge_parse(view_of(m.nt.p + 16, m.nt.n - 16), &blob), 0);
    assert_false(ntlm_av_list_has(&blob.av, NTLM_AV_SINGLE_HOST));
    assert_true(view_is_equal(blob.av.value[NTLM_AV_TARGET_NAME],
                              view_of(client.target, sizeof(u"HTTP/localhost") - 2)));
    assert_true(view_is_equal(blob.av.value[NTLM_AV_CHANNEL_BINDINGS], view_of(zeros, 16)));
}

/* ---- responses ----------------------------------------------------------------------- */

static void
old_responses_are_refused(void **state)
{
    static const uint8_t response[24] = { 1, 2, 3 };
    struct ntlm_authenticate m;

    (void)state;
    run_to_authenticate();
    m = taken_apart();
    m.nt = m.lm = view_of(response, 24);
    assert_refused(rebuilt(&m), SEC_E_LOGON_DENIED, "reason=ntlmv1_refused");
    side_reset(&client);
    side_reset(&server);
    /* CVE-2019-1338: LMv2 alone, which carries no AV pairs. */
    run_to_authenticate();
    m = taken_apart();
    m.nt = NOTHING;
    m.lm = view_of(response, 24);
    assert_refused(rebuilt(&m), SEC_E_LOGON_DENIED, "reason=lm_refused");
    side_reset(&client);
    side_reset(&server);
    run_to_authenticate();
    m = taken_apart();
    m.nt = m.user = m.domain = NOTHING;
    m.lm = view_of("", 1);
    assert_refused(rebuilt(&m), SEC_E_LOGON_DENIED, "reason=anonymous_refused");
    assert_int_equal(fake.audits, 0);
}

/* The specification's own NTLMv1 and anonymous messages. */
static void
published_old_messages_are_refused(void **state)
{
    static const char *const names[] = { "v1.AUTHENTICATE_MESSAGE", "v1ess.AUTHENTICATE_MESSAGE",
                                         "anon.AUTHENTICATE_MESSAGE" };
    uint8_t room[2048];

    (void)state;
    fake.require_128bit = "no";
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        size_t n = vector_get("ntlm-vectors.tsv", names[i], room, sizeof(room));

        run_to_authenticate();
        assert_int_not_equal(side_accept(&server, view_of(room, n)), SEC_E_OK);
        assert_false(server.mapped);
        side_reset(&client);
        side_reset(&server);
    }
}

static void
client_with_mic_meets_the_requirement(void **state)
{
    (void)state;
    fake.require_mic = "yes";
    run_to_authenticate();
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
}

/* Alice's answer with pairs of her own choice and no MIC: a client that is not ours. */
static struct view
answer_with(void (*pairs)(struct wr *w, const struct ntlm_av_list *sent), uint8_t key[16])
{
    uint8_t nt[1024], info[512], v1[16], v2[16];
    struct wr w = wr_init(nt, sizeof(nt)), p = wr_init(info, sizeof(info));
    struct ntlm_av_list sent;
    struct ntlm_challenge c;
    struct ntlm_authenticate m;

    client.requirements = 0;
    run_to_authenticate();
    assert_int_equal(ntlm_challenge_parse(side_out(&server), &c), 0);
    assert_int_equal(ntlm_av_list_parse(c.target_info, &sent), 0);
    pairs(&p, &sent);
    ntlm_av_eol_build(&p);
    m = taken_apart();
    ntlm_ntowf_v1(view_of(u"correct horse", 26), v1);
    assert_int_equal(ntlm_ntowf_v2(v1, m.user, m.domain, v2), 0);
    wr_zeros(&w, 16);
    ntlm_client_challenge_build(&w, 0, (const uint8_t *)"12345678", wr_written(&p));
    ntlm_nt_proof(v2, c.server_challenge, view_of(nt + 16, w.len - 16), nt);
    ntlm_session_base_key(v2, nt, key);
    m.nt = wr_written(&w);
    m.mic_offset = 0;
    return rebuilt(&m);
}

static void
as_sent(struct wr *w, const struct ntlm_av_list *sent)
{
    ntlm_av_list_copy(w, sent, 0, 0);
}

/* A client that made its response without MsvAvFlags: legacy, and a matter of the setting. */
static void
response_without_mic(const char *setting, NTSTATUS want)
{
    uint8_t key[16];

    fake.require_mic = setting;
    assert_int_equal(side_accept(&server, answer_with(as_sent, key)), want);
    if (want == SEC_E_OK)
        assert_memory_equal(server.session_key, key, 16);
    side_reset(&client);
    side_reset(&server);
}

static void
missing_mic_is_a_setting(void **state)
{
    (void)state;
    response_without_mic(NULL, SEC_E_OK);
    response_without_mic("no", SEC_E_OK);
    response_without_mic("nonsense", SEC_E_OK);
    response_without_mic("yes", SEC_E_LOGON_DENIED);
    assert_non_null(strstr(fake.log, "reason=mic_required"));
}

static void
with_unverified_target(struct wr *w, const struct ntlm_av_list *sent)
{
    as_sent(w, sent);
    ntlm_av_flags_build(w, 4);
    ntlm_av_pair_build(w, NTLM_AV_TARGET_NAME, view_of(u"HTTP/localhost", 28));
}

/* MsvAvFlags 0x4 (MS-NLMP 2.2.2.1): a stranger may have named the target to the client. */
static void
unverified_target_is_no_claim(void **state)
{
    struct ntlm_context_data data;
    uint8_t key[16];

    (void)state;
    fake_setting("target_name", "required");
    assert_refused(answer_with(with_unverified_target, key), SEC_E_WRONG_PRINCIPAL,
                   "reason=target_unverified");
    side_reset(&client);
    side_reset(&server);
    fake_setting("target_name", "when_supported");
    assert_int_equal(side_accept(&server, answer_with(with_unverified_target, key)), SEC_E_OK);
    assert_int_equal(ntlm_context_data_parse(view_of(server.data, server.data_n), &data), 0);
    assert_int_equal(data.target.n, 0);
}

static void
session_key_must_have_its_length(void **state)
{
    struct ntlm_authenticate m;

    (void)state;
    run_to_authenticate();
    m = taken_apart();
    m.session_key = view_of(m.session_key.p, 15);
    assert_refused(rebuilt(&m), SEC_E_INVALID_TOKEN, "session_key_length");
    side_reset(&client);
    side_reset(&server);
    run_to_authenticate();
    m = taken_apart();
    m.session_key = NOTHING;
    assert_refused(rebuilt(&m), SEC_E_INVALID_TOKEN, "session_key_length");
}

static void
names_must_be_text(void **state)
{
    static const uint16_t lone[] = { 0xD800, 'a' }, nul[] = { 'a', 0 };
    static uint8_t huge[2048];
    struct ntlm_authenticate m;

    (void)state;
    memset(huge, 'a', sizeof(huge));
    for (int i = 0; i < 3; i++) {
        run_to_authenticate();
        m = taken_apart();
        m.user = i == 0 ? view_of(lone, 4) : i == 1 ? view_of(nul, 4) : view_of(huge, 1026);
        assert_refused(rebuilt(&m), SEC_E_LOGON_DENIED, "name_not_usable");
        side_reset(&client);
        side_reset(&server);
    }
}

/* ---- weak peers ------------------------------------------------------------------------ */

static void
weak_negotiate_is_refused(void **state)
{
    (void)state;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    memcpy(altered, client.out, client.out_n);
    altered[15] &= (uint8_t)~0x20;          /* 128 */
    assert_refused(view_of(altered, client.out_n), SEC_E_UNSUPPORTED_FUNCTION, "no_128_bit");
    memcpy(altered, client.out, client.out_n);
    altered[14] &= (uint8_t)~0x08;          /* extended session security */
    assert_refused(view_of(altered, client.out_n), SEC_E_UNSUPPORTED_FUNCTION,
                   "no_extended_session_security");
    /* Where nothing is protected the key's length is nobody's concern. */
    memcpy(altered, client.out, client.out_n);
    altered[12] &= (uint8_t)~(NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL);
    altered[15] &= (uint8_t)~0x20;
    assert_int_equal(side_accept(&server, view_of(altered, client.out_n)),
                     SEC_I_CONTINUE_NEEDED);
    side_reset(&server);
    fake.require_128bit = "no";
    memcpy(altered, client.out, client.out_n);
    altered[15] &= (uint8_t)~0x20;
    assert_int_equal(side_accept(&server, view_of(altered, client.out_n)),
                     SEC_I_CONTINUE_NEEDED);
}

static void
weak_challenge_is_refused(void **state)
{
    static const struct {
        size_t byte;
        uint8_t bits;
        NTSTATUS status;
        const char *reason;
    } cases[] = {
        { 23, 0x20, SEC_E_UNSUPPORTED_FUNCTION, "no_128_bit" },
        { 22, 0x08, SEC_E_UNSUPPORTED_FUNCTION, "no_extended_session_security" },
        { 20, 0x03, SEC_E_INVALID_TOKEN, "no_text_encoding" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
        memcpy(altered, server.out, server.out_n);
        altered[cases[i].byte] &= (uint8_t)~cases[i].bits;
        assert_int_equal(side_initiate(&client, view_of(altered, server.out_n)),
                         cases[i].status);
        assert_non_null(strstr(fake.log, cases[i].reason));
        side_reset(&client);
        side_reset(&server);
    }
}

/* Where nothing is protected the bit changes no key, as in a NEGOTIATE. */
static void
unprotected_challenge_may_lack_128(void **state)
{
    (void)state;
    client.requirements = 0;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    memcpy(altered, server.out, server.out_n);
    altered[23] &= (uint8_t)~0x20;
    assert_int_equal(side_initiate(&client, view_of(altered, server.out_n)), SEC_E_OK);
}

/* MS-NLMP 3.4.5.3: the LM session key is cut to 56 bits, though both sides say 128. */
static void
lm_key_is_not_of_128_bits(void **state)
{
    static const uint32_t flags = NTLMSSP_NEGOTIATE_UNICODE | NTLMSSP_NEGOTIATE_SIGN |
                                  NTLMSSP_NEGOTIATE_LM_KEY | NTLMSSP_NEGOTIATE_128 |
                                  NTLMSSP_NEGOTIATE_56;
    struct ntlm_policy policy = { .need_128 = true };
    const char *reason = "";
    uint32_t settled;

    (void)state;
    assert_int_equal(ntlm_flags_take(flags, flags, &policy, &settled, &reason),
                     SEC_E_UNSUPPORTED_FUNCTION);
    assert_string_equal(reason, "no_128_bit");
    policy.need_128 = false;
    assert_int_equal(ntlm_flags_take(flags, flags, &policy, &settled, &reason), 0);
}

static void
long_negotiate_is_refused(void **state)
{
    (void)state;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    memcpy(altered, client.out, client.out_n);
    memset(altered + client.out_n, 0, 600);
    assert_int_equal(side_accept(&server, view_of(altered, 561)), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_accept(&server, view_of(altered, 560)), SEC_I_CONTINUE_NEEDED);
}

/* Windows's and others' KEY_EXCH without SIGN and SEAL: a key that nothing uses. */
static void
flags_settle_by_themselves(void **state)
{
    static const struct ntlm_policy policy = { .need_128 = true, .need_extended = true };
    const char *reason;
    uint32_t granted, settled;

    (void)state;
    /* A capture's triple: HTTP, standalone. */
    assert_int_equal(ntlm_flags_grant(0xa2088207, &policy, false, &granted, &reason), 0);
    assert_int_equal(granted, 0xa28a8205);
    assert_int_equal(ntlm_flags_grant(0xa2088207, &policy, true, &granted, &reason), 0);
    assert_int_equal(granted, 0xa2898205);
    /* SMB, domain. */
    assert_int_equal(ntlm_flags_grant(0xe2088297, &policy, true, &granted, &reason), 0);
    assert_int_equal(granted, 0xe2898215);
    assert_int_equal(ntlm_flags_settle(granted, 0xe2888215, &policy, &settled, &reason), 0);
    assert_int_equal(settled, 0xe2888215);
    /* gss-ntlmssp keeps TARGET_TYPE_DOMAIN in its answer. */
    assert_int_equal(ntlm_flags_settle(granted, 0xe2898215, &policy, &settled, &reason), 0);
    assert_int_equal(settled, 0xe2888215);
    /* What our client answers to Windows's challenge is what Windows's client answers. */
    assert_int_equal(ntlm_flags_offer(ISC_REQ_INTEGRITY), 0xe2088217);
    assert_int_equal(ntlm_flags_take(0xe2088217, 0xe2898215, &policy, &settled, &reason), 0);
    assert_int_equal(settled, 0xe2888215);
    assert_int_equal(ntlm_flags_take(0xe2088217, 0xe2898205, &policy, &settled, &reason), 0);
    assert_int_equal(settled & NTLMSSP_NEGOTIATE_KEY_EXCH, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, attack_setup, attack_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_altered_is_accepted),
        TEST(cve_2019_1040_dropped_mic_is_refused),
        TEST(altered_mic_is_refused),
        TEST(stripped_flags_are_refused),
        TEST(added_flags_are_refused),
        TEST(altered_negotiate_is_refused),
        TEST(removed_timestamp_is_refused),
        TEST(cve_2019_1019_removed_computer_name_is_refused),
        TEST(removed_computer_name_without_protection),
        TEST(cve_2019_1166_planted_flags_do_not_hide_the_mic),
        TEST(cve_2019_1166_two_planted_flags_are_refused),
        TEST(altered_names_are_refused),
        TEST(planted_client_pairs_are_not_passed_on),
        TEST(old_responses_are_refused),
        TEST(published_old_messages_are_refused),
        TEST(client_with_mic_meets_the_requirement),
        TEST(missing_mic_is_a_setting),
        TEST(unverified_target_is_no_claim),
        TEST(session_key_must_have_its_length),
        TEST(names_must_be_text),
        TEST(weak_negotiate_is_refused),
        TEST(weak_challenge_is_refused),
        TEST(unprotected_challenge_may_lack_128),
        TEST(lm_key_is_not_of_128_bits),
        TEST(long_negotiate_is_refused),
        TEST(flags_settle_by_themselves),
    };

    return cmocka_run_group_tests_name("ntlm.attacks", tests, NULL, NULL);
}
