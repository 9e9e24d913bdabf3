/*
 * LSA-mode contexts, asked and deleted. A finished context lives in its
 * application's process, so only what is known before that is answered here;
 * memory is the LSA heap's, which the authority carries to the client
 * (SpQueryContextAttributes' page).
 *
 * Runs in the authority. Handles may be anything: they resolve or they do not.
 */
#include "packages/ntlm/lsa/query.h"

#include "packages/common/package_info.h"
#include "packages/ntlm/info.h"
#include "packages/ntlm/lsa/acceptor.h"
#include "packages/ntlm/lsa/initiator.h"

/* The type of a context's handle and its state; false when it is none. */
static bool
context_find(LSA_SEC_HANDLE context, enum ntlm_state *state)
{
    struct handle_table *objects = ntlm_support()->objects;
    struct ntlm_acceptor *a =
        handle_get(objects, context, NTLM_HANDLE_ACCEPTOR, NTLM_HANDLE_OWNER);
    struct ntlm_initiator *i = NULL;

    if (a != NULL)
        *state = atomic_load(&a->context.state);
    else
        i = handle_get(objects, context, NTLM_HANDLE_INITIATOR, NTLM_HANDLE_OWNER);
    if (i != NULL)
        *state = atomic_load(&i->context.state);
    if (a != NULL || i != NULL)
        handle_put(objects, context);
    return a != NULL || i != NULL;
}

static NTSTATUS
query_negotiation_info(enum ntlm_state state, SecPkgContext_NegotiationInfoW *out)
{
    out->PackageInfo = package_info_copy(&ntlm_package_info, ntlm_support()->lsa->AllocateLsaHeap);
    if (out->PackageInfo == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->NegotiationState = state == NTLM_STATE_COMPLETE ? SECPKG_NEGOTIATION_COMPLETE
                                                         : SECPKG_NEGOTIATION_IN_PROGRESS;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_package_info(SecPkgContext_PackageInfoW *out)
{
    out->PackageInfo = package_info_copy(&ntlm_package_info, ntlm_support()->lsa->AllocateLsaHeap);
    return out->PackageInfo != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

/* Before the end: the client's next message, AUTHENTICATE, is its last. */
static NTSTATUS
query_last_token(enum ntlm_state state, SecPkgContext_LastClientTokenStatus *out)
{
    out->LastClientTokenStatus = state == NTLM_STATE_COMPLETE ? SecPkgAttrLastClientTokenYes
                                                              : SecPkgAttrLastClientTokenNo;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
ntlm_context_query(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer)
{
    enum ntlm_state state;

    if (!context_find(context, &state))
        return SEC_E_INVALID_HANDLE;
    switch (attribute) {
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return query_negotiation_info(state, buffer);
    case SECPKG_ATTR_PACKAGE_INFO:
        return query_package_info(buffer);
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS:
        return query_last_token(state, buffer);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

NTSTATUS NTAPI
ntlm_context_delete(LSA_SEC_HANDLE context)
{
    struct handle_table *objects = ntlm_support()->objects;

    if (handle_remove(objects, context, NTLM_HANDLE_ACCEPTOR, NTLM_HANDLE_OWNER) ||
        handle_remove(objects, context, NTLM_HANDLE_INITIATOR, NTLM_HANDLE_OWNER))
        return STATUS_SUCCESS;
    return SEC_E_INVALID_HANDLE;
}
