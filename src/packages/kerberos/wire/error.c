/*
 * KRB-ERROR (RFC 4120 5.9.1) and KERB-ERROR-DATA in its e-data (MS-KILE
 * 2.2.1):
 *
 *     KRB-ERROR ::= [APPLICATION 30] SEQUENCE {
 *         pvno [0] INTEGER (5), msg-type [1] INTEGER (30),
 *         ctime [2] KerberosTime OPTIONAL, cusec [3] Microseconds OPTIONAL,
 *         stime [4] KerberosTime, susec [5] Microseconds, error-code [6] Int32,
 *         crealm [7] Realm OPTIONAL, cname [8] PrincipalName OPTIONAL,
 *         realm [9] Realm, sname [10] PrincipalName,
 *         e-text [11] KerberosString OPTIONAL, e-data [12] OCTET STRING OPTIONAL }
 *
 *     KERB-ERROR-DATA ::= SEQUENCE {
 *         data-type [1] INTEGER, data-value [2] OCTET STRING OPTIONAL }
 *
 * What a server's e-data says is not read: nothing is done for it.
 *
 * Nobody signs it: anybody on the way may have written all of it.
 */
#include "packages/kerberos/wire/field.h"

#include "winerror.h"

status_t
krb_error_parse(struct view in, struct krb_error *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_ERROR);

    *out = (struct krb_error){ 0 };
    krb_version_expect(&s, 0, KRB_ERROR);
    out->has_client_time = krb_time_get_optional(&s, 2, &out->client_time);
    out->has_client_microseconds = krb_u32_get_optional(&s, 3, &out->client_microseconds);
    der_get_field(&s, 4);
    out->server_time = der_get_time(&s);
    der_get_field(&s, 5);
    out->server_microseconds = der_get_u32(&s);
    der_get_field(&s, 6);
    out->code = der_get_i32(&s);
    out->has_client_realm = krb_view_get_optional(&s, 7, DER_GENERAL_STRING, &out->client_realm);
    out->has_client = krb_name_get_optional(&s, 8, &out->client);
    der_get_field(&s, 9);
    out->realm = der_get_view(&s, DER_GENERAL_STRING);
    der_get_field(&s, 10);
    out->server = krb_name_get(&s);
    (void)krb_view_get_optional(&s, 11, DER_GENERAL_STRING, &out->text);
    (void)krb_view_get_optional(&s, 12, DER_OCTET_STRING, &out->data);
    return krb_message_end(&r, &s);
}

void
krb_error_build(struct wr *w, const struct krb_error *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_ERROR);

    krb_version_put(w, 0, KRB_ERROR);
    if (m->has_client_time)
        krb_time_put(w, 2, m->client_time);
    if (m->has_client_microseconds)
        krb_u32_put(w, 3, m->client_microseconds);
    krb_time_put(w, 4, m->server_time);
    krb_u32_put(w, 5, m->server_microseconds);
    krb_i32_put(w, 6, m->code);
    if (m->has_client_realm)
        krb_view_put(w, 7, DER_GENERAL_STRING, m->client_realm);
    if (m->has_client)
        krb_name_put(w, 8, &m->client);
    krb_view_put(w, 9, DER_GENERAL_STRING, m->realm);
    krb_name_put(w, 10, &m->server);
    if (m->text.n > 0)
        krb_view_put(w, 11, DER_GENERAL_STRING, m->text);
    if (m->data.n > 0)
        krb_view_put(w, 12, DER_OCTET_STRING, m->data);
    krb_message_put_end(w, places);
}

void
krb_error_data_build(struct wr *w, int32_t type)
{
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_i32_put(w, 1, type);
    der_put_end(w, sequence);
}
