/*
 * What the dispatch guards against: packages that break the contract, and clients
 * that use it in a way that no application would.
 */
#include "child.h"
#include "bench.h"

#include "base/filetime.h"
#include "base/log.h"
#include "base/str16.h"
#include "lsa/lsa_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define INBOUND SECPKG_CRED_INBOUND
#define OUTBOUND SECPKG_CRED_OUTBOUND

static struct scripted_record *
seen(void)
{
    return &bench.package->seen;
}

/* The last line of the log that has the text; empty: none. */
static char log_line[2048];
static const char *log_wanted;

static void
log_keep(enum log_level level, const char *line, void *arg)
{
    (void)level;
    (void)arg;
    if (strstr(line, log_wanted))
        snprintf(log_line, sizeof(log_line), "%s", line);
}

static void
log_watch(const char *wanted)
{
    log_wanted = wanted;
    log_line[0] = '\0';
    log_set_sink(wanted ? log_keep : NULL, NULL);
}

/* ---- memory that a package says it wrote ------------------------------ */

/* cbBuffer is what the reply sends: beyond the block lies the authority's own memory. */
static void
an_output_beyond_its_room_sends_nothing(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.token = "x";
    bench.package->next.token_too_long = true;
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(bench.output_buffer.cbBuffer, 0);
    assert_ptr_equal(bench.output_buffer.pvBuffer, bench.output_room);
    assert_int_equal(seen()->deletes, 1);
}

static void
an_allocated_output_beyond_its_block_sends_nothing(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.token = "x";
    bench.package->next.token_in_heap = true;
    bench.package->next.token_too_long = true;
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, ASC_REQ_ALLOCATE_MEMORY,
                                  "x"),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(bench.output_buffer.cbBuffer, 0);
    assert_null(bench.output_buffer.pvBuffer);
}

static void
context_data_beyond_its_block_maps_nothing(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.mapped = TRUE;
    bench.package->next.context_data = "key";
    bench.package->next.data_too_long = true;
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"),
                     SEC_E_INTERNAL_ERROR);
    assert_false(bench.result.mapped);
    assert_null(bench.result.context_data.pvBuffer);
    assert_int_equal(bench.service.contexts, 0);
}

/* After an error the package has deleted what it made: a second time would be one too many. */
static void
a_number_left_with_an_error_is_not_deleted(void **state)
{
    (void)state;
    bench_next(SEC_E_INVALID_TOKEN, 0x51);
    bench.package->next.token = "x";
    bench.package->next.token_too_long = true;
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"),
                     SEC_E_INTERNAL_ERROR);
    assert_int_equal(seen()->deletes, 0);
    assert_int_equal(bench.service.contexts, 0);
}

static void
a_later_leg_that_writes_zero_keeps_the_number(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(bench_accept(credential, 0, 0, "one"), SEC_I_CONTINUE_NEEDED);
    bench_next(STATUS_SUCCESS, 0);
    bench.package->next.mapped = TRUE;
    assert_int_equal(bench_accept(0, bench.result.context, 0, "two"), SEC_E_OK);
    assert_int_equal(bench.result.package_handle, 0x51);
}

/* ---- SEC_E_INCOMPLETE_MESSAGE ------------------------------------------ */

/* The caller repeats the leg without a context: what the package made would be lost. */
static void
an_incomplete_first_leg_leaves_nothing_behind(void **state)
{
    (void)state;
    bench_next(SEC_E_INCOMPLETE_MESSAGE, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "mess"),
                     SEC_E_INCOMPLETE_MESSAGE);
    assert_int_equal(bench.result.context, 0);
    assert_int_equal(seen()->deletes, 1);
    assert_int_equal(seen()->deleted, 0x51);
    assert_int_equal(bench.output_buffer.cbBuffer, 0);      /* the room is no message */
    assert_int_equal(bench.service.contexts, 0);
    assert_int_equal(bench.service.half_open, 0);
}

static void
an_incomplete_later_leg_keeps_the_context(void **state)
{
    uint64_t context;

    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "one"),
                     SEC_I_CONTINUE_NEEDED);
    context = bench.result.context;
    bench_next(SEC_E_INCOMPLETE_MESSAGE, 0x51);
    assert_int_equal(bench_accept(0, context, 0, "tw"), SEC_E_INCOMPLETE_MESSAGE);
    assert_int_equal(seen()->deletes, 0);
    assert_int_equal(bench.service.half_open, 1);
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(0, context, 0, "two"), SEC_E_OK);
    assert_int_equal(bench.service.half_open, 0);
}

