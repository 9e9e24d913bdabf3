/*
 * LSA-mode contexts, asked and deleted. A finished context lives in its
 * application's process, so only what is known before that is answered here;
 * memory is the LSA heap's, which the authority carries to the client
 * (SpQueryContextAttributes' page).
 *
 * Runs in the authority. Handles may be anything: they resolve or they do not.
 */
#include "packages/kerberos/lsa/query.h"

#include "packages/common/package_info.h"
#include "packages/kerberos/info.h"
#include "packages/kerberos/lsa/acceptor.h"
#include "packages/kerberos/lsa/initiator.h"
#include "packages/kerberos/wire/spec.h"

struct context_facts {
    enum krb_state state;
    bool may_be_last;           /* the client's token that was sent, if the server is content */
};

/* Of either kind of context; false when the handle is none's. */
static bool
context_find(LSA_SEC_HANDLE context, struct context_facts *out)
{
    struct handle_table *objects = krb_support()->objects;
    struct krb_acceptor *a = handle_get(objects, context, KRB_HANDLE_ACCEPTOR, KRB_HANDLE_OWNER);
    struct krb_initiator *i = NULL;

    *out = (struct context_facts){ .state = KRB_STATE_START };
    if (a != NULL)
        out->state = atomic_load(&a->state);
    else
        i = handle_get(objects, context, KRB_HANDLE_INITIATOR, KRB_HANDLE_OWNER);
    if (i != NULL) {
        out->state = atomic_load(&i->state);
        out->may_be_last = (i->gss & KRB_GSS_DCE_STYLE) == 0;
    }
    if (a != NULL || i != NULL)
        handle_put(objects, context);
    return a != NULL || i != NULL;
}

static NTSTATUS
query_negotiation_info(enum krb_state state, SecPkgContext_NegotiationInfoW *out)
{
    out->PackageInfo = package_info_copy(&krb_package_info, krb_support()->lsa->AllocateLsaHeap);
    if (out->PackageInfo == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->NegotiationState = state == KRB_STATE_COMPLETE ? SECPKG_NEGOTIATION_COMPLETE
                                                        : SECPKG_NEGOTIATION_IN_PROGRESS;
    return STATUS_SUCCESS;
}

static NTSTATUS
query_package_info(SecPkgContext_PackageInfoW *out)
{
    out->PackageInfo = package_info_copy(&krb_package_info, krb_support()->lsa->AllocateLsaHeap);
    return out->PackageInfo != NULL ? STATUS_SUCCESS : SEC_E_INSUFFICIENT_MEMORY;
}

/* An AP-REQ is the last unless the server's clock is another, so nobody knows before its answer. */
static NTSTATUS
query_last_token(const struct context_facts *facts, SecPkgContext_LastClientTokenStatus *out)
{
    if (facts->state == KRB_STATE_COMPLETE)
        out->LastClientTokenStatus = SecPkgAttrLastClientTokenYes;
    else
        out->LastClientTokenStatus = facts->may_be_last ? SecPkgAttrLastClientTokenMaybe
                                                        : SecPkgAttrLastClientTokenNo;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
krb_context_query(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer)
{
    struct context_facts facts;

    if (!context_find(context, &facts))
        return SEC_E_INVALID_HANDLE;
    switch (attribute) {
    case SECPKG_ATTR_NEGOTIATION_INFO:
        return query_negotiation_info(facts.state, buffer);
    case SECPKG_ATTR_PACKAGE_INFO:
        return query_package_info(buffer);
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS:
        return query_last_token(&facts, buffer);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

NTSTATUS NTAPI
krb_context_delete(LSA_SEC_HANDLE context)
{
    struct handle_table *objects = krb_support()->objects;

    if (handle_remove(objects, context, KRB_HANDLE_ACCEPTOR, KRB_HANDLE_OWNER) ||
        handle_remove(objects, context, KRB_HANDLE_INITIATOR, KRB_HANDLE_OWNER))
        return STATUS_SUCCESS;
    return SEC_E_INVALID_HANDLE;
}
