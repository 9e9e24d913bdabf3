/*
 * MD5 (RFC 1321), by nettle: NTLM's session hash, signing and sealing keys
 * (MS-NLMP 3.3.1, 3.4.5) and channel binding hash (3.1.5.1.2). Runs where
 * NTLM runs.
 */
#include "crypto/crypto.h"

#include <nettle/md5.h>

#include "base/secret.h"

void
crypto_md5(const struct view *in, size_t count, uint8_t out[CRYPTO_MD_SIZE])
{
    struct md5_ctx ctx;

    md5_init(&ctx);
    for (size_t i = 0; i < count; i++) {
        if (in[i].n > 0)
            md5_update(&ctx, in[i].n, in[i].p);
    }
    md5_digest(&ctx, CRYPTO_MD_SIZE, out);
    secret_wipe(&ctx, sizeof(ctx));
}
