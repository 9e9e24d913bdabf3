/*
 * Both directions of message protection, packed. Each is
 *
 *      u8   1: the RC4 stream has begun, and follows; 0: it has not
 *      u32  the next sequence number, little-endian
 *      256  RC4's permutation, then u8 i and u8 j: only behind a 1
 *
 * and then, where messages may come out of order (disorder.c),
 *
 *      u8   1: some have come, and the rest follows; 0: none has
 *      u32  oldest, u64 seen, and RC4's state there as above
 *
 * Runs in applications: the packer's and the one that goes on. The reader
 * trusts nothing: a permutation that is none would make a key stream which
 * repeats itself, and so show what it covers.
 */
#include "packages/ntlm/protect/transfer.h"

#include "base/secret.h"

static void
rc4_pack(const struct crypto_rc4 *rc4, struct wr *w)
{
    wr_bytes(w, rc4->ctx.S, sizeof(rc4->ctx.S));
    wr_u8(w, rc4->ctx.i);
    wr_u8(w, rc4->ctx.j);
}

static void
stream_pack(const struct ntlm_stream *s, struct wr *w)
{
    wr_u8(w, s->keyed ? 1 : 0);
    wr_u32le(w, s->sequence);
    if (s->keyed)
        rc4_pack(&s->seal, w);
}

void
ntlm_protect_pack(const struct ntlm_protect *p, struct wr *w)
{
    stream_pack(&p->send, w);
    stream_pack(&p->receive, w);
    wr_u8(w, p->disorder != NULL ? 1 : 0);
    if (p->disorder == NULL)
        return;
    wr_u32le(w, p->disorder->oldest);
    wr_u64le(w, p->disorder->seen);
    rc4_pack(&p->disorder->behind, w);
}

static bool
is_permutation(const uint8_t s[NTLM_RC4_STATE_SIZE])
{
    bool seen[NTLM_RC4_STATE_SIZE] = { false };

    for (size_t i = 0; i < NTLM_RC4_STATE_SIZE; i++) {
        if (seen[s[i]])
            return false;
        seen[s[i]] = true;
    }
    return true;
}

static void
rc4_unpack(struct rd *r, struct crypto_rc4 *rc4)
{
    rd_bytes(r, rc4->ctx.S, sizeof(rc4->ctx.S));
    rc4->ctx.i = rd_u8(r);
    rc4->ctx.j = rd_u8(r);
    if (!is_permutation(rc4->ctx.S))
        rd_fail(r);
}

/* Whether an optional part follows. */
static bool
mark_unpack(struct rd *r)
{
    uint8_t mark = rd_u8(r);

    if (mark > 1)
        rd_fail(r);
    return mark == 1;
}

static void
stream_unpack(struct rd *r, struct ntlm_protect *p, struct ntlm_stream *s,
              enum ntlm_direction direction)
{
    bool keyed = mark_unpack(r);
    struct crypto_rc4 seal;

    s->sequence = rd_u32le(r);
    if (!keyed)
        return;
    rc4_unpack(r, &seal);
    /* The signing key is made anew; the stream goes on where it was. */
    ntlm_stream_key(p, s, direction, s->sequence);
    s->seal = seal;
    secret_wipe(&seal, sizeof(seal));
}

/* More than the window between oldest and the next would be work without bounds. */
static void
disorder_unpack(struct rd *r, struct ntlm_protect *p)
{
    struct ntlm_disorder *d;

    if (!mark_unpack(r))
        return;
    d = p->disorder = ntlm_disorder_new(&p->receive.seal, p->receive.sequence);
    if (d == NULL) {
        rd_fail(r);
        return;
    }
    d->oldest = rd_u32le(r);
    d->seen = rd_u64le(r);
    rc4_unpack(r, &d->behind);
    if (p->receive.sequence - d->oldest > NTLM_DISORDER_MAX || !p->receive.keyed)
        rd_fail(r);
}

void
ntlm_protect_unpack(struct rd *r, struct ntlm_protect *p)
{
    stream_unpack(r, p, &p->send, p->own);
    stream_unpack(r, p, &p->receive, ntlm_direction_other(p->own));
    disorder_unpack(r, p);
}
