/*
 * Signatures and sealing by the values of MS-NLMP 4.2.2.4, 4.2.3.4 and 4.2.4.4,
 * and those that the same code makes: both forms of the signature, cut keys,
 * connectionless messages.
 */
#include "unit.h"
#include "vectors.h"

#include "crypto/crypto.h"
#include "packages/ntlm/protect/protect.h"

#include "winerror.h"

#define FILE_NAME "ntlm-vectors.tsv"
#define MESSAGE_MAX 64

static const uint32_t v1_flags = 0xe2028233;
static const uint32_t v2_flags = 0xe28a8233;

static size_t
row(const char *name, uint8_t room[MESSAGE_MAX])
{
    return vector_get(FILE_NAME, name, room, MESSAGE_MAX);
}

static void
assert_row(const void *got, size_t n, const char *name)
{
    uint8_t want[MESSAGE_MAX];

    assert_int_equal(n, row(name, want));
    assert_memory_equal(got, want, n);
}

static void
protect_open(struct ntlm_protect *p, uint32_t flags, enum ntlm_direction own)
{
    uint8_t key[MESSAGE_MAX];

    assert_int_equal(row("common.RandomSessionKey", key), 16);
    ntlm_protect_init(p, key, flags, NTLM_DETECTS_REPLAY | NTLM_DETECTS_SEQUENCE, own);
}

static void
assert_seals_to(struct ntlm_protect *p, uint32_t number, const char *data, const char *signature)
{
    uint8_t text[MESSAGE_MAX], sig[16];
    size_t n = row("common.Plaintext.utf16le", text);
    struct crypto_piece piece = { text, n, true };

    assert_int_equal(ntlm_protect_seal(p, &piece, 1, number, sig), 0);
    assert_row(text, n, data);
    assert_row(sig, 16, signature);
}

static void
assert_signs_to(struct ntlm_protect *p, const char *signature)
{
    uint8_t text[MESSAGE_MAX], sig[16];
    struct crypto_piece piece = { text, row("common.Plaintext.utf16le", text), false };

    assert_int_equal(ntlm_protect_sign(p, &piece, 1, 0, sig), 0);
    assert_row(sig, 16, signature);
}

/* The message of two rows, checked by the side that receives it. */
static status_t
unseal(struct ntlm_protect *p, uint32_t number, const char *data, const char *signature)
{
    uint8_t text[MESSAGE_MAX], sig[MESSAGE_MAX];
    struct crypto_piece piece = { text, row(data, text), true };
    status_t st = ntlm_protect_unseal(p, &piece, 1, number, view_of(sig, row(signature, sig)));

    assert_row(text, piece.n, st == 0 ? "common.Plaintext.utf16le" : data);
    return st;
}

static void
v1_seals_as_published(void **state)
{
    struct ntlm_protect p;

    (void)state;
    protect_open(&p, v1_flags, NTLM_CLIENT_TO_SERVER);
    assert_seals_to(&p, 0, "v1.Seal.Data", "v1.Seal.Signature.zeropad");
    protect_open(&p, v1_flags, NTLM_CLIENT_TO_SERVER);
    assert_signs_to(&p, "v1.Sign.Signature.seq0");
    assert_signs_to(&p, "v1.Sign.Signature.seq1");
    ntlm_protect_wipe(&p);
}

/* Behind the sealed bytes, in this order: RandomPad, checksum, SeqNum. */
static void
v1_signature_is_of_the_published_parts(void **state)
{
    uint8_t sig[MESSAGE_MAX];

    (void)state;
    assert_int_equal(row("v1.Seal.Signature", sig), 16);
    assert_row(sig + 4, 4, "v1.Seal.RandomPad.rc4");
    assert_row(sig + 8, 4, "v1.Seal.Checksum.rc4");
    assert_row(sig + 12, 4, "v1.Seal.SeqNum.rc4");
    assert_int_equal(row("v1.Seal.Signature.zeropad", sig), 16);
    assert_row(sig + 8, 4, "v1.Seal.Checksum.rc4");
}

/* Peers that keep RandomPad encrypted, and peers that send it as zeros. */
static void
v1_unseals_whatever_the_pad(void **state)
{
    static const char *const signatures[] = { "v1.Seal.Signature", "v1.Seal.Signature.zeropad" };
    struct ntlm_protect p;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(signatures); i++) {
        protect_open(&p, v1_flags, NTLM_SERVER_TO_CLIENT);
        assert_int_equal(unseal(&p, 0, "v1.Seal.Data", signatures[i]), 0);
        /* The stream has gone on: the same bytes again are no message. */
        assert_int_equal(unseal(&p, 0, "v1.Seal.Data", signatures[i]), SEC_E_MESSAGE_ALTERED);
    }
}

