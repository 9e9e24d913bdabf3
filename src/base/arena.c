/*
 * An arena: the memory of one request.
 *
 * A request allocates many small things that all die with its answer. They
 * come from one block inside the structure, then from heap blocks, and go
 * away together. As requests carry passwords and keys, all of it is wiped.
 * No specification; runs in every process; its limit is what bounds the
 * memory that one hostile request can take.
 */
#include "arena.h"

#include <stdlib.h>

#include "secret.h"

#define ARENA_ALIGN 16
/* Big enough that a usual request takes one block. */
#define ARENA_BLOCK 4096

_Static_assert(_Alignof(max_align_t) >= ARENA_ALIGN, "malloc() aligns a block");

struct arena_block {
    struct arena_block *next;
    size_t room;
    size_t used;
    _Alignas(ARENA_ALIGN) uint8_t bytes[];
};

/* The inline room is not zeroed here: most requests use a small part of it. */
void
arena_init(struct arena *a, size_t limit)
{
    a->blocks = NULL;
    a->total = 0;
    a->limit = limit;
    a->inline_used = 0;
}

void
arena_wipe(struct arena *a)
{
    struct arena_block *b = a->blocks;

    while (b != NULL) {
        struct arena_block *next = b->next;

        secret_wipe_free(b, sizeof(*b) + b->room);
        b = next;
    }
    secret_wipe(a->inline_room, a->inline_used);
    arena_init(a, a->limit);
}

/* The most that may be asked for without the sums below wrapping. */
static bool
arena_round(size_t n, size_t *rounded)
{
    if (n > SIZE_MAX - ARENA_ALIGN - sizeof(struct arena_block))
        return false;
    *rounded = (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    return true;
}

/* Headers count towards the limit, or a million empty blocks would be free. */
static bool
arena_grow(struct arena *a, size_t n)
{
    size_t room = n < ARENA_BLOCK ? ARENA_BLOCK : n;
    struct arena_block *b;

    /* Near the limit a whole block may not fit where the request still does. */
    if (sizeof(*b) + room > a->limit - a->total)
        room = n;
    if (sizeof(*b) + room > a->limit - a->total)
        return false;
    b = malloc(sizeof(*b) + room);
    if (b == NULL)
        return false;
    *b = (struct arena_block){ .next = a->blocks, .room = room };
    a->blocks = b;
    a->total += sizeof(*b) + room;
    return true;
}

/*
 * The rest of a block is given up when something bigger comes: a request is
 * short, and searching older blocks would cost more than it saves.
 */
static uint8_t *
arena_place(struct arena *a, size_t n)
{
    struct arena_block *b = a->blocks;

    if (n <= ARENA_INLINE - a->inline_used) {
        a->inline_used += n;
        return a->inline_room + a->inline_used - n;
    }
    if ((b == NULL || n > b->room - b->used) && !arena_grow(a, n))
        return NULL;
    b = a->blocks;
    b->used += n;
    return b->bytes + b->used - n;
}

void *
arena_new(struct arena *a, size_t n)
{
    size_t rounded;
    uint8_t *p;

    /* Something distinct for nothing, so that NULL always means failure. */
    if (!arena_round(n == 0 ? 1 : n, &rounded))
        return NULL;
    p = arena_place(a, rounded);
    if (p != NULL)
        memset(p, 0, rounded);
    return p;
}

/* NULL means failure only: an empty view gives a place too. */
void *
arena_copy(struct arena *a, struct view v)
{
    void *p = arena_new(a, v.n);

    if (p != NULL && v.n > 0)
        memcpy(p, v.p, v.n);
    return p;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n;

    if (__builtin_mul_overflow(count, size, &n))
        return NULL;
    return arena_new(a, n);
}
