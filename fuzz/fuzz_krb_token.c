/*
 * The framing of Kerberos's context tokens (RFC 2743 3.1, RFC 4121 4.1), and
 * what is in a frame.
 *
 * Oracle: a framed token is framed again to the same bytes, but for
 * Microsoft's alias of the mechanism; a raw one is its own message; and no
 * message of another kind parses where the token said this one.
 */
#include "fuzz.h"

#include "packages/kerberos/wire/wire.h"

#define ROOM (256 * 1024)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM];
    static struct krb_ap_req req;
    static struct krb_error error;
    struct wr w = wr_init(room, sizeof(room));
    struct krb_ap_rep rep;
    struct krb_token token, again;

    if (size > ROOM / 2 || krb_token_parse(view_of(data, size), &token) != 0)
        return 0;
    if (!token.framed)
        FUZZ_CHECK(token.message.p == data && token.message.n == size);
    krb_token_build(&w, token.id, token.user_to_user, token.message);
    FUZZ_CHECK(krb_token_parse(wr_written(&w), &again) == 0);
    FUZZ_CHECK(again.framed && again.id == token.id && again.user_to_user == token.user_to_user);
    FUZZ_CHECK(view_is_equal(again.message, token.message));
    FUZZ_CHECK(!token.framed || w.len == size);
    FUZZ_CHECK(krb_ap_req_parse(token.message, &req) != 0 || token.framed ||
               token.id == KRB_TOK_AP_REQ);
    FUZZ_CHECK(krb_ap_rep_parse(token.message, &rep) != 0 || token.framed ||
               token.id == KRB_TOK_AP_REP);
    FUZZ_CHECK(krb_error_parse(token.message, &error) != 0 || token.framed ||
               token.id == KRB_TOK_ERROR);
    return 0;
}
