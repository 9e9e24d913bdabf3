/* query.h: contexts asked and deleted in LSA mode. */
#ifndef KRB_LSA_QUERY_H
#define KRB_LSA_QUERY_H

#include "packages/kerberos/lsa/support.h"

SpQueryContextAttributesFn krb_context_query;
SpDeleteContextFn krb_context_delete;

#endif
