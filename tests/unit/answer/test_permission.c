/* Who may do what: permissions, packages, pools, and a configuration that changes meanwhile. */
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME W("Scripted")

/* ---- each call by each permission ------------------------------------- */

struct demand {
    enum ipc_id call;
    uint32_t use;       /* of credentials */
    uint32_t may;       /* all of these are needed */
};

static const struct demand demands[] = {
    { IPC_ID_list_packages, 0, 0 },
    { IPC_ID_acquire_credential, INBOUND, CONFIG_MAY_ACCEPT },
    { IPC_ID_acquire_credential, OUTBOUND, CONFIG_MAY_INITIATE },
    { IPC_ID_acquire_credential, SECPKG_CRED_BOTH, CONFIG_MAY_ACCEPT | CONFIG_MAY_INITIATE },
    { IPC_ID_acquire_credential, 0, CONFIG_MAY_ACCEPT | CONFIG_MAY_INITIATE },
    { IPC_ID_acquire_credential, SECPKG_CRED_DEFAULT, CONFIG_MAY_ACCEPT | CONFIG_MAY_INITIATE },
    { IPC_ID_free_credential, 0, 0 },
    { IPC_ID_add_credential, INBOUND, CONFIG_MAY_ACCEPT },
    { IPC_ID_add_credential, OUTBOUND, CONFIG_MAY_INITIATE },
    { IPC_ID_add_credential, 0, CONFIG_MAY_ACCEPT | CONFIG_MAY_INITIATE },
    { IPC_ID_query_credential, 0, 0 },
    { IPC_ID_set_credential, 0, 0 },
    { IPC_ID_initialize_context, 0, CONFIG_MAY_INITIATE },
    { IPC_ID_accept_context, 0, CONFIG_MAY_ACCEPT },
    { IPC_ID_delete_context, 0, 0 },
    { IPC_ID_apply_control_token, 0, 0 },
    { IPC_ID_query_context, 0, 0 },
    { IPC_ID_set_context, 0, 0 },
    { IPC_ID_change_password, 0, CONFIG_MAY_INITIATE },
    { IPC_ID_status, 0, CONFIG_MAY_ADMIN },
};

static union message
demand_request(const struct demand *d)
{
    union message m = { 0 };

    if (d->call == IPC_ID_acquire_credential)
        m.acquire_credential_req =
            (struct ipc_acquire_credential_req){ .package = NAME, .use = d->use };
    if (d->call == IPC_ID_add_credential)
        m.add_credential_req = (struct ipc_add_credential_req){ .package = NAME, .use = d->use };
    if (d->call == IPC_ID_change_password)
        m.change_password_req = (struct ipc_change_password_req){ .package = NAME };
    return m;
}

static void
web_may(uint32_t may)
{
    world.services[WEB].may = may;
    world_reload();
}

/* Handles are 0 here: a permitted call says INVALID_HANDLE or succeeds, never NOT_OWNER. */
static void
each_permission_is_needed_where_it_says(void **state)
{
    struct answer_connection *c = world_session(WEB, 10);

    (void)state;
    for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
        union message m = demand_request(&demands[i]);

        for (uint32_t missing = 0; missing <= CONFIG_MAY_ADMIN;
             missing = missing ? missing << 1 : 1) {
            status_t s;

            web_may(MAY_ALL & ~missing);
            s = exchange_ask(&world.x, c, demands[i].call, &m);
            assert_int_not_equal(s, CLOSED);
            if (demands[i].may & missing)
                assert_int_equal(s, SEC_E_NOT_OWNER);
            else
                assert_int_not_equal(s, SEC_E_NOT_OWNER);
        }
        web_may(demands[i].may);            /* and nothing else is needed */
        assert_int_not_equal(exchange_ask(&world.x, c, demands[i].call, &m), SEC_E_NOT_OWNER);
    }
    answer_connection_free(c);
}

static void
a_refused_call_does_not_reach_the_package(void **state)
{
    struct answer_connection *c = world_session(WEB, 10);
    uint64_t credential = acquire(c, NAME, INBOUND), context = 0;

    (void)state;
    web_may(CONFIG_MAY_INITIATE);
    assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_E_NOT_OWNER);
    assert_int_equal(try_acquire(c, NAME, INBOUND), SEC_E_NOT_OWNER);
    assert_int_equal(world.package->seen.accepts, 0);
    assert_int_equal(world.package->seen.acquires, 1);
    assert_in_range(log_count("not_permitted"), 0, 3);
    answer_connection_free(c);
}

