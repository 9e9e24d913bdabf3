/* Quotas, deadlines and rates of a service: met exactly, and given back on every way out. */
#include "world.h"

#include <string.h>

#define NAME W("Scripted")

static struct answer_connection *connection;

static void
limit(void (*set)(struct config_service *s))
{
    set(&world.services[WEB]);
    world_reload();
}

static void
next(NTSTATUS status, LSA_SEC_HANDLE handle)
{
    world.package->next = (struct scripted_answer){ .status = status, .new_handle = handle };
}

static int
limit_reset(void **state)
{
    if (world_reset(state) != 0)
        return -1;
    connection = world_session(WEB, 10);
    return 0;
}

/* Whatever a test did, nothing may be left in use. */
static int
limit_end(void **state)
{
    (void)state;
    answer_connection_free(connection);
    assert_int_equal(status_number("contexts"), 0);
    assert_int_equal(status_number("half_open"), 0);
    assert_int_equal(status_number("credentials"), 0);
    return 0;
}

#define LIMIT(name) cmocka_unit_test_setup_teardown(name, limit_reset, limit_end)

static void
two_credentials(struct config_service *s)
{
    s->max_credentials = 2;
}

static void
credentials_are_limited(void **state)
{
    uint64_t first;

    (void)state;
    limit(two_credentials);
    first = acquire(connection, NAME, INBOUND);
    (void)acquire(connection, NAME, INBOUND);
    assert_int_equal(try_acquire(connection, NAME, INBOUND), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(world.package->seen.acquires, 2);
    assert_int_equal(free_credential(connection, first), SEC_E_OK);
    world.package->acquire_status = SEC_E_NO_CREDENTIALS;
    for (int i = 0; i < 10; i++)
        assert_int_equal(try_acquire(connection, NAME, INBOUND), SEC_E_NO_CREDENTIALS);
    world.package->acquire_status = STATUS_SUCCESS;
    (void)acquire(connection, NAME, INBOUND);
}

static void
few_contexts(struct config_service *s)
{
    s->max_contexts = 3;
    s->max_half_open = 2;
}

static void
contexts_and_half_open_ones_are_limited(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), a = 0, b = 0, c = 0, d = 0;

    (void)state;
    limit(few_contexts);
    next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(accept_leg(connection, credential, &a, "1"), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_leg(connection, credential, &b, "1"), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_leg(connection, credential, &c, "1"), SEC_E_INSUFFICIENT_MEMORY);
    next(STATUS_SUCCESS, 0x51);
    assert_int_equal(accept_leg(connection, 0, &a, "2"), SEC_E_OK);     /* no longer half open */
    assert_int_equal(accept_leg(connection, credential, &c, "1"), SEC_E_OK);
    assert_int_equal(accept_leg(connection, credential, &d, "1"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(delete_context(connection, a), SEC_E_OK);
    assert_int_equal(accept_leg(connection, credential, &d, "1"), SEC_E_OK);
    assert_int_equal(status_number("contexts"), 3);
    assert_int_equal(status_number("half_open"), 1);
}

/* Each way in which a first leg ends without a context gives back what it took. */
static void
legs_that_make_no_context_cost_nothing(void **state)
{
    static const struct { NTSTATUS status; LSA_SEC_HANDLE handle; } ends[] = {
        { SEC_E_INVALID_TOKEN, 0 }, { STATUS_LOGON_FAILURE, 0 }, { SEC_E_INCOMPLETE_MESSAGE, 0 },
        { SEC_E_INCOMPLETE_MESSAGE, 0x51 }, { STATUS_SUCCESS, 0 }, { SEC_I_CONTINUE_NEEDED, 0 },
        { SEC_E_BUFFER_TOO_SMALL, 0 }, { STATUS_UNSUCCESSFUL, 0x51 },
    };
    uint64_t credential = acquire(connection, NAME, INBOUND);

    (void)state;
    limit(few_contexts);
    for (size_t i = 0; i < 10 * sizeof(ends) / sizeof(ends[0]); i++) {
        uint64_t context = 0;

        next(ends[i / 10].status, ends[i / 10].handle);
        assert_true(accept_leg(connection, credential, &context, "x") < 0);
        next(STATUS_SUCCESS, 0x51);
        world.package->next.token = "x";
        world.package->next.token_too_long = true;      /* abandoned */
        assert_true(accept_leg(connection, credential, &context, "x") < 0);
        assert_int_equal(context, 0);
    }
    assert_int_equal(status_number("contexts"), 0);
    assert_int_equal(status_number("half_open"), 0);
}

/* Refused because of one limit, a leg must not keep what it took of the other. */
static void
a_refusal_takes_nothing(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), a = 0, b = 0;

    (void)state;
    limit(few_contexts);
    next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(accept_leg(connection, credential, &a, "1"), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_leg(connection, credential, &b, "1"), SEC_I_CONTINUE_NEEDED);
    for (int i = 0; i < 10; i++) {
        uint64_t none = 0;

        assert_int_equal(accept_leg(connection, credential, &none, "1"), SEC_E_INSUFFICIENT_MEMORY);
    }
    assert_int_equal(delete_context(connection, a), SEC_E_OK);
    a = 0;
    assert_int_equal(accept_leg(connection, credential, &a, "1"), SEC_I_CONTINUE_NEEDED);
    assert_in_range(log_count("quota_exceeded"), 0, 3);
}

/* What one service has in use does not count for another. */
static void
services_do_not_share(void **state)
{
    struct answer_connection *other = world_session(ALL, 11), *same = world_session(WEB, 12);

    (void)state;
    limit(two_credentials);
    (void)acquire(connection, NAME, INBOUND);
    (void)acquire(same, NAME, INBOUND);
    assert_int_equal(try_acquire(same, NAME, INBOUND), SEC_E_INSUFFICIENT_MEMORY);
    (void)acquire(other, NAME, INBOUND);
    answer_connection_free(same);
    (void)acquire(connection, NAME, INBOUND);
    answer_connection_free(other);
}

static void
impatient(struct config_service *s)
{
    s->handshake_seconds = 0;
}

static void
a_tick_drops_what_is_overdue(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), slow = 0, done = 0, fresh = 0;

    (void)state;
    next(SEC_I_CONTINUE_NEEDED, 0x53);
    assert_int_equal(accept_leg(connection, credential, &fresh, "1"), SEC_I_CONTINUE_NEEDED);
    limit(impatient);
    next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(accept_leg(connection, credential, &slow, "1"), SEC_I_CONTINUE_NEEDED);
    next(STATUS_SUCCESS, 0x52);
    assert_int_equal(accept_leg(connection, credential, &done, "1"), SEC_E_OK);
    answer_authority_tick(world.authority);
    assert_int_equal(world.package->seen.deletes, 1);
    assert_int_equal(world.package->seen.deleted, 0x51);
    assert_false(world.package->seen.call_info.Attributes & SECPKG_CALL_CLEANUP);
    assert_int_equal(accept_leg(connection, credential, &slow, "2"), SEC_E_INVALID_HANDLE);
    assert_int_equal(delete_context(connection, done), SEC_E_OK);
    assert_int_equal(delete_context(connection, fresh), SEC_E_OK);
    assert_int_equal(log_count("handshakes_timed_out"), 1);
}

static void
three_failures(struct config_service *s)
{
    s->failures_per_minute = 3;
}

/* By uid, so that a new process does not begin afresh. */
static void
failures_outlive_the_process(void **state)
{
    struct answer_connection *c = world_session(ALL, 98);
    uint64_t credential = acquire(c, NAME, INBOUND), context = 0;

    (void)state;
    three_failures(&world.services[ALL]);
    world_reload();
    next(STATUS_WRONG_PASSWORD, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_E_LOGON_DENIED);
    assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_E_INSUFFICIENT_MEMORY);
    answer_connection_free(c);
    c = world_session(ALL, 99);
    credential = acquire(c, NAME, INBOUND);
    assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(world.package->seen.accepts, 3);
    answer_connection_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT(credentials_are_limited),
        LIMIT(contexts_and_half_open_ones_are_limited),
        LIMIT(legs_that_make_no_context_cost_nothing),
        LIMIT(a_refusal_takes_nothing),
        LIMIT(services_do_not_share),
        LIMIT(a_tick_drops_what_is_overdue),
        LIMIT(failures_outlive_the_process),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
