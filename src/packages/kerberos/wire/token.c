/*
 * Framing of context tokens (RFC 2743 3.1, RFC 4121 4.1):
 *
 *     60 LENGTH  06 LENGTH OID  TOK_ID (2 octets, big-endian)  message
 *
 * and the messages alone, as DCE style has them (RFC 4757 7.1, MS-KILE
 * 3.4.5.1): their application tag says which they are.
 *
 * User to user is a mechanism of its own for its draft, whose identifier frames
 * all of its tokens, the AP-REQ and what answers it as well; other peers frame
 * these as ever. What is in the frame decides, so each kind is read with each
 * identifier (CHOICE). Trusts nothing.
 */
#include "asn1/der.h"
#include "packages/kerberos/wire/wire.h"

#include "winerror.h"

#define FRAME_TAG DER_APPLICATION(0u)

static const struct {
    unsigned id;
    uint8_t tag;            /* of the message alone; 0: never alone */
} kinds[] = {
    { KRB_TOK_AP_REQ, DER_APPLICATION(KRB_AP_REQ) },
    { KRB_TOK_AP_REP, DER_APPLICATION(KRB_AP_REP) },
    { KRB_TOK_ERROR, DER_APPLICATION(KRB_ERROR) },
    { KRB_TOK_TGT_REQUEST, 0 },
    { KRB_TOK_TGT_REPLY, 0 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool
oid_is_right(struct view oid, const struct krb_token *token)
{
    return token->user_to_user || view_is_equal(oid, view_of(KRB_OID, KRB_OID_SIZE)) ||
           view_is_equal(oid, view_of(KRB_OID_MS, KRB_OID_SIZE));
}

static status_t
token_parse_framed(struct view in, struct krb_token *out)
{
    struct rd r = rd_init(in), frame = der_get_begin(&r, FRAME_TAG);
    struct view oid = der_get_view(&frame, DER_OID);

    out->framed = true;
    out->user_to_user = view_is_equal(oid, view_of(KRB_OID_USER, KRB_OID_USER_SIZE));
    out->id = rd_u16be(&frame);
    out->message = rd_rest(&frame);
    der_get_end(&r, &frame);
    if (rd_end_exact(&r, SEC_E_INVALID_TOKEN) != 0)
        return SEC_E_INVALID_TOKEN;
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].id == out->id)
            return oid_is_right(oid, out) ? 0 : SEC_E_INVALID_TOKEN;
    }
    return SEC_E_INVALID_TOKEN;
}

status_t
krb_token_parse(struct view in, struct krb_token *out)
{
    struct rd r = rd_init(in);

    *out = (struct krb_token){ 0 };
    if (der_is_next(&r, FRAME_TAG))
        return token_parse_framed(in, out);
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].tag != 0 && der_is_next(&r, kinds[i].tag)) {
            out->id = kinds[i].id;
            out->message = in;
            return 0;
        }
    }
    return SEC_E_INVALID_TOKEN;
}

void
krb_token_build(struct wr *w, unsigned id, bool user_to_user, struct view message)
{
    size_t place = der_put_begin(w, FRAME_TAG);

    der_put_view(w, DER_OID, user_to_user ? view_of(KRB_OID_USER, KRB_OID_USER_SIZE)
                                          : view_of(KRB_OID, KRB_OID_SIZE));
    wr_u16be(w, (uint16_t)id);
    wr_view(w, message);
    der_put_end(w, place);
}
