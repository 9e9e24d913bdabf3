/*
 * Tokens made of tokens, and who is in one (securitybaseapi.h, "DuplicateToken",
 * "DuplicateTokenEx", "CheckTokenMembership").
 *
 * Runs in the application. A copy can say less than its original, never more: what
 * it is used for is checked against the copy here, and in the authority against
 * the authority's own.
 */
#include "sspi/impersonate.h"
#include "sspi/thread.h"

#include <stdlib.h>

static BOOL
fail(DWORD error)
{
    sspi_thread_get()->last_error = error;
    return FALSE;
}

static uint32_t
copy_check(const struct sspi_token *t, SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type)
{
    bool impersonation = t->facts.type == TokenImpersonation;

    if ((type != TokenPrimary && type != TokenImpersonation) || level < SecurityAnonymous
        || level > SecurityDelegation)
        return ERROR_INVALID_PARAMETER;
    if (impersonation && type == TokenImpersonation && (uint32_t)level > t->facts.level)
        return ERROR_BAD_IMPERSONATION_LEVEL;
    if (impersonation && type == TokenPrimary && t->facts.level < SecurityImpersonation)
        return ERROR_BAD_IMPERSONATION_LEVEL;
    return 0;
}

/* A primary token has no level; it keeps that of which it was made, which nobody looks at. */
static struct sspi_token *
copy_make(const struct sspi_token *t, SECURITY_IMPERSONATION_LEVEL level, TOKEN_TYPE type)
{
    uint32_t as = type == TokenPrimary ? t->facts.level : (uint32_t)level;
    struct sspi_token *copy = NULL;
    uint8_t *bytes = malloc(t->n);
    LUID id;

    if (bytes != NULL && AllocateLocallyUniqueId(&id)) {
        token_snapshot_relabel(view_of(t->bytes, t->n), (uint32_t)type, as,
                               (uint64_t)(uint32_t)id.HighPart << 32 | id.LowPart, bytes);
        copy = sspi_token_new_like(t, view_of(bytes, t->n));
    }
    free(bytes);
    return copy;
}

BOOL WINAPI
DuplicateTokenEx(HANDLE hExistingToken, DWORD dwDesiredAccess,
                 LPSECURITY_ATTRIBUTES lpTokenAttributes,
                 SECURITY_IMPERSONATION_LEVEL ImpersonationLevel, TOKEN_TYPE NewTokenType,
                 PHANDLE phNewToken)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_token *t, *copy = NULL;
    uint32_t error;

    (void)dwDesiredAccess;
    (void)lpTokenAttributes;
    if (phNewToken == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    *phNewToken = NULL;
    t = p == NULL ? NULL : sspi_token_find(p, hExistingToken);
    if (t == NULL)
        return fail(ERROR_INVALID_HANDLE);
    error = copy_check(t, ImpersonationLevel, NewTokenType);
    if (error == 0) {
        copy = copy_make(t, ImpersonationLevel, NewTokenType);
        if (copy != NULL)
            *phNewToken = sspi_token_publish(p, copy, false);
        error = *phNewToken == NULL ? ERROR_NOT_ENOUGH_MEMORY : 0;
    }
    sspi_token_put(copy);
    sspi_token_put(t);
    return error == 0 ? TRUE : fail(error);
}

BOOL WINAPI
DuplicateToken(HANDLE ExistingTokenHandle, SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
               PHANDLE DuplicateTokenHandle)
{
    return DuplicateTokenEx(ExistingTokenHandle, 0, NULL, ImpersonationLevel, TokenImpersonation,
                            DuplicateTokenHandle);
}

/* ---- who is in it ------------------------------------------------------------ */

/* A group that is there to deny only lets nobody in. */
static bool
token_has(const struct sspi_token *t, struct view sid)
{
    struct rd r = rd_init(t->facts.groups);
    struct token_group g;

    if (view_is_equal(t->facts.user, sid))
        return true;
    while (token_group_next(&r, &g)) {
        if (view_is_equal(g.sid, sid) && (g.attributes & SE_GROUP_ENABLED) != 0
            && (g.attributes & SE_GROUP_USE_FOR_DENY_ONLY) == 0)
            return true;
    }
    return false;
}

static struct sspi_token *
membership_token(HANDLE h)
{
    struct sspi_process *p = sspi_process_get();
    struct sspi_token *acting = sspi_impersonated();

    if (h != NULL)
        return p == NULL ? NULL : sspi_token_find(p, h);
    return acting == NULL ? NULL : sspi_token_hold(acting);
}

BOOL WINAPI
CheckTokenMembership(HANDLE TokenHandle, PSID SidToCheck, PBOOL IsMember)
{
    struct sspi_token *t;
    BOOL good;

    if (IsMember == NULL)
        return fail(ERROR_INVALID_PARAMETER);
    *IsMember = FALSE;
    if (!IsValidSid(SidToCheck))
        return fail(ERROR_INVALID_SID);
    t = membership_token(TokenHandle);
    if (t == NULL)
        return fail(TokenHandle == NULL ? ERROR_NO_TOKEN : ERROR_INVALID_HANDLE);
    good = t->facts.type == TokenImpersonation || TokenHandle == NULL;
    if (good)
        *IsMember = token_has(t, view_of(SidToCheck, GetLengthSid(SidToCheck)));
    sspi_token_put(t);
    return good ? TRUE : fail(ERROR_NO_IMPERSONATION_TOKEN);
}
