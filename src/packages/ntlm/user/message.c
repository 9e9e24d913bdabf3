/*
 * MakeSignature, VerifySignature, EncryptMessage, DecryptMessage: from
 * SecBuffers to pieces of a message, and under the direction's lock to
 * protect.c.
 *
 * Buffers may come in any order (their order among themselves is the
 * message's). TOKEN has the 16-byte signature. STREAM is a whole message as
 * it was sent, signature first, for DecryptMessage: then DATA receives the
 * place and length of the plaintext in it.
 *
 * CHOICE: MS-NLMP 3.4.6.1 wants all data buffers in the MAC with extended session
 * security, and RPC peers do so; hence READONLY buffers are in it, too, though
 * SSPI's general page says that they are not checksummed. Neither they nor
 * READONLY_WITH_CHECKSUM are encrypted.
 *
 * Runs in applications, on each message. Buffers are the application's; the
 * bytes in them, on the way in, are the peer's.
 */
#include "packages/ntlm/user/user.h"

#include "packages/common/message_buffers.h"

/* A signature to be checked: the first 16 bytes of what may be a larger room that is reused. */
static NTSTATUS
message_signature(const struct message_buffers *m, struct view *out)
{
    if (m->token == NULL || m->token->pvBuffer == NULL ||
        m->token->cbBuffer < NTLM_SIGNATURE_SIZE)
        return SEC_E_INVALID_TOKEN;
    *out = view_of(m->token->pvBuffer, NTLM_SIGNATURE_SIZE);
    return STATUS_SUCCESS;
}

/* STREAM: signature and ciphertext in one buffer. The DATA buffer's own bytes do not count. */
static NTSTATUS
message_stream_split(struct message_buffers *m, struct view *signature)
{
    uint8_t *p = m->stream->pvBuffer;

    if (p == NULL || m->stream->cbBuffer < NTLM_SIGNATURE_SIZE || m->data == NULL)
        return SEC_E_INVALID_TOKEN;
    *signature = view_of(p, NTLM_SIGNATURE_SIZE);
    m->pieces[0] = (struct crypto_piece){
        p + NTLM_SIGNATURE_SIZE, m->stream->cbBuffer - NTLM_SIGNATURE_SIZE, true,
    };
    m->count = 1;
    return STATUS_SUCCESS;
}

/* ---- both directions ---------------------------------------------------- */

/* 3.4.6.1: without extended session security READONLY buffers are not signed. */
static enum message_readonly
message_readonly(LSA_SEC_HANDLE handle)
{
    struct ntlm_user_context *c = ntlm_user_get(handle);
    enum message_readonly kind = MESSAGE_READONLY_SIGNED;

    if (c == NULL)
        return kind;
    if (ntlm_protect_is_shared(&c->protect))
        kind = MESSAGE_READONLY_SKIPPED;
    ntlm_user_put(c);
    return kind;
}

static NTSTATUS
message_make(LSA_SEC_HANDLE handle, ULONG qop, const SecBufferDesc *desc, ULONG sequence,
             bool seal)
{
    struct ntlm_user_context *c;
    struct message_buffers m;
    NTSTATUS st = message_buffers_parse(desc, message_readonly(handle), &m);

    if (qop != 0)
        return SEC_E_QOP_NOT_SUPPORTED;
    if (NT_SUCCESS(st))
        st = seal && !m.has_data ? SEC_E_INVALID_TOKEN
                                 : message_buffers_check_room(&m, NTLM_SIGNATURE_SIZE);
    if (!NT_SUCCESS(st))
        return st;
    c = ntlm_user_get(handle);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(&c->base.send_lock);
    st = (seal ? ntlm_protect_seal : ntlm_protect_sign)(&c->protect, m.pieces, m.count, sequence,
                                                        m.token->pvBuffer);
    pthread_mutex_unlock(&c->base.send_lock);
    ntlm_user_put(c);
    if (NT_SUCCESS(st))
        m.token->cbBuffer = NTLM_SIGNATURE_SIZE;
    return st;
}

/* Where the signature is: in front of a STREAM that is to be unsealed, else in TOKEN. */
static NTSTATUS
message_find_signature(struct message_buffers *m, bool unseal, struct view *out)
{
    if (unseal && m->stream != NULL)
        return message_stream_split(m, out);
    return unseal && !m->has_data ? SEC_E_INVALID_TOKEN : message_signature(m, out);
}

static NTSTATUS
message_open(LSA_SEC_HANDLE handle, const SecBufferDesc *desc, ULONG sequence, bool unseal)
{
    struct ntlm_user_context *c;
    struct view signature = view_of(NULL, 0);
    struct message_buffers m;
    NTSTATUS st = message_buffers_parse(desc, message_readonly(handle), &m);

    if (NT_SUCCESS(st))
        st = message_find_signature(&m, unseal, &signature);
    if (!NT_SUCCESS(st))
        return st;
    c = ntlm_user_get(handle);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(ntlm_user_receive_lock(c));
    st = (unseal ? ntlm_protect_unseal : ntlm_protect_verify)(&c->protect, m.pieces, m.count,
                                                              sequence, signature);
    pthread_mutex_unlock(ntlm_user_receive_lock(c));
    ntlm_user_put(c);
    if (NT_SUCCESS(st) && unseal && m.stream != NULL) {
        m.data->pvBuffer = m.pieces[0].p;
        m.data->cbBuffer = (ULONG)m.pieces[0].n;
    }
    return st;
}

/* ---- the slots ---------------------------------------------------------- */

NTSTATUS NTAPI
ntlm_user_sign(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc desc, ULONG sequence)
{
    return message_make(handle, qop, desc, sequence, false);
}

NTSTATUS NTAPI
ntlm_user_seal(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc desc, ULONG sequence)
{
    return message_make(handle, qop, desc, sequence, true);
}

/* The quality of protection is left alone, as Windows's NTLM leaves it. */
NTSTATUS NTAPI
ntlm_user_verify(LSA_SEC_HANDLE handle, PSecBufferDesc desc, ULONG sequence, PULONG qop)
{
    (void)qop;
    return message_open(handle, desc, sequence, false);
}

NTSTATUS NTAPI
ntlm_user_unseal(LSA_SEC_HANDLE handle, PSecBufferDesc desc, ULONG sequence, PULONG qop)
{
    (void)qop;
    return message_open(handle, desc, sequence, true);
}
