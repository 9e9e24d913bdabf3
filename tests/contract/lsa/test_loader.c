/*
 * The loader and the support functions: the order and the arguments of a package's
 * start, what a broken package may not do to the others, and every slot of
 * LSA_SECPKG_FUNCTION_TABLE.
 */
#include "bench.h"

#include "base/filetime.h"
#include "base/status.h"
#include "base/str16.h"
#include "lsa/lsa_internal.h"

#include "ntsecapi.h"

#include <stdlib.h>
#include <string.h>

static const LSA_SECPKG_FUNCTION_TABLE *
lsa(void)
{
    return bench.package->lsa;
}

static const struct lsa_package *
find(const char *name)
{
    char16_t *wide = str16_from_utf8(name);
    const struct lsa_package *p =
        lsa_package_find(bench.lsa, view_of(wide, str16_length(wide) * sizeof(*wide)));

    free(wide);
    return p;
}

/* ---- start ------------------------------------------------------------ */

static void
calls_of_the_start_come_in_order(void **state)
{
    (void)state;
    /*
     * SpLsaModeInitialize, extension, InitializePackage, SpInitialize, SpGetInfo, extended
     * information.
     */
    assert_memory_equal(bench.package->seen.order, "LXASGE", 6);
}

static void
versions_and_tables_are_as_documented(void **state)
{
    const struct scripted_record *seen = &bench.package->seen;

    (void)state;
    assert_int_equal(seen->lsa_version, 0x00010000);
    assert_non_null(seen->parameters);
    assert_non_null(seen->function_table);
    assert_ptr_equal(seen->function_table, seen->dispatch_table);
}

static void
an_informational_status_of_initialize_is_success(void **state)
{
    (void)state;
    assert_non_null(find("Scripted"));      /* its SpInitialize returns 0x00200000 */
}

static void
names_are_found_without_regard_to_case(void **state)
{
    (void)state;
    assert_ptr_equal(find("scripted"), find("SCRIPTED"));
    assert_null(find("Scripte"));
    assert_null(find(""));
}

static void
an_array_of_old_tables_has_its_own_stride(void **state)
{
    struct lsa_package_info one, two;

    (void)state;
    assert_non_null(find("BareOne"));
    assert_non_null(find("BareTwo"));
    one = lsa_package_info(find("BareOne"));
    two = lsa_package_info(find("BareTwo"));
    assert_int_equal(one.table_index, 0);
    assert_int_equal(two.table_index, 1);
    assert_string_equal(one.user_module, "");
}

static void
a_null_slot_is_an_unsupported_function(void **state)
{
    struct lsa_acquire in = { .use = SECPKG_CRED_BOTH };
    uint64_t handle;
    int64_t expiry;

    (void)state;
    (void)bench_credential("Scripted", SECPKG_CRED_INBOUND);    /* makes bench.call */
    assert_int_equal(lsa_credential_acquire(&bench.call, find("BareOne"), &in, &handle, &expiry),
                     SEC_E_UNSUPPORTED_FUNCTION);
}

static void
broken_packages_are_left_out_and_harm_none(void **state)
{
    (void)state;
    assert_null(find("Fails"));
    assert_int_equal(lsa_package_count(bench.lsa), 4);  /* Scripted, Lone, BareOne, BareTwo */
}

static void
thunks_are_known(void **state)
{
    struct lsa_package_info info = lsa_package_info(find("Scripted"));

    (void)state;
    assert_non_null(info.thunks);
    assert_int_equal(info.thunks->InfoLevelCount, 1);
    assert_int_equal(info.thunks->Levels[0], SECPKG_ATTR_LIFESPAN);
    assert_string_equal(info.user_module, "scripted-user");
}

static void
the_host_extension_answers_by_name_and_version(void **state)
{
    const struct opensspi_host *host = bench.package->host;
    const struct opensspi_host_clock *clock;

    (void)state;
    assert_non_null(host);
    assert_null(host->query("clock", 999));
    assert_null(host->query("no such thing", 1));
    clock = host->query("clock", 1);
    assert_non_null(clock);
    assert_true(clock->now() > filetime_from_unix(0));
}

/* ---- support functions ------------------------------------------------ */

static void
no_slot_is_null(void **state)
{
    void *const *slots = (void *const *)(const void *)lsa();

    (void)state;
    for (size_t i = 0; i < sizeof(*lsa()) / sizeof(void *); i++)
        assert_non_null(slots[i]);
}

