/*
 * Framing of context tokens (RFC 2743 3.1, RFC 4121 4.1):
 *
 *     60 LENGTH  06 LENGTH OID  TOK_ID (2 octets, big-endian)  message
 *
 * and the messages alone, as DCE style has them (RFC 4757 7.1, MS-KILE
 * 3.4.5.1): their application tag says which they are. Trusts nothing.
 */
#include "asn1/der.h"
#include "packages/kerberos/wire/wire.h"

#include "winerror.h"

#define FRAME_TAG DER_APPLICATION(0u)

static const struct {
    unsigned id;
    uint8_t tag;            /* of the message alone; 0: never alone */
    bool user_to_user;      /* has the OID of user-to-user */
} kinds[] = {
    { KRB_TOK_AP_REQ, DER_APPLICATION(KRB_AP_REQ), false },
    { KRB_TOK_AP_REP, DER_APPLICATION(KRB_AP_REP), false },
    { KRB_TOK_ERROR, DER_APPLICATION(KRB_ERROR), false },
    { KRB_TOK_TGT_REQUEST, 0, true },
    { KRB_TOK_TGT_REPLY, 0, true },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool
oid_is_right(struct view oid, bool user_to_user)
{
    if (user_to_user)
        return view_is_equal(oid, view_of(KRB_OID_USER, KRB_OID_USER_SIZE));
    return view_is_equal(oid, view_of(KRB_OID, KRB_OID_SIZE)) ||
           view_is_equal(oid, view_of(KRB_OID_MS, KRB_OID_SIZE));
}

static status_t
token_parse_framed(struct view in, struct krb_token *out)
{
    struct rd r = rd_init(in), frame = der_get_begin(&r, FRAME_TAG);
    struct view oid = der_get_view(&frame, DER_OID);

    out->framed = true;
    out->id = rd_u16be(&frame);
    out->message = rd_rest(&frame);
    der_get_end(&r, &frame);
    if (rd_end_exact(&r, SEC_E_INVALID_TOKEN) != 0)
        return SEC_E_INVALID_TOKEN;
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].id == out->id)
            return oid_is_right(oid, kinds[i].user_to_user) ? 0 : SEC_E_INVALID_TOKEN;
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
krb_token_build(struct wr *w, unsigned id, struct view message)
{
    bool user = id == KRB_TOK_TGT_REQUEST || id == KRB_TOK_TGT_REPLY;
    size_t place = der_put_begin(w, FRAME_TAG);

    der_put_view(w, DER_OID, user ? view_of(KRB_OID_USER, KRB_OID_USER_SIZE)
                                  : view_of(KRB_OID, KRB_OID_SIZE));
    wr_u16be(w, (uint16_t)id);
    wr_view(w, message);
    der_put_end(w, place);
}
