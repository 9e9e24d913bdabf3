/*
 * MD4, MD5, HMAC-MD5 and CRC-32 against RFC 1320 A.5, RFC 1321 A.5, RFC 2202
 * 2 and the check value of the CRC catalogue.
 */
#include "unit.h"

#include "crypto/crypto.h"
#include "vectors.h"

#define ROWS "ntlm-vectors.tsv"
#define DATA_MAX 128

/* The inputs that both RFCs share; RFC 1320 goes on with two more. */
static const char *const texts[] = {
    "",
    "a",
    "abc",
    "message digest",
    "abcdefghijklmnopqrstuvwxyz",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
};

#define MD5_TEXTS 5

static struct view
text_view(const char *s)
{
    return view_of(s, strlen(s));
}

static void
check_row(const char *format_name, size_t i, const uint8_t got[CRYPTO_MD_SIZE])
{
    uint8_t want[CRYPTO_MD_SIZE];
    char name[64];

    (void)snprintf(name, sizeof(name), "%s.%zu", format_name, i);
    assert_int_equal(vector_get(ROWS, name, want, sizeof(want)), CRYPTO_MD_SIZE);
    assert_memory_equal(got, want, CRYPTO_MD_SIZE);
}

static void
test_md4(void **state)
{
    uint8_t out[CRYPTO_MD_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        crypto_md4(text_view(texts[i]), out);
        check_row("rfc1320.md4", i, out);
    }
}

/* The NT hash of the empty password, and of MS-NLMP's "Password". */
static void
test_md4_nt_hash(void **state)
{
    uint8_t password[64], want[CRYPTO_MD_SIZE], out[CRYPTO_MD_SIZE];
    size_t n;

    (void)state;
    (void)vector_get(ROWS, "ntowf.empty", want, sizeof(want));
    crypto_md4(view_of(NULL, 0), out);
    assert_memory_equal(out, want, sizeof(out));

    n = vector_get(ROWS, "common.Passwd.utf16le", password, sizeof(password));
    (void)vector_get(ROWS, "v1.NTOWFv1", want, sizeof(want));
    crypto_md4(view_of(password, n), out);
    assert_memory_equal(out, want, sizeof(out));
}

static void
test_md5(void **state)
{
    uint8_t out[CRYPTO_MD_SIZE];

    (void)state;
    for (size_t i = 0; i < MD5_TEXTS; i++) {
        struct view in = text_view(texts[i]);

        crypto_md5(&in, 1, out);
        check_row("rfc1321.md5", i, out);
    }
}

/* Cut anywhere, with empty views between, the sum is that of the whole. */
static void
test_md5_concatenation(void **state)
{
    struct view all = text_view(texts[4]);
    uint8_t out[CRYPTO_MD_SIZE];

    (void)state;
    for (size_t cut = 0; cut <= all.n; cut++) {
        struct view in[4] = {
            view_of(NULL, 0), view_of(all.p, cut), view_of(all.p, 0),
            view_of(all.p + cut, all.n - cut),
        };

        crypto_md5(in, UNIT_COUNT(in), out);
        check_row("rfc1321.md5", 4, out);
    }
    crypto_md5(NULL, 0, out);
    check_row("rfc1321.md5", 0, out);
}

/* RFC 2202, section 2. */
struct hmac_case {
    uint8_t key[DATA_MAX];
    size_t key_n;
    uint8_t data[DATA_MAX];
    size_t data_n;
};

static void
hmac_case_set(struct hmac_case *c, int key_byte, size_t key_n, int data_byte, size_t data_n)
{
    memset(c->key, key_byte, key_n);
    c->key_n = key_n;
    memset(c->data, data_byte, data_n);
    c->data_n = data_n;
}

static void
hmac_case_text(struct hmac_case *c, const char *data)
{
    c->data_n = strlen(data);
    memcpy(c->data, data, c->data_n);
}

