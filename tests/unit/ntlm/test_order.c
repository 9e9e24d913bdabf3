/*
 * What a receiver says of messages that come twice, out of order, or not at
 * all, by what its application was promised; and datagrams, whose numbers
 * are the caller's.
 */
#include "fake_user.h"

#include "packages/ntlm/protect/disorder.h"

#define FLAG_SEAL 0x20u
#define FLAG_DATAGRAM 0x40u
#define FLAG_KEY_EXCH 0x40000000u
#define FLAGS_SIGN (FLAGS_V2 & ~FLAG_SEAL)
#define REPLAY ISC_RET_REPLAY_DETECT
#define SEQUENCE ISC_RET_SEQUENCE_DETECT

#define MESSAGES 200

static struct user_message sent[MESSAGES];

/* Made by the client in their order. */
static void
send_signed(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        user_message_init(&sent[i]);
        assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &sent[i].desc, 0), STATUS_SUCCESS);
    }
}

static NTSTATUS
receive_signed(unsigned i)
{
    return fake.user->VerifySignature(SERVER, &sent[i].desc, 0, NULL);
}

/* Each row: what is promised, and what then comes of a replay, and of overtaking. */
static void
signed_messages_by_promise(void **state)
{
    static const struct {
        uint32_t promised;
        NTSTATUS replayed, early, late;
    } rows[] = {
        { 0, SEC_E_OK, SEC_E_OK, SEC_E_OK },
        { REPLAY, SEC_E_OUT_OF_SEQUENCE, SEC_E_OK, SEC_E_OK },
        { SEQUENCE, SEC_E_OUT_OF_SEQUENCE, SEC_E_OUT_OF_SEQUENCE, SEC_E_OK },
        { REPLAY | SEQUENCE, SEC_E_OUT_OF_SEQUENCE, SEC_E_OUT_OF_SEQUENCE, SEC_E_OK },
    };
    static const uint32_t flags[] = { FLAGS_SIGN, FLAGS_SIGN & ~FLAG_KEY_EXCH };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows) * UNIT_COUNT(flags); i++) {
        size_t row = i / UNIT_COUNT(flags);

        user_pair_make(flags[i % UNIT_COUNT(flags)], rows[row].promised);
        send_signed(4);
        assert_int_equal(receive_signed(0), SEC_E_OK);
        assert_int_equal(receive_signed(0), rows[row].replayed);
        assert_int_equal(receive_signed(2), rows[row].early);
        assert_int_equal(receive_signed(1), rows[row].late);
        assert_int_equal(receive_signed(1), rows[row].replayed);
        assert_int_equal(receive_signed(0), rows[row].replayed);
        if (rows[row].early != SEC_E_OK)
            assert_int_equal(receive_signed(2), SEC_E_OK);
        assert_int_equal(receive_signed(3), SEC_E_OK);
        user_pair_delete();
    }
}

/* Whatever is not promised, an altered message is noticed, and leaves no trace. */
static void
altered_messages_are_noticed(void **state)
{
    struct user_message bad;

    (void)state;
    user_pair_make(FLAGS_SIGN, 0);
    send_signed(3);
    for (size_t i = 0; i < 16 + 18; i++) {
        user_message_copy(&sent[1], &bad);
        *(i < 16 ? &bad.token[i] : &bad.data[i - 16]) ^= 0x40;
        assert_int_equal(fake.user->VerifySignature(SERVER, &bad.desc, 0, NULL),
                         SEC_E_MESSAGE_ALTERED);
    }
    assert_int_equal(receive_signed(2), SEC_E_OK);
    assert_int_equal(receive_signed(0), SEC_E_OK);
    assert_int_equal(receive_signed(1), SEC_E_OK);
    user_pair_delete();
}

/* The window: 64 messages back from the newest, and as many ahead. */
static void
disorder_has_bounds(void **state)
{
    static const uint32_t promises[] = { 0, REPLAY };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(promises); i++) {
        NTSTATUS beyond = promises[i] ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED;

        user_pair_make(FLAGS_SIGN, promises[i]);
        send_signed(MESSAGES);
        assert_int_equal(receive_signed(NTLM_DISORDER_MAX), beyond);
        assert_int_equal(receive_signed(NTLM_DISORDER_MAX - 1), SEC_E_OK);
        assert_int_equal(receive_signed(0), SEC_E_OK);
        assert_int_equal(receive_signed(2 * NTLM_DISORDER_MAX), beyond);
        assert_int_equal(receive_signed(2 * NTLM_DISORDER_MAX - 1), SEC_E_OK);
        /* The oldest that can still come is the newest's 64th from the end. */
        assert_int_equal(receive_signed(NTLM_DISORDER_MAX - 1), beyond);
        assert_int_equal(receive_signed(NTLM_DISORDER_MAX), SEC_E_OK);
        for (unsigned m = 2 * NTLM_DISORDER_MAX; m < MESSAGES; m++)
            assert_int_equal(receive_signed(m), SEC_E_OK);
        assert_int_equal(receive_signed(MESSAGES - NTLM_DISORDER_MAX),
                         promises[i] ? SEC_E_OUT_OF_SEQUENCE : SEC_E_OK);
        user_pair_delete();
    }
}

