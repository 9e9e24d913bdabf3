/*
 * Entry points: establishment and deletion of contexts (sspi.h,
 * "InitializeSecurityContext", "AcceptSecurityContext", "DeleteSecurityContext",
 * "ApplyControlToken", "CompleteAuthToken").
 *
 * Runs in the application. Both handshake functions are one leg (leg.c).
 */
#include "sspi/buffers.h"
#include "sspi/entry.h"
#include "sspi/leg.h"
#include "base/status.h"
#include "sspi/text.h"

SECURITY_STATUS SEC_ENTRY
InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
                           SEC_WCHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
                           ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
                           PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr,
                           PTimeStamp ptsExpiry)
{
    struct sspi_leg leg = {
        .initiator = true, .credential = phCredential, .context = phContext,
        .target = pszTargetName, .requirements = fContextReq, .data_rep = TargetDataRep,
        .input = pInput, .output = pOutput, .new_context = phNewContext,
        .attributes = pfContextAttr, .expiry = ptsExpiry,
    };

    (void)Reserved1;
    (void)Reserved2;
    return sspi_leg_run(&leg);
}

SECURITY_STATUS SEC_ENTRY
InitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
                           SEC_CHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
                           ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
                           PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr,
                           PTimeStamp ptsExpiry)
{
    struct sspi_texts t = { .count = 0 };
    struct sspi_leg leg = {
        .initiator = true, .ansi = true, .credential = phCredential, .context = phContext,
        .target = sspi_text_wide(&t, pszTargetName), .requirements = fContextReq,
        .data_rep = TargetDataRep, .input = pInput, .output = pOutput,
        .new_context = phNewContext, .attributes = pfContextAttr, .expiry = ptsExpiry,
    };
    status_t st = t.status;

    (void)Reserved1;
    (void)Reserved2;
    if (st == SEC_E_OK)
        st = sspi_leg_run(&leg);
    sspi_texts_wipe(&t);
    return st;
}

SECURITY_STATUS SEC_ENTRY
AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext, PSecBufferDesc pInput,
                      ULONG fContextReq, ULONG TargetDataRep, PCtxtHandle phNewContext,
                      PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    struct sspi_leg leg = {
        .credential = phCredential, .context = phContext, .requirements = fContextReq,
        .data_rep = TargetDataRep, .input = pInput, .output = pOutput,
        .new_context = phNewContext, .attributes = pfContextAttr, .expiry = ptsExpiry,
    };

    return sspi_leg_run(&leg);
}

static bool
handle_is_deleted(const SecHandle *h)
{
    return h->dwLower == SEC_DELETED_HANDLE && h->dwUpper == SEC_DELETED_HANDLE;
}

/*
 * CHOICE: the caller's words become SEC_DELETED_HANDLE, and deleting such a handle again
 * succeeds, as Microsoft's page says of a context already deleted. Another copy of the
 * words is SEC_E_INVALID_HANDLE. Poisoned contexts are deleted like any other.
 */
SECURITY_STATUS SEC_ENTRY
DeleteSecurityContext(PCtxtHandle phContext)
{
    struct sspi_process *p = sspi_process_get();
    uint64_t number;

    if (phContext == NULL)
        return SEC_E_INVALID_HANDLE;
    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (handle_is_deleted(phContext))
        return SEC_E_OK;
    number = sspi_handle_number(p, phContext);
    if (!sspi_object_remove(p, number, SSPI_CONTEXT))
        return SEC_E_INVALID_HANDLE;
    phContext->dwLower = phContext->dwUpper = SEC_DELETED_HANDLE;
    return SEC_E_OK;
}

/* Under the context's lock. */
static status_t
control_token_apply(struct sspi_context *c, const struct ipc_buffers *input)
{
    uint64_t remote = atomic_load(&c->remote);
    struct ask a;
    status_t st;

    if (remote == 0)
        return SEC_E_CONTEXT_EXPIRED;
    ask_init(&a, c->process, c->session);
    st = ask_apply_control_token(&a, remote, input);
    if (a.lost)
        st = atomic_load(&c->complete) ? SEC_E_CONTEXT_EXPIRED
                                       : SEC_E_NO_AUTHENTICATING_AUTHORITY;
    ask_wipe(&a);
    return st;
}

SECURITY_STATUS SEC_ENTRY
ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput)
{
    struct ipc_buffers input;
    struct entry e;
    status_t st = sspi_entry_context(&e, phContext);

    if (st != SEC_E_OK)
        return st;
    st = sspi_buffers_input(pInput, &input);
    if (st == SEC_E_OK) {
        pthread_mutex_lock(&e.context->lock);
        st = control_token_apply(e.context, &input);
        pthread_mutex_unlock(&e.context->lock);
    }
    sspi_entry_put(&e);
    return st;
}

/* For contexts that were mapped by SEC_I_COMPLETE_NEEDED: a matter of the user half alone. */
static status_t
auth_token_complete(struct sspi_context *c, PSecBufferDesc token)
{
    struct sspi_user_half *h = sspi_context_half_enter(c);
    status_t st = SEC_E_UNSUPPORTED_FUNCTION;

    if (h == NULL)
        return atomic_load(&c->complete) ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_INVALID_HANDLE;
    if (h->table.CompleteAuthToken != NULL)
        st = status_map(h->table.CompleteAuthToken(c->number, token));
    sspi_context_half_leave();
    return st;
}

SECURITY_STATUS SEC_ENTRY
CompleteAuthToken(PCtxtHandle phContext, PSecBufferDesc pToken)
{
    struct entry e;
    status_t st = sspi_entry_context(&e, phContext);

    if (st != SEC_E_OK)
        return st;
    st = pToken == NULL ? SEC_E_INVALID_TOKEN : sspi_buffers_check(pToken);
    if (st == SEC_E_OK)
        st = auth_token_complete(e.context, pToken);
    sspi_entry_put(&e);
    return st;
}
