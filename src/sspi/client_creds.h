/*
 * Credentials for one context: those that the application supplies with the
 * call (ISC_REQ_USE_SUPPLIED_CREDS) and those that its user is asked for
 * (ISC_REQ_PROMPT_FOR_CREDS).
 */
#ifndef SSPI_CLIENT_CREDS_H
#define SSPI_CLIENT_CREDS_H

#include "ipc/ipc.h"
#include "sspi/credential.h"

/* A credential of this call's, in the process's table; number 0: none. */
struct sspi_client_creds {
    struct sspi_credential *credential;     /* referenced */
    uint64_t number;
};

/*
 * The identity in a SECBUFFER_PKG_PARAMS of the input, for the package of `like`. It is taken
 * out of what is sent (wire). Without one, SEC_E_OK and no credential: the package may know
 * what the buffer is.
 */
MUST_CHECK status_t sspi_client_creds_supplied(struct sspi_client_creds *c,
                                               const struct sspi_credential *like, bool ansi,
                                               const SecBufferDesc *input,
                                               struct ipc_buffers *wire);
/* Asks. SEC_E_NO_CREDENTIALS: nobody can be asked, or did not answer. */
MUST_CHECK status_t sspi_client_creds_collect(struct sspi_client_creds *c,
                                              const struct sspi_credential *like,
                                              const char16_t *target);
/* Contexts made from it live on. Asks the authority: no other ask may be open. */
void sspi_client_creds_wipe(struct sspi_client_creds *c, struct sspi_process *p);

#endif
