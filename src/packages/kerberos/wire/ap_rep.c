/*
 * AP-REP (RFC 4120 5.5.2): the acceptor's proof; in DCE style the third leg's
 * as well, without subkey.
 *
 *     AP-REP ::= [APPLICATION 15] SEQUENCE {
 *         pvno [0] INTEGER (5), msg-type [1] INTEGER (15),
 *         enc-part [2] EncryptedData }
 *
 *     EncAPRepPart ::= [APPLICATION 27] SEQUENCE {
 *         ctime [0] KerberosTime, cusec [1] Microseconds,
 *         subkey [2] EncryptionKey OPTIONAL, seq-number [3] UInt32 OPTIONAL }
 *
 * Trusts nothing.
 */
#include "packages/kerberos/wire/field.h"

status_t
krb_ap_rep_parse(struct view in, struct krb_ap_rep *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_AP_REP);

    *out = (struct krb_ap_rep){ 0 };
    krb_version_expect(&s, 0, KRB_AP_REP);
    der_get_field(&s, 2);
    out->sealed = krb_encrypted_get(&s);
    return krb_message_end(&r, &s);
}

void
krb_ap_rep_build(struct wr *w, const struct krb_ap_rep *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_AP_REP);

    krb_version_put(w, 0, KRB_AP_REP);
    krb_encrypted_put(w, 2, &m->sealed);
    krb_message_put_end(w, places);
}

status_t
krb_enc_ap_rep_part_parse(struct view in, struct krb_enc_ap_rep_part *out)
{
    struct rd r = rd_init(in), s = krb_message_begin(&r, KRB_APPLICATION_ENC_AP_REP_PART);

    *out = (struct krb_enc_ap_rep_part){ 0 };
    der_get_field(&s, 0);
    out->time = der_get_time(&s);
    der_get_field(&s, 1);
    out->microseconds = der_get_u32(&s);
    out->has_subkey = krb_key_get_optional(&s, 2, &out->subkey);
    out->has_sequence = krb_u32_get_optional(&s, 3, &out->sequence);
    return krb_message_end(&r, &s);
}

void
krb_enc_ap_rep_part_build(struct wr *w, const struct krb_enc_ap_rep_part *m)
{
    struct krb_message_places places = krb_message_put_begin(w, KRB_APPLICATION_ENC_AP_REP_PART);

    krb_time_put(w, 0, m->time);
    krb_u32_put(w, 1, m->microseconds);
    if (m->has_subkey)
        krb_key_put(w, 2, &m->subkey);
    if (m->has_sequence)
        krb_u32_put(w, 3, m->sequence);
    krb_message_put_end(w, places);
}
