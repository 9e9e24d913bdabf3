/*
 * AP-REQ (RFC 4120 5.5.1): the first message that an acceptor gets, from
 * anybody.
 *
 *     AP-REQ ::= [APPLICATION 14] SEQUENCE {
 *         pvno [0] INTEGER (5), msg-type [1] INTEGER (14),
 *         ap-options [2] APOptions, ticket [3] Ticket,
 *         authenticator [4] EncryptedData }
 *
 * Trusts nothing.
 */
#include "packages/kerberos/wire/field.h"

#include "winerror.h"

status_t
krb_ap_req_parse(struct view in, struct krb_ap_req *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_AP_REQ);

    *out = (struct krb_ap_req){ 0 };
    krb_version_expect(&s, 0, KRB_AP_REQ);
    der_get_field(&s, 2);
    out->options = der_get_flags(&s);
    der_get_field(&s, 3);
    out->ticket_bytes = der_get_element(&s);
    der_get_field(&s, 4);
    out->authenticator = krb_encrypted_get(&s);
    if (krb_message_end(&r, &s) != 0)
        return SEC_E_INVALID_TOKEN;
    return krb_ticket_parse(out->ticket_bytes, &out->ticket);
}

void
krb_ap_req_build(struct wr *w, const struct krb_ap_req *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_AP_REQ);

    krb_version_put(w, 0, KRB_AP_REQ);
    krb_flags_put(w, 2, m->options);
    krb_element_put(w, 3, m->ticket_bytes);
    krb_encrypted_put(w, 4, &m->authenticator);
    krb_message_put_end(w, places);
}
