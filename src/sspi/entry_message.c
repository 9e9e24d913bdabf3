/*
 * Entry points: message protection (sspi.h, "MakeSignature", "VerifySignature",
 * "EncryptMessage", "DecryptMessage").
 *
 * Runs in the application; this is the hot path. A call is one look-up in the handle
 * table, which takes no lock, and one call of the user half, which has the session
 * keys and serialises what it must. No authority is involved: messages go on
 * when it has gone.
 */
#include "sspi/buffers.h"
#include "sspi/entry.h"
#include "base/status.h"

/* The user half of an established context; a reference is held on success. */
static status_t
message_begin(struct entry *e, PCtxtHandle h, const SecBufferDesc *message,
              struct sspi_user_half **half)
{
    status_t st = sspi_entry_context(e, h);

    if (st != SEC_E_OK)
        return st;
    *half = atomic_load_explicit(&e->context->half, memory_order_acquire);
    if (message == NULL || sspi_buffers_check(message) != SEC_E_OK)
        st = SEC_E_INVALID_TOKEN;
    else if (*half == NULL)
        st = atomic_load(&e->context->complete) ? SEC_E_UNSUPPORTED_FUNCTION
                                                : SEC_E_INVALID_HANDLE;
    if (st != SEC_E_OK)
        sspi_entry_put(e);
    return st;
}

SECURITY_STATUS SEC_ENTRY
MakeSignature(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage, ULONG MessageSeqNo)
{
    struct sspi_user_half *half;
    struct entry e;
    status_t st = message_begin(&e, phContext, pMessage, &half);

    if (st != SEC_E_OK)
        return st;
    st = half->table.MakeSignature == NULL
        ? SEC_E_UNSUPPORTED_FUNCTION
        : half->table.MakeSignature(e.context->number, fQOP, pMessage, MessageSeqNo);
    sspi_entry_put(&e);
    return status_map(st);
}

SECURITY_STATUS SEC_ENTRY
VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo, ULONG *pfQOP)
{
    struct sspi_user_half *half;
    struct entry e;
    status_t st = message_begin(&e, phContext, pMessage, &half);

    if (st != SEC_E_OK)
        return st;
    st = half->table.VerifySignature == NULL
        ? SEC_E_UNSUPPORTED_FUNCTION
        : half->table.VerifySignature(e.context->number, pMessage, MessageSeqNo, pfQOP);
    sspi_entry_put(&e);
    return status_map(st);
}

SECURITY_STATUS SEC_ENTRY
EncryptMessage(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage, ULONG MessageSeqNo)
{
    struct sspi_user_half *half;
    struct entry e;
    status_t st = message_begin(&e, phContext, pMessage, &half);

    if (st != SEC_E_OK)
        return st;
    st = half->table.SealMessage == NULL
        ? SEC_E_UNSUPPORTED_FUNCTION
        : half->table.SealMessage(e.context->number, fQOP, pMessage, MessageSeqNo);
    sspi_entry_put(&e);
    return status_map(st);
}

SECURITY_STATUS SEC_ENTRY
DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo, ULONG *pfQOP)
{
    struct sspi_user_half *half;
    struct entry e;
    status_t st = message_begin(&e, phContext, pMessage, &half);

    if (st != SEC_E_OK)
        return st;
    st = half->table.UnsealMessage == NULL
        ? SEC_E_UNSUPPORTED_FUNCTION
        : half->table.UnsealMessage(e.context->number, pMessage, MessageSeqNo, pfQOP);
    sspi_entry_put(&e);
    return status_map(st);
}
