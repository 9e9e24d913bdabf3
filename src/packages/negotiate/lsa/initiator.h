/* initiator.h: the client side of Negotiate. */
#ifndef NEGO_LSA_INITIATOR_H
#define NEGO_LSA_INITIATOR_H

#include "packages/negotiate/lsa/leg.h"

/* The slot of SECPKG_FUNCTION_TABLE. */
SpInitLsaModeContextFn nego_initiator_initialize;

#endif
