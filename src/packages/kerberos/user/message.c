/*
 * MakeSignature, VerifySignature, EncryptMessage, DecryptMessage: from
 * SecBuffers to a message in pieces, and under the direction's lock to
 * protect/.
 *
 * TOKEN has what is not the application's: header, trailer, checksum,
 * confounder (MS-KILE 3.4.5.4.1). DATA is encrypted where it lies; DATA with
 * READONLY_WITH_CHECKSUM is only signed, as RPC's headers are; READONLY is no
 * part of the message. PADDING is RC4's. For DecryptMessage, STREAM is a
 * whole token as GSS-API makes it: then DATA receives the place and length of
 * the plaintext in it.
 *
 * MessageSeqNo is not looked at: Kerberos's tokens have numbers of their own.
 *
 * Runs in applications, on each message. Buffers are the application's; the
 * bytes in them, on the way in, are the peer's.
 */
#include "packages/kerberos/user/user.h"

#include "packages/common/message_buffers.h"

_Static_assert(MESSAGE_PIECES_MAX <= KRB_PIECES_MAX, "a message's pieces fit");

static void
message_take(const struct message_buffers *b, struct krb_message *m)
{
    m->count = b->count;
    for (size_t i = 0; i < b->count; i++)
        m->pieces[i] = b->pieces[i];
    m->token = b->token->pvBuffer;
    m->token_size = b->token->cbBuffer;
    m->padding = b->padding != NULL ? b->padding->pvBuffer : NULL;
    m->padding_size = m->padding != NULL ? b->padding->cbBuffer : 0;
}

/* ---- making ---------------------------------------------------------------- */

/*
 * CHOICE: Windows takes an unknown quality of protection for none at all; a
 * caller that asks for something gets it or an error here.
 */
static NTSTATUS
seal_check(const struct krb_user_context *c, ULONG qop)
{
    uint32_t flags = c->data.gss_flags;

    if (qop != 0 && qop != SECQOP_WRAP_NO_ENCRYPT)
        return SEC_E_QOP_NOT_SUPPORTED;
    if ((flags & (KRB_GSS_CONF | KRB_GSS_INTEG)) == 0)
        return SEC_E_QOP_NOT_SUPPORTED;
    if (qop == 0 && (flags & KRB_GSS_CONF) == 0)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return STATUS_SUCCESS;
}

static NTSTATUS
message_make(LSA_SEC_HANDLE handle, ULONG qop, const SecBufferDesc *desc, bool seal)
{
    struct krb_user_context *c;
    struct message_buffers b;
    struct krb_message m;
    NTSTATUS st = message_buffers_parse(desc, MESSAGE_READONLY_SKIPPED, &b);

    if (NT_SUCCESS(st))
        st = seal && !b.has_data ? SEC_E_INVALID_TOKEN : message_buffers_check_room(&b, 1);
    if (!NT_SUCCESS(st))
        return st;
    message_take(&b, &m);
    c = krb_user_get(handle);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    st = seal ? seal_check(c, qop) : qop != 0 ? SEC_E_QOP_NOT_SUPPORTED : STATUS_SUCCESS;
    if (NT_SUCCESS(st)) {
        pthread_mutex_lock(&c->base.send_lock);
        st = seal ? krb_protect_seal(&c->protect, &m, qop == 0)
                  : krb_protect_sign(&c->protect, &m);
        pthread_mutex_unlock(&c->base.send_lock);
    }
    krb_user_put(c);
    if (!NT_SUCCESS(st))
        return st;
    b.token->cbBuffer = (ULONG)m.token_size;
    if (seal && b.padding != NULL)
        b.padding->cbBuffer = (ULONG)m.padding_size;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI
krb_user_sign(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc desc, ULONG sequence)
{
    (void)sequence;
    return message_make(handle, qop, desc, false);
}

NTSTATUS NTAPI
krb_user_seal(LSA_SEC_HANDLE handle, ULONG qop, PSecBufferDesc desc, ULONG sequence)
{
    (void)sequence;
    return message_make(handle, qop, desc, true);
}

/* ---- opening ------------------------------------------------------------------ */

static bool
has_token(const struct message_buffers *b)
{
    return b->token != NULL && b->token->pvBuffer != NULL && b->token->cbBuffer > 0;
}

NTSTATUS NTAPI
krb_user_verify(LSA_SEC_HANDLE handle, PSecBufferDesc desc, ULONG sequence, PULONG qop)
{
    struct krb_user_context *c;
    struct message_buffers b;
    struct krb_message m;
    NTSTATUS st = message_buffers_parse(desc, MESSAGE_READONLY_SKIPPED, &b);

    (void)sequence;
    if (!NT_SUCCESS(st))
        return st;
    if (!has_token(&b))
        return SEC_E_INVALID_TOKEN;
    message_take(&b, &m);
    c = krb_user_get(handle);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(&c->base.receive_lock);
    st = krb_protect_verify(&c->protect, &m);
    pthread_mutex_unlock(&c->base.receive_lock);
    krb_user_put(c);
    if (NT_SUCCESS(st) && qop != NULL)
        *qop = 0;
    return st;
}

static NTSTATUS
unseal_stream(struct krb_user_context *c, const struct message_buffers *b, bool *encrypted)
{
    struct crypto_piece text;
    NTSTATUS st;

    if (b->stream->pvBuffer == NULL || b->data == NULL)
        return SEC_E_INVALID_TOKEN;
    pthread_mutex_lock(&c->base.receive_lock);
    st = krb_protect_unseal_stream(&c->protect, b->stream->pvBuffer, b->stream->cbBuffer, &text,
                                   encrypted);
    pthread_mutex_unlock(&c->base.receive_lock);
    if (!NT_SUCCESS(st))
        return st;
    b->data->pvBuffer = text.p;
    b->data->cbBuffer = (ULONG)text.n;
    return STATUS_SUCCESS;
}

static NTSTATUS
unseal_scattered(struct krb_user_context *c, const struct message_buffers *b, bool *encrypted)
{
    struct krb_message m;
    NTSTATUS st;

    if (!has_token(b) || !b->has_data)
        return SEC_E_INVALID_TOKEN;
    message_take(b, &m);
    pthread_mutex_lock(&c->base.receive_lock);
    st = krb_protect_unseal(&c->protect, &m, encrypted);
    pthread_mutex_unlock(&c->base.receive_lock);
    return st;
}

NTSTATUS NTAPI
krb_user_unseal(LSA_SEC_HANDLE handle, PSecBufferDesc desc, ULONG sequence, PULONG qop)
{
    struct krb_user_context *c;
    struct message_buffers b;
    bool encrypted = false;
    NTSTATUS st = message_buffers_parse(desc, MESSAGE_READONLY_SKIPPED, &b);

    (void)sequence;
    if (!NT_SUCCESS(st))
        return st;
    c = krb_user_get(handle);
    if (c == NULL)
        return SEC_E_INVALID_HANDLE;
    st = b.stream != NULL ? unseal_stream(c, &b, &encrypted) : unseal_scattered(c, &b, &encrypted);
    krb_user_put(c);
    /* The caller that needs secrecy sees here that the message had none. */
    if (NT_SUCCESS(st) && qop != NULL)
        *qop = encrypted ? 0 : SECQOP_WRAP_NO_ENCRYPT;
    return st;
}
