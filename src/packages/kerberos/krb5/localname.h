/*
 * localname.h: the local name of a principal by krb5.conf's auth_to_local
 * rules, as every other service of this machine makes it.
 */
#ifndef KRB_KRB5_LOCALNAME_H
#define KRB_KRB5_LOCALNAME_H

#include "packages/kerberos/wire/wire.h"

/*
 * config: a krb5.conf; NULL: libkrb5's own choice. False: the rules name nobody, or the name
 * does not fit. Thread-safe. Reads configuration, and waits as long as a plug-in does that
 * it names.
 */
MUST_CHECK bool krb_localname_find(const char *config, const struct krb_name *name,
                                   struct view realm, char *out, size_t room);

#endif
