/*
 * SpAcceptLsaModeContext, sentence by sentence: each test names the parameter of
 * Microsoft's page that it holds the dispatch to, and fails when the dispatch
 * does otherwise.
 */
#include "bench.h"

#include <string.h>
#include <unistd.h>

#define INBOUND SECPKG_CRED_INBOUND
#define OUTBOUND SECPKG_CRED_OUTBOUND

static struct scripted_record *
seen(void)
{
    return &bench.package->seen;
}

/* A context that is half open: the package calls it 0x51. */
static uint64_t
half_open(uint64_t credential)
{
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(bench_accept(credential, 0, 0, "one"), SEC_I_CONTINUE_NEEDED);
    assert_int_not_equal(bench.result.context, 0);
    return bench.result.context;
}

/* ---- CredentialHandle ------------------------------------------------- */

static void
credential_is_the_packages_own_value(void **state)
{
    (void)state;
    bench.package->acquire_handle = 0xABCD;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_int_equal(seen()->credential, 0xABCD);
}

static void
credential_is_needed_on_the_first_leg(void **state)
{
    (void)state;
    assert_int_equal(bench_accept(0, 0, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(seen()->accepts, 0);
}

static void
credential_must_be_inbound(void **state)
{
    (void)state;
    assert_int_equal(bench_accept(bench_credential("Scripted", OUTBOUND), 0, 0, "x"),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(seen()->accepts, 0);
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", SECPKG_CRED_BOTH), 0, 0, "x"),
                     SEC_E_OK);
}

static void
credential_is_optional_later(void **state)
{
    uint64_t context = half_open(bench_credential("Scripted", INBOUND));

    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(0, context, 0, "two"), SEC_E_OK);
    assert_int_equal(seen()->credential, 0);
    assert_int_equal(seen()->context, 0x51);
}

static void
credential_of_another_package_does_not_reach_the_context(void **state)
{
    uint64_t context = half_open(bench_credential("Scripted", INBOUND));
    uint64_t other = bench_credential("Lone", INBOUND);

    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(other, context, 0, "two"), SEC_E_OK);
    assert_int_equal(seen()->accepts, 2);
    assert_int_equal(seen()->credential, 0);
    assert_int_equal(bench.lone->seen.accepts, 0);
}

static void
credential_that_was_freed_is_invalid(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    assert_int_equal(lsa_credential_free(&bench.call, credential), SEC_E_OK);
    assert_int_equal(seen()->frees, 1);
    assert_int_equal(lsa_credential_free(&bench.call, credential), SEC_E_INVALID_HANDLE);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(seen()->accepts, 0);
}

/* ---- ContextHandle ---------------------------------------------------- */

static void
context_is_zero_first_and_the_packages_then(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);
    uint64_t context = half_open(credential);

    (void)state;
    assert_int_equal(seen()->context, 0);
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(credential, context, 0, "two"), SEC_E_OK);
    assert_int_equal(seen()->context, 0x51);
    assert_int_equal(bench.result.context, context);
}

