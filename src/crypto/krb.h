/*
 * krb.h: Kerberos's encryption types (RFC 3961) over nettle, without any
 * state of a library's own and with the processor's instructions: AES with
 * SHA-1 (RFC 3962), AES with SHA-2 (RFC 8009), RC4 (RFC 4757; whether it may
 * be used is its callers' to say).
 *
 * A key is derived and expanded once for a usage, into a structure that its
 * owner keeps; nothing here changes such a structure again, so threads may
 * share it. All of these structures hold secrets: they belong in memory of
 * secret_new(), and are wiped with secret_wipe().
 */
#ifndef CRYPTO_KRB_H
#define CRYPTO_KRB_H

#include "crypto/hmac_sha384.h"
#include "crypto/piece.h"

#include <nettle/aes.h>
#include <nettle/hmac.h>

/* Encryption types (IANA, Kerberos Encryption Type Numbers). */
#define KRB_ENCTYPE_AES128_SHA1 17
#define KRB_ENCTYPE_AES256_SHA1 18
#define KRB_ENCTYPE_AES128_SHA256 19
#define KRB_ENCTYPE_AES256_SHA384 20
#define KRB_ENCTYPE_RC4 23

/* Checksum types (IANA, Kerberos Checksum Type Numbers). */
#define KRB_CKSUM_AES128_SHA1 15
#define KRB_CKSUM_AES256_SHA1 16
#define KRB_CKSUM_AES128_SHA256 19
#define KRB_CKSUM_AES256_SHA384 20
#define KRB_CKSUM_HMAC_MD5 (-138)

#define CRYPTO_KRB_KEY_MAX 32
#define CRYPTO_KRB_BLOCK 16
#define CRYPTO_KRB_CONFOUNDER_MAX 16
#define CRYPTO_KRB_MAC_MAX 24
#define CRYPTO_KRB_PRF_MAX 48
/* Most that sealing adds: confounder and checksum. */
#define CRYPTO_KRB_OVERHEAD_MAX (CRYPTO_KRB_CONFOUNDER_MAX + CRYPTO_KRB_MAC_MAX)

/* What is fixed by an encryption type. */
struct crypto_krb_enctype {
    int32_t number;
    const char *name;           /* as MIT and Heimdal write it in krb5.conf */
    int32_t checksum;           /* its required checksum type */
    uint8_t key_size, confounder_size, mac_size, prf_size;
    uint8_t integrity_size;     /* of Ki and Kc: RFC 8009 5 */
    bool newer;                 /* RFC 4121 1: tokens of section 4, not of RFC 4757 */
    bool mac_last;              /* RFC 8009: the checksum is over the ciphertext */
};

/* NULL: not one of the five. */
const struct crypto_krb_enctype *crypto_krb_enctype_find(int32_t number);
const struct crypto_krb_enctype *crypto_krb_enctype_find_name(const char *name);

/* ---- keys ---------------------------------------------------------------- */

/* A protocol key. With type NULL: none. */
struct crypto_krb_key {
    const struct crypto_krb_enctype *type;
    uint8_t bytes[CRYPTO_KRB_KEY_MAX];
};

/* False: an unknown type, or not its size; *out is none then. */
MUST_CHECK bool crypto_krb_key_init(struct crypto_krb_key *out, int32_t etype, struct view bytes);
void crypto_krb_key_random(struct crypto_krb_key *out, const struct crypto_krb_enctype *type);
struct view crypto_krb_key_view(const struct crypto_krb_key *k);

/*
 * string-to-key. params is the KDC's (four octets, the count of iterations),
 * or empty for the type's default; RC4 ignores salt and params. False: an
 * unknown type, params of another form, a count beyond the limit, or a
 * password that is no UTF-8 (RC4).
 */
#define CRYPTO_KRB_ITERATIONS_MAX 0x100000u
MUST_CHECK bool crypto_krb_key_from_string(struct crypto_krb_key *out, int32_t etype,
                                           struct view password, struct view salt,
                                           struct view params);

