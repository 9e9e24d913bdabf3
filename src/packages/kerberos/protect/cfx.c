/*
 * Per-message tokens of the newer encryption types (RFC 4121 4.2). The header
 * is 16 octets, big-endian:
 *
 *      0  u16  TOK_ID   0504 wrap, 0404 MIC
 *      2  u8   Flags    1 from the acceptor, 2 sealed, 4 under the acceptor's subkey
 *      3  u8   FF
 *      4  u16  EC       octets of filler, or of checksum; MIC: FFFF
 *      6  u16  RRC      by how much the rest is rotated right; MIC: FFFF
 *      8  u64  SND_SEQ
 *
 * A sealed message is E(confounder | text | filler | header with RRC 0) | MAC,
 * one that is only signed text | checksum(text | header with EC and RRC 0).
 * SSPI keeps the text in the application's buffers and all else in TOKEN
 * (MS-KILE 3.4.5.4.1), which is the rotation that puts in front what comes
 * behind the text:
 *
 *     TOKEN = header | E(filler | header) | MAC | E(confounder)
 *
 * MS-KILE's DCE style has one block of filler and does not count it in RRC.
 *
 * Tokens come from the peer: nothing of one is believed before its MAC. The
 * clear number is looked at before, as a message with a wrong one is refused
 * in any case.
 */
#include "packages/kerberos/protect/protect_private.h"

#include "base/secret.h"

#include "winerror.h"

#define HEADER_SIZE 16u
#define TOK_WRAP 0x0504u
#define TOK_MIC 0x0404u
#define FLAG_ACCEPTOR 1u
#define FLAG_SEALED 2u
#define FLAG_SUBKEY 4u
#define FILLER 0xFFu
#define MIC_FILLER 0xFFFFu
#define DCE_EXTRA CRYPTO_KRB_BLOCK
#define CONFOUNDER CRYPTO_KRB_BLOCK
/* Rotations up to this go over the stack: what SSPI's own peers send is 28 to 56. */
#define ROTATE_SMALL 128u

struct header {
    unsigned id;
    uint8_t flags;
    uint16_t extra, rotation;
    uint64_t sequence;
};

static void
header_build(const struct header *h, uint8_t out[HEADER_SIZE])
{
    struct wr w = wr_init(out, HEADER_SIZE);

    wr_u16be(&w, (uint16_t)h->id);
    wr_u8(&w, h->flags);
    wr_u8(&w, FILLER);
    wr_u16be(&w, h->extra);
    wr_u16be(&w, h->rotation);
    wr_u32be(&w, (uint32_t)(h->sequence >> 32));
    wr_u32be(&w, (uint32_t)h->sequence);
}

static status_t
header_parse(struct view in, unsigned id, struct header *out)
{
    struct rd r = rd_init(in);

    out->id = rd_u16be(&r);
    out->flags = rd_u8(&r);
    if (out->id != id || rd_u8(&r) != FILLER)
        rd_fail(&r);
    out->extra = rd_u16be(&r);
    out->rotation = rd_u16be(&r);
    out->sequence = (uint64_t)rd_u32be(&r) << 32;
    out->sequence |= rd_u32be(&r);
    if (id == TOK_MIC && (out->extra != MIC_FILLER || out->rotation != MIC_FILLER ||
                          (out->flags & FLAG_SEALED) != 0))
        rd_fail(&r);
    return rd_end(&r, SEC_E_INVALID_TOKEN);
}

/* ---- sending -------------------------------------------------------------------- */

static enum krb_which
send_which(const struct krb_protect *p)
{
    return p->keys[KRB_KEY_ACCEPTOR].type != NULL ? KRB_KEY_ACCEPTOR : KRB_KEY_INITIATOR;
}

static struct header
send_header(const struct krb_protect *p, unsigned id)
{
    struct header h = { .id = id, .sequence = p->send.sequence };

    if (p->send.from_acceptor)
        h.flags |= FLAG_ACCEPTOR;
    if (send_which(p) == KRB_KEY_ACCEPTOR)
        h.flags |= FLAG_SUBKEY;
    return h;
}

static size_t
send_mac_size(const struct krb_protect *p)
{
    return krb_protect_key(p)->type->mac_size;
}

static size_t
send_extra(const struct krb_protect *p)
{
    return krb_is_dce(p) ? DCE_EXTRA : 0;
}

