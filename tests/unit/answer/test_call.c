/* Each call's way to the package and back: handles, buffers, client memory, tokens, results. */
#include "world.h"

#include "base/filetime.h"
#include "ipc/token.h"

#include <jansson.h>
#include <string.h>

#define NAME W("Scripted")
#define WINDOW 0x7f0000000000

static struct answer_connection *connection;

static int
call_reset(void **state)
{
    if (world_reset(state) != 0)
        return -1;
    connection = world_session(ALL, 10);
    return 0;
}

static int
call_end(void **state)
{
    (void)state;
    answer_connection_free(connection);
    return 0;
}

#define CALL(name) cmocka_unit_test_setup_teardown(name, call_reset, call_end)

static void
next(NTSTATUS status)
{
    world.package->next = (struct scripted_answer){ .status = status, .new_handle = 0x51 };
}

/* ---- handles ---------------------------------------------------------- */

static void
a_number_of_another_session_is_none(void **state)
{
    struct answer_connection *other = world_session(ALL, 11);
    uint64_t credential = acquire(connection, NAME, SECPKG_CRED_BOTH), context = 0, none = 0;

    (void)state;
    next(SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_leg(other, credential, &none, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(initiate_leg(other, credential, &none), SEC_E_INVALID_HANDLE);
    assert_int_equal(accept_leg(other, 0, &context, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(delete_context(other, context), SEC_E_INVALID_HANDLE);
    assert_int_equal(free_credential(other, credential), SEC_E_INVALID_HANDLE);
    assert_int_equal(world.package->seen.accepts, 1);
    assert_int_equal(world.package->seen.deletes, 0);
    answer_connection_free(other);
}

/* Every call that takes a handle, with numbers that are none. */
static void
forged_numbers_resolve_nowhere(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;
    uint64_t forged[] = {
        0, 1, UINT64_MAX, credential ^ 1, credential ^ (1ull << 30), credential ^ (1ull << 61), 0
    };

    (void)state;
    next(SEC_I_CONTINUE_NEEDED);
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_I_CONTINUE_NEEDED);
    forged[6] = context;                    /* a context is no credential */
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
        uint64_t n = forged[i], none = 0;

        assert_int_equal(free_credential(connection, n), SEC_E_INVALID_HANDLE);
        assert_int_equal(ask(connection, query_credential,
                             (&(struct ipc_query_credential_req){ n, 1, { 0 } })),
                         SEC_E_INVALID_HANDLE);
        assert_int_equal(ask(connection, set_credential,
                             (&(struct ipc_set_credential_req){ .credential = n })),
                         SEC_E_INVALID_HANDLE);
        assert_int_equal(ask(connection, add_credential,
                             (&(struct ipc_add_credential_req){
                                 .credential = n, .package = NAME, .use = INBOUND })),
                         SEC_E_INVALID_HANDLE);
        assert_int_equal(accept_leg(connection, n, &none, "x"), SEC_E_INVALID_HANDLE);
        assert_int_equal(initiate_leg(connection, n, &none), SEC_E_INVALID_HANDLE);
    }
    forged[6] = credential;                 /* nor the other way round */
    for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
        uint64_t n = forged[i];

        assert_int_equal(delete_context(connection, n), SEC_E_INVALID_HANDLE);
        assert_int_equal(ask(connection, query_context,
                             (&(struct ipc_query_context_req){ n, SECPKG_ATTR_FLAGS, { 0 } })),
                         SEC_E_INVALID_HANDLE);
        assert_int_equal(ask(connection, set_context,
                             (&(struct ipc_set_context_req){ .context = n })),
                         SEC_E_INVALID_HANDLE);
        assert_int_equal(ask(connection, apply_control_token,
                             (&(struct ipc_apply_control_token_req){ .context = n })),
                         SEC_E_INVALID_HANDLE);
        if (n)
            assert_int_equal(accept_leg(connection, credential, &n, "x"), SEC_E_INVALID_HANDLE);
    }
    assert_int_equal(world.package->seen.accepts, 1);
}

static void
stale_numbers_stay_stale(void **state)
{
    uint64_t old[64], credential;

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        old[i] = acquire(connection, NAME, INBOUND);
        assert_int_equal(free_credential(connection, old[i]), SEC_E_OK);
    }
    credential = acquire(connection, NAME, INBOUND);
    for (size_t i = 0; i < 64; i++) {
        assert_true(old[i] != credential);
        assert_int_equal(free_credential(connection, old[i]), SEC_E_INVALID_HANDLE);
    }
    assert_int_equal(free_credential(connection, credential), SEC_E_OK);
    assert_int_equal(world.package->seen.frees, 65);
}

