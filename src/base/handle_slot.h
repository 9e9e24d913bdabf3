/*
 * The slots of a handle table and the one word in each that all threads
 * agree by. Private to src/base; handle.h is the interface.
 */
#ifndef BASE_HANDLE_SLOT_H
#define BASE_HANDLE_SLOT_H

#include "handle.h"

#include <pthread.h>
#include <stdatomic.h>

#define HANDLE_MAX ((size_t)1 << 24)
#define HANDLE_TYPE_MAX 15

/* A number: type (4 bits), generation (35), index + 1 (25; never 0, never all ones). */
#define HANDLE_INDEX_BITS 25
#define HANDLE_GENERATION_BITS 35
#define HANDLE_TYPE_SHIFT (HANDLE_INDEX_BITS + HANDLE_GENERATION_BITS)
#define HANDLE_INDEX_MASK ((UINT64_C(1) << HANDLE_INDEX_BITS) - 1)
#define HANDLE_GENERATION_MASK ((UINT64_C(1) << HANDLE_GENERATION_BITS) - 1)

#define HANDLE_CHUNK 256
#define HANDLE_OWNER_LISTS 1024
#define HANDLE_NO_SLOT UINT32_MAX

struct handle_links {
    uint32_t next, before;
};

/*
 * state: references (28 bits), live (1), generation (35). The other fields
 * are written under the table's mutex while no reference exists, and read by
 * those who hold one, or the mutex. A line of cache each: neighbours are
 * used by other threads.
 */
struct handle_slot {
    _Alignas(64) _Atomic uint64_t state;
    uint64_t owner;
    void *object;
    handle_free_fn *on_free;
    struct handle_links links;      /* list of the owner, or of free slots */
    uint32_t index;
    unsigned type;
};

struct handle_table {
    pthread_mutex_t mutex;
    uint64_t first_generation;
    uint32_t max;
    _Atomic uint32_t used;          /* slots that were ever in use: indices below it exist */
    uint32_t free_first, free_last; /* oldest first: a number is reused as late as possible */
    uint32_t owner_first[HANDLE_OWNER_LISTS];
    _Atomic(struct handle_slot *) chunks[];
};

/* True while anybody holds a reference, be it the table. */
bool handle_slot_is_used(const struct handle_slot *s);
uint64_t handle_slot_number(const struct handle_slot *s);
/* The slot that a number names; NULL when there is none. Says nothing about its generation. */
struct handle_slot *handle_slot_at(struct handle_table *t, uint32_t index);
struct handle_slot *handle_slot_of(struct handle_table *t, uint64_t number);

/* One reference more, if the slot is live and of the number's generation. */
bool handle_slot_ref(struct handle_slot *s, uint64_t number);
/* The same of whatever generation; *number gets the slot's number. */
bool handle_slot_ref_any(struct handle_slot *s, uint64_t *number);
/* Takes references away; with the last, frees the object and then the slot. */
void handle_slot_unref(struct handle_table *t, struct handle_slot *s, uint32_t count);

/* All below: the mutex is held. */
/* A free slot; NULL: full, or no memory. */
struct handle_slot *handle_slot_take(struct handle_table *t);
/* Makes it live with one reference, the table's, and puts it into its owner's list. */
void handle_slot_publish(struct handle_table *t, struct handle_slot *s);
/*
 * Out of use and out of the list; the caller now has the table's reference.
 * False when it was out of use already.
 */
bool handle_slot_retire(struct handle_table *t, struct handle_slot *s);

uint32_t *handle_owner_list(struct handle_table *t, uint64_t owner);

#endif
