/*
 * KDCs that do not answer. libkrb5 waits for one for half a minute, and each call would wait
 * anew: a few logons of a realm that is out would keep all slow threads. So what was waited for
 * in vain is remembered by realm, for a while, by hooks of the library around each exchange. A
 * ticket that is in a cache already needs no exchange, and is not refused.
 *
 * After that while one call asks again, and the others are refused until it knows, however long
 * the library waits for how many KDCs: of slow threads an outage costs one, however many log on.
 * What fails at once, as with a KDC that is being restarted, is not remembered: it keeps nobody.
 * The library asks the DNS for a KDC's address before its hooks, so who waits for that is not
 * seen here.
 *
 * Runs in the authority's slow pool. Realms come from applications and from KDCs; each can only
 * speak for itself, and there is room for a fixed number. The messages are the library's own, but
 * tickets in them may be a peer's (user to user, delegation), who could make them so long that a
 * KDC drops them without a word. A long one's failure is not believed, or that peer would silence
 * the KDC for all.
 */
#include "packages/kerberos/krb5/outage_watch.h"

#include <pthread.h>
#include <stdlib.h>

#define OUTAGES_MAX 64u
#define OUTAGE_MS 5000          /* nobody asks for so long */
#define PROBE_MS 600000         /* the one who asks then comes back long before that, or never */
#define WAIT_MS 2000            /* what failed sooner is no outage */
#define MESSAGE_LONG 12000u     /* the tickets of most are shorter by far */

struct outage {
    char realm[KRB_REALM_ROOM]; /* "": none */
    int64_t until;              /* boot_ms(): nobody asks before */
    const struct krb_watch *probe;      /* who asks meanwhile; NULL: nobody */
};

struct krb_outages {
    int64_t (*boot_ms)(void);
    pthread_mutex_t lock;
    struct outage of[OUTAGES_MAX];
};

struct krb_outages *
krb_outages_new(int64_t (*boot_ms)(void))
{
    struct krb_outages *all = calloc(1, sizeof(*all));

    if (all == NULL)
        return NULL;
    all->boot_ms = boot_ms;
    pthread_mutex_init(&all->lock, NULL);
    return all;
}

void
krb_outages_free(struct krb_outages *all)
{
    if (all == NULL)
        return;
    pthread_mutex_destroy(&all->lock);
    free(all);
}

static struct outage *
outage_find(struct krb_outages *all, const char *realm)
{
    for (size_t i = 0; i < OUTAGES_MAX; i++) {
        if (strcmp(all->of[i].realm, realm) == 0)
            return &all->of[i];
    }
    return NULL;
}

/* A free place, or that of the one which is over first. */
static struct outage *
outage_add(struct krb_outages *all, const char *realm)
{
    struct outage *o = outage_find(all, "");

    if (o == NULL) {
        o = &all->of[0];
        for (size_t i = 1; i < OUTAGES_MAX; i++) {
            if (all->of[i].until < o->until)
                o = &all->of[i];
        }
    }
    memcpy(o->realm, realm, strlen(realm) + 1);
    o->probe = NULL;
    return o;
}

/* Whether the KDC may be asked; then w->since is when. */
static bool
ask_begin(struct krb_watch *w, const char *realm)
{
    struct krb_outages *all = w->outages;
    struct outage *o;
    bool may;

    pthread_mutex_lock(&all->lock);
    w->since = all->boot_ms();
    o = outage_find(all, realm);
    may = o == NULL || w->since >= o->until;
    if (o != NULL && may) {
        o->until = w->since + PROBE_MS;
        o->probe = w;
    }
    pthread_mutex_unlock(&all->lock);
    return may;
}

/*
 * It waited for nothing. While somebody asks, one that had begun before the outage was known says
 * nothing new. What is not believed has asked for nobody: the next one may.
 */
static void
ask_failed(struct outage *o, const struct krb_watch *w, int64_t now)
{
    bool own = o->probe == w;

    if (o->probe != NULL && !own)
        return;
    o->probe = NULL;
    if (!w->is_long)
        o->until = now + OUTAGE_MS;
    else if (own)
        o->until = now;
}

static void
ask_end(const struct krb_watch *w, bool is_answered)
{
    struct krb_outages *all = w->outages;
    struct outage *o;
    int64_t now;

    pthread_mutex_lock(&all->lock);
    now = all->boot_ms();
    o = outage_find(all, w->realm);
    if (is_answered || now - w->since < WAIT_MS) {
        if (o != NULL)
            o->realm[0] = '\0';
    } else if (o != NULL || !w->is_long) {
        ask_failed(o != NULL ? o : outage_add(all, w->realm), w, now);
    }
    pthread_mutex_unlock(&all->lock);
}

/* ---- the library's hooks ------------------------------------------------- */

static krb5_error_code
before_send(krb5_context k, void *data, const krb5_data *realm, const krb5_data *message,
            krb5_data **other_message, krb5_data **reply)
{
    struct krb_watch *w = data;
    char name[KRB_REALM_ROOM];

    (void)other_message;
    (void)reply;
    w->is_long = message->length > MESSAGE_LONG;
    w->realm[0] = '\0';
    if (realm->length == 0 || realm->length >= sizeof(name) ||
        memchr(realm->data, 0, realm->length) != NULL)
        return 0;
    memcpy(name, realm->data, realm->length);
    name[realm->length] = '\0';
    if (!ask_begin(w, name)) {
        krb5_set_error_message(k, KRB5_KDC_UNREACH, "No KDC of realm '%s' has answered lately",
                               name);
        return KRB5_KDC_UNREACH;
    }
    memcpy(w->realm, name, realm->length + 1);
    return 0;
}

static krb5_error_code
after_receive(krb5_context k, void *data, krb5_error_code code, const krb5_data *realm,
              const krb5_data *message, const krb5_data *reply, krb5_data **other_reply)
{
    struct krb_watch *w = data;

    (void)k;
    (void)realm;
    (void)message;
    (void)reply;
    (void)other_reply;
    if (w->realm[0] != '\0')
        ask_end(w, code == 0);
    w->realm[0] = '\0';
    return code;
}

void
krb_watch_begin(struct krb_watch *w, krb5_context k, struct krb_outages *outages)
{
    *w = (struct krb_watch){ .outages = outages };
    if (outages == NULL)
        return;
    krb5_set_kdc_send_hook(k, before_send, w);
    krb5_set_kdc_recv_hook(k, after_receive, w);
}
