/* SHA-256 (FIPS 180-4), by nettle, which uses the processor's instructions. */
#include "crypto/crypto.h"

#include <nettle/sha2.h>

void
crypto_sha256(const struct view *in, size_t count, uint8_t out[CRYPTO_SHA256_SIZE])
{
    struct sha256_ctx ctx;

    sha256_init(&ctx);
    for (size_t i = 0; i < count; i++)
        sha256_update(&ctx, in[i].n, in[i].p);
    sha256_digest(&ctx, CRYPTO_SHA256_SIZE, out);
}
