/*
 * Kerberos's encryption and checksums: the ciphertexts of RFC 3962 B, RFC
 * 8009 A and MIT krb5's tests, opened and made again with their confounders;
 * OpenSSL's ciphertext stealing for all lengths and cuts into pieces; and
 * what is not authentic.
 */
#include "krb_rows.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/secret.h"
#include "crypto/krb_private.h"

static void
check_open(const char *stem)
{
    struct crypto_krb_key k = row_key(stem);
    struct row_bytes sealed = row_get(stem, "cipher"), want = row_get(stem, "plain");
    uint32_t usage = (uint32_t)row_number(stem, "usage");
    uint8_t room[ROW_MAX], again[ROW_MAX];
    struct crypto_krb_cipher seal, open;
    size_t at = k.type->newer ? 0 : 16;
    struct view plain;

    crypto_krb_open_init(&open, &k, usage);
    crypto_krb_seal_init(&seal, &k, usage);
    assert_int_equal(crypto_krb_sealed_size(k.type, want.n), sealed.n);
    assert_true(crypto_krb_open(&open, row_view(&sealed), room, &plain));
    assert_true(view_is_equal(plain, row_view(&want)));
    /* RC4 has its checksum in front of the confounder. */
    crypto_krb_seal_with(&seal, room + at, plain, again);
    assert_memory_equal(again, sealed.bytes, sealed.n);
}

static void
test_published_ciphertexts(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "mit.decrypt/", ".cipher", check_open), 15);
    assert_int_equal(vector_each(KRB_ROWS, "rfc8009.decrypt/", ".cipher", check_open), 8);
}

/* Any octet changed, any octet missing: refused, and nothing is left to read. */
static void
check_refuses(const char *stem)
{
    static const uint8_t zeros[ROW_MAX];
    struct crypto_krb_key k = row_key(stem);
    struct row_bytes sealed = row_get(stem, "cipher");
    struct crypto_krb_cipher open;
    struct view plain;

    crypto_krb_open_init(&open, &k, (uint32_t)row_number(stem, "usage"));
    for (size_t i = 0; i < sealed.n; i++) {
        struct row_bytes bad = sealed;

        bad.bytes[i] ^= 0x40;
        assert_false(crypto_krb_open(&open, row_view(&bad), bad.bytes, &plain));
        assert_int_equal(plain.n, 0);
        assert_memory_equal(bad.bytes, zeros, bad.n);
        bad = sealed;
        assert_false(crypto_krb_open(&open, view_of(bad.bytes, i), bad.bytes, &plain));
    }
    crypto_krb_open_init(&open, &k, 26);
    assert_false(crypto_krb_open(&open, row_view(&sealed), sealed.bytes, &plain));
}

static void
test_what_is_not_authentic(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "mit.decrypt/", ".cipher", check_refuses), 15);
    assert_int_equal(vector_each(KRB_ROWS, "rfc8009.decrypt/", ".cipher", check_refuses), 8);
}

static void
check_sum(const char *stem)
{
    struct crypto_krb_key k = row_key(stem);
    struct row_bytes in = row_get(stem, "plain"), want = row_get(stem, "sum");
    struct view halves[2] = { view_of(in.bytes, in.n / 2),
                              view_of(in.bytes + in.n / 2, in.n - in.n / 2) };
    uint32_t usage = (uint32_t)row_number(stem, "usage");
    struct crypto_krb_sum sum;
    uint8_t out[CRYPTO_KRB_MAC_MAX];

    /* -137 is not keyed like the others and not used by what is here. */
    if (row_number(stem, "/type") == -137)
        return;
    assert_int_equal(row_number(stem, "/type"), k.type->checksum);
    crypto_krb_sum_init(&sum, &k, usage);
    crypto_krb_sum(&sum, halves, 2, out);
    assert_int_equal(want.n, k.type->mac_size);
    assert_memory_equal(out, want.bytes, want.n);
    assert_true(crypto_krb_sum_check(&sum, halves, 2, row_view(&want)));
    assert_false(crypto_krb_sum_check(&sum, halves, 1, row_view(&want)));
    assert_false(crypto_krb_sum_check(&sum, halves, 2, view_of(want.bytes, want.n - 1)));
    if (k.type->number == KRB_ENCTYPE_RC4) {
        crypto_krb_hmac_md5(crypto_krb_key_view(&k), usage, halves, 2, out);
        assert_memory_equal(out, want.bytes, want.n);
    }
}

static void
test_checksums(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "mit.cksum/", ".sum", check_sum), 4);
    assert_int_equal(vector_each(KRB_ROWS, "rfc8009.cksum/", ".sum", check_sum), 2);
}

/* ---- ciphertext stealing alone -------------------------------------------------- */

/* A cipher under a key of ours, without derivation. */
static void
raw_init(struct crypto_krb_cipher *c, struct view key, bool mac_last, bool seals)
{
    static const int32_t types[2][2] = {
        { KRB_ENCTYPE_AES128_SHA1, KRB_ENCTYPE_AES256_SHA1 },
        { KRB_ENCTYPE_AES128_SHA256, KRB_ENCTYPE_AES256_SHA384 },
    };

    c->type = crypto_krb_enctype_find(types[mac_last][key.n != 16]);
    c->seals = seals;
    crypto_krb_mac_init(&c->mac, c->type, key);
    if (seals && key.n == 16)
        aes128_set_encrypt_key(&c->u.aes128, key.p);
    else if (seals)
        aes256_set_encrypt_key(&c->u.aes256, key.p);
    else if (key.n == 16)
        aes128_set_decrypt_key(&c->u.aes128, key.p);
    else
        aes256_set_decrypt_key(&c->u.aes256, key.p);
}

