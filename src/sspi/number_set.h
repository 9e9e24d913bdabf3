/* A set of 64-bit numbers: which LSA_SEC_HANDLEs of a user half are in use (D7). */
#ifndef SSPI_NUMBER_SET_H
#define SSPI_NUMBER_SET_H

#include "base/view.h"

/* Zeroed is empty. Not thread-safe: its owner locks. */
struct sspi_number_set {
    uint64_t *slots;    /* open addressing; 0: empty, so the number 0 is kept apart */
    size_t room;        /* a power of two */
    size_t count;
    bool has_zero;
};

bool sspi_number_has(const struct sspi_number_set *s, uint64_t number);
/* False: it is there already, or there is no memory. */
bool sspi_number_add(struct sspi_number_set *s, uint64_t number);
void sspi_number_remove(struct sspi_number_set *s, uint64_t number);
void sspi_number_wipe(struct sspi_number_set *s);

#endif