static void
v1_both_directions_share_a_stream(void **state)
{
    struct ntlm_protect client, server;
    uint8_t text[] = "text", sig[16], reply[16];
    struct crypto_piece piece = { text, sizeof(text), false };

    (void)state;
    protect_open(&client, v1_flags, NTLM_CLIENT_TO_SERVER);
    protect_open(&server, v1_flags, NTLM_SERVER_TO_CLIENT);
    assert_true(ntlm_protect_is_shared(&client));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ntlm_protect_sign(&client, &piece, 1, 0, sig), 0);
        assert_int_equal(ntlm_protect_verify(&server, &piece, 1, 0, view_of(sig, 16)), 0);
        assert_int_equal(ntlm_protect_sign(&server, &piece, 1, 0, reply), 0);
        assert_memory_not_equal(reply, sig, 16);
        assert_int_equal(ntlm_protect_verify(&client, &piece, 1, 0, view_of(reply, 16)), 0);
    }
    /* A forged message changes nothing: the one that should have come is still good. */
    assert_int_equal(ntlm_protect_sign(&client, &piece, 1, 0, sig), 0);
    for (size_t i = 8; i < 16; i++) {
        sig[i] ^= 0x40;
        assert_int_equal(ntlm_protect_verify(&server, &piece, 1, 0, view_of(sig, 16)),
                         i < 12 ? SEC_E_MESSAGE_ALTERED : SEC_E_OUT_OF_SEQUENCE);
        sig[i] ^= 0x40;
    }
    assert_int_equal(ntlm_protect_verify(&server, &piece, 1, 0, view_of(sig, 16)), 0);
}

static void
lm_key_seals_with_cut_keys(void **state)
{
    uint32_t flags = v1_flags | NTLMSSP_NEGOTIATE_LM_KEY;
    struct ntlm_protect p;

    (void)state;
    protect_open(&p, flags, NTLM_CLIENT_TO_SERVER);
    assert_seals_to(&p, 0, "v1.LM_KEY.56.Seal.Data", "v1.LM_KEY.56.Seal.Signature");
    protect_open(&p, flags & ~NTLMSSP_NEGOTIATE_56, NTLM_CLIENT_TO_SERVER);
    assert_seals_to(&p, 0, "v1.LM_KEY.40.Seal.Data", "v1.LM_KEY.40.Seal.Signature");
}

/* No key exchange: the checksum goes out as it is. */
static void
v1_extended_seals_as_published(void **state)
{
    uint8_t key[MESSAGE_MAX], mac[MESSAGE_MAX], sig[MESSAGE_MAX];
    struct ntlm_protect p;

    (void)state;
    (void)row("v1ess.KeyExchangeKey", key);
    ntlm_protect_init(&p, key, 0x820a8233, 0, NTLM_CLIENT_TO_SERVER);
    assert_seals_to(&p, 0, "v1ess.Seal.Data", "v1ess.Seal.Signature");
    (void)row("v1ess.Seal.Signature", sig);
    assert_int_equal(row("v1ess.Seal.HMAC8", mac), 8);
    assert_memory_equal(sig + 4, mac, 8);
}

static void
v2_checksum_is_of_the_published_parts(void **state)
{
    uint8_t key[MESSAGE_MAX], input[4 + MESSAGE_MAX] = { 0 }, mac[16], sig[MESSAGE_MAX];
    struct view parts[] = { { input, 4 + row("common.Plaintext.utf16le", input + 4) } };

    (void)state;
    crypto_hmac_md5(view_of(key, row("v2.ClientSignKey", key)), parts, 1, mac);
    assert_row(mac, 8, "v2.Seal.HMAC8");
    (void)row("v2.Seal.Signature", sig);
    assert_row(sig + 4, 8, "v2.Seal.Checksum.rc4");
}

/* Each message stands alone: any order, the caller's numbers. */
static void
datagrams_have_a_stream_each(void **state)
{
    static const uint32_t numbers[] = { 5, 0, 1, 5 };
    struct ntlm_protect client, server;
    char data[64], signature[64], name[64];
    uint8_t key[MESSAGE_MAX], out[16];

    (void)state;
    protect_open(&client, v2_flags | NTLMSSP_NEGOTIATE_DATAGRAM, NTLM_CLIENT_TO_SERVER);
    protect_open(&server, v2_flags | NTLMSSP_NEGOTIATE_DATAGRAM, NTLM_SERVER_TO_CLIENT);
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        uint32_t n = numbers[i];

        (void)snprintf(name, sizeof(name), "v2.datagram.seq%u.SealKey", n);
        (void)snprintf(data, sizeof(data), "v2.datagram.seq%u.Data", n);
        (void)snprintf(signature, sizeof(signature), "v2.datagram.seq%u.Signature", n);
        (void)row("v2.ClientSealKey", key);
        ntlm_datagram_key(key, n, out);
        assert_row(out, 16, name);
        assert_seals_to(&client, n, data, signature);
        assert_int_equal(unseal(&server, n + 1, data, signature), SEC_E_OUT_OF_SEQUENCE);
        assert_int_equal(unseal(&server, n, data, signature), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v1_seals_as_published),
        cmocka_unit_test(v1_signature_is_of_the_published_parts),
        cmocka_unit_test(v1_unseals_whatever_the_pad),
        cmocka_unit_test(v1_both_directions_share_a_stream),
        cmocka_unit_test(lm_key_seals_with_cut_keys),
        cmocka_unit_test(v1_extended_seals_as_published),
        cmocka_unit_test(v2_checksum_is_of_the_published_parts),
        cmocka_unit_test(datagrams_have_a_stream_each),
    };

    return cmocka_run_group_tests_name("ntlm.protect", tests, NULL, NULL);
}
