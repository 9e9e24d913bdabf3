/*
 * account_name.h: which account of the local store the client of a ticket is.
 */
#ifndef KRB_LSA_ACCOUNT_NAME_H
#define KRB_LSA_ACCOUNT_NAME_H

#include "packages/kerberos/wire/wire.h"

#define KRB_ACCOUNT_UNITS_MAX 256u

/*
 * The pattern of [realm NAME] accounts, filled in: UTF-16LE. False: it makes no name of this
 * client, or there is no room.
 */
MUST_CHECK bool krb_account_name(const char *pattern, const struct krb_enc_ticket_part *ticket,
                                 uint8_t *out, size_t room, size_t *n);

#endif
