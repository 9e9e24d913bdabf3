/*
 * The DER reader (ITU-T X.690) on any octets: elements within elements, as
 * deep as they go.
 *
 * Oracle: an element written again from its tag and contents is the same
 * octets, so there is one form for everything; numbers and times read from one
 * are written to the same one.
 */
#include "fuzz.h"

#include "asn1/der.h"

#define ROOM (64 * 1024)
#define DEPTH_MAX 32

static uint8_t room[ROOM];

static void
check_same(const struct wr *w, struct view element)
{
    FUZZ_CHECK(view_is_equal(wr_written(w), element));
}

static void
check_number(struct view element)
{
    struct rd r = rd_init(element);
    struct wr w = wr_init(room, sizeof(room));
    int32_t n = der_get_i32(&r);

    if (r.failed) {
        r = rd_init(element);
        der_put_u32(&w, der_get_u32(&r));
    } else {
        der_put_i32(&w, n);
    }
    if (!r.failed)
        check_same(&w, element);
}

static void
check_time(struct view element)
{
    struct rd r = rd_init(element);
    struct wr w = wr_init(room, sizeof(room));
    int64_t seconds = der_get_time(&r);

    if (r.failed)
        return;
    der_put_time(&w, seconds);
    check_same(&w, element);
}

static void
check_element(struct view element, unsigned depth)
{
    struct rd r = rd_init(element), inner;
    uint8_t tag = element.p[0];
    struct view contents = der_get_view(&r, tag);
    struct wr w = wr_init(room, sizeof(room));

    FUZZ_CHECK(rd_end_exact(&r, -1) == 0);
    der_put_view(&w, tag, contents);
    check_same(&w, element);
    check_number(element);
    check_time(element);
    inner = rd_init(contents);
    while (depth < DEPTH_MAX && rd_left(&inner) > 0) {
        struct view next = der_get_element(&inner);

        if (next.n > 0)
            check_element(next, depth + 1);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_init(view_of(data, size));
    struct view element = der_get_element(&r);

    if (element.n > 0 && size < ROOM)
        check_element(element, 0);
    return 0;
}
