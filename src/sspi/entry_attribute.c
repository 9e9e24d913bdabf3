/*
 * Entry points: attributes (sspi.h, "QueryContextAttributes",
 * "QueryCredentialsAttributes" and their Ex and Set forms).
 * Runs in the application.
 */
#include "sspi/entry.h"
#include "sspi/memory.h"
#include "sspi/query.h"
#include "base/status.h"

static status_t
context_query(PCtxtHandle h, ULONG attribute, void *buffer, uint32_t size, bool ansi)
{
    struct entry e;
    status_t st = sspi_entry_context(&e, h);

    if (st != SEC_E_OK)
        return st;
    st = sspi_context_query(e.context, attribute, buffer, size, ansi);
    sspi_entry_put(&e);
    return st;
}

static status_t
credential_query(PCredHandle h, ULONG attribute, void *buffer, uint32_t size, bool ansi)
{
    struct entry e;
    status_t st = sspi_entry_credential(&e, h);

    if (st != SEC_E_OK)
        return st;
    st = sspi_credential_query(e.credential, attribute, buffer, size, ansi);
    sspi_entry_put(&e);
    return st;
}

SECURITY_STATUS SEC_ENTRY
QueryContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer)
{
    return context_query(phContext, ulAttribute, pBuffer, SSPI_SIZE_UNKNOWN, false);
}

SECURITY_STATUS SEC_ENTRY
QueryContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer)
{
    return context_query(phContext, ulAttribute, pBuffer, SSPI_SIZE_UNKNOWN, true);
}

SECURITY_STATUS SEC_ENTRY
QueryContextAttributesExW(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return context_query(phContext, ulAttribute, pBuffer, cbBuffer, false);
}

SECURITY_STATUS SEC_ENTRY
QueryContextAttributesExA(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return context_query(phContext, ulAttribute, pBuffer, cbBuffer, true);
}

SECURITY_STATUS SEC_ENTRY
QueryCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer)
{
    return credential_query(phCredential, ulAttribute, pBuffer, SSPI_SIZE_UNKNOWN, false);
}

SECURITY_STATUS SEC_ENTRY
QueryCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer)
{
    return credential_query(phCredential, ulAttribute, pBuffer, SSPI_SIZE_UNKNOWN, true);
}

SECURITY_STATUS SEC_ENTRY
QueryCredentialsAttributesExW(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer,
                              ULONG cbBuffer)
{
    return credential_query(phCredential, ulAttribute, pBuffer, cbBuffer, false);
}

SECURITY_STATUS SEC_ENTRY
QueryCredentialsAttributesExA(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer,
                              ULONG cbBuffer)
{
    return credential_query(phCredential, ulAttribute, pBuffer, cbBuffer, true);
}

/* ---- setting ----------------------------------------------------------- */

/* The user table has no slot for it: the LSA half takes the bytes, mapped or not. */
static status_t
context_set(PCtxtHandle h, ULONG attribute, const void *buffer, ULONG size)
{
    struct entry e;
    struct ask a;
    uint64_t remote;
    status_t st = sspi_entry_context(&e, h);

    if (st != SEC_E_OK)
        return st;
    remote = atomic_load(&e.context->remote);
    if (buffer == NULL) {
        st = SEC_E_INVALID_PARAMETER;
    } else if (remote == 0) {
        st = SEC_E_CONTEXT_EXPIRED;
    } else {
        ask_init(&a, e.process, e.context->session);
        st = ask_set_context(&a, remote, attribute, view_of(buffer, size));
        if (a.lost)
            st = atomic_load(&e.context->complete) ? SEC_E_CONTEXT_EXPIRED
                                                   : SEC_E_NO_AUTHENTICATING_AUTHORITY;
        ask_wipe(&a);
    }
    sspi_entry_put(&e);
    return st;
}

SECURITY_STATUS SEC_ENTRY
SetContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return context_set(phContext, ulAttribute, pBuffer, cbBuffer);
}

SECURITY_STATUS SEC_ENTRY
SetContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return context_set(phContext, ulAttribute, pBuffer, cbBuffer);
}

/* What the caller passed, flattened where the package's user half can. */
static status_t
credential_flatten(struct sspi_process *p, const struct sspi_binding *b, ULONG attribute,
                   struct view *value, bool ansi, PBYTE *owned)
{
    DWORD info = SECPKG_CREDENTIAL_ATTRIBUTE
        | (ansi ? SECPKG_ANSI_ATTRIBUTE : SECPKG_UNICODE_ATTRIBUTE);
    struct sspi_package_list *list;
    struct sspi_package *package;
    const struct sspi_user_half *half;
    ULONG n = 0;
    NTSTATUS s;
    status_t st = sspi_package_list_get(p, b->session, &list, NULL);

    *owned = NULL;
    if (st != SEC_E_OK)
        return st;
    package = sspi_package_find(list, b->package);
    half = package == NULL ? NULL : sspi_user_half_get(p, package);
    if (half == NULL || half->table.MarshalAttributeData == NULL)
        return SEC_E_OK;
    s = half->table.MarshalAttributeData(info, attribute, (ULONG)value->n,
                                         (PBYTE)(uintptr_t)value->p, &n, owned);
    if (s >= 0 && *owned != NULL)
        *value = view_of(*owned, n);
    return s == STATUS_NOT_SUPPORTED || s == SEC_E_UNSUPPORTED_FUNCTION ? SEC_E_OK
                                                                        : status_map(s);
}

static status_t
credential_set(PCredHandle h, ULONG attribute, const void *buffer, ULONG size, bool ansi)
{
    struct view value = view_of(buffer, size);
    const struct sspi_binding *b;
    struct entry e;
    struct ask a;
    PBYTE owned = NULL;
    status_t st = sspi_entry_credential(&e, h);

    if (st != SEC_E_OK)
        return st;
    b = atomic_load(&e.credential->binding);
    st = buffer == NULL ? SEC_E_INVALID_PARAMETER
                        : credential_flatten(e.process, b, attribute, &value, ansi, &owned);
    if (st == SEC_E_OK) {
        ask_init(&a, e.process, b->session);
        a.with.attributes = ansi ? SECPKG_CALL_ANSI : 0;
        st = ask_set_credential(&a, b->remote, attribute, value);
        ask_wipe(&a);
    }
    if (st >= 0)
        atomic_store(&e.credential->renewable, false);
    sspi_memory_free(owned);
    sspi_entry_put(&e);
    return st;
}

SECURITY_STATUS SEC_ENTRY
SetCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer,
                          ULONG cbBuffer)
{
    return credential_set(phCredential, ulAttribute, pBuffer, cbBuffer, false);
}

SECURITY_STATUS SEC_ENTRY
SetCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer,
                          ULONG cbBuffer)
{
    return credential_set(phCredential, ulAttribute, pBuffer, cbBuffer, true);
}
