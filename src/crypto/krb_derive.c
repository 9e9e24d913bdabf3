/*
 * Key derivation: RFC 3961 5.1 (n-fold, DR; AES's random-to-key is the
 * identity, so DK is DR), RFC 8009 3 (KDF-HMAC-SHA2), and the pseudo-random
 * functions of RFC 3962 7, RFC 8009 5 and of MIT's and Windows's RC4.
 */
#include "crypto/krb_private.h"

#include <nettle/aes.h>
#include <nettle/sha1.h>
#include <pthread.h>

#include "base/secret.h"
#include "base/wr.h"

#define USAGE_CONSTANT 5u
/* RFC 4120 7.5.1 and RFC 4121 2 number the usages of an AP exchange and its messages up to 25. */
#define USAGES_FOLDED 32u
#define NFOLD_ROTATE 13u
/* The label of a derivation has at most this much; a PRF's context comes beside it. */
#define KDF_COUNTER "\0\0\0\1"
#define DIGEST_MAX 48u

static size_t
greatest_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Octet k of the input, which begins at bit `from`: rotated right by what lies before it. */
static unsigned
rotated_octet(struct view in, size_t from)
{
    size_t at = from / 8, next = at + 1 < in.n ? at + 1 : 0;
    unsigned two = (unsigned)in.p[at] << 8 | in.p[next];

    return two >> (8 - from % 8) & 0xFF;
}

/*
 * The copies, each rotated by 13 bits more, cut into n octets each and added; the carries come
 * after them.
 */
static void
nfold_add(struct view in, size_t copies, uint32_t *sums, size_t n)
{
    size_t bits = in.n * 8, rotate = NFOLD_ROTATE % bits, begin = 0, column = 0;

    for (size_t copy = 0; copy < copies; copy++) {
        size_t from = begin;

        for (size_t k = 0; k < in.n; k++) {
            sums[column] += rotated_octet(in, from);
            column = column + 1 < n ? column + 1 : 0;
            from = from + 8 < bits ? from + 8 : from + 8 - bits;
        }
        begin = begin >= rotate ? begin - rotate : begin + bits - rotate;
    }
}

/* Added as numbers of ones' complement: what is carried out of the highest octet comes in below. */
void
crypto_krb_nfold(struct view in, uint8_t *out, size_t n)
{
    uint32_t sums[CRYPTO_KRB_NFOLD_MAX] = { 0 }, carry = 0;

    nfold_add(in, n / greatest_divisor(in.n, n), sums, n);
    do {
        for (size_t i = n; i-- > 0;) {
            carry += sums[i];
            sums[i] = carry & 0xFF;
            carry >>= 8;
        }
    } while (carry > 0);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)sums[i];
}

union block_key {
    struct aes128_ctx aes128;
    struct aes256_ctx aes256;
};

static void
block_encrypt(const struct crypto_krb_key *k, const union block_key *key, uint8_t *block)
{
    if (k->type->key_size == AES128_KEY_SIZE)
        aes128_encrypt(&key->aes128, CRYPTO_KRB_BLOCK, block, block);
    else
        aes256_encrypt(&key->aes256, CRYPTO_KRB_BLOCK, block, block);
}

/*
 * RFC 3961 5.1: each block is the encryption of the one before it, the first of the constant,
 * folded.
 */
static void
derive_aes_from(const struct crypto_krb_key *k, const uint8_t folded[CRYPTO_KRB_BLOCK],
                uint8_t *out, size_t n)
{
    uint8_t block[CRYPTO_KRB_BLOCK];
    union block_key key;

    if (k->type->key_size == AES128_KEY_SIZE)
        aes128_set_encrypt_key(&key.aes128, k->bytes);
    else
        aes256_set_encrypt_key(&key.aes256, k->bytes);
    memcpy(block, folded, sizeof(block));
    for (size_t at = 0; at < n; at += sizeof(block)) {
        size_t take = n - at < sizeof(block) ? n - at : sizeof(block);

        block_encrypt(k, &key, block);
        memcpy(out + at, block, take);
    }
    secret_wipe(&key, sizeof(key));
    secret_wipe(block, sizeof(block));
}

static void
derive_aes(const struct crypto_krb_key *k, struct view constant, uint8_t *out, size_t n)
{
    uint8_t folded[CRYPTO_KRB_BLOCK];

    crypto_krb_nfold(constant, folded, sizeof(folded));
    derive_aes_from(k, folded, out, n);
}

