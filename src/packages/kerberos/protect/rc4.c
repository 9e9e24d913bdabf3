/*
 * Per-message tokens of RC4 (RFC 4757 7.2, 7.3, in the form of RFC 1964 1.2):
 * framed like context tokens, then
 *
 *      0  u16  TOK_ID     0201 wrap, 0101 MIC
 *      2  u16  SGN_ALG    1100 HMAC
 *      4  u16  SEAL_ALG   1000 RC4, FFFF none (MIC: filler)
 *      6  u16  FFFF
 *      8  8    SND_SEQ    number (big-endian) and direction, encrypted
 *     16  8    SGN_CKSUM
 *     24  8    confounder (wrap only), sealed with the text behind it
 *
 * and for a wrapped message one octet 01 of padding behind the text, which
 * DCE style leaves out, and Windows too where its caller has no buffer for
 * it. The frame's length counts text and padding, except in DCE style.
 *
 * Old, and refused by default; the policy is the authority's. Tokens come
 * from the peer. What cannot be had from this form: nothing covers SND_SEQ,
 * and RC4 lets its bits be turned. Of a message that is not sealed, whoever is
 * on the way can set the number, so windows do not keep him from sending it
 * again. (A sealed one's key depends on the number.)
 */
#include "packages/kerberos/protect/protect_private.h"

#include "asn1/der.h"
#include "base/secret.h"

#include "winerror.h"

#define TOK_WRAP 0x0201u
#define TOK_MIC 0x0101u
#define SGN_ALG 0x1100u
#define SEAL_ALG 0x1000u
#define NO_SEAL 0xFFFFu
#define SIGNED_HEAD 8u          /* TOK_ID to filler: what the checksum covers of a header */
#define CHECKSUM 8u
#define CONFOUNDER 8u
#define SEQUENCE 8u
#define MIC_HEADER 24u
#define WRAP_HEADER 32u
#define PADDING 1u
#define PADDING_OCTET 1u
#define OID_TLV_SIZE (2u + KRB_OID_SIZE)
#define DIRECTION_ACCEPTOR 0xFFu
/* The frame around a MIC; and by how much it grows with a message of up to 2^24. */
#define FRAME_MIN (2u + OID_TLV_SIZE)
#define FRAME_GROWTH 3u

struct krb_sizes
krb_rc4_sizes(const struct krb_protect *p)
{
    bool dce = krb_is_dce(p);

    return (struct krb_sizes){
        .sign = FRAME_MIN + MIC_HEADER,
        .seal = FRAME_MIN + WRAP_HEADER + (dce ? 0 : FRAME_GROWTH),
        .padding = dce ? 0 : PADDING,
    };
}

static enum krb_which
rc4_which(const struct krb_protect *p)
{
    return p->keys[KRB_KEY_ACCEPTOR].type != NULL ? KRB_KEY_ACCEPTOR : KRB_KEY_INITIATOR;
}

/* Both ways have the same keys: the octets of the direction tell them apart. */
static struct krb_direction_keys *
rc4_keys(struct krb_protect *p, struct krb_direction *d)
{
    return krb_keys_for(p, d, rc4_which(p), KRB_PURPOSE_SEAL);
}

/* ---- parts that both ways share ------------------------------------------------------ */

static size_t
text_size(const struct krb_message *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->count; i++)
        n += m->pieces[i].sealed ? m->pieces[i].n : 0;
    return n;
}

/* Octets of a length in its long form, or 0 for the short one (X.690 10.1). */
static size_t
length_octets(size_t n)
{
    size_t octets = 0;

    for (size_t rest = n; n >= 0x80 && rest > 0; rest >>= 8)
        octets++;
    return octets;
}

/* 60 LENGTH OID: text is what of the message follows the token. */
static void
frame_build(struct wr *w, size_t header, size_t text)
{
    size_t n = OID_TLV_SIZE + header + text, octets = length_octets(n);

    wr_u8(w, DER_APPLICATION(0u));
    wr_u8(w, (uint8_t)(octets > 0 ? 0x80 | octets : n));
    for (size_t i = octets; i-- > 0;)
        wr_u8(w, (uint8_t)(n >> (8 * i)));
    der_put_view(w, DER_OID, view_of(KRB_OID, KRB_OID_SIZE));
}

/*
 * A checksum of 8 octets over the first 8 of the header, the confounder (wrap)
 * and the message as plaintext.
 */