static void
heap_blocks_are_zeroed_and_aligned(void **state)
{
    static const uint8_t zeros[100];

    (void)state;
    for (int i = 0; i < 10; i++) {
        uint8_t *p = lsa()->AllocateLsaHeap(sizeof(zeros));

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        assert_memory_equal(p, zeros, sizeof(zeros));
        memset(p, 0xEE, sizeof(zeros));
        lsa()->FreeLsaHeap(p);
    }
    lsa()->FreeLsaHeap(NULL);
    lsa()->FreePrivateHeap(NULL);
}

/* Published packages free blocks on the wrong heap: reported, not corrupted. */
static void
a_block_of_the_other_heap_is_kept(void **state)
{
    uint8_t *p = lsa()->AllocatePrivateHeap(10);

    (void)state;
    p[0] = 7;
    lsa()->FreeLsaHeap(p);
    assert_int_equal(p[0], 7);
    lsa()->FreePrivateHeap(p);
}

static PVOID client_base;
static NTSTATUS client_status[6];
static const char client_text[] = "0123456789";

static void
inside_client_buffers(void)
{
    char byte;

    client_status[0] = lsa()->AllocateClientBuffer(NULL, 10, &client_base);
    client_status[1] =
        lsa()->CopyToClientBuffer(NULL, 10, client_base, (void *)(uintptr_t)client_text);
    client_status[2] =
        lsa()->CopyToClientBuffer(NULL, 11, client_base, (void *)(uintptr_t)client_text);
    client_status[3] = lsa()->CopyFromClientBuffer(NULL, 1, &byte, (void *)0x10);
    client_status[4] = lsa()->CopyFromClientBuffer(NULL, 0, &byte, (void *)0x10);
    client_status[5] = lsa()->FreeClientBuffer(NULL, NULL);
}

static status_t
leg_with_window(uint32_t size)
{
    static SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
    static SecBufferDesc in_desc = { 0 }, out_desc = { SECBUFFER_VERSION, 1, &out };
    struct lsa_leg leg = { .credential = bench_credential("Scripted", SECPKG_CRED_INBOUND),
                           .input = &in_desc, .output = &out_desc };

    lsa_leg_result_wipe(&bench.result);
    bench.call.window_base = 0x7f0000000000;
    bench.call.window_size = size;
    return lsa_context_accept(&bench.call, &leg, &bench.result);
}

static void
client_buffers_lie_in_the_window_with_their_contents(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.inside = inside_client_buffers;
    assert_int_equal(leg_with_window(4096), SEC_E_OK);
    assert_int_equal(client_status[0], STATUS_SUCCESS);
    assert_int_equal(client_status[1], STATUS_SUCCESS);
    assert_int_equal(client_status[2], STATUS_ACCESS_VIOLATION);
    assert_int_equal(client_status[3], STATUS_ACCESS_VIOLATION);
    assert_int_equal(client_status[4], STATUS_SUCCESS);
    assert_int_equal(client_status[5], STATUS_SUCCESS);
    assert_int_equal(bench.call.block_count, 1);
    assert_int_equal(bench.call.blocks[0].address, 0x7f0000000000);
    assert_memory_equal(bench.call.blocks[0].bytes, client_text, 10);
    assert_ptr_equal(client_base, (void *)0x7f0000000000);
}

static void
a_full_window_gives_no_memory(void **state)
{
    (void)state;
    bench_next(STATUS_SUCCESS, 0x51);
    bench.package->next.inside = inside_client_buffers;
    assert_int_equal(leg_with_window(8), SEC_E_OK);
    assert_int_equal(client_status[0], STATUS_NO_MEMORY);
    assert_null(client_base);
}

static void
client_functions_outside_a_call_fail(void **state)
{
    SECPKG_CLIENT_INFO info;
    SECPKG_CLIENT_INFO_EX ex;
    PVOID base = &base;

    (void)state;
    assert_int_equal(lsa()->GetClientInfo(&info), STATUS_UNSUCCESSFUL);
    assert_int_equal(lsa()->AllocateClientBuffer(NULL, 1, &base), STATUS_UNSUCCESSFUL);
    assert_null(base);
    assert_int_equal(lsa()->GetClientInfoEx(&ex, sizeof(ex) - 1), STATUS_INVALID_PARAMETER);
}

static void
map_buffer_copies_the_structure(void **state)
{
    SecBuffer in = { 5, SECBUFFER_TOKEN, &in }, out = { 0 };

    (void)state;
    assert_int_equal(lsa()->MapBuffer(&in, &out), STATUS_SUCCESS);
    assert_memory_equal(&in, &out, sizeof(in));
    assert_int_equal(lsa()->MapBuffer(&in, &in), STATUS_SUCCESS);
}

