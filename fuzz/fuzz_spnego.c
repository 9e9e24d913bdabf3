/*
 * SPNEGO's tokens (RFC 4178 4.2).
 *
 * Oracle: what was parsed is built again and then parses to the same fields; one token is
 * never of both kinds; what parses is of the kind that its first octets say.
 */
#include "fuzz.h"

#include "packages/negotiate/wire/spnego.h"

#define ROOM (256 * 1024)

static uint8_t room[ROOM];

static void
init_check(const struct spnego_init *init)
{
    static struct spnego_init again;
    struct wr w = wr_init(room, sizeof(room));

    spnego_init_build(&w, init);
    FUZZ_CHECK(spnego_init_parse(wr_written(&w), &again) == 0);
    FUZZ_CHECK(again.mech_count == init->mech_count && again.has_hints == init->has_hints);
    FUZZ_CHECK(view_is_equal(again.mech_list, init->mech_list));
    FUZZ_CHECK(view_is_equal(again.token, init->token));
    FUZZ_CHECK(view_is_equal(again.mic, init->mic));
}

static void
resp_check(const struct spnego_resp *resp)
{
    struct wr w = wr_init(room, sizeof(room));
    struct spnego_resp again;

    spnego_resp_build(&w, resp);
    FUZZ_CHECK(spnego_resp_parse(wr_written(&w), &again) == 0);
    FUZZ_CHECK(again.state == resp->state && view_is_equal(again.mech, resp->mech));
    FUZZ_CHECK(view_is_equal(again.token, resp->token));
    FUZZ_CHECK(view_is_equal(again.mic, resp->mic));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct spnego_init init;
    struct spnego_resp resp;
    struct view in = view_of(data, size);
    enum spnego_kind kind = spnego_kind_of(in);
    bool is_init, is_resp;

    if (size > ROOM / 2)
        return 0;
    is_init = spnego_init_parse(in, &init) == 0;
    is_resp = spnego_resp_parse(in, &resp) == 0;
    FUZZ_CHECK(!is_init || kind == SPNEGO_KIND_INIT);
    FUZZ_CHECK(!is_resp || kind == SPNEGO_KIND_RESP);
    if (is_init)
        init_check(&init);
    if (is_resp)
        resp_check(&resp);
    return 0;
}