static void
another_logon_session_is_for_tcb(void **state)
{
    struct answer_connection *c = world_session(WEB, 10);
    struct ipc_acquire_credential_req q = { .package = NAME, .use = INBOUND };
    uint32_t own[2] = { SERVICE_UID + WEB, 1 }, other[2] = { 7, 7 };

    (void)state;
    web_may(MAY_ALL & ~(uint32_t)CONFIG_MAY_TCB);
    q.logon_id = view_of(own, sizeof(own));
    assert_int_equal(ask(c, acquire_credential, &q), SEC_E_OK);
    q.logon_id = view_of(other, sizeof(other));
    assert_int_equal(ask(c, acquire_credential, &q), SEC_E_NOT_OWNER);
    q.logon_id = view_of(other, 7);
    assert_int_equal(ask(c, acquire_credential, &q), SEC_E_INVALID_PARAMETER);
    /* The session is older than the permission, and hears of it all the same. */
    web_may(MAY_ALL);
    q.logon_id = view_of(other, sizeof(other));
    assert_int_equal(ask(c, acquire_credential, &q), SEC_E_OK);
    answer_connection_free(c);
}

/* ---- packages --------------------------------------------------------- */

static status_t
add_package(struct answer_connection *c, uint64_t credential, struct view package)
{
    return ask(c, add_credential, (&(struct ipc_add_credential_req){
        .credential = credential, .package = package, .use = INBOUND }));
}

