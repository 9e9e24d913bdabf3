/*
 * Kerberos's derivations against RFC 3961 A.1, RFC 3962 B, RFC 8009 A, and
 * the values that MIT krb5 tests itself with.
 */
#include "krb_rows.h"

static void
check_nfold(const char *stem)
{
    struct row_bytes in = row_get(stem, "in"), want = row_get(stem, "out");
    uint8_t out[ROW_MAX];

    assert_int_equal(row_number(stem, "nfold/"), want.n * 8);
    crypto_krb_nfold(row_view(&in), out, want.n);
    assert_memory_equal(out, want.bytes, want.n);
}

static void
test_nfold(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "rfc3961.nfold/", ".in", check_nfold), 11);
}

static void
check_derive(const char *stem)
{
    struct crypto_krb_key k = row_key(stem);
    struct row_bytes constant = row_get(stem, "constant"), want = row_get(stem, "out");
    uint8_t out[ROW_MAX];

    crypto_krb_derive(&k, row_view(&constant), out, want.n);
    assert_memory_equal(out, want.bytes, want.n);
}

static void
test_derive(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "mit.dk/", ".out", check_derive), 6);
    assert_int_equal(vector_each(KRB_ROWS, "rfc8009.dk/", ".out", check_derive), 6);
}

static void
check_prf(const char *stem)
{
    struct crypto_krb_key k = row_key(stem);
    struct row_bytes in = row_get(stem, "in"), want = row_get(stem, "out");
    uint8_t out[CRYPTO_KRB_PRF_MAX];

    assert_int_equal(want.n, k.type->prf_size);
    crypto_krb_prf(&k, row_view(&in), out);
    assert_memory_equal(out, want.bytes, want.n);
}

static void
test_prf(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "mit.prf/", ".out", check_prf), 6);
    assert_int_equal(vector_each(KRB_ROWS, "rfc8009.prf/", ".out", check_prf), 2);
}

static void
check_string(const char *stem)
{
    struct row_bytes password = row_get(stem, "pass"), salt = row_get(stem, "salt");
    struct row_bytes params = row_get(stem, "params");
    struct crypto_krb_key want = row_key(stem), got;

    assert_true(crypto_krb_key_from_string(&got, want.type->number, row_view(&password),
                                           row_view(&salt), row_view(&params)));
    assert_memory_equal(got.bytes, want.bytes, want.type->key_size);
}

static void
test_string_to_key(void **state)
{
    (void)state;
    assert_int_equal(vector_each(KRB_ROWS, "rfc3962.s2k/", ".key", check_string), 14);
    assert_int_equal(vector_each(KRB_ROWS, "rfc8009.s2k/", ".key", check_string), 2);
    assert_int_equal(vector_each(KRB_ROWS, "rfc4757.s2k/", ".key", check_string), 1);
}

/* A KDC may not keep us busy, nor send params of another form. */
static void
test_string_to_key_refuses(void **state)
{
    static const struct {
        const char *params;
        size_t n;
    } wrong[] = {
        { "\0\0\0\0", 4 }, { "\0\x10\0\1", 4 }, { "\xFF\xFF\xFF\xFF", 4 },
        { "\0\0\1", 3 }, { "\0\0\0\1\0", 5 },
    };
    struct view text = view_of("x", 1);
    static uint8_t salt[2000];
    struct crypto_krb_key k;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        assert_false(crypto_krb_key_from_string(&k, KRB_ENCTYPE_AES256_SHA1, text, text,
                                                view_of(wrong[i].params, wrong[i].n)));
        assert_null(k.type);
    }
    assert_false(crypto_krb_key_from_string(&k, KRB_ENCTYPE_AES256_SHA1, text,
                                            view_of(salt, sizeof(salt)), view_of("\0\0\0\1", 4)));
    assert_false(crypto_krb_key_from_string(&k, 16, text, text, view_of(NULL, 0)));
    assert_false(crypto_krb_key_from_string(&k, KRB_ENCTYPE_RC4, view_of("\xFF", 1), text,
                                            view_of(NULL, 0)));
    assert_true(crypto_krb_key_from_string(&k, KRB_ENCTYPE_AES128_SHA1, view_of(NULL, 0), text,
                                           view_of("\0\0\0\1", 4)));
}

/* Sizes are the type's, names are those of krb5.conf. */
static void
test_keys(void **state)
{
    static const uint8_t bytes[33];
    struct crypto_krb_key k, other;

    (void)state;
    for (int32_t type = -200; type < 200; type++) {
        const struct crypto_krb_enctype *e = crypto_krb_enctype_find(type);
        bool known = (type >= 17 && type <= 20) || type == 23;

        assert_int_equal(e != NULL, known);
        for (size_t n = 0; n <= sizeof(bytes); n++)
            assert_int_equal(crypto_krb_key_init(&k, type, view_of(bytes, n)),
                             known && n == e->key_size);
        if (known)
            assert_ptr_equal(crypto_krb_enctype_find_name(e->name), e);
    }
    assert_null(crypto_krb_enctype_find_name("des-cbc-crc"));
    crypto_krb_key_random(&k, crypto_krb_enctype_find(KRB_ENCTYPE_AES256_SHA384));
    crypto_krb_key_random(&other, k.type);
    assert_int_equal(crypto_krb_key_view(&k).n, 32);
    assert_memory_not_equal(k.bytes, other.bytes, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nfold),
        cmocka_unit_test(test_derive),
        cmocka_unit_test(test_prf),
        cmocka_unit_test(test_string_to_key),
        cmocka_unit_test(test_string_to_key_refuses),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
