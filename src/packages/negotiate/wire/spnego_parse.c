/*
 * Reading SPNEGO's tokens (RFC 4178 4.2, MS-SPNG 2.2.1). No state, no policy:
 * the command line and the fuzzers may link this too (D33). Trusts no byte.
 */
#include "asn1/der.h"
#include "packages/negotiate/wire/spnego.h"

#include "winerror.h"

#define FRAME_TAG DER_APPLICATION(0u)
#define AP_REQ_TAG DER_APPLICATION(14u)
#define INIT_TAG DER_CONTEXT(0u)
#define RESP_TAG DER_CONTEXT(1u)

static const char ntlm_signature[8] = "NTLMSSP";

/* The octets of a literal, less its NUL. */
#define OID(octets) { (const uint8_t *)(octets), sizeof(octets) - 1 }

const struct view spnego_oid = OID("\x2b\x06\x01\x05\x05\x02");
const struct view spnego_oid_kerberos = OID("\x2a\x86\x48\x86\xf7\x12\x01\x02\x02");
const struct view spnego_oid_kerberos_ms = OID("\x2a\x86\x48\x82\xf7\x12\x01\x02\x02");
const struct view spnego_oid_ntlm = OID("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a");
const struct view spnego_oid_negoex = OID("\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e");

/* ---- which token it is --------------------------------------------------- */

/* The mechanism that a frame of RFC 2743 3.1 names. */
static struct view
frame_mech(struct view token)
{
    struct rd r = rd_init(token), frame = der_get_begin(&r, FRAME_TAG);
    struct view mech = der_get_view(&frame, DER_OID);

    return frame.failed ? view_of(NULL, 0) : mech;
}

struct view
spnego_raw_mech(struct view token)
{
    return frame_mech(token);
}

enum spnego_kind
spnego_kind_of(struct view token)
{
    struct rd r = rd_init(token);

    if (token.n == 0)
        return SPNEGO_KIND_EMPTY;
    if (der_is_next(&r, FRAME_TAG))
        return view_is_equal(frame_mech(token), spnego_oid) ? SPNEGO_KIND_INIT
                                                             : SPNEGO_KIND_RAW_GSS;
    if (der_is_next(&r, RESP_TAG))
        return SPNEGO_KIND_RESP;
    if (der_is_next(&r, AP_REQ_TAG))
        return SPNEGO_KIND_RAW_KERBEROS;
    if (view_is_equal(rd_view(&r, sizeof(ntlm_signature)),
                      view_of(ntlm_signature, sizeof(ntlm_signature))))
        return SPNEGO_KIND_RAW_NTLM;
    return SPNEGO_KIND_OTHER;
}

/* ---- NegTokenInit -------------------------------------------------------- */

static void
mech_list_parse(struct rd *r, struct spnego_init *out)
{
    struct rd look = *r, list = der_get_begin(r, DER_SEQUENCE);

    out->mech_list = der_get_element(&look);
    while (!list.failed && rd_left(&list) > 0) {
        struct view mech = der_get_view(&list, DER_OID);

        if (out->mech_count == SPNEGO_MECHS_MAX || mech.n == 0 || mech.n > SPNEGO_OID_MAX) {
            rd_fail(&list);
            break;
        }
        out->mechs[out->mech_count++] = mech;
    }
    if (out->mech_count == 0)
        rd_fail(&list);
    der_get_end(r, &list);
}

/* [3] is mechListMIC for some and negHints for others; what is in it tells which. */
static void
mic_or_hints_parse(struct rd *r, struct spnego_init *out)
{
    if (!der_get_field_optional(r, 3))
        return;
    if (der_is_next(r, DER_SEQUENCE)) {
        out->has_hints = true;
        (void)der_get_element(r);
    } else {
        out->mic = der_get_view(r, DER_OCTET_STRING);
    }
}

/* Fields that a later version may have put behind those of today. */
static void
extensions_skip(struct rd *r)
{
    while (!r->failed && rd_left(r) > 0)
        (void)der_get_element(r);
}

status_t
spnego_init_parse(struct view token, struct spnego_init *out)
{
    struct rd r = rd_init(token), frame = der_get_begin(&r, FRAME_TAG), fields;

    *out = (struct spnego_init){ 0 };
    if (!view_is_equal(der_get_view(&frame, DER_OID), spnego_oid))
        rd_fail(&frame);
    der_get_explicit(&frame, INIT_TAG);
    fields = der_get_begin(&frame, DER_SEQUENCE);
    der_get_field(&fields, 0);
    mech_list_parse(&fields, out);
    if (der_get_field_optional(&fields, 1))
        (void)der_get_element(&fields);
    if (der_get_field_optional(&fields, 2))
        out->token = der_get_view(&fields, DER_OCTET_STRING);
    mic_or_hints_parse(&fields, out);
    if (out->has_hints && der_get_field_optional(&fields, 4))
        out->mic = der_get_view(&fields, DER_OCTET_STRING);
    extensions_skip(&fields);
    der_get_end(&frame, &fields);
    der_get_end(&r, &frame);
    return rd_end_exact(&r, SEC_E_INVALID_TOKEN);
}

/* ---- NegTokenResp -------------------------------------------------------- */

status_t
spnego_resp_parse(struct view token, struct spnego_resp *out)
{
    struct rd r = rd_init(token), fields;

    *out = (struct spnego_resp){ .state = SPNEGO_STATE_ABSENT };
    der_get_explicit(&r, RESP_TAG);
    fields = der_get_begin(&r, DER_SEQUENCE);
    if (der_get_field_optional(&fields, 0)) {
        uint32_t state = der_get_enumerated(&fields);

        if (state >= SPNEGO_STATE_ABSENT)
            rd_fail(&fields);
        else
            out->state = (enum spnego_state)state;
    }
    if (der_get_field_optional(&fields, 1))
        out->mech = der_get_view(&fields, DER_OID);
    if (der_get_field_optional(&fields, 2))
        out->token = der_get_view(&fields, DER_OCTET_STRING);
    if (der_get_field_optional(&fields, 3))
        out->mic = der_get_view(&fields, DER_OCTET_STRING);
    extensions_skip(&fields);
    der_get_end(&r, &fields);
    return rd_end_exact(&r, SEC_E_INVALID_TOKEN);
}
