/*
 * AES-256-GCM (NIST SP 800-38D), by nettle, in the sealed form of aead.c: nonce (12)
 * || ciphertext || tag (16).
 *
 * For a key that is used seldom: nothing is kept between two calls, in this process's
 * memory or in a library's, and applications need no OpenSSL for it (D30). Runs in
 * the application; trusts the key, and no sealed byte.
 */
#include "crypto/crypto.h"

#include "base/secret.h"

#include <nettle/gcm.h>

#define GCM_NONCE GCM_IV_SIZE
#define GCM_TAG GCM_DIGEST_SIZE

_Static_assert(GCM_NONCE + GCM_TAG == CRYPTO_AEAD_OVERHEAD, "the sealed form");

static void
gcm_start(struct gcm_aes256_ctx *ctx, const uint8_t key[CRYPTO_AEAD_KEY], const uint8_t *nonce,
          struct view aad)
{
    gcm_aes256_set_key(ctx, key);
    gcm_aes256_set_iv(ctx, GCM_NONCE, nonce);
    gcm_aes256_update(ctx, aad.n, aad.p);
}

void
crypto_gcm_seal(const uint8_t key[CRYPTO_AEAD_KEY], struct view aad, struct view plain,
                uint8_t *out)
{
    struct gcm_aes256_ctx ctx;

    crypto_random(out, GCM_NONCE);
    gcm_start(&ctx, key, out, aad);
    gcm_aes256_encrypt(&ctx, plain.n, out + GCM_NONCE, plain.p);
    gcm_aes256_digest(&ctx, GCM_TAG, out + GCM_NONCE + plain.n);
    secret_wipe(&ctx, sizeof(ctx));
}

bool
crypto_gcm_open(const uint8_t key[CRYPTO_AEAD_KEY], struct view aad, struct view sealed,
                uint8_t *out)
{
    struct gcm_aes256_ctx ctx;
    uint8_t tag[GCM_TAG];
    size_t n;
    bool ok;

    if (sealed.n < CRYPTO_AEAD_OVERHEAD)
        return false;
    n = sealed.n - CRYPTO_AEAD_OVERHEAD;
    gcm_start(&ctx, key, sealed.p, aad);
    gcm_aes256_decrypt(&ctx, n, out, sealed.p + GCM_NONCE);
    gcm_aes256_digest(&ctx, GCM_TAG, tag);
    ok = ct_equal(tag, sealed.p + GCM_NONCE + n, GCM_TAG);
    /* It was decrypted before this was known: what is not authentic is not left behind. */
    if (!ok)
        secret_wipe(out, n);
    secret_wipe(&ctx, sizeof(ctx));
    return ok;
}
