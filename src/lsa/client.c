/*
 * Clients: one a process that talks to the authority. A client owns handles; when
 * it goes, its contexts and credentials are deleted in their packages.
 *
 * Also the limits that keep one client from harming others: quotas of its
 * service, the rate of failed logons of its uid there (D1), and the deadline of
 * a handshake.
 */
#include "lsa/lsa_internal.h"

#include "base/filetime.h"
#include "base/log.h"

#include <stdlib.h>

#define RATE_PERIOD_MS (60 * 1000)
#define REAP_BATCH 64

/* LUIDs of logon sessions: the system's for uid 0, one a uid otherwise (D4). */
#define CLIENT_LUID_SYSTEM_LOW 0x3e7u
#define CLIENT_LUID_USER_HIGH 1

bool
lsa_quota_take(atomic_uint *used, const atomic_uint *max)
{
    if (atomic_fetch_add(used, 1) < atomic_load(max))
        return true;
    atomic_fetch_sub(used, 1);
    return false;
}

void
lsa_quota_give(atomic_uint *used)
{
    atomic_fetch_sub(used, 1);
}

/* Found or made; under the lock. */
static struct lsa_rate *
rate_get(struct lsa *l, struct lsa_service *service, uint32_t uid)
{
    struct lsa_rate *r;

    for (r = l->rates; r; r = r->next) {
        if (r->service == service && r->uid == uid) {
            r->references++;
            return r;
        }
    }
    r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->service = service;
    r->uid = uid;
    r->references = 1;
    r->next = l->rates;
    l->rates = r;
    return r;
}

static bool
rate_is_old(const struct lsa_rate *r)
{
    return filetime_boot_ms() - atomic_load(&r->since) >= RATE_PERIOD_MS;
}

/*
 * Under the lock. Counts outlive the processes that made them, or a client would
 * begin afresh by reconnecting: unused ones go once their minute is over.
 */
static void
rate_sweep(struct lsa *l)
{
    struct lsa_rate **link = &l->rates, *r;

    while ((r = *link)) {
        if (r->references == 0 && rate_is_old(r)) {
            *link = r->next;
            free(r);
        } else {
            link = &r->next;
        }
    }
}

bool
lsa_rate_is_exceeded(const struct lsa_client *c)
{
    return !rate_is_old(c->rate)
           && atomic_load(&c->rate->count) >= atomic_load(&c->service->failures_per_minute);
}

void
lsa_rate_add(struct lsa_client *c)
{
    if (rate_is_old(c->rate)) {
        atomic_store(&c->rate->since, filetime_boot_ms());
        atomic_store(&c->rate->count, 0);
    }
    atomic_fetch_add(&c->rate->count, 1);
}

struct lsa_client *
lsa_client_new(struct lsa *l, const struct lsa_identity *id, struct lsa_service *service)
{
    struct lsa_client *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->lsa = l;
    c->id = *id;
    c->service = service;
    c->owner = atomic_fetch_add(&l->next_owner, 1);
    c->logon_id.LowPart = id->uid == 0 ? CLIENT_LUID_SYSTEM_LOW : id->uid;
    c->logon_id.HighPart = id->uid == 0 ? 0 : CLIENT_LUID_USER_HIGH;

    pthread_mutex_lock(&l->lock);
    c->rate = rate_get(l, service, id->uid);
    if (c->rate) {
        c->next = l->clients;
        c->link = &l->clients;
        if (c->next)
            c->next->link = &c->next;
        l->clients = c;
    }
    pthread_mutex_unlock(&l->lock);

    if (!c->rate) {
        free(c);
        return NULL;
    }
    return c;
}

void
lsa_client_free(struct lsa_client *c)
{
    struct lsa *l;

    if (!c)
        return;
    l = c->lsa;
    atomic_store(&c->leaving, true);
    handle_remove_owner(l->objects, c->owner);

    pthread_mutex_lock(&l->lock);
    *c->link = c->next;
    if (c->next)
        c->next->link = c->link;
    c->rate->references--;
    rate_sweep(l);
    pthread_mutex_unlock(&l->lock);
    free(c);
}

struct reap_batch {
    int64_t now;
    struct {
        uint64_t owner, number;
    } v[REAP_BATCH];
    size_t count;
    uint64_t owner;
};

static void
reap_look(uint64_t number, unsigned type, void *object, void *arg)
{
    struct reap_batch *b = arg;
    const struct lsa_context *c = object;

    if (type != LSA_HANDLE_CONTEXT || b->count == REAP_BATCH)
        return;
    if (!atomic_load(&c->half_open) || c->deadline > b->now)
        return;
    b->v[b->count].owner = b->owner;
    b->v[b->count++].number = number;
}

void
lsa_reap(struct lsa *l)
{
    struct reap_batch b = { .now = filetime_boot_ms() };

    pthread_mutex_lock(&l->lock);
    rate_sweep(l);
    for (struct lsa_client *c = l->clients; c; c = c->next) {
        b.owner = c->owner;
        handle_each(l->objects, c->owner, reap_look, &b);
    }
    pthread_mutex_unlock(&l->lock);

    for (size_t i = 0; i < b.count; i++)
        handle_remove(l->objects, b.v[i].number, LSA_HANDLE_CONTEXT, b.v[i].owner);
    if (b.count)
        log_notice("handshakes_timed_out", LOG_N("count", b.count));
}
