/* acceptor.h: the server side of Negotiate. */
#ifndef NEGO_LSA_ACCEPTOR_H
#define NEGO_LSA_ACCEPTOR_H

#include "packages/negotiate/lsa/leg.h"

/* The slot of SECPKG_FUNCTION_TABLE. */
SpAcceptLsaModeContextFn nego_acceptor_accept;

#endif
