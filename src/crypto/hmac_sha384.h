/*
 * hmac_sha384.h: HMAC-SHA384 (RFC 2104) as nettle composes it, over OpenSSL's
 * SHA-384, for which it uses wider instructions than nettle does.
 */
#ifndef CRYPTO_HMAC_SHA384_H
#define CRYPTO_HMAC_SHA384_H

#include <nettle/nettle-meta.h>
#include <openssl/sha.h>

/* Plain memory that may be copied, as nettle's own. */
struct crypto_hmac_sha384 {
    SHA512_CTX outer, inner, state;
};

void crypto_hmac_sha384_set_key(struct crypto_hmac_sha384 *h, size_t n, const uint8_t *key);
/* Its update and digest as nettle describes a MAC; keys have any size, so there is no set_key. */
extern const struct nettle_mac crypto_hmac_sha384;

#endif
