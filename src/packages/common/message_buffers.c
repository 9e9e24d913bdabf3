/*
 * SecBuffers of a message: see message_buffers.h. Runs in applications, on
 * each message. The buffers are the application's; the bytes in them, on the
 * way in, are the peer's and are not looked at here.
 */
#include "packages/common/message_buffers.h"

#define READONLY_BITS (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM)

static NTSTATUS
message_data_add(struct message_buffers *m, enum message_readonly readonly, SecBuffer *b)
{
    bool fixed = (b->BufferType & READONLY_BITS) != 0;

    if (b->cbBuffer > 0 && b->pvBuffer == NULL)
        return SEC_E_INVALID_TOKEN;
    if (!fixed) {
        m->has_data = true;
        m->data = m->data != NULL ? m->data : b;
    }
    if (b->cbBuffer == 0 || (readonly == MESSAGE_READONLY_SKIPPED &&
                             (b->BufferType & SECBUFFER_READONLY) != 0))
        return STATUS_SUCCESS;
    if (m->count == MESSAGE_PIECES_MAX)
        return SEC_E_INVALID_PARAMETER;
    m->pieces[m->count++] = (struct crypto_piece){ b->pvBuffer, b->cbBuffer, !fixed };
    return STATUS_SUCCESS;
}

/* Where a buffer that is not data belongs; NULL: nowhere. */
static SecBuffer **
message_place(struct message_buffers *m, ULONG type)
{
    switch (type) {
    case SECBUFFER_TOKEN:
        return &m->token;
    case SECBUFFER_STREAM:
        return &m->stream;
    case SECBUFFER_PADDING:
        return &m->padding;
    default:
        return NULL;
    }
}

NTSTATUS
message_buffers_parse(const SecBufferDesc *d, enum message_readonly readonly,
                      struct message_buffers *out)
{
    NTSTATUS st = STATUS_SUCCESS;

    out->count = 0;
    out->has_data = false;
    out->token = out->stream = out->data = out->padding = NULL;
    if (d == NULL || d->pBuffers == NULL || d->ulVersion != SECBUFFER_VERSION)
        return SEC_E_INVALID_TOKEN;
    for (ULONG i = 0; i < d->cBuffers && NT_SUCCESS(st); i++) {
        SecBuffer *b = &d->pBuffers[i];
        ULONG type = b->BufferType & ~SECBUFFER_ATTRMASK;
        SecBuffer **place = message_place(out, type);

        if (type == SECBUFFER_DATA)
            st = message_data_add(out, readonly, b);
        else if (place != NULL && *place == NULL)
            *place = b;
    }
    return st;
}

NTSTATUS
message_buffers_check_room(const struct message_buffers *m, size_t n)
{
    if (m->token == NULL || m->token->pvBuffer == NULL || m->token->cbBuffer < n ||
        (m->token->BufferType & READONLY_BITS) != 0)
        return SEC_E_INVALID_TOKEN;
    return STATUS_SUCCESS;
}
