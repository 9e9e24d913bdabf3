/*
 * Initiator against acceptor through the package's own tables: what succeeds,
 * what it yields, and what the contract says about order, buffers and handles.
 */
#include "fake_lsa.h"

#include "base/filetime.h"
#include "packages/ntlm/protect/context_data.h"

#define NOTHING view_of(NULL, 0)
#define PROTECTED (ISC_REQ_INTEGRITY | ISC_REQ_CONFIDENTIALITY)

static struct side client, server;

static void
sides_open(const char16_t *user, const char16_t *domain, const char16_t *password)
{
    side_open(&client, user, domain, password);
    client.target = u"HTTP/localhost";
    side_open(&server, NULL, NULL, NULL);
}

static void
sides_close(void)
{
    side_close(&client);
    side_close(&server);
}

/* All legs; the acceptor's last status. */
static NTSTATUS
sides_run(void)
{
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    return side_accept(&server, side_out(&client));
}

static void
assert_text(struct view got, const char16_t *want)
{
    size_t n = 0;

    while (want[n] != 0)
        n++;
    assert_int_equal(got.n, 2 * n);
    assert_memory_equal(got.p, want, 2 * n);
}

static void
logon_succeeds(void **state)
{
    struct ntlm_context_data d;

    (void)state;
    sides_open(u"Alice", u"EXAMPLE", u"correct horse");
    client.requirements = PROTECTED | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT;
    assert_int_equal(sides_run(), SEC_E_OK);
    assert_true(client.mapped && server.mapped);
    assert_int_equal(server.out_n, 0);
    assert_memory_equal(client.session_key, server.session_key, 16);
    assert_int_equal(server.expiry.QuadPart, FILETIME_NEVER);
    assert_int_equal(client.attributes,
                     ISC_RET_CONNECTION | ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT |
                         ISC_RET_SEQUENCE_DETECT | ISC_RET_CONFIDENTIALITY);
    assert_int_equal(server.attributes,
                     ASC_RET_CONNECTION | ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT |
                         ASC_RET_SEQUENCE_DETECT | ASC_RET_CONFIDENTIALITY);
    assert_int_equal(ntlm_context_data_parse(view_of(server.data, server.data_n), &d), 0);
    assert_int_equal(d.role, NTLM_ROLE_ACCEPTOR);
    assert_text(d.account, u"SERVER\\alice");
    assert_text(d.target, u"HTTP/localhost");
    assert_true(d.token == 0x1234567890);
    assert_int_equal(ntlm_context_data_parse(view_of(client.data, client.data_n), &d), 0);
    assert_int_equal(d.role, NTLM_ROLE_INITIATOR);
    assert_text(d.account, u"EXAMPLE\\Alice");
    assert_true(d.token == 0);
    assert_int_equal(fake.audits, 1);
    assert_int_equal(fake.audit_status, STATUS_SUCCESS);
    assert_string_equal(fake.audit_account, "alice");
    assert_int_equal(fake.level, SecurityImpersonation);
    sides_close();
}

static void
requirements_become_attributes(void **state)
{
    static const struct {
        ULONG want, client, server;
    } cases[] = {
        { 0, ISC_RET_CONNECTION, ASC_RET_CONNECTION },
        { ISC_REQ_MUTUAL_AUTH | ISC_REQ_DELEGATE, ISC_RET_CONNECTION, ASC_RET_CONNECTION },
        { ISC_REQ_SEQUENCE_DETECT,
          ISC_RET_CONNECTION | ISC_RET_INTEGRITY | ISC_RET_SEQUENCE_DETECT,
          ASC_RET_CONNECTION | ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT |
              ASC_RET_SEQUENCE_DETECT },
        { ISC_REQ_IDENTIFY, ISC_RET_CONNECTION | ISC_RET_IDENTIFY,
          ASC_RET_CONNECTION | ASC_RET_IDENTIFY },
    };

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        client.requirements = cases[i].want;
        assert_int_equal(sides_run(), SEC_E_OK);
        assert_int_equal(client.attributes, cases[i].client);
        assert_int_equal(server.attributes, cases[i].server);
        assert_memory_equal(client.session_key, server.session_key, 16);
        side_reset(&client);
        side_reset(&server);
    }
    assert_int_equal(fake.level, SecurityIdentification);
    sides_close();
}