static size_t
seal_size(size_t extra, size_t mac)
{
    return HEADER_SIZE + extra + HEADER_SIZE + mac + CONFOUNDER;
}

struct krb_sizes
krb_cfx_sizes(const struct krb_protect *p)
{
    return (struct krb_sizes){
        .sign = HEADER_SIZE + send_mac_size(p),
        .seal = seal_size(send_extra(p), send_mac_size(p)),
    };
}

/* What of a TOKEN belongs to the sealed text, in the text's order around the message. */
static size_t
seal_pieces(const struct krb_message *m, size_t extra, size_t mac,
            struct crypto_piece out[KRB_PIECES_MAX + 2])
{
    uint8_t *trailer = m->token + HEADER_SIZE;

    out[0] = (struct crypto_piece){ trailer + extra + HEADER_SIZE + mac, CONFOUNDER, true };
    for (size_t i = 0; i < m->count; i++)
        out[1 + i] = m->pieces[i];
    out[1 + m->count] = (struct crypto_piece){ trailer, extra + HEADER_SIZE, true };
    return m->count + 2;
}

status_t
krb_cfx_seal(struct krb_protect *p, struct krb_message *m)
{
    size_t extra = send_extra(p), mac = send_mac_size(p), size = seal_size(extra, mac), count;
    struct crypto_piece pieces[KRB_PIECES_MAX + 2];
    struct header h = send_header(p, TOK_WRAP);
    struct krb_direction_keys *keys;
    uint8_t *trailer;

    if (m->token_size < size)
        return SEC_E_BUFFER_TOO_SMALL;
    keys = krb_keys_for(p, &p->send, send_which(p), KRB_PURPOSE_SEAL);
    if (keys == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    trailer = m->token + HEADER_SIZE;
    h.flags |= FLAG_SEALED;
    h.extra = (uint16_t)extra;
    memset(trailer, FILLER, extra);
    header_build(&h, trailer + extra);
    h.rotation = (uint16_t)(HEADER_SIZE + mac);
    header_build(&h, m->token);
    count = seal_pieces(m, extra, mac, pieces);
    krb_confounder_draw(keys, pieces[0].p, CONFOUNDER);
    crypto_krb_seal_pieces(&keys->cipher, pieces, count, trailer + extra + HEADER_SIZE);
    m->token_size = size;
    m->padding_size = 0;
    p->send.sequence++;
    return 0;
}

/* Checksum over the message and a header: pieces first. */
static size_t
sum_views(const struct krb_message *m, const uint8_t header[HEADER_SIZE],
          struct view out[KRB_PIECES_MAX + 1])
{
    for (size_t i = 0; i < m->count; i++)
        out[i] = view_of(m->pieces[i].p, m->pieces[i].n);
    out[m->count] = view_of(header, HEADER_SIZE);
    return m->count + 1;
}

static status_t
send_sum(struct krb_protect *p, struct krb_message *m, const struct header *summed,
         const struct header *sent, enum krb_purpose purpose)
{
    struct view views[KRB_PIECES_MAX + 1];
    uint8_t header[HEADER_SIZE];
    struct krb_direction_keys *keys;
    size_t count;

    if (m->token_size < HEADER_SIZE + send_mac_size(p))
        return SEC_E_BUFFER_TOO_SMALL;
    keys = krb_keys_for(p, &p->send, send_which(p), purpose);
    if (keys == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    header_build(summed, header);
    count = sum_views(m, header, views);
    crypto_krb_sum(purpose == KRB_PURPOSE_MIC ? &keys->mic : &keys->wrap, views, count,
                   m->token + HEADER_SIZE);
    header_build(sent, m->token);
    m->token_size = HEADER_SIZE + send_mac_size(p);
    p->send.sequence++;
    return 0;
}

status_t
krb_cfx_wrap(struct krb_protect *p, struct krb_message *m)
{
    struct header summed = send_header(p, TOK_WRAP), sent = summed;

    sent.extra = sent.rotation = (uint16_t)send_mac_size(p);
    m->padding_size = 0;
    return send_sum(p, m, &summed, &sent, KRB_PURPOSE_WRAP);
}

status_t
krb_cfx_sign(struct krb_protect *p, struct krb_message *m)
{
    struct header h = send_header(p, TOK_MIC);

    h.extra = h.rotation = MIC_FILLER;
    return send_sum(p, m, &h, &h, KRB_PURPOSE_MIC);
}

/* ---- receiving -------------------------------------------------------------------- */

struct receipt {
    struct header header;
    enum krb_which which;
    size_t mac;                         /* octets of MAC or checksum under that key */
    struct krb_direction_keys *keys;
};

/*
 * Who sent it, under which key, and whether its turn it is. An initiator may
 * send before it has seen the acceptor's subkey (RFC 4121 4.2.2), in DCE style
 * it may not.
 */
static status_t
receive_header(struct krb_protect *p, struct view in, unsigned id, struct receipt *out)
{
    const struct header *h = &out->header;
    bool subkey;
    status_t st = header_parse(in, id, &out->header);

    if (st != 0)
        return st;
    subkey = (h->flags & FLAG_SUBKEY) != 0;
    out->which = subkey ? KRB_KEY_ACCEPTOR : KRB_KEY_INITIATOR;
    if (((h->flags & FLAG_ACCEPTOR) != 0) != p->receive.from_acceptor ||
        p->keys[out->which].type == NULL || !p->keys[out->which].type->newer ||
        (!subkey && krb_is_dce(p)))
        return SEC_E_MESSAGE_ALTERED;
    out->mac = p->keys[out->which].type->mac_size;
    return krb_window_check(&p->receive.window, h->sequence) ? 0 : SEC_E_OUT_OF_SEQUENCE;
}

static status_t
receive_keys(struct krb_protect *p, enum krb_purpose purpose, struct receipt *out)
{
    out->keys = krb_keys_for(p, &p->receive, out->which, purpose);
    return out->keys != NULL ? 0 : SEC_E_INSUFFICIENT_MEMORY;
}

/* The copy that was sealed says what the clear one must have said, but for the rotation. */
static bool
header_is_sealed(const struct header *h, const uint8_t *sealed)
{
    struct header want = *h;
    uint8_t bytes[HEADER_SIZE];

    want.rotation = 0;
    header_build(&want, bytes);
    return ct_equal(bytes, sealed, HEADER_SIZE);
}

static status_t
receive_sum(struct krb_protect *p, const struct krb_message *m, struct receipt *got,
            struct view sum, enum krb_purpose purpose)
{
    struct header summed = got->header;
    struct view views[KRB_PIECES_MAX + 1];
    uint8_t header[HEADER_SIZE];
    size_t count;
    status_t st = receive_keys(p, purpose, got);

    if (st != 0)
        return st;
    if (purpose == KRB_PURPOSE_WRAP)
        summed.extra = summed.rotation = 0;
    header_build(&summed, header);
    count = sum_views(m, header, views);
    if (!crypto_krb_sum_check(purpose == KRB_PURPOSE_MIC ? &got->keys->mic : &got->keys->wrap,
                              views, count, sum))
        return SEC_E_MESSAGE_ALTERED;
    krb_window_add(&p->receive.window, got->header.sequence);
    return 0;
}

static void
message_wipe(const struct krb_message *m)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->pieces[i].sealed)
            secret_wipe(m->pieces[i].p, m->pieces[i].n);
    }
}

