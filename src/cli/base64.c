/*
 * base64 by nettle. Runs in the sspi command, on what a peer or a user sends:
 * anything that is no whole base64 text is refused.
 */
#include "cli/base64.h"

#include <nettle/base64.h>

size_t
cli_base64_encode(struct view in, char *out)
{
    nettle_base64_encode_raw(out, in.n, in.p);
    return BASE64_ROOM(in.n);
}

bool
cli_base64_decode(struct view in, uint8_t *out, size_t *n)
{
    struct base64_decode_ctx ctx;

    *n = in.n;
    nettle_base64_decode_init(&ctx);
    return nettle_base64_decode_update(&ctx, n, out, in.n, (const char *)in.p) == 1
           && nettle_base64_decode_final(&ctx) == 1;
}
