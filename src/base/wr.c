/*
 * wr: the writing cursor.
 *
 * Messages and answers are built through it, into a caller's buffer or into
 * a heap block that grows up to a limit. A write that does not fit writes
 * nothing and makes the cursor fail for good, so a builder puts all its
 * fields and asks once. No specification; runs in every process; trusts its
 * caller's limit, as lengths from a peer may be behind what is written.
 *
 * The heap form grows by copying to a new block and wiping the old one:
 * realloc() would leave copies of session keys in free memory.
 */
#include "wr.h"

#include <stdlib.h>

#include "secret.h"

#define WR_FIRST_ROOM 256

struct wr
wr_init(void *buffer, size_t room)
{
    return (struct wr){ .p = buffer, .room = room, .limit = room };
}

struct wr
wr_init_heap(size_t limit)
{
    return (struct wr){ .limit = limit, .heap = true };
}

/* A fixed buffer is the caller's: wiping it is the caller's as well. */
void
wr_wipe(struct wr *w)
{
    if (w->heap) {
        secret_wipe_free(w->p, w->room);
        w->p = NULL;
        w->room = 0;
    }
    w->len = 0;
    w->failed = false;
}

/* A failed message is not given out even in part; wr_wipe() is still due then. */
uint8_t *
wr_take(struct wr *w, size_t *n)
{
    uint8_t *p = w->p;

    *n = 0;
    if (!w->heap || w->failed || w->len == 0)
        return NULL;
    *n = w->len;
    *w = wr_init_heap(w->limit);
    return p;
}

/* Doubles, so that many small writes cost linear time; need <= limit. */
static size_t
wr_next_room(const struct wr *w, size_t need)
{
    size_t room = w->room < WR_FIRST_ROOM ? WR_FIRST_ROOM : w->room;

    while (room < need)
        room = room > w->limit / 2 ? w->limit : room * 2;
    return room > w->limit ? w->limit : room;
}

/*
 * On failure the cursor keeps its block, so that wr_wipe() finds it. len <= limit always holds:
 * compare with what is left, never add first.
 */
bool
wr_grow(struct wr *w, size_t n)
{
    size_t room;
    uint8_t *p;

    if (!w->heap || n > w->limit - w->len)
        return false;
    room = wr_next_room(w, w->len + n);
    p = malloc(room);
    if (p == NULL)
        return false;
    if (w->len > 0)
        memcpy(p, w->p, w->len);
    secret_wipe_free(w->p, w->room);
    w->p = p;
    w->room = room;
    return true;
}

void
wr_view(struct wr *w, struct view v)
{
    wr_bytes(w, v.p, v.n);
}

/* Reserved fields and room for wr_set_*(): never what the heap happened to hold. */
void
wr_zeros(struct wr *w, size_t n)
{
    uint8_t *to = wr_next(w, n);

    if (to != NULL)
        memset(to, 0, n);
}

void
wr_u16le(struct wr *w, uint16_t v)
{
    const uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

    wr_bytes(w, b, sizeof(b));
}

void
wr_u32le(struct wr *w, uint32_t v)
{
    const uint8_t b[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };

    wr_bytes(w, b, sizeof(b));
}

/* In one piece: a number is written whole or not at all. */
void
wr_u64le(struct wr *w, uint64_t v)
{
    uint8_t b[8];

    for (size_t i = 0; i < sizeof(b); i++)
        b[i] = (uint8_t)(v >> (8 * i));
    wr_bytes(w, b, sizeof(b));
}

void
wr_u16be(struct wr *w, uint16_t v)
{
    const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

    wr_bytes(w, b, sizeof(b));
}

void
wr_u32be(struct wr *w, uint32_t v)
{
    const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };

    wr_bytes(w, b, sizeof(b));
}

/* Only over bytes already written: a wrong offset fails, it does not extend. */
void
wr_set_bytes(struct wr *w, size_t at, const void *p, size_t n)
{
    if (w->failed || at > w->len || n > w->len - at) {
        w->failed = true;
        return;
    }
    if (n > 0)
        memcpy(w->p + at, p, n);
}

void
wr_set_u16le(struct wr *w, size_t at, uint16_t v)
{
    const uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

    wr_set_bytes(w, at, b, sizeof(b));
}

void
wr_set_u32le(struct wr *w, size_t at, uint32_t v)
{
    const uint8_t b[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };

    wr_set_bytes(w, at, b, sizeof(b));
}

/* For lengths that stand before what they measure and have no fixed size (DER). */
void
wr_insert(struct wr *w, size_t at, const void *p, size_t n)
{
    size_t len = w->len;

    if (at > len)
        w->failed = true;
    wr_zeros(w, n);
    if (w->failed || n == 0)
        return;
    memmove(w->p + at + n, w->p + at, len - at);
    memcpy(w->p + at, p, n);
}

/* After a failure half a message is no message. */
struct view
wr_written(const struct wr *w)
{
    return w->failed ? view_of(NULL, 0) : view_of(w->p, w->len);
}

status_t
wr_end(const struct wr *w, status_t on_failure)
{
    return w->failed ? on_failure : 0;
}
