/*
 * Tickets by MIT's libkrb5: AS and TGS exchanges, referrals between realms,
 * the KDC's address and all that belongs to it. A logon session's tickets are
 * in a MEMORY cache of the library, which its name finds again; each call has
 * a krb5_context of its own, as the library wants one a thread.
 *
 * Runs in the authority's slow pool. Trusts the KDC for what it says of the
 * client; it has proved that it knows his key.
 */
#include "packages/kerberos/krb5/tickets.h"

#include "base/secret.h"
#include "packages/kerberos/krb5/context.h"
#include "packages/kerberos/krb5/status.h"

#include "winerror.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_ROOM 1024
#define PASSWORD_ROOM 1024
#define RENEW_S (7 * 24 * 60 * 60)      /* asked for; the KDC has the last word */
#define RENEW_AGAIN_S 60
#define STORED_MAX 256                  /* services' tickets of one logon */

struct krb_tickets {
    char *config;               /* NULL: the library's choice */
    char *cache;                /* "MEMORY:..." */
    char *client;
    int64_t end, renew_till;    /* of the ticket-granting ticket */
    int64_t renew_at;
    unsigned stored;            /* services' tickets, at most, in the cache */
};

/* One call: everything of the library's that has to be given back. */
struct session {
    krb5_context k;
    krb5_ccache cache;
    krb5_principal client, server;
    krb5_creds *creds;
};

/* ---- beginning and ending a call ---------------------------------------- */

static void
session_close(struct session *s)
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

static status_t
session_fail(const struct session *s, krb5_error_code e, char error[KRB_TICKETS_ERROR_MAX])
{
    const char *text = s->k != NULL ? krb5_get_error_message(s->k, e) : NULL;

    snprintf(error, KRB_TICKETS_ERROR_MAX, "%.*s", KRB_TICKETS_ERROR_MAX - 1,
             text != NULL ? text : "libkrb5 does not start");
    if (text != NULL)
        krb5_free_error_message(s->k, text);
    return krb_status_of_error(e);
}

static krb5_error_code
session_open(const struct krb_tickets *t, struct session *s)
{
    krb5_error_code e = krb_context_open(t->config, &s->k);

    if (e == 0)
        e = krb5_cc_resolve(s->k, t->cache, &s->cache);
    if (e == 0)
        e = krb5_cc_get_principal(s->k, s->cache, &s->client);
    return e;
}

/* ---- logging on --------------------------------------------------------- */

static bool
text_copy(struct view in, char *out, size_t room)
{
    if (in.n >= room || (in.n > 0 && memchr(in.p, 0, in.n) != NULL))
        return false;
    if (in.n > 0)
        memcpy(out, in.p, in.n);
    out[in.n] = '\0';
    return true;
}

/* Realms are written in capitals; a domain's name may be written as one likes. */
static void
realm_upcase(char *realm)
{
    for (; *realm != '\0'; realm++) {
        if (*realm >= 'a' && *realm <= 'z')
            *realm = (char)(*realm - 'a' + 'A');
    }
}

/* user@REALM out of what was given; false: too long, or no name. */
static bool
login_name(const struct krb_login *in, char out[NAME_ROOM])
{
    char realm[NAME_ROOM];
    char *at;

    if (in->user.n == 0 || !text_copy(in->user, out, NAME_ROOM) ||
        !text_copy(in->realm, realm, sizeof(realm)))
        return false;
    at = strrchr(out, '@');
    if (at == NULL && realm[0] != '\0') {
        size_t n = strlen(out);

        if (snprintf(out + n, NAME_ROOM - n, "@%s", realm) >= (int)(NAME_ROOM - n))
            return false;
        at = out + n;
    }
    if (at != NULL)
        realm_upcase(at + 1);
    return true;
}

static krb5_error_code
login_options(struct session *s, krb5_get_init_creds_opt **out)
{
    krb5_error_code e = krb5_get_init_creds_opt_alloc(s->k, out);

    if (e != 0)
        return e;
    krb5_get_init_creds_opt_set_canonicalize(*out, 1);
    krb5_get_init_creds_opt_set_forwardable(*out, 1);
    krb5_get_init_creds_opt_set_renew_life(*out, RENEW_S);
    return krb5_get_init_creds_opt_set_out_ccache(s->k, *out, s->cache);
}

