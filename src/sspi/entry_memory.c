/* Entry point: FreeContextBuffer (sspi.h). Runs in the application. */
#include "base/log.h"
#include "sspi/memory.h"

#include "sspi.h"

/* Any block that an SSPI function handed out, from any thread; NULL is fine. */
SECURITY_STATUS SEC_ENTRY
FreeContextBuffer(void *pvContextBuffer)
{
    if (sspi_memory_release(pvContextBuffer))
        return SEC_E_OK;
    log_error("memory", LOG_S("reason", "FreeContextBuffer of a block that is not SSPI's"));
    return SEC_E_INVALID_HANDLE;
}
