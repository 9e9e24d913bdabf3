/*
 * log_gate: keeps a log line that a stranger can provoke down to one a second,
 * and counts what was held back: it could otherwise fill the log and push out the
 * lines that matter, the audit's first of all.
 */
#ifndef BASE_LOG_GATE_H
#define BASE_LOG_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct log_gate {
    atomic_int_fast64_t opened;     /* boot second of the last line, from 1; 0: never */
    atomic_uint_fast64_t held;      /* since then */
};

/* True when the line may be written; *held is how many were not since the last. Thread-safe. */
bool log_gate_pass(struct log_gate *g, uint64_t *held);

#endif