/* ---- calls in surroundings where they have no meaning ----------------- */

static NTSTATUS duplicated;
static HANDLE token_of_mallory;

static void
duplicate_inside_delete(void)
{
    HANDLE out;

    duplicated = bench.package->lsa->DuplicateHandle(token_of_mallory, &out);
}

static void
add_account(const char16_t *name, uint32_t *rid)
{
    struct account a = { .expires = FILETIME_NEVER };

    a.name_units = (uint16_t)str16_length(name);
    memcpy(a.name, name, a.name_units * sizeof(*name));
    assert_int_equal(account_add(bench.accounts, &a, rid), 0);
}

static NTSTATUS
token_for(const char16_t *account, HANDLE *token)
{
    LSA_SECPKG_FUNCTION_TABLE *lsa = bench.package->lsa;
    USHORT n = (USHORT)(str16_length(account) * sizeof(*account));
    SECURITY_STRING name = { n, n, (PWSTR)(uintptr_t)account };
    TOKEN_SOURCE source = { .SourceName = "test" };
    UNICODE_STRING given;
    NTSTATUS s, sub_status;
    PUCHAR data;
    ULONG size;
    LUID luid;

    s = lsa->GetAuthDataForUser(&name, SecNameSamCompatible, NULL, &data, &size, NULL);
    if (s != STATUS_SUCCESS)
        return s;
    s = lsa->ConvertAuthDataToToken(data, size, SecurityImpersonation, &source, Network, NULL,
                                    token, &luid, &given, &sub_status);
    lsa->FreeLsaHeap(data);
    lsa->FreeLsaHeap(given.Buffer);
    return s;
}

/* A deletion has no reply: a token cannot travel, and must not be looked for room. */
static void
no_token_is_duplicated_within_a_deletion(void **state)
{
    uint32_t rid;

    (void)state;
    add_account(u"mallory", &rid);
    assert_int_equal(token_for(u"mallory", &token_of_mallory), STATUS_SUCCESS);
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    bench.package->inside_delete = duplicate_inside_delete;
    duplicated = STATUS_SUCCESS;
    assert_int_equal(lsa_context_delete(&bench.call, bench.result.context), SEC_E_OK);
    assert_int_equal(duplicated, STATUS_UNSUCCESSFUL);
    assert_true(lsa_handle_close(token_of_mallory));
}

/* Rounded up, a length near 4 GiB is 0: the block would be smaller than its size. */
static NTSTATUS huge;

static void
inside_huge(void)
{
    PVOID base;

    huge = bench.package->lsa->AllocateClientBuffer(NULL, 0xFFFFFFF8u, &base);
}

static void
a_client_buffer_does_not_wrap(void **state)
{
    static SecBufferDesc none;
    struct lsa_leg leg = { .credential = bench_credential("Scripted", INBOUND),
                           .input = &none,
                           .output = &none };

    (void)state;
    lsa_leg_result_wipe(&bench.result);
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.inside = inside_huge;
    bench.call.window_base = 0x10000;
    bench.call.window_size = UINT32_MAX;
    assert_int_equal(lsa_context_accept(&bench.call, &leg, &bench.result), SEC_E_OK);
    assert_int_equal(huge, STATUS_NO_MEMORY);
    assert_int_equal(bench.call.block_count, 0);
}

static ULONG call_counts[2];

static void
inside_call_info(void)
{
    SECPKG_CALL_INFO info;

    for (int i = 0; i < 2; i++) {
        (void)bench.package->lsa->GetCallInfo(&info);
        call_counts[i] = info.CallCount;
    }
}

static void
call_count_is_one_number_within_a_call(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.inside = inside_call_info;
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "x"), SEC_E_OK);
    assert_int_equal(call_counts[0], call_counts[1]);
}

/* ---- one leg at a time ------------------------------------------------ */

static atomic_int legs_inside, legs_most;
static uint64_t shared_context;

static void
inside_alone(void)
{
    int n = atomic_fetch_add(&legs_inside, 1) + 1, most = atomic_load(&legs_most);

    while (n > most && !atomic_compare_exchange_weak(&legs_most, &most, n))
        ;
    usleep(5000);
    atomic_fetch_sub(&legs_inside, 1);
}

