/*
 * The output buffers of a call as they were before it, so that afterwards it can
 * be told what the package wrote, what it left alone and what it allocated
 * (Microsoft: SpAcceptLsaModeContext, OutputBuffer).
 *
 * A package is trusted with the authority's memory, not with its arithmetic: a
 * cbBuffer beyond its block would send the authority's own memory to a stranger.
 */
#include "lsa/lsa_internal.h"

void
lsa_outputs_init(struct lsa_outputs *o, SecBufferDesc *desc)
{
    o->desc = desc;
    for (ULONG i = 0; i < desc->cBuffers; i++) {
        o->room[i] = desc->pBuffers[i].cbBuffer;
        o->at[i] = desc->pBuffers[i].pvBuffer;
    }
}

/* MISSING counts bytes that are still wanted, none that are here. */
static bool
output_counts(const SecBuffer *b)
{
    return b->pvBuffer && (b->BufferType & ~SECBUFFER_ATTRMASK) != SECBUFFER_MISSING;
}

bool
lsa_outputs_fit(const struct lsa_outputs *o)
{
    for (ULONG i = 0; i < o->desc->cBuffers; i++) {
        const SecBuffer *b = &o->desc->pBuffers[i];
        bool own = b->pvBuffer == o->at[i];

        if (!output_counts(b))
            continue;
        if (own ? b->cbBuffer > o->room[i] : !lsa_heap_has(b->pvBuffer, b->cbBuffer))
            return false;
    }
    return true;
}

/*
 * A report of channel bindings fills its room, so it looks like one that was left alone. That
 * one is zero, which says nothing; and of an error, above all, it is to tell.
 */
static bool
output_is_report(const SecBuffer *b)
{
    return (b->BufferType & ~SECBUFFER_ATTRMASK) == SECBUFFER_CHANNEL_BINDINGS_RESULT;
}

void
lsa_outputs_trim(struct lsa_outputs *o)
{
    for (ULONG i = 0; i < o->desc->cBuffers; i++) {
        SecBuffer *b = &o->desc->pBuffers[i];
        bool kept = b->pvBuffer == o->at[i] && b->cbBuffer == o->room[i];

        if (kept && !output_is_report(b))
            b->cbBuffer = 0;
    }
}

void
lsa_outputs_drop(struct lsa_outputs *o)
{
    for (ULONG i = 0; i < o->desc->cBuffers; i++) {
        SecBuffer *b = &o->desc->pBuffers[i];

        if (b->pvBuffer != o->at[i])
            lsa_heap_free(b->pvBuffer);
        b->pvBuffer = o->at[i];
        b->cbBuffer = 0;
    }
}

void
lsa_outputs_wipe(struct lsa_outputs *o)
{
    if (o->desc)
        lsa_outputs_drop(o);
    o->desc = NULL;
}
