/*
 * KRB-ERROR for a client whose AP-REQ is refused (RFC 4120 5.9.1, MS-KILE
 * 3.4.5): the code, our clock, and where the clocks differ the mark by which
 * Windows's clients know that they may try again with our time. It is not
 * authenticated, so it says nothing that an AP-REQ's sender could not find
 * out: what kind of key fits is not told.
 *
 * Runs in the authority.
 */
#include "packages/kerberos/lsa/accept.h"

#define DATA_ROOM 64

bool
krb_ap_error_build(const struct krb_accept *a, struct wr *w)
{
    uint8_t message[KRB_ACCEPT_TOKEN_MAX], data[DATA_ROOM];
    struct wr m = wr_init(message, sizeof(message)), d = wr_init(data, sizeof(data));
    struct krb_error e = {
        .server_time = a->now,
        .server_microseconds = a->microseconds,
        .code = a->refusal.code,
        .realm = a->request.ticket.realm,
        .server = a->request.ticket.server,
    };

    /* Of what is no AP-REQ there is no server to name. */
    if (a->request.ticket.server.count == 0)
        return false;
    if (a->has_authenticator) {
        e.has_client_time = e.has_client_microseconds = true;
        e.client_time = a->authenticator.time;
        e.client_microseconds = a->authenticator.microseconds;
    }
    if (a->refusal.code == KRB_AP_ERR_SKEW) {
        krb_error_data_build(&d, KRB_ERROR_DATA_SKEW_RECOVERY);
        e.data = wr_written(&d);
    }
    krb_error_build(&m, &e);
    if (m.failed || d.failed)
        return false;
    if (a->framed)
        krb_token_build(w, KRB_TOK_ERROR, a->frame_is_user, wr_written(&m));
    else
        wr_view(w, wr_written(&m));
    return !w->failed;
}
