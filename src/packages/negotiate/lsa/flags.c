/*
 * Requirements on their way from the application to the package that does the
 * work. Where each of them goes is a table, requirements.def.
 *
 * Runs in the authority.
 */
#include "packages/negotiate/lsa/flags.h"

#include "sspi.h"

static const enum nego_way column[REQUIREMENTS] = {
#define NEGO_REQUIREMENT(name, way, effect, why) [REQUIREMENT_##name] = NEGO_WAY_##way,
#include "packages/negotiate/requirements.def"
#undef NEGO_REQUIREMENT
};

/* A row that was forgotten would be one that is passed on unseen. */
enum {
    COLUMN_ROWS = 0
#define NEGO_REQUIREMENT(name, way, effect, why) +1
#include "packages/negotiate/requirements.def"
#undef NEGO_REQUIREMENT
};
_Static_assert((unsigned)COLUMN_ROWS == REQUIREMENTS, "a row for each requirement");

uint32_t
nego_flags_pass(enum requirement_side side, uint32_t requirements)
{
    uint64_t passed = requirements;

    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (column[i] == NEGO_WAY_PASSED)
            continue;
        if (column[i] == NEGO_WAY_ADDED && side == REQUIREMENT_INITIATE)
            passed |= requirement_table[i].req[side];
        if (column[i] == NEGO_WAY_KEPT)
            passed &= ~requirement_table[i].req[side];
    }
    if (side == REQUIREMENT_INITIATE && (requirements & ISC_REQ_NO_INTEGRITY) != 0)
        passed &= ~(uint64_t)ISC_REQ_INTEGRITY;
    return (uint32_t)passed;
}
