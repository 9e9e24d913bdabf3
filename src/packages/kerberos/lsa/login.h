/* login.h: a credential's identity, logged on at the KDC. The slow pool's calls only (D6). */
#ifndef KRB_LSA_LOGIN_H
#define KRB_LSA_LOGIN_H

#include "packages/kerberos/lsa/credential.h"
#include "packages/kerberos/lsa/logon.h"

/*
 * Under the lock of the credential's logon, which it must have: its tickets are there and not
 * over. target is for the log. SEC_E_NO_CREDENTIALS: the logon session has ended.
 */
MUST_CHECK NTSTATUS krb_login(const struct krb_credential *c, const char *target);
/* st is what it came to; error: what the library says. */
void krb_login_log(const struct krb_credential *c, const char *target, const char *event,
                   NTSTATUS st, const char *error);

#endif
