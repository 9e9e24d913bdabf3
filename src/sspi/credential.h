/* Credential handles of this process. */
#ifndef SSPI_CREDENTIAL_H
#define SSPI_CREDENTIAL_H

#include "sspi/ask.h"
#include "sspi/package.h"

/* What the authority knows a credential by, in one of its sessions. */
struct sspi_binding {
    struct sspi_binding *older;     /* kept: readers take no lock */
    uint64_t session, remote;
    uint32_t package;               /* id in that session */
};

struct sspi_credential {
    struct sspi_process *process;
    pthread_mutex_t lock;           /* renewing, and adding */
    _Atomic(struct sspi_binding *) binding;
    /*
     * How it was acquired, to acquire it again in a new session. Not renewable: there was
     * auth data, which we do not keep (D20).
     */
    atomic_bool renewable;
    char16_t *principal, *package;
    uint32_t use;
    bool has_logon_id;
    LUID logon_id;
};

/* AcquireCredentialsHandle; the number is in the process's table. */
MUST_CHECK status_t sspi_credential_acquire(struct sspi_process *p, const struct ask_acquire *in,
                                            bool ansi, uint64_t *number, int64_t *expiry);
MUST_CHECK status_t sspi_credential_add(struct sspi_credential *c, const struct ask_acquire *in,
                                        bool ansi, int64_t *expiry);
/*
 * After `session`, of which the credential was, has ended: acquires it in the current one. Where
 * it was acquired with auth data: SEC_E_NO_AUTHENTICATING_AUTHORITY.
 */
MUST_CHECK status_t sspi_credential_renew(struct sspi_credential *c, uint64_t session);

#endif
