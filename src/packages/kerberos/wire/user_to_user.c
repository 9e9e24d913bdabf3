/*
 * User to user: KERB-TGT-REQUEST and KERB-TGT-REPLY (MS-KILE 3.4.5.1.1), the
 * initiator's question for the acceptor's ticket-granting ticket. Neither has
 * an application tag:
 *
 *     KERB-TGT-REQUEST ::= SEQUENCE {
 *         pvno [0] INTEGER (5), msg-type [1] INTEGER (16),
 *         server-name [2] PrincipalName OPTIONAL, realm [3] Realm OPTIONAL }
 *
 *     KERB-TGT-REPLY ::= SEQUENCE {
 *         pvno [0] INTEGER (5), msg-type [1] INTEGER (17), ticket [2] Ticket }
 *
 * Trusts nothing.
 */
#include "packages/kerberos/wire/field.h"

#include "winerror.h"

status_t
krb_tgt_request_parse(struct view in, struct krb_tgt_request *out)
{
    struct rd r = rd_init(in), s = der_get_begin(&r, DER_SEQUENCE);

    *out = (struct krb_tgt_request){ 0 };
    krb_version_expect(&s, 0, KRB_TGT_REQ);
    out->has_server = krb_name_get_optional(&s, 2, &out->server);
    (void)krb_view_get_optional(&s, 3, DER_GENERAL_STRING, &out->realm);
    return krb_message_end(&r, &s);
}

void
krb_tgt_request_build(struct wr *w, const struct krb_tgt_request *m)
{
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_version_put(w, 0, KRB_TGT_REQ);
    if (m->has_server)
        krb_name_put(w, 2, &m->server);
    if (m->realm.n > 0)
        krb_view_put(w, 3, DER_GENERAL_STRING, m->realm);
    der_put_end(w, sequence);
}

status_t
krb_tgt_reply_parse(struct view in, struct view *ticket)
{
    struct rd r = rd_init(in), s = der_get_begin(&r, DER_SEQUENCE);
    struct krb_ticket parsed;

    krb_version_expect(&s, 0, KRB_TGT_REP);
    der_get_field(&s, 2);
    *ticket = der_get_element(&s);
    if (krb_message_end(&r, &s) != 0)
        return SEC_E_INVALID_TOKEN;
    return krb_ticket_parse(*ticket, &parsed);
}

void
krb_tgt_reply_build(struct wr *w, struct view ticket)
{
    size_t sequence = der_put_begin(w, DER_SEQUENCE);

    krb_version_put(w, 0, KRB_TGT_REP);
    krb_element_put(w, 2, ticket);
    der_put_end(w, sequence);
}
