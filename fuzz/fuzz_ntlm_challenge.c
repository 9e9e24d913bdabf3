/*
 * NTLM's CHALLENGE_MESSAGE (MS-NLMP 2.2.1.2), which a client takes from any
 * server, and the AV pairs in it (2.2.2.1).
 *
 * Oracle: what parses is built again in the shape of Windows, and parses to the
 * same members; a copy of its AV pairs contains them all.
 */
#include "fuzz.h"

#include "packages/ntlm/wire/wire.h"

#define ROOM (256 * 1024)

/* A copy keeps every pair but MsvAvFlags, which is given its old value here. */
static void
check_pairs(struct view info)
{
    static uint8_t room[ROOM];
    struct wr w = wr_init(room, sizeof(room));
    struct ntlm_av_list list, again;

    if (ntlm_av_list_parse(info, &list) != 0)
        return;
    ntlm_av_list_copy(&w, &list, list.flags, 0);
    ntlm_av_eol_build(&w);
    FUZZ_CHECK(!w.failed);
    FUZZ_CHECK(ntlm_av_list_parse(wr_written(&w), &again) == 0);
    FUZZ_CHECK(view_is_equal(again.pairs, list.pairs));
    FUZZ_CHECK(ntlm_av_list_contains(&again, &list) && ntlm_av_list_contains(&list, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM];
    struct wr w = wr_init(room, sizeof(room));
    struct ntlm_challenge m, again;

    if (ntlm_challenge_parse(view_of(data, size), &m) != 0)
        return 0;
    FUZZ_CHECK(ntlm_message_type(view_of(data, size)) == NTLM_CHALLENGE_MESSAGE);
    check_pairs(m.target_info);
    /* Without the flag the builder leaves the list out. */
    if ((m.flags & NTLMSSP_NEGOTIATE_TARGET_INFO) == 0)
        m.target_info = view_of(NULL, 0);
    ntlm_challenge_build(&w, &m);
    FUZZ_CHECK(!w.failed);
    FUZZ_CHECK(ntlm_challenge_parse(wr_written(&w), &again) == 0);
    FUZZ_CHECK(again.flags == m.flags);
    FUZZ_CHECK(view_is_equal(again.target_name, m.target_name));
    FUZZ_CHECK(view_is_equal(again.target_info, m.target_info));
    FUZZ_CHECK(memcmp(again.server_challenge, m.server_challenge, 8) == 0);
    FUZZ_CHECK(memcmp(again.version, m.version, sizeof(m.version)) == 0);
    return 0;
}
