/*
 * Sessions: a client process may have several connections; they share handles. The
 * first hello begins a session, further connections join it by its cookie, and
 * only from the same process, uid and service. The last one to close ends it.
 */
#include "answer/answer_internal.h"

#include "base/secret.h"
#include "crypto/crypto.h"

#include <stdlib.h>

static bool
session_is_same_peer(const struct answer_session *s, const struct answer_connection *c)
{
    return s->peer.pid == c->peer.pid && s->peer.uid == c->peer.uid && s->service == c->service;
}

struct answer_session *
answer_session_new(struct answer_connection *c)
{
    struct answer_authority *a = c->authority;
    struct lsa_identity id = {
        .pid = c->peer.pid,
        .uid = c->peer.uid,
        .gid = c->peer.gid,
    };
    struct answer_session *s = secret_new(sizeof(*s));

    if (!s)
        return NULL;
    s->peer = c->peer;
    s->service = c->service;
    s->connections = 1;
    crypto_random(s->cookie, sizeof(s->cookie));
    s->client = lsa_client_new(a->lsa, &id, &c->service->lsa);
    if (!s->client) {
        secret_free(s);
        return NULL;
    }
    pthread_mutex_lock(&a->lock);
    s->next = a->sessions;
    a->sessions = s;
    a->session_count++;
    pthread_mutex_unlock(&a->lock);
    return s;
}

struct answer_session *
answer_session_join(struct answer_connection *c, struct view cookie)
{
    struct answer_authority *a = c->authority;
    struct answer_session *s;

    if (cookie.n != ANSWER_COOKIE_SIZE)
        return NULL;
    pthread_mutex_lock(&a->lock);
    for (s = a->sessions; s; s = s->next) {
        if (session_is_same_peer(s, c) && ct_equal(s->cookie, cookie.p, cookie.n))
            break;
    }
    if (s)
        s->connections++;
    pthread_mutex_unlock(&a->lock);
    return s;
}

void
answer_session_leave(struct answer_authority *a, struct answer_session *s)
{
    struct answer_session **link;

    pthread_mutex_lock(&a->lock);
    if (--s->connections > 0) {
        pthread_mutex_unlock(&a->lock);
        return;
    }
    for (link = &a->sessions; *link != s; link = &(*link)->next)
        ;
    *link = s->next;
    a->session_count--;
    pthread_mutex_unlock(&a->lock);

    lsa_client_free(s->client);
    secret_free(s);
}