static void
names_of_all_kinds_log_on(void **state)
{
    static const char16_t *const cases[][2] = {
        { u"ALICE", u"" },         { u"alice", u"." },
        { u"alice", u"SERVER" },   { u"alice", u"server.example.com" },
        { u"alice", u"ELSEWHERE" }, { u"alice@example.com", u"" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        sides_open(cases[i][0], cases[i][1], u"correct horse");
        assert_int_equal(sides_run(), SEC_E_OK);
        sides_close();
    }
    sides_open(u"bob", u"", u"");   /* an empty password is a password */
    assert_int_equal(sides_run(), SEC_E_OK);
    sides_close();
}

static void
failures_look_alike(void **state)
{
    static const struct {
        const char16_t *user, *password;
        NTSTATUS audit;
        const char *account, *reason;
    } cases[] = {
        { u"alice", u"wrong", STATUS_WRONG_PASSWORD, "alice", "reason=wrong_password" },
        { u"Alice@x", u"wrong", STATUS_WRONG_PASSWORD, "alice", "reason=wrong_password" },
        { u"mallory", u"wrong", STATUS_NO_SUCH_USER, "mallory", "reason=unknown_user" },
        { u"nohash", u"", STATUS_NO_SUCH_USER, "nohash", "reason=unknown_user" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        fake.audits = 0;
        sides_open(cases[i].user, u"EXAMPLE", cases[i].password);
        client.requirements = PROTECTED;
        assert_int_equal(sides_run(), SEC_E_LOGON_DENIED);
        assert_false(server.mapped);
        assert_int_equal(server.data_n, 0);
        assert_int_equal(fake.audits, 1);
        assert_int_equal(fake.audit_status, cases[i].audit);
        assert_string_equal(fake.audit_account, cases[i].account);
        assert_non_null(strstr(fake.log, cases[i].reason));
        sides_close();
    }
}

static void
account_restrictions_are_reported(void **state)
{
    (void)state;
    sides_open(u"carol", u"", u"secret");
    assert_int_equal(sides_run(), STATUS_ACCOUNT_RESTRICTION);
    assert_int_equal(fake.audit_status, STATUS_ACCOUNT_RESTRICTION);
    assert_int_equal(fake.audit_sub_status, STATUS_ACCOUNT_DISABLED);
    sides_close();
    sides_open(u"dave", u"", u"secret");
    assert_int_equal(sides_run(), STATUS_ACCOUNT_LOCKED_OUT);
    sides_close();
    /* With a wrong password nobody learns that an account is restricted. */
    sides_open(u"dave", u"", u"guess");
    assert_int_equal(sides_run(), SEC_E_LOGON_DENIED);
    sides_close();
}

/* ---- order ------------------------------------------------------------------ */

static void
order_is_enforced(void **state)
{
    uint8_t negotiate[64], challenge[1024], authenticate[1024];
    size_t n, c, a;

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(sides_run(), SEC_E_OK);
    a = client.out_n;
    memcpy(authenticate, client.out, a);
    /* A second AUTHENTICATE, and anything else, on a context that is complete. */
    assert_int_equal(side_accept(&server, view_of(authenticate, a)), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(side_accept(&server, NOTHING), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_E_OUT_OF_SEQUENCE);
    side_reset(&client);
    side_reset(&server);
    /* First legs with the wrong message make no context. */
    assert_int_equal(side_accept(&server, view_of(authenticate, a)), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(server.context, 0);
    assert_int_equal(side_accept(&server, NOTHING), SEC_E_INVALID_TOKEN);
    assert_int_equal(side_initiate(&client, view_of(authenticate, a)), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(side_accept(&server, view_of("garbage", 7)), SEC_E_INVALID_TOKEN);
    /* NEGOTIATE twice: the challenge is gone, and the right answer too late. */
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    n = client.out_n;
    memcpy(negotiate, client.out, n);
    assert_int_equal(side_accept(&server, view_of(negotiate, n)), SEC_I_CONTINUE_NEEDED);
    c = server.out_n;
    memcpy(challenge, server.out, c);
    assert_int_equal(side_accept(&server, view_of(negotiate, n)), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(side_initiate(&client, view_of(challenge, c)), SEC_E_OK);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OUT_OF_SEQUENCE);
    sides_close();
}

/* A challenge is for one answer: after a wrong one the right one comes too late. */
static void
challenge_is_used_once(void **state)
{
    uint8_t copy[1024];

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    memcpy(copy, client.out, client.out_n);
    copy[client.out_n - 1] ^= 1;
    assert_int_equal(side_accept(&server, view_of(copy, client.out_n)), SEC_E_LOGON_DENIED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OUT_OF_SEQUENCE);
    sides_close();
}

static void
another_contexts_answer_is_refused(void **state)
{
    struct side other;

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    side_open(&other, NULL, NULL, NULL);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&other, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_memory_not_equal(server.out + 24, other.out + 24, 8);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(side_accept(&other, side_out(&client)), SEC_E_LOGON_DENIED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    side_close(&other);
    sides_close();
}

/* ---- handles ------------------------------------------------------------------ */

static void
forged_handles_do_not_resolve(void **state)
{
    struct side s;

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    s = client;
    s.context = client.context + 1;
    assert_int_equal(side_initiate(&s, NOTHING), SEC_E_INVALID_HANDLE);
    s.context = client.context;     /* an initiator's, given to accept */
    assert_int_equal(side_accept(&s, side_out(&client)), SEC_E_INVALID_HANDLE);
    s.context = 0;
    s.credential = client.context;  /* a context's number as a credential's */
    assert_int_equal(side_initiate(&s, NOTHING), SEC_E_INVALID_HANDLE);
    s.credential = server.credential;   /* inbound, used to initiate */
    assert_int_equal(side_initiate(&s, NOTHING), SEC_E_INVALID_HANDLE);
    s.credential = client.credential;
    assert_int_equal(side_accept(&s, side_out(&client)), SEC_E_INVALID_HANDLE);
    s.credential = 0;
    assert_int_equal(side_initiate(&s, NOTHING), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.package->DeleteContext(12345), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.package->DeleteContext(client.credential), SEC_E_INVALID_HANDLE);
    assert_int_equal(fake.package->FreeCredentialsHandle(client.context), SEC_E_INVALID_HANDLE);
    side_reset(&client);
    s.context = client.context;
    sides_close();
    assert_int_equal(fake.package->FreeCredentialsHandle(server.credential),
                     SEC_E_INVALID_HANDLE);
}

/* The credential is freed straight after the first leg; the context goes on. */
static void
contexts_outlive_credentials(void **state)
{
    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake.package->FreeCredentialsHandle(client.credential), STATUS_SUCCESS);
    assert_int_equal(fake.package->FreeCredentialsHandle(server.credential), STATUS_SUCCESS);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    side_reset(&client);
    side_reset(&server);
}

/* Shutdown with everything still open: the teardown counts. */
static void
shutdown_frees_what_is_left(void **state)
{
    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
}

/* ---- buffers -------------------------------------------------------------------- */

static void
small_buffers_change_nothing(void **state)
{
    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    client.room = 39;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(client.context, 0);
    client.room = 40;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(client.out_n, 40);
    server.room = 100;
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(server.context, 0);
    server.room = 0;
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    client.room = 200;
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_BUFFER_TOO_SMALL);
    assert_false(client.mapped);
    client.room = 0;
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    sides_close();
}

static void
memory_is_allocated_on_request(void **state)
{
    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    client.requirements = ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_INTEGRITY;
    server.requirements = ASC_REQ_ALLOCATE_MEMORY;
    client.room = server.room = 1;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_true(client.attributes & ISC_RET_ALLOCATED_MEMORY);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_true(server.attributes & ASC_RET_ALLOCATED_MEMORY);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    assert_true(client.attributes & ISC_RET_ALLOCATED_MEMORY);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_OK);
    assert_false(server.attributes & ASC_RET_ALLOCATED_MEMORY);     /* nothing to send */
    sides_close();
}

/* The heap gives out at each allocation in turn: an error, nothing kept (the teardown counts). */
static void
full_heaps_are_survived(void **state)
{
    NTSTATUS st = SEC_E_INSUFFICIENT_MEMORY;
    long round = 0;

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    client.requirements = PROTECTED | ISC_REQ_ALLOCATE_MEMORY;
    for (; st != SEC_E_OK && round < 100; round++) {
        fake.heap_left = round;
        st = side_initiate(&client, NOTHING);
        if (NT_SUCCESS(st))
            st = side_accept(&server, side_out(&client));
        if (NT_SUCCESS(st))
            st = side_initiate(&client, side_out(&server));
        if (NT_SUCCESS(st))
            st = side_accept(&server, side_out(&client));
        /* STATUS_LOGON_FAILURE: the password was right, but may the account log on? */
        assert_true(st == SEC_E_OK || st == SEC_E_INSUFFICIENT_MEMORY || st == STATUS_NO_MEMORY ||
                    st == STATUS_LOGON_FAILURE);
        side_reset(&client);
        side_reset(&server);
    }
    fake.heap_left = -1;
    assert_int_equal(st, SEC_E_OK);
    assert_true(round > 6);
    sides_close();
}

/* No output buffer at all: nowhere to put a token, but none is needed at the end. */
static void
output_without_token_buffer(void **state)
{
    SecBuffer in = { 0, SECBUFFER_TOKEN, NULL }, other = { 100, SECBUFFER_DATA, client.out };
    SecBufferDesc input = { 0, 0, NULL }, output = { 0, 1, &other };
    LSA_SEC_HANDLE handle = 0;
    SecBuffer data = { 0, 0, NULL };
    TimeStamp expiry;
    ULONG attributes;
    BOOLEAN mapped = FALSE;

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(fake.package->InitLsaModeContext(client.credential, 0, NULL, 0, 0, &input,
                                                      &handle, &output, &attributes, &expiry,
                                                      &mapped, &data), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(fake.package->InitLsaModeContext(client.credential, 0, NULL, 0, 0, NULL,
                                                      &handle, NULL, &attributes, &expiry,
                                                      &mapped, &data), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_initiate(&client, side_out(&server)), SEC_E_OK);
    in.pvBuffer = client.out;
    in.cbBuffer = (ULONG)client.out_n;
    input = (SecBufferDesc){ 0, 1, &in };
    handle = server.context;
    assert_int_equal(fake.package->AcceptLsaModeContext(0, server.context, &input, 0, 0, &handle,
                                                        NULL, &attributes, &expiry, &mapped,
                                                        &data), SEC_E_OK);
    assert_true(mapped);
    fake_heap_free(data.pvBuffer);
    sides_close();
}

static void
unsupported_kinds_are_refused(void **state)
{
    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    client.requirements = ISC_REQ_STREAM;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_E_UNSUPPORTED_FUNCTION);
    client.requirements = 0;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    server.requirements = ASC_REQ_STREAM;
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_UNSUPPORTED_FUNCTION);
    server.requirements = ASC_REQ_STREAM | ASC_REQ_CONNECTION | ASC_REQ_DATAGRAM;
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_E_UNSUPPORTED_FUNCTION);
    sides_close();
}

/* D13: the user half's formats decide on the first leg, with both ranges in the log. */
static void
formats_are_matched(void **state)
{
    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    fake.format_lowest = 4;
    fake.format_highest = 5;
    assert_int_equal(side_initiate(&client, NOTHING), SEC_E_UNSUPPORTED_FUNCTION);
    assert_non_null(strstr(fake.log, "authority=1-3 application_lowest=4 application_highest=5"));
    sides_close();
}

static void
format_is(uint32_t lowest, uint32_t highest, uint32_t want)
{
    struct ntlm_context_data d;

    fake.format_lowest = lowest;
    fake.format_highest = highest;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(sides_run(), SEC_E_OK);
    assert_int_equal(ntlm_context_data_parse(view_of(server.data, server.data_n), &d), 0);
    assert_int_equal(d.format, want);
    sides_close();
}

/* The highest that both have; an older application gets what it can read. */
static void
highest_common_format_is_written(void **state)
{
    (void)state;
    format_is(0, 0, 1);
    format_is(0, 1, 1);
    format_is(1, 2, 2);
    format_is(1, 3, 3);
    format_is(2, 9, 3);
}

/* ---- the rest of the table ----------------------------------------------------------- */

static void
package_describes_itself(void **state)
{
    static const uint8_t oid[] = { 6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10 };
    PSECPKG_EXTENDED_INFORMATION info;
    SecPkgInfoW about;

    (void)state;
    assert_int_equal(fake.package->GetInfo(&about), STATUS_SUCCESS);
    assert_text(view_of(about.Name, 8), u"NTLM");
    assert_int_equal(about.fCapabilities, 0x82B37);
    assert_int_equal(about.wRPCID, 10);
    assert_int_equal(about.wVersion, 1);
    assert_int_equal(about.cbMaxToken, 2888);
    assert_int_equal(fake.package->GetExtendedInformation(SecpkgGssInfo, &info), STATUS_SUCCESS);
    assert_int_equal(info->Info.GssInfo.EncodedIdLength, sizeof(oid));
    assert_memory_equal((uint8_t *)info + offsetof(SECPKG_EXTENDED_INFORMATION,
                                                   Info.GssInfo.EncodedId), oid, sizeof(oid));
    fake_heap_free(info);
    assert_int_equal(fake.package->GetExtendedInformation(SecpkgNego2Info, &info),
                     STATUS_NOT_SUPPORTED);
    assert_int_equal(fake.package->AcceptCredentials(Network, NULL, NULL, NULL), STATUS_SUCCESS);
    assert_null(fake.package->CallPackage);
    assert_null(fake.package->ApplyControlToken);
}

static void
authentication_package_is_named(void **state)
{
    LSA_DISPATCH_TABLE dispatch = { .AllocateLsaHeap = fake_heap_allocate,
                                    .FreeLsaHeap = fake_heap_free };
    PLSA_STRING name = NULL;

    (void)state;
    assert_int_equal(fake.package->InitializePackage(1, &dispatch, NULL, NULL, &name), 0);
    assert_int_equal(name->Length, 37);
    assert_memory_equal(name->Buffer, "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0", 37);
    fake_heap_free(name->Buffer);
    fake_heap_free(name);
    fake.heap_left = 0;
    assert_int_equal(fake.package->InitializePackage(1, &dispatch, NULL, NULL, &name),
                     STATUS_NO_MEMORY);
    fake.heap_left = -1;
}

static void
contexts_are_queried_before_completion(void **state)
{
    SecPkgContext_NegotiationInfoW nego;
    SecPkgContext_PackageInfoW package;
    SecPkgContext_Sizes sizes;

    (void)state;
    sides_open(u"alice", u"", u"correct horse");
    assert_int_equal(side_initiate(&client, NOTHING), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(side_accept(&server, side_out(&client)), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fake.package->QueryContextAttributes(server.context,
                         SECPKG_ATTR_NEGOTIATION_INFO, &nego), STATUS_SUCCESS);
    assert_int_equal(nego.NegotiationState, SECPKG_NEGOTIATION_IN_PROGRESS);
    assert_text(view_of(nego.PackageInfo->Name, 8), u"NTLM");
    fake_heap_free(nego.PackageInfo);
    assert_int_equal(fake.package->QueryContextAttributes(client.context,
                         SECPKG_ATTR_PACKAGE_INFO, &package), STATUS_SUCCESS);
    assert_int_equal(package.PackageInfo->cbMaxToken, 2888);
    fake_heap_free(package.PackageInfo);
    assert_int_equal(fake.package->QueryContextAttributes(client.context, SECPKG_ATTR_SIZES,
                         &sizes), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(fake.package->QueryContextAttributes(4711, SECPKG_ATTR_PACKAGE_INFO,
                         &package), SEC_E_INVALID_HANDLE);
    sides_close();
}

static void
initialization_needs_the_host(void **state)
{
    ULONG version, count;
    PSECPKG_FUNCTION_TABLE table;

    (void)state;
    assert_int_equal(SpLsaModeInitialize(0x20000, &version, &table, &count),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(fake.package->Shutdown(), STATUS_SUCCESS);
    assert_int_equal(fake.package->Initialize(1, NULL, NULL), STATUS_INVALID_PARAMETER);
    /* On Windows, or on an older authority, there is no extension: a clear status, no crash. */
    fake.no_host = true;
    assert_int_equal(fake_host_offer(), STATUS_SUCCESS);
    assert_int_equal(fake.package->Initialize(1, NULL, fake_functions()), STATUS_NOT_SUPPORTED);
    assert_int_equal(fake_setup(NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(logon_succeeds),
        TEST(requirements_become_attributes),
        TEST(names_of_all_kinds_log_on),
        TEST(failures_look_alike),
        TEST(account_restrictions_are_reported),
        TEST(order_is_enforced),
        TEST(challenge_is_used_once),
        TEST(another_contexts_answer_is_refused),
        TEST(forged_handles_do_not_resolve),
        TEST(contexts_outlive_credentials),
        TEST(shutdown_frees_what_is_left),
        TEST(small_buffers_change_nothing),
        TEST(memory_is_allocated_on_request),
        TEST(full_heaps_are_survived),
        TEST(output_without_token_buffer),
        TEST(unsupported_kinds_are_refused),
        TEST(formats_are_matched),
        TEST(highest_common_format_is_written),
        TEST(package_describes_itself),
        TEST(authentication_package_is_named),
        TEST(contexts_are_queried_before_completion),
        TEST(initialization_needs_the_host),
    };

    return cmocka_run_group_tests_name("ntlm.handshake", tests, NULL, NULL);
}
