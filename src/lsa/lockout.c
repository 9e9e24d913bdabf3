/*
 * Failed logons that the store has not heard of yet. Writing them before the reply
 * would tell known names from unknown ones by the time it takes, and whoever holds
 * the store's write lock would hold up every logon: so they are counted in
 * memory, where they lock the account at once, and written once a second.
 *
 * Runs in lsad and in the embedded authority. The mutex is held while the store
 * is written, which does not wait for other writers: a look-up must see each
 * failure exactly once, here or there. `flushes` tells it that one went over
 * between its reading of the store and its reading of the table.
 *
 * CHOICE: what was counted since the last second is lost when the process dies. An
 * account that is locked only here is not unlocked by another process before it
 * has been written, a second later at most.
 */
#include "lsa/lsa_internal.h"

#include "base/filetime.h"
#include "base/log.h"

#include <stdlib.h>

#define LOCKOUT_ENTRIES 4096        /* accounts */
#define LOCKOUT_FLUSH_MS 1000
#define LOCKOUT_FIND_TRIES 3

struct lsa_lockout {
    struct account_store *store;
    atomic_int_fast64_t ticked;     /* boot milliseconds */
    atomic_uint_fast64_t flushes;
    atomic_size_t count;            /* changes under the mutex */
    pthread_mutex_t mutex;
    struct log_gate gate;
    uint16_t chains[LOCKOUT_ENTRIES];       /* by rid: the first entry's index + 1 */
    uint16_t next[LOCKOUT_ENTRIES];         /* likewise */
    struct account_pending entries[LOCKOUT_ENTRIES];
};

/* ---- the table; all under the mutex ------------------------------------ */

static struct account_pending *
lockout_find(struct lsa_lockout *t, uint32_t rid)
{
    uint16_t at = t->chains[rid % LOCKOUT_ENTRIES];

    while (at != 0 && t->entries[at - 1].rid != rid)
        at = t->next[at - 1];
    return at == 0 ? NULL : &t->entries[at - 1];
}

static struct account_pending *
lockout_add(struct lsa_lockout *t, uint32_t rid)
{
    size_t n = t->count;

    t->next[n] = t->chains[rid % LOCKOUT_ENTRIES];
    t->chains[rid % LOCKOUT_ENTRIES] = (uint16_t)(n + 1);
    t->entries[n] = (struct account_pending){ .rid = rid };
    t->count = n + 1;
    return &t->entries[n];
}

static void
lockout_clear(struct lsa_lockout *t)
{
    for (size_t i = 0; i < t->count; i++)
        t->chains[t->entries[i].rid % LOCKOUT_ENTRIES] = 0;
    t->count = 0;
}

static void
lockout_complain(struct lsa_lockout *t, status_t status)
{
    uint64_t held;

    if (!log_gate_pass(&t->gate, &held))
        return;
    /* An import or a new key takes its time; a second later is soon enough. */
    if (status == STATUS_LOCK_NOT_GRANTED)
        log_warning("lockout_waits", LOG_N("accounts", t->count),
                    LOG_S("reason", "another process writes to the store"),
                    LOG_N("not_logged", held));
    else
        log_error("lockout_not_counted", LOG_N("accounts", t->count), LOG_X("status", status),
                  LOG_N("not_logged", held));
}

/* What could not be written stays for the next time. */
static void
lockout_flush(struct lsa_lockout *t, bool wait)
{
    status_t status;

    if (t->count == 0)
        return;
    status = account_pending_put(t->store, t->entries, t->count, wait);
    if (status != STATUS_SUCCESS) {
        lockout_complain(t, status);
        return;
    }
    lockout_clear(t);
    atomic_fetch_add(&t->flushes, 1);
}

