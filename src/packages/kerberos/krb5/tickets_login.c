/*
 * Logging on by MIT's libkrb5: an AS exchange by password or keytab, what a client delegated, or
 * what the user has already. Tickets go into memory only.
 *
 * Runs in the authority's slow pool, and in the application for the user's own cache. Trusts the
 * KDC for what it says of the client; it has proved that it knows his key.
 */
#include "packages/kerberos/krb5/tickets_private.h"

#include "base/secret.h"
#include "packages/kerberos/krb5/context.h"

#include "ntstatus.h"
#include "winerror.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PASSWORD_ROOM 1024
#define RENEW_S (7 * 24 * 60 * 60)      /* asked for; the KDC has the last word */

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
login_name(const struct krb_login *in, char out[KRB_NAME_ROOM])
{
    char realm[KRB_NAME_ROOM];
    char *at;

    if (in->user.n == 0 || !krb_text_copy(in->user, out, KRB_NAME_ROOM) ||
        !krb_text_copy(in->realm, realm, sizeof(realm)))
        return false;
    at = strrchr(out, '@');
    if (at == NULL && realm[0] != '\0') {
        size_t n = strlen(out);

        if (snprintf(out + n, KRB_NAME_ROOM - n, "@%s", realm) >= (int)(KRB_NAME_ROOM - n))
            return false;
        at = out + n;
    }
    if (at != NULL)
        realm_upcase(at + 1);
    return true;
}

static krb5_error_code
login_options(struct krb_session *s, krb5_get_init_creds_opt **out)
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
login_by_password(struct krb_session *s, const struct krb_login *in,
                  krb5_get_init_creds_opt *options, krb5_creds *creds)
{
    char password[PASSWORD_ROOM];
    krb5_error_code e = KRB5KDC_ERR_PREAUTH_FAILED;

    if (krb_text_copy(in->password, password, sizeof(password)))
        e = krb5_get_init_creds_password(s->k, creds, s->client, password, NULL, NULL, 0, NULL,
                                         options);
    secret_wipe(password, sizeof(password));
    return e;
}

static krb5_error_code
login_by_keytab(struct krb_session *s, const struct krb_login *in, krb5_get_init_creds_opt *options,
                krb5_creds *creds)
{
    char name[KRB_NAME_ROOM];
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

/* What a client delegated: the library reads the message without a key, as it has none. */
static krb5_error_code
login_by_delegation(struct krb_session *s, const struct krb_login *in, struct krb_tickets *t)
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
        e = creds[0] != NULL ? krb_session_cache_fill(s, s->cache, creds[0]) : KRB5_CC_NOTFOUND;
    if (e == 0)
        krb_tickets_times_keep(t, creds[0]);
    if (creds != NULL)
        krb5_free_tgt_creds(s->k, creds);
    if (ac != NULL)
        krb5_auth_con_free(s->k, ac);
    return e;
}

static krb5_error_code
login_ask(struct krb_session *s, const struct krb_login *in, struct krb_tickets *t)
{
    krb5_get_init_creds_opt *options = NULL;
    krb5_creds creds = { 0 };
    char name[KRB_NAME_ROOM];
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
        krb_tickets_times_keep(t, &creds);
    krb5_free_cred_contents(s->k, &creds);
    if (options != NULL)
        krb5_get_init_creds_opt_free(s->k, options);
    return e;
}

/* The cache's full name, and the client's as the KDC has it. */
static krb5_error_code
login_keep(struct krb_session *s, struct krb_tickets *t)
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
login_end(struct krb_session *s, krb5_error_code e, struct krb_tickets *t, struct krb_tickets **out,
          char error[KRB_TICKETS_ERROR_MAX])
{
    status_t st = 0;

    if (e != 0) {
        st = krb_session_fail(s, e, error);
        if (s->cache != NULL)
            krb5_cc_destroy(s->k, s->cache);
        s->cache = NULL;
    }
    krb_session_close(s);
    *out = e == 0 ? t : NULL;
    if (e == 0)
        return 0;
    if (t != NULL)
        free(t->cache);
    free(t);
    return st;
}

/* Of the KDC's word, or because its answer does not open. */
static bool
secret_is_wrong(krb5_error_code e)
{
    return e == KRB5KDC_ERR_PREAUTH_FAILED || e == KRB5_PREAUTH_FAILED ||
           e == KRB5KRB_AP_ERR_BAD_INTEGRITY;
}

status_t
krb_tickets_login(const struct krb_login *in, struct krb_tickets **out,
                  char error[KRB_TICKETS_ERROR_MAX])
{
    struct krb_tickets *t = calloc(1, sizeof(*t));
    struct krb_session s = { .k = NULL };
    krb5_error_code e = t != NULL ? krb_context_open(in->config, &s.k) : ENOMEM;
    status_t st;

    if (e == 0)
        krb_watch_begin(&s.watch, s.k, t->outages = in->outages);
    if (e == 0)
        e = krb5_cc_new_unique(s.k, "MEMORY", NULL, &s.cache);
    if (e == 0)
        e = login_ask(&s, in, t);
    if (e == 0)
        e = login_keep(&s, t);
    if (e == 0 && in->config != NULL && (t->config = strdup(in->config)) == NULL)
        e = ENOMEM;
    st = login_end(&s, e, t, out, error);
    if (secret_is_wrong(e))
        return STATUS_WRONG_PASSWORD;
    /* Of a ticket that means another service, of the KDC's answer that it is not to be believed. */
    return st == SEC_E_WRONG_PRINCIPAL ? SEC_E_LOGON_DENIED : st;
}

/* The user's cache into s->cache, of memory. */
static krb5_error_code
default_copy(struct krb_session *s)
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
    struct krb_session s = { .k = NULL };
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
