/*
 * Fields of Kerberos's messages (RFC 4120 5.2): each is in an EXPLICIT tag of
 * its own. Trusts nothing; the DER reader's strictness is what is relied on.
 */
#include "packages/kerberos/wire/field.h"

#include "winerror.h"

struct rd
krb_message_begin(struct rd *r, unsigned number)
{
    der_get_explicit(r, (uint8_t)DER_APPLICATION(number));
    return der_get_begin(r, DER_SEQUENCE);
}

status_t
krb_message_end(struct rd *r, const struct rd *fields)
{
    der_get_end(r, fields);
    return rd_end_exact(r, SEC_E_INVALID_TOKEN);
}

void
krb_version_expect(struct rd *r, unsigned number, int32_t type)
{
    der_get_field(r, number);
    if (der_get_i32(r) != KRB_PVNO)
        rd_fail(r);
    der_get_field(r, number + 1);
    if (der_get_i32(r) != type)
        rd_fail(r);
}

/* PrincipalName ::= SEQUENCE { name-type [0], name-string [1] SEQUENCE OF KerberosString } */
struct krb_name
krb_name_get(struct rd *r)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE), parts;
    struct krb_name name = { 0 };

    der_get_field(&s, 0);
    name.type = der_get_i32(&s);
    der_get_field(&s, 1);
    parts = der_get_begin(&s, DER_SEQUENCE);
    while (rd_left(&parts) > 0 && name.count < KRB_NAME_PARTS_MAX)
        name.parts[name.count++] = der_get_view(&parts, DER_GENERAL_STRING);
    der_get_end(&s, &parts);
    der_get_end(r, &s);
    return name;
}

/* EncryptedData ::= SEQUENCE { etype [0], kvno [1] UInt32 OPTIONAL, cipher [2] OCTET STRING } */
struct krb_encrypted
krb_encrypted_get(struct rd *r)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE);
    struct krb_encrypted e = { 0 };

    der_get_field(&s, 0);
    e.etype = der_get_i32(&s);
    e.has_kvno = krb_u32_get_optional(&s, 1, &e.kvno);
    der_get_field(&s, 2);
    e.cipher = der_get_view(&s, DER_OCTET_STRING);
    der_get_end(r, &s);
    return e;
}

/* EncryptionKey ::= SEQUENCE { keytype [0] Int32, keyvalue [1] OCTET STRING } */
struct krb_key
krb_key_get(struct rd *r)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE);
    struct krb_key k = { 0 };

    der_get_field(&s, 0);
    k.etype = der_get_i32(&s);
    der_get_field(&s, 1);
    k.bytes = der_get_view(&s, DER_OCTET_STRING);
    der_get_end(r, &s);
    return k;
}

bool
krb_time_get_optional(struct rd *r, unsigned number, int64_t *out)
{
    if (!der_get_field_optional(r, number))
        return false;
    *out = der_get_time(r);
    return true;
}

/* Key versions and sequence numbers: some senders take them for signed (RFC 4120 5.2.4). */
bool
krb_u32_get_optional(struct rd *r, unsigned number, uint32_t *out)
{
    if (!der_get_field_optional(r, number))
        return false;
    *out = der_get_u32_wrapped(r);
    return true;
}

bool
krb_name_get_optional(struct rd *r, unsigned number, struct krb_name *out)
{
    if (!der_get_field_optional(r, number))
        return false;
    *out = krb_name_get(r);
    return true;
}

bool
krb_key_get_optional(struct rd *r, unsigned number, struct krb_key *out)
{
    if (!der_get_field_optional(r, number))
        return false;
    *out = krb_key_get(r);
    return true;
}

bool
krb_view_get_optional(struct rd *r, unsigned number, uint8_t tag, struct view *out)
{
    if (!der_get_field_optional(r, number))
        return false;
    *out = der_get_view(r, tag);
    return true;
}