static void
context_unknown_or_deleted_is_invalid(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);
    uint64_t context = half_open(credential);

    (void)state;
    assert_int_equal(bench_accept(credential, context + 1, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(bench_accept(credential, 0x123456789, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(bench_accept(credential, credential, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(lsa_context_delete(&bench.call, context), SEC_E_OK);
    assert_int_equal(bench_accept(credential, context, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(seen()->accepts, 1);
}

static void
context_of_another_client_is_invalid(void **state)
{
    struct lsa_identity id = { .pid = 43, .uid = 1 };
    struct lsa_client *other = lsa_client_new(bench.lsa, &id, &bench.service);
    uint64_t context = half_open(bench_credential("Scripted", INBOUND));
    struct lsa_client *own = bench.client;

    (void)state;
    bench.client = other;
    assert_int_equal(bench_accept(0, context, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(lsa_context_delete(&bench.call, context), SEC_E_INVALID_HANDLE);
    bench.client = own;
    lsa_client_free(other);
    assert_int_equal(seen()->accepts, 1);
    assert_int_equal(seen()->deletes, 0);
}

static void
context_that_is_complete_goes_to_the_package(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);
    uint64_t context;

    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_OK);
    context = bench.result.context;
    bench_next(STATUS_LOGON_FAILURE, 0);
    assert_int_equal(bench_accept(credential, context, 0, "again"), SEC_E_LOGON_DENIED);
    assert_int_equal(seen()->accepts, 2);
}

/* ---- InputBuffer ------------------------------------------------------ */

static void
input_is_an_empty_descriptor_rather_than_null(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, NULL), SEC_E_OK);
    assert_false(seen()->input_is_null);
    assert_int_equal(seen()->input_version, 0);
    assert_int_equal(seen()->input_count, 0);
}

static void
input_carries_the_clients_message(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "message"),
                     SEC_E_OK);
    assert_int_equal(seen()->input[0].type, SECBUFFER_TOKEN);
    assert_int_equal(seen()->input[0].size, 7);
    assert_memory_equal(seen()->input[0].bytes, "message", 7);
    assert_int_equal(seen()->input[1].type, SECBUFFER_EMPTY);
}

static void
input_extra_and_missing_come_back(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.retype_input = SECBUFFER_EXTRA;
    bench.package->next.recount_input = 3;
    assert_int_equal(bench_accept(credential, 0, 0, "message"), SEC_E_OK);
    assert_int_equal(bench.input_buffers[1].BufferType, SECBUFFER_EXTRA);
    assert_int_equal(bench.input_buffers[1].cbBuffer, 3);
    bench_next(SEC_E_INCOMPLETE_MESSAGE, 0);
    bench.package->next.retype_input = SECBUFFER_MISSING;
    bench.package->next.recount_input = 9;
    assert_int_equal(bench_accept(credential, 0, 0, "mess"), SEC_E_INCOMPLETE_MESSAGE);
    assert_int_equal(bench.input_buffers[1].BufferType, SECBUFFER_MISSING);
    assert_int_equal(bench.input_buffers[1].cbBuffer, 9);
}

/* ---- ContextRequirements, TargetDataRep ------------------------------- */

static void
requirements_and_data_rep_pass_unchanged(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    for (int bit = 0; bit < 32; bit++) {
        uint32_t flag = 1u << bit;
        uint64_t context;

        if (flag == ASC_REQ_ALLOCATE_MEMORY)
            continue;
        bench_next(STATUS_SUCCESS, 0x51);
        assert_int_equal(bench_accept(credential, 0, flag, "x"), SEC_E_OK);
        assert_int_equal(seen()->requirements, flag);
        context = bench.result.context;
        assert_int_equal(lsa_context_delete(&bench.call, context), SEC_E_OK);
    }
    assert_int_equal(seen()->data_rep, SECURITY_NATIVE_DREP);
}

/* ---- NewContextHandle ------------------------------------------------- */

static void
new_handle_starts_as_nothing_then_as_the_context(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);
    uint64_t context = half_open(credential);

    (void)state;
    assert_int_equal(seen()->new_handle_before, 0);
    bench_next(STATUS_SUCCESS, 0);
    bench.package->next.keep_handle = true;
    assert_int_equal(bench_accept(credential, context, 0, "two"), SEC_E_OK);
    assert_int_equal(seen()->new_handle_before, 0x51);
    assert_int_equal(bench.result.context, context);
}

static void
new_handle_may_be_replaced_by_the_package(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);
    uint64_t context = half_open(credential);

    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x99);
    assert_int_equal(bench_accept(credential, context, 0, "two"), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(bench.result.context, context);
    bench_next(STATUS_SUCCESS, 0x99);
    assert_int_equal(bench_accept(credential, context, 0, "three"), SEC_E_OK);
    assert_int_equal(seen()->context, 0x99);
    assert_int_equal(lsa_context_delete(&bench.call, context), SEC_E_OK);
    assert_int_equal(seen()->deletes, 1);
    assert_int_equal(seen()->deleted, 0x99);
}

static void
new_handle_zero_on_success_is_a_breach(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(bench.result.context, 0);
    assert_int_equal(bench.service.contexts, 0);
    assert_int_equal(bench.service.half_open, 0);
}

static void
no_handle_is_made_when_the_first_leg_fails(void **state)
{
    (void)state;
    bench_next(SEC_E_INVALID_TOKEN, 0);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(bench.result.context, 0);
    assert_int_equal(seen()->deletes, 0);
    assert_int_equal(bench.service.contexts, 0);
}

static void
a_failed_later_leg_leaves_the_context_for_deletion(void **state)
{
    uint64_t context = half_open(bench_credential("Scripted", INBOUND));

    (void)state;
    bench_next(SEC_E_LOGON_DENIED, 0x51);
    assert_int_equal(bench_accept(0, context, 0, "two"), SEC_E_LOGON_DENIED);
    assert_int_equal(seen()->deletes, 0);
    assert_int_equal(lsa_context_delete(&bench.call, context), SEC_E_OK);
    assert_int_equal(seen()->deleted, 0x51);
}

/* ---- OutputBuffer ----------------------------------------------------- */

static void
output_has_the_callers_room(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.token = "reply";
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_int_equal(seen()->output[0].type, SECBUFFER_TOKEN);
    assert_int_equal(seen()->output[0].size, 64);
    assert_ptr_equal(seen()->output[0].address, bench.output_room);
    assert_int_equal(bench.output_buffer.cbBuffer, 5);
    assert_memory_equal(bench.output_room, "reply", 5);
}

static void
output_allocated_by_the_package_is_taken_over(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.token = "allocated";
    bench.package->next.token_in_heap = true;
    bench.package->next.attributes = ASC_RET_ALLOCATED_MEMORY;
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, ASC_REQ_ALLOCATE_MEMORY,
                                  "x"),
                     SEC_E_OK);
    assert_int_equal(bench.output_buffer.cbBuffer, 9);
    assert_memory_equal(bench.output_buffer.pvBuffer, "allocated", 9);
    assert_int_equal(bench.result.attributes, ASC_RET_ALLOCATED_MEMORY);
}

