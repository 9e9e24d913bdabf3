/*
 * The user half's contexts: made from the LSA half's ContextData
 * (SpInitUserModeContext), and wiped (SpDeleteUserModeContext); between them
 * packages/common/user_half.h keeps them.
 *
 * Runs in applications, on any of their threads. Checks every byte of
 * ContextData, which may be another release's.
 */
#include "packages/kerberos/user/user.h"

#include <stdlib.h>

static void
user_wipe(struct user_context *base)
{
    struct krb_user_context *c = (struct krb_user_context *)base;

    krb_protect_wipe(&c->protect);
    free(c->pac);
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

/* In the secret memory, of which there is little: all but the PAC. */
static NTSTATUS
user_unpack(struct krb_user_context *c, const struct krb_context_data *data, size_t n)
{
    struct wr w = wr_init(c->packed, n);
    NTSTATUS st;

    krb_context_data_build(&w, data);
    st = krb_context_data_parse(wr_written(&w), &c->data);
    if (NT_SUCCESS(st) && !krb_protect_init(&c->protect, &c->data))
        st = SEC_E_INVALID_TOKEN;
    return st;
}

static NTSTATUS
user_keep_pac(struct krb_user_context *c, struct view pac)
{
    if (pac.n == 0)
        return STATUS_SUCCESS;
    c->pac = malloc(pac.n);
    if (c->pac == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memcpy(c->pac, pac.p, pac.n);
    c->data.pac = view_of(c->pac, pac.n);
    return STATUS_SUCCESS;
}

NTSTATUS
krb_user_new(struct view packed, struct krb_user_context **out)
{
    struct krb_context_data data;
    struct krb_user_context *c;
    NTSTATUS st = krb_context_data_parse(packed, &data);
    struct view pac = data.pac;
    size_t n;

    if (!NT_SUCCESS(st))
        return st;
    data.pac = view_of(NULL, 0);
    n = krb_context_data_size(&data);
    c = (struct krb_user_context *)user_context_new(sizeof(*c) + n);
    if (c == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    st = user_unpack(c, &data, n);
    if (NT_SUCCESS(st))
        st = user_keep_pac(c, pac);
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
    if (packed == NULL || packed->pvBuffer == NULL || packed->cbBuffer > USER_CONTEXT_DATA_MAX)
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