static void
rc4_checksum(const struct crypto_krb_sum *sum, const struct krb_message *m,
             const uint8_t *header, const uint8_t *confounder, uint8_t out[CHECKSUM])
{
    static const uint8_t padding = PADDING_OCTET;
    struct view views[KRB_PIECES_MAX + 3];
    uint8_t mac[CRYPTO_KRB_MAC_MAX];
    size_t count = 0;

    views[count++] = view_of(header, SIGNED_HEAD);
    if (confounder != NULL)
        views[count++] = view_of(confounder, CONFOUNDER);
    for (size_t i = 0; i < m->count; i++)
        views[count++] = view_of(m->pieces[i].p, m->pieces[i].n);
    if (confounder != NULL && m->padding_size > 0)
        views[count++] = view_of(&padding, PADDING);
    crypto_krb_sum(sum, views, count, mac);
    memcpy(out, mac, CHECKSUM);
}

/* 7.2: the number's key depends on the checksum. In place, and its own inverse. */
static void
rc4_sequence_crypt(struct krb_direction_keys *keys, const uint8_t checksum[CHECKSUM],
                   uint8_t sequence[SEQUENCE])
{
    const struct view in = view_of(checksum, CHECKSUM);
    uint8_t key[CRYPTO_MD_SIZE];
    struct crypto_rc4 stream;

    crypto_hmac_sum(&keys->rc4_sequence, &in, 1, key);
    crypto_rc4_init(&stream, view_of(key, sizeof(key)));
    crypto_rc4(&stream, sequence, sequence, SEQUENCE);
    secret_wipe(key, sizeof(key));
    secret_wipe(&stream, sizeof(stream));
}

/* 7.3: one stream over confounder, text and padding, keyed by the number. */
static void
rc4_crypt(struct krb_direction_keys *keys, uint32_t number, const struct krb_message *m,
          uint8_t *confounder)
{
    uint8_t bytes[4], key[CRYPTO_MD_SIZE];
    struct wr w = wr_init(bytes, sizeof(bytes));
    struct view in;
    struct crypto_rc4 stream;

    wr_u32be(&w, number);
    in = wr_written(&w);
    crypto_hmac_sum(&keys->rc4_seal, &in, 1, key);
    crypto_rc4_init(&stream, view_of(key, sizeof(key)));
    crypto_rc4(&stream, confounder, confounder, CONFOUNDER);
    for (size_t i = 0; i < m->count; i++) {
        if (m->pieces[i].sealed)
            crypto_rc4(&stream, m->pieces[i].p, m->pieces[i].p, m->pieces[i].n);
    }
    crypto_rc4(&stream, m->padding, m->padding, m->padding_size);
    secret_wipe(key, sizeof(key));
    secret_wipe(&stream, sizeof(stream));
}

/* ---- sending ----------------------------------------------------------------------------- */

static void
rc4_header_build(struct wr *w, unsigned id, unsigned seal_alg)
{
    wr_u16be(w, (uint16_t)id);
    wr_u16be(w, SGN_ALG);
    wr_u16be(w, (uint16_t)seal_alg);
    wr_u16be(w, NO_SEAL);
}

static void
rc4_number_put(struct krb_protect *p, struct krb_direction_keys *keys, struct wr *w,
               const uint8_t checksum[CHECKSUM])
{
    uint8_t sequence[SEQUENCE];
    struct wr s = wr_init(sequence, sizeof(sequence));

    wr_u32be(&s, (uint32_t)p->send.sequence);
    for (size_t i = 0; i < 4; i++)
        wr_u8(&s, p->send.from_acceptor ? DIRECTION_ACCEPTOR : 0);
    rc4_sequence_crypt(keys, checksum, sequence);
    wr_bytes(w, sequence, sizeof(sequence));
    wr_bytes(w, checksum, CHECKSUM);
}

/* The padding that is sent: none in DCE style, or without a buffer for it. */
static size_t
padding_size(const struct krb_protect *p, const struct krb_message *m)
{
    return krb_is_dce(p) || m->padding == NULL || m->padding_size < PADDING ? 0 : PADDING;
}

