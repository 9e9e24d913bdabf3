/*
 * Slots of the handle table: references, reuse, and the owners' lists.
 *
 * The state word decides everything. A look-up adds a reference by
 * compare-and-swap only while the word says "live" and carries the number's
 * generation; taking a slot out of use clears "live", and the table gives up
 * its own reference; whoever brings the count of a slot that is not live to
 * zero frees the object. From then on no look-up can succeed, so the slot's
 * plain fields may be rewritten. Slots lie in chunks that are freed with the
 * table only: a stale number always finds a slot to be refused by.
 *
 * Runs in every process that hands out handles; numbers may be forged,
 * counts of references are the program's own and abort when wrong.
 */
#include "handle_slot.h"

#include <stdlib.h>

#define STATE_REF UINT64_C(1)
#define STATE_REFS_MASK ((UINT64_C(1) << 28) - 1)
#define STATE_LIVE (UINT64_C(1) << 28)
#define STATE_GENERATION_SHIFT 29

/* Odd, and spreads consecutive numbers (2^64 divided by the golden ratio). */
#define OWNER_HASH UINT64_C(0x9e3779b97f4a7c15)
#define OWNER_HASH_SHIFT 54

static uint64_t
state_generation(uint64_t state)
{
    return state >> STATE_GENERATION_SHIFT;
}

static uint64_t
number_make(unsigned type, uint64_t generation, uint32_t index)
{
    return (uint64_t)type << HANDLE_TYPE_SHIFT | generation << HANDLE_INDEX_BITS
           | ((uint64_t)index + 1);
}

static uint64_t
number_generation(uint64_t number)
{
    return number >> HANDLE_INDEX_BITS & HANDLE_GENERATION_MASK;
}

bool
handle_slot_is_used(const struct handle_slot *s)
{
    return (atomic_load_explicit(&s->state, memory_order_relaxed) & STATE_REFS_MASK) != 0;
}

uint64_t
handle_slot_number(const struct handle_slot *s)
{
    uint64_t state = atomic_load_explicit(&s->state, memory_order_relaxed);

    return number_make(s->type, state_generation(state), s->index);
}

struct handle_slot *
handle_slot_at(struct handle_table *t, uint32_t index)
{
    struct handle_slot *chunk;

    if (index >= t->max)
        return NULL;
    chunk = atomic_load_explicit(&t->chunks[index / HANDLE_CHUNK], memory_order_acquire);
    return chunk == NULL ? NULL : &chunk[index % HANDLE_CHUNK];
}

struct handle_slot *
handle_slot_of(struct handle_table *t, uint64_t number)
{
    uint64_t i = number & HANDLE_INDEX_MASK;

    return i == 0 ? NULL : handle_slot_at(t, (uint32_t)(i - 1));
}

/*
 * One attempt; *state gets the word as it is when another thread was faster.
 * Acquire pairs with the release in handle_slot_publish(): who has the
 * reference sees the object as it was put in.
 *
 * The count has 28 bits: a program that fills it leaks references, and must
 * not wrap into the live bit.
 */
static bool
handle_slot_try_ref(struct handle_slot *s, uint64_t *state)
{
    if ((*state & STATE_REFS_MASK) == STATE_REFS_MASK)
        abort();
    return atomic_compare_exchange_weak_explicit(&s->state, state, *state + STATE_REF,
                                                 memory_order_acquire, memory_order_relaxed);
}

bool
handle_slot_ref(struct handle_slot *s, uint64_t number)
{
    uint64_t generation = number_generation(number);
    uint64_t state = atomic_load_explicit(&s->state, memory_order_relaxed);

    while ((state & STATE_LIVE) != 0 && state_generation(state) == generation) {
        if (handle_slot_try_ref(s, &state))
            return true;
    }
    return false;
}

/* For walks over all slots, which know no number beforehand. */
bool
handle_slot_ref_any(struct handle_slot *s, uint64_t *number)
{
    uint64_t state = atomic_load_explicit(&s->state, memory_order_relaxed);

    while ((state & STATE_LIVE) != 0) {
        if (handle_slot_try_ref(s, &state)) {
            *number = number_make(s->type, state_generation(state), s->index);
            return true;
        }
    }
    return false;
}

/* The next generation makes all numbers of the last one stale; 35 bits then wrap to 0. */
static void
handle_slot_give_back(struct handle_table *t, struct handle_slot *s)
{
    uint64_t state = atomic_load_explicit(&s->state, memory_order_relaxed);
    uint64_t next = (state_generation(state) + 1) & HANDLE_GENERATION_MASK;

    (void)pthread_mutex_lock(&t->mutex);
    atomic_store_explicit(&s->state, next << STATE_GENERATION_SHIFT, memory_order_relaxed);
    s->links.next = HANDLE_NO_SLOT;
    if (t->free_last == HANDLE_NO_SLOT)
        t->free_first = s->index;
    else
        handle_slot_at(t, t->free_last)->links.next = s->index;
    t->free_last = s->index;
    (void)pthread_mutex_unlock(&t->mutex);
}

