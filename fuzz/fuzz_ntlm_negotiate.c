/*
 * NTLM's NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1), the first bytes that a stranger
 * sends.
 *
 * Oracle: what parses is built again in the shape of Windows, and parses to the
 * same members.
 */
#include "fuzz.h"

#include "packages/ntlm/wire/wire.h"

#define ROOM (256 * 1024)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM];
    struct wr w = wr_init(room, sizeof(room));
    struct ntlm_negotiate m, again;

    if (ntlm_negotiate_parse(view_of(data, size), &m) != 0)
        return 0;
    FUZZ_CHECK(ntlm_message_type(view_of(data, size)) == NTLM_NEGOTIATE_MESSAGE);
    ntlm_negotiate_build(&w, &m);
    FUZZ_CHECK(!w.failed);
    FUZZ_CHECK(ntlm_negotiate_parse(wr_written(&w), &again) == 0);
    FUZZ_CHECK(again.flags == m.flags);
    FUZZ_CHECK(view_is_equal(again.domain, m.domain));
    FUZZ_CHECK(view_is_equal(again.workstation, m.workstation));
    FUZZ_CHECK(memcmp(again.version, m.version, sizeof(m.version)) == 0);
    return 0;
}
