/*
 * AES-256-GCM (NIST SP 800-38D), by OpenSSL, for the account store (D21).
 *
 * The sealed form is nonce (12) || ciphertext || tag (16). The nonce is
 * random: below 2^32 sealings under one key that is safe (SP 800-38D, 8.3),
 * and an account store does not come near.
 *
 * The library context is private, so no configuration file, engine or
 * provider of the surrounding program has a say; the cipher is fetched once.
 * Keying a context costs more than sealing a row, so keyed contexts are kept
 * in a short free-list. Runs in lsad, the embedded authority and the sspi
 * command; trusts the key, and no sealed byte.
 *
 * The key lies in locked memory. The round keys lie in OpenSSL's own heap,
 * which cannot be placed: there it is the process being non-dumpable that
 * protects them, and OpenSSL wipes them when a context is freed.
 */
#include "crypto/crypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/secret.h"

#define AEAD_NONCE 12
#define AEAD_TAG 16
/* As many as workers use at once; more are made and freed as needed. */
#define AEAD_KEPT 8

_Static_assert(AEAD_NONCE + AEAD_TAG == CRYPTO_AEAD_OVERHEAD, "the sealed form");

struct crypto_aead {
    OSSL_LIB_CTX *library;
    EVP_CIPHER *cipher;
    uint8_t *key;
    pthread_mutex_t mutex;
    size_t kept_count;              /* under the mutex */
    EVP_CIPHER_CTX *kept[AEAD_KEPT];
};

/* Half a millisecond, nearly all of it the library context: made once a key, never once a row. */
struct crypto_aead *
crypto_aead_new(const uint8_t key[CRYPTO_AEAD_KEY])
{
    struct crypto_aead *a = calloc(1, sizeof(*a));

    if (a == NULL)
        return NULL;
    (void)pthread_mutex_init(&a->mutex, NULL);
    a->key = secret_new_locked(CRYPTO_AEAD_KEY);
    a->library = OSSL_LIB_CTX_new();
    if (a->library != NULL)
        a->cipher = EVP_CIPHER_fetch(a->library, "AES-256-GCM", NULL);
    if (a->key == NULL || a->cipher == NULL) {
        crypto_aead_free(a);
        return NULL;
    }
    memcpy(a->key, key, CRYPTO_AEAD_KEY);
    return a;
}

void
crypto_aead_free(struct crypto_aead *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->kept_count; i++)
        EVP_CIPHER_CTX_free(a->kept[i]);
    EVP_CIPHER_free(a->cipher);
    OSSL_LIB_CTX_free(a->library);
    secret_free(a->key);
    (void)pthread_mutex_destroy(&a->mutex);
    free(a);
}

/* GCM has one key schedule for both directions, so a context serves either. */
static EVP_CIPHER_CTX *
aead_ctx_new(const struct crypto_aead *a)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    if (ctx != NULL && EVP_EncryptInit_ex2(ctx, a->cipher, a->key, NULL, NULL) != 1) {
        EVP_CIPHER_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

/* Keying is done outside the mutex: others need not wait for it. */
static EVP_CIPHER_CTX *
aead_ctx_take(struct crypto_aead *a)
{
    EVP_CIPHER_CTX *ctx = NULL;

    (void)pthread_mutex_lock(&a->mutex);
    if (a->kept_count > 0)
        ctx = a->kept[--a->kept_count];
    (void)pthread_mutex_unlock(&a->mutex);
    return ctx != NULL ? ctx : aead_ctx_new(a);
}

/* One that failed is not kept: whatever is wrong with it would come back. */
static void
aead_ctx_give_back(struct crypto_aead *a, EVP_CIPHER_CTX *ctx, bool good)
{
    if (good) {
        (void)pthread_mutex_lock(&a->mutex);
        if (a->kept_count < AEAD_KEPT) {
            a->kept[a->kept_count++] = ctx;
            ctx = NULL;
        }
        (void)pthread_mutex_unlock(&a->mutex);
    }
    EVP_CIPHER_CTX_free(ctx);
}

/* The additional data, then the text; OpenSSL counts in int. */
static bool
aead_update(EVP_CIPHER_CTX *ctx, struct view aad, struct view in, uint8_t *out)
{
    int n;

    if (aad.n > INT_MAX || in.n > INT_MAX - CRYPTO_AEAD_OVERHEAD)
        return false;
    if (aad.n > 0 && EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.n) != 1)
        return false;
    return in.n == 0 || EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) == 1;
}

static bool
aead_encrypt(EVP_CIPHER_CTX *ctx, struct view aad, struct view plain, uint8_t *out)
{
    uint8_t *text = out + AEAD_NONCE, *tag = text + plain.n;
    int n;

    return EVP_CipherInit_ex2(ctx, NULL, NULL, out, 1, NULL) == 1
           && aead_update(ctx, aad, plain, text)
           && EVP_CipherFinal_ex(ctx, tag, &n) == 1
           && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG, tag) == 1;
}

/* A nonce is drawn for each sealing and never kept, so no crash or copy can bring one back. */
bool
crypto_aead_seal(struct crypto_aead *a, struct view aad, struct view plain, uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = aead_ctx_take(a);
    bool ok;

    if (ctx == NULL)
        return false;
    crypto_random(out, AEAD_NONCE);
    ok = aead_encrypt(ctx, aad, plain, out);
    aead_ctx_give_back(a, ctx, ok);
    return ok;
}

/* OpenSSL wants the tag writable and the rest in views: the sealed form taken apart. */
struct aead_parts {
    const uint8_t *nonce;
    struct view text;
    uint8_t tag[AEAD_TAG];
};

static bool
aead_parse(struct view sealed, struct aead_parts *parts)
{
    if (sealed.n < CRYPTO_AEAD_OVERHEAD)
        return false;
    parts->nonce = sealed.p;
    parts->text = view_of(sealed.p + AEAD_NONCE, sealed.n - CRYPTO_AEAD_OVERHEAD);
    memcpy(parts->tag, sealed.p + sealed.n - AEAD_TAG, AEAD_TAG);
    return true;
}

static bool
aead_decrypt(EVP_CIPHER_CTX *ctx, struct view aad, struct aead_parts *parts, uint8_t *out)
{
    uint8_t rest[AEAD_TAG];
    int n;

    return EVP_CipherInit_ex2(ctx, NULL, NULL, parts->nonce, 0, NULL) == 1
           && aead_update(ctx, aad, parts->text, out)
           && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG, parts->tag) == 1
           && EVP_CipherFinal_ex(ctx, rest, &n) == 1;
}

bool
crypto_aead_open(struct crypto_aead *a, struct view aad, struct view sealed, uint8_t *out)
{
    struct aead_parts parts;
    EVP_CIPHER_CTX *ctx;
    bool ok;

    if (!aead_parse(sealed, &parts))
        return false;
    ctx = aead_ctx_take(a);
    if (ctx == NULL)
        return false;
    ok = aead_decrypt(ctx, aad, &parts, out);
    /* GCM decrypts before it knows: what is not authentic is not left behind. */
    if (!ok)
        secret_wipe(out, parts.text.n);
    aead_ctx_give_back(a, ctx, ok);
    return ok;
}