/* The pseudo-random function (RFC 3961 3); out has the type's prf_size. */
void crypto_krb_prf(const struct crypto_krb_key *k, struct view in,
                    uint8_t out[CRYPTO_KRB_PRF_MAX]);

/* ---- a key for one usage --------------------------------------------------- */

/* A keyed hash with its pads computed. */
struct crypto_krb_mac {
    union {
        struct hmac_md5_ctx md5;
        struct hmac_sha1_ctx sha1;
        struct hmac_sha256_ctx sha256;
        struct crypto_hmac_sha384 sha384;
    } u;
};

/* Ke expanded in one direction, and Ki. */
struct crypto_krb_cipher {
    const struct crypto_krb_enctype *type;
    bool seals;
    union {
        struct aes128_ctx aes128;
        struct aes256_ctx aes256;
    } u;
    struct crypto_krb_mac mac;
};

/* Kc. */
struct crypto_krb_sum {
    const struct crypto_krb_enctype *type;
    uint32_t usage;             /* RC4 hashes it with the data */
    struct crypto_krb_mac mac;
};

void crypto_krb_seal_init(struct crypto_krb_cipher *c, const struct crypto_krb_key *k,
                          uint32_t usage);
void crypto_krb_open_init(struct crypto_krb_cipher *c, const struct crypto_krb_key *k,
                          uint32_t usage);
void crypto_krb_sum_init(struct crypto_krb_sum *s, const struct crypto_krb_key *k,
                         uint32_t usage);

/* ---- EncryptedData's cipher, in one piece ---------------------------------- */

size_t crypto_krb_sealed_size(const struct crypto_krb_enctype *type, size_t plain);
/* out has crypto_krb_sealed_size(); it may not overlap plain. */
void crypto_krb_seal(const struct crypto_krb_cipher *c, struct view plain, uint8_t *out);
/* The same with a confounder of the caller's: drawn with something else, or a vector's. */
void crypto_krb_seal_with(const struct crypto_krb_cipher *c, const uint8_t *confounder,
                          struct view plain, uint8_t *out);
/*
 * room has sealed.n octets, or is where sealed itself lies; *plain is a part of
 * it. False: too short or not authentic; then room holds zeros.
 */
MUST_CHECK bool crypto_krb_open(const struct crypto_krb_cipher *c, struct view sealed,
                                uint8_t *room, struct view *plain);

/* ---- a message in pieces (AES only) ----------------------------------------- */

/* In place; the sealed pieces have 16 octets together at least, the confounder first. */
void crypto_krb_seal_pieces(const struct crypto_krb_cipher *c, const struct crypto_piece *pieces,
                            size_t count, uint8_t mac[CRYPTO_KRB_MAC_MAX]);
/* False: not authentic; the sealed pieces hold zeros then. */
MUST_CHECK bool crypto_krb_open_pieces(const struct crypto_krb_cipher *c,
                                       const struct crypto_piece *pieces, size_t count,
                                       const uint8_t *mac);

/* ---- checksums ---------------------------------------------------------------- */

/* out gets mac_size octets (RC4: 16, of type -138). */
void crypto_krb_sum(const struct crypto_krb_sum *s, const struct view *in, size_t count,
                    uint8_t out[CRYPTO_KRB_MAC_MAX]);
MUST_CHECK bool crypto_krb_sum_check(const struct crypto_krb_sum *s, const struct view *in,
                                     size_t count, struct view sum);

/* KRB_CKSUM_HMAC_MD5 under a key of any type (RFC 4757 4; MS-PAC 2.8). */
void crypto_krb_hmac_md5(struct view key, uint32_t usage, const struct view *in, size_t count,
                         uint8_t out[16]);

/* ---- derivation, for vectors ------------------------------------------------- */

/* n-fold (RFC 3961 5.1); n is at most this. */
#define CRYPTO_KRB_NFOLD_MAX 64
void crypto_krb_nfold(struct view in, uint8_t *out, size_t n);
/* DR/DK of RFC 3961 5.1, KDF-HMAC-SHA2 of RFC 8009 3: n octets under a constant. */
void crypto_krb_derive(const struct crypto_krb_key *k, struct view constant, uint8_t *out,
                       size_t n);

#endif