/* Results: NULL is what every leg must be. */
static void *
accept_shared(void *arg)
{
    SecBufferDesc none = { 0 };
    struct lsa_call call = { .client = bench.client };
    struct lsa_leg leg = { .context = shared_context, .input = &none, .output = &none };
    struct lsa_leg_result result;
    void *failed = NULL;

    for (int i = 0; i < 5; i++) {
        if (lsa_context_accept(&call, &leg, &result) != SEC_I_CONTINUE_NEEDED)
            failed = arg;
        lsa_leg_result_wipe(&result);
    }
    return failed;
}

static void
legs_of_one_context_do_not_meet(void **state)
{
    pthread_t threads[4];
    void *failed;

    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(bench_accept(bench_credential("Scripted", INBOUND), 0, 0, "one"),
                     SEC_I_CONTINUE_NEEDED);
    shared_context = bench.result.context;
    bench.package->next.inside = inside_alone;
    atomic_store(&legs_most, 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, accept_shared, &bench), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(atomic_load(&legs_most), 1);
    assert_int_equal(seen()->accepts, 21);
}

static void
an_initiators_context_is_not_accepted_with(void **state)
{
    uint64_t credential = bench_credential("Scripted", SECPKG_CRED_BOTH);
    uint64_t context;

    (void)state;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    assert_int_equal(bench_initiate(credential, 0, 0, NULL), SEC_I_CONTINUE_NEEDED);
    context = bench.result.context;
    assert_int_equal(bench_accept(credential, context, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(seen()->accepts, 0);
    assert_int_equal(bench_initiate(credential, context, 0, "x"), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_I_CONTINUE_NEEDED);
    context = bench.result.context;
    assert_int_equal(bench_initiate(credential, context, 0, "x"), SEC_E_INVALID_HANDLE);
    assert_int_equal(seen()->initiates, 2);
}

/* ---- who may what, and how much --------------------------------------- */

static void
tcb_ends_when_the_service_loses_it(void **state)
{
    struct lsa_acquire in = { .use = INBOUND, .logon_id = &(LUID){ 5, 6 } };
    const struct lsa_package *p = lsa_package_find(bench.lsa, view_of(u"Scripted", 16));
    uint64_t handle;
    int64_t expiry;

    (void)state;
    (void)bench_credential("Scripted", INBOUND);
    bench.service.may |= CONFIG_MAY_TCB;
    assert_int_equal(lsa_credential_acquire(&bench.call, p, &in, &handle, &expiry), SEC_E_OK);
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(handle, 0, 0, "x"), SEC_E_OK);
    assert_true(seen()->call_info.Attributes & SECPKG_CALL_IS_TCB);
    assert_int_equal(seen()->client_info.HasTcbPrivilege, TRUE);
    bench.service.may &= ~(uint32_t)CONFIG_MAY_TCB;
    assert_int_equal(lsa_credential_acquire(&bench.call, p, &in, &handle, &expiry),
                     SEC_E_NOT_OWNER);
    bench_next(STATUS_SUCCESS, 0x52);
    assert_int_equal(bench_accept(handle, 0, 0, "x"), SEC_E_OK);
    assert_false(seen()->call_info.Attributes & SECPKG_CALL_IS_TCB);
    assert_int_equal(seen()->client_info.HasTcbPrivilege, FALSE);
}

/* Contexts begun beforehand are no way round the limit. */
static void
the_rate_holds_for_later_legs_too(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND), contexts[4];

    (void)state;
    bench.service.failures_per_minute = 3;
    for (int i = 0; i < 4; i++) {
        bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
        assert_int_equal(bench_accept(credential, 0, 0, "one"), SEC_I_CONTINUE_NEEDED);
        contexts[i] = bench.result.context;
    }
    bench_next(STATUS_LOGON_FAILURE, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(bench_accept(0, contexts[i], 0, "two"), SEC_E_LOGON_DENIED);
    assert_int_equal(bench_accept(0, contexts[3], 0, "two"), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(seen()->accepts, 7);
}

static status_t
change_password(struct lsa_outputs *out, SecBufferDesc *desc)
{
    const struct lsa_package *p = lsa_package_find(bench.lsa, view_of(u"Scripted", 16));
    UNICODE_STRING s = { 2, 2, (PWSTR)(uintptr_t)u"a" };

    return lsa_password_change(&bench.call, p, &s, &s, &s, &s, false, desc, out);
}

static void
passwords_are_not_guessed_by_changing_them(void **state)
{
    SecBufferDesc none = { 0 };
    struct lsa_outputs out = { 0 };

    (void)state;
    (void)bench_credential("Scripted", INBOUND);        /* makes bench.call */
    bench.service.failures_per_minute = 2;
    bench.package->password_status = STATUS_WRONG_PASSWORD;
    for (int i = 0; i < 2; i++)
        assert_int_equal(change_password(&out, &none), SEC_E_LOGON_DENIED);
    assert_int_equal(change_password(&out, &none), SEC_E_INSUFFICIENT_MEMORY);
    assert_int_equal(seen()->passwords, 2);
}

static void
the_answer_to_a_password_stays_in_its_room(void **state)
{
    uint8_t room[8] = { 0 };
    SecBuffer b = { sizeof(room), SECBUFFER_TOKEN, room };
    SecBufferDesc desc = { SECBUFFER_VERSION, 1, &b };
    struct lsa_outputs out = { 0 };

    (void)state;
    (void)bench_credential("Scripted", INBOUND);
    assert_int_equal(change_password(&out, &desc), SEC_E_OK);
    assert_int_equal(b.cbBuffer, 0);                    /* left alone: no message */
    b.cbBuffer = sizeof(room);
    bench.package->next.token = "x";
    bench.package->next.token_too_long = true;
    assert_int_equal(change_password(&out, &desc), SEC_E_INTERNAL_ERROR);
    assert_int_equal(b.cbBuffer, 0);
}

static void
all_overdue_handshakes_go_at_once(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    bench.service.max_half_open = 300;
    bench.service.handshake_seconds = 0;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    for (int i = 0; i < 200; i++)
        assert_int_equal(bench_accept(credential, 0, 0, "one"), SEC_I_CONTINUE_NEEDED);
    lsa_reap(bench.lsa);
    assert_int_equal(seen()->deletes, 200);
    assert_int_equal(bench.service.half_open, 0);
    assert_int_equal(bench.service.contexts, 0);
}

/* In use by a leg, they stay in being when they are removed: the reaper must not wait for that. */
static void
overdue_handshakes_in_use_do_not_hold_the_reaper(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND), contexts[64];

    (void)state;
    bench.service.handshake_seconds = 0;
    bench_next(SEC_I_CONTINUE_NEEDED, 0x51);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(bench_accept(credential, 0, 0, "one"), SEC_I_CONTINUE_NEEDED);
        contexts[i] = bench.result.context;
        assert_non_null(handle_get(bench.lsa->objects, contexts[i], LSA_HANDLE_CONTEXT,
                                   bench.client->owner));
    }
    alarm(10);
    lsa_reap(bench.lsa);
    alarm(0);
    assert_int_equal(seen()->deletes, 0);
    for (int i = 0; i < 64; i++)
        handle_put(bench.lsa->objects, contexts[i]);
    assert_int_equal(seen()->deletes, 64);
    assert_int_equal(bench.service.half_open, 0);
}

