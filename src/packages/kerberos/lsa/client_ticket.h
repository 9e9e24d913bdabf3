/* client_ticket.h: the calling user's own ticket, from his credential cache (D11). */
#ifndef KRB_LSA_CLIENT_TICKET_H
#define KRB_LSA_CLIENT_TICKET_H

#include "packages/kerberos/lsa/initiator.h"

/*
 * Takes the ticket for i->target out of the provider's answer that came with the call, and
 * what is delegated. SEC_E_NO_CREDENTIALS: none came, and the client has been told what is
 * needed; SEC_E_INVALID_TOKEN: what came is not for this context.
 */
MUST_CHECK NTSTATUS krb_client_ticket_take(struct krb_initiator *i, PUNICODE_STRING target);

#endif