/* NULL: the table is full, and the store takes nothing. */
static struct account_pending *
lockout_get(struct lsa_lockout *t, uint32_t rid)
{
    struct account_pending *p = lockout_find(t, rid);

    if (p != NULL)
        return p;
    if (t->count == LOCKOUT_ENTRIES)
        lockout_flush(t, false);
    if (t->count < LOCKOUT_ENTRIES)
        return lockout_add(t, rid);
    lockout_complain(t, STATUS_INSUFFICIENT_RESOURCES);
    return NULL;
}

/* ---- accounts ---------------------------------------------------------- */

/* False: a flush came between, and *a may lack what it wrote. */
static bool
lockout_merge(struct lsa_lockout *t, uint64_t flushes, struct account *a)
{
    const struct account_pending *p;
    bool same;

    pthread_mutex_lock(&t->mutex);
    same = atomic_load(&t->flushes) == flushes;
    p = same ? lockout_find(t, a->rid) : NULL;
    if (p != NULL)
        account_pending_apply(t->store, p, a);
    pthread_mutex_unlock(&t->mutex);
    return same;
}

NTSTATUS
lsa_account_find(struct lsa *l, struct view name, struct account *out)
{
    struct lsa_lockout *t = l->lockout;
    NTSTATUS s = STATUS_SUCCESS;

    /* Flushes are a second apart: a second try sees the store as it is. */
    for (int i = 0; i < LOCKOUT_FIND_TRIES; i++) {
        uint64_t flushes = atomic_load(&t->flushes);

        s = account_find(l->accounts, name, out);
        if (s != STATUS_SUCCESS || lockout_merge(t, flushes, out))
            break;
    }
    return s;
}

bool
lsa_lockout_failed(struct lsa *l, struct account *a, int64_t now)
{
    struct lsa_lockout *t = l->lockout;
    struct account_pending one = { .failures = 1, .first = now, .last = now };
    struct account_pending *p;

    if (!account_lockout_is_on(l->accounts) || a->locked_until > now)
        return a->locked_until > now;
    account_pending_apply(l->accounts, &one, a);
    pthread_mutex_lock(&t->mutex);
    p = lockout_get(t, a->rid);
    if (p != NULL) {
        p->first = p->failures == 0 || now < p->first ? now : p->first;
        p->last = p->failures == 0 || now > p->last ? now : p->last;
        p->failures++;
    }
    pthread_mutex_unlock(&t->mutex);
    return a->locked_until > now;
}

void
lsa_lockout_succeeded(struct lsa *l, const struct account *a)
{
    struct lsa_lockout *t = l->lockout;
    struct account_pending *p;

    if (a->bad_count == 0 && a->locked_until == 0)
        return;
    pthread_mutex_lock(&t->mutex);
    p = lockout_get(t, a->rid);
    if (p != NULL) {
        p->clear = true;
        p->failures = 0;
    }
    pthread_mutex_unlock(&t->mutex);
}

/* ---- time -------------------------------------------------------------- */

void
lsa_lockout_tick(struct lsa *l)
{
    struct lsa_lockout *t = l->lockout;

    atomic_store(&t->ticked, filetime_boot_ms());
    if (atomic_load(&t->count) != 0) {
        pthread_mutex_lock(&t->mutex);
        lockout_flush(t, false);
        pthread_mutex_unlock(&t->mutex);
    }
    account_store_tick(l->accounts);
}

void
lsa_lockout_tick_if_due(struct lsa *l)
{
    if (filetime_boot_ms() - atomic_load(&l->lockout->ticked) >= LOCKOUT_FLUSH_MS)
        lsa_lockout_tick(l);
}

/* ---- life -------------------------------------------------------------- */

struct lsa_lockout *
lsa_lockout_new(struct account_store *store)
{
    struct lsa_lockout *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->store = store;
    t->ticked = filetime_boot_ms();
    pthread_mutex_init(&t->mutex, NULL);
    return t;
}

/* The last chance to write, so this one waits for other writers. */
void
lsa_lockout_free(struct lsa_lockout *t)
{
    if (t == NULL)
        return;
    lockout_flush(t, true);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}