status_t
krb_rc4_seal(struct krb_protect *p, struct krb_message *m, bool encrypt)
{
    size_t padding = padding_size(p, m);
    size_t text = krb_is_dce(p) ? 0 : text_size(m) + padding;
    uint8_t checksum[CHECKSUM], *header;
    struct krb_direction_keys *keys = rc4_keys(p, &p->send);
    struct wr w = wr_init(m->token, m->token_size);

    if (keys == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (m->token_size <
        FRAME_MIN + length_octets(OID_TLV_SIZE + WRAP_HEADER + text) + WRAP_HEADER)
        return SEC_E_BUFFER_TOO_SMALL;
    m->padding_size = padding;
    if (padding > 0)
        m->padding[0] = PADDING_OCTET;
    frame_build(&w, WRAP_HEADER, text);
    header = m->token + w.len;
    rc4_header_build(&w, TOK_WRAP, encrypt ? SEAL_ALG : NO_SEAL);
    krb_confounder_draw(keys, header + MIC_HEADER, CONFOUNDER);
    rc4_checksum(&keys->wrap, m, header, header + MIC_HEADER, checksum);
    rc4_number_put(p, keys, &w, checksum);
    if (encrypt)
        rc4_crypt(keys, (uint32_t)p->send.sequence, m, header + MIC_HEADER);
    m->token_size = w.len + CONFOUNDER;
    p->send.sequence = (p->send.sequence + 1) & UINT32_MAX;
    return wr_end(&w, SEC_E_INTERNAL_ERROR);
}

status_t
krb_rc4_sign(struct krb_protect *p, struct krb_message *m)
{
    uint8_t checksum[CHECKSUM], *header;
    struct krb_direction_keys *keys = rc4_keys(p, &p->send);
    struct wr w = wr_init(m->token, m->token_size);

    if (keys == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (m->token_size < krb_rc4_sizes(p).sign)
        return SEC_E_BUFFER_TOO_SMALL;
    frame_build(&w, MIC_HEADER, 0);
    header = m->token + w.len;
    rc4_header_build(&w, TOK_MIC, NO_SEAL);
    rc4_checksum(&keys->mic, m, header, NULL, checksum);
    rc4_number_put(p, keys, &w, checksum);
    m->token_size = w.len;
    p->send.sequence = (p->send.sequence + 1) & UINT32_MAX;
    return wr_end(&w, SEC_E_INTERNAL_ERROR);
}

/* ---- receiving ----------------------------------------------------------------------------- */

struct receipt {
    struct krb_direction_keys *keys;
    const uint8_t *header, *checksum;
    uint32_t number;
    bool sealed;
    size_t size;            /* of frame and header */
    size_t length;          /* what the frame says of what is behind its OID */
};

/* The frame's length may be of more than the token holds: its text is elsewhere. */
static status_t
rc4_frame_parse(struct view in, struct receipt *out)
{
    struct rd r = rd_init(in);
    size_t n = 0, octets;
    uint8_t first;

    if (rd_u8(&r) != DER_APPLICATION(0u))
        rd_fail(&r);
    first = rd_u8(&r);
    octets = first < 0x80 ? 0 : first & 0x7Fu;
    if (octets > sizeof(uint32_t) || first == 0x80)
        rd_fail(&r);
    for (size_t i = 0; i < octets; i++)
        n = n << 8 | rd_u8(&r);
    n = first < 0x80 ? first : n;
    if (octets > 0 && (n < 0x80 || n >> (8 * (octets - 1)) == 0))
        rd_fail(&r);
    rd_expect(&r, "\x06\x09" KRB_OID, OID_TLV_SIZE);
    if (n < OID_TLV_SIZE)
        rd_fail(&r);
    out->size = r.at;
    out->length = n - OID_TLV_SIZE;
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

static status_t
rc4_header_parse(struct view in, unsigned id, struct receipt *out)
{
    struct rd r = rd_init(in);
    unsigned seal;

    out->header = in.p;
    if (rd_u16be(&r) != id || rd_u16be(&r) != SGN_ALG)
        rd_fail(&r);
    seal = rd_u16be(&r);
    out->sealed = seal == SEAL_ALG;
    if ((seal != NO_SEAL && (id == TOK_MIC || seal != SEAL_ALG)) || rd_u16be(&r) != NO_SEAL)
        rd_fail(&r);
    rd_skip(&r, SEQUENCE);
    out->checksum = rd_view(&r, CHECKSUM).p;
    rd_skip(&r, id == TOK_WRAP ? CONFOUNDER : 0);
    out->size += r.at;
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

/* Who sent it, and whether its turn it is: both only as true as the checksum turns out. */
static status_t
rc4_number_check(struct krb_protect *p, struct receipt *out)
{
    uint8_t sequence[SEQUENCE], direction[4];
    struct rd r;

    memcpy(sequence, out->header + SIGNED_HEAD, sizeof(sequence));
    rc4_sequence_crypt(out->keys, out->checksum, sequence);
    r = rd_init(view_of(sequence, sizeof(sequence)));
    out->number = rd_u32be(&r);
    memset(direction, p->receive.from_acceptor ? DIRECTION_ACCEPTOR : 0, sizeof(direction));
    rd_expect(&r, direction, sizeof(direction));
    if (rd_end(&r, -1) != 0)
        return SEC_E_MESSAGE_ALTERED;
    return krb_window_check(&p->receive.window, out->number) ? 0 : SEC_E_OUT_OF_SEQUENCE;
}

static status_t
rc4_receive(struct krb_protect *p, struct view token, unsigned id, struct receipt *out)
{
    status_t st = rc4_frame_parse(token, out);

    if (st == 0)
        st = rc4_header_parse(view_of(token.p + out->size, token.n - out->size), id, out);
    if (st != 0)
        return st;
    out->keys = rc4_keys(p, &p->receive);
    return out->keys != NULL ? rc4_number_check(p, out) : SEC_E_INSUFFICIENT_MEMORY;
}

/* Decrypts first: the checksum is over the plaintext. What does not verify is not left. */
static status_t
rc4_open(struct krb_protect *p, struct krb_message *m, const struct receipt *got,
         uint8_t *confounder)
{
    uint8_t want[CHECKSUM];

    if (got->sealed)
        rc4_crypt(got->keys, got->number, m, confounder);
    rc4_checksum(&got->keys->wrap, m, got->header, confounder, want);
    if (!ct_equal(want, got->checksum, CHECKSUM) ||
        (m->padding_size > 0 && m->padding[0] != PADDING_OCTET)) {
        for (size_t i = 0; i < m->count; i++) {
            if (m->pieces[i].sealed)
                secret_wipe(m->pieces[i].p, m->pieces[i].n);
        }
        return SEC_E_MESSAGE_ALTERED;
    }
    krb_window_add(&p->receive.window, got->number);
    return 0;
}

status_t
krb_rc4_unseal(struct krb_protect *p, struct krb_message *m, bool *encrypted)
{
    size_t text = text_size(m);
    struct receipt got;
    status_t st = rc4_receive(p, view_of(m->token, m->token_size), TOK_WRAP, &got);

    if (st != 0)
        return st;
    if (m->padding_size > 0 && krb_is_dce(p))
        m->padding_size = 0;
    *encrypted = got.sealed;
    if (m->token_size != got.size || m->padding_size > PADDING ||
        got.length != WRAP_HEADER + (krb_is_dce(p) ? 0 : text + m->padding_size))
        return SEC_E_INVALID_TOKEN;
    return rc4_open(p, m, &got, m->token + got.size - CONFOUNDER);
}

/* The whole token in one: its last octet is the padding. */
status_t
krb_rc4_unseal_stream(struct krb_protect *p, uint8_t *stream, size_t n,
                      struct crypto_piece *data, bool *encrypted)
{
    struct krb_message m = { .count = 1 };
    struct receipt got;
    status_t st = rc4_receive(p, view_of(stream, n), TOK_WRAP, &got);

    if (st != 0)
        return st;
    *encrypted = got.sealed;
    if (n < got.size + PADDING || got.length != n - got.size + WRAP_HEADER)
        return SEC_E_INVALID_TOKEN;
    m.pieces[0] = (struct crypto_piece){ stream + got.size, n - got.size - PADDING, true };
    m.padding = stream + n - PADDING;
    m.padding_size = PADDING;
    st = rc4_open(p, &m, &got, stream + got.size - CONFOUNDER);
    if (st == 0)
        *data = m.pieces[0];
    return st;
}

status_t
krb_rc4_verify(struct krb_protect *p, const struct krb_message *m)
{
    uint8_t want[CHECKSUM];
    struct receipt got;
    status_t st = rc4_receive(p, view_of(m->token, m->token_size), TOK_MIC, &got);

    if (st != 0)
        return st;
    if (m->token_size != got.size || got.length != MIC_HEADER)
        return SEC_E_INVALID_TOKEN;
    rc4_checksum(&got.keys->mic, m, got.header, NULL, want);
    if (!ct_equal(want, got.checksum, CHECKSUM))
        return SEC_E_MESSAGE_ALTERED;
    krb_window_add(&p->receive.window, got.number);
    return 0;
}
