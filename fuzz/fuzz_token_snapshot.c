/*
 * Token snapshots (D10), which any process may pass on.
 *
 * Oracle: the form is canonical, so what parses is built again to the same
 * bytes, group by group.
 */
#include "fuzz.h"

#include "ipc/token.h"

#define ROOM (256 * 1024)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct token_group groups[TOKEN_GROUPS_MAX];
    static uint8_t room[ROOM];
    struct wr w = wr_init(room, sizeof(room));
    struct view in = view_of(data, size);
    struct token_snapshot t;
    uint32_t count = 0;
    struct rd r;

    if (token_snapshot_parse(in, &t) != 0)
        return 0;
    FUZZ_CHECK(t.group_count <= TOKEN_GROUPS_MAX);
    r = rd_init(t.groups);
    while (count < t.group_count) {
        FUZZ_CHECK(token_group_next(&r, &groups[count]));
        count++;
    }
    FUZZ_CHECK(rd_end_exact(&r, -1) == 0);
    token_snapshot_build(&w, &t, groups, count);
    FUZZ_CHECK(!w.failed);
    FUZZ_CHECK(view_is_equal(wr_written(&w), in));
    return 0;
}
