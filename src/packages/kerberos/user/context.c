/*
 * The user half's contexts: made from the LSA half's ContextData
 * (SpInitUserModeContext), and wiped (SpDeleteUserModeContext); between them
 * packages/common/user_half.h keeps them.
 *
 * Runs in applications, on any of their threads. Checks every byte of
 * ContextData, which may be another release's.
 */
#include "packages/kerberos/user/user.h"

/* The LSA half bounds names; this leaves room for a later format. */
#define PACKED_MAX (80u * 1024)     /* with what came of a ticket of 64 KiB */

static void
user_wipe(struct user_context *c)
{
    krb_protect_wipe(&((struct krb_user_context *)c)->protect);
}

static void
user_free(struct context_entry *e)
{
    user_context_free(&krb_user_half, (struct user_context *)e);
}

struct user_half krb_user_half = {
    .wipe = user_wipe,
    .free_entry = user_free,
    .start_lock = PTHREAD_MUTEX_INITIALIZER,
};

NTSTATUS NTAPI
krb_user_start(ULONG version, PSECPKG_DLL_FUNCTIONS functions, PVOID *user_functions)
{
    (void)version;
    return user_half_start(&krb_user_half, functions, user_functions);
}

struct krb_user_context *
krb_user_get(LSA_SEC_HANDLE handle)
{
    return (struct krb_user_context *)user_half_get(&krb_user_half, handle);
}

void
krb_user_put(struct krb_user_context *c)
{
    user_half_put(&krb_user_half, &c->base);
}

NTSTATUS
krb_user_new(struct view packed, struct krb_user_context **out)
{
    struct krb_user_context *c =
        (struct krb_user_context *)user_context_new(sizeof(*c) + packed.n);
    NTSTATUS st;

    if (c == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (packed.n > 0)
        memcpy(c->packed, packed.p, packed.n);
    st = krb_context_data_parse(view_of(c->packed, packed.n), &c->data);
    if (NT_SUCCESS(st) && !krb_protect_init(&c->protect, &c->data))
        st = SEC_E_INVALID_TOKEN;
    if (!NT_SUCCESS(st)) {
        user_context_free(&krb_user_half, &c->base);
        return st;
    }
    c->base.token = c->data.token;
    *out = c;
    return STATUS_SUCCESS;
}

/* PackedContext stays the library's: pvBuffer is left, so it frees (and wipes) it. */
NTSTATUS NTAPI
krb_user_init(LSA_SEC_HANDLE handle, PSecBuffer packed)
{
    struct krb_user_context *c;
    NTSTATUS st;

    if (!user_half_is_started(&krb_user_half) || handle == 0)
        return SEC_E_INVALID_HANDLE;
    if (packed == NULL || packed->pvBuffer == NULL || packed->cbBuffer > PACKED_MAX)
        return SEC_E_INVALID_TOKEN;
    st = krb_user_new(view_of(packed->pvBuffer, packed->cbBuffer), &c);
    return NT_SUCCESS(st) ? user_half_add(&krb_user_half, handle, &c->base) : st;
}

NTSTATUS NTAPI
krb_user_delete(LSA_SEC_HANDLE handle)
{
    return user_half_delete(&krb_user_half, handle);
}

NTSTATUS NTAPI
krb_user_token(LSA_SEC_HANDLE handle, PHANDLE token)
{
    return user_half_token(&krb_user_half, handle, token);
}
