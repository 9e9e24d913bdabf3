/*
 * Every encryption type against MIT krb5's library: what either seals the
 * other opens, for all short lengths and many usages; checksums, the
 * pseudo-random function and string-to-key give the same octets.
 */
#include "unit.h"

#include <krb5.h>

#include "crypto/krb.h"

#define LENGTH_MAX 300          /* past two chunks of what hashes while it encrypts */
#define SEALED_MAX (LENGTH_MAX + CRYPTO_KRB_OVERHEAD_MAX)

static const int32_t types[] = {
    KRB_ENCTYPE_AES128_SHA1, KRB_ENCTYPE_AES256_SHA1, KRB_ENCTYPE_AES128_SHA256,
    KRB_ENCTYPE_AES256_SHA384, KRB_ENCTYPE_RC4,
};
static const uint32_t usages[] = { 2, 3, 7, 8, 9, 11, 12, 14, 17, 22, 23, 24, 25, 1026 };

static krb5_context krb5;
static struct crypto_krb_key key;
static krb5_keyblock theirs;
static uint8_t text[LENGTH_MAX];

static int
start(void **state)
{
    (void)state;
    setenv("KRB5_CONFIG", "/dev/null", 1);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (uint8_t)(i * 11 + 3);
    return krb5_init_context(&krb5);
}

static int
stop(void **state)
{
    (void)state;
    krb5_free_context(krb5);
    return 0;
}

static void
key_draw(int32_t type)
{
    crypto_krb_key_random(&key, crypto_krb_enctype_find(type));
    theirs = (krb5_keyblock){ .enctype = type, .length = key.type->key_size,
                              .contents = key.bytes };
}

static krb5_data
data_of(const void *p, size_t n)
{
    return (krb5_data){ .length = (unsigned)n, .data = (char *)(uintptr_t)p };
}

static void
check_ours_opens_theirs(uint32_t usage, size_t n)
{
    uint8_t sealed[SEALED_MAX];
    krb5_data plain = data_of(text, n);
    krb5_enc_data out = { .ciphertext = data_of(sealed, sizeof(sealed)) };
    struct crypto_krb_cipher cipher;
    struct view got;

    assert_int_equal(krb5_c_encrypt(krb5, &theirs, (krb5_keyusage)usage, NULL, &plain, &out), 0);
    assert_int_equal(out.ciphertext.length, crypto_krb_sealed_size(key.type, n));
    crypto_krb_open_init(&cipher, &key, usage);
    assert_true(crypto_krb_open(&cipher, view_of(sealed, out.ciphertext.length), sealed, &got));
    assert_true(view_is_equal(got, view_of(text, n)));
}

static void
check_theirs_opens_ours(uint32_t usage, size_t n)
{
    uint8_t sealed[SEALED_MAX], room[SEALED_MAX];
    krb5_data plain = data_of(room, sizeof(room));
    krb5_enc_data in = { .enctype = key.type->number };
    struct crypto_krb_cipher cipher;

    crypto_krb_seal_init(&cipher, &key, usage);
    crypto_krb_seal(&cipher, view_of(text, n), sealed);
    in.ciphertext = data_of(sealed, crypto_krb_sealed_size(key.type, n));
    assert_int_equal(krb5_c_decrypt(krb5, &theirs, (krb5_keyusage)usage, NULL, &in, &plain), 0);
    assert_true(view_is_equal(view_of(plain.data, plain.length), view_of(text, n)));
}

static void
check_sum(uint32_t usage, size_t n)
{
    krb5_data in = data_of(text, n);
    const struct view part = view_of(text, n);
    krb5_checksum want;
    struct crypto_krb_sum sum;

    assert_int_equal(krb5_c_make_checksum(krb5, key.type->checksum, &theirs,
                                          (krb5_keyusage)usage, &in, &want), 0);
    crypto_krb_sum_init(&sum, &key, usage);
    assert_true(crypto_krb_sum_check(&sum, &part, 1, view_of(want.contents, want.length)));
    krb5_free_checksum_contents(krb5, &want);
}

static void
test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        key_draw(types[i]);
        for (size_t n = 0; n <= LENGTH_MAX; n++) {
            uint32_t usage = usages[n % UNIT_COUNT(usages)];

            check_ours_opens_theirs(usage, n);
            check_theirs_opens_ours(usage, n);
            check_sum(usage, n);
        }
    }
}

/* MS-PAC 2.8: domain controllers put this type under keys of any other. */
static void
test_hmac_md5_under_any_key(void **state)
{
    krb5_data in = data_of(text, sizeof(text));
    const struct view part = view_of(text, sizeof(text));
    uint8_t out[16];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        krb5_checksum want;

        key_draw(types[i]);
        assert_int_equal(krb5_c_make_checksum(krb5, KRB_CKSUM_HMAC_MD5, &theirs, 17, &in, &want),
                         0);
        crypto_krb_hmac_md5(crypto_krb_key_view(&key), 17, &part, 1, out);
        assert_true(view_is_equal(view_of(out, sizeof(out)), view_of(want.contents, want.length)));
        krb5_free_checksum_contents(krb5, &want);
    }
}

static void
test_prf(void **state)
{
    uint8_t ours[CRYPTO_KRB_PRF_MAX], room[CRYPTO_KRB_PRF_MAX];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        key_draw(types[i]);
        for (size_t n = 0; n < 40; n += 13) {
            krb5_data in = data_of(text, n), out = data_of(room, key.type->prf_size);

            assert_int_equal(krb5_c_prf(krb5, &theirs, &in, &out), 0);
            crypto_krb_prf(&key, view_of(text, n), ours);
            assert_memory_equal(ours, room, key.type->prf_size);
        }
    }
}

static void
test_string_to_key(void **state)
{
    static const char *const passwords[] = { "", "Passw0rd!", "p\xc3\xa4ssw\xc3\xb6rd" };
    krb5_data salt = data_of("EXAMPLE.COMuser", 15);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types) * UNIT_COUNT(passwords); i++) {
        const char *password = passwords[i / UNIT_COUNT(types)];
        krb5_data in = data_of(password, strlen(password));
        krb5_keyblock want;

        assert_int_equal(krb5_c_string_to_key(krb5, types[i % UNIT_COUNT(types)], &in, &salt,
                                              &want), 0);
        assert_true(crypto_krb_key_from_string(&key, want.enctype,
                                               view_of(password, strlen(password)),
                                               view_of(salt.data, salt.length),
                                               view_of(NULL, 0)));
        assert_true(view_is_equal(crypto_krb_key_view(&key), view_of(want.contents, want.length)));
        krb5_free_keyblock_contents(krb5, &want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_hmac_md5_under_any_key),
        cmocka_unit_test(test_prf),
        cmocka_unit_test(test_string_to_key),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
