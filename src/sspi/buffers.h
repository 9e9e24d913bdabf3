/* SecBufferDesc of the application <-> the buffers of a message. */
#ifndef SSPI_BUFFERS_H
#define SSPI_BUFFERS_H

#include "ipc/ipc.h"

#include "sspi.h"

/* ulVersion, count and array are sound, as far as that can be told. SEC_E_INVALID_TOKEN. */
MUST_CHECK status_t sspi_buffers_check(const SecBufferDesc *d);

/* Views of the application's memory; NULL: no descriptor. */
MUST_CHECK status_t sspi_buffers_input(const SecBufferDesc *d, struct ipc_buffers *out);
/* Types and room. allocate: what comes will be put in blocks of ours. */
MUST_CHECK status_t sspi_buffers_output(const SecBufferDesc *d, bool allocate,
                                        struct ipc_buffers *out);

/*
 * Puts what came into the application's buffers, or in blocks for FreeContextBuffer.
 * SEC_E_BUFFER_TOO_SMALL, SEC_E_INSUFFICIENT_MEMORY: then nothing is left allocated.
 */
MUST_CHECK status_t sspi_buffers_store(SecBufferDesc *d, const struct ipc_buffers *came,
                                       bool allocate);
/* Nothing to send: callers send whatever cbBuffer says. */
void sspi_buffers_clear(SecBufferDesc *d);
/* Types and sizes that the package changed: SECBUFFER_EXTRA, SECBUFFER_MISSING. */
void sspi_buffers_update(SecBufferDesc *d, const struct ipc_buffers *came);

#endif