static void
a_service_has_its_packages_only(void **state)
{
    struct answer_connection *c = world_session(NARROW, 10);
    struct ipc_change_password_req q = { .package = NAME };
    uint64_t credential = acquire(c, W("Parallel"), INBOUND);
    struct view list;

    (void)state;
    assert_int_equal(try_acquire(c, NAME, INBOUND), SEC_E_NOT_OWNER);
    assert_int_equal(try_acquire(c, W("sCRIPTED"), INBOUND), SEC_E_NOT_OWNER);
    assert_int_equal(try_acquire(c, W("Nothing"), INBOUND), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(try_acquire(c, view_of(NULL, 0), INBOUND), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(ask(c, change_password, &q), SEC_E_NOT_OWNER);
    assert_int_equal(add_package(c, credential, NAME), SEC_E_NOT_OWNER);
    assert_int_equal(add_package(c, credential, W("Nothing")), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(add_package(c, credential, view_of(NULL, 0)), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(world.package->seen.acquires, 0);
    assert_int_equal(ask(c, list_packages, (&(struct ipc_list_packages_req){ 0 })), SEC_E_OK);
    list = reply_of(list_packages)->packages;
    assert_non_null(memmem(list.p, list.n, u"Parallel", 16));
    assert_null(memmem(list.p, list.n, u"Scripted", 16));
    answer_connection_free(c);
}

static void
an_added_credential_names_its_package(void **state)
{
    struct answer_connection *c = world_session(ALL, 10);
    uint64_t credential = acquire(c, NAME, INBOUND);

    (void)state;
    assert_int_equal(add_package(c, credential, W("PARALLEL")), SEC_E_OK);
    assert_int_equal(world.package->seen.adds, 1);
    assert_memory_equal(world.package->seen.added, u"PARALLEL", 18);
    assert_int_equal(reply_of(add_credential)->expiry, 78);
    answer_connection_free(c);
}

/* ---- pools ------------------------------------------------------------ */

static bool
is_slow(struct answer_connection *c, enum ipc_id call, const void *request)
{
    size_t n;
    uint8_t *m = exchange_build(&world.x, call, request, &n);
    bool slow = answer_is_slow(c, view_of(m, n));
    bool cut_is_slow = answer_is_slow(c, view_of(m, n - 1));

    free(m);
    assert_false(cut_is_slow);
    return slow;
}

/* Whatever the package: the store is written to. */
static bool
changing_is_slow(struct answer_connection *c)
{
    struct ipc_change_password_req q = { .package = { (const uint8_t *)u"Scripted", 16 } };
    size_t n;
    uint8_t *m = exchange_build(&world.x, IPC_ID_change_password, &q, &n);
    bool slow = answer_is_slow(c, view_of(m, n));

    free(m);
    return slow;
}

static void
slow_is_what_the_messages_package_is(void **state)
{
    struct answer_connection *c = world_session(ALL, 10), *fresh = world_connect(ALL, 11);
    static const struct { struct view name; bool slow;
    } packages[] = { { { (const uint8_t *)u"Scripted", 16 }, false },
                     { { (const uint8_t *)u"Slow", 8 }, true } };
    static const enum ipc_id by_credential[] = { IPC_ID_free_credential, IPC_ID_add_credential,
                                                 IPC_ID_query_credential, IPC_ID_set_credential };
    static const enum ipc_id by_context[] = { IPC_ID_delete_context, IPC_ID_apply_control_token,
                                              IPC_ID_query_context, IPC_ID_set_context };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint64_t credential = acquire(c, packages[i].name, SECPKG_CRED_BOTH), context = 0;
        union message m;

        world.package->next = world.slow->next =
            (struct scripted_answer){ .status = SEC_I_CONTINUE_NEEDED, .new_handle = 0x51 };
        assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_I_CONTINUE_NEEDED);
        m = (union message){ .acquire_credential_req = { .package = packages[i].name } };
        assert_int_equal(is_slow(c, IPC_ID_acquire_credential, &m), packages[i].slow);
        assert_false(is_slow(fresh, IPC_ID_acquire_credential, &m));
        m = (union message){ .accept_context_req = { .credential = credential } };
        assert_int_equal(is_slow(c, IPC_ID_accept_context, &m), packages[i].slow);
        m = (union message){ .accept_context_req = { .context = context } };
        assert_int_equal(is_slow(c, IPC_ID_accept_context, &m), packages[i].slow);
        m = (union message){ .initialize_context_req = { .credential = credential } };
        assert_int_equal(is_slow(c, IPC_ID_initialize_context, &m), packages[i].slow);
        for (size_t k = 0; k < 4; k++) {
            m = (union message){ .free_credential_req = { .credential = credential } };
            assert_int_equal(is_slow(c, by_credential[k], &m), packages[i].slow);
            m = (union message){ .delete_context_req = { .context = context } };
            assert_int_equal(is_slow(c, by_context[k], &m), packages[i].slow);
        }
    }
    assert_true(changing_is_slow(c));
    assert_false(is_slow(c, IPC_ID_hello, (&(struct ipc_hello_req){ 1, view_of(NULL, 0), { 0 } })));
    assert_false(
        is_slow(c, IPC_ID_delete_context, (&(struct ipc_delete_context_req){ .context = 99 })));
    answer_connection_free(c);
    answer_connection_free(fresh);
}

/* Clients' handshakes, and those of a server that accepts as somebody: on every leg. */
static void
who_logs_on_is_slow(void **state)
{
    static const struct view name = { (const uint8_t *)u"Parallel", 16 };
    struct answer_connection *c = world_session(ALL, 10);
    union message m;

    (void)state;
    for (uint64_t data = 0; data <= 0x1000; data += 0x1000) {
        uint64_t credential, context = 0;

        world.x.common.memory.count = 1;
        world.x.common.memory.v[0] =
            (struct ipc_range){ 0x1000, view_of("0123456789abcdef", 16) };
        assert_int_equal(ask(c, acquire_credential,
                             (&(struct ipc_acquire_credential_req){
                                 .package = name, .use = INBOUND, .auth_data = data })),
                         SEC_E_OK);
        credential = reply_of(acquire_credential)->credential;
        assert_int_equal(accept_leg(c, credential, &context, "again"), SEC_I_CONTINUE_NEEDED);
        m = (union message){ .accept_context_req = { .credential = credential } };
        assert_int_equal(is_slow(c, IPC_ID_accept_context, &m), data != 0);
        m = (union message){ .accept_context_req = { .context = context } };
        assert_int_equal(is_slow(c, IPC_ID_accept_context, &m), data != 0);
        m = (union message){ .initialize_context_req = { .credential = credential } };
        assert_true(is_slow(c, IPC_ID_initialize_context, &m));
        m = (union message){ .delete_context_req = { .context = context } };
        assert_false(is_slow(c, IPC_ID_delete_context, &m));
    }
    answer_connection_free(c);
}

/* ---- a new configuration ---------------------------------------------- */

static void
a_service_that_is_gone_may_nothing(void **state)
{
    struct answer_connection *c = world_session(WEB, 10);
    uint64_t credential = acquire(c, NAME, INBOUND), context = 0;

    (void)state;
    world.package->next =
        (struct scripted_answer){ .status = SEC_I_CONTINUE_NEEDED, .new_handle = 0x51 };
    assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_I_CONTINUE_NEEDED);
    world.services[WEB] = world.services[DOOR];
    world.config.service_count = DOOR;          /* ALL, NARROW in their places, WEB no more */
    world_reload();
    for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
        union message m = demand_request(&demands[i]);
        status_t s = exchange_ask(&world.x, c, demands[i].call, &m);

        if (demands[i].may)
            assert_int_equal(s, SEC_E_NOT_OWNER);
    }
    assert_int_equal(ask(c, list_packages, (&(struct ipc_list_packages_req){ 0 })), SEC_E_OK);
    assert_int_equal(reply_of(list_packages)->packages.n, 0);
    assert_int_equal(delete_context(c, context), SEC_E_OK);         /* it may tidy up */
    assert_int_equal(free_credential(c, credential), SEC_E_OK);
    assert_null(world_connect(WEB, 11));
    answer_connection_free(c);
}