/* A SEQUENCE kept for a later parser; it must at least be one. */
struct view
krb_element_get_optional(struct rd *r, unsigned number)
{
    if (!der_get_field_optional(r, number))
        return view_of(NULL, 0);
    if (!der_is_next(r, DER_SEQUENCE))
        rd_fail(r);
    return der_get_element(r);
}

/* ---- writing ------------------------------------------------------------------ */

struct krb_message_places
krb_message_put_begin(struct wr *w, unsigned number)
{
    struct krb_message_places places;

    places.application = der_put_begin(w, (uint8_t)DER_APPLICATION(number));
    places.sequence = der_put_begin(w, DER_SEQUENCE);
    return places;
}

void
krb_message_put_end(struct wr *w, struct krb_message_places places)
{
    der_put_end(w, places.sequence);
    der_put_end(w, places.application);
}

void
krb_version_put(struct wr *w, unsigned number, int32_t type)
{
    krb_i32_put(w, number, KRB_PVNO);
    krb_i32_put(w, number + 1, type);
}

void
krb_i32_put(struct wr *w, unsigned number, int32_t v)
{
    size_t place = der_put_begin(w, (uint8_t)DER_CONTEXT(number));

    der_put_i32(w, v);
    der_put_end(w, place);
}

void
krb_u32_put(struct wr *w, unsigned number, uint32_t v)
{
    size_t place = der_put_begin(w, (uint8_t)DER_CONTEXT(number));

    der_put_u32(w, v);
    der_put_end(w, place);
}

void
krb_flags_put(struct wr *w, unsigned number, uint32_t v)
{
    size_t place = der_put_begin(w, (uint8_t)DER_CONTEXT(number));

    der_put_flags(w, v);
    der_put_end(w, place);
}

void
krb_time_put(struct wr *w, unsigned number, int64_t v)
{
    size_t place = der_put_begin(w, (uint8_t)DER_CONTEXT(number));

    der_put_time(w, v);
    der_put_end(w, place);
}

void
krb_view_put(struct wr *w, unsigned number, uint8_t tag, struct view v)
{
    size_t place = der_put_begin(w, (uint8_t)DER_CONTEXT(number));

    der_put_view(w, tag, v);
    der_put_end(w, place);
}

void
krb_element_put(struct wr *w, unsigned number, struct view element)
{
    size_t place = der_put_begin(w, (uint8_t)DER_CONTEXT(number));

    wr_view(w, element);
    der_put_end(w, place);
}

void
krb_name_put(struct wr *w, unsigned number, const struct krb_name *v)
{
    size_t field = der_put_begin(w, (uint8_t)DER_CONTEXT(number));
    size_t name = der_put_begin(w, DER_SEQUENCE), place, parts;

    krb_i32_put(w, 0, v->type);
    place = der_put_begin(w, (uint8_t)DER_CONTEXT(1));
    parts = der_put_begin(w, DER_SEQUENCE);
    for (size_t i = 0; i < v->count; i++)
        der_put_view(w, DER_GENERAL_STRING, v->parts[i]);
    der_put_end(w, parts);
    der_put_end(w, place);
    der_put_end(w, name);
    der_put_end(w, field);
}

void
krb_encrypted_put(struct wr *w, unsigned number, const struct krb_encrypted *v)
{
    size_t field = der_put_begin(w, (uint8_t)DER_CONTEXT(number));
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_i32_put(w, 0, v->etype);
    if (v->has_kvno)
        krb_u32_put(w, 1, v->kvno);
    krb_view_put(w, 2, DER_OCTET_STRING, v->cipher);
    der_put_end(w, sequence);
    der_put_end(w, field);
}

void
krb_key_put(struct wr *w, unsigned number, const struct krb_key *v)
{
    size_t field = der_put_begin(w, (uint8_t)DER_CONTEXT(number));
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_i32_put(w, 0, v->etype);
    krb_view_put(w, 1, DER_OCTET_STRING, v->bytes);
    der_put_end(w, sequence);
    der_put_end(w, field);
}
