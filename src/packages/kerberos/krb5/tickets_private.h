/*
 * tickets_private.h: what the files of a logon session's tickets share. A call opens a
 * krb_session: a krb5_context of its own, as the library wants one a thread, and the session's
 * MEMORY cache, which its name finds again.
 */
#ifndef KRB_TICKETS_PRIVATE_H
#define KRB_TICKETS_PRIVATE_H

#include "packages/kerberos/krb5/outage_watch.h"
#include "packages/kerberos/krb5/tickets.h"

#include <krb5.h>

#define KRB_NAME_ROOM 1024

struct krb_tickets {
    char *config;               /* NULL: the library's choice */
    struct krb_outages *outages;        /* the caller's; NULL: none */
    char *cache;                /* "MEMORY:..." */
    char *client;
    int64_t end, renew_till;    /* of the ticket-granting ticket */
    int64_t renew_at;
    unsigned stored;            /* services' tickets, at most, in the cache */
};

/* One call: everything of the library's that has to be given back. */
struct krb_session {
    krb5_context k;
    krb5_ccache cache;
    krb5_principal client, server;
    krb5_creds *creds;
    struct krb_watch watch;
};

/* The caller closes it also where this failed. */
MUST_CHECK krb5_error_code krb_session_open(const struct krb_tickets *t, struct krb_session *s);
void krb_session_close(struct krb_session *s);
/* The SECURITY_STATUS of e, and the library's words for it. */
MUST_CHECK status_t krb_session_fail(const struct krb_session *s, krb5_error_code e,
                                     char error[KRB_TICKETS_ERROR_MAX]);

/* The cache has this one ticket and nothing else. */
MUST_CHECK krb5_error_code krb_session_cache_fill(struct krb_session *s, krb5_ccache cache,
                                                  krb5_creds *c);
/* A cache of this one ticket takes the place of the one that is there, or nothing changes. */
MUST_CHECK krb5_error_code krb_session_cache_replace(struct krb_session *s, struct krb_tickets *t,
                                                     krb5_creds *c);
/* When the ticket-granting ticket ends, and when it wants to be renewed. */
void krb_tickets_times_keep(struct krb_tickets *t, const krb5_creds *c);

/* With a NUL behind it. False: too long, or one is in it. */
MUST_CHECK bool krb_text_copy(struct view in, char *out, size_t room);

#endif
