/*
 * Session security (MS-NLMP 3.4.3, 3.4.4) in its two forms, form_extended and
 * form_plain: with extended session security an HMAC-MD5 over SeqNum and message,
 * cut to 8 bytes, which are then encrypted with the direction's RC4 stream when
 * KEY_EXCH was negotiated; without it a CRC32, encrypted together with SeqNum.
 * Sealing encrypts the data first, on the same stream.
 *
 * Without extended session security both directions have one key, one stream and
 * one counter (3.4.5.3, "Handle" in 3.4.4.1), which works only as long as the two
 * sides take turns.
 *
 * Runs in applications, on each message, and in the authority for Negotiate's
 * mechListMIC. Trusts its caller for lengths; signatures come from the peer.
 *
 * A check that fails must not put the stream out of step, or one forged
 * packet would end a connection for good. The state before is copied (260
 * bytes, a few nanoseconds beside a microsecond of HMAC) and put back;
 * unsealed bytes are encrypted again with it, so no unverified plaintext is
 * left where the caller could use it.
 *
 * What is noticed of replays and of order is the receiver's wish (detects). A
 * context that seals cannot do without order: messages of any length share
 * its key stream, so one that is out of place cannot be read. There the wish
 * decides only how that is called.
 */
#include "packages/ntlm/protect/protect.h"

#include "base/secret.h"
#include "packages/ntlm/wire/wire.h"

#include "ntsecpkg.h"
#include "winerror.h"

#define CHECKSUM_SIZE 8u
#define CRC_OFFSET 4u           /* in the checksum's field, behind RandomPad: 2.2.2.9.1 */

/*
 * A form of the signature. sum() is over the plaintext and leaves SeqNum in clear; hide()
 * uses the key stream that comes behind the data's; compare() is of hidden ones.
 */
struct form {
    void (*sum)(struct ntlm_stream *s, uint32_t number, const struct crypto_piece *pieces,
                size_t count, struct ntlm_signature *out);
    void (*hide)(struct crypto_rc4 *seal, uint32_t flags, struct ntlm_signature *sig);
    status_t (*compare)(const struct ntlm_signature *want, const struct ntlm_signature *got);
};

void
ntlm_protect_init(struct ntlm_protect *p, const uint8_t session_key[NTLM_KEY_SIZE],
                  uint32_t flags, unsigned detects, enum ntlm_direction own)
{
    *p = (struct ntlm_protect){ .flags = flags, .detects = detects, .own = own };
    memcpy(p->session_key, session_key, sizeof(p->session_key));
}

/* What this side's application has been promised. */
static unsigned
detects_of(uint32_t attributes)
{
    /* The two bits have the same numbers on both sides. */
    return (attributes & ISC_RET_REPLAY_DETECT ? NTLM_DETECTS_REPLAY : 0u) |
           (attributes & ISC_RET_SEQUENCE_DETECT ? NTLM_DETECTS_SEQUENCE : 0u);
}

void
ntlm_protect_init_from(struct ntlm_protect *p, const struct ntlm_context_data *d)
{
    ntlm_protect_init(p, d->session_key, d->flags, detects_of(d->attributes),
                      d->role == NTLM_ROLE_INITIATOR ? NTLM_CLIENT_TO_SERVER
                                                     : NTLM_SERVER_TO_CLIENT);
    p->send.sequence = d->send_sequence;
    p->receive.sequence = d->receive_sequence;
}

bool
ntlm_protect_is_shared(const struct ntlm_protect *p)
{
    return (p->flags & NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY) == 0;
}

static bool
protect_is_datagram(const struct ntlm_protect *p)
{
    return (p->flags & NTLMSSP_NEGOTIATE_DATAGRAM) != 0;
}

/*
 * A direction's keys: an HTTP server's contexts never protect a message, and need none. A
 * datagram is encrypted by its own key, and its number is the caller's.
 */
