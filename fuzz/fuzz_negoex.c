/*
 * NegoEx's messages (MS-NEGOEX 2.2), one token of them.
 *
 * Oracle: the messages lie one behind the other and are the whole token; what was parsed is
 * built again and then parses to the same.
 */
#include "fuzz.h"

#include "packages/negotiate/wire/negoex.h"

#define ROOM (256 * 1024)

static uint8_t room[ROOM];

static void
message_check(const struct negoex_message *m)
{
    struct wr w = wr_init(room, sizeof(room));
    struct negoex_message again;
    struct rd r;

    negoex_message_put(&w, m);
    FUZZ_CHECK(!w.failed);
    r = rd_init(wr_written(&w));
    FUZZ_CHECK(negoex_message_get(&r, &again) == 0 && rd_left(&r) == 0);
    FUZZ_CHECK(again.type == m->type && again.sequence == m->sequence);
    FUZZ_CHECK(memcmp(again.conversation, m->conversation, NEGOEX_GUID) == 0);
    FUZZ_CHECK(memcmp(again.random, m->random, NEGOEX_RANDOM) == 0);
    FUZZ_CHECK(memcmp(again.scheme, m->scheme, NEGOEX_GUID) == 0);
    FUZZ_CHECK(view_is_equal(again.schemes, m->schemes) && view_is_equal(again.body, m->body));
    FUZZ_CHECK(again.checksum_type == m->checksum_type && again.error == m->error);
    FUZZ_CHECK(again.no_key == m->no_key);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_init(view_of(data, size));
    struct negoex_message m;

    if (size > ROOM / 2)
        return 0;
    while (rd_left(&r) > 0 && negoex_message_get(&r, &m) == 0) {
        FUZZ_CHECK(m.whole.n > 0 && m.whole.p + m.whole.n == data + r.at);
        FUZZ_CHECK(m.schemes.n % NEGOEX_GUID == 0);
        message_check(&m);
    }
    return 0;
}