/*
 * CHOICE: no thread impersonates yet, so no such handle is valid; it must not be taken for "none".
 */
static void
an_impersonation_token_is_refused(void **state)
{
    (void)state;
    world.x.common.token = 5;
    assert_int_equal(try_acquire(connection, NAME, INBOUND), SEC_E_INVALID_HANDLE);
    assert_int_equal(world.package->seen.acquires, 0);
    assert_int_equal(try_acquire(connection, NAME, INBOUND), SEC_E_OK);
}

/* ---- a leg ------------------------------------------------------------ */

static void
a_leg_comes_back_whole(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;
    const struct ipc_accept_context_rep *p = reply_of(accept_context);

    (void)state;
    next(STATUS_SUCCESS);
    world.package->next.token = "reply";
    world.package->next.attributes = ASC_RET_INTEGRITY;
    world.package->next.expiry = 4711;
    world.package->next.mapped = TRUE;
    world.package->next.context_data = "session key";
    assert_int_equal(accept_leg(connection, credential, &context, "message"), SEC_E_OK);
    assert_memory_equal(world.package->seen.input[0].bytes, "message", 7);
    assert_int_equal(world.package->seen.output[0].size, 64);
    assert_int_equal(p->output.count, 1);
    assert_int_equal(p->output.v[0].bytes.n, 5);
    assert_memory_equal(p->output.v[0].bytes.p, "reply", 5);
    assert_int_equal(p->attributes, ASC_RET_INTEGRITY);
    assert_int_equal(p->expiry, 4711);
    assert_int_equal(p->mapped, 1);
    assert_int_equal(p->context_data.n, 11);
    assert_memory_equal(p->context_data.p, "session key", 11);
    assert_int_equal(p->package_handle, 0x51);
    assert_false(p->input.present);
}

/* The bytes beyond the block are the authority's: not one of them may travel. */
static void
a_package_that_says_too_much_leaks_nothing(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;

    (void)state;
    next(STATUS_SUCCESS);
    world.package->next.token = "x";
    world.package->next.token_too_long = true;
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_INTERNAL_ERROR);
    assert_int_equal(reply_of(accept_context)->output.v[0].bytes.n, 0);
    assert_true(world.x.bytes.len < 256);
    assert_int_equal(status_number("contexts"), 0);
}

static void
a_failed_leg_carries_its_error_token(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;

    (void)state;
    next(SEC_E_LOGON_DENIED);
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_LOGON_DENIED);
    assert_int_equal(reply_of(accept_context)->output.v[0].bytes.n, 0);
    next(SEC_E_LOGON_DENIED);
    world.package->next.token = "alert";
    world.package->next.attributes = ASC_RET_EXTENDED_ERROR;
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_LOGON_DENIED);
    assert_memory_equal(reply_of(accept_context)->output.v[0].bytes.p, "alert", 5);
    assert_int_equal(reply_of(accept_context)->context, 0);
}

static void
changed_input_comes_back(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;

    (void)state;
    next(SEC_E_INCOMPLETE_MESSAGE);
    world.package->next.new_handle = 0;
    world.package->next.retype_input = SECBUFFER_MISSING;
    world.package->next.recount_input = 900;
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_INCOMPLETE_MESSAGE);
    assert_true(reply_of(accept_context)->input.present);
    assert_int_equal(reply_of(accept_context)->input.v[0].type, SECBUFFER_MISSING);
    assert_int_equal(reply_of(accept_context)->input.v[0].room, 900);
    assert_int_equal(context, 0);
}

/* UNMAPPED and KERNEL_MAP are the authority's own marks. */
static void
buffer_marks_of_a_client_do_not_pass(void **state)
{
    struct ipc_accept_context_req q = { .credential = acquire(connection, NAME, INBOUND) };

    (void)state;
    next(STATUS_SUCCESS);
    q.input = (struct ipc_buffers){ .count = 1, .present = true };
    q.input.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN | SECBUFFER_RESERVED | SECBUFFER_READONLY,
                                         0, view_of("x", 1) };
    assert_int_equal(ask(connection, accept_context, &q), SEC_E_OK);
    assert_int_equal(world.package->seen.input[0].type, SECBUFFER_TOKEN | SECBUFFER_READONLY);
}

