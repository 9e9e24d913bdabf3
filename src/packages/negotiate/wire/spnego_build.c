/*
 * Writing SPNEGO's tokens (RFC 4178 4.2, MS-SPNG 2.2.1) as Windows writes
 * them: fields in their order, no reqFlags (RFC 4178 4.2.1 wants none).
 */
#include "asn1/der.h"
#include "packages/negotiate/wire/spnego.h"

/* What MS-SPNG 2.2.1 puts into hintName, for clients that look there for a principal. */
static const char hint_name[] = "not_defined_in_RFC4178@please_ignore";

void
spnego_mech_list_build(struct wr *w, const struct view *mechs, size_t count)
{
    size_t list = der_put_begin(w, DER_SEQUENCE);

    for (size_t i = 0; i < count; i++)
        der_put_view(w, DER_OID, mechs[i]);
    der_put_end(w, list);
}

/* [number] EXPLICIT OCTET STRING, where there is one. */
static void
octets_put(struct wr *w, unsigned number, struct view v)
{
    size_t field;

    if (v.p == NULL)
        return;
    field = der_put_begin(w, (uint8_t)DER_CONTEXT(number));
    der_put_view(w, DER_OCTET_STRING, v);
    der_put_end(w, field);
}

static void
hints_put(struct wr *w)
{
    size_t field = der_put_begin(w, DER_CONTEXT(3u));
    size_t hints = der_put_begin(w, DER_SEQUENCE);
    size_t name = der_put_begin(w, DER_CONTEXT(0u));

    der_put_view(w, DER_GENERAL_STRING, view_of(hint_name, sizeof(hint_name) - 1));
    der_put_end(w, name);
    der_put_end(w, hints);
    der_put_end(w, field);
}

void
spnego_init_build(struct wr *w, const struct spnego_init *init)
{
    size_t frame = der_put_begin(w, DER_APPLICATION(0u)), choice, fields, list;

    der_put_view(w, DER_OID, spnego_oid);
    choice = der_put_begin(w, DER_CONTEXT(0u));
    fields = der_put_begin(w, DER_SEQUENCE);
    list = der_put_begin(w, DER_CONTEXT(0u));
    wr_view(w, init->mech_list);
    der_put_end(w, list);
    octets_put(w, 2, init->token);
    if (init->has_hints)
        hints_put(w);
    octets_put(w, init->has_hints ? 4 : 3, init->mic);
    der_put_end(w, fields);
    der_put_end(w, choice);
    der_put_end(w, frame);
}

void
spnego_resp_build(struct wr *w, const struct spnego_resp *resp)
{
    size_t choice = der_put_begin(w, DER_CONTEXT(1u)), fields = der_put_begin(w, DER_SEQUENCE);
    size_t field;

    if (resp->state != SPNEGO_STATE_ABSENT) {
        field = der_put_begin(w, DER_CONTEXT(0u));
        der_put_enumerated(w, resp->state);
        der_put_end(w, field);
    }
    if (resp->mech.p != NULL) {
        field = der_put_begin(w, DER_CONTEXT(1u));
        der_put_view(w, DER_OID, resp->mech);
        der_put_end(w, field);
    }
    octets_put(w, 2, resp->token);
    octets_put(w, 3, resp->mic);
    der_put_end(w, fields);
    der_put_end(w, choice);
}