/* ---- the audit -------------------------------------------------------- */

/* A package that does not report a logon is reported for. */
static void
every_logon_has_its_line(void **state)
{
    uint64_t credential = bench_credential("Scripted", INBOUND);

    (void)state;
    log_watch("event=logon");
    bench_next(STATUS_SUCCESS, 0x51);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_OK);
    assert_non_null(strstr(log_line, "result=accepted"));
    assert_non_null(strstr(log_line, "service=test"));
    assert_non_null(strstr(log_line, "package=Scripted"));
    assert_non_null(strstr(log_line, "id=0000000000000001"));          /* the call's */
    log_watch("event=logon");
    bench_next(STATUS_LOGON_FAILURE, 0);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_E_LOGON_DENIED);
    assert_non_null(strstr(log_line, "result=refused"));
    assert_non_null(strstr(log_line, "status=0xc000006d"));
    log_watch("event=logon");
    bench_next(SEC_I_CONTINUE_NEEDED, 0x52);
    assert_int_equal(bench_accept(credential, 0, 0, "x"), SEC_I_CONTINUE_NEEDED);
    assert_string_equal(log_line, "");
    log_watch(NULL);
}

/* A client can hit a limit as often as it likes: the log hears of it once a second. */
static void
a_flood_of_refusals_is_one_line_a_second(void **state)
{
    static struct log_gate gate;
    uint64_t held;
    unsigned passed = 0;
    int64_t begin = filetime_boot_ms() / 1000, seconds;

    (void)state;
    for (int i = 0; i < 1000; i++)
        passed += log_gate_pass(&gate, &held);
    seconds = filetime_boot_ms() / 1000 - begin + 1;
    assert_in_range(passed, 1, seconds);
}

