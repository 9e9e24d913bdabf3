/*
 * outage.h: realms whose KDC has kept somebody waiting for nothing. The next who asks it is told
 * so without a wait, whoever he is. Thread-safe; plain memory, and little of it.
 */
#ifndef KRB_KRB5_OUTAGE_H
#define KRB_KRB5_OUTAGE_H

#include "base/view.h"

struct krb_outages;

/* boot_ms: milliseconds that never step back. NULL: no memory. */
MUST_CHECK struct krb_outages *krb_outages_new(int64_t (*boot_ms)(void));
/* After all tickets that know it. NULL is nothing. */
void krb_outages_free(struct krb_outages *all);

#endif