/* Nobody's forgery moves the window: numbers far ahead do not shut out what is to come. */
static void
forged_numbers_move_nothing(void **state)
{
    struct user_message forged;

    (void)state;
    user_pair_make(FLAGS_SIGN, 0);
    send_signed(2);
    for (unsigned i = 0; i < 100; i++) {
        user_message_copy(&sent[0], &forged);
        forged.token[12] = (uint8_t)(NTLM_DISORDER_MAX - 1);
        assert_int_equal(fake.user->VerifySignature(SERVER, &forged.desc, 0, NULL),
                         SEC_E_MESSAGE_ALTERED);
        forged.token[15] = 0xff;
        assert_int_equal(fake.user->VerifySignature(SERVER, &forged.desc, 0, NULL),
                         SEC_E_MESSAGE_ALTERED);
    }
    assert_int_equal(receive_signed(1), SEC_E_OK);
    assert_int_equal(receive_signed(0), SEC_E_OK);
    user_pair_delete();
}

/* What has come and what may still come is known where the context goes on. */
static void
disorder_travels(void **state)
{
    SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
    LSA_SEC_HANDLE there;
    uint8_t *oldest;

    (void)state;
    user_pair_make(FLAGS_SIGN, REPLAY);
    send_signed(4);
    assert_int_equal(receive_signed(2), SEC_E_OK);
    assert_int_equal(receive_signed(0), SEC_E_OK);
    assert_int_equal(fake.user->ExportContext(SERVER, 0, &packed, NULL), SEC_E_OK);
    assert_int_equal(fake.user->ImportContext(&packed, NULL, &there), SEC_E_OK);
    assert_int_equal(fake.user->VerifySignature(there, &sent[2].desc, 0, NULL),
                     SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(fake.user->VerifySignature(there, &sent[0].desc, 0, NULL),
                     SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(fake.user->VerifySignature(there, &sent[1].desc, 0, NULL), SEC_E_OK);
    assert_int_equal(fake.user->VerifySignature(there, &sent[3].desc, 0, NULL), SEC_E_OK);
    assert_int_equal(fake.user->DeleteUserModeContext(there), SEC_I_NO_LSA_CONTEXT);
    /* A window that nobody could have had would be a way to make us work for ever. */
    oldest = (uint8_t *)packed.pvBuffer + packed.cbBuffer - (4 + 8 + 258);
    oldest[3] ^= 0x80;
    assert_int_equal(fake.user->ImportContext(&packed, NULL, &there), SEC_E_INVALID_TOKEN);
    fake_heap_free(packed.pvBuffer);
    user_pair_delete();
}

/* A counter from elsewhere that stands high: numbers before it are not looked for one by one. */
static void
imported_counters_cost_nothing(void **state)
{
    SecBuffer packed = { 0, SECBUFFER_EMPTY, NULL };
    LSA_SEC_HANDLE there;
    uint8_t *end;

    (void)state;
    user_pair_make(FLAGS_SIGN, 0);
    send_signed(1);
    assert_int_equal(fake.user->ExportContext(SERVER, 0, &packed, NULL), SEC_E_OK);
    /* The receiving direction's number, and behind it the mark that there is no window. */
    end = (uint8_t *)packed.pvBuffer + packed.cbBuffer;
    assert_int_equal(end[-1], 0);
    memcpy(end - 5, "\xff\xff\xff\x7f", 4);
    assert_int_equal(fake.user->ImportContext(&packed, NULL, &there), SEC_E_OK);
    memcpy(sent[0].token + 12, "\xf0\xff\xff\x7f", 4);
    assert_int_equal(fake.user->VerifySignature(there, &sent[0].desc, 0, NULL),
                     SEC_E_MESSAGE_ALTERED);
    assert_int_equal(fake.user->DeleteUserModeContext(there), SEC_I_NO_LSA_CONTEXT);
    fake_heap_free(packed.pvBuffer);
    user_pair_delete();
}

/* Sealed messages share a key stream: out of place they cannot be read, and are called so. */
static void
sealed_messages_by_promise(void **state)
{
    static const struct {
        uint32_t promised;
        NTSTATUS misplaced;
    } rows[] = {
        { 0, SEC_E_MESSAGE_ALTERED },
        { REPLAY, SEC_E_OUT_OF_SEQUENCE },
        { SEQUENCE, SEC_E_OUT_OF_SEQUENCE },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct user_message first, again, second;

        user_pair_make(FLAGS_V2, rows[i].promised);
        user_message_init(&first);
        user_message_init(&second);
        assert_int_equal(fake.user->SealMessage(CLIENT, 0, &first.desc, 0), SEC_E_OK);
        assert_int_equal(fake.user->SealMessage(CLIENT, 0, &second.desc, 0), SEC_E_OK);
        user_message_copy(&first, &again);
        assert_int_equal(fake.user->UnsealMessage(SERVER, &second.desc, 0, NULL),
                         rows[i].misplaced);
        assert_int_equal(fake.user->UnsealMessage(SERVER, &first.desc, 0, NULL), SEC_E_OK);
        assert_int_equal(fake.user->UnsealMessage(SERVER, &again.desc, 0, NULL),
                         rows[i].misplaced);
        assert_int_equal(fake.user->UnsealMessage(SERVER, &second.desc, 0, NULL), SEC_E_OK);
        user_assert_row(second.data, "common.Plaintext.utf16le");
        user_pair_delete();
    }
}

/* ---- datagrams ------------------------------------------------------------ */

static const ULONG numbers[] = { 5, 0, 1, 5 };

static void
datagrams_match(void **state)
{
    (void)state;
    user_pair_make(FLAGS_V2 | FLAG_DATAGRAM, REPLAY | SEQUENCE);
    /* Any order, even twice: each message stands for itself. */
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        struct user_message m, other;
        char name[64];

        user_message_init(&m);
        assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, numbers[i]), SEC_E_OK);
        (void)snprintf(name, sizeof(name), "v2.datagram.seq%u.Data", numbers[i]);
        user_assert_row(m.data, name);
        (void)snprintf(name, sizeof(name), "v2.datagram.seq%u.Signature", numbers[i]);
        user_assert_row(m.token, name);
        user_message_copy(&m, &other);
        assert_int_equal(fake.user->UnsealMessage(SERVER, &other.desc, numbers[i] + 1, NULL),
                         SEC_E_OUT_OF_SEQUENCE);
        assert_memory_equal(other.data, m.data, sizeof(m.data));
        assert_int_equal(fake.user->UnsealMessage(SERVER, &m.desc, numbers[i], NULL), SEC_E_OK);
        user_assert_row(m.data, "common.Plaintext.utf16le");
    }
    user_pair_delete();
}