static void
output_of_a_failed_leg_is_empty_unless_the_package_made_one(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    bench_next(SEC_E_LOGON_DENIED, 0);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_LOGON_DENIED);
    assert_int_equal(bench.output_buffer.cbBuffer, 0);
    bench_next(SEC_E_LOGON_DENIED, 0);
    bench.package->next.token = "error token";
    bench.package->next.attributes = ASC_RET_EXTENDED_ERROR;
    assert_int_equal(bench_accept(credential, 0, ASC_REQ_EXTENDED_ERROR, "x"), SEC_E_LOGON_DENIED);
    assert_int_equal(bench.output_buffer.cbBuffer, 11);
    assert_memory_equal(bench.output_room, "error token", 11);
}

/* Without a handle the application could not go on with a token that was sent. */
static void
output_is_dropped_when_no_handle_is_made(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0);
    bench.package->next.token = "reply";
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_INTERNAL_ERROR);
    assert_int_equal(bench.output_buffer.cbBuffer, 0);
    bench.package->next.token_in_heap = true;
    assert_int_equal(bench_accept(credential, 0, ASC_REQ_ALLOCATE_MEMORY, "x"),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(bench.output_buffer.cbBuffer, 0);
    assert_null(bench.output_buffer.pvBuffer);
}

static void
output_larger_than_its_room_is_a_breach(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.token = "x";
    bench.package->next.token_too_long = true;
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(seen()->deleted, 0x51);
    assert_int_equal(bench.service.contexts, 0);
}

static void
too_small_a_buffer_changes_nothing(void **state)
{
    uint64_t context = half_open(bench_credential("Scripted", INBOUND));

    (void)state;
    bench_next(SEC_E_BUFFER_TOO_SMALL, 0x51);
    assert_int_equal(bench_accept(0, context, 0, "two"), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(bench.output_buffer.cbBuffer, 0);
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(0, context, 0, "two"), SEC_E_OK);
}

/* ---- ContextAttributes, ExpirationTime -------------------------------- */

static void
attributes_and_expiry_start_at_zero_and_come_back(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.attributes = ASC_RET_INTEGRITY | ASC_RET_IDENTIFY;
    bench.package->next.expiry = INT64_C(0x7FFFFFFFFFFFFFFF);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_int_equal(seen()->attributes_before, 0);
    assert_int_equal(seen()->expiry_before, 0);
    assert_false(seen()->expiry_is_null);
    assert_int_equal(bench.result.attributes, ASC_RET_INTEGRITY | ASC_RET_IDENTIFY);
    assert_true(bench.result.expiry == INT64_C(0x7FFFFFFFFFFFFFFF));
}

/* ---- MappedContext, ContextData --------------------------------------- */

struct mapping {
    NTSTATUS status;
    status_t returned;
    bool mapped;
    unsigned half_open;             /* contexts that wait for another leg */
};

/*
 * D14: at completion, where a user-mode function must complete, and where messages may start early.
 */
