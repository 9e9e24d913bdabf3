/*
 * MD4 (RFC 1320), by nettle. NTLM's NT hash is MD4 of the password
 * (MS-NLMP 3.3.1, NTOWFv1); nothing else may use it. Runs where NTLM runs.
 */
#include "crypto/crypto.h"

#include <nettle/md4.h>

#include "base/secret.h"

void
crypto_md4(struct view in, uint8_t out[CRYPTO_MD_SIZE])
{
    struct md4_ctx ctx;

    md4_init(&ctx);
    if (in.n > 0)
        md4_update(&ctx, in.n, in.p);
    md4_digest(&ctx, CRYPTO_MD_SIZE, out);
    /* The last block of the password is still in it. */
    secret_wipe(&ctx, sizeof(ctx));
}
