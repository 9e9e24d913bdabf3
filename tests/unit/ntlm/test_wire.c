/*
 * The messages: MS-NLMP's own examples (4.2) and real exchanges, taken apart
 * and put together again to the same bytes; and what is not a message.
 */
#include "unit.h"
#include "vectors.h"

#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

#define FILE_NAME "ntlm-vectors.tsv"
#define MESSAGE_MAX 2048

static struct view
row(const char *name, uint8_t room[MESSAGE_MAX])
{
    return view_of(room, vector_get(FILE_NAME, name, room, MESSAGE_MAX));
}

static void
assert_written(const struct wr *w, struct view want)
{
    assert_int_equal(wr_end(w, -1), 0);
    assert_int_equal(w->len, want.n);
    assert_memory_equal(w->p, want.p, want.n);
}

static void
negotiate_is_rebuilt(void **state)
{
    static const char *const names[] = {
        "mic.NEGOTIATE_MESSAGE", "win2019.NEGOTIATE_MESSAGE", "win2019badspn.NEGOTIATE_MESSAGE",
        "win2019smb.NEGOTIATE_MESSAGE", "gssntlmssp.NEGOTIATE_MESSAGE",
    };
    uint8_t room[MESSAGE_MAX], out[MESSAGE_MAX];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct view in = row(names[i], room);
        struct wr w = wr_init(out, sizeof(out));
        struct ntlm_negotiate m;

        assert_int_equal(ntlm_message_type(in), 1);
        assert_int_equal(ntlm_negotiate_parse(in, &m), 0);
        ntlm_negotiate_build(&w, &m);
        assert_written(&w, in);
    }
}

static void
challenge_is_rebuilt(void **state)
{
    static const char *const names[] = {
        "v1.CHALLENGE_MESSAGE", "v1ess.CHALLENGE_MESSAGE", "v2.CHALLENGE_MESSAGE",
        "mic.CHALLENGE_MESSAGE", "win2019.CHALLENGE_MESSAGE", "win2019badspn.CHALLENGE_MESSAGE",
        "win2019smb.CHALLENGE_MESSAGE", "gssntlmssp.CHALLENGE_MESSAGE",
    };
    uint8_t room[MESSAGE_MAX], out[MESSAGE_MAX];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct view in = row(names[i], room);
        struct wr w = wr_init(out, sizeof(out));
        struct ntlm_challenge m;

        assert_int_equal(ntlm_message_type(in), 2);
        assert_int_equal(ntlm_challenge_parse(in, &m), 0);
        ntlm_challenge_build(&w, &m);
        assert_written(&w, in);
    }
}

static void
authenticate_is_rebuilt(void **state)
{
    static const char *const names[] = {
        "v1.AUTHENTICATE_MESSAGE", "v1ess.AUTHENTICATE_MESSAGE", "v2.AUTHENTICATE_MESSAGE",
        "mic.AUTHENTICATE_MESSAGE", "anon.AUTHENTICATE_MESSAGE", "win2019.AUTHENTICATE_MESSAGE",
        "win2019badspn.AUTHENTICATE_MESSAGE", "win2019smb.AUTHENTICATE_MESSAGE",
    };
    uint8_t room[MESSAGE_MAX], out[MESSAGE_MAX];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct view in = row(names[i], room);
        struct wr w = wr_init(out, sizeof(out));
        struct ntlm_authenticate m;

        assert_int_equal(ntlm_message_type(in), 3);
        assert_int_equal(ntlm_authenticate_parse(in, &m), 0);
        ntlm_authenticate_build(&w, &m);
        assert_written(&w, in);
    }
}

static void
assert_row(struct view got, const char *name)
{
    uint8_t room[MESSAGE_MAX];
    struct view want = row(name, room);

    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
}