static void
hmac_case_make(struct hmac_case *c, size_t i)
{
    static const size_t key_sizes[] = { 16, 4, 16, 25, 16, 80, 80 };
    static const int key_bytes[] = { 0x0b, 0, 0xaa, 0, 0x0c, 0xaa, 0xaa };
    static const char *const data[] = {
        "Hi There", "what do ya want for nothing?", NULL, NULL, "Test With Truncation",
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
    };

    hmac_case_set(c, key_bytes[i], key_sizes[i], i == 2 ? 0xdd : 0xcd, 50);
    if (i == 1)
        memcpy(c->key, "Jefe", 4);
    for (size_t k = 0; i == 3 && k < c->key_n; k++)
        c->key[k] = (uint8_t)(k + 1);
    if (data[i] != NULL)
        hmac_case_text(c, data[i]);
}

static void
test_hmac_md5(void **state)
{
    struct hmac_case c;
    uint8_t out[CRYPTO_MD_SIZE];

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        struct view in;

        hmac_case_make(&c, i);
        in = view_of(c.data, c.data_n);
        crypto_hmac_md5(view_of(c.key, c.key_n), &in, 1, out);
        check_row("rfc2202.hmac_md5", i + 1, out);
    }
}

/* One keyed context makes many sums, each as if it were the first. */
static void
test_hmac_reuse(void **state)
{
    struct hmac_case c;
    struct crypto_hmac h;
    uint8_t out[CRYPTO_MD_SIZE];

    (void)state;
    hmac_case_make(&c, 6);
    crypto_hmac_init(&h, view_of(c.key, c.key_n));
    for (size_t cut = 0; cut <= c.data_n; cut++) {
        struct view in[2] = {
            view_of(c.data, cut), view_of(c.data + cut, c.data_n - cut),
        };

        crypto_hmac_sum(&h, in, 2, out);
        check_row("rfc2202.hmac_md5", 7, out);
    }
}

/* Anonymous NTLM keys HMAC with nothing: an empty key must work, and differ from a zero byte. */
static void
test_hmac_empty_key(void **state)
{
    /* HMAC-MD5 of "" under "", as Wikipedia's HMAC article gives it. */
    static const char want_hex[] = "74e6f7298a9c2d168935f58c001bad88";
    uint8_t want[CRYPTO_MD_SIZE], out[CRYPTO_MD_SIZE];

    (void)state;
    (void)vector_from_hex(want_hex, want, sizeof(want));
    crypto_hmac_md5(view_of(NULL, 0), NULL, 0, out);
    assert_memory_equal(out, want, sizeof(out));
}

static void
test_crc32(void **state)
{
    struct view whole = text_view("123456789");
    uint8_t want[4];
    uint32_t crc;

    (void)state;
    (void)vector_get(ROWS, "crc32.123456789", want, sizeof(want));
    for (size_t cut = 0; cut <= whole.n; cut++) {
        struct view in[3] = {
            view_of(whole.p, cut), view_of(NULL, 0), view_of(whole.p + cut, whole.n - cut),
        };

        crc = crypto_crc32(in, 3);
        assert_int_equal(crc, (uint32_t)want[0] | (uint32_t)want[1] << 8
                              | (uint32_t)want[2] << 16 | (uint32_t)want[3] << 24);
    }
    assert_int_equal(crypto_crc32(NULL, 0), 0);
}

/* MS-NLMP 4.2.2.4: the checksum of the first sealed message. */
static void
test_crc32_nlmp(void **state)
{
    uint8_t text[64], want[4];
    struct view in;
    uint32_t crc;

    (void)state;
    in = view_of(text, vector_get(ROWS, "common.Plaintext.utf16le", text, sizeof(text)));
    (void)vector_get(ROWS, "v1.Seal.CRC32", want, sizeof(want));
    crc = crypto_crc32(&in, 1);
    for (size_t i = 0; i < sizeof(want); i++)
        assert_int_equal(crc >> (8 * i) & 0xFF, want[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_md4),
        cmocka_unit_test(test_md4_nt_hash),
        cmocka_unit_test(test_md5),
        cmocka_unit_test(test_md5_concatenation),
        cmocka_unit_test(test_hmac_md5),
        cmocka_unit_test(test_hmac_reuse),
        cmocka_unit_test(test_hmac_empty_key),
        cmocka_unit_test(test_crc32),
        cmocka_unit_test(test_crc32_nlmp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
