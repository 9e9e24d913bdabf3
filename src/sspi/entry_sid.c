/*
 * Entry points: SIDs as bytes, as text, and as names (windows.h, "IsValidSid" and
 * its like, "LookupAccountSidW").
 *
 * Runs in the application. Bytes and text are dealt with here; names are the
 * authority's to know.
 */
#include "base/sid.h"
#include "base/str16.h"
#include "sspi/ask.h"
#include "sspi/memory.h"
#include "sspi/thread.h"

#include "windows.h"

#define SID_HEAD offsetof(SID, SubAuthority)

static BOOL
fail(DWORD error)
{
    sspi_thread_get()->last_error = error;
    return FALSE;
}

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

/* The text is ASCII; anything else is no SID. */
static bool
sid_text_narrow(LPCWSTR text, char out[SID_TEXT_MAX])
{
    size_t i = 0;

    while (i + 1 < SID_TEXT_MAX && text[i] > 0 && text[i] < 0x80) {
        out[i] = (char)text[i];
        i++;
    }
    out[i] = '\0';
    return text[i] == 0;
}

BOOL WINAPI
ConvertStringSidToSidW(LPCWSTR StringSid, PSID *Sid)
{
    char text[SID_TEXT_MAX];
    struct sid sid;

    if (StringSid == NULL || Sid == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    if (!sid_text_narrow(StringSid, text) || !sid_parse_text(text, &sid))
        return fail(ERROR_INVALID_SID);
    *Sid = sspi_memory_copy(sid_view(&sid));
    return *Sid != NULL ? TRUE : fail(ERROR_NOT_ENOUGH_MEMORY);
}

/* ---- names ------------------------------------------------------------------ */

/* A text out, as Windows gives it: *room in characters, with the NUL in, without it out. */
static bool
text_put(struct view text, LPWSTR out, LPDWORD room)
{
    DWORD units = (DWORD)(text.n / sizeof(WCHAR));

    if (*room <= units) {
        *room = units + 1;
        return false;
    }
    if (units > 0)
        memcpy(out, text.p, text.n);
    out[units] = 0;
    *room = units;
    return true;
}

static bool
text_is_takable(LPCWSTR out, const DWORD *room)
{
    return room != NULL && (out != NULL || *room == 0);
}

static DWORD
lookup_error(status_t st, uint32_t use)
{
    switch (st) {
    case SEC_E_OK:
        return use == 0 ? ERROR_NONE_MAPPED : 0;
    case SEC_E_INVALID_PARAMETER:
        return ERROR_INVALID_PARAMETER;
    case SEC_E_NOT_OWNER:
        return ERROR_ACCESS_DENIED;
    case SEC_E_INSUFFICIENT_MEMORY:
        return ERROR_NOT_ENOUGH_MEMORY;
    default:
        return RPC_S_SERVER_UNAVAILABLE;
    }
}

/* DEVIATION: other machines are not asked. */
static DWORD
lookup_start(struct ask *a, LPCWSTR system)
{
    struct sspi_process *p = sspi_process_get();

    if (system != NULL && system[0] != 0)
        return ERROR_NOT_SUPPORTED;
    if (p == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    ask_init(a, p, 0);
    return 0;
}

BOOL WINAPI
LookupAccountSidW(LPCWSTR lpSystemName, PSID Sid, LPWSTR Name, LPDWORD cchName,
                  LPWSTR ReferencedDomainName, LPDWORD cchReferencedDomainName,
                  PSID_NAME_USE peUse)
{
    struct ask_name found;
    struct ask a;
    DWORD error;
    status_t st;
    bool fits;

    if (sid_length(Sid) == 0)
        return fail(ERROR_INVALID_SID);
    if (!text_is_takable(Name, cchName)
        || !text_is_takable(ReferencedDomainName, cchReferencedDomainName) || peUse == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    error = lookup_start(&a, lpSystemName);
    if (error != 0)
        return fail(error);
    st = ask_lookup_sid(&a, view_of(Sid, sid_length(Sid)), &found);
    error = lookup_error(st, found.use);
    if (error == 0) {
        fits = text_put(found.name, Name, cchName);
        fits = text_put(found.domain, ReferencedDomainName, cchReferencedDomainName) && fits;
        *peUse = (SID_NAME_USE)found.use;
        error = fits ? 0 : ERROR_INSUFFICIENT_BUFFER;
    }
    ask_wipe(&a);
    return error == 0 ? TRUE : fail(error);
}

static bool
sid_put(struct view sid, PSID out, LPDWORD room)
{
    bool fits = out != NULL && *room >= sid.n;

    if (fits)
        memcpy(out, sid.p, sid.n);
    *room = (DWORD)sid.n;
    return fits;
}

BOOL WINAPI
LookupAccountNameW(LPCWSTR lpSystemName, LPCWSTR lpAccountName, PSID Sid, LPDWORD cbSid,
                   LPWSTR ReferencedDomainName, LPDWORD cchReferencedDomainName,
                   PSID_NAME_USE peUse)
{
    struct ask_name found;
    struct ask a;
    DWORD error;
    status_t st;
    bool fits;

    if (lpAccountName == NULL || lpAccountName[0] == 0 || cbSid == NULL || peUse == NULL
        || !text_is_takable(ReferencedDomainName, cchReferencedDomainName))
        return fail(ERROR_INVALID_PARAMETER);
    error = lookup_start(&a, lpSystemName);
    if (error != 0)
        return fail(error);
    st = ask_lookup_name(&a, (const char16_t *)lpAccountName, &found);
    error = lookup_error(st, found.use);
    if (error == 0 && !sid_is_valid(found.sid))
        error = RPC_S_SERVER_UNAVAILABLE;
    if (error == 0) {
        fits = sid_put(found.sid, Sid, cbSid);
        fits = text_put(found.domain, ReferencedDomainName, cchReferencedDomainName) && fits;
        *peUse = (SID_NAME_USE)found.use;
        error = fits ? 0 : ERROR_INSUFFICIENT_BUFFER;
    }
    ask_wipe(&a);
    return error == 0 ? TRUE : fail(error);
}
