/*
 * After the handshake: one signed and one sealed message each way, where the
 * context offers it, so that both ends know that their keys agree.
 *
 * A message is one frame: the length of the token (4 bytes, the highest
 * first), the token, the data.
 *
 * Runs in the sspi command.
 */
#include "cli/handshake.h"

#include "base/rd.h"
#include "base/wr.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_TEXT_MAX 64
#define MESSAGE_ROOM 65536

struct message {
    bool sealed;
    char text[MESSAGE_TEXT_MAX];
    size_t n;
};

static struct message
message_of(bool sealed, enum flags_side sender)
{
    struct message m = { .sealed = sealed };

    m.n = (size_t)snprintf(m.text, sizeof(m.text), "%s by the %s", sealed ? "sealed" : "signed",
                           sender == FLAGS_ACCEPT ? "acceptor" : "initiator");
    return m;
}

/* ---- sending ----------------------------------------------------------- */

/* Protects the message in place: token, data and padding are parts of one frame. */
static status_t
message_protect(struct handshake *h, struct message *m, struct wr *frame)
{
    SecPkgContext_Sizes sizes;
    uint8_t token[MESSAGE_ROOM / 4], padding[256];
    status_t status = QueryContextAttributesA(&h->context, SECPKG_ATTR_SIZES, &sizes);
    ULONG token_room = m->sealed ? sizes.cbSecurityTrailer : sizes.cbMaxSignature;
    SecBuffer b[3] = {
        { token_room, SECBUFFER_TOKEN, token },
        { (ULONG)m->n, SECBUFFER_DATA, m->text },
        { m->sealed ? sizes.cbBlockSize : 0, SECBUFFER_PADDING, padding },
    };
    SecBufferDesc all = { SECBUFFER_VERSION, m->sealed && sizes.cbBlockSize > 1 ? 3 : 2, b };

    if (status != SEC_E_OK)
        return status;
    if (token_room > sizeof(token) || sizes.cbBlockSize > sizeof(padding))
        return SEC_E_BUFFER_TOO_SMALL;
    status = m->sealed ? EncryptMessage(&h->context, 0, &all, h->put)
                       : MakeSignature(&h->context, 0, &all, h->put);
    if (status != SEC_E_OK)
        return status;
    wr_u32be(frame, b[0].cbBuffer);
    wr_bytes(frame, token, b[0].cbBuffer);
    wr_bytes(frame, m->text, b[1].cbBuffer);
    if (all.cBuffers == 3)
        wr_bytes(frame, padding, b[2].cbBuffer);
    return wr_end(frame, SEC_E_BUFFER_TOO_SMALL);
}

static int
message_put(struct handshake *h, bool sealed)
{
    uint8_t room[MESSAGE_ROOM];
    struct wr frame = wr_init(room, sizeof(room));
    struct message m = message_of(sealed, h->side);
    status_t status = message_protect(h, &m, &frame);

    if (status != SEC_E_OK)
        return handshake_fail(sealed ? "EncryptMessage" : "MakeSignature", status);
    h->put++;
    return transport_put(&h->transport, wr_written(&frame)) ? CLI_OK : CLI_PEER;
}

/* ---- receiving --------------------------------------------------------- */

static status_t
message_check(struct handshake *h, const struct message *want, uint8_t *token, size_t token_n,
              uint8_t *data, size_t data_n)
{
    SecBuffer b[2] = {
        { (ULONG)data_n, SECBUFFER_DATA, data },
        { (ULONG)token_n, SECBUFFER_TOKEN, token },
    };
    SecBufferDesc all = { SECBUFFER_VERSION, 2, b };
    ULONG qop = 0;
    status_t status = want->sealed ? DecryptMessage(&h->context, &all, h->got, &qop)
                                   : VerifySignature(&h->context, &all, h->got, &qop);

    if (status != SEC_E_OK)
        return status;
    /* Authentic, but of the other kind or direction, is wrong as well. */
    return view_is_equal(view_of(data, b[0].cbBuffer), view_of(want->text, want->n))
               ? SEC_E_OK
               : SEC_E_MESSAGE_ALTERED;
}

static int
message_take(struct handshake *h, bool sealed, uint8_t *frame, size_t n)
{
    struct message want = message_of(sealed,
                                     h->side == FLAGS_ACCEPT ? FLAGS_INITIATE : FLAGS_ACCEPT);
    struct rd r = rd_init(view_of(frame, n));
    size_t token_n = rd_u32be(&r);
    status_t status;

    rd_skip(&r, token_n);
    if (rd_end(&r, SEC_E_INVALID_TOKEN) != SEC_E_OK) {
        cli_complain("the peer sent a malformed message");
        return CLI_PEER;
    }
    status = message_check(h, &want, frame + 4, token_n, frame + 4 + token_n, n - 4 - token_n);
    if (status != SEC_E_OK)
        return handshake_fail(sealed ? "DecryptMessage" : "VerifySignature", status);
    h->got++;
    return CLI_OK;
}

static int
message_get(struct handshake *h, bool sealed)
{
    uint8_t *frame;
    size_t n;
    int code;

    if (!transport_get(&h->transport, &frame, &n))
        return CLI_PEER;
    code = message_take(h, sealed, frame, n);
    free(frame);
    return code;
}

/* ---- both -------------------------------------------------------------- */

static int
exchange_one_way(struct handshake *h, int (*one)(struct handshake *h, bool sealed))
{
    int code = h->was_signed ? one(h, false) : CLI_OK;

    if (code == CLI_OK && h->was_sealed)
        code = one(h, true);
    return code;
}

int
handshake_exchange(struct handshake *h)
{
    bool accepts = h->side == FLAGS_ACCEPT;
    ULONG integrity = accepts ? ASC_RET_INTEGRITY : ISC_RET_INTEGRITY;
    int code;

    h->was_signed = (h->attributes & integrity) != 0;
    /* Both sides have the same number for it. */
    h->was_sealed = (h->attributes & ISC_RET_CONFIDENTIALITY) != 0;
    code = exchange_one_way(h, accepts ? message_get : message_put);
    if (code == CLI_OK)
        code = exchange_one_way(h, accepts ? message_put : message_get);
    return code;
}
