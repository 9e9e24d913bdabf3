/*
 * Kerberos's contexts that travel: what of one is packed, and taken back
 * (packages/common/user_transfer.h). Runs in applications.
 */
#include "packages/kerberos/user/user.h"

#include "packages/common/user_transfer.h"

#define EXPORT_MAGIC 0x5845524Bu    /* "KREX" in memory */
#define IMPORT_TAG (UINT64_C(0x4B52) << 48)

static const struct krb_user_context *
context_of(const struct user_context *base)
{
    return (const struct krb_user_context *)base;
}

static size_t
data_size(const struct user_context *base)
{
    return krb_context_data_size(&context_of(base)->data);
}

static void
data_put(const struct user_context *base, struct wr *w)
{
    struct krb_context_data data = context_of(base)->data;

    data.token = 0;
    krb_context_data_build(w, &data);
}

static void
state_put(const struct user_context *base, bool reset, struct wr *w)
{
    const struct krb_user_context *c = context_of(base);
    struct krb_protect start;

    if (!reset) {
        krb_protect_pack(&c->protect, w);
        return;
    }
    if (krb_protect_init(&start, &c->data))
        krb_protect_pack(&start, w);
    krb_protect_wipe(&start);
}

static NTSTATUS
context_make(struct view data, struct user_context **out)
{
    struct krb_user_context *c = NULL;
    NTSTATUS st = krb_user_new(data, &c);

    if (NT_SUCCESS(st))
        *out = &c->base;
    return st;
}

static void
state_get(struct rd *r, struct user_context *base)
{
    krb_protect_unpack(r, &((struct krb_user_context *)base)->protect);
}

static const struct user_transfer krb_transfer = {
    .half = &krb_user_half,
    .magic = EXPORT_MAGIC,
    .tag = IMPORT_TAG,
    .state_max = KRB_PROTECT_PACKED_SIZE,
    .data_size = data_size,
    .data_put = data_put,
    .state_put = state_put,
    .make = context_make,
    .state_get = state_get,
};

NTSTATUS NTAPI
krb_user_export(LSA_SEC_HANDLE handle, ULONG flags, PSecBuffer packed, PHANDLE token)
{
    return user_transfer_export(&krb_transfer, handle, flags, packed, token);
}

NTSTATUS NTAPI
krb_user_import(PSecBuffer packed, HANDLE token, PLSA_SEC_HANDLE handle)
{
    return user_transfer_import(&krb_transfer, packed, token, handle);
}