static status_t
unseal_scattered(struct krb_protect *p, struct krb_message *m, struct receipt *got)
{
    struct crypto_piece pieces[KRB_PIECES_MAX + 2];
    size_t extra = got->header.extra, count;
    uint8_t *trailer = m->token + HEADER_SIZE;
    status_t st = receive_keys(p, KRB_PURPOSE_SEAL, got);

    if (st != 0)
        return st;
    count = seal_pieces(m, extra, got->mac, pieces);
    if (!crypto_krb_open_pieces(&got->keys->cipher, pieces, count,
                                trailer + extra + HEADER_SIZE))
        return SEC_E_MESSAGE_ALTERED;
    if (!header_is_sealed(&got->header, trailer + extra)) {
        message_wipe(m);
        return SEC_E_MESSAGE_ALTERED;
    }
    krb_window_add(&p->receive.window, got->header.sequence);
    return 0;
}

/* TOKEN has the octets of exactly one layout, and RRC says that it is this one. */
status_t
krb_cfx_unseal(struct krb_protect *p, struct krb_message *m, bool *encrypted)
{
    struct receipt got;
    size_t extra, rotation;
    status_t st = receive_header(p, view_of(m->token, m->token_size), TOK_WRAP, &got);

    if (st == 0 && m->padding_size > 0)
        st = SEC_E_INVALID_TOKEN;
    if (st != 0)
        return st;
    extra = got.header.extra;
    *encrypted = (got.header.flags & FLAG_SEALED) != 0;
    if (!*encrypted) {
        if (m->token_size != HEADER_SIZE + got.mac || extra != got.mac ||
            got.header.rotation != got.mac)
            return SEC_E_INVALID_TOKEN;
        return receive_sum(p, m, &got, view_of(m->token + HEADER_SIZE, got.mac),
                           KRB_PURPOSE_WRAP);
    }
    rotation = HEADER_SIZE + got.mac + (krb_is_dce(p) ? 0 : extra);
    if (m->token_size != seal_size(extra, got.mac) || got.header.rotation != rotation)
        return SEC_E_INVALID_TOKEN;
    return unseal_scattered(p, m, &got);
}