/* Fields land where the specification's worked example says, in each historic shape. */
static void
fields_are_found(void **state)
{
    uint8_t room[MESSAGE_MAX];
    struct ntlm_authenticate m;
    struct ntlm_challenge c;

    (void)state;
    assert_int_equal(ntlm_authenticate_parse(row("v2.AUTHENTICATE_MESSAGE", room), &m), 0);
    assert_row(m.user, "common.User.utf16le");
    assert_row(m.domain, "common.UserDom.utf16le");
    assert_row(m.workstation, "common.Workstation.utf16le");
    assert_row(m.lm, "v2.LmChallengeResponse");
    assert_row(m.nt, "v2.NtChallengeResponse");
    assert_row(m.session_key, "v2.EncryptedSessionKey");
    assert_int_equal(m.flags, 0xe2888235);
    assert_int_equal(m.mic_offset, 0);
    assert_int_equal(ntlm_authenticate_parse(row("v1.AUTHENTICATE_MESSAGE", room), &m), 0);
    assert_row(m.nt, "v1.NtChallengeResponse");
    assert_row(m.lm, "v1.LmChallengeResponse");
    assert_int_equal(ntlm_authenticate_parse(row("mic.AUTHENTICATE_MESSAGE", room), &m), 0);
    assert_int_equal(m.mic_offset, 72);
    assert_row(view_of(m.mic, 16), "mic.MIC");
    assert_int_equal(ntlm_authenticate_parse(row("gssntlmssp.AUTHENTICATE_MESSAGE", room), &m), 0);
    assert_int_equal(m.mic_offset, 72);
    assert_row(view_of(m.mic, 16), "gssntlmssp.MIC");
    assert_int_equal(m.lm.n, 0);
    assert_int_equal(ntlm_challenge_parse(row("v2.CHALLENGE_MESSAGE", room), &c), 0);
    assert_row(view_of(c.server_challenge, 8), "common.ServerChallenge");
    assert_row(c.target_name, "common.ServerName.utf16le");
    assert_row(c.target_info, "v2.TargetInfo");
}

/* 48 bytes of fixed part: Windows's clients take it. */
static void
challenge_without_version_is_accepted(void **state)
{
    uint8_t room[MESSAGE_MAX];
    struct ntlm_av_list list;
    struct ntlm_challenge c;

    (void)state;
    assert_int_equal(ntlm_challenge_parse(row("ext.CHALLENGE_no_version", room), &c), 0);
    assert_int_equal(c.flags, 0xa0828205);
    assert_int_equal(c.target_name.n, 16);
    assert_int_equal(ntlm_av_list_parse(c.target_info, &list), 0);
    assert_true(ntlm_av_list_has(&list, NTLM_AV_DNS_COMPUTER_NAME));
    assert_false(ntlm_av_list_has(&list, NTLM_AV_TIMESTAMP));
}

/* A MIC in front of which Version was left out (64), and the payload right after it (80). */
static void
mic_without_version_is_found(void **state)
{
    uint8_t m[84] = "NTLMSSP\0\3\0\0";
    struct ntlm_authenticate a;

    (void)state;
    memset(m + 64, 0x11, 16);
    m[36] = m[38] = 4;          /* UserNameFields: 4 bytes at 80 */
    m[40] = 80;
    m[60] = 1;
    assert_int_equal(ntlm_authenticate_parse(view_of(m, sizeof(m)), &a), 0);
    assert_int_equal(a.mic_offset, 64);
    assert_int_equal(a.mic[0], 0x11);
    /* With Version negotiated the same bytes are a version, and there is no MIC. */
    m[63] = 2;
    assert_int_equal(ntlm_authenticate_parse(view_of(m, sizeof(m)), &a), 0);
    assert_int_equal(a.mic_offset, 0);
}

/* The oldest shape: no session key, no flags; they must not be read out of the payload. */
static void
oldest_authenticate_is_parsed(void **state)
{
    uint8_t m[56] = "NTLMSSP\0\3\0\0";
    struct ntlm_authenticate a;

    (void)state;
    m[36] = m[38] = 4;
    m[40] = 52;
    memcpy(m + 52, "user", 4);
    assert_int_equal(ntlm_authenticate_parse(view_of(m, sizeof(m)), &a), 0);
    assert_int_equal(a.user.n, 4);
    assert_int_equal(a.flags, 0);
    assert_int_equal(a.session_key.n, 0);
}