/* RFC 8009 3: HMAC(key, 1 | label | 0 | context | k), k in bits; one block is enough for all. */
static void
derive_sha2(const struct crypto_krb_key *k, struct view label, struct view context, uint8_t *out,
            size_t n)
{
    uint8_t bits[4];
    struct wr w = wr_init(bits, sizeof(bits));
    struct crypto_krb_mac mac;
    const struct view parts[] = {
        view_of(KDF_COUNTER, 4), label, view_of("", 1), context, view_of(bits, sizeof(bits)),
    };

    wr_u32be(&w, (uint32_t)n * 8);
    crypto_krb_mac_init(&mac, k->type, crypto_krb_key_view(k));
    crypto_krb_mac_sum(&mac, k->type, parts, sizeof(parts) / sizeof(parts[0]), out, n);
    secret_wipe(&mac, sizeof(mac));
}

void
crypto_krb_derive(const struct crypto_krb_key *k, struct view constant, uint8_t *out, size_t n)
{
    if (k->type->mac_last)
        derive_sha2(k, constant, view_of(NULL, 0), out, n);
    else
        derive_aes(k, constant, out, n);
}

static struct view
usage_constant(uint8_t room[USAGE_CONSTANT], uint32_t usage, enum krb_derived which)
{
    static const uint8_t last[KRB_DERIVEDS] = { 0xAA, 0x55, 0x99 };
    struct wr w = wr_init(room, USAGE_CONSTANT);

    wr_u32be(&w, usage);
    wr_u8(&w, last[which]);
    return wr_written(&w);
}

/* The constants of the usages that there are, folded once: folding costs more than the cipher. */
static uint8_t usage_folded[KRB_DERIVEDS][USAGES_FOLDED][CRYPTO_KRB_BLOCK];
static pthread_once_t usage_once = PTHREAD_ONCE_INIT;

static void
usages_fold(void)
{
    uint8_t constant[USAGE_CONSTANT];

    for (enum krb_derived which = 0; which < KRB_DERIVEDS; which++) {
        for (uint32_t usage = 0; usage < USAGES_FOLDED; usage++)
            crypto_krb_nfold(usage_constant(constant, usage, which), usage_folded[which][usage],
                             CRYPTO_KRB_BLOCK);
    }
}

void
crypto_krb_derive_usage(const struct crypto_krb_key *k, uint32_t usage, enum krb_derived which,
                        uint8_t *out, size_t n)
{
    uint8_t constant[USAGE_CONSTANT];

    if (k->type->mac_last || usage >= USAGES_FOLDED) {
        crypto_krb_derive(k, usage_constant(constant, usage, which), out, n);
        return;
    }
    (void)pthread_once(&usage_once, usages_fold);
    derive_aes_from(k, usage_folded[which][usage], out, n);
}

/* RFC 3962 7: the first block of the input's hash, encrypted with CTS of one block, IV zero. */
static void
prf_aes(const struct crypto_krb_key *k, struct view in, uint8_t out[CRYPTO_KRB_BLOCK])
{
    struct crypto_krb_key derived = { .type = k->type };
    uint8_t hash[SHA1_DIGEST_SIZE];
    union block_key key;
    struct sha1_ctx sha1;

    sha1_init(&sha1);
    if (in.n > 0)
        sha1_update(&sha1, in.n, in.p);
    sha1_digest(&sha1, sizeof(hash), hash);
    derive_aes(k, view_of("prf", 3), derived.bytes, k->type->key_size);
    if (k->type->key_size == AES128_KEY_SIZE)
        aes128_set_encrypt_key(&key.aes128, derived.bytes);
    else
        aes256_set_encrypt_key(&key.aes256, derived.bytes);
    memcpy(out, hash, CRYPTO_KRB_BLOCK);
    block_encrypt(k, &key, out);
    secret_wipe(&derived, sizeof(derived));
    secret_wipe(&key, sizeof(key));
}

static void
prf_rc4(const struct crypto_krb_key *k, struct view in, uint8_t *out)
{
    struct hmac_sha1_ctx mac;

    hmac_sha1_set_key(&mac, k->type->key_size, k->bytes);
    if (in.n > 0)
        hmac_sha1_update(&mac, in.n, in.p);
    hmac_sha1_digest(&mac, k->type->prf_size, out);
    secret_wipe(&mac, sizeof(mac));
}

void
crypto_krb_prf(const struct crypto_krb_key *k, struct view in, uint8_t out[CRYPTO_KRB_PRF_MAX])
{
    if (k->type->mac_last)
        derive_sha2(k, view_of("prf", 3), in, out, k->type->prf_size);
    else if (k->type->newer)
        prf_aes(k, in, out);
    else
        prf_rc4(k, in, out);
}
