/* Hello, sessions and connections: who shares what with whom, and when it ends. */
#include "world.h"

#include "base/view.h"

#include <stdlib.h>
#include <string.h>

static status_t
hello(struct answer_connection *c, uint32_t version, struct view cookie)
{
    return ask(c, hello, (&(struct ipc_hello_req){ .version = version, .session = cookie }));
}

/* Copied: the reply goes with the next message. */
static struct view
cookie_of(struct answer_connection *c, uint8_t room[16])
{
    assert_int_equal(say_hello(c), SEC_E_OK);
    assert_int_equal(reply_of(hello)->session.n, 16);
    memcpy(room, reply_of(hello)->session.p, 16);
    return view_of(room, 16);
}

/* ---- hello ------------------------------------------------------------ */

static void
hello_gives_version_cookie_and_epoch(void **state)
{
    struct answer_connection *a = world_connect(ALL, 10), *b = world_connect(ALL, 10);
    uint8_t first[16];
    uint64_t epoch;

    (void)state;
    (void)cookie_of(a, first);
    assert_int_equal(reply_of(hello)->version, IPC_VERSION);
    epoch = reply_of(hello)->epoch;
    assert_true(epoch != 0);
    assert_int_equal(say_hello(b), SEC_E_OK);
    assert_true(reply_of(hello)->epoch == epoch);
    assert_memory_not_equal(reply_of(hello)->session.p, first, 16);
    answer_connection_free(a);
    answer_connection_free(b);
}

