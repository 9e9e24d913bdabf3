/*
 * The user half's table of contexts. Numbers come from the authority, which
 * chose them; a number that is not here is an ordinary error of the caller.
 *
 * Runs in applications, on the path of each message: a shard's lock is held
 * for a few instructions, and never while an entry is used. A context that is
 * deleted while another thread is in it lives until that thread is done.
 */
#include "packages/common/context_map.h"

#include <stdlib.h>

#define BUCKETS_FIRST 8u

void
context_map_init(struct context_map *m, void (*free_entry)(struct context_entry *e))
{
    *m = (struct context_map){ .free_entry = free_entry };
    for (size_t i = 0; i < CONTEXT_MAP_SHARDS; i++)
        pthread_mutex_init(&m->shards[i].lock, NULL);
}

/* Handles often differ in few bits (slots, addresses): spread them over all. */
static uint64_t
context_hash(uint64_t number)
{
    number ^= number >> 32;
    number *= UINT64_C(0x9E3779B97F4A7C15);
    return number ^ number >> 29;
}

static struct context_shard *
context_shard(struct context_map *m, uint64_t number)
{
    return &m->shards[context_hash(number) & (CONTEXT_MAP_SHARDS - 1)];
}

static struct context_entry **
context_bucket(struct context_entry **buckets, size_t count, uint64_t number)
{
    return &buckets[(context_hash(number) / CONTEXT_MAP_SHARDS) & (count - 1)];
}

/* Where the entry is linked, or the end of its chain. */
static struct context_entry **
context_link(const struct context_shard *s, uint64_t number)
{
    struct context_entry **at = context_bucket(s->buckets, s->bucket_count, number);

    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

/* Doubles when there is an entry a bucket; a failed doubling only makes chains longer. */
static bool
context_shard_grow(struct context_shard *s)
{
    size_t count = s->bucket_count == 0 ? BUCKETS_FIRST : s->bucket_count * 2;
    struct context_entry **buckets, *e, *next;

    if (s->used < s->bucket_count)
        return true;
    buckets = calloc(count, sizeof(struct context_entry *));
    if (buckets == NULL)
        return s->bucket_count != 0;
    for (size_t i = 0; i < s->bucket_count; i++) {
        for (e = s->buckets[i]; e != NULL; e = next) {
            struct context_entry **at = context_bucket(buckets, count, e->number);

            next = e->next;
            e->next = *at;
            *at = e;
        }
    }
    free(s->buckets);
    s->buckets = buckets;
    s->bucket_count = count;
    return true;
}

static struct context_entry *
context_unlink(struct context_shard *s, uint64_t number)
{
    struct context_entry **at, *e;

    if (s->bucket_count == 0)
        return NULL;
    at = context_link(s, number);
    e = *at;
    if (e != NULL) {
        *at = e->next;
        s->used--;
    }
    return e;
}

bool
context_map_add(struct context_map *m, uint64_t number, struct context_entry *e)
{
    struct context_shard *s = context_shard(m, number);
    struct context_entry *old = NULL;
    bool ok;

    e->number = number;
    atomic_init(&e->references, 1);
    pthread_mutex_lock(&s->lock);
    ok = context_shard_grow(s);
    if (ok) {
        struct context_entry **at;

        old = context_unlink(s, number);
        at = context_bucket(s->buckets, s->bucket_count, number);
        e->next = *at;
        *at = e;
        s->used++;
    }
    pthread_mutex_unlock(&s->lock);
    if (old != NULL)
        context_map_put(m, old);
    return ok;
}

struct context_entry *
context_map_get(struct context_map *m, uint64_t number)
{
    struct context_shard *s = context_shard(m, number);
    struct context_entry *e = NULL;

    pthread_mutex_lock(&s->lock);
    if (s->bucket_count != 0)
        e = *context_link(s, number);
    if (e != NULL)
        atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
    pthread_mutex_unlock(&s->lock);
    return e;
}

void
context_map_put(struct context_map *m, struct context_entry *e)
{
    if (atomic_fetch_sub_explicit(&e->references, 1, memory_order_acq_rel) == 1)
        m->free_entry(e);
}

bool
context_map_remove(struct context_map *m, uint64_t number)
{
    struct context_shard *s = context_shard(m, number);
    struct context_entry *e;

    pthread_mutex_lock(&s->lock);
    e = context_unlink(s, number);
    pthread_mutex_unlock(&s->lock);
    if (e != NULL)
        context_map_put(m, e);
    return e != NULL;
}
