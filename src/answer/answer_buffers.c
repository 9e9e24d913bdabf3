/*
 * SecBuffers between the wire and the package. Everything is copied into the
 * authority's memory before dispatch, so no buffer is SECBUFFER_UNMAPPED and a
 * package may write into its input, as Schannel-like ones do.
 */
#include "answer/answer_internal.h"

#include "ntsecpkg.h"

static SecBufferDesc *
buffers_new(struct answer_request *r, uint32_t count)
{
    SecBufferDesc *d = arena_new(&r->arena, sizeof(*d));

    if (!d)
        return NULL;
    d->ulVersion = SECBUFFER_VERSION;
    d->cBuffers = count;
    if (count) {
        d->pBuffers = arena_array(&r->arena, count, sizeof(*d->pBuffers));
        if (!d->pBuffers)
            return NULL;
    }
    return d;
}

SecBufferDesc *
answer_buffers_in(struct answer_request *r, const struct ipc_buffers *in)
{
    SecBufferDesc *d = buffers_new(r, in->count);

    for (uint32_t i = 0; d && i < in->count; i++) {
        SecBuffer *b = &d->pBuffers[i];

        /* UNMAPPED and KERNEL_MAP are the authority's own marks: a client may not set them. */
        b->BufferType = in->v[i].type & ~(uint32_t)SECBUFFER_RESERVED;
        b->cbBuffer = (uint32_t)in->v[i].bytes.n;
        if (b->cbBuffer && !(b->pvBuffer = arena_copy(&r->arena, in->v[i].bytes)))
            return NULL;
    }
    return d;
}

SecBufferDesc *
answer_buffers_room(struct answer_request *r, const struct ipc_buffers *out, bool allocate)
{
    SecBufferDesc *d = buffers_new(r, out->count);

    for (uint32_t i = 0; d && i < out->count; i++) {
        SecBuffer *b = &d->pBuffers[i];
        uint32_t room = out->v[i].room < ANSWER_ROOM_MAX ? out->v[i].room : ANSWER_ROOM_MAX;

        b->BufferType = out->v[i].type & ~(uint32_t)SECBUFFER_RESERVED;
        if (allocate || room == 0)
            continue;
        b->cbBuffer = room;
        if (!(b->pvBuffer = arena_new(&r->arena, room)))
            return NULL;
    }
    return d;
}

void
answer_buffers_out(const SecBufferDesc *d, struct ipc_buffers *out)
{
    out->present = true;
    out->count = d->cBuffers;
    for (uint32_t i = 0; i < d->cBuffers; i++) {
        const SecBuffer *b = &d->pBuffers[i];
        bool has_bytes = b->pvBuffer && (b->BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_MISSING;

        out->v[i].type = b->BufferType;
        out->v[i].room = b->cbBuffer;
        out->v[i].bytes = has_bytes ? view_of(b->pvBuffer, b->cbBuffer) : view_of(NULL, 0);
    }
}

void
answer_buffers_changed(const SecBufferDesc *d, const struct ipc_buffers *sent,
                       struct ipc_buffers *out)
{
    bool changed = false;

    for (uint32_t i = 0; i < d->cBuffers; i++) {
        uint32_t type = sent->v[i].type & ~(uint32_t)SECBUFFER_RESERVED;

        changed |=
            d->pBuffers[i].BufferType != type || d->pBuffers[i].cbBuffer != sent->v[i].bytes.n;
    }
    if (!changed)
        return;
    out->present = true;
    out->count = d->cBuffers;
    for (uint32_t i = 0; i < d->cBuffers; i++) {
        out->v[i].type = d->pBuffers[i].BufferType;
        out->v[i].room = d->pBuffers[i].cbBuffer;
    }
}

bool
answer_string(struct answer_request *r, struct view v, UNICODE_STRING *room, UNICODE_STRING **out)
{
    *out = NULL;
    if (!v.p)
        return true;
    if (v.n % sizeof(char16_t) || v.n > UINT16_MAX - sizeof(char16_t))
        return false;
    /* NUL-terminated besides: packages rely on it more than they should. */
    room->Buffer = arena_new(&r->arena, v.n + sizeof(char16_t));
    if (!room->Buffer)
        return false;
    memcpy(room->Buffer, v.p, v.n);
    room->Length = (USHORT)v.n;
    room->MaximumLength = (USHORT)(v.n + sizeof(char16_t));
    *out = room;
    return true;
}
