/*
 * requirement.h: context requirements as one table for both sides, although
 * their bits differ between ISC_ and ASC_ (requirements.def).
 *
 * A package reads what was asked as a set of rows, decides for each of them
 * by a column of its own, and gives the met ones back as a set.
 */
#ifndef PACKAGES_COMMON_REQUIREMENT_H
#define PACKAGES_COMMON_REQUIREMENT_H

#include <stdbool.h>
#include <stdint.h>

enum requirement_id {
#define REQUIREMENT(name, nth, isc_req, isc_ret, asc_req, asc_ret, meaning) REQUIREMENT_##name,
#include "packages/common/requirements.def"
#undef REQUIREMENT
    REQUIREMENTS
};
/* Sets have a bit a row. */
_Static_assert(REQUIREMENTS <= 64, "a set of requirements fits 64 bits");

enum requirement_side { REQUIREMENT_INITIATE, REQUIREMENT_ACCEPT, REQUIREMENT_SIDES };

struct requirement {
    const char *name;           /* without ISC_REQ_ or ASC_REQ_ */
    unsigned nth;               /* of SpAcceptLsaModeContext's page; 0: not there */
    uint64_t req[REQUIREMENT_SIDES];
    uint64_t ret[REQUIREMENT_SIDES];
    const char *meaning;
};

extern const struct requirement requirement_table[REQUIREMENTS];

/* The set of what is asked for by ISC_REQ_* or ASC_REQ_* bits; unknown bits are no row's. */
uint64_t requirement_asked(enum requirement_side side, uint64_t bits);
/* ISC_RET_* or ASC_RET_* of a set. The bits above 32 are lost: no package here has them yet. */
uint32_t requirement_returned(enum requirement_side side, uint64_t met);

static inline bool
requirement_has(uint64_t set, enum requirement_id id)
{
    return (set >> id & 1) != 0;
}

#endif
