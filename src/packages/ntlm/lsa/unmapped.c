/*
 * Signing before a context is mapped (D16): the mechListMIC of a negotiated
 * context is made from its ContextData, while that is still in the authority.
 *
 * The key stream of RC4 begins anew with the application's first message, and the
 * sequence number goes on (MS-SPNG 3.3.5.1, and what Samba and MIT do): so
 * ContextData changes in two numbers and in nothing else.
 *
 * Runs in the authority, for Negotiate. The message is the peer's list of
 * mechanisms, the signature the peer's; ContextData is our own.
 */
#include "packages/ntlm/protect/protect.h"

#include "base/secret.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

OPENSSPI_API extern const struct opensspi_unmapped OpenSspiUnmapped;

/* Only format 3 has room for the numbers: an older user half would be out of step. */
static NTSTATUS
unmapped_open(const SecBuffer *packed, struct ntlm_context_data *data, struct ntlm_protect *p)
{
    NTSTATUS st = ntlm_context_data_parse(view_of(packed->pvBuffer, packed->cbBuffer), data);

    if (!NT_SUCCESS(st))
        return st;
    ntlm_protect_init_from(p, data);
    p->detects = NTLM_DETECTS_REPLAY | NTLM_DETECTS_SEQUENCE;
    return data->format >= 3 && ntlm_protect_has_integrity(p) ? STATUS_SUCCESS
                                                              : SEC_E_UNSUPPORTED_FUNCTION;
}

static NTSTATUS
unmapped_finish(NTSTATUS st, SecBuffer *packed, struct ntlm_context_data *data,
                struct ntlm_protect *p)
{
    if (NT_SUCCESS(st))
        ntlm_context_data_renumber(packed->pvBuffer, packed->cbBuffer, p->send.sequence,
                                   p->receive.sequence);
    ntlm_protect_wipe(p);
    secret_wipe(data, sizeof(*data));
    return st;
}

static NTSTATUS
unmapped_sign(PSecBuffer packed, const void *message, ULONG n, PSecBuffer signature)
{
    struct crypto_piece piece = { (uint8_t *)(uintptr_t)message, n, false };
    struct ntlm_context_data data;
    struct ntlm_protect p = { 0 };
    NTSTATUS st = unmapped_open(packed, &data, &p);

    if (NT_SUCCESS(st) && signature->cbBuffer < NTLM_SIGNATURE_SIZE)
        st = SEC_E_BUFFER_TOO_SMALL;
    if (NT_SUCCESS(st))
        st = ntlm_protect_sign(&p, &piece, 1, p.send.sequence, signature->pvBuffer);
    if (NT_SUCCESS(st))
        signature->cbBuffer = NTLM_SIGNATURE_SIZE;
    return unmapped_finish(st, packed, &data, &p);
}

static NTSTATUS
unmapped_verify(PSecBuffer packed, const void *message, ULONG n, const SecBuffer *signature)
{
    struct crypto_piece piece = { (uint8_t *)(uintptr_t)message, n, false };
    struct ntlm_context_data data;
    struct ntlm_protect p = { 0 };
    NTSTATUS st = unmapped_open(packed, &data, &p);

    if (NT_SUCCESS(st))
        st = ntlm_protect_verify(&p, &piece, 1, p.receive.sequence,
                                 view_of(signature->pvBuffer, signature->cbBuffer));
    return unmapped_finish(st, packed, &data, &p);
}

const struct opensspi_unmapped OpenSspiUnmapped = {
    .size = sizeof(struct opensspi_unmapped),
    .sign = unmapped_sign,
    .verify = unmapped_verify,
};
