/*
 * SHA-384 of OpenSSL in the shape of a hash of nettle's, so that nettle's
 * HMAC (RFC 2104) takes it: 16 KiB cost a third less than by nettle's own,
 * which has no code for this hash beyond the plain instruction set.
 *
 * The functions of OpenSSL before its EVP keep their state in plain memory:
 * each message begins with a copy of the keyed one, which with EVP would be
 * an allocation. OpenSSL 3 calls them deprecated, and has them.
 *
 * Runs where Kerberos runs.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac_sha384.h"

#include <nettle/hmac.h>

#include "base/secret.h"

static void
hash_init(void *state)
{
    (void)SHA384_Init(state);
}

static void
hash_update(void *state, size_t n, const uint8_t *bytes)
{
    (void)SHA384_Update(state, bytes, n);
}

/* nettle's contract: a part of the digest may be asked for, and the state begins again. */
static void
hash_digest(void *state, size_t n, uint8_t *out)
{
    uint8_t whole[SHA384_DIGEST_LENGTH];

    (void)SHA384_Final(whole, state);
    memcpy(out, whole, n);
    secret_wipe(whole, sizeof(whole));
    (void)SHA384_Init(state);
}

static const struct nettle_hash hash = {
    .name = "sha384",
    .context_size = sizeof(SHA512_CTX),
    .digest_size = SHA384_DIGEST_LENGTH,
    .block_size = SHA512_CBLOCK,
    .init = hash_init,
    .update = hash_update,
    .digest = hash_digest,
};

void
crypto_hmac_sha384_set_key(struct crypto_hmac_sha384 *h, size_t n, const uint8_t *key)
{
    hmac_set_key(&h->outer, &h->inner, &h->state, &hash, n, key);
}

static void
mac_update(void *mac, size_t n, const uint8_t *bytes)
{
    struct crypto_hmac_sha384 *h = mac;

    hmac_update(&h->state, &hash, n, bytes);
}

static void
mac_digest(void *mac, size_t n, uint8_t *out)
{
    struct crypto_hmac_sha384 *h = mac;

    hmac_digest(&h->outer, &h->inner, &h->state, &hash, n, out);
}

const struct nettle_mac crypto_hmac_sha384 = {
    .name = "hmac_sha384",
    .context_size = sizeof(struct crypto_hmac_sha384),
    .digest_size = SHA384_DIGEST_LENGTH,
    .update = mac_update,
    .digest = mac_digest,
};