static void
functions_with_nothing_behind_them_say_so(void **state)
{
    UNICODE_STRING name = { 0 };
    PVOID reply = &reply;
    ULONG n = 1;
    NTSTATUS status = 0;

    (void)state;
    assert_int_equal(lsa()->CallPackage(&name, NULL, 0, &reply, &n, &status), STATUS_NOT_SUPPORTED);
    assert_null(reply);
    assert_int_equal(n, 0);
    assert_int_equal(lsa()->ImpersonateClient(), STATUS_CANNOT_IMPERSONATE);
    assert_null(lsa()->CreateSharedMemory(1, 1));
    assert_int_equal(lsa()->DeleteSharedMemory(NULL), FALSE);
    assert_null(lsa()->CreateThread(NULL, 0, NULL, NULL, 0, NULL));
    lsa()->DummyFunction6(NULL, 0);
    lsa()->DummyFunction7(NULL, 0);
}

/* ---- accounts --------------------------------------------------------- */

static SECURITY_STRING
string(const char16_t *s)
{
    USHORT n = (USHORT)(str16_length(s) * sizeof(*s));

    return (SECURITY_STRING){ n, n, (PWSTR)(uintptr_t)s };
}

static void
add_account(const char16_t *name, uint32_t flags)
{
    struct account a = { .flags = flags, .expires = FILETIME_NEVER };
    uint32_t rid;

    a.name_units = (uint16_t)str16_length(name);
    memcpy(a.name, name, a.name_units * sizeof(*name));
    assert_int_equal(account_add(bench.accounts, &a, &rid), 0);
    assert_int_equal(account_set_password(bench.accounts, view_of(name, a.name_units * 2u),
                                          view_of(u"Password", 16), filetime_now()), 0);
}

/* NTOWFv1("Password"): MS-NLMP 4.2.2.1.2. */
static const uint8_t hash_of_password[16] = {
    0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca, 0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52
};

static void
an_account_opens_and_gives_its_hash(void **state)
{
    SECURITY_STRING name = string(u"ALICE");
    MSV1_0_SUPPLEMENTAL_CREDENTIAL *primary;
    PVOID handle, supplemental = &name;
    ULONG size, supplemental_size = 9;

    (void)state;
    add_account(u"alice", 0);
    assert_int_equal(lsa()->OpenSamUser(&name, SecNameSamCompatible, NULL, FALSE, 0, &handle), 0);
    assert_int_equal(lsa()->GetUserCredentials(handle, (PVOID *)&primary, &size, &supplemental,
                                               &supplemental_size), 0);
    assert_int_equal(size, sizeof(*primary));
    assert_int_equal(primary->Flags, MSV1_0_CRED_NT_PRESENT);
    assert_memory_equal(primary->NtPassword, hash_of_password, 16);
    assert_null(supplemental);
    lsa()->FreeLsaHeap(primary);
    assert_int_equal(lsa()->CloseSamUser(handle), STATUS_SUCCESS);
    assert_int_equal(lsa()->CloseSamUser(NULL), STATUS_INVALID_HANDLE);
}

