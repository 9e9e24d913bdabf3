/*
 * Reflection (MS08-068, CVE-2025-33073 and their kin; D22).
 *
 * The attack: a victim's client on this machine is lured to the attacker's
 * server. The attacker opens a connection to *this* machine, gets a
 * CHALLENGE, and passes it on as its own; the victim's client answers it, and
 * the attacker hands the answer back here: logged on as the victim, without
 * a password. Nothing in the messages is wrong, so MIC and proof hold.
 *
 * The defence: client and server here share one authority. Its initiator
 * knows when it is given a challenge that its own acceptor has issued. That
 * is right only when the client meant to reach this machine; if its target
 * name says otherwise, the acceptor must refuse the answer. A client without
 * a target name says nothing, and is counted as meaning somewhere else; so is
 * one whose target's name came from a stranger (ISC_REQ_UNVERIFIED_TARGET_NAME).
 *
 * Names are compared whole. A target with marshalled data behind the host's
 * name ("host1UWhRC...") is therefore no local name, which is the safe side.
 *
 * Runs in the authority. Challenges are ours, so their bytes are random and
 * serve as their own hash; a shard's lock is held for a few comparisons.
 */
#include "packages/ntlm/lsa/issued.h"

#include "base/str16.h"

#include <pthread.h>

#define SHARDS 64u
#define BUCKETS 64u

static struct issued_shard {
    pthread_mutex_t lock;
    struct ntlm_issued *buckets[BUCKETS];
} shards[SHARDS] = {
    [0 ... SHARDS - 1] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};

static struct issued_shard *
issued_shard(const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES])
{
    return &shards[challenge[0] % SHARDS];
}

/* Where the challenge is linked, or the end of its chain. Under the shard's lock. */
static struct ntlm_issued **
issued_link(struct issued_shard *s, const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES])
{
    struct ntlm_issued **at = &s->buckets[challenge[1] % BUCKETS];

    while (*at != NULL && memcmp((*at)->challenge, challenge, NTLM_CHALLENGE_SIZE_BYTES) != 0)
        at = &(*at)->next;
    return at;
}

void
ntlm_issued_add(struct ntlm_issued *i)
{
    struct issued_shard *s = issued_shard(i->challenge);
    struct ntlm_issued **at = &s->buckets[i->challenge[1] % BUCKETS];

    pthread_mutex_lock(&s->lock);
    i->next = *at;
    *at = i;
    i->listed = true;
    pthread_mutex_unlock(&s->lock);
}

void
ntlm_issued_remove(struct ntlm_issued *i)
{
    struct issued_shard *s = issued_shard(i->challenge);
    struct ntlm_issued **at = &s->buckets[i->challenge[1] % BUCKETS];

    pthread_mutex_lock(&s->lock);
    while (i->listed && *at != NULL && *at != i)
        at = &(*at)->next;
    if (i->listed && *at == i)
        *at = i->next;
    i->listed = false;
    pthread_mutex_unlock(&s->lock);
}

bool
ntlm_issued_answer(const uint8_t challenge[NTLM_CHALLENGE_SIZE_BYTES], bool elsewhere,
                   struct view target)
{
    struct issued_shard *s = issued_shard(challenge);
    struct ntlm_issued *i;

    pthread_mutex_lock(&s->lock);
    i = *issued_link(s, challenge);
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
ntlm_issued_is_answered(struct ntlm_issued *i)
{
    struct issued_shard *s = issued_shard(i->challenge);
    bool answered;

    pthread_mutex_lock(&s->lock);
    answered = i->answered;
    pthread_mutex_unlock(&s->lock);
    return answered;
}

bool
ntlm_issued_is_stray(struct ntlm_issued *i, char target[NTLM_ISSUED_TARGET_MAX])
{
    struct issued_shard *s = issued_shard(i->challenge);
    bool stray;

    pthread_mutex_lock(&s->lock);
    stray = i->stray;
    memcpy(target, i->target, NTLM_ISSUED_TARGET_MAX);
    pthread_mutex_unlock(&s->lock);
    return stray;
}
