/*
 * Kerberos's ContextData, which the user half takes from the authority, or by
 * import from another process.
 *
 * Oracle: what parses is built to the same bytes, and its keys make a context.
 */
#include "fuzz.h"

#include "packages/kerberos/protect/protect.h"

#define ROOM (64 * 1024)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM];
    struct wr w = wr_init(room, sizeof(room));
    struct krb_context_data d;
    struct krb_protect p;

    if (size > ROOM || krb_context_data_parse(view_of(data, size), &d) != 0)
        return 0;
    FUZZ_CHECK(krb_context_data_size(&d) == size);
    krb_context_data_build(&w, &d);
    FUZZ_CHECK(view_is_equal(wr_written(&w), view_of(data, size)));
    FUZZ_CHECK(krb_protect_init(&p, &d));
    krb_protect_wipe(&p);
    return 0;
}
