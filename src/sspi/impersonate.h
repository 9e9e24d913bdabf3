/* Threads that act for a client: see impersonate.c. */
#ifndef SSPI_IMPERSONATE_H
#define SSPI_IMPERSONATE_H

#include "sspi/token.h"

/* The calling thread becomes whom the token is about. A Windows error code; 0: it has. */
uint32_t sspi_impersonate(struct sspi_process *p, struct sspi_token *t);
/* And itself again. False: it still acts for the client. */
MUST_CHECK bool sspi_revert(void);

/* The token of whom the calling thread acts for, borrowed; NULL: the process itself. */
struct sspi_token *sspi_impersonated(void);

/*
 * What libsspi does for itself (connecting, loading modules, an authority in this process) it
 * does as the process, between these two. Pauses nest.
 */
void sspi_impersonate_pause(void);
void sspi_impersonate_resume(void);

#endif
