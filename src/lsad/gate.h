/*
 * gate: keeps a log line that a stranger can provoke down to one a second, and
 * counts what was held back.
 */
#ifndef LSAD_GATE_H
#define LSAD_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct lsad_gate {
    atomic_int_fast64_t opened;     /* boot second of the last line; 0: never */
    atomic_uint_fast64_t held;      /* since then */
};

/* True when the line may be written; *held is how many were not since the last. */
bool lsad_gate_pass(struct lsad_gate *g, uint64_t *held);

#endif
