/*
 * parallel: a package without state but counters, so that threads may call it at
 * once and a test can tell that everything that was made is gone.
 *
 * The token "again" asks for another leg, "no" fails the logon, anything else completes.
 */
#ifndef TESTS_ANSWER_PARALLEL_H
#define TESTS_ANSWER_PARALLEL_H

#include <stdatomic.h>

#define PARALLEL_CONTROL "parallel_control"

struct parallel_control {
    atomic_uint_fast64_t next_handle;
    atomic_int credentials, contexts;   /* alive */
    atomic_uint accepts, cleanups;
    atomic_bool wrong;                  /* a handle that was never given out came in */
};

#endif
