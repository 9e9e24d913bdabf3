/*
 * One leg of a handshake, apart from its protocol: buffers in and out, and
 * the bytes for the user half (D13, D16).
 *
 * Runs in the authority. Trusts the authority for locations; buffers' types,
 * lengths and contents are the application's.
 */
#include "packages/kerberos/lsa/leg.h"

#include "base/secret.h"
#include "packages/common/sec_buffer.h"

NTSTATUS
krb_leg_open(struct krb_leg *leg)
{
    NTSTATUS st = sec_buffer_read(krb_support()->lsa, leg->input, SECBUFFER_TOKEN, &leg->token);

    if (NT_SUCCESS(st) && leg->token.n > KRB_MESSAGE_MAX)
        st = SEC_E_INVALID_TOKEN;
    return st;
}

NTSTATUS
krb_leg_send(const struct krb_leg *leg, struct view message, uint32_t attributes)
{
    bool allocated;
    NTSTATUS st = sec_buffer_put_token(krb_support()->lsa, leg->output, message,
                                       (leg->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0,
                                       &allocated);

    if (NT_SUCCESS(st))
        *leg->attributes = attributes | (allocated ? ISC_RET_ALLOCATED_MEMORY : 0);
    return st;
}

void
krb_leg_send_nothing(const struct krb_leg *leg, uint32_t attributes)
{
    sec_buffer_put_nothing(leg->output, SECBUFFER_TOKEN);
    *leg->attributes = attributes;
}

struct krb_key
krb_leg_key(const struct crypto_krb_key *k)
{
    if (k->type == NULL)
        return (struct krb_key){ .etype = 0 };
    return (struct krb_key){ k->type->number, crypto_krb_key_view(k) };
}

/* The highest format that both sides have; a user half that does not say has the lowest. */
static uint32_t
format_common(void)
{
    uint32_t low, high;

    if (!NT_SUCCESS(krb_support()->call->context_formats(&low, &high)) || high == 0)
        return KRB_CONTEXT_FORMAT_LOWEST;
    return high < KRB_CONTEXT_FORMAT_HIGHEST ? high : KRB_CONTEXT_FORMAT_HIGHEST;
}

NTSTATUS
krb_leg_finish(const struct krb_leg *leg, struct krb_context_data *data)
{
    void *block;
    size_t size;
    struct wr w;

    data->format = format_common();
    size = krb_context_data_size(data);
    block = krb_support()->lsa->AllocateLsaHeap((ULONG)size);
    if (block == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    w = wr_init(block, size);
    krb_context_data_build(&w, data);
    if (wr_end(&w, SEC_E_INTERNAL_ERROR) < 0) {
        secret_wipe(block, size);
        krb_support()->lsa->FreeLsaHeap(block);
        return SEC_E_INTERNAL_ERROR;
    }
    /* The authority wipes and frees it, whatever comes of it. */
    leg->context_data->pvBuffer = block;
    leg->context_data->cbBuffer = (ULONG)size;
    leg->context_data->BufferType = SECBUFFER_TOKEN;
    leg->expiry->QuadPart = data->expiry;
    *leg->mapped = TRUE;
    return STATUS_SUCCESS;
}

NTSTATUS
krb_formats_check(void)
{
    uint32_t low = 0, high = 0;

    /* A user half that does not say is as old as format 1. */
    if (!NT_SUCCESS(krb_support()->call->context_formats(&low, &high)) || (low == 0 && high == 0))
        return STATUS_SUCCESS;
    if (low <= KRB_CONTEXT_FORMAT_HIGHEST && high >= KRB_CONTEXT_FORMAT_LOWEST)
        return STATUS_SUCCESS;
    krb_log(3, "context_format",
            (const char *const[]){ "package", KRB_PACKAGE, "reason", "no_common_format",
                                   "authority_highest", krb_number(KRB_CONTEXT_FORMAT_HIGHEST).text,
                                   "application_lowest", krb_number(low).text,
                                   "application_highest", krb_number(high).text, "hint",
                                   "update the older of application and authority", NULL });
    return SEC_E_UNSUPPORTED_FUNCTION;
}
