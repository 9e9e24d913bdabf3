/* outage_watch.h: a krb5_context that looks at outages, and adds to them. For this folder only. */
#ifndef KRB_KRB5_OUTAGE_WATCH_H
#define KRB_KRB5_OUTAGE_WATCH_H

#include "packages/kerberos/krb5/outage.h"

#include <krb5.h>

#define KRB_REALM_ROOM 256          /* a longer one is asked each time, and nothing is noted */

/* Of one context; stays where it is as long as that. */
struct krb_watch {
    struct krb_outages *outages;
    char realm[KRB_REALM_ROOM];     /* whose KDC is being asked; "": none */
    int64_t since;                  /* boot_ms() */
    bool is_long;                   /* the message is */
};

/* outages: NULL: nothing is remembered. */
void krb_watch_begin(struct krb_watch *w, krb5_context k, struct krb_outages *outages);

#endif
