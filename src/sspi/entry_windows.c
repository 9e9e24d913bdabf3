/*
 * Entry points: the functions of windows.h that SSPI programs use (D29).
 * Runs in the application. SIDs are in entry_sid.c, CloseHandle in token.c,
 * GetTokenInformation in token_info.c, RevertToSelf in entry_token.c.
 */
#include "sspi/memory.h"
#include "sspi/thread.h"

#include "windows.h"

#include <sys/random.h>

static BOOL
fail(DWORD error)
{
    sspi_thread_get()->last_error = error;
    return FALSE;
}

DWORD WINAPI
GetLastError(void)
{
    return sspi_thread_get()->last_error;
}

void WINAPI
SetLastError(DWORD dwErrCode)
{
    sspi_thread_get()->last_error = dwErrCode;
}

/* Blocks of ConvertSidToStringSid; those of FreeContextBuffer too, as on Windows's one heap. */
HLOCAL WINAPI
LocalFree(HLOCAL hMem)
{
    if (sspi_memory_release(hMem))
        return NULL;
    (void)fail(ERROR_INVALID_HANDLE);
    return hMem;
}

/* Unique on this machine until it restarts: 63 random bits, never 0. */
BOOL WINAPI
AllocateLocallyUniqueId(PLUID Luid)
{
    if (Luid == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    do
        if (getrandom(Luid, sizeof(*Luid), 0) != (ssize_t)sizeof(*Luid))
            return fail(ERROR_NOT_ENOUGH_MEMORY);
    while (Luid->LowPart == 0 && Luid->HighPart == 0);
    Luid->HighPart &= INT32_MAX;
    return TRUE;
}
