/*
 * SEC_CHANNEL_BINDINGS and its _EX form, the application's, as a package reads
 * them (packages/common/channel_bindings.c).
 *
 * Oracle: a structure that is taken has all its parts inside, by another way of
 * reckoning; and the same parts laid out one behind the other hash alike.
 */
#include "fuzz.h"

#include "packages/common/channel_bindings.h"

#include "base/rd.h"
#include "base/wr.h"

#include "sspi.h"

#define ROOM (64 * 1024)
#define PARTS 3

/* Where the offsets and lengths of initiator, acceptor and data are, behind the longer head. */
static const size_t lengths[PARTS] = { 4, 16, 24 }, offsets[PARTS] = { 8, 20, 28 };

static uint32_t
word(struct view in, size_t at)
{
    struct rd r = rd_init(in);

    rd_skip(&r, at);
    return rd_u32le(&r);
}

/* The short form, packed. */
static struct view
rebuild(struct view in, size_t head, uint8_t *room)
{
    struct wr w = wr_init(room, ROOM);
    size_t at = sizeof(SEC_CHANNEL_BINDINGS);

    for (size_t i = 0; i < PARTS; i++) {
        uint32_t n = word(in, head + lengths[i]);

        if (i < 2)
            wr_u32le(&w, word(in, head + lengths[i] - 4));
        wr_u32le(&w, n);
        wr_u32le(&w, (uint32_t)at);
        at += n;
    }
    for (size_t i = 0; i < PARTS; i++) {
        uint64_t from = word(in, head + offsets[i]), n = word(in, head + lengths[i]);

        FUZZ_CHECK(from + n <= in.n);
        wr_view(&w, view_of(in.p + from, n));
    }
    return w.failed ? view_of(NULL, 0) : wr_written(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM];
    struct view in = view_of(data, size), packed;
    struct channel_bindings got = { 0 }, again = { 0 };
    size_t head;

    if (channel_bindings_parse(in, &got) != 0)
        return 0;
    head = word(in, 0) == SEC_CHANNEL_BINDINGS_EX_MAGIC ? 16 : 0;
    FUZZ_CHECK(got.given && (!got.audit || head != 0));
    packed = rebuild(in, head, room);
    /* A first address type with the magic's value would make it the other form. */
    if (packed.n == 0 || word(packed, 0) == SEC_CHANNEL_BINDINGS_EX_MAGIC)
        return 0;
    FUZZ_CHECK(channel_bindings_parse(packed, &again) == 0);
    FUZZ_CHECK(memcmp(got.hash, again.hash, sizeof(got.hash)) == 0);
    return 0;
}
