/*
 * Handshakes under way: half-open contexts, in a list of their own so that the
 * reaper looks at them and at nothing else, however many contexts there are.
 *
 * The lock is held for a few instructions, never while a package runs.
 */
#include "lsa/lsa_internal.h"

#include "base/filetime.h"
#include "base/log.h"

#define REAP_BATCH 64

/* The list only; half_open says whether the quota is still taken. */
static void
handshake_unlink(struct lsa_context *c)
{
    if (!c->link)
        return;
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    c->link = NULL;
}

static void
handshake_link(struct lsa *l, struct lsa_context *c)
{
    c->next = l->handshakes;
    c->link = &l->handshakes;
    if (c->next)
        c->next->link = &c->next;
    l->handshakes = c;
}

/*
 * Once the number exists another thread may delete the context: it is listed under
 * the lock that lsa_handshake_end() takes on the way to the context's end.
 */
uint64_t
lsa_handshake_begin(struct lsa_context *c, handle_free_fn *on_free)
{
    struct lsa *l = c->client->lsa;
    uint64_t number;

    pthread_mutex_lock(&l->handshakes_lock);
    number = handle_add(l->objects, LSA_HANDLE_CONTEXT, c->client->owner, c, on_free);
    if (number) {
        c->number = number;
        handshake_link(l, c);
    }
    pthread_mutex_unlock(&l->handshakes_lock);
    return number;
}

void
lsa_handshake_end(struct lsa_context *c)
{
    struct lsa *l = c->client->lsa;
    bool was_half_open;

    pthread_mutex_lock(&l->handshakes_lock);
    was_half_open = c->half_open;
    c->half_open = false;
    handshake_unlink(c);
    pthread_mutex_unlock(&l->handshakes_lock);
    if (!was_half_open)
        return;
    lsa_quota_give(&c->client->service->half_open);
    atomic_fetch_sub(&l->counters.half_open, 1);
}

/* A number and its owner are only a claim, so the context may go meanwhile. */
struct handshake_claim {
    uint64_t number, owner;
};

/* Each leaves the list when it is found, so that one in use elsewhere is not found for ever. */
static size_t
handshakes_expired(struct lsa *l, int64_t now, struct handshake_claim claims[REAP_BATCH])
{
    struct lsa_context *c, *next;
    size_t n = 0;

    pthread_mutex_lock(&l->handshakes_lock);
    for (c = l->handshakes; c && n < REAP_BATCH; c = next) {
        next = c->next;
        if (c->deadline > now)
            continue;
        claims[n++] = (struct handshake_claim){ c->number, c->client->owner };
        handshake_unlink(c);
    }
    pthread_mutex_unlock(&l->handshakes_lock);
    return n;
}

void
lsa_reap(struct lsa *l)
{
    struct handshake_claim claims[REAP_BATCH];
    int64_t now = filetime_boot_ms();
    size_t n, count = 0;

    lsa_rates_sweep(l);
    lsa_lockout_tick(l);
    do {
        n = handshakes_expired(l, now, claims);
        for (size_t i = 0; i < n; i++)
            count +=
                handle_remove(l->objects, claims[i].number, LSA_HANDLE_CONTEXT, claims[i].owner);
    } while (n == REAP_BATCH);
    if (count)
        log_notice("handshakes_timed_out", LOG_N("count", count));
}
