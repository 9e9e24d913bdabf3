/*
 * wr: the writing cursor over a buffer of fixed room, or over a heap block
 * that grows up to a limit. Failure (no room, no memory) is sticky and
 * wr_end() reports it once; len goes on counting nothing after it.
 */
#ifndef BASE_WR_H
#define BASE_WR_H

#include "view.h"

struct wr {
    uint8_t *p;
    size_t len;     /* bytes written */
    size_t room;    /* bytes that fit now */
    size_t limit;   /* heap form: may grow to this; fixed form: equals room */
    bool heap;
    bool failed;
};

struct wr wr_init(void *buffer, size_t room);
/* The heap form: free with wr_wipe(), or take the block with wr_take(). */
struct wr wr_init_heap(size_t limit);
/* Wipes and frees a heap block; for a fixed buffer only resets the cursor. */
void wr_wipe(struct wr *w);
/* The heap block, now the caller's (free()); NULL when nothing was written or on failure. */
uint8_t *wr_take(struct wr *w, size_t *n);

/* Makes room for n bytes more, where that is allowed; wr_next() asks. */
bool wr_grow(struct wr *w, size_t n);

/*
 * The place of the next n bytes; NULL when there is none, or nothing to write. What every builder
 * does at every field is here, where the compiler sees it.
 */
static inline uint8_t *
wr_next(struct wr *w, size_t n)
{
    uint8_t *p;

    /* len <= room always holds: compare with what is left, never add first. */
    if (!w->failed && n > w->room - w->len)
        w->failed = !wr_grow(w, n);
    if (w->failed || n == 0)
        return NULL;
    p = w->p + w->len;
    w->len += n;
    return p;
}

static inline void
wr_bytes(struct wr *w, const void *p, size_t n)
{
    uint8_t *to = wr_next(w, n);

    if (to != NULL)
        memcpy(to, p, n);
}

static inline void
wr_u8(struct wr *w, uint8_t v)
{
    wr_bytes(w, &v, 1);
}

void wr_u16le(struct wr *w, uint16_t v);
void wr_u32le(struct wr *w, uint32_t v);
void wr_u64le(struct wr *w, uint64_t v);
void wr_u16be(struct wr *w, uint16_t v);
void wr_u32be(struct wr *w, uint32_t v);
void wr_view(struct wr *w, struct view v);
void wr_zeros(struct wr *w, size_t n);

/* Overwrites bytes already written: lengths and offsets known only later. */
void wr_set_u16le(struct wr *w, size_t at, uint16_t v);
void wr_set_u32le(struct wr *w, size_t at, uint32_t v);
void wr_set_bytes(struct wr *w, size_t at, const void *p, size_t n);
/* Puts bytes in front of those from at on; p is not in the buffer. */
void wr_insert(struct wr *w, size_t at, const void *p, size_t n);

struct view wr_written(const struct wr *w);
MUST_CHECK status_t wr_end(const struct wr *w, status_t on_failure);

#endif
