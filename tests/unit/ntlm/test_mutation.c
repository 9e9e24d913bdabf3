/*
 * The differential oracle: client and server in one process, with messages
 * altered in flight. Whatever is done to them, a wrong password is never
 * accepted; and as every byte is under the MIC, an altered handshake must
 * fail at one end, or both ends must agree on the session key over the very
 * bytes that were sent.
 *
 * Mutations come from a fixed seed, so a failure repeats: its number is printed.
 */
#include "fake_lsa.h"

#define NOTHING view_of(NULL, 0)
#define MUTATIONS 10000

/* Bytes that parsers care about, to be put anywhere. */
static const uint16_t interesting[] = { 0, 1, 2, 7, 8, 15, 16, 23, 24, 25, 44, 72, 88, 0x7FFF,
                                        0x8000, 0xFFFE, 0xFFFF };

static uint32_t generator;

static uint32_t
chance(uint32_t below)
{
    generator = generator * 1664525u + 1013904223u;
    return (generator >> 8) % below;
}

/* Alters a message; the copy is its exact size, so that ASan sees a step beyond it. */
static uint8_t *
mutated(struct view in, size_t *n)
{
    uint8_t *p = malloc(in.n + 16);
    size_t at = chance((uint32_t)in.n);
    uint8_t *exact;

    memcpy(p, in.p, in.n);
    *n = in.n;
    switch (chance(6)) {
    case 0:
        p[at] ^= (uint8_t)(1u << chance(8));
        break;
    case 1:
        *n = at;
        break;
    case 2:     /* a length or an offset */
        at = 12 + 2 * chance((uint32_t)(in.n < 72 ? 14 : 30));
        at = at + 2 > in.n ? in.n - 2 : at;
        p[at] = (uint8_t)interesting[chance(UNIT_COUNT(interesting))];
        p[at + 1] = (uint8_t)(chance(2) ? 0 : 0xFF);
        break;
    case 3:     /* an insertion */
        memmove(p + at + 8, p + at, in.n - at);
        for (size_t i = 0; i < 8; i++)
            p[at + i] = (uint8_t)chance(256);
        *n = in.n + 8;
        break;
    case 4:     /* a deletion */
        *n = in.n - 1 - chance((uint32_t)(in.n - at > 16 ? 16 : in.n - at));
        memmove(p + at, p + at + (in.n - *n), at < *n ? *n - at : 0);
        break;
    default:    /* a few bytes over */
        for (size_t i = at; i < in.n && i < at + 4; i++)
            p[i] = (uint8_t)chance(256);
        break;
    }
    exact = malloc(*n > 0 ? *n : 1);
    memcpy(exact, p, *n);
    free(p);
    return exact;
}

struct flight {
    struct side *client, *server;
    int message;        /* which of the three is altered */
    bool altered;       /* and it is not what was sent */
};

static struct view
carry(struct flight *f, int message, struct view sent, uint8_t **block)
{
    size_t n;

    *block = NULL;
    if (message != f->message)
        return sent;
    *block = mutated(sent, &n);
    f->altered = !view_is_equal(sent, view_of(*block, n));
    return view_of(*block, n);
}

/* One handshake; true when the acceptor logged the client on. */
static bool
fly(struct flight *f)
{
    uint8_t *blocks[3] = { NULL };
    bool accepted = false;

    f->altered = false;
    assert_int_equal(side_initiate(f->client, NOTHING), SEC_I_CONTINUE_NEEDED);
    if (NT_SUCCESS(side_accept(f->server, carry(f, 0, side_out(f->client), &blocks[0]))) &&
        NT_SUCCESS(side_initiate(f->client, carry(f, 1, side_out(f->server), &blocks[1]))) &&
        f->client->mapped)
        accepted = side_accept(f->server, carry(f, 2, side_out(f->client), &blocks[2])) ==
                   SEC_E_OK;
    for (size_t i = 0; i < 3; i++)
        free(blocks[i]);
    return accepted;
}

static void
flights_are_flown(const char16_t *password, ULONG requirements, int message)
{
    struct side client, server;
    struct flight f = { &client, &server, message, false };
    unsigned unaltered = 0;

    side_open(&client, u"alice", u"EXAMPLE", password);
    side_open(&server, NULL, NULL, NULL);
    client.target = u"HTTP/localhost";
    client.requirements = requirements;
    for (int i = 0; i < MUTATIONS; i++) {
        bool accepted;

        generator = (uint32_t)i * 2654435761u + (uint32_t)message;
        accepted = fly(&f);
        if (accepted && password[0] != 'c')
            fail_msg("message %d, mutation %d: wrong password accepted", message, i);
        if (accepted && f.altered)
            fail_msg("message %d, mutation %d: altered handshake accepted", message, i);
        if (accepted)
            assert_memory_equal(client.session_key, server.session_key, 16);
        if (accepted != server.mapped)
            fail_msg("message %d, mutation %d: mapped without success", message, i);
        unaltered += accepted ? 1 : 0;
        side_reset(&client);
        side_reset(&server);
    }
    /* Some mutations change nothing: then the handshake must succeed, or this test is blind. */
    if (password[0] == 'c')
        assert_true(unaltered > 0);
    side_close(&client);
    side_close(&server);
}

static void
negotiate_is_altered(void **state)
{
    (void)state;
    flights_are_flown(u"correct horse", ISC_REQ_CONFIDENTIALITY, 0);
}

static void
challenge_is_altered(void **state)
{
    (void)state;
    flights_are_flown(u"correct horse", ISC_REQ_CONFIDENTIALITY, 1);
}

static void
authenticate_is_altered(void **state)
{
    (void)state;
    flights_are_flown(u"correct horse", ISC_REQ_CONFIDENTIALITY, 2);
}

static void
authenticate_without_protection_is_altered(void **state)
{
    (void)state;
    flights_are_flown(u"correct horse", 0, 2);
}

static void
wrong_password_is_never_accepted(void **state)
{
    (void)state;
    flights_are_flown(u"wrong", ISC_REQ_CONFIDENTIALITY, 0);
    flights_are_flown(u"wrong", ISC_REQ_CONFIDENTIALITY, 1);
    flights_are_flown(u"wrong", 0, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(negotiate_is_altered),
        TEST(challenge_is_altered),
        TEST(authenticate_is_altered),
        TEST(authenticate_without_protection_is_altered),
        TEST(wrong_password_is_never_accepted),
    };

    return cmocka_run_group_tests_name("ntlm.mutation", tests, NULL, NULL);
}
