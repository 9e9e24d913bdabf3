/*
 * context_map.h: the user half's contexts by the number that the LSA half
 * gave them. The number means nothing in this process, so it is looked up on
 * each message: 32 shards, one short lock each.
 */
#ifndef PACKAGES_COMMON_CONTEXT_MAP_H
#define PACKAGES_COMMON_CONTEXT_MAP_H

#include "base/view.h"

#include <pthread.h>
#include <stdatomic.h>

#define CONTEXT_MAP_SHARDS 32u      /* a power of two */

/* The first member of a package's user-mode context. */
struct context_entry {
    uint64_t number;
    struct context_entry *next;
    atomic_uint references;         /* one of them is the map's */
};

struct context_map {
    void (*free_entry)(struct context_entry *e);
    struct context_shard {
        pthread_mutex_t lock;
        struct context_entry **buckets;
        size_t bucket_count, used;
    } shards[CONTEXT_MAP_SHARDS];
};

/* free_entry is called when an entry has left the map and its last user is done. */
void context_map_init(struct context_map *m, void (*free_entry)(struct context_entry *e));
/*
 * Takes e over, with the number; what was there under it before is removed
 * (InitUserModeContext again for the same handle replaces). False: no memory.
 */
MUST_CHECK bool context_map_add(struct context_map *m, uint64_t number, struct context_entry *e);
/* Referenced: give it back by context_map_put(). NULL: no such context. */
struct context_entry *context_map_get(struct context_map *m, uint64_t number);
void context_map_put(struct context_map *m, struct context_entry *e);
/* False: there was none. */
bool context_map_remove(struct context_map *m, uint64_t number);

#endif