static krb5_error_code
login_by_password(struct session *s, const struct krb_login *in, krb5_get_init_creds_opt *options,
                  krb5_creds *creds)
{
    char password[PASSWORD_ROOM];
    krb5_error_code e = KRB5KDC_ERR_PREAUTH_FAILED;

    if (text_copy(in->password, password, sizeof(password)))
        e = krb5_get_init_creds_password(s->k, creds, s->client, password, NULL, NULL, 0, NULL,
                                         options);
    secret_wipe(password, sizeof(password));
    return e;
}

static krb5_error_code
login_by_keytab(struct session *s, const struct krb_login *in, krb5_get_init_creds_opt *options,
                krb5_creds *creds)
{
    char name[NAME_ROOM];
    krb5_keytab keytab;
    krb5_error_code e;

    if (snprintf(name, sizeof(name), "FILE:%s", in->keytab) >= (int)sizeof(name))
        return KRB5_KT_NAME_TOOLONG;
    e = krb5_kt_resolve(s->k, name, &keytab);
    if (e != 0)
        return e;
    e = krb5_get_init_creds_keytab(s->k, creds, s->client, keytab, 0, NULL, options);
    krb5_kt_close(s->k, keytab);
    return e;
}

static void
times_keep(struct krb_tickets *t, const krb5_creds *c)
{
    int64_t start = (int64_t)(uint32_t)(c->times.starttime != 0 ? c->times.starttime
                                                                : c->times.authtime);

    t->end = (int64_t)(uint32_t)c->times.endtime;
    t->renew_at = start + (t->end - start) / 2;
    t->renew_till = c->ticket_flags & TKT_FLG_RENEWABLE
                        ? (int64_t)(uint32_t)c->times.renew_till
                        : 0;
}

/* The cache has this one ticket and nothing else. */
static krb5_error_code
cache_fill(struct session *s, krb5_ccache cache, krb5_creds *c)
{
    krb5_error_code e = krb5_cc_initialize(s->k, cache, c->client);

    return e == 0 ? krb5_cc_store_cred(s->k, cache, c) : e;
}