/* ---- the loader, tokens, stubs ---------------------------------------- */

/* The bench's configuration names the module twice ("Twice"). */
static void
a_module_is_started_once(void **state)
{
    (void)state;
    assert_string_equal(seen()->order, "LXASGE");
    assert_int_equal(seen()->shutdowns, 0);
}

/* 0: the child has an authority of its own, and it works; otherwise what failed. */
static int
authority_of_the_child(void)
{
    const struct lsa_package *p;
    char error[LSA_ERROR_MAX];
    struct lsa_options options = { .config = bench_config(), .module_dir = CONTRACT_MODULES,
                                   .accounts = bench.accounts };
    struct lsa_identity id = { .pid = 43 };
    struct lsa *l = lsa_new(&options, error);
    struct lsa_acquire in = { .use = INBOUND };
    uint64_t handle = 0;
    int64_t expiry;

    if (!l)
        return 1;
    p = lsa_package_find(l, view_of(u"Scripted", 16));
    bench.call.client = lsa_client_new(l, &id, &bench.service);
    if (!p || lsa_credential_acquire(&bench.call, p, &in, &handle, &expiry) != SEC_E_OK)
        return 2;
    return lsa_new(&options, error) ? 3 : 0;        /* still one a process */
}

static void
a_forked_child_may_have_its_own(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    (void)bench_credential("Scripted", INBOUND);    /* makes bench.call */
    pid = fork();
    if (pid == 0)
        child_exit(authority_of_the_child());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)bench_credential("Scripted", INBOUND);    /* and the parent keeps its */
}

static void
an_account_in_many_groups_gets_its_token(void **state)
{
    char16_t name[16] = u"group0000";
    uint32_t user, group;
    HANDLE token;

    (void)state;
    add_account(u"popular", &user);
    assert_int_equal(account_begin(bench.accounts), 0);
    for (int i = 0; i < 600; i++) {
        name[5] = (char16_t)(u'0' + i / 1000 % 10);
        name[6] = (char16_t)(u'0' + i / 100 % 10);
        name[7] = (char16_t)(u'0' + i / 10 % 10);
        name[8] = (char16_t)(u'0' + i % 10);
        assert_int_equal(account_group_add(bench.accounts, view_of(name, 18), &group), 0);
        assert_int_equal(account_group_member(bench.accounts, group, user, true), 0);
    }
    assert_int_equal(account_commit(bench.accounts), 0);
    assert_int_equal(token_for(u"popular", &token), STATUS_SUCCESS);
    assert_true(lsa_handle_close(token));
}

static void
outputs_of_absent_functions_are_zeroed(void **state)
{
    ULONG function = 1;
    ULONG_PTR first = 2, second = 3;
    SecBuffer data = { 1, 2, &data };
    BOOLEAN back = TRUE;

    (void)state;
    assert_int_equal(bench.package->lsa->GetAppModeInfo(&function, &first, &second, &data, &back),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(function, 0);
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
    assert_null(data.pvBuffer);
    assert_int_equal(back, FALSE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_output_beyond_its_room_sends_nothing),
        TEST(an_allocated_output_beyond_its_block_sends_nothing),
        TEST(context_data_beyond_its_block_maps_nothing),
        TEST(a_number_left_with_an_error_is_not_deleted),
        TEST(a_later_leg_that_writes_zero_keeps_the_number),
        TEST(no_token_is_duplicated_within_a_deletion),
        TEST(a_client_buffer_does_not_wrap),
        TEST(call_count_is_one_number_within_a_call),
        TEST(an_initiators_context_is_not_accepted_with),
        TEST(tcb_ends_when_the_service_loses_it),
        TEST(the_rate_holds_for_later_legs_too),
        TEST(legs_of_one_context_do_not_meet),
        TEST(an_incomplete_later_leg_keeps_the_context),
        TEST(an_incomplete_first_leg_leaves_nothing_behind),
        TEST(passwords_are_not_guessed_by_changing_them),
        TEST(the_answer_to_a_password_stays_in_its_room),
        TEST(all_overdue_handshakes_go_at_once),
        TEST(overdue_handshakes_in_use_do_not_hold_the_reaper),
        TEST(every_logon_has_its_line),
        TEST(a_flood_of_refusals_is_one_line_a_second),
        TEST(a_module_is_started_once),
        TEST(a_forked_child_may_have_its_own),
        TEST(an_account_in_many_groups_gets_its_token),
        TEST(outputs_of_absent_functions_are_zeroed),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