static void
another_version_is_refused_and_may_try_again(void **state)
{
    struct answer_connection *c = world_connect(ALL, 10);

    (void)state;
    assert_int_equal(hello(c, IPC_VERSION + 1, view_of(NULL, 0)), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(hello(c, 0, view_of(NULL, 0)), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(try_acquire(c, W("Scripted"), INBOUND), CLOSED);
    assert_int_equal(say_hello(c), SEC_E_OK);
    answer_connection_free(c);
}

static void
a_second_hello_closes(void **state)
{
    struct answer_connection *c = world_session(ALL, 10);

    (void)state;
    assert_int_equal(say_hello(c), CLOSED);
    assert_int_equal(try_acquire(c, W("Scripted"), INBOUND),
                     SEC_E_OK); /* the authority itself goes on */
    answer_connection_free(c);
}

static void
every_call_before_hello_closes(void **state)
{
    static const union message nothing;
    struct answer_connection *c = world_connect(ALL, 10);

    (void)state;
    for (int id = 2; id < IPC_ID_END; id++)
        assert_int_equal(exchange_ask(&world.x, c, (enum ipc_id)id, &nothing), CLOSED);
    assert_int_equal(world.package->seen.acquires, 0);
    answer_connection_free(c);
}

static void
an_unknown_call_closes(void **state)
{
    static const uint16_t ids[] = { 0, IPC_ID_END, 999, 0xFFFF };
    struct answer_connection *c = world_session(ALL, 10);

    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct wr reply = wr_init_heap(IPC_MESSAGE_MAX);
        size_t n;
        uint8_t *m = exchange_build(&world.x, IPC_ID_status, &(struct ipc_status_req){ 0 }, &n);

        m[4] = (uint8_t)ids[i];
        m[5] = (uint8_t)(ids[i] >> 8);
        assert_int_equal(answer_message(c, view_of(m, n), &reply), ANSWER_CLOSE);
        assert_int_equal(reply.len, 0);
        wr_wipe(&reply);
        free(m);
    }
    answer_connection_free(c);
}

static void
a_malformed_message_closes_its_connection_only(void **state)
{
    struct answer_connection *c = world_session(ALL, 10), *other = world_session(ALL, 10);
    size_t n;
    uint8_t *m = exchange_build(&world.x, IPC_ID_free_credential,
                                &(struct ipc_free_credential_req){ .credential = 5 }, &n);

    (void)state;
    for (size_t cut = 0; cut < n; cut++) {
        struct wr reply = wr_init_heap(IPC_MESSAGE_MAX);

        assert_int_equal(answer_message(c, view_of(m, cut), &reply), ANSWER_CLOSE);
        wr_wipe(&reply);
    }
    free(m);
    assert_int_equal(try_acquire(other, W("Scripted"), INBOUND), SEC_E_OK);
    /* However many there are, the log hears of them once a second. */
    assert_in_range(log_count("malformed_message"), 0, 3);
    answer_connection_free(c);
    answer_connection_free(other);
}

/* ---- joining ---------------------------------------------------------- */

static void
a_cookie_joins_the_session(void **state)
{
    struct answer_connection *a = world_connect(WEB, 10), *b = world_connect(WEB, 10);
    uint8_t room[16];
    struct view cookie = cookie_of(a, room);
    uint64_t credential;

    (void)state;
    assert_int_equal(hello(b, IPC_VERSION, cookie), SEC_E_OK);
    assert_memory_equal(reply_of(hello)->session.p, room, 16);
    credential = acquire(a, W("Scripted"), INBOUND);
    assert_int_equal(free_credential(b, credential), SEC_E_OK);
    assert_int_equal(free_credential(a, credential), SEC_E_INVALID_HANDLE);
    answer_connection_free(a);
    answer_connection_free(b);
}

/* The cookie alone is not enough: process, uid and service must be the same. */
static void
a_cookie_joins_nobody_else(void **state)
{
    struct answer_connection *a = world_connect(WEB, 10);
    struct answer_connection *other_pid = world_connect(WEB, 11);
    struct answer_connection *other_uid = world_connect(ALL, 10);
    struct ipc_peer peer = { .pid = 10, .uid = SERVICE_UID + WEB };
    struct answer_connection *other_service = answer_connection_new(world.authority, &peer, "door");
    uint8_t room[16];
    struct view cookie = cookie_of(a, room);

    (void)state;
    assert_int_equal(hello(other_pid, IPC_VERSION, cookie), SEC_E_INVALID_HANDLE);
    assert_int_equal(hello(other_uid, IPC_VERSION, cookie), SEC_E_INVALID_HANDLE);
    assert_int_equal(hello(other_service, IPC_VERSION, cookie), SEC_E_INVALID_HANDLE);
    assert_int_equal(try_acquire(other_pid, W("Scripted"), INBOUND),
                     CLOSED); /* it has no session */
    answer_connection_free(a);
    answer_connection_free(other_pid);
    answer_connection_free(other_uid);
    answer_connection_free(other_service);
}

/* On a socket of its own a service may have peers of several uids. */
static void
a_cookie_joins_no_other_uid_of_the_service(void **state)
{
    struct ipc_peer peer = { .pid = 10, .uid = 1 };
    struct answer_connection *a = answer_connection_new(world.authority, &peer, "door"), *b;
    uint8_t room[16];
    struct view cookie = cookie_of(a, room);

    (void)state;
    peer.uid = 2;
    b = answer_connection_new(world.authority, &peer, "door");
    assert_int_equal(hello(b, IPC_VERSION, cookie), SEC_E_INVALID_HANDLE);
    answer_connection_free(a);
    answer_connection_free(b);
}

static void
a_wrong_cookie_joins_nothing(void **state)
{
    struct answer_connection *a = world_connect(WEB, 10), *b = world_connect(WEB, 10);
    uint8_t room[17] = { 0 };

    (void)state;
    (void)cookie_of(a, room);
    for (size_t n = 0; n <= sizeof(room); n++) {
        if (n != 16)
            assert_int_equal(hello(b, IPC_VERSION, view_of(room, n)), SEC_E_INVALID_HANDLE);
    }
    for (size_t i = 0; i < 16; i++) {
        room[i] ^= 1;
        assert_int_equal(hello(b, IPC_VERSION, view_of(room, 16)), SEC_E_INVALID_HANDLE);
        room[i] ^= 1;
    }
    assert_int_equal(hello(b, IPC_VERSION, view_of(room, 16)), SEC_E_OK);
    answer_connection_free(a);
    answer_connection_free(b);
}

static void
a_cookie_ends_with_its_session(void **state)
{
    struct answer_connection *a = world_connect(WEB, 10), *b = world_connect(WEB, 10);
    uint8_t room[16];
    struct view cookie = cookie_of(a, room);

    (void)state;
    answer_connection_free(a);
    assert_int_equal(hello(b, IPC_VERSION, cookie), SEC_E_INVALID_HANDLE);
    answer_connection_free(b);
}

/* ---- the end ---------------------------------------------------------- */

static void
a_session_ends_with_its_last_connection(void **state)
{
    struct answer_connection *a = world_connect(WEB, 10), *b = world_connect(WEB, 10);
    uint8_t room[16];
    struct view cookie = cookie_of(a, room);
    uint64_t credential, context = 0;

    (void)state;
    assert_int_equal(hello(b, IPC_VERSION, cookie), SEC_E_OK);
    credential = acquire(a, W("Scripted"), INBOUND);
    world.package->next =
        (struct scripted_answer){ .status = SEC_I_CONTINUE_NEEDED, .new_handle = 0x51 };
    assert_int_equal(accept_leg(a, credential, &context, "one"), SEC_I_CONTINUE_NEEDED);
    answer_connection_free(a);
    assert_int_equal(world.package->seen.deletes, 0);
    world.package->next = (struct scripted_answer){ .status = STATUS_SUCCESS, .new_handle = 0x51 };
    assert_int_equal(accept_leg(b, credential, &context, "two"), SEC_E_OK);
    assert_int_equal(status_number("contexts"), 1);
    answer_connection_free(b);
    assert_int_equal(world.package->seen.deletes, 1);
    assert_int_equal(world.package->seen.deleted, 0x51);
    assert_int_equal(world.package->seen.frees, 1);
    assert_true(world.package->seen.has_call_info);
    assert_true(world.package->seen.call_info.Attributes & SECPKG_CALL_CLEANUP);
    assert_int_equal(world.package->seen.call_info.ProcessId, 10);
    assert_int_equal(status_number("contexts"), 0);
    assert_int_equal(status_number("credentials"), 0);
    assert_int_equal(status_number("half_open"), 0);
}

static void
sessions_are_counted(void **state)
{
    struct answer_connection *a = world_session(WEB, 10), *b = world_session(WEB, 11),
                             *c = world_connect(WEB, 12);

    (void)state;
    assert_int_equal(status_number("clients"), 3);      /* with the one that asks */
    answer_connection_free(a);
    assert_int_equal(status_number("clients"), 2);
    answer_connection_free(b);
    answer_connection_free(c);
    assert_int_equal(status_number("clients"), 1);
    answer_connection_free(NULL);
}

static void
a_uid_without_a_service_does_not_connect(void **state)
{
    struct ipc_peer peer = { .pid = 10, .uid = 31337 };
    struct answer_connection *c;

    (void)state;
    assert_null(answer_connection_new(world.authority, &peer, NULL));
    assert_null(answer_connection_new(world.authority, &peer, "no such service"));
    assert_in_range(log_count("no_service"), 0, 2);
    /* A socket of its own is the identity, whatever the uid (D2). */
    c = answer_connection_new(world.authority, &peer, "door");
    assert_non_null(c);
    assert_string_equal(answer_connection_service(c), "door");
    answer_connection_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hello_gives_version_cookie_and_epoch),
        TEST(another_version_is_refused_and_may_try_again),
        TEST(a_second_hello_closes),
        TEST(every_call_before_hello_closes),
        TEST(an_unknown_call_closes),
        TEST(a_malformed_message_closes_its_connection_only),
        TEST(a_cookie_joins_the_session),
        TEST(a_cookie_joins_nobody_else),
        TEST(a_cookie_joins_no_other_uid_of_the_service),
        TEST(a_wrong_cookie_joins_nothing),
        TEST(a_cookie_ends_with_its_session),
        TEST(a_session_ends_with_its_last_connection),
        TEST(sessions_are_counted),
        TEST(a_uid_without_a_service_does_not_connect),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