/* Every cut of every message: an error or a parse, never a read outside (ASan watches). */
static void
truncations_are_survived(void **state)
{
    static const char *const names[] = {
        "win2019.NEGOTIATE_MESSAGE", "win2019.CHALLENGE_MESSAGE", "win2019.AUTHENTICATE_MESSAGE",
    };
    uint8_t room[MESSAGE_MAX];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct view in = row(names[i], room);

        for (size_t n = 0; n < in.n; n++) {
            uint8_t *cut = malloc(n + 1);
            struct ntlm_authenticate a;
            struct ntlm_negotiate g;
            struct ntlm_challenge c;
            status_t st;

            memcpy(cut, in.p, n);
            st = i == 0 ? ntlm_negotiate_parse(view_of(cut, n), &g)
                 : i == 1 ? ntlm_challenge_parse(view_of(cut, n), &c)
                          : ntlm_authenticate_parse(view_of(cut, n), &a);
            /* CHALLENGE and AUTHENTICATE end in their last item: any cut loses a part of it. */
            if (i > 0 || n < 16)
                assert_int_equal(st, SEC_E_INVALID_TOKEN);
            free(cut);
        }
    }
}

static void
offsets_are_bounded(void **state)
{
    uint8_t room[MESSAGE_MAX], copy[MESSAGE_MAX];
    struct view in = row("win2019.AUTHENTICATE_MESSAGE", room);
    static const size_t triples[] = { 12, 20, 36, 44, 52 };
    struct ntlm_authenticate a;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(triples); i++) {
        memcpy(copy, in.p, in.n);
        memset(copy + triples[i] + 4, 0xFF, 4);     /* offset + length wraps */
        assert_int_equal(ntlm_authenticate_parse(view_of(copy, in.n), &a), SEC_E_INVALID_TOKEN);
        memcpy(copy, in.p, in.n);
        memset(copy + triples[i], 0xFF, 2);
        assert_int_equal(ntlm_authenticate_parse(view_of(copy, in.n), &a), SEC_E_INVALID_TOKEN);
        /* The maximum is ignored, and so is the offset of what is empty. */
        memcpy(copy, in.p, in.n);
        memset(copy + triples[i] + 2, 0xFF, 2);
        assert_int_equal(ntlm_authenticate_parse(view_of(copy, in.n), &a), 0);
        memcpy(copy, in.p, in.n);
        memset(copy + triples[i], 0, 2);
        memset(copy + triples[i] + 4, 0xFF, 4);
        assert_int_equal(ntlm_authenticate_parse(view_of(copy, in.n), &a), 0);
    }
}

static void
odd_text_and_short_responses_are_refused(void **state)
{
    uint8_t room[MESSAGE_MAX];
    struct view in = row("win2019.AUTHENTICATE_MESSAGE", room);
    struct ntlm_authenticate a;

    (void)state;
    room[36]--;                 /* UserName of odd length */
    assert_int_equal(ntlm_authenticate_parse(in, &a), SEC_E_INVALID_TOKEN);
    room[36]++;
    for (uint8_t n = 1; n < 24; n++) {
        room[20] = n;
        room[21] = 0;
        assert_int_equal(ntlm_authenticate_parse(in, &a), SEC_E_INVALID_TOKEN);
    }
}

static void
type_is_recognised(void **state)
{
    uint8_t m[12] = "NTLMSSP\0\4\0\0";

    (void)state;
    assert_int_equal(ntlm_message_type(view_of(m, sizeof(m))), 0);
    m[8] = 3;
    assert_int_equal(ntlm_message_type(view_of(m, sizeof(m))), 3);
    assert_int_equal(ntlm_message_type(view_of(m, 11)), 0);
    m[0] = 'n';
    assert_int_equal(ntlm_message_type(view_of(m, sizeof(m))), 0);
    assert_int_equal(ntlm_message_type(view_of(NULL, 0)), 0);
}

