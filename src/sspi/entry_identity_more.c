/*
 * Entry points: Sspi* helpers that turn one identity or binding into another (sspi.h,
 * "SspiMarshalAuthIdentity", "SspiUnmarshalAuthIdentity", "SspiExcludePackage",
 * "SspiSetChannelBindingFlags"). Runs in the application.
 */
#include "base/str16.h"
#include "sspi/auth_identity.h"
#include "sspi/memory.h"

SECURITY_STATUS SEC_ENTRY
SspiMarshalAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, ULONG *AuthIdentityLength,
                        char **AuthIdentityByteArray)
{
    struct auth_identity a;
    uint8_t *flat;
    status_t st;

    if (AuthIdentityLength == NULL || AuthIdentityByteArray == NULL)
        return SEC_E_INVALID_PARAMETER;
    st = auth_identity_read(AuthIdentity, &a);
    if (st != SEC_E_OK)
        return SEC_E_INVALID_PARAMETER;
    flat = auth_identity_flatten(&a, AuthIdentityLength);
    auth_identity_wipe(&a);
    if (flat == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    *AuthIdentityByteArray = (char *)flat;
    return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY
SspiUnmarshalAuthIdentity(ULONG AuthIdentityLength, char *AuthIdentityByteArray,
                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity)
{
    struct auth_identity a;
    status_t st;

    if (ppAuthIdentity == NULL)
        return SEC_E_INVALID_PARAMETER;
    if (AuthIdentityByteArray == NULL || AuthIdentityLength > SSPI_IDENTITY_BLOCK_MAX)
        return SEC_E_INVALID_TOKEN;
    st = auth_identity_read_flat(view_of(AuthIdentityByteArray, AuthIdentityLength), &a);
    if (st != SEC_E_OK)
        return st;
    *ppAuthIdentity = auth_identity_new(&a);
    return *ppAuthIdentity != NULL ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- SspiExcludePackage ------------------------------------------------ */

/* "list,!name", or "!name": a comma-separated list in which ! leaves a package out. */
static bool
package_list_extend(struct view list, PCWSTR name, struct view *out)
{
    static const WCHAR separator[] = { u',', u'!' };
    size_t n = str16_length(name) * sizeof(*name);
    size_t room = list.n + sizeof(separator) + n;
    size_t skip = list.n > 0 ? 0 : sizeof(separator[0]);
    uint8_t *p = sspi_memory_new(room);
    struct wr w = wr_init(p, p == NULL ? 0 : room);

    if (p == NULL)
        return false;
    wr_view(&w, list);
    wr_bytes(&w, (const uint8_t *)separator + skip, sizeof(separator) - skip);
    wr_bytes(&w, name, n);
    *out = wr_written(&w);
    return true;
}

SECURITY_STATUS SEC_ENTRY
SspiExcludePackage(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszPackageName,
                   PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppNewAuthIdentity)
{
    struct auth_identity a;
    struct view before;
    status_t st = SEC_E_OK;

    if (pszPackageName == NULL || pszPackageName[0] == 0 || ppNewAuthIdentity == NULL)
        return SEC_E_INVALID_PARAMETER;
    memset(&a, 0, sizeof(a));
    if (AuthIdentity != NULL && auth_identity_read(AuthIdentity, &a) != SEC_E_OK)
        return SEC_E_INVALID_PARAMETER;
    before = a.packages;
    if (!package_list_extend(before, pszPackageName, &a.packages)) {
        st = SEC_E_INSUFFICIENT_MEMORY;
    } else {
        *ppNewAuthIdentity = auth_identity_new(&a);
        if (*ppNewAuthIdentity == NULL)
            st = SEC_E_INSUFFICIENT_MEMORY;
        sspi_memory_free((void *)(uintptr_t)a.packages.p);
    }
    auth_identity_wipe(&a);
    return st;
}

/* ---- SspiSetChannelBindingFlags ---------------------------------------- */

#define BINDINGS_MAX 65536u

/* The _EX form: a longer header, by which every offset moves. */
static SEC_CHANNEL_BINDINGS_EX *
bindings_extend(const SEC_CHANNEL_BINDINGS *from, uint32_t n, ULONG flags)
{
    uint32_t moved = sizeof(SEC_CHANNEL_BINDINGS_EX) - sizeof(*from);
    SEC_CHANNEL_BINDINGS_EX *to = sspi_memory_new((size_t)n + moved);

    if (to == NULL)
        return NULL;
    *to = (SEC_CHANNEL_BINDINGS_EX){
        SEC_CHANNEL_BINDINGS_EX_MAGIC, flags, sizeof(*to), n + moved,
        from->dwInitiatorAddrType, from->cbInitiatorLength, from->dwInitiatorOffset + moved,
        from->dwAcceptorAddrType, from->cbAcceptorLength, from->dwAcceptorOffset + moved,
        from->cbApplicationDataLength, from->dwApplicationDataOffset + moved,
    };
    memcpy(to + 1, from + 1, n - sizeof(*from));
    return to;
}

SECURITY_STATUS SEC_ENTRY
SspiSetChannelBindingFlags(PSecPkgContext_Bindings pBindings, ULONG flags)
{
    SEC_CHANNEL_BINDINGS_EX *ex;
    uint32_t n;

    if (pBindings == NULL || pBindings->Bindings == NULL
        || (flags & ~SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS) != 0)
        return SEC_E_INVALID_PARAMETER;
    n = pBindings->BindingsLength;
    if (n < sizeof(SEC_CHANNEL_BINDINGS) || n > BINDINGS_MAX)
        return SEC_E_INVALID_PARAMETER;
    ex = (SEC_CHANNEL_BINDINGS_EX *)pBindings->Bindings;
    if (ex->magicNumber == SEC_CHANNEL_BINDINGS_EX_MAGIC) {
        if (n < sizeof(*ex))
            return SEC_E_INVALID_PARAMETER;
        ex->flags = flags;
        return SEC_E_OK;
    }
    ex = bindings_extend(pBindings->Bindings, n, flags);
    if (ex == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    sspi_memory_free(pBindings->Bindings);
    pBindings->Bindings = (SEC_CHANNEL_BINDINGS *)ex;
    pBindings->BindingsLength = ex->cbStructureLength;
    return SEC_E_OK;
}