static void
limits_change_for_those_that_are_there(void **state)
{
    struct answer_connection *c = world_session(WEB, 10);

    (void)state;
    (void)acquire(c, NAME, INBOUND);
    world.services[WEB].max_credentials = 1;
    world_reload();
    assert_int_equal(try_acquire(c, NAME, INBOUND), SEC_E_INSUFFICIENT_MEMORY);
    world.services[WEB].max_credentials = 2;
    world_reload();
    (void)acquire(c, NAME, INBOUND);
    answer_connection_free(c);
}

static void
package_settings_change_for_the_package(void **state)
{
    const struct opensspi_host_settings *host =
        world.package->host->query(OPENSSPI_HOST_SETTINGS, 1);
    char value[8];

    (void)state;
    assert_true(host->get("Scripted", "colour", value, sizeof(value)));
    assert_string_equal(value, "red");
    world.config.packages[0].settings.v[0].value = (char *)(uintptr_t)"blue";
    world_reload();
    assert_true(host->get("scripted", "colour", value, sizeof(value)));
    assert_string_equal(value, "blue");
    assert_false(host->get("Scripted", "colour", value, 4));        /* no room for the NUL */
    assert_false(host->get("Scripted", "shape", value, sizeof(value)));
    assert_false(host->get("Slow", "colour", value, sizeof(value)));
}

/* By name, since the authority began; a package has room for 64, all of them in sspi status. */
static void
packages_count(void **state)
{
    const struct opensspi_host_counters *host =
        world.package->host->query(OPENSSPI_HOST_COUNTERS, 1);
    char name[32];

    (void)state;
    assert_int_equal(status_number("seen"), STATUS_NO_NUMBER);
    for (int i = 0; i < 3; i++)
        host->add("Scripted", "seen");
    host->add("Scripted", "Not A Name");
    host->add("Scripted", "");
    assert_int_equal(status_number("seen"), 3);
    assert_int_equal(status_number("Not A Name"), STATUS_NO_NUMBER);
    for (int i = 1; i <= OPENSSPI_HOST_COUNTERS_MAX; i++) {
        (void)snprintf(name, sizeof(name), "counter_%d", i);
        host->add("scripted", name);
    }
    assert_int_equal(status_number("counter_63"), 1);
    assert_int_equal(status_number("counter_64"), STATUS_NO_NUMBER);
    host->add("Scripted", "seen");
    assert_int_equal(status_number("seen"), 4);
}

static void
count_one(void)
{
    const struct opensspi_host_counters *host =
        world.package->host->query(OPENSSPI_HOST_COUNTERS, 1);

    host->add("Slow", "served");
}

static void
count_in_call(struct answer_connection *c)
{
    uint64_t context = 0, credential = acquire(c, NAME, INBOUND);

    world.package->next.inside = count_one;
    (void)accept_leg(c, credential, &context, "x");
}

/* The whole, and each service's part of it. */
static void
packages_count_for_services(void **state)
{
    struct answer_connection *web = world_session(WEB, 10), *all = world_session(ALL, 11);

    (void)state;
    count_in_call(web);
    count_in_call(all);
    count_in_call(all);
    assert_int_equal(status_number("served"), 3);
    assert_int_equal(status_service_number("web", "Slow", "served"), 1);
    assert_int_equal(status_service_number("all", "Slow", "served"), 2);
    count_one();
    assert_int_equal(status_number("served"), 4);
    assert_int_equal(status_service_number("web", "Slow", "served"), 1);
    answer_connection_free(web);
    answer_connection_free(all);
}

