/*
 * NegoEx's messages against a conversation whose octets we did not make, and the published
 * example of MS-NEGOEX 4: what they say, that they are built bit for bit, and that nothing
 * else is read as one.
 */
#include "unit.h"

#include "vectors.h"

#include "crypto/krb.h"
#include "packages/negotiate/wire/negoex.h"

#include "winerror.h"

#define FILE_NAME "spnego-tokens.tsv"
#define ROOM 4096
#define LENGTH_AT 20u

static uint8_t bytes[ROOM], room[ROOM];

static struct view
row(const char *name)
{
    return view_of(bytes, vector_get(FILE_NAME, name, bytes, sizeof(bytes)));
}

static status_t
parse(struct view in, struct negoex_message *out)
{
    struct rd r = rd_init(in);
    status_t st = negoex_message_get(&r, out);

    return st == 0 ? rd_end_exact(&r, SEC_E_INVALID_TOKEN) : st;
}

static const char *const rows[] = {
    "negoex.0.INITIATOR_NEGO", "negoex.1.INITIATOR_META_DATA", "negoex.2.AP_REQUEST",
    "negoex.3.ACCEPTOR_NEGO", "negoex.4.ACCEPTOR_META_DATA", "negoex.5.CHALLENGE",
    "negoex.6.VERIFY.acceptor", "negoex.7.VERIFY.initiator", "negoex.8.ALERT.verify_no_key",
};
/* The types in the order of the rows. */
static const enum negoex_type types[] = {
    NEGOEX_INITIATOR_NEGO, NEGOEX_INITIATOR_META_DATA, NEGOEX_AP_REQUEST, NEGOEX_ACCEPTOR_NEGO,
    NEGOEX_ACCEPTOR_META_DATA, NEGOEX_CHALLENGE, NEGOEX_VERIFY, NEGOEX_VERIFY, NEGOEX_ALERT,
};
static const uint8_t scheme[NEGOEX_GUID] =
    "\x5c\x33\x53\x0d\xea\xf9\x0d\x4d\xb2\xec\x4a\xe3\x78\x6e\xc3\x08";

static void
messages_are_built_as_they_were_recorded(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct wr w = wr_init(room, sizeof(room));
        struct view in = row(rows[i]);
        struct negoex_message m;

        assert_int_equal(parse(in, &m), 0);
        assert_int_equal(m.type, types[i]);
        assert_int_equal(m.sequence, i);
        negoex_message_put(&w, &m);
        assert_int_equal(w.len, in.n);
        assert_memory_equal(room, in.p, in.n);
    }
}

static void
messages_say_what_was_put_into_them(void **state)
{
    struct negoex_message m;

    (void)state;
    assert_int_equal(parse(row("msnegoex.example.INITIATOR_NEGO"), &m), 0);
    assert_int_equal(m.schemes.n, NEGOEX_GUID);
    assert_memory_equal(m.schemes.p, scheme, NEGOEX_GUID);
    assert_int_equal(m.random[0], 0xf1);
    assert_int_equal(parse(row(rows[1]), &m), 0);
    assert_memory_equal(m.scheme, scheme, NEGOEX_GUID);
    assert_int_equal(m.body.n, 18);
    assert_memory_equal(m.body.p, "INITIATOR-METADATA", 18);
    assert_int_equal(parse(row(rows[6]), &m), 0);
    assert_int_equal(m.checksum_type, KRB_CKSUM_AES256_SHA1);
    assert_int_equal(m.body.n, 12);
    assert_int_equal(parse(row(rows[8]), &m), 0);
    assert_true(m.no_key);
    assert_int_equal(m.error, 0);
}

/* The checksums of both sides, over all that was said before (MS-NEGOEX 3.1.5.8). */
static void
a_verify_signs_all_before_it(void **state)
{
    static const uint32_t usages[] = { 23, 25 };
    uint8_t transcript[ROOM], sum[CRYPTO_KRB_MAC_MAX];
    struct wr w = wr_init(transcript, sizeof(transcript));
    struct crypto_krb_key key;

    (void)state;
    assert_true(crypto_krb_key_init(&key, KRB_ENCTYPE_AES256_SHA1, row("negoex.key.aes256")));
    for (size_t i = 0; i < 8; i++) {
        struct view in = row(rows[i]), all = wr_written(&w);
        struct crypto_krb_sum s;
        struct negoex_message m;

        assert_int_equal(parse(in, &m), 0);
        if (m.type == NEGOEX_VERIFY) {
            crypto_krb_sum_init(&s, &key, usages[i - 6]);
            crypto_krb_sum(&s, &all, 1, sum);
            assert_int_equal(m.body.n, key.type->mac_size);
            assert_memory_equal(m.body.p, sum, m.body.n);
        }
        wr_view(&w, in);
    }
}