static const struct mapping mappings[] = {
    { STATUS_SUCCESS, SEC_E_OK, true, 0 },
    { 0x00200000, SEC_E_OK, true, 0 },
    { SEC_I_LOCAL_LOGON, SEC_I_LOCAL_LOGON, true, 0 },
    { SEC_I_COMPLETE_NEEDED, SEC_I_COMPLETE_NEEDED, true, 0 },
    { SEC_I_COMPLETE_AND_CONTINUE, SEC_I_COMPLETE_AND_CONTINUE, true, 1 },
    { SEC_I_CONTINUE_NEEDED_MESSAGE_OK, SEC_I_CONTINUE_NEEDED_MESSAGE_OK, true, 1 },
    { SEC_I_CONTINUE_NEEDED, SEC_I_CONTINUE_NEEDED, false, 1 },
    { SEC_I_MESSAGE_FRAGMENT, SEC_I_MESSAGE_FRAGMENT, false, 1 },
    { SEC_I_SIGNATURE_NEEDED, SEC_I_SIGNATURE_NEEDED, false, 1 },
    { SEC_I_INCOMPLETE_CREDENTIALS, SEC_I_INCOMPLETE_CREDENTIALS, false, 1 },
    { SEC_E_INCOMPLETE_MESSAGE, SEC_E_INCOMPLETE_MESSAGE, false, 0 },
    { SEC_E_LOGON_DENIED, SEC_E_LOGON_DENIED, false, 0 },
};

static void
mapping_follows_the_status(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    for (size_t i = 0; i < sizeof(mappings) / sizeof(mappings[0]); i++) {
        bench_next(mappings[i].status, mappings[i].status < 0 ? 0 : 0x51);
        bench.package->next.mapped = TRUE;
        bench.package->next.context_data = "session key";
        assert_int_equal(bench_accept(credential, 0, 0, "x"), mappings[i].returned);
        assert_int_equal(bench.result.mapped, mappings[i].mapped);
        assert_int_equal(bench.service.half_open, mappings[i].half_open);
        if (mappings[i].mapped) {
            assert_int_equal(bench.result.context_data.cbBuffer, 11);
            assert_memory_equal(bench.result.context_data.pvBuffer, "session key", 11);
            assert_int_equal(bench.result.package_handle, 0x51);
        } else {
            assert_null(bench.result.context_data.pvBuffer);
        }
        if (bench.result.context)
            assert_int_equal(lsa_context_delete(&bench.call, bench.result.context), SEC_E_OK);
    }
}

static void
mapped_starts_false_and_data_empty(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_int_equal(seen()->mapped_before, FALSE);
    assert_false(seen()->mapped_is_null);
    assert_false(seen()->data_is_null);
    assert_int_equal(seen()->data_before.cbBuffer, 0);
    assert_null(seen()->data_before.pvBuffer);
    assert_false(bench.result.mapped);
}

static void
mapped_without_data_still_maps(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.mapped = 0xFF;      /* BOOLEAN: anything but 0 is TRUE */
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_true(bench.result.mapped);
    assert_int_equal(bench.result.context_data.cbBuffer, 0);
}

static void
data_without_mapping_is_freed(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.context_data = "unasked";
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_false(bench.result.mapped);
    assert_null(bench.result.context_data.pvBuffer);
}

static void
mapped_without_a_user_half_fails(void **state)
{
    uint64_t credential = bench_credential("Lone", INBOUND);

    (void)state;
    bench.lone->next = (struct scripted_answer){ .status = STATUS_SUCCESS, .new_handle = 0x61,
                                                 .mapped = TRUE, .context_data = "lost" };
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_INTERNAL_ERROR);
    assert_int_equal(bench.lone->seen.deleted, 0x61);
    assert_int_equal(bench.result.context, 0);
    bench.lone->next.mapped = FALSE;
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_OK);
}

