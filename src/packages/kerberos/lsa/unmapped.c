/*
 * Signing before a context is mapped (D16): the mechListMIC of a negotiated
 * context is an ordinary MIC (RFC 4121 4.2.6.1), made from its ContextData
 * while that is still in the authority. What it changes is a sequence number.
 *
 * Runs in the authority, for Negotiate. The message is the peer's list of
 * mechanisms, the signature the peer's; ContextData is our own.
 */
#include "packages/kerberos/protect/protect.h"

#include "base/secret.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

OPENSSPI_API extern const struct opensspi_unmapped OpenSspiUnmapped;

static NTSTATUS
unmapped_open(const SecBuffer *packed, struct krb_context_data *data, struct krb_protect *p)
{
    NTSTATUS st = krb_context_data_parse(view_of(packed->pvBuffer, packed->cbBuffer), data);

    if (NT_SUCCESS(st) && !krb_protect_init(p, data))
        st = SEC_E_INVALID_TOKEN;
    return st;
}

/*
 * The next number each way. RFC 4121's numbers go on behind 32 bits and ContextData's do not,
 * so the one context in four thousand millions that begins with the last of them is given up.
 * The views lie in the block that is written again, so it is written beside.
 */
static NTSTATUS
unmapped_advance(SecBuffer *packed, struct krb_context_data *data, uint32_t *number)
{
    uint8_t *room = secret_new(packed->cbBuffer);
    struct wr w = wr_init(room, packed->cbBuffer);

    if (room == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (*number == UINT32_MAX) {
        secret_free(room);
        return SEC_E_OUT_OF_SEQUENCE;
    }
    ++*number;
    krb_context_data_build(&w, data);
    memcpy(packed->pvBuffer, room, packed->cbBuffer);
    secret_free(room);
    return STATUS_SUCCESS;
}

static struct krb_message
unmapped_message(const void *message, ULONG n, const SecBuffer *signature)
{
    return (struct krb_message){
        .pieces = { { (uint8_t *)(uintptr_t)message, n, false } },
        .count = 1,
        .token = signature->pvBuffer,
        .token_size = signature->cbBuffer,
    };
}

static NTSTATUS
unmapped_sign(PSecBuffer packed, const void *message, ULONG n, PSecBuffer signature)
{
    struct krb_message m = unmapped_message(message, n, signature);
    struct krb_context_data data;
    struct krb_protect p = { 0 };
    NTSTATUS st = unmapped_open(packed, &data, &p);

    if (NT_SUCCESS(st))
        st = krb_protect_sign(&p, &m);
    if (NT_SUCCESS(st)) {
        signature->cbBuffer = (ULONG)m.token_size;
        st = unmapped_advance(packed, &data, &data.send_sequence);
    }
    krb_protect_wipe(&p);
    return st;
}

static NTSTATUS
unmapped_verify(PSecBuffer packed, const void *message, ULONG n, const SecBuffer *signature)
{
    struct krb_message m = unmapped_message(message, n, signature);
    struct krb_context_data data;
    struct krb_protect p = { 0 };
    NTSTATUS st = unmapped_open(packed, &data, &p);

    if (NT_SUCCESS(st))
        st = krb_protect_verify(&p, &m);
    if (NT_SUCCESS(st))
        st = unmapped_advance(packed, &data, &data.receive_sequence);
    krb_protect_wipe(&p);
    return st;
}

const struct opensspi_unmapped OpenSspiUnmapped = {
    .size = sizeof(struct opensspi_unmapped),
    .sign = unmapped_sign,
    .verify = unmapped_verify,
};
