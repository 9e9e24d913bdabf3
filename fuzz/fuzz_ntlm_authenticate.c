/*
 * NTLM's AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) and the NTLMv2 response in it
 * (2.2.2.8), which decide a logon.
 *
 * Oracle: what parses is built again in the shape of Windows, and parses to the
 * same members (the MIC only where it is at Windows's offset); every view lies
 * in the input.
 */
#include "fuzz.h"

#include "packages/ntlm/wire/wire.h"

#define ROOM (1024 * 1024)

static void
check_inside(struct view whole, struct view part)
{
    FUZZ_CHECK(part.n <= whole.n);
    FUZZ_CHECK(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void
check_response(struct view nt)
{
    struct ntlm_client_challenge c;
    struct rd r = rd_init(nt);

    rd_skip(&r, NTLM_PROOF_SIZE);
    if (ntlm_client_challenge_parse(rd_rest(&r), &c) != 0)
        return;
    for (unsigned id = 0; id < NTLM_AV_IDS; id++)
        check_inside(nt, c.av.value[id]);
    FUZZ_CHECK(ntlm_av_list_contains(&c.av, &c.av));
}

static void
check_rebuilt(const struct ntlm_authenticate *m)
{
    static uint8_t room[ROOM];
    struct wr w = wr_init(room, sizeof(room));
    struct ntlm_authenticate again;

    ntlm_authenticate_build(&w, m);
    FUZZ_CHECK(!w.failed);
    FUZZ_CHECK(ntlm_authenticate_parse(wr_written(&w), &again) == 0);
    FUZZ_CHECK(again.flags == m->flags);
    FUZZ_CHECK(view_is_equal(again.lm, m->lm));
    FUZZ_CHECK(view_is_equal(again.nt, m->nt));
    FUZZ_CHECK(view_is_equal(again.domain, m->domain));
    FUZZ_CHECK(view_is_equal(again.user, m->user));
    FUZZ_CHECK(view_is_equal(again.workstation, m->workstation));
    FUZZ_CHECK(view_is_equal(again.session_key, m->session_key));
    FUZZ_CHECK(memcmp(again.version, m->version, sizeof(m->version)) == 0);
    if (m->mic_offset == NTLM_MIC_OFFSET) {
        FUZZ_CHECK(again.mic_offset == NTLM_MIC_OFFSET);
        FUZZ_CHECK(memcmp(again.mic, m->mic, sizeof(m->mic)) == 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view in = view_of(data, size);
    struct ntlm_authenticate m;

    if (ntlm_authenticate_parse(in, &m) != 0)
        return 0;
    FUZZ_CHECK(ntlm_message_type(in) == NTLM_AUTHENTICATE_MESSAGE);
    check_inside(in, m.lm);
    check_inside(in, m.nt);
    check_inside(in, m.domain);
    check_inside(in, m.user);
    check_inside(in, m.workstation);
    check_inside(in, m.session_key);
    check_response(m.nt);
    check_rebuilt(&m);
    return 0;
}
