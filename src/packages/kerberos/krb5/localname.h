/*
 * localname.h: the local name of a principal by krb5.conf's auth_to_local
 * rules, as every other service of this machine makes it.
 */
#ifndef KRB_KRB5_LOCALNAME_H
#define KRB_KRB5_LOCALNAME_H

#include "packages/kerberos/wire/wire.h"

struct krb_localnames;

/* NULL: no memory. */
MUST_CHECK struct krb_localnames *krb_localnames_new(void);
/* NULL is nothing. */
void krb_localnames_free(struct krb_localnames *all);
/*
 * config: a krb5.conf, which is read again within a second where it has changed; NULL: libkrb5's
 * own choice. False: the rules name nobody, or the name does not fit. Thread-safe, and never waits:
 * modules of [plugins] take no part.
 */
MUST_CHECK bool krb_localname_find(struct krb_localnames *all, const char *config,
                                   const struct krb_name *name, struct view realm, char *out,
                                   size_t room);

#endif
