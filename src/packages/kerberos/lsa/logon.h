/*
 * logon.h: who asks the KDC, and the tickets that he got: one for each identity of a logon
 * session (D10, D11), however many credential handles were acquired for it.
 */
#ifndef KRB_LSA_LOGON_H
#define KRB_LSA_LOGON_H

#include "packages/kerberos/lsa/support.h"

#include <pthread.h>
#include <stdatomic.h>

struct krb_tickets;
struct krb_logons;

#define KRB_LOGON_DIGEST_SIZE 32u

struct krb_logon {
    struct krb_logon *next;
    uint8_t digest[KRB_LOGON_DIGEST_SIZE];      /* of session, name and secret */
    LUID session;
    unsigned references;            /* credentials; under the store's lock, as the next */
    int64_t idle_since;             /* boot_ms(), with no references */
    atomic_bool ended;              /* the logon session is over: nothing is asked for it */
    _Atomic(int64_t) refused_until; /* boot_ms(): the KDC knows another secret; 0: it is right */
    /* Held while the KDC is asked, so that two contexts do not ask for the same. */
    pthread_mutex_t lock;
    struct krb_tickets *tickets;    /* NULL: not logged on yet */
};

/* NULL: no memory. */
struct krb_logons *krb_logons_new(void);
/* None may still be referenced. */
void krb_logons_free(struct krb_logons *all);

/*
 * The logon of these texts and secrets in the session, a new one where there was none;
 * krb_logon_put(). What the parts are is the caller's affair: they are compared, not kept.
 * NULL: no memory, or too many, which is logged.
 */
struct krb_logon *krb_logon_get(struct krb_logons *all, LUID session, const struct view *parts,
                                size_t count);
/* Stays for a while without references, for the next credential. */
void krb_logon_put(struct krb_logons *all, struct krb_logon *l);
/* The session is over: its tickets go with it. */
void krb_logons_end(struct krb_logons *all, LUID session);

#endif