void
ntlm_stream_key(const struct ntlm_protect *p, struct ntlm_stream *s, enum ntlm_direction direction,
                uint32_t sequence)
{
    bool datagram = protect_is_datagram(p);
    uint8_t key[NTLM_KEY_SIZE];
    size_t n;

    if (s->keyed && !datagram)
        return;
    n = ntlm_seal_key(p->session_key, p->flags, direction, key);
    if (datagram) {
        ntlm_datagram_key(key, sequence, key);
        s->sequence = sequence;
    }
    crypto_rc4_init(&s->seal, view_of(key, n));
    if (!s->keyed) {
        ntlm_sign_key(p->session_key, direction, key);
        crypto_hmac_init(&s->sign, view_of(key, sizeof(key)));
    }
    secret_wipe(key, sizeof(key));
    s->keyed = true;
}

static struct ntlm_stream *
stream_send(struct ntlm_protect *p, uint32_t sequence)
{
    ntlm_stream_key(p, &p->send, p->own, sequence);
    return &p->send;
}

static struct ntlm_stream *
stream_receive(struct ntlm_protect *p, uint32_t sequence)
{
    if (ntlm_protect_is_shared(p))
        return stream_send(p, sequence);
    ntlm_stream_key(p, &p->receive, ntlm_direction_other(p->own), sequence);
    return &p->receive;
}

void
ntlm_protect_wipe(struct ntlm_protect *p)
{
    secret_free(p->disorder);
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

/* ---- with extended session security: 2.2.2.9.2, 3.4.4.2 ----------------- */

/* HMAC(key, SeqNum || message), of which the first 8 bytes are used. */
static void
extended_sum(struct ntlm_stream *s, uint32_t number, const struct crypto_piece *pieces,
             size_t count, struct ntlm_signature *out)
{
    struct view parts[NTLM_PIECES_MAX + 1];
    uint8_t sequence[4], mac[CRYPTO_MD_SIZE];
    struct wr w = wr_init(sequence, sizeof(sequence));

    wr_u32le(&w, number);
    parts[0] = wr_written(&w);
    for (size_t i = 0; i < count; i++)
        parts[i + 1] = view_of(pieces[i].p, pieces[i].n);
    crypto_hmac_sum(&s->sign, parts, count + 1, mac);
    memcpy(out->checksum, mac, CHECKSUM_SIZE);
    out->sequence = number;
}

static void
extended_hide(struct crypto_rc4 *seal, uint32_t flags, struct ntlm_signature *sig)
{
    if (flags & NTLMSSP_NEGOTIATE_KEY_EXCH)
        crypto_rc4(seal, sig->checksum, sig->checksum, CHECKSUM_SIZE);
}

/* SeqNum is in the checksum: both sides have the same by now. */
static status_t
extended_compare(const struct ntlm_signature *want, const struct ntlm_signature *got)
{
    return ct_equal(want->checksum, got->checksum, CHECKSUM_SIZE) ? 0 : SEC_E_MESSAGE_ALTERED;
}

/* ---- without: 2.2.2.9.1, 3.4.4.1 ---------------------------------------- */

static void
plain_sum(struct ntlm_stream *s, uint32_t number, const struct crypto_piece *pieces, size_t count,
          struct ntlm_signature *out)
{
    struct view parts[NTLM_PIECES_MAX];
    struct wr w = wr_init(out->checksum, sizeof(out->checksum));

    (void)s;
    for (size_t i = 0; i < count; i++)
        parts[i] = view_of(pieces[i].p, pieces[i].n);
    wr_zeros(&w, CRC_OFFSET);
    wr_u32le(&w, crypto_crc32(parts, count));
    out->sequence = number;
}

/* RandomPad, checksum and SeqNum take 12 bytes of key stream; RandomPad is zero in the end. */
static void
plain_hide(struct crypto_rc4 *seal, uint32_t flags, struct ntlm_signature *sig)
{
    uint8_t mask[4] = { 0 };
    struct rd r = rd_init(view_of(mask, sizeof(mask)));

    (void)flags;
    crypto_rc4(seal, sig->checksum, sig->checksum, CHECKSUM_SIZE);
    memset(sig->checksum, 0, CRC_OFFSET);
    crypto_rc4(seal, mask, mask, sizeof(mask));
    sig->sequence ^= rd_u32le(&r);
}

/* Both are encrypted: a message from elsewhere in the stream looks like an altered one. */
static status_t
plain_compare(const struct ntlm_signature *want, const struct ntlm_signature *got)
{
    if (!ct_equal(want->checksum + CRC_OFFSET, got->checksum + CRC_OFFSET,
                  CHECKSUM_SIZE - CRC_OFFSET))
        return SEC_E_MESSAGE_ALTERED;
    return want->sequence == got->sequence ? 0 : SEC_E_OUT_OF_SEQUENCE;
}

static const struct form form_extended = { extended_sum, extended_hide, extended_compare };
static const struct form form_plain = { plain_sum, plain_hide, plain_compare };

static const struct form *
protect_form(const struct ntlm_protect *p)
{
    return ntlm_protect_is_shared(p) ? &form_plain : &form_extended;
}

/* ---- sending ------------------------------------------------------------ */

static void
stream_crypt(struct ntlm_stream *s, const struct crypto_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].sealed && pieces[i].n > 0)
            crypto_rc4(&s->seal, pieces[i].p, pieces[i].p, pieces[i].n);
    }
}

