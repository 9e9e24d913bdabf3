/* Attributes of contexts and credentials: who answers, and in which form. */
#ifndef SSPI_QUERY_H
#define SSPI_QUERY_H

#include "sspi/context.h"
#include "sspi/credential.h"

/* The size where the caller's function does not pass one. */
#define SSPI_SIZE_UNKNOWN UINT32_MAX

status_t sspi_context_query(struct sspi_context *c, uint32_t attribute, void *buffer,
                            uint32_t size, bool ansi);
status_t sspi_credential_query(struct sspi_credential *c, uint32_t attribute, void *buffer,
                               uint32_t size, bool ansi);

#endif
