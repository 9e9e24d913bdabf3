/* delegation.h: credentials that clients delegate, from the AP-REQ to their use. */
#ifndef KRB_LSA_DELEGATION_H
#define KRB_LSA_DELEGATION_H

#include "packages/kerberos/lsa/accept.h"

/*
 * What the checksum holds, opened and judged, into a->out. Nothing happens where the
 * application does not ask for it, or its service may not have it.
 */
MUST_CHECK NTSTATUS krb_delegation_open(struct krb_accept *a);
/* Into the client's logon session, with which it ends. Without one it is given up. */
void krb_delegation_keep(struct krb_accept *a);

/* For a thread that impersonates: SEC_E_NO_CREDENTIALS where its client delegated nothing. */
MUST_CHECK NTSTATUS krb_delegation_take(struct krb_credential *c, LUID session);

#endif