static void
a_token_is_messages_one_behind_the_other(void **state)
{
    static const char *const tokens[] = { "negoex.token1.initiator", "negoex.token2.acceptor",
                                          "negoex.token3.initiator" };
    uint32_t sequence = 0;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(tokens); i++) {
        struct rd r = rd_init(row(tokens[i]));
        struct negoex_message m;

        while (rd_left(&r) > 0) {
            assert_int_equal(negoex_message_get(&r, &m), 0);
            assert_int_equal(m.sequence, sequence++);
        }
    }
    assert_int_equal(sequence, 8);
}

static void
what_is_cut_short_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct view in = row(rows[i]);
        struct negoex_message m;

        for (size_t n = 0; n < in.n; n++)
            assert_int_equal(parse(view_of(in.p, n), &m), SEC_E_INVALID_TOKEN);
        /* And where the header says so, unless what is missing is only filling. */
        for (uint8_t n = 0; n < in.n; n++) {
            bytes[LENGTH_AT] = n;
            assert_int_equal(parse(view_of(in.p, n), &m), SEC_E_INVALID_TOKEN);
        }
    }
}

/* One octet of a message, and what must become of it. */
static const struct change {
    const char *row;
    size_t at;
    uint8_t to;
    status_t status;
} changes[] = {
    { "negoex.0.INITIATOR_NEGO", 0, 'n', SEC_E_INVALID_TOKEN },
    { "negoex.0.INITIATOR_NEGO", 8, 8, SEC_E_INVALID_TOKEN },           /* no such type */
    { "negoex.0.INITIATOR_NEGO", 16, 95, SEC_E_INVALID_TOKEN },         /* too short a header */
    { "negoex.0.INITIATOR_NEGO", 16, 113, SEC_E_INVALID_TOKEN },        /* longer than all */
    { "negoex.0.INITIATOR_NEGO", 72, 1, SEC_E_INVALID_TOKEN },          /* version */
    { "negoex.0.INITIATOR_NEGO", 80, 95, SEC_E_INVALID_TOKEN },         /* inside the header */
    { "negoex.0.INITIATOR_NEGO", 80, 97, SEC_E_INVALID_TOKEN },         /* beyond the end */
    { "negoex.0.INITIATOR_NEGO", 84, 2, SEC_E_INVALID_TOKEN },          /* more than there are */
    { "negoex.0.INITIATOR_NEGO", 85, 1, SEC_E_INVALID_TOKEN },
    { "negoex.0.INITIATOR_NEGO", 86, 0x60, 0 },                         /* as MIT writes it */
    { "negoex.0.INITIATOR_NEGO", 84, 0, 0 },
    { "negoex.1.INITIATOR_META_DATA", 56, 63, SEC_E_INVALID_TOKEN },
    { "negoex.1.INITIATOR_META_DATA", 60, 19, SEC_E_INVALID_TOKEN },
    { "negoex.1.INITIATOR_META_DATA", 63, 0xff, SEC_E_INVALID_TOKEN },
    { "negoex.6.VERIFY.acceptor", 56, 24, SEC_E_INVALID_TOKEN },        /* the checksum's header */
    { "negoex.6.VERIFY.acceptor", 60, 2, SEC_E_INVALID_TOKEN },         /* not RFC 3961's */
    { "negoex.8.ALERT.verify_no_key", 64, 9, SEC_E_INVALID_TOKEN },
    { "negoex.8.ALERT.verify_no_key", 72, 2, 0 },                       /* another alert */
    { "negoex.8.ALERT.verify_no_key", 84, 7, SEC_E_INVALID_TOKEN },     /* no whole pulse */
};

static void
what_lies_about_its_parts_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
        struct view in = row(changes[i].row);
        struct negoex_message m;

        bytes[changes[i].at] = changes[i].to;
        if (parse(in, &m) != changes[i].status)
            fail_msg("%s, octet %zu", changes[i].row, changes[i].at);
    }
}

/* A vector of one extension behind the schemes; only a critical one stops us. */
static void
a_critical_extension_is_refused(void **state)
{
    static const struct {
        uint8_t top, offset;
        status_t status;
    } kinds[] = {
        { 0x00, 112, 0 }, { 0x80, 112, SEC_E_UNSUPPORTED_FUNCTION },
        { 0x00, 113, SEC_E_INVALID_TOKEN }, { 0x00, 12, SEC_E_INVALID_TOKEN },
    };
    struct negoex_message m;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        size_t n = row(rows[0]).n;

        memset(bytes + n, 0, 12);
        bytes[n + 3] = kinds[i].top;
        bytes[88] = kinds[i].offset;
        bytes[92] = 1;
        bytes[LENGTH_AT] = (uint8_t)(n + 12);
        assert_int_equal(parse(view_of(bytes, n + 12), &m), kinds[i].status);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_built_as_they_were_recorded),
        cmocka_unit_test(messages_say_what_was_put_into_them),
        cmocka_unit_test(a_verify_signs_all_before_it),
        cmocka_unit_test(a_token_is_messages_one_behind_the_other),
        cmocka_unit_test(what_is_cut_short_is_refused),
        cmocka_unit_test(what_lies_about_its_parts_is_refused),
        cmocka_unit_test(a_critical_extension_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
