/* Entry point: opensspi_status (opensspi.h). Runs in the application. */
#include "sspi/ask.h"
#include "sspi/memory.h"

#include "opensspi.h"

SECURITY_STATUS SEC_ENTRY
opensspi_status(char **json)
{
    struct sspi_process *p = sspi_process_get();
    struct view text;
    struct ask a;
    status_t st;

    if (json == NULL)
        return SEC_E_INVALID_PARAMETER;
    *json = NULL;
    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    ask_init(&a, p, 0);
    st = ask_status(&a, &text);
    if (st >= 0) {
        *json = sspi_memory_new(text.n + 1);
        if (*json == NULL)
            st = SEC_E_INSUFFICIENT_MEMORY;
        else if (text.n > 0)
            memcpy(*json, text.p, text.n);
    }
    ask_wipe(&a);
    return st;
}
