/* The embedded authority: one client, every permission its own. */
#include "world.h"

#include <string.h>

static void
everything_is_permitted(void **state)
{
    struct ipc_peer self = { .pid = 10, .uid = 31337 };     /* no service has this uid */
    struct answer_connection *c = answer_connection_new(world.authority, &self, NULL);
    uint64_t credential, context = 0;

    (void)state;
    assert_non_null(c);
    assert_int_equal(say_hello(c), SEC_E_OK);
    credential = acquire(c, W("Scripted"), SECPKG_CRED_BOTH);
    world.package->next = (struct scripted_answer){ .status = STATUS_SUCCESS, .new_handle = 0x51 };
    assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_E_OK);
    assert_true(world.package->seen.call_info.Attributes & SECPKG_CALL_IS_TCB);
    context = 0;
    assert_int_equal(initiate_leg(c, credential, &context), SEC_E_OK);
    assert_int_equal(ask(c, change_password,
                         (&(struct ipc_change_password_req){ .package = W("Scripted") })),
                     SEC_E_OK);
    assert_int_equal(ask(c, status, (&(struct ipc_status_req){ 0 })), SEC_E_OK);
    assert_non_null(memmem(reply_of(status)->json.p, reply_of(status)->json.n, "embedded", 8));
    answer_connection_free(c);
    assert_int_equal(world.package->seen.deletes, 2);
}

/* Services of the file do not bind the process that reads it. */
static void
a_reload_takes_nothing_away(void **state)
{
    struct ipc_peer self = { .pid = 10, .uid = 31337 };
    struct answer_connection *c = answer_connection_new(world.authority, &self, NULL);

    (void)state;
    assert_int_equal(say_hello(c), SEC_E_OK);
    world.config.service_count = 0;
    world_reload();
    (void)acquire(c, W("Parallel"), INBOUND);
    answer_connection_free(c);
}

/* One authority a process: the support functions have no parameter that says which. */
static void
a_second_authority_is_refused(void **state)
{
    struct answer_options options = { .config = &world.config,
                                      .module_dir = ANSWER_MODULES,
                                      .embedded = true };
    char error[CONFIG_ERROR_MAX] = "";

    (void)state;
    assert_null(answer_authority_new(&options, error));
    assert_non_null(strstr(error, "authority already"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_is_permitted),
        TEST(a_reload_takes_nothing_away),
        TEST(a_second_authority_is_refused),
    };

    return cmocka_run_group_tests(tests, world_open_embedded, world_close);
}
