/*
 * Contexts, asked and deleted. A finished context's attributes are answered by
 * the chosen package's user half (D17); here is what is known before that,
 * and what stays with the negotiation.
 *
 * Runs in the authority. Handles may be anything: they resolve or they do not.
 */
#include "packages/negotiate/lsa/query.h"

#include "packages/common/package_info.h"

static struct nego_context *
context_get(LSA_SEC_HANDLE handle)
{
    struct handle_table *objects = nego_support()->objects;
    struct nego_context *c = handle_get(objects, handle, NEGO_HANDLE_ACCEPTOR, NEGO_HANDLE_OWNER);

    return c != NULL ? c : handle_get(objects, handle, NEGO_HANDLE_INITIATOR, NEGO_HANDLE_OWNER);
}

/* The package that was chosen; before one is, Negotiate itself. */
static SecPkgInfoW *
package_of(const struct nego_context *c)
{
    const struct nego_choice *worker = nego_context_worker(c);
    const SecPkgInfoW *info = worker != NULL ? worker->mech.package.info : &nego_package_info;

    return package_info_copy(info, nego_support()->lsa->AllocateLsaHeap);
}

static ULONG
packages_missing(const struct nego_credential *credential)
{
    ULONG mask = SECPKG_ATTR_NEGO_INFO_FLAG_NO_KERBEROS | SECPKG_ATTR_NEGO_INFO_FLAG_NO_NTLM;

    for (size_t i = 0; i < credential->count; i++) {
        if (nego_mech_has(&credential->choices[i].mech, spnego_oid_kerberos))
            mask &= ~SECPKG_ATTR_NEGO_INFO_FLAG_NO_KERBEROS;
        if (nego_mech_has(&credential->choices[i].mech, spnego_oid_ntlm))
            mask &= ~SECPKG_ATTR_NEGO_INFO_FLAG_NO_NTLM;
    }
    return mask;
}

/* CHOICE: of a handshake that goes well, why a package that stood first was left out. */
static NTSTATUS
negotiation_status(const struct nego_context *c)
{
    return NT_SUCCESS(c->last_status) && c->fallback_status != 0 ? c->fallback_status
                                                                 : c->last_status;
}

/*
 * Whether the client's token is its last: who waits for one knows that it was not; the client,
 * only when its package is through and its MIC is out.
 */
static SECPKG_ATTR_LCT_STATUS
last_token(const struct nego_context *c)
{
    enum nego_state state = atomic_load(&c->state);

    if (state == NEGO_STATE_COMPLETE)
        return SecPkgAttrLastClientTokenYes;
    if (c->kind == NEGO_HANDLE_ACCEPTOR)
        return SecPkgAttrLastClientTokenNo;
    return state == NEGO_STATE_CONFIRM ? SecPkgAttrLastClientTokenYes
                                       : SecPkgAttrLastClientTokenMaybe;
}

static NTSTATUS
query_run(const struct nego_context *c, ULONG attribute, PVOID buffer)
{
    SecPkgContext_NegotiationInfoW *info = buffer;

    switch (attribute) {
    case SECPKG_ATTR_NEGOTIATION_INFO:
        info->NegotiationState = atomic_load(&c->state) == NEGO_STATE_COMPLETE
                                     ? SECPKG_NEGOTIATION_COMPLETE
                                     : SECPKG_NEGOTIATION_IN_PROGRESS;
        info->PackageInfo = package_of(c);
        return info->PackageInfo != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
    case SECPKG_ATTR_PACKAGE_INFO:
        ((SecPkgContext_PackageInfoW *)buffer)->PackageInfo = package_of(c);
        return ((SecPkgContext_PackageInfoW *)buffer)->PackageInfo != NULL
                   ? STATUS_SUCCESS
                   : SEC_E_INSUFFICIENT_MEMORY;
    case SECPKG_ATTR_NEGO_STATUS:
        ((SecPkgContext_NegoStatus *)buffer)->LastStatus = (ULONG)negotiation_status(c);
        return STATUS_SUCCESS;
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS:
        ((SecPkgContext_LastClientTokenStatus *)buffer)->LastClientTokenStatus = last_token(c);
        return STATUS_SUCCESS;
    case SECPKG_ATTR_NEGO_PKG_INFO:
        ((SecPkgContext_NegoPackageInfo *)buffer)->PackageMask = packages_missing(c->credential);
        return STATUS_SUCCESS;
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

NTSTATUS NTAPI
nego_context_query(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer)
{
    struct nego_context *c = context_get(context);
    NTSTATUS st;

    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    st = query_run(c, attribute, buffer);
    handle_put(nego_support()->objects, context);
    return st;
}

NTSTATUS NTAPI
nego_context_delete(LSA_SEC_HANDLE context)
{
    struct handle_table *objects = nego_support()->objects;

    return handle_remove(objects, context, NEGO_HANDLE_ACCEPTOR, NEGO_HANDLE_OWNER) ||
                   handle_remove(objects, context, NEGO_HANDLE_INITIATOR, NEGO_HANDLE_OWNER)
               ? STATUS_SUCCESS
               : SEC_E_INVALID_HANDLE;
}