static void
room_is_bounded(void **state)
{
    struct ipc_accept_context_req q = { .credential = acquire(connection, NAME, INBOUND) };

    (void)state;
    next(STATUS_SUCCESS);
    q.output = (struct ipc_buffers){ .count = 1, .present = true };
    q.output.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, UINT32_MAX, view_of(NULL, 0) };
    world.package->next.token = "t";
    assert_int_equal(ask(connection, accept_context, &q), SEC_E_OK);
    assert_int_equal(world.package->seen.output[0].size, 64 * 1024);
    assert_int_equal(reply_of(accept_context)->output.v[0].bytes.n, 1);
}

static void
a_target_must_be_text(void **state)
{
    static const char odd[3] = "abc";
    static char16_t long_name[33000];
    struct ipc_initialize_context_req q = { .credential = acquire(connection, NAME, OUTBOUND) };

    (void)state;
    next(SEC_I_CONTINUE_NEEDED);
    q.target = view_of(odd, sizeof(odd));
    assert_int_equal(ask(connection, initialize_context, &q), SEC_E_INVALID_PARAMETER);
    q.target = view_of(long_name, sizeof(long_name));
    assert_int_equal(ask(connection, initialize_context, &q), SEC_E_INVALID_PARAMETER);
    assert_int_equal(world.package->seen.initiates, 0);
    q.target = W("host/there");
    assert_int_equal(ask(connection, initialize_context, &q), SEC_I_CONTINUE_NEEDED);
    assert_memory_equal(world.package->seen.target, u"host/there", 20);
    q.target = view_of("", 0);              /* empty, but there */
    assert_int_equal(ask(connection, initialize_context, &q), SEC_I_CONTINUE_NEEDED);
    assert_true(world.package->seen.has_target);
    q.target = view_of(NULL, 0);
    assert_int_equal(ask(connection, initialize_context, &q), SEC_I_CONTINUE_NEEDED);
    assert_false(world.package->seen.has_target);
}

/* ---- client memory ---------------------------------------------------- */

static NTSTATUS inside[4];
static PVOID bases[3];
static char read_back[8];

static void
inside_buffers(void)
{
    LSA_SECPKG_FUNCTION_TABLE *lsa = world.package->lsa;

    inside[0] = lsa->AllocateClientBuffer(NULL, 5, &bases[0]);
    inside[1] = lsa->AllocateClientBuffer(NULL, 20, &bases[1]);
    inside[2] = lsa->AllocateClientBuffer(NULL, 0, &bases[2]);
    if (bases[0])
        (void)lsa->CopyToClientBuffer(NULL, 5, bases[0], (void *)(uintptr_t)"hello");
    (void)lsa->FreeClientBuffer(NULL, bases[1]);
    inside[3] = lsa->CopyFromClientBuffer(NULL, 4, read_back, (void *)0x1002);
}

static status_t
leg_with_window(uint32_t size)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;

    world.x.common.window_base = WINDOW;
    world.x.common.window_size = size;
    world.x.common.memory = (struct ipc_ranges){ .count = 1 };
    world.x.common.memory.v[0] = (struct ipc_range){ 0x1000, view_of("abcdefgh", 8) };
    world.package->next.inside = inside_buffers;
    return accept_leg(connection, credential, &context, "x");
}

static void
blocks_travel_with_a_success(void **state)
{
    const struct ipc_ranges *blocks = &world.x.common_reply.blocks;

    (void)state;
    next(STATUS_SUCCESS);
    assert_int_equal(leg_with_window(4096), SEC_E_OK);
    assert_int_equal(blocks->count, 2);     /* the freed one does not */
    assert_int_equal(blocks->v[0].address, WINDOW);
    assert_int_equal(blocks->v[0].bytes.n, 5);
    assert_memory_equal(blocks->v[0].bytes.p, "hello", 5);
    assert_int_equal(blocks->v[1].bytes.n, 0);
    assert_int_equal(inside[3], STATUS_SUCCESS);
    assert_memory_equal(read_back, "cdef", 4);
}

static void
blocks_do_not_travel_with_a_failure(void **state)
{
    (void)state;
    next(SEC_E_LOGON_DENIED);
    assert_int_equal(leg_with_window(4096), SEC_E_LOGON_DENIED);
    assert_int_equal(inside[0], STATUS_SUCCESS);
    assert_int_equal(world.x.common_reply.blocks.count, 0);
}

