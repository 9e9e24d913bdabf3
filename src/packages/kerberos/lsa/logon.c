/*
 * The tickets of logon sessions. A program that acquires a credential for every context, as
 * many do, shall not ask the KDC for every context: the next credential of the same identity
 * finds the tickets of the one before, until they end or nobody has asked for a while.
 *
 * The same identity means the same secret, too: a handle acquired with a wrong password must
 * not live on the tickets of the right one. What is kept to compare is a hash, with a key of
 * this process, not the password (CHOICE: a password that was changed at the KDC works here
 * until IDLE_MS after its last use, as a ticket does anyhow).
 *
 * There is room for a fixed number. One session that has its share of them gets no more while few
 * are left, so no user keeps another out by what he holds; and where all are taken, the one that
 * nobody has wanted for longest goes, not every one that is idle (CHOICE).
 *
 * Runs in the authority. One mutex, held for a walk through all logons and never while
 * anybody waits for the network.
 */
#include "packages/kerberos/lsa/logon.h"

#include "base/secret.h"
#include "base/wr.h"
#include "crypto/crypto.h"
#include "packages/kerberos/krb5/tickets.h"

#include <stdlib.h>

#define BUCKETS 256
#define LOGONS_MAX 16384u
#define LOGONS_SHARE 1024u          /* a session may have ... */
#define LOGONS_SPARE 4096u          /* ... and more only while more than these are left */
#define IDLE_MS (5 * 60 * 1000)
#define FREED_MAX 32u               /* by one call: each costs tens of microseconds */
#define KEY_SIZE 32
#define PARTS_MAX 8

struct krb_logons {
    uint8_t key[KEY_SIZE];
    pthread_mutex_t lock;
    unsigned count;
    struct krb_logon *buckets[BUCKETS];
};

