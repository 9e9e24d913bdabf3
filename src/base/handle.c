/*
 * The handle table: numbers that a stranger may hold, and the objects behind
 * them (D3, D28).
 *
 * A number from a client is only a claim. It resolves when slot, generation,
 * type and owner all agree; type and owner are looked at while a reference is
 * held, so the object cannot go meanwhile. on_free runs without any lock
 * held: it may use the table. No specification; runs in lsad, in the embedded
 * authority and in libsspi; trusts no number.
 *
 * The table does not look at process ids: libsspi refuses all handles in a
 * forked child before it comes here.
 */
#include "handle.h"

#include <stdlib.h>
#include <sys/random.h>

#include "handle_slot.h"

_Static_assert(HANDLE_MAX < HANDLE_INDEX_MASK - 1, "no number ends like ~0 or -2");

/* Numbers that differ from run to run show mistakes; secrecy does not rest on them. */
static uint64_t
handle_random_generation(void)
{
    uint64_t n = 0;

    if (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
        abort();
    return n & HANDLE_GENERATION_MASK;
}

/* Chunks come as they are needed; only their addresses have room from the start. */
struct handle_table *
handle_table_new(size_t max)
{
    size_t chunks = (max + HANDLE_CHUNK - 1) / HANDLE_CHUNK;
    struct handle_table *t;

    if (max > HANDLE_MAX)
        return NULL;
    t = calloc(1, sizeof(*t) + chunks * sizeof(t->chunks[0]));
    if (t == NULL)
        return NULL;
    (void)pthread_mutex_init(&t->mutex, NULL);
    t->first_generation = handle_random_generation();
    t->max = (uint32_t)max;
    t->free_first = t->free_last = HANDLE_NO_SLOT;
    for (size_t i = 0; i < HANDLE_OWNER_LISTS; i++)
        t->owner_first[i] = HANDLE_NO_SLOT;
    return t;
}

static uint32_t
handle_table_used(struct handle_table *t)
{
    return atomic_load_explicit(&t->used, memory_order_acquire);
}

/* True for one of those that try at the same time: it owes the table's reference. */
static bool
handle_slot_remove(struct handle_table *t, struct handle_slot *s)
{
    bool mine;

    (void)pthread_mutex_lock(&t->mutex);
    mine = handle_slot_retire(t, s);
    (void)pthread_mutex_unlock(&t->mutex);
    return mine;
}

/* An object may hold references to others, so counts are looked at when all are out. */
static void
handle_table_empty(struct handle_table *t)
{
    for (uint32_t i = 0; i < handle_table_used(t); i++) {
        struct handle_slot *s = handle_slot_at(t, i);

        if (handle_slot_remove(t, s))
            handle_slot_unref(t, s, 1);
    }
    for (uint32_t i = 0; i < handle_table_used(t); i++) {
        if (handle_slot_is_used(handle_slot_at(t, i)))
            abort();
    }
}

void
handle_table_free(struct handle_table *t)
{
    if (t == NULL)
        return;
    handle_table_empty(t);
    for (size_t i = 0; i < (t->max + HANDLE_CHUNK - 1) / HANDLE_CHUNK; i++)
        free(atomic_load_explicit(&t->chunks[i], memory_order_relaxed));
    (void)pthread_mutex_destroy(&t->mutex);
    free(t);
}

/* A wrong type is refused like a full table: the number could never resolve. */
uint64_t
handle_add(struct handle_table *t, unsigned type, uint64_t owner, void *object,
           handle_free_fn *on_free)
{
    struct handle_slot *s;
    uint64_t number = 0;

    if (type == 0 || type > HANDLE_TYPE_MAX)
        return 0;
    (void)pthread_mutex_lock(&t->mutex);
    s = handle_slot_take(t);
    if (s != NULL) {
        s->type = type;
        s->owner = owner;
        s->object = object;
        s->on_free = on_free;
        /* Before others see it: they may remove it at once. */
        number = handle_slot_number(s);
        handle_slot_publish(t, s);
    }
    (void)pthread_mutex_unlock(&t->mutex);
    return number;
}

/*
 * The slot of a number, referenced, when everything about the number is true.
 * The caller's type is compared with the number's before the slot is touched,
 * and with the slot's after: the number is the client's, the slot is ours.
 */
static struct handle_slot *
handle_find(struct handle_table *t, uint64_t number, unsigned type, uint64_t owner)
{
    struct handle_slot *s = handle_slot_of(t, number);

    if (s == NULL || number >> HANDLE_TYPE_SHIFT != type || !handle_slot_ref(s, number))
        return NULL;
    if (s->type != type || s->owner != owner) {
        handle_slot_unref(t, s, 1);
        return NULL;
    }
    return s;
}

void *
handle_get(struct handle_table *t, uint64_t number, unsigned type, uint64_t owner)
{
    struct handle_slot *s = handle_find(t, number, type, owner);

    return s == NULL ? NULL : s->object;
}

/* Only for numbers that handle_get() resolved: anything else is our own mistake. */
void
handle_put(struct handle_table *t, uint64_t number)
{
    struct handle_slot *s = handle_slot_of(t, number);

    if (s == NULL || handle_slot_number(s) != number)
        abort();
    handle_slot_unref(t, s, 1);
}

bool
handle_remove(struct handle_table *t, uint64_t number, unsigned type, uint64_t owner)
{
    struct handle_slot *s = handle_find(t, number, type, owner);
    bool mine;

    if (s == NULL)
        return false;
    /* Two may remove at once: one gets the table's reference beside its own. */
    mine = handle_slot_remove(t, s);
    handle_slot_unref(t, s, mine ? 2 : 1);
    return mine;
}

/* Retires all of one owner; they come back chained, each with the table's reference. */
static uint32_t
handle_retire_owner(struct handle_table *t, uint64_t owner)
{
    uint32_t next = *handle_owner_list(t, owner);
    uint32_t chain = HANDLE_NO_SLOT;

    while (next != HANDLE_NO_SLOT) {
        struct handle_slot *s = handle_slot_at(t, next);

        next = s->links.next;
        if (s->owner == owner && handle_slot_retire(t, s)) {
            s->links.next = chain;
            chain = s->index;
        }
    }
    return chain;
}

/*
 * A client that disconnects leaves hundreds of handles: they are taken out
 * under one lock, and freed after it.
 */
size_t
handle_remove_owner(struct handle_table *t, uint64_t owner)
{
    size_t count = 0;
    uint32_t next;

    (void)pthread_mutex_lock(&t->mutex);
    next = handle_retire_owner(t, owner);
    (void)pthread_mutex_unlock(&t->mutex);
    while (next != HANDLE_NO_SLOT) {
        struct handle_slot *s = handle_slot_at(t, next);

        /* The link is read while the reference keeps the slot from reuse. */
        next = s->links.next;
        handle_slot_unref(t, s, 1);
        count++;
    }
    return count;
}

/* Slot by slot: what is added or removed meanwhile may or may not be met. */
void
handle_each(struct handle_table *t, uint64_t owner,
            void (*fn)(uint64_t number, unsigned type, void *object, void *arg), void *arg)
{
    uint32_t used = handle_table_used(t);
    uint64_t number;

    for (uint32_t i = 0; i < used; i++) {
        struct handle_slot *s = handle_slot_at(t, i);

        if (!handle_slot_ref_any(s, &number))
            continue;
        if (s->owner == owner)
            fn(number, s->type, s->object, arg);
        handle_slot_unref(t, s, 1);
    }
}
