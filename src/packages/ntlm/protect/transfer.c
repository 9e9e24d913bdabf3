/*
 * Both directions of message protection, packed. Each is
 *
 *      u8   1: the RC4 stream has begun, and follows; 0: it has not
 *      u32  the next sequence number, little-endian
 *      256  RC4's permutation, then u8 i and u8 j: only behind a 1
 *
 * Runs in applications: the packer's and the one that goes on. The reader
 * trusts nothing: a permutation that is none would make a key stream which
 * repeats itself, and so show what it covers.
 */
#include "packages/ntlm/protect/transfer.h"

#include "base/secret.h"

static void
stream_pack(const struct ntlm_stream *s, struct wr *w)
{
    wr_u8(w, s->keyed ? 1 : 0);
    wr_u32le(w, s->sequence);
    if (!s->keyed)
        return;
    wr_bytes(w, s->seal.ctx.S, sizeof(s->seal.ctx.S));
    wr_u8(w, s->seal.ctx.i);
    wr_u8(w, s->seal.ctx.j);
}

void
ntlm_protect_pack(const struct ntlm_protect *p, struct wr *w)
{
    stream_pack(&p->send, w);
    stream_pack(&p->receive, w);
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
stream_unpack(struct rd *r, struct ntlm_protect *p, struct ntlm_stream *s,
              enum ntlm_direction direction)
{
    uint8_t keyed = rd_u8(r);
    struct crypto_rc4 seal;

    s->sequence = rd_u32le(r);
    if (keyed > 1)
        rd_fail(r);
    if (keyed != 1)
        return;
    rd_bytes(r, seal.ctx.S, sizeof(seal.ctx.S));
    seal.ctx.i = rd_u8(r);
    seal.ctx.j = rd_u8(r);
    if (!is_permutation(seal.ctx.S))
        rd_fail(r);
    /* The signing key is made anew; the stream goes on where it was. */
    ntlm_stream_key(p, s, direction);
    s->seal = seal;
    secret_wipe(&seal, sizeof(seal));
}

void
ntlm_protect_unpack(struct rd *r, struct ntlm_protect *p)
{
    stream_unpack(r, p, &p->send, p->own);
    stream_unpack(r, p, &p->receive, ntlm_direction_other(p->own));
}
