/*
 * Authenticator (RFC 4120 5.5.1): the client's proof, encrypted under the
 * ticket's session key.
 *
 *     Authenticator ::= [APPLICATION 2] SEQUENCE {
 *         authenticator-vno [0] INTEGER (5), crealm [1] Realm,
 *         cname [2] PrincipalName, cksum [3] Checksum OPTIONAL,
 *         cusec [4] Microseconds, ctime [5] KerberosTime,
 *         subkey [6] EncryptionKey OPTIONAL, seq-number [7] UInt32 OPTIONAL,
 *         authorization-data [8] AuthorizationData OPTIONAL }
 *
 * Its sender is any client of the realm: trusts nothing.
 */
#include "packages/kerberos/wire/field.h"

#define MICROSECONDS_MAX 999999u    /* RFC 4120 5.2.4 */

/* Checksum ::= SEQUENCE { cksumtype [0] Int32, checksum [1] OCTET STRING } */
static void
checksum_get(struct rd *r, struct krb_authenticator *out)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE);

    der_get_field(&s, 0);
    out->checksum_type = der_get_i32(&s);
    der_get_field(&s, 1);
    out->checksum = der_get_view(&s, DER_OCTET_STRING);
    der_get_end(r, &s);
}

static void
checksum_put(struct wr *w, unsigned number, const struct krb_authenticator *m)
{
    size_t field = der_put_begin(w, (uint8_t)DER_CONTEXT(number));
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_i32_put(w, 0, m->checksum_type);
    krb_view_put(w, 1, DER_OCTET_STRING, m->checksum);
    der_put_end(w, sequence);
    der_put_end(w, field);
}

status_t
krb_authenticator_parse(struct view in, struct krb_authenticator *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_APPLICATION_AUTHENTICATOR);

    *out = (struct krb_authenticator){ 0 };
    der_get_field(&s, 0);
    if (der_get_i32(&s) != KRB_PVNO)
        rd_fail(&s);
    der_get_field(&s, 1);
    out->client_realm = der_get_view(&s, DER_GENERAL_STRING);
    der_get_field(&s, 2);
    out->client = krb_name_get(&s);
    out->has_checksum = der_get_field_optional(&s, 3);
    if (out->has_checksum)
        checksum_get(&s, out);
    der_get_field(&s, 4);
    out->microseconds = der_get_u32(&s);
    if (out->microseconds > MICROSECONDS_MAX)
        rd_fail(&s);
    der_get_field(&s, 5);
    out->time = der_get_time(&s);
    out->has_subkey = krb_key_get_optional(&s, 6, &out->subkey);
    out->has_sequence = krb_u32_get_optional(&s, 7, &out->sequence);
    out->auth_data = krb_element_get_optional(&s, 8);
    return krb_message_end(&r, &s);
}

void
krb_authenticator_build(struct wr *w, const struct krb_authenticator *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_APPLICATION_AUTHENTICATOR);

    krb_i32_put(w, 0, KRB_PVNO);
    krb_view_put(w, 1, DER_GENERAL_STRING, m->client_realm);
    krb_name_put(w, 2, &m->client);
    if (m->has_checksum)
        checksum_put(w, 3, m);
    krb_u32_put(w, 4, m->microseconds);
    krb_time_put(w, 5, m->time);
    if (m->has_subkey)
        krb_key_put(w, 6, &m->subkey);
    if (m->has_sequence)
        krb_u32_put(w, 7, m->sequence);
    if (m->auth_data.n > 0)
        krb_element_put(w, 8, m->auth_data);
    krb_message_put_end(w, places);
}
