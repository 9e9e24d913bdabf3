/*
 * What the entry points share: SecHandles in, objects out. The exported functions
 * themselves are declared by the public headers alone.
 */
#ifndef SSPI_ENTRY_H
#define SSPI_ENTRY_H

#include "sspi/context.h"
#include "sspi/credential.h"

/* A resolved handle; give it back by entry_put(). */
struct entry {
    struct sspi_process *process;
    uint64_t number;
    union {
        struct sspi_context *context;
        struct sspi_credential *credential;
    };
};

MUST_CHECK status_t sspi_entry_context(struct entry *e, const SecHandle *h);
MUST_CHECK status_t sspi_entry_credential(struct entry *e, const SecHandle *h);
void sspi_entry_put(struct entry *e);

#endif
