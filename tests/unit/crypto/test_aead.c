/*
 * AES-256-GCM: opening against the published cases of the GCM submission to
 * NIST, sealing against a second implementation (nettle), and every way to
 * tamper with a sealed row.
 */
#include "unit.h"

#include <nettle/gcm.h>
#include <pthread.h>

#include "crypto/crypto.h"
#include "vectors.h"

#define ROWS "aes-gcm.tsv"
#define TEXT_MAX 256
#define NONCE 12
#define TAG 16

static const uint8_t key_a[CRYPTO_AEAD_KEY] = "0123456789abcdef0123456789abcde";
static const uint8_t key_b[CRYPTO_AEAD_KEY] = "0123456789abcdef0123456789abcdf";

struct gcm_case {
    uint8_t key[CRYPTO_AEAD_KEY];
    uint8_t aad[TEXT_MAX], plain[TEXT_MAX], sealed[TEXT_MAX];
    size_t aad_n, plain_n, sealed_n;
};

static size_t
case_get(int number, const char *part, uint8_t *out, size_t room)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "case%d.%s", number, part);
    return vector_get(ROWS, name, out, room);
}

/* iv, cipher and tag in a row are our sealed form. */
static void
case_load(int number, struct gcm_case *c)
{
    size_t n;

    (void)case_get(number, "key", c->key, sizeof(c->key));
    c->aad_n = case_get(number, "aad", c->aad, TEXT_MAX);
    c->plain_n = case_get(number, "plain", c->plain, TEXT_MAX);
    n = case_get(number, "iv", c->sealed, TEXT_MAX);
    assert_int_equal(n, NONCE);
    n += case_get(number, "cipher", c->sealed + n, TEXT_MAX - n);
    n += case_get(number, "tag", c->sealed + n, TEXT_MAX - n);
    c->sealed_n = n;
    assert_int_equal(n, c->plain_n + CRYPTO_AEAD_OVERHEAD);
}

static void
test_open_published(void **state)
{
    struct gcm_case c;
    uint8_t out[TEXT_MAX];

    (void)state;
    for (int i = 13; i <= 16; i++) {
        struct crypto_aead *a;

        case_load(i, &c);
        a = crypto_aead_new(c.key);
        assert_non_null(a);
        assert_true(crypto_aead_open(a, view_of(c.aad, c.aad_n), view_of(c.sealed, c.sealed_n),
                                     out));
        assert_memory_equal(out, c.plain, c.plain_n);
        crypto_aead_free(a);
        memset(out, 0, sizeof(out));
        assert_true(crypto_gcm_open(c.key, view_of(c.aad, c.aad_n),
                                    view_of(c.sealed, c.sealed_n), out));
        assert_memory_equal(out, c.plain, c.plain_n);
    }
}

/* The two ways to seal open each other's, and what was tampered with neither. */
static void
test_gcm_is_the_same(void **state)
{
    uint8_t plain[TEXT_MAX], sealed[TEXT_MAX + CRYPTO_AEAD_OVERHEAD], out[TEXT_MAX];
    uint8_t zeros[TEXT_MAX] = { 0 };
    struct view aad = view_of("user", 4);
    struct crypto_aead *a = crypto_aead_new(key_a);

    (void)state;
    assert_non_null(a);
    crypto_random(plain, sizeof(plain));
    for (size_t n = 0; n <= sizeof(plain); n++) {
        struct view form = view_of(sealed, n + CRYPTO_AEAD_OVERHEAD);

        crypto_gcm_seal(key_a, aad, view_of(plain, n), sealed);
        assert_true(crypto_aead_open(a, aad, form, out));
        assert_memory_equal(out, plain, n);
        assert_true(crypto_aead_seal(a, aad, view_of(plain, n), sealed));
        assert_true(crypto_gcm_open(key_a, aad, form, out));
        assert_memory_equal(out, plain, n);
        assert_false(crypto_gcm_open(key_b, aad, form, out));
        assert_memory_equal(out, zeros, n);
        assert_false(crypto_gcm_open(key_a, view_of("User", 4), form, out));
        assert_false(crypto_gcm_open(key_a, aad, view_of(sealed, form.n - 1), out));
        assert_false(crypto_gcm_open(key_a, aad, view_of(sealed, n % CRYPTO_AEAD_OVERHEAD), out));
        sealed[n] ^= 1;
        assert_false(crypto_gcm_open(key_a, aad, form, out));
    }
    crypto_aead_free(a);
}

static void
nettle_open(const uint8_t *key, struct view aad, const uint8_t *sealed, size_t plain_n,
            uint8_t *out, uint8_t tag[TAG])
{
    struct gcm_aes256_ctx ctx;

    gcm_aes256_set_key(&ctx, key);
    gcm_aes256_set_iv(&ctx, NONCE, sealed);
    gcm_aes256_update(&ctx, aad.n, aad.p);
    gcm_aes256_decrypt(&ctx, plain_n, out, sealed + NONCE);
    gcm_aes256_digest(&ctx, TAG, tag);
}

