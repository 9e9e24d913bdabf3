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

/* In the order of the user half's table. */
enum message_slot { SLOT_SIGN, SLOT_VERIFY, SLOT_SEAL, SLOT_UNSEAL };

/* Signing and sealing only read *qop, verifying and unsealing write it; it may be NULL then. */
static status_t
slot_call(const struct sspi_user_half *half, LSA_SEC_HANDLE number, enum message_slot slot,
          PSecBufferDesc message, ULONG sequence, ULONG *qop)
{
    const SECPKG_USER_FUNCTION_TABLE *t = &half->table;
    bool receives = slot == SLOT_VERIFY || slot == SLOT_UNSEAL;
    SpMakeSignatureFn *send = slot == SLOT_SIGN ? t->MakeSignature : t->SealMessage;
    SpVerifySignatureFn *receive = slot == SLOT_VERIFY ? t->VerifySignature : t->UnsealMessage;

    if (receives ? receive == NULL : send == NULL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return receives ? receive(number, message, sequence, qop)
                    : send(number, *qop, message, sequence);
}

static SECURITY_STATUS
message_protect(PCtxtHandle h, enum message_slot slot, PSecBufferDesc message, ULONG sequence,
                ULONG *qop)
{
    struct sspi_user_half *half;
    struct entry e;
    status_t st = message_begin(&e, h, message, &half);

    if (st != SEC_E_OK)
        return st;
    st = slot_call(half, e.context->number, slot, message, sequence, qop);
    sspi_entry_put(&e);
    return status_map(st);
}

SECURITY_STATUS SEC_ENTRY
MakeSignature(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage, ULONG MessageSeqNo)
{
    return message_protect(phContext, SLOT_SIGN, pMessage, MessageSeqNo, &fQOP);
}

SECURITY_STATUS SEC_ENTRY
VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo, ULONG *pfQOP)
{
    return message_protect(phContext, SLOT_VERIFY, pMessage, MessageSeqNo, pfQOP);
}

SECURITY_STATUS SEC_ENTRY
EncryptMessage(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage, ULONG MessageSeqNo)
{
    return message_protect(phContext, SLOT_SEAL, pMessage, MessageSeqNo, &fQOP);
}

SECURITY_STATUS SEC_ENTRY
DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo, ULONG *pfQOP)
{
    return message_protect(phContext, SLOT_UNSEAL, pMessage, MessageSeqNo, pfQOP);
}
