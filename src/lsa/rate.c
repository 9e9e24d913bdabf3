/*
 * The rate of failed logons (D1): past the limit of a minute further ones are
 * refused before a password is looked at.
 *
 * A server that says who its peer is has them counted by that peer's address:
 * one stranger does not turn the service off for everybody else. Where no address
 * is known they are counted by the service and the server's uid.
 *
 * Runs in lsad and in the embedded authority. Trusts the service to tell the
 * truth about its peers: who can lie there can only raise its own limit.
 */
#include "lsa/lsa_internal.h"

#include "base/filetime.h"
#include "crypto/crypto.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#define RATE_PERIOD_MS (60 * 1000)
#define RATE_IPV6_PREFIX 8          /* bytes: a /64, which one host may own */
#define RATE_IPV4_MAPPED 12         /* bytes before the IPv4 address */

/* ---- by service and uid ------------------------------------------------ */

/* Found or made; under the lock. */
static struct lsa_rate *
rate_find(struct lsa *l, struct lsa_service *service, uint32_t uid)
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
rates_sweep(struct lsa *l)
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

void
lsa_rates_sweep(struct lsa *l)
{
    pthread_mutex_lock(&l->rates_lock);
    rates_sweep(l);
    pthread_mutex_unlock(&l->rates_lock);
}

void
lsa_rates_free(struct lsa *l)
{
    struct lsa_rate *r;

    while ((r = l->rates)) {
        l->rates = r->next;
        free(r);
    }
}

struct lsa_rate *
lsa_rate_get(struct lsa *l, struct lsa_service *service, uint32_t uid)
{
    struct lsa_rate *r;

    pthread_mutex_lock(&l->rates_lock);
    r = rate_find(l, service, uid);
    pthread_mutex_unlock(&l->rates_lock);
    return r;
}

void
lsa_rate_put(struct lsa *l, struct lsa_rate *r)
{
    pthread_mutex_lock(&l->rates_lock);
    r->references--;
    rates_sweep(l);
    pthread_mutex_unlock(&l->rates_lock);
}

static void
rate_add(struct lsa_rate *r)
{
    if (rate_is_old(r)) {
        atomic_store(&r->since, filetime_boot_ms());
        atomic_store(&r->count, 0);
    }
    atomic_fetch_add(&r->count, 1);
}

/* ---- by peer ----------------------------------------------------------- */

/*
 * CHOICE: of an IPv6 address the /64 counts, as one host has all of it to choose from;
 * an IPv4 address in IPv6 form is the IPv4 one. Other text counts as it is.
 */
static struct view
peer_bytes(struct view text, uint8_t room[sizeof(struct in6_addr)])
{
    static const uint8_t mapped[RATE_IPV4_MAPPED] = { [10] = 0xff, [11] = 0xff };
    char address[INET6_ADDRSTRLEN];
    size_t n = 0;

    /* Without the zone of a link-local address. */
    while (n < text.n && text.p[n] != '%')
        n++;
    if (n >= sizeof(address))
        return text;
    memcpy(address, text.p, n);
    address[n] = '\0';
    if (inet_pton(AF_INET, address, room) == 1)
        return view_of(room, sizeof(struct in_addr));
    if (inet_pton(AF_INET6, address, room) != 1)
        return text;
    if (memcmp(room, mapped, sizeof(mapped)) == 0)
        return view_of(room + sizeof(mapped), sizeof(struct in_addr));
    return view_of(room, RATE_IPV6_PREFIX);
}

static uint64_t
peer_key(const struct lsa_call *call)
{
    const struct lsa_client *c = call->client;
    uint8_t room[sizeof(struct in6_addr)], sum[CRYPTO_MD_SIZE];
    struct view parts[] = {
        view_of(&c->service, sizeof(void *)),
        view_of(&c->id.uid, sizeof(c->id.uid)),
        peer_bytes(call->peer_address, room),
    };
    uint64_t key;

    crypto_hmac_md5(view_of(c->lsa->peers_key, sizeof(c->lsa->peers_key)), parts, 3, sum);
    memcpy(&key, sum, sizeof(key));
    return key ? key : 1;
}

/* The key's bucket, or the one of its set that it may have; under the lock. */
static struct lsa_peer_rate *
peer_find(struct lsa *l, uint64_t key)
{
    struct lsa_peer_rate *set = l->peers[key % LSA_PEER_SETS], *oldest = &set[0];

    for (size_t i = 0; i < LSA_PEER_WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].since < oldest->since)
            oldest = &set[i];
    }
    return oldest;
}

static bool
peer_is_exceeded(const struct lsa_call *call, uint32_t limit)
{
    struct lsa *l = call->client->lsa;
    uint64_t key = peer_key(call);
    const struct lsa_peer_rate *r;
    bool exceeded;

    pthread_mutex_lock(&l->rates_lock);
    r = peer_find(l, key);
    exceeded = r->key == key && filetime_boot_ms() - r->since < RATE_PERIOD_MS
               && r->count >= limit;
    pthread_mutex_unlock(&l->rates_lock);
    return exceeded;
}

static void
peer_add(const struct lsa_call *call)
{
    struct lsa *l = call->client->lsa;
    int64_t now = filetime_boot_ms();
    uint64_t key = peer_key(call);
    struct lsa_peer_rate *r;

    pthread_mutex_lock(&l->rates_lock);
    r = peer_find(l, key);
    if (r->key != key || now - r->since >= RATE_PERIOD_MS)
        *r = (struct lsa_peer_rate){ .key = key, .since = now };
    r->count++;
    pthread_mutex_unlock(&l->rates_lock);
}

/* ---- both -------------------------------------------------------------- */

bool
lsa_rate_is_exceeded(const struct lsa_call *call)
{
    const struct lsa_client *c = call->client;
    uint32_t limit = atomic_load(&c->service->failures_per_minute);

    if (call->peer_address.n)
        return peer_is_exceeded(call, limit);
    return !rate_is_old(c->rate) && atomic_load(&c->rate->count) >= limit;
}

void
lsa_rate_add(const struct lsa_call *call)
{
    if (call->peer_address.n)
        peer_add(call);
    else
        rate_add(call->client->rate);
}
