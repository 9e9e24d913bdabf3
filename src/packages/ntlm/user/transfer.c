/*
 * NTLM's contexts that travel: what of one is packed, and taken back
 * (packages/common/user_transfer.h). Runs in applications.
 */
#include "packages/ntlm/user/user.h"

#include "base/secret.h"
#include "packages/common/user_transfer.h"
#include "packages/ntlm/protect/transfer.h"

#define EXPORT_MAGIC 0x5845544Eu    /* "NTEX" in memory */
#define IMPORT_TAG (UINT64_C(0x4E54) << 48)

static const struct ntlm_user_context *
context_of(const struct user_context *base)
{
    return (const struct ntlm_user_context *)base;
}

static size_t
data_size(const struct user_context *base)
{
    return ntlm_context_data_size(&context_of(base)->data);
}

static void
data_put(const struct user_context *base, struct wr *w)
{
    struct ntlm_context_data data = context_of(base)->data;

    data.token = 0;
    ntlm_context_data_build(w, &data);
    secret_wipe(&data, sizeof(data));
}

static void
state_put(const struct user_context *base, bool reset, struct wr *w)
{
    const struct ntlm_user_context *c = context_of(base);
    struct ntlm_protect start;

    if (!reset) {
        ntlm_protect_pack(&c->protect, w);
        return;
    }
    ntlm_protect_init_from(&start, &c->data);
    ntlm_protect_pack(&start, w);
    ntlm_protect_wipe(&start);
}

static NTSTATUS
context_make(struct view data, struct user_context **out)
{
    struct ntlm_user_context *c = NULL;
    NTSTATUS st = ntlm_user_new(data, &c);

    if (NT_SUCCESS(st))
        *out = &c->base;
    return st;
}

static void
state_get(struct rd *r, struct user_context *base)
{
    ntlm_protect_unpack(r, &((struct ntlm_user_context *)base)->protect);
}

static const struct user_transfer ntlm_transfer = {
    .half = &ntlm_user_half,
    .magic = EXPORT_MAGIC,
    .tag = IMPORT_TAG,
    .state_max = NTLM_PROTECT_PACKED_MAX,
    .data_size = data_size,
    .data_put = data_put,
    .state_put = state_put,
    .make = context_make,
    .state_get = state_get,
};

NTSTATUS NTAPI
ntlm_user_export(LSA_SEC_HANDLE handle, ULONG flags, PSecBuffer packed, PHANDLE token)
{
    return user_transfer_export(&ntlm_transfer, handle, flags, packed, token);
}

NTSTATUS NTAPI
ntlm_user_import(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE handle)
{
    return user_transfer_import(&ntlm_transfer, packed, token, handle);
}