static void
signature_put(const struct ntlm_signature *sig, uint8_t out[NTLM_SIGNATURE_SIZE])
{
    struct wr w = wr_init(out, NTLM_SIGNATURE_SIZE);

    ntlm_signature_build(&w, sig);
}

/* The sum is over the plaintext, but its key stream comes after the data's. */
static void
stream_protect(struct ntlm_protect *p, const struct crypto_piece *pieces, size_t count,
               uint32_t sequence, bool seal, uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    const struct form *form = protect_form(p);
    struct ntlm_stream *s = stream_send(p, sequence);
    struct ntlm_signature sig;

    form->sum(s, s->sequence, pieces, count, &sig);
    if (seal)
        stream_crypt(s, pieces, count);
    form->hide(&s->seal, p->flags, &sig);
    s->sequence++;
    signature_put(&sig, signature);
}

status_t
ntlm_protect_sign(struct ntlm_protect *p, const struct crypto_piece *pieces, size_t count,
                  uint32_t sequence, uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    static const struct ntlm_signature none;

    if (ntlm_protect_has_integrity(p))
        stream_protect(p, pieces, count, sequence, false, signature);
    else
        signature_put(&none, signature);
    return 0;
}

status_t
ntlm_protect_seal(struct ntlm_protect *p, const struct crypto_piece *pieces, size_t count,
                  uint32_t sequence, uint8_t signature[NTLM_SIGNATURE_SIZE])
{
    if (!ntlm_protect_has_sealing(p))
        return SEC_E_UNSUPPORTED_FUNCTION;
    stream_protect(p, pieces, count, sequence, true, signature);
    return 0;
}

/* ---- receiving ---------------------------------------------------------- */

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

/* A message that is not where it should be: who did not want to know that cannot be told. */
static status_t
misplaced(const struct ntlm_protect *p)
{
    return p->detects != 0 ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED;
}

/* Messages that are only signed can be checked out of order, where that is wished. */
static bool
protect_is_disorderly(const struct ntlm_protect *p)
{
    return !ntlm_protect_is_shared(p) &&
           (p->flags & (NTLMSSP_NEGOTIATE_SEAL | NTLMSSP_NEGOTIATE_DATAGRAM)) == 0 &&
           (p->detects & NTLM_DETECTS_SEQUENCE) == 0;
}

