/*
 * SecBufferDesc for packages (AcceptSecurityContext's and
 * SpAcceptLsaModeContext's pages): buffers are found by type, never by index,
 * with the attribute bits masked off; a buffer may still be in the client's
 * memory (SECBUFFER_UNMAPPED, MapBuffer).
 *
 * Runs in the authority. Trusts the authority for the descriptor's memory,
 * not for its types, order or counts: those are the application's.
 */
#include "packages/common/sec_buffer.h"

SecBuffer *
sec_buffer_find(const SecBufferDesc *d, ULONG type)
{
    if (d == NULL || d->pBuffers == NULL || d->ulVersion != SECBUFFER_VERSION)
        return NULL;
    for (ULONG i = 0; i < d->cBuffers && i < SEC_BUFFERS_MAX; i++) {
        if ((d->pBuffers[i].BufferType & ~SECBUFFER_ATTRMASK) == type)
            return &d->pBuffers[i];
    }
    return NULL;
}

NTSTATUS
sec_buffer_read(const LSA_SECPKG_FUNCTION_TABLE *lsa, const SecBufferDesc *d, ULONG type,
                struct view *out)
{
    SecBuffer *b = sec_buffer_find(d, type);
    SecBuffer mapped;
    NTSTATUS st;

    *out = view_of(NULL, 0);
    if (b == NULL || b->pvBuffer == NULL || b->cbBuffer == 0)
        return STATUS_SUCCESS;
    if (b->BufferType & SECBUFFER_UNMAPPED) {
        st = lsa->MapBuffer(b, &mapped);
        if (!NT_SUCCESS(st))
            return st;
        b = &mapped;
    }
    *out = view_of(b->pvBuffer, b->cbBuffer);
    return STATUS_SUCCESS;
}

static NTSTATUS
buffer_allocate(const LSA_SECPKG_FUNCTION_TABLE *lsa, SecBuffer *b, struct view bytes)
{
    void *p = lsa->AllocateLsaHeap((ULONG)bytes.n);

    if (p == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(p, bytes.p, bytes.n);
    b->pvBuffer = p;
    return STATUS_SUCCESS;
}

NTSTATUS
sec_buffer_check_room(const SecBufferDesc *d, ULONG type, size_t n, bool allocate)
{
    const SecBuffer *b = sec_buffer_find(d, type);

    if (b == NULL || (b->BufferType & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM)))
        return SEC_E_BUFFER_TOO_SMALL;
    if (!allocate && (b->pvBuffer == NULL || b->cbBuffer < n))
        return SEC_E_BUFFER_TOO_SMALL;
    return STATUS_SUCCESS;
}

NTSTATUS
sec_buffer_put(const LSA_SECPKG_FUNCTION_TABLE *lsa, SecBufferDesc *d, ULONG type,
               struct view bytes, bool allocate, bool *allocated)
{
    SecBuffer *b = sec_buffer_find(d, type);
    NTSTATUS st = sec_buffer_check_room(d, type, bytes.n, allocate);

    *allocated = false;
    if (NT_SUCCESS(st) && allocate)
        st = buffer_allocate(lsa, b, bytes);
    if (!NT_SUCCESS(st))
        return st;
    if (!allocate)
        memcpy(b->pvBuffer, bytes.p, bytes.n);
    *allocated = allocate;
    b->cbBuffer = (ULONG)bytes.n;
    return STATUS_SUCCESS;
}

NTSTATUS
sec_buffer_put_token(const LSA_SECPKG_FUNCTION_TABLE *lsa, SecBufferDesc *d, struct view token,
                     bool allocate, bool *allocated)
{
    return sec_buffer_put(lsa, d, SECBUFFER_TOKEN, token, allocate, allocated);
}

void
sec_buffer_put_nothing(SecBufferDesc *d, ULONG type)
{
    SecBuffer *b = sec_buffer_find(d, type);

    if (b != NULL)
        b->cbBuffer = 0;
}