static void
test_seal_is_gcm(void **state)
{
    uint8_t plain[TEXT_MAX], sealed[TEXT_MAX + CRYPTO_AEAD_OVERHEAD], out[TEXT_MAX], tag[TAG];
    struct view aad = view_of("row 17", 6);
    struct crypto_aead *a = crypto_aead_new(key_a);

    (void)state;
    assert_non_null(a);
    crypto_random(plain, sizeof(plain));
    for (size_t n = 0; n <= sizeof(plain); n++) {
        assert_true(crypto_aead_seal(a, aad, view_of(plain, n), sealed));
        nettle_open(key_a, aad, sealed, n, out, tag);
        assert_memory_equal(out, plain, n);
        assert_memory_equal(tag, sealed + NONCE + n, TAG);
        memset(out, 0, sizeof(out));
        assert_true(crypto_aead_open(a, aad, view_of(sealed, n + CRYPTO_AEAD_OVERHEAD), out));
        assert_memory_equal(out, plain, n);
    }
    crypto_aead_free(a);
}

/* The same text sealed twice has another nonce, and so nothing in common. */
static void
test_nonces_differ(void **state)
{
    enum { N = 300 };
    static uint8_t sealed[N][8 + CRYPTO_AEAD_OVERHEAD];
    struct crypto_aead *a = crypto_aead_new(key_a);

    (void)state;
    assert_non_null(a);
    for (size_t i = 0; i < N; i++) {
        assert_true(crypto_aead_seal(a, view_of(NULL, 0), view_of("password", 8), sealed[i]));
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(sealed[i], sealed[k], NONCE);
    }
    crypto_aead_free(a);
}

static void
check_refused(struct crypto_aead *a, struct view aad, struct view sealed)
{
    uint8_t out[TEXT_MAX], zeros[TEXT_MAX] = { 0 };
    size_t n = sealed.n < CRYPTO_AEAD_OVERHEAD ? 0 : sealed.n - CRYPTO_AEAD_OVERHEAD;

    memset(out, 0x5A, sizeof(out));
    assert_false(crypto_aead_open(a, aad, sealed, out));
    /* Nothing unauthentic is left behind, and nothing beyond is touched. */
    assert_memory_equal(out, zeros, n);
    assert_int_equal(out[n], 0x5A);
}

static void
test_tampered(void **state)
{
    static const uint8_t plain[32] = "the NT hash of an account";
    uint8_t sealed[sizeof(plain) + CRYPTO_AEAD_OVERHEAD], out[sizeof(plain)];
    struct view aad = view_of("user:17", 7);
    struct crypto_aead *a = crypto_aead_new(key_a);

    (void)state;
    assert_non_null(a);
    assert_true(crypto_aead_seal(a, aad, view_of(plain, sizeof(plain)), sealed));
    for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        check_refused(a, aad, view_of(sealed, sizeof(sealed)));
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t n = 0; n < sizeof(sealed); n++)
        check_refused(a, aad, view_of(sealed, n));
    /* After all these failures the same context still opens the right one. */
    assert_true(crypto_aead_open(a, aad, view_of(sealed, sizeof(sealed)), out));
    assert_memory_equal(out, plain, sizeof(plain));
    crypto_aead_free(a);
}

/* A row moved to another account, or read under another key, does not open. */
static void
test_wrong_place_or_key(void **state)
{
    uint8_t sealed[16 + CRYPTO_AEAD_OVERHEAD];
    struct crypto_aead *a = crypto_aead_new(key_a), *b = crypto_aead_new(key_b);

    (void)state;
    assert_true(a != NULL && b != NULL);
    assert_true(crypto_aead_seal(a, view_of("user:17", 7), view_of(key_b, 16), sealed));
    check_refused(a, view_of("user:18", 7), view_of(sealed, sizeof(sealed)));
    check_refused(a, view_of("user:1", 6), view_of(sealed, sizeof(sealed)));
    check_refused(a, view_of(NULL, 0), view_of(sealed, sizeof(sealed)));
    check_refused(b, view_of("user:17", 7), view_of(sealed, sizeof(sealed)));
    crypto_aead_free(a);
    crypto_aead_free(b);
}

enum { THREADS = 12, ROUNDS = 400 };

/* Seals and opens, and mixes in failures, which make contexts be thrown away. */
static void *
seal_and_open(void *arg)
{
    struct crypto_aead *a = arg;
    uint8_t plain[64], sealed[64 + CRYPTO_AEAD_OVERHEAD], out[64];
    size_t bad = 0;

    for (size_t i = 0; i < ROUNDS; i++) {
        struct view aad = view_of(&i, sizeof(i));
        struct view form = view_of(sealed, sizeof(sealed));

        crypto_random(plain, sizeof(plain));
        bad += !crypto_aead_seal(a, aad, view_of(plain, sizeof(plain)), sealed);
        bad += !crypto_aead_open(a, aad, form, out) || memcmp(out, plain, sizeof(out)) != 0;
        sealed[i % sizeof(sealed)] ^= 1;
        bad += crypto_aead_open(a, aad, form, out);
    }
    return (void *)bad;
}

/* More threads than contexts are kept. */
static void
test_threads(void **state)
{
    struct crypto_aead *a = crypto_aead_new(key_a);
    pthread_t threads[THREADS];
    void *bad;

    (void)state;
    assert_non_null(a);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, seal_and_open, a), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
    crypto_aead_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_published),
        cmocka_unit_test(test_seal_is_gcm),
        cmocka_unit_test(test_gcm_is_the_same),
        cmocka_unit_test(test_nonces_differ),
        cmocka_unit_test(test_tampered),
        cmocka_unit_test(test_wrong_place_or_key),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