/* at: where in the key stream the signature's bytes begin; moves on. */
static status_t
stream_check(const struct ntlm_protect *p, struct ntlm_stream *s, uint32_t number,
             const struct crypto_piece *pieces, size_t count, const struct ntlm_signature *got,
             struct crypto_rc4 *at)
{
    const struct form *form = protect_form(p);
    struct ntlm_signature want;
    status_t st;

    form->sum(s, number, pieces, count, &want);
    form->hide(at, p->flags, &want);
    st = form->compare(&want, got);
    return st == SEC_E_OUT_OF_SEQUENCE ? misplaced(p) : st;
}

static status_t
disorder_verify(struct ntlm_protect *p, struct ntlm_stream *s, const struct crypto_piece *pieces,
                size_t count, const struct ntlm_signature *got)
{
    struct crypto_rc4 at;
    status_t st;

    if (p->disorder == NULL)
        p->disorder = ntlm_disorder_new(&s->seal, s->sequence);
    if (p->disorder == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!ntlm_disorder_find(p->disorder, &s->seal, s->sequence, got->sequence, &at))
        return misplaced(p);
    st = stream_check(p, s, got->sequence, pieces, count, got, &at);
    if (st == 0 && (p->detects & NTLM_DETECTS_REPLAY) &&
        ntlm_disorder_is_seen(p->disorder, got->sequence))
        st = SEC_E_OUT_OF_SEQUENCE;
    if (st == 0 && ntlm_disorder_add(p->disorder, s->sequence, got->sequence)) {
        s->sequence = got->sequence + 1;
        s->seal = at;
    }
    secret_wipe(&at, sizeof(at));
    return st;
}

/* The next message, sealed or only signed; a failure leaves everything as it was. */
static status_t
order_open(struct ntlm_protect *p, struct ntlm_stream *s, const struct crypto_piece *pieces,
           size_t count, const struct ntlm_signature *got, bool sealed)
{
    struct crypto_rc4 before = s->seal;
    status_t st;

    if (sealed)
        stream_crypt(s, pieces, count);
    st = stream_check(p, s, s->sequence, pieces, count, got, &s->seal);
    if (st == 0) {
        s->sequence++;
    } else {
        s->seal = before;
        if (sealed)
            stream_crypt(s, pieces, count);
        s->seal = before;
    }
    secret_wipe(&before, sizeof(before));
    return st;
}

/*
 * Version and SeqNum are in clear: they can be judged before any key stream is used (but for
 * SeqNum without extended session security, which is under the key stream, too). Of a
 * datagram the caller says which number it should have, and is believed only where it wants to
 * know.
 */
static status_t
protect_open(struct ntlm_protect *p, const struct crypto_piece *pieces, size_t count,
             uint32_t sequence, struct view signature, bool sealed)
{
    struct ntlm_signature got;
    struct ntlm_stream *s;
    status_t st = ntlm_signature_parse(signature, &got);

    if (st < 0)
        return st;
    s = stream_receive(p, p->detects != 0 ? sequence : got.sequence);
    if (protect_is_disorderly(p))
        return disorder_verify(p, s, pieces, count, &got);
    if (!ntlm_protect_is_shared(p) && got.sequence != s->sequence)
        return misplaced(p);
    return order_open(p, s, pieces, count, &got, sealed);
}

status_t
ntlm_protect_verify(struct ntlm_protect *p, const struct crypto_piece *pieces, size_t count,
                    uint32_t sequence, struct view signature)
{
    if (!ntlm_protect_has_integrity(p))
        return dummy_check(signature);
    return protect_open(p, pieces, count, sequence, signature, false);
}

status_t
ntlm_protect_unseal(struct ntlm_protect *p, const struct crypto_piece *pieces, size_t count,
                    uint32_t sequence, struct view signature)
{
    if (!ntlm_protect_has_sealing(p))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return protect_open(p, pieces, count, sequence, signature, true);
}
