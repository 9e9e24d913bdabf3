/* RC4 against RFC 6229 and MS-NLMP 4.2.2.4; DES against MS-NLMP 4.2.2.1 and nettle. */
#include "unit.h"

#include <nettle/des.h>

#include "crypto/crypto.h"
#include "vectors.h"

#define ROWS "ntlm-vectors.tsv"
#define STREAM (4096 + 16)

static const char *const rc4_keys[] = {
    "0102030405",
    "01020304050607",
    "0102030405060708",
    "0102030405060708090a0b0c0d0e0f10",
    "833222772a",
    "1910833222772a",
    "ebb46227c6cc8b37641910833222772a",
};

static void
check_stream(const char *key_hex, const uint8_t *stream, size_t offset)
{
    uint8_t want[16];
    char name[96];

    (void)snprintf(name, sizeof(name), "rfc6229.rc4.key%s.ofs%zu", key_hex, offset);
    assert_int_equal(vector_get(ROWS, name, want, sizeof(want)), sizeof(want));
    assert_memory_equal(stream + offset, want, sizeof(want));
}

static void
test_rc4_streams(void **state)
{
    uint8_t key[16], stream[STREAM];
    struct crypto_rc4 c;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rc4_keys); i++) {
        size_t n = vector_from_hex(rc4_keys[i], key, sizeof(key));

        memset(stream, 0, sizeof(stream));
        crypto_rc4_init(&c, view_of(key, n));
        crypto_rc4(&c, stream, stream, sizeof(stream));
        check_stream(rc4_keys[i], stream, 0);
        check_stream(rc4_keys[i], stream, 4096);
    }
}

/* The stream goes on over calls of any size, in place or not. */
static void
test_rc4_goes_on(void **state)
{
    uint8_t key[16], zeros[STREAM] = { 0 }, stream[STREAM];
    struct crypto_rc4 c;
    size_t at = 0;

    (void)state;
    (void)vector_from_hex(rc4_keys[3], key, sizeof(key));
    crypto_rc4_init(&c, view_of(key, sizeof(key)));
    for (size_t piece = 0; at < sizeof(stream); piece++) {
        size_t n = piece < sizeof(stream) - at ? piece : sizeof(stream) - at;

        crypto_rc4(&c, zeros + at, stream + at, n);
        at += n;
    }
    check_stream(rc4_keys[3], stream, 0);
    check_stream(rc4_keys[3], stream, 4096);
}

static void
check_classic(const char *key, const char *text)
{
    uint8_t want[32], out[32];
    struct crypto_rc4 c;
    char name[64];
    size_t n = strlen(text);

    (void)snprintf(name, sizeof(name), "rc4.classic.%s", key);
    assert_int_equal(vector_get(ROWS, name, want, sizeof(want)), n);
    crypto_rc4_init(&c, view_of(key, strlen(key)));
    memcpy(out, text, n);
    crypto_rc4(&c, out, out, n);
    assert_memory_equal(out, want, n);
}

static void
test_rc4_texts(void **state)
{
    (void)state;
    check_classic("Key", "Plaintext");
    check_classic("Wiki", "pedia");
    check_classic("Secret", "Attack at dawn");
}

/* MS-NLMP 4.2.2.4, GSS_WrapEx: the message, then its signature, in one stream. */
static void
test_rc4_nlmp(void **state)
{
    uint8_t key[16], text[64], want[64], zeros[4] = { 0 }, pad[4];
    struct crypto_rc4 c;
    size_t n;

    (void)state;
    (void)vector_get(ROWS, "v1.SealKey", key, sizeof(key));
    n = vector_get(ROWS, "common.Plaintext.utf16le", text, sizeof(text));
    crypto_rc4_init(&c, view_of(key, sizeof(key)));
    crypto_rc4(&c, text, text, n);
    assert_int_equal(vector_get(ROWS, "v1.Seal.Data", want, sizeof(want)), n);
    assert_memory_equal(text, want, n);
    crypto_rc4(&c, zeros, pad, sizeof(pad));
    (void)vector_get(ROWS, "v1.Seal.RandomPad.rc4", want, sizeof(want));
    assert_memory_equal(pad, want, sizeof(pad));
}

static void
check_lm_hash(const char *password14, const char *row)
{
    uint8_t want[16], out[16];

    crypto_des((const uint8_t *)password14, (const uint8_t *)"KGS!@#$%", out);
    crypto_des((const uint8_t *)password14 + 7, (const uint8_t *)"KGS!@#$%", out + 8);
    assert_int_equal(vector_get(ROWS, row, want, sizeof(want)), sizeof(want));
    assert_memory_equal(out, want, sizeof(out));
}

/* The empty password is the all-zero key, which is one of DES's weak ones. */
static void
test_des_lm_hash(void **state)
{
    (void)state;
    check_lm_hash("PASSWORD\0\0\0\0\0", "v1.LMOWFv1");
    check_lm_hash("\0\0\0\0\0\0\0\0\0\0\0\0\0", "lmowf.empty");
}

/* MS-NLMP 4.2.2.2.1: DESL, three keys over the server challenge. */
static void
test_des_nlmp_response(void **state)
{
    uint8_t keys[21] = { 0 }, challenge[8], want[24], out[24];

    (void)state;
    (void)vector_get(ROWS, "v1.NTOWFv1", keys, sizeof(keys));
    (void)vector_get(ROWS, "common.ServerChallenge", challenge, sizeof(challenge));
    for (size_t i = 0; i < 3; i++)
        crypto_des(keys + 7 * i, challenge, out + 8 * i);
    assert_int_equal(vector_get(ROWS, "v1.NtChallengeResponse", want, sizeof(want)), 24);
    assert_memory_equal(out, want, sizeof(out));
}

/*
 * The row is the spread key with parity: nettle under it gives what we give
 * under the seven bytes.
 */
static void
test_des_key_spread(void **state)
{
    uint8_t key8[8], want[8], out[8];
    struct des_ctx ctx;

    (void)state;
    assert_int_equal(vector_get(ROWS, "des.key7expand", key8, sizeof(key8)), 8);
    (void)des_set_key(&ctx, key8);
    des_encrypt(&ctx, 8, want, (const uint8_t *)"KGS!@#$%");
    crypto_des((const uint8_t *)"PASSWOR", (const uint8_t *)"KGS!@#$%", out);
    assert_memory_equal(out, want, sizeof(out));
}

/* Each of the 56 bits matters: none falls into a parity bit. */
static void
test_des_every_key_bit(void **state)
{
    uint8_t out[57][8];

    (void)state;
    for (size_t i = 0; i < 57; i++) {
        uint8_t key7[7] = { 0 };

        if (i < 56)
            key7[i / 8] = (uint8_t)(0x80 >> i % 8);
        crypto_des(key7, (const uint8_t *)"KGS!@#$%", out[i]);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(out[i], out[k], 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rc4_streams),
        cmocka_unit_test(test_rc4_goes_on),
        cmocka_unit_test(test_rc4_texts),
        cmocka_unit_test(test_rc4_nlmp),
        cmocka_unit_test(test_des_lm_hash),
        cmocka_unit_test(test_des_nlmp_response),
        cmocka_unit_test(test_des_key_spread),
        cmocka_unit_test(test_des_every_key_bit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