static void
check_cts(const char *stem)
{
    struct row_bytes key = row_get(stem, "key"), text = row_get(stem, "plain");
    struct row_bytes want = row_get(stem, "cipher");
    struct crypto_piece piece = { text.bytes, text.n, true };
    uint8_t mac[CRYPTO_KRB_MAC_MAX];
    struct crypto_krb_cipher c;

    raw_init(&c, row_view(&key), false, true);
    crypto_krb_seal_pieces(&c, &piece, 1, mac);
    assert_true(view_is_equal(row_view(&text), row_view(&want)));
}

static void
test_cts_published(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "rfc3962.cts/", ".cipher", check_cts), 6);
}

#define CTS_MAX 300             /* the hash goes along in chunks of 128 */

static void
openssl_cts(struct view key, const uint8_t *in, uint8_t *out, size_t n)
{
    static const uint8_t iv[CRYPTO_KRB_BLOCK];
    char mode[] = "CS3";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_CIPHER_PARAM_CTS_MODE, mode, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, key.n == 16 ? "AES-128-CBC-CTS"
                                                            : "AES-256-CBC-CTS", NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int length = 0;

    assert_true(cipher != NULL && ctx != NULL);
    assert_int_equal(EVP_EncryptInit_ex2(ctx, cipher, key.p, iv, params), 1);
    assert_int_equal(EVP_EncryptUpdate(ctx, out, &length, in, (int)n), 1);
    assert_int_equal(length, n);
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
}

/*
 * n octets, cut at two places, with a piece between that is only hashed. Sealing makes the
 * checksum while it encrypts, opening in a pass of its own.
 */
static void
check_cut(struct view key, bool mac_last, const uint8_t *plain, const uint8_t *want, size_t n,
          size_t a, size_t b)
{
    uint8_t text[CTS_MAX], clear[3] = "abc", mac[CRYPTO_KRB_MAC_MAX], back[CRYPTO_KRB_MAC_MAX];
    const struct crypto_piece pieces[] = {
        { text, a, true }, { clear, 3, false }, { text + a, b - a, true }, { NULL, 0, true },
        { text + b, n - b, true },
    };
    struct crypto_krb_cipher c;

    memcpy(text, plain, n);
    raw_init(&c, key, mac_last, true);
    crypto_krb_seal_pieces(&c, pieces, UNIT_COUNT(pieces), mac);
    assert_memory_equal(text, want, n);
    assert_memory_equal(clear, "abc", 3);
    raw_init(&c, key, mac_last, false);
    memcpy(back, mac, sizeof(back));
    assert_true(crypto_krb_open_pieces(&c, pieces, UNIT_COUNT(pieces), mac));
    assert_memory_equal(text, plain, n);
    clear[1] ^= 1;
    assert_false(crypto_krb_open_pieces(&c, pieces, UNIT_COUNT(pieces), mac));
}

static void
test_cts_is_openssls_in_pieces(void **state)
{
    static const size_t key_sizes[] = { 16, 32 };
    static const size_t steps[] = { 1, 7, 15, 16, 17, 33, 130 };
    uint8_t key[32], plain[CTS_MAX], want[CTS_MAX];

    (void)state;
    for (size_t i = 0; i < CTS_MAX; i++)
        plain[i] = (uint8_t)(i * 31 + 5);
    memcpy(key, plain + 3, sizeof(key));
    for (size_t i = 0; i < UNIT_COUNT(key_sizes); i++) {
        for (size_t n = CRYPTO_KRB_BLOCK; n <= CTS_MAX; n++) {
            openssl_cts(view_of(key, key_sizes[i]), plain, want, n);
            for (size_t j = 0; j < UNIT_COUNT(steps); j++) {
                size_t a = steps[j] % n, b = a + steps[j] < n ? a + steps[j] : n;

                check_cut(view_of(key, key_sizes[i]), false, plain, want, n, a, b);
                check_cut(view_of(key, key_sizes[i]), true, plain, want, n, a, b);
            }
        }
    }
}

/* A cipher's structure is shared by threads: using it changes nothing in it. */
static void
test_ciphers_do_not_change(void **state)
{
    static const int32_t types[] = { 17, 18, 19, 20, 23 };
    uint8_t out[64];
    struct view plain, in = view_of("message", 7);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        struct crypto_krb_cipher seal = { 0 }, open = { 0 }, seal_was, open_was;
        struct crypto_krb_sum sum = { 0 }, sum_was;
        struct crypto_krb_key k;

        crypto_krb_key_random(&k, crypto_krb_enctype_find(types[i]));
        crypto_krb_seal_init(&seal, &k, 11);
        crypto_krb_open_init(&open, &k, 11);
        crypto_krb_sum_init(&sum, &k, 11);
        memcpy(&seal_was, &seal, sizeof(seal));
        memcpy(&open_was, &open, sizeof(open));
        memcpy(&sum_was, &sum, sizeof(sum));
        crypto_krb_seal(&seal, in, out);
        assert_true(crypto_krb_open(&open, view_of(out, crypto_krb_sealed_size(k.type, in.n)),
                                    out, &plain));
        assert_true(view_is_equal(plain, in));
        crypto_krb_sum(&sum, &in, 1, out);
        assert_memory_equal(&seal, &seal_was, sizeof(seal));
        assert_memory_equal(&open, &open_was, sizeof(open));
        assert_memory_equal(&sum, &sum_was, sizeof(sum));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_ciphertexts),
        cmocka_unit_test(test_what_is_not_authentic),
        cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_cts_published),
        cmocka_unit_test(test_cts_is_openssls_in_pieces),
        cmocka_unit_test(test_ciphers_do_not_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
