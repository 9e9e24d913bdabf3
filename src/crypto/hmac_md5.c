/*
 * HMAC-MD5 (RFC 2104), by nettle: NTLMv2's responses, the MIC and message
 * signatures (MS-NLMP 3.3.2, 3.4.4.2). Signing makes thousands of sums under
 * one key, so the keyed form keeps the pads' hash states. Runs where NTLM
 * runs.
 */
#include "crypto/crypto.h"

#include "base/secret.h"

void
crypto_hmac_init(struct crypto_hmac *h, struct view key)
{
    static const uint8_t none = 0;

    hmac_md5_set_key(&h->ctx, key.n, key.n > 0 ? key.p : &none);
}

/* nettle's digest call puts the context back to "keyed, nothing added". */
void
crypto_hmac_sum(struct crypto_hmac *h, const struct view *in, size_t count,
                uint8_t out[CRYPTO_MD_SIZE])
{
    for (size_t i = 0; i < count; i++) {
        if (in[i].n > 0)
            hmac_md5_update(&h->ctx, in[i].n, in[i].p);
    }
    hmac_md5_digest(&h->ctx, CRYPTO_MD_SIZE, out);
}

void
crypto_hmac_md5(struct view key, const struct view *in, size_t count, uint8_t out[CRYPTO_MD_SIZE])
{
    struct crypto_hmac h;

    crypto_hmac_init(&h, key);
    crypto_hmac_sum(&h, in, count, out);
    secret_wipe(&h, sizeof(h));
}
