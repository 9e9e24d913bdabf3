/*
 * The table of context requirements, and the way between a side's bits and
 * sets of rows. See requirement.h.
 *
 * Runs in the authority, on each leg; the bits are the application's.
 */
#include "packages/common/requirement.h"

#include "sspi.h"

const struct requirement requirement_table[REQUIREMENTS] = {
#define REQUIREMENT(name, nth, isc_req, isc_ret, asc_req, asc_ret, meaning) \
    { #name, nth, { isc_req, asc_req }, { isc_ret, asc_ret }, meaning },
#include "packages/common/requirements.def"
#undef REQUIREMENT
};

uint64_t
requirement_asked(enum requirement_side side, uint64_t bits)
{
    uint64_t set = 0;

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (bits & requirement_table[i].req[side])
            set |= UINT64_C(1) << i;
    }
    return set;
}

uint32_t
requirement_returned(enum requirement_side side, uint64_t met)
{
    uint64_t bits = 0;

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (met >> i & 1)
            bits |= requirement_table[i].ret[side];
    }
    return (uint32_t)bits;
}
