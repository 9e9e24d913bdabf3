/*
 * The user half's contexts: made from the LSA half's ContextData
 * (SpInitUserModeContext), found by the LSA half's number on each call, and
 * wiped (SpDeleteUserModeContext).
 *
 * Runs in applications, on any of their threads. Trusts libsspi for the
 * number; checks every byte of ContextData, which may be another release's.
 */
#include "packages/ntlm/user/user.h"

static void
user_free(struct context_entry *e)
{
    user_context_free(&ntlm_user_half, (struct user_context *)e);
}

struct user_half ntlm_user_half = {
    .free_entry = user_free,
    .start_lock = PTHREAD_MUTEX_INITIALIZER,
};

NTSTATUS NTAPI
ntlm_user_start(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user_functions)
{
    (void)version;
    return user_half_start(&ntlm_user_half, functions, user_functions);
}

struct ntlm_user_context *
ntlm_user_get(LSA_SEC_HANDLE handle)
{
    return (struct ntlm_user_context *)user_half_get(&ntlm_user_half, handle);
}

void
ntlm_user_put(struct ntlm_user_context *c)
{
    user_half_put(&ntlm_user_half, &c->base);
}

NTSTATUS
ntlm_user_new(struct view packed, struct ntlm_user_context **out)
{
    struct ntlm_user_context *c =
        (struct ntlm_user_context *)user_context_new(sizeof(*c) + packed.n);
    NTSTATUS st;

    if (c == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (packed.n > 0)
        memcpy(c->packed, packed.p, packed.n);
    st = ntlm_context_data_parse(view_of(c->packed, packed.n), &c->data);
    if (!NT_SUCCESS(st)) {
        user_context_free(&ntlm_user_half, &c->base);
        return st;
    }
    ntlm_protect_init_from(&c->protect, &c->data);
    c->base.token = c->data.token;
    *out = c;
    return STATUS_SUCCESS;
}

/* PackedContext stays the library's: pvBuffer is left, so it frees (and wipes) it. */
NTSTATUS NTAPI
ntlm_user_init(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct ntlm_user_context *c;
    NTSTATUS st;

    if (!user_half_is_started(&ntlm_user_half) || handle == 0)
        return SEC_E_INVALID_HANDLE;
    if (packed == NULL || packed->pvBuffer == NULL || packed->cbBuffer > USER_CONTEXT_DATA_MAX)
        return SEC_E_INVALID_TOKEN;
    st = ntlm_user_new(view_of(packed->pvBuffer, packed->cbBuffer), &c);
    return NT_SUCCESS(st) ? user_half_add(&ntlm_user_half, handle, &c->base) : st;
}

NTSTATUS NTAPI
ntlm_user_delete(LSA_SEC_HANDLE handle)
{
    return user_half_delete(&ntlm_user_half, handle);
}

NTSTATUS NTAPI
ntlm_user_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    return user_half_token(&ntlm_user_half, handle, token);
}
