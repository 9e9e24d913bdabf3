/* flags.h: what is asked of the package that does the work, of what the application asked for. */
#ifndef NEGO_LSA_FLAGS_H
#define NEGO_LSA_FLAGS_H

#include "packages/common/requirement.h"

/* Where a requirement goes (requirements.def). */
enum nego_way {
    NEGO_WAY_PASSED,            /* on to the package */
    NEGO_WAY_ADDED,             /* a client's package gets it in any case */
    NEGO_WAY_KEPT,              /* Negotiate's own: the package does not hear of it */
};

/* ISC_REQ_* or ASC_REQ_* -> the same bits, for the package. */
uint32_t nego_flags_pass(enum requirement_side side, uint32_t requirements);

#endif