/* 16 bytes a block: 5, 20 (32) and 0 need 64. */
static void
the_windows_end_is_the_end(void **state)
{
    static const struct { uint32_t size; NTSTATUS first, second, third; } edges[] = {
        { 64, STATUS_SUCCESS, STATUS_SUCCESS, STATUS_SUCCESS },
        { 63, STATUS_SUCCESS, STATUS_SUCCESS, STATUS_NO_MEMORY },
        { 48, STATUS_SUCCESS, STATUS_SUCCESS, STATUS_NO_MEMORY },
        { 47, STATUS_SUCCESS, STATUS_NO_MEMORY, STATUS_SUCCESS },
        { 16, STATUS_SUCCESS, STATUS_NO_MEMORY, STATUS_NO_MEMORY },
        { 15, STATUS_NO_MEMORY, STATUS_NO_MEMORY, STATUS_NO_MEMORY },
        { 0, STATUS_NO_MEMORY, STATUS_NO_MEMORY, STATUS_NO_MEMORY },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        next(STATUS_SUCCESS);
        assert_int_equal(leg_with_window(edges[i].size), SEC_E_OK);
        assert_int_equal(inside[0], edges[i].first);
        assert_int_equal(inside[1], edges[i].second);
        assert_int_equal(inside[2], edges[i].third);
    }
}

static void
a_credentials_name_points_into_the_client(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), pointer;
    struct ipc_query_credential_req q = { credential, SECPKG_CRED_ATTR_NAMES, { 0 } };

    (void)state;
    world.x.common.window_base = WINDOW;
    world.x.common.window_size = 4096;
    assert_int_equal(ask(connection, query_credential, &q), SEC_E_OK);
    assert_int_equal(reply_of(query_credential)->value.n, sizeof(pointer));
    memcpy(&pointer, reply_of(query_credential)->value.p, sizeof(pointer));
    assert_int_equal(pointer, WINDOW);
    assert_memory_equal(world.x.common_reply.blocks.v[0].bytes.p, u"somebody", 18);
    q.attribute = 0x7777;
    assert_int_equal(ask(connection, query_credential, &q), SEC_E_UNSUPPORTED_FUNCTION);
}

/* ---- tokens ----------------------------------------------------------- */

static HANDLE in_client;

static void
add_eve(void)
{
    SECURITY_STRING name = { 6, 6, (PWSTR)(uintptr_t)u"eve" };
    LSA_SECPKG_FUNCTION_TABLE *lsa = world.package->lsa;
    TOKEN_SOURCE source = { .SourceName = "test" };
    UNICODE_STRING given;
    NTSTATUS sub_status;
    HANDLE token;
    PUCHAR data;
    ULONG size;
    LUID luid;

    assert_int_equal(lsa->GetAuthDataForUser(&name, SecNameSamCompatible, NULL, &data, &size, NULL),
                     0);
    assert_int_equal(lsa->ConvertAuthDataToToken(data, size, SecurityImpersonation, &source,
                                                 Network, NULL, &token, &luid, &given, &sub_status),
                     0);
    assert_int_equal(lsa->DuplicateHandle(token, &in_client), 0);
    lsa->FreeLsaHeap(data);
    lsa->FreeLsaHeap(given.Buffer);
    assert_true(lsa_handle_close(token));
}

static void
store_eve(void)
{
    static bool there;
    struct account_store_options options = { .dir = world.config.state_dir };
    struct account a = { .expires = FILETIME_NEVER, .name = u"eve", .name_units = 3 };
    char error[ACCOUNT_ERROR_MAX];
    struct account_store *s;
    uint32_t rid;

    if (there)
        return;
    s = account_store_open(&options, error);
    assert_non_null(s);
    assert_int_equal(account_add(s, &a, &rid), 0);
    account_store_close(s);
    there = true;
}

static void
a_token_travels_to_those_who_may(void **state)
{
    const struct ipc_ranges *tokens = &world.x.common_reply.tokens;
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;
    struct token_snapshot t;

    (void)state;
    store_eve();
    next(STATUS_SUCCESS);
    world.package->next.inside = add_eve;
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_OK);
    assert_int_equal(tokens->count, 1);
    assert_int_equal(tokens->v[0].address, (uintptr_t)in_client);
    assert_int_equal(token_snapshot_parse(tokens->v[0].bytes, &t), SEC_E_OK);
    assert_memory_equal(t.account.p, u"eve", 6);
    world.services[ALL].may = MAY_ALL & ~(uint32_t)CONFIG_MAY_TOKEN;
    world_reload();
    context = 0;
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_OK);
    assert_int_equal(tokens->count, 0);
    world.services[ALL].may = MAY_ALL;
    world_reload();
    context = 0;
    world.package->next.status = SEC_E_LOGON_DENIED;
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_LOGON_DENIED);
    assert_int_equal(tokens->count, 0);
}

/* ---- the other calls -------------------------------------------------- */

