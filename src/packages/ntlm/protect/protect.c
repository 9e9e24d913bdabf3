/*
 * Session security (MS-NLMP 3.4.3, 3.4.4.2) with extended session security:
 * HMAC-MD5 over SeqNum and message, cut to 8 bytes, which are then encrypted
 * with the direction's RC4 stream when KEY_EXCH was negotiated. Sealing
 * encrypts the data first, on the same stream.
 *
 * Runs in applications, on each message, and in the authority for Negotiate's
 * mechListMIC. Trusts its caller for lengths; signatures come from the peer.
 *
 * A check that fails must not put the stream out of step, or one forged
 * packet would end a connection for good. The state before is copied (260
 * bytes, a few nanoseconds beside a microsecond of HMAC) and put back;
 * unsealed bytes are encrypted again with it, so no unverified plaintext is
 * left where the caller could use it.
 */
#include "packages/ntlm/protect/protect.h"

#include "base/secret.h"
#include "packages/ntlm/wire/wire.h"

#include "winerror.h"

#define CHECKSUM_SIZE 8u

void
ntlm_protect_init(struct ntlm_protect *p, const uint8_t session_key[NTLM_KEY_SIZE],
                  uint32_t flags, enum ntlm_direction own)
{
    *p = (struct ntlm_protect){ .flags = flags, .own = own };
    memcpy(p->session_key, session_key, sizeof(p->session_key));
}

/* A direction's keys: an HTTP server's contexts never protect a message, and need none. */
void
ntlm_stream_key(const struct ntlm_protect *p, struct ntlm_stream *s,
                enum ntlm_direction direction)
{
    uint8_t key[NTLM_KEY_SIZE];

    if (s->keyed)
        return;
    ntlm_seal_key(p->session_key, p->flags, direction, key);
    crypto_rc4_init(&s->seal, view_of(key, sizeof(key)));
    ntlm_sign_key(p->session_key, direction, key);
    crypto_hmac_init(&s->sign, view_of(key, sizeof(key)));
    secret_wipe(key, sizeof(key));
    s->keyed = true;
}

static struct ntlm_stream *
stream_send(struct ntlm_protect *p)
{
    ntlm_stream_key(p, &p->send, p->own);
    return &p->send;
}

static struct ntlm_stream *
stream_receive(struct ntlm_protect *p)
{
    ntlm_stream_key(p, &p->receive, ntlm_direction_other(p->own));
    return &p->receive;
}

void
ntlm_protect_wipe(struct ntlm_protect *p)
{
    secret_wipe(p, sizeof(*p));
}

/* Confidentiality implies integrity: a sealed message has a real MAC, and so has the rest then. */
bool
ntlm_protect_has_integrity(const struct ntlm_protect *p)
{
    return (p->flags & (NTLMSSP_NEGOTIATE_SIGN | NTLMSSP_NEGOTIATE_SEAL)) != 0;
}

bool
ntlm_protect_has_sealing(const struct ntlm_protect *p)
{
    return (p->flags & NTLMSSP_NEGOTIATE_SEAL) != 0;
}

/* 3.4.4.2: HMAC(key, SeqNum || message), of which the first 8 bytes are used. */
static void
stream_mac(struct ntlm_stream *s, const struct ntlm_piece *pieces, size_t count,
           uint8_t mac[CRYPTO_MD_SIZE])
{
    struct view parts[NTLM_PIECES_MAX + 1];
    uint8_t sequence[4];
    struct wr w = wr_init(sequence, sizeof(sequence));

    wr_u32le(&w, s->sequence);
    parts[0] = wr_written(&w);
    for (size_t i = 0; i < count; i++)
        parts[i + 1] = view_of(pieces[i].p, pieces[i].n);
    crypto_hmac_sum(&s->sign, parts, count + 1, mac);
}

/* The checksum as it is sent: encrypted when KEY_EXCH was negotiated. */
static void
stream_checksum_hide(struct ntlm_stream *s, uint32_t flags, uint8_t mac[CRYPTO_MD_SIZE])
{
    if (flags & NTLMSSP_NEGOTIATE_KEY_EXCH)
        crypto_rc4(&s->seal, mac, mac, CHECKSUM_SIZE);
}

static void
stream_crypt(struct ntlm_stream *s, const struct ntlm_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].encrypt && pieces[i].n > 0)
            crypto_rc4(&s->seal, pieces[i].p, pieces[i].p, pieces[i].n);
    }
}

static void
signature_put(const struct ntlm_signature *sig, uint8_t out[NTLM_SIGNATURE_SIZE])
{
    struct wr w = wr_init(out, NTLM_SIGNATURE_SIZE);

    ntlm_signature_build(&w, sig);
}

