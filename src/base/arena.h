/*
 * An arena: memory with the life of one request, freed at once. Small
 * requests are served from a block inside the structure.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "view.h"

#define ARENA_INLINE 1024

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t total;       /* bytes taken from the heap */
    size_t limit;       /* refuses to take more than this */
    size_t inline_used;
    _Alignas(16) uint8_t inline_room[ARENA_INLINE];
};

/* limit: the most bytes it may take from the heap. */
void arena_init(struct arena *a, size_t limit);
/* Frees everything; all of it is wiped first, as requests carry secrets. */
void arena_wipe(struct arena *a);

/* Zeroed, 16-byte aligned; NULL when the limit or the heap is exhausted. */
void *arena_new(struct arena *a, size_t n);
void *arena_copy(struct arena *a, struct view v);
/* count elements of size bytes, with the overflow checked. */
void *arena_array(struct arena *a, size_t count, size_t size);

#endif