static void
contexts_are_queried_set_and_controlled(void **state)
{
    uint64_t credential = acquire(connection, NAME, INBOUND), context = 0;
    struct ipc_query_context_req q = { .attribute = SECPKG_ATTR_FLAGS };
    struct ipc_apply_control_token_req apply = { .input = { .count = 1, .present = true } };

    (void)state;
    next(STATUS_SUCCESS);
    assert_int_equal(accept_leg(connection, credential, &context, "x"), SEC_E_OK);
    q.context = apply.context = context;
    assert_int_equal(ask(connection, query_context, &q), SEC_E_OK);
    assert_int_equal(reply_of(query_context)->value.n, 4);
    assert_memory_equal(reply_of(query_context)->value.p, "\x34\x12\0\0", 4);
    world.package->query_status = SEC_I_CONTEXT_EXPIRED;    /* a success, with its value */
    assert_int_equal(ask(connection, query_context, &q), SEC_I_CONTEXT_EXPIRED);
    assert_int_equal(reply_of(query_context)->value.n, 4);
    q.attribute = 0x7777;
    assert_int_equal(ask(connection, query_context, &q), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(world.package->seen.queries, 2);
    assert_int_equal(ask(connection, set_context,
                         (&(struct ipc_set_context_req){ .context = context })),
                     SEC_E_OK);
    assert_int_equal(world.package->seen.sets, 1);
    apply.input.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 0, view_of("stop", 4) };
    assert_int_equal(ask(connection, apply_control_token, &apply), SEC_E_OK);
    assert_memory_equal(world.package->seen.input[0].bytes, "stop", 4);
}

static void
a_password_reaches_the_package(void **state)
{
    struct ipc_change_password_req q = { .package = W("scripted"),
                                         .account = W("eve"),
                                         .old_password = W("old"),
                                         .new_password = W("new"),
                                         .output = { .count = 1, .present = true } };

    (void)state;
    q.output.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 64, view_of(NULL, 0) };
    assert_int_equal(ask(connection, change_password, &q), SEC_E_OK);
    assert_memory_equal(world.package->seen.new_password, u"new", 8);
    assert_int_equal(reply_of(change_password)->output.v[0].bytes.n, 0);
    next(0);
    world.package->next.token = "too weak";
    world.package->next.token_in_heap = true;
    world.package->password_status = STATUS_ACCOUNT_RESTRICTION;
    assert_int_equal(ask(connection, change_password, &q), SEC_E_LOGON_DENIED);
    assert_memory_equal(reply_of(change_password)->output.v[0].bytes.p, "too weak", 8);
    world.package->next.token_in_heap = false;
    world.package->next.token_too_long = true;
    assert_int_equal(ask(connection, change_password, &q), SEC_E_INTERNAL_ERROR);
    assert_int_equal(reply_of(change_password)->output.v[0].bytes.n, 0);
    q.old_password = view_of("odd", 3);
    assert_int_equal(ask(connection, change_password, &q), SEC_E_INVALID_PARAMETER);
    assert_int_equal(world.package->seen.passwords, 3);
}

static void
status_is_json(void **state)
{
    json_t *root;
    struct view json;

    (void)state;
    assert_int_equal(ask(connection, status, (&(struct ipc_status_req){ 0 })), SEC_E_OK);
    json = reply_of(status)->json;
    root = json_loadb((const char *)json.p, json.n, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "mode")), "lsad");
    assert_int_equal(json_array_size(json_object_get(root, "packages")), 3);
    assert_int_equal(json_array_size(json_object_get(root, "services")), SERVICES);
    json_decref(root);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CALL(a_number_of_another_session_is_none),
        CALL(forged_numbers_resolve_nowhere),
        CALL(stale_numbers_stay_stale),
        CALL(an_impersonation_token_is_refused),
        CALL(a_leg_comes_back_whole),
        CALL(a_package_that_says_too_much_leaks_nothing),
        CALL(a_failed_leg_carries_its_error_token),
        CALL(changed_input_comes_back),
        CALL(buffer_marks_of_a_client_do_not_pass),
        CALL(room_is_bounded),
        CALL(a_target_must_be_text),
        CALL(blocks_travel_with_a_success),
        CALL(blocks_do_not_travel_with_a_failure),
        CALL(the_windows_end_is_the_end),
        CALL(a_credentials_name_points_into_the_client),
        CALL(a_token_travels_to_those_who_may),
        CALL(contexts_are_queried_set_and_controlled),
        CALL(a_password_reaches_the_package),
        CALL(status_is_json),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
