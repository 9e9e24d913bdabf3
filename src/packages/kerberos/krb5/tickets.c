/*
 * A logon session's tickets by MIT's libkrb5: the cache, what a call on it needs, and the renewal
 * of the ticket-granting ticket. How one is got is tickets_login.c's, what it is good for
 * tickets_service.c's.
 *
 * Runs in the authority's slow pool.
 */
#include "packages/kerberos/krb5/tickets_private.h"

#include "packages/kerberos/krb5/context.h"
#include "packages/kerberos/krb5/status.h"

#include <stdio.h>
#include <stdlib.h>

#define RENEW_AGAIN_S 60

/* ---- beginning and ending a call ---------------------------------------- */

void
krb_session_close(struct krb_session *s)
{
    if (s->k == NULL)
        return;
    krb5_free_creds(s->k, s->creds);
    krb5_free_principal(s->k, s->client);
    krb5_free_principal(s->k, s->server);
    if (s->cache != NULL)
        krb5_cc_close(s->k, s->cache);
    krb5_free_context(s->k);
}

status_t
krb_session_fail(const struct krb_session *s, krb5_error_code e, char error[KRB_TICKETS_ERROR_MAX])
{
    const char *text = s->k != NULL ? krb5_get_error_message(s->k, e) : NULL;

    snprintf(error, KRB_TICKETS_ERROR_MAX, "%.*s", KRB_TICKETS_ERROR_MAX - 1,
             text != NULL ? text : "libkrb5 does not start");
    if (text != NULL)
        krb5_free_error_message(s->k, text);
    return krb_status_of_error(e);
}

krb5_error_code
krb_session_open(const struct krb_tickets *t, struct krb_session *s)
{
    krb5_error_code e = krb_context_open(t->config, &s->k);

    if (e == 0)
        krb_watch_begin(&s->watch, s->k, t->outages);
    if (e == 0)
        e = krb5_cc_resolve(s->k, t->cache, &s->cache);
    if (e == 0)
        e = krb5_cc_get_principal(s->k, s->cache, &s->client);
    return e;
}

bool
krb_text_copy(struct view in, char *out, size_t room)
{
    if (in.n >= room || (in.n > 0 && memchr(in.p, 0, in.n) != NULL))
        return false;
    if (in.n > 0)
        memcpy(out, in.p, in.n);
    out[in.n] = '\0';
    return true;
}

/* ---- the cache ---------------------------------------------------------- */

krb5_error_code
krb_session_cache_fill(struct krb_session *s, krb5_ccache cache, krb5_creds *c)
{
    krb5_error_code e = krb5_cc_initialize(s->k, cache, c->client);

    return e == 0 ? krb5_cc_store_cred(s->k, cache, c) : e;
}

krb5_error_code
krb_session_cache_replace(struct krb_session *s, struct krb_tickets *t, krb5_creds *c)
{
    krb5_ccache fresh = NULL;
    char *name = NULL;
    krb5_error_code e = krb5_cc_new_unique(s->k, "MEMORY", NULL, &fresh);

    if (e != 0)
        return e;
    e = krb_session_cache_fill(s, fresh, c);
    if (e == 0)
        e = krb5_cc_get_full_name(s->k, fresh, &name);
    if (e != 0) {
        krb5_cc_destroy(s->k, fresh);
        return e;
    }
    krb5_cc_destroy(s->k, s->cache);
    s->cache = fresh;
    free(t->cache);
    t->cache = name;
    t->stored = 0;
    return 0;
}

void
krb_tickets_free(struct krb_tickets *t)
{
    krb5_ccache cache;
    krb5_context k;

    if (t == NULL)
        return;
    /*
     * The library forgets a MEMORY cache, which is the process's, only when it is destroyed: so
     * also when the configuration that it was made by cannot be read any more.
     */
    if (krb_context_open_empty(&k) == 0) {
        if (krb5_cc_resolve(k, t->cache, &cache) == 0)
            krb5_cc_destroy(k, cache);
        krb5_free_context(k);
    }
    free(t->config);
    free(t->cache);
    free(t->client);
    free(t);
}

const char *
krb_tickets_client(const struct krb_tickets *t)
{
    return t->client;
}

int64_t
krb_tickets_end(const struct krb_tickets *t)
{
    return t->end;
}

/* ---- renewal ------------------------------------------------------------ */

void
krb_tickets_times_keep(struct krb_tickets *t, const krb5_creds *c)
{
    int64_t start = (int64_t)(uint32_t)(c->times.starttime != 0 ? c->times.starttime
                                                                : c->times.authtime);

    t->end = (int64_t)(uint32_t)c->times.endtime;
    t->renew_at = start + (t->end - start) / 2;
    t->renew_till = c->ticket_flags & TKT_FLG_RENEWABLE
                        ? (int64_t)(uint32_t)c->times.renew_till
                        : 0;
}

bool
krb_tickets_renew_is_due(const struct krb_tickets *t, int64_t now)
{
    return t->renew_till > t->end && now < t->end && now > t->renew_at;
}

status_t
krb_tickets_renew(struct krb_tickets *t, int64_t now, char error[KRB_TICKETS_ERROR_MAX])
{
    struct krb_session s = { .k = NULL };
    krb5_creds creds = { 0 };
    krb5_error_code e = krb_session_open(t, &s);
    status_t st = 0;

    if (e == 0)
        e = krb5_get_renewed_creds(s.k, &creds, s.client, s.cache, NULL);
    if (e == 0)
        e = krb_session_cache_replace(&s, t, &creds);
    if (e == 0) {
        krb_tickets_times_keep(t, &creds);
    } else {
        t->renew_at = now + RENEW_AGAIN_S;
        st = krb_session_fail(&s, e, error);
    }
    if (s.k != NULL)
        krb5_free_cred_contents(s.k, &creds);
    krb_session_close(&s);
    return st;
}