/* ---- AV pairs --------------------------------------------------------------- */

static status_t
av_parse(const char *hex, struct ntlm_av_list *out)
{
    static uint8_t room[MESSAGE_MAX];

    return ntlm_av_list_parse(view_of(room, vector_from_hex(hex, room, sizeof(room))), out);
}

static void
av_lists_are_strict(void **state)
{
    struct ntlm_av_list l;

    (void)state;
    assert_int_equal(av_parse("00000000", &l), 0);
    assert_int_equal(l.has, 0);
    assert_int_equal(av_parse("", &l), SEC_E_INVALID_TOKEN);                    /* no end */
    assert_int_equal(av_parse("0200020041", &l), SEC_E_INVALID_TOKEN);          /* cut */
    assert_int_equal(av_parse("020002004100", &l), SEC_E_INVALID_TOKEN);        /* no end */
    assert_int_equal(av_parse("02000200410000000000", &l), 0);
    assert_int_equal(av_parse("00000200410000000000", &l), SEC_E_INVALID_TOKEN);/* EOL with value */
    assert_int_equal(av_parse("060004000200000006000400000000000000" "0000", &l),
                     SEC_E_INVALID_TOKEN);                                      /* two flags */
    assert_int_equal(av_parse("6000000060000000" "00000000", &l), SEC_E_INVALID_TOKEN);
    assert_int_equal(av_parse("0600020002" "0000000000", &l), SEC_E_INVALID_TOKEN);
    assert_int_equal(av_parse("0200010041" "00000000", &l), SEC_E_INVALID_TOKEN);   /* odd text */
    assert_int_equal(av_parse("0a0008000000000000000000" "00000000", &l), SEC_E_INVALID_TOKEN);
    assert_int_equal(av_parse("0700080000112233445566770600040002000000000000" "00", &l), 0);
    assert_true(l.timestamp == UINT64_C(0x7766554433221100));
    assert_int_equal(l.flags, 2);
}

static void
av_list_length_is_bounded(void **state)
{
    uint8_t bytes[4 * (NTLM_AV_PAIRS_MAX + 1)];
    struct wr w = wr_init(bytes, sizeof(bytes));
    struct ntlm_av_list l;

    (void)state;
    for (unsigned id = 100; id < 100 + NTLM_AV_PAIRS_MAX; id++)
        ntlm_av_pair_build(&w, id, view_of(NULL, 0));
    ntlm_av_eol_build(&w);
    assert_int_equal(ntlm_av_list_parse(wr_written(&w), &l), SEC_E_INVALID_TOKEN);
}

/* The client's list of section E, from the server's by the copy that the initiator uses. */
static void
av_list_is_copied(void **state)
{
    uint8_t room[MESSAGE_MAX], want_room[MESSAGE_MAX], out[MESSAGE_MAX];
    struct wr w = wr_init(out, sizeof(out));
    struct ntlm_av_list server, client;
    struct ntlm_challenge c;
    struct view want = row("mic.client.AvPairs", want_room);

    (void)state;
    assert_int_equal(ntlm_challenge_parse(row("mic.CHALLENGE_MESSAGE", room), &c), 0);
    assert_int_equal(ntlm_av_list_parse(c.target_info, &server), 0);
    assert_int_equal(ntlm_av_list_parse(want, &client), 0);
    ntlm_av_list_copy(&w, &server, 0, 0);
    ntlm_av_flags_build(&w, 2);
    ntlm_av_pair_build(&w, NTLM_AV_SINGLE_HOST, client.value[NTLM_AV_SINGLE_HOST]);
    ntlm_av_pair_build(&w, NTLM_AV_CHANNEL_BINDINGS, client.value[NTLM_AV_CHANNEL_BINDINGS]);
    ntlm_av_pair_build(&w, NTLM_AV_TARGET_NAME, client.value[NTLM_AV_TARGET_NAME]);
    ntlm_av_eol_build(&w);
    assert_written(&w, want);
    assert_true(ntlm_av_list_contains(&client, &server));
    assert_false(ntlm_av_list_contains(&server, &client));
}

