/*
 * Tickets for services by MIT's libkrb5: TGS exchanges, referrals between realms, the KDC's
 * address and all that belongs to it, and the forwarding of the user's own ticket.
 *
 * Runs in the authority's slow pool, and in the application for the user's own cache. Trusts the
 * KDC for what it says of the service.
 */
#include "packages/kerberos/krb5/tickets_private.h"

#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define STORED_MAX 256                  /* services' tickets of one logon */

/* ---- a service's ticket ------------------------------------------------- */

/* Without a realm it is the referral realm, "": the KDC knows where the service is. */
static krb5_error_code
target_parse(struct krb_session *s, struct view target, krb5_principal *out)
{
    char text[KRB_NAME_ROOM], name[KRB_NAME_ROOM + 1];
    krb5_error_code e;

    if (target.n == 0 || !krb_text_copy(target, text, sizeof(text)))
        return KRB5_PARSE_MALFORMED;
    snprintf(name, sizeof(name), "%s%s", text, strchr(text, '@') == NULL ? "@" : "");
    e = krb5_parse_name(s->k, name, out);
    if (e == 0 && (*out)->length > 1)
        (*out)->type = KRB5_NT_SRV_INST;
    return e;
}

/* The ticket-granting ticket of the client's own realm, if it is in the cache. */
static krb5_error_code
granting_get(struct krb_session *s, krb5_creds **out)
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
store_bound(struct krb_session *s, struct krb_tickets *t)
{
    krb5_creds *granting = NULL;
    krb5_error_code e;

    if (t->stored < STORED_MAX)
        return 0;
    e = granting_get(s, &granting);
    if (e == 0)
        e = krb_session_cache_replace(s, t, granting);
    krb5_free_creds(s->k, granting);
    return e;
}

/*
 * Under the key of a ticket that anybody could have sent, so the KDC must vouch for whose it is. It
 * is asked for the target under that name and no other: some KDCs would make the ticket out to
 * whoever sent his. A target without a realm is in the client's: the other ticket does not say.
 */
static krb5_error_code
creds_get_of_user(struct krb_session *s, const struct krb_ticket_request *in)
{
    krb5_creds want = {
        .client = s->client, .server = s->server,
        .second_ticket = { .data = (char *)(uintptr_t)in->user_to_user.p,
                           .length = (unsigned)in->user_to_user.n },
    };
    const krb5_data *realm = &s->client->realm;
    char text[KRB_NAME_ROOM];
    krb5_error_code e = 0;

    if (s->server->realm.length == 0)
        e = krb_text_copy(view_of(realm->data, realm->length), text, sizeof(text))
                ? krb5_set_principal_realm(s->k, s->server, text)
                : KRB5_PARSE_MALFORMED;
    if (e == 0)
        e = krb5_get_credentials(s->k, KRB5_GC_USER_USER | KRB5_GC_NO_STORE, s->cache, &want,
                                 &s->creds);
    /* The library says so by itself where the KDC's answer names another than was asked for. */
    if (e == KRB5_KDCREP_MODIFIED ||
        (e == 0 && !krb5_principal_compare(s->k, s->creds->server, s->server)))
        e = KRB5KRB_AP_WRONG_PRINC;
    return e;
}

static krb5_error_code
creds_get(struct krb_session *s, struct krb_tickets *t, const struct krb_ticket_request *in)
{
    krb5_creds want = { .client = s->client };
    krb5_error_code e = target_parse(s, in->target, &s->server);

    if (e == 0 && in->user_to_user.n > 0)
        return creds_get_of_user(s, in);
    if (e != 0)
        return e;
    want.server = s->server;
    if (krb5_get_credentials(s->k, KRB5_GC_CANONICALIZE | KRB5_GC_CACHED, s->cache, &want,
                             &s->creds) == 0)
        return 0;
    e = store_bound(s, t);
    t->stored += e == 0;
    return e == 0 ? krb5_get_credentials(s->k, KRB5_GC_CANONICALIZE, s->cache, &want, &s->creds)
                  : e;
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

/* in: NULL: the ticket-granting ticket. */
static status_t
ticket_get(struct krb_tickets *t, const struct krb_ticket_request *in,
           struct krb_service_ticket *out, char error[KRB_TICKETS_ERROR_MAX])
{
    struct krb_session s = { .k = NULL };
    krb5_error_code e = krb_session_open(t, &s);
    status_t st = 0;

    *out = (struct krb_service_ticket){ .bytes = NULL };
    if (e == 0)
        e = in != NULL ? creds_get(&s, t, in) : granting_get(&s, &s.creds);
    if (e == 0)
        e = ticket_copy(s.creds, out);
    if (e != 0)
        st = krb_session_fail(&s, e, error);
    krb_session_close(&s);
    return st;
}

status_t
krb_tickets_get(struct krb_tickets *t, const struct krb_ticket_request *in,
                struct krb_service_ticket *out, char error[KRB_TICKETS_ERROR_MAX])
{
    return ticket_get(t, in, out, error);
}

status_t
krb_tickets_granting(struct krb_tickets *t, struct krb_service_ticket *out,
                     char error[KRB_TICKETS_ERROR_MAX])
{
    return ticket_get(t, NULL, out, error);
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
forward_ask(struct krb_session *s, const struct krb_service_ticket *to, krb5_data *out)
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
    struct krb_session s = { .k = NULL };
    krb5_data message = { 0 };
    krb5_error_code e = krb_session_open(t, &s);
    status_t st = 0;

    if (e == 0)
        e = target_parse(&s, target, &s.server);
    if (e == 0)
        e = forward_ask(&s, to, &message);
    if (e != 0)
        st = krb_session_fail(&s, e, error);
    *out = (uint8_t *)message.data;     /* malloc's, as all of the library's data */
    *size = message.length;
    krb_session_close(&s);
    return st;
}
