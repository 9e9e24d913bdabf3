/*
 * Entry points: a context's token, and acting for its client (sspi.h,
 * "QuerySecurityContextToken", "ImpersonateSecurityContext", "RevertSecurityContext";
 * windows.h, "ImpersonateLoggedOnUser", "RevertToSelf").
 *
 * Runs in the application. The rules of acting for somebody are in impersonate.c.
 */
#include "base/status.h"
#include "sspi/entry.h"
#include "sspi/impersonate.h"
#include "sspi/thread.h"

/*
 * The user half names the token by the number that was in ContextData, or by the HANDLE
 * that the context was imported with. Referenced; NULL: no token.
 */
static struct sspi_token *
context_token_get(struct sspi_context *c, status_t *st)
{
    struct sspi_user_half *h = sspi_context_half_enter(c);
    struct sspi_token *t = NULL;
    HANDLE number = NULL;

    *st = SEC_E_NO_IMPERSONATION;
    if (h == NULL)
        return NULL;
    if (h->table.GetContextToken == NULL)
        *st = SEC_E_UNSUPPORTED_FUNCTION;
    else
        *st = status_map(h->table.GetContextToken(c->number, &number));
    if (*st >= 0) {
        t = sspi_token_find(c->process, number);
        *st = t == NULL ? SEC_E_NO_IMPERSONATION : SEC_E_OK;
    }
    sspi_context_half_leave();
    return t;
}

SECURITY_STATUS SEC_ENTRY
QuerySecurityContextToken(PCtxtHandle phContext, void **Token)
{
    struct sspi_token *t;
    struct entry e;
    status_t st = sspi_entry_context(&e, phContext);

    if (st != SEC_E_OK)
        return st;
    if (Token == NULL) {
        sspi_entry_put(&e);
        return SEC_E_INVALID_PARAMETER;
    }
    *Token = NULL;
    t = context_token_get(e.context, &st);
    if (t != NULL) {
        /* A handle of the caller's own: it outlives the context. */
        *Token = sspi_token_publish(e.process, t, false);
        st = *Token == NULL ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
        sspi_token_put(t);
    }
    sspi_entry_put(&e);
    return st;
}

/* ---- acting for the client ------------------------------------------------ */

SECURITY_STATUS SEC_ENTRY
ImpersonateSecurityContext(PCtxtHandle phContext)
{
    struct sspi_token *t;
    struct entry e;
    status_t st = sspi_entry_context(&e, phContext);

    if (st != SEC_E_OK)
        return st;
    t = context_token_get(e.context, &st);
    if (t != NULL && sspi_impersonate(e.process, t) != 0)
        st = SEC_E_NO_IMPERSONATION;
    sspi_token_put(t);
    sspi_entry_put(&e);
    return st;
}

/* CHOICE: whichever context the thread acts for, it is itself afterwards; also if for none. */
SECURITY_STATUS SEC_ENTRY
RevertSecurityContext(PCtxtHandle phContext)
{
    struct entry e;
    status_t st = sspi_entry_context(&e, phContext);

    if (st != SEC_E_OK)
        return st;
    sspi_entry_put(&e);
    return sspi_revert() ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

BOOL WINAPI
ImpersonateLoggedOnUser(HANDLE hToken)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_token *t = p == NULL ? NULL : sspi_token_find(p, hToken);
    uint32_t error = ERROR_INVALID_HANDLE;

    if (t != NULL)
        error = sspi_impersonate(p, t);
    sspi_token_put(t);
    if (error == 0)
        return TRUE;
    sspi_thread_get()->last_error = error;
    return FALSE;
}

/* A package of the embedded authority that acts for its client reverts by this name, too. */
static bool
authority_revert(const struct sspi_process *p)
{
    const struct sspi_authority *a = &p->authority;

    return !atomic_load(&a->open) || a->ops->revert == NULL || a->ops->revert(a->self);
}

BOOL WINAPI
RevertToSelf(void)
{
    const struct sspi_process *p = sspi_process_get();

    if ((p == NULL || authority_revert(p)) && sspi_revert())
        return TRUE;
    sspi_thread_get()->last_error = ERROR_CAN_NOT_COMPLETE;
    return FALSE;
}