/* Flags are changed where they are; dropped ids are gone; unknown ids stay. */
static void
av_flags_are_changed_in_place(void **state)
{
    uint8_t out[64];
    struct wr w = wr_init(out, sizeof(out));
    struct ntlm_av_list l;

    (void)state;
    assert_int_equal(av_parse("060004000000000063000100ff0900020041000700080000000000000000"
                              "0000000000", &l), 0);
    ntlm_av_list_copy(&w, &l, 3, 1u << NTLM_AV_TARGET_NAME);
    ntlm_av_eol_build(&w);
    assert_int_equal(ntlm_av_list_parse(wr_written(&w), &l), 0);
    assert_int_equal(l.flags, 3);
    assert_false(ntlm_av_list_has(&l, NTLM_AV_TARGET_NAME));
    assert_int_equal(w.len, 8 + 5 + 12 + 4);
}

static void
client_challenge_is_rebuilt(void **state)
{
    static const char *const names[] = { "v2.temp" };
    uint8_t room[MESSAGE_MAX], out[MESSAGE_MAX];
    struct ntlm_client_challenge c;
    struct wr w = wr_init(out, sizeof(out));
    struct view in = row(names[0], room);
    uint8_t info[MESSAGE_MAX];

    (void)state;
    assert_int_equal(ntlm_client_challenge_parse(in, &c), 0);
    assert_true(c.time == 0);
    ntlm_client_challenge_build(&w, c.time, c.challenge, row("v2.TargetInfo", info));
    assert_written(&w, in);
    room[0] = 2;
    assert_int_equal(ntlm_client_challenge_parse(in, &c), SEC_E_INVALID_TOKEN);
    room[0] = 1;
    assert_int_equal(ntlm_client_challenge_parse(view_of(room, 27), &c), SEC_E_INVALID_TOKEN);
}

static void
signature_is_rebuilt(void **state)
{
    uint8_t room[MESSAGE_MAX], out[16];
    struct view in = row("v2.Seal.seq1.Signature", room);
    struct wr w = wr_init(out, sizeof(out));
    struct ntlm_signature s;

    (void)state;
    assert_int_equal(ntlm_signature_parse(in, &s), 0);
    assert_int_equal(s.sequence, 1);
    ntlm_signature_build(&w, &s);
    assert_written(&w, in);
    assert_int_equal(ntlm_signature_parse(view_of(room, 15), &s), SEC_E_MESSAGE_ALTERED);
    room[0] = 2;
    assert_int_equal(ntlm_signature_parse(in, &s), SEC_E_MESSAGE_ALTERED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negotiate_is_rebuilt),
        cmocka_unit_test(challenge_is_rebuilt),
        cmocka_unit_test(authenticate_is_rebuilt),
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(challenge_without_version_is_accepted),
        cmocka_unit_test(mic_without_version_is_found),
        cmocka_unit_test(oldest_authenticate_is_parsed),
        cmocka_unit_test(truncations_are_survived),
        cmocka_unit_test(offsets_are_bounded),
        cmocka_unit_test(odd_text_and_short_responses_are_refused),
        cmocka_unit_test(type_is_recognised),
        cmocka_unit_test(av_lists_are_strict),
        cmocka_unit_test(av_list_length_is_bounded),
        cmocka_unit_test(av_list_is_copied),
        cmocka_unit_test(av_flags_are_changed_in_place),
        cmocka_unit_test(client_challenge_is_rebuilt),
        cmocka_unit_test(signature_is_rebuilt),
    };

    return cmocka_run_group_tests_name("ntlm.wire", tests, NULL, NULL);
}
