/*
 * rd: the reading cursor.
 *
 * Every byte that a peer, a client process or a file chose passes through
 * here, so that there is one bounds check in the project instead of one a
 * parser. Failure is sticky: a parser reads all its fields in the order of
 * the specification's table and asks once, at the end, whether they were
 * there. No specification; runs in every process; trusts no byte and no
 * length it is given.
 */
#include "rd.h"

void
rd_fail(struct rd *r)
{
    r->failed = true;
}

uint16_t
rd_u16le(struct rd *r)
{
    const uint8_t *p = rd_next(r, 2);

    if (p == NULL)
        return 0;
    return (uint16_t)(p[0] | p[1] << 8);
}

uint32_t
rd_u32le(struct rd *r)
{
    const uint8_t *p = rd_next(r, 4);

    if (p == NULL)
        return 0;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Eight bytes are taken at once: half a number would be worse than none. */
uint64_t
rd_u64le(struct rd *r)
{
    struct rd number = rd_init(rd_view(r, 8));
    uint64_t low = rd_u32le(&number);

    return low | (uint64_t)rd_u32le(&number) << 32;
}

uint16_t
rd_u16be(struct rd *r)
{
    const uint8_t *p = rd_next(r, 2);

    if (p == NULL)
        return 0;
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
rd_u32be(struct rd *r)
{
    const uint8_t *p = rd_next(r, 4);

    if (p == NULL)
        return 0;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

struct view
rd_view(struct rd *r, size_t n)
{
    const uint8_t *p = rd_next(r, n);

    return p == NULL ? view_of(NULL, 0) : view_of(p, n);
}

/* out is always written, so a caller that asks rd_end() late computes on zeros, not on stack. */
void
rd_bytes(struct rd *r, void *out, size_t n)
{
    const uint8_t *p = rd_next(r, n);

    if (n == 0)
        return;
    if (p == NULL)
        memset(out, 0, n);
    else
        memcpy(out, p, n);
}

void
rd_skip(struct rd *r, size_t n)
{
    (void)rd_next(r, n);
}

void
rd_expect(struct rd *r, const void *bytes, size_t n)
{
    const uint8_t *p = rd_next(r, n);

    if (p != NULL && memcmp(p, bytes, n) != 0)
        r->failed = true;
}

void
rd_expect_u32le(struct rd *r, uint32_t want)
{
    if (rd_u32le(r) != want)
        r->failed = true;
}

/*
 * Offset and length are both the peer's: their sum may wrap, so it is never
 * formed.
 */
struct view
rd_at(struct rd *r, size_t offset, size_t n)
{
    if (offset > r->all.n || n > r->all.n - offset)
        r->failed = true;
    if (r->failed || n == 0)
        return view_of(NULL, 0);
    return view_of(r->all.p + offset, n);
}

struct view
rd_rest(struct rd *r)
{
    return rd_view(r, rd_left(r));
}

status_t
rd_end(const struct rd *r, status_t on_failure)
{
    return r->failed ? on_failure : 0;
}

status_t
rd_end_exact(const struct rd *r, status_t on_failure)
{
    return r->failed || r->at != r->all.n ? on_failure : 0;
}
