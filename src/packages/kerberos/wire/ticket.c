/*
 * Ticket and EncTicketPart (RFC 4120 5.3):
 *
 *     Ticket ::= [APPLICATION 1] SEQUENCE {
 *         tkt-vno [0] INTEGER (5), realm [1] Realm, sname [2] PrincipalName,
 *         enc-part [3] EncryptedData }
 *
 *     EncTicketPart ::= [APPLICATION 3] SEQUENCE {
 *         flags [0] TicketFlags, key [1] EncryptionKey, crealm [2] Realm,
 *         cname [3] PrincipalName, transited [4] TransitedEncoding,
 *         authtime [5] KerberosTime, starttime [6] KerberosTime OPTIONAL,
 *         endtime [7] KerberosTime, renew-till [8] KerberosTime OPTIONAL,
 *         caddr [9] HostAddresses OPTIONAL,
 *         authorization-data [10] AuthorizationData OPTIONAL }
 *
 * The second was encrypted by the KDC, which is not reason enough to read it
 * less strictly: whoever has a service's key can make one.
 */
#include "packages/kerberos/wire/field.h"

status_t
krb_ticket_parse(struct view in, struct krb_ticket *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_APPLICATION_TICKET);

    *out = (struct krb_ticket){ 0 };
    der_get_field(&s, 0);
    if (der_get_i32(&s) != KRB_PVNO)
        rd_fail(&s);
    der_get_field(&s, 1);
    out->realm = der_get_view(&s, DER_GENERAL_STRING);
    der_get_field(&s, 2);
    out->server = krb_name_get(&s);
    der_get_field(&s, 3);
    out->sealed = krb_encrypted_get(&s);
    return krb_message_end(&r, &s);
}

void
krb_ticket_build(struct wr *w, const struct krb_ticket *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_APPLICATION_TICKET);

    krb_i32_put(w, 0, KRB_PVNO);
    krb_view_put(w, 1, DER_GENERAL_STRING, m->realm);
    krb_name_put(w, 2, &m->server);
    krb_encrypted_put(w, 3, &m->sealed);
    krb_message_put_end(w, places);
}

/* TransitedEncoding ::= SEQUENCE { tr-type [0] Int32, contents [1] OCTET STRING } */
static void
transited_get(struct rd *r, struct krb_enc_ticket_part *out)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE);

    der_get_field(&s, 0);
    out->transited_type = der_get_i32(&s);
    der_get_field(&s, 1);
    out->transited = der_get_view(&s, DER_OCTET_STRING);
    der_get_end(r, &s);
}

static void
transited_put(struct wr *w, unsigned number, const struct krb_enc_ticket_part *m)
{
    size_t field = der_put_begin(w, (uint8_t)DER_CONTEXT(number));
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_i32_put(w, 0, m->transited_type);
    krb_view_put(w, 1, DER_OCTET_STRING, m->transited);
    der_put_end(w, sequence);
    der_put_end(w, field);
}

static void
ticket_times_get(struct rd *s, struct krb_enc_ticket_part *out)
{
    der_get_field(s, 5);
    out->auth_time = der_get_time(s);
    out->start_time = out->auth_time;
    out->has_start_time = krb_time_get_optional(s, 6, &out->start_time);
    der_get_field(s, 7);
    out->end_time = der_get_time(s);
    out->has_renew_till = krb_time_get_optional(s, 8, &out->renew_till);
}

status_t
krb_enc_ticket_part_parse(struct view in, struct krb_enc_ticket_part *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_APPLICATION_ENC_TICKET_PART);

    *out = (struct krb_enc_ticket_part){ 0 };
    der_get_field(&s, 0);
    out->flags = der_get_flags(&s);
    der_get_field(&s, 1);
    out->key = krb_key_get(&s);
    der_get_field(&s, 2);
    out->client_realm = der_get_view(&s, DER_GENERAL_STRING);
    der_get_field(&s, 3);
    out->client = krb_name_get(&s);
    der_get_field(&s, 4);
    transited_get(&s, out);
    ticket_times_get(&s, out);
    out->addresses = krb_element_get_optional(&s, 9);
    out->auth_data = krb_element_get_optional(&s, 10);
    return krb_message_end(&r, &s);
}

void
krb_enc_ticket_part_build(struct wr *w, const struct krb_enc_ticket_part *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_APPLICATION_ENC_TICKET_PART);

    krb_flags_put(w, 0, m->flags);
    krb_key_put(w, 1, &m->key);
    krb_view_put(w, 2, DER_GENERAL_STRING, m->client_realm);
    krb_name_put(w, 3, &m->client);
    transited_put(w, 4, m);
    krb_time_put(w, 5, m->auth_time);
    if (m->has_start_time)
        krb_time_put(w, 6, m->start_time);
    krb_time_put(w, 7, m->end_time);
    if (m->has_renew_till)
        krb_time_put(w, 8, m->renew_till);
    if (m->addresses.n > 0)
        krb_element_put(w, 9, m->addresses);
    if (m->auth_data.n > 0)
        krb_element_put(w, 10, m->auth_data);
    krb_message_put_end(w, places);
}