/* mac is already encrypted where it has to be. */
static void
stream_signature_put(struct ntlm_stream *s, const uint8_t mac[CRYPTO_MD_SIZE],
                     uint8_t out[NTLM_SIGNATURE_SIZE])
{
    struct ntlm_signature sig = { .sequence = s->sequence++ };

    memcpy(sig.checksum, mac, CHECKSUM_SIZE);
    signature_put(&sig, out);
}

void
ntlm_protect_sign(struct ntlm_protect *p, const struct ntlm_piece *pieces, size_t count,
                  uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    static const struct ntlm_signature none;
    uint8_t mac[CRYPTO_MD_SIZE];
    struct ntlm_stream *s;

    if (!ntlm_protect_has_integrity(p)) {
        signature_put(&none, signature);
        return;
    }
    s = stream_send(p);
    stream_mac(s, pieces, count, mac);
    stream_checksum_hide(s, p->flags, mac);
    stream_signature_put(s, mac, signature);
}

status_t
ntlm_protect_seal(struct ntlm_protect *p, const struct ntlm_piece *pieces, size_t count,
                  uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    uint8_t mac[CRYPTO_MD_SIZE];
    struct ntlm_stream *s;

    if (!ntlm_protect_has_sealing(p))
        return SEC_E_UNSUPPORTED_FUNCTION;
    s = stream_send(p);
    /* The MAC is over the plaintext, but its key stream comes after the data's. */
    stream_mac(s, pieces, count, mac);
    stream_crypt(s, pieces, count);
    stream_checksum_hide(s, p->flags, mac);
    stream_signature_put(s, mac, signature);
    return 0;
}

static status_t
dummy_check(struct view signature)
{
    static const struct ntlm_signature none;
    uint8_t want[NTLM_SIGNATURE_SIZE];

    signature_put(&none, want);
    if (signature.n != sizeof(want) || !ct_equal(signature.p, want, sizeof(want)))
        return SEC_E_MESSAGE_ALTERED;
    return 0;
}

/* The part of verify and unseal that both share; undo is for the caller when this fails. */
static status_t
stream_verify(struct ntlm_stream *s, uint32_t flags, const struct ntlm_piece *pieces,
              size_t count, const struct ntlm_signature *got)
{
    uint8_t want[CRYPTO_MD_SIZE];

    stream_mac(s, pieces, count, want);
    stream_checksum_hide(s, flags, want);
    if (!ct_equal(want, got->checksum, CHECKSUM_SIZE))
        return SEC_E_MESSAGE_ALTERED;
    s->sequence++;
    return 0;
}

/* Version and SeqNum are in clear: they can be judged before any key stream is used. */
static status_t
stream_expect(const struct ntlm_stream *s, struct view signature, struct ntlm_signature *out)
{
    status_t st = ntlm_signature_parse(signature, out);

    if (st < 0)
        return st;
    return out->sequence == s->sequence ? 0 : SEC_E_OUT_OF_SEQUENCE;
}

status_t
ntlm_protect_verify(struct ntlm_protect *p, const struct ntlm_piece *pieces, size_t count,
                    struct view signature)
{
    struct ntlm_signature got;
    struct crypto_rc4 before;
    struct ntlm_stream *s;
    status_t st;

    if (!ntlm_protect_has_integrity(p))
        return dummy_check(signature);
    s = stream_receive(p);
    st = stream_expect(s, signature, &got);
    if (st < 0)
        return st;
    before = s->seal;
    st = stream_verify(s, p->flags, pieces, count, &got);
    if (st < 0)
        s->seal = before;
    secret_wipe(&before, sizeof(before));
    return st;
}

status_t
ntlm_protect_unseal(struct ntlm_protect *p, const struct ntlm_piece *pieces, size_t count,
                    struct view signature)
{
    struct ntlm_signature got;
    struct crypto_rc4 before;
    struct ntlm_stream *s;
    status_t st;

    if (!ntlm_protect_has_sealing(p))
        return SEC_E_UNSUPPORTED_FUNCTION;
    s = stream_receive(p);
    st = stream_expect(s, signature, &got);
    if (st < 0)
        return st;
    before = s->seal;
    stream_crypt(s, pieces, count);
    st = stream_verify(s, p->flags, pieces, count, &got);
    if (st < 0) {
        s->seal = before;
        stream_crypt(s, pieces, count);
        s->seal = before;
    }
    secret_wipe(&before, sizeof(before));
    return st;
}