static char colour_inside[8];

static void
colour_read(void)
{
    const struct opensspi_host_settings *host =
        world.package->host->query(OPENSSPI_HOST_SETTINGS, 1);

    assert_true(host->get("Scripted", "colour", colour_inside, sizeof(colour_inside)));
}

static const char *
colour_in_call(struct answer_connection *c)
{
    uint64_t context = 0, credential = acquire(c, NAME, INBOUND);

    world.package->next.inside = colour_read;
    (void)accept_leg(c, credential, &context, "x");
    return colour_inside;
}

static void
a_service_has_settings_of_its_own(void **state)
{
    static struct config_setting own = { (char *)(uintptr_t)"scripted",
                                         (char *)(uintptr_t)"colour",
                                         (char *)(uintptr_t)"green" };
    struct answer_connection *web = world_session(WEB, 10), *all = world_session(ALL, 11);

    (void)state;
    world.services[WEB].settings = (struct config_settings){ &own, 1 };
    world_reload();
    assert_string_equal(colour_in_call(web), "green");
    assert_string_equal(colour_in_call(all), "red");
    world.services[WEB].settings.count = 0;
    world_reload();
    assert_string_equal(colour_in_call(web), "red");
    answer_connection_free(web);
    answer_connection_free(all);
}

static void
what_cannot_change_is_told(void **state)
{
    (void)state;
    world_reload();
    assert_int_equal(log_count("event=reload"), 0);
    world.config.lockout_threshold++;
    world_reload();
    assert_int_equal(log_count("event=reload"), 1);
    assert_int_equal(log_count("[store]"), 1);
    world.config.dns_name = (char *)(uintptr_t)"elsewhere.example";
    world_reload();
    assert_int_equal(log_count("[machine]"), 1);
    world.config.package_count = 2;
    world_reload();
    assert_int_equal(log_count("modules and pools"), 1);
    assert_int_equal(log_count("event=reload"), 3);
}

/* A reload must not take from a service, even for a moment, what it had before and has after. */
static atomic_bool reloading;

static void *
reload_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3000; i++)
        world_reload();
    atomic_store(&reloading, false);
    return NULL;
}

/* Many services before the one that is used, so that the moment would be a long one. */
#define CROWD 64

static void
crowd(void)
{
    static struct config_service services[CROWD + 1];
    static char names[CROWD][8];

    for (int i = 0; i < CROWD; i++) {
        snprintf(names[i], sizeof(names[i]), "s%d", i);
        services[i] = world.services[NARROW];
        services[i].name = names[i];
        services[i].uid_count = 0;
    }
    services[CROWD] = world.services[WEB];
    world.config.services = services;
    world.config.service_count = CROWD + 1;
}

static void
a_reload_does_not_interrupt_a_service(void **state)
{
    struct answer_connection *c = world_session(WEB, 10);
    uint64_t credential = acquire(c, W("Parallel"), INBOUND);
    pthread_t thread;

    (void)state;
    crowd();
    atomic_store(&reloading, true);
    assert_int_equal(pthread_create(&thread, NULL, reload_often, NULL), 0);
    while (atomic_load(&reloading)) {
        uint64_t context = 0;

        assert_int_equal(accept_leg(c, credential, &context, "x"), SEC_E_OK);
        assert_int_equal(delete_context(c, context), SEC_E_OK);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    answer_connection_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_permission_is_needed_where_it_says),
        TEST(a_refused_call_does_not_reach_the_package),
        TEST(another_logon_session_is_for_tcb),
        TEST(a_service_has_its_packages_only),
        TEST(an_added_credential_names_its_package),
        TEST(slow_is_what_the_messages_package_is),
        TEST(who_logs_on_is_slow),
        TEST(a_service_that_is_gone_may_nothing),
        TEST(limits_change_for_those_that_are_there),
        TEST(package_settings_change_for_the_package),
        TEST(a_service_has_settings_of_its_own),
        TEST(packages_count_for_services),
        TEST(packages_count),
        TEST(what_cannot_change_is_told),
        TEST(a_reload_does_not_interrupt_a_service),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
