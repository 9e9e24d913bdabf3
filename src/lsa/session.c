/*
 * Logon sessions: a LUID that packages make for each logon, the secrets that they
 * keep under it (AddCredential), and its end when nobody holds a token of it any
 * more (LsaApLogonTerminated's page). Each uid that talks to the authority has one
 * as well (D4).
 *
 * Runs in the authority, on any thread. Secrets lie in secret memory, wiped with
 * their session. Buckets with a lock each: logons in parallel seldom meet. No lock
 * is held while a package runs.
 */
#include "lsa/session.h"

#include "base/secret.h"
#include "lsa/token.h"

#include <stdlib.h>

#define SESSION_BUCKETS 256
#define SESSIONS_MAX (1u << 18)
#define SESSION_SECRETS_MAX 256         /* of one session */
#define SESSION_SECRET_MAX (64 * 1024)  /* bytes, key and credential */

struct session_secret {
    struct session_secret *next;        /* in the order in which they were added */
    uint32_t position;
    uint32_t package;
    size_t key_size, credential_size;
    uint8_t *bytes;                     /* key, then credential: secret memory */
};

struct lsa_session {
    struct lsa_session *next;
    LUID id;
    unsigned inside;                    /* token handles and clients */
    bool used;                          /* somebody was inside: only leaving ends it */
    struct lsa_token *token;            /* referenced; NULL: none yet */
    struct session_secret *secrets;
    uint32_t secret_count, last_position;
};

struct session_bucket {
    pthread_mutex_t lock;
    struct lsa_session *first;
};

struct lsa_sessions {
    atomic_uint count;
    struct session_bucket buckets[SESSION_BUCKETS];
};

struct lsa_sessions *
lsa_sessions_new(void)
{
    struct lsa_sessions *all = calloc(1, sizeof(*all));

    for (size_t i = 0; all && i < SESSION_BUCKETS; i++)
        pthread_mutex_init(&all->buckets[i].lock, NULL);
    return all;
}

/* ---- one session --------------------------------------------------------- */

static void
secret_drop(struct session_secret *s)
{
    secret_free(s->bytes);
    free(s);
}

static void
session_free(struct lsa_session *s)
{
    while (s->secrets) {
        struct session_secret *next = s->secrets->next;

        secret_drop(s->secrets);
        s->secrets = next;
    }
    lsa_token_put(s->token);
    free(s);
}

void
lsa_sessions_free(struct lsa_sessions *all)
{
    for (size_t i = 0; all && i < SESSION_BUCKETS; i++) {
        struct session_bucket *b = &all->buckets[i];

        while (b->first) {
            struct lsa_session *next = b->first->next;

            session_free(b->first);
            b->first = next;
        }
        pthread_mutex_destroy(&b->lock);
    }
    free(all);
}

static bool
luid_is_equal(LUID a, LUID b)
{
    return a.LowPart == b.LowPart && a.HighPart == b.HighPart;
}

static struct session_bucket *
session_bucket(struct lsa *l, LUID id)
{
    uint32_t n = id.LowPart ^ (uint32_t)id.HighPart * 0x9e3779b1u;

    return &l->sessions->buckets[(n ^ n >> 16) % SESSION_BUCKETS];
}

/* The pointer to it, with the bucket locked either way: unlock(). *at is NULL: none. */
static struct lsa_session **
session_lock(struct session_bucket *b, LUID id)
{
    struct lsa_session **at = &b->first;

    pthread_mutex_lock(&b->lock);
    while (*at && !luid_is_equal((*at)->id, id))
        at = &(*at)->next;
    return at;
}

/* Takes it out of its bucket. */
static struct lsa_session *
session_unlink(struct lsa *l, struct lsa_session **at)
{
    struct lsa_session *s = *at;

    *at = s->next;
    atomic_fetch_sub(&l->sessions->count, 1);
    return s;
}

/* A new one at the place where session_lock() found none. */
static NTSTATUS
session_put(struct lsa *l, struct lsa_session **at, LUID id)
{
    struct lsa_session *s;

    if (atomic_load(&l->sessions->count) >= SESSIONS_MAX)
        return STATUS_QUOTA_EXCEEDED;
    s = calloc(1, sizeof(*s));
    if (!s)
        return STATUS_NO_MEMORY;
    s->id = id;
    *at = s;
    atomic_fetch_add(&l->sessions->count, 1);
    return STATUS_SUCCESS;
}

NTSTATUS
lsa_session_create(struct lsa *l, LUID id)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session **at = session_lock(b, id);
    NTSTATUS s = *at ? STATUS_LOGON_SESSION_COLLISION : session_put(l, at, id);

    pthread_mutex_unlock(&b->lock);
    return s;
}

NTSTATUS
lsa_session_delete(struct lsa *l, LUID id)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session **at = session_lock(b, id), *gone = NULL;
    NTSTATUS s = STATUS_NO_SUCH_LOGON_SESSION;

    if (*at)
        s = (*at)->used ? STATUS_BAD_LOGON_SESSION_STATE : STATUS_SUCCESS;
    if (s == STATUS_SUCCESS)
        gone = session_unlink(l, at);
    pthread_mutex_unlock(&b->lock);
    if (gone)
        session_free(gone);
    return s;
}

/* ---- who is in it -------------------------------------------------------- */

NTSTATUS
lsa_session_enter(struct lsa *l, LUID id, struct lsa_token *token, bool make)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session **at = session_lock(b, id);
    NTSTATUS s = STATUS_SUCCESS;

    if (!*at)
        s = make ? session_put(l, at, id) : STATUS_NO_SUCH_LOGON_SESSION;
    if (s == STATUS_SUCCESS) {
        (*at)->inside++;
        (*at)->used = true;
        if (token && !(*at)->token)
            (*at)->token = lsa_token_hold(token);
    }
    pthread_mutex_unlock(&b->lock);
    return s;
}

