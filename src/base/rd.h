/*
 * rd: the reading cursor. All bytes from a peer, a client process or a file
 * are read through it. Failure is sticky: after the first read past the end
 * every getter yields zeros and empty views, and rd_end() reports it once.
 *
 * The cursor borrows its bytes; views taken from it live as long as they do.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include "view.h"

struct rd {
    struct view all;    /* the whole message: fields may point anywhere in it */
    size_t at;          /* offset of the next byte to read */
    bool failed;
};

static inline struct rd
rd_init(struct view in)
{
    return (struct rd){ in, 0, false };
}

/* What every parser does at every octet is here, where the compiler sees it. */
static inline size_t
rd_left(const struct rd *r)
{
    return r->failed ? 0 : r->all.n - r->at;
}

/*
 * The one place that moves the cursor: where the next n bytes are; NULL when they are not there, or
 * n is 0. at <= all.n always holds, so the subtraction in rd_left() cannot wrap and n is compared,
 * never added first.
 */
static inline const uint8_t *
rd_next(struct rd *r, size_t n)
{
    const uint8_t *p;

    if (n > rd_left(r))
        r->failed = true;
    /* An empty message may have no address at all: nothing is added to NULL. */
    if (r->failed || n == 0)
        return NULL;
    p = r->all.p + r->at;
    r->at += n;
    return p;
}

static inline uint8_t
rd_u8(struct rd *r)
{
    const uint8_t *p = rd_next(r, 1);

    return p == NULL ? 0 : p[0];
}

uint16_t rd_u16le(struct rd *r);
uint32_t rd_u32le(struct rd *r);
uint64_t rd_u64le(struct rd *r);
uint16_t rd_u16be(struct rd *r);
uint32_t rd_u32be(struct rd *r);

/* The next n bytes, as a view into the message. */
struct view rd_view(struct rd *r, size_t n);
/* The next n bytes, copied to out; zeros when they are not there. */
void rd_bytes(struct rd *r, void *out, size_t n);
void rd_skip(struct rd *r, size_t n);
/* Fails unless the next n bytes are exactly these. */
void rd_expect(struct rd *r, const void *bytes, size_t n);
void rd_expect_u32le(struct rd *r, uint32_t want);

/* n bytes at an absolute offset of the message; the cursor does not move. */
struct view rd_at(struct rd *r, size_t offset, size_t n);

/* Everything that is left. */
struct view rd_rest(struct rd *r);
/* Makes the cursor fail: for a value that is there but not allowed. */
void rd_fail(struct rd *r);

/* 0, or on_failure when any read failed. Bytes left over are allowed. */
MUST_CHECK status_t rd_end(const struct rd *r, status_t on_failure);
/* The same, and nothing may be left over. */
MUST_CHECK status_t rd_end_exact(const struct rd *r, status_t on_failure);

#endif
