/* A provider for tests (opensspi_host.h): it answers with what it was asked, and fails by flag. */
#include "opensspi_host.h"

#include "winerror.h"

#include <stdio.h>
#include <string.h>

OPENSSPI_API OpenSspiClientProvideFn OpenSspiClientProvide;

NTSTATUS
OpenSspiClientProvide(const struct opensspi_client_need *need,
                      struct opensspi_client_answer *answer)
{
    if (need->flags == 1) {
        snprintf(answer->reason, sizeof(answer->reason), "there is none");
        return SEC_E_NO_CREDENTIALS;
    }
    answer->used = (uint32_t)snprintf(answer->bytes, answer->room, "%u for %s", need->kind,
                                      need->target);
    /* More than there is room for: the library must not believe it. */
    if (need->flags == 2)
        answer->used = answer->room + 1;
    return SEC_E_OK;
}
