/*
 * Providers (D11): a package's module that has credentials of this process's user, which the
 * authority cannot have. opensspi_host.h has its contract.
 */
#ifndef SSPI_PROVIDER_H
#define SSPI_PROVIDER_H

#include "sspi/ask.h"
#include "sspi/package.h"

struct sspi_provision;

/* What the authority needs; a copy. NULL: no memory, or the target is no text. */
struct sspi_provision *sspi_provision_new(const struct ask_need *need);
/* Wipes what was answered. NULL is fine. */
void sspi_provision_free(struct sspi_provision *p);

/*
 * Asks the package's provider, which may ask the network. SEC_E_NO_CREDENTIALS: it has none,
 * or there is no provider. Failures are logged.
 */
MUST_CHECK status_t sspi_provision_ask(struct sspi_provision *p, struct sspi_process *process,
                                       struct sspi_package *package);
/* What was answered; secret, lives as long as p. */
struct view sspi_provision_view(const struct sspi_provision *p);

#endif