static void
an_unknown_account_is_no_such_user(void **state)
{
    SECURITY_STRING name = string(u"nobody"), prefix = string(u"x");
    PVOID handle = &name;

    (void)state;
    assert_int_equal(lsa()->OpenSamUser(&name, SecNameSamCompatible, NULL, FALSE, 0, &handle),
                     STATUS_NO_SUCH_USER);
    assert_null(handle);
    assert_int_equal(lsa()->OpenSamUser(&name, SecNameSamCompatible, NULL, TRUE, 0, &handle),
                     STATUS_NO_SUCH_USER);     /* there is no Guest */
    assert_int_equal(lsa()->OpenSamUser(&name, SecNameAlternateId, NULL, FALSE, 0, &handle),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(lsa()->OpenSamUser(&name, SecNameAlternateId, &prefix, FALSE, 0, &handle),
                     STATUS_NO_SUCH_USER);
}

static NTSTATUS
token_for(const char16_t *account, HANDLE *token, NTSTATUS *sub_status)
{
    SECURITY_STRING name = string(account), authority = string(u"HERE");
    TOKEN_SOURCE source = { .SourceName = "test" };
    UNICODE_STRING given;
    PUCHAR data;
    ULONG size;
    LUID luid;
    NTSTATUS s = lsa()->GetAuthDataForUser(&name, SecNameSamCompatible, NULL, &data, &size, NULL);

    if (s != STATUS_SUCCESS)
        return s;
    s = lsa()->ConvertAuthDataToToken(data, size, SecurityImpersonation, &source, Network,
                                      &authority, token, &luid, &given, sub_status);
    lsa()->FreeLsaHeap(data);
    lsa()->FreeLsaHeap(given.Buffer);
    return s;
}

static void
auth_data_becomes_a_token(void **state)
{
    const struct opensspi_host_handle *handles = bench.package->host->query("handle", 1);
    NTSTATUS sub_status;
    HANDLE token;

    (void)state;
    add_account(u"bob", 0);
    assert_int_equal(token_for(u"bob", &token, &sub_status), STATUS_SUCCESS);
    assert_non_null(token);
    assert_int_equal(handles->close(token), STATUS_SUCCESS);
    assert_int_equal(handles->close(token), STATUS_INVALID_HANDLE);
}

static void
a_restricted_account_gets_no_token(void **state)
{
    NTSTATUS sub_status;
    HANDLE token;

    (void)state;
    add_account(u"carol", ACCOUNT_DISABLED);
    add_account(u"dave", ACCOUNT_MUST_CHANGE);
    assert_int_equal(token_for(u"carol", &token, &sub_status), STATUS_ACCOUNT_RESTRICTION);
    assert_int_equal(sub_status, STATUS_ACCOUNT_DISABLED);
    assert_null(token);
    assert_int_equal(token_for(u"dave", &token, &sub_status), STATUS_PASSWORD_MUST_CHANGE);
}

static void
invented_auth_data_is_refused(void **state)
{
    TOKEN_SOURCE source = { .SourceName = "test" };
    UNICODE_STRING given;
    uint8_t bytes[64] = { 1, 2, 3 };
    NTSTATUS sub_status;
    HANDLE token;
    LUID luid;

    (void)state;
    for (ULONG n = 0; n <= sizeof(bytes); n++)
        assert_int_equal(lsa()->ConvertAuthDataToToken(bytes, n, SecurityImpersonation, &source,
                                                       Network, NULL, &token, &luid, &given,
                                                       &sub_status),
                         STATUS_INVALID_PARAMETER);
}

/* ---- statuses --------------------------------------------------------- */

static void
statuses_map_by_the_rules(void **state)
{
    (void)state;
    assert_int_equal(status_map(STATUS_SUCCESS), SEC_E_OK);
    assert_int_equal(status_map(0x00200000), SEC_E_OK);
    assert_int_equal(status_map(SEC_I_CONTINUE_NEEDED), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(status_map(SEC_E_INVALID_TOKEN), SEC_E_INVALID_TOKEN);
    assert_int_equal(status_map((NTSTATUS)0xC0090001),
                     SEC_E_INTERNAL_ERROR); /* facility 9, but an NTSTATUS */
    assert_int_equal(status_map(STATUS_LOGON_FAILURE), SEC_E_LOGON_DENIED);
    assert_int_equal(status_map(STATUS_ACCESS_DENIED), SEC_E_LOGON_DENIED);
    assert_int_equal(status_map(STATUS_NO_LOGON_SERVERS), SEC_E_NO_AUTHENTICATING_AUTHORITY);
    assert_int_equal(status_map(STATUS_SHUTDOWN_IN_PROGRESS), SEC_E_SHUTDOWN_IN_PROGRESS);
    assert_int_equal(status_map(STATUS_INVALID_HANDLE), SEC_E_INVALID_HANDLE);
    assert_int_equal(status_map(STATUS_UNSUCCESSFUL), SEC_E_INTERNAL_ERROR);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_of_the_start_come_in_order),
        TEST(versions_and_tables_are_as_documented),
        TEST(an_informational_status_of_initialize_is_success),
        TEST(names_are_found_without_regard_to_case),
        TEST(an_array_of_old_tables_has_its_own_stride),
        TEST(a_null_slot_is_an_unsupported_function),
        TEST(broken_packages_are_left_out_and_harm_none),
        TEST(thunks_are_known),
        TEST(the_host_extension_answers_by_name_and_version),
        TEST(no_slot_is_null),
        TEST(heap_blocks_are_zeroed_and_aligned),
        TEST(a_block_of_the_other_heap_is_kept),
        TEST(client_buffers_lie_in_the_window_with_their_contents),
        TEST(a_full_window_gives_no_memory),
        TEST(client_functions_outside_a_call_fail),
        TEST(map_buffer_copies_the_structure),
        TEST(functions_with_nothing_behind_them_say_so),
        TEST(an_account_opens_and_gives_its_hash),
        TEST(an_unknown_account_is_no_such_user),
        TEST(auth_data_becomes_a_token),
        TEST(a_restricted_account_gets_no_token),
        TEST(invented_auth_data_is_refused),
        TEST(statuses_map_by_the_rules),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
