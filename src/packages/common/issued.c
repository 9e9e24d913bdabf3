/*
 * What contexts of this authority have sent, so that the context that gets it knows that both ends
 * are here: a logon within one machine (SECPKG_ATTR_IS_LOOPBACK), or, where the client meant to go
 * somewhere else, a reflected one (NTLM's logon.c has that story).
 *
 * Names are compared whole. A target with marshalled data behind the host's name
 * ("host1UWhRC...") is therefore no local name, which is the safe side.
 *
 * Runs in the authority. Marks are made of random bytes and serve as their own hash; a shard's lock
 * is held for a few comparisons.
 */
#include "packages/common/issued.h"

#include "base/str16.h"

#include <pthread.h>

#define SHARDS 64u
#define BUCKETS 64u

static struct issued_shard {
    pthread_mutex_t lock;
    struct issued *buckets[BUCKETS];
} shards[SHARDS] = {
    [0 ... SHARDS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};

static struct issued_shard *
issued_shard(const uint8_t mark[ISSUED_MARK_SIZE])
{
    return &shards[mark[0] % SHARDS];
}

/* Where the mark is linked, or the end of its chain. Under the shard's lock. */
static struct issued **
issued_link(struct issued_shard *s, const uint8_t mark[ISSUED_MARK_SIZE])
{
    struct issued **at = &s->buckets[mark[1] % BUCKETS];

    while (*at != NULL && memcmp((*at)->mark, mark, ISSUED_MARK_SIZE) != 0)
        at = &(*at)->next;
    return at;
}

void
issued_add(struct issued *i)
{
    struct issued_shard *s = issued_shard(i->mark);
    struct issued **at = &s->buckets[i->mark[1] % BUCKETS];

    pthread_mutex_lock(&s->lock);
    i->next = *at;
    *at = i;
    i->listed = true;
    pthread_mutex_unlock(&s->lock);
}

void
issued_remove(struct issued *i)
{
    struct issued_shard *s = issued_shard(i->mark);
    struct issued **at = &s->buckets[i->mark[1] % BUCKETS];

    pthread_mutex_lock(&s->lock);
    while (i->listed && *at != NULL && *at != i)
        at = &(*at)->next;
    if (i->listed && *at == i)
        *at = i->next;
    i->listed = false;
    pthread_mutex_unlock(&s->lock);
}

bool
issued_answer(const uint8_t mark[ISSUED_MARK_SIZE], bool elsewhere, struct view target)
{
    struct issued_shard *s = issued_shard(mark);
    struct issued *i;

    pthread_mutex_lock(&s->lock);
    i = *issued_link(s, mark);
    if (i != NULL)
        i->answered = true;
    if (i != NULL && elsewhere && !i->stray) {
        i->stray = true;
        if (!str16_to_utf8_into(target, i->target, sizeof(i->target)))
            i->target[0] = '\0';
    }
    pthread_mutex_unlock(&s->lock);
    return i != NULL;
}

bool
issued_is_answered(struct issued *i)
{
    struct issued_shard *s = issued_shard(i->mark);
    bool answered;

    pthread_mutex_lock(&s->lock);
    answered = i->answered;
    pthread_mutex_unlock(&s->lock);
    return answered;
}

bool
issued_is_stray(struct issued *i, char target[ISSUED_TARGET_MAX])
{
    struct issued_shard *s = issued_shard(i->mark);
    bool stray;

    pthread_mutex_lock(&s->lock);
    stray = i->stray;
    memcpy(target, i->target, ISSUED_TARGET_MAX);
    pthread_mutex_unlock(&s->lock);
    return stray;
}