static void
bytes_reverse(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint8_t c = p[i];

        p[i] = p[n - 1 - i];
        p[n - 1 - i] = c;
    }
}

/* The first octets go behind the others. */
static void
bytes_rotate(uint8_t *p, size_t n, size_t by)
{
    uint8_t first[ROTATE_SMALL];

    if (by <= sizeof(first)) {
        memcpy(first, p, by);
        memmove(p, p + by, n - by);
        memcpy(p + n - by, first, by);
        return;
    }
    bytes_reverse(p, by);
    bytes_reverse(p + by, n - by);
    bytes_reverse(p, n);
}

/* After the rotation: confounder | text | filler | header, then the MAC. */
static status_t
unseal_whole(struct krb_protect *p, uint8_t *body, size_t n, struct receipt *got,
             struct crypto_piece *data)
{
    struct crypto_piece piece = { body, n - got->mac, true };
    size_t extra = got->header.extra;
    status_t st = receive_keys(p, KRB_PURPOSE_SEAL, got);

    if (st != 0)
        return st;
    if (!crypto_krb_open_pieces(&got->keys->cipher, &piece, 1, body + piece.n))
        return SEC_E_MESSAGE_ALTERED;
    if (!header_is_sealed(&got->header, body + piece.n - HEADER_SIZE)) {
        secret_wipe(body, n);
        return SEC_E_MESSAGE_ALTERED;
    }
    krb_window_add(&p->receive.window, got->header.sequence);
    data->p = body + CONFOUNDER;
    data->n = piece.n - CONFOUNDER - extra - HEADER_SIZE;
    return 0;
}

status_t
krb_cfx_unseal_stream(struct krb_protect *p, uint8_t *stream, size_t n,
                      struct crypto_piece *data, bool *encrypted)
{
    struct krb_message m = { .count = 1 };
    size_t rest, least;
    uint8_t *body;
    struct receipt got;
    status_t st = receive_header(p, view_of(stream, n), TOK_WRAP, &got);

    if (st != 0)
        return st;
    body = stream + HEADER_SIZE;
    rest = n - HEADER_SIZE;
    *encrypted = (got.header.flags & FLAG_SEALED) != 0;
    least = *encrypted ? seal_size(got.header.extra, got.mac) - HEADER_SIZE : got.mac;
    if (rest < least || (!*encrypted && got.header.extra != got.mac))
        return SEC_E_INVALID_TOKEN;
    bytes_rotate(body, rest, got.header.rotation % rest);
    if (*encrypted)
        return unseal_whole(p, body, rest, &got, data);
    m.pieces[0] = (struct crypto_piece){ body, rest - got.mac, false };
    st = receive_sum(p, &m, &got, view_of(body + rest - got.mac, got.mac), KRB_PURPOSE_WRAP);
    if (st == 0)
        *data = m.pieces[0];
    return st;
}

status_t
krb_cfx_verify(struct krb_protect *p, const struct krb_message *m)
{
    struct receipt got;
    status_t st = receive_header(p, view_of(m->token, m->token_size), TOK_MIC, &got);

    if (st != 0)
        return st;
    if (m->token_size != HEADER_SIZE + got.mac)
        return SEC_E_INVALID_TOKEN;
    return receive_sum(p, m, &got, view_of(m->token + HEADER_SIZE, got.mac), KRB_PURPOSE_MIC);
}