/* A cache of this one ticket takes the place of the one that is there, or nothing changes. */
static krb5_error_code
cache_replace(struct session *s, struct krb_tickets *t, krb5_creds *c)
{
    krb5_ccache fresh = NULL;
    char *name = NULL;
    krb5_error_code e = krb5_cc_new_unique(s->k, "MEMORY", NULL, &fresh);

    if (e != 0)
        return e;
    e = cache_fill(s, fresh, c);
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

/* What a client delegated: the library reads the message without a key, as it has none. */
static krb5_error_code
login_by_delegation(struct session *s, const struct krb_login *in, struct krb_tickets *t)
{
    krb5_data message = { .data = (char *)(uintptr_t)in->delegated.p,
                          .length = (unsigned)in->delegated.n };
    krb5_auth_context ac = NULL;
    krb5_creds **creds = NULL;
    krb5_error_code e = krb5_auth_con_init(s->k, &ac);

    if (e == 0)
        e = krb5_auth_con_setflags(s->k, ac, 0);
    if (e == 0)
        e = krb5_rd_cred(s->k, ac, &message, &creds, NULL);
    if (e == 0)
        e = creds[0] != NULL ? cache_fill(s, s->cache, creds[0]) : KRB5_CC_NOTFOUND;
    if (e == 0)
        times_keep(t, creds[0]);
    if (creds != NULL)
        krb5_free_tgt_creds(s->k, creds);
    if (ac != NULL)
        krb5_auth_con_free(s->k, ac);
    return e;
}

static krb5_error_code
login_ask(struct session *s, const struct krb_login *in, struct krb_tickets *t)
{
    krb5_get_init_creds_opt *options = NULL;
    krb5_creds creds = { 0 };
    char name[NAME_ROOM];
    krb5_error_code e;

    if (in->delegated.n > 0)
        return login_by_delegation(s, in, t);
    if (!login_name(in, name))
        return KRB5_PARSE_MALFORMED;
    e = krb5_parse_name(s->k, name, &s->client);
    if (e == 0)
        e = login_options(s, &options);
    if (e == 0)
        e = in->keytab != NULL ? login_by_keytab(s, in, options, &creds)
                               : login_by_password(s, in, options, &creds);
    if (e == 0)
        times_keep(t, &creds);
    krb5_free_cred_contents(s->k, &creds);
    if (options != NULL)
        krb5_get_init_creds_opt_free(s->k, options);
    return e;
}

/* The cache's full name, and the client's as the KDC has it. */
static krb5_error_code
login_keep(struct session *s, struct krb_tickets *t)
{
    krb5_principal client = NULL;
    krb5_error_code e = krb5_cc_get_full_name(s->k, s->cache, &t->cache);
    char *name = NULL;

    if (e == 0)
        e = krb5_cc_get_principal(s->k, s->cache, &client);
    if (e == 0)
        e = krb5_unparse_name(s->k, client, &name);
    if (e == 0)
        t->client = strdup(name);
    krb5_free_unparsed_name(s->k, name);
    krb5_free_principal(s->k, client);
    return e == 0 && t->client == NULL ? ENOMEM : e;
}

/* Ends a call that has made s.cache: it is t's, or gone. */
static status_t
login_end(struct session *s, krb5_error_code e, struct krb_tickets *t, struct krb_tickets **out,
          char error[KRB_TICKETS_ERROR_MAX])
{
    status_t st = 0;

    if (e != 0) {
        st = session_fail(s, e, error);
        if (s->cache != NULL)
            krb5_cc_destroy(s->k, s->cache);
        s->cache = NULL;
    }
    session_close(s);
    *out = e == 0 ? t : NULL;
    if (e == 0)
        return 0;
    if (t != NULL)
        free(t->cache);
    free(t);
    return st;
}

status_t
krb_tickets_login(const struct krb_login *in, struct krb_tickets **out,
                  char error[KRB_TICKETS_ERROR_MAX])
{
    struct krb_tickets *t = calloc(1, sizeof(*t));
    struct session s = { .k = NULL };
    krb5_error_code e = t != NULL ? krb_context_open(in->config, &s.k) : ENOMEM;
    status_t st;

    if (e == 0)
        e = krb5_cc_new_unique(s.k, "MEMORY", NULL, &s.cache);
    if (e == 0)
        e = login_ask(&s, in, t);
    if (e == 0)
        e = login_keep(&s, t);
    if (e == 0 && in->config != NULL && (t->config = strdup(in->config)) == NULL)
        e = ENOMEM;
    st = login_end(&s, e, t, out, error);
    /* Of a ticket that means another service, of the KDC's answer another password. */
    return st == SEC_E_WRONG_PRINCIPAL ? SEC_E_LOGON_DENIED : st;
}

/* The user's cache into s->cache, of memory. */
static krb5_error_code
default_copy(struct session *s)
{
    krb5_principal client = NULL;
    krb5_ccache users;
    krb5_error_code e = krb5_cc_default(s->k, &users);

    if (e != 0)
        return e;
    e = krb5_cc_get_principal(s->k, users, &client);
    if (e == 0)
        e = krb5_cc_new_unique(s->k, "MEMORY", NULL, &s->cache);
    if (e == 0)
        e = krb5_cc_initialize(s->k, s->cache, client);
    if (e == 0)
        e = krb5_cc_copy_creds(s->k, users, s->cache);
    krb5_free_principal(s->k, client);
    krb5_cc_close(s->k, users);
    return e;
}

status_t
krb_tickets_default(struct krb_tickets **out, char error[KRB_TICKETS_ERROR_MAX])
{
    struct krb_tickets *t = calloc(1, sizeof(*t));
    struct session s = { .k = NULL };
    krb5_error_code e = t != NULL ? krb_context_open(NULL, &s.k) : ENOMEM;
    status_t st;
    bool none;

    if (e == 0)
        e = default_copy(&s);
    none = e != 0 && e != ENOMEM && s.k != NULL;
    if (e == 0)
        e = login_keep(&s, t);
    st = login_end(&s, e, t, out, error);
    return st != 0 && none ? SEC_E_NO_CREDENTIALS : st;
}

void
krb_tickets_free(struct krb_tickets *t)
{
    struct session s = { .k = NULL };

    if (t == NULL)
        return;
    /* The library forgets a MEMORY cache only when it is destroyed. */
    if (session_open(t, &s) == 0) {
        krb5_cc_destroy(s.k, s.cache);
        s.cache = NULL;
    }
    session_close(&s);
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

bool
krb_tickets_renew_is_due(const struct krb_tickets *t, int64_t now)
{
    return t->renew_till > t->end && now < t->end && now > t->renew_at;
}

status_t
krb_tickets_renew(struct krb_tickets *t, int64_t now, char error[KRB_TICKETS_ERROR_MAX])
{
    struct session s = { .k = NULL };
    krb5_creds creds = { 0 };
    krb5_error_code e = session_open(t, &s);
    status_t st = 0;

    if (e == 0)
        e = krb5_get_renewed_creds(s.k, &creds, s.client, s.cache, NULL);
    if (e == 0)
        e = cache_replace(&s, t, &creds);
    if (e == 0) {
        times_keep(t, &creds);
    } else {
        t->renew_at = now + RENEW_AGAIN_S;
        st = session_fail(&s, e, error);
    }
    if (s.k != NULL)
        krb5_free_cred_contents(s.k, &creds);
    session_close(&s);
    return st;
}

/* ---- a service's ticket ------------------------------------------------- */

/* Without a realm it is the referral realm, "": the KDC knows where the service is. */
static krb5_error_code
target_parse(struct session *s, struct view target, krb5_principal *out)
{
    char text[NAME_ROOM], name[NAME_ROOM + 1];
    krb5_error_code e;

    if (target.n == 0 || !text_copy(target, text, sizeof(text)))
        return KRB5_PARSE_MALFORMED;
    snprintf(name, sizeof(name), "%s%s", text, strchr(text, '@') == NULL ? "@" : "");
    e = krb5_parse_name(s->k, name, out);
    if (e == 0 && (*out)->length > 1)
        (*out)->type = KRB5_NT_SRV_INST;
    return e;
}

/* The ticket-granting ticket of the client's own realm, if it is in the cache. */
static krb5_error_code
granting_get(struct session *s, krb5_creds **out)
{
    const krb5_data *realm = &s->client->realm;
    krb5_creds want = { .client = s->client };
    krb5_error_code e = krb5_build_principal_ext(
        s->k, &want.server, realm->length, realm->data, KRB5_TGS_NAME_SIZE, KRB5_TGS_NAME,
        realm->length, realm->data, 0);

    if (e == 0)
        e = krb5_get_credentials(s->k, KRB5_GC_CACHED, s->cache, &want, out);
    krb5_free_principal(s->k, want.server);
    return e;
}

/* What the library stores it never throws away: past the limit all begins anew. */
static krb5_error_code
store_bound(struct session *s, struct krb_tickets *t)
{
    krb5_creds *granting = NULL;
    krb5_error_code e;

    if (t->stored < STORED_MAX)
        return 0;
    e = granting_get(s, &granting);
    if (e == 0)
        e = cache_replace(s, t, granting);
    krb5_free_creds(s->k, granting);
    return e;
}

static krb5_error_code
creds_get(struct session *s, struct krb_tickets *t, const struct krb_ticket_request *in)
{
    krb5_creds want = { .client = s->client };
    krb5_flags flags = KRB5_GC_CANONICALIZE;
    krb5_error_code e = target_parse(s, in->target, &s->server);

    if (e != 0)
        return e;
    want.server = s->server;
    if (in->user_to_user.n > 0) {
        want.second_ticket.data = (char *)(uintptr_t)in->user_to_user.p;
        want.second_ticket.length = (unsigned)in->user_to_user.n;
        flags |= KRB5_GC_USER_USER | KRB5_GC_NO_STORE;
    }
    if ((flags & KRB5_GC_NO_STORE) == 0) {
        if (krb5_get_credentials(s->k, flags | KRB5_GC_CACHED, s->cache, &want, &s->creds) == 0)
            return 0;
        e = store_bound(s, t);
        t->stored += e == 0;
    }
    return e == 0 ? krb5_get_credentials(s->k, flags, s->cache, &want, &s->creds) : e;
}

static struct view
block_put(struct krb_service_ticket *out, krb5_data d)
{
    struct view v = view_of(out->bytes + out->size, d.length);

    if (d.length > 0)
        memcpy(out->bytes + out->size, d.data, d.length);
    out->size += d.length;
    return v;
}

static krb5_error_code
ticket_copy(const krb5_creds *c, struct krb_service_ticket *out)
{
    const krb5_principal_data *client = c->client;
    size_t size = c->ticket.length + client->realm.length + 1;

    if (client->length < 1 || client->length > KRB_TICKET_COMPONENTS_MAX ||
        c->keyblock.length > KRB_TICKET_KEY_MAX)
        return KRB5_PARSE_MALFORMED;
    for (int i = 0; i < client->length; i++)
        size += client->data[i].length;
    out->bytes = malloc(size);
    if (out->bytes == NULL)
        return ENOMEM;
    out->der = block_put(out, c->ticket);
    out->client_realm = block_put(out, client->realm);
    for (int i = 0; i < client->length; i++)
        out->client[i] = block_put(out, client->data[i]);
    out->client_count = (unsigned)client->length;
    out->client_type = client->type;
    out->enctype = c->keyblock.enctype;
    out->key_size = c->keyblock.length;
    memcpy(out->key, c->keyblock.contents, out->key_size);
    out->flags = (uint32_t)c->ticket_flags;
    out->end = (int64_t)(uint32_t)c->times.endtime;
    return 0;
}

status_t
krb_tickets_get(struct krb_tickets *t, const struct krb_ticket_request *in,
                struct krb_service_ticket *out, char error[KRB_TICKETS_ERROR_MAX])
{
    struct session s = { .k = NULL };
    krb5_error_code e = session_open(t, &s);
    status_t st = 0;

    *out = (struct krb_service_ticket){ .bytes = NULL };
    if (e == 0)
        e = creds_get(&s, t, in);
    if (e == 0)
        e = ticket_copy(s.creds, out);
    if (e != 0)
        st = session_fail(&s, e, error);
    session_close(&s);
    return st;
}

status_t
krb_tickets_granting(struct krb_tickets *t, struct krb_service_ticket *out,
                     char error[KRB_TICKETS_ERROR_MAX])
{
    struct session s = { .k = NULL };
    krb5_error_code e = session_open(t, &s);
    status_t st = 0;

    *out = (struct krb_service_ticket){ .bytes = NULL };
    if (e == 0)
        e = granting_get(&s, &s.creds);
    if (e == 0)
        e = ticket_copy(s.creds, out);
    if (e != 0)
        st = session_fail(&s, e, error);
    session_close(&s);
    return st;
}

void
krb_service_ticket_wipe(struct krb_service_ticket *t)
{
    free(t->bytes);
    secret_wipe(t, sizeof(*t));
}

/* ---- delegation --------------------------------------------------------- */

/* The library seals a KRB-CRED under the key that its auth context has. */
static krb5_error_code
forward_ask(struct session *s, const struct krb_service_ticket *to, krb5_data *out)
{
    krb5_auth_context ac = NULL;
    krb5_keyblock key = { .enctype = to->enctype, .length = (unsigned)to->key_size,
                          .contents = (krb5_octet *)(uintptr_t)to->key };
    krb5_error_code e = krb5_auth_con_init(s->k, &ac);

    if (e == 0)
        e = krb5_auth_con_setflags(s->k, ac, 0);    /* no replay cache: it is inside an AP-REQ */
    if (e == 0)
        e = krb5_auth_con_setuseruserkey(s->k, ac, &key);
    if (e == 0)
        e = krb5_fwd_tgt_creds(s->k, ac, NULL, s->client, s->server, s->cache, 1, out);
    if (ac != NULL)
        krb5_auth_con_free(s->k, ac);
    return e;
}

status_t
krb_tickets_forward(struct krb_tickets *t, const struct krb_service_ticket *to, struct view target,
                    uint8_t **out, size_t *size, char error[KRB_TICKETS_ERROR_MAX])
{
    struct session s = { .k = NULL };
    krb5_data message = { 0 };
    krb5_error_code e = session_open(t, &s);
    status_t st = 0;

    if (e == 0)
        e = target_parse(&s, target, &s.server);
    if (e == 0)
        e = forward_ask(&s, to, &message);
    if (e != 0)
        st = session_fail(&s, e, error);
    *out = (uint8_t *)message.data;     /* malloc's, as all of the library's data */
    *size = message.length;
    session_close(&s);
    return st;
}
