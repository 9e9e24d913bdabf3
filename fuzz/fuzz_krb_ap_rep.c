/*
 * What a server answers to an AP-REQ of ours, before our initiator and before MIT's library: the
 * first octet says what the rest is. An EncAPRepPart is sealed here by the session key, which no
 * fuzzer finds; the client's time, that it has to say back, is always WORLD_NOW and 0.
 *
 * Oracle: what completes our context krb5_rd_rep() takes, with the same subkey and sequence
 * number; a KRB-ERROR completes none, and what makes another AP-REQ krb5_rd_error() reads.
 */
#include "fuzz.h"
#include "world.h"

#include "packages/kerberos/wire/wire.h"

#define SIZE_MAX_HERE 4096

enum kind { KIND_PART, KIND_AP_REP, KIND_ERROR, KIND_TOKEN, KINDS };

static struct answered context;

static void
end(void)
{
    answered_end(&context);
    (void)world_teardown(NULL);
}

static void
begin(void)
{
    /* Out of cmocka's tests a check that fails ends the process: as a finding. */
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    FUZZ_CHECK(world_setup(NULL) == 0);
    answered_begin(&context, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    FUZZ_CHECK(atexit(end) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[WORLD_TOKEN_MAX];
    struct wr w = wr_init(room, sizeof(room));
    struct view token;

    if (size == 0 || size > SIZE_MAX_HERE)
        return 0;
    if (context.ac == NULL)
        begin();
    token = view_of(data + 1, size - 1);
    switch (data[0] % KINDS) {
    case KIND_PART:
        token = answered_seal(&context, token, room, sizeof(room));
        break;
    case KIND_AP_REP:
    case KIND_ERROR:
        krb_token_build(&w, data[0] % KINDS == KIND_ERROR ? KRB_TOK_ERROR : KRB_TOK_AP_REP, false,
                        token);
        token = wr_written(&w);
        break;
    default:
        break;
    }
    if (answered_by(&context, token) != VERDICT_AGAIN)
        return 0;
    answered_end(&context);
    answered_begin(&context, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    return 0;
}