/* Who is promised nothing need not know the number; what is altered is noticed all the same. */
static void
datagrams_without_promises(void **state)
{
    struct user_message m, bad;

    (void)state;
    user_pair_make(FLAGS_V2 | FLAG_DATAGRAM, 0);
    user_message_init(&m);
    assert_int_equal(fake.user->SealMessage(CLIENT, 0, &m.desc, 5), SEC_E_OK);
    for (size_t i = 0; i < 16 + 18; i++) {
        user_message_copy(&m, &bad);
        *(i < 16 ? &bad.token[i] : &bad.data[i - 16]) ^= 1;
        assert_int_equal(fake.user->UnsealMessage(SERVER, &bad.desc, 0, NULL),
                         SEC_E_MESSAGE_ALTERED);
    }
    user_message_copy(&m, &bad);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &bad.desc, 0, NULL), SEC_E_OK);
    assert_int_equal(fake.user->UnsealMessage(SERVER, &m.desc, 77, NULL), SEC_E_OK);
    user_pair_delete();
}

/* A datagram's signature is made with the message's own key, too. */
static void
signed_datagrams(void **state)
{
    struct user_message a, b;

    (void)state;
    user_pair_make((FLAGS_V2 & ~FLAG_SEAL) | FLAG_DATAGRAM, SEQUENCE);
    user_message_init(&a);
    user_message_init(&b);
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &a.desc, 9), SEC_E_OK);
    assert_int_equal(fake.user->MakeSignature(CLIENT, 0, &b.desc, 9), SEC_E_OK);
    assert_memory_equal(a.token, b.token, sizeof(a.token));
    assert_int_equal(fake.user->VerifySignature(SERVER, &a.desc, 9, NULL), SEC_E_OK);
    assert_int_equal(fake.user->VerifySignature(SERVER, &a.desc, 8, NULL), SEC_E_OUT_OF_SEQUENCE);
    a.data[0] ^= 1;
    assert_int_equal(fake.user->VerifySignature(SERVER, &a.desc, 9, NULL), SEC_E_MESSAGE_ALTERED);
    user_pair_delete();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signed_messages_by_promise),
        TEST(altered_messages_are_noticed),
        TEST(disorder_has_bounds),
        TEST(forged_numbers_move_nothing),
        TEST(disorder_travels),
        TEST(imported_counters_cost_nothing),
        TEST(sealed_messages_by_promise),
        TEST(datagrams_match),
        TEST(datagrams_without_promises),
        TEST(signed_datagrams),
    };

    return cmocka_run_group_tests_name("ntlm.order", tests, NULL, NULL);
}
