/* query.h: contexts of Negotiate, asked and deleted. */
#ifndef NEGO_LSA_QUERY_H
#define NEGO_LSA_QUERY_H

#include "packages/negotiate/lsa/leg.h"

extern const SecPkgInfoW nego_package_info;

/* The slots of SECPKG_FUNCTION_TABLE. */
SpQueryContextAttributesFn nego_context_query;
SpDeleteContextFn nego_context_delete;

#endif
