/*
 * pac.h: whether a PAC is its ticket's (MS-PAC 2.7, 2.8): all that a service
 * can verify of it, as it has the server's key and no other.
 */
#ifndef KRB_PROTECT_PAC_H
#define KRB_PROTECT_PAC_H

#include "crypto/krb.h"
#include "packages/kerberos/wire/wire.h"

/*
 * The server signature, under the very key that decrypted the ticket. False:
 * there is none, of a type that the key cannot make, or it is not right. Room
 * for a copy of the PAC is taken from the heap; false as well where there is
 * none.
 */
MUST_CHECK bool krb_pac_check_server(const struct krb_pac *pac, const struct crypto_krb_key *key);

/* CLIENT_INFO: whether it is of this ticket, by name (UTF-16LE) and time of authentication. */
MUST_CHECK bool krb_pac_check_client(const struct krb_pac *pac,
                                     const struct krb_enc_ticket_part *ticket);

#endif
