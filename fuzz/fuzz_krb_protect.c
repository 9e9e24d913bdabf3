/*
 * Per-message tokens (RFC 4121 4.2, RFC 4757 7) between two sides that have
 * the same keys, with the fuzzer on the way. The first octet says which type,
 * style and quality; the next how long the message is; then come changes of
 * three octets: where (16 bits) and by what. What is left is a token of the
 * fuzzer's own.
 *
 * Oracle: a message that was not changed arrives; one that was, or that the
 * fuzzer made, does not.
 */
#include "fuzz.h"

#include "packages/kerberos/protect/protect.h"

#define ROOM 1024
#define TEXT_MAX 256
#define CHANGES_MAX 8u
#define RC4_NUMBER_FROM_END 24u

static const int32_t types[] = { 17, 18, 19, 20, 23 };

static struct krb_context_data
side(unsigned kind, enum krb_role role)
{
    static const uint8_t bytes[CRYPTO_KRB_KEY_MAX] = "a key for two, and for nobody..";
    int32_t etype = types[kind % 5];
    struct view key = view_of(bytes, crypto_krb_enctype_find(etype)->key_size);
    bool dce = (kind / 10 & 1) != 0;
    /* DCE style always has the acceptor's. */
    bool subkey = dce || (kind / 5 & 1) != 0;

    return (struct krb_context_data){
        .role = (uint8_t)role,
        .gss_flags = KRB_GSS_CONF | KRB_GSS_INTEG | KRB_GSS_REPLAY |
                     (dce ? KRB_GSS_DCE_STYLE : 0),
        .initiator_key = { etype, key }, .acceptor_key = { subkey ? etype : 0, key },
        .send_sequence = 7, .receive_sequence = 7,
    };
}

static bool
is_sealed(unsigned kind)
{
    return (kind / 20 & 1) == 0;
}

/* RFC 4757's sequence number, which nothing covers in a message that is not sealed. */
static bool
is_open_number(unsigned kind, size_t token, size_t at)
{
    return types[kind % 5] == KRB_ENCTYPE_RC4 && !is_sealed(kind) &&
           at >= token - RC4_NUMBER_FROM_END && at < token - RC4_NUMBER_FROM_END + 4;
}

/* TOKEN and DATA, without RC4's padding: *same says whether the changes left them as they were. */
static bool
arrives(struct krb_protect *sender, struct krb_protect *receiver, unsigned kind, size_t n,
        struct rd *changes, bool *same)
{
    uint8_t bytes[ROOM] = { 0 }, before[ROOM];
    uint8_t *token = bytes + TEXT_MAX;
    struct krb_message m = { .count = 1, .token = token, .token_size = ROOM - TEXT_MAX,
                             .pieces[0] = { bytes, n, true } };
    bool encrypted;

    FUZZ_CHECK(krb_protect_seal(sender, &m, is_sealed(kind)) == 0);
    memcpy(before, bytes, sizeof(bytes));
    for (unsigned i = 0; i < CHANGES_MAX && rd_left(changes) >= 3; i++) {
        size_t at = rd_u16be(changes) % (m.token_size + n);
        uint8_t by = rd_u8(changes);

        if (!is_open_number(kind, m.token_size, at))
            *(at < m.token_size ? token + at : bytes + (at - m.token_size)) ^= by;
    }
    *same = memcmp(before, bytes, sizeof(bytes)) == 0;
    return krb_protect_unseal(receiver, &m, &encrypted) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_init(view_of(data, size));
    unsigned kind = rd_u8(&r);
    size_t n = rd_u8(&r);
    struct krb_context_data a = side(kind, KRB_ROLE_INITIATOR), b = side(kind, KRB_ROLE_ACCEPTOR);
    struct krb_protect sender, receiver;
    uint8_t stream[ROOM];
    struct crypto_piece text;
    bool encrypted, same;

    if (r.failed)
        return 0;
    FUZZ_CHECK(krb_protect_init(&sender, &a) && krb_protect_init(&receiver, &b));
    FUZZ_CHECK(arrives(&sender, &receiver, kind, n, &r, &same) == same);
    if (rd_left(&r) > 0 && rd_left(&r) <= sizeof(stream)) {
        size_t left = rd_left(&r);

        rd_bytes(&r, stream, left);
        FUZZ_CHECK(krb_protect_unseal_stream(&receiver, stream, left, &text, &encrypted) != 0);
    }
    krb_protect_wipe(&sender);
    krb_protect_wipe(&receiver);
    return 0;
}