static void
a_datagram_initiator_is_mapped_at_once(void **state)
{
    uint64_t credential = bench_credential("Scripted", OUTBOUND);

    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    bench.package->next.mapped = TRUE;
    assert_int_equal(bench_initiate(credential, 0, ISC_REQ_DATAGRAM, NULL), SEC_I_CONTINUE_NEEDED);
    assert_true(bench.result.mapped);
    assert_int_equal(bench_initiate(credential, 0, ISC_REQ_CONNECTION, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_false(bench.result.mapped);
}

/* ---- the call's surroundings ------------------------------------------ */

static void
call_and_client_info_say_who_calls(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_true(seen()->has_call_info);
    assert_int_equal(seen()->call_info.ProcessId, 42);
    assert_int_equal(seen()->call_info.ThreadId, 9);
    assert_int_equal(seen()->client_info.ProcessID, 42);
    assert_int_equal(seen()->client_info.HasTcbPrivilege, FALSE);
    assert_false(bench.package->lsa->GetCallInfo(&seen()->call_info));
}

static void
a_dead_clients_contexts_are_deleted_as_cleanup(void **state)
{
    (void)half_open(bench_credential("Scripted", INBOUND));

    (void)state;
    bench_client_renew();
    assert_int_equal(seen()->deletes, 1);
    assert_int_equal(seen()->frees, 1);
    assert_true(seen()->call_info.Attributes & SECPKG_CALL_CLEANUP);
    assert_int_equal(bench.service.contexts, 0);
    assert_int_equal(bench.service.half_open, 0);
    assert_int_equal(bench.service.credentials, 0);
}

static void
initiate_gets_target_and_no_input(void **state)
{
    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(bench_initiate(bench_credential("Scripted", OUTBOUND), 0, 0, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(seen()->initiates, 1);
    assert_true(seen()->has_target);
    assert_memory_equal(seen()->target, u"host/there", 20);
    assert_false(seen()->input_is_null);
    assert_int_equal(bench_initiate(bench_credential("Scripted", INBOUND), 0, 0, NULL),
                     SEC_E_INVALID_HANDLE);
}

/* ---- limits ----------------------------------------------------------- */

static void
quotas_refuse_before_the_package_is_called(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    bench.service.max_half_open = 1;
    (void)half_open(credential);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_INSUFFICIENT_MEMORY);
    bench.service.max_half_open = 100;
    bench.service.max_contexts = 1;
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(seen()->accepts, 1);
    bench.service.max_credentials = 1;
    assert_int_equal(bench.service.credentials, 1);
}

static void
a_handshake_that_takes_too_long_is_dropped(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);
    uint64_t context;

    (void)state;
    bench.service.handshake_seconds = 0;
    context = half_open(credential);
    usleep(2000);
    lsa_reap(bench.lsa);
    assert_int_equal(seen()->deletes, 1);
    assert_int_equal(bench_accept(credential, context, 0, "late"), SEC_E_INVALID_HANDLE);
    bench_next(STATUS_SUCCESS, 0x52);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_OK);
    usleep(2000);
    lsa_reap(bench.lsa);                    /* an established one stays */
    assert_int_equal(seen()->deletes, 1);
}

static void
failed_logons_are_limited_by_uid(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    bench.service.failures_per_minute = 3;
    for (int i = 0; i < 3; i++) {
        bench_next(STATUS_LOGON_FAILURE, 0);
        assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_LOGON_DENIED);
    }
    /* Not LOGON_DENIED: the password was not looked at. */
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(seen()->accepts, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(credential_is_the_packages_own_value),
        TEST(credential_is_needed_on_the_first_leg),
        TEST(credential_must_be_inbound),
        TEST(credential_is_optional_later),
        TEST(credential_of_another_package_does_not_reach_the_context),
        TEST(credential_that_was_freed_is_invalid),
        TEST(context_is_zero_first_and_the_packages_then),
        TEST(context_unknown_or_deleted_is_invalid),
        TEST(context_of_another_client_is_invalid),
        TEST(context_that_is_complete_goes_to_the_package),
        TEST(input_is_an_empty_descriptor_rather_than_null),
        TEST(input_carries_the_clients_message),
        TEST(input_extra_and_missing_come_back),
        TEST(requirements_and_data_rep_pass_unchanged),
        TEST(new_handle_starts_as_nothing_then_as_the_context),
        TEST(new_handle_may_be_replaced_by_the_package),
        TEST(new_handle_zero_on_success_is_a_breach),
        TEST(no_handle_is_made_when_the_first_leg_fails),
        TEST(a_failed_later_leg_leaves_the_context_for_deletion),
        TEST(output_is_dropped_when_no_handle_is_made),
        TEST(output_has_the_callers_room),
        TEST(output_allocated_by_the_package_is_taken_over),
        TEST(output_of_a_failed_leg_is_empty_unless_the_package_made_one),
        TEST(output_larger_than_its_room_is_a_breach),
        TEST(too_small_a_buffer_changes_nothing),
        TEST(attributes_and_expiry_start_at_zero_and_come_back),
        TEST(mapping_follows_the_status),
        TEST(mapped_starts_false_and_data_empty),
        TEST(mapped_without_data_still_maps),
        TEST(data_without_mapping_is_freed),
        TEST(mapped_without_a_user_half_fails),
        TEST(a_datagram_initiator_is_mapped_at_once),
        TEST(call_and_client_info_say_who_calls),
        TEST(a_dead_clients_contexts_are_deleted_as_cleanup),
        TEST(initiate_gets_target_and_no_input),
        TEST(quotas_refuse_before_the_package_is_called),
        TEST(a_handshake_that_takes_too_long_is_dropped),
        TEST(failed_logons_are_limited_by_uid),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
