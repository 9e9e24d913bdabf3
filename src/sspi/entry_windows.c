/*
 * Entry points: the functions of windows.h that SSPI programs use (D29).
 * Runs in the application. CloseHandle is in token.c, GetTokenInformation in
 * token_info.c.
 */
#include "base/sid.h"
#include "sspi/memory.h"
#include "sspi/thread.h"

#include "windows.h"

#include <sys/random.h>

#define SID_HEAD offsetof(SID, SubAuthority)

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

/* Nothing impersonates yet, so the thread has the process's identity already. */
BOOL WINAPI
RevertToSelf(void)
{
    return TRUE;
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

/* ---- SIDs (securitybaseapi.h, sddl.h) ----------------------------------- */

/* The length by the SID's own count; 0: not a SID. Reads the head first. */
static size_t
sid_length(PSID pSid)
{
    const SID *sid = pSid;

    if (sid == NULL || sid->Revision != SID_REVISION
        || sid->SubAuthorityCount > SID_MAX_SUB_AUTHORITIES)
        return 0;
    return SID_HEAD + sid->SubAuthorityCount * sizeof(DWORD);
}

BOOL WINAPI
IsValidSid(PSID pSid)
{
    return sid_length(pSid) != 0;
}

DWORD WINAPI
GetLengthSid(PSID pSid)
{
    return (DWORD)sid_length(pSid);
}

BOOL WINAPI
EqualSid(PSID pSid1, PSID pSid2)
{
    size_t n = sid_length(pSid1);

    if (n == 0 || sid_length(pSid2) == 0)
        return fail(ERROR_INVALID_SID);
    return view_is_equal(view_of(pSid1, n), view_of(pSid2, sid_length(pSid2)));
}

BOOL WINAPI
CopySid(DWORD nDestinationSidLength, PSID pDestinationSid, PSID pSourceSid)
{
    size_t n = sid_length(pSourceSid);

    if (n == 0)
        return fail(ERROR_INVALID_SID);
    if (pDestinationSid == NULL || nDestinationSidLength < n)
        return fail(ERROR_INSUFFICIENT_BUFFER);
    memcpy(pDestinationSid, pSourceSid, n);
    return TRUE;
}

BOOL WINAPI
ConvertSidToStringSidW(PSID Sid, LPWSTR *StringSid)
{
    char text[SID_TEXT_MAX];
    size_t i, n = sid_length(Sid);
    WCHAR *out;

    if (StringSid == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    if (n == 0 || !sid_format(view_of(Sid, n), text))
        return fail(ERROR_INVALID_SID);
    out = sspi_memory_new((strlen(text) + 1) * sizeof(*out));
    if (out == NULL)
        return fail(ERROR_NOT_ENOUGH_MEMORY);
    /* The text is ASCII. */
    for (i = 0; text[i] != '\0'; i++)
        out[i] = (WCHAR)text[i];
    *StringSid = out;
    return TRUE;
}
