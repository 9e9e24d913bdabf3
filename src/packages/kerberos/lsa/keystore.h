/*
 * keystore.h: the keys of every service, read from the keytab that its section
 * names and read again when that file has changed (D1, D25).
 */
#ifndef KRB_LSA_KEYSTORE_H
#define KRB_LSA_KEYSTORE_H

#include "packages/kerberos/lsa/keyring.h"

struct keystore;

/* NULL: no memory. */
struct keystore *keystore_new(void);
/* No ring of it may be in use. NULL is fine. */
void keystore_free(struct keystore *s);

/*
 * The keys of the service of the current call, referenced: keyring_put(). NULL: it has none; a
 * line of the log names the setting.
 */
struct keyring *keystore_get(struct keystore *s);

#endif
