/*
 * Tokens that do not fit (MS-SPNG, FragmentToFit; ISC_REQ_FRAGMENT_TO_FIT and
 * ASC_REQ_FRAGMENT_TO_FIT). What has no room is kept, and goes out piece by piece where the
 * caller said so, or at once in the same call made again with more room. The other
 * side's pieces are gathered by the length in the token's outer header.
 *
 * Runs in the authority. The lengths are a stranger's: NEGO_MESSAGE_MAX is the end of it.
 */
#include "packages/negotiate/lsa/fragment.h"

#include "packages/common/sec_buffer.h"

#include <stdlib.h>

/* Tag and length, in DER of up to 4 GiB: a first fragment holds all of it. */
#define TAG_FRAME 0x60u         /* [APPLICATION 0] */
#define TAG_RESP 0xa1u          /* NegTokenResp */
#define HEADER_SHORT 2u
#define LENGTH_LONG 0x80u
#define LENGTH_OCTETS_MAX 4u
#define FRAGMENT_MIN 5u

/* ---- sending -------------------------------------------------------------- */

static bool
leg_fragments(const struct nego_context *c, const struct nego_leg *leg)
{
    uint32_t bit = c->kind == NEGO_HANDLE_ACCEPTOR ? ASC_REQ_FRAGMENT_TO_FIT
                                                   : ISC_REQ_FRAGMENT_TO_FIT;

    return (leg->requirements & bit) != 0;
}

/* All of what is left, or as much as there is room for. */
static struct view
piece_of(const struct nego_context *c, const struct nego_leg *leg)
{
    const SecBuffer *b = sec_buffer_find(leg->output, SECBUFFER_TOKEN);
    size_t left = c->unsent.n - c->unsent.at;
    bool allocates = (leg->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0;

    if (b != NULL && !allocates && b->cbBuffer < left && b->cbBuffer >= FRAGMENT_MIN &&
        leg_fragments(c, leg))
        left = b->cbBuffer;
    return view_of(c->unsent.token + c->unsent.at, left);
}

NTSTATUS
nego_unsent_put(struct nego_context *c, const struct nego_leg *leg)
{
    struct nego_unsent *u = &c->unsent;
    uint32_t attributes = u->attributes & ~(uint32_t)ISC_RET_ALLOCATED_MEMORY;
    bool allocated = false;
    struct view piece;
    NTSTATUS st;

    *leg->attributes = attributes;
    if (u->token == NULL) {
        sec_buffer_put_nothing(leg->output, SECBUFFER_TOKEN);
        return STATUS_SUCCESS;
    }
    piece = piece_of(c, leg);
    st = sec_buffer_put_token(nego_support()->lsa, leg->output, piece,
                              (leg->requirements & ISC_REQ_ALLOCATE_MEMORY) != 0, &allocated);
    if (!NT_SUCCESS(st)) {
        *leg->attributes = 0;       /* nor is there an error token to send */
        return st;
    }
    *leg->attributes |= allocated ? ISC_RET_ALLOCATED_MEMORY : 0;
    u->at += piece.n;
    if (u->at < u->n)
        return SEC_I_MESSAGE_FRAGMENT;
    free(u->token);
    u->token = NULL;
    return STATUS_SUCCESS;
}

/* ---- taking --------------------------------------------------------------- */

/* How long the token says that it is; 0: more of it must come before it is known. */
static size_t
total_of(struct view token)
{
    size_t total = 0, octets;

    if (token.n < HEADER_SHORT)
        return 0;
    if ((token.p[1] & LENGTH_LONG) == 0)
        return HEADER_SHORT + token.p[1];
    octets = token.p[1] & ~LENGTH_LONG;
    /* Indefinite, or absurd: whole as it is, and the parser's to refuse. */
    if (octets == 0 || octets > LENGTH_OCTETS_MAX)
        return token.n;
    if (token.n < HEADER_SHORT + octets)
        return 0;
    for (size_t i = 0; i < octets; i++)
        total = total << 8 | token.p[HEADER_SHORT + i];
    return HEADER_SHORT + octets + total;
}

static NTSTATUS
partial_add(struct nego_context *c, struct view token)
{
    uint8_t *longer;

    if (token.n > NEGO_MESSAGE_MAX - c->partial_n)
        return SEC_E_INVALID_TOKEN;
    longer = realloc(c->partial, c->partial_n + token.n);
    if (longer == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(longer + c->partial_n, token.p, token.n);
    c->partial = longer;
    c->partial_n += token.n;
    return STATUS_SUCCESS;
}

/* Only SPNEGO's own tokens have a length in front. */
static bool
is_framed(struct view token)
{
    return token.p[0] == TAG_FRAME || token.p[0] == TAG_RESP;
}

NTSTATUS
nego_fragment_take(struct nego_context *c, struct nego_leg *leg)
{
    NTSTATUS st = STATUS_SUCCESS;
    size_t total;

    if (!leg_fragments(c, leg) || leg->token.n == 0)
        return STATUS_SUCCESS;
    if (c->whole) {             /* the last token's, which nobody looks at any more */
        c->partial_n = 0;
        c->whole = false;
    }
    if (c->partial_n == 0 && !is_framed(leg->token))
        return STATUS_SUCCESS;
    st = partial_add(c, leg->token);
    if (!NT_SUCCESS(st))
        return st;
    total = total_of(view_of(c->partial, c->partial_n));
    if (total > NEGO_MESSAGE_MAX)
        return SEC_E_INVALID_TOKEN;
    if (total == 0 || total > c->partial_n)
        return SEC_I_CONTINUE_NEEDED;
    c->whole = true;
    leg->token = view_of(c->partial, c->partial_n);
    return STATUS_SUCCESS;
}
