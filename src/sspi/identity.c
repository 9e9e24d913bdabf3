/*
 * Identities (sspi.h, SEC_WINNT_AUTH_IDENTITY and its _EX and _EX2 forms).
 *
 * Runs in the application, on structures that it passed. They carry passwords:
 * nothing is copied here, the message is built from the caller's memory and
 * wiped by who built it.
 *
 * CHOICE: any package gets these forms, whatever its name, since third-party
 * packages use them too. A structure that does not look like one of them is not
 * followed through its pointers (they might be anything); the package's user half
 * may flatten it by FormatCredentials, otherwise no memory goes along and the
 * LSA half's CopyFromClientBuffer fails.
 */
#include "sspi/identity.h"

#include "base/status.h"

#define IDENTITY_CHARSET (SEC_WINNT_AUTH_IDENTITY_ANSI | SEC_WINNT_AUTH_IDENTITY_UNICODE)
#define IDENTITY_FLAGS_KNOWN                                                                     \
    (IDENTITY_CHARSET | SEC_WINNT_AUTH_IDENTITY_MARSHALLED | SEC_WINNT_AUTH_IDENTITY_ONLY         \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED                                           \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED                                            \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED                                              \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED | SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED    \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER | SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN        \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER                                                 \
     | SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_USE_MASK)

bool
sspi_identity_flags_are_sane(uint32_t flags)
{
    uint32_t set = flags & IDENTITY_CHARSET;

    return (flags & ~IDENTITY_FLAGS_KNOWN) == 0
        && (set == SEC_WINNT_AUTH_IDENTITY_ANSI || set == SEC_WINNT_AUTH_IDENTITY_UNICODE);
}

static bool
is_ex2(const SEC_WINNT_AUTH_IDENTITY_EX2 *id)
{
    return id->Version == SEC_WINNT_AUTH_IDENTITY_VERSION_2 && id->cbHeaderLength >= sizeof(*id)
        && id->cbStructureLength >= id->cbHeaderLength
        && id->cbStructureLength <= SSPI_IDENTITY_BLOCK_MAX;
}

enum sspi_identity_form
sspi_identity_form_of(const void *auth_data)
{
    const SEC_WINNT_AUTH_IDENTITY_INFO *id = auth_data;

    /* The first word of a plain form is half a pointer: the length tells them apart as well. */
    if (id->AuthIdExw.Version == SEC_WINNT_AUTH_IDENTITY_VERSION
        && id->AuthIdExw.Length == sizeof(id->AuthIdExw))
        return sspi_identity_flags_are_sane(id->AuthIdExw.Flags) ? SSPI_IDENTITY_EX
                                                                 : SSPI_IDENTITY_UNKNOWN;
    if (is_ex2(&id->AuthIdEx2))
        return SSPI_IDENTITY_EX2;
    return sspi_identity_flags_are_sane(id->AuthId_w.Flags) ? SSPI_IDENTITY_PLAIN
                                                            : SSPI_IDENTITY_UNKNOWN;
}

static bool
range_add(struct ipc_ranges *out, const void *p, size_t n)
{
    if (out->count == IPC_RANGES_MAX)
        return false;
    out->v[out->count++] = (struct ipc_range){ (uint64_t)(uintptr_t)p, view_of(p, n) };
    return true;
}

/*
 * A string of `length` characters. Its NUL is not sent: it need not be there. A
 * string without a length, and a NULL of length 0, have nothing to send.
 */
static bool
string_add(struct ipc_ranges *out, const void *p, uint32_t length, uint32_t flags)
{
    size_t n = length;

    if ((flags & SEC_WINNT_AUTH_IDENTITY_UNICODE) != 0)
        n *= sizeof(WCHAR);
    if (n == 0)
        return true;
    return p != NULL && n <= SSPI_IDENTITY_STRING_MAX && range_add(out, p, n);
}

static bool
plain_gather(const SEC_WINNT_AUTH_IDENTITY_W *id, struct ipc_ranges *out)
{
    return range_add(out, id, sizeof(*id)) && string_add(out, id->User, id->UserLength, id->Flags)
        && string_add(out, id->Domain, id->DomainLength, id->Flags)
        && string_add(out, id->Password, id->PasswordLength, id->Flags);
}

static bool
ex_gather(const SEC_WINNT_AUTH_IDENTITY_EXW *id, struct ipc_ranges *out)
{
    return range_add(out, id, sizeof(*id)) && string_add(out, id->User, id->UserLength, id->Flags)
        && string_add(out, id->Domain, id->DomainLength, id->Flags)
        && string_add(out, id->Password, id->PasswordLength, id->Flags)
        && string_add(out, id->PackageList, id->PackageListLength, id->Flags);
}

status_t
sspi_identity_gather(const void *auth_data, enum sspi_identity_form form, struct ipc_ranges *out)
{
    const SEC_WINNT_AUTH_IDENTITY_INFO *id = auth_data;
    bool ok = true;

    out->count = 0;
    if (form == SSPI_IDENTITY_PLAIN)
        ok = plain_gather(&id->AuthId_w, out);
    else if (form == SSPI_IDENTITY_EX)
        ok = ex_gather(&id->AuthIdExw, out);
    else if (form == SSPI_IDENTITY_EX2)
        ok = range_add(out, id, id->AuthIdEx2.cbStructureLength);
    if (ok)
        return SEC_E_OK;
    out->count = 0;
    return SEC_E_INVALID_PARAMETER;
}

status_t
sspi_identity_format(void *auth_data, const struct sspi_user_half *half, struct ipc_ranges *out,
                     void **owned)
{
    /* The size of a structure that only the package knows is the package's to find. */
    SecBuffer raw = { 0, SECBUFFER_PKG_PARAMS, auth_data };
    SecBuffer flat = { 0, SECBUFFER_PKG_PARAMS, NULL };
    NTSTATUS s;

    out->count = 0;
    *owned = NULL;
    if (half == NULL || half->table.FormatCredentials == NULL)
        return SEC_E_OK;
    s = half->table.FormatCredentials(&raw, &flat);
    *owned = flat.pvBuffer;
    if (s == STATUS_NOT_SUPPORTED || s == SEC_E_UNSUPPORTED_FUNCTION)
        return SEC_E_OK;
    if (s < 0)
        return status_map(s);
    if (flat.cbBuffer > SSPI_IDENTITY_BLOCK_MAX)
        return SEC_E_INVALID_PARAMETER;
    /* The package asks for the address that the application passed. */
    out->v[0] = (struct ipc_range){ (uint64_t)(uintptr_t)auth_data,
                                    view_of(flat.pvBuffer, flat.cbBuffer) };
    out->count = 1;
    return SEC_E_OK;
}