/*
 * The object goes before its slot: until on_free has returned, the slot
 * counts against the table's maximum, so slow destruction cannot pile up
 * objects beyond it. Acquire-release: the last one to put sees what all
 * others did with the object.
 */
void
handle_slot_unref(struct handle_table *t, struct handle_slot *s, uint32_t count)
{
    uint64_t before = atomic_fetch_sub_explicit(&s->state, count, memory_order_acq_rel);
    handle_free_fn *on_free;
    void *object;

    if ((before & STATE_REFS_MASK) < count)
        abort();
    if ((before & STATE_REFS_MASK) > count)
        return;
    /* A live slot has the table's reference at least. */
    if ((before & STATE_LIVE) != 0)
        abort();
    on_free = s->on_free;
    object = s->object;
    if (on_free != NULL)
        on_free(object);
    handle_slot_give_back(t, s);
}

/*
 * Whole before it is visible: look-ups of forged numbers may reach any slot of
 * a chunk as soon as its address is stored, and find it not live.
 */
static struct handle_slot *
handle_chunk_new(struct handle_table *t, uint32_t first)
{
    struct handle_slot *chunk = aligned_alloc(_Alignof(struct handle_slot),
                                              sizeof(*chunk) * HANDLE_CHUNK);

    if (chunk == NULL)
        return NULL;
    for (uint32_t i = 0; i < HANDLE_CHUNK; i++) {
        chunk[i] = (struct handle_slot){ .index = first + i };
        atomic_init(&chunk[i].state, t->first_generation << STATE_GENERATION_SHIFT);
    }
    atomic_store_explicit(&t->chunks[first / HANDLE_CHUNK], chunk, memory_order_release);
    return chunk;
}

/* A slot never used before. Only when no old one is free, or memory would grow to the maximum. */
static struct handle_slot *
handle_slot_take_new(struct handle_table *t)
{
    uint32_t i = atomic_load_explicit(&t->used, memory_order_relaxed);

    if (i == t->max)
        return NULL;
    if (i % HANDLE_CHUNK == 0 && handle_slot_at(t, i) == NULL && handle_chunk_new(t, i) == NULL)
        return NULL;
    atomic_store_explicit(&t->used, i + 1, memory_order_release);
    return handle_slot_at(t, i);
}

/* The one that is free for longest, so that a number comes back as late as possible. */
struct handle_slot *
handle_slot_take(struct handle_table *t)
{
    struct handle_slot *s;

    if (t->free_first == HANDLE_NO_SLOT)
        return handle_slot_take_new(t);
    s = handle_slot_at(t, t->free_first);
    t->free_first = s->links.next;
    if (t->free_first == HANDLE_NO_SLOT)
        t->free_last = HANDLE_NO_SLOT;
    return s;
}

/* Owners share lists by their hash: whoever walks one compares the owner too. */
uint32_t *
handle_owner_list(struct handle_table *t, uint64_t owner)
{
    return &t->owner_first[owner * OWNER_HASH >> OWNER_HASH_SHIFT];
}

void
handle_slot_publish(struct handle_table *t, struct handle_slot *s)
{
    uint32_t *first = handle_owner_list(t, s->owner);
    uint64_t state = atomic_load_explicit(&s->state, memory_order_relaxed);

    s->links = (struct handle_links){ .next = *first, .before = HANDLE_NO_SLOT };
    if (*first != HANDLE_NO_SLOT)
        handle_slot_at(t, *first)->links.before = s->index;
    *first = s->index;
    /* Release: whoever sees "live" sees the fields. */
    atomic_store_explicit(&s->state, state | STATE_LIVE | STATE_REF, memory_order_release);
}

/*
 * Atomic although the mutex is held: look-ups change the same word without
 * it. The generation stays until the last reference is put, so the numbers
 * of those who still hold one keep leading here.
 */
bool
handle_slot_retire(struct handle_table *t, struct handle_slot *s)
{
    uint64_t before = atomic_fetch_and_explicit(&s->state, ~STATE_LIVE, memory_order_acq_rel);

    if ((before & STATE_LIVE) == 0)
        return false;
    if (s->links.before == HANDLE_NO_SLOT)
        *handle_owner_list(t, s->owner) = s->links.next;
    else
        handle_slot_at(t, s->links.before)->links.next = s->links.next;
    if (s->links.next != HANDLE_NO_SLOT)
        handle_slot_at(t, s->links.next)->links.before = s->links.before;
    return true;
}
