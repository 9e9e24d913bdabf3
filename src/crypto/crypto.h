/*
 * The primitives, one thin file each over a library (nettle for NTLM's old
 * ones, OpenSSL for AES-GCM). No primitive is written here. None of these
 * allocates, fetches an algorithm or can fail at run time, unless it says so.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include "base/view.h"

#include <nettle/arcfour.h>
#include <nettle/hmac.h>

#define CRYPTO_MD_SIZE 16

void crypto_md4(struct view in, uint8_t out[CRYPTO_MD_SIZE]);

/* MD5 and HMAC-MD5 over the concatenation of count views. */
void crypto_md5(const struct view *in, size_t count, uint8_t out[CRYPTO_MD_SIZE]);
void crypto_hmac_md5(struct view key, const struct view *in, size_t count,
                     uint8_t out[CRYPTO_MD_SIZE]);

/* SHA-256 over the concatenation. */
#define CRYPTO_SHA256_SIZE 32
void crypto_sha256(const struct view *in, size_t count, uint8_t out[CRYPTO_SHA256_SIZE]);

/* A keyed HMAC-MD5 whose pads are computed once, for many messages. */
struct crypto_hmac {
    struct hmac_md5_ctx ctx;
};
void crypto_hmac_init(struct crypto_hmac *h, struct view key);
void crypto_hmac_sum(struct crypto_hmac *h, const struct view *in, size_t count,
                     uint8_t out[CRYPTO_MD_SIZE]);

/* RC4 as a stream that goes on; in and out may be the same memory. */
struct crypto_rc4 {
    struct arcfour_ctx ctx;
};
void crypto_rc4_init(struct crypto_rc4 *c, struct view key);
void crypto_rc4(struct crypto_rc4 *c, const uint8_t *in, uint8_t *out, size_t n);

/* DES of one block under a 56-bit key spread to eight bytes (MS-NLMP 6, DES()). */
void crypto_des(const uint8_t key7[7], const uint8_t in[8], uint8_t out[8]);

/* CRC-32 of IEEE 802.3 over the concatenation. */
uint32_t crypto_crc32(const struct view *in, size_t count);

/* Random bytes from the kernel; aborts when there are none, as nothing may go on then. */
void crypto_random(void *out, size_t n);

/*
 * AES-256-GCM for the account store. A keyed context is made once; seal and
 * open are thread-safe. The sealed form is nonce (12) || ciphertext || tag (16).
 */
#define CRYPTO_AEAD_KEY 32
#define CRYPTO_AEAD_OVERHEAD 28

struct crypto_aead;
/* NULL: no memory. The key is copied into locked memory. */
struct crypto_aead *crypto_aead_new(const uint8_t key[CRYPTO_AEAD_KEY]);
void crypto_aead_free(struct crypto_aead *a);
/* out has plain.n + CRYPTO_AEAD_OVERHEAD bytes. False only on library failure. */
MUST_CHECK bool crypto_aead_seal(struct crypto_aead *a, struct view aad, struct view plain,
                                 uint8_t *out);
/* out has sealed.n - CRYPTO_AEAD_OVERHEAD bytes. False: too short or not authentic. */
MUST_CHECK bool crypto_aead_open(struct crypto_aead *a, struct view aad, struct view sealed,
                                 uint8_t *out);

/* The same of a key that is used seldom, by nettle: nothing is kept, and sealing cannot fail. */
void crypto_gcm_seal(const uint8_t key[CRYPTO_AEAD_KEY], struct view aad, struct view plain,
                     uint8_t *out);
MUST_CHECK bool crypto_gcm_open(const uint8_t key[CRYPTO_AEAD_KEY], struct view aad,
                                struct view sealed, uint8_t *out);

#endif
