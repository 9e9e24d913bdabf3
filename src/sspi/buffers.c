/*
 * Buffers (sspi.h, SecBuffer and SecBufferDesc).
 *
 * Runs in the application. Input is not copied here: the message is built from
 * the application's own memory. The bits that only an LSA may set (UNMAPPED,
 * KERNEL_MAP) are removed from what an application gives: a package would take them
 * as a promise of the authority.
 *
 * READONLY buffers are never written, neither as input nor as output.
 */
#include "sspi/buffers.h"

#include "sspi/memory.h"

#define BUFFER_IS_READONLY(type) \
    (((type) & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM)) != 0)

static uint32_t
buffer_kind(uint32_t type)
{
    return type & ~SECBUFFER_ATTRMASK;
}

status_t
sspi_buffers_check(const SecBufferDesc *d)
{
    if (d == NULL)
        return SEC_E_OK;
    if (d->ulVersion != SECBUFFER_VERSION || (d->cBuffers > 0 && d->pBuffers == NULL))
        return SEC_E_INVALID_TOKEN;
    return SEC_E_OK;
}

/* Placeholders have a size and no bytes; what carries bytes must have them. */
static bool
buffer_may_lack_bytes(const SecBuffer *b)
{
    uint32_t kind = buffer_kind(b->BufferType);

    return b->cbBuffer == 0 || kind == SECBUFFER_EMPTY || kind == SECBUFFER_MISSING
        || kind == SECBUFFER_EXTRA;
}

status_t
sspi_buffers_input(const SecBufferDesc *d, struct ipc_buffers *out)
{
    uint32_t i;

    out->count = 0;
    out->present = d != NULL;
    if (d == NULL)
        return SEC_E_OK;
    if (sspi_buffers_check(d) != SEC_E_OK || d->cBuffers > IPC_BUFFERS_MAX)
        return SEC_E_INVALID_TOKEN;
    for (i = 0; i < d->cBuffers; i++) {
        const SecBuffer *b = &d->pBuffers[i];
        size_t n = b->pvBuffer != NULL ? b->cbBuffer : 0;

        if (b->pvBuffer == NULL && !buffer_may_lack_bytes(b))
            return SEC_E_INVALID_TOKEN;
        out->v[i] = (struct ipc_buffer){ b->BufferType & ~SECBUFFER_RESERVED, b->cbBuffer,
                                         view_of(b->pvBuffer, n) };
    }
    out->count = d->cBuffers;
    return SEC_E_OK;
}

status_t
sspi_buffers_output(const SecBufferDesc *d, bool allocate, struct ipc_buffers *out)
{
    uint32_t i;

    out->count = 0;
    out->present = d != NULL;
    if (d == NULL)
        return SEC_E_OK;
    /* An array that is missing has no room for a token (SEC_E_BUFFER_TOO_SMALL on Windows). */
    if (d->cBuffers > 0 && d->pBuffers == NULL)
        return SEC_E_BUFFER_TOO_SMALL;
    if (d->ulVersion != SECBUFFER_VERSION || d->cBuffers > IPC_BUFFERS_MAX)
        return SEC_E_INVALID_TOKEN;
    for (i = 0; i < d->cBuffers; i++) {
        const SecBuffer *b = &d->pBuffers[i];
        bool writable = !allocate && b->pvBuffer != NULL && !BUFFER_IS_READONLY(b->BufferType);

        out->v[i] = (struct ipc_buffer){ b->BufferType & ~SECBUFFER_RESERVED,
                                         writable ? b->cbBuffer : 0, view_of(NULL, 0) };
    }
    out->count = d->cBuffers;
    return SEC_E_OK;
}

static status_t
buffer_store(SecBuffer *to, const struct ipc_buffer *from, bool allocate)
{
    uint32_t kind = buffer_kind(from->type);

    if (allocate) {
        void *block = from->bytes.n == 0 ? NULL : sspi_memory_copy(from->bytes);

        if (from->bytes.n > 0 && block == NULL)
            return SEC_E_INSUFFICIENT_MEMORY;
        to->pvBuffer = block;
    } else if (from->bytes.n > 0) {
        if (to->pvBuffer == NULL || from->bytes.n > to->cbBuffer)
            return SEC_E_BUFFER_TOO_SMALL;
        memcpy(to->pvBuffer, from->bytes.p, from->bytes.n);
    }
    to->cbBuffer = kind == SECBUFFER_MISSING || kind == SECBUFFER_EXTRA ? from->room
                                                                       : (uint32_t)from->bytes.n;
    /* The attribute bits are the caller's; the kind is the package's. */
    to->BufferType = (to->BufferType & SECBUFFER_ATTRMASK) | kind;
    return SEC_E_OK;
}

/* Frees the blocks of the first n buffers, where a later one failed. */
static void
buffers_take_back(SecBufferDesc *d, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n; i++) {
        if (BUFFER_IS_READONLY(d->pBuffers[i].BufferType))
            continue;
        sspi_memory_free(d->pBuffers[i].pvBuffer);
        d->pBuffers[i].pvBuffer = NULL;
        d->pBuffers[i].cbBuffer = 0;
    }
}

status_t
sspi_buffers_store(SecBufferDesc *d, const struct ipc_buffers *came, bool allocate)
{
    uint32_t i;
    status_t st = SEC_E_OK;

    if (d == NULL)
        return SEC_E_OK;
    for (i = 0; i < d->cBuffers && i < came->count && st == SEC_E_OK; i++)
        if (!BUFFER_IS_READONLY(d->pBuffers[i].BufferType))
            st = buffer_store(&d->pBuffers[i], &came->v[i], allocate);
    if (st != SEC_E_OK && allocate)
        buffers_take_back(d, i - 1);
    return st;
}

void
sspi_buffers_clear(SecBufferDesc *d)
{
    uint32_t i;

    if (d == NULL || d->pBuffers == NULL)
        return;
    for (i = 0; i < d->cBuffers && i < IPC_BUFFERS_MAX; i++)
        if (!BUFFER_IS_READONLY(d->pBuffers[i].BufferType))
            d->pBuffers[i].cbBuffer = 0;
}

void
sspi_buffers_update(SecBufferDesc *d, const struct ipc_buffers *came)
{
    uint32_t i;

    if (d == NULL)
        return;
    for (i = 0; i < d->cBuffers && i < came->count; i++) {
        SecBuffer *b = &d->pBuffers[i];

        if (BUFFER_IS_READONLY(b->BufferType)
            || buffer_kind(came->v[i].type) == buffer_kind(b->BufferType))
            continue;
        b->BufferType = (b->BufferType & SECBUFFER_ATTRMASK) | buffer_kind(came->v[i].type);
        b->cbBuffer = came->v[i].room;
    }
}