struct krb_logons *
krb_logons_new(void)
{
    struct krb_logons *all = secret_new(sizeof(*all));

    if (all == NULL)
        return NULL;
    krb_support()->random->fill(all->key, sizeof(all->key));
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

static void
logon_free(struct krb_logon *l)
{
    krb_tickets_free(l->tickets);
    pthread_mutex_destroy(&l->lock);
    secret_free(l);
}

static void
list_free(struct krb_logon *l)
{
    while (l != NULL) {
        struct krb_logon *next = l->next;

        logon_free(l);
        l = next;
    }
}

void
krb_logons_free(struct krb_logons *all)
{
    if (all == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        list_free(all->buckets[i]);
    pthread_mutex_destroy(&all->lock);
    secret_free(all);
}

/* Lengths go first, so that no two lists of parts are the same bytes. */
static void
digest_of(const struct krb_logons *all, LUID session, const struct view *parts, size_t count,
          uint8_t out[KRB_LOGON_DIGEST_SIZE])
{
    uint8_t head[8 + 8 * PARTS_MAX];
    struct wr w = wr_init(head, sizeof(head));
    struct view in[2 + PARTS_MAX] = { view_of(all->key, sizeof(all->key)) };

    wr_u32le(&w, session.LowPart);
    wr_u32le(&w, (uint32_t)session.HighPart);
    for (size_t i = 0; i < count; i++) {
        wr_u64le(&w, parts[i].n);
        in[2 + i] = parts[i];
    }
    in[1] = wr_written(&w);
    crypto_sha256(in, 2 + count, out);
}

static bool
session_is(const struct krb_logon *l, LUID session)
{
    return l->session.LowPart == session.LowPart && l->session.HighPart == session.HighPart;
}

/*
 * Nobody has wanted it for a while. One that the KDC gave nothing for is no use to the next
 * credential either, unless that shall know it.
 */
static bool
logon_is_idle(const struct krb_logon *l, int64_t now)
{
    if (l->references > 0 || now < atomic_load(&l->refused_until))
        return false;
    return l->tickets == NULL || atomic_load(&l->ended) || now - l->idle_since >= IDLE_MS;
}

/* Logons that are in no bucket any more, on their way to be freed without the lock. */
struct idle_list {
    struct krb_logon *first;
    unsigned room;
};

/* Takes it out of its bucket; under the lock, as the rest. */
static void
idle_add(struct krb_logons *all, struct krb_logon **at, struct idle_list *out)
{
    struct krb_logon *l = *at;

    *at = l->next;
    l->next = out->first;
    out->first = l;
    all->count--;
}

/* Takes those out, as many as there is room for. */
static void
idle_take(struct krb_logons *all, struct krb_logon **bucket, int64_t now, struct idle_list *out)
{
    for (struct krb_logon **at = bucket; *at != NULL && out->room > 0;) {
        if (!logon_is_idle(*at, now)) {
            at = &(*at)->next;
            continue;
        }
        idle_add(all, at, out);
        out->room--;
    }
}

/* The same of all buckets: one that nobody looks into would keep its tickets. */
static struct idle_list
idle_take_all(struct krb_logons *all, int64_t now, unsigned most)
{
    struct idle_list idle = { NULL, most };

    for (size_t i = 0; i < BUCKETS; i++)
        idle_take(all, &all->buckets[i], now, &idle);
    return idle;
}

/* ---- room for one more -------------------------------------------------- */

/* What a session has, and what has been without references for longest; NULL: nothing is. */
struct survey {
    LUID session;
    unsigned own;
    struct krb_logon **own_oldest, **oldest;
};

static bool
is_older(struct krb_logon *const *at, struct krb_logon *const *than)
{
    return (*at)->references == 0 &&
           (than == NULL || (*at)->idle_since < (*than)->idle_since);
}

static void
survey_add(struct survey *s, struct krb_logon **at)
{
    bool own = session_is(*at, s->session);

    s->own += own;
    if (own && is_older(at, s->own_oldest))
        s->own_oldest = at;
    if (is_older(at, s->oldest))
        s->oldest = at;
}

/* Who has more than his share makes room of his own. False: there is none. */
static bool
room_make(struct krb_logons *all, LUID session, struct idle_list *out)
{
    struct survey s = { .session = session };
    struct krb_logon **at;
    bool greedy;

    if (all->count < LOGONS_MAX - LOGONS_SPARE)
        return true;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (at = &all->buckets[i]; *at != NULL; at = &(*at)->next)
            survey_add(&s, at);
    }
    greedy = s.own >= LOGONS_SHARE;
    if (!greedy && all->count < LOGONS_MAX)
        return true;
    at = greedy ? s.own_oldest : s.oldest;
    if (at == NULL)
        return false;
    idle_add(all, at, out);
    return true;
}

/* One that waits for its turn to be freed is nobody's any more. */
static struct krb_logon *
logon_find(const struct krb_logons *all, const uint8_t digest[KRB_LOGON_DIGEST_SIZE], int64_t now)
{
    struct krb_logon *l = all->buckets[digest[0]];

    while (l != NULL && (atomic_load(&l->ended) || logon_is_idle(l, now) ||
                         !ct_equal(l->digest, digest, sizeof(l->digest))))
        l = l->next;
    return l;
}

static struct krb_logon *
logon_add(struct krb_logons *all, LUID session, const uint8_t digest[KRB_LOGON_DIGEST_SIZE])
{
    struct krb_logon *l = secret_new(sizeof(*l));

    if (l == NULL)
        return NULL;
    memcpy(l->digest, digest, sizeof(l->digest));
    l->session = session;
    pthread_mutex_init(&l->lock, NULL);
    l->next = all->buckets[digest[0]];
    all->buckets[digest[0]] = l;
    all->count++;
    return l;
}

struct krb_logon *
krb_logon_get(struct krb_logons *all, LUID session, const struct view *parts, size_t count)
{
    uint8_t digest[KRB_LOGON_DIGEST_SIZE];
    struct idle_list idle;
    struct krb_logon *l;
    bool crowded = false;
    int64_t now;

    if (count > PARTS_MAX)
        return NULL;
    digest_of(all, session, parts, count, digest);
    pthread_mutex_lock(&all->lock);
    now = krb_support()->clock->boot_ms();
    idle = idle_take_all(all, now, FREED_MAX);
    l = logon_find(all, digest, now);
    if (l == NULL)
        crowded = !room_make(all, session, &idle);
    if (l == NULL && !crowded)
        l = logon_add(all, session, digest);
    if (l != NULL)
        l->references++;
    pthread_mutex_unlock(&all->lock);
    list_free(idle.first);
    if (crowded)
        krb_log(4, "quota_exceeded",
                (const char *const[]){ "package", KRB_PACKAGE, "limit", "logons", "reason",
                                       "too many identities are held by credentials, of this "
                                       "session or of all", NULL });
    return l;
}

void
krb_logon_put(struct krb_logons *all, struct krb_logon *l)
{
    struct idle_list idle = { NULL, FREED_MAX };

    if (l == NULL)
        return;
    pthread_mutex_lock(&all->lock);
    if (--l->references == 0) {
        l->idle_since = krb_support()->clock->boot_ms();
        idle_take(all, &all->buckets[l->digest[0]], l->idle_since, &idle);
    }
    pthread_mutex_unlock(&all->lock);
    list_free(idle.first);
}

void
krb_logons_end(struct krb_logons *all, LUID session)
{
    struct idle_list idle;

    pthread_mutex_lock(&all->lock);
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct krb_logon *l = all->buckets[i]; l != NULL; l = l->next) {
            if (session_is(l, session))
                atomic_store(&l->ended, true);
        }
    }
    /* All of them: nobody may come again to see the rest off. */
    idle = idle_take_all(all, krb_support()->clock->boot_ms(), LOGONS_MAX);
    pthread_mutex_unlock(&all->lock);
    list_free(idle.first);
}
