/*
 * KRB-CRED (RFC 4120 5.8): tickets with their keys, as a client delegates
 * them in the authenticator's checksum.
 *
 *     KRB-CRED ::= [APPLICATION 22] SEQUENCE {
 *         pvno [0] INTEGER (5), msg-type [1] INTEGER (22),
 *         tickets [2] SEQUENCE OF Ticket, enc-part [3] EncryptedData }
 *
 *     EncKrbCredPart ::= [APPLICATION 29] SEQUENCE {
 *         ticket-info [0] SEQUENCE OF KrbCredInfo, nonce [1] UInt32 OPTIONAL,
 *         timestamp [2] KerberosTime OPTIONAL, usec [3] Microseconds OPTIONAL,
 *         s-address [4] HostAddress OPTIONAL, r-address [5] HostAddress OPTIONAL }
 *
 *     KrbCredInfo ::= SEQUENCE {
 *         key [0] EncryptionKey, prealm [1] Realm OPTIONAL,
 *         pname [2] PrincipalName OPTIONAL, flags [3] TicketFlags OPTIONAL,
 *         authtime [4], starttime [5], endtime [6], renew-till [7] (OPTIONAL),
 *         srealm [8] Realm OPTIONAL, sname [9] PrincipalName OPTIONAL,
 *         caddr [10] HostAddresses OPTIONAL }
 *
 * Trusts nothing: a client of the realm wrote it.
 */
#include "packages/kerberos/wire/field.h"

#include "winerror.h"

static void
cred_tickets_get(struct rd *r, struct krb_cred *out)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE);

    while (rd_left(&s) > 0 && out->count < KRB_CRED_TICKETS_MAX)
        out->tickets[out->count++] = der_get_element(&s);
    der_get_end(r, &s);
}

status_t
krb_cred_parse(struct view in, struct krb_cred *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_CRED);
    struct krb_ticket ticket;

    *out = (struct krb_cred){ 0 };
    krb_version_expect(&s, 0, KRB_CRED);
    der_get_field(&s, 2);
    cred_tickets_get(&s, out);
    der_get_field(&s, 3);
    out->sealed = krb_encrypted_get(&s);
    if (krb_message_end(&r, &s) != 0)
        return SEC_E_INVALID_TOKEN;
    for (size_t i = 0; i < out->count; i++) {
        if (krb_ticket_parse(out->tickets[i], &ticket) != 0)
            return SEC_E_INVALID_TOKEN;
    }
    return 0;
}

void
krb_cred_build(struct wr *w, const struct krb_cred *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_CRED);
    size_t field, sequence;

    krb_version_put(w, 0, KRB_CRED);
    field = der_put_begin(w, (uint8_t)DER_CONTEXT(2));
    sequence = der_put_begin(w, DER_SEQUENCE);
    for (size_t i = 0; i < m->count; i++)
        wr_view(w, m->tickets[i]);
    der_put_end(w, sequence);
    der_put_end(w, field);
    krb_encrypted_put(w, 3, &m->sealed);
    krb_message_put_end(w, places);
}

static struct krb_cred_info
cred_info_get(struct rd *r)
{
    struct rd s = der_get_begin(r, DER_SEQUENCE);
    struct krb_cred_info info = { 0 };

    der_get_field(&s, 0);
    info.key = krb_key_get(&s);
    (void)krb_view_get_optional(&s, 1, DER_GENERAL_STRING, &info.client_realm);
    info.has_client = krb_name_get_optional(&s, 2, &info.client);
    info.has_flags = der_get_field_optional(&s, 3);
    if (info.has_flags)
        info.flags = der_get_flags(&s);
    info.has_auth_time = krb_time_get_optional(&s, 4, &info.auth_time);
    info.has_start_time = krb_time_get_optional(&s, 5, &info.start_time);
    info.has_end_time = krb_time_get_optional(&s, 6, &info.end_time);
    info.has_renew_till = krb_time_get_optional(&s, 7, &info.renew_till);
    (void)krb_view_get_optional(&s, 8, DER_GENERAL_STRING, &info.server_realm);
    info.has_server = krb_name_get_optional(&s, 9, &info.server);
    info.addresses = krb_element_get_optional(&s, 10);
    der_get_end(r, &s);
    return info;
}

static void
cred_times_put(struct wr *w, const struct krb_cred_info *m)
{
    if (m->has_auth_time)
        krb_time_put(w, 4, m->auth_time);
    if (m->has_start_time)
        krb_time_put(w, 5, m->start_time);
    if (m->has_end_time)
        krb_time_put(w, 6, m->end_time);
    if (m->has_renew_till)
        krb_time_put(w, 7, m->renew_till);
}

static void
cred_info_put(struct wr *w, const struct krb_cred_info *m)
{
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_key_put(w, 0, &m->key);
    if (m->client_realm.n > 0)
        krb_view_put(w, 1, DER_GENERAL_STRING, m->client_realm);
    if (m->has_client)
        krb_name_put(w, 2, &m->client);
    if (m->has_flags)
        krb_flags_put(w, 3, m->flags);
    cred_times_put(w, m);
    if (m->server_realm.n > 0)
        krb_view_put(w, 8, DER_GENERAL_STRING, m->server_realm);
    if (m->has_server)
        krb_name_put(w, 9, &m->server);
    if (m->addresses.n > 0)
        krb_element_put(w, 10, m->addresses);
    der_put_end(w, sequence);
}

status_t
krb_enc_cred_part_parse(struct view in, struct krb_enc_cred_part *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_APPLICATION_ENC_KRB_CRED_PART), list;

    *out = (struct krb_enc_cred_part){ 0 };
    der_get_field(&s, 0);
    list = der_get_begin(&s, DER_SEQUENCE);
    while (rd_left(&list) > 0 && out->count < KRB_CRED_TICKETS_MAX)
        out->info[out->count++] = cred_info_get(&list);
    der_get_end(&s, &list);
    out->has_nonce = krb_u32_get_optional(&s, 1, &out->nonce);
    out->has_time = krb_time_get_optional(&s, 2, &out->time);
    out->has_microseconds = krb_u32_get_optional(&s, 3, &out->microseconds);
    out->sender = krb_element_get_optional(&s, 4);
    out->recipient = krb_element_get_optional(&s, 5);
    return krb_message_end(&r, &s);
}

void
krb_enc_cred_part_build(struct wr *w, const struct krb_enc_cred_part *m)
{
    struct krb_message_places places =
        krb_message_put_begin(w, KRB_APPLICATION_ENC_KRB_CRED_PART);
    size_t field = der_put_begin(w, (uint8_t)DER_CONTEXT(0));
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    for (size_t i = 0; i < m->count; i++)
        cred_info_put(w, &m->info[i]);
    der_put_end(w, sequence);
    der_put_end(w, field);
    if (m->has_nonce)
        krb_u32_put(w, 1, m->nonce);
    if (m->has_time)
        krb_time_put(w, 2, m->time);
    if (m->has_microseconds)
        krb_u32_put(w, 3, m->microseconds);
    if (m->sender.n > 0)
        krb_element_put(w, 4, m->sender);
    if (m->recipient.n > 0)
        krb_element_put(w, 5, m->recipient);
    krb_message_put_end(w, places);
}
