/*
 * Real clients against our acceptor: captured exchanges of Windows 10 and
 * gss-ntlmssp (pyspnego's published ones) and of curl, replayed message by
 * message.
 */
#include "fake_lsa.h"
#include "vectors.h"

#include "packages/ntlm/wire/wire.h"

#define FILE_NAME "ntlm-vectors.tsv"

static struct view
captured(const char *prefix, const char *what, uint8_t *room)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "%s.%s", prefix, what);
    return view_of(room, vector_get(FILE_NAME, name, room, 2048));
}

/*
 * The domain controller of the captures, rebuilt: with its names, clock and challenge our
 * CHALLENGE is the captured one, byte for byte, so the client's MIC must hold.
 */
static void
exchange_is_accepted(const char *prefix)
{
    static const struct fake_account user = { u"vagrant-domain", u"VagrantPass1", 0, 0 };
    uint8_t n[2048], c[2048], a[2048], key[2048];
    struct view challenge = captured(prefix, "CHALLENGE_MESSAGE", c);
    struct ntlm_challenge sent;
    struct ntlm_av_list info;
    struct side s;

    fake.accounts = &user;
    fake.account_count = 1;
    fake_names_set(u"DOMAIN", u"DC01", u"domain.local", u"DC01.domain.local", u"domain.local",
                   true);
    assert_int_equal(ntlm_challenge_parse(challenge, &sent), 0);
    assert_int_equal(ntlm_av_list_parse(sent.target_info, &info), 0);
    fake.now = (int64_t)info.timestamp;
    fake.script = view_of(sent.server_challenge, 8);
    side_open(&s, NULL, NULL, NULL);
    assert_int_equal(side_accept(&s, captured(prefix, "NEGOTIATE_MESSAGE", n)),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(s.out_n, challenge.n);
    assert_memory_equal(s.out, challenge.p, challenge.n);
    assert_int_equal(side_accept(&s, captured(prefix, "AUTHENTICATE_MESSAGE", a)), SEC_E_OK);
    assert_memory_equal(s.session_key, captured(prefix, "ExportedSessionKey", key).p, 16);
    side_close(&s);
}

static void
windows_2019_client_is_accepted(void **state)
{
    (void)state;
    exchange_is_accepted("win2019");
    exchange_is_accepted("win2019badspn");
    exchange_is_accepted("win2019smb");
}

static void
gss_ntlmssp_client_is_accepted(void **state)
{
    (void)state;
    exchange_is_accepted("gssntlmssp");
}

/*
 * curl 7.88.1 (--ntlm, its own NTLM) as it answered this challenge on 2026-11-22: OEM
 * names, no 128, payload at 64 without Version, NTLMv2 without MIC.
 */
static const char curl_negotiate[] =
    "4e544c4d53535000010000000682080000000000000000000000000000000000";
static const char curl_authenticate[] =
    "4e544c4d53535000030000001800180040000000b000b000580000000700070008010000050005000f010000"
    "0b000b0014010000000000000000000006828a0247f7df2b954ddfea252e7cc49daab255023eff418bce7e79"
    "d047b00d8842dca50520659e3e2df6760101000000000000009e1392a37add01023eff418bce7e7900000000"
    "02000c0053004500520056004500520001000c00530045005200560045005200040024007300650072007600"
    "650072002e006500780061006d0070006c0065002e0063006f006d0003002400730065007200760065007200"
    "2e006500780061006d0070006c0065002e0063006f006d000700080000c083ed8a49da010000000000000000"
    "4558414d504c45616c696365574f524b53544154494f4e";

static void
curl_is_accepted(void **state)
{
    static const uint8_t challenge[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
    uint8_t room[512];
    struct side s;
    size_t n;

    (void)state;
    fake.script = view_of(challenge, sizeof(challenge));
    side_open(&s, NULL, NULL, NULL);
    n = vector_from_hex(curl_negotiate, room, sizeof(room));
    assert_int_equal(side_accept(&s, view_of(room, n)), SEC_I_CONTINUE_NEEDED);
    n = vector_from_hex(curl_authenticate, room, sizeof(room));
    assert_int_equal(side_accept(&s, view_of(room, n)), SEC_E_OK);
    assert_int_equal(s.attributes, ASC_RET_CONNECTION);
    assert_string_equal(fake.audit_account, "alice");
    side_close(&s);
}

/* Old clients' own NEGOTIATE: 16 bytes, and OEM only. */
static void
oldest_negotiate_is_answered(void **state)
{
    uint8_t m[16] = "NTLMSSP\0\1\0\0\0";
    struct ntlm_challenge c;
    struct side s;

    (void)state;
    side_open(&s, NULL, NULL, NULL);
    m[12] = 0x02;                       /* OEM */
    m[13] = 0x82;
    m[15] = 0x20;                       /* 128 */
    assert_int_equal(side_accept(&s, view_of(m, sizeof(m))), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ntlm_challenge_parse(side_out(&s), &c), 0);
    assert_int_equal(c.flags & 3, 2);
    assert_int_equal(c.target_name.n, 6);
    assert_memory_equal(c.target_name.p, "SERVER", 6);
    side_reset(&s);
    m[12] = 0;
    assert_int_equal(side_accept(&s, view_of(m, sizeof(m))), SEC_E_INVALID_TOKEN);
    side_close(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(windows_2019_client_is_accepted),
        TEST(gss_ntlmssp_client_is_accepted),
        TEST(curl_is_accepted),
        TEST(oldest_negotiate_is_answered),
    };

    return cmocka_run_group_tests_name("ntlm.captured", tests, NULL, NULL);
}
