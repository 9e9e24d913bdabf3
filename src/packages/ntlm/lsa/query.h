/* query.h: contexts asked and deleted in LSA mode. */
#ifndef NTLM_LSA_QUERY_H
#define NTLM_LSA_QUERY_H

#include "packages/ntlm/lsa/support.h"

SpQueryContextAttributesFn ntlm_context_query;
SpDeleteContextFn ntlm_context_delete;

#endif