/* "When the last token referring to the session is gone": every package hears of it. */
static void
session_end(struct lsa *l, struct lsa_session *s)
{
    for (size_t i = 0; i < l->package_count; i++) {
        LUID id = s->id;

        if (l->packages[i]->table.LogonTerminated)
            l->packages[i]->table.LogonTerminated(&id);
    }
    session_free(s);
}

void
lsa_session_leave(struct lsa *l, LUID id)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session **at = session_lock(b, id), *ended = NULL;

    if (*at && --(*at)->inside == 0)
        ended = session_unlink(l, at);
    pthread_mutex_unlock(&b->lock);
    if (ended)
        session_end(l, ended);
}

struct lsa_token *
lsa_session_token(struct lsa *l, LUID id)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session *s = *session_lock(b, id);
    struct lsa_token *t = s && s->token ? lsa_token_hold(s->token) : NULL;

    pthread_mutex_unlock(&b->lock);
    return t;
}

bool
lsa_session_is_live(struct lsa *l, LUID id)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session *s = *session_lock(b, id);
    bool live = s && s->inside > 0;

    pthread_mutex_unlock(&b->lock);
    return live;
}

/* ---- secrets -------------------------------------------------------------- */

static bool
secret_has_key(const struct session_secret *s, const struct lsa_secret_key *key, bool any)
{
    return s->package == key->package
        && (any || view_is_equal(view_of(s->bytes, s->key_size), key->key));
}

/* The list's end, where it has room for one more; NULL: full. */
static struct session_secret **
secrets_end(struct lsa_session *s)
{
    struct session_secret **end = &s->secrets;

    while (*end)
        end = &(*end)->next;
    return s->secret_count < SESSION_SECRETS_MAX && s->last_position < UINT32_MAX ? end : NULL;
}

static struct session_secret *
secret_make(const struct lsa_secret_key *key, struct view credential)
{
    struct session_secret *s = calloc(1, sizeof(*s));

    if (!s)
        return NULL;
    s->package = key->package;
    s->key_size = key->key.n;
    s->credential_size = credential.n;
    s->bytes = secret_new(key->key.n + credential.n + 1);
    if (!s->bytes) {
        free(s);
        return NULL;
    }
    if (key->key.n > 0)
        memcpy(s->bytes, key->key.p, key->key.n);
    if (credential.n > 0)
        memcpy(s->bytes + key->key.n, credential.p, credential.n);
    return s;
}

NTSTATUS
lsa_session_credential_add(struct lsa *l, LUID id, const struct lsa_secret_key *key,
                           struct view credential)
{
    struct session_bucket *b = session_bucket(l, id);
    struct session_secret *made, **end = NULL;
    struct lsa_session *s;
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;

    if (key->key.n + credential.n > SESSION_SECRET_MAX)
        return STATUS_QUOTA_EXCEEDED;
    made = secret_make(key, credential);
    if (!made)
        return STATUS_NO_MEMORY;
    s = *session_lock(b, id);
    if (s) {
        end = secrets_end(s);
        status = end ? STATUS_SUCCESS : STATUS_QUOTA_EXCEEDED;
    }
    if (end) {
        made->position = ++s->last_position;
        s->secret_count++;
        *end = made;
    }
    pthread_mutex_unlock(&b->lock);
    if (status != STATUS_SUCCESS)
        secret_drop(made);
    return status;
}

NTSTATUS
lsa_session_credential_delete(struct lsa *l, LUID id, const struct lsa_secret_key *key)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session *s = *session_lock(b, id);
    struct session_secret **at = s ? &s->secrets : NULL, *gone = NULL;

    while (at && *at && !secret_has_key(*at, key, false))
        at = &(*at)->next;
    if (at && *at) {
        gone = *at;
        *at = gone->next;
        s->secret_count--;
    }
    pthread_mutex_unlock(&b->lock);
    if (!s)
        return STATUS_NO_SUCH_LOGON_SESSION;
    if (!gone)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    secret_drop(gone);
    return STATUS_SUCCESS;
}

static NTSTATUS
secret_copy(const struct session_secret *s, struct lsa_secret_found *out)
{
    uint8_t *credential = lsa_heap_copy(view_of(s->bytes + s->key_size, s->credential_size));

    out->position = s->position;
    out->key = lsa_heap_copy(view_of(s->bytes, s->key_size));
    out->key_size = s->key_size;
    out->credential = view_of(credential, s->credential_size);
    if (out->key && credential)
        return STATUS_SUCCESS;
    lsa_heap_free(out->key);
    lsa_heap_free(credential);
    return STATUS_NO_MEMORY;
}

NTSTATUS
lsa_session_credential_next(struct lsa *l, LUID id, const struct lsa_secret_key *key, bool any,
                            uint32_t after, struct lsa_secret_found *out)
{
    struct session_bucket *b = session_bucket(l, id);
    struct lsa_session *s = *session_lock(b, id);
    const struct session_secret *found = s ? s->secrets : NULL;
    NTSTATUS status = s ? STATUS_UNSUCCESSFUL : STATUS_NO_SUCH_LOGON_SESSION;

    *out = (struct lsa_secret_found){ 0 };
    while (found && (found->position <= after || !secret_has_key(found, key, any)))
        found = found->next;
    if (found)
        status = secret_copy(found, out);
    pthread_mutex_unlock(&b->lock);
    return status;
}
